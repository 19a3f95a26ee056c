"""总账: each account month by month, with 本月合计, 本年累计 and the balance after it."""

from ledger.account_books import queries as account_books
from web.pages.filters import BOOK_FILTER, filter_of, periods_of
from web.pages.naming import names_of
from web.pages.rendering import side_of
from web.pages.route import Shown, Visit, shows


@shows("/books/{book}/general-ledger", asks=BOOK_FILTER)
def general_ledger(visit: Visit) -> Shown:
    """The general ledger of the book."""
    wanted = filter_of(visit)
    return visit.page(
        "general_ledger.html",
        wanted=wanted,
        accounts=account_books.general_ledger(
            visit.db,
            book=visit.id,
            account=wanted.account,
            from_period=wanted.from_period,
            to_period=wanted.to_period,
        ),
        names=names_of(visit),
        periods=periods_of(visit),
        side_of=side_of,
        at="general-ledger",
    )


handlers = [general_ledger]
