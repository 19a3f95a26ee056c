"""Who left office, in the township; and in the book of a collective that pays, which voucher books which month of whom.
Rows are only added."""

import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class LeavingRow(SQLModel, table=True):
    """A word on somebody's leaving office; a NULL day takes the last one back. The last on a person stands."""

    __tablename__ = "leaving"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="leaving_seq"),
        CheckConstraint("person <> ''", name="leaving_person"),
        CheckConstraint("reason <> ''", name="leaving_reason"),
        CheckConstraint("substr(village_code, 1, 9) = book_id", name="leaving_village_is_of_the_township"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    seq: int = columns.number(primary_key=True)
    village_code: str = columns.text(foreign_key="place.code")
    person: str = columns.text()
    left_on: datetime.date | None = columns.day(nullable=True)
    reason: str = columns.text()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class AwardVoucherRow(SQLModel, table=True):
    """A month of a person's bonus in a voucher of the collective that pays it. ``attempt`` counts the vouchers that were
    withdrawn or cancelled before, so that two at once cannot book the same month twice."""

    __tablename__ = "award_voucher"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="award_voucher_voucher"),
        CheckConstraint("amount > 0", name="award_voucher_amount"),
        CheckConstraint("attempt >= 1", name="award_voucher_attempt"),
        CheckConstraint("month % 100 BETWEEN 1 AND 12", name="award_voucher_month"),
        Index("award_voucher_by_voucher", "book_id", "voucher_id"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    run: str = columns.text(primary_key=True)
    person: str = columns.text(primary_key=True)
    month: int = columns.number(primary_key=True)
    attempt: int = columns.number(primary_key=True)
    amount: int = columns.number()
    voucher_id: int = columns.number()
