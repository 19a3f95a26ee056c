"""What a payment order may pay, and what it books (RULES §9).

213 owes M0001 330.00 and M0002 225.00 for March. An order pays M0001 330.00, of which 9.90 are withheld as tax, and
M0002 200.00: 530.00 together, 520.10 arrive. Posted, it books 9.90 from 213 to 214; 25.00 stay owed to M0002.

>>> line = OrderLine(account="213", member="M0001", owed=33_000, paying=33_000, withheld=990)
>>> rest = OrderLine(account="213", member="M0002", owed=22_500, paying=20_000, withheld=0)
>>> made = worked_out((line, rest))
>>> made.owed, made.gross, made.withheld, made.net
(55500, 53000, 990, 52010)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from ledger.money import yuan
from ledger.periods.rules import month_text
from schemas.charts import Standard
from schemas.problems import Fault, Problem, Refusal
from schemas.runs import Chosen, Order, OrderInputs, OrderLine, Owed, RunKind, RunLine, RunPart
from schemas.units import Fen, Period, Value
from schemas.vouchers import VoucherDraft, VoucherLine

order_must_pay_something = Fault(
    code="order_must_pay_something",
    says="Nothing of what stood at the end of {month} is owed any more, or nobody was chosen.",
    remedy="Post what is owed first, or choose a later month.",
)
paying_must_be_owed = Fault(
    code="paying_must_be_owed",
    says="{member} is owed {owed} on {account}; {paying} is more.",
    remedy="Pay what is owed or less; what is in another order that is not paid out is not owed twice.",
)
withheld_must_be_of_the_payment = Fault(
    code="withheld_must_be_of_the_payment",
    says="Of {paying} to {member} {withheld} cannot be withheld.",
    remedy="Withhold less than is paid.",
)
person_must_be_registered = Fault(
    code="person_must_be_registered",
    says="No member of this book is called {people}: nobody knows where to pay what is owed.",
    remedy="Register them with their accounts, or choose lines and name the member each of them is.",
)
person_must_be_one_member = Fault(
    code="person_must_be_one_member",
    says="Several members bear one name: {people}.",
    remedy="Choose lines, and name the member who is meant; the next orders pay the same one.",
)
person_must_be_chosen = Fault(
    code="person_must_be_chosen",
    says="{member} is owed as {people}.",
    remedy="Say whose bonus is paid to him; one order pays him one.",
)
line_must_be_chosen_once = Fault(
    code="line_must_be_chosen_once",
    says="{member} is named more than once on {account}.",
    remedy="Name a member once for each account.",
)
account_must_be_chosen = Fault(
    code="account_must_be_chosen",
    says="{member} is owed on several accounts: {accounts}.",
    remedy="Say which of them the payment is of.",
)
payable_must_be_kept = Fault(
    code="payable_must_be_kept",
    says="A book by {standard} owes nobody {kind}.",
    remedy="Choose another kind.",
)
month_must_be_of_the_year = Fault(
    code="month_must_be_of_the_year",
    says="{month} is not a month of {year} that has begun.",
    remedy="Choose a month of the order's year, this one at the latest.",
)
tax_must_have_an_account = Fault(
    code="tax_must_have_an_account",
    says="Account {account} has sub-accounts, and none is called {tax}.",
    remedy="Name the tax as its sub-account is named.",
)
order_must_be_the_only_open = Fault(
    code="order_must_be_the_only_open",
    says="{run} is {state}; of its kind one at a time is under way.",
    remedy="Carry it on until it is posted, or take it back.",
)
choice_must_be_of_an_order = Fault(
    code="choice_must_be_of_an_order",
    says="A month, a tax and chosen lines belong to payment orders, not to {kind}.",
    remedy="Leave them out.",
)

TAX = "个人所得税"
"""What is withheld where nothing else is said."""
OWED = "owed"
"""What a line of an order goes by: how much is owed."""


def payable(kind: RunKind, standard: Standard) -> str:
    """The statutory account that owes what orders of a kind pay; empty where the standard knows no such debt."""
    found: str = getattr(standard.payables, kind.value)
    return found


def month_of(year: int, *, on: date) -> Period:
    """The month whose end an order goes by where none is named: this one, of a year that is over its last.

    >>> month_of(2026, on=date(2026, 5, 31)), month_of(2025, on=date(2026, 5, 31))
    (202605, 202512)
    """
    return year * 100 + (on.month if year >= on.year else 12)


def faults_of_month(through: Period, *, year: int, on: date) -> tuple[Problem, ...]:
    """The month is not of the order's year, or has not begun."""
    begun = through <= on.year * 100 + on.month
    if through // 100 == year and 1 <= through % 100 <= 12 and begun:
        return ()
    return (month_must_be_of_the_year.at("/through", month=_month(through), year=year),)


