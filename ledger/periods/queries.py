"""Which periods are open, closed and sealed."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from ledger.columns import table_of
from ledger.periods.tables import PeriodRow
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import Book
from schemas.periods import PeriodState, PeriodStatus, Seal
from schemas.units import BookId, Period

_period = table_of(PeriodRow)


def state_of(db: Connection, *, book: Book) -> PeriodState:
    """Which periods of the book take postings."""
    rows = db.execute(
        select(_period.c.period, _period.c.state).where(_period.c.book_id == book.id)
    ).all()
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
    return {
        row.period: Seal(
            period=row.period,
            status=PeriodStatus(row.state),
            by=row.by,
            reviewed_by=row.reviewed_by,
            at=row.at,
            seal_seq=row.seal_seq,
            seal=row.seal,
        )
        for row in rows
    }
