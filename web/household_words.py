"""What a household reads, in plain words: how much, why, when, and what to do when one does not agree.

Page and paper say the same: both write down what is ``told`` here. Every sentence has the exact figures in it.
"""

from collections.abc import Iterable
from datetime import date

from ledger.money import yuan_grouped
from payouts.runs.rules import COMMISSION_PAYABLE
from schemas.appeals import Appeal, AppealState
from schemas.batches import Channel, DueState, Reason
from schemas.books import BookKind
from schemas.household import (
    AccountLine,
    Besides,
    Case,
    CommissionOf,
    HouseholdStatement,
    LegOf,
    MemberStatement,
    OwnAccount,
    PaperOf,
    RunOf,
)
from schemas.policies import BasisKind, CommissionMode
from schemas.runs import ORDERS, Fraction, RunKind, RunState
from schemas.shares import ShareClass
from schemas.units import Fen, Hundredths, Value
from web.i18n import say, say_word
from web.i18n.words import N_

_BASES = {
    BasisKind.TRADE_VALUE: N_("You traded {own} yuan with the cooperative; all members together {all} yuan."),
    BasisKind.TRADE_QUANTITY: N_("You delivered {own}; all members together {all}."),
    BasisKind.WORK_DAYS: N_("You worked {own} days; all members together {all} days."),
    BasisKind.SHARE_VALUE: N_("Your shares are worth {own} yuan; those of all members {all} yuan."),
    BasisKind.SHARE_DAYS: N_(
        "The value of your shares times the days you held them is {own}; that of all members {all}."
    ),
    BasisKind.RESIDUAL: N_(
        "What the law counts for you (contributions, reserve, aid and donations) is {own} yuan; for all members {all} yuan."
    ),
    BasisKind.HEADS: N_("{own} animals are yours; {all} count in all."),
    BasisKind.ENTITLEMENTS: N_(
        "Your household is entitled to {own} shares of the income; all households together to {all}."
    ),
    BasisKind.EQUAL: N_("Each member counts the same, one part each: {own} ÷ {all}."),
}
_NOT_NAMED = N_("This item goes to some members only, {all} in all; you are not among them.")
"""An equal item somebody has no part of: the plan names others."""
_IN_HUNDREDTHS = frozenset(
    {
        BasisKind.TRADE_VALUE,
        BasisKind.TRADE_QUANTITY,
        BasisKind.WORK_DAYS,
        BasisKind.SHARE_VALUE,
        BasisKind.SHARE_DAYS,
        BasisKind.RESIDUAL,
        BasisKind.ENTITLEMENTS,
    }
)
_UNITS = {
    ShareClass.CASH: N_("{quantity} yuan"),
    ShareClass.LAND: N_("{quantity} mu × years"),
    ShareClass.CALF_GRANTED: N_("{quantity} head"),
    ShareClass.CALF_OWN: N_("{quantity} head"),
    ShareClass.LABOUR: N_("{quantity} work days"),
    ShareClass.ENTITLEMENT: N_("{quantity} shares of the income"),
}
_BROUGHT = {
    ShareClass.CASH: N_("Money you put in"),
    ShareClass.LAND: N_("Land you put in"),
    ShareClass.CALF_GRANTED: N_("The calf granted to your household"),
    ShareClass.CALF_OWN: N_("Your own calf you put in"),
    ShareClass.LABOUR: N_("Work you put in"),
    ShareClass.ENTITLEMENT: N_("What your household is entitled to"),
}
"""What somebody put in, in the words of whoever did."""
_STATES = {
    AppealState.OPEN: N_("waits for an answer"),
    AppealState.ESCALATED: N_("another person looks at it"),
    AppealState.UPHELD: N_("you are right"),
    AppealState.REJECTED: N_("it stays as it is"),
}


