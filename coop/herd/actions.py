"""Entering animals and their leaving."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.herd import queries, rules
from coop.herd.tables import AnimalLeavingRow, AnimalProofRow, AnimalRow
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.seal import rules as seal
from schemas.books import Book
from schemas.evidence import EvidenceFile
from schemas.herd import Animal, Leaving
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_animal = table_of(AnimalRow)
_leaving = table_of(AnimalLeavingRow)
_proof = table_of(AnimalProofRow)


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


def keep_animals(
    db: Connection, new: Sequence[Animal], *, book: Book, by: PersonId, on: date, at: datetime
) -> tuple[Animal, ...]:
    """Enter animals bought, born, lent, or in custody of the cooperative, all or none. Refused with everything that is
    wrong: a tag that is no tag or taken, an unknown batch, member or lender, a calf brought in as a share, a day to come, a
    sealed year."""
    log.lock(db, book=book.id)
    problems = rules.faults_of_animals(new, queries.facts(db, book=book, on=on))
    if problems:
        raise Refusal(*problems)
    return enter_many(db, new, book=book.id, by=by, at=at)


def write_leaving(
    db: Connection,
    ear_tag: str,
    leaving: Leaving,
    *,
    proofs: Sequence[EvidenceFile],
    book: Book,
    by: PersonId,
    on: date,
    at: datetime,
) -> Animal:
    """Write down that an animal was sold, died or was given back, with the scans that prove it; their bytes are in the
    store before. Refused: no such animal, one that left, a day before it came, a sale without weight and price, a death
    without proof, a sealed year."""
    log.lock(db, book=book.id)
    facts = queries.facts(db, book=book, on=on)
    problems = rules.faults_of_leaving(ear_tag, leaving, facts, proofs=len(proofs))
    if ear_tag not in facts.animals:
        raise Refusal(*problems, kind=RefusalKind.MISSING)
    if problems:
        raise Refusal(*problems)
    record_leaving(db, {ear_tag: leaving}, book=book.id, by=by, at=at)
    if proofs:
        evidence.know_files(db, proofs, book=book.id)
        named = {one.sha256: one for one in proofs}
        db.execute(
            insert(_proof),
            [
                {
                    "book_id": book.id,
                    "ear_tag": ear_tag,
                    "sha256": one.sha256,
                    "name": one.name,
                    "added_by": by,
                    "at": log.instant(at),
                }
                for one in named.values()
            ],
        )
        act = Act(
            by=by, act="herd.prove", subject="herd", after=ear_tag, content=seal.digest_of(sorted(named))
        )
        log.record(db, act, book=book.id, at=at)
    return msgspec.structs.replace(facts.animals[ear_tag], leaving=leaving)
