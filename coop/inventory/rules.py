"""What the register of a collective's resources, assets and funds insists on (农业农村部 农村集体经济组织 资产清查).

An item is found, changed and gone by facts of a day, and stands on any day as the last fact by then says. The pond 鱼塘 1 found
on 1 March 2024 with 12.00 mu and measured again on 1 June 2025 at 11.50 has 12.00 mu on 31 May 2025 and 11.50 a day later. A
count has a line for every item of its day, and a second person confirms it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

from ledger.seal.rules import digest_of
from schemas.books import Book, BookKind
from schemas.inventory import Change, HeldItem, InventoryCount, Item, ItemFact, NewCount, NewItemFact
from schemas.problems import Fault, Problem
from schemas.units import Fen, PersonId

WROTE = {Change.FOUND: "inventory.find", Change.CHANGED: "inventory.change", Change.GONE: "inventory.go"}
COUNTED, CONFIRMED = "inventory.count", "inventory.confirm"

book_must_be_a_collectives = Fault(
    code="book_must_be_a_collectives",
    says="{book} is not the book of a village collective.",
    remedy="Resources, contracts and project money are kept in the collective's own book.",
)
item_must_be_new = Fault(
    code="item_must_be_new",
    says="There is an item {code} already: {name}.",
    remedy="Choose another code, or write down what changed.",
)
item_must_be_there = Fault(
    code="item_must_be_there",
    says="There is no item {code} in the inventory on {day}.",
    remedy="Look it up in the inventory; an item is found before it changes or goes.",
)
fact_must_follow_the_last = Fault(
    code="fact_must_follow_the_last",
    says="The last fact of {code} is of {last}; {day} is before it.",
    remedy="Facts of an item come in the order of their days.",
)
fact_must_not_lie_ahead = Fault(
    code="fact_must_not_lie_ahead",
    says="{day} is still to come.",
    remedy="Write it down when it has happened.",
)
item_must_be_described = Fault(
    code="item_must_be_described",
    says="It is not said what the item is.",
    remedy="An item found or changed is described; one that is gone is not.",
)
resource_must_have_an_area = Fault(
    code="resource_must_have_an_area",
    says="{name} is land or water and has no area.",
    remedy="Give its area in mu.",
)
card_must_be_in_the_book = Fault(
    code="card_must_be_in_the_book",
    says="The book has no asset card {card}.",
    remedy="Add the card first, or leave it out.",
)
every_item_must_be_counted = Fault(
    code="every_item_must_be_counted",
    says="The count says nothing of {code} {name}.",
    remedy="A count has one line for every item of the inventory on its day.",
)
item_must_be_counted_once = Fault(
    code="item_must_be_counted_once",
    says="{code} stands in the count more than once.",
    remedy="Keep one line for it.",
)
difference_must_be_resolved = Fault(
    code="difference_must_be_resolved",
    says="{code} differs from the register, and it is not said what is done about it.",
    remedy="Name the difference, and what was resolved.",
)
count_must_be_of_its_year = Fault(
    code="count_must_be_of_its_year",
    says="A count of {year} on {day}.",
    remedy="A year is counted within it, or in the first three months after.",
)
count_must_be_there = Fault(
    code="count_must_be_there",
    says="There is no count {turn} of {year}.",
    remedy="Look it up in the list of counts.",
)
count_must_not_be_confirmed = Fault(
    code="count_must_not_be_confirmed",
    says="Count {turn} of {year} is confirmed already.",
    remedy="What was found wrong since is written down as a fact of the item.",
)
confirmer_must_not_have_counted = Fault(
    code="confirmer_must_not_have_counted",
    says="Whoever wrote the count down does not confirm it.",
    remedy="Another person confirms it.",
)


def faults_of_book(book: Book) -> tuple[Problem, ...]:
    """Why a book keeps no inventory."""
    if book.kind is BookKind.COLLECTIVE:
        return ()
    return (book_must_be_a_collectives.at("/book", book=book.short_name),)


def state_of(facts: Sequence[ItemFact], *, as_of: date) -> tuple[Item, date, date] | None:
    """What an item is on a day, since when it was found and since when it is so; None before it was found and from the day it
    went. ``facts`` are those of one item in their order."""
    known = [fact for fact in facts if fact.day <= as_of]
    if not known or known[-1].item is None:
        return None
    return known[-1].item, known[0].day, known[-1].day


def standing(
    facts: Mapping[str, Sequence[ItemFact]], *, as_of: date, costs: Mapping[str, Fen] | None = None
) -> tuple[HeldItem, ...]:
    """Every item there on a day by code; ``costs`` by asset card."""
    found = []
    for code in sorted(facts):
        state = state_of(facts[code], as_of=as_of)
        if state is not None:
            item, first, since = state
            cost = (costs or {}).get(item.card) if item.card else None
            found.append(HeldItem(code=code, item=item, found=first, since=since, cost=cost))
    return tuple(found)


def faults_of_fact(
    new: NewItemFact, *, before: Sequence[ItemFact], cards: Collection[str], on: date
) -> tuple[Problem, ...]:
    """What keeps a fact out. ``before`` are the facts of the same code, ``cards`` the asset cards of the book."""
    problems = []
    last = before[-1] if before else None
    if new.day > on:
        problems.append(fact_must_not_lie_ahead.at("/day", day=new.day))
    if last is None and new.change is not Change.FOUND:
        problems.append(item_must_be_there.at("/code", code=new.code, day=new.day))
    if last is not None and new.change is Change.FOUND:
        name = next(fact.item.name for fact in reversed(before) if fact.item is not None)
        problems.append(item_must_be_new.at("/code", code=new.code, name=name))
    elif last is not None and last.change is Change.GONE:
        problems.append(item_must_be_there.at("/code", code=new.code, day=new.day))
    if last is not None and new.day < last.day:
        problems.append(fact_must_follow_the_last.at("/day", code=new.code, last=last.day, day=new.day))
    if (new.item is None) != (new.change is Change.GONE):
        problems.append(item_must_be_described.at("/item"))
    if new.item is not None:
        if new.item.kind.is_resource and new.item.area is None:
            problems.append(resource_must_have_an_area.at("/item/area", name=new.item.name))
        if new.item.card and new.item.card not in cards:
            problems.append(card_must_be_in_the_book.at("/item/card", card=new.item.card))
    return tuple(problems)


def faults_of_count(new: NewCount, *, items: Iterable[HeldItem], on: date) -> tuple[Problem, ...]:
    """What keeps a count out. ``items`` are those of the inventory on its day."""
    problems = []
    if new.day > on:
        problems.append(fact_must_not_lie_ahead.at("/day", day=new.day))
    if not date(new.year, 1, 1) <= new.day <= date(new.year + 1, 3, 31):
        problems.append(count_must_be_of_its_year.at("/year", year=new.year, day=new.day))
    known = {one.code: one.item.name for one in items}
    counted: set[str] = set()
    for index, line in enumerate(new.lines):
        if line.code not in known:
            problems.append(item_must_be_there.at(f"/lines/{index}/code", code=line.code, day=new.day))
        elif line.code in counted:
            problems.append(item_must_be_counted_once.at(f"/lines/{index}/code", code=line.code))
        differs = not line.there or bool(line.difference.strip())
        if differs and not (line.difference.strip() and line.resolved.strip()):
            problems.append(difference_must_be_resolved.at(f"/lines/{index}/resolved", code=line.code))
        counted.add(line.code)
    problems += [
        every_item_must_be_counted.at("/lines", code=code, name=name)
        for code, name in known.items()
        if code not in counted
    ]
    return tuple(problems)


def faults_of_confirming(
    found: InventoryCount | None, *, year: int, turn: int, by: PersonId
) -> tuple[Problem, ...]:
    """Why a count may not be confirmed by somebody."""
    if found is None:
        return (count_must_be_there.at("/turn", year=year, turn=turn),)
    if found.confirmed_by is not None:
        return (count_must_not_be_confirmed.at("/turn", year=year, turn=turn),)
    if found.counted_by == by:
        return (confirmer_must_not_have_counted.at("/by"),)
    return ()


def sealed_fact(fact: ItemFact) -> str:
    """The digest of everything a fact says."""
    return digest_of(fact)


def sealed_count(new: NewCount, *, turn: int, by: PersonId, at: str) -> str:
    """The digest of a count as it was handed in."""
    return digest_of((new, turn, by, at))


def sealed_confirmation(
    year: int, turn: int, *, counted_by: PersonId, confirmed_by: PersonId, at: str
) -> str:
    """The digest of a confirmation."""
    return digest_of((year, turn, counted_by, confirmed_by, at))


def subject_of_item(code: str) -> str:
    """What the log calls an item."""
    return f"item:{code}"


def subject_of_count(year: int, turn: int) -> str:
    """What the log calls a count.

    >>> subject_of_count(2025, 1)
    'count:2025/1'
    """
    return f"count:{year}/{turn}"
