"""What a guided act of the register needs before it may be done, and what it writes (RULES §3; DOMAIN §1.6, §3, §8).

An act is pure: from its content and what the books show follow its vouchers, its movements, animals and asset cards,
all at once or not at all. What each kind needs and writes stands together in the room of its subject; here stands what
holds of all. Whatever an act moves in the register it moves on 301, member by member.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from msgspec.structs import replace

from coop.identity import is_card_number, masked, masked_text
from coop.identity import written as plainly
from coop.members.rules import (
    identity_data,
    kind_of_account_number,
    member_must_be_as_seen,
)
from coop.register import contributions, entitlements, funds, holdings, membership, taking_back
from coop.register.entries import AID_OWED
from coop.register.facts import Facts, Undone
from coop.register.holdings import owing_account
from coop.shares.rules import differences, refundable, share_account
from ledger.money import yuan
from schemas.books import BookKind
from schemas.charts import Standard
from schemas.identity import IdentityKind
from schemas.members import AccountKind, MemberKind
from schemas.problems import Fault, Problem, RefusalKind, Severity
from schemas.register import (
    ActState,
    Adjustment,
    AidReceived,
    AidUsed,
    AnyAct,
    CalfShare,
    CashShare,
    Conversion,
    Death,
    Departure,
    Gift,
    HeirNamed,
    Joining,
    LabourShare,
    LandShare,
    PayeeChange,
    Quantification,
    RegisterAct,
    Revaluation,
    TakeBack,
    Transfer,
    WageShare,
    Withdrawal,
    Written,
)
from schemas.shares import (
    NewMovement,
)
from schemas.units import BIGGEST_FEN, BookId, Fen
from schemas.vouchers import VoucherDraft

card_should_fit_its_check_digit = Fault(
    code="card_should_fit_its_check_digit",
    says="The card number {account} does not fit its check digit.",
    remedy="Compare it with the card; if it is a passbook, say so in 账户类型.",
    severity=Severity.WARNING,
)
act_must_not_lie_ahead = Fault(
    code="act_must_not_lie_ahead",
    says="{date} has not come yet.",
    remedy="Enter it when it has happened.",
)
year_of_the_act_must_not_be_sealed = Fault(
    code="year_of_the_act_must_not_be_sealed",
    says="{year} is sealed; its register stays as it is.",
    remedy="Date it in a year that is open.",
)
resolution_must_be_given = Fault(
    code="resolution_must_be_given",
    says="The meeting's resolution is not named.",
    remedy="Give its number; without a resolution this is not done.",
)
figure_must_not_be_too_big = Fault(
    code="figure_must_not_be_too_big",
    says="{figure} is more than a book holds.",
    remedy="Look for a figure too many.",
)
book_must_keep_a_register = Fault(
    code="book_must_keep_a_register",
    says="The book of {book} keeps no share register.",
    remedy="Contributions are kept in a cooperative's book; in a collective's members are registered, with who is paid for them and their income entitlements.",
)
request_must_be_there = Fault(
    code="request_must_be_there",
    says="There is no act {request} of the register.",
    remedy="Look it up in the list of the register's acts.",
)
request_must_wait = Fault(
    code="request_must_wait",
    says="No act {request} waits for an answer.",
    remedy="Look at the list of the register's acts; somebody may have been faster.",
)
request_must_be_answered_by_another = Fault(
    code="request_must_be_answered_by_another",
    says="Who prepared an act neither confirms nor declines it.",
    remedy="Have a second person answer it.",
)
request_must_be_withdrawn_by_its_preparer = Fault(
    code="request_must_be_withdrawn_by_its_preparer",
    says="Only who prepared an act withdraws it.",
    remedy="Decline it, with a reason.",
)
act_must_be_as_it_was_sealed = Fault(
    code="act_must_be_as_it_was_sealed",
    says="Book {book}: act {request} of the register is not what was prepared and confirmed.",
    remedy="Compare it with a backup; somebody changed it behind the service's back.",
)
act_must_still_be_the_same = Fault(
    code="act_must_still_be_the_same",
    says="The act would write something else now than when it was prepared.",
    remedy="Decline it, and have it prepared again.",
)

_RESOLVED = (
    CashShare,
    LandShare,
    CalfShare,
    LabourShare,
    Transfer,
    Conversion,
    Withdrawal,
    Revaluation,
    Quantification,
    Joining,
)
_OF_ENTITLEMENTS = (Quantification, Adjustment)
_OF_A_COLLECTIVE = (*_OF_ENTITLEMENTS, Transfer, Joining, Death, HeirNamed, PayeeChange, TakeBack)
"""A collective's members contribute nothing and nobody is settled on leaving (农村集体经济组织法 第十六条): it registers who
they are, who is paid, and what each household is entitled to of its income."""
STEPS: Mapping[ActState, str] = {
    ActState.WAITING: "register.prepare",
    ActState.DECLINED: "register.decline",
    ActState.WITHDRAWN: "register.withdraw",
    ActState.DONE: "register.confirm",
}
"""What the log calls the step that brings an act into a state."""


def subject(request: int) -> str:
    """What the log calls an act."""
    return f"register:{request}"


# What an act is known by


def kind_of(act: AnyAct) -> str:
    """The word an act is known by, its ``kind`` outside."""
    return str(type(act).__struct_config__.tag)


def members_named(act: AnyAct) -> frozenset[str]:
    """The members an act names."""
    match act:
        case Transfer():
            return frozenset({act.member, act.to})
        case Conversion():
            return frozenset(part.member for part in act.parts)
        case Quantification():
            return frozenset(part.member for part in act.households)
        case Gift() | AidReceived() | AidUsed() | TakeBack() | Joining():
            return frozenset()
        case _:
            return frozenset({act.member})


def accounts_looked_at(act: AnyAct, undone: Undone | None, chart: Standard) -> tuple[str, ...]:
    """The accounts whose balances by detail an act has to know; ``undone`` is what it takes back."""
    match act:
        case TakeBack() if undone is not None and undone.request is not None:
            return (AID_OWED,) if isinstance(undone.request.act, AidReceived) else ()
        case WageShare():
            return (act.payable,)
        case AidUsed():
            return (AID_OWED,)
        case Conversion():
            return (owing_account(act.source, chart),)
        case Withdrawal():
            return (chart.settlement.reserve,)
        case _:
            return ()


def is_kept_in(kind: str, book: BookKind) -> bool:
    """Whether an act of this kind belongs into the register of such a book."""
    if book is BookKind.COLLECTIVE:
        return kind in _kinds(_OF_A_COLLECTIVE)
    return kind not in _kinds(_OF_ENTITLEMENTS)


def _kinds(acts: Iterable[type[RegisterAct]]) -> frozenset[str]:
    return frozenset(str(act.__struct_config__.tag) for act in acts)


# What an act needs, and what it writes


def faults_of(act: AnyAct, facts: Facts) -> tuple[Problem, ...]:
    """Everything that keeps an act from being done, as far as the register knows; what the vouchers' own rules say of
    its lines comes on top."""
    problems: list[Problem] = []
    if act.on > facts.today:
        problems.append(act_must_not_lie_ahead.at("/on", date=act.on))
    if act.on.year in facts.sealed and _needs_no_voucher(act):
        problems.append(year_of_the_act_must_not_be_sealed.at("/on", year=act.on.year))
    expelled = isinstance(act, Departure) and act.expelled
    registered = isinstance(act, Joining) and facts.book is BookKind.COLLECTIVE
    if (isinstance(act, _RESOLVED) or expelled) and not registered and not act.resolution.strip():
        problems.append(resolution_must_be_given.at("/resolution"))
    if isinstance(act, Transfer | Revaluation):
        problems += entitlements.faults_of_class(act.share, facts)
    return (*problems, *_guided(act, facts).faults)


def _needs_no_voucher(act: AnyAct) -> bool:
    """Whether the act may move who held what, or who was a member, without a voucher that a closed month would refuse. A
    death keeps its day, whenever it becomes known."""
    unbooked = isinstance(act, Transfer | Revaluation) and not refundable(act.share)
    return unbooked or isinstance(
        act, LabourShare | Joining | Withdrawal | TakeBack | Quantification | Adjustment
    )


class _Guided(NamedTuple):
    """An act before the books: what is wrong with it, looked for as it is read, and what it writes, of which nothing is
    wrong."""

    faults: Iterator[Problem]
    writes: Callable[[], Written]


def _guided(act: AnyAct, facts: Facts) -> _Guided:
    match act:
        case CashShare():
            return _Guided(
                contributions.faults_of_cash_share(act, facts),
                partial(contributions.write_cash_share, act, facts),
            )
        case LandShare():
            return _Guided(
                contributions.faults_of_land_share(act, facts),
                partial(contributions.write_land_share, act, facts),
            )
        case CalfShare():
            return _Guided(
                contributions.faults_of_calf_share(act, facts),
                partial(contributions.write_calf_share, act, facts),
            )
        case LabourShare():
            return _Guided(
                contributions.faults_of_labour_share(act, facts),
                partial(contributions.write_labour_share, act),
            )
        case WageShare():
            return _Guided(
                contributions.faults_of_wage_share(act, facts),
                partial(contributions.write_wage_share, act, facts),
            )
        case Gift():
            return _Guided(funds.faults_of_gift(act, facts), partial(funds.write_gift, act, facts))
        case AidReceived():
            return _Guided(funds.faults_of_aid_received(act), partial(funds.write_aid_received, act))
        case AidUsed():
            return _Guided(funds.faults_of_aid_used(act, facts), partial(funds.write_aid_used, act, facts))
        case Transfer():
            return _Guided(
                holdings.faults_of_transfer(act, facts), partial(holdings.write_transfer, act, facts)
            )
        case Conversion():
            return _Guided(
                holdings.faults_of_conversion(act, facts), partial(holdings.write_conversion, act, facts)
            )
        case Withdrawal():
            return _Guided(
                holdings.faults_of_withdrawal(act, facts), partial(holdings.write_withdrawal, act, facts)
            )
        case Revaluation():
            return _Guided(
                holdings.faults_of_revaluation(act, facts), partial(holdings.write_revaluation, act, facts)
            )
        case Quantification():
            return _Guided(
                entitlements.faults_of_quantification(act, facts),
                partial(entitlements.write_quantification, act, facts),
            )
        case Adjustment():
            return _Guided(
                entitlements.faults_of_adjustment(act, facts),
                partial(entitlements.write_adjustment, act),
            )
        case TakeBack():
            return _Guided(
                taking_back.faults_of_take_back(act, facts), partial(taking_back.write_take_back, act, facts)
            )
        case Joining():
            return _Guided(membership.faults_of_joining(act, facts), partial(membership.write_joining, act))
        case Departure():
            return _Guided(
                membership.faults_of_departure(act, facts), partial(membership.write_departure, act, facts)
            )
        case Death():
            return _Guided(
                membership.faults_of_death(act, facts), partial(membership.write_death, act, facts)
            )
        case HeirNamed():
            return _Guided(
                membership.faults_of_heir_named(act, facts), partial(membership.write_heir_named, act)
            )
        case PayeeChange():
            return _Guided(
                membership.faults_of_payee_change(act, facts), partial(membership.write_payee_change, act)
            )


def written(act: AnyAct, facts: Facts) -> Written:
    """What an act writes, of which nothing is wrong. Details it needs are among it whether they are there or not. Only
    a member's own note is kept under seal: movements, cards and terms take the act's with its numbers masked."""
    if act.note and not isinstance(act, Joining):
        act = replace(act, note=masked_text(act.note))
    return _guided(act, facts).writes()


def faults_of_balance(writes: Written, *, chart: Standard, book: BookId) -> tuple[Problem, ...]:
    """Every member whose refundable shares an act would move by something else than account 301 (RULES §3)."""
    account = share_account(chart)
    if not account:
        return ()
    register: defaultdict[str, Fen] = defaultdict(int)
    booked: defaultdict[str, Fen] = defaultdict(int)
    for movement in writes.movements:
        if refundable(movement.share):
            register[movement.member] += movement.value
    for voucher in writes.vouchers:
        for line in voucher.lines:
            if line.account[: len(account)] == account:
                booked[line.detail] += line.credit - line.debit
    return differences(register, booked, book=book, account=account, yuan=yuan)


def faults_of_size(writes: Written) -> tuple[Problem, ...]:
    """What an act would write that no book holds: more than ten thousand thousand million yuan, or as much of anything."""
    figures = [
        figure for draft in writes.vouchers for line in draft.lines for figure in (line.debit, line.credit)
    ]
    figures += [figure for one in writes.movements for figure in (one.quantity, one.value)]
    biggest = max(map(abs, figures), default=0)
    return (figure_must_not_be_too_big.at(figure=yuan(biggest)),) if biggest > BIGGEST_FEN else ()


def kind_of_refusal(problems: Iterable[Problem]) -> RefusalKind:
    """What kind of refusal these problems make together."""
    stale = any(problem.code == member_must_be_as_seen.code for problem in problems)
    return RefusalKind.STALE if stale else RefusalKind.RULE


def at_field(act: AnyAct, draft: VoucherDraft, problem: Problem) -> Problem:
    """A problem of a voucher at the field of the act it comes from: a line's account or detail at the field that says
    it, its date at the act's day."""
    parts = problem.pointer.split("/")
    if problem.pointer == "/date":
        return replace(problem, pointer="/on")
    if parts[:2] == ["", "lines"] and len(parts) == _LINE_FIELD:
        said = getattr(draft.lines[int(parts[2])], parts[3], None)
        for name in act.__struct_fields__:
            if said and getattr(act, name) == said:
                return replace(problem, pointer=f"/{name}")
    return problem


