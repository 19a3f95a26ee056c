"""工分: the book of duty labour, by month and member, as the 计分员 keeps it."""

from typing import NamedTuple

from coop.daybook import queries as daybook
from coop.members import queries as members
from coop.shares.queries import last_day
from ledger.account_books import queries as account_books
from ledger.money import rounded
from schemas.access import Deed
from schemas.labour import WorkDay
from schemas.units import Fen, Hundredths
from web.pages.filters import periods_of
from web.pages.route import Shown, Visit, month_from, shows


class Worked(NamedTuple):
    """What a member worked in the span: days, and pay for them."""

    member: str
    days: Hundredths
    pay: Fen


@shows("/books/{book}/labour", deed=Deed.SEE_REGISTER, asks=("month", "member"))
def labour_book(visit: Visit) -> Shown:
    """The work days of a month, and their sums by member."""
    last = account_books.last_posted_period(visit.db, book=visit.id) or visit.at_book.first_year * 100 + 1
    month = month_from(visit.query.get("month", ""), otherwise=min(last, last // 100 * 100 + 12))
    month = min(month, month // 100 * 100 + 12)
    until = last_day(month)
    days = daybook.entries(visit.db, WorkDay, book=visit.id, from_date=until.replace(day=1), until=until)
    member = visit.query.get("member", "").strip()
    shown = [day for day in days if not member or day.member == member]
    by_member: dict[str, Worked] = {}
    for day in shown:
        before = by_member.get(day.member, Worked(day.member, 0, 0))
        by_member[day.member] = Worked(
            day.member, before.days + day.days, before.pay + rounded(day.days * day.day_wage, 100)
        )
    return visit.page(
        "labour.html",
        month=month,
        days=sorted(shown, key=lambda day: (day.on, day.member)),
        sums=[by_member[number] for number in sorted(by_member)],
        total_days=sum(one.days for one in by_member.values()),
        total_pay=sum(one.pay for one in by_member.values()),
        members=members.members(visit.db, book=visit.id),
        member=member,
        periods=[period for period in periods_of(visit) if period % 100 <= 12],
    )


handlers = [labour_book]