class Claim(Value):
    """What is owed of bonuses and instalments to a person by name, and the members of the book the person may be."""

    account: str
    person: str
    owed: Fen
    members: tuple[str, ...]

    def as_owed(self, member: str) -> Owed:
        """The claim, owed to one member."""
        return Owed(account=self.account, member=member, owed=self.owed, person=self.person)


def owed_of(claims: Iterable[Claim]) -> tuple[Owed, ...]:
    """The claims of which it is known who is paid."""
    return tuple(claim.as_owed(claim.members[0]) for claim in claims if len(claim.members) == 1)


def faults_of_claims(claims: Iterable[Claim]) -> tuple[Problem, ...]:
    """Everybody of whom it is not known who is paid: no member bears the name, or several do."""
    nobody = [claim.person for claim in claims if not claim.members]
    several = [f"{claim.person} ({', '.join(claim.members)})" for claim in claims if len(claim.members) > 1]
    problems = []
    if nobody:
        problems.append(person_must_be_registered.at("/lines", people="、".join(nobody)))
    if several:
        problems.append(person_must_be_one_member.at("/lines", people="、".join(several)))
    return tuple(problems)


def lines_of_claims(claims: Sequence[Claim], chosen: Iterable[Chosen] | None) -> tuple[OrderLine, ...]:
    """The lines of an order over bonuses and instalments: of these, or of everybody's. A member may be chosen who bears
    the name, or any with the person named. Refused with everybody of whom it is not known who is paid, and a member who
    is owed as several persons without the person named."""
    if chosen is None:
        problems = faults_of_claims(claims)
        if problems:
            raise Refusal(*problems)
        return lines_of(owed_of(claims), None)
    wishes = tuple(chosen)
    meant = {(wish.person, wish.member) for wish in wishes if wish.person}
    stands = [
        claim.as_owed(member)
        for claim in claims
        for member in sorted({*claim.members, *(who for person, who in meant if person == claim.person)})
    ]
    return lines_of(stands, wishes)


def lines_of(owed: Sequence[Owed], chosen: Iterable[Chosen] | None) -> tuple[OrderLine, ...]:
    """The lines of an order, by account and member: of these, or all that is owed. Refused: somebody who is owed on
    several accounts, or as several persons, without it being named which."""
    if chosen is None:
        return tuple(_line(one, paying=one.owed) for one in owed)
    by_member: defaultdict[str, list[Owed]] = defaultdict(list)
    for one in owed:
        by_member[one.member].append(one)
    first = owed[0].account if owed else ""
    problems: list[Problem] = []
    lines = []
    for place, wish in enumerate(chosen):
        fits = [one for one in by_member[wish.member] if not wish.person or one.person == wish.person]
        accounts = list(dict.fromkeys(one.account for one in fits))
        account = wish.account or next(iter(accounts), first)
        fits = [one for one in fits if one.account == account]
        if not wish.account and len(accounts) > 1:
            problems.append(
                account_must_be_chosen.at(
                    f"/lines/{place}/account", member=wish.member, accounts=", ".join(accounts)
                )
            )
        elif len(fits) > 1:
            people = "、".join(one.person for one in fits)
            problems.append(
                person_must_be_chosen.at(f"/lines/{place}/person", member=wish.member, people=people)
            )
        else:
            nothing = Owed(account=account, member=wish.member, owed=0, person=wish.person)
            lines.append(_line(fits[0] if fits else nothing, paying=wish.paying, withheld=wish.withheld))
    if problems:
        raise Refusal(*problems)
    return tuple(sorted(lines, key=lambda line: (line.account, line.member)))


