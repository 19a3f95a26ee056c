"""Which periods are open, closed and sealed."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from ledger.columns import Prepared, Question, portions, table_of
from ledger.periods import rules
from ledger.periods.tables import CloseRequestRow, PeriodRow
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import Book
from schemas.periods import (
    CalendarDay,
    CloseRequest,
    CloseStage,
    PeriodState,
    PeriodStatus,
    RequestState,
    Seal,
)
from schemas.units import BookId, Period

_period = table_of(PeriodRow)
_request = table_of(CloseRequestRow)
_STATES = Prepared(select(_period.c.period, _period.c.state).where(_period.c.book_id == bindparam("book")))


def asking_state_of(*, book: BookId) -> list[Question]:
    """What ``state_of`` will ask."""
    return [_STATES.asking(book=book)]


def state_of(db: Connection, *, book: Book) -> PeriodState:
    """Which periods of the book take postings."""
    rows = _STATES.rows(db, book=book.id)
    closed = frozenset(row.period for row in rows if row.state == "closed")
    settling = frozenset(
        row.period // 100 for row in rows if row.state == "open" and row.period % 100 == SETTLEMENT
    )
    sealed = frozenset(period // 100 for period in closed if period % 100 == SETTLEMENT)
    first_open = book.first_year
    while first_open in sealed:
        first_open += 1
    return PeriodState(
        closed=closed,
        settling=settling,
        sealed=sealed,
        first_year=book.first_year,
        last_year=first_open + 1,
    )


def seals(db: Connection, *, book: BookId) -> Mapping[Period, Seal]:
    """Every period that was ever closed or begun to be settled, as it stands now."""
    rows = db.execute(select(_period).where(_period.c.book_id == book).order_by(_period.c.period))
    return {row.period: _as_seal(row) for row in rows}


def calendars(
    db: Connection, *, books: Iterable[Book], year: int
) -> Mapping[BookId, tuple[CalendarDay, ...]]:
    """The close calendar of each of these books in a year; of a book that began later, or is asked before its first year,
    nothing. Two questions, however many books."""
    of = {book.id: book for book in books if book.first_year <= year}
    seals: dict[BookId, dict[Period, Seal]] = {id: {} for id in of}
    for some in portions(sorted(of)):
        rows = db.execute(select(_period).where(_period.c.book_id.in_(some)))
        for row in rows:
            seals[row.book_id][row.period] = _as_seal(row)
    waiting = books_waiting_for_review(db, books=of)
    return {
        id: rules.year_on_calendar(
            year, first_year=book.first_year, seals=seals[id], requests=waiting.get(id, ())
        )
        for id, book in of.items()
    }


def close_requests(db: Connection, *, book: BookId) -> tuple[CloseRequest, ...]:
    """The last request for each period and stage, by period."""
    rows = db.execute(
        select(_request).where(_request.c.book_id == book).order_by(_request.c.period, _request.c.stage)
    )
    return tuple(_as_request(row) for row in rows)


def close_request(db: Connection, *, book: BookId, period: Period, stage: CloseStage) -> CloseRequest | None:
    """The last request to close this period at this stage."""
    row = db.execute(
        select(_request).where(
            _request.c.book_id == book, _request.c.period == period, _request.c.stage == stage.value
        )
    ).first()
    return None if row is None else _as_request(row)


def books_waiting_for_review(
    db: Connection, *, books: Iterable[BookId]
) -> Mapping[BookId, tuple[CloseRequest, ...]]:
    """The requests that wait for a second person, by book."""
    found: dict[BookId, tuple[CloseRequest, ...]] = {}
    for some in portions(sorted(set(books))):
        rows = db.execute(
            select(_request)
            .where(_request.c.book_id.in_(some), _request.c.state == RequestState.WAITING.value)
            .order_by(_request.c.book_id, _request.c.period)
        )
        for row in rows:
            found[row.book_id] = (*found.get(row.book_id, ()), _as_request(row))
    return found


def _as_seal(row: Row[Any]) -> Seal:
    return Seal(
        period=row.period,
        status=PeriodStatus(row.state),
        by=row.by,
        reviewed_by=row.reviewed_by,
        at=row.at,
        seal_seq=row.seal_seq,
        seal=row.seal,
    )


def _as_request(row: Row[Any]) -> CloseRequest:
    return CloseRequest(
        period=row.period,
        stage=CloseStage(row.stage),
        state=RequestState(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        resolution=row.resolution,
        answered_by=row.answered_by,
        answered_at=row.answered_at,
        reason=row.reason,
    )
