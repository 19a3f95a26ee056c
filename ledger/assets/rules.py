"""How an asset is written off, and what its card must fulfil (财会〔2021〕37号, 财会〔2023〕14号; DOMAIN §1.5).

Cost less residual value, in equal parts over the months of its life (straight line 年限平均法), never more and never
less than that to the fen. A thing or an animal is depreciated from the month after it comes into use to the month
it goes; a right is amortised from the month of first use.

Each month books the same amount, rounded once; each December, and the last month, bring what is written off to the
exact straight line. Feed cutters of 34 750.00, residual 5 %, 60 months, in use since 24 January 2025: 33 012.50 / 60
is 550.21 a month; eleven months are 6 052.29, so December books 550.19.

>>> from datetime import date
>>> card = fresh_card(NewCard(code="A1", name="饲草设备", account="151", detail="饲草设备", cost=3475000,
...     residual=173750, life_months=60, in_use_since=date(2025, 1, 24), expense_account="523"),
...     of=WrittenOff(wear=Wear.DEPRECIATION, contra="152"), by=1, at="")
>>> [(charge.period, charge.amount) for charge in plan_of(card)[9:12]]
[(202511, 55021), (202512, 55019), (202601, 55021)]
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

from ledger.log.rules import reason_must_be_given
from ledger.money import rounded
from ledger.periods.rules import month_after, month_before, month_text
from ledger.seal.rules import digest_of
from schemas.assets import (
    Card,
    CardState,
    Charge,
    NewCard,
    PlannedCharge,
    Rhythm,
    Terms,
)
from schemas.balances import DetailBalance
from schemas.books import BookAccount
from schemas.charts import Account, Category, Wear, WrittenOff
from schemas.periods import Check
from schemas.problems import Fault, Problem, Severity
from schemas.units import Fen, Period, PersonId
from schemas.vouchers import VoucherDraft, VoucherLine

SPENT = frozenset({Category.EXPENSE, Category.COST})
COSTS = SPENT | {Category.ASSET}
"""What a charge may be booked to: an expense, production cost 401, or an asset it helps to make (141, 153)."""

ADDED, CHANGED, GONE, BACK, PLANNED = (
    "asset.add",
    "asset.terms",
    "asset.dispose",
    "asset.put_back",
    "asset.plan",
)
"""The acts under which the log seals what happened to a card."""

card_must_be_new = Fault(
    code="card_must_be_new",
    says="The book already has a card {card} ({name}).",
    remedy="Choose another code; a changed estimate is entered on the card itself.",
)
card_must_stand_on_an_asset = Fault(
    code="card_must_stand_on_an_asset",
    says="Account {account} holds no assets that are written off.",
    remedy="Choose one of {accounts}, or a sub-account of one.",
)
contra_must_fit_the_asset = Fault(
    code="contra_must_fit_the_asset",
    says="What is written off account {account} is kept on {wanted}, not on {contra}.",
    remedy="Leave it empty, or choose a sub-account of {wanted}.",
)
expense_must_be_a_cost = Fault(
    code="expense_must_be_a_cost",
    says="Account {account} is no expense, no production cost and no asset that is being made.",
    remedy="Choose one of {accounts}, or an asset that is being made.",
)
residual_must_not_exceed_cost = Fault(
    code="residual_must_not_exceed_cost",
    says="The residual value {residual} is more than the cost {cost}.",
    remedy="Correct one of them.",
)
taken_must_leave_a_rest = Fault(
    code="taken_must_leave_a_rest",
    says="{taken} was written off, more than cost less residual value ({whole}).",
    remedy="Correct the amounts.",
)
taken_must_say_until_when = Fault(
    code="taken_must_say_until_when",
    says="{taken} was written off before, but not up to which month.",
    remedy="Give the last month it covers.",
)
taken_must_lie_in_its_life = Fault(
    code="taken_must_lie_in_its_life",
    says="Written off until {until}, but the plan runs from {first} to {last}.",
    remedy="Correct the month, the day it came into use, or its life.",
)
month_must_be_a_month = Fault(
    code="month_must_be_a_month", says="{month} is no month.", remedy="Write a month as 2025-03."
)
first_month_must_not_precede_use = Fault(
    code="first_month_must_not_precede_use",
    says="The plan begins in {first}, the asset came into use in {used}.",
    remedy="Correct one of them.",
)
card_must_exist = Fault(
    code="card_must_exist", says="There is no card {card}.", remedy="Look it up in the list of assets."
)
card_must_be_in_use = Fault(
    code="card_must_be_in_use",
    says="Card {card} went on {day}.",
    remedy="Nothing more is written off; if it did not go, put it back into use.",
)
card_must_have_gone = Fault(
    code="card_must_have_gone", says="Card {card} is in use.", remedy="Nothing is left to do."
)
terms_must_lie_ahead = Fault(
    code="terms_must_lie_ahead",
    says="Card {card} is already written off up to {charged}; new terms from {month} would change the past.",
    remedy="Let them begin after {charged}: a changed estimate works for the future only.",
)
terms_must_lie_in_its_life = Fault(
    code="terms_must_lie_in_its_life",
    says="New terms from {month} leave no month of the life of {months} months to write off.",
    remedy="Give a longer life, or an earlier month.",
)
going_must_follow_use = Fault(
    code="going_must_follow_use",
    says="Card {card} came into use on {used}; it cannot go on {day}.",
    remedy="Correct the day.",
)
going_must_not_undo_charges = Fault(
    code="going_must_not_undo_charges",
    says="Card {card} is already written off up to {charged}, after it went in {month}.",
    remedy="Withdraw or cancel the voucher of those months first.",
)
going_must_not_lie_ahead = Fault(
    code="going_must_not_lie_ahead", says="{day} has not come yet.", remedy="Enter it when it goes."
)
month_should_be_written_off = Fault(
    code="month_should_be_written_off",
    says="Card {card} {name}: {amount} of {months} is not yet drafted.",
    remedy="Draft the month's plan voucher.",
    severity=Severity.WARNING,
)
plan_voucher_should_be_posted = Fault(
    code="plan_voucher_should_be_posted",
    says="Voucher #{voucher} with {amount} of {months} is drafted and not posted.",
    remedy="Have it reviewed and posted.",
    severity=Severity.WARNING,
)
asset_should_have_a_card = Fault(
    code="asset_should_have_a_card",
    says="{account} {detail} has {balance} in the book and no card.",
    remedy="Add its card, with what was written off before.",
    severity=Severity.WARNING,
)
cards_should_equal_the_book = Fault(
    code="cards_should_equal_the_book",
    says="{account} {detail}: the cards come to {cards}, the book to {book}.",
    remedy="Post what is missing (purchase, disposal, the month's plan), or correct the card.",
    severity=Severity.WARNING,
)


def month_of(day: date) -> Period:
    """The month a day lies in."""
    return day.year * 100 + day.month


def months_between(first: Period, last: Period) -> int:
    """How many months from ``first`` to ``last``, 0 when they are the same, negative when last is before."""
    return (last // 100 - first // 100) * 12 + last % 100 - first % 100


def month_later(period: Period, months: int) -> Period:
    """The month so many months later."""
    whole = period // 100 * 12 + period % 100 - 1 + months
    return whole // 12 * 100 + whole % 12 + 1


def first_month_of(in_use_since: date, *, wear: Wear) -> Period:
    """The first month written off: the month after, for a thing or an animal; the month itself, for a right."""
    month = month_of(in_use_since)
    return month_after(month) if wear is Wear.DEPRECIATION else month


def last_month_of(disposed_on: date, *, wear: Wear) -> Period:
    """The last month written off: the month it goes, for a thing or an animal; the month before, for a right."""
    month = month_of(disposed_on)
    return month if wear is Wear.DEPRECIATION else month_before(month)


def fresh_card(new: NewCard, *, of: WrittenOff, by: PersonId, at: str) -> Card:
    """A new card as the book will hold it."""
    first = new.first_month or first_month_of(new.in_use_since, wear=of.wear)
    return Card(
        code=new.code,
        name=new.name,
        account=new.account,
        detail=new.detail,
        contra=new.contra or of.contra or new.account,
        wear=of.wear,
        in_use_since=new.in_use_since,
        first_month=first,
        rhythm=new.rhythm,
        taken=new.taken,
        taken_until=new.taken_until,
        poverty=new.poverty,
        note=new.note,
        terms=(
            Terms(
                from_month=first,
                cost=new.cost,
                residual=new.residual,
                life_months=new.life_months,
                expense_account=new.expense_account,
                expense_detail=new.expense_detail,
            ),
        ),
        disposed_on=None,
        added_by=by,
        at=at,
    )


def in_force(terms: Iterable[Terms]) -> tuple[Terms, ...]:
    """The terms that hold, in month order: each takes the place of all before it from its month on."""
    found: list[Terms] = []
    for new in terms:
        found = [old for old in found if old.from_month < new.from_month]
        found.append(new)
    return tuple(found)


def plan_of(card: Card) -> tuple[PlannedCharge, ...]:
    """The whole plan of a card by month, months with nothing to book left out.

    The amounts and what was taken before sum to cost less residual value; none is negative. A disposal ends it.
    """
    last = None if card.disposed_on is None else last_month_of(card.disposed_on, wear=card.wear)
    start = card.first_month if card.taken_until is None else month_after(card.taken_until)
    charges: list[PlannedCharge] = []
    written_off = card.taken
    for index, terms in enumerate(card.terms):
        following = card.terms[index + 1].from_month if index + 1 < len(card.terms) else None
        begins = max(terms.from_month, start)
        if following is not None and following <= begins:
            continue
        left = terms.cost - terms.residual - written_off
        months = terms.life_months - months_between(card.first_month, begins)
        ends = month_later(begins, months - 1)
        if following is not None:
            ends = min(ends, month_before(following))
        if last is not None:
            ends = min(ends, last)
        part = tuple(
            _straight_line(left, months=months, begins=begins, ends=ends, terms=terms, rhythm=card.rhythm)
        )
        charges += part
        written_off += sum(charge.amount for charge in part)
    return tuple(charges)


def _straight_line(
    left: Fen, *, months: int, begins: Period, ends: Period, terms: Terms, rhythm: Rhythm
) -> Iterator[PlannedCharge]:
    """``left`` over ``months``, as far as the month ``ends``."""
    if left <= 0 or months <= 0:
        return
    monthly, booked, waiting = rounded(left, months), 0, 0
    for gone in range(1, months_between(begins, ends) + 2):
        month = month_later(begins, gone - 1)
        to_year_end = min(12 - month % 100, months - gone)
        if to_year_end == 0:
            amount = rounded(left * gone, months) - booked
        elif rhythm is Rhythm.MONTHLY:
            # Rounding up must not run ahead of the year's end, or December would have to take back.
            amount = min(monthly, rounded(left * (gone + to_year_end), months) - booked)
        elif month == ends:
            amount = rounded(left * gone, months) - booked
        else:
            amount = 0
        waiting += 1
        if amount:
            booked += amount
            yield PlannedCharge(
                period=month,
                amount=amount,
                months=waiting,
                expense_account=terms.expense_account,
                expense_detail=terms.expense_detail,
            )
            waiting = 0


def sealed_terms(terms: Terms, *, code: str, by: PersonId, at: str) -> str:
    """The digest under which the log seals changed terms."""
    return digest_of((code, terms, by, at))


def sealed_going(code: str, *, day: date | None, reason: str, by: PersonId, at: str) -> str:
    """The digest under which the log seals that a card went, or came back (no day)."""
    return digest_of((code, day, reason, by, at))


def sealed_plan(charges: Iterable[tuple[str, Period, int, Fen]]) -> str:
    """The digest under which the log seals what a voucher takes of the plans: card, month, attempt, amount."""
    return digest_of(tuple(sorted(charges)))


def due(
    cards: Iterable[Card], charges: Iterable[Charge], *, period: Period
) -> tuple[tuple[Card, tuple[PlannedCharge, ...]], ...]:
    """Each card with what its plan books up to and with a month and no voucher that holds has taken. Months missed
    before are made up for."""
    done = {(charge.card, charge.period) for charge in charges if charge.holds}
    found = []
    for card in cards:
        waiting = tuple(
            charge
            for charge in plan_of(card)
            if charge.period <= period and (card.code, charge.period) not in done
        )
        if waiting:
            found.append((card, waiting))
    return tuple(found)


def voucher_of(waiting: Sequence[tuple[Card, Sequence[PlannedCharge]]], *, dated: date) -> VoucherDraft:
    """The plan voucher: debit what each charge is booked to, credit what each asset is written off on."""
    debits: defaultdict[tuple[str, str, str], Fen] = defaultdict(int)
    credits_: defaultdict[tuple[str, str, str], Fen] = defaultdict(int)
    for card, charges in waiting:
        by_expense: defaultdict[tuple[str, str], list[PlannedCharge]] = defaultdict(list)
        for charge in charges:
            by_expense[charge.expense_account, charge.expense_detail].append(charge)
        for (account, detail), part in by_expense.items():
            summary = _summary(card, part)
            amount = sum(charge.amount for charge in part)
            debits[account, detail, summary] += amount
            credits_[card.contra, card.detail, summary] += amount
    lines = [
        VoucherLine(summary=summary, account=account, detail=detail, debit=amount)
        for (account, detail, summary), amount in sorted(debits.items())
    ] + [
        VoucherLine(summary=summary, account=account, detail=detail, credit=amount)
        for (account, detail, summary), amount in sorted(credits_.items())
    ]
    return VoucherDraft(date=dated, lines=tuple(lines))


def _summary(card: Card, charges: Sequence[PlannedCharge]) -> str:
    verb = "折旧" if card.wear is Wear.DEPRECIATION else "摊销"
    first, last = charges[0].period, charges[-1].period
    if card.rhythm is Rhythm.YEARLY:
        span = f"{first // 100}年度" if first // 100 == last // 100 else f"{first // 100}—{last // 100}年度"
    elif first == last:
        span = f"{last % 100}月"
    elif first // 100 == last // 100:
        span = f"{first % 100}—{last % 100}月"
    else:
        span = f"{first // 100}年{first % 100}月至{last // 100}年{last % 100}月"
    return f"计提{span}{verb}"


# Cards


def faults_of_card(
    new: NewCard,
    *,
    accounts: Mapping[str, BookAccount],
    there: str | None,
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """What is wrong with a card by itself. ``there`` is the name of the card that has its code, where one has.
    Whether its accounts and details take postings is asked of the voucher rules, with the plan's own lines."""
    problems: list[Problem] = []
    if there is not None:
        problems.append(card_must_be_new.at("/code", card=new.code, name=there))
    account = accounts.get(new.account)
    of = None if account is None else account.statutory.written_off
    if account is None or of is None:
        problems.append(
            card_must_stand_on_an_asset.at(
                "/account",
                account=new.account,
                accounts=_listed(accounts, lambda known: known.written_off is not None),
            )
        )
    elif new.contra:
        contra, wanted = accounts.get(new.contra), of.contra or account.statutory.code
        if contra is None or contra.statutory.code != wanted:
            problems.append(
                contra_must_fit_the_asset.at("/contra", account=new.account, wanted=wanted, contra=new.contra)
            )
    problems += _faults_of_expense(new.expense_account, account=new.account, accounts=accounts)
    problems += _faults_of_months(new, of=of)
    whole = new.cost - new.residual
    if whole < 0:
        problems.append(
            residual_must_not_exceed_cost.at("/residual", residual=yuan(new.residual), cost=yuan(new.cost))
        )
    elif new.taken > whole:
        problems.append(taken_must_leave_a_rest.at("/taken", taken=yuan(new.taken), whole=yuan(whole)))
    if new.taken and new.taken_until is None:
        problems.append(taken_must_say_until_when.at("/taken_until", taken=yuan(new.taken)))
    return tuple(problems)


