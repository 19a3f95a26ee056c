"""交易: what members trade with the cooperative, by product and member, beside what a dividend goes by."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from coop.daybook import queries as daybook
from coop.member_accounts.rules import is_of_record
from coop.members import queries as members
from ledger.periods.rules import last_day
from payouts import distribution
from payouts.policies import queries as policies
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from schemas.access import Deed
from schemas.policies import BasisKind
from schemas.runs import Run, RunKind
from schemas.trade import WrittenTrade
from schemas.units import Fen, Hundredths
from web import wire
from web.pages.filters import last_period
from web.pages.route import Shown, Visit, number_from, shows
from web.policy_words import basis_said

MONTHS = range(1, 13)


class ProductSum(NamedTuple):
    """What was traded of a product in the span, and how much of it was written down from vouchers."""

    product: str
    quantity: Hundredths
    unit: str
    amount: Fen
    from_vouchers: Fen


class LegSum(NamedTuple):
    """What a leg by trade counts for the whole year: now, and in the year's run where there is one; in yuan, or in the
    product's unit."""

    name: str
    basis: str
    now: int
    run: int | None

    @property
    def agrees(self) -> bool:
        """Whether the run used what stands here now."""
        return self.run is None or self.run == self.now


@shows("/books/{book}/trade", deed=Deed.SEE_REGISTER, asks=("year", "month", "product", "member"))
def list_trade(visit: Visit) -> Shown:
    """The trade of a year or month, its sums, what vouchers have that is not written down, and the year's weights."""
    year, month = _span(visit)
    until = last_day(year * 100 + (month or 12))
    first = until.replace(day=1) if month else until.replace(month=1, day=1)
    product, member = visit.query.get("product", ""), visit.query.get("member", "").strip().split(" ")[0]
    found = daybook.written(visit.db, WrittenTrade, book=visit.id, from_date=first, until=until)
    shown = [
        one
        for one in found
        if (not product or one.product == product) and (not member or one.member == member)
    ]
    by_member: Counter[str] = Counter()
    for one in shown:
        by_member[one.member] += one.amount
    months = (first.year * 100 + first.month, until.year * 100 + until.month)
    run = runs.standing(visit.db, book=visit.id, kind=RunKind.DIVIDEND, year=year)
    return visit.page(
        "trade.html",
        year=year,
        month=month,
        months=MONTHS,
        years=range(visit.at_book.first_year, max(year, visit.on.year) + 1),
        trades=sorted(shown, key=lambda one: (one.on, one.entry)),
        products=sorted({one.product for one in found}),
        by_product=_by_product(shown),
        by_member=sorted(by_member.items()),
        total=sum(by_member.values()),
        from_vouchers=sum(one.amount for one in shown if one.voucher is not None),
        members=members.members(visit.db, book=visit.id),
        product=product,
        member=member,
        waiting=[one for one in daybook.trade_of_vouchers(visit.db, book=visit.id, months=months) if one.left]
        if visit.may("see_book")
        else [],
        run=run,
        legs=_legs(visit, run, year=year, member=member),
    )


def _span(visit: Visit) -> tuple[int, int]:
    """The year, and the month or 0 for all of it; ``month`` is written 3 or, as other pages link here, 2025-03."""
    last = last_period(visit.db, book=visit.at_book) // 100
    year, month = visit.query.get("year", ""), visit.query.get("month", "")
    if "-" in month:
        year, _, month = month.partition("-")
    of_year, of_month = number_from(year or str(last)), number_from(month or "0")
    if of_year is None or of_month is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    if not 1949 <= of_year <= 2999 or of_month not in (0, *MONTHS):
        raise wire.Unreadable(wire.must_be_month.at("/month"))
    return of_year, of_month


def _by_product(trades: Sequence[WrittenTrade]) -> list[ProductSum]:
    of: defaultdict[tuple[str, str], list[WrittenTrade]] = defaultdict(list)
    for one in trades:
        of[one.product, one.unit].append(one)
    return [
        ProductSum(
            product=product,
            quantity=sum(one.quantity for one in entries),
            unit=unit,
            amount=sum(one.amount for one in entries),
            from_vouchers=sum(one.amount for one in entries if one.voucher is not None),
        )
        for (product, unit), entries in sorted(of.items())
    ]


def _legs(visit: Visit, run: Run | None, *, year: int, member: str) -> list[LegSum]:
    """The legs that go by trade: what all members of record count, or the one asked for."""
    if run is None:
        policy = policies.policy(visit.db, book=visit.id, year=year)
    else:
        policy = policies.policy(visit.db, book=visit.id, year=year, version=run.policy_version)
    if policy is None or not visit.may("see_book"):
        return []
    known = members.members(visit.db, book=visit.id)
    of_record = {number for number, one in known.items() if is_of_record(one, on=policy.record_date)}
    wanted = of_record & {member} if member else of_record
    last = last_day(year * 100 + 12)
    traded = daybook.traded(visit.db, book=visit.id, from_date=last.replace(month=1, day=1), until=last)
    used = _used(visit, run, member=member)
    names = {number: one.name for number, one in known.items()}
    found = []
    for leg in policy.legs:
        if leg.basis.kind not in (BasisKind.TRADE_VALUE, BasisKind.TRADE_QUANTITY):
            continue
        weights = distribution.trade_weights(leg.basis, traded, products=policy.products)
        found.append(
            LegSum(
                name=leg.name,
                basis=basis_said(leg.basis, visit.locale, names=names),
                now=sum(weight for number, weight in weights.items() if number in wanted),
                run=None if run is None else used.get(leg.no, 0),
            )
        )
    return found


def _used(visit: Visit, run: Run | None, *, member: str) -> dict[int, int]:
    """What the run counted, by the number of the leg."""
    name = None if run is None else run_rules.name_of(run.id)
    if run is None or name is None:
        return {}
    if member:
        lines = runs.lines(visit.db, name, content=run.content, payee=member)
        return {line.part: line.weight for line in lines}
    return {part.no: part.total_weight for part in runs.parts(visit.db, name, content=run.content)}


handlers = [list_trade]
