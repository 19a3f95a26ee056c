"""Which work days were recorded."""

from datetime import date

from sqlalchemy import Connection, func, select

from coop.labour.tables import WorkDayRow
from ledger.columns import table_of
from schemas.labour import WorkDay
from schemas.units import BookId

_work_day = table_of(WorkDayRow)


def work_days(
    db: Connection,
    *,
    book: BookId,
    member: str | None = None,
    from_date: date = date.min,
    until: date = date.max,
    known_at: str | None = None,
) -> tuple[WorkDay, ...]:
    """The work days of a book in the order recorded, of one member between two days (both included),
    and as known at an instant."""
    wanted = [_work_day.c.book_id == book, _work_day.c.on.between(from_date, until)]
    if member is not None:
        wanted.append(_work_day.c.member_no == member)
    if known_at is not None:
        wanted.append(_work_day.c.recorded_at <= known_at)
    rows = db.execute(select(_work_day).where(*wanted).order_by(_work_day.c.seq))
    return tuple(
        WorkDay(
            on=row.on,
            member=row.member_no,
            work=row.work,
            days=row.days,
            day_wage=row.day_wage,
            reverses=row.reverses,
        )
        for row in rows
    )


def last_work_day(db: Connection, *, book: BookId) -> int:
    """The number of the last entry, 0 when there is none."""
    last = select(func.coalesce(func.max(_work_day.c.seq), 0)).where(_work_day.c.book_id == book)
    return int(db.execute(last).scalar_one())
