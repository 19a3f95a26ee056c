"""工分: the book of duty labour, by month and member, as the 计分员 keeps it, and its month's voucher 工分制单."""

from collections.abc import Sequence
from datetime import date

from coop.daybook import actions
from coop.daybook import queries as daybook
from coop.members import queries as members
from ledger.account_books import queries as account_books
from ledger.books import queries as books
from ledger.periods.rules import last_day
from schemas.access import Deed
from schemas.labour import Cost, WorkDay
from schemas.problems import Problem
from schemas.units import Period
from web.i18n.words import N_
from web.pages.filters import code_of, periods_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, number_from, shows


@shows("/books/{book}/labour", deed=Deed.SEE_REGISTER, asks=("month", "member"))
def labour_book(visit: Visit) -> Shown:
    """The work days of a month, their sums by member, and the vouchers that book them."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    month = _month(visit)
    until = last_day(month)
    days = daybook.entries(visit.db, WorkDay, book=visit.id, from_date=until.replace(day=1), until=until)
    found = daybook.labour_month(visit.db, book=visit.id, month=month)
    member = visit.query.get("member", "").strip()
    may_book = visit.may("draft_voucher")
    return visit.page(
        "labour.html",
        problems=problems,
        status=status,
        month=month,
        days=sorted(
            (day for day in days if not member or day.member == member), key=lambda day: (day.on, day.member)
        ),
        found=found,
        sums=[one for one in found.members if not member or one.member == member],
        members=members.members(visit.db, book=visit.id),
        member=member,
        periods=[period for period in periods_of(visit) if period % 100 <= 12],
        may_book=may_book,
        cost=daybook.last_cost(visit.db, book=visit.id) if may_book else None,
        accounts=books.accounts(visit.db, book=visit.at_book) if may_book else {},
        dated=min(until, max(visit.on, until.replace(day=1))),
        given=visit.field,
        wrong={visit.place_of(problem) for problem in problems},
    )


def _month(visit: Visit) -> Period:
    last = account_books.last_posted_period(visit.db, book=visit.id) or visit.at_book.first_year * 100 + 1
    text = visit.query.get("month", "") or visit.field("month")
    month = month_from(text, otherwise=min(last, last // 100 * 100 + 12))
    return min(month, month // 100 * 100 + 12)


@does("/books/{book}/labour/voucher", deed=Deed.DRAFT_VOUCHER, again=_show)
async def book_labour(visit: Visit) -> Shown:
    """Draft the voucher of what is due of the month; vouchers that were left unticked stand apart from its sheet."""
    month = await visit.read(lambda: _month(visit))
    dated: date = day_from(visit.field("dated"), pointer="/dated")
    beside, booking = set(visit.fields("beside")), set(visit.fields("books"))
    drafted = await visit.write(
        lambda db: actions.book_labour(
            db,
            month=month,
            cost=Cost(account=code_of(visit.field("cost-account")), detail=visit.field("cost-detail")),
            book=visit.at_book,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            dated=dated,
            apart=[number for one in sorted(beside - booking) if (number := number_from(one)) is not None],
            key=visit.field("key")[:100] or None,
        )
    )
    return see_other(
        f"{visit.home}/vouchers/{drafted.id}",
        notice=N_("Drafted. It is reviewed and posted like any other voucher."),
    )


handlers = [labour_book, book_labour]
