"""Periods over HTTP: the close calendar, what stands in the way, and closing, opening again, settling, sealing."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from coop.access import queries as access
from coop.closing import actions as closing
from ledger.periods import actions, queries
from ledger.vouchers.rules import SETTLEMENT
from schemas.access import Deed
from schemas.periods import (
    Check,
    CloseRequest,
    CloseStage,
    PeriodStatus,
    RequestState,
    Seal,
)
from schemas.units import Instant, Period, PersonId, Value
from web import answers
from web.answers import BookCalendar
from web.api.pages import Why
from web.api.route import Call, Nothing, Routes
from web.database import Connection
from web.errors import ProblemEntry, entries_of
from web.i18n import say

routes = Routes("Periods 会计期间")
_PERIOD = "/books/{book}/periods/{period}"
_YEAR = "/books/{book}/years/{year}"


class PeriodItem(Value):
    """A month of a book, or the settlement stage of a year (month 13); who closed it with whom, once somebody did, and
    the close that waits for a second person."""

    period: Period
    status: PeriodStatus
    closed_by: PersonId | None
    reviewed_by: PersonId | None
    at: Instant | None
    seal: str | None
    waiting: CloseRequest | None


class Calendar(Value):
    """The periods of a book, from its first year to the last one a voucher may be dated in."""

    items: tuple[PeriodItem, ...]


class YearQuery(Value):
    """Of which year; without it the one the calendar is asked in."""

    year: Annotated[int, Meta(ge=1949, le=2999)] | None = None


class Calendars(Value):
    """The close calendar of every book the caller may see, by id."""

    year: int
    items: tuple[BookCalendar, ...]


class CheckItem(Value):
    """One thing a close looks at: what must hold, whether it does, and what says that it does not."""

    name: str
    says: str
    holds: bool
    stops: bool
    link: str
    errors: tuple[ProblemEntry, ...]


class Obstacles(Value):
    """Everything that is looked at before a period is closed; it can be when nothing `stops`."""

    may_close: bool
    items: tuple[CheckItem, ...]


class Sealing(Value):
    """The number of the meeting's resolution."""

    resolution: Annotated[str, Meta(min_length=1, max_length=80)]


@routes.reads("/close-calendar", deed=Deed.SEE_BOOK, query=YearQuery, answers=Calendars)
def list_calendars(db: Connection, call: Call[YearQuery, Nothing]) -> Calendars:
    """Which months of a year are closed in every book I may see 结账日历; a book that begins later is left out."""
    year = call.query.year or call.on.year
    books = access.books_seen_by(db, call.rights, deed=Deed.SEE_BOOK)
    return Calendars(year=year, items=answers.calendars(db, books, year=year))


@routes.reads("/books/{book}/periods", deed=Deed.SEE_BOOK, answers=Calendar)
def list_periods(db: Connection, call: Call[Nothing, Nothing]) -> Calendar:
    """The close calendar 结账日历 of a book."""
    state = queries.state_of(db, book=call.at_book)
    seals = queries.seals(db, book=call.book)
    waiting = {
        asked.period: asked
        for asked in queries.close_requests(db, book=call.book)
        if asked.state is RequestState.WAITING
    }
    return Calendar(
        items=tuple(
            _item(year * 100 + month, seals.get(year * 100 + month), waiting.get(year * 100 + month))
            for year in range(state.first_year, state.last_year + 1)
            for month in range(1, SETTLEMENT + 1)
        )
    )


@routes.reads(f"{_PERIOD}/close", deed=Deed.SEE_BOOK, answers=Obstacles)
def read_month_obstacles(db: Connection, call: Call[Nothing, Nothing]) -> Obstacles:
    """What stands in the way of closing a month, everything at once."""
    return _obstacles(
        closing.month_obstacles(db, book=call.at_book, period=call.path["period"]), locale=call.locale
    )


@routes.acts(f"{_PERIOD}/close", deed=Deed.CLOSE_MONTH, answers=CloseRequest, status=202)
def close_month(db: Connection, call: Call[Nothing, Nothing]) -> CloseRequest:
    """Send the close of a month 结账 for review. It closes when a second person confirms it; refused with every
    obstacle."""
    return _ask(db, call, CloseStage.MONTH)


@routes.acts(f"{_PERIOD}/close/confirm", deed=Deed.REVIEW_CLOSING, answers=CloseRequest)
def confirm_month(db: Connection, call: Call[Nothing, Nothing]) -> CloseRequest:
    """Close and seal a month that another person asked to have closed."""
    return _confirm(db, call, CloseStage.MONTH)


@routes.acts(f"{_PERIOD}/close/decline", deed=Deed.REVIEW_CLOSING, content=Why, answers=CloseRequest)
def decline_month(db: Connection, call: Call[Nothing, Why]) -> CloseRequest:
    """Send the close of a month back 退回, with a reason."""
    return _decline(db, call, CloseStage.MONTH)


