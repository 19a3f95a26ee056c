"""Recording work days."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from coop.labour import queries
from coop.labour.tables import WorkDayRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import text_from_hundredths
from ledger.seal import rules as seal
from schemas.labour import WorkDay
from schemas.log import Act
from schemas.units import BookId, PersonId

_work_day = table_of(WorkDayRow)


def record_many(
    db: Connection, new: Sequence[WorkDay], *, book: BookId, by: PersonId, at: datetime
) -> tuple[WorkDay, ...]:
    """Write work days down in the order given."""
    head = log.lock(db, book=book)
    if new:
        first, when = queries.last_work_day(db, book=book) + 1, log.instant(at)
        db.execute(
            insert(_work_day),
            [
                {
                    "book_id": book,
                    "seq": seq,
                    "on": one.on,
                    "member_no": one.member,
                    "work": one.work,
                    "days": one.days,
                    "day_wage": one.day_wage,
                    "reverses": one.reverses,
                    "recorded_at": when,
                }
                for seq, one in enumerate(new, start=first)
            ],
        )
        act = Act(
            by=by,
            act="labour.record",
            subject=f"work-days:{first}-{first + len(new) - 1}",
            after=f"{len(new)}, {text_from_hundredths(sum(one.days for one in new))}",
            content=seal.digest_of(new),
        )
        log.append(db, [act], book=book, head=head, at=at)
    return tuple(new)
