"""Work days 工分 as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.units import Fen, Hundredths, Instant, Period, Value, VoucherId
from schemas.vouchers import Code, State, Word


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


class Cost(Value):
    """What labour is booked to: an account and its detail 明细, as DOMAIN pairs it 141 or 401 for raising animals, 153 for
    building, 521 and 523 otherwise."""

    account: Code
    detail: Annotated[str, Meta(max_length=80)] = ""


class LabourRole(StrEnum):
    """What a voucher is to a month's sheet: drafted from it, booking it already, or apart from it (of building, of
    another time)."""

    DRAFTED = "drafted"
    BOOKS = "books"
    APART = "apart"


class LabourLink(Value):
    """The month a voucher was named for, and what it is to that month's sheet."""

    month: Period
    role: LabourRole


class LabourPay(Value):
    """A member's month: ``pay`` is Σ days × day wage, rounded once; ``booked`` is what vouchers credit 213 应付劳务费 for it,
    drafts included."""

    member: str
    days: Hundredths
    pay: Fen
    booked: Fen

    @property
    def due(self) -> Fen:
        """What is still to be booked; below zero what is to be taken back."""
        return self.pay - self.booked


class LabourVoucher(Value):
    """A voucher that credits 213 for a month. ``linked``: it was drafted from the sheet, or counted with it when one was;
    any other counts while it credits nobody with more than the sheet has, until somebody says otherwise."""

    voucher: VoucherId
    word: Word
    number: int | None
    date: date
    state: State
    amount: Fen
    linked: bool
    counted: bool


class LabourMonth(Value):
    """A month of work days: by member, and what books it."""

    month: Period
    members: tuple[LabourPay, ...]
    vouchers: tuple[LabourVoucher, ...]

    @property
    def days(self) -> Hundredths:
        """All work days."""
        return sum(one.days for one in self.members)

    @property
    def pay(self) -> Fen:
        """What they come to."""
        return sum(one.pay for one in self.members)

    @property
    def due(self) -> Fen:
        """What is still to be booked, together."""
        return sum(one.due for one in self.members)

    @property
    def is_booked(self) -> bool:
        """Whether vouchers say of every member what the sheet says."""
        return all(not one.due for one in self.members)
