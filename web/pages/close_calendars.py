"""结账日历 of all books: who has closed which month of a year, over every book I may see."""

import re

from coop.access import queries as access
from schemas.access import Deed
from web import answers, wire
from web.pages.route import Shown, Visit, shows
from web.people_names import names_of as names_of_people


@shows("/close-calendar", deed=Deed.KEEP_OWN_LOGIN, asks=("year",))
def close_calendars(visit: Visit) -> Shown:
    """The months of a year in every book; those that are behind come first."""
    books = access.books_seen_by(visit.db, visit.who.rights, deed=Deed.SEE_BOOK)
    given = visit.query.get("year", "")
    if given and not re.fullmatch(r"(19|2[0-9])[0-9]{2}", given):
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    year = int(given) if given else visit.on.year
    rows = answers.calendars(visit.db, books, year=year)
    first = min((book.first_year for book in books), default=visit.on.year)
    seals = [day.seal for row in rows for day in row.days if day.seal is not None]
    return visit.page(
        "close_calendars.html",
        rows=sorted(rows, key=lambda row: (row.closed, row.book)),
        year=year,
        years=range(visit.on.year, first - 1, -1),
        names=names_of_people(
            visit.db,
            {person for seal in seals for person in (seal.by, seal.reviewed_by)},
            locale=visit.locale,
        ),
    )


handlers = [close_calendars]
