"""Which months are due to be frozen, what of a board is frozen, and where each village stands (RULES §8).

Four villages with ratios 3, 2, 2 and 1 stand 1, 2, 2 and 4 from the best, and 4, 2, 2 and 1 from the last:

>>> of = {"a": 3, "b": 2, "c": 2, "d": 1}
>>> found = places_of(PlaceLevel.COUNTY, [_example(village, ratio) for village, ratio in of.items()])
>>> [(one.village, one.rank, one.from_below, one.of) for one in found]
[('a', 1, 4, 4), ('b', 2, 2, 4), ('c', 2, 2, 4), ('d', 4, 1, 4)]
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction as Exact

from coop.income.rules import adds_to, band_of, measured, ranked, through
from coop.places.rules import LENGTHS
from ledger.periods.rules import month_text
from ledger.seal import rules as seal
from schemas.income import Component, Measure, Recognised, Standing, Threshold, UnprovedLine, VillageYear
from schemas.places import Place, PlaceLevel, VillageKind
from schemas.problems import Fault, Problem
from schemas.runs import Fraction
from schemas.snapshots import FrozenRank, FrozenVillage, IncomePolicy, KeptSnapshot, SinceFrozen, Snapshot
from schemas.units import BookId, Instant, Period, VoucherId

DEFAULT = IncomePolicy(year=1949)
"""What holds where a township recorded nothing."""
ABOVE = (PlaceLevel.COUNTY, PlaceLevel.PREFECTURE, PlaceLevel.PROVINCE)
"""The levels above the township in which villages are ranked: 县, 市, 省."""
LEVELS = (PlaceLevel.TOWNSHIP, *ABOVE)
FROZEN, RANKED = "snapshot.freeze", "snapshot.rank"
"""What the log calls freezing a month and ranking it above the township."""

freezing_must_follow_ranking = Fault(
    code="freezing_must_follow_ranking",
    says="The clock says {now}, and months were ranked at {ranked}: what is frozen now would stand before them.",
    remedy="Set the clock of the machine right; the next tick freezes what is due.",
)


def months_due(first: Period, frozen: Collection[Period], *, on: date) -> tuple[Period, ...]:
    """The months from ``first`` to the one before ``on`` that are not frozen.

    >>> months_due(202511, {202512}, on=date(2026, 2, 1))
    (202511, 202601)
    """
    span = range(_count(first), on.year * 12 + on.month - 1)
    months = (no // 12 * 100 + no % 12 + 1 for no in span)
    return tuple(month for month in months if month not in frozen)


def _count(month: Period) -> int:
    return month // 100 * 12 + month % 100 - 1


def subject_of(month: Period) -> str:
    """What the log calls a frozen month."""
    return f"snapshot:{month_text(month)}"


def frozen_village(
    village: Place, year: VillageYear, threshold: Threshold | None, *, month: int
) -> FrozenVillage:
    """A village at the end of a month as it is frozen."""
    assert village.kind is not None, "a village has a kind"
    components = through(year, month)
    measure = Measure.OPERATING_PROFIT if threshold is None else threshold.measure
    income = measured(components, measure)
    amount = None if threshold is None else threshold.amount
    ratio = Exact(income, amount) if amount else None
    return FrozenVillage(
        village=village.code,
        kind=village.kind,
        components={component: components.get(component, Recognised()) for component in Component},
        measure=measure,
        income=income,
        threshold=amount,
        ratio=None if ratio is None else Fraction(numerator=ratio.numerator, denominator=ratio.denominator),
        band=band_of(measured(components, Measure.OPERATING_PROFIT)),
    )


def frozen_month(
    villages: Sequence[Place],
    years: Mapping[str, VillageYear],
    thresholds: Mapping[str, Threshold | None],
    *,
    township: str,
    month: Period,
    as_of: date,
    policy: IncomePolicy,
) -> Snapshot:
    """A township's month as it is frozen. A village whose collective keeps no books here earned nothing."""
    year, no = divmod(month, 100)
    return Snapshot(
        township=township,
        month=month,
        as_of=as_of,
        policy=policy,
        villages=tuple(
            frozen_village(
                village,
                years.get(village.code, VillageYear(village=village.code, year=year, months={})),
                thresholds[village.code],
                month=no,
            )
            for village in sorted(villages, key=lambda one: one.code)
        ),
    )


