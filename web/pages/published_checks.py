"""抽查公开: seed and pool of every month's spot check, for everybody, numbers only; whoever wants to draws again."""

from litestar import Response

from ledger.books import queries as books
from ledger.spot_checks import queries
from ledger.spot_checks.rules import month_must_be_drawn
from schemas.books import Book
from schemas.problems import Refusal, RefusalKind
from schemas.spot_checks import Published
from web.pages.household import LARGE, plain_page
from web.pages.rendering import month_code
from web.pages.route import Shown, Visit, month_from, shows
from web.spot_check_files import table_of

_MONTH = "/spot-checks/{unit}/{month}"


@shows("/spot-checks", deed=None, asks=(LARGE,))
def published_checks(visit: Visit) -> Shown:
    """Every book with the last month drawn of it."""
    latest = queries.latest(visit.db)
    return plain_page(
        visit,
        "published_checks.html",
        books=[(book, latest[book.id]) for book in books.books(visit.db) if book.id in latest],
    )


@shows(_MONTH, deed=None, asks=(LARGE,))
def published_check(visit: Visit) -> Shown:
    """A month's seed, its pool, and the vouchers drawn."""
    book, found = _published(visit)
    return plain_page(
        visit,
        "published_check.html",
        book=book,
        found=found,
        months=[one.month for one in queries.checks(visit.db, book=book.id)],
    )


@shows(f"{_MONTH}/pool.csv", deed=None)
def published_pool(visit: Visit) -> Shown:
    """The same as a table, for the shell."""
    book, found = _published(visit)
    name = f"{book.id}-{month_code(found.check.month)}.csv"
    return Response(
        table_of(found).encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _published(visit: Visit) -> tuple[Book, Published]:
    book = books.book(visit.db, id=visit.text_at("unit"))
    month = month_from(visit.text_at("month"), otherwise=0)
    if book is None:
        raise Refusal(month_must_be_drawn.at("/unit", month=month_code(month)), kind=RefusalKind.MISSING)
    return book, queries.published(visit.db, book=book.id, month=month)


handlers = [published_checks, published_check, published_pool]
