"""Which books there are and which accounts they keep."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, or_, select

from ledger.books.tables import AccountRow, BookRow
from ledger.charts import standard
from ledger.columns import Prepared, PreparedAmong, Question, table_of
from schemas.books import Book, BookAccount, BookKind
from schemas.units import BookId

_book = table_of(BookRow)
_account = table_of(AccountRow)
_BOOK = Prepared(select(_book).where(_book.c.book_id == bindparam("book")))
_OF_BOOK = select(_account).where(_account.c.book_id == bindparam("book")).order_by(_account.c.code)
_ACCOUNTS = Prepared(_OF_BOOK)
_AMONG = PreparedAmong(
    lambda codes: _OF_BOOK.where(or_(_account.c.code.in_(codes), _account.c.parent.in_(codes)))
)


def asking_book(*, id: BookId) -> list[Question]:
    """What ``book`` will ask."""
    return [_BOOK.asking(book=id)]


def book(db: Connection, *, id: BookId) -> Book | None:
    """The book of this id."""
    row = _BOOK.first(db, book=id)
    return None if row is None else as_book(row)


def books(db: Connection) -> tuple[Book, ...]:
    """Every book, by id."""
    return tuple(as_book(row) for row in db.execute(select(_book).order_by(_book.c.book_id)))


def books_called(db: Connection, short_name: str) -> tuple[Book, ...]:
    """The books of this short name 单位简称; villages of two townships may share one."""
    rows = db.execute(select(_book).where(_book.c.short_name == short_name).order_by(_book.c.book_id))
    return tuple(as_book(row) for row in rows)


def accounts(db: Connection, *, book: Book) -> Mapping[str, BookAccount]:
    """The accounts of a book by code, in code order; ``lowest`` is false for those with sub-accounts."""
    return _as_accounts(_ACCOUNTS.rows(db, book=book.id), book=book)


def asking_accounts_among(*, book: BookId, codes: Iterable[str]) -> list[Question]:
    """What ``accounts_among`` will ask."""
    return _AMONG.asking(sorted(set(codes)), book=book)


def accounts_among(db: Connection, *, book: Book, codes: Iterable[str]) -> Mapping[str, BookAccount]:
    """Those of these accounts the book has, by code; what the drafts of a batch name is a few of many."""
    wanted = sorted(set(codes))
    found = _as_accounts(_AMONG.rows(db, wanted, book=book.id), book=book)
    return {code: found[code] for code in wanted if code in found}


def _as_accounts(rows: Sequence[Any], *, book: Book) -> Mapping[str, BookAccount]:
    chart = standard(book.standard).accounts
    parents = {row.parent for row in rows}
    return {
        row.code: BookAccount(
            code=row.code,
            name=row.name,
            name_en=row.name_en,
            statutory=chart[row.statutory],
            parent=row.parent,
            open=bool(row.open),
            lowest=row.code not in parents,
        )
        for row in rows
    }


def as_book(row: Row[Any]) -> Book:
    """The book of a row that has every column of its table."""
    return Book(
        id=row.book_id,
        name=row.name,
        short_name=row.short_name,
        kind=BookKind(row.kind),
        standard=row.standard,
        first_year=row.first_year,
    )
