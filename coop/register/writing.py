"""What each guided act of the register writes, and what it needs (RULES §3; DOMAIN §1.6, §3, §8).

An act is pure: from its content and what the books show follow its vouchers, its movements, animals and asset cards,
all at once or not at all. A household contributes 2.00 mu of land for 8 years at 600.00 a mu and year: 16.00 mu-years,
a share of 9 600.00, debit 161 and credit 301 9 600.00, and a card that writes 100.00 off in each of 96 months.

>>> from ledger.charts import COOPERATIVE, standard
>>> from schemas.register import LandShare
>>> act = LandShare(on=date(2025, 2, 25), member="M0001", mu=200, years=8, price=60_000, expense_detail="土地")
>>> (movement,) = written(act, Facts(today=act.on, chart=standard(COOPERATIVE))).movements
>>> movement.quantity, movement.value
(1600, 960000)
"""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec.structs import replace

from coop.identity import masked, masked_text
from coop.members.rules import (
    identity_data,
    kind_of_account_number,
)
from coop.shares.rules import class_of, refundable, share_account
from ledger.assets.rules import in_force, month_of
from ledger.money import rounded, share_out
from ledger.vouchers.rules import correction_wording, red_lines
from schemas.assets import Card, NewCard, Terms
from schemas.books import Detail
from schemas.charts import KeptBy, MovementType, Standard
from schemas.herd import Animal, AnimalOrigin, AnimalState, Leaving
from schemas.identity import IdentityKind
from schemas.members import Member, MemberKind, NewMember
from schemas.register import (
    AidReceived,
    AidUsed,
    AnyAct,
    CalfShare,
    CashShare,
    Conversion,
    ConversionSource,
    Death,
    Departure,
    FundSource,
    Gift,
    HeirNamed,
    Joining,
    LabourShare,
    LandShare,
    PayeeChange,
    RegisterRequest,
    Revaluation,
    TakeBack,
    Transfer,
    WageShare,
    Withdrawal,
    Written,
)
from schemas.shares import (
    Holding,
    Holdings,
    Movement,
    NewMovement,
    ShareAct,
    ShareClass,
    ShareKind,
    ShareOrigin,
)
from schemas.units import Fen, Hundredths, Value
from schemas.vouchers import Correction, CorrectionKind, Voucher, VoucherDraft, VoucherLine

MONEY = ("101", "102", "109")
"""库存现金, 银行存款, 其他货币资金."""
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
    act's month and now; ``request`` the number the act has."""

    today: date
    chart: Standard
    request: int = 1
    members: Mapping[str, Member] = {}
    held: Mapping[str, Holdings] = {}
    granted: Mapping[str, Holdings] = {}
    owed: Mapping[tuple[str, str], Fen] = {}
    animals: Mapping[str, Animal] = {}
    cards: Mapping[str, Card] = {}
    undone: Undone | None = None


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
        case Gift() | AidReceived() | AidUsed() | TakeBack() | Joining():
            return frozenset()
        case _:
            return frozenset({act.member})


def accounts_looked_at(act: AnyAct, chart: Standard) -> tuple[str, ...]:
    """The accounts whose balances by detail an act has to know."""
    match act:
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


# What an act writes


def written(act: AnyAct, facts: Facts) -> Written:
    """What an act writes, of which nothing is wrong. Details it needs are among it whether they are there or not."""
    match act:
        case CashShare():
            return _write_cash_share(act, facts)
        case LandShare():
            return _write_land_share(act, facts)
        case CalfShare():
            return _write_calf_share(act, facts)
        case LabourShare():
            return _write_labour_share(act)
        case WageShare():
            return _write_wage_share(act, facts)
        case Gift():
            return _write_gift(act, facts)
        case AidReceived():
            return _write_aid_received(act)
        case AidUsed():
            return _write_aid_used(act, facts)
        case Transfer():
            return _write_transfer(act, facts)
        case Conversion():
            return _write_conversion(act, facts)
        case Withdrawal():
            return _write_withdrawal(act, facts)
        case Revaluation():
            return _write_revaluation(act, facts)
        case TakeBack():
            return _write_take_back(act, facts)
        case Joining():
            return _write_joining(act)
        case Departure():
            return _write_departure(act, facts)
        case Death():
            return _write_death(act, facts)
        case HeirNamed():
            return _write_heir_named(act)
        case PayeeChange():
            return _write_payee_change(act)


