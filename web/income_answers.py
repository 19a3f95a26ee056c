"""What API and command line show of village income, with the names of a hand-over's ``expected.json`` (API.md)."""

from collections.abc import Mapping, Sequence
from datetime import date

from schemas.income import (
    Board,
    Component,
    Components,
    Measure,
    PlaceStanding,
    Ranking,
    Recognised,
    UnprovedLine,
    VillageStanding,
    VillageYear,
)
from schemas.units import Fen, Value
from web.imports.columns import VILLAGE_KINDS

_NOTHING = Recognised()
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


class ThresholdsMet(Value):
    """How many of the villages with a threshold reach it."""

    met: int
    of: int


class StandingAnswer(Value):
    """A village on a board: its year to date by component, every measure, threshold, band, rank and the rank of the month
    before. ``unproved`` is income that does not count for want of evidence; which it is stands with the village."""

    name: str
    kind: str
    components: Mapping[Component, Recognised]
    measures_counted: Mapping[Measure, Fen]
    measures_with_unproved: Mapping[Measure, Fen]
    unproved: Fen
    threshold: ThresholdAnswer | None
    band: int | None
    rank: int | None
    rank_before: int | None


class PlaceAnswer(Value):
    """The villages of a place together. Sums leave out what came from another book of the same place (``internal``);
    thresholds and bands are each village's own."""

    name: str
    villages: int
    thresholds_met: ThresholdsMet
    bands: Mapping[int, int]
    below_zero: int
    components: Mapping[Component, Recognised]
    measures_counted: Mapping[Measure, Fen]
    measures_with_unproved: Mapping[Measure, Fen]
    unproved: Fen
    internal: Fen


class BoardAnswer(Value):
    """A place at the end of a month, as seen on a day: its villages by code, the place as a whole, and of one above a
    township every place right below it by code."""

    place: str
    period: str
    as_of: date
    villages: Mapping[str, StandingAnswer]
    whole: PlaceAnswer
    places: Mapping[str, PlaceAnswer]


def board_answer(board: Board) -> BoardAnswer:
    """A board."""
    return BoardAnswer(
        place=board.place,
        period=_period(*divmod(board.month, 100)),
        as_of=board.as_of,
        villages={
            one.village: StandingAnswer(
                name=one.name,
                kind=_KINDS[one.kind],
                components=_every(one.components),
                measures_counted=one.counted,
                measures_with_unproved=one.with_unproved,
                unproved=one.unproved,
                threshold=_held(one),
                band=None if one.band is None else one.band // 100,
                rank=one.rank,
                rank_before=one.rank_before,
            )
            for one in board.villages
        },
        whole=_together(board.whole),
        places={one.place: _together(one) for one in board.below},
    )


def _together(one: PlaceStanding) -> PlaceAnswer:
    return PlaceAnswer(
        name=one.name,
        villages=one.villages,
        thresholds_met=ThresholdsMet(met=one.met, of=one.held),
        bands={edge // 100: count for edge, count in one.bands.items() if edge is not None},
        below_zero=one.bands.get(None, 0),
        components=_every(one.components),
        measures_counted=one.counted,
        measures_with_unproved=one.with_unproved,
        unproved=one.unproved,
        internal=one.internal,
    )


def _every(components: Components) -> Mapping[Component, Recognised]:
    return {component: components.get(component, _NOTHING) for component in Component}


def _held(one: VillageStanding) -> ThresholdAnswer | None:
    if one.threshold is None:
        return None
    return ThresholdAnswer(
        measure=one.threshold.measure, amount=one.threshold.amount, income=one.income, met=one.met
    )


def _period(year: int, month: int) -> str:
    return f"{year}-01..{year}-{month:02}"


def village_answer(
    one: VillageStanding, year: VillageYear | None, lines: Sequence[UnprovedLine], *, month: int
) -> VillageAnswer:
    """A village to the end of a month."""
    return VillageAnswer(
        name=one.name,
        kind=_KINDS[one.kind],
        components=_every(one.components),
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
        threshold=_held(one),
        band=None if one.band is None else one.band // 100,
    )


def ranking_answer(made: Ranking, *, year: int, month: int) -> RankingAnswer:
    """An order of villages to the end of a month."""
    return RankingAnswer(
        period=_period(year, month),
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
