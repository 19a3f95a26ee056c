"""What the operation log writes and refuses, without a database.

>>> instant(datetime.fromisoformat("2026-01-15T16:30:00+08:00"))
'2026-01-15T08:30:00.000000Z'
"""

from datetime import UTC, datetime

from schemas.problems import Fault

HOUSE = "house"
"""The chain of acts that concern no single book: people, logins, tokens, backups."""

book_must_exist = Fault(
    code="book_must_exist", says="There is no book {book}.", remedy="Look it up in the list of books."
)
reason_must_be_given = Fault(
    code="reason_must_be_given", says="No reason is given.", remedy="Say why; the log keeps it."
)


def instant(at: datetime) -> str:
    """An instant as it is stored and sealed: RFC 3339, UTC, microseconds."""
    assert at.tzinfo is not None, "an instant knows its zone"
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
