"""Writing movements into the share register."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.shares import queries, rules
from coop.shares.tables import ShareMovementRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from schemas.log import Act
from schemas.problems import Refusal
from schemas.shares import Movement, NewMovement
from schemas.units import BookId, PersonId

_movement = table_of(ShareMovementRow)
_FEW = 2_000
"""Members whose movements are asked for by name; of more everything is read."""


def record_many(
    db: Connection, new: Sequence[NewMovement], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Movement, ...]:
    """Write movements down, numbered on from the register's last; refused as a whole when a holding would be
    negative on any day or a movement taken back twice."""
    head = log.lock(db, book=book)
    concerned = {one.member for one in new}
    before = queries.movements(db, book=book, members=concerned if len(concerned) <= _FEW else None)
    first = queries.last_movement(db, book=book) + 1
    when = log.instant(at)
    movements = tuple(
        Movement(seq=seq, recorded_at=when, **msgspec.structs.asdict(one))
        for seq, one in enumerate(new, start=first)
    )
    problems = rules.faults_in((*before, *movements), yuan=yuan)
    if problems:
        raise Refusal(*problems)
    if movements:
        db.execute(
            insert(_movement),
            [
                {
                    "book_id": book,
                    "seq": movement.seq,
                    "on": movement.on,
                    "member_no": movement.member,
                    "share": movement.share.value,
                    "act": movement.act.value,
                    "quantity": movement.quantity,
                    "price": movement.price,
                    "value": movement.value,
                    "origin": movement.origin.value,
                    "voucher_id": movement.voucher,
                    "number": movement.number,
                    "resolution": movement.resolution,
                    "note": movement.note,
                    "other_side": movement.other_side,
                    "reverses": movement.reverses,
                    "recorded_at": movement.recorded_at,
                }
                for movement in movements
            ],
        )
        act = Act(
            by=by,
            act=rules.RECORDED,
            subject=rules.subject_of(first, movements[-1].seq),
            after=f"{len(movements)}, {yuan(sum(movement.value for movement in movements))}",
            content=seal.digest_of(movements),
        )
        log.append(db, [act], book=book, head=head, at=at)
    return movements
