"""What a village's collective earned, what it is measured by, and who stands where (RULES §8).

岭脚村 in 2025: operating income 37 989.46 with evidence and 19 000.00 without, operating expenses 2 202.02, taxes 197.74,
administration 3 485.20. Its operating profit counts as 32 104.50; with the rent whose scan is missing it would be 51 104.50.

>>> year = {
...     Component.OPERATING_INCOME: Recognised(3_798_946, 1_900_000),
...     Component.OPERATING_EXPENSES: Recognised(220_202),
...     Component.TAXES: Recognised(19_774),
...     Component.ADMINISTRATION: Recognised(348_520),
... }
>>> measured(year, Measure.OPERATING_PROFIT), measured(year, Measure.OPERATING_PROFIT, with_unproved=True)
(3210450, 5110450)
>>> band_of(3_210_450), band_of(-1)
(3000000, None)
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from math import gcd, lcm

from ledger.money import yuan
from schemas.income import (
    INCOME,
    Board,
    Component,
    Components,
    Measure,
    PlaceStanding,
    Ranked,
    Ranking,
    Recognised,
    Standing,
    Threshold,
    ThresholdEntry,
    ThresholdKey,
    ThresholdVersion,
    VillageStanding,
    VillageYear,
)
from schemas.places import Place, VillageKind
from schemas.problems import Fault, Problem
from schemas.runs import Fraction
from schemas.units import Fen, Period, PersonId

COMPONENT_OF = {
    "501": Component.OPERATING_INCOME,
    "502": Component.INVESTMENT_INCOME,
    "503": Component.SUBSIDIES,
    "504": Component.OTHER_INCOME,
    "511": Component.OPERATING_EXPENSES,
    "512": Component.TAXES,
    "513": Component.ADMINISTRATION,
}
"""Which statutory account of a collective (财会〔2023〕14号) is which component; 公益支出, 其他支出 and 所得税费用 are in no
measure."""
BANDS: tuple[Fen, ...] = tuple(
    yuan * 100 for yuan in (0, 20_000, 30_000, 50_000, 100_000, 500_000, 1_000_000)
)
"""The lower edges of the bands of operating profit, each included."""

threshold_must_be_there = Fault(
    code="threshold_must_be_there",
    says="There is no version {version} of this threshold.",
    remedy="Look it up in the list of thresholds.",
)
threshold_must_be_as_seen = Fault(
    code="threshold_must_be_as_seen",
    says="Somebody has entered version {last} of this threshold meanwhile.",
    remedy="Look at it and decide again.",
)
threshold_must_name_its_paper = Fault(
    code="threshold_must_name_its_paper",
    says="The paper that sets the threshold must be named.",
    remedy="Give its number, for example 桂政发〔2025〕12号.",
)
threshold_must_be_above_zero = Fault(
    code="threshold_must_be_above_zero",
    says="A threshold of {amount} is not possible.",
    remedy="Enter the yuan a village has to earn in the year.",
)
threshold_must_wait = Fault(
    code="threshold_must_wait",
    says="This threshold waits for nobody: it is approved, or came with a hand-over.",
    remedy="Nothing is left to do; another amount is a new version.",
)
threshold_must_be_the_last = Fault(
    code="threshold_must_be_the_last",
    says="Version {last} of this threshold was entered since.",
    remedy="Approve that one.",
)
threshold_approver_must_differ = Fault(
    code="threshold_approver_must_differ",
    says="Who entered a threshold does not approve it.",
    remedy="Another officer of the place does.",
)
_OPERATING = (Component.OPERATING_INCOME, Component.INVESTMENT_INCOME)
_COSTS = (Component.OPERATING_EXPENSES, Component.TAXES, Component.ADMINISTRATION)
_ADDED: Mapping[Measure, tuple[Component, ...]] = {
    Measure.OPERATING_PROFIT: _OPERATING,
    Measure.GROSS_OPERATING: _OPERATING,
    Measure.GROSS_ALL: (*_OPERATING, Component.SUBSIDIES, Component.OTHER_INCOME),
}
_TAKEN_OFF: Mapping[Measure, tuple[Component, ...]] = {Measure.OPERATING_PROFIT: _COSTS}
_NONE = Recognised()


def recognised(component: Component, *, turnover: Fen, lacking: Fen) -> Recognised:
    """A component of a month: its turnover on its own side, and what of it lacks evidence. Expenses count all the
    same."""
    without = lacking if component in INCOME else 0
    return Recognised(counted=turnover - without, not_counted=without)


def added(months: Iterable[Components]) -> Components:
    """Months together, by component."""
    sums: dict[Component, list[Fen]] = {}
    for month in months:
        for component, one in month.items():
            found = sums.setdefault(component, [0, 0])
            found[0] += one.counted
            found[1] += one.not_counted
    return {component: Recognised(*sums[component]) for component in Component if component in sums}


def measured(of: Components, measure: Measure, *, with_unproved: bool = False) -> Fen:
    """A measure of these components; ``with_unproved`` counts what has no evidence as well."""

    total = 0
    for components, sign in ((_ADDED[measure], 1), (_TAKEN_OFF.get(measure, ()), -1)):
        for component in components:
            one = of.get(component, _NONE)
            total += sign * (one.counted + one.not_counted if with_unproved else one.counted)
    return total


def adds_to(account: str, measure: Measure) -> bool:
    """Whether an account, or a sub-account, is income of a measure."""
    return COMPONENT_OF.get(account[:3]) in _ADDED[measure]


def band_of(operating_profit: Fen) -> Fen | None:
    """The lower edge of the band an operating profit is in; None below 0."""
    return max((edge for edge in BANDS if edge <= operating_profit), default=None)


def threshold_of(
    known: Mapping[tuple[str, VillageKind, int], Sequence[Threshold]],
    *,
    village: str,
    kind: VillageKind,
    year: int,
) -> Threshold | None:
    """The threshold of a village in a year: that of its township, else of the county, the city, the province. Where one
    region names several measures, operating profit goes first."""
    order = list(Measure)
    for region in regions_over(village):
        found = known.get((region, kind, year), ())
        if found:
            return min(found, key=lambda one: order.index(one.measure))
    return None


def still_held(
    thresholds: Mapping[str, Threshold | None], ends: Mapping[str, date], *, month: Period
) -> Mapping[str, Threshold | None]:
    """What villages are held against at the end of a month: one that is no more by then against nothing, so it has no rank,
    is on no list and behind nothing; what it earned stays in the sums of its last year.

    >>> held = Threshold("45", VillageKind.ORDINARY, 2026, Measure.OPERATING_PROFIT, 3_000_000)
    >>> ends = {"450000101200": date(2026, 3, 1)}
    >>> [still_held({"450000101200": held}, ends, month=month)["450000101200"] is held for month in (202602, 202603)]
    [True, False]
    """
    return {
        village: None if village in ends and ends[village].year * 100 + ends[village].month <= month else held
        for village, held in thresholds.items()
    }


def regions_over(place: str) -> tuple[str, ...]:
    """A place and every place it lies in, the nearest first.

    >>> regions_over("451302100")
    ('451302100', '451302', '4513', '45')
    """
    return tuple(place[:digits] for digits in (12, 9, 6, 4, 2) if digits <= len(place))


def subject_of(key: ThresholdKey, version: int) -> str:
    """What the log calls a version of a threshold."""
    return f"threshold:{key}-{version}"


def faults_of_entry(entry: ThresholdEntry) -> tuple[Problem, ...]:
    """What is wrong with a threshold an officer enters."""
    problems = []
    if entry.threshold.amount <= 0:
        problems.append(threshold_must_be_above_zero.at("/amount", amount=yuan(entry.threshold.amount)))
    if not entry.document:
        problems.append(threshold_must_name_its_paper.at("/document"))
    return tuple(problems)


def faults_of_approval(version: ThresholdVersion, *, last: int, by: PersonId) -> tuple[Problem, ...]:
    """What stands in the way of approving a version of a threshold."""
    if not version.waits:
        return (threshold_must_wait.at("/version"),)
    if version.entry.version != last:
        return (threshold_must_be_the_last.at("/version", last=last),)
    if version.entry.recorded_by == by:
        return (threshold_approver_must_differ.at("/by"),)
    return ()


def ranked(standings: Iterable[Standing]) -> Ranking:
    """Villages by income over threshold, the best first; equal ratios share a rank (1 2 2 4) and stand by code. The red
    and the black list have the ranks 1 to k from the top and from the bottom, k = min(3, half of those ranked), ties
    included. A village without a threshold is not ranked.

    >>> table = [("甲", 300, 100), ("乙", 4, 2), ("丙", 20, 10), ("丁", -5, 10), ("戊", 9, None)]
    >>> made = ranked(Standing(village, income, threshold) for village, income, threshold in table)
    >>> [(one.rank, one.standing.village) for one in made.order], made.red, made.black
    ([(1, '甲'), (2, '丙'), (2, '乙'), (4, '丁')], ('甲', '丙', '乙'), ('丙', '乙', '丁'))
    """
    of = {one.village: one for one in standings if one.threshold}
    whole = lcm(*(one.threshold or 1 for one in of.values()))
    ratio = {village: one.income * (whole // (one.threshold or 1)) for village, one in of.items()}
    best_first = sorted(of, key=lambda village: (-ratio[village], village))
    ranks: dict[str, int] = {}
    from_below: dict[str, int] = {}
    for ordered, places in ((best_first, ranks), (best_first[::-1], from_below)):
        for place, village in enumerate(ordered, 1):
            before = ordered[place - 2] if place > 1 else None
            tied = before is not None and ratio[before] == ratio[village]
            places[village] = places[before] if tied and before is not None else place
    listed = min(3, len(best_first) // 2)
    return Ranking(
        order=tuple(
            Ranked(
                rank=ranks[village],
                standing=of[village],
                ratio=_in_lowest_terms(ratio[village], whole),
            )
            for village in best_first
        ),
        red=tuple(village for village in best_first if ranks[village] <= listed),
        black=tuple(village for village in best_first if from_below[village] <= listed),
    )


def _in_lowest_terms(numerator: int, denominator: int) -> Fraction:
    divisor = gcd(numerator, denominator)
    return Fraction(numerator=numerator // divisor, denominator=denominator // divisor)


def through(year: VillageYear, month: int) -> Components:
    """A village's year to date at the end of a month."""
    return added(found for no, found in year.months.items() if no <= month)


