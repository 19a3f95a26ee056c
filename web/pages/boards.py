"""村集体收入看板: the villages of a township side by side, and of a county, city or province with the places below it; a
village's year with what lacks evidence; the thresholds of a place. Every figure leads to its ledger, from there to the paper."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import NamedTuple, TypeVar

from coop.access import rules as access_rules
from coop.alerts import queries as alerts
from coop.income import actions, rules
from coop.income import queries as income
from coop.income.thresholds import known
from coop.monthly_reports import rules as report_rules
from coop.places import queries as places
from coop.places import rules as place_rules
from coop.snapshots import queries as snapshots
from ledger.periods.rules import last_day
from schemas.access import Deed
from schemas.income import (
    Board,
    Component,
    Components,
    Measure,
    NewThreshold,
    PlaceStanding,
    Recognised,
    ThresholdKey,
    VillageStanding,
)
from schemas.places import Place, PlaceLevel, VillageKind
from schemas.problems import Problem, Refusal
from schemas.units import Fen, Period
from web import boards, wire
from web.i18n.words import N_
from web.pages.rendering import address, month_code, see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, shows
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people

W = TypeVar("W", bound=StrEnum)
ASKS = ("month", "as_of", "kind", "band", "sort", "from")
A_PAGE = 100
"""Villages shown on one page of a county."""
_MONTHS = 24
_BELOW_ZERO = "below"
SORTS: Mapping[str, Callable[[VillageStanding], tuple[object, ...]]] = {
    "rank": lambda one: (one.rank is None, one.rank or 0, one.village),
    "code": lambda one: (one.village,),
    "income": lambda one: (-one.income, one.village),
    "unproved": lambda one: (-one.unproved, one.village),
}
"""The orders the villages can be put in; the first is that of a board nobody asked to be put otherwise."""
_SORT_WORDS = {
    "rank": N_("by rank"),
    "code": N_("by code"),
    "income": N_("by income"),
    "unproved": N_("by what is unproved"),
}
_EARNED = (
    Component.OPERATING_INCOME,
    Component.INVESTMENT_INCOME,
    Component.SUBSIDIES,
    Component.OTHER_INCOME,
)
ACCOUNT_OF = {component: account for account, component in rules.COMPONENT_OF.items()}


class Asked(NamedTuple):
    """What the address asks for: the place, the month, the day it is seen on, and which villages in which order."""

    place: str
    month: Period
    as_of: date
    kind: str
    band: str
    sort: str

    def shown(self, board: Board) -> list[VillageStanding]:
        """The villages that are asked for, in the order asked for."""
        return sorted(
            (
                one
                for one in board.villages
                if self.kind in {"", one.kind.value} and self.band in {"", band_code(one.band)}
            ),
            key=SORTS[self.sort],
        )


class Part(NamedTuple):
    """A stretch of a bar, in hundredths of its whole length."""

    name: str
    start: float
    length: float


class Bar(NamedTuple):
    """A village's bar: what it earned by component with what does not count behind, its income below, and where the
    threshold stands; lengths in hundredths of the longest."""

    parts: tuple[Part, ...]
    income: float
    threshold: float | None


def band_code(band: Fen | None) -> str:
    """A band as an address writes it: its lower edge in yuan."""
    return _BELOW_ZERO if band is None else str(band // 100)


def asked_of(visit: Visit, place: str) -> Asked:
    """What the address asks for; refused with what cannot be read."""
    query = visit.query
    as_of = query.get("as_of", "")
    asked = Asked(
        place=place,
        month=month_from(query["month"], otherwise=0)
        if query.get("month")
        else boards.month_to_show(visit.db, place=place, on=visit.on),
        as_of=day_from(as_of, pointer="/as_of") if as_of else visit.on,
        kind=query.get("kind", ""),
        band=query.get("band", ""),
        sort=query.get("sort", "") or next(iter(SORTS)),
    )
    for name, given, words in (
        ("kind", asked.kind, ["", *VillageKind]),
        ("band", asked.band, ["", _BELOW_ZERO, *map(band_code, rules.BANDS)]),
        ("sort", asked.sort, [*SORTS]),
    ):
        if given not in words:
            raise Refusal(
                wire.must_be_one_of.at(f"/{name}", given=given[:40], known=", ".join(filter(None, words)))
            )
    if asked.month % 100 > 12:
        raise wire.Unreadable(wire.must_be_month.at("/month"))
    return asked


def bar_of(components: Components, *, income: Fen, threshold: Fen | None) -> Bar:
    """The bar of what was earned and what it comes to."""
    earned = [(component, components.get(component, Recognised())) for component in _EARNED]
    stretches = [
        *((component.value, max(0, one.counted)) for component, one in earned),
        ("unproved", max(0, sum(one.not_counted for _, one in earned))),
    ]
    longest = max(sum(length for _, length in stretches), income, (threshold or 0) * 5 // 4, 1)
    parts, start = [], 0
    for name, length in stretches:
        if length:
            parts.append(Part(name, round(start * 100 / longest, 2), round(length * 100 / longest, 2)))
        start += length
    return Bar(
        parts=tuple(parts),
        income=round(max(0, income) * 100 / longest, 2),
        threshold=None if threshold is None else round(threshold * 100 / longest, 2),
    )


# The board


@shows("/townships/{township}/villages", deed=Deed.SEE_TOWNSHIP, asks=ASKS)
def show_township(visit: Visit) -> Shown:
    """The villages of a township."""
    return _board(visit, visit.at_township)


@shows("/places/{place}/villages", deed=Deed.SEE_TOWNSHIP, asks=ASKS)
def show_place(visit: Visit) -> Shown:
    """The villages of a county, city or province, and the places below it."""
    place = visit.text_at("place")
    if len(place) == place_rules.LENGTHS[PlaceLevel.TOWNSHIP]:
        return see_other(address(home_of(place) + "/villages", **dict(visit.query.items())))
    return _board(visit, place)


def home_of(place: str) -> str:
    """Where the pages of a place begin."""
    of_township = len(place) == place_rules.LENGTHS[PlaceLevel.TOWNSHIP]
    return f"/{'townships' if of_township else 'places'}/{place}"


def _board(visit: Visit, code: str) -> Shown:
    asked = asked_of(visit, code)
    place = places.place_there(visit.db, code=code, as_of=last_day(asked.month))
    board = boards.board_of(visit.db, place=code, month=asked.month, as_of=asked.as_of)
    villages = asked.shown(board)
    first = _number(visit.query.get("from", ""))
    page = villages[first : first + A_PAGE]

    def to(**other: object) -> str:
        query: dict[str, object] = {
            "month": month_code(asked.month),
            "as_of": "" if asked.as_of == visit.on else asked.as_of,
            "kind": asked.kind,
            "band": asked.band,
            "sort": "" if asked.sort == next(iter(SORTS)) else asked.sort,
        }
        return address(f"{home_of(code)}/villages", **(query | other))

    return visit.page(
        "board.html",
        place=place,
        board=board,
        asked=asked,
        rows=[(one, _bar(one)) for one in page],
        shown=len(villages),
        first_page=to() if first else "",
        next_page=to(from_=first + A_PAGE) if first + A_PAGE < len(villages) else "",
        to=to,
        home=home_of(code),
        home_of=home_of,
        village_at=lambda one: address(
            f"{home_of(one.village[:9])}/villages/{one.village}",
            month=month_code(asked.month),
            as_of="" if asked.as_of == visit.on else asked.as_of,
        ),
        above=above_of(visit, code),
        alerts=alerts.open_by_village(visit.db, within=code),
        months=months_until(visit.on, asked.month),
        kinds=list(VillageKind),
        bands=[None, *rules.BANDS],
        band_code=band_code,
        sorts=_SORT_WORDS,
        parts_of=parts_of,
        profit=Measure.OPERATING_PROFIT,
        below_level=place_rules.below(code),
        has_reports=place.level in report_rules.OF,
    )


def _bar(one: VillageStanding) -> Bar:
    threshold = None if one.threshold is None else one.threshold.amount
    return bar_of(one.components, income=one.income, threshold=threshold)


def parts_of(place: PlaceStanding) -> list[tuple[Fen | None, int, Part]]:
    """How the villages of a place are spread over the bands, as a bar."""
    found, start = [], 0
    for edge, count in place.bands.items():
        found.append(
            (edge, count, Part(band_code(edge), start * 100 / place.villages, count * 100 / place.villages))
        )
        start += count
    return found


def above_of(visit: Visit, code: str) -> list[Place]:
    """The places this one lies in that the reader may look at, the widest first."""
    codes = [one for one in reversed(rules.regions_over(code)) if one != code]
    seen = [one for one in codes if Deed.SEE_TOWNSHIP in access_rules.deeds_at(visit.who.rights, code=one)]
    named = places.places(visit.db, codes=seen)  # what nobody named is no help to a reader
    return [named[one] for one in seen if one in named]


def months_until(on: date, chosen: Period) -> list[Period]:
    """The months a reader may choose, the newest first, with the one that is chosen."""
    number = on.year * 12 + on.month - 1
    recent = {one // 12 * 100 + one % 12 + 1 for one in range(number - _MONTHS, number + 1)}
    return sorted(recent | {chosen}, reverse=True)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 0


# A village


class MonthShown(NamedTuple):
    """A month of a village: its components, its measure, and its bar against a twelfth of the threshold."""

    month: Period
    components: Components
    income: Fen
    bar: float
    reaches: bool


@shows("/townships/{township}/villages/{village}", deed=Deed.SEE_TOWNSHIP, asks=("month", "as_of"))
def show_village(visit: Visit) -> Shown:
    """A village's year, month by month, and what lacks evidence with what would mend it."""
    asked = asked_of(visit, visit.at_township)
    village = visit.text_at("village")
    found = boards.village_in_year(
        visit.db, place=asked.place, village=village, month=asked.month, as_of=asked.as_of
    )
    standing, threshold = found.standing, found.standing.threshold
    measure = Measure.OPERATING_PROFIT if threshold is None else threshold.measure
    incomes = {
        no: rules.measured(of, measure) for no, of in found.year.months.items() if no <= asked.month % 100
    }
    twelfth = None if threshold is None else threshold.amount // 12
    longest = max([*incomes.values(), (twelfth or 0) * 5 // 4, 1])
    book = income.collective_of(visit.db, village=village)
    return visit.page(
        "village.html",
        asked=asked,
        standing=standing,
        bar=_bar(standing),
        lines=found.lines,
        book=book,
        may_see_book=book is not None and visit.may(Deed.SEE_BOOK),
        alerts=alerts.open_by_village(visit.db, within=village).get(village, 0),
        since=snapshots.since_frozen(visit.db, village=village, year=asked.month // 100, on=asked.as_of),
        months=[
            MonthShown(
                month=asked.month // 100 * 100 + no,
                components=found.year.months.get(no, {}),
                income=incomes.get(no, 0),
                bar=round(max(0, incomes.get(no, 0)) * 100 / longest, 2),
                reaches=threshold is not None and incomes.get(no, 0) * 12 >= threshold.amount,
            )
            for no in range(1, asked.month % 100 + 1)
        ],
        twelfth=twelfth,
        twelfth_at=None if twelfth is None else round(twelfth * 100 / longest, 2),
        measure=measure,
        components=list(Component),
        measures=list(Measure),
        account_of=ACCOUNT_OF,
        earned=_EARNED,
        choices=months_until(visit.on, asked.month),
        at=f"{visit.home}/villages/{village}",
        ledger=lambda month, component: address(
            f"/books/{book}/ledger",
            account=ACCOUNT_OF[component],
            from_=month_code(month or asked.month // 100 * 100 + 1),
            to=month_code(month or asked.month),
        ),
        board_at=address(f"{visit.home}/villages", month=month_code(asked.month)),
    )


# Thresholds


@shows("/townships/{township}/thresholds", deed=Deed.SEE_TOWNSHIP)
def show_thresholds_of_township(visit: Visit) -> Shown:
    """What villages of a township have to earn."""
    return _thresholds(visit)


@shows("/places/{place}/thresholds", deed=Deed.SEE_TOWNSHIP)
def show_thresholds(visit: Visit) -> Shown:
    """What villages of a county, city or province have to earn."""
    return _thresholds(visit)


def _code(visit: Visit) -> str:
    return visit.text_at("place") if visit.township is None else visit.at_township


def _thresholds(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    code = _code(visit)
    place = places.place_there(visit.db, code=code)
    versions = boards.thresholds_of(visit.db, place=code)
    named = places.places(visit.db, codes={one.entry.threshold.region for one in versions})
    over = set(rules.regions_over(code))
    approvers = [one.approval.by for one in versions if one.approval is not None]
    return visit.page(
        "thresholds.html",
        problems=problems,
        status=status,
        place=place,
        home=home_of(code),
        above=above_of(visit, code),
        versions=versions,
        named=named,
        known=[one for one in known() if one.threshold.region in over],
        names=names_of_people(
            visit.db, [*(one.entry.recorded_by for one in versions), *approvers], locale=visit.locale
        ),
        kinds=list(VillageKind),
        measures=list(Measure),
        given=visit.field,
        may_record=visit.may(Deed.KEEP_TOWNSHIP_POLICIES),
        may_approve=visit.may(Deed.APPROVE_TOWNSHIP_POLICIES),
    )


async def _record(visit: Visit) -> Shown:
    code, new = _code(visit), _new_threshold(visit)
    await visit.write(lambda db: actions.record_threshold(db, new, region=code, by=visit.by, at=visit.at))
    return see_other(f"{home_of(code)}/thresholds", notice=N_("Entered. Another officer approves it."))


async def _approve(visit: Visit) -> Shown:
    code = _code(visit)
    key = ThresholdKey(
        region=code,
        kind=_one_of(visit, "kind", VillageKind),
        year=_number(visit.field("year")),
        measure=_one_of(visit, "measure", Measure),
    )
    version = _number(visit.field("version"))
    await visit.write(
        lambda db: actions.approve_threshold(db, key, version=version, by=visit.by, at=visit.at)
    )
    return see_other(f"{home_of(code)}/thresholds", notice=N_("Approved. It counts from now on."))


@does("/townships/{township}/thresholds", deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_thresholds)
async def record_threshold_of_township(visit: Visit) -> Shown:
    """Enter a threshold of a township."""
    return await _record(visit)


@does("/places/{place}/thresholds", deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_thresholds)
async def record_threshold(visit: Visit) -> Shown:
    """Enter a threshold of a county, city or province."""
    return await _record(visit)


@does("/townships/{township}/thresholds/approve", deed=Deed.APPROVE_TOWNSHIP_POLICIES, again=_thresholds)
async def approve_threshold_of_township(visit: Visit) -> Shown:
    """Approve a threshold another officer entered."""
    return await _approve(visit)


@does("/places/{place}/thresholds/approve", deed=Deed.APPROVE_TOWNSHIP_POLICIES, again=_thresholds)
async def approve_threshold(visit: Visit) -> Shown:
    """Approve a threshold another officer entered."""
    return await _approve(visit)


def _new_threshold(visit: Visit) -> NewThreshold:
    year = _number(visit.field("year"))
    if not 2000 <= year <= 2999:
        raise Refusal(wire.must_be_whole_number.at("/year"))
    document = visit.field("document")[:80]
    if not document:
        raise Refusal(rules.threshold_must_name_its_paper.at("/document"))
    return NewThreshold(
        kind=_one_of(visit, "kind", VillageKind),
        year=year,
        measure=_one_of(visit, "measure", Measure),
        amount=amount_from(visit.field("amount") or "?", pointer="/amount"),
        document=document,
    )


def _one_of(visit: Visit, name: str, of: type[W]) -> W:
    given = visit.field(name)
    if given not in list(of):
        raise Refusal(wire.must_be_one_of.at(f"/{name}", given=given[:40] or "—", known=", ".join(of)))
    return of(given)


handlers = [
    show_township,
    show_place,
    show_village,
    show_thresholds_of_township,
    show_thresholds,
    record_threshold_of_township,
    record_threshold,
    approve_threshold_of_township,
    approve_threshold,
]
