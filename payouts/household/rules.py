"""Drawing up what a household is told (RULES §4, §5, §6; 合作社法 第四十三条, 第四十四条).

Of a leg of 7 797.87 shared out by work days, somebody with 25.5 of 126.5 days gets 7 797.87 × 25.5 / 126.5 =
1 571.9105…: 1 571.91 or a fen less, as the remainders fall. The exact quotient stands beside what was got.

>>> exact(779_787, weight=2550, total=12650)
Fraction(numerator=39769137, denominator=25300)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction as Exact

from coop.member_accounts.rules import is_granted, is_of_record
from coop.shares.rules import refundable
from ledger.money import rounded
from payouts.notices.rules import appeals_end, check_code, held_by, notice_ends
from payouts.runs.rules import published_on
from schemas.appeals import Appeal
from schemas.batches import Channel, DueState, Outcome, Reason
from schemas.books import BookKind
from schemas.charts import Settlement
from schemas.herd import Animal
from schemas.household import (
    AccountLine,
    Besides,
    CalfOf,
    Case,
    ClassLine,
    CommissionOf,
    HouseholdStatement,
    LegOf,
    MemberStatement,
    MoneyOf,
    OwnAccount,
    PaidTo,
    PaperOf,
    RunOf,
    ShareHeld,
    TradeOf,
    WorkOf,
    YearOf,
)
from schemas.labour import WorkDay
from schemas.members import Heir, Member
from schemas.policies import BasisKind, Procedure
from schemas.runs import (
    BOOKED,
    ORDERS,
    Fraction,
    OrderInputs,
    Run,
    RunAct,
    RunKind,
    RunLine,
    RunPart,
    RunState,
    RunStep,
)
from schemas.shares import Movement, ShareClass
from schemas.trade import Trade
from schemas.units import BookId, Fen, Hundredths, Period, Value

OUT = (RunState.ON_NOTICE, RunState.APPROVED, *sorted(BOOKED))
"""States in which a run's list is public, so that a household is told its line."""


class BalanceOf(Value):
    """What an account says of a member in a year, credit positive: what it opened with, both sides of the year, and what
    it comes to today. ``account`` is the statutory code."""

    account: str
    member: str
    opening: Fen
    debit: Fen
    credit: Fen
    now: Fen

    @property
    def closing(self) -> Fen:
        """What it closed the year with."""
        return self.opening + self.credit - self.debit


class AccountName(Value):
    """A statutory account's names."""

    zh: str
    en: str


class RunFacts(Value):
    """A public run of the year: its legs by number, its days, of a commission what each manager's came from, of a payment
    order the month it goes by and what is withheld of whom."""

    run: Run
    parts: Mapping[int, RunPart]
    published: date | None
    notice_ends: date | None
    appeals_end: date | None
    approved: date | None
    posted: date | None
    papers: tuple[PaperOf, ...]
    commissions: Mapping[str, CommissionOf]
    through: Period | None = None
    withheld: Mapping[str, Fen] = {}


def run_facts(
    run: Run,
    parts: Iterable[RunPart],
    acts: Sequence[RunAct],
    *,
    procedure: Procedure,
    papers: Iterable[PaperOf],
    commissions: Mapping[str, CommissionOf],
    order: OrderInputs | None = None,
) -> RunFacts:
    """What a run says to everybody on its list."""
    published = published_on(acts)
    return RunFacts(
        run=run,
        parts={part.no: part for part in parts},
        published=published,
        notice_ends=None if published is None else notice_ends(published, days=procedure.notice_days),
        appeals_end=None if published is None else appeals_end(published, days=procedure.appeal_days),
        approved=_last(acts, RunStep.APPROVE),
        posted=_last(acts, RunStep.POST),
        papers=tuple(papers),
        commissions=commissions,
        through=None if order is None else order.through,
        withheld={} if order is None else _withheld(order),
    )


def _withheld(order: OrderInputs) -> Mapping[str, Fen]:
    sums: defaultdict[str, Fen] = defaultdict(int)
    for line in order.lines:
        sums[line.member] += line.withheld
    return sums


def _last(acts: Iterable[RunAct], step: RunStep) -> date | None:
    days = [act.on for act in acts if act.step is step]
    return days[-1] if days else None


class TradeSum(Value):
    """What a member traded of a product in the year."""

    member: str
    product: str
    unit: str
    quantity: Hundredths
    amount: Fen


class WorkSum(Value):
    """A member's duty work of the year."""

    member: str
    days: Hundredths
    wage: Fen


