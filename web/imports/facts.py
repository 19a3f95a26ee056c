"""What a pack's rows mean: the facts of the register, the herd, the scores, and the movement of every equity line.

A row says what the paper says; a fact says what it is. A calf whose 来源 is 到户扶贫资产 is a granted calf, two rows of
1 000.00 and -1 000.00 under one voucher are one transfer, and so the voucher's lines on 301 are neither an increase
nor a decrease of members' capital (成员之间转让).
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from coop.identity import NumberInText, is_card_number, is_citizen_number, masked_text, numbers_in
from coop.shares.rules import class_of
from ledger.charts.rules import movements, proposed_movement
from schemas.charts import MovementType, Side, Standard
from schemas.herd import Animal, AnimalState, Leaving
from schemas.identity import IdentityKind
from schemas.income import Threshold
from schemas.labour import WorkDay
from schemas.members import AccountKind, Counterparty, NewMember, SecretField
from schemas.packs import (
    AnimalRow,
    BallotRow,
    BonusRow,
    CadreRow,
    CounterpartyRow,
    MemberRow,
    PackCorrectionKind,
    PackLine,
    PackPolicy,
    PackVoucher,
    ShareRow,
    ThresholdRow,
    TradeRow,
    UnitInfo,
    VillageScoreRow,
    WorkDayRow,
)
from schemas.places import NewUnit
from schemas.policies import BonusScheme, CharterPolicy, CommissionBase, Leg
from schemas.scores import Ballot, Cadre, Points, VillageScore
from schemas.shares import NewMovement, ShareAct, ShareKind
from schemas.trade import Trade
from schemas.units import VoucherId
from schemas.vouchers import VoucherLine, Word

# --- one row, one fact -----------------------------------------------------------------------------------------


def unit_of(info: UnitInfo) -> NewUnit:
    """基本信息 without what belongs to a year."""
    return NewUnit(
        credit_code=info.credit_code,
        founded_on=info.founded_on,
        bank=info.bank,
        bank_account=info.bank_account,
    )


_HEIR = re.compile(r"继承人[\s:：为是]*(?P<name>[^\s，,、；;。:：（(]{1,20})(?P<told>[^；;。]*)")
"""继承人陆永强，身份证号…，账户…: an heir and what is told of it, up to the next sentence."""


class HeirInText(NamedTuple):
    """An heir as a member's 备注 names it."""

    name: str
    identity: str
    phone: str
    bank_account: str
    account_kind: AccountKind | None


def heirs_in(row: MemberRow) -> tuple[HeirInText, ...]:
    """The heirs the 备注 of somebody who is no longer a member names with a valid identity number."""
    if row.left_on is None:
        return ()
    found = []
    for told in _HEIR.finditer(row.remark):
        numbers: dict[SecretField, NumberInText] = {}
        for one in numbers_in(told["told"]):
            numbers.setdefault(_FIELD_OF[one.kind], one)
        identity, account = numbers.get(SecretField.IDENTITY), numbers.get(SecretField.BANK_ACCOUNT)
        if identity is None or not is_citizen_number(identity.text):
            continue
        found.append(
            HeirInText(
                name=told["name"],
                identity=identity.text,
                phone=numbers[SecretField.PHONE].text if SecretField.PHONE in numbers else "",
                bank_account="" if account is None else account.text,
                account_kind=AccountKind.CARD if account is not None and _is_card(account.text) else None,
            )
        )
    return tuple(found)


_FIELD_OF = {
    IdentityKind.CITIZEN: SecretField.IDENTITY,
    IdentityKind.PHONE: SecretField.PHONE,
    IdentityKind.CARD: SecretField.BANK_ACCOUNT,
    IdentityKind.PASSBOOK: SecretField.BANK_ACCOUNT,
}
_OLD_DIGITS = 15


def _is_card(number: str) -> bool:
    return number.startswith("62") and is_card_number(number)


def is_own(row: MemberRow, one: NumberInText) -> bool:
    """Whether a number in a text is the member's on record; an identity number also in its old form of 15 digits."""
    if len(one.text) == _OLD_DIGITS and row.identity[:17] == f"{one.text[:6]}19{one.text[6:]}":
        return True
    return one.text in (row.identity, row.phone, row.bank_account)


