"""入股: money, land, calves, labour and wages become shares (RULES §3; DOMAIN §3).

Nobody contributes who is no member on the day; labour becomes no capital, and what a backer or the state gave to a
village is the village's share and nobody else's. A household contributes 2.00 mu of land for 8 years at 600.00 a mu
and year: 16.00 mu-years, a share of 9 600.00, debit 161 and credit 301 9 600.00, and a card that writes 100.00 off in
each of 96 months.

>>> from datetime import date
>>> from ledger.charts import COOPERATIVE, standard
>>> act = LandShare(on=date(2025, 2, 25), member="M0001", mu=200, years=8, price=60_000, expense_detail="土地")
>>> (movement,) = write_land_share(act, Facts(today=act.on, chart=standard(COOPERATIVE))).movements
>>> movement.quantity, movement.value
(1600, 960000)
"""

from collections.abc import Iterator, Mapping

from coop.herd.rules import ear_tag_must_be_new
from coop.register import entries
from coop.register.entries import CONSUMABLE, HEAD, INTANGIBLE, PREMIUM_DETAIL
from coop.register.facts import Facts, faults_of_holder, faults_of_money, faults_of_owing
from coop.shares.rules import class_of
from ledger.money import rounded
from schemas.assets import NewCard
from schemas.herd import Animal, AnimalOrigin
from schemas.members import MemberKind
from schemas.problems import Fault, Problem
from schemas.register import CalfShare, CashShare, LabourShare, LandShare, WageShare, Written
from schemas.shares import ShareAct, ShareClass, ShareKind, ShareOrigin

origin_must_fit_holder = Fault(
    code="origin_must_fit_holder",
    says="What comes from {origin} is contributed by a {wanted}; {member} is a {kind}.",
    remedy="Gifts of backers, donors and the state become a share only of the collective they were given to; what was "
    "granted to a household is that household's.",
)
_HOLDERS: Mapping[ShareOrigin, MemberKind] = {
    ShareOrigin.GRANTED: MemberKind.HOUSEHOLD,
    ShareOrigin.BACKER: MemberKind.COLLECTIVE,
    ShareOrigin.STATE: MemberKind.COLLECTIVE,
    ShareOrigin.DONATION: MemberKind.COLLECTIVE,
}


def faults_of_cash_share(act: CashShare, facts: Facts) -> Iterator[Problem]:
    """Who pays in is a member on the day, of the kind its origin asks for, and pays money."""
    yield from faults_of_holder(act.member, facts, on=act.on)
    yield from _faults_of_origin(act.member, act.origin, facts)
    yield from faults_of_money(act.money)


def write_cash_share(act: CashShare, facts: Facts) -> Written:
    """资金股: debit the money, credit 301 with the amount and 321 with the premium."""
    summary = f"收到{act.member}资金股"
    premium = [entries.premium(summary, act.premium)] if act.premium else []
    return Written(
        details=entries.details(PREMIUM_DETAIL if act.premium else ""),
        vouchers=(
            entries.voucher(
                act,
                entries.line(summary, act.money, act.money_detail, debit=act.amount + act.premium),
                entries.share_line(summary, facts, act.member, act.amount),
                *premium,
            ),
        ),
        movements=(entries.cash(act, act.member, act.amount, ShareAct.CONTRIBUTE, act.origin),),
    )


def faults_of_land_share(act: LandShare, facts: Facts) -> Iterator[Problem]:
    """Who contributes land is a member on the day."""
    yield from faults_of_holder(act.member, facts, on=act.on)


def write_land_share(act: LandShare, facts: Facts) -> Written:
    """土地股 by mu and years: debit 161, credit 301, and a card that writes it off over the years."""
    summary = f"{act.member}以土地经营权作价出资"
    quantity = act.mu * act.years
    value = rounded(quantity * act.price, HEAD)
    return Written(
        details=entries.details(act.detail),
        vouchers=(
            entries.voucher(
                act,
                entries.line(summary, INTANGIBLE, act.detail, debit=value, quantity=quantity),
                entries.share_line(summary, facts, act.member, value),
            ),
        ),
        movements=(
            entries.movement(
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


def faults_of_calf_share(act: CalfShare, facts: Facts) -> Iterator[Problem]:
    """Who contributes calves is a member on the day, of the kind their origin asks for; no calf is there already."""
    yield from faults_of_holder(act.member, facts, on=act.on)
    yield from _faults_of_origin(act.member, act.origin, facts)
    seen = set(facts.animals)
    for index, calf in enumerate(act.calves):
        if calf.ear_tag in seen:
            yield ear_tag_must_be_new.at(f"/calves/{index}/ear_tag", ear_tag=calf.ear_tag)
        seen.add(calf.ear_tag)


def write_calf_share(act: CalfShare, facts: Facts) -> Written:
    """牛犊股 at the agreed price a head: debit 141, credit 301, and the animals with their batch."""
    granted = act.origin is ShareOrigin.GRANTED
    summary = f"{act.member}{'到户扶持' if granted else '自有'}牛犊作价入股"
    quantity, value = len(act.calves) * HEAD, len(act.calves) * act.price
    return Written(
        details=entries.details(act.batch),
        vouchers=(
            entries.voucher(
                act,
                entries.line(summary, CONSUMABLE, act.batch, debit=value, quantity=quantity),
                entries.share_line(summary, facts, act.member, value),
            ),
        ),
        movements=(
            entries.movement(
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


def faults_of_labour_share(act: LabourShare, facts: Facts) -> Iterator[Problem]:
    """Who works is a member on the day."""
    yield from faults_of_holder(act.member, facts, on=act.on)


def write_labour_share(act: LabourShare) -> Written:
    """劳务股 by days: a movement of the register only; nothing is booked."""
    value = rounded(act.days * act.day_value, HEAD)
    movement = entries.movement(
        act,
        act.member,
        ShareClass.LABOUR,
        ShareAct.CONTRIBUTE,
        quantity=act.days,
        price=act.day_value,
        value=value,
    )
    return Written(movements=(movement,))


def faults_of_wage_share(act: WageShare, facts: Facts) -> Iterator[Problem]:
    """Who puts a wage in is a member on the day, and is owed as much."""
    yield from faults_of_holder(act.member, facts, on=act.on)
    yield from faults_of_money(act.money)
    yield from faults_of_owing(act.payable, act.member, act.amount, facts, pointer="/amount")


def write_wage_share(act: WageShare, facts: Facts) -> Written:
    """A wage paid out, and in a voucher of its own paid in again as 资金股."""
    paid, put_in = f"支付{act.member}劳务报酬", f"{act.member}以所得报酬缴纳资金股"
    return Written(
        vouchers=(
            entries.voucher(
                act,
                entries.line(paid, act.payable, act.member, debit=act.amount),
                entries.line(paid, act.money, act.money_detail, credit=act.amount),
            ),
            entries.voucher(
                act,
                entries.line(put_in, act.money, act.money_detail, debit=act.amount),
                entries.share_line(put_in, facts, act.member, act.amount),
            ),
        ),
        movements=(
            entries.cash(act, act.member, act.amount, ShareAct.CONTRIBUTE, ShareOrigin.OWN, voucher=2),
        ),
    )


def _faults_of_origin(number: str, origin: ShareOrigin, facts: Facts) -> Iterator[Problem]:
    member, wanted = facts.members.get(number), _HOLDERS.get(origin)
    if member is not None and wanted is not None and member.kind is not wanted:
        yield origin_must_fit_holder.at(
            "/origin", origin=origin, wanted=wanted, member=number, kind=member.kind
        )
