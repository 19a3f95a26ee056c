"""What a book began with, and what is known of the places books are opened in."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection

from coop.opening import rules
from coop.places import queries as places
from coop.shares import queries as shares
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.details import queries as details
from ledger.vouchers import queries as vouchers
from schemas.access import Rights
from schemas.books import Book, Detail
from schemas.openings import NewBook, Opening, OpeningBalances
from schemas.places import Place, PlaceLevel
from schemas.units import BookId, Fen

_ALWAYS = (0, 299913)


def opening_balances(db: Connection, *, book: Book) -> OpeningBalances:
    """What the book's first year opened with, by account and detail, and whether it may still be entered."""
    found = balances.openings(db, book=book.id).get(book.first_year, ())
    items = tuple(
        Opening(
            account=line.account,
            detail=line.detail,
            debit=line.debit,
            credit=line.credit,
            quantity=line.quantity,
        )
        for line in found
    )
    first, last = _ALWAYS
    begun = bool(items) or vouchers.has_posted_in(db, book=book.id, from_period=first, to_period=last)
    debit, credit = rules.sums(items)
    return OpeningBalances(
        year=book.first_year, may_be_entered=not begun, items=items, debit=debit, credit=credit
    )


def unknown_details(db: Connection, lines: Sequence[Opening], *, book: Book) -> tuple[Detail, ...]:
    """The details these lines name that the book does not know, as they would be added."""
    return rules.details_to_add(
        lines,
        accounts=books.accounts(db, book=book),
        known=details.known(db, book=book.id, codes=(line.detail for line in lines)),
    )


def shares_at_opening(db: Connection, *, book: Book) -> Mapping[str, Fen]:
    """What the register shows of each member's registered capital on the day before the book's first."""
    held = shares.holdings(db, book=book.id, as_of=date(book.first_year - 1, 12, 31))
    return {member: one.refundable for member, one in held.items()}


def namesake(db: Connection, new: NewBook) -> BookId | None:
    """A book of the same kind and short name in the village: two such could not be told apart in lists."""
    for book in books.books_called(db, new.short_name.strip()):
        home = places.book_place(db, book=book.id)
        if book.kind is new.kind and home is not None and home.village == new.village_code:
            return book.id
    return None


def villages_open_to(db: Connection, who: Rights, *, on: date) -> tuple[Place, ...]:
    """The known villages that stand and in which ``who`` may open a book, by code."""
    found = {
        village.code: village
        for code in rules.reach(who)
        for village in places.places_below(db, code=code, level=PlaceLevel.VILLAGE)
    }
    ended = places.ended(db, codes=found, day=on)
    return tuple(found[code] for code in sorted(found.keys() - ended.keys()))