def note_of(row: MemberRow) -> str:
    """The 备注 as it is entered: masked where each of its numbers has a place of its own, with the member or an heir; else
    as it is written, to be kept whole under seal."""
    of_heirs = {number for heir in heirs_in(row) for number in (heir.identity, heir.phone, heir.bank_account)}
    homeless = [one for one in numbers_in(row.remark) if one.text not in of_heirs and not is_own(row, one)]
    return row.remark if homeless else masked_text(row.remark)


def member_of(row: MemberRow) -> NewMember:
    """A row of 成员."""
    return NewMember(
        number=row.number,
        household=row.household,
        name=row.name,
        kind=row.kind,
        identity=row.identity,
        phone=row.phone,
        bank=row.bank,
        bank_account=row.bank_account,
        account_kind=row.account_kind,
        joined_on=row.joined_on,
        left_on=row.left_on,
        poverty_exit=row.poverty_exit,
        note=note_of(row),
    )


def counterparty_of(row: CounterpartyRow) -> Counterparty:
    """A row of 往来单位."""
    return Counterparty(code=row.code, name=row.name, kind=row.kind)


def trade_of(row: TradeRow) -> Trade:
    """A row of 交易."""
    return Trade(
        on=row.on,
        member=row.member,
        product=row.product,
        quantity=row.quantity,
        unit=row.unit,
        amount=row.amount,
    )


def work_day_of(row: WorkDayRow) -> WorkDay:
    """A row of 工分."""
    return WorkDay(on=row.on, member=row.member, work=row.work, days=row.days, day_wage=row.day_wage)


def animal_of(row: AnimalRow, *, counterparties: Iterable[str], members: Iterable[str]) -> Animal:
    """A row of 牛只. Whoever is neither a member nor a counterparty is the cooperative itself; a lent animal that
    names no lender is its owner's."""
    by_counterparty = row.owner if row.owner in counterparties else None
    return Animal(
        ear_tag=row.ear_tag,
        batch=row.batch,
        origin=row.origin,
        owner_member=row.owner if row.owner in members else None,
        owner_counterparty=by_counterparty,
        lender=row.lender or by_counterparty,
        entered_on=row.entered_on,
        entered_weight=row.entered_weight,
        agreed_price=row.agreed_price,
        leaving=None
        if row.state is AnimalState.PRESENT or row.left_on is None
        else Leaving(
            state=row.state,
            on=row.left_on,
            weight=row.left_weight,
            price=row.price,
            indemnity=row.indemnity,
        ),
    )


def ballot_of(row: BallotRow) -> Ballot:
    """A row of 考评票."""
    survival, prevention, service, attitude, attendance, benefit = row.points
    return Ballot(
        year=row.year,
        manager=row.manager,
        rater=row.rater,
        rater_kind=row.rater_kind,
        points=Points(
            survival=survival,
            prevention=prevention,
            service=service,
            attitude=attitude,
            attendance=attendance,
            benefit=benefit,
        ),
    )


def policy_of(plan: PackPolicy) -> CharterPolicy:
    """分配方案."""
    return CharterPolicy(
        year=plan.year,
        record_date=plan.record_date,
        reserve_bp=plan.reserve_bp,
        reserve_basis=plan.reserve_basis,
        amount=plan.amount,
        products=plan.products,
        commission_mode=plan.commission_mode,
        commission_bp=plan.commission_bp,
        bases=tuple(
            CommissionBase(member=base.member, base=base.base)
            for base in sorted(plan.commission_bases, key=lambda base: base.member)
        ),
        below_60=plan.below_60,
        party_weight_bp=plan.party_weight_bp,
        least_ballots=plan.least_ballots,
        maxima=plan.maxima,
        resolution=plan.resolution,
        legs=tuple(
            Leg(no=leg.no, name=leg.name, part_bp=leg.part_bp, basis=leg.basis, patronage=leg.patronage)
            for leg in sorted(plan.legs, key=lambda leg: leg.no)
        ),
    )


def threshold_of(row: ThresholdRow, *, region: str) -> Threshold:
    """A row of 门槛."""
    return Threshold(region=region, kind=row.kind, year=row.year, measure=row.measure, amount=row.amount)


