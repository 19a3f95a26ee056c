"""Which details a book knows."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from ledger.columns import PreparedAmong, Question, table_of
from ledger.details.tables import DetailRow
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.units import BookId

_detail = table_of(DetailRow)
_of_book = select(_detail).where(_detail.c.code != "").order_by(_detail.c.code)
_KNOWN = PreparedAmong(
    lambda codes: _of_book.where(_detail.c.book_id == bindparam("book"), _detail.c.code.in_(codes))
)


def asking_known(*, book: BookId, codes: Iterable[str]) -> list[Question]:
    """What ``known`` will ask."""
    return _KNOWN.asking(sorted(set(codes) - {""}), book=book)


def known(db: Connection, *, book: BookId, codes: Iterable[str]) -> Mapping[str, Detail]:
    """The details of these codes that the book knows."""
    wanted = sorted(set(codes) - {""})
    if not wanted:
        return {}
    rows = _KNOWN.rows(db, wanted, book=book)
    return {row.code: _as_detail(row) for row in rows}


def details(db: Connection, *, book: BookId) -> Mapping[str, Detail]:
    """Every detail of a book by code."""
    return {row.code: _as_detail(row) for row in db.execute(_of_book.where(_detail.c.book_id == book))}


def _as_detail(row: Row[Any]) -> Detail:
    return Detail(code=row.code, name=row.name, kind=KeptBy(row.kind), unit=row.unit, open=bool(row.open))