def _line(one: Owed, *, paying: Fen, withheld: Fen = 0) -> OrderLine:
    return OrderLine(
        account=one.account,
        member=one.member,
        owed=one.owed,
        person=one.person,
        paying=paying,
        withheld=withheld,
    )


def faults_of_lines(lines: Sequence[OrderLine], *, through: Period) -> tuple[Problem, ...]:
    """Everything that keeps an order from being paid: nothing in it, more than is owed, more withheld than a payment
    has, somebody named twice."""
    return tuple(_faults_of_lines(lines, through=through))


def _faults_of_lines(lines: Sequence[OrderLine], *, through: Period) -> Iterable[Problem]:
    if not lines:
        yield order_must_pay_something.at("/lines", month=_month(through))
    seen: set[tuple[str, str]] = set()
    for line in lines:
        at = f"/lines/{line.member}"
        if line.paying > line.owed:
            yield paying_must_be_owed.at(
                f"{at}/paying",
                member=line.member,
                owed=yuan(line.owed),
                account=line.account or "—",
                paying=yuan(line.paying),
            )
        if not 0 <= line.withheld < line.paying:
            yield withheld_must_be_of_the_payment.at(
                f"{at}/withheld", member=line.member, paying=yuan(line.paying), withheld=yuan(line.withheld)
            )
        said = {(line.account, line.member), (line.account, line.detail)}
        if said & seen:
            yield line_must_be_chosen_once.at(at, member=line.member, account=line.account)
        seen |= said


def worked_out(lines: Sequence[OrderLine]) -> Order:
    """What an order comes to."""
    gross, withheld = sum(line.paying for line in lines), sum(line.withheld for line in lines)
    return Order(owed=sum(line.owed for line in lines), gross=gross, withheld=withheld, net=gross - withheld)


def stored(inputs: OrderInputs) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    """A part for each account that owes, whose basis is its code; a line for each payment, whose weight is what is
    owed."""
    places = {account: no for no, account in enumerate(inputs.accounts, 1)}
    parts = []
    for account, no in places.items():
        of = [line for line in inputs.lines if line.account == account]
        parts.append(
            RunPart(
                no=no,
                name=inputs.accounts[account],
                bp=0,
                basis=account,
                patronage=False,
                amount=sum(line.paying for line in of),
                total_weight=sum(line.owed for line in of),
                fen_from_remainders=0,
            )
        )
    lines = (
        RunLine(part=places[line.account], payee=line.member, weight=line.owed, amount=line.paying)
        for line in inputs.lines
    )
    return tuple(parts), tuple(lines)


def withheld_of(inputs: OrderInputs) -> Mapping[tuple[int, str], Fen]:
    """What is withheld of a line, by part and payee; only where something is."""
    places = {account: no for no, account in enumerate(inputs.accounts, 1)}
    return {(places[line.account], line.member): line.withheld for line in inputs.lines if line.withheld}


def vouchers(inputs: OrderInputs, *, on: date) -> tuple[VoucherDraft, ...]:
    """What posting an order books: what is withheld, from the payable to the tax. The rest stays owed until it is paid."""
    withheld = [line for line in inputs.lines if line.withheld]
    if not withheld:
        return ()
    summary = f"代扣{inputs.tax}"
    return (
        VoucherDraft(
            date=on,
            lines=(
                *(
                    VoucherLine(
                        summary=summary, account=line.account, detail=line.detail, debit=line.withheld
                    )
                    for line in withheld
                ),
                VoucherLine(
                    summary=summary,
                    account=inputs.tax_account,
                    detail=inputs.tax,
                    credit=sum(line.withheld for line in withheld),
                ),
            ),
        ),
    )


def _month(through: Period) -> str:
    return month_text(through)
