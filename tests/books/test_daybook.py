"""The daybook of every day: the scorekeeper's sheet and what members trade, judged at once, taken back by counter-entry."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine

from coop.daybook import actions, queries, rules
from ledger.books import queries as books
from ledger.log import queries as log
from ledger.periods import actions as periods
from ledger.vouchers import actions as vouchers
from schemas.books import Book
from schemas.labour import WorkDay, WrittenWorkDay
from schemas.problems import Refusal, RefusalKind
from schemas.trade import Trade, WrittenTrade
from schemas.vouchers import Step, Voucher
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    ON,
    REVIEWER,
    a_database,
    close_year,
    post,
    refused,
    rolled_back,
)
from tests.conftest import Databases
from tests.registry import a_cooperative


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, a_cooperative) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as db:
        yield db


def book_of(db: Connection) -> Book:
    book = books.book(db, id=BOOK)
    assert book is not None
    return book


def worked(text: str) -> WorkDay:
    """``2025-03-05 M0001 1.50 120 值班``: the day, who, days, yuan a day, what."""
    on, member, days, wage, *work = text.split()
    whole, _, part = days.partition(".")
    return WorkDay(
        on=date.fromisoformat(on),
        member=member,
        work=" ".join(work),
        days=(-1 if days[0] == "-" else 1) * (abs(int(whole)) * 100 + int(part.ljust(2, "0"))),
        day_wage=int(wage) * 100,
    )


def sold(**changed: object) -> Trade:
    """M0002 delivers 500 kg of green maize for 300.00 on 5 March."""
    fields: dict[str, object] = {
        "on": date(2025, 3, 5), "member": "M0002", "product": "青贮玉米", "quantity": 500_00, "unit": "公斤",
        "amount": 300_00,
    }  # fmt: skip
    return Trade(**(fields | changed))  # type: ignore[arg-type]


def keep(db: Connection, *sheet: str, key: str | None = None) -> tuple[WrittenWorkDay, ...]:
    return actions.keep_work_days(
        db, [worked(one) for one in sheet], book=book_of(db), by=ACCOUNTANT, on=ON, at=AT, key=key
    )


def trade(db: Connection, *new: Trade) -> tuple[WrittenTrade, ...]:
    return actions.keep_trades(db, new, book=book_of(db), by=ACCOUNTANT, on=ON, at=AT)


def take_back(db: Connection, entry: int, reason: str = "记错人") -> WrittenWorkDay:
    return actions.take_back_work_day(db, entry, reason=reason, book=book_of(db), by=ACCOUNTANT, on=ON, at=AT)


def sealed(db: Connection) -> None:
    close_year(db, 2025)
    periods.seal_year(
        db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, resolution="1号", on=ON, at=AT
    )


def test_a_sheet_is_written_down_and_numbered(db: Connection) -> None:
    kept = keep(db, "2025-03-05 M0001 1.50 120 值班", "2025-03-05 M0002 1.0 120 值班")
    assert [(one.entry, one.member, one.days, one.taken_back_by) for one in kept] == [
        (1, "M0001", 150, None),
        (2, "M0002", 100, None),
    ]


def test_a_sheet_sent_twice_is_written_once(db: Connection) -> None:
    first = keep(db, "2025-03-05 M0001 1.0 120 值班", key="k1")
    assert keep(db, "2025-03-05 M0001 1.0 120 值班", key="k1") == first
    assert queries.last_entry(db, WorkDay, book=BOOK) == 1
    with pytest.raises(Refusal) as other:
        keep(db, "2025-03-05 M0001 2.0 120 值班", key="k1")
    assert refused(other.value) == ["key_must_mean_the_same"]


def test_a_wrong_entry_is_taken_back_and_the_month_is_the_plain_sum(db: Connection) -> None:
    keep(db, "2025-03-05 M0001 1.50 120 值班")
    counter = take_back(db, 1)
    assert (counter.entry, counter.on, counter.member, counter.days, counter.reverses) == (
        2,
        date(2025, 3, 5),
        "M0001",
        -150,
        1,
    )
    assert [one.taken_back_by for one in queries.written(db, WrittenWorkDay, book=BOOK)] == [2, None]
    assert sum(one.days for one in queries.entries(db, WorkDay, book=BOOK)) == 0
    (head,) = log.latest_entries(db, book=BOOK, limit=1)
    assert (head.act, head.before, head.after) == ("labour.take_back", "1", "1, -1.50, 记错人")


def test_a_trade_is_taken_back_likewise(db: Connection) -> None:
    (kept,) = trade(db, sold())
    counter = actions.take_back_trade(
        db, kept.entry, reason="重复", book=book_of(db), by=ACCOUNTANT, on=ON, at=AT
    )
    assert (counter.quantity, counter.amount, counter.reverses) == (-500_00, -300_00, 1)
    with pytest.raises(Refusal) as twice:
        actions.take_back_trade(db, 1, reason="重复", book=book_of(db), by=ACCOUNTANT, on=ON, at=AT)
    assert refused(twice.value) == ["entry_is_taken_back_once"]


@pytest.mark.parametrize(
    ("sheet", "codes"),
    [
        ([], ["entries_must_be_there"]),
        (["2025-03-05 M0077 1.0 120 值班"], ["entry_needs_a_known_member"]),
        (["2025-01-07 M0001 1.0 120 值班"], ["entry_needs_a_member_of_that_day"]),
        (["2026-01-16 M0001 1.0 120 值班"], ["entry_must_not_be_of_the_future"]),
        (["2025-03-05 M0001 1.0 120"], ["entry_needs_words"]),
        (["2025-03-05 M0001 0.0 120 值班"], ["entry_must_count_above_zero"]),
        (["2025-03-05 M0001 -1.0 120 值班"], ["entry_must_count_above_zero"]),
        (["2025-03-05 M0001 1.0 0 值班"], ["entry_must_count_above_zero"]),
        (["2025-03-05 M0001 31.01 120 值班"], ["days_must_fit_a_month"]),
        (
            ["2025-03-05 M0001 1.0 120 值班", "2026-01-16 M0077 0.0 120"],
            [
                "entry_needs_a_known_member",
                "entry_must_not_be_of_the_future",
                "entry_needs_words",
                "entry_must_count_above_zero",
            ],
        ),
    ],
)
def test_a_sheet_is_refused_with_everything_at_once(
    db: Connection, sheet: list[str], codes: list[str]
) -> None:
    with pytest.raises(Refusal) as refusal:
        keep(db, *sheet)
    assert refused(refusal.value) == codes
    assert queries.last_entry(db, WorkDay, book=BOOK) == 0


@pytest.mark.parametrize("changed", [{"quantity": 0}, {"amount": -1}])
def test_a_trade_counts_above_zero(db: Connection, changed: dict[str, object]) -> None:
    with pytest.raises(Refusal) as refusal:
        trade(db, sold(**changed))
    assert refused(refusal.value) == ["entry_must_count_above_zero"]


@pytest.mark.parametrize(
    ("entry", "reason", "codes", "kind"),
    [
        (9, "记错人", ["entry_must_exist"], RefusalKind.MISSING),
        (1, "记错人", ["entry_is_taken_back_once"], RefusalKind.RULE),
        (2, "记错人", ["counter_entry_stays"], RefusalKind.RULE),
        (3, " ", ["taking_back_needs_a_reason"], RefusalKind.RULE),
    ],
)
def test_taking_back_is_refused(
    db: Connection, entry: int, reason: str, codes: list[str], kind: RefusalKind
) -> None:
    keep(db, "2025-03-05 M0001 1.50 120 值班")
    take_back(db, 1)
    keep(db, "2025-03-05 M0002 1.50 120 值班")
    with pytest.raises(Refusal) as refusal:
        take_back(db, entry, reason)
    assert (refused(refusal.value), refusal.value.kind) == (codes, kind)


def purchase(db: Connection) -> Voucher:
    return post(db, "2025-03-05 收购成员饲草 | 121/饲料 400 x500 | cr 114/M0002 300 | cr 114/M0003 100")


def test_a_voucher_is_written_down_by_member_and_never_beyond(db: Connection) -> None:
    voucher = purchase(db)
    (found,) = queries.trade_of_vouchers(db, book=BOOK, months=(202503, 202503))
    assert (found.left, found.product) == ({"M0002": 300_00, "M0003": 100_00}, "饲料")
    assert [rules.quantity_of(found, member) for member in found.amounts] == [375_00, 125_00]
    trade(db, sold(amount=200_00, voucher=voucher.id, note="过磅单3号"))
    (found,) = queries.trade_of_vouchers(db, book=BOOK, ids=[voucher.id])
    assert found.left == {"M0002": 100_00, "M0003": 100_00}
    with pytest.raises(Refusal) as more:
        trade(db, sold(amount=60_00, voucher=voucher.id), sold(amount=60_00, voucher=voucher.id))
    assert refused(more.value) == ["trade_must_not_exceed_its_voucher"]
    with pytest.raises(Refusal) as none:
        trade(db, sold(voucher=99))
    assert refused(none.value) == ["trade_needs_a_voucher_of_members"]
    # What is taken back may be written down again.
    actions.take_back_trade(db, 1, reason="重复", book=book_of(db), by=ACCOUNTANT, on=ON, at=AT)
    trade(db, sold(amount=300_00, voucher=voucher.id))
    (found,) = queries.trade_of_vouchers(db, book=BOOK, ids=[voucher.id])
    assert found.left == {"M0003": 100_00}


def test_what_stands_on_the_sheet_to_the_fen_is_not_asked_for_again(db: Connection) -> None:
    voucher = purchase(db)
    trade(db, sold(amount=300_00), sold(member="M0003", amount=90_00))
    (found,) = queries.trade_of_vouchers(db, book=BOOK, ids=[voucher.id])
    assert found.left == {"M0003": 100_00}


def test_a_cancelled_voucher_traded_nothing(db: Connection) -> None:
    voucher = purchase(db)
    red = vouchers.reverse(
        db, book=BOOK, voucher=voucher.id, dated=date(2025, 3, 6), by=ACCOUNTANT, on=ON, at=AT
    )
    step = Step(voucher=red.id)
    vouchers.review_many(db, [step], book=BOOK, by=REVIEWER, on=ON, at=AT)
    vouchers.post_many(db, [step], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    assert queries.trade_of_vouchers(db, book=BOOK, months=(202501, 202512)) == ()


def test_a_sealed_year_stays(db: Connection) -> None:
    keep(db, "2025-03-05 M0001 1.50 120 值班")
    sealed(db)
    with pytest.raises(Refusal) as more:
        keep(db, "2025-03-05 M0001 1.50 120 值班")
    assert refused(more.value) == ["entry_must_not_be_of_a_sealed_year"]
    with pytest.raises(Refusal) as back:
        take_back(db, 1)
    assert refused(back.value) == ["entry_must_not_be_of_a_sealed_year"]
