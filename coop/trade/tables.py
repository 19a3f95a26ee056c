"""Members' trade; it only grows."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class TradeRow(SQLModel, table=True):
    """What a member traded with the cooperative: quantity in hundredths of the unit, amount in fen."""

    __tablename__ = "trade"
    __table_args__ = (
        UniqueConstraint("book_id", "reverses", name="trade_reversed_once"),
        ForeignKeyConstraint(
            ["book_id", "member_no"], ["member.book_id", "member.member_no"], name="trade_member"
        ),
        ForeignKeyConstraint(["book_id", "reverses"], ["trade.book_id", "trade.seq"], name="trade_reverses"),
        CheckConstraint("seq >= 1", name="trade_seq"),
        CheckConstraint("reverses < seq", name="trade_reverses_an_earlier"),
        Index("trade_by_member", "book_id", "member_no", "on"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    seq: int = columns.number(primary_key=True)
    on: datetime.date = columns.day()
    member_no: str = columns.text()
    product: str = columns.text()
    quantity: int = columns.number()
    unit: str = columns.text()
    amount: int = columns.number()
    reverses: int | None = columns.number(nullable=True)
    recorded_at: str = columns.text()
