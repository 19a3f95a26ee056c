"""Contracts of a collective 合同: what falls due, what was received, and what is found of them.

Nothing that falls due is stored: it follows from the contract. A pond leased from 1 March 2025 to 28 February 2028 at
6 000.00 a year, due on 1 March, falls due three times; with a price step to 7 000.00 from 1 March 2027 the third time is
7 000.00. What was received fills the dues oldest first: 10 000.00 in one line on 5 March 2025 pays the first and 4 000.00 of
the second. What is open after its day is overdue, whoever looks.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from coop.contracts.areas import Piece, meet, most_together, pieces, terms_on
from coop.contracts.laws import longest_of
from coop.inventory.rules import fact_must_not_lie_ahead
from ledger.money import text_from_hundredths, yuan
from ledger.seal.rules import digest_of
from schemas.contracts import (
    Amended,
    Amendment,
    Contract,
    ContractKind,
    ContractStanding,
    ContractTerms,
    Due,
    DueRhythm,
    DueStanding,
    Ended,
    Ending,
    NewContract,
    Offer,
    Receipt,
    YearOfDues,
)
from schemas.inventory import HeldItem, ItemUse
from schemas.problems import Fault, Problem, Severity
from schemas.units import Fen, PersonId, VoucherId
from schemas.vouchers import Origin, State, Voucher, VoucherDraft, VoucherLine

SIGNED, AMENDED, ENDED = "contract.sign", "contract.amend", "contract.end"
PAPERED = "contract.paper"
RECEIVED, UNNAMED = "contract.receive", "contract.unname"

INCOME, CLAIMS, MONEY = ("501", "502"), ("112", "113"), ("101", "102")
"""Accounts a receipt is booked on: income, or a claim that is paid; and those that take the money."""
MONTHS = {
    DueRhythm.ONCE: 0,
    DueRhythm.MONTHLY: 1,
    DueRhythm.QUARTERLY: 3,
    DueRhythm.HALF_YEARLY: 6,
    DueRhythm.YEARLY: 12,
}
GIVES_OUT = (ContractKind.LEASE, ContractKind.CONTRACTING)
EXPIRING = timedelta(days=90)
MOST_DUES = 1200
"""A hundred years of months."""

contract_must_be_new = Fault(
    code="contract_must_be_new",
    says="There is a contract {number} already.",
    remedy="Choose another number, or amend that one.",
)
contract_must_be_there = Fault(
    code="contract_must_be_there",
    says="There is no contract {number}.",
    remedy="Look it up in the list of contracts.",
)
term_must_run_forward = Fault(
    code="term_must_run_forward",
    says="The term begins on {first} and ends on {last}.",
    remedy="The last day is not before the first.",
)
steps_must_begin_with_the_term = Fault(
    code="steps_must_begin_with_the_term",
    says="The term begins on {first}, its first price on {step}.",
    remedy="The first price holds from the first day; later ones follow in the order of their days.",
)
dues_must_be_countable = Fault(
    code="dues_must_be_countable",
    says="The contract would fall due more than {most} times.",
    remedy="Check the term and the rhythm.",
)
counterparty_must_be_in_the_book = Fault(
    code="counterparty_must_be_in_the_book",
    says="The book knows no party {party}.",
    remedy="Add it to the parties of the book first.",
)
subject_must_be_in_the_inventory = Fault(
    code="subject_must_be_in_the_inventory",
    says="There is no item {item} in the inventory.",
    remedy="Write it down in the inventory first.",
)
contract_must_run = Fault(
    code="contract_must_run",
    says="Contract {number} ended on {last}.",
    remedy="What is agreed anew is another contract.",
)
amendment_must_lie_in_the_term = Fault(
    code="amendment_must_lie_in_the_term",
    says="{day} is not within the term of contract {number}, or before its last amendment.",
    remedy="An amendment holds from a day of the term on.",
)
amendment_must_keep_the_rhythm = Fault(
    code="amendment_must_keep_the_rhythm",
    says="Contract {number} falls due {rhythm} from {first}; an amendment cannot change that.",
    remedy="End it and sign another one.",
)
line_must_be_received = Fault(
    code="line_must_be_received",
    says="Line {line} of {voucher} is not money received: a credit on income or a claim, in a posted voucher that takes at least as much in cash or bank.",
    remedy="Name the line of the voucher that received it.",
)
line_must_be_named_once = Fault(
    code="line_must_be_named_once",
    says="Line {line} of {voucher} is named for contract {number} already.",
    remedy="Take that back first.",
)
line_must_be_named = Fault(
    code="line_must_be_named",
    says="Line {line} of {voucher} is named for no contract.",
    remedy="Look it up among the receipts of the contract.",
)
contract_must_bring_income = Fault(
    code="contract_must_bring_income",
    says="Contract {number} is a purchase, and receives nothing.",
    remedy="Name a contract that brings income.",
)
nothing_must_be_open = Fault(
    code="nothing_must_be_open",
    says="Nothing is open of due {place} of contract {number}.",
    remedy="A voucher is drafted for a due that is open.",
)

# What is found: shown, and refusing nothing.

_FOUND = Severity.WARNING
term_should_keep_the_law = Fault(
    code="term_should_keep_the_law",
    says="{item}: the term runs to {last}, longer than {years} years ({source}).",
    remedy="Beyond that it does not hold; agree a shorter term.",
    severity=_FOUND,
)
resolution_should_be_named = Fault(
    code="resolution_should_be_named",
    says="No resolution is named (四议两公开; 村民委员会组织法第二十四条).",
    remedy="Name the resolution the members' meeting took.",
    severity=_FOUND,
)
bidding_should_be_public = Fault(
    code="bidding_should_be_public",
    says="No public bidding is recorded (农村土地承包法第四十八条).",
    remedy="What is not contracted by households is put out to tender, auctioned or agreed in public.",
    severity=_FOUND,
)
scan_should_be_there = Fault(
    code="scan_should_be_there",
    says="No scan of the contract is there.",
    remedy="Add the scan of the signed paper.",
    severity=_FOUND,
)
price_should_reach_the_voted = Fault(
    code="price_should_reach_the_voted",
    says="From {day} an instalment is {amount}, below the {least} that was voted.",
    remedy="Compare it with the resolution.",
    severity=_FOUND,
)
area_should_not_exceed_the_item = Fault(
    code="area_should_not_exceed_the_item",
    says="{item}: {area} mu of {there} are given out{others}.",
    remedy="Measure again, or correct contract or inventory.",
    severity=_FOUND,
)
item_should_not_be_given_twice = Fault(
    code="item_should_not_be_given_twice",
    says="{item} is given out by contract {other} in the same time.",
    remedy="End one of them, or say which part each speaks of.",
    severity=_FOUND,
)
due_should_be_paid = Fault(
    code="due_should_be_paid",
    says="{open} of {amount} due on {day} is not received.",
    remedy="Ask for it; name the line that received it.",
    severity=_FOUND,
)
contract_expires_soon = Fault(
    code="contract_expires_soon",
    says="The term ends on {last}, in {days} days.",
    remedy="Prepare what comes after, by resolution and in public.",
    severity=_FOUND,
)
use_should_follow_the_contract = Fault(
    code="use_should_follow_the_contract",
    says="{item} is in the inventory as {use}, and is given out by this contract.",
    remedy="Write the change down in the inventory.",
    severity=_FOUND,
)


# Signing, amending, ending


def faults_of_terms(terms: ContractTerms, *, at: str = "/terms") -> tuple[Problem, ...]:
    """What is wrong with a term, its prices and its rhythm."""
    problems = []
    if terms.last_day < terms.from_date:
        problems.append(
            term_must_run_forward.at(f"{at}/last_day", first=terms.from_date, last=terms.last_day)
        )
    days = [step.from_date for step in terms.steps]
    if days[0] != terms.from_date or any(later <= earlier for earlier, later in pairwise(days)):
        problems.append(steps_must_begin_with_the_term.at(f"{at}/steps", first=terms.from_date, step=days[0]))
    months = MONTHS[terms.rhythm]
    if months and (terms.last_day.year - terms.from_date.year + 1) * 12 // months > MOST_DUES:
        problems.append(dues_must_be_countable.at(f"{at}/last_day", most=MOST_DUES))
    return tuple(problems)


def faults_of_contract(
    new: NewContract, *, taken: Collection[str], parties: Collection[str], items: Collection[str], on: date
) -> tuple[Problem, ...]:
    """What keeps a contract out. ``taken`` are the numbers there are, ``items`` every code the inventory ever had."""
    problems = []
    if new.number in taken:
        problems.append(contract_must_be_new.at("/number", number=new.number))
    if new.signed_on > on:
        problems.append(fact_must_not_lie_ahead.at("/signed_on", day=new.signed_on))
    if new.counterparty not in parties:
        problems.append(counterparty_must_be_in_the_book.at("/counterparty", party=new.counterparty))
    problems += _faults_of_subjects(new.terms, items=items)
    return (*problems, *faults_of_terms(new.terms))


def _faults_of_subjects(terms: ContractTerms, *, items: Collection[str]) -> list[Problem]:
    return [
        subject_must_be_in_the_inventory.at(f"/terms/subjects/{index}/item", item=one.item)
        for index, one in enumerate(terms.subjects)
        if one.item not in items
    ]


def faults_of_amendment(new: Amendment, contract: Contract, *, items: Collection[str]) -> tuple[Problem, ...]:
    """Why a contract cannot be amended so."""
    problems = []
    number, terms = contract.number, contract.terms
    if contract.ended is not None:
        problems.append(contract_must_run.at("/number", number=number, last=contract.last_day))
    last = contract.amendments[-1].day if contract.amendments else terms.from_date
    if not last <= new.day <= terms.last_day:
        problems.append(amendment_must_lie_in_the_term.at("/day", day=new.day, number=number))
    same = (new.terms.from_date, new.terms.first_due, new.terms.rhythm)
    if same != (terms.from_date, terms.first_due, terms.rhythm):
        problems.append(
            amendment_must_keep_the_rhythm.at(
                "/terms/rhythm", number=number, rhythm=f"rhythm.{terms.rhythm}", first=terms.first_due
            )
        )
    return (*problems, *_faults_of_subjects(new.terms, items=items), *faults_of_terms(new.terms))


def faults_of_ending(new: Ending, contract: Contract) -> tuple[Problem, ...]:
    """Why a contract cannot end so."""
    if contract.ended is not None:
        return (contract_must_run.at("/number", number=contract.number, last=contract.last_day),)
    if not contract.terms.from_date <= new.last_day <= contract.terms.last_day:
        return (amendment_must_lie_in_the_term.at("/last_day", day=new.last_day, number=contract.number),)
    return ()


# What falls due


def months_on(day: date, months: int) -> date:
    """The same day so many months on, the month's last where it has no such day.

    >>> months_on(date(2025, 1, 31), 1), months_on(date(2024, 2, 29), 12)
    (datetime.date(2025, 2, 28), datetime.date(2025, 2, 28))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def dues_of(contract: Contract) -> tuple[Due, ...]:
    """Everything that falls due by a contract, in order: an instalment for each stretch of the term that begins by its last
    day, at the price that holds when the stretch begins."""
    first, months = contract.contract.terms, MONTHS[contract.contract.terms.rhythm]
    found: list[Due] = []
    while len(found) < MOST_DUES:
        begins = months_on(first.from_date, len(found) * months)
        if begins > contract.last_day or (found and not months):
            break
        terms = terms_on(contract, begins)
        amount = [step.amount for step in terms.steps if step.from_date <= begins][-1]
        day = months_on(first.first_due, len(found) * months)
        found.append(Due(place=len(found) + 1, begins=begins, day=day, amount=amount))
    return tuple(found)


