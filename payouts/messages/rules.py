"""When a message to a bank is tried again, and what may still be done with it (RULES §9).

A message is written down before it is sent, under a name the bank pays once however often it comes: whatever breaks, it
is sent again. It waits twice as long after each try, five seconds first and an hour at most.

>>> [wait(attempts).total_seconds() for attempts in (1, 2, 3, 20)]
[5.0, 10.0, 20.0, 3600.0]
"""

from datetime import timedelta

from schemas.messages import Message
from schemas.problems import Fault

_FIRST, _LONGEST = timedelta(seconds=5), timedelta(hours=1)
_DOUBLINGS = 10
LONGEST_WORD = 200
"""Characters of why a message is not further that are kept."""

message_must_exist = Fault(
    code="message_must_exist",
    says="Batch {number} does not go over the line to the bank.",
    remedy="Take the bank's file of it, or print its sheet.",
)
message_must_be = Fault(
    code="message_must_be",
    says="The message of batch {number} is {state}.",
    remedy="Look at the messages again.",
)
message_must_not_be_on_its_way = Fault(
    code="message_must_not_be_on_its_way",
    says="Batch {number} is still being sent to the bank: what is said of its lines now, the bank may still pay.",
    remedy="Wait until the bank has it; or ask the bank, and withdraw the message if it has none.",
)
message_must_be_unanswered = Fault(
    code="message_must_be_unanswered",
    says="Something was said of lines of batch {number} already; sent again they could be paid twice.",
    remedy="Make a new batch of what came back.",
)
withdrawal_needs_a_reason = Fault(
    code="withdrawal_needs_a_reason",
    says="No reason is given.",
    remedy="Say who at the bank confirmed that it does not have the batch.",
)


def logged_text(message: Message) -> str:
    """What the log says of a message: what the bank knows the batch by, and why it is not further."""
    return " ".join(filter(None, (message.order, message.said)))


def wait(attempts: int) -> timedelta:
    """How long to wait after so many tries."""
    return min(_FIRST * (1 << min(max(attempts - 1, 0), _DOUBLINGS)), _LONGEST)


def order_of(book: str, batch: str) -> str:
    """What a bank knows a batch by: its name, and its book's, for a batch's name is its book's own.

    >>> order_of("qingshui", "B2026-0003")
    'qingshui.B2026-0003'
    """
    return f"{book}.{batch}"
