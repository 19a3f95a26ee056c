"""明细账 and 日记账: the posted lines of an account or of one member with the balance that runs, page by page with 承前页 and
过次页, day, month and year added up as on paper."""

from typing import NamedTuple

from msgspec.structs import replace

from ledger.account_books import queries as account_books
from ledger.balances import queries as balances
from ledger.books import queries as books
from schemas.account_books import LedgerLine, LedgerPage, LedgerRow, Place, RowKind
from schemas.balances import DetailBalance
from schemas.charts import Money, QuantityUse
from schemas.units import Fen
from web.api.pages import cursor_of, place_at
from web.pages.filters import BOOK_FILTER, BookFilter, filter_of, periods_of
from web.pages.naming import names_of
from web.pages.rendering import side_of
from web.pages.route import Shown, Visit, shows

ON_A_PAGE = 100


class Choice(NamedTuple):
    """An account or detail that has something to show, with its balance."""

    account: str
    detail: str
    closing: Fen


@shows("/books/{book}/ledger", asks=(*BOOK_FILTER, "after"))
def detail_ledger(visit: Visit) -> Shown:
    """The detail ledger of an account, or of a member over all accounts; without either, what there is to choose."""
    wanted = filter_of(visit)
    if not wanted.account and not wanted.detail and not wanted.text:
        return visit.page(
            "ledger_choice.html",
            wanted=wanted,
            choices=_choices(visit, wanted),
            names=names_of(visit, of_details=None),
            periods=periods_of(visit),
            side_of=side_of,
            at="ledger",
        )
    return _ledger(visit, wanted, at="ledger", daily=False)


@shows("/books/{book}/journal", asks=(*BOOK_FILTER, "after"))
def journal(visit: Visit) -> Shown:
    """The journal of cash or bank, added up each day."""
    wanted = filter_of(visit)
    money = [
        account
        for account in books.accounts(visit.db, book=visit.at_book).values()
        if account.statutory.money in {Money.CASH, Money.BANK, Money.OTHER} and account.lowest
    ]
    if not wanted.account and money:
        used = {
            row.account
            for row in balances.details_between(
                visit.db, book=visit.id, from_period=wanted.from_period, to_period=wanted.to_period
            )
        }
        first = next((account for account in money if account.code in used), money[0])
        wanted = BookFilter(
            from_period=wanted.from_period,
            to_period=wanted.to_period,
            account=first.code,
            detail=wanted.detail,
            text=wanted.text,
        )
    return _ledger(visit, wanted, at="journal", daily=True, tabs=[account.code for account in money])


def _ledger(
    visit: Visit, wanted: BookFilter, *, at: str, daily: bool, tabs: list[str] | None = None
) -> Shown:
    cursor = visit.query.get("after", "")
    after = place_at(cursor, Place) if cursor else None
    if wanted.text:
        page = _saying(visit, wanted, after)
    else:
        page = account_books.ledger_page(
            visit.db,
            book=visit.id,
            account=wanted.account,
            detail=wanted.detail or None,
            from_period=wanted.from_period,
            to_period=wanted.to_period,
            after=after,
            limit=ON_A_PAGE,
            daily=daily,
        )
    of_detail: list[DetailBalance] = []
    if wanted.detail and not wanted.account:
        # What a member has on several accounts is no one balance: each account beside the lines of all of them.
        of_detail = [
            row
            for row in balances.details_between(
                visit.db, book=visit.id, from_period=wanted.from_period, to_period=wanted.to_period
            )
            if row.detail == wanted.detail
        ]
        page = replace(page, rows=tuple(row for row in page.rows if row.line is not None))
    lines = [row.line for row in page.rows if row.line is not None]
    names = names_of(visit, of_details={line.detail for line in lines} | {wanted.detail})
    account = names.accounts.get(wanted.account)
    path = f"{visit.home}/{at}"
    return visit.page(
        "ledger.html",
        wanted=wanted,
        page=page,
        names=names,
        account=account,
        quantities=account is not None and account.statutory.quantity is QuantityUse.KEPT,
        many_accounts=not wanted.account
        or any(code != wanted.account and code.startswith(wanted.account) for code in names.accounts),
        many_details=not wanted.detail and any(line.detail for line in lines),
        running=not wanted.text and bool(wanted.account),
        of_detail=of_detail,
        tabs=tabs or [],
        periods=periods_of(visit),
        side_of=side_of,
        first=wanted.to(path) if after else "",
        next=wanted.to(path, after=cursor_of(page.next)) if page.next else "",
        at=at,
    )


def _saying(visit: Visit, wanted: BookFilter, after: Place | None) -> LedgerPage:
    """The lines that have these words; no balance runs over a choice of lines."""
    found = account_books.lines_saying(
        visit.db,
        book=visit.id,
        account=wanted.account,
        detail=wanted.detail or None,
        from_period=wanted.from_period,
        to_period=wanted.to_period,
        text=wanted.text,
        after=after,
        limit=ON_A_PAGE + 1,
    )
    shown: tuple[LedgerLine, ...] = found[:ON_A_PAGE]
    rows = tuple(
        LedgerRow(
            kind=RowKind.LINE,
            period=line.period,
            debit=line.debit,
            credit=line.credit,
            balance=0,
            quantity=0,
            line=line,
        )
        for line in shown
    )
    last = shown[-1] if len(found) > ON_A_PAGE else None
    return LedgerPage(rows=rows, next=last.place if last else None)


def _choices(visit: Visit, wanted: BookFilter) -> list[Choice]:
    rows = balances.details_between(
        visit.db, book=visit.id, from_period=wanted.from_period, to_period=wanted.to_period
    )
    return [
        Choice(account=row.account, detail=row.detail, closing=row.closing)
        for row in rows
        if row.closing or row.debit or row.credit or row.opening
    ]


handlers = [detail_ledger, journal]