# What was received


def is_received(voucher: Voucher, line: int) -> bool:
    """Whether a line is money received: a credit on income or a claim, in a posted voucher that takes at least as much in
    cash or bank."""
    if voucher.state is not State.POSTED or voucher.origin is Origin.CLOSING:
        return False
    if not 1 <= line <= len(voucher.lines):
        return False
    one = voucher.lines[line - 1]
    taken = sum(each.debit - each.credit for each in voucher.lines if each.account[:3] in MONEY)
    return one.account[:3] in (*INCOME, *CLAIMS) and 0 < one.credit <= taken


def filled(
    dues: Sequence[Due], receipts: Iterable[Receipt], *, on: date
) -> tuple[tuple[DueStanding, ...], Fen]:
    """The dues with what was received of each, oldest first, and what came in beyond all of them."""
    waiting = sorted(receipts, key=lambda one: (one.day, one.voucher, one.line))
    booked, counted = [0] * len(dues), [0] * len(dues)
    vouchers: list[list[VoucherId]] = [[] for _ in dues]
    place, beyond = 0, 0
    for one in waiting:
        left = one.amount
        while left and place < len(dues):
            part = min(left, dues[place].amount - booked[place])
            booked[place] += part
            counted[place] += part if one.counted else 0
            vouchers[place].append(one.voucher)
            left -= part
            if booked[place] == dues[place].amount:
                place += 1
        beyond += left
    states = tuple(
        DueStanding(
            due=due,
            booked=booked[index],
            counted=counted[index],
            overdue=due.amount - booked[index] if due.day < on else 0,
            vouchers=tuple(dict.fromkeys(vouchers[index])),
        )
        for index, due in enumerate(dues)
    )
    assert sum(booked) + beyond == sum(one.amount for one in waiting), "every fen stands once"
    return states, beyond


