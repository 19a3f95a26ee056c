"""Which packs were taken in."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from coop.handovers.tables import HandoverBookRow, HandoverRow
from ledger.columns import table_of
from schemas.units import BookId, PersonId, Value

_handover = table_of(HandoverRow)
_of_book = table_of(HandoverBookRow)


class Handover(Value):
    """A pack taken in: the SHA-256 of all it says, its name, by whom and when."""

    digest: str
    name: str
    by: PersonId
    at: str


def handover(db: Connection, *, digest: str) -> Handover | None:
    """The pack that said exactly this, when it was taken in before."""
    row = db.execute(select(_handover).where(_handover.c.digest == digest)).first()
    return None if row is None else Handover(digest=row.digest, name=row.name, by=row.by, at=row.at)


def handovers(db: Connection) -> tuple[Handover, ...]:
    """Every pack, in the order taken in."""
    rows = db.execute(select(_handover).order_by(_handover.c.at, _handover.c.digest))
    return tuple(Handover(digest=row.digest, name=row.name, by=row.by, at=row.at) for row in rows)


def years_brought(db: Connection, *, book: BookId) -> Mapping[int, str]:
    """The years of a book that packs brought, with the digest of each pack."""
    rows = db.execute(
        select(_of_book.c.year, _of_book.c.digest).where(_of_book.c.book_id == book).order_by(_of_book.c.year)
    )
    return {row.year: row.digest for row in rows}
