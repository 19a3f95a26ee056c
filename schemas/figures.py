"""Figures from outside 外部数据: what other departments say of villages and households, and how a parcel of it comes in
through three gates (RULES §8)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta

from schemas.evidence import EvidenceFile, Sha256
from schemas.units import Counted, Instant, Period, PersonId, Value

FigureCode = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""What a figure is known by, in red lines too."""
VillageCode = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]
HouseholdNo = Annotated[str, Meta(max_length=40)]
"""The number of a household in its village; empty where it is the village itself that is spoken of."""
DoubtKey = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}$")]
"""What a doubt is known by: it follows from all the doubt says, so that an answer is to what was seen."""


class SubjectKind(StrEnum):
    """Whom a figure is of: 村, 户."""

    VILLAGE = "village"
    HOUSEHOLD = "household"


class FigureKind(Value):
    """A figure that is taken from outside: its names, its unit, how many decimals it has, whom it is of, which department
    gives it. It is doubted where it moved by more than ``moved_bp`` basis points against the month before, and where it is not
    ``ours``, the figure of the villages' own books it has to equal (empty: we have none). One ``year_to_date`` counts from the
    beginning of its year: nothing stands before January, and a fall is always doubted. Only one that may be ``below_nothing`` is taken so."""

    code: FigureCode
    name: str
    name_zh: str
    unit: str
    decimals: Literal[0, 2]
    of: SubjectKind
    department: str
    moved_bp: Annotated[int, Meta(ge=0)]
    year_to_date: bool = False
    below_nothing: bool = False
    ours: str = ""


class FigureSubject(Value):
    """A village, or with ``household`` a household of it."""

    village: VillageCode
    household: HouseholdNo = ""


class GivenFigure(Value):
    """A figure as it was given: ``amount`` in units of ten to the minus ``decimals``."""

    code: FigureCode
    amount: int
    decimals: int


class FigureRow(Value):
    """What a file says of one subject, in the order of its columns; a cell left empty says nothing."""

    subject: FigureSubject
    figures: tuple[GivenFigure, ...]
    name: Annotated[str, Meta(max_length=80)] = ""
    note: Annotated[str, Meta(max_length=200)] = ""


class NewParcel(Value):
    """Figures of a month as they were read of one file, whose bytes are in the store."""

    month: Period
    file: EvidenceFile
    rows: tuple[FigureRow, ...]


class DoubtKind(StrEnum):
    """变动过大, 上月有本月无, 整项未报, 底册中没有, 村已撤并, 与账面不符."""

    MOVED = "moved"
    MISSING = "missing"
    LEFT_OUT = "left_out"
    UNKNOWN = "unknown"
    GONE = "gone"
    DIFFERS = "differs"


class Doubt(Value):
    """疑点: something of a parcel that is not believed without a word. ``amount`` is what the parcel says, ``other`` what it is
    held against: the month before, or our own figure. Without ``code`` it is about the subject as a whole. Without ``subject`` a
    figure is left out of all: ``other`` counts the villages or households that had it the month before."""

    kind: DoubtKind
    subject: FigureSubject | None
    code: str = ""
    decimals: int = 0
    amount: int | None = None
    other: int | None = None


class DoubtAnswer(Value):
    """Why a doubted figure is kept 说明."""

    no: Counted
    doubt: Doubt
    text: str
    by: PersonId
    on: date
    at: Instant


class AnsweredDoubt(Value):
    """A doubt, what it is known by, and its answer; None while nobody has given one."""

    key: DoubtKey
    doubt: Doubt
    answer: DoubtAnswer | None


class Gate(StrEnum):
    """What is done with a parcel after it was collected: 审核, 退回, 入库."""

    REVIEW = "review"
    RETURN = "return"
    ENTER = "enter"


class ParcelState(StrEnum):
    """已采集, 已审核, 已入库, 已退回."""

    COLLECTED = "collected"
    REVIEWED = "reviewed"
    ENTERED = "entered"
    RETURNED = "returned"


class ParcelStep(Value):
    """A gate a parcel went through: ``doubts`` are those that were answered then; ``place`` counts the parcels of a township
    in the order they were entered."""

    no: Counted
    gate: Gate
    text: str
    doubts: tuple[Doubt, ...]
    place: Counted | None
    by: PersonId
    on: date
    at: Instant


class Parcel(Value):
    """一批外部数据: what one file says of a month, numbered in its township, with everything that followed. ``rows`` counts the
    subjects."""

    number: Counted
    month: Period
    sha256: Sha256
    name: str
    rows: int
    by: PersonId
    on: date
    at: Instant
    answers: tuple[DoubtAnswer, ...] = ()
    steps: tuple[ParcelStep, ...] = ()

    @property
    def state(self) -> ParcelState:
        """Where it stands: the last gate says it."""
        return _AFTER[self.steps[-1].gate] if self.steps else ParcelState.COLLECTED

    @property
    def is_open(self) -> bool:
        """Whether anything more may be done with it."""
        return self.state in {ParcelState.COLLECTED, ParcelState.REVIEWED}


class ComparedFigure(Value):
    """A figure of a parcel beside what counted of the month before, and beside our own; None where there is none."""

    code: FigureCode
    decimals: int
    amount: int
    before: int | None
    ours: int | None


class ComparedRow(Value):
    """What a parcel says of a subject, compared."""

    subject: FigureSubject
    name: str
    note: str
    figures: tuple[ComparedFigure, ...]


class Compared(Value):
    """A parcel compared: every row, and every doubt with its answer."""

    rows: tuple[ComparedRow, ...]
    doubts: tuple[AnsweredDoubt, ...]


class KnownSubject(Value):
    """What counts of a subject for a month: of each figure the last that was entered."""

    subject: FigureSubject
    name: str
    figures: tuple[GivenFigure, ...]


_AFTER: Mapping[Gate, ParcelState] = {
    Gate.REVIEW: ParcelState.REVIEWED,
    Gate.RETURN: ParcelState.RETURNED,
    Gate.ENTER: ParcelState.ENTERED,
}
