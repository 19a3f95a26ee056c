"""Periods that have been closed, opened again or sealed."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class PeriodRow(SQLModel, table=True):
    """The state of a period. A month without a row is open; a settlement stage (month 13) without one is not
    begun. ``seal`` is the chain's hash when it was closed."""

    __tablename__ = "period"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="period_state"),
        CheckConstraint("period % 100 BETWEEN 1 AND 13", name="period_month"),
        CheckConstraint("reviewed_by <> by", name="period_reviewer_differs"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    period: int = columns.number(primary_key=True)
    state: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    reviewed_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()
    seal_seq: int = columns.number()
    seal: str = columns.text()
