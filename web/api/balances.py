"""Balances over HTTP: the trial balance, and the ledger of an account."""

from typing import Annotated

import msgspec
from msgspec import Meta

from ledger.account_books import queries as account_books
from ledger.books import queries as books
from ledger.books.rules import account_must_be_there
from schemas.access import Deed
from schemas.account_books import LedgerRow, Place
from schemas.problems import Refusal, RefusalKind
from schemas.units import Period, Value
from web import answers
from web.answers import TrialBalanceAnswer
from web.api.pages import Cursor, Limit, cursor_of, place_at
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Balances 余额")


class SpanQuery(Value):
    """Months, both included. December includes the settlement stage unless `before_closing`."""

    from_: Period | None = msgspec.field(default=None, name="from")
    to: Period | None = None
    before_closing: bool = False


class LedgerQuery(Value):
    """Which lines of an account's ledger are shown."""

    from_: Period | None = msgspec.field(default=None, name="from")
    to: Period | None = None
    detail: Annotated[str, Meta(max_length=80)] | None = None
    daily: bool = False
    after: Cursor = ""
    limit: Limit = 100


class LedgerAnswer(Value):
    """A page of an account's ledger, with its running balance and the sums that are carried over."""

    items: tuple[LedgerRow, ...]
    next: str | None


@routes.reads("/books/{book}/trial-balance", deed=Deed.SEE_BOOK, query=SpanQuery, answers=TrialBalanceAnswer)
def read_trial_balance(db: Connection, call: Call[SpanQuery, Nothing]) -> TrialBalanceAnswer:
    """The trial balance 科目余额表, account by account. It costs the number of accounts, not of vouchers."""
    return answers.trial_balance(
        db,
        book=call.at_book,
        from_period=call.query.from_,
        to_period=call.query.to,
        before_closing=call.query.before_closing,
    )


@routes.reads(
    "/books/{book}/accounts/{code}/ledger", deed=Deed.SEE_BOOK, query=LedgerQuery, answers=LedgerAnswer
)
def read_ledger(db: Connection, call: Call[LedgerQuery, Nothing]) -> LedgerAnswer:
    """The detail ledger 明细账 of an account and what lies below it, with its running balance."""
    query = call.query
    code = call.path["code"]
    if code not in books.accounts(db, book=call.at_book):
        raise Refusal(account_must_be_there.at("/code", account=code), kind=RefusalKind.MISSING)
    first, last = answers.span(db, book=call.at_book, from_period=query.from_, to_period=query.to)
    page = account_books.ledger_page(
        db,
        book=call.book,
        account=code,
        detail=query.detail,
        from_period=first,
        to_period=last,
        after=place_at(query.after, Place) if query.after else None,
        limit=query.limit,
        daily=query.daily,
    )
    return LedgerAnswer(items=page.rows, next=None if page.next is None else cursor_of(page.next))
