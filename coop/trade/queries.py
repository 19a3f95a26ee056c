"""What members traded with the cooperative."""

from datetime import date

from sqlalchemy import Connection, func, select

from coop.trade.tables import TradeRow
from ledger.columns import table_of
from schemas.trade import Trade
from schemas.units import BookId

_trade = table_of(TradeRow)


def trades(
    db: Connection,
    *,
    book: BookId,
    member: str | None = None,
    from_date: date = date.min,
    until: date = date.max,
    known_at: str | None = None,
) -> tuple[Trade, ...]:
    """The trades of a book in the order recorded, of one member between two days (both included),
    and as known at an instant."""
    wanted = [_trade.c.book_id == book, _trade.c.on.between(from_date, until)]
    if member is not None:
        wanted.append(_trade.c.member_no == member)
    if known_at is not None:
        wanted.append(_trade.c.recorded_at <= known_at)
    rows = db.execute(select(_trade).where(*wanted).order_by(_trade.c.seq))
    return tuple(
        Trade(
            on=row.on,
            member=row.member_no,
            product=row.product,
            quantity=row.quantity,
            unit=row.unit,
            amount=row.amount,
            reverses=row.reverses,
        )
        for row in rows
    )


def last_trade(db: Connection, *, book: BookId) -> int:
    """The number of the last entry, 0 when there is none."""
    last = select(func.coalesce(func.max(_trade.c.seq), 0)).where(_trade.c.book_id == book)
    return int(db.execute(last).scalar_one())
