"""Packs taken in; they only grow."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class HandoverRow(SQLModel, table=True):
    """A pack, known by the SHA-256 of all it says."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("length(digest) = 64", name="handover_digest"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    digest: str = columns.text(primary_key=True)
    name: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class HandoverBookRow(SQLModel, table=True):
    """A year of a book that a pack brought; each comes once."""

    __tablename__ = "handover_book"
    __table_args__ = (TENANT,)
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    year: int = columns.number(primary_key=True)
    digest: str = columns.text(foreign_key="handover.digest")
    workbook: str = columns.text()
