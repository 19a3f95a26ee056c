"""Cash counts; they only grow, and of several on one day the last one counts."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class CashCountRow(SQLModel, table=True):
    """What was in the box at the end of a day, in fen. ``pieces`` is JSON."""

    __tablename__ = "cash_count"
    __table_args__ = (
        columns.refers("account", account="code", name="cash_count_account"),
        ForeignKeyConstraint(["counted_by"], ["person.person_id"], name="cash_count_counted_by"),
        ForeignKeyConstraint(["witness"], ["person.person_id"], name="cash_count_witness"),
        CheckConstraint("counted >= 0", name="cash_count_counted"),
        CheckConstraint("witness <> counted_by", name="cash_count_witness_differs"),
        Index("cash_count_by_day", "book_id", "account", "date"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    count_id: int = columns.number(primary_key=True)
    account: str = columns.text()
    date: datetime.date = columns.day()
    counted: int = columns.number()
    pieces: str = columns.text()
    witness: int | None = columns.number(nullable=True)
    note: str = columns.text()
    book_then: int = columns.number()
    counted_by: int = columns.number()
    at: str = columns.text()