def _write_cash_share(act: CashShare, facts: Facts) -> Written:
    summary = f"收到{act.member}资金股"
    premium = [_premium(summary, act.premium)] if act.premium else []
    return Written(
        details=_details(PREMIUM_DETAIL if act.premium else ""),
        vouchers=(
            _voucher(
                act,
                _line(summary, act.money, act.money_detail, debit=act.amount + act.premium),
                _share_line(summary, facts, act.member, act.amount),
                *premium,
            ),
        ),
        movements=(_cash(act, act.member, act.amount, ShareAct.CONTRIBUTE, act.origin),),
    )


def _write_land_share(act: LandShare, facts: Facts) -> Written:
    summary = f"{act.member}以土地经营权作价出资"
    quantity = act.mu * act.years
    value = rounded(quantity * act.price, HEAD)
    return Written(
        details=_details(act.detail),
        vouchers=(
            _voucher(
                act,
                _line(summary, INTANGIBLE, act.detail, debit=value, quantity=quantity),
                _share_line(summary, facts, act.member, value),
            ),
        ),
        movements=(
            _movement(
                act,
                act.member,
                ShareClass.LAND,
                ShareAct.CONTRIBUTE,
                quantity=quantity,
                price=act.price,
                value=value,
            ),
        ),
        cards=(
            NewCard(
                code=f"土地-{act.member}-{facts.request}",
                name=f"{act.detail}（{act.member}）",
                account=INTANGIBLE,
                detail=act.detail,
                cost=value,
                life_months=act.years * 12,
                in_use_since=act.used_since or act.on,
                expense_account=act.expense_account,
                expense_detail=act.expense_detail,
                rhythm=act.rhythm,
                note=act.note,
            ),
        ),
    )


def _write_calf_share(act: CalfShare, facts: Facts) -> Written:
    granted = act.origin is ShareOrigin.GRANTED
    summary = f"{act.member}{'到户扶持' if granted else '自有'}牛犊作价入股"
    quantity, value = len(act.calves) * HEAD, len(act.calves) * act.price
    return Written(
        details=_details(act.batch),
        vouchers=(
            _voucher(
                act,
                _line(summary, CONSUMABLE, act.batch, debit=value, quantity=quantity),
                _share_line(summary, facts, act.member, value),
            ),
        ),
        movements=(
            _movement(
                act,
                act.member,
                class_of(ShareKind.CALF, act.origin),
                ShareAct.CONTRIBUTE,
                quantity=quantity,
                price=act.price,
                value=value,
                origin=act.origin,
            ),
        ),
        animals=tuple(
            Animal(
                ear_tag=calf.ear_tag,
                batch=act.batch,
                origin=AnimalOrigin.GRANTED_SHARE if granted else AnimalOrigin.OWN_SHARE,
                owner_member=act.member,
                owner_counterparty=None,
                lender=None,
                entered_on=act.on,
                entered_weight=calf.weight,
                agreed_price=act.price,
            )
            for calf in act.calves
        ),
    )


def _write_labour_share(act: LabourShare) -> Written:
    value = rounded(act.days * act.day_value, HEAD)
    movement = _movement(
        act,
        act.member,
        ShareClass.LABOUR,
        ShareAct.CONTRIBUTE,
        quantity=act.days,
        price=act.day_value,
        value=value,
    )
    return Written(movements=(movement,))


