"""The project money of a book, and of the books of a place."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy import BigInteger, Connection, Select, and_, cast, func, select

from coop.inventory.queries import collectives_within, of_a_collective
from coop.places import queries as places
from coop.project_money import rules
from coop.project_money.tables import ProjectMoneyRow
from ledger.balances.tables import BalanceRow
from ledger.books.tables import BookRow
from ledger.columns import of_books, read_back, table_of
from ledger.side_books.rules import Fact
from ledger.vouchers.tables import IN_BOOK_ORDER, PostingRow, VoucherRow
from schemas.books import Book
from schemas.journals import voucher_text
from schemas.project_money import MoneyLine, MoneyNaming, ProjectMoney, ProjectMoneyBoard, VillageMoney
from schemas.units import BookId, Fen, PersonId, Value, VoucherId
from schemas.vouchers import Origin, State

_named = table_of(ProjectMoneyRow)
_posting = table_of(PostingRow)
_voucher = table_of(VoucherRow)
_balance = table_of(BalanceRow)
_book = table_of(BookRow)

ACTS = frozenset({rules.NAMED, rules.UNNAMED})
"""The acts that write what project money is named."""


class _Naming(Value):
    naming: MoneyNaming
    by: PersonId
    at: str


def last_naming(db: Connection, *, book: BookId, voucher: VoucherId, line: int) -> int:
    """How often it was said what a line is."""
    last = select(func.coalesce(func.max(_named.c.turn), 0)).where(
        _named.c.book_id == book, _named.c.voucher_id == voucher, _named.c.line == line
    )
    return int(db.execute(last).scalar_one())


def _namings(
    db: Connection, *, books: BookId | Select[BookId]
) -> Mapping[tuple[BookId, VoucherId, int], _Naming | None]:
    rows = db.execute(select(_named).where(of_books(_named.c.book_id, books)).order_by(_named.c.turn))
    return {
        (row.book_id, row.voucher_id, row.line): None
        if row.body is None
        else _Naming(naming=read_back(row, _named.c.body, MoneyNaming), by=row.named_by, at=row.at)
        for row in rows
    }


def lines(db: Connection, *, book: BookId, as_of: date) -> tuple[MoneyLine, ...]:
    """Every line on 241 up to a day in the order of the book, with what it is named; a voucher and the red one that cancels it
    by then are both left out."""
    return _lines_of(db, books=book, as_of=as_of).get(book, ())


def _lines_of(
    db: Connection, *, books: BookId | Select[BookId], as_of: date
) -> Mapping[BookId, tuple[MoneyLine, ...]]:
    rows = db.execute(
        select(
            *(_voucher.c[name] for name in ("book_id", "voucher_id", "word", "number", "date", "cancels")),
            *(_posting.c[name] for name in ("line", "summary", "detail", "debit", "credit")),
        )
        .join_from(
            _voucher,
            _posting,
            and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(
            of_books(_voucher.c.book_id, books),
            _voucher.c.state == State.POSTED.value,
            _voucher.c.origin != Origin.CLOSING.value,
            _voucher.c.date <= as_of,
            _posting.c.account.startswith(rules.SPECIAL),
        )
        .order_by(_voucher.c.date, *IN_BOOK_ORDER, _posting.c.line)
    ).all()
    cancelled = {(row.book_id, row.cancels) for row in rows if row.cancels is not None}
    named = _namings(db, books=books)
    found: defaultdict[BookId, list[MoneyLine]] = defaultdict(list)
    for row in rows:
        if (row.book_id, row.voucher_id) in cancelled or row.cancels is not None:
            continue
        said = named.get((row.book_id, row.voucher_id, row.line))
        found[row.book_id].append(
            MoneyLine(
                voucher=row.voucher_id,
                label=voucher_text(id=row.voucher_id, word=row.word, number=row.number),
                line=row.line,
                day=row.date,
                summary=row.summary,
                detail=row.detail,
                received=row.credit,
                used=row.debit,
                naming=None if said is None else said.naming,
                by=None if said is None else said.by,
                at=None if said is None else said.at,
            )
        )
    return {book: tuple(lines) for book, lines in found.items()}


def project_money(db: Connection, *, book: Book, as_of: date) -> ProjectMoney:
    """The project money of a book up to a day. Refused as missing where the book is no collective's."""
    of_a_collective(book)
    found = lines(db, book=book.id, as_of=as_of)
    opening = _openings(db, books=book.id).get(book.id, 0)
    return ProjectMoney(
        book=book.id,
        name=book.short_name,
        as_of=as_of,
        lines=found,
        by_source=rules.by_source(found),
        by_project=rules.by_project(found),
        opening=opening,
        balance=rules.left(opening, found),
    )


def _openings(db: Connection, *, books: BookId | Select[BookId]) -> Mapping[BookId, Fen]:
    """What stood on 241 when each book began, a credit above zero."""
    rows = db.execute(
        select(
            _balance.c.book_id,
            cast(func.sum(_balance.c.credit - _balance.c.debit), BigInteger).label("opening"),
        )
        .join(_book, _book.c.book_id == _balance.c.book_id)
        .where(
            of_books(_balance.c.book_id, books),
            _balance.c.account.startswith(rules.SPECIAL),
            _balance.c.period <= _book.c.first_year * 100,
        )
        .group_by(_balance.c.book_id)
    )
    return {row.book_id: row.opening for row in rows}


def board(db: Connection, *, place: str, as_of: date) -> ProjectMoneyBoard:
    """The project money of the collectives at home in a place, a code of any level."""
    books = places.books_of_collectives(within=place)
    lines_of = _lines_of(db, books=books, as_of=as_of)
    openings = _openings(db, books=books)
    villages = []
    for one in collectives_within(db, place=place):
        book = one.book.id
        of_book = lines_of.get(book, ())
        villages.append(
            VillageMoney(
                book=book,
                village=one.village,
                name=one.book.short_name,
                by_source=rules.by_source(of_book),
                balance=rules.left(openings.get(book, 0), of_book),
            )
        )
    return ProjectMoneyBoard(
        place=place,
        as_of=as_of,
        villages=tuple(villages),
        by_source=rules.together(one for village in villages for one in village.by_source),
    )


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Everything that was said of project money, as the log sealed it."""
    for row in db.execute(select(_named).where(_named.c.book_id == book)):
        naming = None if row.body is None else read_back(row, _named.c.body, MoneyNaming)
        content = rules.sealed_naming(
            row.voucher_id, row.line, naming=naming, reason=row.reason, by=row.named_by, at=row.at
        )
        act = rules.UNNAMED if naming is None else rules.NAMED
        yield Fact(act=act, subject=f"voucher:{row.voucher_id}", content=content)
