"""Which places there are, where each book is at home, and what is known of its unit."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, select

from coop.places import rules
from coop.places.tables import (
    BookPlaceRow,
    OfficeRow,
    PlaceChangeRow,
    PlaceRow,
    UnitRow,
    UnitSecretRow,
)
from ledger.books.tables import BookRow
from ledger.columns import Prepared, portions, table_of
from ledger.log.tables import ChainHeadRow
from schemas.books import BookKind
from schemas.places import (
    BookPlace,
    Office,
    Place,
    PlaceChange,
    PlaceLevel,
    PlaceNode,
    PlaceTree,
    Post,
    Unit,
    VillageKind,
)
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId

_place = table_of(PlaceRow)
_change = table_of(PlaceChangeRow)
_book_place = table_of(BookPlaceRow)
_book = table_of(BookRow)
_unit = table_of(UnitRow)
_secret = table_of(UnitSecretRow)
_office = table_of(OfficeRow)


def places(db: Connection, *, codes: Iterable[str], as_of: date | None = None) -> Mapping[str, Place]:
    """Those of these places that are known, by their names of today, or of the day ``as_of``."""
    found: dict[str, Place] = {}
    for some in portions(sorted(set(codes))):
        rows = db.execute(select(_place).where(_place.c.code.in_(some)).order_by(_place.c.code))
        found |= {row.code: _as_place(row) for row in rows}
    if as_of is None:
        return found
    history = changes_of(db, codes=found)
    return {code: _as_called(one, history.get(code, ()), day=as_of) for code, one in found.items()}


def places_below(
    db: Connection, *, code: str, level: PlaceLevel, as_of: date | None = None
) -> tuple[Place, ...]:
    """The places of a level inside another, by code: the villages of a township, the townships of a county; by their names of
    today, or of the day ``as_of``."""
    rows = db.execute(
        select(_place)
        .where(inside(_place.c.code, code), _place.c.level == level.value)
        .order_by(_place.c.code)
    )
    found = tuple(_as_place(row) for row in rows)
    if as_of is None:
        return found
    history = changes(db, within=code)
    return tuple(_as_called(one, history.get(one.code, ()), day=as_of) for one in found)


def _as_called(place: Place, of: Sequence[PlaceChange], *, day: date) -> Place:
    return replace(place, name=rules.name_on(place, of, day=day)) if of else place


def ends_of_villages(db: Connection, *, within: str) -> Mapping[str, date]:
    """The villages of a place that are no more, each with the first day it is not any longer."""
    rows = db.execute(
        select(_change.c.code, _change.c.since)
        .join(_place, _place.c.code == _change.c.code)
        .where(
            inside(_change.c.code, within), _change.c.ended == 1, _place.c.level == PlaceLevel.VILLAGE.value
        )
    )
    return {row.code: row.since for row in rows}


def inside(column: ColumnElement[str], code: str) -> ColumnElement[bool]:
    """Codes that begin with this one, as a span an index serves whatever the collation: digits only."""
    first, beyond = rules.span(code)
    return column >= first if beyond is None else and_(column >= first, column < beyond)


def place_there(db: Connection, *, code: str, as_of: date | None = None) -> Place:
    """The place of this code, of a level that has villages in it, by its name of today, or of the day ``as_of``; one nobody named
    is called by its code. Refused as missing where no village lies in it."""
    level = rules.level_at(code) if code.isascii() and code.isdecimal() else None
    if level is not None and level not in {PlaceLevel.VILLAGE, PlaceLevel.GROUP}:
        known = places(db, codes=[code], as_of=as_of).get(code)
        if known is not None:
            return known
        wanted = select(_place.c.code).where(
            inside(_place.c.code, code), _place.c.level == PlaceLevel.VILLAGE.value
        )
        if db.execute(wanted.limit(1)).first() is not None:
            return Place(code=code, name=code, level=level)
    raise Refusal(rules.place_must_be_known.at("/place", code=code[:40]), kind=RefusalKind.MISSING)


def place_named(db: Connection, *, code: str) -> Place:
    """The place of this code, which somebody has named; refused as missing else."""
    found = places(db, codes=[code]).get(code)
    if found is None:
        raise Refusal(rules.place_must_be_known.at("/place", code=code[:40]), kind=RefusalKind.MISSING)
    return found


def changes(db: Connection, *, within: str) -> Mapping[str, tuple[PlaceChange, ...]]:
    """What changed of each place in another, in the order entered; of the place itself too."""
    rows = db.execute(
        select(_change).where(inside(_change.c.code, within)).order_by(_change.c.code, _change.c.number)
    )
    return _by_code(rows)


def changes_of(db: Connection, *, codes: Iterable[str]) -> Mapping[str, tuple[PlaceChange, ...]]:
    """What changed of each of these places, in the order entered."""
    found: dict[str, tuple[PlaceChange, ...]] = {}
    for some in portions(sorted(set(codes))):
        rows = db.execute(
            select(_change).where(_change.c.code.in_(some)).order_by(_change.c.code, _change.c.number)
        )
        found |= _by_code(rows)
    return found


def ended(db: Connection, *, codes: Iterable[str], day: date) -> Mapping[str, PlaceChange]:
    """The endings of those of these places that are no more on a day."""
    return {
        code: end
        for code, of in changes_of(db, codes=codes).items()
        if (end := rules.end_by(of, day=day)) is not None
    }


def _by_code(rows: Iterable[Row[Any]]) -> dict[str, tuple[PlaceChange, ...]]:
    found: dict[str, tuple[PlaceChange, ...]] = {}
    for row in rows:
        one = PlaceChange(
            code=row.code,
            number=row.number,
            since=row.since,
            was=row.was,
            name=row.name,
            ended=bool(row.ended),
            into=row.into_code or "",
            by=row.by_person,
            at=row.at,
        )
        found[row.code] = (*found.get(row.code, ()), one)
    return found


def codes_below(db: Connection, *, code: str) -> tuple[str, ...]:
    """The codes of the places inside another, without its own."""
    wanted = select(_place.c.code).where(inside(_place.c.code, code), _place.c.code != code)
    return tuple(db.execute(wanted.order_by(_place.c.code)).scalars())


def everything_named(db: Connection) -> Mapping[str, Place]:
    """Every place there is, by code."""
    return {row.code: _as_place(row) for row in db.execute(select(_place).order_by(_place.c.code))}


def tree(db: Connection, *, roots: Sequence[str], code: str, as_of: date) -> PlaceTree:
    """A place with what lies right below it; with ``code`` empty the widest places within ``roots``, the codes within which the
    reader sees everything. Refused as missing where there is no such place."""
    found: dict[str, Place] = {}
    history: dict[str, tuple[PlaceChange, ...]] = {}
    books: dict[str, list[BookId]] = {}
    for root in [code] if code else roots:
        found |= {
            row.code: _as_place(row)
            for row in db.execute(select(_place).where(inside(_place.c.code, root)).order_by(_place.c.code))
        }
        history |= changes(db, within=root)
        for row in db.execute(select(_book_place).where(inside(_book_place.c.village_code, root))):
            books.setdefault(row.village_code, []).append(row.book_id)
    if code and code not in found:
        raise Refusal(rules.place_must_be_known.at("/place", code=code[:40]), kind=RefusalKind.MISSING)
    counts = rules.counted(found.values(), {village: len(of) for village, of in books.items()})
    over = [code[:length] for length in rules.LENGTHS.values() if length < len(code)]
    seen = [one for one in over if any(one.startswith(root) for root in roots)]
    named = places(db, codes=seen)
    earlier = changes_of(db, codes=seen)

    def node(place: Place) -> PlaceNode:
        of = history.get(place.code, ())
        ended = rules.end_by(of, day=as_of)
        return PlaceNode(
            code=place.code,
            name=rules.name_on(place, of, day=as_of),
            level=place.level,
            kind=place.kind,
            below=counts[place.code].below,
            villages=counts[place.code].villages,
            books=counts[place.code].books,
            ended=None if ended is None else ended.since,
            into="" if ended is None else ended.into,
        )

    return PlaceTree(
        as_of=as_of,
        place=node(found[code]) if code else None,
        above=tuple(_as_called(named[one], earlier.get(one, ()), day=as_of) for one in seen if one in named),
        items=tuple(
            node(place) for place in found.values() if rules.nearest_above(place.code, found) == code
        ),
        books=tuple(sorted(books.get(code, ()))),
        changes=history.get(code, ()),
    )


def townships(db: Connection) -> tuple[Place, ...]:
    """Every township, by code."""
    return places_below(db, code="", level=PlaceLevel.TOWNSHIP)


def desks(db: Connection) -> tuple[Place, ...]:
    """The townships at whose desk something was done, by code."""
    head = table_of(ChainHeadRow)
    rows = db.execute(
        select(_place)
        .join(head, head.c.book_id == _place.c.code)
        .where(_place.c.level == PlaceLevel.TOWNSHIP.value)
        .order_by(_place.c.code)
    )
    return tuple(_as_place(row) for row in rows)


def township(db: Connection, *, code: str) -> Place:
    """The township of this code; refused as missing where there is none."""
    found = places(db, codes=[code]).get(code)
    if found is None or found.level is not PlaceLevel.TOWNSHIP:
        raise Refusal(rules.township_must_be_known.at("/township", code=code), kind=RefusalKind.MISSING)
    return found


def book_place(db: Connection, *, book: BookId) -> BookPlace | None:
    """Where the unit of a book is at home."""
    row = db.execute(select(_book_place).where(_book_place.c.book_id == book)).first()
    return None if row is None else _as_book_place(row)


def book_places(db: Connection, *, township: str | None = None) -> Mapping[BookId, BookPlace]:
    """Where every book, or every book of a township, is at home."""
    statement = select(_book_place).order_by(_book_place.c.book_id)
    if township is not None:
        statement = statement.where(_book_place.c.township_code == township)
    return {row.book_id: _as_book_place(row) for row in db.execute(statement)}


def collectives(*, within: str) -> Select[str, BookId]:
    """Asks for the villages of a place, a code of any level, whose collective keeps a book, and for that book."""
    return (
        select(_book_place.c.village_code, _book_place.c.book_id)
        .join_from(_book_place, _book, _book_place.c.book_id == _book.c.book_id)
        .where(_book.c.kind == BookKind.COLLECTIVE.value, inside(_book_place.c.village_code, within))
    )


def books_of_collectives(*, within: str) -> Select[BookId]:
    """Asks for the books of a place's collectives."""
    return collectives(within=within).with_only_columns(_book_place.c.book_id)


