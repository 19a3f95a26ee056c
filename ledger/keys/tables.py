"""Idempotency keys of a book."""

from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class KeyRow(SQLModel, table=True):
    """A key once used: the fingerprint of what was asked and the answer that was given."""

    __tablename__ = "idempotency_key"
    __table_args__ = (TENANT,)
    book_id: str = columns.text(primary_key=True)
    key: str = columns.text(primary_key=True)
    fingerprint: str = columns.text()
    answer: str = columns.text()
    at: str = columns.text()
