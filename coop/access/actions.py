"""Under whom acts stand that nobody with a login does: the service itself, and whoever works on the database."""

from datetime import datetime

from sqlalchemy import Connection

from ledger.people import actions as people
from schemas.units import PersonId

SERVICE = "service"
"""The person under whom the service itself acts: it counts failures to sign in, of whom nobody is known."""


def service(db: Connection, *, at: datetime) -> PersonId:
    """The person under whom the service itself acts."""
    return people.know(db, [SERVICE], known_from=SERVICE, by=None, at=at)[SERVICE]


def person_of_operating_system(db: Connection, username: str, *, at: datetime) -> PersonId:
    """The operating system's user as a person, for what the command line does; ``rules.operator`` has his rights."""
    return people.know(db, [username], known_from="operating-system", by=None, at=at)[username]