_WHERE = {
    (False, DueState.ON_ITS_WAY): N_(
        "Sent to the bank on {sent}; it is on its way to the account of {name} ending in {last}."
    ),
    (False, DueState.PAID): N_("Paid on {on}, into the account of {name} ending in {last}."),
    (False, DueState.RETURNED): N_(
        "The bank sent the money back on {on}: {reason}. It stays yours and is sent again."
    ),
    (True, DueState.ON_ITS_WAY): N_(
        "Paid in cash: the money lies ready with the cashier since {sent}. Bring your identity card and sign."
    ),
    (True, DueState.PAID): N_("Paid in cash on {on}, and signed for."),
    (True, DueState.RETURNED): N_("Not fetched by {on}. The money stays yours."),
}
"""Where booked money is: in cash or not, and the state."""
_TITLES = {
    RunKind.DIVIDEND: N_("Share of the surplus"),
    RunKind.COMMISSION: N_("Commission for managers"),
    RunKind.LABOUR: N_("Your work, paid out"),
    RunKind.RENT: N_("Rent for your land"),
    RunKind.INDEMNITY: N_("Insurance money passed on to you"),
    RunKind.BUYBACK: N_("Your animals, bought back"),
    RunKind.LEAVER: N_("Your own money back, on leaving"),
    RunKind.INSTALMENT: N_("Your performance bonus"),
}
"""What runs are called in plain words."""
_OF_THE_INCOME = N_("Share of the collective's income")
_REMEDIES = {
    Reason.NAME: N_(
        "Bring identity card and passbook to the accountant, who has the name put right. Then it is sent again."
    ),
    Reason.ACCOUNT: N_(
        "Bring your passbook to the accountant, who has the account number put right. Then it is sent again."
    ),
    Reason.CLOSED: N_(
        "This account is closed. Bring identity card and passbook of another account of yours to the accountant. Then it is "
        "sent again."
    ),
    Reason.FROZEN: N_(
        "Go to the bank with your identity card and have the account freed, or bring the passbook of another account of yours "
        "to the accountant. Then it is sent again."
    ),
    Reason.OTHER: N_(
        "Bring identity card and passbook to the accountant, who asks the bank with you. Then it is sent again."
    ),
}
"""What somebody does about money the bank sent back."""


_ACCOUNTS = {
    "114": N_("what you sold to the cooperative, and other dealings"),
    "212": N_("wages"),
    "213": N_("labour fees"),
}
"""What accounts kept by member are called in plain words, by their statutory codes."""


class ToldLeg(Value):
    """One item of a run: what it is called, what it gives, and how that came about."""

    name: str
    amount: str
    how: str
    formula: str
    cut: str


class ToldShare(Value):
    """Shares of one class."""

    name: str
    quantity: str
    value: str
    since: str
    paper: str


class ToldLine(Value):
    """A line of the member account: its name, what the law calls it, and four amounts."""

    name: str
    term: str
    opening: str
    came: str
    went: str
    closing: str


class ToldAnswer(Value):
    """Something that followed an appeal."""

    who: str
    on: str
    text: str


class ToldAppeal(Value):
    """An appeal with its answers; ``escalates`` says that the household may ask for another person."""

    number: int
    on: str
    text: str
    state: str
    answers: tuple[ToldAnswer, ...]
    escalates: bool


class ToldRun(Value):
    """A run: what it gives, the items, where the money is and what to do where it came back; ``appeal`` says until when one may disagree, ``appealable`` that one may,
    ``order`` that it pays what was owed already, so that the year's sum does not have it."""

    run: str
    title: str
    amount: str
    when: str
    do: str
    legs: tuple[ToldLeg, ...]
    appeal: str
    appealable: bool
    paper: str
    papers: tuple[PaperOf, ...]
    code: str
    order: bool = False


class ToldYear(Value):
    """A bar of the small chart; ``share`` is its part of the highest in hundredths."""

    year: int
    amount: str
    share: int


class ToldMember(Value):
    """One member's section."""

    member: str
    name: str
    head: str
    amount: str
    notes: tuple[str, ...]
    paid_to: tuple[str, ...]
    more: str
    runs: tuple[ToldRun, ...]
    shares: tuple[ToldShare, ...]
    fraction: str
    labour: str
    account: tuple[ToldLine, ...]
    weights: str
    besides: tuple[str, ...]
    calves: tuple[str, ...]
    years: tuple[ToldYear, ...]
    appeals: tuple[ToldAppeal, ...]


class Told(Value):
    """Everything a household reads. ``worth`` says whether shares are worth money; ``shares``, ``account`` and ``statutory`` are
    what the tables are called, the last empty where the law has no word for it."""

    title: str
    worth: bool
    shares: str
    account: str
    statutory: str
    unit: str
    under: str
    members: tuple[ToldMember, ...]


