"""What is kept under an idempotency key is what its act answered, or it is named.

A voucher prepared under the key ``paper-1`` and posted under ``post-1``, and a sheet of work days under ``sheet-1``. Each
test drops the triggers of the keys, makes one change behind the service's back, and looks at what the proof says.
"""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text

from coop.daybook import actions as daybook
from coop.proof import queries as proof
from ledger.books import queries as books
from ledger.keys import rules
from ledger.vouchers import actions as vouchers
from schemas.labour import WorkDay
from schemas.problems import Fault
from schemas.vouchers import NewDraft, Step
from tests.builders import ACCOUNTANT, AT, BOOK, ON, REVIEWER, a_database, a_draft, rolled_back
from tests.conftest import Databases
from tests.registry import a_cooperative


def furnish(db: Connection) -> None:
    a_cooperative(db)
    new = NewDraft(draft=a_draft("2025-03-01 付电费 | 523 86 | cr 102 86"), key="paper-1")
    voucher = vouchers.one(vouchers.draft_many(db, [new], book=BOOK, by=ACCOUNTANT, on=ON, at=AT))
    vouchers.review_many(db, [Step(voucher=voucher.id)], book=BOOK, by=REVIEWER, on=ON, at=AT)
    step = Step(voucher=voucher.id, key="post-1")
    vouchers.one(vouchers.post_many(db, [step], book=BOOK, by=ACCOUNTANT, on=ON, at=AT))
    book = books.book(db, id=BOOK)
    assert book is not None
    day = WorkDay(member="M0001", on=date(2025, 3, 3), days=100, day_wage=9000, work="值班")
    daybook.keep_work_days(db, [day], book=book, by=ACCOUNTANT, on=ON, at=AT, key="sheet-1")


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def behind(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as db:
        if db.dialect.name == "sqlite":
            db.exec_driver_sql("DROP TRIGGER idempotency_key_stays_as_it_is")
            db.exec_driver_sql("DROP TRIGGER idempotency_key_stays")
        else:
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield db


def found(db: Connection) -> list[tuple[str, str]]:
    """What the proof says of keys: codes with the keys they name."""
    book = books.book(db, id=BOOK)
    assert book is not None
    problems = proof.prove(db, book=book).problems
    return [(one.code, one.figures["key"]) for one in problems if one.severity == "error"]


def test_untouched_every_answer_is_as_it_was_given(behind: Connection) -> None:
    assert found(behind) == []


CHANGED, GONE = "answer_must_be_as_given", "answer_must_be_there"
CHANGES: tuple[tuple[str, list[tuple[str, str]]], ...] = (
    ("UPDATE idempotency_key SET answer = replace(answer, '8600', '860000') WHERE key = 'paper-1'",
     [(CHANGED, "paper-1")]),
    ("UPDATE idempotency_key SET answer = replace(answer, '\"number\":1', '\"number\":2') WHERE key = 'post-1'",
     [(CHANGED, "post-1")]),
    ("UPDATE idempotency_key SET answer = '{}' WHERE key = 'post-1'", [(CHANGED, "post-1")]),
    ("UPDATE idempotency_key SET answer = '7' WHERE key = 'sheet-1'", [(CHANGED, "sheet-1")]),
    ("UPDATE idempotency_key SET fingerprint = 'x' WHERE key = 'sheet-1'", [(CHANGED, "sheet-1")]),
    ("UPDATE idempotency_key SET key = 'sheet-2' WHERE key = 'sheet-1'", [(CHANGED, "sheet-2"), (GONE, "sheet-1")]),
    ("DELETE FROM idempotency_key WHERE key = 'sheet-1'", [(GONE, "sheet-1")]),
    ("INSERT INTO idempotency_key SELECT book_id, 'mine', fingerprint, '1', at FROM idempotency_key WHERE key = 'sheet-1'",
     [(CHANGED, "mine")]),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES)
def test_an_answer_that_was_changed_is_named(
    behind: Connection, statement: str, expected: list[tuple[str, str]]
) -> None:
    assert behind.execute(text(statement.replace('":', '"\\:'))).rowcount > 0
    assert found(behind) == expected


def test_every_finding_is_provoked() -> None:
    known = {fault.code for fault in vars(rules).values() if isinstance(fault, Fault)}
    assert known == {code for _, expected in CHANGES for code, _ in expected}
