"""Village collective income as values (RULES §8)."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.places import VillageKind
from schemas.runs import Fraction
from schemas.units import AmountAboveZero, BookId, Counted, Fen, Instant, Period, PersonId, Value, VoucherId


class Component(StrEnum):
    """What a collective's income is kept by: 经营收入, 投资收益, 补助收入, 其他收入, and against it 经营支出, 税金及附加, 管理费用."""

    OPERATING_INCOME = "operating_income"
    INVESTMENT_INCOME = "investment_income"
    SUBSIDIES = "subsidies"
    OTHER_INCOME = "other_income"
    OPERATING_EXPENSES = "operating_expenses"
    TAXES = "taxes"
    ADMINISTRATION = "administration"


INCOME = frozenset(
    {
        Component.OPERATING_INCOME,
        Component.INVESTMENT_INCOME,
        Component.SUBSIDIES,
        Component.OTHER_INCOME,
    }
)
"""The components that count only with evidence; expenses count with or without."""


class Measure(StrEnum):
    """口径 of village income (RULES §8): 经营收益, 经营收入合计, 全部收入."""

    OPERATING_PROFIT = "operating_profit"
    GROSS_OPERATING = "gross_operating"
    GROSS_ALL = "gross_all"


class Threshold(Value):
    """门槛: what a village of a kind in this region has to earn in a year, by the measure named."""

    region: str
    kind: VillageKind
    year: int
    measure: Measure
    amount: Fen

    @property
    def key(self) -> "ThresholdKey":
        """Which threshold it is."""
        return ThresholdKey(region=self.region, kind=self.kind, year=self.year, measure=self.measure)


class ThresholdKey(Value):
    """Which threshold it is: of a region, a kind of village, a year and a measure. ``region`` is the code of a place."""

    region: str
    kind: VillageKind
    year: int
    measure: Measure

    def __str__(self) -> str:
        return f"{self.region}-{self.year}-{self.kind}-{self.measure}"


class KnownThreshold(Value):
    """A threshold of a past year as a document or a report says it, with where that is read (DOMAIN §6)."""

    threshold: Threshold
    source: str


class NewThreshold(Value):
    """A threshold as an officer of a place enters it: ``document`` names the paper that sets it 文件, for example
    桂政发〔2025〕12号."""

    kind: VillageKind
    year: Annotated[int, Meta(ge=2000, le=2999)]
    measure: Measure
    amount: AmountAboveZero
    document: Annotated[str, Meta(min_length=1, max_length=80)]


class ThresholdEntry(Value):
    """A threshold as it was entered: a version of its key. One that came with a hand-over (``imported``) counts at once."""

    threshold: Threshold
    version: Counted
    document: str
    imported: bool
    recorded_by: PersonId
    recorded_at: Instant


class ThresholdApproval(Value):
    """Another person's word on a version of a threshold."""

    key: ThresholdKey
    version: Counted
    by: PersonId
    at: Instant


class ThresholdVersion(Value):
    """A version of a threshold and where it stands: it counts (``in_force``) when it is the last of those that were
    approved or came with a hand-over."""

    entry: ThresholdEntry
    approval: ThresholdApproval | None
    in_force: bool

    @property
    def waits(self) -> bool:
        """Whether another person has yet to approve it."""
        return self.approval is None and not self.entry.imported


class Recognised(Value, gc=False):
    """What of a component counts, and what does not for want of evidence."""

    counted: Fen = 0
    not_counted: Fen = 0


Components = Mapping[Component, Recognised]


class VillageYear(Value):
    """A village's income of a year by month and component, as seen on a day; months and components without any are left
    out."""

    village: str
    year: int
    months: Mapping[int, Components]


class UnprovedLine(Value):
    """Income of a posted voucher that has no evidence, or had none for a while. ``scanned_on``: the day its first scan
    came, None while none has; ``on_paper``: originals are declared; ``counted``: whether it counts on the day asked."""

    book: BookId
    voucher: VoucherId
    label: str
    scanned_on: date | None
    date: date
    period: Period
    account: str
    summary: str
    amount: Fen
    on_paper: bool
    counted: bool


class Standing(Value, gc=False):
    """A village's income against its threshold: year to date, by the threshold's measure. ``threshold`` None: it has none
    and is not ranked."""

    village: str
    income: Fen
    threshold: Fen | None

    @property
    def met(self) -> bool:
        """Whether the income reaches the threshold."""
        return self.threshold is not None and self.income >= self.threshold


class Ranked(Value):
    """A place in an order: rank 1 is the best, equal ratios share one. ``ratio`` is income over threshold."""

    rank: int
    standing: Standing
    ratio: Fraction


class Ranking(Value):
    """Villages in the order of income over threshold, with the red and the black list: the first and the last of them,
    ties included."""

    order: tuple[Ranked, ...]
    red: tuple[str, ...]
    black: tuple[str, ...]


class VillageStanding(Value):
    """Where a village stands at the end of a month: its year to date by component, every measure with and without what is
    unproved, its threshold, band and rank. ``rank_before`` is that of the month before, None in January and for who was
    not ranked."""

    village: str
    name: str
    kind: VillageKind
    components: Components
    counted: Mapping[Measure, Fen]
    with_unproved: Mapping[Measure, Fen]
    threshold: Threshold | None
    income: Fen
    met: bool
    band: Fen | None
    rank: int | None
    rank_before: int | None

    @property
    def unproved(self) -> Fen:
        """Income that does not count for want of evidence."""
        return sum(one.not_counted for one in self.components.values())


class PlaceStanding(Value):
    """The villages of a place together: their year to date without what came from another book of the same place
    (``internal``), how many there are, have a threshold (``held``) and reach it, and how many stand in each band, None
    for those below 0."""

    place: str
    name: str
    villages: int
    held: int
    met: int
    bands: Mapping[Fen | None, int]
    components: Components
    counted: Mapping[Measure, Fen]
    with_unproved: Mapping[Measure, Fen]
    internal: Fen

    @property
    def unproved(self) -> Fen:
        """Income that does not count for want of evidence."""
        return sum(one.not_counted for one in self.components.values())


class Board(Value):
    """村集体收入看板: the villages of a place at the end of a month (yyyymm), by code, as seen on a day, and their order;
    the place as a whole, and of one above a township each place right below it."""

    place: str
    month: Period
    as_of: date
    villages: tuple[VillageStanding, ...]
    ranking: Ranking
    whole: PlaceStanding
    below: tuple[PlaceStanding, ...]
