"""What becomes of shares: handed over, made of what is owed, valued anew, settled after a member left (RULES §3; DOMAIN §3).

A leaver holds until the year ends and is settled after it; claims become capital only by a meeting's resolution.
"""

from collections.abc import Iterator

from coop.register import entries
from coop.register.entries import CONSUMABLE, CURRENT, INTANGIBLE
from coop.register.facts import (
    MONEY,
    Facts,
    classes_of,
    faults_of_holder,
    faults_of_owing,
    held_of,
    holder_must_be_known,
)
from coop.shares.rules import refundable, share_account
from ledger.assets.rules import card_must_exist
from ledger.money import rounded, share_out, yuan
from schemas.charts import MovementType, Standard
from schemas.problems import Fault, Problem
from schemas.register import Conversion, ConversionSource, Revaluation, Transfer, Withdrawal, Written
from schemas.shares import ShareAct, ShareClass, ShareOrigin
from schemas.units import Fen, Hundredths

settlement_must_be_owed_or_paid = Fault(
    code="settlement_must_be_owed_or_paid",
    says="A leaver's settlement is not booked to account {account}.",
    remedy="Choose 114 成员往来 to pay it later, or the money it is paid from.",
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
    says="{member} holds nothing any more, and no reserve share is due.",
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


def faults_of_transfer(act: Transfer, facts: Facts) -> Iterator[Problem]:
    """Who hands over holds as much; who takes over is another member."""
    yield from faults_of_holder(act.member, facts, on=act.on)
    if act.to == act.member:
        yield receiver_must_be_another.at("/to")
    else:
        yield from faults_of_holder(act.to, facts, on=act.on, pointer="/to")
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


def write_transfer(act: Transfer, facts: Facts) -> Written:
    """股份转让: one member's 301 becomes another's, by the value its part of the holding has."""
    held = held_of(facts, act.member, act.share)
    value = rounded(held.value * act.quantity, held.quantity)
    summary, moves = f"{act.member}股份转让给{act.to}", MovementType.TRANSFER_BETWEEN_MEMBERS
    booked = refundable(act.share) and value != 0
    parts = parts_by_origin(facts, act.member, act.share, quantity=act.quantity, value=value)
    sides = [
        entries.movement(
            act,
            member,
            act.share,
            ShareAct.TRANSFER,
            quantity=sign * quantity,
            price=entries.price(part, quantity),
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
        entries.line(summary, account, act.member, debit=value, movement=moves),
        entries.line(summary, account, act.to, credit=value, movement=moves),
    )
    return Written(vouchers=(entries.voucher(act, *lines),) if booked else (), movements=tuple(sides))


def faults_of_conversion(act: Conversion, facts: Facts) -> Iterator[Problem]:
    """Nobody's claim becomes capital who is not owed it."""
    account = owing_account(act.source, facts.chart)
    asked: dict[str, Fen] = {}
    for index, part in enumerate(act.parts):
        yield from faults_of_holder(part.member, facts, on=act.on, pointer=f"/parts/{index}/member")
        asked[part.member] = asked.get(part.member, 0) + part.amount
        yield from faults_of_owing(
            account, part.member, asked[part.member], facts, pointer=f"/parts/{index}/amount"
        )


def write_conversion(act: Conversion, facts: Facts) -> Written:
    """转增: debit what is owed to each, credit 301."""
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
            entries.voucher(
                act,
                *(
                    entries.line(
                        summary,
                        account,
                        part.member,
                        debit=part.amount,
                        movement=becomes if reserve else "",
                    )
                    for part in act.parts
                ),
                *(
                    entries.share_line(summary, facts, part.member, part.amount, becomes)
                    for part in act.parts
                ),
            ),
        ),
        movements=tuple(
            entries.cash(act, part.member, part.amount, ShareAct.CONVERT, ShareOrigin.OWN)
            for part in act.parts
        ),
    )


