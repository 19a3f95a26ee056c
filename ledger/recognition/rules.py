"""Which income counts: none without evidence, and a scan that comes later counts from the day it came (RULES §8).

Kept is only what lacks something: the income of vouchers that carried no scan when they were posted, by month, account,
whether paper originals were declared, and the day the first scan came since. What a month's income counts as on a day is
its turnover less what lacked evidence then.

记-0012 of July books 19 000.00 of rent without a paper; the scan comes on 3 September. Seen as of 31 August July's 501
is short of 19 000.00, seen as of 3 September of nothing.

>>> lacking = {Lack(202507, "501", False, date(2025, 9, 3)): 1_900_000}
>>> short_of(lacking, as_of=date(2025, 8, 31), scans_only=False), short_of(lacking, as_of=date(2025, 9, 3), scans_only=False)
({(202507, '501'): 1900000}, {})
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import NamedTuple

from ledger.money import yuan
from schemas.problems import Fault, Problem
from schemas.units import BookId, Fen, Period
from schemas.vouchers import VoucherLine

NEVER = date(9999, 12, 31)
"""The day of a scan that has not come."""
_CHINA = timezone(timedelta(hours=8))

lack_must_follow_from_evidence = Fault(
    code="lack_must_follow_from_evidence",
    says="Book {book}, {account} in {period}, first scan {scanned}: kept is income without evidence of {kept}; vouchers and files say {found}.",
    remedy="Somebody changed what counts behind the service's back; compare with a backup.",
)


class Lack(NamedTuple):
    """What income lacks: nothing but the originals declared, or not even these (``on_paper``), until ``scanned_on``."""

    period: Period
    account: str
    on_paper: bool
    scanned_on: date


class Shown(NamedTuple):
    """What a voucher shows for itself: its originals, when it was posted, and its first scan (instants)."""

    originals: int
    posted_at: str
    first_scan: str | None


Lacking = Mapping[Lack, Fen]


def scanned_on(shown: Shown) -> date | None:
    """The day in China on which the first scan came; None where it was there at posting, NEVER where none is.

    >>> scanned_on(Shown(0, "2025-07-16T08:00:00Z", "2025-09-02T16:30:00Z"))
    datetime.date(2025, 9, 3)
    """
    if shown.first_scan is None:
        return NEVER
    if shown.first_scan <= shown.posted_at:
        return None
    came = datetime.fromisoformat(shown.first_scan).replace(tzinfo=UTC)
    return came.astimezone(_CHINA).date()


def counts(shown: Shown, *, as_of: date, scans_only: bool) -> bool:
    """Whether what a voucher books counts on a day.

    >>> late = Shown(0, "2025-07-16T08:00:00Z", "2025-09-02T16:30:00Z")
    >>> [counts(late, as_of=date(2025, 9, day), scans_only=False) for day in (2, 3)]
    [False, True]
    """
    day = scanned_on(shown)
    return day is None or day <= as_of or (shown.originals > 0 and not scans_only)


def lacking(
    lines: Iterable[VoucherLine], *, period: Period, income: Collection[str], shown: Shown, times: int = 1
) -> dict[Lack, Fen]:
    """What of a voucher's lines on these accounts lacks a scan, or lacked it for a while; nothing where it was there at
    posting. ``shown`` is the voucher's, or of a red one that of what it cancels."""
    day = scanned_on(shown)
    found: defaultdict[Lack, Fen] = defaultdict(int)
    if day is not None:
        for line in lines:
            if line.account in income:
                key = Lack(period, line.account, shown.originals > 0, day)
                found[key] += times * (line.credit - line.debit)
    return dict(found)


def added(*parts: Mapping[Lack, Fen]) -> dict[Lack, Fen]:
    """All of them together, nothing where they cancel out."""
    sums: defaultdict[Lack, Fen] = defaultdict(int)
    for part in parts:
        for key, amount in part.items():
            sums[key] += amount
    return {key: amount for key, amount in sorted(sums.items()) if amount}


def short_of(lacking: Lacking, *, as_of: date, scans_only: bool) -> dict[tuple[Period, str], Fen]:
    """What does not count yet on a day, by month and account; ``scans_only``: originals declared on paper do not do."""
    found: defaultdict[tuple[Period, str], Fen] = defaultdict(int)
    for key, amount in lacking.items():
        if key.scanned_on > as_of and (scans_only or not key.on_paper):
            found[key.period, key.account] += amount
    return dict(found)


def differences(kept: Lacking, found: Lacking, *, book: BookId) -> Iterable[Problem]:
    """Every row kept that is not what vouchers and files say."""
    for key in sorted({*kept, *found}):
        if kept.get(key, 0) != found.get(key, 0):
            yield lack_must_follow_from_evidence.at(
                f"/recognition/{key.account}/{key.period}",
                book=book,
                account=key.account,
                period=key.period,
                scanned="—" if key.scanned_on == NEVER else key.scanned_on.isoformat(),
                kept=yuan(kept.get(key, 0)),
                found=yuan(found.get(key, 0)),
            )