def told(statement: HouseholdStatement, *, locale: str) -> Told:
    """A statement in the reader's language."""
    capital = statement.kind is BookKind.COOPERATIVE
    return Told(
        title=say(locale, "What {year} brought you", {"year": str(statement.year)}),
        worth=capital,
        shares=say(locale, N_("Your shares") if capital else N_("What your household is entitled to")),
        account=say(
            locale,
            N_("Your money and shares in the cooperative") if capital else N_("What the collective owes you"),
        ),
        statutory=say(locale, "member account") if capital else "",
        unit=statement.unit,
        under=say(
            locale,
            "Household {household} · as of {as_of} · written on {on}",
            {
                "household": statement.household,
                "as_of": _day(statement.as_of, locale),
                "on": _day(statement.drawn_up, locale),
            },
        ),
        members=tuple(_member(statement, one, locale) for one in statement.members),
    )


def _member(statement: HouseholdStatement, one: MemberStatement, locale: str) -> ToldMember:
    return ToldMember(
        member=one.member,
        name=one.name,
        head=say(locale, "For {year} you get", {"year": str(statement.year)}),
        amount=yuan_grouped(one.got),
        notes=tuple(_notes(statement, one, locale)),
        paid_to=tuple(_paid_to(one, locale)) if _is_to_come(one) else (),
        more=_more(statement, one, locale),
        runs=tuple(_run(one, run, locale, on=statement.drawn_up) for run in one.runs if run.got or run.legs),
        shares=tuple(
            ToldShare(
                name=say_word(locale, share.share.value),
                quantity=quantity_of(share.share, share.quantity, locale=locale),
                value=yuan_grouped(share.value),
                since=_day(share.since, locale),
                paper=share.paper,
            )
            for share in one.shares
        ),
        fraction=_fraction(statement, one, locale),
        labour=_labour(one, locale),
        account=tuple(_account(one, locale)),
        weights=_weights(one, locale),
        besides=tuple(_besides(one, locale)),
        calves=tuple(_calves(one, locale)),
        years=_years(one),
        appeals=tuple(_appeal(appeal, locale) for appeal in one.appeals),
    )


def _notes(statement: HouseholdStatement, one: MemberStatement, locale: str) -> Iterable[str]:
    """The cases that want words."""
    year = {"year": str(statement.year)}
    for case in one.cases:
        match case:
            case Case.NOT_YET if any(appeal.state is AppealState.UPHELD for appeal in one.appeals):
                yield say(
                    locale,
                    "You were right, and the list went back to be made anew. It is hung out again then: look here again.",
                )
            case Case.NOT_YET:
                yield say(
                    locale,
                    "It is not worked out yet what there is for {year}. Look again when the list is on the notice board.",
                    year,
                )
            case Case.LOSS if statement.kind is BookKind.COLLECTIVE:
                yield say(
                    locale,
                    "The village collective lost {amount} yuan in {year}. Of a loss nothing is shared out. What your household is entitled to stays.",
                    {**year, "amount": yuan_grouped(statement.loss)},
                )
            case Case.LOSS:
                yield say(
                    locale,
                    "The cooperative lost {amount} yuan in {year}. Of a loss nothing is shared out. Your shares stay yours.",
                    {**year, "amount": yuan_grouped(statement.loss)},
                )
            case Case.NOTHING if any(_by_entitlement(run) and run.total for run in one.runs):
                yield say(
                    locale,
                    "Of the income of {year} nothing goes to you: your household was entitled to no share of it.",
                    year,
                )
            case Case.NOTHING if any(run.kind is RunKind.DIVIDEND and run.total for run in one.runs):
                yield say(
                    locale,
                    "Of the surplus of {year} nothing goes to you: you had no work days, no trade and no shares that count.",
                    year,
                )
            case Case.NOTHING:
                yield say(locale, "For {year} nothing is shared out to the members.", year)
            case Case.JOINED:
                yield say(
                    locale,
                    "You joined on {day}. Counted is what you brought and did from that day on.",
                    {"day": _day(one.joined, locale)},
                )
            case Case.ENDED if one.heirs:
                assert one.ended is not None, "who ended has a day"
                yield say(
                    locale,
                    "This membership ended on {day}. What is due stays due: it is paid to the heir {heirs}.",
                    {"day": _day(one.ended, locale), "heirs": "、".join(one.heirs)},
                )
            case Case.ENDED:
                assert one.ended is not None, "who ended has a day"
                yield say(
                    locale,
                    "This membership ended on {day}. What is due stays due: it is paid to the account recorded for it, or to "
                    "the heir recorded.",
                    {"day": _day(one.ended, locale)},
                )


