"""What members traded and worked."""

from datetime import date
from typing import TypeVar

from sqlalchemy import Connection, func, select

from coop.daybook.tables import COLUMNS, TABLES
from schemas.labour import WorkDay
from schemas.trade import Trade
from schemas.units import BookId

Entry = TypeVar("Entry", Trade, WorkDay)


def entries(
    db: Connection,
    kind: type[Entry],
    *,
    book: BookId,
    member: str | None = None,
    from_date: date = date.min,
    until: date = date.max,
    known_at: str | None = None,
) -> tuple[Entry, ...]:
    """The entries of a kind in the order recorded, of one member between two days (both included), and as known at
    an instant."""
    kept = TABLES[kind].c
    wanted = [kept.book_id == book, kept.on.between(from_date, until)]
    if member is not None:
        wanted.append(kept.member_no == member)
    if known_at is not None:
        wanted.append(kept.recorded_at <= known_at)
    fields = (kept[COLUMNS.get(field, field)].label(field) for field in kind.__struct_fields__)
    rows = db.execute(select(*fields).where(*wanted).order_by(kept.seq))
    return tuple(kind(**row) for row in rows.mappings())


def last_entry(db: Connection, kind: type[Entry], *, book: BookId) -> int:
    """The number of the last entry of a kind, 0 when there is none."""
    kept = TABLES[kind].c
    last = select(func.coalesce(func.max(kept.seq), 0)).where(kept.book_id == book)
    return int(db.execute(last).scalar_one())
