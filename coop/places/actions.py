"""Entering places, settling a book in one, and the facts of its unit."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, insert, update

from coop.places import queries, rules
from coop.places.tables import (
    BookPlaceRow,
    OfficeRow,
    PlaceChangeRow,
    PlaceRow,
    UnitRow,
    UnitSecretRow,
)
from coop.vault.rules import Vault, seal
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log import queries as log_queries
from ledger.log.rules import instant
from ledger.seal.rules import digest_of
from schemas.access import Rights
from schemas.identity import IdentityKind
from schemas.log import Act, ChainHead
from schemas.places import (
    BookPlace,
    NewPlace,
    NewUnit,
    Office,
    Place,
    PlaceChange,
    PlaceEnding,
    PlaceRename,
    Unit,
)
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_place = table_of(PlaceRow)
_change = table_of(PlaceChangeRow)
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


def enter(db: Connection, new: Sequence[NewPlace], *, by: Rights, at: datetime) -> tuple[Place, ...]:
    """Enter places of any level, each below one that is there or comes with it; refused with everything that is wrong with any
    of them, and as forbidden where one does not lie below a place whose tree ``by`` keeps."""
    _need_reach([one.code for one in new], by=by)
    log.lock(db, book=log.HOUSE)
    over = {rules.above(one.code) for one in new} - {""}
    known = queries.places(db, codes={*over, *(one.code for one in new)})
    ended = {
        code: changes[-1] for code, changes in queries.changes_of(db, codes=over).items() if changes[-1].ended
    }
    if problems := list(rules.faults_of_new(new, known=known, ended=ended)):
        raise Refusal(*problems)
    entered = [
        Place(
            code=one.code,
            name=one.name.strip(),
            level=rules.level_of(one.code),
            kind=one.kind,
            parent=rules.above(one.code),
        )
        for one in new
    ]
    return enter_many(db, entered, by=by.person, at=at)


def rename(db: Connection, new: PlaceRename, *, by: Rights, on: date, at: datetime) -> PlaceChange:
    """Say what a place is called from a day on; it keeps its code, and every earlier day its name."""
    _need_reach([new.code], by=by)
    log.lock(db, book=log.HOUSE)
    place = queries.place_named(db, code=new.code)
    before = queries.changes_of(db, codes=[new.code]).get(new.code, ())
    name = new.name.strip()
    problems = list(rules.faults_of_change(place, before, since=new.since, on=on))
    if not name:
        problems.append(rules.place_must_have_a_name.at("/name", code=new.code))
    elif name == place.name:
        problems.append(rules.place_name_must_be_another.at("/name", code=new.code, name=name))
    if problems:
        raise Refusal(*problems)
    change = PlaceChange(
        code=new.code,
        number=len(before) + 1,
        since=new.since,
        was=place.name,
        name=name,
        ended=False,
        into="",
        by=by.person,
        at=instant(at),
    )
    db.execute(update(_place).where(_place.c.code == new.code).values(name=name))
    return _change_place(db, change, act=rules.RENAMED, at=at)


def end(db: Connection, new: PlaceEnding, *, by: Rights, on: date, at: datetime) -> PlaceChange:
    """Say that a place is no more from a day on, and into which it was merged. What lies below it has ended before; books stay
    at home where they were, and the place is found by its code for ever."""
    _need_reach([new.code, *filter(None, [new.into])], by=by)
    log.lock(db, book=log.HOUSE)
    place = queries.place_named(db, code=new.code)
    history = queries.changes(db, within=new.code)
    before = history.get(new.code, ())
    problems = list(rules.faults_of_change(place, before, since=new.since, on=on))
    standing = [
        one
        for one in queries.codes_below(db, code=new.code)
        if not any(change.ended for change in history.get(one, ()))
    ]
    if standing:
        problems.append(rules.nothing_below_may_stand.at("/code", code=new.code, count=len(standing)))
    if new.into and not _may_take_over(db, new, place):
        problems.append(rules.place_must_go_into_another.at("/into", code=new.code, into=new.into))
    if problems:
        raise Refusal(*problems)
    change = PlaceChange(
        code=new.code,
        number=len(before) + 1,
        since=new.since,
        was=place.name,
        name=place.name,
        ended=True,
        into=new.into,
        by=by.person,
        at=instant(at),
    )
    return _change_place(db, change, act=rules.ENDED, at=at)


def _may_take_over(db: Connection, new: PlaceEnding, place: Place) -> bool:
    other = queries.places(db, codes=[new.into]).get(new.into)
    changed = queries.changes_of(db, codes=[new.into]).get(new.into, ())
    stands = not any(one.ended for one in changed)
    return other is not None and other.code != place.code and other.level is place.level and stands


def _need_reach(codes: Sequence[str], *, by: Rights) -> None:
    if problems := list(rules.faults_of_reach(codes, by=by)):
        raise Refusal(*problems, kind=RefusalKind.FORBIDDEN)


def _change_place(db: Connection, change: PlaceChange, *, act: str, at: datetime) -> PlaceChange:
    db.execute(
        insert(_change),
        [
            {
                "code": change.code,
                "number": change.number,
                "since": change.since,
                "was": change.was,
                "name": change.name,
                "ended": int(change.ended),
                "into_code": change.into or None,
                "by_person": change.by,
                "at": change.at,
            }
        ],
    )
    said = Act(
        by=change.by,
        act=act,
        subject=f"place:{change.code}",
        before=change.was,
        after=" ".join(filter(None, (str(change.since), change.into if change.ended else change.name))),
        content=digest_of(change),
    )
    log.record(db, said, book=log.HOUSE, at=at)
    return change


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