def _write_wage_share(act: WageShare, facts: Facts) -> Written:
    paid, put_in = f"支付{act.member}劳务报酬", f"{act.member}以所得报酬缴纳资金股"
    return Written(
        vouchers=(
            _voucher(
                act,
                _line(paid, act.payable, act.member, debit=act.amount),
                _line(paid, act.money, act.money_detail, credit=act.amount),
            ),
            _voucher(
                act,
                _line(put_in, act.money, act.money_detail, debit=act.amount),
                _share_line(put_in, facts, act.member, act.amount),
            ),
        ),
        movements=(_cash(act, act.member, act.amount, ShareAct.CONTRIBUTE, ShareOrigin.OWN, voucher=2),),
    )


def _write_gift(act: Gift, facts: Facts) -> Written:
    donated = act.source is FundSource.DONATION
    summary = f"{act.giver}捐赠" if donated else f"{act.giver}财政补助形成资产"
    fund = _fund_detail(act.giver, MovementType.DONATION if donated else MovementType.STATE_AID, facts)
    goods = act.detail if act.account[:3] not in MONEY else ""
    return Written(
        details=_details(goods, fund),
        vouchers=(
            _voucher(
                act,
                _line(summary, act.account, act.detail, debit=act.amount, quantity=act.quantity),
                _line(
                    summary,
                    FUND,
                    fund,
                    credit=act.amount,
                    movement=MovementType.DONATION if donated else MovementType.STATE_AID,
                ),
            ),
        ),
    )


def _write_aid_received(act: AidReceived) -> Written:
    summary = f"收到财政补助（{act.project}）"
    return Written(
        details=_details(act.project),
        vouchers=(
            _voucher(
                act,
                _line(summary, act.money, act.money_detail, debit=act.amount),
                _line(summary, AID_OWED, act.project, credit=act.amount),
            ),
        ),
    )


def _write_aid_used(act: AidUsed, facts: Facts) -> Written:
    summary = f"财政补助形成资产转入专项基金（{act.project}）"
    fund = _fund_detail(act.project, MovementType.STATE_AID, facts)
    return Written(
        details=_details(fund),
        vouchers=(
            _voucher(
                act,
                _line(summary, AID_OWED, act.project, debit=act.amount),
                _line(summary, FUND, fund, credit=act.amount, movement=MovementType.STATE_AID),
            ),
        ),
    )


def _write_transfer(act: Transfer, facts: Facts) -> Written:
    held = held_of(facts, act.member, act.share)
    value = rounded(held.value * act.quantity, held.quantity)
    summary, moves = f"{act.member}股份转让给{act.to}", MovementType.TRANSFER_BETWEEN_MEMBERS
    booked = refundable(act.share) and value != 0
    parts = parts_by_origin(facts, act.member, act.share, quantity=act.quantity, value=value)
    sides = [
        _movement(
            act,
            member,
            act.share,
            ShareAct.TRANSFER,
            quantity=sign * quantity,
            price=_price(part, quantity),
            value=sign * part,
            origin=origin,
            voucher=1 if booked else None,
            other_side=other_side,
        )
        for pair, (origin, quantity, part) in enumerate(parts)
        for member, sign, other_side in ((act.member, -1, None), (act.to, 1, 2 * pair + 1))
    ]
    account = share_account(facts.chart)
    lines = (
        _line(summary, account, act.member, debit=value, movement=moves),
        _line(summary, account, act.to, credit=value, movement=moves),
    )
    return Written(vouchers=(_voucher(act, *lines),) if booked else (), movements=tuple(sides))


