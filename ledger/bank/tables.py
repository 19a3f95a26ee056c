"""Bank statements, their rows and what they were matched with; all of it only grows."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class BankStatementRow(SQLModel, table=True):
    """A statement once taken: the days it covers, what it opened and closed with, and the digest of it all."""

    __tablename__ = "bank_statement"
    __table_args__ = (
        columns.refers("account", account="code", name="bank_statement_account"),
        columns.refers("detail", detail="code", name="bank_statement_detail"),
        ForeignKeyConstraint(["added_by"], ["person.person_id"], name="bank_statement_added_by"),
        UniqueConstraint("book_id", "account", "detail", "digest", name="bank_statement_once"),
        CheckConstraint("first_day <= last_day", name="bank_statement_days"),
        CheckConstraint("length(digest) = 64", name="bank_statement_digest"),
        CheckConstraint("added BETWEEN 0 AND lines", name="bank_statement_added"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    statement_id: int = columns.number(primary_key=True)
    account: str = columns.text()
    detail: str = columns.text()
    first_day: datetime.date = columns.day()
    last_day: datetime.date = columns.day()
    opening: int = columns.number()
    closing: int = columns.number()
    lines: int = columns.number()
    added: int = columns.number()
    digest: str = columns.text()
    added_by: int = columns.number()
    at: str = columns.text()


class BankLineRow(SQLModel, table=True):
    """A row of a statement in fen, positive came in; or, without a statement, an item carried over from paper.

    ``digest`` is the row's content with a count that tells equal rows of one statement apart, so that the row of
    an overlapping statement is known again.
    """

    __tablename__ = "bank_line"
    __table_args__ = (
        columns.refers("bank_statement", "statement_id", name="bank_line_statement"),
        columns.refers("account", account="code", name="bank_line_account"),
        columns.refers("detail", detail="code", name="bank_line_detail"),
        UniqueConstraint("book_id", "account", "detail", "digest", name="bank_line_once"),
        CheckConstraint("amount <> 0", name="bank_line_amount"),
        CheckConstraint("side IN ('bank', 'book')", name="bank_line_side"),
        CheckConstraint("side = 'bank' OR statement_id IS NULL", name="bank_line_of_the_book_is_carried"),
        Index("bank_line_by_day", "book_id", "account", "detail", "date"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    line_id: int = columns.number(primary_key=True)
    account: str = columns.text()
    detail: str = columns.text()
    side: str = columns.text()
    date: datetime.date = columns.day()
    amount: int = columns.number()
    text: str = columns.text()
    party: str = columns.text()
    reference: str = columns.text()
    balance: int | None = columns.number(nullable=True)
    statement_id: int | None = columns.number(nullable=True)
    digest: str = columns.text()


class BankMatchRow(SQLModel, table=True):
    """Rows of the bank and postings that are the same money. It holds until a ``bank_unmatch`` names it."""

    __tablename__ = "bank_match"
    __table_args__ = (
        columns.refers("account", account="code", name="bank_match_account"),
        columns.refers("detail", detail="code", name="bank_match_detail"),
        ForeignKeyConstraint(["made_by"], ["person.person_id"], name="bank_match_made_by"),
        CheckConstraint(
            "rule IN ('hand', 'cancelled', 'only_one', 'same_day', 'reference', 'name')",
            name="bank_match_rule",
        ),
        Index("bank_match_by_day", "book_id", "account", "detail", "until"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    match_id: int = columns.number(primary_key=True)
    account: str = columns.text()
    detail: str = columns.text()
    rule: str = columns.text()
    until: datetime.date = columns.day()
    made_by: int = columns.number()
    at: str = columns.text()


class BankMatchLineRow(SQLModel, table=True):
    """A row of the bank in a match. ``turn`` counts how often the row was matched before and set free again, so
    that two matches at once cannot both take it."""

    __tablename__ = "bank_match_line"
    __table_args__ = (
        columns.refers("bank_match", "match_id", name="bank_match_line_match"),
        columns.refers("bank_line", "line_id", name="bank_match_line_line"),
        CheckConstraint("turn >= 1", name="bank_match_line_turn"),
        Index("bank_match_line_by_match", "book_id", "match_id"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    line_id: int = columns.number(primary_key=True)
    turn: int = columns.number(primary_key=True)
    match_id: int = columns.number()


class BankMatchPostingRow(SQLModel, table=True):
    """A posting in a match; ``turn`` as of a row of the bank."""

    __tablename__ = "bank_match_posting"
    __table_args__ = (
        columns.refers("bank_match", "match_id", name="bank_match_posting_match"),
        columns.refers("posting", "voucher_id", "line", name="bank_match_posting_posting"),
        CheckConstraint("turn >= 1", name="bank_match_posting_turn"),
        Index("bank_match_posting_by_match", "book_id", "match_id"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    line: int = columns.number(primary_key=True)
    turn: int = columns.number(primary_key=True)
    match_id: int = columns.number()


class BankUnmatchRow(SQLModel, table=True):
    """A match that turned out wrong: who undid it and why. The match itself stays to be read."""

    __tablename__ = "bank_unmatch"
    __table_args__ = (
        columns.refers("bank_match", "match_id", name="bank_unmatch_match"),
        ForeignKeyConstraint(["undone_by"], ["person.person_id"], name="bank_unmatch_undone_by"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    match_id: int = columns.number(primary_key=True)
    undone_by: int = columns.number()
    at: str = columns.text()
    reason: str = columns.text()
