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


class CloseRequestRow(SQLModel, table=True):
    """The last request to close a period, at each of its stages, and what the second person answered. What came
    before is in the log."""

    __tablename__ = "close_request"
    __table_args__ = (
        CheckConstraint("stage IN ('month', 'settlement', 'seal')", name="close_request_stage"),
        CheckConstraint("(stage = 'month') = (period % 100 BETWEEN 1 AND 12)", name="close_request_period"),
        CheckConstraint("state IN ('waiting', 'declined', 'done')", name="close_request_state"),
        CheckConstraint("(state = 'waiting') = (answered_by IS NULL)", name="close_request_answered_has_who"),
        CheckConstraint("answered_by <> asked_by", name="close_request_answered_by_another"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    period: int = columns.number(primary_key=True)
    stage: str = columns.text(primary_key=True)
    state: str = columns.text()
    asked_by: int = columns.number(foreign_key="person.person_id")
    asked_at: str = columns.text()
    resolution: str = columns.text()
    answered_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    answered_at: str | None = columns.text(nullable=True)
    reason: str = columns.text()
