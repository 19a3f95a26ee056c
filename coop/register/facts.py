"""What the acts of the register must know of members, holdings and the books, and what any of them may need of it: a
member on the day, an account that holds money, as much as is owed."""

from collections.abc import Iterator, Mapping
from datetime import date

from coop.member_accounts.rules import is_of_record
from ledger.money import yuan
from schemas.assets import Card
from schemas.books import BookKind
from schemas.charts import Standard
from schemas.herd import Animal
from schemas.members import Member
from schemas.problems import Fault, Problem
from schemas.register import RegisterRequest
from schemas.shares import Holding, Holdings, Movement, ShareClass
from schemas.units import Fen, Value
from schemas.vouchers import Voucher

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
account_must_hold_money = Fault(
    code="account_must_hold_money",
    says="Account {account} holds no money.",
    remedy="Choose cash on hand or a bank deposit.",
)
amount_must_be_owed = Fault(
    code="amount_must_be_owed",
    says="Account {account} shows {owed} for {detail}, less than {amount}.",
    remedy="Book what is owed first, or correct the amount.",
)
MONEY = ("101", "102", "109")
"""库存现金, 银行存款, 其他货币资金."""


class Undone(Value):
    """What an act that is taken back had written: its request where it has one, its vouchers and movements; ``by`` is
    the request that took it back already."""

    request: RegisterRequest | None
    vouchers: tuple[Voucher, ...]
    movements: tuple[Movement, ...]
    by: int | None = None


class Facts(Value):
    """What the acts must know. ``held`` are holdings at the end of the act's day, ``granted`` what of them was granted to
    the household by poverty alleviation; ``owed`` credit balances by account and detail, the lesser of the end of the
    act's month and now; ``request`` the number the act has; ``sealed`` the years whose surplus is shared out; ``book`` whose
    register it is."""

    today: date
    chart: Standard
    book: BookKind = BookKind.COOPERATIVE
    request: int = 1
    members: Mapping[str, Member] = {}
    held: Mapping[str, Holdings] = {}
    granted: Mapping[str, Holdings] = {}
    owed: Mapping[tuple[str, str], Fen] = {}
    animals: Mapping[str, Animal] = {}
    cards: Mapping[str, Card] = {}
    undone: Undone | None = None
    sealed: frozenset[int] = frozenset()


def classes_of(facts: Facts, member: str) -> Mapping[ShareClass, Holding]:
    """What a member holds by class on the act's day."""
    held = facts.held.get(member)
    return {} if held is None else held.classes


def held_of(facts: Facts, member: str, share: ShareClass) -> Holding:
    """What a member holds of a class on the act's day."""
    return classes_of(facts, member).get(share, Holding(quantity=0, value=0))


def faults_of_holder(number: str, facts: Facts, *, on: date, pointer: str = "/member") -> Iterator[Problem]:
    """Somebody is a member of the register on a day."""
    member = facts.members.get(number)
    if member is None:
        yield holder_must_be_known.at(pointer, member=number)
    elif not is_of_record(member, on=on):
        yield holder_must_be_a_member.at(
            pointer, member=number, joined=member.joined_on, left=member.left_on or "—", date=on
        )


def faults_of_money(account: str) -> Iterator[Problem]:
    """An account holds money."""
    if account[:3] not in MONEY:
        yield account_must_hold_money.at("/money", account=account)


def faults_of_owing(
    account: str, detail: str, amount: Fen, facts: Facts, *, pointer: str
) -> Iterator[Problem]:
    """An account owes a detail at least as much."""
    owed = facts.owed.get((account, detail), 0)
    if owed < amount:
        yield amount_must_be_owed.at(
            pointer, account=account, detail=detail, owed=yuan(owed), amount=yuan(amount)
        )