def _faults_of_expense(
    expense: str, *, account: str, accounts: Mapping[str, BookAccount]
) -> Iterator[Problem]:
    found = accounts.get(expense)
    if found is not None and (
        found.statutory.category not in COSTS or found.statutory.money or expense == account
    ):
        yield expense_must_be_a_cost.at(
            "/expense_account",
            account=expense,
            accounts=_listed(accounts, lambda known: known.category in SPENT),
        )


def _listed(accounts: Mapping[str, BookAccount], wanted: Callable[[Account], bool]) -> str:
    """The statutory accounts of a book that are wanted, as a sentence names them."""
    chart = {account.statutory.code: account.statutory for account in accounts.values()}
    return ", ".join(code for code in sorted(chart) if wanted(chart[code]))


def _faults_of_months(new: NewCard, *, of: WrittenOff | None) -> Iterator[Problem]:
    wrong = [
        (name, month)
        for name, month in (("first_month", new.first_month), ("taken_until", new.taken_until))
        if month is not None and not 1 <= month % 100 <= 12
    ]
    for name, month in wrong:
        yield month_must_be_a_month.at(f"/{name}", month=month_text(month))
    if of is None or wrong:
        return
    used = month_of(new.in_use_since)
    first = new.first_month or first_month_of(new.in_use_since, wear=of.wear)
    # A right counted in whole years may begin with January of the year it came into use.
    if first < (used if new.rhythm is Rhythm.MONTHLY else used // 100 * 100 + 1):
        yield first_month_must_not_precede_use.at(
            "/first_month", first=month_text(first), used=month_text(used)
        )
    last = month_later(first, new.life_months - 1)
    if new.taken_until is not None and not first <= new.taken_until <= last:
        yield taken_must_lie_in_its_life.at(
            "/taken_until", until=month_text(new.taken_until), first=month_text(first), last=month_text(last)
        )


def sample_lines(card: Card) -> tuple[VoucherLine, ...]:
    """The lines a card leads to (the plan's two, and the purchase's), for the voucher rules to judge their accounts
    and details. They need not balance: only accounts and details are asked about."""
    terms = card.terms[-1]
    return (
        VoucherLine(summary=card.name, account=terms.expense_account, detail=terms.expense_detail, debit=1),
        VoucherLine(summary=card.name, account=card.contra, detail=card.detail, credit=1),
        VoucherLine(summary=card.name, account=card.account, detail=card.detail, debit=1),
    )


FIELDS = {
    "/lines/0/account": "/expense_account",
    "/lines/0/detail": "/expense_detail",
    "/lines/1/account": "/contra",
    "/lines/2/account": "/account",
    "/lines/2/detail": "/detail",
}
"""Where a fault of the sample lines lies on the card."""


def charged_until(charges: Iterable[Charge], *, card: Card) -> Period | None:
    """The last month a card is written off by vouchers that hold, or before the books began."""
    months = [charge.period for charge in charges if charge.holds and charge.card == card.code]
    return max((*months, *((card.taken_until,) if card.taken_until else ())), default=None)


def faults_of_terms(
    new: Terms,
    *,
    card: Card,
    charges: Sequence[Charge],
    accounts: Mapping[str, BookAccount],
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """Why a card's terms cannot change so: for the past, without a reason, or leaving nothing to write off."""
    problems: list[Problem] = []
    if card.disposed_on is not None:
        problems.append(card_must_be_in_use.at("/code", card=card.code, day=card.disposed_on))
    if not new.reason.strip():
        problems.append(reason_must_be_given.at("/reason"))
    problems += _faults_of_expense(new.expense_account, account=card.account, accounts=accounts)
    if not 1 <= new.from_month % 100 <= 12:
        return (*problems, month_must_be_a_month.at("/from_month", month=month_text(new.from_month)))
    charged = charged_until(charges, card=card)
    if charged is not None and new.from_month <= charged:
        problems.append(
            terms_must_lie_ahead.at(
                "/from_month",
                card=card.code,
                charged=month_text(charged),
                month=month_text(new.from_month),
            )
        )
    gone = months_between(card.first_month, new.from_month)
    if gone < 0 or gone >= new.life_months:
        problems.append(
            terms_must_lie_in_its_life.at(
                "/from_month", month=month_text(new.from_month), months=new.life_months
            )
        )
    if new.residual > new.cost:
        problems.append(
            residual_must_not_exceed_cost.at("/residual", residual=yuan(new.residual), cost=yuan(new.cost))
        )
        return tuple(problems)
    before = card.taken + sum(charge.amount for charge in plan_of(card) if charge.period < new.from_month)
    if before > new.cost - new.residual:
        problems.append(
            taken_must_leave_a_rest.at("/cost", taken=yuan(before), whole=yuan(new.cost - new.residual))
        )
    return tuple(problems)


def faults_of_going(
    card: Card, *, day: date, reason: str, charges: Sequence[Charge], on: date
) -> tuple[Problem, ...]:
    """Why a card cannot go on that day: gone before, before it came, ahead, or written off beyond it."""
    problems = []
    if card.disposed_on is not None:
        problems.append(card_must_be_in_use.at("/code", card=card.code, day=card.disposed_on))
    if not reason.strip():
        problems.append(reason_must_be_given.at("/reason"))
    if day < card.in_use_since:
        problems.append(going_must_follow_use.at("/day", card=card.code, used=card.in_use_since, day=day))
    if day > on:
        problems.append(going_must_not_lie_ahead.at("/day", day=day))
    charged = charged_until(charges, card=card)
    if charged is not None and charged > last_month_of(day, wear=card.wear):
        problems.append(
            going_must_not_undo_charges.at(
                "/day", card=card.code, charged=month_text(charged), month=month_text(month_of(day))
            )
        )
    return tuple(problems)


def states_of(cards: Iterable[Card], charges: Iterable[Charge], *, period: Period) -> tuple[CardState, ...]:
    """Every card that was in use by the end of a month, with what posted vouchers wrote off it until then."""
    booked: defaultdict[str, Fen] = defaultdict(int)
    for charge in charges:
        if charge.holds and charge.posted and charge.period <= period:
            booked[charge.card] += charge.amount
    found = []
    for card in cards:
        if month_of(card.in_use_since) > period:
            continue
        terms = [terms for terms in card.terms if terms.from_month <= period] or [card.terms[0]]
        found.append(
            CardState(
                card=card,
                cost=terms[-1].cost,
                written_off=card.taken + booked[card.code],
                disposed=card.disposed_on is not None and month_of(card.disposed_on) <= period,
            )
        )
    return tuple(found)


def check_of_assets(
    *,
    cards: Sequence[Card],
    charges: Sequence[Charge],
    balances: Iterable[DetailBalance],
    accounts: Mapping[str, BookAccount],
    period: Period,
    yuan: Callable[[Fen], str],
) -> Check:
    """The month is written off, and cards and book agree 账卡相符; what is not is a warning.

    ``balances`` are those at the end of the month.
    """
    problems = [
        month_should_be_written_off.at(
            f"/assets/{card.code}",
            card=card.code,
            name=card.name,
            amount=yuan(sum(charge.amount for charge in waiting)),
            months=_span(charge.period for charge in waiting),
        )
        for card, waiting in due(cards, charges, period=period)
    ]
    drafted: defaultdict[int, list[Charge]] = defaultdict(list)
    for charge in charges:
        if charge.holds and not charge.posted and charge.period <= period:
            drafted[charge.voucher].append(charge)
    problems += [
        plan_voucher_should_be_posted.at(
            f"/vouchers/{voucher}",
            voucher=voucher,
            amount=yuan(sum(charge.amount for charge in taken)),
            months=_span(charge.period for charge in taken),
        )
        for voucher, taken in sorted(drafted.items())
    ]
    problems += _differences(
        states_of(cards, charges, period=period),
        balances=balances,
        accounts=accounts,
        yuan=yuan,
    )
    return Check(
        name="assets",
        says="The month is written off, and the cards agree with the book.",
        link="assets",
        problems=tuple(problems),
    )


def _span(months: Iterable[Period]) -> str:
    ordered = sorted(months)
    first, last = month_text(ordered[0]), month_text(ordered[-1])
    return first if first == last else f"{first} … {last}"


def _differences(
    states: Iterable[CardState],
    *,
    balances: Iterable[DetailBalance],
    accounts: Mapping[str, BookAccount],
    yuan: Callable[[Fen], str],
) -> Iterator[Problem]:
    by_cards: defaultdict[tuple[str, str], Fen] = defaultdict(int)
    with_card = set()
    for state in states:
        card = state.card
        for account in (card.account, card.contra):
            with_card.add((account, card.detail))
        if not state.disposed:
            by_cards[card.account, card.detail] += state.cost
            by_cards[card.contra, card.detail] -= state.written_off
    kept_on = {
        code
        for account in accounts.values()
        if (of := account.statutory.written_off) is not None
        for code in (account.statutory.code, of.contra)
    }
    in_book = {
        (row.account, row.detail): row.closing
        for row in balances
        if row.account in accounts and accounts[row.account].statutory.code in kept_on
    }
    for account, detail in sorted(in_book.keys() | by_cards.keys()):
        book, found = in_book.get((account, detail), 0), by_cards[account, detail]
        if book == found:
            continue
        fault = cards_should_equal_the_book if (account, detail) in with_card else asset_should_have_a_card
        yield fault.at(
            f"/assets/{account}/{detail}",
            account=account,
            detail=detail,
            balance=yuan(book),
            cards=yuan(found),
            book=yuan(book),
        )
