"""The members' daybook: entries only grow, and a wrong one is taken back once by a later one."""

import datetime
from collections.abc import Mapping

from sqlalchemy import CheckConstraint, Constraint, Index, Table, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT, table_of
from schemas.labour import WorkDay, WrittenWorkDay
from schemas.trade import Trade, WrittenTrade


class _EntryRow(SQLModel):
    """What every entry says: its number in the book, its day and member, and what it takes back."""

    book_id: str = columns.text(primary_key=True)
    seq: int = columns.number(primary_key=True)
    on: datetime.date = columns.day()
    member_no: str = columns.text()
    reverses: int | None = columns.number(nullable=True)
    recorded_at: str = columns.text()


def _of_members(table: str) -> tuple[Constraint | Index | dict[str, object], ...]:
    """What holds of every entry."""
    return (
        UniqueConstraint("book_id", "reverses", name=f"{table}_reversed_once"),
        columns.refers("member", "member_no", name=f"{table}_member"),
        columns.refers(table, reverses="seq", name=f"{table}_reverses"),
        CheckConstraint("seq >= 1", name=f"{table}_seq"),
        CheckConstraint("reverses < seq", name=f"{table}_reverses_an_earlier"),
        Index(f"{table}_by_member", "book_id", "member_no", "on"),
        TENANT,
    )


class TradeRow(_EntryRow, table=True):
    """What a member traded with the cooperative: quantity in hundredths of the unit, amount in fen, and the voucher it was
    written down from."""

    __tablename__ = "trade"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="trade_voucher"),
        Index("trade_by_voucher", "book_id", "voucher_id"),
        *_of_members("trade"),
    )
    product: str = columns.text()
    quantity: int = columns.number()
    unit: str = columns.text()
    amount: int = columns.number()
    note: str = columns.text()
    voucher_id: int | None = columns.number(nullable=True)


class WorkDayRow(_EntryRow, table=True):
    """Duty labour of a member: days in hundredths, day wage in fen."""

    __tablename__ = "work_day"
    __table_args__ = _of_members("work_day")
    work: str = columns.text()
    days: int = columns.number()
    day_wage: int = columns.number()


class LabourVoucherRow(SQLModel, table=True):
    """A voucher that credits labour in a month: drafted from the sheet, booking it already, or said to stand apart from
    it."""

    __tablename__ = "labour_voucher"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="labour_voucher_voucher"),
        CheckConstraint("month % 100 BETWEEN 1 AND 12", name="labour_voucher_month"),
        CheckConstraint("role IN ('drafted','books','apart')", name="labour_voucher_role"),
        Index("labour_voucher_by_month", "book_id", "month"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    month: int = columns.number()
    role: str = columns.text()


TABLES: Mapping[type[Trade | WorkDay], Table] = {
    Trade: table_of(TradeRow),
    WrittenTrade: table_of(TradeRow),
    WorkDay: table_of(WorkDayRow),
    WrittenWorkDay: table_of(WorkDayRow),
}
"""Where the entries of a kind are kept."""

COLUMNS = {"member": "member_no", "voucher": "voucher_id"}
"""The fields whose columns are called otherwise."""