def village_score_of(row: VillageScoreRow) -> VillageScore:
    """A row of 村级考评."""
    return VillageScore(
        year=row.year,
        village=row.village,
        score=row.score,
        benefit=row.benefit,
        attendance=row.attendance,
    )


def cadre_of(row: CadreRow, *, year: int) -> Cadre:
    """A row of 村干部, which is of the pack's year."""
    return Cadre(
        year=year,
        village=row.village,
        name=row.name,
        post=row.post,
        grade=row.grade,
        score=row.score,
        benefit=row.benefit,
        attendance=row.attendance,
    )


def bonus_of(row: BonusRow, *, township: str) -> BonusScheme:
    """A row of 奖金."""
    return BonusScheme(
        township=township,
        year=row.year,
        level=row.level,
        pool=row.pool,
        mode=row.mode,
        tiers=row.tiers,
        unpaid=row.unpaid,
    )


# --- vouchers --------------------------------------------------------------------------------------------------


def number_of(text: str) -> tuple[Word, int]:
    """Word and number of a voucher.

    >>> number_of("记-0012")
    (<Word.GENERAL: '记'>, 12)
    """
    word, _, number = text.partition("-")
    return Word(word), int(number)


def in_posting_order(vouchers: Collection[PackVoucher]) -> tuple[PackVoucher, ...]:
    """Vouchers in an order in which each correction follows what it corrects: by day, what cancels before what
    books anew, what corrects a correction of the same day after both, then by number."""
    after = {PackCorrectionKind.CANCELS: 1, PackCorrectionKind.CORRECTS: 2}
    steps: dict[tuple[date, str], int] = {}
    for voucher in sorted(vouchers, key=lambda v: (v.on, v.corrects is not None, number_of(v.number)[1])):
        of = voucher.corrects
        steps[voucher.on, voucher.number] = (
            0 if of is None else steps.get((voucher.on, of.number), 0) + after[of.kind]
        )
    return tuple(sorted(vouchers, key=lambda v: (v.on, steps[v.on, v.number], *number_of(v.number))))


def details_used(
    vouchers: Iterable[PackVoucher], openings: Iterable[tuple[str, str]], *, standard: Standard
) -> Mapping[str, str]:
    """Every detail lines and openings name, with the first account that names it. A name the account does not
    take is left to the judgement of the ledger."""
    used: dict[str, str] = {}
    for account, detail in openings:
        if detail:
            used.setdefault(detail, account)
    for voucher in vouchers:
        for line in voucher.lines:
            if line.detail:
                used.setdefault(line.detail, line.account)
    return {detail: account for detail, account in used.items() if account in standard.accounts}


def lines_of(
    voucher: PackVoucher,
    *,
    standard: Standard,
    transferring: Iterable[str] = (),
    cancelled: Sequence[VoucherLine] | None = None,
) -> tuple[VoucherLine, ...]:
    """The lines of a voucher, those on equity accounts with the movement they are.

    ``transferring`` are the members between whom the voucher moves shares. Of a voucher that cancels another,
    every line is the movement of the line it takes back (``cancelled``). A movement that cannot be told stays
    empty, and the ledger refuses the line.
    """
    moved = defaultdict(list)
    for before in cancelled or ():
        moved[before.account, before.detail, -before.debit, -before.credit].append(before.movement)
    lines = []
    for line in voucher.lines:
        movement = ""
        account = standard.accounts.get(line.account)
        if account is not None and movements(account):
            taken_back = moved[line.account, line.detail, line.debit, line.credit]
            if taken_back:
                movement = taken_back.pop()
            elif account.register and line.detail in transferring and _TRANSFER in account.within:
                movement = _TRANSFER
            else:
                side = Side.DEBIT if line.debit else Side.CREDIT
                movement = proposed_movement(account, side=side, detail=line.detail) or ""
        lines.append(_line(line, movement))
    return tuple(lines)


_TRANSFER = MovementType.TRANSFER_BETWEEN_MEMBERS


def _line(line: PackLine, movement: str) -> VoucherLine:
    return VoucherLine(
        summary=line.summary,
        account=line.account,
        detail=line.detail,
        debit=line.debit,
        credit=line.credit,
        quantity=line.quantity,
        movement=movement,
    )


# --- the share register ----------------------------------------------------------------------------------------


