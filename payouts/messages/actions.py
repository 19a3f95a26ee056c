"""What becomes of a message to a bank: put, tried, accepted, refused, answered. The caller commits.

Each try is written down before it is made, with the turn of the next: a service that is killed while it waits for the
bank finds the message due again.
"""

from datetime import datetime

from sqlalchemy import Connection, insert, update

from ledger.columns import table_of
from ledger.log import actions as log
from payouts.messages import queries, rules
from payouts.messages.tables import BankMessageRow
from schemas.log import Act
from schemas.messages import Message, MessageState
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_message = table_of(BankMessageRow)
_OPEN = frozenset({MessageState.DUE, MessageState.ACCEPTED})


def put(db: Connection, *, book: BookId, number: int, name: str, at: datetime) -> None:
    """Write down that a batch is to be sent, at once."""
    db.execute(
        insert(_message),
        [
            {
                "book_id": book,
                "batch": number,
                "order": rules.order_of(book, name),
                "state": MessageState.DUE.value,
                "attempts": 0,
                "next_try": log.instant(at),
                "said": "",
            }
        ],
    )


def take_turn(db: Connection, *, book: BookId, number: int, at: datetime) -> Message | None:
    """Take the turn of a message before it is sent or asked after: the try is counted and the next one set. None when
    somebody else has it, or nothing is due any more."""
    log.lock(db, book=book)
    found = queries.message(db, book=book, number=number)
    if found is None or found.state not in _OPEN or found.next_try > log.instant(at):
        return None
    return _moved(db, found, found.state, attempts=found.attempts + 1, at=at, said=found.said)


def accept(db: Connection, *, book: BookId, number: int, by: PersonId, at: datetime) -> None:
    """The bank has the batch."""
    log.lock(db, book=book)
    found = _there(db, book=book, number=number)
    if found.state is MessageState.DUE:
        _log(
            db,
            _moved(db, found, MessageState.ACCEPTED, attempts=1, at=at),
            act="message.accept",
            by=by,
            at=at,
        )


def refuse(db: Connection, *, book: BookId, number: int, said: str, by: PersonId, at: datetime) -> None:
    """The bank does not take the batch, or it cannot be sent: a person has to look."""
    log.lock(db, book=book)
    found = _there(db, book=book, number=number)
    if found.state is MessageState.DUE:
        after = _moved(db, found, MessageState.REFUSED, attempts=found.attempts, at=at, said=said)
        _log(db, after, act="message.refuse", by=by, at=at)


def note(db: Connection, *, book: BookId, number: int, said: str) -> None:
    """Why the last try came to nothing; the next is due at its turn. What was answered meanwhile keeps its word."""
    log.lock(db, book=book)
    db.execute(
        update(_message)
        .where(
            _message.c.book_id == book,
            _message.c.batch == number,
            _message.c.state.in_([state.value for state in _OPEN]),
        )
        .values(said=said[: rules.LONGEST_WORD])
    )


def hear(db: Connection, *, book: BookId, number: int, settled: bool, by: PersonId, at: datetime) -> None:
    """Something was said of a batch's lines: the bank has it, and ``settled`` there is nothing left to ask."""
    found = queries.message(db, book=book, number=number)
    if found is None:
        return
    if settled and found.state is not MessageState.ANSWERED:
        _moved(db, found, MessageState.ANSWERED, attempts=found.attempts, at=at)
    elif found.state is MessageState.DUE:
        accept(db, book=book, number=number, by=by, at=at)


def refuse_while_on_its_way(db: Connection, *, book: BookId, number: int) -> None:
    """Refused while a batch is still being sent: what is told of it could be paid all the same."""
    found = queries.message(db, book=book, number=number)
    if found is not None and found.state is MessageState.DUE:
        raise Refusal(
            rules.message_must_not_be_on_its_way.at("/batch", number=number), kind=RefusalKind.STATE
        )


def retry(db: Connection, *, book: BookId, number: int, by: PersonId, at: datetime) -> Message:
    """Try a message at once that waits for its turn: give the batch to the bank, or ask after it. Refused when it waits for
    nothing."""
    found = _turn(db, book, number, *_OPEN)
    after = _moved(db, found, found.state, attempts=found.attempts, at=at, said=found.said, now=True)
    _log(db, after, act="message.retry", by=by, at=at)
    return after


def again(
    db: Connection, *, book: BookId, number: int, answered: bool, by: PersonId, at: datetime
) -> Message:
    """Send a refused batch again, under the same name. Refused when something was ``answered`` of its lines."""
    found = _turn(db, book, number, MessageState.REFUSED)
    if answered:
        raise Refusal(rules.message_must_be_unanswered.at("/batch", number=number), kind=RefusalKind.STATE)
    after = _moved(db, found, MessageState.DUE, attempts=0, at=at, now=True)
    _log(db, after, act="message.again", by=by, at=at)
    return after


def withdraw(
    db: Connection, *, book: BookId, number: int, by: PersonId, at: datetime, reason: str
) -> Message:
    """Send a batch no more, because the bank said that it does not have it. Refused once the bank accepted it."""
    found = _turn(db, book, number, MessageState.DUE, MessageState.REFUSED)
    if not reason.strip():
        raise Refusal(rules.withdrawal_needs_a_reason.at("/reason"))
    after = _moved(db, found, MessageState.WITHDRAWN, attempts=found.attempts, at=at, said=reason.strip())
    _log(db, after, act="message.withdraw", by=by, at=at)
    return after


def _there(db: Connection, *, book: BookId, number: int) -> Message:
    found = queries.message(db, book=book, number=number)
    if found is None:
        raise Refusal(rules.message_must_exist.at("/batch", number=number), kind=RefusalKind.MISSING)
    return found


def _turn(db: Connection, book: BookId, number: int, *states: MessageState) -> Message:
    log.lock(db, book=book)
    found = _there(db, book=book, number=number)
    if found.state not in states:
        raise Refusal(
            rules.message_must_be.at("/state", number=number, state=f"message.{found.state}"),
            kind=RefusalKind.STATE,
        )
    return found


def _moved(
    db: Connection,
    found: Message,
    state: MessageState,
    *,
    attempts: int,
    at: datetime,
    said: str = "",
    now: bool = False,
) -> Message:
    db.execute(
        update(_message)
        .where(_message.c.book_id == found.book, _message.c.batch == found.batch)
        .values(
            state=state.value,
            attempts=attempts,
            next_try=log.instant(at if now else at + rules.wait(attempts)),
            said=said[: rules.LONGEST_WORD],
        )
    )
    return _there(db, book=found.book, number=found.batch)


def _log(db: Connection, found: Message, *, act: str, by: PersonId, at: datetime) -> None:
    said = rules.logged_text(found)
    log.record(db, Act(by=by, act=act, subject=f"batch:{found.batch}", after=said), book=found.book, at=at)