def _write_conversion(act: Conversion, facts: Facts) -> Written:
    reserve = act.source is ConversionSource.RESERVE
    summary = {
        ConversionSource.PATRONAGE: "应付盈余返还转为成员出资",
        ConversionSource.RESIDUAL: "应付剩余盈余转为成员出资",
        ConversionSource.RESERVE: "盈余公积转为成员出资",
    }[act.source]
    account = owing_account(act.source, facts.chart)
    becomes = MovementType.RESERVE_TO_CAPITAL if reserve else MovementType.SURPLUS_TO_CAPITAL
    return Written(
        vouchers=(
            _voucher(
                act,
                *(
                    _line(
                        summary,
                        account,
                        part.member,
                        debit=part.amount,
                        movement=becomes if reserve else "",
                    )
                    for part in act.parts
                ),
                *(_share_line(summary, facts, part.member, part.amount, becomes) for part in act.parts),
            ),
        ),
        movements=tuple(
            _cash(act, part.member, part.amount, ShareAct.CONVERT, ShareOrigin.OWN) for part in act.parts
        ),
    )


def _write_withdrawal(act: Withdrawal, facts: Facts) -> Written:
    summary = f"{act.member}退社结算"
    reserve = reserve_given_back(act, facts)
    left = {
        share: held for share, held in classes_of(facts, act.member).items() if held.quantity or held.value
    }
    capital = sum(held.value for share, held in left.items() if refundable(share))
    lines = []
    if capital:
        lines.append(
            _line(
                summary,
                share_account(facts.chart),
                act.member,
                debit=capital,
                movement=MovementType.CONTRIBUTION_DECREASE,
            )
        )
    if reserve:
        lines.append(
            _line(
                summary,
                facts.chart.settlement.reserve,
                act.member,
                debit=reserve,
                movement=MovementType.RESERVE_TO_LEAVER,
            )
        )
    if lines:
        owed_to = act.member if act.payable.startswith(CURRENT) else ""
        lines.append(_line(summary, act.payable, owed_to, credit=capital + reserve))
    return Written(
        vouchers=(_voucher(act, *lines),) if lines else (),
        movements=tuple(
            _movement(
                act,
                act.member,
                share,
                ShareAct.WITHDRAW,
                quantity=-quantity,
                price=_price(value, quantity),
                value=-value,
                origin=origin,
                voucher=1 if lines and refundable(share) else None,
            )
            for share, held in left.items()
            for origin, quantity, value in parts_by_origin(
                facts, act.member, share, quantity=held.quantity, value=held.value
            )
        ),
    )


def _write_revaluation(act: Revaluation, facts: Facts) -> Written:
    held = held_of(facts, act.member, act.share)
    more = act.value - held.value
    summary = f"{act.member}出资重新评估"
    asset = INTANGIBLE if act.share is ShareClass.LAND else CONSUMABLE
    account = share_account(facts.chart)
    booked = refundable(act.share)
    up = (
        _line(summary, asset, act.detail, debit=more),
        _line(summary, account, act.member, credit=more, movement=MovementType.CONTRIBUTION_INCREASE),
    )
    down = (
        _line(summary, account, act.member, debit=-more, movement=MovementType.CONTRIBUTION_DECREASE),
        _line(summary, asset, act.detail, credit=-more),
    )
    card = facts.cards.get(act.card)
    parts = parts_by_origin(facts, act.member, act.share, quantity=0, value=abs(more))
    return Written(
        vouchers=(_voucher(act, *(up if more > 0 else down)),) if booked else (),
        movements=tuple(
            _movement(
                act,
                act.member,
                act.share,
                ShareAct.REVALUE,
                quantity=0,
                price=_price(act.value, held.quantity),
                value=value if more > 0 else -value,
                origin=origin,
                voucher=1 if booked else None,
            )
            for origin, _, value in parts
        ),
        terms={} if card is None else {card.code: _terms_after(card, more, act)},
    )


