"""Two processes at the same books: nothing is lost, nothing is done twice, no number is left out.

Threads behind one writer would only stand in a row, so these are two programs with a database connection each.
"""

from importlib import import_module

import pytest
from sqlalchemy import Engine, select

from ledger.books import queries as books
from ledger.columns import table_of
from ledger.log import queries as log
from ledger.periods import queries as periods
from ledger.proof import queries as proof
from ledger.vouchers import queries
from ledger.vouchers.tables import VoucherRow
from schemas.vouchers import State, Word
from tests.builders import BOOK, a_book, post, reviewed
from tests.faults import racing
from tests.processes import BEFOREHAND

_voucher = table_of(VoucherRow)


def test_what_processes_have_beforehand_can_be_loaded() -> None:
    for name in BEFOREHAND:
        import_module(name)


@pytest.fixture
def book(database: Engine) -> Engine:
    with database.begin() as db:
        a_book(db, parties="电费")
    return database


def numbers(engine: Engine) -> list[int]:
    with engine.connect() as db:
        return list(queries.used_numbers(db, book=BOOK).get((2025, Word.GENERAL), ()))


def holds(engine: Engine) -> None:
    with engine.connect() as db:
        book = books.book(db, id=BOOK)
        assert book is not None
        assert proof.prove(db, book=book).problems == ()


def done(did: list[racing.Did], name: str) -> list[racing.Answer]:
    return [answer for one in did for verb, answer in one if verb == name and answer is not None]


def test_a_voucher_posted_by_two_at_once_is_posted_once_and_both_are_told_the_same(
    book: Engine, db_url: str
) -> None:
    with book.begin() as db:
        for _ in range(30):
            reviewed(db, "2025-01-10 付电费 | 523/电费 8 | cr 102 8")
    first, second = racing.race(db_url, racing.the_same_vouchers)
    assert first == second
    assert sorted(number for _, number in done([first], "post")) == list(range(1, 31))
    assert numbers(book) == list(range(1, 31))
    holds(book)


def test_a_voucher_reversed_by_two_at_once_is_cancelled_once(book: Engine, db_url: str) -> None:
    with book.begin() as db:
        for _ in range(15):
            post(db, "2025-01-10 付电费 | 523/电费 8 | cr 102 8")
    did = racing.race(db_url, racing.the_same_reds)
    assert len(done(did, "reverse")) == 15, "a voucher has one red draft at a time"
    assert len(done(did, "post")) == 15
    with book.connect() as db:
        cancelled = db.execute(
            select(_voucher.c.cancels).where(_voucher.c.state == State.POSTED.value, _voucher.c.cancels > 0)
        ).scalars()
        assert sorted(cancelled) == list(range(1, 16))
    assert numbers(book) == list(range(1, 31))
    holds(book)


def test_posting_reversing_and_closing_at_once_lose_nothing(book: Engine, db_url: str) -> None:
    did = racing.race(db_url, racing.a_month_end)
    posted = done(did, "post")
    assert len(posted) >= 12
    assert numbers(book) == sorted(number for _, number in posted)
    assert numbers(book) == list(range(1, len(posted) + 1))
    with book.connect() as db:
        seals = periods.seals(db, book=BOOK)
        entries = {entry.subject: entry.seq for entry in log.entries(db, book=BOOK, act="voucher.post")}
        vouchers = queries.posted_in_order(db, book=BOOK)
    assert {month for month, _ in done(did, "close")} == set(seals)
    for voucher in vouchers:
        if voucher.period in seals:
            sealed = seals[voucher.period].seal_seq
            assert entries[f"voucher:{voucher.id}"] < sealed, "nothing was posted behind a seal"
    holds(book)