@routes.acts(f"{_PERIOD}/reopen", deed=Deed.REOPEN_MONTH, content=Why, answers=PeriodItem)
def reopen_month(db: Connection, call: Call[Nothing, Why]) -> PeriodItem:
    """Open the last closed month again 反结账: by a second person, while nothing later is posted."""
    period = call.path["period"]
    actions.reopen_month(
        db, book=call.book, period=period, by=call.by, reason=call.body.reason, on=call.on, at=call.at
    )
    return _item(period, queries.seals(db, book=call.book)[period])


@routes.reads(f"{_YEAR}/settle", deed=Deed.SEE_BOOK, answers=Obstacles)
def read_year_obstacles(db: Connection, call: Call[Nothing, Nothing]) -> Obstacles:
    """What stands in the way of settling a year, everything at once."""
    return _obstacles(
        closing.year_obstacles(db, book=call.at_book, year=call.path["year"]), locale=call.locale
    )


@routes.acts(f"{_YEAR}/settle", deed=Deed.SETTLE_YEAR, answers=CloseRequest, status=202)
def settle_year(db: Connection, call: Call[Nothing, Nothing]) -> CloseRequest:
    """Send the settlement stage of a year 年终结账 for review. Confirmed, it posts its transfers: income and expense
    to the result, the result to what may be distributed; done again, what was booked there meanwhile."""
    return _ask(db, call, CloseStage.SETTLEMENT)


@routes.acts(f"{_YEAR}/settle/confirm", deed=Deed.REVIEW_CLOSING, answers=CloseRequest)
def confirm_settlement(db: Connection, call: Call[Nothing, Nothing]) -> CloseRequest:
    """Open the settlement stage another person asked for, and post its transfers."""
    return _confirm(db, call, CloseStage.SETTLEMENT)


@routes.acts(f"{_YEAR}/settle/decline", deed=Deed.REVIEW_CLOSING, content=Why, answers=CloseRequest)
def decline_settlement(db: Connection, call: Call[Nothing, Why]) -> CloseRequest:
    """Send the settlement of a year back 退回, with a reason."""
    return _decline(db, call, CloseStage.SETTLEMENT)


@routes.acts(f"{_YEAR}/seal", deed=Deed.SETTLE_YEAR, content=Sealing, answers=CloseRequest, status=202)
def seal_year(db: Connection, call: Call[Nothing, Sealing]) -> CloseRequest:
    """Send the end of a year for review, by a resolution that nothing more is distributed."""
    return _ask(db, call, CloseStage.SEAL, resolution=call.body.resolution)


@routes.acts(f"{_YEAR}/seal/confirm", deed=Deed.REVIEW_CLOSING, answers=CloseRequest)
def confirm_seal(db: Connection, call: Call[Nothing, Nothing]) -> CloseRequest:
    """End the settlement stage another person asked to have ended: the year takes nothing more."""
    return _confirm(db, call, CloseStage.SEAL)


@routes.acts(f"{_YEAR}/seal/decline", deed=Deed.REVIEW_CLOSING, content=Why, answers=CloseRequest)
def decline_seal(db: Connection, call: Call[Nothing, Why]) -> CloseRequest:
    """Send the end of a year back 退回, with a reason."""
    return _decline(db, call, CloseStage.SEAL)


def _period(call: Call[object, object]) -> Period:
    found: Period = call.path["period"] if "period" in call.path else call.path["year"] * 100 + SETTLEMENT
    return found


def _ask(
    db: Connection, call: Call[object, object], stage: CloseStage, *, resolution: str = ""
) -> CloseRequest:
    return closing.ask_to_close(
        db,
        book=call.book,
        period=_period(call),
        stage=stage,
        by=call.by,
        at=call.at,
        resolution=resolution,
    )


def _confirm(db: Connection, call: Call[object, object], stage: CloseStage) -> CloseRequest:
    return closing.confirm_close(
        db, book=call.book, period=_period(call), stage=stage, by=call.by, on=call.on, at=call.at
    )


def _decline(db: Connection, call: Call[object, Why], stage: CloseStage) -> CloseRequest:
    return actions.decline_to_close(
        db,
        book=call.book,
        period=_period(call),
        stage=stage,
        by=call.by,
        at=call.at,
        reason=call.body.reason,
    )


def _item(period: Period, seal: Seal | None, waiting: CloseRequest | None = None) -> PeriodItem:
    if seal is None:
        status = PeriodStatus.NOT_BEGUN if period % 100 == SETTLEMENT else PeriodStatus.OPEN
        return PeriodItem(
            period=period,
            status=status,
            closed_by=None,
            reviewed_by=None,
            at=None,
            seal=None,
            waiting=waiting,
        )
    return PeriodItem(
        period=period,
        status=seal.status,
        closed_by=seal.by,
        reviewed_by=seal.reviewed_by,
        at=seal.at,
        seal=seal.seal,
        waiting=waiting,
    )


def _obstacles(checks: Iterable[Check], *, locale: str) -> Obstacles:
    items = tuple(
        CheckItem(
            name=check.name,
            says=say(locale, check.says),
            holds=not check.problems,
            stops=check.stops,
            link=check.link,
            errors=entries_of(check.problems, locale=locale),
        )
        for check in checks
    )
    return Obstacles(may_close=not any(item.stops for item in items), items=items)
