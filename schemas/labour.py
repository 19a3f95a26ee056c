"""Work days 工分 as values."""

from datetime import date

from schemas.units import Fen, Hundredths, Instant, Value


class WorkDay(Value):
    """Duty labour of a member, paid: ``day_wage`` is fen a day. ``reverses`` is the wrong entry it takes back."""

    on: date
    member: str
    work: str
    days: Hundredths
    day_wage: Fen
    reverses: int | None = None


class WrittenWorkDay(WorkDay, kw_only=True):
    """A work day as the daybook has it: the number of its entry, when it was written down, and the entry that takes it
    back."""

    entry: int
    recorded_at: Instant
    taken_back_by: int | None
