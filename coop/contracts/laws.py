"""The longest terms of contracts by law, as data (``laws.toml``)."""

import tomllib
from functools import cache
from importlib.resources import files

import msgspec

from schemas.contracts import ContractKind
from schemas.inventory import ItemKind
from schemas.units import Value


class Longest(Value):
    """How long a contract of a kind over these kinds of items may run, and who says so."""

    kind: ContractKind
    items: tuple[ItemKind, ...]
    household: bool
    years: int
    source: str


class _Laws(Value):
    longest: tuple[Longest, ...]


@cache
def longest() -> tuple[Longest, ...]:
    """Every bound there is."""
    given = tomllib.loads((files("coop.contracts") / "laws.toml").read_text("utf-8"))
    return msgspec.convert(given, _Laws).longest


def longest_of(kind: ContractKind, item: ItemKind, *, household: bool) -> Longest | None:
    """The bound of a contract of a kind over an item.

    >>> longest_of(ContractKind.LEASE, ItemKind.POND, household=False).years
    20
    >>> longest_of(ContractKind.CONTRACTING, ItemKind.FOREST, household=True).years
    70
    >>> longest_of(ContractKind.CONTRACTING, ItemKind.POND, household=False) is None
    True
    """
    return next(
        (one for one in longest() if one.kind is kind and item in one.items and one.household is household),
        None,
    )
