"""The books of a place in the order of their data quality (RULES §8).

A book's data quality is its checked vouchers without a finding over its checked vouchers, year to date. It is a fraction and
stays one: 2 / 3 and 4 / 6 are equal and share a rank, 9 / 10 comes before 8 / 9. A book of which nothing was checked is not
ranked.

>>> from schemas.spot_checks import Quality
>>> table = [("甲", 6, 4), ("乙", 3, 2), ("丙", 5, 5), ("丁", 0, 0), ("戊", 4, 1)]
>>> found = [Quality(book=book, drawn=9, checked=n, sound=sound, unsettled=0) for book, n, sound in table]
>>> [(one.rank, one.quality.book) for one in ranked(found)]
[(1, '丙'), (2, '乙'), (2, '甲'), (4, '戊'), (None, '丁')]
"""

from collections.abc import Iterable
from fractions import Fraction

from schemas.spot_checks import Quality, RankedQuality


def ranked(found: Iterable[Quality]) -> tuple[RankedQuality, ...]:
    """The best first, equal fractions sharing a rank and standing by the book's id; at the end those not checked."""
    by_id = sorted(found, key=lambda one: one.book)
    best_first = sorted((one for one in by_id if one.checked), key=_share, reverse=True)
    ordered: list[RankedQuality] = []
    for place, one in enumerate(best_first, 1):
        before = ordered[-1] if ordered else None
        tied = before is not None and _share(before.quality) == _share(one)
        ordered.append(RankedQuality(rank=before.rank if tied and before else place, quality=one))
    return (*ordered, *(RankedQuality(rank=None, quality=one) for one in by_id if not one.checked))


def _share(one: Quality) -> Fraction:
    return Fraction(one.sound, one.checked)
