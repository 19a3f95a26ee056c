"""Entering animals and their leaving."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.herd.tables import AnimalLeavingRow, AnimalRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.seal import rules as seal
from schemas.herd import Animal, Leaving
from schemas.log import Act
from schemas.units import BookId, PersonId

_animal = table_of(AnimalRow)
_leaving = table_of(AnimalLeavingRow)


def enter_many(
    db: Connection, new: Sequence[Animal], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Animal, ...]:
    """Enter animals, with their leaving where they already left."""
    head = log.lock(db, book=book)
    if new:
        when = log.instant(at)
        db.execute(
            insert(_animal),
            [
                {
                    "book_id": book,
                    "ear_tag": animal.ear_tag,
                    "batch": animal.batch,
                    "origin": animal.origin.value,
                    "owner_member": animal.owner_member,
                    "owner_counterparty": animal.owner_counterparty,
                    "lender": animal.lender,
                    "entered_on": animal.entered_on,
                    "entered_weight": animal.entered_weight,
                    "agreed_price": animal.agreed_price,
                    "keeper": animal.keeper,
                    "recorded_at": when,
                }
                for animal in new
            ],
        )
        act = Act(
            by=by,
            act="herd.enter",
            subject="herd",
            after=str(len(new)),
            content=seal.digest_of([msgspec.structs.replace(animal, leaving=None) for animal in new]),
        )
        log.append(db, [act], book=book, head=head, at=at)
        record_leaving(
            db,
            {animal.ear_tag: animal.leaving for animal in new if animal.leaving is not None},
            book=book,
            by=by,
            at=at,
        )
    return tuple(new)


def record_leaving(
    db: Connection, left: Mapping[str, Leaving], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Write down how animals left, by ear tag."""
    head = log.lock(db, book=book)
    if left:
        when = log.instant(at)
        db.execute(
            insert(_leaving),
            [
                {
                    "book_id": book,
                    "ear_tag": ear_tag,
                    "state": leaving.state.value,
                    "on": leaving.on,
                    "weight": leaving.weight,
                    "price": leaving.price,
                    "indemnity": leaving.indemnity,
                    "note": leaving.note,
                    "recorded_at": when,
                }
                for ear_tag, leaving in left.items()
            ],
        )
        act = Act(
            by=by, act="herd.leave", subject="herd", after=str(len(left)), content=seal.digest_of(dict(left))
        )
        log.append(db, [act], book=book, head=head, at=at)
