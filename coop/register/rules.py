"""What a guided act of the register needs before it may be done (RULES §3; DOMAIN §3, §8).

Nobody contributes who is no member on the day; labour and claims never become capital but by the two lawful ways; what
a backer or the state gave to a village is the village's share and nobody else's; a leaver holds until the year ends and
is settled after it. Whatever an act moves in the register it moves on 301, member by member.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from msgspec.structs import replace

from coop.identity import is_citizen_number, masked
from coop.identity import written as plainly
from coop.member_accounts.rules import is_of_record
from coop.members.rules import (
    identity_must_be_valid,
    last_day_of_notice,
    member_must_be_as_seen,
    notice_must_come_in_time,
)
from coop.register.writing import (
    AID_OWED,
    CURRENT,
    MONEY,
    Facts,
    classes_of,
    held_of,
    owing_account,
    reserve_given_back,
)
from coop.shares.rules import differences, refundable, share_account
from ledger.assets.rules import card_must_exist
from ledger.log.rules import reason_must_be_given
from schemas.charts import Category, Standard
from schemas.identity import IdentityKind
from schemas.members import MemberKind
from schemas.problems import Fault, Problem, RefusalKind
from schemas.register import (
    ActState,
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
    Revaluation,
    TakeBack,
    Transfer,
    WageShare,
    Withdrawal,
    Written,
)
from schemas.shares import (
    ShareClass,
    ShareOrigin,
)
from schemas.units import BIGGEST_FEN, BookId, Fen
from schemas.vouchers import VoucherDraft

act_must_not_lie_ahead = Fault(
    code="act_must_not_lie_ahead",
    says="{date} has not come yet.",
    remedy="Enter it when it has happened.",
)
resolution_must_be_given = Fault(
    code="resolution_must_be_given",
    says="The meeting's resolution is not named.",
    remedy="Give its number; without a resolution this is not done.",
)
holder_must_be_known = Fault(
    code="holder_must_be_known",
    says="The register knows no member {member}.",
    remedy="Look the number up, or let them join first.",
)
holder_must_be_a_member = Fault(
    code="holder_must_be_a_member",
    says="{member} was a member from {joined} to {left}, not on {date}.",
    remedy="Correct the day or the number.",
)
origin_must_fit_holder = Fault(
    code="origin_must_fit_holder",
    says="What comes from {origin} is contributed by a {wanted}; {member} is a {kind}.",
    remedy="Gifts of backers, donors and the state become a share only of the collective they were given to; what was "
    "granted to a household is that household's.",
)
account_must_hold_money = Fault(
    code="account_must_hold_money",
    says="Account {account} holds no money.",
    remedy="Choose cash on hand or a bank deposit.",
)
account_must_hold_an_asset = Fault(
    code="account_must_hold_an_asset",
    says="Account {account} holds neither money nor goods.",
    remedy="Choose where what was given is now.",
)
settlement_must_be_owed_or_paid = Fault(
    code="settlement_must_be_owed_or_paid",
    says="A leaver's settlement is not booked to account {account}.",
    remedy="Choose 114 成员往来 to pay it later, or the money it is paid from.",
)
amount_must_be_owed = Fault(
    code="amount_must_be_owed",
    says="Account {account} shows {owed} for {detail}, less than {amount}.",
    remedy="Book what is owed first, or correct the amount.",
)
ear_tag_must_be_new = Fault(
    code="ear_tag_must_be_new",
    says="Animal {ear_tag} is already in the herd.",
    remedy="Compare the tag with the animal; every animal has one of its own.",
)
receiver_must_be_another = Fault(
    code="receiver_must_be_another",
    says="Nobody hands shares to himself.",
    remedy="Name the member who takes them over.",
)
holding_must_cover_it = Fault(
    code="holding_must_cover_it",
    says="{member} holds {held} of class {share} on {date}, less than {quantity}.",
    remedy="Correct the quantity or the class.",
)
membership_must_have_ended = Fault(
    code="membership_must_have_ended",
    says="{member} is still a member on {date}.",
    remedy="A leaver holds until the fiscal year ends, and is settled after that day.",
)
leaver_must_hold_something = Fault(
    code="leaver_must_hold_something",
    says="{member} holds nothing any more.",
    remedy="Nothing is left to settle.",
)
cash_is_not_revalued = Fault(
    code="cash_is_not_revalued",
    says="A cash share is worth what was paid in.",
    remedy="Take a wrong payment back with its act.",
)
value_must_change = Fault(
    code="value_must_change",
    says="{member}'s shares of class {share} are worth {value} already.",
    remedy="Give what the meeting resolved.",
)
asset_must_be_named = Fault(
    code="asset_must_be_named",
    says="Which asset is valued anew is not said.",
    remedy="Name its detail.",
)
act_must_be_named = Fault(
    code="act_must_be_named",
    says="What is taken back is not said, or said twice.",
    remedy="Name the request, or one movement of an import.",
)
act_must_be_done = Fault(
    code="act_must_be_done",
    says="Nothing was written under this number.",
    remedy="Look it up in the list of the register's acts.",
)
act_must_not_be_taken_back_twice = Fault(
    code="act_must_not_be_taken_back_twice",
    says="Request {request} has taken it back already.",
    remedy="Nothing is left to do.",
)
act_must_be_reversible = Fault(
    code="act_must_be_reversible",
    says="An act of this kind is not taken back.",
    remedy="Enter what is right as a new act.",
)
act_must_not_precede = Fault(
    code="act_must_not_precede",
    says="What is taken back was on {date}.",
    remedy="Date it on or after that day.",
)
animal_must_be_present = Fault(
    code="animal_must_be_present",
    says="Animal {ear_tag} has left the herd ({state}).",
    remedy="An animal that was sold or died cannot be given back; correct its leaving first.",
)
application_must_come_first = Fault(
    code="application_must_come_first",
    says="The application of {applied} is later than the joining on {date}.",
    remedy="A member joins by written application, then resolution.",
)
membership_must_not_have_ended = Fault(
    code="membership_must_not_have_ended",
    says="{member}'s membership ends on {left} already.",
    remedy="Take that back first, if it was wrong.",
)
leaving_must_be_near = Fault(
    code="leaving_must_be_near",
    says="{year} is too far ahead to leave with; the latest year is {latest}.",
    remedy="Give the fiscal year the notice is for.",
)
heir_must_follow_an_end = Fault(
    code="heir_must_follow_an_end",
    says="{member} is still a member.",
    remedy="Enter the death first.",
)
change_must_say_something = Fault(
    code="change_must_say_something",
    says="Nothing is changed.",
    remedy="Fill in what is new.",
)
voucher_must_be_in_the_book = Fault(
    code="voucher_must_be_in_the_book",
    says="Movement {seq} was booked by voucher {number}, which this book does not hold.",
    remedy="Enter what is right as a new act, by a resolution.",
)
figure_must_not_be_too_big = Fault(
    code="figure_must_not_be_too_big",
    says="{figure} is more than a book holds.",
    remedy="Look for a figure too many.",
)
book_must_keep_a_register = Fault(
    code="book_must_keep_a_register",
    says="The book of {book} keeps no share register.",
    remedy="Members and shares are kept in a cooperative's book.",
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
    Joining,
)
_HOLDERS: Mapping[ShareOrigin, MemberKind] = {
    ShareOrigin.GRANTED: MemberKind.HOUSEHOLD,
    ShareOrigin.BACKER: MemberKind.COLLECTIVE,
    ShareOrigin.STATE: MemberKind.COLLECTIVE,
    ShareOrigin.DONATION: MemberKind.COLLECTIVE,
}
_FOREVER = (Joining, HeirNamed, PayeeChange, TakeBack)


NOT_GIVEN = frozenset({"113", CURRENT, "181"})
"""应收款, 成员往来, 待处理财产损溢: assets nobody is given."""
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


# What an act needs


def faults_of(act: AnyAct, facts: Facts, *, yuan: Callable[[Fen], str]) -> tuple[Problem, ...]:
    """Everything that keeps an act from being done, as far as the register knows; what the vouchers' own rules say of
    its lines comes on top."""
    problems: list[Problem] = []
    if act.on > facts.today:
        problems.append(act_must_not_lie_ahead.at("/on", date=act.on))
    expelled = isinstance(act, Departure) and act.expelled
    if (isinstance(act, _RESOLVED) or expelled) and not act.resolution.strip():
        problems.append(resolution_must_be_given.at("/resolution"))
    return (*problems, *_faults(act, facts, yuan))


def _faults(act: AnyAct, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    match act:
        case CashShare():
            return _faults_of_cash_share(act, facts)
        case LandShare():
            return _faults_of_land_share(act, facts)
        case CalfShare():
            return _faults_of_calf_share(act, facts)
        case LabourShare():
            return _faults_of_labour_share(act, facts)
        case WageShare():
            return _faults_of_wage_share(act, facts, yuan)
        case Gift():
            return _faults_of_gift(act, facts)
        case AidReceived():
            return _faults_of_aid_received(act)
        case AidUsed():
            return _faults_of_aid_used(act, facts, yuan)
        case Transfer():
            return _faults_of_transfer(act, facts, yuan)
        case Conversion():
            return _faults_of_conversion(act, facts, yuan)
        case Withdrawal():
            return _faults_of_withdrawal(act, facts, yuan)
        case Revaluation():
            return _faults_of_revaluation(act, facts, yuan)
        case TakeBack():
            return _faults_of_take_back(act, facts)
        case Joining():
            return _faults_of_joining(act)
        case Departure():
            return _faults_of_departure(act, facts)
        case Death():
            return _faults_of_death(act, facts)
        case HeirNamed():
            return _faults_of_heir_named(act, facts)
        case PayeeChange():
            return _faults_of_payee_change(act, facts)


def _faults_of_cash_share(act: CashShare, facts: Facts) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)
    yield from _faults_of_origin(act.member, act.origin, facts)
    yield from _faults_of_money(act.money)


def _faults_of_land_share(act: LandShare, facts: Facts) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)


def _faults_of_calf_share(act: CalfShare, facts: Facts) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)
    yield from _faults_of_origin(act.member, act.origin, facts)
    seen = set(facts.animals)
    for index, calf in enumerate(act.calves):
        if calf.ear_tag in seen:
            yield ear_tag_must_be_new.at(f"/calves/{index}/ear_tag", ear_tag=calf.ear_tag)
        seen.add(calf.ear_tag)


def _faults_of_labour_share(act: LabourShare, facts: Facts) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)


def _faults_of_wage_share(act: WageShare, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)
    yield from _faults_of_money(act.money)
    yield from _faults_of_owing(act.payable, act.member, act.amount, facts, pointer="/amount", yuan=yuan)


def _faults_of_gift(act: Gift, facts: Facts) -> Iterator[Problem]:
    account = facts.chart.accounts.get(act.account[:3])
    if account is None or account.category is not Category.ASSET or act.account[:3] in NOT_GIVEN:
        yield account_must_hold_an_asset.at("/account", account=act.account)


def _faults_of_aid_received(act: AidReceived) -> Iterator[Problem]:
    yield from _faults_of_money(act.money)


def _faults_of_aid_used(act: AidUsed, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    yield from _faults_of_owing(AID_OWED, act.project, act.amount, facts, pointer="/amount", yuan=yuan)


def _faults_of_transfer(act: Transfer, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)
    if act.to == act.member:
        yield receiver_must_be_another.at("/to")
    else:
        yield from _faults_of_holder(act.to, facts, on=act.on, pointer="/to")
    held = held_of(facts, act.member, act.share)
    if held.quantity < act.quantity:
        yield holding_must_cover_it.at(
            "/quantity",
            member=act.member,
            share=act.share,
            date=act.on,
            held=yuan(held.quantity),
            quantity=yuan(act.quantity),
        )


def _faults_of_conversion(act: Conversion, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    account = owing_account(act.source, facts.chart)
    asked: dict[str, Fen] = {}
    for index, part in enumerate(act.parts):
        yield from _faults_of_holder(part.member, facts, on=act.on, pointer=f"/parts/{index}/member")
        asked[part.member] = asked.get(part.member, 0) + part.amount
        yield from _faults_of_owing(
            account, part.member, asked[part.member], facts, pointer=f"/parts/{index}/amount", yuan=yuan
        )


def _faults_of_withdrawal(act: Withdrawal, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    member = facts.members.get(act.member)
    if member is None:
        yield holder_must_be_known.at("/member", member=act.member)
        return
    if member.left_on is None or member.left_on >= act.on:
        yield membership_must_have_ended.at("/on", member=act.member, date=act.on)
    if act.payable[:3] not in {CURRENT, *MONEY}:
        yield settlement_must_be_owed_or_paid.at("/payable", account=act.payable)
    reserve = reserve_given_back(act, facts)
    if not any((held.quantity, held.value) != (0, 0) for held in classes_of(facts, act.member).values()):
        yield leaver_must_hold_something.at("/member", member=act.member)
    elif reserve:
        yield from _faults_of_owing(
            facts.chart.settlement.reserve, act.member, reserve, facts, pointer="/reserve_share", yuan=yuan
        )


def _faults_of_revaluation(act: Revaluation, facts: Facts, yuan: Callable[[Fen], str]) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)
    held = held_of(facts, act.member, act.share)
    if act.share is ShareClass.CASH:
        yield cash_is_not_revalued.at("/share")
    elif held.quantity <= 0:
        yield holding_must_cover_it.at(
            "/share",
            member=act.member,
            share=act.share,
            date=act.on,
            held=yuan(held.quantity),
            quantity=yuan(1),
        )
    elif held.value == act.value:
        yield value_must_change.at("/value", member=act.member, share=act.share, value=yuan(act.value))
    if refundable(act.share) and act.share is not ShareClass.CASH and not act.detail:
        yield asset_must_be_named.at("/detail")
    if act.card and act.card not in facts.cards:
        yield card_must_exist.at("/card", card=act.card)


def _faults_of_take_back(act: TakeBack, facts: Facts) -> Iterator[Problem]:
    if not act.note.strip():
        yield reason_must_be_given.at("/note")
    if (act.request is None) == (act.movement is None):
        yield act_must_be_named.at("/request")
        return
    pointer, undone = "/movement" if act.request is None else "/request", facts.undone
    if undone is None or (undone.request is not None and undone.request.state is not ActState.DONE):
        yield act_must_be_done.at(pointer)
        return
    if undone.by is not None:
        yield act_must_not_be_taken_back_twice.at(pointer, request=undone.by)
    before = undone.request.act if undone.request is not None else None
    if isinstance(before, _FOREVER) or any(movement.reverses for movement in undone.movements):
        yield act_must_be_reversible.at(pointer)
    for movement in undone.movements:
        if movement.voucher is None and refundable(movement.share) and movement.value:
            yield voucher_must_be_in_the_book.at(pointer, seq=movement.seq, number=movement.number or "—")
    days = [movement.on for movement in undone.movements] + [voucher.date for voucher in undone.vouchers]
    if days and act.on < max(days):
        yield act_must_not_precede.at("/on", date=max(days))
    for calf in before.calves if isinstance(before, CalfShare) else ():
        animal = facts.animals.get(calf.ear_tag)
        if animal is not None and animal.leaving is not None:
            yield animal_must_be_present.at(pointer, ear_tag=calf.ear_tag, state=animal.state)


def _faults_of_joining(act: Joining) -> Iterator[Problem]:
    if act.applied_on > act.on:
        yield application_must_come_first.at("/applied_on", applied=act.applied_on, date=act.on)
    if act.kind_of_member is MemberKind.HOUSEHOLD:
        yield from _faults_of_identity(act.identity)


def _faults_of_departure(act: Departure, facts: Facts) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)
    member = facts.members.get(act.member)
    if member is None:
        return
    if member.left_on is not None:
        yield membership_must_not_have_ended.at("/member", member=act.member, left=member.left_on)
    if act.year > act.on.year + 1:
        yield leaving_must_be_near.at("/year", year=act.year, latest=act.on.year + 1)
    latest = date(act.year, 12, 31) if act.expelled else last_day_of_notice(member.kind, year=act.year)
    if act.on > latest:
        yield notice_must_come_in_time.at("/on", year=act.year, latest=latest, date=act.on)


def _faults_of_death(act: Death, facts: Facts) -> Iterator[Problem]:
    yield from _faults_of_holder(act.member, facts, on=act.on)


def _faults_of_heir_named(act: HeirNamed, facts: Facts) -> Iterator[Problem]:
    member = facts.members.get(act.member)
    if member is None:
        yield holder_must_be_known.at("/member", member=act.member)
    elif member.left_on is None:
        yield heir_must_follow_an_end.at("/member", member=act.member)
    yield from _faults_of_identity(act.identity)


def _faults_of_payee_change(act: PayeeChange, facts: Facts) -> Iterator[Problem]:
    member = facts.members.get(act.member)
    if member is None:
        yield holder_must_be_known.at("/member", member=act.member)
        return
    if member.version != act.seen:
        yield member_must_be_as_seen.at("/seen", member=act.member, seen=act.seen, version=member.version)
    if not any((act.name, act.identity, act.bank, act.bank_account, act.account_kind)):
        yield change_must_say_something.at("/bank_account")
    if act.identity and member.kind is MemberKind.HOUSEHOLD:
        yield from _faults_of_identity(act.identity)


def _faults_of_holder(number: str, facts: Facts, *, on: date, pointer: str = "/member") -> Iterator[Problem]:
    member = facts.members.get(number)
    if member is None:
        yield holder_must_be_known.at(pointer, member=number)
    elif not is_of_record(member, on=on):
        yield holder_must_be_a_member.at(
            pointer, member=number, joined=member.joined_on, left=member.left_on or "—", date=on
        )


def _faults_of_origin(number: str, origin: ShareOrigin, facts: Facts) -> Iterator[Problem]:
    member, wanted = facts.members.get(number), _HOLDERS.get(origin)
    if member is not None and wanted is not None and member.kind is not wanted:
        yield origin_must_fit_holder.at(
            "/origin", origin=origin, wanted=wanted, member=number, kind=member.kind
        )


def _faults_of_money(account: str) -> Iterator[Problem]:
    if account[:3] not in MONEY:
        yield account_must_hold_money.at("/money", account=account)


def _faults_of_owing(
    account: str, detail: str, amount: Fen, facts: Facts, *, pointer: str, yuan: Callable[[Fen], str]
) -> Iterator[Problem]:
    owed = facts.owed.get((account, detail), 0)
    if owed < amount:
        yield amount_must_be_owed.at(
            pointer, account=account, detail=detail, owed=yuan(owed), amount=yuan(amount)
        )


def _faults_of_identity(number: str) -> Iterator[Problem]:
    plain = plainly(number, IdentityKind.CITIZEN)
    if not is_citizen_number(plain):
        yield identity_must_be_valid.at("/identity", identity=masked(plain, IdentityKind.CITIZEN))


def faults_of_balance(
    writes: Written, *, chart: Standard, book: BookId, yuan: Callable[[Fen], str]
) -> tuple[Problem, ...]:
    """Every member whose refundable shares an act would move by something else than account 301 (RULES §3)."""
    account = share_account(chart)
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


def faults_of_size(writes: Written, *, yuan: Callable[[Fen], str]) -> tuple[Problem, ...]:
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
