"""People known to the books."""

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns


class PersonRow(SQLModel, table=True):
    """A person; ``known_from`` is the book whose paper named them, or empty for people of the whole house.

    The same name in two books is two people until someone says otherwise.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("known_from", "name", name="person_once"), {"sqlite_strict": True})
    person_id: int = columns.number(primary_key=True)
    name: str = columns.text()
    known_from: str = columns.text()