class PaidYear(Value):
    """What a year gave a member by the books (distributed surplus), or by the runs on notice and after."""

    member: str
    year: int
    amount: Fen


class Quantified(Value):
    """The funds quantified to the members of record in equal parts: both totals, how many there are, the first of them
    by number, who get the fen left over, and the record date; None where there is nothing to share."""

    aid: Fen = 0
    donations: Fen = 0
    members: int = 0
    first: tuple[str, ...] = ()
    record_date: date | None = None


class SentOf(Value):
    """A payee's line of a batch of a run that was not voided, the last of them, and the bank's last word on it."""

    run: str
    payee: str
    channel: Channel
    sent_on: date | None
    name: str
    bank: str
    account: str
    outcome: Outcome | None
    on: date | None
    reason: Reason | None


class YearOfBook(Value):
    """What is the same for every household of a book and year. ``founded`` is the unit's first day, or the first of
    the book's first year where it is not known."""

    book: BookId
    kind: BookKind
    unit: str
    year: int
    as_of: date
    drawn_up: date
    closed: bool
    loss: Fen
    founded: date
    years: tuple[int, ...]
    settlement: Settlement
    capital: str
    accounts: Mapping[str, AccountName]
    runs: tuple[RunFacts, ...]
    shares_of_all: Fen
    quantified: Quantified


class Facts(Value):
    """What registers and books say of some members, each by its number; ``lines`` are those of the year's runs by run and
    payee, ``sent`` what of them went out, ``papers`` the numbers of vouchers by their ids."""

    members: tuple[Member, ...]
    movements: Mapping[str, Sequence[Movement]]
    papers: Mapping[int, str]
    lines: Mapping[tuple[str, str], Sequence[RunLine]]
    sent: Mapping[tuple[str, str], SentOf]
    balances: Mapping[str, Sequence[BalanceOf]]
    work: Mapping[str, WorkSum]
    trade: Mapping[str, Sequence[TradeSum]]
    animals: Mapping[str, Sequence[Animal]]
    paid: Mapping[str, Sequence[PaidYear]]
    appeals: Mapping[str, Sequence[Appeal]]
    heirs: Mapping[str, Sequence[Heir]]


