"""The names of the keys that ever sealed anything here, so that a missing key is noticed and never replaced."""

from sqlmodel import SQLModel

from ledger import columns


class VaultKeyRow(SQLModel, table=True):
    """A key by its name; the key itself is in a file outside the database."""

    __tablename__ = "vault_key"
    __table_args__ = ({"sqlite_strict": True},)
    key_id: str = columns.text(primary_key=True)
    known_since: str = columns.text()
