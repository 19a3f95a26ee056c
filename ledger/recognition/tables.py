"""Income without evidence, kept in step with postings and files."""

import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class UnscannedIncomeRow(SQLModel, table=True):
    """Income of a month on an account whose vouchers carried no scan when they were posted; ``scanned_on`` is the day
    their first scan came since, 9999-12-31 while none has. In the order of its key what lacks a scan on a day is found
    month by month, past whatever has come by then."""

    __tablename__ = "unscanned_income"
    __table_args__ = (
        columns.refers("account", account="code", name="unscanned_income_account"),
        CheckConstraint("on_paper IN (0, 1)", name="unscanned_income_on_paper"),
        # A board asks for what still lacks its scan on a day: of a year of late scans almost nothing.
        Index("unscanned_income_by_day", "scanned_on", "book_id", "period", "account", "on_paper", "amount"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    period: int = columns.number(primary_key=True)
    scanned_on: datetime.date = columns.day(primary_key=True)
    account: str = columns.text(primary_key=True)
    on_paper: int = columns.number(primary_key=True)
    amount: int = columns.number()