def work_sums(days: Iterable[WorkDay]) -> Mapping[str, WorkSum]:
    """Work days by member, with what they are worth: each entry's wage is rounded half up to the fen."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for day in days:
        sums[day.member][0] += day.days
        sums[day.member][1] += rounded(day.days * day.day_wage, 100)
    return {member: WorkSum(member=member, days=worked, wage=wage) for member, (worked, wage) in sums.items()}


def trade_sums(trades: Iterable[Trade]) -> Iterable[TradeSum]:
    """Trade by member and product, in code-point order."""
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for one in trades:
        of = sums[one.member, one.product, one.unit]
        of[0] += one.quantity
        of[1] += one.amount
    return [
        TradeSum(member=member, product=product, unit=unit, quantity=quantity, amount=amount)
        for (member, product, unit), (quantity, amount) in sorted(sums.items())
    ]


def draw_up(of: YearOfBook, facts: Facts, *, household: str) -> HouseholdStatement:
    """What a household is told: a section for each of its members, by number."""
    return HouseholdStatement(
        book=of.book,
        kind=of.kind,
        unit=of.unit,
        household=household,
        year=of.year,
        as_of=of.as_of,
        drawn_up=of.drawn_up,
        closed=of.closed,
        loss=of.loss,
        shares_of_all=of.shares_of_all,
        years=of.years,
        members=tuple(
            _section(of, facts, member)
            for member in facts.members
            if member.household == household and member.joined_on <= of.as_of
        ),
    )


def _section(of: YearOfBook, facts: Facts, member: Member) -> MemberStatement:
    number = member.number
    movements = [one for one in facts.movements.get(number, ()) if one.on <= of.as_of]
    balances = facts.balances.get(number, ())
    appeals = tuple(facts.appeals.get(number, ()))
    runs = tuple(
        _run_of(
            run,
            number,
            facts.lines.get((run.run.id, number), ()),
            appeals,
            sent=facts.sent.get((run.run.id, number)),
        )
        for run in of.runs
        if (run.run.id, number) in facts.lines
    )
    shares = _shares(movements, facts.papers)
    work = facts.work.get(number)
    got = sum(run.got for run in runs if run.kind not in ORDERS)
    plan = of.settlement
    owed = _line(balances, plan.patronage, plan.residual)
    return MemberStatement(
        member=number,
        name=member.name,
        kind=member.kind,
        joined=member.joined_on,
        ended=member.left_on,
        heirs=tuple(one.name for one in facts.heirs.get(number, ())),
        paid_to=tuple(_paid_to(of, member, facts.heirs.get(number, ()))),
        cases=tuple(_cases(of, member, runs)),
        got=got,
        shares=shares,
        shares_value=sum(share.value for share in shares),
        runs=runs,
        account=OwnAccount(
            capital_granted=_capital(movements, of.year, granted=True),
            capital_other=_capital(movements, of.year, granted=False),
            classes=tuple(_classes(movements, of.year)),
            reserve=_line(balances, plan.reserve),
            owed=owed,
            aid=_equal_part(of.quantified.aid, of, member),
            donations=_equal_part(of.quantified.donations, of, member),
        ),
        owed_now=sum(one.now for one in balances if one.account in {plan.patronage, plan.residual}),
        besides=tuple(_besides(of, balances)),
        work=WorkOf(days=0, wage=0) if work is None else WorkOf(days=work.days, wage=work.wage),
        trade=tuple(
            TradeOf(product=one.product, quantity=one.quantity, unit=one.unit, amount=one.amount)
            for one in facts.trade.get(number, ())
        ),
        calves=tuple(_calves(facts.animals.get(number, ()), year=of.year)),
        years=_years(facts.paid.get(number, ()), runs, year=of.year),
        appeals=appeals,
    )


def exact(amount: Fen, *, weight: int, total: int) -> Fraction:
    """The part of an amount in yuan before the fen are cut; nothing of nothing."""
    quotient = Exact(amount * weight, total * 100) if total else Exact(0)
    return Fraction(numerator=quotient.numerator, denominator=quotient.denominator)


def _run_of(
    facts: RunFacts,
    payee: str,
    lines: Sequence[RunLine],
    appeals: Iterable[Appeal],
    *,
    sent: SentOf | None,
) -> RunOf:
    run = facts.run
    got = sum(line.amount for line in lines)
    of_run = [one for one in appeals if one.run == run.id]
    held = payee in held_by(of_run, content=run.content)
    return RunOf(
        run=run.id,
        kind=run.kind,
        year=run.year,
        state=run.state,
        total=run.total,
        got=got,
        legs=tuple(_leg(facts.parts[line.part], line) for line in lines),
        resolution=run.resolution,
        published=facts.published,
        notice_ends=facts.notice_ends,
        appeals_end=facts.appeals_end,
        approved=facts.approved,
        posted=facts.posted,
        code=check_code(run.id, digest=run.digest, payee=payee, amount=got),
        held=held,
        commission=facts.commissions.get(payee),
        papers=facts.papers,
        money=_money(sent, held=held) if run.is_booked and got else None,
        through=facts.through,
        withheld=facts.withheld.get(payee, 0),
    )


def _money(sent: SentOf | None, *, held: bool) -> MoneyOf:
    """Where the money is. What is in a batch that did not go out yet is still to be paid."""
    if sent is None or (sent.sent_on is None and sent.outcome is None):
        return MoneyOf(state=DueState.HELD if held else DueState.TO_PAY)
    if sent.outcome is None:
        state = DueState.ON_ITS_WAY
    elif sent.outcome is Outcome.PAID:
        state = DueState.PAID
    else:
        state = DueState.HELD if held else DueState.RETURNED
    return MoneyOf(
        state=state,
        channel=sent.channel,
        sent=sent.sent_on,
        on=sent.on,
        reason=sent.reason,
        to=PaidTo(name=sent.name, bank=sent.bank, bank_account=sent.account),
    )


_BASES = {basis.value: basis for basis in BasisKind}


def _leg(part: RunPart, line: RunLine) -> LegOf:
    return LegOf(
        no=part.no,
        name=part.name,
        basis=_BASES.get(part.basis),
        patronage=part.patronage,
        bp=part.bp,
        amount=part.amount,
        weight=line.weight,
        total_weight=part.total_weight,
        exact=exact(part.amount, weight=line.weight, total=part.total_weight),
        got=line.amount,
        fen_from_remainder=line.fen_from_remainder,
    )


def _cases(of: YearOfBook, member: Member, runs: Sequence[RunOf]) -> Iterable[Case]:
    dividend = next((run for run in of.runs if run.run.kind is RunKind.DIVIDEND), None)
    if dividend is None and not of.closed:
        yield Case.NOT_YET
    elif of.loss:
        yield Case.LOSS
    elif not any(run.got for run in runs if run.kind is RunKind.DIVIDEND):
        yield Case.NOTHING
    joined = max(of.founded, date(of.year, 1, 1)) < member.joined_on <= date(of.year, 12, 31)
    if joined and of.capital:
        yield Case.JOINED
    if member.left_on is not None and member.left_on <= of.drawn_up:
        yield Case.ENDED


def _shares(movements: Sequence[Movement], papers: Mapping[int, str]) -> tuple[ShareHeld, ...]:
    found = []
    for share in ShareClass:
        of_class = [one for one in movements if one.share is share]
        quantity, value = sum(one.quantity for one in of_class), sum(one.value for one in of_class)
        if not quantity and not value:
            continue
        last = max(of_class, key=lambda one: (one.on, one.seq))
        paper = last.number if last.voucher is None else papers.get(last.voucher, last.number)
        found.append(
            ShareHeld(
                share=share, quantity=quantity, value=value, since=last.on, paper=paper or last.resolution
            )
        )
    return tuple(found)


def _paid_to(of: YearOfBook, member: Member, heirs: Sequence[Heir]) -> Iterable[PaidTo]:
    ended = member.left_on is not None and member.left_on <= of.drawn_up
    for one in heirs if ended and heirs else (member,):
        yield PaidTo(name=one.name, bank=one.bank, bank_account=one.bank_account)


def _capital(movements: Iterable[Movement], year: int, *, granted: bool) -> AccountLine:
    return _moved([one for one in movements if refundable(one.share) and is_granted(one) is granted], year)


def _classes(movements: Sequence[Movement], year: int) -> Iterable[ClassLine]:
    for share in ShareClass:
        of_class = [one for one in movements if one.share is share]
        if of_class and refundable(share):
            line = _moved(of_class, year)
            yield ClassLine(
                share=share, opening=line.opening, came=line.came, went=line.went, closing=line.closing
            )


def _moved(wanted: Sequence[Movement], year: int) -> AccountLine:
    opening = sum(one.value for one in wanted if one.on.year < year)
    moved = [one.value for one in wanted if one.on.year == year]
    came, went = sum(value for value in moved if value > 0), -sum(value for value in moved if value < 0)
    return AccountLine(opening=opening, came=came, went=went, closing=opening + came - went)


def _line(balances: Iterable[BalanceOf], *accounts: str) -> AccountLine:
    of = [one for one in balances if one.account in accounts]
    return AccountLine(
        opening=sum(one.opening for one in of),
        came=sum(one.credit for one in of),
        went=sum(one.debit for one in of),
        closing=sum(one.closing for one in of),
    )


def _equal_part(total: Fen, of: YearOfBook, member: Member) -> Fen:
    """A fund shared out equally: the first by number get the fen left over (RULES §2)."""
    on = of.quantified.record_date
    if total <= 0 or on is None or not is_of_record(member, on=on):
        return 0
    part, left = divmod(total, of.quantified.members)
    return part + (member.number in of.quantified.first[:left])


def _besides(of: YearOfBook, balances: Iterable[BalanceOf]) -> Iterable[Besides]:
    plan = of.settlement
    told = {plan.patronage, plan.residual, plan.reserve, of.capital}
    for one in balances:
        if one.account in told or not (one.debit or one.credit or one.closing):
            continue
        name = of.accounts[one.account]
        yield Besides(
            account=one.account,
            name=name.zh,
            name_en=name.en,
            earned=one.credit,
            paid=one.debit,
            left=one.closing,
        )


def _calves(animals: Iterable[Animal], *, year: int) -> Iterable[CalfOf]:
    for one in animals:
        left = None if one.leaving is None else one.leaving.on
        if one.entered_on.year <= year and (left is None or left.year >= year):
            yield CalfOf(
                ear_tag=one.ear_tag, origin=one.origin, state=one.state, entered=one.entered_on, left=left
            )


def _years(paid: Iterable[PaidYear], runs: Iterable[RunOf], *, year: int) -> tuple[YearOf, ...]:
    """What each year gave; of the year itself what its runs say, which may not be in the books yet."""
    amounts: defaultdict[int, Fen] = defaultdict(int)
    for one in paid:
        amounts[one.year] += one.amount
    told = sum(run.got for run in runs if run.kind not in ORDERS)
    if told:
        amounts[year] = told
    return tuple(YearOf(year=year, amount=amounts[year]) for year in sorted(amounts))
