"""Batches, their lines, what the bank said of them, and the vouchers that followed. Only a batch's own row ever changes."""

import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT

_RUN = ("kind", "year", "round")


class BatchRow(SQLModel, table=True):
    """A batch of one run's lines. Who made it never sends it: the cashier does."""

    __tablename__ = "batch"
    __table_args__ = (
        columns.refers("run", *_RUN, name="batch_run"),
        columns.refers("account", account="code", name="batch_account"),
        CheckConstraint("number >= 1", name="batch_number"),
        CheckConstraint("channel IN ('bank', 'cash')", name="batch_channel"),
        CheckConstraint("state IN ('made', 'sent', 'settled', 'voided')", name="batch_state"),
        CheckConstraint("(channel = 'bank') = (format <> '')", name="batch_format"),
        CheckConstraint("sent_by <> made_by", name="batch_two_people"),
        CheckConstraint(
            "state IN ('made', 'voided') OR sent_by IS NOT NULL", name="batch_is_sent_by_somebody"
        ),
        CheckConstraint("lines >= 1 AND total >= 1", name="batch_is_not_empty"),
        UniqueConstraint("book_id", "number", *_RUN, name="batch_of_run"),
        Index("batch_by_run", "book_id", *_RUN),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    kind: str = columns.text()
    year: int = columns.number()
    round: int = columns.number()
    channel: str = columns.text()
    format: str = columns.text()
    account: str = columns.text()
    state: str = columns.text()
    lines: int = columns.number()
    total: int = columns.number()
    made_by: int = columns.number(foreign_key="person.person_id")
    made_on: datetime.date = columns.day()
    sent_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    sent_on: datetime.date | None = columns.day(nullable=True)
    version: int = columns.number()


class BatchLineRow(SQLModel, table=True):
    """One transfer to a payee, or to the heir of one. A payee's next attempt is a line of a later batch: two lines of
    one attempt cannot be. ``account_digest`` is the keyed digest of the account it went to; the number itself lies sealed
    with its owner."""

    __tablename__ = "batch_line"
    __table_args__ = (
        columns.refers("batch", *_RUN, batch="number", name="batch_line_batch"),
        columns.refers("member", payee="member_no", name="batch_line_payee"),
        columns.refers("heir", "heir", name="batch_line_heir"),
        UniqueConstraint("book_id", *_RUN, "payee", "attempt", name="batch_line_once"),
        CheckConstraint("line >= 1 AND attempt >= 1", name="batch_line_number"),
        CheckConstraint("amount >= 1", name="batch_line_amount"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    batch: int = columns.number(primary_key=True)
    line: int = columns.number(primary_key=True)
    kind: str = columns.text()
    year: int = columns.number()
    round: int = columns.number()
    payee: str = columns.text()
    attempt: int = columns.number()
    amount: int = columns.number()
    heir: int | None = columns.number(nullable=True)
    name: str = columns.text()
    bank: str = columns.text()
    account_shown: str = columns.text()
    account_digest: str = columns.text()


class BatchOutcomeRow(SQLModel, table=True):
    """The bank's word on a line; the one with the highest number stands. ``turn`` is the bank's own count of its words of
    a day."""

    __tablename__ = "batch_outcome"
    __table_args__ = (
        columns.refers("batch_line", "batch", "line", name="batch_outcome_line"),
        CheckConstraint("seq >= 1", name="batch_outcome_seq"),
        CheckConstraint("turn >= 1", name="batch_outcome_turn"),
        CheckConstraint("outcome IN ('paid', 'failed')", name="batch_outcome_outcome"),
        CheckConstraint("(outcome = 'paid') = (reason = '')", name="batch_outcome_reason"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    batch: int = columns.number(primary_key=True)
    line: int = columns.number(primary_key=True)
    seq: int = columns.number(primary_key=True)
    outcome: str = columns.text()
    on: datetime.date = columns.day()
    turn: int = columns.number()
    reason: str = columns.text()
    said: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class BatchVoucherRow(SQLModel, table=True):
    """A voucher an answer posted."""

    __tablename__ = "batch_voucher"
    __table_args__ = (
        columns.refers("batch", batch="number", name="batch_voucher_batch"),
        columns.refers("voucher", "voucher_id", name="batch_voucher_voucher"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    batch: int = columns.number(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
