"""Taking a key into use."""

from datetime import datetime

from sqlalchemy import Connection, insert

from coop.vault import queries
from coop.vault.rules import Vault
from coop.vault.tables import VaultKeyRow
from ledger.columns import table_of
from ledger.log import actions as log
from schemas.log import Act
from schemas.units import PersonId

_key = table_of(VaultKeyRow)


def know_keys(db: Connection, vault: Vault, *, by: PersonId, at: datetime) -> tuple[str, ...]:
    """Write down the names of the vault's keys that are new to this house; returns them."""
    head = log.lock(db, book=log.HOUSE)
    known = queries.known_keys(db)
    new = [name for name in vault.keys if name not in known]
    if new:
        when = log.instant(at)
        db.execute(insert(_key), [{"key_id": name, "known_since": when} for name in new])
        acts = [Act(by=by, act="vault.key", subject=f"vault-key:{name}") for name in new]
        log.append(db, acts, book=log.HOUSE, head=head, at=at)
    return tuple(new)
