"""三资台账: what a collective has on a day, how each item came to be so, and the yearly count 清查."""

from collections.abc import Sequence

from msgspec.structs import replace

from coop.inventory import actions, queries, rules
from schemas.access import Deed
from schemas.inventory import Change, Item, ItemFact, ItemKind, ItemUse, NewCount, NewCountLine, NewItemFact
from schemas.problems import Problem, Refusal, RefusalKind
from web.i18n.words import N_
from web.pages.contracts import seen_on
from web.pages.fields import Fields
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows
from web.people_names import names_of as names_of_people


@shows("/books/{book}/inventory", asks=("as_of", "kind", "use"))
def show_inventory(visit: Visit) -> Shown:
    """Resources, assets and funds on a day."""
    return _show_inventory(visit)


def _show_inventory(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    queries.of_a_collective(visit.at_book)
    as_of = seen_on(visit)
    found = queries.inventory(visit.db, book=visit.at_book, as_of=as_of)
    kind, use = visit.query.get("kind", ""), visit.query.get("use", "")
    counts = queries.counts(visit.db, book=visit.id)
    return visit.page(
        "inventory.html",
        problems=problems,
        status=status,
        as_of=as_of,
        items=[
            one
            for one in found.items
            if (not kind or one.item.kind == kind) and (not use or one.item.use == use)
        ],
        all_items=found.items,
        funds=found.funds,
        counts=counts,
        people=names_of_people(
            visit.db,
            {who for one in counts for who in (one.counted_by, one.confirmed_by) if who},
            locale=visit.locale,
        ),
        kinds=list(ItemKind),
        uses=list(ItemUse),
        wanted={"kind": kind, "use": use},
        may_keep=visit.may("keep_contracts"),
        may_confirm=visit.may("confirm_count"),
    )


@shows("/books/{book}/inventory/new", deed=Deed.KEEP_CONTRACTS)
def new_item(visit: Visit) -> Shown:
    """The form of an item that was found."""
    return _show_new(visit)


def _show_new(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    queries.of_a_collective(visit.at_book)
    return visit.page(
        "inventory_new.html",
        problems=problems,
        status=status,
        given=visit.field,
        kinds=list(ItemKind),
        uses=list(ItemUse),
        cards=sorted(queries.cards(visit.db, book=visit.id, as_of=visit.on)),
        today=visit.on,
        wrong={visit.place_of(problem) for problem in problems},
    )


def _item_from(fields: Fields) -> Item:
    return Item(
        name=fields.text("name", at="/item/name", most=80),
        kind=fields.word("kind", ItemKind),
        use=fields.word("use", ItemUse),
        area=fields.quantity("area"),
        place=fields.text("place", most=80, needed=False),
        boundaries=fields.text("boundaries", most=400, needed=False),
        certificate=fields.text("certificate", most=80, needed=False),
        card=fields.text("card", most=80, needed=False),
    )


def _in_form(again: str, problems: Sequence[Problem]) -> Sequence[Problem]:
    """Problems of an item beside the fields of its form."""
    return [replace(one, pointer=one.pointer.replace(again, "", 1)) for one in problems]


def _new_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_new(visit, _in_form("/item", problems), status)


@does("/books/{book}/inventory/new", deed=Deed.KEEP_CONTRACTS, again=_new_again)
async def enter_item(visit: Visit) -> Shown:
    """Write down that an item was found."""
    fields = Fields(visit)
    new = NewItemFact(
        code=fields.code("code"),
        change=Change.FOUND,
        day=fields.day("day"),
        document=fields.text("document"),
        item=_item_from(fields),
    )
    fields.done()
    await _write(visit, new)
    return see_other(_at(visit, new.code), notice=N_("The item is in the inventory."))


async def _write(visit: Visit, new: NewItemFact) -> ItemFact:
    return await visit.write(
        lambda db: actions.write_fact(db, new, book=visit.at_book, by=visit.by, on=visit.on, at=visit.at)
    )


@shows("/books/{book}/inventory/items/{item}")
def show_item(visit: Visit) -> Shown:
    """One item: what it is, and every fact it came to be so by."""
    return _show_item(visit)


def _show_item(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    code = visit.text_at("item")
    facts = queries.item_facts(visit.db, book=visit.id, code=code).get(code, ())
    if not facts:
        raise Refusal(rules.item_must_be_there.at("/item", code=code, day=visit.on), kind=RefusalKind.MISSING)
    last = next(one.item for one in reversed(facts) if one.item is not None)
    return visit.page(
        "inventory_item.html",
        problems=_in_form("/item", problems),
        status=status,
        code=code,
        facts=facts,
        item=last,
        gone=facts[-1].change is Change.GONE,
        cost=queries.cards(visit.db, book=visit.id, as_of=visit.on).get(last.card),
        cards=sorted(queries.cards(visit.db, book=visit.id, as_of=visit.on)),
        people=names_of_people(visit.db, {one.by for one in facts}, locale=visit.locale),
        given=visit.field,
        kinds=list(ItemKind),
        uses=list(ItemUse),
        today=visit.on,
        wrong={visit.place_of(problem) for problem in _in_form("/item", problems)},
        may_keep=visit.may("keep_contracts"),
    )


@does("/books/{book}/inventory/items/{item}/change", deed=Deed.KEEP_CONTRACTS, again=_show_item)
async def change_item(visit: Visit) -> Shown:
    """Write down what the item is from a day on."""
    fields = Fields(visit)
    new = NewItemFact(
        code=visit.text_at("item"),
        change=Change.CHANGED,
        day=fields.day("day"),
        document=fields.text("document"),
        item=_item_from(fields),
    )
    fields.done()
    await _write(visit, new)
    return see_other(_at(visit, new.code), notice=N_("The change is written down."))


@does("/books/{book}/inventory/items/{item}/go", deed=Deed.KEEP_CONTRACTS, again=_show_item)
async def item_goes(visit: Visit) -> Shown:
    """Write down that the item is gone."""
    fields = Fields(visit)
    new = NewItemFact(
        code=visit.text_at("item"),
        change=Change.GONE,
        day=fields.day("day"),
        document=fields.text("document"),
    )
    fields.done()
    await _write(visit, new)
    return see_other(_at(visit, new.code), notice=N_("Written down: the item is gone."))


# The count


@shows("/books/{book}/inventory/count", deed=Deed.KEEP_CONTRACTS)
def new_count(visit: Visit) -> Shown:
    """The form of a year's count: a line for every item."""
    return _show_count(visit)


def _show_count(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    queries.of_a_collective(visit.at_book)
    return visit.page(
        "inventory_count.html",
        problems=problems,
        status=status,
        items=queries.inventory(visit.db, book=visit.at_book, as_of=visit.on).items,
        given=visit.field,
        today=visit.on,
        wrong={visit.place_of(problem) for problem in problems},
    )


@does("/books/{book}/inventory/count", deed=Deed.KEEP_CONTRACTS, again=_show_count)
async def count_items(visit: Visit) -> Shown:
    """Write down what the count found."""
    fields = Fields(visit)
    new = NewCount(
        year=fields.number("year", least=1949, most=2999),
        day=fields.day("day"),
        counters=fields.text("counters"),
        resolution=fields.text("resolution", most=80, needed=False),
        lines=tuple(
            NewCountLine(
                code=code,
                there=visit.field(f"lines-{index}-there") == "1",
                difference=visit.field(f"lines-{index}-difference")[:400],
                resolved=visit.field(f"lines-{index}-resolved")[:400],
            )
            for index, code in enumerate(visit.fields("code"))
        ),
    )
    fields.done()
    await visit.write(
        lambda db: actions.count(db, new, book=visit.at_book, by=visit.by, on=visit.on, at=visit.at)
    )
    return see_other(
        f"{visit.home}/inventory#counts", notice=N_("The count is written down; another person confirms it.")
    )


@does("/books/{book}/inventory/count/confirm", deed=Deed.CONFIRM_COUNT, again=_show_inventory)
async def confirm_count(visit: Visit) -> Shown:
    """Confirm a count, as another person."""
    fields = Fields(visit)
    year, turn = fields.number("year", most=2999), fields.number("turn")
    fields.done()
    await visit.write(
        lambda db: actions.confirm(db, year=year, turn=turn, book=visit.at_book, by=visit.by, at=visit.at)
    )
    return see_other(f"{visit.home}/inventory#counts", notice=N_("The count is confirmed."))


def _at(visit: Visit, code: str) -> str:
    return address(f"{visit.home}/inventory/items/{code}")


handlers = [
    show_inventory,
    new_item,
    enter_item,
    show_item,
    change_item,
    item_goes,
    new_count,
    count_items,
    confirm_count,
]