def years_of(states: Iterable[DueStanding]) -> tuple[YearOfDues, ...]:
    """The dues by the year they fall due in."""
    sums: defaultdict[int, list[Fen]] = defaultdict(lambda: [0, 0, 0, 0])
    for one in states:
        figures = (one.due.amount, one.booked, one.counted, one.overdue)
        sums[one.due.day.year] = [
            have + more for have, more in zip(sums[one.due.day.year], figures, strict=True)
        ]
    return tuple(
        YearOfDues(year=year, expected=expected, booked=booked, counted=counted, overdue=overdue)
        for year, (expected, booked, counted, overdue) in sorted(sums.items())
    )


def year_among(years: Iterable[YearOfDues], *, year: int) -> YearOfDues:
    """The dues of a year among those of several; nothing where nothing falls due."""
    return added_up((one for one in years if one.year == year), year=year)


def added_up(years: Iterable[YearOfDues], *, year: int) -> YearOfDues:
    """The dues of one year of several books together."""
    found = list(years)
    return YearOfDues(
        year=year,
        expected=sum(one.expected for one in found),
        booked=sum(one.booked for one in found),
        counted=sum(one.counted for one in found),
        overdue=sum(one.overdue for one in found),
    )


def standing(
    contract: Contract,
    receipts: Sequence[Receipt],
    *,
    items: Mapping[str, HeldItem],
    others: Sequence[Contract],
    on: date,
) -> ContractStanding:
    """A contract on a day. ``items`` are those of the inventory that day, ``others`` every other contract of the book."""
    states, beyond = filled(dues_of(contract), receipts, on=on)
    return ContractStanding(
        contract=contract,
        dues=states,
        receipts=tuple(receipts),
        beyond=beyond,
        years=years_of(states) if contract.contract.kind.brings_income else (),
        findings=tuple(findings(contract, states, items=items, others=others, on=on)),
    )


