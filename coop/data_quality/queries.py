"""How the books of a place stand up to spot checks."""

from sqlalchemy import Connection, select

from coop.data_quality import rules
from coop.places import queries as places
from coop.places.tables import BookPlaceRow
from ledger.columns import table_of
from ledger.spot_checks import queries as spot_checks
from schemas.spot_checks import QualityBoard
from schemas.units import BookId, Period

_home = table_of(BookPlaceRow)


def books_within(db: Connection, *, place: str) -> tuple[BookId, ...]:
    """The books at home in a place, a code of any level, by id."""
    rows = db.execute(
        select(_home.c.book_id).where(places.inside(_home.c.village_code, place)).order_by(_home.c.book_id)
    )
    return tuple(rows.scalars())


def board(db: Connection, *, place: str, month: Period) -> QualityBoard:
    """The books of a place by data quality, from the year's first month to this one."""
    found = spot_checks.quality(
        db, books=books_within(db, place=place), from_month=month // 100 * 100 + 1, to_month=month
    )
    return QualityBoard(place=place, month=month, books=rules.ranked(found.values()))
