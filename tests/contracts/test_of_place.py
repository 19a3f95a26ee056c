"""What is asked of a place costs one statement of a kind, however many villages it has, and says of each what its own book
says."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from coop.alerts import queries as alerts
from coop.contracts import actions, queries
from coop.data_quality import queries as data_quality
from coop.income import queries as income
from coop.inventory import queries as inventory
from coop.monthly_reports import queries as reports
from coop.places import actions as places
from coop.project_money import actions as money
from coop.project_money import queries as funds
from coop.snapshots import queries as snapshots
from ledger.vouchers import actions as vouchers
from payouts.awards import queries as awards
from schemas.monthly_reports import ReportDue
from schemas.places import BookPlace, Place, PlaceLevel, VillageKind
from schemas.project_money import MoneyNaming, MoneySource
from schemas.vouchers import NewDraft
from tests.builders import (
    ACCOUNTANT,
    AT,
    ON,
    a_book,
    a_database,
    a_draft,
    post,
    posted,
    reversed_,
    review,
    rolled_back,
)
from tests.conftest import Databases
from tests.contracts.village import CONTRACT, PARTIES, find_pond, sign

FEW, MANY = "450000101", "450000102"
VILLAGES = {FEW: 2, MANY: 20}
"""A township of two villages, and one of twenty."""
DAY, MONTH = date(2025, 6, 30), 202506


def villages_of(township: str) -> list[str]:
    return [f"{township}{200 + no}" for no in range(VILLAGES[township])]


def furnish(db: Connection) -> None:
    codes = [village for township in VILLAGES for village in villages_of(township)]
    books = {
        code: a_book(db, code, name=f"{code}社", standard="collective-2023", parties=PARTIES)
        for code in codes
    }
    known = [
        Place(code=FEW[:digits], name="清河", level=level, parent=FEW[: digits - 2] if digits > 2 else "")
        for level, digits in ((PlaceLevel.PROVINCE, 2), (PlaceLevel.PREFECTURE, 4), (PlaceLevel.COUNTY, 6))
    ]
    known += [Place(code=one, name=one, level=PlaceLevel.TOWNSHIP, parent=FEW[:6]) for one in VILLAGES]
    known += [
        Place(code=one, name=one, level=PlaceLevel.VILLAGE, kind=VillageKind.ORDINARY, parent=one[:9])
        for one in codes
    ]
    places.enter_many(db, known, by=ACCOUNTANT, at=AT)
    for no, (code, book) in enumerate(books.items()):
        home = BookPlace(book=code, village=code, township=code[:9])
        places.settle_book(db, home, by=ACCOUNTANT, at=AT)
        find_pond(db, book)
        sign(db, book)
        new = NewDraft(draft=a_draft("2025-06-10 鱼塘租金 | 102 6000.00 | cr 501 6000.00", originals=0))
        made = vouchers.draft_many(db, [new], book=code, by=ACCOUNTANT, on=ON, at=AT)
        rent = posted(db, review(db, vouchers.one(made)))
        actions.name_receipt(db, number=CONTRACT, voucher=rent.id, line=2, book=book, by=ACCOUNTANT, at=AT)
        if no % 2:
            reversed_(db, rent)
        grant = post(db, "2025-04-01 第一书记经费 | 102 50000.00 | cr 241/鱼塘改造 50000.00", book=code)
        of = MoneyNaming(source=MoneySource.FIRST_SECRETARY, project="鱼塘改造")
        money.name_line(db, of, voucher=grant.id, line=2, book=book, by=ACCOUNTANT, at=AT)


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as made:
        yield made


@contextmanager
def asked(db: Connection) -> Iterator[list[str]]:
    """What the database itself is asked; of a server, what is not prepared."""
    found: list[str] = []
    raw: Any = db.connection.driver_connection
    if db.dialect.name == "sqlite":
        raw.set_trace_callback(found.append)
        yield found
        raw.set_trace_callback(None)
        return

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db, "before_cursor_execute", note)
    yield found
    event.remove(db, "before_cursor_execute", note)


ASKED: dict[str, Callable[[Connection, str], object]] = {
    "collectives": lambda db, place: inventory.collectives_within(db, place=place),
    "contracts": lambda db, place: queries.of_place(db, place=place, as_of=DAY),
    "project money": lambda db, place: funds.board(db, place=place, as_of=DAY),
    "incomes": lambda db, place: income.incomes(db, within=place, year=2025, as_of=DAY, scans_only=False),
    "board": lambda db, place: income.board(db, within=place, month=MONTH, as_of=DAY, scans_only=False),
    "unproved": lambda db, place: income.unproved_lines(db, within=place, year=2025, as_of=DAY, scans_only=False),
    "data quality": lambda db, place: data_quality.board(db, place=place, month=MONTH),
    "months": lambda db, place: snapshots.months_as_they_are(db, township=place, months=[MONTH], as_of=DAY),
    "report": lambda db, place: reports.content(db, ReportDue(place=place, month=MONTH), on=DAY, at=AT),
    "years of bonuses": lambda db, place: awards.years_open(db, township=place),
    "alerts": lambda db, place: alerts.unexplained(
        db, villages=[f"{township}200" for township in range(450000101, 450000101 + VILLAGES[place])]
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ASKED)
def test_twenty_villages_take_no_more_questions_than_two(engine: Engine, what: str) -> None:
    with rolled_back(engine) as db:
        with asked(db) as of_few:
            ASKED[what](db, FEW)
        with asked(db) as of_many:
            ASKED[what](db, MANY)
    assert len(of_many) == len(of_few)


def test_a_place_says_of_each_village_what_its_own_book_says(engine: Engine) -> None:
    with rolled_back(engine) as db:
        contracts = queries.of_place(db, place=MANY, as_of=DAY).villages
        board = funds.board(db, place=MANY, as_of=DAY)
        lines = income.unproved_lines(db, within=MANY, year=2025, as_of=DAY, scans_only=False)
        own = [queries.board(db, book=one.book, as_of=DAY) for one in contracts]
        red_too = [sorted(one.amount for one in lines[one_of.book]) for one_of in contracts]
    assert [(one.running, one.overdue, one.year.booked) for one in contracts] == [
        (1, 0, 600_000),
        (1, 600_000, 0),
    ] * 10
    assert [one.found for one in contracts] == [
        sum(len(of.findings) for of in each.contracts) for each in own
    ]
    assert [one.balance for one in board.villages] == [5_000_000] * 20
    assert [(one.source, one.received) for one in board.by_source] == [
        (MoneySource.FIRST_SECRETARY, 100_000_000)
    ]
    assert red_too == [[600_000], [-600_000, 600_000]] * 10
