"""A member's trade with the cooperative 交易 as values."""

from collections.abc import Mapping
from datetime import date

from schemas.units import Fen, Hundredths, Instant, Value, VoucherId
from schemas.vouchers import Word


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


class VoucherTrade(Value):
    """What a posted voucher traded with members: ``amounts`` by member as it moves 114 成员往来, ``taken`` what of them is
    written down in the daybook. ``product`` and ``quantity`` where the voucher names a single one."""

    voucher: VoucherId
    word: Word
    number: int
    date: date
    summary: str
    amounts: Mapping[str, Fen]
    taken: Mapping[str, Fen]
    product: str = ""
    quantity: Hundredths | None = None

    @property
    def left(self) -> Mapping[str, Fen]:
        """What is not written down yet."""
        return {
            member: amount - self.taken.get(member, 0)
            for member, amount in self.amounts.items()
            if amount > self.taken.get(member, 0)
        }
