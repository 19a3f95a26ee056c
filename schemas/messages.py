"""Messages to a bank 发往银行的指令: which batch is to be sent over the line, and how far that has come (RULES §9)."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.units import BookId, Counted, Instant, Value


class MessageState(StrEnum):
    """待发送, 银行已受理, 银行拒收, 已撤回, 已办结. Withdrawn by a person who knows that the bank does not have it."""

    DUE = "due"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"


class Message(Value):
    """A batch on its way over the line. ``order`` is what the bank knows it by, whatever is sent again; ``attempts`` counts
    the tries of the present state, ``next_try`` is when the next is due; ``said`` is why it is not further."""

    book: BookId
    batch: Counted
    order: str
    state: MessageState
    attempts: Annotated[int, Meta(ge=0)]
    next_try: Instant
    said: str

    @property
    def waits(self) -> bool:
        """Whether something is to be tried: the batch given to the bank, or asked after."""
        return self.state in {MessageState.DUE, MessageState.ACCEPTED}
