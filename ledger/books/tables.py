"""Books and their accounts."""

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger import columns
from ledger.columns import TENANT


class BookRow(SQLModel, table=True):
    """One accounting entity and the standard it follows; neither ever changes."""

    __tablename__ = "book"
    __table_args__ = (
        UniqueConstraint("book_id", "short_name", name="book_short_name"),
        CheckConstraint("kind IN ('cooperative', 'collective')", name="book_kind"),
        CheckConstraint("first_year BETWEEN 1949 AND 2999", name="book_first_year"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    name: str = columns.text()
    short_name: str = columns.text()
    kind: str = columns.text()
    standard: str = columns.text()
    first_year: int = columns.number()


class AccountRow(SQLModel, table=True):
    """An account of a book; what it is kept by and may take is said by the standard of ``statutory``."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("code = statutory OR parent <> ''", name="account_own_has_parent"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    code: str = columns.text(primary_key=True)
    name: str = columns.text()
    name_en: str = columns.text()
    statutory: str = columns.text()
    parent: str = columns.text()
    open: bool = Field()
