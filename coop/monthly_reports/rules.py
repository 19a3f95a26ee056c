"""Which reports are to be made, and what they say of what is frozen.

The first report of a place is of its newest frozen month; from then on every month has one:

>>> due(frozen={202605, 202606, 202607}, made=()), due(frozen={202605, 202606, 202607}, made={202605})
((202607,), (202606, 202607))
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from coop.income.rules import measured, together
from coop.places.rules import LENGTHS
from coop.snapshots.rules import place_at
from ledger.log.rules import HOUSE
from ledger.periods.rules import month_before, month_text
from ledger.seal import rules as seal
from schemas.alerts import Alert
from schemas.income import Measure, PlaceStanding, Threshold, VillageStanding
from schemas.monthly_reports import (
    KeptReport,
    MonthlyReport,
    ReportContent,
    ReportedAlert,
    ReportedAlerts,
)
from schemas.places import Place, PlaceLevel
from schemas.problems import Fault
from schemas.snapshots import FrozenVillage, KeptSnapshot
from schemas.units import BookId, Instant, Period

OF = (PlaceLevel.COUNTY, PlaceLevel.TOWNSHIP)
"""The levels whose places have reports."""
MADE = "report.make"
"""What the log calls making one."""

report_must_be_there = Fault(
    code="report_must_be_there",
    says="There is no report of {month} for {place}.",
    remedy="A report is made on the 1st of the next month; look it up among the reports.",
)


def due(*, frozen: Collection[Period], made: Collection[Period]) -> tuple[Period, ...]:
    """The months of a place that have no report and want one."""
    if not frozen:
        return ()
    after = max(made) if made else max(frozen) - 1
    return tuple(sorted(month for month in frozen if month > after))


def chain_of(place: str) -> BookId:
    """The chain what concerns a place is logged in: a township's is its desk's, a county has none of its own."""
    return place if len(place) == LENGTHS[PlaceLevel.TOWNSHIP] else HOUSE


def subject_of(place: str, month: Period) -> str:
    """What the log calls a report."""
    return f"report:{place}:{month_text(month)}"


def sealed(content: ReportContent) -> str:
    """The SHA-256 under which the log seals what a report says."""
    return seal.digest_of(content)


def months_ranked(heads: Iterable[KeptSnapshot]) -> Mapping[str, frozenset[Period]]:
    """The months of every place of these levels that are frozen, and ranked wherever they are frozen in it, by its code."""
    waiting: defaultdict[str, set[Period]] = defaultdict(set)
    frozen: defaultdict[str, set[Period]] = defaultdict(set)
    for one in heads:
        for level in OF:
            into = frozen if one.ranked_on is not None else waiting
            into[place_at(one.snapshot.township, level)].add(one.snapshot.month)
    return {place: frozenset(months - waiting[place]) for place, months in frozen.items()}


def report(
    kept: KeptReport,
    frozen: Iterable[KeptSnapshot],
    before: Iterable[KeptSnapshot],
    named: Mapping[str, Place],
) -> MonthlyReport:
    """A report with the figures of the frozen months it is made of; ``before`` is the month before them, of the same year, for
    who moved."""
    place = Place(code=kept.content.place, name=kept.content.name, level=kept.content.level)
    stood = _ranks(before, place.level)
    months = tuple(frozen)
    ranks = _ranks(months, place.level)
    villages = [
        _standing(
            one,
            name=named[one.village].name if one.village in named else one.village,
            rank=ranks.get(one.village),
            rank_before=stood.get(one.village),
            year=kept.content.month // 100,
        )
        for each in months
        for one in each.snapshot.villages
    ]
    return MonthlyReport(
        kept=kept,
        villages=tuple(sorted(villages, key=lambda one: (one.rank is None, one.rank or 0, one.village))),
        whole=together(place, villages, kept.content.internal[place.code]),
        below=tuple(_below(kept.content, villages)) if place.level is not PlaceLevel.TOWNSHIP else (),
    )


def alerts_since(
    found: Mapping[str, Sequence[Alert]],
    names: Mapping[str, str],
    *,
    since: Instant | None,
    month: Period,
    until: Instant,
) -> ReportedAlerts:
    """What was opened and what ended of the alerts of a place's townships after an instant and until another, by township and
    number; without the first, from the first day of a month on. What came and went again between is in both."""

    def is_between(at: Instant, on: date) -> bool:
        begins = on >= date(month // 100, month % 100, 1) if since is None else at > since
        return begins and at <= until

    opened, ended, still = [], [], 0
    for township, of_township in sorted(found.items()):
        for one in of_township:
            last = one.steps[-1] if one.steps else one
            said = _reported(one, township=township, name=names.get(one.breach.village, one.breach.village))
            opened += [said] if is_between(one.at, one.on) else []
            ended += [said] if not one.is_open and is_between(last.at, last.on) else []
            still += one.is_open
    return ReportedAlerts(opened=tuple(opened), ended=tuple(ended), open=still)


def _reported(one: Alert, *, township: str, name: str) -> ReportedAlert:
    breach = one.breach
    return ReportedAlert(
        township=township,
        number=one.number,
        village=breach.village,
        name=name,
        household=breach.household,
        line=breach.line.name,
        line_zh=breach.line.name_zh,
        month=breach.month,
        value=breach.value,
        bound=breach.bound,
        unit=breach.line.unit,
        opened_on=one.on,
        state=one.state,
        since=one.steps[-1].on if one.steps else one.on,
    )


def month_before_in_year(month: Period) -> Period | None:
    """The month before in the same year; None in January, when a new year begins from nothing."""
    return month_before(month) if month % 100 > 1 else None


def _ranks(frozen: Iterable[KeptSnapshot], level: PlaceLevel) -> Mapping[str, int]:
    return {rank.village: rank.rank for one in frozen for rank in one.ranks if rank.level is level}


def _below(content: ReportContent, villages: Sequence[VillageStanding]) -> Iterable[PlaceStanding]:
    for one in content.frozen:
        inside = [row for row in villages if row.village.startswith(one.township)]
        yield together(
            Place(code=one.township, name=one.name, level=PlaceLevel.TOWNSHIP),
            inside,
            content.internal[one.township],
        )


def _standing(
    one: FrozenVillage, *, name: str, rank: int | None, rank_before: int | None, year: int
) -> VillageStanding:
    """A frozen village as a board shows it. Which region set its threshold is not frozen."""
    threshold = one.threshold
    return VillageStanding(
        village=one.village,
        name=name,
        kind=one.kind,
        components=one.components,
        counted={measure: measured(one.components, measure) for measure in Measure},
        with_unproved={measure: measured(one.components, measure, with_unproved=True) for measure in Measure},
        threshold=None
        if threshold is None
        else Threshold(region="", kind=one.kind, year=year, measure=one.measure, amount=threshold),
        income=one.income,
        met=threshold is not None and one.income >= threshold,
        band=one.band,
        rank=rank,
        rank_before=rank_before,
    )
