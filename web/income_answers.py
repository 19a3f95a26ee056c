"""What API and command line show of village income, with the names of a hand-over's ``expected.json`` (API.md)."""

from collections.abc import Mapping, Sequence
from datetime import date

from coop.income import rules
from schemas.income import (
    Board,
    Component,
    Components,
    Measure,
    Ranking,
    Recognised,
    UnprovedLine,
    VillageStanding,
    VillageYear,
)
from schemas.units import Fen, Value
from web.imports.columns import VILLAGE_KINDS

_KINDS = {kind: word for word, kind in VILLAGE_KINDS.items()}


class ThresholdAnswer(Value):
    """What a village is held against, and whether it reaches it."""

    measure: Measure
    amount: Fen
    income: Fen
    met: bool


class UnprovedAnswer(Value):
    """Income without evidence: the voucher, its day, the account, the amount, and whether it counts by now."""

    voucher: str
    date: date
    account: str
    amount: Fen
    counted: bool


class VillageAnswer(Value):
    """A village's income: by component and month, every measure, what lacks evidence, threshold and band. ``band`` is the
    band's lower edge in yuan, null below 0."""

    name: str
    kind: str
    components: Mapping[Component, Recognised]
    months: Mapping[int, Components]
    measures_counted: Mapping[Measure, Fen]
    measures_with_unproved: Mapping[Measure, Fen]
    without_evidence: tuple[UnprovedAnswer, ...]
    threshold: ThresholdAnswer | None
    band: int | None


class RankedAnswer(Value):
    """A village's place in the order of income over threshold; ``ratio`` is exact."""

    rank: int
    village: str
    income: Fen
    threshold: Fen
    ratio: str


class RankingAnswer(Value):
    """The order of the villages, with both lists; ``period`` is what the income is of."""

    period: str
    order: tuple[RankedAnswer, ...]
    red_list: tuple[str, ...]
    black_list: tuple[str, ...]


class MonthlyRank(Value):
    """A village's rank and income to date at the end of a month."""

    rank: int
    income_year_to_date: Fen


class ThresholdsMet(Value):
    """How many of the villages with a threshold reach it."""

    met: int
    of: int


def village_answer(
    one: VillageStanding, year: VillageYear | None, lines: Sequence[UnprovedLine], *, month: int
) -> VillageAnswer:
    """A village to the end of a month."""
    return VillageAnswer(
        name=one.name,
        kind=_KINDS[one.kind],
        components={component: one.components.get(component, Recognised()) for component in Component},
        months={} if year is None else {no: found for no, found in year.months.items() if no <= month},
        measures_counted=one.counted,
        measures_with_unproved=one.with_unproved,
        without_evidence=tuple(
            UnprovedAnswer(
                voucher=line.label,
                date=line.date,
                account=line.account,
                amount=line.amount,
                counted=line.counted,
            )
            for line in lines
            if line.period % 100 <= month and not line.counted
        ),
        threshold=None
        if one.threshold is None
        else ThresholdAnswer(
            measure=one.threshold.measure, amount=one.threshold.amount, income=one.income, met=one.met
        ),
        band=None if one.band is None else one.band // 100,
    )


def ranking_answer(made: Ranking, *, year: int, month: int) -> RankingAnswer:
    """An order of villages to the end of a month."""
    return RankingAnswer(
        period=f"{year}-01..{year}-{month:02}",
        order=tuple(
            RankedAnswer(
                rank=one.rank,
                village=one.standing.village,
                income=one.standing.income,
                threshold=one.standing.threshold or 0,
                ratio=str(one.ratio),
            )
            for one in made.order
        ),
        red_list=made.red,
        black_list=made.black,
    )


def monthly_rank(made: Ranking) -> Mapping[str, MonthlyRank]:
    """Rank and income to date of every village that is ranked."""
    return {
        one.standing.village: MonthlyRank(rank=one.rank, income_year_to_date=one.standing.income)
        for one in made.order
    }


def thresholds_met(board: Board) -> ThresholdsMet:
    """How many reach their threshold."""
    held = [one for one in board.villages if one.threshold is not None]
    return ThresholdsMet(met=sum(one.met for one in held), of=len(held))


def bands(board: Board) -> Mapping[int, int]:
    """How many villages are in each band, by its lower edge in yuan; bands nobody is in are left out."""
    edges = [one.band // 100 for one in board.villages if one.band is not None]
    return {edge // 100: edges.count(edge // 100) for edge in rules.BANDS if edge // 100 in edges}