def unit(db: Connection, *, book: BookId) -> Unit | None:
    """The facts of the unit that keeps a book, its account number masked."""
    row = _OF_BOOK.first(db, book=book)
    return None if row is None else _as_unit(row)


def books_of_unit(db: Connection, *, credit_code: str) -> tuple[BookId, ...]:
    """The books of the unit with this 统一社会信用代码."""
    return tuple(
        db.execute(
            select(_unit.c.book_id).where(_unit.c.credit_code == credit_code).order_by(_unit.c.book_id)
        ).scalars()
    )


def bank_account_digest(db: Connection, *, book: BookId) -> str:
    """The keyed digest of the unit's account number; empty where none is known."""
    found = db.execute(
        select(_secret.c.digest).where(_secret.c.book_id == book, _secret.c.field == "bank_account")
    ).scalar()
    return found or ""


def offices(db: Connection, *, book: BookId, year: int | None = None) -> tuple[Office, ...]:
    """Who holds which office, by year and post."""
    statement = select(_office).where(_office.c.book_id == book).order_by(_office.c.year, _office.c.post)
    if year is not None:
        statement = statement.where(_office.c.year == year)
    return tuple(
        Office(year=row.year, post=Post(row.post), person=row.person_id) for row in db.execute(statement)
    )


_UNIT = select(_unit, _secret.c.masked).join_from(
    _unit,
    _secret,
    and_(_unit.c.book_id == _secret.c.book_id, _secret.c.field == "bank_account"),
    isouter=True,
)
_OF_BOOK = Prepared(_UNIT.where(_unit.c.book_id == bindparam("book")))


def _as_place(row: Row[Any]) -> Place:
    return Place(
        code=row.code,
        name=row.name,
        level=PlaceLevel(row.level),
        kind=None if row.kind is None else VillageKind(row.kind),
        parent=row.parent or "",
    )


def _as_book_place(row: Row[Any]) -> BookPlace:
    return BookPlace(book=row.book_id, village=row.village_code, township=row.township_code)


def _as_unit(row: Any) -> Unit:
    return Unit(
        book=row.book_id,
        credit_code=row.credit_code,
        founded_on=row.founded_on,
        bank=row.bank,
        bank_account=row.masked or "",
    )