def faults_of_withdrawal(act: Withdrawal, facts: Facts) -> Iterator[Problem]:
    """Whose membership ended holds something, and is settled by what is owed or paid."""
    member = facts.members.get(act.member)
    if member is None:
        yield holder_must_be_known.at("/member", member=act.member)
        return
    if member.left_on is None or member.left_on >= act.on:
        yield membership_must_have_ended.at("/on", member=act.member, date=act.on)
    if act.payable[:3] not in {CURRENT, *MONEY}:
        yield settlement_must_be_owed_or_paid.at("/payable", account=act.payable)
    reserve = reserve_given_back(act, facts)
    holds = any((held.quantity, held.value) != (0, 0) for held in classes_of(facts, act.member).values())
    if not holds and not reserve:
        yield leaver_must_hold_something.at("/member", member=act.member)
    if reserve:
        yield from faults_of_owing(
            facts.chart.settlement.reserve, act.member, reserve, facts, pointer="/reserve_share"
        )


def write_withdrawal(act: Withdrawal, facts: Facts) -> Written:
    """退社结算: capital and the reserve share given back become payable; everything held ends."""
    summary = f"{act.member}退社结算"
    reserve = reserve_given_back(act, facts)
    left = {
        share: held for share, held in classes_of(facts, act.member).items() if held.quantity or held.value
    }
    capital = sum(held.value for share, held in left.items() if refundable(share))
    lines = []
    if capital:
        lines.append(
            entries.line(
                summary,
                share_account(facts.chart),
                act.member,
                debit=capital,
                movement=MovementType.CONTRIBUTION_DECREASE,
            )
        )
    if reserve:
        lines.append(
            entries.line(
                summary,
                facts.chart.settlement.reserve,
                act.member,
                debit=reserve,
                movement=MovementType.RESERVE_TO_LEAVER,
            )
        )
    if lines:
        owed_to = act.member if act.payable.startswith(CURRENT) else ""
        lines.append(entries.line(summary, act.payable, owed_to, credit=capital + reserve))
    return Written(
        vouchers=(entries.voucher(act, *lines),) if lines else (),
        movements=tuple(
            entries.movement(
                act,
                act.member,
                share,
                ShareAct.WITHDRAW,
                quantity=-quantity,
                price=entries.price(value, quantity),
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


def faults_of_revaluation(act: Revaluation, facts: Facts) -> Iterator[Problem]:
    """What is valued anew is held, is no money, and has another value by now."""
    yield from faults_of_holder(act.member, facts, on=act.on)
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


def write_revaluation(act: Revaluation, facts: Facts) -> Written:
    """重新评估: the difference on the asset and 301, and on the land's card."""
    held = held_of(facts, act.member, act.share)
    more = act.value - held.value
    summary = f"{act.member}出资重新评估"
    asset = INTANGIBLE if act.share is ShareClass.LAND else CONSUMABLE
    account = share_account(facts.chart)
    booked = refundable(act.share)
    up = (
        entries.line(summary, asset, act.detail, debit=more),
        entries.line(summary, account, act.member, credit=more, movement=MovementType.CONTRIBUTION_INCREASE),
    )
    down = (
        entries.line(summary, account, act.member, debit=-more, movement=MovementType.CONTRIBUTION_DECREASE),
        entries.line(summary, asset, act.detail, credit=-more),
    )
    card = facts.cards.get(act.card)
    parts = parts_by_origin(facts, act.member, act.share, quantity=0, value=abs(more))
    return Written(
        vouchers=(entries.voucher(act, *(up if more > 0 else down)),) if booked else (),
        movements=tuple(
            entries.movement(
                act,
                act.member,
                act.share,
                ShareAct.REVALUE,
                quantity=0,
                price=entries.price(act.value, held.quantity),
                value=value if more > 0 else -value,
                origin=origin,
                voucher=1 if booked else None,
            )
            for origin, _, value in parts
        ),
        terms={} if card is None else {card.code: entries.terms_after(card, more, act)},
    )


def owing_account(source: ConversionSource, chart: Standard) -> str:
    """The account that owes what becomes capital."""
    settlement = chart.settlement
    return {
        ConversionSource.PATRONAGE: settlement.patronage,
        ConversionSource.RESIDUAL: settlement.residual,
        ConversionSource.RESERVE: settlement.reserve,
    }[source]


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
