"""What bank, cash and asset registers hold is what the log sealed; each change behind the service's back is named."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text

from ledger import triggers
from ledger.side_books.queries import not_as_sealed
from tests.builders import BOOK, a_book, a_database, post, rolled_back
from tests.conftest import Databases
from tests.side_books import PARTIES, side_books


def _furnish(db: Connection) -> None:
    a_book(db, parties=f"{PARTIES} 财政补助", openings="102 1000 | cr 311/财政补助 1000")
    interest = post(db, "2025-01-21 银行存款利息 | 102 49.11 | 524 -49.11")
    side_books(db, interest=interest.id)


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _furnish) as engine:
        yield engine


@pytest.fixture
def db(furnished: Engine) -> Iterator[Connection]:
    with rolled_back(furnished) as connection:
        yield connection


def test_side_books_nobody_touched_are_as_sealed(db: Connection) -> None:
    assert not_as_sealed(db, book=BOOK) == ()


CHANGED, ADDED, REMOVED = "fact_must_be_as_sealed", "fact_must_be_in_the_log", "sealed_fact_must_be_there"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE bank_line SET amount = -600 WHERE line_id = 2", [(CHANGED, "bank_statement:1")]),
        ("UPDATE bank_line SET party = '' WHERE line_id = 2", [(CHANGED, "bank_statement:1")]),
        ("UPDATE bank_statement SET opening = 0", [(CHANGED, "bank_statement:1")]),
        ("DELETE FROM bank_line WHERE line_id = 2", [(CHANGED, "bank_statement:1")]),
        ("UPDATE bank_line SET side = 'bank' WHERE line_id = 3", [(CHANGED, "bank_line:3")]),
        ("DELETE FROM bank_line WHERE line_id = 3", [(REMOVED, "bank_line:3")]),
        ("UPDATE bank_match SET rule = 'only_one' WHERE match_id = 2", [(CHANGED, "bank_match:2")]),
        ("DELETE FROM bank_match_posting WHERE match_id = 2", [(CHANGED, "bank_match:2")]),
        ("DELETE FROM bank_unmatch", [(REMOVED, "bank_match:1")]),
        ("UPDATE bank_unmatch SET reason = ''", [(CHANGED, "bank_match:1")]),
        (
            "INSERT INTO bank_unmatch SELECT book_id, 2, undone_by, at, reason FROM bank_unmatch",
            [(ADDED, "bank_match:2")],
        ),
        ("UPDATE cash_count SET counted = 600 WHERE count_id = 1", [(CHANGED, "cash_count:1")]),
        ("UPDATE cash_count SET counted_by = 1, witness = NULL", [(CHANGED, "cash_count:1"), (CHANGED, "cash_count:2")]),
        ("DELETE FROM cash_count WHERE count_id = 2", [(REMOVED, "cash_count:2")]),
        (
            "INSERT INTO cash_count SELECT book_id, 3, account, date, 9, pieces, witness, note, book_then, counted_by, at FROM cash_count WHERE count_id = 1",
            [(ADDED, "cash_count:3")],
        ),
        ("UPDATE asset_card SET taken = 100, taken_until = 202412", [(CHANGED, "asset:A1")]),
        ("UPDATE asset_terms SET cost = 130000 WHERE turn = 1", [(CHANGED, "asset:A1")]),
        ("UPDATE asset_terms SET life_months = 36 WHERE turn = 2", [(CHANGED, "asset:A1")]),
        ("DELETE FROM asset_terms WHERE turn = 2", [(REMOVED, "asset:A1")]),
        ("UPDATE asset_disposal SET disposed_on = '2025-05-06' WHERE turn = 1", [(CHANGED, "asset:A1")]),
        ("DELETE FROM asset_disposal WHERE turn = 2", [(REMOVED, "asset:A1")]),
        ("UPDATE asset_charge SET amount = 9 WHERE period = 202503", [(CHANGED, "voucher:3")]),
        ("DELETE FROM asset_charge WHERE attempt = 1 AND period = 202502", [(REMOVED, "voucher:2")]),
        (
            "INSERT INTO asset_charge SELECT book_id, code, 202504, 1, 5, 1 FROM asset_charge WHERE period = 202503",
            [(ADDED, "voucher:1")],
        ),
        ("UPDATE spot_check SET k = 3", [(CHANGED, "spot_check:2026-01")]),
        ("UPDATE spot_check SET head = pool_digest", [(CHANGED, "spot_check:2026-01")]),
        ("UPDATE spot_check_voucher SET place = 9 WHERE place = 1", [(CHANGED, "spot_check:2026-01")]),
        ("UPDATE spot_check_verdict SET text = '无' WHERE verdict_id = 2", [(CHANGED, "finding:2")]),
        ("UPDATE spot_check_verdict SET kind = 'in_order' WHERE verdict_id = 2", [(CHANGED, "finding:2")]),
        ("UPDATE spot_check_verdict SET checked_by = 2 WHERE verdict_id = 1", [(CHANGED, "finding:1")]),
        ("DELETE FROM spot_check_verdict WHERE verdict_id = 1", [(REMOVED, "finding:1")]),
        (
            "INSERT INTO spot_check_verdict SELECT book_id, 3, month, voucher_id, kind, text, scan, scan_name, checked_by, at FROM spot_check_verdict WHERE verdict_id = 2",
            [(ADDED, "finding:3")],
        ),
        ("UPDATE spot_check_word SET text = '原样' WHERE place = 3", [(CHANGED, "finding:2")]),
        ("DELETE FROM spot_check_word WHERE place = 4", [(REMOVED, "finding:2")]),
    ],
)  # fmt: skip
def test_each_change_is_found_and_named(db: Connection, change: str, found: list[tuple[str, str]]) -> None:
    for statement in triggers.dropping(db.dialect.name):
        db.exec_driver_sql(statement)
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    db.execute(text(change))
    problems = not_as_sealed(db, book=BOOK)
    assert [(problem.code, problem.figures["subject"]) for problem in problems] == found
    assert all(f"Book {BOOK}" in str(problem) for problem in problems)
