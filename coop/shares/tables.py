"""Movements of the share register; they only grow."""

import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class ShareMovementRow(SQLModel, table=True):
    """One movement of a holding: quantity in hundredths of the class's unit, value and price in fen; what leaves
    is negative. ``number`` is the voucher's number as the paper says it where no book of ours holds the voucher."""

    __tablename__ = "share_movement"
    __table_args__ = (
        UniqueConstraint("book_id", "reverses", name="share_movement_reversed_once"),
        columns.refers("member", "member_no", name="share_movement_member"),
        columns.refers("voucher", "voucher_id", name="share_movement_voucher"),
        columns.refers("share_movement", reverses="seq", name="share_movement_reverses"),
        columns.refers("share_movement", other_side="seq", name="share_movement_other_side"),
        CheckConstraint("seq >= 1", name="share_movement_seq"),
        CheckConstraint(
            "share IN ('cash','land','calf_granted','calf_own','labour','entitlement')",
            name="share_movement_share",
        ),
        CheckConstraint(
            "act IN ('contribute','transfer','convert','withdraw','revalue','quantify','adjust')",
            name="share_movement_act",
        ),
        CheckConstraint(
            "origin IN ('own','granted','backer','state','donation')", name="share_movement_origin"
        ),
        CheckConstraint(
            "share NOT IN ('labour','entitlement') OR voucher_id IS NULL",
            name="share_movement_labour_has_no_voucher",
        ),
        CheckConstraint(
            "share <> 'entitlement' OR (value = 0 AND act IN ('quantify','adjust','transfer'))",
            name="share_movement_entitlement_has_no_value",
        ),
        CheckConstraint("reverses < seq", name="share_movement_reverses_an_earlier"),
        CheckConstraint(
            "other_side IS NULL OR (act = 'transfer' AND other_side < seq)", name="share_movement_sides"
        ),
        Index("share_movement_by_member", "book_id", "member_no", "on"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    seq: int = columns.number(primary_key=True)
    on: datetime.date = columns.day()
    member_no: str = columns.text()
    share: str = columns.text()
    act: str = columns.text()
    quantity: int = columns.number()
    price: int = columns.number()
    value: int = columns.number()
    origin: str = columns.text()
    voucher_id: int | None = columns.number(nullable=True)
    number: str = columns.text()
    resolution: str = columns.text()
    note: str = columns.text()
    other_side: int | None = columns.number(nullable=True)
    reverses: int | None = columns.number(nullable=True)
    recorded_at: str = columns.text()
