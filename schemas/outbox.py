"""What crosses two books 跨账往来: what one book sends, and what it came to in the other (RULES §8)."""

from datetime import date
from enum import StrEnum

from schemas.units import AmountAboveZero, BookId, Counted, Instant, Value, VoucherId
from schemas.vouchers import State


class Turn(StrEnum):
    """Money comes 到账, or what was said to have come goes back 退回."""

    COMES = "comes"
    GOES_BACK = "goes_back"


class Effect(StrEnum):
    """What a landing came to: a draft; a draft withdrawn; a red draft; a draft of what is owed again, where the year of the
    first is over; nothing, where its own people had undone it."""

    DRAFTED = "drafted"
    WITHDRAWN = "withdrawn"
    REVERSED = "reversed"
    OWED = "owed"
    NOTHING = "nothing"


class Crossing(Value):
    """What an act in one book means in another. ``about`` names the money: what is said of it later is about the same.
    ``debit`` and ``credit`` are statutory accounts of the target's standard; not ``finished`` is what its accountant has
    to divide."""

    target: BookId
    about: str
    kind: str
    turn: Turn
    day: date
    amount: AmountAboveZero
    debit: str
    credit: str
    summary: str
    voucher: VoucherId
    finished: bool = True


class Outgoing(Value):
    """A crossing as the first book keeps it. ``after`` is what it said before about the same money; without a book of the
    target here (``kept_here``) it never lands."""

    book: BookId
    seq: Counted
    crossing: Crossing
    after: Counted | None
    kept_here: bool
    at: Instant


class Landing(Value):
    """What an outgoing item came to in the second book: the voucher, and what was said of it. ``item`` is the digest of
    the item as it was delivered."""

    book: BookId
    source: BookId
    seq: Counted
    effect: Effect
    voucher: VoucherId
    kind: str
    turn: Turn
    day: date
    amount: AmountAboveZero
    item: str
    at: Instant


class CrossedVoucher(Value):
    """A voucher on one side of a crossing, as a list names it."""

    book: BookId
    id: VoucherId
    state: State
    text: str


class Crossed(Value):
    """A crossing seen from either book: what was sent, from which voucher, and where it landed, where it did."""

    item: Outgoing
    follows: CrossedVoucher
    landing: Landing | None = None
    landed: CrossedVoucher | None = None
