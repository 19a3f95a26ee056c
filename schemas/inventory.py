"""What a collective has 三资台账: resources, assets and funds, and the yearly count, as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.units import Fen, Instant, PersonId, QuantityAboveZero, Value

ItemCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\s/]+$")]
Short = Annotated[str, Meta(max_length=80)]
Long = Annotated[str, Meta(max_length=400)]


class ItemKind(StrEnum):
    """What an item is: a resource 资源 that is measured in mu, or an asset 资产."""

    FARMLAND = "farmland"
    FOREST = "forest"
    GRASSLAND = "grassland"
    POND = "pond"
    WASTELAND = "wasteland"
    BUILDING_LAND = "building_land"
    BUILDING = "building"
    EQUIPMENT = "equipment"
    OTHER_ASSET = "other_asset"

    @property
    def is_resource(self) -> bool:
        """Whether it is land or water, and has an area."""
        return self not in (ItemKind.BUILDING, ItemKind.EQUIPMENT, ItemKind.OTHER_ASSET)


class ItemUse(StrEnum):
    """How an item is used."""

    OWN = "own"
    CONTRACTED = "contracted"
    LEASED = "leased"
    IDLE = "idle"


class Item(Value):
    """What the register says of an item. ``area`` in mu 亩; ``card`` the asset card 资产卡片 that has its cost."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    kind: ItemKind
    use: ItemUse
    area: QuantityAboveZero | None = None
    place: Short = ""
    boundaries: Long = ""
    certificate: Short = ""
    card: Short = ""


class Change(StrEnum):
    """What happened to an item."""

    FOUND = "found"
    CHANGED = "changed"
    GONE = "gone"


class NewItemFact(Value):
    """That an item was found, is otherwise than before, or is gone (``item`` null), since a day, by which paper."""

    code: ItemCode
    change: Change
    day: date
    document: Annotated[str, Meta(min_length=1, max_length=200)]
    item: Item | None = None


class ItemFact(Value):
    """A fact as it was written down; ``turn`` counts those of an item."""

    code: ItemCode
    turn: int
    change: Change
    day: date
    item: Item | None
    document: str
    by: PersonId
    at: Instant


class HeldItem(Value):
    """An item as of a day: what it is, since when it was found and since when it is so, and the cost on its card."""

    code: ItemCode
    item: Item
    found: date
    since: date
    cost: Fen | None = None


class Fund(Value):
    """Money of the collective by account, as the books have it on a day 资金."""

    account: str
    name: str
    balance: Fen


class Inventory(Value):
    """Resources, assets and funds of a book as of a day 三资台账."""

    as_of: date
    items: tuple[HeldItem, ...]
    funds: tuple[Fund, ...]


class NewCountLine(Value):
    """What a count found of an item; ``difference`` empty where it is as the register says, else what differs, and what is
    resolved about it."""

    code: ItemCode
    there: bool
    difference: Long = ""
    resolved: Long = ""


class NewCount(Value):
    """A year's count 清查 as it is handed in: the day, who counted, every item of the register that day."""

    year: Annotated[int, Meta(ge=1949, le=2999)]
    day: date
    counters: Annotated[str, Meta(min_length=1, max_length=200)]
    lines: Annotated[tuple[NewCountLine, ...], Meta(max_length=5000)]
    resolution: Short = ""


class InventoryCount(Value):
    """A count as it was written down. It stands once another person confirmed it."""

    year: int
    turn: int
    count: NewCount
    counted_by: PersonId
    at: Instant
    confirmed_by: PersonId | None
    confirmed_at: Instant | None

    @property
    def differences(self) -> int:
        """How many items were not as the register says."""
        return sum(not line.there or bool(line.difference) for line in self.count.lines)
