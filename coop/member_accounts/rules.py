"""Drawing up a member account 成员账户 (合作社法 第四十三条, 第四十四条; RULES §5).

Of 120 000.00 of state aid on 311 专项基金, quantified equally over twelve members, each account shows 10 000.00; of
20 000.00 of donations the first eight show 1 666.67 and the last four 1 666.66. They are weights and no claims,
worked out anew each year for the members of record on its record date.

>>> [quantified(2_000_000, ["Q0001", "Q0012"])[member] for member in ("Q0001", "Q0012")]
[1000000, 1000000]
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import chain

from coop.shares.rules import refundable
from ledger.money import share_out
from schemas.labour import WorkDay
from schemas.member_accounts import AccountEntry, MemberAccount, Traded
from schemas.members import Member, Membership
from schemas.shares import Movement, ShareClass, ShareOrigin
from schemas.trade import Trade
from schemas.units import BookId, Fen, Hundredths, Value


class Ledger(Value):
    """What the books show for a member in a year: credit balances positive, but for the current account."""

    opening_reserve: Fen = 0
    reserve: Fen = 0
    patronage: Fen = 0
    residual: Fen = 0
    current: Fen = 0


def is_of_record(member: Member | Membership, *, on: date) -> bool:
    """Whether somebody is a member of record on a day: joined by then, and not left before; leaving on the day
    counts."""
    return member.joined_on <= on and (member.left_on is None or member.left_on >= on)


def is_granted(movement: Movement) -> bool:
    """Whether a movement stands in the column 来源于到户类扶贫项目资产的出资额 (财会〔2021〕37号): what the state granted to the
    household itself, an animal, goods or money, and the household contributed."""
    return movement.share is ShareClass.CALF_GRANTED or movement.origin is ShareOrigin.GRANTED


def quantified(total: Fen, members: Iterable[str]) -> Mapping[str, Fen]:
    """A fund shared out equally over members of record; nobody has a part of nothing."""
    weights = dict.fromkeys(members, 1)
    return share_out(total, weights) if weights and total > 0 else dict.fromkeys(weights, 0)


def draw_up(
    member: Member,
    *,
    book: BookId,
    year: int,
    movements: Sequence[Movement],
    trades: Sequence[Trade],
    work_days: Iterable[WorkDay],
    ledger: Ledger,
    state_aid: Fen,
    donations: Fen,
) -> MemberAccount:
    """The account at the end of the year. ``movements`` are all the member ever had; ``trades`` and ``work_days`` are the
    year's; ``state_aid`` and ``donations`` the member's quantified shares."""
    before = [movement for movement in movements if movement.on.year < year]
    until = [movement for movement in movements if movement.on.year <= year]
    return MemberAccount(
        book=book,
        member=member.number,
        name=member.name,
        year=year,
        opening_capital_granted=_capital(before, granted=True),
        opening_capital_other=_capital(before, granted=False),
        opening_reserve_share=ledger.opening_reserve,
        capital_granted=_capital(until, granted=True),
        capital_other=_capital(until, granted=False),
        reserve_share=ledger.reserve,
        reserve_share_this_year=ledger.reserve - ledger.opening_reserve,
        state_aid_quantified=state_aid,
        donation_quantified=donations,
        trade=traded(trades),
        work_days=_days(work_days),
        patronage_refund=ledger.patronage,
        residual_surplus=ledger.residual,
        current_account_114=ledger.current,
        entries=entries(
            [movement for movement in movements if movement.on.year == year],
            trades,
            patronage=ledger.patronage,
            residual=ledger.residual,
            last_day=date(year, 12, 31),
        ),
    )


def traded(trades: Iterable[Trade]) -> Mapping[str, Traded]:
    """What was traded by product, in code-point order."""
    sums: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for trade in trades:
        sums[trade.product][0] += trade.quantity
        sums[trade.product][1] += trade.amount
    return {
        product: Traded(quantity=quantity, amount=amount)
        for product, (quantity, amount) in sorted(sums.items())
    }


def entries(
    movements: Iterable[Movement],
    trades: Iterable[Trade],
    *,
    patronage: Fen,
    residual: Fen,
    last_day: date,
) -> tuple[AccountEntry, ...]:
    """The lines of the account in the order of their days, the year's distribution last."""
    contributed = (
        AccountEntry(
            on=movement.on,
            summary=movement.note or movement.share.value,
            capital_granted=movement.value if is_granted(movement) else 0,
            capital_other=0 if is_granted(movement) else movement.value,
        )
        for movement in movements
        if refundable(movement.share)
    )
    delivered = (
        AccountEntry(
            on=trade.on,
            summary=trade.product,
            product=trade.product,
            quantity=trade.quantity,
            amount=trade.amount,
        )
        for trade in trades
    )
    lines = sorted(chain(contributed, delivered), key=lambda line: line.on)
    if patronage or residual:
        lines.append(
            AccountEntry(
                on=last_day, summary="distribution", patronage_refund=patronage, residual_surplus=residual
            )
        )
    return tuple(lines)


def _capital(movements: Iterable[Movement], *, granted: bool) -> Fen:
    return sum(
        movement.value
        for movement in movements
        if refundable(movement.share) and is_granted(movement) is granted
    )


def _days(work_days: Iterable[WorkDay]) -> Hundredths:
    return sum(day.days for day in work_days)