def in_register_order(rows: Iterable[ShareRow]) -> tuple[ShareRow, ...]:
    """Rows of 出资 in the order of their days; on one day in the order of the sheet."""
    return tuple(sorted(rows, key=lambda row: (row.on, row.row)))


def transfers(rows: Sequence[ShareRow]) -> Mapping[int, int]:
    """Which rows are sides of a transfer: the place of each, and the place of the row its transfer begins with.

    On one day, under one voucher (labour: one resolution) and in one class, what some give up others take over: a
    negative row and the positive row of another member for the same amount, or all of them when together they sum
    to nothing.

    -1 000.00 of B0056 and 1 000.00 of B0057 at places 3 and 4 are {3: 3, 4: 3}.
    """
    together: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        share = class_of(row.kind, row.origin)
        papers = row.resolution if row.kind is ShareKind.LABOUR else row.voucher
        together[row.on, papers, share].append(place)
    begins: dict[int, int] = {}
    for places in together.values():
        given = [place for place in places if rows[place].amount < 0]
        taken = [place for place in places if rows[place].amount > 0]
        if not given or not taken:
            continue
        if not sum(rows[place].amount for place in places):
            begins |= dict.fromkeys(places, min(places))
            continue
        for giver in given:
            taker = next(
                (
                    place
                    for place in taken
                    if place not in begins
                    and rows[place].member != rows[giver].member
                    and rows[place].amount == -rows[giver].amount
                    and rows[place].quantity == -rows[giver].quantity
                ),
                None,
            )
            if taker is not None:
                begins |= dict.fromkeys((giver, taker), min(giver, taker))
    return begins


def transferring(rows: Sequence[ShareRow]) -> Mapping[str, frozenset[str]]:
    """The members between whom each voucher moves shares. A member who also contributes under the same voucher is
    left out: that line is an increase."""
    sides = transfers(rows)
    moves: defaultdict[str, set[str]] = defaultdict(set)
    others: defaultdict[str, set[str]] = defaultdict(set)
    for place, row in enumerate(rows):
        if row.voucher:
            (moves if place in sides else others)[row.voucher].add(row.member)
    return {voucher: frozenset(members - others[voucher]) for voucher, members in moves.items()}


def movements_of(
    rows: Sequence[ShareRow],
    *,
    ids: Mapping[str, VoucherId],
    cancels: Mapping[str, str],
    first: int,
) -> tuple[NewMovement, ...]:
    """Rows of 出资, in register order, as movements of the register numbered from ``first``.

    ``ids`` are the vouchers there are by their number; a number that is in no book of ours stays as text.
    ``cancels`` says which voucher each cancelling voucher takes back: a row under it takes back the row of the
    other voucher, same member and class, opposite amount.
    """
    sides = transfers(rows)
    open_rows: defaultdict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        open_rows[_what(row, row.voucher, sign=1)].append(place)
    acts: dict[int, ShareAct] = {}
    made = []
    for place, row in enumerate(rows):
        taken_back = None
        if row.voucher in cancels:
            before = open_rows[_what(row, cancels[row.voucher], sign=-1)]
            taken_back = before.pop(0) if before and before[0] < place else None
        if taken_back is not None:
            act = acts[taken_back]
        elif place in sides:
            act = ShareAct.TRANSFER
        else:
            act = ShareAct.CONTRIBUTE if row.amount > 0 else ShareAct.WITHDRAW
        acts[place] = act
        is_side = taken_back is None and place in sides and sides[place] != place
        made.append(
            NewMovement(
                on=row.on,
                member=row.member,
                share=class_of(row.kind, row.origin),
                act=act,
                quantity=row.quantity,
                price=row.price,
                value=row.amount,
                origin=row.origin,
                voucher=ids.get(row.voucher),
                number="" if row.voucher in ids else row.voucher,
                resolution=row.resolution,
                note=masked_text(row.remark),
                other_side=first + sides[place] if is_side else None,
                reverses=None if taken_back is None else first + taken_back,
            )
        )
    return tuple(made)


def _what(row: ShareRow, voucher: str, *, sign: int) -> tuple[object, ...]:
    share = class_of(row.kind, row.origin)
    return (voucher, row.member, share, sign * row.quantity, sign * row.amount)
