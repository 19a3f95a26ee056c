"""Vouchers, their postings, their numbers. What is posted is for ever; triggers of the database say so too."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, case, func
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT, table_of
from schemas.vouchers import Word


class VoucherRow(SQLModel, table=True):
    """A voucher from first sketch to posting. ``body`` holds its lines as JSON until they become postings."""

    __tablename__ = "voucher"
    __table_args__ = (
        UniqueConstraint("book_id", "year", "word", "number", name="voucher_number"),
        UniqueConstraint("book_id", "cancels", name="voucher_cancelled_once"),
        columns.refers("voucher", corrects="voucher_id", name="voucher_corrects"),
        ForeignKeyConstraint(["book_id"], ["book.book_id"], name="voucher_book"),
        CheckConstraint("state IN ('sketch','draft','reviewed','posted','withdrawn')", name="voucher_state"),
        CheckConstraint("word IN ('记','收','付','转')", name="voucher_word"),
        CheckConstraint(
            "origin IN ('hand','correction','import','plan','register','closing','run','payout','landing')",
            name="voucher_origin",
        ),
        CheckConstraint("correction IN ('red','blue','difference')", name="voucher_correction"),
        CheckConstraint("(correction IS NULL) = (corrects IS NULL)", name="voucher_correction_names_what"),
        CheckConstraint("(state = 'posted') = (number IS NOT NULL)", name="voucher_posted_has_number"),
        CheckConstraint("(state = 'posted') = (posted_by IS NOT NULL)", name="voucher_posted_has_poster"),
        CheckConstraint("(state = 'posted') = (body IS NULL)", name="voucher_posted_has_postings"),
        CheckConstraint(
            "(state IN ('reviewed','posted')) = (reviewed_by IS NOT NULL)",
            name="voucher_reviewed_has_reviewer",
        ),
        CheckConstraint("reviewed_by <> prepared_by", name="voucher_reviewer_differs_from_preparer"),
        CheckConstraint("number >= 1", name="voucher_number_positive"),
        CheckConstraint("period / 100 = year", name="voucher_period_in_year"),
        CheckConstraint("cancels IS NULL OR cancels = corrects", name="voucher_cancels_what_it_corrects"),
        CheckConstraint("originals >= 0", name="voucher_originals"),
        Index("voucher_by_period", "book_id", "period", "state"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    state: str = columns.text()
    word: str = columns.text()
    year: int = columns.number()
    number: int | None = columns.number(nullable=True)
    date: datetime.date = columns.day()
    period: int = columns.number()
    originals: int = columns.number()
    origin: str = columns.text()
    correction: str | None = columns.text(nullable=True)
    corrects: int | None = columns.number(nullable=True)
    cancels: int | None = columns.number(nullable=True)
    prepared_by: int = columns.number(foreign_key="person.person_id")
    reviewed_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    posted_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    posted_at: str | None = columns.text(nullable=True)
    version: int = columns.number()
    body: str | None = columns.text(nullable=True)


_row = table_of(VoucherRow)
IN_BOOK_ORDER = (
    case(
        (_row.c.number.is_(None), len(Word)),
        *((_row.c.word == word.value, place) for place, word in enumerate(Word)),
    ),
    func.coalesce(_row.c.number, 0),
    _row.c.voucher_id,
)
"""How vouchers of one day follow each other wherever they are listed: by word in the order of the words 记收付转 and by
number; behind them what has no number yet, as it was begun. An imported book's ids say nothing about its numbers."""


def in_book_order(word: Word, number: int | None, voucher: int) -> tuple[int, int, int]:
    """The values of ``IN_BOOK_ORDER`` of one voucher."""
    return (len(Word), 0, voucher) if number is None else (list(Word).index(word), number, voucher)


class PostingRow(SQLModel, table=True):
    """A line of a posted voucher: one side, in fen, negative is red."""

    __tablename__ = "posting"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="posting_voucher"),
        columns.refers("account", account="code", name="posting_account"),
        columns.refers("detail", detail="code", name="posting_detail"),
        CheckConstraint("(debit = 0) <> (credit = 0)", name="posting_one_side"),
        CheckConstraint("line >= 1", name="posting_line"),
        Index("posting_by_account", "book_id", "account", "detail", "voucher_id"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    line: int = columns.number(primary_key=True)
    summary: str = columns.text()
    account: str = columns.text()
    detail: str = columns.text()
    debit: int = columns.number()
    credit: int = columns.number()
    quantity: int | None = columns.number(nullable=True)
    movement: str = columns.text()


class NumberSeriesRow(SQLModel, table=True):
    """The last number given out per book, year and word."""

    __tablename__ = "number_series"
    __table_args__ = (
        CheckConstraint("last >= 0", name="number_series_last"),
        CheckConstraint("word IN ('记','收','付','转')", name="number_series_word"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    year: int = columns.number(primary_key=True)
    word: str = columns.text(primary_key=True)
    last: int = columns.number()


class NumberGapRow(SQLModel, table=True):
    """A number an imported book never used, confirmed by a person who said why."""

    __tablename__ = "number_gap"
    __table_args__ = (CheckConstraint("word IN ('记','收','付','转')", name="number_gap_word"), TENANT)
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    year: int = columns.number(primary_key=True)
    word: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    confirmed_by: int = columns.number(foreign_key="person.person_id")
    reason: str = columns.text()
    at: str = columns.text()


class CashierSignatureRow(SQLModel, table=True):
    """The cashier's signature 出纳 on a receipt or payment voucher (会计基础工作规范 art. 51-1)."""

    __tablename__ = "cashier_signature"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="cashier_signature_voucher"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    signed_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()
