"""Where the service keeps its things and how it is reached; read once from the environment at the door."""

import os
from pathlib import Path

from schemas.units import Value


class Settings(Value):
    """What an operator may set.

    ``home`` holds the embedded database and the evidence store; ``key_file`` seals identity data and lies outside
    ``home``, so that a copy of the one is not a copy of the other. ``charts`` is a folder with the operator's own
    copies of chart files, when there is one. ``bank_url`` is where the bank is spoken to, empty when batches go by file
    alone, and ``bank_key_file`` the key shared with it. ``webhooks_inside`` allows subscriptions to addresses of one's own
    network, and to this machine without TLS.
    """

    home: Path
    database_url: str
    key_file: Path
    charts: Path | None
    host: str
    port: int
    secure_cookies: bool
    bank_url: str
    bank_key_file: Path
    webhooks_inside: bool

    @property
    def evidence(self) -> Path:
        """Where the bytes of scans and files lie."""
        return self.home / "evidence"

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of this service, written by one process only."""
        return self.database_url.startswith("sqlite")


def settings_from(environment: dict[str, str] | None = None, *, home: Path | None = None) -> Settings:
    """The settings the environment asks for, with their defaults."""
    given = dict(os.environ) if environment is None else environment
    data = Path(given.get("XDG_DATA_HOME") or Path.home() / ".local/share")
    config = Path(given.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folder = home or Path(given.get("LIANJIAN_HOME") or data / "lianjian")
    charts = Path(given["LIANJIAN_CHARTS"]) if given.get("LIANJIAN_CHARTS") else None
    default_key = (folder.parent / f"{folder.name}.key") if home or given.get("LIANJIAN_HOME") else None
    key_file = Path(given.get("LIANJIAN_KEY_FILE") or default_key or config / "lianjian" / "identity.key")
    return Settings(
        home=folder,
        database_url=given.get("LIANJIAN_DATABASE_URL") or f"sqlite:///{folder / 'books.sqlite'}",
        key_file=key_file,
        charts=charts,
        host=given.get("LIANJIAN_HOST") or "127.0.0.1",
        port=int(given.get("LIANJIAN_PORT") or 8000),
        secure_cookies=given.get("LIANJIAN_HTTPS", "") == "1",
        bank_url=given.get("LIANJIAN_BANK_URL") or "",
        bank_key_file=Path(given.get("LIANJIAN_BANK_KEY_FILE") or key_file.with_name("bank.key")),
        webhooks_inside=given.get("LIANJIAN_WEBHOOKS_INSIDE", "") == "1",
    )
