"""The monthly reports that were made. Rows are only added."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class MonthlyReportRow(SQLModel, table=True):
    """A report of a place for a month (yyyymm): what it says beside the frozen figures (JSON) with its SHA-256, and the printed
    pages as a file. ``book_id`` is the chain it is logged in: a township's desk, or the house for a county."""

    __tablename__ = "monthly_report"
    __table_args__ = (
        columns.refers("evidence", "sha256", name="monthly_report_evidence"),
        CheckConstraint("length(place) IN (6, 9)", name="monthly_report_level"),
        CheckConstraint(
            "book_id = CASE length(place) WHEN 9 THEN place ELSE 'house' END", name="monthly_report_chain"
        ),
        CheckConstraint("month % 100 BETWEEN 1 AND 12", name="monthly_report_month"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    place: str = columns.text(primary_key=True)
    month: int = columns.number(primary_key=True)
    content: str = columns.text()
    digest: str = columns.text()
    sha256: str = columns.text()
    made_at: str = columns.text()
