"""The people at whose desks ``clean-small`` is paid out, for tests that go through the service's doors."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from tests.batches.small import BOOK, furnish
from tests.people import with_token

PEOPLE = {
    "accountant": ("accountant", f"book:{BOOK}"),
    "cashier": ("cashier", f"book:{BOOK}"),
    "chair": ("chair", f"book:{BOOK}"),
    "officer": ("township_officer", "house"),
    "auditor": ("auditor", "house"),
    "stranger": ("accountant", "book:450000101200"),
}


def furnish_desks(db: Connection) -> None:
    """The year of ``small.furnish``, and these people, each with a password and a token for all they may do."""
    furnish(db)
    at = datetime(2026, 2, 1, 4, tzinfo=UTC)
    for name, (role, scope) in PEOPLE.items():
        with_token(db, name, role, scope, at=at)
