"""What the operation log holds."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, or_, select

from ledger.columns import Prepared, Question, table_of
from ledger.log.tables import ChainHeadRow, LogRow
from schemas.log import ChainHead, LogEntry
from schemas.units import BookId, PersonId

_head = table_of(ChainHeadRow)
_log = table_of(LogRow)
_AT_ONCE = 5_000
_HEAD = select(_head.c.length, _head.c.hash, _head.c.vouchers).where(_head.c.book_id == bindparam("book"))
_LOCK_HEAD, _READ_HEAD = Prepared(_HEAD.with_for_update()), Prepared(_HEAD)


def asking_head_locked(*, book: BookId) -> list[Question]:
    """What ``head_locked`` will ask."""
    return [_LOCK_HEAD.asking(book=book)]


def head_locked(db: Connection, *, book: BookId) -> ChainHead | None:
    """The head of a book's chain, its row locked: whoever holds it is the only one acting on the book."""
    row = _LOCK_HEAD.first(db, book=book)
    return None if row is None else ChainHead(length=row.length, hash=row.hash, vouchers=row.vouchers)


def head(db: Connection, *, book: BookId) -> ChainHead | None:
    """The head of a book's chain, for reading."""
    row = _READ_HEAD.first(db, book=book)
    return None if row is None else ChainHead(length=row.length, hash=row.hash, vouchers=row.vouchers)


def entries(
    db: Connection,
    *,
    book: BookId,
    after: int = 0,
    limit: int | None = None,
    by: PersonId | None = None,
    act: str = "",
    since: str = "",
    until: str = "",
    text: str = "",
) -> tuple[LogEntry, ...]:
    """Entries in chain order after number ``after``, narrowed by person, act (a prefix), time and words."""
    wanted = _narrowed(book, by=by, act=act, since=since, until=until, text=text)
    rows = db.execute(select(_log).where(*wanted, _log.c.seq > after).order_by(_log.c.seq).limit(limit))
    return tuple(_entry(row) for row in rows)


def newest_entries(
    db: Connection,
    *,
    book: BookId,
    limit: int,
    before: int | None = None,
    by: PersonId | None = None,
    act: str = "",
    since: str = "",
    until: str = "",
    text: str = "",
) -> tuple[LogEntry, ...]:
    """Entries newest first, before number ``before``, narrowed as ``entries`` are."""
    wanted = _narrowed(book, by=by, act=act, since=since, until=until, text=text)
    if before is not None:
        wanted.append(_log.c.seq < before)
    rows = db.execute(select(_log).where(*wanted).order_by(_log.c.seq.desc()).limit(limit))
    return tuple(_entry(row) for row in rows)


def _narrowed(
    book: BookId, *, by: PersonId | None, act: str, since: str, until: str, text: str
) -> list[ColumnElement[bool]]:
    wanted = [_log.c.book_id == book]
    if by is not None:
        wanted.append(_log.c.by == by)
    if act:
        wanted.append(_log.c.act.startswith(act, autoescape=True))
    if since:
        wanted.append(_log.c.at >= since)
    if until:
        wanted.append(_log.c.at < until)
    if text:
        columns = (_log.c.subject, _log.c.before, _log.c.after)
        wanted.append(or_(*(column.contains(text, autoescape=True) for column in columns)))
    return wanted


def began(db: Connection, *, book: BookId) -> datetime | None:
    """When the first act of a chain was done; None where nothing was done yet."""
    first = db.execute(select(_log.c.at).where(_log.c.book_id == book, _log.c.seq == 1)).scalar()
    return None if first is None else datetime.fromisoformat(first)


def every_entry(db: Connection, *, book: BookId) -> Iterator[LogEntry]:
    """The whole chain of a book in order, as a stream."""
    rows = db.execute(
        select(_log).where(_log.c.book_id == book).order_by(_log.c.seq),
        execution_options={"yield_per": _AT_ONCE},
    )
    for row in rows:
        yield _entry(row)


def latest_entries(db: Connection, *, book: BookId, limit: int) -> tuple[LogEntry, ...]:
    """The last entries, newest first."""
    rows = db.execute(select(_log).where(_log.c.book_id == book).order_by(_log.c.seq.desc()).limit(limit))
    return tuple(_entry(row) for row in rows)


def actors(db: Connection, *, book: BookId) -> tuple[PersonId, ...]:
    """Everybody who ever did something there."""
    rows = db.execute(select(_log.c.by).where(_log.c.book_id == book).distinct().order_by(_log.c.by))
    return tuple(rows.scalars())


def acts(db: Connection, *, book: BookId) -> tuple[str, ...]:
    """Every kind of act that was ever done there."""
    rows = db.execute(select(_log.c.act).where(_log.c.book_id == book).distinct().order_by(_log.c.act))
    return tuple(rows.scalars())


def contents_of(db: Connection, *, book: BookId, act: str) -> Sequence[tuple[str, str]]:
    """Subject and sealed digest of every entry of one act, in order."""
    rows = db.execute(
        select(_log.c.subject, _log.c.content)
        .where(_log.c.book_id == book, _log.c.act == act)
        .order_by(_log.c.seq)
    )
    return [(row.subject, row.content) for row in rows]


def _entry(row: Row[Any]) -> LogEntry:
    return LogEntry(
        seq=row.seq,
        at=row.at,
        by=row.by,
        act=row.act,
        subject=row.subject,
        before=row.before,
        after=row.after,
        content=row.content,
        hash=row.hash,
    )