def quantity_of(share: ShareClass, quantity: Hundredths, *, locale: str) -> str:
    """So much of a class, with its unit."""
    return say(locale, _UNITS[share], {"quantity": _grouped(quantity)})


def _by_entitlement(run: RunOf) -> bool:
    """Whether a run shares a collective's income, and no cooperative's surplus."""
    return any(leg.basis is BasisKind.ENTITLEMENTS for leg in run.legs)


def told_legs(run: RunOf, *, account: OwnAccount, locale: str) -> tuple[ToldLeg, ...]:
    """The items of a run in the reader's language; a commission is one."""
    if run.commission is not None:
        return (_commission(run.commission, locale),)
    if run.kind in ORDERS:
        return tuple(_payment(run, leg, locale) for leg in run.legs)
    return tuple(_leg(run, leg, account, locale) for leg in run.legs)


def title_of(run: RunOf, *, locale: str) -> str:
    """What a run is called."""
    what = say(locale, _OF_THE_INCOME if _by_entitlement(run) else _TITLES[run.kind])
    if run.through is None:
        return what
    return say(locale, "{what}, through month {month}", {"what": what, "month": str(run.through % 100)})


def _run(one: MemberStatement, run: RunOf, locale: str, *, on: date) -> ToldRun:
    left = 0 if run.appeals_end is None else (run.appeals_end - on).days
    waits = any(appeal.run == run.run and appeal.is_open for appeal in one.appeals)
    return ToldRun(
        run=run.run,
        title=title_of(run, locale=locale),
        amount=yuan_grouped(run.got),
        when=_when(one, run, locale, on=on),
        do=_do(run, locale),
        legs=told_legs(run, account=one.account, locale=locale),
        appeal=_until(run, left=left, locale=locale),
        appealable=run.appeals_end is not None and left >= 0 and not waits,
        paper=say(locale, "By resolution {resolution}.", {"resolution": run.resolution})
        if run.resolution
        else "",
        papers=run.papers,
        code=run.code,
        order=run.kind in ORDERS,
    )


def _when(one: MemberStatement, run: RunOf, locale: str, *, on: date) -> str:
    """Where the money is."""
    if run.held and (run.money is None or run.money.state is DueState.HELD):
        return say(locale, "You disagreed, so this money is kept back until that is settled.")
    if run.state is RunState.ON_NOTICE:
        assert run.notice_ends is not None, "a run on notice was published"
        says = (
            N_(
                "Not final yet: the list hangs out until {ends}. Then the township decides, and the money is paid after that."
            )
            if on <= run.notice_ends
            else N_(
                "Not final yet: the list hung out until {ends}, now the township decides. The money is paid after that."
            )
        )
        return say(locale, says, {"ends": _day(run.notice_ends, locale)})
    if run.state is RunState.APPROVED:
        assert run.approved is not None, "an approved run was approved"
        return say(
            locale,
            "Approved by the township on {day}. Not paid yet.",
            {"day": _day(run.approved, locale)},
        )
    assert run.posted is not None, "what else is public was posted"
    day = {"day": _day(run.posted, locale)}
    money = run.money
    if money is None:
        return say(locale, "Decided and booked on {day}.", day)
    if money.state is DueState.TO_PAY and run.kind is RunKind.DIVIDEND and one.owed_now <= 0:
        return say(locale, "Decided and booked on {day}. By the books it is paid in full.", day)
    if money.to is None:
        return say(locale, "Decided and booked on {day}. The money is not with the bank yet.", day)
    figures = {
        "sent": _day(money.sent, locale) if money.sent is not None else "",
        "on": _day(money.on, locale) if money.on is not None else "",
        "name": money.to.name,
        "last": money.to.bank_account[-4:],
        "reason": say_word(locale, f"reason.{money.reason}") if money.reason is not None else "",
    }
    return say(locale, _WHERE[money.channel is Channel.CASH, money.state], figures)


def _do(run: RunOf, locale: str) -> str:
    """What to do about money that came back."""
    money = run.money
    if money is None or money.state is not DueState.RETURNED or money.reason is None:
        return ""
    if money.channel is Channel.CASH:
        return say(locale, "Tell the accountant when you can come, or have an account recorded.")
    return say(locale, _REMEDIES[money.reason])