def places_of(level: PlaceLevel, villages: Iterable[FrozenVillage]) -> tuple[FrozenRank, ...]:
    """Where the villages of a place stand by their frozen ratios, by code; equal ratios share a rank, and who has none is
    left out."""
    order = ranked(
        Standing(village=one.village, income=one.income, threshold=one.threshold) for one in villages
    ).order
    equal = Counter(one.rank for one in order)
    return tuple(
        FrozenRank(
            level=level,
            village=one.standing.village,
            rank=one.rank,
            from_below=len(order) - one.rank - equal[one.rank] + 2,
            of=len(order),
        )
        for one in sorted(order, key=lambda one: one.standing.village)
    )


def above_townships(
    villages: Iterable[FrozenVillage], townships: Collection[str]
) -> Mapping[str, tuple[FrozenRank, ...]]:
    """Where the villages of these townships stand in county, city and province, among all ``villages`` of one province
    that are frozen; a township without a village there is left out."""
    inside: defaultdict[tuple[PlaceLevel, str], list[FrozenVillage]] = defaultdict(list)
    for one in villages:
        for level in ABOVE:
            inside[level, place_at(one.village, level)].append(one)
    found: defaultdict[str, list[FrozenRank]] = defaultdict(list)
    for township in townships:
        if (ABOVE[-1], place_at(township, ABOVE[-1])) in inside:
            found[township] = []
    for (level, _), within in inside.items():
        for rank in places_of(level, within):
            township = place_at(rank.village, PlaceLevel.TOWNSHIP)
            if township in found:
                found[township].append(rank)
    return {township: in_order(ranks) for township, ranks in found.items()}


def place_at(township: str, level: PlaceLevel) -> str:
    """The place of a level a township lies in, or is."""
    return township[: LENGTHS[level]]


def sealed(snapshot: Snapshot) -> str:
    """The SHA-256 of what is frozen of a month."""
    return seal.digest_of(snapshot)


def sealed_ranks(ranks: Iterable[FrozenRank]) -> str:
    """The SHA-256 under which the log seals the ranks above the township."""
    return seal.digest_of(in_order(one for one in ranks if one.level in ABOVE))


def in_order(ranks: Iterable[FrozenRank]) -> tuple[FrozenRank, ...]:
    """Ranks by level and village."""
    return tuple(sorted(ranks, key=lambda one: (LEVELS.index(one.level), one.village)))


def since_frozen(
    of: KeptSnapshot,
    today: FrozenVillage,
    lines: Iterable[UnprovedLine],
    scanned_at: Mapping[tuple[BookId, VoucherId], Instant],
    *,
    on: date,
) -> SinceFrozen | None:
    """Why a village counts for another income of a frozen month by a day; None where it does not. ``lines`` is the income
    of the year that had no scan when it was posted, ``scanned_at`` the instants of scans that came on the very day it was
    frozen: before or after."""
    kept = of.snapshot
    before = next((one for one in kept.villages if one.village == today.village), None)
    if before is None or before.income == today.income:
        return None
    came = tuple(
        line
        for line in lines
        if line.period <= kept.month
        and line.scanned_on is not None
        and line.scanned_on <= on
        and (
            kept.as_of < line.scanned_on
            or (kept.as_of == line.scanned_on and of.frozen_at < scanned_at[line.book, line.voucher])
        )
        and (kept.policy.scans_only or not line.on_paper)
        and adds_to(line.account, today.measure)
    )
    return SinceFrozen(
        month=kept.month,
        frozen_on=kept.as_of,
        frozen=before.income,
        today=today.income,
        scanned_since=came,
        otherwise=today.income - before.income - sum(line.amount for line in came),
    )


def _example(village: str, ratio: int) -> FrozenVillage:
    return FrozenVillage(
        village=village,
        kind=VillageKind.ORDINARY,
        components={},
        measure=Measure.OPERATING_PROFIT,
        income=ratio * 100,
        threshold=100,
        ratio=Fraction(numerator=ratio, denominator=1),
        band=0,
    )


def clock_problems(at: str, ranked: str | None) -> tuple[Problem, ...]:
    """Frozen is only after what was ranked: the ranks say among what they were made by their moment."""
    if ranked is None or at > ranked:
        return ()
    return (freezing_must_follow_ranking.at("/clock", now=at, ranked=ranked),)
