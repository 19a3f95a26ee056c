"""What a weight is made of: the trades, work days, share movements or animals somebody's part of a leg goes by, each
with what it was written on."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from coop.daybook import queries as daybook
from coop.herd import queries as herd
from coop.register import queries as register
from coop.shares import queries as shares
from ledger.money import yuan_grouped
from payouts import distribution
from payouts.household import queries as household
from schemas.labour import WrittenWorkDay
from schemas.policies import Basis, BasisKind
from schemas.runs import DividendInputs
from schemas.shares import ShareClass
from schemas.trade import WrittenTrade
from schemas.units import BookId, Fen
from web.database import Connection
from web.household_words import quantity_of
from web.i18n import say
from web.i18n.words import N_
from web.pages.rendering import address


class Fact(NamedTuple):
    """Something recorded that a weight is made of, what it was written on, and where it is found."""

    on: date | None
    what: str
    quantity: str
    amount: Fen | None
    to: str = ""
    paper: str = ""


def facts_of(
    db: Connection, member: str, basis: Basis, inputs: DividendInputs, *, book: BookId, locale: str
) -> tuple[Sequence[Fact], int | None]:
    """What is recorded now that a member's weight is made of, and what it comes to where it is a plain sum."""
    year, policy, home = inputs.year, inputs.policy, f"/books/{book}"
    first, last = date(year, 1, 1), date(year, 12, 31)
    to = f"{home}/members/{member}"

    def entry(number: int) -> str:
        return say(locale, N_("entry {number}"), {"number": str(number)})

    if basis.kind in {BasisKind.TRADE_VALUE, BasisKind.TRADE_QUANTITY}:
        by_value = basis.kind is BasisKind.TRADE_VALUE
        wanted = policy.products if by_value else (basis.product,)
        trades = [
            one
            for one in daybook.written(
                db, WrittenTrade, book=book, member=member, from_date=first, until=last
            )
            if one.product in wanted
        ]
        papers = household.papers(db, book, trades)
        return [
            Fact(
                one.on,
                one.product,
                f"{yuan_grouped(one.quantity)} {one.unit}",
                one.amount,
                to,
                papers.get(one.voucher or 0, "") or entry(one.entry),
            )
            for one in trades
        ], sum(one.amount if by_value else one.quantity for one in trades)
    if basis.kind is BasisKind.WORK_DAYS:
        days = daybook.written(db, WrittenWorkDay, book=book, member=member, from_date=first, until=last)
        labour = address(f"{home}/labour", member=member)
        return [
            Fact(
                one.on,
                one.work,
                quantity_of(ShareClass.LABOUR, one.days, locale=locale),
                None,
                labour,
                entry(one.entry),
            )
            for one in days
        ], sum(one.days for one in days)
    if basis.kind in {BasisKind.SHARE_VALUE, BasisKind.SHARE_DAYS}:
        classes = {share for kind in basis.kinds for share in distribution.CLASSES[kind]}
        moves = [
            one
            for one in shares.movements(db, book=book, member=member, until=policy.record_date)
            if one.share in classes
        ]
        papers = household.papers(db, book, moves)
        value = sum(one.value for one in moves) if basis.kind is BasisKind.SHARE_VALUE else None
        return [
            Fact(
                one.on,
                one.share,
                quantity_of(one.share, one.quantity, locale=locale),
                one.value,
                f"{home}/vouchers/{one.voucher}" if one.voucher else to,
                papers.get(one.voucher or 0, one.number) or one.resolution,
            )
            for one in moves
        ], value
    if basis.kind is BasisKind.ENTITLEMENTS:
        moves = [
            one
            for one in shares.movements(db, book=book, member=member, until=policy.record_date)
            if one.share is ShareClass.ENTITLEMENT
        ]
        acts = register.requests_of_movements(db, book=book, seqs=[one.seq for one in moves])
        return [
            Fact(
                one.on,
                one.act,
                quantity_of(one.share, one.quantity, locale=locale),
                None,
                f"{home}/register/{acts[one.seq]}" if one.seq in acts else to,
                one.number or one.resolution,
            )
            for one in moves
        ], sum(one.quantity for one in moves)
    if basis.kind is BasisKind.RESIDUAL:
        parts = inputs.residual[member]
        return [
            Fact(None, "base.capital", "", parts.capital, to),
            Fact(None, "base.reserve", "", parts.reserve, to),
            Fact(None, "base.state_aid", "", parts.state_aid, to),
            Fact(None, "base.donations", "", parts.donations, to),
        ], parts.weight
    if basis.kind is BasisKind.HEADS:
        animals = [
            one for one in herd.animals(db, book=book, owner=member) if distribution.touches(one, year=year)
        ]
        return [Fact(one.entered_on, one.ear_tag, "1", None, f"{home}/herd") for one in animals], len(animals)
    return (), None