def standing_of(village: str, to_date: Components, threshold: Threshold | None) -> Standing:
    """A village's year to date against its threshold; without one its operating profit."""
    measure = Measure.OPERATING_PROFIT if threshold is None else threshold.measure
    return Standing(
        village=village,
        income=measured(to_date, measure),
        threshold=None if threshold is None else threshold.amount,
    )


def board(
    villages: Sequence[Place],
    to_date: Mapping[str, Components],
    before: Mapping[str, Components],
    thresholds: Mapping[str, Threshold | None],
    *,
    place: Place,
    below: Sequence[Place],
    internal: Mapping[str, Components],
    month: Period,
    as_of: date,
) -> Board:
    """The villages of a place at the end of a month, and the places ``below`` it. ``to_date`` is each village's year to
    the end of the month, ``before`` to the end of the month before, ``internal`` by place what of the former another book
    of that place paid. A village whose collective keeps no books here earned nothing."""
    now = _ranking(villages, to_date, thresholds)
    rank = {one.standing.village: one.rank for one in now.order}
    earlier = _ranking(villages, before, thresholds) if month % 100 > 1 else None
    rank_before = {} if earlier is None else {one.standing.village: one.rank for one in earlier.order}
    rows = tuple(
        _row(
            village,
            to_date.get(village.code, {}),
            thresholds[village.code],
            rank=rank.get(village.code),
            rank_before=rank_before.get(village.code),
        )
        for village in sorted(villages, key=lambda village: village.code)
    )
    return Board(
        place=place.code,
        month=month,
        as_of=as_of,
        villages=rows,
        ranking=now,
        whole=together(place, rows, internal.get(place.code, {})),
        below=tuple(
            together(
                one, [row for row in rows if row.village.startswith(one.code)], internal.get(one.code, {})
            )
            for one in below
        ),
    )


