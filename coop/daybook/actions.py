"""Writing in the members' daybook."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.daybook import queries, rules
from coop.daybook.tables import COLUMNS, TABLES
from ledger.keys import actions as keys
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.money import text_from_hundredths, yuan
from ledger.seal import rules as seal
from schemas.books import Book
from schemas.labour import WorkDay, WrittenWorkDay
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.trade import Trade, WrittenTrade
from schemas.units import BookId, PersonId


def record_trade(
    db: Connection, new: Sequence[Trade], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Trade, ...]:
    """Write trades down in the order given."""
    total = yuan(sum(one.amount for one in new))
    return _record(db, new, book=book, by=by, at=at, act="trade.record", subject="trades", total=total)


def record_labour(
    db: Connection, new: Sequence[WorkDay], *, book: BookId, by: PersonId, at: datetime
) -> tuple[WorkDay, ...]:
    """Write work days down in the order given."""
    total = text_from_hundredths(sum(one.days for one in new))
    return _record(db, new, book=book, by=by, at=at, act="labour.record", subject="work-days", total=total)


def keep_work_days(
    db: Connection,
    new: Sequence[WorkDay],
    *,
    book: Book,
    by: PersonId,
    on: date,
    at: datetime,
    key: str | None = None,
) -> tuple[WrittenWorkDay, ...]:
    """Write the scorekeeper's 计分员 sheet down, all or none; the same sheet sent again with its key is written once.
    Refused: no such member, no member that day, a day to come, a sealed year, figures not above zero, more than 31 days
    in an entry."""
    log.lock(db, book=book.id)
    before = _written_with(db, key, new, book=book, by=by)
    if before is None:
        before = _judged(db, new, book=book, on=on)
        record_labour(db, new, book=book.id, by=by, at=at)
        _remember(db, key, new, first=before, book=book, by=by, at=at)
    last = before + len(new) - 1
    return queries.written(db, WrittenWorkDay, book=book.id, from_entry=before, until_entry=last)


def keep_trades(
    db: Connection,
    new: Sequence[Trade],
    *,
    book: Book,
    by: PersonId,
    on: date,
    at: datetime,
    key: str | None = None,
) -> tuple[WrittenTrade, ...]:
    """Write what members traded down, all or none, once a key. Refused as work days are."""
    log.lock(db, book=book.id)
    before = _written_with(db, key, new, book=book, by=by)
    if before is None:
        before = _judged(db, new, book=book, on=on)
        record_trade(db, new, book=book.id, by=by, at=at)
        _remember(db, key, new, first=before, book=book, by=by, at=at)
    last = before + len(new) - 1
    return queries.written(db, WrittenTrade, book=book.id, from_entry=before, until_entry=last)


def take_back_work_day(
    db: Connection, entry: int, *, reason: str, book: Book, by: PersonId, on: date, at: datetime
) -> WrittenWorkDay:
    """Take a wrong work day back by a counter-entry of its own day. Refused: no such entry, taken back already, itself a
    counter-entry, a sealed year, no reason."""
    wrong = _wrong(db, WrittenWorkDay, entry, reason=reason, book=book, on=on)
    _record(
        db,
        [rules.counter_work_day(wrong)],
        book=book.id,
        by=by,
        at=at,
        act="labour.take_back",
        subject="work-days",
        before=str(entry),
        total=f"{text_from_hundredths(-wrong.days)}, {reason.strip()}",
    )
    return _last(db, WrittenWorkDay, book=book)


def take_back_trade(
    db: Connection, entry: int, *, reason: str, book: Book, by: PersonId, on: date, at: datetime
) -> WrittenTrade:
    """Take a wrong trade back by a counter-entry of its own day. Refused as for work days."""
    wrong = _wrong(db, WrittenTrade, entry, reason=reason, book=book, on=on)
    _record(
        db,
        [rules.counter_trade(wrong)],
        book=book.id,
        by=by,
        at=at,
        act="trade.take_back",
        subject="trades",
        before=str(entry),
        total=f"{yuan(-wrong.amount)}, {reason.strip()}",
    )
    return _last(db, WrittenTrade, book=book)


def _written_with(
    db: Connection, key: str | None, new: Sequence[queries.Entry], *, book: Book, by: PersonId
) -> int | None:
    """The number of the first entry this sheet was written under, when its key was used for it before."""
    before = None if key is None else used_keys.used(db, book=book.id, keys=[key]).get(key)
    if before is None:
        return None
    if before.fingerprint != seal.digest_of((by, new)):
        raise Refusal(keys.key_must_mean_the_same.at(key=key))
    return int(before.answer)


def _remember(
    db: Connection,
    key: str | None,
    new: Sequence[queries.Entry],
    *,
    first: int,
    book: Book,
    by: PersonId,
    at: datetime,
) -> None:
    """Keep what a key was used for."""
    if key is not None:
        used = keys.NewKey(key=key, fingerprint=seal.digest_of((by, new)), answer=str(first))
        keys.remember(db, [used], book=book.id, at=at)


def _judged(db: Connection, new: Sequence[queries.Entry], *, book: Book, on: date) -> int:
    """Refuse what may not be written down; the number of the first entry otherwise."""
    problems = rules.faults_of_entries(new, queries.facts(db, book=book, on=on))
    if problems:
        raise Refusal(*problems)
    return queries.last_entry(db, type(new[0]), book=book.id) + 1


def _wrong(
    db: Connection, kind: type[queries.Written], entry: int, *, reason: str, book: Book, on: date
) -> queries.Written:
    """The entry to be taken back, when it may be."""
    log.lock(db, book=book.id)
    found = queries.written(db, kind, book=book.id, from_entry=entry, until_entry=entry)
    wrong = found[0] if found else None
    problems = rules.faults_of_taking_back(
        wrong, queries.facts(db, book=book, on=on), entry=entry, reason=reason
    )
    if wrong is None:
        raise Refusal(*problems, kind=RefusalKind.MISSING)
    if problems:
        raise Refusal(*problems)
    return wrong


def _last(db: Connection, kind: type[queries.Written], *, book: Book) -> queries.Written:
    """The entry written down last."""
    return queries.written(db, kind, book=book.id, from_entry=queries.last_entry(db, kind, book=book.id))[-1]


def _record(
    db: Connection,
    new: Sequence[queries.Entry],
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    act: str,
    subject: str,
    total: str,
    before: str = "",
) -> tuple[queries.Entry, ...]:
    """Number the entries behind the last one, and seal them by one act that says how many they are and what they come
    to."""
    head = log.lock(db, book=book)
    if not new:
        return ()
    kind, when = type(new[0]), log.instant(at)
    first = queries.last_entry(db, kind, book=book) + 1
    db.execute(
        insert(TABLES[kind]),
        [
            {"book_id": book, "seq": seq, "recorded_at": when}
            | {COLUMNS.get(field, field): value for field, value in msgspec.structs.asdict(one).items()}
            for seq, one in enumerate(new, start=first)
        ],
    )
    entry = Act(
        by=by,
        act=act,
        subject=f"{subject}:{first}-{first + len(new) - 1}",
        before=before,
        after=f"{len(new)}, {total}",
        content=seal.digest_of(new),
    )
    log.append(db, [entry], book=book, head=head, at=at)
    return tuple(new)
