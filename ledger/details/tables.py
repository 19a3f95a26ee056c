"""Details 明细 of a book."""

from sqlalchemy import CheckConstraint
from sqlmodel import Field, SQLModel

from ledger import columns
from ledger.columns import TENANT


class DetailRow(SQLModel, table=True):
    """A detail; the one with the empty code stands for "no detail", so that keys and sums need no NULL."""

    __tablename__ = "detail"
    __table_args__ = (
        CheckConstraint("kind IN ('member', 'household', 'counterparty', 'name')", name="detail_kind"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    code: str = columns.text(primary_key=True)
    name: str = columns.text()
    kind: str = columns.text()
    unit: str = columns.text()
    open: bool = Field()
