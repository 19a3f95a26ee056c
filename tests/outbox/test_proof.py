"""Whoever can write to the database can change what crossed, on either side, but not without being found out.

The dividend of 清水合作社 to the collective of 清水村: paid and landed, come back and withdrawn, paid again and landed,
posted by the collective's accountant. Each test drops every trigger, makes one change behind the service's back, and looks at what
the proofs of the two books say.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from payouts.proof import queries as proofs
from tests.batches.small import LATER, answers, furnish, sent, take
from tests.builders import a_database
from tests.outbox.test_story import came_back, delivered, paid, posted
from tests.runs.years import book_called

if TYPE_CHECKING:
    from tests.conftest import Databases


def _furnish(db: Connection) -> None:
    furnish(db)
    batch = paid(db)
    delivered(db)
    came_back(db, batch)
    delivered(db)
    again = sent(db, "Q0001", on=LATER)
    take(db, again, answers(db, again, {1: ""}, on=LATER), on=LATER)
    (second,) = delivered(db)
    posted(db, second.voucher)


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _furnish) as engine:
        yield engine


def found(db: Connection, unit: str) -> set[str]:
    """What the proof of a unit's book says."""
    return {one.code for one in proofs.prove(db, book=book_called(db, unit)).problems}


def test_untouched_both_books_hold(behind: Connection) -> None:
    assert (found(behind, "清水合作社"), found(behind, "清水村")) == (set(), set())


SEALED, ADDED, GONE = "fact_must_be_as_sealed", "fact_must_be_in_the_log", "sealed_fact_must_be_there"
SAID, ITEM, ONCE = (
    "landing_must_say_what_was_sent",
    "landing_must_follow_an_item",
    "item_must_have_landed_once",
)
WAITS, PAID = "item_should_have_landed", "payment_must_have_gone_out"
NEW_ITEM = "INSERT INTO outgoing SELECT book_id, 9, target, 'x.dividend.2025.1/Q0001', kind, turn, NULL, day, amount, debit, credit, summary, finished, kept_here, voucher_id, at FROM outgoing WHERE seq = 1"
NEW_LANDING = "INSERT INTO landing SELECT {book}, {source}, {seq}, effect, voucher_id, kind, turn, day, amount, item, at FROM landing WHERE source_seq = 1"

CHANGES: tuple[tuple[str, set[str], set[str]], ...] = (
    # What was sent: the change, what the cooperative's proof says, what the collective's says
    ("UPDATE outgoing SET amount = amount + 1 WHERE seq = 3", {SEALED, PAID}, {SAID}),
    ("UPDATE outgoing SET target = '450000101201' WHERE seq = 3", {SEALED, PAID, ONCE}, {SAID}),
    ("UPDATE outgoing SET day = '2026-02-01' WHERE seq = 1", {SEALED}, {SAID}),
    ("UPDATE outgoing SET about = 'x' WHERE seq = 1", {SEALED, PAID}, {SAID}),
    ("UPDATE outgoing SET credit = '504' WHERE seq = 3", {SEALED}, {SAID}),
    ("UPDATE outgoing SET summary = '租金' WHERE seq = 3", {SEALED}, {SAID}),
    ("UPDATE outgoing SET kept_here = 0 WHERE seq = 3", {SEALED, ONCE}, {SAID}),
    ("UPDATE outgoing SET turn = 'comes' WHERE seq = 2", {SEALED}, {SAID}),
    ("UPDATE outgoing SET after = NULL WHERE seq = 3", {SEALED}, {SAID}),
    ("UPDATE outgoing SET voucher_id = 1 WHERE seq = 3", {SEALED}, {SAID}),
    ("UPDATE outgoing SET at = '2026-01-01T00:00:00.000000Z' WHERE seq = 3", {SEALED}, {SAID}),
    ("DELETE FROM outgoing WHERE seq = 3", {GONE, PAID}, {ITEM}),
    (NEW_ITEM, {ADDED, PAID}, set()),
    # What landed
    ("UPDATE landing SET amount = amount + 1 WHERE source_seq = 3", set(), {SEALED, SAID, "landed_voucher_should_book_it"}),
    ("UPDATE landing SET effect = 'nothing' WHERE source_seq = 2", set(), {SEALED}),
    ("UPDATE landing SET voucher_id = 1 WHERE source_seq = 3", set(), {SEALED, "landed_voucher_should_book_it"}),
    ("UPDATE landing SET item = '' WHERE source_seq = 3", set(), {SEALED, SAID}),
    ("UPDATE landing SET day = '2026-02-01' WHERE source_seq = 3", set(), {SEALED, SAID}),
    ("UPDATE landing SET source_seq = 7 WHERE source_seq = 3", {WAITS}, {ADDED, GONE, ITEM}),
    ("DELETE FROM landing WHERE source_seq = 3", set(), {GONE}),
    ("DELETE FROM landing WHERE source_seq = 1", {WAITS}, {GONE}),
    (NEW_LANDING.format(book="book_id", source="source", seq=9), set(), {ADDED, ITEM}),
    (NEW_LANDING.format(book="'450000101201'", source="source", seq=1), {ONCE}, set()),
)  # fmt: skip


@pytest.mark.parametrize(("change", "here", "there"), CHANGES)
def test_a_change_is_found_in_either_book(
    behind: Connection, change: str, here: set[str], there: set[str]
) -> None:
    off = {
        "sqlite": "PRAGMA defer_foreign_keys = ON",
        "postgresql": "SET LOCAL session_replication_role = replica",
    }
    behind.exec_driver_sql(off[behind.dialect.name])
    assert behind.execute(text(change)).rowcount == 1
    assert (found(behind, "清水合作社"), found(behind, "清水村")) == (here, there)
