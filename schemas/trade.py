"""A member's trade with the cooperative 交易 as values."""

from datetime import date

from schemas.units import Fen, Hundredths, Instant, Value, VoucherId


class Trade(Value):
    """What a member traded with the cooperative. ``reverses`` is the wrong entry it takes back, ``voucher`` the voucher it
    was written down from."""

    on: date
    member: str
    product: str
    quantity: Hundredths
    unit: str
    amount: Fen
    reverses: int | None = None
    note: str = ""
    voucher: VoucherId | None = None


class WrittenTrade(Trade, kw_only=True):
    """A trade as the daybook has it: the number of its entry, when it was written down, and the entry that takes it
    back."""

    entry: int
    recorded_at: Instant
    taken_back_by: int | None
