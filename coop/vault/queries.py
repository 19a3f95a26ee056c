"""Which keys have sealed values here."""

from sqlalchemy import Connection, select

from coop.vault.tables import VaultKeyRow
from ledger.columns import table_of

_key = table_of(VaultKeyRow)


def known_keys(db: Connection) -> frozenset[str]:
    """The names of all keys this house ever had; empty before its first start."""
    return frozenset(db.execute(select(_key.c.key_id)).scalars())
