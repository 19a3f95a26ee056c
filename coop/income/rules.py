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

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction as Exact

from schemas.income import (
    INCOME,
    Board,
    Component,
    Components,
    Measure,
    Ranked,
    Ranking,
    Recognised,
    Standing,
    Threshold,
    VillageStanding,
    VillageYear,
)
from schemas.places import Place, VillageKind
from schemas.runs import Fraction
from schemas.units import Fen, Period

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

    def amount(component: Component) -> Fen:
        one = of.get(component, _NONE)
        return one.counted + (one.not_counted if with_unproved else 0)

    return sum(map(amount, _ADDED[measure])) - sum(map(amount, _TAKEN_OFF.get(measure, ())))


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
    for digits in (12, 9, 6, 4, 2):
        found = known.get((village[:digits], kind, year), ())
        if found:
            return min(found, key=lambda one: order.index(one.measure))
    return None


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
    ratio = {village: Exact(one.income, one.threshold or 1) for village, one in of.items()}
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
                ratio=Fraction(numerator=ratio[village].numerator, denominator=ratio[village].denominator),
            )
            for village in best_first
        ),
        red=tuple(village for village in best_first if ranks[village] <= listed),
        black=tuple(village for village in best_first if from_below[village] <= listed),
    )


def through(year: VillageYear, month: int) -> Components:
    """A village's year to date at the end of a month."""
    return added(found for no, found in year.months.items() if no <= month)


def standing_of(year: VillageYear, threshold: Threshold | None, *, month: int) -> Standing:
    """A village's income to the end of a month against its threshold; without one its operating profit."""
    measure = Measure.OPERATING_PROFIT if threshold is None else threshold.measure
    return Standing(
        village=year.village,
        income=measured(through(year, month), measure),
        threshold=None if threshold is None else threshold.amount,
    )


def board(
    villages: Sequence[Place],
    years: Mapping[str, VillageYear],
    thresholds: Mapping[str, Threshold | None],
    *,
    place: str,
    month: Period,
    as_of: date,
) -> Board:
    """The villages of a place at the end of a month. A village whose collective keeps no books here earned nothing."""
    year, no = divmod(month, 100)
    empty = {one.code: VillageYear(village=one.code, year=year, months={}) for one in villages}
    of = {code: years.get(code, nothing) for code, nothing in empty.items()}
    now = ranked(standing_of(found, thresholds[code], month=no) for code, found in of.items())
    before = ranked(
        standing_of(found, thresholds[code], month=no - 1) for code, found in of.items() if no > 1
    )
    rank = {one.standing.village: one.rank for one in now.order}
    rank_before = {one.standing.village: one.rank for one in before.order}
    return Board(
        place=place,
        month=month,
        as_of=as_of,
        villages=tuple(
            _row(
                village,
                through(of[village.code], no),
                thresholds[village.code],
                rank=rank.get(village.code),
                rank_before=rank_before.get(village.code),
            )
            for village in sorted(villages, key=lambda village: village.code)
        ),
        ranking=now,
    )


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
        with_unproved={measure: measured(components, measure, with_unproved=True) for measure in Measure},
        threshold=threshold,
        income=income,
        met=threshold is not None and income >= threshold.amount,
        band=band_of(counted[Measure.OPERATING_PROFIT]),
        rank=rank,
        rank_before=rank_before,
    )
