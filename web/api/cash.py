"""The daily cash count over HTTP."""

from ledger.cash import actions, queries
from schemas.access import Deed
from schemas.cash import CashCount, CashDay, NewCashCount
from schemas.units import Value
from web.api.route import Call, Nothing, Routes
from web.database import Connection
from web.wire import Month

routes = Routes("Cash 现金盘点")


class MonthQuery(Value):
    """A month."""

    month: Month


class CashDays(Value):
    """The days of a month on which cash moved or was counted."""

    items: tuple[CashDay, ...]


@routes.reads("/books/{book}/cash-days", deed=Deed.SEE_BOOK, query=MonthQuery, answers=CashDays)
def list_cash_days(db: Connection, call: Call[MonthQuery, Nothing]) -> CashDays:
    """Each day of a month beside its last count 库存现金盘点."""
    return CashDays(items=queries.cash_days(db, book=call.at_book, period=call.query.month))


@routes.acts(
    "/books/{book}/cash-counts", deed=Deed.COUNT_CASH, content=NewCashCount, answers=CashCount, status=201
)
def count_cash(db: Connection, call: Call[Nothing, NewCashCount]) -> CashCount:
    """Write down what was counted at the end of a day, beside what the book shows."""
    return actions.count_cash(db, call.body, book=call.book, by=call.by, on=call.on, at=call.at)
