"""Work days; they only grow."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class WorkDayRow(SQLModel, table=True):
    """Duty labour of a member: days in hundredths, day wage in fen."""

    __tablename__ = "work_day"
    __table_args__ = (
        UniqueConstraint("book_id", "reverses", name="work_day_reversed_once"),
        ForeignKeyConstraint(
            ["book_id", "member_no"], ["member.book_id", "member.member_no"], name="work_day_member"
        ),
        ForeignKeyConstraint(
            ["book_id", "reverses"], ["work_day.book_id", "work_day.seq"], name="work_day_reverses"
        ),
        CheckConstraint("seq >= 1", name="work_day_seq"),
        CheckConstraint("reverses < seq", name="work_day_reverses_an_earlier"),
        Index("work_day_by_member", "book_id", "member_no", "on"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    seq: int = columns.number(primary_key=True)
    on: datetime.date = columns.day()
    member_no: str = columns.text()
    work: str = columns.text()
    days: int = columns.number()
    day_wage: int = columns.number()
    reverses: int | None = columns.number(nullable=True)
    recorded_at: str = columns.text()
