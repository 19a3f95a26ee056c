"""现金盘点: the days of a month with what the journal says, the count of a day by denomination, and what to do about a
difference."""

import re
from collections.abc import Sequence
from datetime import date

from coop.access import queries as access
from ledger.cash import actions, queries
from ledger.cash.rules import FACES, difference_draft
from ledger.journals import queries as journals
from ledger.journals.rules import days_of
from ledger.vouchers import actions as vouchers
from schemas.access import Deed
from schemas.cash import CashDay, NewCashCount, Pieces
from schemas.charts import Money
from schemas.journals import MoneyAccount
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import Period
from schemas.vouchers import NewDraft, Voucher
from web import wire
from web.database import Connection
from web.i18n.words import N_
from web.pages.filters import last_period, periods_of
from web.pages.naming import names_of
from web.pages.rendering import address, month_code, see_other
from web.pages.route import Shown, Visit, day_from, does, month_from, shows
from web.pages.voucher_form import amount_from

CASH = "101"

day_must_differ = Fault(
    code="day_must_differ",
    says="On {date} the box and the book agree, or nothing was counted.",
    remedy="Nothing is to be booked.",
)


@shows("/books/{book}/cash", asks=("month", "day", "account"))
def cash_days(visit: Visit) -> Shown:
    """The days of a month, each beside its last count, and the form of a count."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    month = _month(visit)
    accounts = _accounts(visit)
    account = visit.field("account") or visit.query.get("account", "") or accounts[0]
    first, last = days_of(month)
    days = queries.cash_days(visit.db, book=visit.at_book, period=month)
    counted = visit.field("date") or visit.query.get("day", "")
    waiting = [one.date for one in days if one.moved and one.count is None]
    day = _day(counted) or (
        visit.on if first <= visit.on <= last else next(iter(waiting), min(last, visit.on))
    )
    able = access.people_with(visit.db, Deed.SEE_BOOK, book=visit.id)
    names = names_of(
        visit,
        of_people=[*able, *(one.count.counted_by for one in days if one.count), *_witnesses(days)],
    )
    return visit.page(
        "cash.html",
        problems=problems,
        status=status,
        month=month,
        periods=[period for period in periods_of(visit) if period % 100 <= 12],
        days=days,
        accounts=accounts,
        account=account,
        names=names,
        day=day,
        in_book=journals.balance_on(visit.db, book=visit.id, of=MoneyAccount(account=account), on=day),
        faces=FACES,
        given=visit.field,
        witnesses=sorted((person for person in able if person != visit.by), key=names.person),
        counts=queries.counts(visit.db, book=visit.id, account=account, first_day=day, last_day=day),
        not_counted=len(waiting),
        to_mend=[one for one in days if one.difference],
        may_count=visit.may("count_cash"),
        may_draft=visit.may("draft_voucher"),
    )


def _witnesses(days: Sequence[CashDay]) -> list[int]:
    return [one.count.witness for one in days if one.count is not None and one.count.witness is not None]


def _accounts(visit: Visit) -> list[str]:
    found = [of.account for of in journals.money_accounts(visit.db, book=visit.at_book, kind=Money.CASH)]
    return list(dict.fromkeys(found)) or [CASH]


def _month(visit: Visit) -> Period:
    given = visit.query.get("month", "")
    month = month_from(given, otherwise=last_period(visit.db, book=visit.at_book))
    return min(month, month // 100 * 100 + 12)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@does("/books/{book}/cash", deed=Deed.COUNT_CASH, again=_show)
async def count_cash(visit: Visit) -> Shown:
    """Write down what was counted."""
    new = _count_from(visit)
    made = await visit.write(
        lambda db: actions.count_cash(db, new, book=visit.id, by=visit.by, on=visit.on, at=visit.at)
    )
    return see_other(
        _here(visit, made.date),
        notice=N_("Counted. The box and the book agree.")
        if made.counted == made.book_then
        else N_("Counted. The box and the book differ."),
    )


def _count_from(visit: Visit) -> NewCashCount:
    problems: list[Problem] = []
    pieces = []
    for face in FACES:
        text = visit.field(f"face-{face}")
        if not text:
            continue
        if not re.fullmatch(r"[0-9]{1,6}", text):
            problems.append(wire.must_be_whole_number.at(f"/face-{face}"))
            continue
        pieces.append(Pieces(face=face, number=int(text)))
    counted = sum(one.face * one.number for one in pieces)
    day = visit.on
    try:
        if visit.field("counted") or not pieces:
            counted = amount_from(visit.field("counted") or "?", pointer="/counted")
            if counted < 0:
                problems.append(
                    wire.must_not_be_less.at("/counted", given=visit.field("counted"), least="0.00")
                )
        day = day_from(visit.field("date"), pointer="/date")
    except Refusal as refusal:
        problems += refusal.problems
    witness = visit.field("witness")
    if witness and not re.fullmatch(r"[0-9]{1,15}", witness):
        problems.append(wire.must_be_whole_number.at("/witness"))
    if problems:
        raise Refusal(*problems)
    return NewCashCount(
        date=day,
        counted=counted,
        account=visit.field("account") or CASH,
        pieces=tuple(one for one in pieces if one.number),
        witness=int(witness) if witness else None,
        note=visit.field("note")[:200],
    )


@does("/books/{book}/cash/difference", deed=Deed.DRAFT_VOUCHER, again=_show)
async def draft_difference(visit: Visit) -> Shown:
    """Draft the voucher that takes a day's difference to 181, for the accountant to look at."""
    account = visit.field("account") or CASH
    day = day_from(visit.field("date"))
    made = await visit.write(lambda db: _draft(db, visit, account=account, day=day))
    return see_other(
        f"{visit.home}/vouchers/{made.id}/edit",
        notice=N_("Begun as a sketch: look it through and save it."),
    )


def _draft(db: Connection, visit: Visit, *, account: str, day: date) -> Voucher:
    found = queries.cash_day(db, book=visit.id, account=account, on=day)
    if not found.difference:
        raise Refusal(day_must_differ.at("/date", date=day), kind=RefusalKind.STATE)
    draft = NewDraft(draft=difference_draft(found, dated=day), finished=False)
    return vouchers.one(
        vouchers.draft_many(db, [draft], book=visit.id, by=visit.by, on=visit.on, at=visit.at)
    )


def _here(visit: Visit, day: date) -> str:
    return address(f"{visit.home}/cash", month=month_code(day.year * 100 + day.month), day=day.isoformat())


handlers = [cash_days, count_cash, draft_difference]