def together(place: Place, rows: Sequence[VillageStanding], internal: Components) -> PlaceStanding:
    """The villages of a place as one. What one book of the place paid to another is in no sum; thresholds and bands are
    each village's own, with it.

    >>> village = VillageStanding(
    ...     village="450000101200", name="清水村", kind=VillageKind.ORDINARY, threshold=None, income=900, met=False, band=0,
    ...     components={Component.OPERATING_INCOME: Recognised(500), Component.INVESTMENT_INCOME: Recognised(400)},
    ...     counted={}, with_unproved={}, rank=None, rank_before=None)
    >>> dividend = {Component.INVESTMENT_INCOME: Recognised(300)}
    >>> from schemas.places import PlaceLevel
    >>> township = Place(code="450000101", name="清河镇", level=PlaceLevel.TOWNSHIP)
    >>> whole = together(township, [village], dividend)
    >>> whole.counted[Measure.OPERATING_PROFIT], whole.internal
    (600, 300)
    """
    left_out = {
        component: Recognised(counted=-one.counted, not_counted=-one.not_counted)
        for component, one in internal.items()
    }
    components = added((*(row.components for row in rows), left_out))
    bands = Counter(row.band for row in rows)
    return PlaceStanding(
        place=place.code,
        name=place.name,
        villages=len(rows),
        held=sum(row.threshold is not None for row in rows),
        met=sum(row.met for row in rows),
        bands={edge: bands[edge] for edge in (None, *BANDS) if edge in bands},
        components=components,
        counted={measure: measured(components, measure) for measure in Measure},
        with_unproved={measure: measured(components, measure, with_unproved=True) for measure in Measure},
        internal=sum(one.counted for one in internal.values()),
    )


def _ranking(
    villages: Iterable[Place], to_date: Mapping[str, Components], thresholds: Mapping[str, Threshold | None]
) -> Ranking:
    return ranked(standing_of(one.code, to_date.get(one.code, {}), thresholds[one.code]) for one in villages)


def _row(
    village: Place,
    components: Components,
    threshold: Threshold | None,
    *,
    rank: int | None,
    rank_before: int | None,
) -> VillageStanding:
    counted = {measure: measured(components, measure) for measure in Measure}
    income = counted[Measure.OPERATING_PROFIT if threshold is None else threshold.measure]
    assert village.kind is not None, "a village has a kind"
    return VillageStanding(
        village=village.code,
        name=village.name,
        kind=village.kind,
        components=components,
        counted=counted,
        with_unproved={measure: measured(components, measure, with_unproved=True) for measure in Measure}
        if any(one.not_counted for one in components.values())
        else counted,
        threshold=threshold,
        income=income,
        met=threshold is not None and income >= threshold.amount,
        band=band_of(counted[Measure.OPERATING_PROFIT]),
        rank=rank,
        rank_before=rank_before,
    )
