"""Who is known to the books."""

from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, bindparam, func, select

from ledger.columns import PreparedAmong, table_of
from ledger.people.tables import PersonRow
from schemas.units import PersonId

_person = table_of(PersonRow)
_NAMES = PreparedAmong(
    lambda people: select(_person.c.person_id, _person.c.name).where(_person.c.person_id.in_(people))
)
_KNOWN = PreparedAmong(
    lambda names: select(_person.c.name, _person.c.person_id).where(
        _person.c.known_from == bindparam("known_from"), _person.c.name.in_(names)
    )
)


def names_of(db: Connection, people: Iterable[PersonId]) -> Mapping[PersonId, str]:
    """The names of these people."""
    return {row.person_id: row.name for row in _NAMES.rows(db, sorted(set(people)))}


def known(db: Connection, *, known_from: str, names: Iterable[str]) -> Mapping[str, PersonId]:
    """The people of these names that one book (or the house, with the empty text) knows."""
    rows = _KNOWN.rows(db, sorted(set(names)), known_from=known_from)
    return {row.name: row.person_id for row in rows}


def exists(db: Connection, person: PersonId) -> bool:
    """Whether there is such a person."""
    return db.execute(select(_person.c.person_id).where(_person.c.person_id == person)).first() is not None


def everyone(db: Connection) -> Iterator[tuple[PersonId, str, str]]:
    """Everyone who is known, in the order they became so: number, name, and the book whose papers name them."""
    rows = db.execute(
        select(_person.c.person_id, _person.c.name, _person.c.known_from).order_by(_person.c.person_id)
    )
    for row in rows:
        yield row.person_id, row.name, row.known_from


def last_id(db: Connection) -> PersonId:
    """The highest id given out, 0 when nobody is known."""
    return int(db.execute(select(func.coalesce(func.max(_person.c.person_id), 0))).scalar_one())


def called(db: Connection, name: str) -> tuple[tuple[PersonId, str], ...]:
    """Everyone of this name, each with the book their paper was found in (empty: people of the whole house)."""
    rows = db.execute(
        select(_person.c.person_id, _person.c.known_from)
        .where(_person.c.name == name)
        .order_by(_person.c.person_id)
    )
    return tuple((row.person_id, row.known_from) for row in rows)
