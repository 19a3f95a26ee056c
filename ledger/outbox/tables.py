"""What one book sent, and what landed in another. The other book is another tenant's, so it is named, not referred to."""

import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class OutgoingRow(SQLModel, table=True):
    """Something a book says to another, in the transaction that books its own half. Said of one money after each other
    (``after``), each once."""

    __tablename__ = "outgoing"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="outgoing_voucher"),
        columns.refers("outgoing", after="seq", name="outgoing_after"),
        UniqueConstraint("book_id", "after", name="outgoing_follows_once"),
        CheckConstraint("seq >= 1 AND amount >= 1", name="outgoing_is_something"),
        CheckConstraint("after < seq", name="outgoing_follows_what_was"),
        CheckConstraint("turn = 'comes' OR (turn = 'goes_back' AND after IS NOT NULL)", name="outgoing_turn"),
        CheckConstraint("target <> book_id", name="outgoing_to_another"),
        CheckConstraint("finished IN (0, 1) AND kept_here IN (0, 1)", name="outgoing_yes_or_no"),
        Index("outgoing_by_about", "book_id", "about"),
        Index("outgoing_by_voucher", "book_id", "voucher_id"),
        Index("outgoing_by_at", "at"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    seq: int = columns.number(primary_key=True)
    target: str = columns.text()
    about: str = columns.text()
    kind: str = columns.text()
    turn: str = columns.text()
    after: int | None = columns.number(nullable=True)
    day: datetime.date = columns.day()
    amount: int = columns.number()
    debit: str = columns.text()
    credit: str = columns.text()
    summary: str = columns.text()
    finished: int = columns.number()
    kept_here: int = columns.number()
    voucher_id: int = columns.number()
    at: str = columns.text()


class LandingRow(SQLModel, table=True):
    """What an item of another book came to: its key is why it lands once, however often it is delivered."""

    __tablename__ = "landing"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="landing_voucher"),
        CheckConstraint(
            "effect IN ('drafted', 'withdrawn', 'reversed', 'owed', 'nothing')", name="landing_effect"
        ),
        CheckConstraint("turn IN ('comes', 'goes_back')", name="landing_turn"),
        CheckConstraint("(turn = 'comes') = (effect = 'drafted')", name="landing_effect_fits_turn"),
        CheckConstraint("amount >= 1", name="landing_amount"),
        CheckConstraint("source <> book_id", name="landing_from_another"),
        Index("landing_by_source", "source", "source_seq"),
        Index("landing_by_voucher", "book_id", "voucher_id"),
        Index("landing_by_at", "at"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    source: str = columns.text(primary_key=True)
    source_seq: int = columns.number(primary_key=True)
    effect: str = columns.text()
    voucher_id: int = columns.number()
    kind: str = columns.text()
    turn: str = columns.text()
    day: datetime.date = columns.day()
    amount: int = columns.number()
    item: str = columns.text()
    at: str = columns.text()
