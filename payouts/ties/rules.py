"""What an order of equals must be, and what the log seals of it."""

from collections.abc import Iterable, Mapping, Sequence

from ledger.seal.rules import digest_of
from payouts.candidates.rules import resolved
from schemas.awards import Ordered
from schemas.problems import Fault

NOTED = "tier.order"
"""What the log calls it."""

order_must_be_there = Fault(
    code="order_must_be_there",
    says="No order of equals was written down with the file {sha256}.",
    remedy="Look at the list of the orders.",
)
place_must_be_of_the_township = Fault(
    code="place_must_be_of_the_township",
    says="{place} is neither {township} nor one of its villages with a score for {year}.",
    remedy="Name the township, or one of its villages by its twelve digits.",
)


def in_order(
    ties: Mapping[str, Sequence[Sequence[str]]], orders: Iterable[Ordered]
) -> Mapping[str, tuple[str, ...]]:
    """At each place the order of those whom a boundary divides, as far as resolutions put just them in one; of several
    orders of the same ones the last."""
    said = [(one.given.place, one.given.order) for one in orders]
    found = {
        place: resolved(of, [order for there, order in said if there == place]) for place, of in ties.items()
    }
    return {place: order for place, order in found.items() if order}


def sealed(one: Ordered) -> str:
    """What the log keeps of an order."""
    return digest_of(one)


def noted_text(one: Ordered) -> str:
    """What the log says of an order."""
    return f"{one.year} {one.given.resolution} {'、'.join(one.given.order)}"
