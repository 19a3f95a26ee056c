"""What a collective has on a day, and what its counts found."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, Select, func, select

from coop.inventory import rules
from coop.inventory.tables import InventoryConfirmationRow, InventoryCountRow, InventoryFactRow
from coop.places import queries as places
from coop.places.tables import BookPlaceRow
from ledger.assets import queries as assets
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.books.tables import BookRow
from ledger.columns import of_books, read_back, table_of
from ledger.side_books.rules import Fact
from schemas.books import Book
from schemas.inventory import Change, Fund, Inventory, InventoryCount, Item, ItemFact, NewCount
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, Fen, Value

_fact = table_of(InventoryFactRow)
_home = table_of(BookPlaceRow)
_book = table_of(BookRow)
_count = table_of(InventoryCountRow)
_confirmation = table_of(InventoryConfirmationRow)

FUNDS = ("101", "102", "111", "112", "113", "141")
"""The accounts a collective's funds and claims stand on."""
ACTS = frozenset({*rules.WROTE.values(), rules.COUNTED, rules.CONFIRMED})
"""The acts that write what the inventory holds."""


class Collective(Value):
    """A collective's book, and the village it is at home in."""

    book: Book
    village: str


def collectives_within(db: Connection, *, place: str) -> tuple[Collective, ...]:
    """The collectives at home in a place, a code of any level, by village."""
    rows = db.execute(
        places.collectives(within=place)
        .with_only_columns(_home.c.village_code, *_book.c)
        .order_by(_home.c.village_code, _home.c.book_id)
    )
    return tuple(Collective(book=books.as_book(row), village=row.village_code) for row in rows)


def of_a_collective(book: Book) -> None:
    """Refuse as missing what only a collective's book keeps."""
    problems = rules.faults_of_book(book)
    if problems:
        raise Refusal(*problems, kind=RefusalKind.MISSING)


def item_facts(db: Connection, *, book: BookId, code: str | None = None) -> Mapping[str, Sequence[ItemFact]]:
    """Every fact by item in their order, or those of one item."""
    return item_facts_of(db, books=book, code=code).get(book, {})


def item_facts_of(
    db: Connection, *, books: BookId | Select[BookId], code: str | None = None
) -> Mapping[BookId, Mapping[str, Sequence[ItemFact]]]:
    """The same of a book, or of the books a question names, by book."""
    wanted = [of_books(_fact.c.book_id, books), *([] if code is None else [_fact.c.code == code])]
    found: defaultdict[BookId, defaultdict[str, list[ItemFact]]] = defaultdict(lambda: defaultdict(list))
    for row in db.execute(select(_fact).where(*wanted).order_by(_fact.c.code, _fact.c.turn)):
        found[row.book_id][row.code].append(
            ItemFact(
                code=row.code,
                turn=row.turn,
                change=Change(row.change),
                day=row.day,
                item=None if row.body is None else read_back(row, _fact.c.body, Item),
                document=row.document,
                by=row.set_by,
                at=row.at,
            )
        )
    return found


def cards(db: Connection, *, book: BookId, as_of: date) -> Mapping[str, Fen]:
    """The cost of every asset card on a day."""
    month = as_of.year * 100 + as_of.month
    return {
        card.code: [
            terms.cost for terms in card.terms if terms.from_month <= month or terms is card.terms[0]
        ][-1]
        for card in assets.cards(db, book=book)
    }


def inventory(db: Connection, *, book: Book, as_of: date) -> Inventory:
    """Resources, assets and funds on a day. Funds are the balances at the end of the day's month. Refused as missing where
    the book is no collective's."""
    of_a_collective(book)
    period = as_of.year * 100 + as_of.month
    chart = books.accounts(db, book=book)
    funds = []
    for code in FUNDS:
        same = [one for one in chart.values() if one.statutory.code == code and one.lowest]
        total = sum(
            balances.balance_of(db, book=book.id, account=one.code, detail=None, until=period) for one in same
        )
        funds.append(Fund(account=code, name=chart[code].name, balance=total))
    return Inventory(
        as_of=as_of,
        items=rules.standing(
            item_facts(db, book=book.id), as_of=as_of, costs=cards(db, book=book.id, as_of=as_of)
        ),
        funds=tuple(funds),
    )


def counts(db: Connection, *, book: BookId, year: int | None = None) -> tuple[InventoryCount, ...]:
    """The counts of a book, the latest first, or those of a year."""
    wanted = [_count.c.book_id == book] + ([] if year is None else [_count.c.year == year])
    confirmed = {
        (row.year, row.turn): row
        for row in db.execute(select(_confirmation).where(_confirmation.c.book_id == book))
    }
    found = []
    for row in db.execute(select(_count).where(*wanted).order_by(_count.c.year.desc(), _count.c.turn.desc())):
        by = confirmed.get((row.year, row.turn))
        found.append(
            InventoryCount(
                year=row.year,
                turn=row.turn,
                count=read_back(row, _count.c.body, NewCount),
                counted_by=row.counted_by,
                at=row.at,
                confirmed_by=None if by is None else by.confirmed_by,
                confirmed_at=None if by is None else by.at,
            )
        )
    return tuple(found)


def last_turn(db: Connection, *, book: BookId, year: int) -> int:
    """The number of the last count of a year, 0 when there is none."""
    last = select(func.coalesce(func.max(_count.c.turn), 0)).where(
        _count.c.book_id == book, _count.c.year == year
    )
    return int(db.execute(last).scalar_one())


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Everything that is written of a collective's inventory, as the log sealed it."""
    for of_item in item_facts(db, book=book).values():
        for fact in of_item:
            yield Fact(
                act=rules.WROTE[fact.change],
                subject=rules.subject_of_item(fact.code),
                content=rules.sealed_fact(fact),
            )
    for row in db.execute(select(_count).where(_count.c.book_id == book)):
        new = read_back(row, _count.c.body, NewCount)
        yield Fact(
            act=rules.COUNTED,
            subject=rules.subject_of_count(row.year, row.turn),
            content=rules.sealed_count(new, turn=row.turn, by=row.counted_by, at=row.at),
        )
    for row in db.execute(select(_confirmation).where(_confirmation.c.book_id == book)):
        yield Fact(
            act=rules.CONFIRMED,
            subject=rules.subject_of_count(row.year, row.turn),
            content=rules.sealed_confirmation(
                row.year, row.turn, counted_by=row.counted_by, confirmed_by=row.confirmed_by, at=row.at
            ),
        )
