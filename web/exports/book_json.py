"""A whole book as JSON, for another program: what it is, whom it names, every voucher, and the chain that seals it.

Amounts are yuan with two decimals, as everywhere outside; identity data are masked. Written piece by piece, so that a
book of a million lines needs no memory for them. With ``chain`` anybody can recompute the hashes.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.members import queries as members
from coop.places import queries as places
from coop.shares import queries as shares
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.details import queries as details
from ledger.evidence import queries as evidence
from ledger.log import queries as log
from ledger.log.actions import instant
from ledger.people import queries as people
from ledger.periods import queries as periods
from ledger.vouchers import queries as vouchers
from schemas.books import Book
from schemas.labour import WorkDay
from schemas.trade import Trade
from schemas.units import PersonId
from schemas.vouchers import Voucher, VoucherFilter, VoucherPlace
from web import wire
from web.database import Connection

FORMAT = "lianjian-book/1"
_AT_ONCE = 500


def book_json(db: Connection, *, book: Book, at: datetime) -> Iterator[str]:
    """The book, piece by piece."""
    yield "{\n"
    for name, value in _heads(db, book=book, at=at):
        yield f"{_text(name)}: {_text(value)},\n"
    known: set[PersonId] = set()
    lists: tuple[tuple[str, Iterable[object]], ...] = (
        ("accounts", books.accounts(db, book=book).values()),
        ("details", details.details(db, book=book.id).values()),
        ("members", members.members(db, book=book.id).values()),
        ("counterparties", members.counterparties(db, book=book.id).values()),
        ("share_movements", shares.movements(db, book=book.id)),
        ("trades", daybook.entries(db, Trade, book=book.id)),
        ("work_days", daybook.entries(db, WorkDay, book=book.id)),
        ("animals", herd.animals(db, book=book.id)),
        ("periods", periods.seals(db, book=book.id).values()),
        ("number_gaps", vouchers.confirmed_gaps(db, book=book.id)),
        ("attachments", evidence.attachments(db, book=book.id)),
        ("vouchers", _every_voucher(db, book=book)),
        ("chain", log.every_entry(db, book=book.id)),
    )
    for name, items in lists:
        yield f"{_text(name)}: [\n"
        first = True
        for item in items:
            yield ("" if first else ",\n") + wire.written(item).decode()
            known |= _people_in(item)
            first = False
        yield "\n],\n"
    yield f'"people": {_text({str(id): name for id, name in people.names_of(db, known).items()})}\n}}\n'


def _heads(db: Connection, *, book: Book, at: datetime) -> Iterator[tuple[str, object]]:
    yield "format", FORMAT
    yield "exported_at", instant(at)
    yield "book", wire.travelling(book)
    home, unit = places.book_place(db, book=book.id), places.unit(db, book=book.id)
    yield "place", None if home is None else wire.travelling(home)
    yield "unit", None if unit is None else wire.travelling(unit)
    opened = balances.openings(db, book=book.id)
    yield "openings", {str(year): [wire.travelling(line) for line in opened[year]] for year in sorted(opened)}


def _every_voucher(db: Connection, *, book: Book) -> Iterator[Voucher]:
    after: VoucherPlace | None = None
    while page := vouchers.page(db, book=book.id, wanted=VoucherFilter(), after=after, limit=_AT_ONCE):
        yield from page
        after = page[-1].place


_PEOPLE = ("by", "prepared_by", "reviewed_by", "posted_by", "added_by", "confirmed_by")


def _people_in(item: object) -> set[PersonId]:
    named = (getattr(item, field, None) for field in _PEOPLE)
    return {person for person in named if isinstance(person, int)}


def _text(value: Any) -> str:
    return msgspec.json.encode(value).decode()
