"""Village income over HTTP: the boards of townships and of the places above them, the order of their villages, a village's
year, and the thresholds they are held against."""

from collections.abc import Callable
from datetime import date
from typing import Any

from coop.income import actions
from coop.income.thresholds import known
from ledger.seal.rules import digest_of_bytes
from schemas.access import Deed
from schemas.income import Board, KnownThreshold, Measure, NewThreshold, ThresholdKey, ThresholdVersion
from schemas.places import VillageKind
from schemas.units import Counted, Value
from web import boards, wire
from web.api.route import Call, File, Nothing, Routes, Run, Year
from web.database import Connection
from web.exports.income_analysis import analysis_sheets
from web.exports.routes import MEDIA
from web.exports.spreadsheets import workbook
from web.income_answers import (
    BoardAnswer,
    RankingAnswer,
    VillageAnswer,
    board_answer,
    ranking_answer,
    village_answer,
)

routes = Routes("Village income 村集体经济收入")
_PLACE, _TOWNSHIP = "/places/{place}", "/townships/{township}"


class BoardQuery(Value):
    """The month a board ends with, without it the newest whole one of which anything is booked there; and the day it is seen on, without it today."""

    month: wire.Month | None = None
    as_of: date | None = None


class YearQuery(Value):
    """The year of village income, without it that of the last whole month; and the day it is seen on."""

    year: Year | None = None
    as_of: date | None = None


class ThresholdPage(Value):
    """The thresholds entered for a place and for those it lies in, and what is known of past years."""

    items: tuple[ThresholdVersion, ...]
    known: tuple[KnownThreshold, ...]


class ThresholdToApprove(Value):
    """Which version of a threshold of the place is approved."""

    kind: VillageKind
    year: Year
    measure: Measure
    version: Counted


def _reads_of_both(path: str, *, query: type, answers: Any, name: str) -> Callable[[Run], Run]:
    """Declare what is read of a township, and as ``name`` of any place."""

    def declare(run: Run) -> Run:
        declared = {"deed": Deed.SEE_TOWNSHIP, "query": query, "answers": answers}
        routes.reads(f"{_TOWNSHIP}/{path}", **declared)(run)
        return routes.reads(f"{_PLACE}/{path}", **declared, name=name)(run)

    return declare


@_reads_of_both("villages", query=BoardQuery, answers=BoardAnswer, name="list_villages_of_place")
def list_villages(db: Connection, call: Call[BoardQuery, Nothing]) -> BoardAnswer:
    """The villages of a place side by side 村集体收入看板: the year to date by component, every measure with and without what
    lacks evidence, threshold, band and rank; the place as a whole, and the places right below it. It costs the number of
    villages, not of vouchers."""
    return board_answer(_board(db, call))


@_reads_of_both("ranking", query=BoardQuery, answers=RankingAnswer, name="rank_villages_of_place")
def rank_villages(db: Connection, call: Call[BoardQuery, Nothing]) -> RankingAnswer:
    """The villages of a place in the order of income over threshold, with both lists 排名. As the books stand; what was frozen
    on the 1st is the snapshot."""
    board = _board(db, call)
    return ranking_answer(board.ranking, year=board.month // 100, month=board.month % 100)


@_reads_of_both(
    "villages/{village}/income", query=YearQuery, answers=VillageAnswer, name="read_income_of_village"
)
def read_village_income(db: Connection, call: Call[YearQuery, Nothing]) -> VillageAnswer:
    """A village's year: income by component and month, every measure, threshold and band, and each line that does not count
    for want of evidence."""
    year = call.query.year or boards.last_whole_month(call.on) // 100
    found = boards.village_in_year(
        db,
        place=_place(call),
        village=call.path["village"],
        month=year * 100 + 12,
        as_of=call.query.as_of or call.on,
    )
    return village_answer(found.standing, found.year, found.lines, month=12)


@_reads_of_both("income-analysis", query=YearQuery, answers=File, name="read_income_analysis_of_place")
def read_income_analysis(db: Connection, call: Call[YearQuery, Nothing]) -> File:
    """A place's year as an Excel workbook in the caller's language 村集体经济收入分析表: villages by month, villages by component, and
    every figure as a row. Totals leave out what other books of the place paid."""
    year = call.query.year or boards.last_whole_month(call.on) // 100
    sheets = analysis_sheets(
        db, place=_place(call), year=year, as_of=call.query.as_of or call.on, locale=call.locale
    )
    content = workbook(sheets)
    return File(
        content=content,
        media_type=MEDIA["xlsx"],
        name=f"{sheets[0].title}.xlsx",
        digest=digest_of_bytes(content),
    )


@routes.reads(f"{_PLACE}/thresholds", deed=Deed.SEE_TOWNSHIP, answers=ThresholdPage)
def list_thresholds(db: Connection, call: Call[Nothing, Nothing]) -> ThresholdPage:
    """What villages of a place have to earn 门槛: every version entered for the place and for those it lies in."""
    return ThresholdPage(items=boards.thresholds_of(db, place=_place(call)), known=known())


@routes.acts(
    f"{_PLACE}/thresholds",
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    content=NewThreshold,
    answers=ThresholdVersion,
    status=201,
    matched=True,
)
def record_threshold(db: Connection, call: Call[Nothing, NewThreshold]) -> ThresholdVersion:
    """Enter a threshold of a place as its next version; it counts once another person has approved it. With If-Match, the
    number of the last version that was seen (0 for none), it is refused when there is another."""
    return actions.record_threshold(
        db, call.body, region=_place(call), by=call.by, at=call.at, seen=call.version
    )


@routes.acts(
    f"{_PLACE}/thresholds/approve",
    deed=Deed.APPROVE_TOWNSHIP_POLICIES,
    content=ThresholdToApprove,
    answers=ThresholdVersion,
)
def approve_threshold(db: Connection, call: Call[Nothing, ThresholdToApprove]) -> ThresholdVersion:
    """Approve the last version of a threshold 批准, as another person than who entered it."""
    key = ThresholdKey(
        region=_place(call), kind=call.body.kind, year=call.body.year, measure=call.body.measure
    )
    return actions.approve_threshold(db, key, version=call.body.version, by=call.by, at=call.at)


def _board(db: Connection, call: Call[BoardQuery, Nothing]) -> Board:
    return boards.board_of(
        db,
        place=_place(call),
        month=call.query.month or boards.month_to_show(db, place=_place(call), on=call.on),
        as_of=call.query.as_of or call.on,
    )


def _place(call: Call[Any, Any]) -> str:
    place: str = call.path.get("place") or call.township
    return place
