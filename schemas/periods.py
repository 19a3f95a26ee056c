"""Periods as values."""

from enum import StrEnum

from schemas.problems import Problem, Severity
from schemas.units import Instant, Period, PersonId, Value


class PeriodState(Value):
    """Which periods of a book take postings: months closed, years whose settlement stage is open, and the years
    a voucher may be dated in (the first open year and the one after)."""

    closed: frozenset[Period]
    settling: frozenset[int]
    sealed: frozenset[int]
    first_year: int
    last_year: int


class PeriodStatus(StrEnum):
    """The state of one period on the close calendar."""

    OPEN = "open"
    CLOSED = "closed"
    NOT_BEGUN = "not_begun"


class Seal(Value):
    """A closed period: who closed it with whom, when, and the head of the chain at that moment."""

    period: Period
    status: PeriodStatus
    by: PersonId
    reviewed_by: PersonId
    at: Instant
    seal_seq: int
    seal: str


class Check(Value):
    """One thing a close looks at: what must hold, whether it does, and the problems that say where it does not.

    ``link`` names where it is mended (a page, a list); a check whose problems are all warnings does not stop.
    """

    name: str
    says: str
    link: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether the period cannot be closed before this is mended."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)


class CloseStage(StrEnum):
    """What is asked to be closed: a month, the income and expense of a year into its settlement stage, or the
    settled year for good."""

    MONTH = "month"
    SETTLEMENT = "settlement"
    SEAL = "seal"


class RequestState(StrEnum):
    """What became of a request to close."""

    WAITING = "waiting"
    DECLINED = "declined"
    DONE = "done"


class CloseRequest(Value):
    """A close somebody has sent for review 送审: the second person confirms it, or declines it with a reason.

    ``resolution`` is the number of the meeting's resolution, for a year that is sealed.
    """

    period: Period
    stage: CloseStage
    state: RequestState
    asked_by: PersonId
    asked_at: Instant
    resolution: str = ""
    answered_by: PersonId | None = None
    answered_at: Instant | None = None
    reason: str = ""


class DayState(StrEnum):
    """How a period stands on the close calendar: closed and sealed, sent for review, the one in hand, a year that is being
    settled, or later."""

    CLOSED = "closed"
    WAITING = "waiting"
    NEXT = "next"
    OPEN = "open"
    LATER = "later"


class CalendarDay(Value):
    """A month, or the settlement stage of a year (month 13), on the close calendar; ``seal`` once it is closed, ``request``
    while a second person is waited for."""

    period: Period
    state: DayState
    seal: Seal | None
    request: CloseRequest | None
