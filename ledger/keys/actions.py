"""Remembering idempotency keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from ledger.columns import adding_rows, table_of
from ledger.keys import rules
from ledger.keys.tables import KeyRow
from ledger.log import actions as log
from ledger.log.actions import instant
from schemas.log import Act
from schemas.problems import Fault
from schemas.units import BookId, PersonId, Value

_ADD = adding_rows(table_of(KeyRow))

key_must_mean_the_same = Fault(
    code="key_must_mean_the_same",
    says="The key {key} was used before for something else.",
    remedy="Use a new key for a new act.",
)


class NewKey(Value):
    """A key used now."""

    key: str
    fingerprint: str
    answer: str


def remember(db: Connection, used: Sequence[NewKey], *, book: BookId, at: datetime) -> None:
    """Write down keys used now, with what they meant and what was answered: vouchers, which their acts have sealed."""
    when = instant(at)
    _ADD.write(
        db,
        [
            {"book_id": book, "key": u.key, "fingerprint": u.fingerprint, "answer": u.answer, "at": when}
            for u in used
        ],
    )


def remember_sealed(db: Connection, used: NewKey, *, book: BookId, by: PersonId, at: datetime) -> None:
    """Write down a key used now whose answer is no voucher, and seal it in the log."""
    remember(db, [used], book=book, at=at)
    content = rules.sealed_answer(used.key, used.fingerprint, used.answer)
    act = Act(by=by, act=rules.KEPT, subject=rules.subject(used.key), content=content)
    log.record(db, act, book=book, at=at)