# What is found


def findings(
    contract: Contract,
    states: Sequence[DueStanding],
    *,
    items: Mapping[str, HeldItem],
    others: Sequence[Contract],
    on: date,
) -> Iterable[Problem]:
    """Everything that is found of a contract on a day."""
    said, terms = contract.contract, contract.terms
    gives_out = said.kind in GIVES_OUT
    household = said.household and said.kind is ContractKind.CONTRACTING
    for subject in terms.subjects:
        held = items.get(subject.item)
        bound = None if held is None else longest_of(said.kind, held.item.kind, household=household)
        if held is None:
            continue
        if bound is not None and terms.last_day >= months_on(terms.from_date, bound.years * 12):
            yield term_should_keep_the_law.at(
                "/terms/last_day",
                item=held.item.name,
                last=terms.last_day,
                years=bound.years,
                source=bound.source,
            )
    if not said.resolution:
        yield resolution_should_be_named.at("/resolution")
    if gives_out and not household and not said.bid:
        yield bidding_should_be_public.at("/bid")
    if not contract.papers:
        yield scan_should_be_there.at("/papers")
    for step in terms.steps:
        if step.amount < said.least:
            yield price_should_reach_the_voted.at(
                "/terms/steps", day=step.from_date, amount=yuan(step.amount), least=yuan(said.least)
            )
            break
    if gives_out:
        yield from _clashes(contract, items=items, others=others)
    if gives_out and terms.from_date <= on <= contract.last_day:
        for subject in terms.subjects:
            held = items.get(subject.item)
            if held is not None and held.item.use in (ItemUse.OWN, ItemUse.IDLE):
                yield use_should_follow_the_contract.at(
                    "/terms/subjects", item=held.item.name, use=f"use.{held.item.use}"
                )
    if said.kind.brings_income:
        for one in states:
            if one.overdue:
                yield due_should_be_paid.at(
                    f"/dues/{one.due.place}",
                    open=yuan(one.overdue),
                    amount=yuan(one.due.amount),
                    day=one.due.day,
                )
    if on <= contract.last_day <= on + EXPIRING and contract.ended is None:
        yield contract_expires_soon.at(
            "/terms/last_day", last=contract.last_day, days=(contract.last_day - on).days
        )