def _write_take_back(act: TakeBack, facts: Facts) -> Written:
    undone = facts.undone
    assert undone is not None, "its faults were looked for"
    place = {voucher.id: index for index, voucher in enumerate(undone.vouchers, 1)}
    where = {movement.seq: index for index, movement in enumerate(undone.movements, 1)}
    before = None if undone.request is None else undone.request.act
    ends = undone.request.writes.ended if undone.request is not None else {}
    gone = (
        {calf.ear_tag: Leaving(state=AnimalState.RETURNED, on=act.on) for calf in before.calves}
        if isinstance(before, CalfShare)
        else {}
    )
    card = (
        f"土地-{before.member}-{undone.request.request}"
        if isinstance(before, LandShare) and undone.request
        else ""
    )
    there = facts.cards.get(card)
    valued = facts.cards.get(before.card) if isinstance(before, Revaluation) else None
    more = sum(movement.value for movement in undone.movements)
    return Written(
        vouchers=tuple(_cancelling(act, voucher) for voucher in undone.vouchers),
        movements=tuple(
            NewMovement(
                on=act.on,
                member=movement.member,
                share=movement.share,
                act=movement.act,
                quantity=-movement.quantity,
                price=movement.price,
                value=-movement.value,
                origin=movement.origin,
                voucher=None if movement.voucher is None else place[movement.voucher],
                resolution=act.resolution,
                note=act.note,
                other_side=None if movement.other_side is None else where[movement.other_side],
                reverses=movement.seq,
            )
            for movement in undone.movements
        ),
        gone=gone,
        terms={} if valued is None else {valued.code: _terms_after(valued, -more, act)},
        disposals={} if there is None or there.disposed_on is not None else {card: act.on},
        ends=ends,
    )


def _write_joining(act: Joining) -> Written:
    return Written(
        joins=NewMember(
            number=act.number,
            household=act.household,
            name=act.name,
            kind=act.kind_of_member,
            identity=act.identity,
            phone=act.phone,
            bank=act.bank,
            bank_account=act.bank_account,
            account_kind=act.account_kind,
            joined_on=act.on,
            left_on=None,
            poverty_exit=act.poverty_exit,
            note=act.note,
        )
    )


def _write_departure(act: Departure, facts: Facts) -> Written:
    return Written(ends={act.member: date(act.year, 12, 31)}, ended=_ended(act.member, facts))


def _write_death(act: Death, facts: Facts) -> Written:
    return Written(ends={act.member: act.on}, ended=_ended(act.member, facts))


def _write_heir_named(act: HeirNamed) -> Written:
    return Written(heir=act)


def _write_payee_change(act: PayeeChange) -> Written:
    return Written(payee=act)


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


# Masking


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


# The parts they are made of


def _voucher(act: AnyAct, *lines: VoucherLine) -> VoucherDraft:
    return VoucherDraft(date=act.on, lines=lines, originals=act.originals)


def _line(
    summary: str,
    account: str,
    detail: str = "",
    *,
    debit: Fen = 0,
    credit: Fen = 0,
    quantity: Hundredths | None = None,
    movement: str = "",
) -> VoucherLine:
    return VoucherLine(
        summary=summary,
        account=account,
        detail=detail,
        debit=debit,
        credit=credit,
        quantity=quantity,
        movement=movement,
    )


def _share_line(
    summary: str,
    facts: Facts,
    member: str,
    amount: Fen,
    movement: MovementType = MovementType.CONTRIBUTION_INCREASE,
) -> VoucherLine:
    return _line(summary, share_account(facts.chart), member, credit=amount, movement=movement)


def _premium(summary: str, amount: Fen) -> VoucherLine:
    return _line(summary, PREMIUM, PREMIUM_DETAIL, credit=amount, movement=MovementType.SHARE_PREMIUM)


def _movement(
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
    other_side: int | None = None,
) -> NewMovement:
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
        resolution=act.resolution,
        note=act.note,
        other_side=other_side,
    )


