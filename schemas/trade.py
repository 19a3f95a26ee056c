"""A member's trade with the cooperative 交易 as values."""

from datetime import date

from schemas.units import Fen, Hundredths, Value


class Trade(Value):
    """What a member traded with the cooperative. ``reverses`` is the wrong entry it takes back."""

    on: date
    member: str
    product: str
    quantity: Hundredths
    unit: str
    amount: Fen
    reverses: int | None = None
