"""What a collective's inventory, contracts and project money say is what the log sealed; each change is named."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

import migrations
from coop.contracts import actions as contracts
from coop.contracts import queries as contracts_there
from coop.inventory import actions as inventory
from coop.inventory import queries as items
from coop.project_money import actions as money
from coop.project_money import queries as funds
from coop.proof import queries as proofs
from ledger.books import queries as books
from ledger.columns import Unreadable
from schemas.books import Book
from schemas.contracts import Amendment, Ending
from schemas.inventory import Change, NewCount, NewCountLine, NewItemFact
from schemas.project_money import MoneyNaming, MoneySource
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    ON,
    REVIEWER,
    a_database,
    behind_the_service,
    post,
    rolled_back,
)
from tests.conftest import Databases
from tests.contracts.village import CONTRACT, POND, SCAN, a_village, find_pond, sign, the_pond_leased

CHANGED, ADDED, REMOVED = "fact_must_be_as_sealed", "fact_must_be_in_the_log", "sealed_fact_must_be_there"


def furnish(db: Connection) -> None:
    book = a_village(db)
    find_pond(db, book)
    count = NewCount(
        year=2025, day=date(2025, 12, 31), counters="覃会计", lines=(NewCountLine(code=POND, there=True),)
    )
    inventory.count(db, count, book=book, by=ACCOUNTANT, on=ON, at=AT)
    inventory.confirm(db, year=2025, turn=1, book=book, by=REVIEWER, at=AT)
    sign(db, book)
    contracts.add_paper(db, SCAN, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    longer = replace(the_pond_leased().terms, last_day=date(2029, 2, 28))
    change = Amendment(day=date(2026, 1, 1), terms=longer, paper="补充协议")
    contracts.amend(db, change, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    ending = Ending(last_day=date(2026, 2, 28), reason="退租")
    contracts.end(db, ending, number=CONTRACT, book=book, by=ACCOUNTANT, at=AT)
    rent = post(db, "2025-06-10 鱼塘租金 | 102 6000.00 | cr 501 6000.00")
    for act in (contracts.name_receipt, contracts.take_back_receipt):
        reason = {} if act is contracts.name_receipt else {"reason": "认错了"}
        act(db, number=CONTRACT, voucher=rent.id, line=2, book=book, by=ACCOUNTANT, at=AT, **reason)
    given = post(db, "2025-04-01 第一书记经费 | 102 50000.00 | cr 241/鱼塘改造 50000.00")
    naming = MoneyNaming(source=MoneySource.FIRST_SECRETARY, project="鱼塘改造")
    money.name_line(db, naming, voucher=given.id, line=2, book=book, by=ACCOUNTANT, at=AT)
    money.take_back(db, voucher=given.id, line=2, reason="认错了", book=book, by=ACCOUNTANT, at=AT)
    gone = NewItemFact(code=POND, change=Change.GONE, day=date(2026, 1, 10), document="填平")
    inventory.write_fact(db, gone, book=book, by=ACCOUNTANT, on=ON, at=AT)


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


def faults(db: Connection) -> list[tuple[str, str]]:
    book = books.book(db, id=BOOK)
    assert book is not None
    return [
        (one.code, one.figures["subject"])
        for one in proofs.prove(db, book=book).problems
        if "subject" in one.figures
    ]


def test_what_nobody_touched_is_as_sealed(engine: Engine) -> None:
    with rolled_back(engine) as db:
        assert faults(db) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE inventory_fact SET day = '2024-03-02' WHERE turn = 1", [(CHANGED, f"item:{POND}")]),
        ("UPDATE inventory_fact SET document = '' WHERE turn = 2", [(CHANGED, f"item:{POND}")]),
        ("DELETE FROM inventory_fact WHERE turn = 2", [(REMOVED, f"item:{POND}")]),
        ("UPDATE inventory_count SET body = replace(body, '覃会计', '无')", [(CHANGED, "count:2025/1")]),
        ("UPDATE inventory_confirmation SET confirmed_by = 3", [(CHANGED, "count:2025/1")]),
        ("DELETE FROM inventory_confirmation", [(REMOVED, "count:2025/1")]),
        ("UPDATE contract SET body = replace(body, '600000', '500000')", [(CHANGED, f"contract:{CONTRACT}")]),
        ("UPDATE contract_change SET body = replace(body, '2029', '2028') WHERE turn = 1", [(CHANGED, f"contract:{CONTRACT}")]),
        ("DELETE FROM contract_change WHERE turn = 2", [(REMOVED, f"contract:{CONTRACT}")]),
        ("UPDATE contract_paper SET name = '别的.pdf'", [(CHANGED, f"contract:{CONTRACT}")]),
        ("DELETE FROM contract_paper", [(REMOVED, f"contract:{CONTRACT}")]),
        ("UPDATE contract_receipt SET line = 1 WHERE turn = 1", [(CHANGED, "voucher:1")]),
        ("DELETE FROM contract_receipt WHERE turn = 2", [(REMOVED, "voucher:1")]),
        (
            f"INSERT INTO contract_receipt SELECT book_id, voucher_id, line, 3, '{CONTRACT}', '', named_by, at FROM contract_receipt WHERE turn = 1",
            [(ADDED, "voucher:1")],
        ),
        ("UPDATE project_money SET body = replace(body, 'first_secretary', 'other') WHERE turn = 1", [(CHANGED, "voucher:2")]),
        ("DELETE FROM project_money WHERE turn = 2", [(REMOVED, "voucher:2")]),
    ],
)  # fmt: skip
def test_each_change_is_found_and_named(engine: Engine, change: str, found: list[tuple[str, str]]) -> None:
    with behind_the_service(engine) as db:
        db.execute(text(change))
        assert faults(db) == found


READ: dict[str, Callable[[Connection, Book], object]] = {
    "contract": lambda db, _: contracts_there.board(db, book=BOOK, as_of=ON),
    "contract_change": lambda db, _: contracts_there.board(db, book=BOOK, as_of=ON),
    "inventory_fact": lambda db, book: items.inventory(db, book=book, as_of=ON),
    "inventory_count": lambda db, _: items.counts(db, book=BOOK),
    "project_money": lambda db, book: funds.project_money(db, book=book, as_of=date.max),
}
"""What a page reads of each table."""


@pytest.mark.parametrize(
    ("table", "body"),
    [
        ("contract", "{"),
        ("contract_change", '{"from_date": 7}'),
        ("inventory_fact", "[]"),
        ("inventory_count", "{}"),
        ("project_money", '"x"'),
    ],
)
def test_a_row_that_cannot_be_read_is_named(engine: Engine, table: str, body: str) -> None:
    with behind_the_service(engine) as db:
        db.execute(text(f"UPDATE {table} SET body = :body WHERE body IS NOT NULL"), {"body": body})
        book = books.book(db, id=BOOK)
        assert book is not None
        found = [one for one in proofs.prove(db, book=book).problems if one.code == "body_must_be_readable"]
        assert {one.figures["table"] for one in found} == {table}
        assert all(BOOK in one.figures["key"] for one in found)
        with pytest.raises(Unreadable) as caught:
            READ[table](db, book)
        (problem,) = caught.value.problems
        assert (problem.code, problem.figures["table"]) == ("row_must_be_readable", table)
        assert BOOK in problem.figures["key"]


TABLES = (
    "inventory_fact",
    "inventory_count",
    "inventory_confirmation",
    "contract",
    "contract_change",
    "contract_paper",
    "contract_receipt",
    "project_money",
)


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("change", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_a_fact_of_a_collective_is_never_changed_or_lost(engine: Engine, table: str, change: str) -> None:
    with rolled_back(engine) as db:
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
        column = next(iter(migrations.metadata().tables[table].columns)).name
        with pytest.raises(DBAPIError, match=f"{table} is only added to"):
            db.execute(text(change.format(table=table, column=column)))
