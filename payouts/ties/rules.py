"""What an order of equals must be, and what the log seals of it."""

from collections.abc import Collection, Iterable, Mapping

from ledger.seal.rules import digest_of
from schemas.awards import Ordered, PutInOrder
from schemas.problems import Fault, Problem

NOTED = "tier.order"
"""What the log calls it."""

ordered_must_be_there = Fault(
    code="ordered_must_be_there",
    says="{who} is not among those who are ranked at {place} in {year}.",
    remedy="Name villages by their code, people as the sheet of scores has them.",
)
ordered_must_be_named_once = Fault(
    code="ordered_must_be_named_once",
    says="{who} is named twice.",
    remedy="Name everybody once, first the highest.",
)
place_must_be_of_the_township = Fault(
    code="place_must_be_of_the_township",
    says="{place} is neither {township} nor one of its villages with a score for {year}.",
    remedy="Name the township, or one of its villages by its twelve digits.",
)


def faults_of(new: PutInOrder, *, ranked: Collection[str], year: int) -> Iterable[Problem]:
    """Whoever is not ranked at the place, or is named twice."""
    seen: set[str] = set()
    for index, who in enumerate(new.order):
        if who not in ranked:
            yield ordered_must_be_there.at(f"/order/{index}", who=who, place=new.place, year=year)
        if who in seen:
            yield ordered_must_be_named_once.at(f"/order/{index}", who=who)
        seen.add(who)


def standing(orders: Iterable[Ordered]) -> Mapping[str, tuple[str, ...]]:
    """The order that stands at each place, from words in the order they were written down."""
    return {one.given.place: one.given.order for one in orders}


def sealed(one: Ordered) -> str:
    """What the log keeps of an order."""
    return digest_of(one)


def noted_text(one: Ordered) -> str:
    """What the log says of an order."""
    return f"{one.year} {one.given.resolution} {'、'.join(one.given.order)}"
