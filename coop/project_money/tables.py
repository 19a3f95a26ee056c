"""What lines on 241 are named; it only grows."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class ProjectMoneyRow(SQLModel, table=True):
    """That a voucher's line is money of a source for a project; without a body, that it is not after all. The last one
    counts."""

    __tablename__ = "project_money"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="project_money_voucher"),
        ForeignKeyConstraint(["named_by"], ["person.person_id"], name="project_money_named_by"),
        CheckConstraint("turn >= 1", name="project_money_turn"),
        CheckConstraint("line >= 1", name="project_money_line"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    line: int = columns.number(primary_key=True)
    turn: int = columns.number(primary_key=True)
    body: str | None = columns.text(nullable=True)
    reason: str = columns.text()
    named_by: int = columns.number()
    at: str = columns.text()
