"""数量金额账: heads, kilograms and sheets beside yuan, by detail."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.balances import queries as balances
from ledger.money import rounded
from schemas.balances import DetailBalance
from schemas.charts import QuantityUse
from schemas.units import Fen, Hundredths
from web.pages.filters import BOOK_FILTER, filter_of, periods_of
from web.pages.naming import names_of
from web.pages.route import Shown, Visit, shows


class Stock(NamedTuple):
    """A detail with its quantities and what one unit stands at."""

    row: DetailBalance
    each: Fen | None


@shows("/books/{book}/quantities", asks=BOOK_FILTER)
def quantities(visit: Visit) -> Shown:
    """The quantity-and-amount book of every account that keeps one."""
    wanted = filter_of(visit)
    names = names_of(visit, of_details=None)
    kept = {
        code for code, account in names.accounts.items() if account.statutory.quantity is QuantityUse.KEPT
    }
    rows = balances.details_between(
        visit.db,
        book=visit.id,
        from_period=wanted.from_period,
        to_period=wanted.to_period,
        account=wanted.account,
    )
    by_account: dict[str, list[Stock]] = {}
    for row in rows:
        moved = row.opening or row.debit or row.credit or row.opening_quantity or row.quantity_in
        if row.account in kept and moved and (not wanted.detail or row.detail == wanted.detail):
            by_account.setdefault(row.account, []).append(
                Stock(row=row, each=_each(row.closing, row.closing_quantity))
            )
    return visit.page(
        "quantities.html",
        wanted=wanted,
        by_account=by_account,
        sums={code: _sum([stock.row for stock in stocks]) for code, stocks in by_account.items()},
        one_unit={
            code
            for code, stocks in by_account.items()
            if len({names.unit(stock.row.detail) for stock in stocks}) == 1
        },
        names=names,
        periods=periods_of(visit),
        at="quantities",
    )


def _each(amount: Fen, quantity: Hundredths) -> Fen | None:
    """What one unit stands at, rounded once for the eye; nothing is computed with it."""
    return rounded(amount * 100, quantity) if quantity > 0 else None


def _sum(rows: Sequence[DetailBalance]) -> DetailBalance:
    return DetailBalance(
        account=rows[0].account,
        detail="",
        opening=sum(row.opening for row in rows),
        debit=sum(row.debit for row in rows),
        credit=sum(row.credit for row in rows),
        opening_quantity=sum(row.opening_quantity for row in rows),
        quantity_in=sum(row.quantity_in for row in rows),
        quantity_out=sum(row.quantity_out for row in rows),
    )


handlers = [quantities]
