"""Where work begins: all my books with what is left to do in each, my townships, and the month in hand of one book 本月."""

from typing import NamedTuple
from urllib.parse import quote

from coop.access import queries as access
from coop.households import queries as households
from coop.opening.rules import reach
from ledger.account_books import queries as account_books
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.periods import queries as periods
from ledger.periods.rules import first_open_month
from ledger.spot_checks import queries as spot_checks
from ledger.vouchers import queries as vouchers
from payouts.batches import queries as batches
from schemas.access import Deed
from schemas.books import Book
from schemas.charts import Money
from schemas.periods import CloseRequest
from schemas.spot_checks import FindingState
from schemas.units import Fen, Period
from schemas.vouchers import State, VoucherFilter
from web.pages.alerts import open_of_book
from web.pages.checks import checks_of_month, mended_at
from web.pages.crossings import drafts_by_unit
from web.pages.register import how_many_wait
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, month_from, shows

FEW = 8
"""Vouchers shown of each kind before the list is linked to."""


class BookInHand(NamedTuple):
    """A book with what is left to do in it."""

    book: Book
    month: Period
    drafts: int
    reviewed: int
    requests: tuple[CloseRequest, ...]
    opens: str


@shows("/", deed=Deed.FINISH_SIGN_IN)
def all_books(visit: Visit) -> Shown:
    """The books I may see; a household goes on to its own page."""
    if visit.who.must_prove:
        return see_other("/login/code")
    mine = households.household_of(visit.db, visit.by)
    if mine is not None:
        return see_other(f"/books/{mine.book}/households/{quote(mine.household)}")
    seen = access.books_seen_by(visit.db, visit.who.rights)
    open_ = {
        book.id: address
        for deed, address in (
            (Deed.RUN_CHECK, "/check"),
            (Deed.SEE_REGISTER, "/labour"),
            (Deed.SEE_BOOK, ""),
        )
        for book in access.books_seen_by(visit.db, visit.who.rights, deed=deed)
    }
    ids = [book.id for book in seen]
    unposted = account_books.unposted(visit.db, books=ids)
    requests = periods.books_waiting_for_review(visit.db, books=ids)
    rows = []
    for book in seen:
        state = periods.state_of(visit.db, book=book)
        counts = unposted.get(book.id, {})
        rows.append(
            BookInHand(
                book=book,
                month=first_open_month(first_year=state.first_year, closed=state.closed),
                drafts=counts.get(State.DRAFT, 0) + counts.get(State.SKETCH, 0),
                reviewed=counts.get(State.REVIEWED, 0),
                requests=requests.get(book.id, ()),
                opens=f"/books/{book.id}{open_[book.id]}" if book.id in open_ else "",
            )
        )
    return visit.page(
        "all_books.html",
        rows=rows,
        opens=bool(reach(visit.who.rights)),
        townships=access.townships_seen_by(visit.db, visit.who.rights, deed=Deed.SEE_BOOK),
    )


class Cash(NamedTuple):
    """What there is of a kind of money, and the accounts it is on."""

    name: str
    amount: Fen
    account: str


@shows("/books/{book}", asks=("month",))
def month_in_hand(visit: Visit) -> Shown:
    """The month in hand: its checks, what waits, and the money there is."""
    book, state = visit.at_book, visit.periods
    current = first_open_month(first_year=state.first_year, closed=state.closed)
    month = month_from(visit.query.get("month", ""), otherwise=current)
    month = min(month, month // 100 * 100 + 12)
    checks = checks_of_month(visit, month)
    return visit.page(
        "home.html",
        month=month,
        current=current,
        checks=sorted(checks, key=lambda check: (not check.stops, not check.problems)),
        mended_at=lambda check: mended_at(visit, check, month),
        left=sum(1 for check in checks if check.stops),
        warned=sum(1 for check in checks if check.problems and not check.stops),
        money=_money(visit, month),
        drafts=_waiting(visit, month, State.DRAFT, State.SKETCH),
        reviewed=_waiting(visit, month, State.REVIEWED),
        few=FEW,
        requests=periods.books_waiting_for_review(visit.db, books=[book.id]).get(book.id, ()),
        last=account_books.last_posted_period(visit.db, book=book.id),
        acts_waiting=how_many_wait(visit),
        unsent=batches.unsent(visit.db, books=[book.id]),
        returned=batches.returned(visit.db, books=[book.id]),
        landed=drafts_by_unit(visit),
        alerts=open_of_book(visit),
        findings=spot_checks.findings_waiting(visit.db, books=[book.id], state=FindingState.OPEN),
    )


def _waiting(visit: Visit, month: Period, *states: State) -> tuple[int, object]:
    wanted = VoucherFilter(to_period=month, states=states)
    count = vouchers.count(visit.db, book=visit.id, wanted=wanted)
    shown = vouchers.page(visit.db, book=visit.id, wanted=wanted, after=None, limit=FEW) if count else ()
    return count, shown


def _money(visit: Visit, month: Period) -> list[Cash]:
    """Cash and bank at the end of the month."""
    chart = books.accounts(visit.db, book=visit.at_book)
    details = balances.details_between(
        visit.db, book=visit.id, from_period=visit.periods.first_year * 100, to_period=month
    )
    found = []
    for account in chart.values():
        if account.parent or account.statutory.money not in {Money.CASH, Money.BANK, Money.OTHER}:
            continue
        below = [row for row in details if row.account.startswith(account.code)]
        if below or account.statutory.money is not Money.OTHER:
            found.append(
                Cash(
                    name=account.name if visit.locale == "zh_CN" else account.name_en,
                    amount=sum(row.closing for row in below),
                    account=account.code,
                )
            )
    return found


handlers = [all_books, month_in_hand]
