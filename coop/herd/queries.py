"""Which animals a book has and had."""

from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, bindparam, select

from coop.herd.rules import HerdFacts
from coop.herd.tables import AnimalLeavingRow, AnimalProofRow, AnimalRow
from coop.members import queries as members
from ledger.columns import Prepared, table_of
from ledger.details import queries as details
from ledger.periods import queries as periods
from schemas.books import Book
from schemas.charts import KeptBy
from schemas.herd import Animal, AnimalOrigin, AnimalProof, AnimalState, Leaving
from schemas.units import BookId

_animal = table_of(AnimalRow)
_leaving = table_of(AnimalLeavingRow)
_proof = table_of(AnimalProofRow)
_LEFT = ("state", "on", "weight", "price", "indemnity", "note")

_WITH_LEAVING = (
    select(_animal, *(_leaving.c[name].label(f"left_{name}") for name in _LEFT))
    .join_from(
        _animal,
        _leaving,
        and_(_animal.c.book_id == _leaving.c.book_id, _animal.c.ear_tag == _leaving.c.ear_tag),
        isouter=True,
    )
    .where(_animal.c.book_id == bindparam("book"))
    .order_by(_animal.c.ear_tag)
)
_ALL = Prepared(_WITH_LEAVING)
_OWNED = Prepared(_WITH_LEAVING.where(_animal.c.owner_member == bindparam("owner")))


def animals(db: Connection, *, book: BookId, owner: str | None = None) -> tuple[Animal, ...]:
    """Every animal by ear tag, or a member's, with its leaving where it left."""
    rows = _ALL.rows(db, book=book) if owner is None else _OWNED.rows(db, book=book, owner=owner)
    return tuple(_as_animal(row) for row in rows)


def proofs(db: Connection, *, book: BookId, ear_tag: str) -> tuple[AnimalProof, ...]:
    """The scans that prove how an animal left."""
    rows = db.execute(
        select(_proof)
        .where(_proof.c.book_id == book, _proof.c.ear_tag == ear_tag)
        .order_by(_proof.c.at, _proof.c.sha256)
    )
    return tuple(
        AnimalProof(ear_tag=row.ear_tag, sha256=row.sha256, name=row.name, by=row.added_by, at=row.at)
        for row in rows
    )


def facts(db: Connection, *, book: Book, on: date) -> HerdFacts:
    """What the book knows that the herd's entries are held against."""
    return HerdFacts(
        animals={one.ear_tag: one for one in animals(db, book=book.id)},
        members=members.members(db, book=book.id),
        counterparties=members.counterparties(db, book=book.id).keys(),
        batches={
            detail.code
            for detail in details.details(db, book=book.id).values()
            if detail.kind is KeptBy.NAME and detail.open
        },
        sealed=periods.state_of(db, book=book).sealed,
        on=on,
    )


def _as_animal(row: Any) -> Animal:
    leaving = (
        None
        if row.left_state is None
        else Leaving(
            state=AnimalState(row.left_state),
            on=row.left_on,
            weight=row.left_weight,
            price=row.left_price,
            indemnity=row.left_indemnity,
            note=row.left_note,
        )
    )
    return Animal(
        ear_tag=row.ear_tag,
        batch=row.batch,
        origin=AnimalOrigin(row.origin),
        owner_member=row.owner_member,
        owner_counterparty=row.owner_counterparty,
        lender=row.lender,
        entered_on=row.entered_on,
        entered_weight=row.entered_weight,
        agreed_price=row.agreed_price,
        leaving=leaving,
        keeper=row.keeper,
    )
