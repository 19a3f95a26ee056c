"""Writing in the members' daybook."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.daybook import queries
from coop.daybook.tables import COLUMNS, TABLES
from ledger.log import actions as log
from ledger.money import text_from_hundredths, yuan
from ledger.seal import rules as seal
from schemas.labour import WorkDay
from schemas.log import Act
from schemas.trade import Trade
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
        after=f"{len(new)}, {total}",
        content=seal.digest_of(new),
    )
    log.append(db, [entry], book=book, head=head, at=at)
    return tuple(new)
