"""How much of an item contracts give out on the day they give out the most.

A pond of 12.00 mu is leased to one until 2028: 6.00 mu. Another has 6.00 mu of it in 2025 and a third 6.00 mu in 2026: on no day
is more given out than 12.00 mu, though all three together are 18.00. What is agreed anew counts from its day.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from schemas.contracts import Contract, ContractTerms
from schemas.inventory import ItemCode
from schemas.units import Hundredths


class Piece(NamedTuple):
    """What a contract gives out of an item over a stretch of days, both ends included; of the whole of it, no area."""

    number: str
    first: date
    last: date
    area: Hundredths | None


class Most(NamedTuple):
    """The largest area given out on one day, and the contracts that give it out, in their order."""

    area: Hundredths
    numbers: tuple[str, ...]


def terms_on(contract: Contract, day: date) -> ContractTerms:
    """What is agreed for a day."""
    return [contract.contract.terms, *(one.terms for one in contract.amendments if one.day <= day)][-1]


def pieces(contract: Contract, item: ItemCode) -> tuple[Piece, ...]:
    """What a contract gives out of an item, from its first day and from every day something else is agreed."""
    begins = [contract.terms.from_date, *(one.day for one in contract.amendments)]
    ends = [later - timedelta(days=1) for earlier, later in pairwise(begins) if later > earlier]
    stretches = zip(sorted(set(begins)), [*ends, contract.last_day], strict=True)
    return tuple(
        Piece(contract.number, first, min(last, contract.last_day), subject.area)
        for first, last in stretches
        for subject in terms_on(contract, first).subjects
        if subject.item == item and first <= contract.last_day
    )


def meet(some: Iterable[Piece], others: Iterable[Piece]) -> bool:
    """Whether any of these gives out on a day on which any of the others does."""
    beside = list(others)
    return any(one.first <= other.last and other.first <= one.last for one in some for other in beside)


def most_together(own: Sequence[Piece], others: Iterable[Piece]) -> Most:
    """The largest sum of areas on one day on which any of ``own`` gives out: the days in order, an area more where a stretch
    begins and less behind its end."""
    among = [*own, *others]
    turns = [(one.first, 0, one.area or 0) for one in among] + [
        (one.last, 1, -(one.area or 0)) for one in among
    ]
    total, most, when = 0, 0, own[0].first
    for day, _, change in sorted(turns):
        total += change
        if total > most and any(one.first <= day <= one.last for one in own):
            most, when = total, day
    numbers = dict.fromkeys(one.number for one in among if one.first <= when <= one.last)
    return Most(most, tuple(numbers))
