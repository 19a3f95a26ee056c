"""Work days 工分 as values."""

from datetime import date

from schemas.units import Fen, Hundredths, Value


class WorkDay(Value):
    """Duty labour of a member, paid: ``day_wage`` is fen a day. ``reverses`` is the wrong entry it takes back."""

    on: date
    member: str
    work: str
    days: Hundredths
    day_wage: Fen
    reverses: int | None = None