def _is_to_come(one: MemberStatement) -> bool:
    """Whether money of the year's runs is still to be sent somewhere."""
    there = {DueState.PAID, DueState.ON_ITS_WAY}
    return any(run.got and (run.money is None or run.money.state not in there) for run in one.runs)


def _paid_to(one: MemberStatement, locale: str) -> Iterable[str]:
    """Where the money goes: the bank and the last four digits, which is what somebody knows his account by."""
    for to in one.paid_to:
        name = {"name": to.name, "bank": to.bank, "last": to.bank_account[-4:]}
        if not to.bank_account:
            says = N_("No bank account of {name} is recorded: have it recorded by the accountant.")
        elif to.bank:
            says = N_(
                "It goes to the account of {name}: {bank}, ending in {last}. Is that wrong? Tell the accountant."
            )
        else:
            says = N_(
                "It goes to the account of {name} ending in {last}. Is that wrong? Tell the accountant."
            )
        yield say(locale, says, name)


def _more(statement: HouseholdStatement, one: MemberStatement, locale: str) -> str:
    """What the year brought besides, in one line; a commission is told of as a run already."""
    told_of = _commission_booked(one)
    parts, left = [], 0
    for money in one.besides:
        earned = money.earned - (told_of if money.account == COMMISSION_PAYABLE else 0)
        if earned > 0:
            parts.append((_account_name(money, locale), earned))
            left += money.left
    if not parts:
        return ""
    says = (
        N_(
            "Apart from this, {year} brought you {total} yuan ({parts}). On {day} {left} of it were not paid yet."
        )
        if left > 0
        else N_("Apart from this, {year} brought you {total} yuan ({parts}). On {day} it was all paid.")
    )
    return say(
        locale,
        says,
        {
            "year": str(statement.year),
            "day": _day(statement.as_of, locale),
            "left": yuan_grouped(left),
            "total": yuan_grouped(sum(earned for _, earned in parts)),
            "parts": ("、" if locale == "zh_CN" else ", ").join(
                f"{name} {yuan_grouped(earned)}" for name, earned in parts
            ),
        },
    )


def _commission_booked(one: MemberStatement) -> Fen:
    return sum(run.got for run in one.runs if run.kind is RunKind.COMMISSION and run.posted is not None)


def _account_name(money: Besides, locale: str) -> str:
    plain = _ACCOUNTS.get(money.account)
    if plain is not None:
        return say(locale, plain)
    return money.name if locale == "zh_CN" else money.name_en


def _until(run: RunOf, *, left: int, locale: str) -> str:
    if run.appeals_end is None:
        return ""
    day = {"last": _day(run.appeals_end, locale)}
    if left < 0:
        return say(locale, "Until {last} you could say that you do not agree.", day)
    says = (
        N_("Until {last} you may say that you do not agree: {days} days are left, today included.")
        if run.state is RunState.ON_NOTICE
        else N_(
            "It is decided; still, until {last} you may say that you do not agree, and what was wrong is put right: {days} "
            "days are left, today included."
        )
    )
    return say(locale, says, {**day, "days": str(left + 1)})


def _leg(run: RunOf, leg: LegOf, account: OwnAccount, locale: str) -> ToldLeg:
    own, all_ = _weight(leg, leg.weight), _weight(leg, leg.total_weight)
    named = leg.basis is not BasisKind.EQUAL or leg.weight
    says = None if leg.basis is None else _BASES[leg.basis] if named else _NOT_NAMED
    basis = "" if says is None else say(locale, says, {"own": own, "all": all_})
    if leg.basis is BasisKind.RESIDUAL:
        basis = _joined(locale, basis, _counted(leg, account, locale))
    part = say(
        locale,
        "Of the {total} yuan shared out to everybody for {year} {percent} % go by this: {amount} yuan.",
        {
            "year": str(run.year),
            "total": yuan_grouped(run.total),
            "amount": yuan_grouped(leg.amount),
            "percent": _percent(leg.bp),
        },
    )
    return ToldLeg(
        name=leg.name,
        amount=yuan_grouped(leg.got),
        how=_joined(locale, basis, part),
        formula=f"{yuan_grouped(leg.amount)} × {own} ÷ {all_} = {decimal(leg.exact)}" if leg.weight else "",
        cut=_cut(leg, locale) if leg.weight else "",
    )