def _clashes(
    contract: Contract, *, items: Mapping[str, HeldItem], others: Sequence[Contract]
) -> Iterable[Problem]:
    """More of an item given out on one day than there is, or an undivided one given out twice in the same time."""
    giving = [one for one in others if one.contract.kind in GIVES_OUT]
    for item in dict.fromkeys(subject.item for subject in contract.terms.subjects):
        held = items.get(item)
        there = None if held is None else held.item.area
        name = item if held is None else held.item.name
        own = pieces(contract, item)
        beside: list[Piece] = []
        for other in giving:
            of_other = pieces(other, item)
            if not meet(own, of_other):
                continue
            if there is None or any(one.area is None for one in (*own, *of_other)):
                yield item_should_not_be_given_twice.at("/terms/subjects", item=name, other=other.number)
            else:
                beside += of_other
        if own and there is not None:
            most = most_together(own, beside)
            if most.area > there:
                yield area_should_not_exceed_the_item.at(
                    "/terms/subjects",
                    item=name,
                    area=text_from_hundredths(most.area),
                    there=text_from_hundredths(there),
                    others="".join(f", {number}" for number in most.numbers if number != contract.number),
                )


# Naming and drafting


def faults_of_receipt(
    voucher: Voucher | None,
    *,
    id: VoucherId,
    line: int,
    contract: Contract,
    named_for: str | None,
    cancelled: bool,
) -> tuple[Problem, ...]:
    """Why a line cannot be named for a contract."""
    if not contract.contract.kind.brings_income:
        return (contract_must_bring_income.at("/number", number=contract.number),)
    if voucher is None or cancelled or not is_received(voucher, line):
        return (line_must_be_received.at("/line", voucher=id, line=line),)
    if named_for is not None:
        return (line_must_be_named_once.at("/line", voucher=id, line=line, number=named_for),)
    return ()


def offers(
    vouchers: Iterable[Voucher],
    standing: ContractStanding,
    *,
    taken: Collection[tuple[VoucherId, int]],
    label: Mapping[VoucherId, str],
) -> tuple[Offer, ...]:
    """Lines that may be what a contract received: of its party or of the amount of an open due, the likeliest first."""
    party = standing.contract.contract.counterparty
    amounts = {one.open for one in standing.dues if one.open}
    found = []
    for voucher in vouchers:
        parties = {line.detail for line in voucher.lines}
        for number, line in enumerate(voucher.lines, 1):
            if (voucher.id, number) in taken or not is_received(voucher, number):
                continue
            by_party, by_amount = party in parties, line.credit in amounts
            if by_party or by_amount:
                found.append(
                    Offer(
                        voucher=voucher.id,
                        label=label[voucher.id],
                        line=number,
                        day=voucher.date,
                        account=line.account,
                        summary=line.summary,
                        amount=line.credit,
                        by_party=by_party,
                        by_amount=by_amount,
                    )
                )
    return tuple(
        sorted(found, key=lambda one: (-(one.by_party + one.by_amount), one.day, one.voucher, one.line))
    )


def income_of(kind: ContractKind) -> str:
    """The account what a contract brings is income on."""
    return "502" if kind is ContractKind.INVESTMENT else "501"


def draft_of_due(
    standing: ContractStanding, *, place: int, dated: date, party_fits: bool
) -> VoucherDraft | None:
    """The voucher that receives what is open of a due: bank against operating income, or investment income of an investment.
    None where nothing is open. ``party_fits``: the income account is kept by such a party."""
    due = next((one for one in standing.dues if one.due.place == place), None)
    if due is None or not due.open:
        return None
    said = standing.contract.contract
    summary = f"{said.title} {due.due.begins.year}"[:200]
    detail = said.counterparty if party_fits else ""
    return VoucherDraft(
        date=dated,
        lines=(
            VoucherLine(summary=summary, account="102", debit=due.open),
            VoucherLine(summary=summary, account=income_of(said.kind), detail=detail, credit=due.open),
        ),
    )


def key_of_draft(number: str, place: int, *, turn: int) -> str:
    """The key under which the voucher of a due is drafted, ``turn`` counting those before that came to nothing: a second
    click finds the first one's voucher."""
    return f"contract-due:{number}:{place}:{turn}"


# What the log seals


def subject_of(number: str) -> str:
    """What the log calls a contract."""
    return f"contract:{number}"


def sealed_contract(new: NewContract, *, number: str, counterparty: str, by: PersonId, at: str) -> str:
    """The digest of a contract as it was signed."""
    return digest_of((number, counterparty, new, by, at))


def sealed_change(number: str, change: Amended | Ended, *, turn: int, by: PersonId, at: str) -> str:
    """The digest of an amendment or an ending."""
    return digest_of((number, turn, change, by, at))


def sealed_paper(number: str, *, sha256: str, name: str, by: PersonId, at: str) -> str:
    """The digest of what is said of a scan."""
    return digest_of((number, sha256, name, by, at))


def sealed_receipt(
    voucher: VoucherId, line: int, *, number: str | None, reason: str, by: PersonId, at: str
) -> str:
    """The digest of what a line was named for."""
    return digest_of((voucher, line, number, reason, by, at))
