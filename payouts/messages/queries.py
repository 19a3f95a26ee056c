"""What is to be sent to a bank, and what the bank is to be asked."""

from typing import Any

from sqlalchemy import Connection, Row, select

from ledger.columns import table_of
from payouts.messages.tables import BankMessageRow
from schemas.messages import Message, MessageState
from schemas.units import BookId, Instant

_message = table_of(BankMessageRow)


def message(db: Connection, *, book: BookId, number: int) -> Message | None:
    """The message of a batch; None when it does not go over the line."""
    row = db.execute(select(_message).where(_message.c.book_id == book, _message.c.batch == number)).first()
    return None if row is None else _as_message(row)


def messages(db: Connection, *, book: BookId) -> tuple[Message, ...]:
    """The messages of a book, the newest first."""
    rows = db.execute(select(_message).where(_message.c.book_id == book).order_by(_message.c.batch.desc()))
    return tuple(map(_as_message, rows))


def due(db: Connection, *, at: Instant) -> tuple[Message, ...]:
    """What is to be sent, or asked after, by an instant: the longest due first."""
    rows = db.execute(
        select(_message)
        .where(
            _message.c.state.in_([MessageState.DUE.value, MessageState.ACCEPTED.value]),
            _message.c.next_try <= at,
        )
        .order_by(_message.c.next_try, _message.c.book_id, _message.c.batch)
    )
    return tuple(map(_as_message, rows))


def _as_message(row: Row[Any]) -> Message:
    return Message(
        book=row.book_id,
        batch=row.batch,
        order=row.order,
        state=MessageState(row.state),
        attempts=row.attempts,
        next_try=row.next_try,
        said=row.said,
    )