def _payment(run: RunOf, leg: LegOf, locale: str) -> ToldLeg:
    """What an order pays of what was owed, and what of it arrives."""
    assert run.through is not None, "an order goes by a month"
    month = {"year": str(run.through // 100), "month": str(run.through % 100)}
    how = say(
        locale,
        "At the end of month {month} of {year} you were owed {owed} yuan; {paid} yuan of it are paid now.",
        {**month, "owed": yuan_grouped(leg.weight), "paid": yuan_grouped(leg.got)},
    )
    tax = say(
        locale,
        "Of all that you are paid here, {withheld} yuan go to the tax office; {net} yuan arrive.",
        {"withheld": yuan_grouped(run.withheld), "net": yuan_grouped(run.got - run.withheld)},
    )
    return ToldLeg(
        name=leg.name,
        amount=yuan_grouped(leg.got),
        how=_joined(locale, how, tax if run.withheld else ""),
        formula="",
        cut="",
    )


def _counted(leg: LegOf, account: OwnAccount, locale: str) -> str:
    """What the law counts, added up from the account; left out where a contribution came or went since it was counted."""
    contributed = account.capital_granted.closing + account.capital_other.closing
    parts = (contributed, account.reserve.opening, account.aid, account.donations)
    if sum(parts) != leg.weight:
        return ""
    names = ("contributions", "reserve", "aid", "donations")
    return say(
        locale,
        "That is {contributions} put in + {reserve} reserve + {aid} state aid + {donations} donations. It only says how big "
        "your part is; it is not all your money.",
        {name: yuan_grouped(part) for name, part in zip(names, parts, strict=True)},
    )


def _cut(leg: LegOf, locale: str) -> str:
    if not (leg.exact.numerator * 100) % leg.exact.denominator:
        return ""
    if leg.fen_from_remainder:
        return say(
            locale,
            "Parts of a fen are cut off; the few fen that are left then go to those who lost most, and one came to you: {got} "
            "yuan.",
            {"got": yuan_grouped(leg.got)},
        )
    return say(locale, "Parts of a fen are cut off: {got} yuan.", {"got": yuan_grouped(leg.got)})


def _commission(of: CommissionOf, locale: str) -> ToldLeg:
    score = _grouped(of.score)
    how = say(
        locale,
        "{rate} % of {base} yuan is {due} yuan. Your score was {score} points.",
        {
            "rate": _percent(of.rate_bp),
            "base": yuan_grouped(of.base),
            "due": yuan_grouped(of.due),
            "score": score,
        },
    )
    by_score = of.mode is CommissionMode.OWN_SCORE
    return ToldLeg(
        name=say(locale, "By your score"),
        amount=yuan_grouped(of.paid),
        how=how
        if by_score
        else _joined(
            locale, how, say(locale, "The commissions of all managers are shared out by the scores.")
        ),
        formula=f"{yuan_grouped(of.due)} × {score} ÷ 100 = {yuan_grouped(of.paid)}" if by_score else "",
        cut="",
    )


def _fraction(statement: HouseholdStatement, one: MemberStatement, locale: str) -> str:
    if not one.shares or not statement.shares_of_all:
        return ""
    return say(
        locale,
        "Your shares are {own} of {all} yuan that all members hold.",
        {"own": yuan_grouped(one.shares_value), "all": yuan_grouped(statement.shares_of_all)},
    )


def _labour(one: MemberStatement, locale: str) -> str:
    if all(share.share is not ShareClass.LABOUR for share in one.shares):
        return ""
    return say(
        locale,
        "Shares for labour count where the surplus goes by shares. They are no money put in, so they are not paid back.",
    )


def _account(one: MemberStatement, locale: str) -> Iterable[ToldLine]:
    of = one.account
    lines: list[tuple[str, str, AccountLine]] = [
        (
            say(locale, _BROUGHT[line.share]),
            N_("contribution from state aid to the household")
            if line.share is ShareClass.CALF_GRANTED
            else N_("contribution"),
            line,
        )
        for line in of.classes
    ]
    lines += [
        (say(locale, "Kept back in reserve in your name"), N_("share of the reserve"), of.reserve),
        (say(locale, "Shared out to you"), N_("distribution payable"), of.owed),
    ]
    for name, term, line in lines:
        if any((line.opening, line.came, line.went, line.closing)):
            yield ToldLine(
                name=name,
                term=say(locale, term),
                opening=yuan_grouped(line.opening),
                came=yuan_grouped(line.came),
                went=yuan_grouped(line.went),
                closing=yuan_grouped(line.closing),
            )


def _weights(one: MemberStatement, locale: str) -> str:
    if not one.account.aid and not one.account.donations:
        return ""
    return say(
        locale,
        "Counted for you, but nobody's money: {aid} yuan of state aid and {donations} yuan of donations.",
        {"aid": yuan_grouped(one.account.aid), "donations": yuan_grouped(one.account.donations)},
    )


def _besides(one: MemberStatement, locale: str) -> Iterable[str]:
    if one.work.days:
        yield say(
            locale,
            "Work: {days} days, worth {wage} yuan.",
            {"days": _grouped(one.work.days), "wage": yuan_grouped(one.work.wage)},
        )
    for trade in one.trade:
        yield say(
            locale,
            "Trade: {product} {quantity} {unit}, {amount} yuan.",
            {
                "product": trade.product,
                "quantity": _grouped(trade.quantity),
                "unit": trade.unit,
                "amount": yuan_grouped(trade.amount),
            },
        )
    for money in one.besides:
        with_commission = money.account == COMMISSION_PAYABLE and _commission_booked(one)
        yield say(
            locale,
            N_(
                "{account} (the commission above is in it): earned {earned}, paid out {paid}, still owed to you {left} "
                "yuan."
            )
            if with_commission and money.left >= 0
            else N_("{account}: earned {earned}, paid out {paid}, still owed to you {left} yuan.")
            if money.left >= 0
            else N_("{account}: earned {earned}, paid out {paid}, you owe {left} yuan."),
            {
                "account": _account_name(money, locale),
                "earned": yuan_grouped(money.earned),
                "paid": yuan_grouped(money.paid),
                "left": yuan_grouped(abs(money.left)),
            },
        )


def _calves(one: MemberStatement, locale: str) -> Iterable[str]:
    for calf in one.calves:
        yield say(
            locale,
            "Ear tag {tag}: {origin}, since {day}, {state}{left}",
            {
                "tag": calf.ear_tag,
                "origin": say_word(locale, calf.origin.value),
                "day": _day(calf.entered, locale),
                "state": say_word(locale, calf.state.value),
                "left": "" if calf.left is None else f" {_day(calf.left, locale)}",
            },
        )


def _years(one: MemberStatement) -> tuple[ToldYear, ...]:
    highest = max((year.amount for year in one.years), default=0)
    return tuple(
        ToldYear(
            year=year.year,
            amount=yuan_grouped(year.amount),
            share=max(0, year.amount) * 100 // highest if highest > 0 else 0,
        )
        for year in one.years[-6:]
    )


def _appeal(appeal: Appeal, locale: str) -> ToldAppeal:
    names = {"uphold": N_("Answer"), "reject": N_("Answer"), "escalate": N_("You asked for another person")}
    return ToldAppeal(
        number=appeal.number,
        on=_day(appeal.on, locale),
        text=appeal.text,
        state=say(locale, _STATES[appeal.state]),
        answers=tuple(
            ToldAnswer(
                who=say(locale, names[answer.step.value]), on=_day(answer.on, locale), text=answer.text
            )
            for answer in appeal.answers
        ),
        escalates=appeal.state is AppealState.REJECTED and len(appeal.answers) == 1,
    )


# Figures


def decimal(exact: Fraction) -> str:
    """A fraction of yuan with six decimals, the dots saying that it goes on.

    >>> decimal(Fraction(numerator=39769137, denominator=25300)), decimal(Fraction(numerator=5, denominator=4))
    ('1,571.902648…', '1.25')
    """
    whole, rest = divmod(exact.numerator, exact.denominator)
    scaled, more = divmod(rest * 10**6, exact.denominator)
    digits = f"{scaled:06d}" if more else f"{scaled:06d}".rstrip("0").ljust(2, "0")
    return f"{whole:,}.{digits}{'…' if more else ''}"


def _weight(leg: LegOf, weight: int) -> str:
    return _grouped(weight) if leg.basis in _IN_HUNDREDTHS else f"{weight:,}"


def _grouped(hundredths: Hundredths | Fen) -> str:
    text = yuan_grouped(hundredths)
    return text.removesuffix(".00")


def _percent(bp: int) -> str:
    return _grouped(bp)


def _joined(locale: str, *sentences: str) -> str:
    return ("" if locale == "zh_CN" else " ").join(filter(None, sentences))


def _day(on: date, locale: str) -> str:
    return f"{on.year}年{on.month}月{on.day}日" if locale == "zh_CN" else on.isoformat()
