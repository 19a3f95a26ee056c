"""What a collective has 三资台账 over HTTP, and its yearly count 清查."""

from datetime import date

from coop.inventory import actions, queries
from schemas.access import Deed
from schemas.inventory import Inventory, InventoryCount, ItemFact, NewCount, NewItemFact
from schemas.units import Counted, Value
from web.api.route import Call, Nothing, Routes, Year
from web.database import Connection

routes = Routes("Inventory 三资清查")


class InventoryQuery(Value):
    """The day it is seen on, without it today."""

    as_of: date | None = None


class ItemHistory(Value):
    """Every fact of an item in their order."""

    items: tuple[ItemFact, ...]


class Counts(Value):
    """The counts of a book, the latest first."""

    items: tuple[InventoryCount, ...]


class CountToConfirm(Value):
    """Which count of a year is confirmed."""

    year: Year
    turn: Counted


@routes.reads("/books/{book}/inventory", deed=Deed.SEE_BOOK, query=InventoryQuery, answers=Inventory)
def show_inventory(db: Connection, call: Call[InventoryQuery, Nothing]) -> Inventory:
    """Resources, assets and funds of a collective as of a day 三资台账. The cost of an item is its card's, funds are
    balances."""
    return queries.inventory(db, book=call.at_book, as_of=call.query.as_of or call.on)


@routes.reads("/books/{book}/inventory/facts", deed=Deed.SEE_BOOK, answers=ItemHistory)
def list_inventory_facts(db: Connection, call: Call[Nothing, Nothing]) -> ItemHistory:
    """Everything that was ever written down of the items, by item."""
    found = queries.item_facts(db, book=call.book)
    return ItemHistory(items=tuple(fact for code in sorted(found) for fact in found[code]))


@routes.acts(
    "/books/{book}/inventory/facts",
    deed=Deed.KEEP_CONTRACTS,
    content=NewItemFact,
    answers=ItemFact,
    status=201,
)
def write_inventory_fact(db: Connection, call: Call[Nothing, NewItemFact]) -> ItemFact:
    """Write down that an item was found, is otherwise than before, or is gone 台账登记."""
    return actions.write_fact(db, call.body, book=call.at_book, by=call.by, on=call.on, at=call.at)


@routes.reads("/books/{book}/inventory/counts", deed=Deed.SEE_BOOK, answers=Counts)
def list_inventory_counts(db: Connection, call: Call[Nothing, Nothing]) -> Counts:
    """The yearly counts 清查, who counted and who confirmed."""
    return Counts(items=queries.counts(db, book=call.book))


@routes.acts(
    "/books/{book}/inventory/counts",
    deed=Deed.KEEP_CONTRACTS,
    content=NewCount,
    answers=InventoryCount,
    status=201,
)
def write_inventory_count(db: Connection, call: Call[Nothing, NewCount]) -> InventoryCount:
    """Write down what a year's count found, item by item; it stands once another person confirmed it."""
    return actions.count(db, call.body, book=call.at_book, by=call.by, on=call.on, at=call.at)


@routes.acts(
    "/books/{book}/inventory/counts/confirm",
    deed=Deed.CONFIRM_COUNT,
    content=CountToConfirm,
    answers=InventoryCount,
)
def confirm_inventory_count(db: Connection, call: Call[Nothing, CountToConfirm]) -> InventoryCount:
    """Confirm a count 清查确认, as another person than who wrote it down."""
    return actions.confirm(
        db, year=call.body.year, turn=call.body.turn, book=call.at_book, by=call.by, at=call.at
    )