_LINE_FIELD = 4
"""Parts of a pointer like ``/lines/0/account``."""


def numbered(
    movements: Sequence[NewMovement], *, vouchers: Sequence[int], after: int
) -> tuple[NewMovement, ...]:
    """Movements whose vouchers and other sides are places in their act, with the numbers these have in the book:
    ``vouchers`` are the act's, ``after`` is the register's last movement."""
    return tuple(
        replace(
            movement,
            voucher=None if movement.voucher is None else vouchers[movement.voucher - 1],
            other_side=None if movement.other_side is None else after + movement.other_side,
        )
        for movement in movements
    )


def doubts_of(act: AnyAct) -> tuple[Problem, ...]:
    """What is odd about an act and stops nothing: a card whose number fails its Luhn sum. A passbook 存折 and a corporate
    account 对公 follow no sum, nor is anything asked of an account of no known kind (DOMAIN §10.3)."""
    if not isinstance(act, Joining | HeirNamed | PayeeChange):
        return ()
    number = plainly(act.bank_account, IdentityKind.CARD)
    if act.account_kind is not AccountKind.CARD or not number or is_card_number(number):
        return ()
    return (card_should_fit_its_check_digit.at("/bank_account", account=masked(number, IdentityKind.CARD)),)


def identity_of(act: AnyAct) -> Mapping[str, tuple[str, IdentityKind]]:
    """The fields of an act that are identity data, each with its kind; empty ones left out."""
    found: dict[str, tuple[str, IdentityKind]] = {}
    if isinstance(act, Joining | HeirNamed | PayeeChange):
        unit = isinstance(act, Joining) and act.kind_of_member is not MemberKind.HOUSEHOLD
        found["identity"] = (act.identity, IdentityKind.UNIT if unit else IdentityKind.CITIZEN)
        found["bank_account"] = (act.bank_account, kind_of_account_number(act.account_kind))
    if isinstance(act, Joining | HeirNamed):
        found["phone"] = (act.phone, IdentityKind.PHONE)
    if masked_text(act.note) != act.note:
        found["note"] = (act.note, IdentityKind.NOTE)
    return {name: piece for name, piece in found.items() if piece[0]}


def shown(act: AnyAct) -> AnyAct:
    """An act as everybody may see it: identity data masked."""
    pieces = {name: masked(text, kind) for name, (text, kind) in identity_of(act).items()}
    return replace(act, **pieces) if pieces else act


def shown_writing(writes: Written) -> Written:
    """What an act writes as everybody may see it: identity data masked."""
    joins = writes.joins
    if joins is not None:
        pieces = {field.value: masked(text, kind) for field, (text, kind) in identity_data(joins).items()}
        joins = replace(joins, **pieces)
    heir = None if writes.heir is None else shown(writes.heir)
    payee = None if writes.payee is None else shown(writes.payee)
    assert heir is None or isinstance(heir, HeirNamed)
    assert payee is None or isinstance(payee, PayeeChange)
    return replace(writes, joins=joins, heir=heir, payee=payee)
