"""When a notice is over (RULES §9).

A list published on Thursday 25 September 2025 for 7 working days: 26 and, by the State Council's calendar, Sunday
28 are worked, then 29 and 30; the National Day week is not, so the last three are 9, 10 and Saturday 11 October:

>>> notice_ends(date(2025, 9, 25), days=7)
datetime.date(2025, 10, 11)
"""

import tomllib
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from schemas.units import Value


class Calendar(Value):
    """A year's exceptions: weekdays that are holidays, weekend days that are worked, and who said so."""

    year: int
    source: str
    holidays: frozenset[date]
    worked: frozenset[date]


@cache
def calendar(year: int) -> Calendar | None:
    """The year's calendar; None when it is not known yet."""
    told = tomllib.loads((files("payouts.notices") / "china.toml").read_text("utf-8")).get(str(year))
    if told is None:
        return None
    return Calendar(
        year=year,
        source=told["source"],
        holidays=frozenset(day for span in told["holidays"] for day in _days(year, span)),
        worked=frozenset(day for span in told["worked"] for day in _days(year, span)),
    )


def is_working_day(day: date) -> bool:
    """Whether offices work on a day; in a year whose calendar is not known, from Monday to Friday."""
    known = calendar(day.year)
    if known is not None and day in known.worked:
        return True
    return day.weekday() < 5 and (known is None or day not in known.holidays)


def notice_ends(published: date, *, days: int) -> date:
    """The last day of a notice of so many working days; the day of publication does not count."""
    day = published
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day)
    return day


def _days(year: int, span: str) -> list[date]:
    first, _, last = span.partition("/")
    begin, end = date.fromisoformat(f"{year}-{first}"), date.fromisoformat(f"{year}-{last or first}")
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]
