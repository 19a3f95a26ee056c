"""The one filter bar over all books: period, account, member or other detail, words. It lives in the address."""

import re
from collections.abc import Mapping
from typing import Any

from ledger.account_books import queries as account_books
from schemas.books import Book
from schemas.units import Period, Value
from web import wire
from web.database import Connection
from web.pages.rendering import address, month_code
from web.pages.route import Visit, month_from

SETTLEMENT = 13
BOOK_FILTER = ("from", "to", "account", "detail", "text")
"""What the filter bar asks for; it goes along from book to book, also to one that has no use for a part of it."""


class BookFilter(Value):
    """What the reader wants to see; both months are included."""

    from_period: Period
    to_period: Period
    account: str = ""
    detail: str = ""
    text: str = ""

    def to(self, path: str, **other: object) -> str:
        """The address of another book with the same filter; ``other`` changes or adds to it."""
        query: dict[str, object] = {
            "from": month_code(self.from_period),
            "to": month_code(self.to_period),
            "account": self.account,
            "detail": self.detail,
            "text": self.text,
        }
        return address(path, **(query | {name.rstrip("_"): value for name, value in other.items()}))


def filter_of(visit: Visit) -> BookFilter:
    """The filter of this address: without months the year up to the last month anything is posted in."""
    last = last_period(visit.db, book=visit.at_book)
    query: Mapping[str, Any] = visit.query
    to = month_from(query.get("to", ""), otherwise=last, pointer="/to")
    january = to // 100 * 100 + 1
    since = month_from(query.get("from", ""), otherwise=january, pointer="/from")
    return BookFilter(
        from_period=min(since, to),
        to_period=to,
        account=_account(query.get("account", "")),
        detail=query.get("detail", "").strip(),
        text=query.get("text", "").strip(),
    )


def _account(text: str) -> str:
    code = code_of(text)
    if code and not re.fullmatch(r"[0-9]{1,40}", code):
        raise wire.Unreadable(wire.must_be_written_so.at("/account", given=code[:40], pattern="102"))
    return code


def last_period(db: Connection, *, book: Book) -> Period:
    """The last period anything is posted in; January of the first year while nothing is."""
    return account_books.last_posted_period(db, book=book.id) or book.first_year * 100 + 1


def code_of(text: str) -> str:
    """The code somebody chose from a list that reads ``102 银行存款``."""
    return text.strip().split(" ", maxsplit=1)[0]


def periods_of(visit: Visit) -> list[Period]:
    """Every period a reader may choose, newest last."""
    state = visit.periods
    return [
        year * 100 + month
        for year in range(state.first_year, state.last_year + 1)
        for month in range(1, 14)
        if month != SETTLEMENT or year in state.settling | state.sealed
    ]
