"""记账质量: the books of a township, or of a wider place, by what spot checks found of them, and what is still to be checked."""

from coop.data_quality import queries
from coop.places import queries as places
from ledger.books import queries as books
from ledger.periods.rules import month_before
from ledger.spot_checks import queries as spot_checks
from schemas.access import Deed
from web.pages.route import Shown, Visit, month_from, shows


@shows("/townships/{township}/spot-checks", deed=Deed.SEE_TOWNSHIP, asks=("month",))
def spot_checks_of_township(visit: Visit) -> Shown:
    """The books of a township."""
    return _show(visit, visit.at_township, visit.home)


@shows("/places/{place}/spot-checks", deed=Deed.SEE_TOWNSHIP, asks=("month",))
def spot_checks_of_place(visit: Visit) -> Shown:
    """The books of a county, or of any other place."""
    code = visit.text_at("place")
    return _show(visit, code, f"/places/{code}")


def _show(visit: Visit, code: str, home: str) -> Shown:
    place = places.places(visit.db, codes=[code]).get(code) or places.place_there(visit.db, code=code)
    of_place = frozenset(queries.books_within(visit.db, place=code))
    months = spot_checks.months_drawn(visit.db, books=of_place)
    last = months[0] if months else month_before(visit.on.year * 100 + visit.on.month)
    month = month_from(visit.query.get("month", ""), otherwise=last)
    to_check = {
        one.book: one.vouchers
        for one in spot_checks.unchecked(visit.db, books=of_place)
        if one.month == month
    }
    return visit.page(
        "data_quality.html",
        place=place,
        home=home,
        month=month,
        months=months,
        board=queries.board(visit.db, place=code, month=month),
        names={book.id: book.short_name for book in books.books(visit.db) if book.id in of_place},
        to_check=to_check,
    )


handlers = [spot_checks_of_township, spot_checks_of_place]
