"""Getting to know people."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from ledger import texts
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.people import queries, rules
from ledger.people.tables import PersonRow
from schemas.log import Act
from schemas.problems import Refusal
from schemas.units import PersonId

_person = table_of(PersonRow)


def know(
    db: Connection, names: Iterable[str], *, known_from: str, by: PersonId | None, at: datetime
) -> Mapping[str, PersonId]:
    """The people of these names, written down where they are new.

    ``known_from`` is the book whose papers name them, or empty for people of the whole house. ``by`` is who wrote
    them down; None where nobody stands behind it: the service, the operating system's user. New ids are given out
    under the lock of the house's chain, which seals each name; whoever also locks a book locks the book first, and
    whoever holds a head of the house's chain locks it again.
    """
    wanted = sorted(set(names))
    if problems := [problem for name in wanted for problem in texts.faults_of_line(name, "/name")]:
        raise Refusal(*problems)
    known = dict(queries.known(db, known_from=known_from, names=wanted))
    if len(known) == len(wanted):
        return known
    head = log.lock(db, book=log.HOUSE)
    known = dict(queries.known(db, known_from=known_from, names=wanted))
    new = [name for name in wanted if name not in known]
    if not new:
        return known
    first = queries.last_id(db) + 1
    given = {name: first + index for index, name in enumerate(new)}
    db.execute(
        insert(_person),
        [{"person_id": given[name], "name": name, "known_from": known_from} for name in new],
    )
    acts = [
        Act(
            by=given[name] if by is None else by,
            act=rules.KNOWN,
            subject=f"person:{given[name]}",
            after=rules.known_text(name, known_from=known_from),
            content=rules.sealed_person(name, known_from=known_from),
        )
        for name in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
    return known | given
