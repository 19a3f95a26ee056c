"""Entering places, settling a book in one, and the facts of its unit."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from coop.places import queries, rules
from coop.places.tables import BookPlaceRow, OfficeRow, PlaceRow, UnitRow, UnitSecretRow
from coop.vault.rules import Vault, seal
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log import queries as log_queries
from ledger.seal.rules import digest_of
from schemas.identity import IdentityKind
from schemas.log import Act, ChainHead
from schemas.places import BookPlace, NewUnit, Office, Place, Unit
from schemas.units import BookId, PersonId

_place = table_of(PlaceRow)
_book_place = table_of(BookPlaceRow)
_unit = table_of(UnitRow)
_secret = table_of(UnitSecretRow)
_office = table_of(OfficeRow)


def enter_many(db: Connection, new: Sequence[Place], *, by: PersonId, at: datetime) -> tuple[Place, ...]:
    """Enter places, each after the one it lies in."""
    if new:
        head = log.lock(db, book=log.HOUSE)
        db.execute(
            insert(_place),
            [
                {
                    "code": place.code,
                    "name": place.name,
                    "level": place.level.value,
                    "kind": None if place.kind is None else place.kind.value,
                    "parent": place.parent or None,
                }
                for place in sorted(new, key=lambda place: len(place.code))
            ],
        )
        acts = [
            Act(
                by=by,
                act="place.enter",
                subject=f"place:{place.code}",
                after=" ".join(filter(None, (place.name, place.kind))),
            )
            for place in new
        ]
        log.append(db, acts, book=log.HOUSE, head=head, at=at)
    return tuple(new)


def desk(db: Connection, *, township: str) -> ChainHead:
    """Lock the desk of a township for this transaction: the chain in which its acts are logged, under its nine digits.
    It begins with the first of them. Refused where there is no such township."""
    head = log_queries.head_locked(db, book=township)
    if head is not None:
        return head
    log.lock(db, book=log.HOUSE)
    if log_queries.head_locked(db, book=township) is None:
        queries.township(db, code=township)
        log.begin_chain(db, book=township)
    return log.lock(db, book=township)


def settle_book(db: Connection, where: BookPlace, *, by: PersonId, at: datetime) -> None:
    """Say where the unit of a book is at home, once."""
    head = log.lock(db, book=where.book)
    db.execute(
        insert(_book_place),
        [{"book_id": where.book, "village_code": where.village, "township_code": where.township}],
    )
    act = Act(by=by, act="book.place", subject=f"book:{where.book}", after=where.village)
    log.append(db, [act], book=where.book, head=head, at=at)


def enter_unit(
    db: Connection,
    new: NewUnit,
    *,
    book: BookId,
    vault: Vault,
    by: PersonId,
    at: datetime,
) -> Unit:
    """Enter the facts of the unit that keeps a book; its account number is sealed before it is written."""
    head = log.lock(db, book=book)
    db.execute(
        insert(_unit),
        [
            {
                "book_id": book,
                "credit_code": new.credit_code,
                "founded_on": new.founded_on,
                "bank": new.bank,
            }
        ],
    )
    if new.bank_account:
        sealed = seal(vault, new.bank_account, IdentityKind.CORPORATE, owner=rules.owner(book))
        db.execute(
            insert(_secret),
            [
                {
                    "book_id": book,
                    "field": "bank_account",
                    "kind": sealed.kind.value,
                    "cipher": sealed.cipher,
                    "key_id": sealed.key_id,
                    "digest": sealed.digest,
                    "masked": sealed.masked,
                }
            ],
        )
    entered = queries.unit(db, book=book)
    assert entered is not None, "it was just written"
    act = Act(
        by=by,
        act="unit.enter",
        subject=f"unit:{book}",
        after=" ".join(filter(None, (entered.credit_code, entered.bank, entered.bank_account))),
        content=digest_of((entered, queries.bank_account_digest(db, book=book))),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return entered


def name_officers(
    db: Connection, offices: Sequence[Office], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Say who holds which office of the unit in a year."""
    if not offices:
        return
    head = log.lock(db, book=book)
    db.execute(
        insert(_office),
        [
            {"book_id": book, "year": one.year, "post": one.post.value, "person_id": one.person}
            for one in offices
        ],
    )
    acts = [
        Act(by=by, act="unit.office", subject=f"office:{one.year}-{one.post}", after=f"person:{one.person}")
        for one in offices
    ]
    log.append(db, acts, book=book, head=head, at=at)
