"""Red lines as data, and the alerts of those who broke one (RULES §8)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.evidence import Sha256
from schemas.income import UnprovedLine
from schemas.runs import Fraction
from schemas.units import Counted, Instant, Period, PersonId, Value

LineId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What a red line is known by."""
Expression = Annotated[str, Meta(min_length=1, max_length=200)]
"""Figures by their codes, numbers, ``+ - * /`` and brackets."""


class Comparison(StrEnum):
    """低于, 高于, 比上年同期下降超过."""

    BELOW = "below"
    ABOVE = "above"
    FELL_BY_MORE_THAN = "fell_by_more_than"


class When(StrEnum):
    """每月, 年内各月 (January to November), 年末 (December)."""

    MONTHLY = "monthly"
    WITHIN_YEAR = "within_year"
    YEAR_END = "year_end"


class Unit(StrEnum):
    """What a line's figure is counted in: 元, 比率, 个."""

    YUAN = "yuan"
    SHARE = "share"
    NUMBER = "number"


class RedLine(Value):
    """红线: broken where ``figure`` compared so with ``bound`` holds. Money stands in expressions in yuan. A fall is that of
    ``figure`` against the same months of the year before, as a share of it."""

    id: LineId
    name: Annotated[str, Meta(min_length=1, max_length=120)]
    name_zh: Annotated[str, Meta(min_length=1, max_length=60)]
    figure: Expression
    comparison: Comparison
    bound: Expression
    when: When
    unit: Unit
    source: Annotated[str, Meta(min_length=1, max_length=120)]


class NewRedLine(Value):
    """A township's own red line as it is entered; ``watched`` false stops the line of that id."""

    line: RedLine
    watched: bool = True


class RedLineEntry(Value):
    """A red line of a township as it was entered: a version of its id."""

    line: RedLine
    watched: bool
    version: Counted
    recorded_by: PersonId
    recorded_at: Instant


class RedLineApproval(Value):
    """Another person's word on a version of a red line."""

    id: LineId
    version: Counted
    by: PersonId
    at: Instant


class RedLineVersion(Value):
    """A version of a township's red line and where it stands: of its id the last approved one is in force."""

    entry: RedLineEntry
    approval: RedLineApproval | None
    in_force: bool


class RedLines(Value):
    """What a township watches today, and every version it entered, the newest first."""

    watched: tuple[RedLine, ...]
    versions: tuple[RedLineVersion, ...]


class Figure(Value):
    """A figure a line was judged by: ``amount`` in units of ten to the minus ``decimals``."""

    code: str
    amount: int
    decimals: int


class Breach(Value):
    """A village, or a household of it, that breaks a red line at the end of a month: by which figures, the value and the bound
    they come to, and the income of the year so far that has no evidence. ``parcel`` is the parcel of figures from outside whose
    entering showed it; None where the month of the books did that was frozen."""

    line: RedLine
    village: str
    month: Period
    figures: tuple[Figure, ...]
    value: Fraction
    bound: Fraction
    unproved: tuple[UnprovedLine, ...] = ()
    household: str = ""
    parcel: Counted | None = None


class AlertState(StrEnum):
    """待通知, 已通知, 已说明, 已整改, 不再适用, 已销号."""

    OPEN = "open"
    NOTIFIED = "notified"
    EXPLAINED = "explained"
    CURED = "cured"
    LAPSED = "lapsed"
    CLOSED = "closed"


class Step(StrEnum):
    """通知, 说明, 整改到位, 不再适用, 销号."""

    NOTIFY = "notify"
    EXPLAIN = "explain"
    CURE = "cure"
    LAPSE = "lapse"
    CLOSE = "close"


class AlertPaper(Value):
    """A scan that goes with an explanation."""

    sha256: Sha256
    name: str


class Kept(Value):
    """The line is not broken any more: in which month, by which value. Without a value it cannot be judged any more: ``missing`` are
    the codes of the figures that are not there; where all are, nothing can be worked out of them, as a share of nothing."""

    month: Period
    value: Fraction | None
    missing: tuple[str, ...] = ()


class AlertStep(Value):
    """A step in the life of an alert."""

    no: Counted
    step: Step
    by: PersonId
    on: date
    at: Instant
    text: str
    paper: AlertPaper | None = None
    kept: Kept | None = None


class Alert(Value):
    """预警: a red line broken, numbered in its township, with everything that followed."""

    number: Counted
    breach: Breach
    by: PersonId
    on: date
    at: Instant
    steps: tuple[AlertStep, ...] = ()

    @property
    def state(self) -> AlertState:
        """Where it stands: the last step says it; what is explained stays explained."""
        return _AFTER[self.steps[-1].step] if self.steps else AlertState.OPEN

    @property
    def is_open(self) -> bool:
        """Whether the line is still broken, as far as anybody knows."""
        return self.state not in {AlertState.CURED, AlertState.LAPSED, AlertState.CLOSED}

    @property
    def year(self) -> int:
        """The year it is about."""
        return self.breach.month // 100


class Watch(Value):
    """A frozen month of a township that was looked at: which lines were watched, and which alerts came of it."""

    month: Period
    on: date
    at: Instant
    by: PersonId
    lines: tuple[RedLine, ...]
    opened: tuple[Counted, ...]


class Watched(Value):
    """What looking at a township did: alerts opened, told, cured, and lapsed, by number."""

    township: str
    opened: tuple[Counted, ...] = ()
    notified: tuple[Counted, ...] = ()
    cured: tuple[Counted, ...] = ()
    lapsed: tuple[Counted, ...] = ()


_AFTER: Mapping[Step, AlertState] = {
    Step.NOTIFY: AlertState.NOTIFIED,
    Step.EXPLAIN: AlertState.EXPLAINED,
    Step.CURE: AlertState.CURED,
    Step.LAPSE: AlertState.LAPSED,
    Step.CLOSE: AlertState.CLOSED,
}