def _cash(
    act: AnyAct, member: str, amount: Fen, why: ShareAct, origin: ShareOrigin, *, voucher: int = 1
) -> NewMovement:
    return _movement(
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


def _details(*names: str) -> tuple[Detail, ...]:
    return tuple(Detail(code=name, name=name, kind=KeptBy.NAME) for name in names if name)


def _fund_detail(name: str, movement: MovementType, facts: Facts) -> str:
    """The detail of 专项基金 a source is kept under: 财政补助-牛舍建设, 社会捐赠-县红十字会."""
    (prefix,) = (one.prefix for one in facts.chart.accounts[FUND].proposals if one.movement is movement)
    return name if name.startswith(prefix) else f"{prefix}{name}"


def owing_account(source: ConversionSource, chart: Standard) -> str:
    """The account that owes what becomes capital."""
    settlement = chart.settlement
    return {
        ConversionSource.PATRONAGE: settlement.patronage,
        ConversionSource.RESIDUAL: settlement.residual,
        ConversionSource.RESERVE: settlement.reserve,
    }[source]


def classes_of(facts: Facts, member: str) -> Mapping[ShareClass, Holding]:
    """What a member holds by class on the act's day."""
    held = facts.held.get(member)
    return {} if held is None else held.classes


def held_of(facts: Facts, member: str, share: ShareClass) -> Holding:
    """What a member holds of a class on the act's day."""
    return classes_of(facts, member).get(share, Holding(quantity=0, value=0))


def parts_by_origin(
    facts: Facts, member: str, share: ShareClass, *, quantity: Hundredths, value: Fen
) -> tuple[tuple[ShareOrigin, Hundredths, Fen], ...]:
    """What moves of a holding as the two columns of the member account have it: the member's own, and what was granted
    to the household, each in proportion to what is held of it. A part of nothing is left out."""
    if share is ShareClass.CALF_GRANTED:
        return ((ShareOrigin.GRANTED, quantity, value),)
    held, found = held_of(facts, member, share), facts.granted.get(member)
    granted = None if found is None else found.classes.get(share)
    if granted is None:
        return ((ShareOrigin.OWN, quantity, value),)
    quantities = _in_proportion(quantity, held.quantity, granted.quantity)
    values = _in_proportion(value, held.value, granted.value)
    parts = zip((ShareOrigin.OWN, ShareOrigin.GRANTED), quantities, values, strict=True)
    return tuple(part for part in parts if part[1:] != (0, 0))


def _in_proportion(moved: int, held: int, granted: int) -> tuple[int, int]:
    """The own and the granted part of what moves. An import may say that more of what was granted left than ever
    came; there is none of it then."""
    of_it = min(max(granted, 0), held)
    if not of_it:
        return moved, 0
    shared = share_out(moved, {"own": held - of_it, "granted": of_it})
    return shared["own"], shared["granted"]


def reserve_given_back(act: Withdrawal, facts: Facts) -> Fen:
    """The reserve share a leaver gets: what the act says, or all of it."""
    if act.reserve_share is not None:
        return act.reserve_share
    return max(0, facts.owed.get((facts.chart.settlement.reserve, act.member), 0))


def _ended(member: str, facts: Facts) -> Mapping[str, date | None]:
    return {member: facts.members[member].left_on}


def _price(value: Fen, quantity: Hundredths) -> Fen:
    return rounded(value * HEAD, quantity) if quantity > 0 else 0


def _terms_after(card: Card, more: Fen, act: AnyAct) -> Terms:
    now = in_force(card.terms)[-1]
    reason = f"{act.resolution} {act.note}".strip() or TAKEN_BACK
    return replace(now, from_month=month_of(act.on), cost=now.cost + more, reason=reason)


def _cancelling(act: TakeBack, voucher: Voucher) -> VoucherDraft:
    """The voucher that takes another back: red in its own year, in a later one blue with the sides changed."""
    if voucher.date.year == act.on.year:
        kind, lines = CorrectionKind.RED, red_lines(voucher)
    else:
        kind = CorrectionKind.BLUE
        wording = correction_wording(kind, of=voucher)
        changed = (
            replace(line, summary=wording, debit=line.credit, credit=line.debit) for line in voucher.lines
        )
        lines = tuple(sorted(changed, key=lambda line: line.debit == 0))
    return VoucherDraft(
        date=act.on,
        word=voucher.word,
        lines=lines,
        originals=act.originals,
        corrects=Correction(kind=kind, voucher=voucher.id),
    )
