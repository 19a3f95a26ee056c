"""Whoever can write to the database can change a payment, but not without being found out.

Three batches of ``clean-small``: the first settled (two paid, one of them back later, one refused), the second on its
way with the returned ones and answered half, the third voided. Each test drops every trigger, makes one change behind
the service's back, and looks at what the proof says.
"""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from ledger.books import queries as books
from payouts.batches import actions
from payouts.proof import queries as proofs
from tests.batches.small import BOOK, OUT, answers, furnish, make, send, sent, take
from tests.builders import ACCOUNTANT, a_database, said
from tests.runs.years import at

if TYPE_CHECKING:
    from tests.conftest import Databases

EVEN_LATER = date(2026, 2, 25)


def _furnish(db: Connection) -> None:
    furnish(db)
    first = sent(db, "Q0001", "Q0002", "Q0003")
    take(db, first, {1: "", 2: "", 3: "name"})
    voided = make(db, "Q0004")
    actions.void(db, BOOK, voided.number, by=ACCOUNTANT, at=at(OUT), reason="重做")
    second = send(db, make(db, "Q0003", "Q0004", "Q0005"))
    take(db, second, {1: ""})
    take(db, first, answers(db, first, {2: "closed"}, on=EVEN_LATER), on=EVEN_LATER)


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _furnish) as engine:
        yield engine


def found(db: Connection) -> dict[str, str]:
    """What is said of the batches: all sentences of each code."""
    book = books.book(db, id=BOOK)
    assert book is not None
    return said(proofs.faults_of_batches(db, book=book))


def test_untouched_the_batches_and_the_book_hold(behind: Connection) -> None:
    book = books.book(behind, id=BOOK)
    assert book is not None
    assert proofs.prove(behind, book=book).problems == ()


LOG, LINE, THERE, WORD, PAID = (
    "batch_must_match_the_log",
    "batch_line_must_recompute",
    "batch_line_must_be_there",
    "batch_outcome_must_be_as_logged",
    "batch_vouchers_must_pay_its_lines",
)
NEW_LINE = "INSERT INTO batch_line SELECT book_id, {batch}, {line}, kind, year, round, '{payee}', {attempt}, amount, heir, name, bank, account_shown, account_digest FROM batch_line WHERE batch = 1 AND line = 1"
NEW_BATCH = "INSERT INTO batch SELECT book_id, 4, kind, year, round, channel, format, account, state, lines, total, made_by, made_on, sent_by, sent_on, version FROM batch WHERE number = 3"

CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    # The batch
    ("UPDATE batch SET total = total + 1 WHERE number = 1", {LOG: "Batch 1: kept.making"}),
    ("UPDATE batch SET lines = 2 WHERE number = 1", {LOG: "Batch 1: kept.making", THERE: "line 3"}),
    ("UPDATE batch SET account = '101' WHERE number = 1", {LOG: "kept.making", PAID: "on 101 —"}),
    ("UPDATE batch SET made_by = 3 WHERE number = 1", {LOG: "Batch 1: kept.making"}),
    ("UPDATE batch SET sent_by = 3 WHERE number = 1", {LOG: "Batch 1: kept.sending"}),
    ("UPDATE batch SET sent_on = '2026-02-12' WHERE number = 1", {LOG: "Batch 1: kept.sending"}),
    ("UPDATE batch SET state = 'sent' WHERE number = 1", {LOG: "Batch 1: kept.state"}),
    ("UPDATE batch SET state = 'made' WHERE number = 2", {LOG: "Batch 2: kept.state"}),
    ("UPDATE batch SET version = 7 WHERE number = 3", {LOG: "Batch 3: kept.state"}),
    ("UPDATE batch SET sent_by = 2 WHERE number = 2", {LOG: "Batch 2: kept.sender"}),
    ("DELETE FROM batch WHERE number = 3", {"batch_must_be_there": "that there was batch 3, but it is gone"}),
    (NEW_BATCH, {LOG: "Batch 4: kept.making", THERE: "Batch 4 has 3 lines; line 1 is gone"}),
    # Its lines
    ("UPDATE batch_line SET amount = amount + 1 WHERE batch = 1 AND line = 1",
     {LOG: "Batch 1: kept.making", LINE: "Batch 1, line 1 (Q0001): worked out again it is 5682.37 (1); stored is 5682.38 (1)"}),
    ("UPDATE batch_line SET payee = 'Q0009' WHERE batch = 3 AND line = 3",
     {LOG: "Batch 3: kept.making", LINE: "line 3 (Q0009): worked out again it is 85.24 (1)"}),
    ("UPDATE batch_line SET attempt = 5 WHERE batch = 3 AND line = 1",
     {LOG: "Batch 3: kept.making", LINE: "line 1 (Q0003): worked out again it is 910.11 (2); stored is 910.11 (5)"}),
    ("UPDATE batch_line SET name = '黄秀富' WHERE batch = 1 AND line = 3", {LOG: "Batch 1: kept.making"}),
    (f"UPDATE batch_line SET account_digest = '{'0' * 64}' WHERE batch = 3 AND line = 2", {LOG: "Batch 3: kept.making"}),
    ("UPDATE batch_line SET account_shown = '' WHERE batch = 2", {LOG: "Batch 2: kept.making"}),
    ("DELETE FROM batch_line WHERE batch = 3 AND line = 3", {LOG: "Batch 3: kept.making", THERE: "Batch 3 has 3 lines; line 3"}),
    (NEW_LINE.format(batch=3, line=4, payee="Q0006", attempt=1),
     {LOG: "Batch 3: kept.making", THERE: "line 4", LINE: "line 4 (Q0006): worked out again it is 916.13 (1)"}),
    (NEW_LINE.format(batch=9, line=1, payee="Q0006", attempt=1), {"batch_must_have_been_made": "name batch 9"}),
    # What the bank said
    ("UPDATE batch_outcome SET outcome = 'paid', reason = '' WHERE batch = 1 AND line = 3",
     {WORD: "Batch 1, line 3: what the bank said (word 1)", PAID: "on 221 Q0003"}),
    ("UPDATE batch_outcome SET outcome = 'failed', reason = 'name' WHERE batch = 3",
     {WORD: "Batch 3, line 1: what the bank said (word 1)", PAID: "by its lines 0.00 was paid on 102 —"}),
    ("UPDATE batch_outcome SET reason = 'closed' WHERE batch = 1 AND line = 3", {WORD: "Batch 1, line 3"}),
    ("UPDATE batch_outcome SET said = '已付' WHERE batch = 1 AND line = 1", {WORD: "Batch 1, line 1"}),
    ("UPDATE batch_outcome SET \"on\" = '2026-02-15' WHERE batch = 1 AND line = 1", {WORD: "Batch 1, line 1"}),
    ("UPDATE batch_outcome SET turn = 2 WHERE batch = 1 AND line = 1", {WORD: "Batch 1, line 1"}),
    ('UPDATE batch_outcome SET "by" = 3 WHERE batch = 1 AND line = 1', {WORD: "Batch 1, line 1"}),
    ("DELETE FROM batch_outcome WHERE batch = 1 AND line = 2 AND seq = 2",
     {WORD: "Batch 1, line 2: what the bank said (word 2)", PAID: "Batch 1: by its lines 2360.44 was paid on 221 Q0002; its vouchers say 0.00"}),
    ("DELETE FROM batch_outcome WHERE batch = 1 AND line = 3", {WORD: "Batch 1, line 3"}),
    ("INSERT INTO batch_outcome SELECT book_id, 3, 2, 1, outcome, \"on\", turn, reason, said, \"by\", at FROM batch_outcome WHERE batch = 3",
     {WORD: "Batch 3, line 2: what the bank said (word 1)", PAID: "Batch 3: by its lines 2410.36 was paid on 221 Q0004; its vouchers say 0.00"}),
    # Its vouchers
    ("DELETE FROM batch_voucher WHERE batch = 3",
     {LOG: "Batch 3: kept.vouchers", PAID: "Batch 3: by its lines 803.14 was paid on 221 Q0003; its vouchers say 0.00"}),
    ("UPDATE batch_voucher SET batch = 3 WHERE batch = 1",
     {LOG: "Batch 1: kept.vouchers", PAID: "Batch 1: by its lines 5682.37 was paid on 222 Q0001; its vouchers say 0.00"}),
    # What the log is about
    ("UPDATE log_entry SET subject = 'batch:二' WHERE act = 'batch.void'",
     {"subject_must_be_readable": "(batch.void) is about batch:二", LOG: "Batch 2: kept.state"}),
    ("UPDATE log_entry SET subject = 'batch:1:x' WHERE act = 'batch.make' AND subject = 'batch:1'",
     {"subject_must_be_readable": "(batch.make) is about batch:1:x", LOG: "Batch 1: kept.making"}),
    ("INSERT INTO batch_voucher VALUES ('qingshuihezuoshe', 3, 1)", {LOG: "Batch 3: kept.vouchers", PAID: "Batch 3"}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES, ids=map(str, range(len(CHANGES))))
def test_one_change_is_found_and_named(behind: Connection, statement: str, expected: dict[str, str]) -> None:
    assert behind.execute(text(statement.replace(":", r"\:"))).rowcount > 0
    says = found(behind)
    assert set(says) == set(expected), says
    for code, words in expected.items():
        assert words in says[code]
