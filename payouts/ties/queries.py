"""Which orders were resolved on."""

from collections import defaultdict

from sqlalchemy import Connection, select

from ledger.columns import table_of
from payouts.ties.tables import TierOrderNameRow, TierOrderRow
from schemas.awards import Ordered, PutInOrder

_order = table_of(TierOrderRow)
_name = table_of(TierOrderNameRow)


def orders(db: Connection, *, township: str, year: int | None = None) -> tuple[Ordered, ...]:
    """The orders of a township, or of one year, as they were written down one after the other."""
    wanted = [_order.c.book_id == township]
    if year is not None:
        wanted.append(_order.c.year == year)
    names: defaultdict[int, list[str]] = defaultdict(list)
    for row in db.execute(
        select(_name.c.seq, _name.c.who).where(_name.c.book_id == township).order_by(_name.c.seq, _name.c.no)
    ):
        names[row.seq].append(row.who)
    rows = db.execute(select(_order).where(*wanted).order_by(_order.c.seq))
    return tuple(
        Ordered(
            seq=row.seq,
            year=row.year,
            given=PutInOrder(place=row.place_code, order=tuple(names[row.seq]), resolution=row.resolution),
            sha256=row.sha256,
            name=row.name,
            by=row.recorded_by,
            at=row.at,
        )
        for row in rows
    )
