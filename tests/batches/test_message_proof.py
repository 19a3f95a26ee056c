"""Whoever can write to the database can change what goes over the line to the bank, but not without being found out.

Six batches of ``clean-small``, one by file and five over the line: due, with the bank, refused, withdrawn and answered."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from ledger.books import queries as books
from payouts.batches import queries
from payouts.messages import actions as messages
from payouts.proof import queries as proofs
from tests.batches.small import BOOK, LATER, SENDER, furnish, make, send, sent, take
from tests.builders import a_database, said
from tests.runs.years import at

if TYPE_CHECKING:
    from tests.conftest import Databases

AT = at(LATER)


def _furnish(db: Connection) -> None:
    furnish(db)
    for payee in ("Q0001", "Q0002", "Q0003", "Q0004", "Q0005"):
        send(db, make(db, payee, form="direct"))
    sent(db, "Q0006")
    make(db, "Q0007", form="direct")
    messages.take_turn(db, book=BOOK, number=1, at=AT)
    messages.note(db, book=BOOK, number=1, said="silence: 503")
    messages.accept(db, book=BOOK, number=2, by=SENDER, at=AT)
    messages.refuse(db, book=BOOK, number=3, said="bank: 400", by=SENDER, at=AT)
    messages.again(db, book=BOOK, number=3, answered=False, by=SENDER, at=AT)
    messages.retry(db, book=BOOK, number=3, by=SENDER, at=AT)
    messages.refuse(db, book=BOOK, number=3, said="bank: 409", by=SENDER, at=AT)
    messages.withdraw(db, book=BOOK, number=4, by=SENDER, at=AT, reason="银行王经理称未收到")
    fifth = queries.batch(db, book=BOOK, number=5)
    assert fifth is not None
    take(db, fifth, {1: ""})


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _furnish) as engine:
        yield engine


def found(db: Connection) -> dict[str, str]:
    """What is said of the messages: all sentences of each code."""
    book = books.book(db, id=BOOK)
    assert book is not None
    return said(proofs.faults_of_messages(db, book=book))


def test_untouched_the_messages_and_the_book_hold(behind: Connection) -> None:
    book = books.book(behind, id=BOOK)
    assert book is not None
    assert found(behind) == {}
    assert proofs.prove(behind, book=book).problems == ()


GONE, STRAY, AS_LOGGED = (
    "message_must_be_there",
    "message_must_be_of_a_batch_sent",
    "message_must_be_as_logged",
)
ANEW = 'INSERT INTO bank_message SELECT book_id, {batch}, "order", state, attempts, next_try, said FROM bank_message WHERE batch = 1'
CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("UPDATE bank_message SET state = 'accepted' WHERE batch = 1",
     {AS_LOGGED: f"The message of batch 1 is kept as accepted: {BOOK}.B2026-0001; by the log it is due: {BOOK}.B2026-0001"}),
    ("UPDATE bank_message SET state = 'withdrawn' WHERE batch = 2", {AS_LOGGED: "The message of batch 2 is kept as withdrawn"}),
    ("UPDATE bank_message SET state = 'due' WHERE batch = 3",
     {AS_LOGGED: f"by the log it is refused: {BOOK}.B2026-0003 bank: 409"}),
    ("UPDATE bank_message SET said = 'bank: 400' WHERE batch = 3", {AS_LOGGED: "B2026-0003 bank: 400; by the log"}),
    ("UPDATE bank_message SET said = '银行李经理称未收到' WHERE batch = 4", {AS_LOGGED: "银行王经理称未收到"}),
    ("UPDATE bank_message SET state = 'due' WHERE batch = 4", {AS_LOGGED: "The message of batch 4 is kept as due"}),
    ("UPDATE bank_message SET state = 'due' WHERE batch = 5", {AS_LOGGED: "by the log it is answered"}),
    (f"UPDATE bank_message SET \"order\" = '{BOOK}.B2026-0009' WHERE batch = 2", {AS_LOGGED: "accepted: qingshuihezuoshe.B2026-0009"}),
    ("UPDATE log_entry SET subject = 'message' WHERE act = 'message.refuse'",
     {"subject_must_be_readable": "(message.refuse) is about message, which", AS_LOGGED: "batch 3"}),
    ("DELETE FROM bank_message WHERE batch = 1", {GONE: "Batch 1 went out over the line"}),
    ("DELETE FROM bank_message WHERE batch = 5", {GONE: "Batch 5 went out over the line"}),
    (ANEW.format(batch=6), {STRAY: "of batch 6"}),
    (ANEW.format(batch=7), {STRAY: "of batch 7"}),
    (ANEW.format(batch=9), {STRAY: "of batch 9"}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES, ids=map(str, range(len(CHANGES))))
def test_one_change_is_found_and_named(behind: Connection, statement: str, expected: dict[str, str]) -> None:
    assert behind.execute(text(statement.replace(":", r"\:"))).rowcount > 0
    says = found(behind)
    assert set(says) == set(expected), says
    for code, words in expected.items():
        assert words in says[code]


def test_tries_are_nobody_s_word(behind: Connection) -> None:
    """What is counted and when it is tried next may be set anew by a restored backup; money does not move by it."""
    behind.execute(text("UPDATE bank_message SET attempts = 9, next_try = '2026-02-13T00\\:00\\:00.000000Z'"))
    assert found(behind) == {}
