"""The clock of the house: read here, at the door, and handed inward as ``on`` and ``at``.

``at`` is the instant in UTC; ``on`` is the day it is in China, where the books are kept. At 2025-12-31T16:30Z it is
already 1 January 2026 at the accountant's desk.
"""

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""The one time zone of the country (UTC+8, no summer time)."""


def now() -> tuple[date, datetime]:
    """The day at the accountant's desk, and the instant in UTC."""
    at = datetime.now(UTC)
    return day_of(at), at


def day_of(at: datetime) -> date:
    """The day it is at the accountant's desk at an instant."""
    return at.astimezone(SHANGHAI).date()
