"""What goes over the line to a bank must still be what the log says: a message for each batch that went out this way, named
as the bank knows it, standing where the acts logged of it left it.

How often it was tried and when it is tried next is nobody's word: a service that lost it would try once more.
"""

from collections.abc import Iterable, Mapping, Sequence

from payouts.messages import rules as messages
from schemas.batches import Batch, BatchState
from schemas.log import LogEntry
from schemas.messages import Message, MessageState
from schemas.problems import Fault, Problem
from schemas.units import BookId

message_must_be_there = Fault(
    code="message_must_be_there",
    says="Batch {number} went out over the line to the bank, but its message is gone.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
message_must_be_of_a_batch_sent = Fault(
    code="message_must_be_of_a_batch_sent",
    says="There is a message for the bank of batch {number}, which did not go out over the line.",
    remedy="Somebody changed it behind the service's back; ask the bank whether it has the batch.",
)
message_must_be_as_logged = Fault(
    code="message_must_be_as_logged",
    says="The message of batch {number} is kept as {stored}; by the log it is {recomputed}.",
    remedy="Somebody changed it behind the service's back; compare with a backup, and ask the bank what it has.",
)
_AFTER: Mapping[str, MessageState] = {
    "message.accept": MessageState.ACCEPTED,
    "message.refuse": MessageState.REFUSED,
    "message.again": MessageState.DUE,
    "message.withdraw": MessageState.WITHDRAWN,
}


def faults_of_messages(
    over_the_line: Iterable[Batch],
    kept: Iterable[Message],
    logged: Mapping[int, Sequence[LogEntry]],
    *,
    book: BookId,
) -> Iterable[Problem]:
    """Everything that is not as it was in the messages of a book. ``over_the_line`` are the batches that were sent in the
    format that goes so, ``logged`` what the log says of each batch's message, in order."""
    there = {one.batch: one for one in kept}
    batches = {one.number: one for one in over_the_line}
    for number in sorted(there.keys() | batches.keys()):
        at, message, batch = f"/bank-messages/{number}", there.get(number), batches.get(number)
        if message is None:
            yield message_must_be_there.at(at, number=number)
        elif batch is None:
            yield message_must_be_of_a_batch_sent.at(at, number=number)
        else:
            stored = _shown(message.state, _sealed(message))
            again = _as_logged(batch, logged.get(number, ()), order=messages.order_of(book, batch.name))
            if stored != again:
                yield message_must_be_as_logged.at(at, number=number, stored=stored, recomputed=again)


def _as_logged(batch: Batch, logged: Sequence[LogEntry], *, order: str) -> str:
    state, noted = MessageState.DUE, order
    for entry in logged:
        if entry.act in _AFTER:
            state, noted = _AFTER[entry.act], entry.after
    if batch.state is BatchState.SETTLED:
        state = MessageState.ANSWERED
    return _shown(state, noted if _is_final(state) else order)


def _sealed(message: Message) -> str:
    """What of a message the log has sealed: while it waits its last word is that of the last try alone."""
    return messages.logged_text(message) if _is_final(message.state) else message.order


def _is_final(state: MessageState) -> bool:
    return state in {MessageState.REFUSED, MessageState.WITHDRAWN}


def _shown(state: MessageState, noted: str) -> str:
    return f"{state.value}: {noted}"
