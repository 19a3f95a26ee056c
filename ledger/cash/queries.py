"""What was counted, beside what the book shows."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, select

from ledger.cash import rules
from ledger.cash.tables import CashCountRow
from ledger.columns import Unreadable, read_back, table_of
from ledger.journals import queries as journals
from ledger.journals.rules import days_of
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact
from schemas.books import Book
from schemas.cash import CashCount, CashDay, Pieces
from schemas.charts import Money
from schemas.journals import MoneyAccount
from schemas.units import BookId, Period

_count = table_of(CashCountRow)
_pieces = msgspec.json.Decoder(tuple[Pieces, ...])


ACTS = frozenset({rules.COUNTED})
"""The acts that write what this side book holds."""


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Every count of a book, as the log sealed it."""
    for row in db.execute(select(_count).where(_count.c.book_id == book)):
        try:
            content = digest_of(_as_count(row))
        except Unreadable:  # nothing was ever sealed so: the proof names the count
            content = ""
        yield Fact(act=rules.COUNTED, subject=f"cash_count:{row.count_id}", content=content)


def counts(
    db: Connection, *, book: BookId, account: str, first_day: date, last_day: date
) -> tuple[CashCount, ...]:
    """Every count between two days (both included), in the order they were made."""
    rows = db.execute(
        select(_count)
        .where(
            _count.c.book_id == book,
            _count.c.account == account,
            _count.c.date.between(first_day, last_day),
        )
        .order_by(_count.c.date, _count.c.count_id)
    )
    return tuple(_as_count(row) for row in rows)


def last_id(db: Connection, *, book: BookId) -> int:
    """The last count's number, 0 when nothing was counted."""
    return int(
        db.execute(
            select(func.coalesce(func.max(_count.c.count_id), 0)).where(_count.c.book_id == book)
        ).scalar_one()
    )


def cash_days(db: Connection, *, book: Book, period: Period) -> tuple[CashDay, ...]:
    """Each day of a month on which cash moved or was counted, by account and day, beside its last count."""
    found = []
    for of in journals.money_accounts(db, book=book, kind=Money.CASH):
        first, last = days_of(period)
        days = journals.journal_days(db, book=book.id, of=of, period=period)
        before = journals.balance_before(db, book=book.id, of=of, period=period)
        latest: Mapping[date, CashCount] = {
            count.date: count
            for count in counts(db, book=book.id, account=of.account, first_day=first, last_day=last)
        }
        moved = {day.date for day in days}
        found += [
            CashDay(
                account=of.account,
                date=day,
                book=rules.balance_at(day, before=before, days=days),
                moved=day in moved,
                count=latest.get(day),
            )
            for day in sorted(moved | latest.keys())
        ]
    return tuple(found)


def cash_day(db: Connection, *, book: BookId, account: str, on: date) -> CashDay:
    """One day of a cash account beside its last count."""
    of = MoneyAccount(account=account)
    made = counts(db, book=book, account=account, first_day=on, last_day=on)
    moved = journals.journal_days(db, book=book, of=of, period=on.year * 100 + on.month)
    return CashDay(
        account=account,
        date=on,
        book=journals.balance_on(db, book=book, of=of, on=on),
        moved=any(day.date == on for day in moved),
        count=made[-1] if made else None,
    )


def _as_count(row: Row[Any]) -> CashCount:
    return CashCount(
        id=row.count_id,
        account=row.account,
        date=row.date,
        counted=row.counted,
        pieces=read_back(row, _count.c.pieces, _pieces),
        witness=row.witness,
        note=row.note,
        book_then=row.book_then,
        counted_by=row.counted_by,
        at=row.at,
    )
