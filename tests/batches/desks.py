"""The people at whose desks ``clean-small`` is paid out, for tests that go through the service's doors."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from coop.access import queries as access_queries
from coop.access.rules import NEVER_BY_TOKEN, TABLE
from coop.access.tokens import actions as tokens
from schemas.access import NewToken, Role
from tests.batches.small import BOOK, furnish
from tests.people import PASSWORD, a_login, with_role
from web.auth.words import digest_of

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
        a_login(db, name, password=PASSWORD)
        with_role(db, name, role, scope)
        known = access_queries.login_named(db, name)
        assert known is not None
        allowed = [row.deed for row in TABLE if Role(role) in row.roles and row.deed not in NEVER_BY_TOKEN]
        tokens.make_token(
            db,
            NewToken(name="tests", deeds=sorted(allowed), until=(at + timedelta(days=300)).isoformat()),
            digest=digest_of(f"token-of-{name}"),
            by=access_queries.rights_of(db, known.person),
            at=at,
        )
