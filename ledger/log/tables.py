"""The operation log, which is the hash chain, and the head of each chain."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class ChainHeadRow(SQLModel, table=True):
    """The last link of a book's chain; the row every act on the book locks first."""

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("length >= 0", name="chain_head_length"), TENANT)
    book_id: str = columns.text(primary_key=True)
    length: int = columns.number()
    hash: str = columns.text()
    vouchers: int = columns.number()


class LogRow(SQLModel, table=True):
    """One act: who, when, what, before and after. ``content`` is the digest of what was written elsewhere."""

    __tablename__ = "log_entry"
    __table_args__ = (CheckConstraint("seq >= 1", name="log_entry_seq"), TENANT)
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    seq: int = columns.number(primary_key=True)
    at: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    act: str = columns.text()
    subject: str = columns.text()
    before: str = columns.text()
    after: str = columns.text()
    content: str = columns.text()
    hash: str = columns.text()
