"""The lines, movements and terms that acts of the register are made of, and the accounts they speak to."""

from msgspec.structs import replace

from coop.register.facts import Facts
from coop.shares.rules import refundable, share_account
from ledger.assets.rules import in_force, month_of
from ledger.money import rounded
from schemas.assets import Card, Terms
from schemas.books import Detail
from schemas.charts import KeptBy, MovementType
from schemas.register import AnyAct
from schemas.shares import NewMovement, ShareAct, ShareClass, ShareOrigin
from schemas.units import Fen, Hundredths
from schemas.vouchers import VoucherDraft, VoucherLine

CURRENT, CONSUMABLE, INTANGIBLE = "114", "141", "161"
"""成员往来, 消耗性生物资产, 无形资产 (财会〔2021〕37号)."""
AID_OWED, FUND, PREMIUM = "235", "311", "321"
"""专项应付款, 专项基金, 资本公积."""
PREMIUM_DETAIL = "股金溢价"
HEAD = 100
"""One head, in hundredths."""
TAKEN_BACK = "出资冲销"
CASH_PRICE = 100
"""A cash share counts in yuan: one costs 1.00."""


def voucher(act: AnyAct, *lines: VoucherLine) -> VoucherDraft:
    """The voucher of an act, on its day, with its originals."""
    return VoucherDraft(date=act.on, lines=lines, originals=act.originals)


def line(
    summary: str,
    account: str,
    detail: str = "",
    *,
    debit: Fen = 0,
    credit: Fen = 0,
    quantity: Hundredths | None = None,
    movement: str = "",
) -> VoucherLine:
    """A line of a voucher; one of debit and credit is given."""
    return VoucherLine(
        summary=summary,
        account=account,
        detail=detail,
        debit=debit,
        credit=credit,
        quantity=quantity,
        movement=movement,
    )


def share_line(
    summary: str,
    facts: Facts,
    member: str,
    amount: Fen,
    movement: MovementType = MovementType.CONTRIBUTION_INCREASE,
) -> VoucherLine:
    """A member's 股金 grows."""
    return line(summary, share_account(facts.chart), member, credit=amount, movement=movement)


def premium(summary: str, amount: Fen) -> VoucherLine:
    """What was paid above a share's price."""
    return line(summary, PREMIUM, PREMIUM_DETAIL, credit=amount, movement=MovementType.SHARE_PREMIUM)


def movement(
    act: AnyAct,
    member: str,
    share: ShareClass,
    why: ShareAct,
    *,
    quantity: Hundredths,
    price: Fen,
    value: Fen,
    origin: ShareOrigin = ShareOrigin.OWN,
    voucher: int | None = 1,
    number: str = "",
    other_side: int | None = None,
) -> NewMovement:
    """A movement of the register, with the voucher of the act whose place is given where its shares are booked; ``number``
    is the paper's where nothing is."""
    return NewMovement(
        on=act.on,
        member=member,
        share=share,
        act=why,
        quantity=quantity,
        price=price,
        value=value,
        origin=origin,
        voucher=voucher if refundable(share) else None,
        number=number,
        resolution=act.resolution,
        note=act.note,
        other_side=other_side,
    )


def cash(
    act: AnyAct, member: str, amount: Fen, why: ShareAct, origin: ShareOrigin, *, voucher: int = 1
) -> NewMovement:
    """A movement of 资金股."""
    return movement(
        act,
        member,
        ShareClass.CASH,
        why,
        quantity=amount,
        price=CASH_PRICE,
        value=amount,
        origin=origin,
        voucher=voucher,
    )


def details(*names: str) -> tuple[Detail, ...]:
    """Details kept by name; empty names are none."""
    return tuple(Detail(code=name, name=name, kind=KeptBy.NAME) for name in names if name)


def price(value: Fen, quantity: Hundredths) -> Fen:
    """What one whole of a quantity is worth, rounded to the fen; of nothing 0."""
    return rounded(value * HEAD, quantity) if quantity > 0 else 0


def terms_after(card: Card, more: Fen, act: AnyAct) -> Terms:
    """An asset card's terms once its cost changed, from the act's month on."""
    now = in_force(card.terms)[-1]
    reason = f"{act.resolution} {act.note}".strip() or TAKEN_BACK
    return replace(now, from_month=month_of(act.on), cost=now.cost + more, reason=reason)
