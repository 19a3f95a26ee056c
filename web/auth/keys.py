"""The vault's key file: outside the database and outside backups, made at the first start, readable by its owner only.

A key is made only for a house that has never had one. When the database knows keys and the file is missing, as after
a restore without it, the vault stays shut and says so: a new key would hide the loss and let one identity in twice.
"""

import os
import secrets
from datetime import datetime
from pathlib import Path

from coop.access import actions as access
from coop.vault import actions as vaults
from coop.vault import queries
from coop.vault.rules import KEY_BYTES, Vault, VaultKey, keys_in, line_of, vault_key
from web.database import Connection


class Keys:
    """The key file at a path."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._vault: Vault | None = None

    @property
    def path(self) -> Path:
        """Where the file is, or would be."""
        return self._path

    @property
    def vault(self) -> Vault:
        """The vault these keys open, as far as they are here; without a file it is shut."""
        if self._vault is None:
            self._vault = self._opened()
        return self._vault

    def ready(self, db: Connection, *, at: datetime) -> Vault:
        """Open the vault of this house for the first time since the service was started: makes the first key of a new
        house, and writes down the names of keys the house does not know yet."""
        if not self._path.exists() and not queries.known_keys(db):
            self._append(vault_key(secrets.token_bytes(KEY_BYTES)))
        if self.vault.is_open:
            vaults.know_keys(db, self.vault, by=access.service(db, at=at), at=at)
        return self.vault

    def renew(self, db: Connection, *, at: datetime) -> Vault:
        """Add a key: from now on it seals, the older ones still open what they sealed. Also the way on after the loss of
        the file: what the lost key sealed stays unreadable. Refused when the file is damaged."""
        self._opened()
        self._append(vault_key(secrets.token_bytes(KEY_BYTES)))
        vaults.know_keys(db, self.vault, by=access.service(db, at=at), at=at)
        return self.vault

    def missing(self, db: Connection) -> tuple[str, ...]:
        """The names of keys this house has used that are not here."""
        return tuple(sorted(queries.known_keys(db) - self.vault.keys.keys()))

    def _opened(self) -> Vault:
        try:
            text = self._path.read_text("ascii")
        except FileNotFoundError:
            return Vault((), draw=secrets.token_bytes)
        return Vault(keys_in(text), draw=secrets.token_bytes)

    def _append(self, key: VaultKey) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        typed_in = self._path.exists() and not self._path.read_bytes().endswith(b"\n")
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "a", encoding="ascii") as file:
            file.write(("\n" if typed_in else "") + line_of(key))
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        self._vault = None
