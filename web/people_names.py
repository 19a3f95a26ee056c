"""What people are called where they are shown: by their names, and the service, which does what falls due, in words of the
reader's language."""

from collections.abc import Iterable, Mapping

from coop.access.actions import SERVICE
from ledger.people import queries
from schemas.units import PersonId
from web.database import Connection
from web.i18n import say
from web.i18n.words import N_


def names_of(db: Connection, people: Iterable[PersonId], *, locale: str) -> Mapping[PersonId, str]:
    """What these people are called. Whoever is only called as the service is keeps the name."""
    found = dict(queries.names_of(db, people))
    if SERVICE in found.values():
        service = queries.known(db, known_from=SERVICE, names=[SERVICE]).get(SERVICE)
        if service in found:
            found[service] = say(locale, N_("the service"))
    return found
