"""Getting to know people."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, insert

from ledger import texts
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.people import queries
from ledger.people.tables import PersonRow
from schemas.problems import Refusal
from schemas.units import PersonId

_person = table_of(PersonRow)


def know(db: Connection, names: Iterable[str], *, known_from: str) -> Mapping[str, PersonId]:
    """The people of these names, written down where they are new.

    ``known_from`` is the book whose papers name them, or empty for people of the whole house. New ids are
    given out under the lock of the house's chain; whoever also locks a book locks the book first.
    """
    wanted = sorted(set(names))
    if problems := [problem for name in wanted for problem in texts.faults_of_line(name, "/name")]:
        raise Refusal(*problems)
    known = dict(queries.known(db, known_from=known_from, names=wanted))
    if len(known) < len(wanted):
        log.lock(db, book=log.HOUSE)
        known = dict(queries.known(db, known_from=known_from, names=wanted))
    new = [name for name in wanted if name not in known]
    if new:
        first = queries.last_id(db) + 1
        known |= {name: first + index for index, name in enumerate(new)}
        db.execute(
            insert(_person),
            [{"person_id": known[name], "name": name, "known_from": known_from} for name in new],
        )
    return known
