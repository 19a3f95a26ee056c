"""Writing down that a pack was taken in."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert

from coop.handovers.tables import HandoverBookRow, HandoverRow
from ledger.columns import table_of
from ledger.log import actions as log
from schemas.log import Act
from schemas.units import BookId, PersonId

_handover = table_of(HandoverRow)
_of_book = table_of(HandoverBookRow)


def record(
    db: Connection,
    *,
    digest: str,
    name: str,
    brought: Mapping[BookId, tuple[int, str]],
    by: PersonId,
    at: datetime,
) -> None:
    """Write a pack down with the year and workbook it brought of each book; an entry in the house's chain, and one
    in each book's."""
    head = log.lock(db, book=log.HOUSE)
    db.execute(insert(_handover), [{"digest": digest, "name": name, "by": by, "at": log.instant(at)}])
    rows = [
        {"book_id": book, "year": year, "digest": digest, "workbook": workbook}
        for book, (year, workbook) in brought.items()
    ]
    if rows:
        db.execute(insert(_of_book), rows)
    act = Act(by=by, act="pack.import", subject=f"pack:{name}", content=digest)
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    for book, (year, workbook) in brought.items():
        log.record(
            db,
            Act(by=by, act="book.import", subject=f"year:{year}", after=workbook, content=digest),
            book=book,
            at=at,
        )
