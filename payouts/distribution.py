"""How a dividend is shared out: legs, weights, the statutory floor, lines (RULES §5; 合作社法 第四十四条).

A household with trade of 8 350.00 of 336 000.00 gets of a leg of 51 831.27 exactly 51 831.27 × 8 350 / 336 000 =
1 288.0687…: 1 288.06, or 1 288.07 when one of the fen left over comes to it.

>>> weight_in_days(800_000, held_from=date(2025, 7, 1), until=date(2025, 12, 31))
147200000
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction as Exact

from coop.member_accounts.rules import is_of_record, quantified
from ledger.money import share_out
from payouts import surplus
from schemas.herd import Animal
from schemas.member_accounts import Traded
from schemas.members import Membership
from schemas.policies import Basis, BasisKind, CharterPolicy, Leg
from schemas.problems import Fault, Problem, Refusal
from schemas.runs import Appropriation, Dividend, DividendInputs, Floor, Fraction, Residual, RunLine, RunPart
from schemas.shares import Holdings, Movement, ShareClass, ShareKind
from schemas.units import BookId, Fen, Hundredths, Value

FLOOR_BP = 6_000
"""The share of the Article 44 base that goes by trade in a cooperative, at the least."""

legs_must_be_whole = Fault(
    code="legs_must_be_whole",
    says="The legs of the plan come to {sum} basis points.",
    remedy="They come to 10000 together; mend the policy.",
)
leg_must_have_a_weight = Fault(
    code="leg_must_have_a_weight",
    says="Leg {no} {name}: nobody has a weight above 0 to share {amount} by.",
    remedy="Record what it goes by, or take the leg out of the policy.",
)
weight_must_not_be_below_zero = Fault(
    code="weight_must_not_be_below_zero",
    says="Leg {no} {name}: member {member} has a weight of {weight}.",
    remedy="What was taken back is more than what was recorded in the year; look at the member's entries.",
)
floor_must_be_reached = Fault(
    code="floor_must_be_reached",
    says="Refunds by trade come to {patronage}; the law asks for {required}, 60 % of {base}.",
    remedy="Give the legs of trade more, or distribute more (合作社法 第四十四条).",
)
reserve_must_have_a_weight = Fault(
    code="reserve_must_have_a_weight",
    says="Nobody holds capital to quantify the reserve of {amount} by.",
    remedy="The register shows no refundable share of a member of record on the record date.",
)

CLASSES: Mapping[ShareKind, tuple[ShareClass, ...]] = {
    ShareKind.CASH: (ShareClass.CASH,),
    ShareKind.LAND: (ShareClass.LAND,),
    ShareKind.CALF: (ShareClass.CALF_GRANTED, ShareClass.CALF_OWN),
    ShareKind.LABOUR: (ShareClass.LABOUR,),
}
"""The classes of the register that a kind of share in a policy stands for."""


class YearFacts(Value):
    """What the registers and books say of a year: ``held`` on the record date, what each member ``traded`` of each
    product and the days each ``worked`` in the year, ``movements`` and ``animals`` all there are; what no leg goes by may
    be left empty. The totals are those of 311 and of 322 brought forward, in fen."""

    members: tuple[Membership, ...]
    held: Mapping[str, Holdings]
    movements: tuple[Movement, ...]
    traded: Mapping[str, Mapping[str, Traded]]
    worked: Mapping[str, Hundredths]
    animals: tuple[Animal, ...]
    reserve_before: Mapping[str, Fen]
    state_total: Fen
    donation_total: Fen
    surplus: Fen
    commission: Fen
    undistributed_before: Fen


def inputs(
    facts: YearFacts,
    *,
    book: BookId,
    policy: CharterPolicy,
    policy_version: int,
    floor_bp: int = FLOOR_BP,
    reserve_by_member: bool = True,
) -> DividendInputs:
    """What a dividend of the policy's year follows from: every leg's weight of every member of record; by a standard that
    asks for a floor, and quantifies the reserve to the members, or neither."""
    on = policy.record_date
    of_record = sorted(one.number for one in facts.members if is_of_record(one, on=on))
    held = facts.held
    capital = {member: held[member].refundable if member in held else 0 for member in of_record}
    aid, donated = quantified(facts.state_total, of_record), quantified(facts.donation_total, of_record)
    residual = {
        member: Residual(
            capital=capital[member],
            reserve=facts.reserve_before.get(member, 0),
            state_aid=aid[member],
            donations=donated[member],
        )
        for member in of_record
        if reserve_by_member
    }
    return DividendInputs(
        book=book,
        year=policy.year,
        policy=policy,
        policy_version=policy_version,
        surplus=facts.surplus,
        commission=facts.commission,
        undistributed_before=facts.undistributed_before,
        members=tuple(of_record),
        not_of_record=tuple(sorted({one.number for one in facts.members} - set(of_record))),
        weights={
            str(leg.no): _weights(leg.basis, facts, policy=policy, of_record=of_record, residual=residual)
            for leg in policy.legs
        },
        residual=residual,
        reserve_weights=capital if reserve_by_member else {},
        reserve_before=sum(facts.reserve_before.values()),
        state_total=facts.state_total,
        donation_total=facts.donation_total,
        floor_bp=floor_bp,
        reserve_by_member=reserve_by_member,
    )


def worked_out(given: DividendInputs, *, yuan: Callable[[Fen], str]) -> Dividend:
    """The dividend these inputs give, line by line. Refused with everything that stands in its way at once: more than
    line 16 has, legs that are not 10 000 basis points, a leg nobody has a weight for, the floor missed."""
    policy = given.policy
    figures = surplus.appropriated(
        surplus=given.surplus,
        brought_forward=given.undistributed_before,
        reserve_bp=policy.reserve_bp,
        resolved=policy.amount,
    )
    problems = list(surplus.faults_in(figures, yuan=yuan))
    whole = sum(leg.part_bp for leg in policy.legs)
    if whole != 10_000:
        problems.append(legs_must_be_whole.at("/legs", sum=whole))
    floor = floor_of(figures, policy.legs, floor_bp=given.floor_bp)
    if floor is not None and not floor.reached:
        problems.append(
            floor_must_be_reached.at(
                "/legs",
                patronage=yuan(floor.patronage),
                required=yuan(-(-given.floor_bp * figures.article_44_base // 10_000)),
                base=yuan(figures.article_44_base),
            )
        )
    if problems:
        raise Refusal(*problems)
    amounts = share_out(figures.distributed, {str(leg.no): leg.part_bp for leg in policy.legs})
    for leg in policy.legs:
        problems += _faults_of_weights(
            leg, given.weights[str(leg.no)], amount=amounts[str(leg.no)], yuan=yuan
        )
    if given.reserve_by_member and figures.reserve and not any(given.reserve_weights.values()):
        problems.append(reserve_must_have_a_weight.at("/reserve", amount=yuan(figures.reserve)))
    if problems:
        raise Refusal(*problems)
    parts, lines = [], []
    for leg in policy.legs:
        part, of_part = _shared(leg, given.weights[str(leg.no)], amount=amounts[str(leg.no)])
        parts.append(part)
        lines += of_part
    return Dividend(
        appropriation=figures,
        parts=tuple(parts),
        lines=tuple(lines),
        floor=None
        if floor is None
        else Floor(
            patronage=sum(part.amount for part in parts if part.patronage),
            required=floor.required,
            reached=floor.reached,
        ),
        reserve_shares=_unless_nothing(figures.reserve, given.reserve_weights)
        if given.reserve_by_member
        else {},
    )


def floor_of(figures: Appropriation, legs: Sequence[Leg], *, floor_bp: int) -> Floor | None:
    """The floor, compared before any rounding: patronage basis points × distributed ≥ ``floor_bp`` × base; None where the
    law asks for none."""
    if not floor_bp:
        return None
    patronage_bp = sum(leg.part_bp for leg in legs if leg.patronage)
    required = floor_bp * figures.article_44_base
    return Floor(
        patronage=patronage_bp * figures.distributed // 10_000,
        required=in_yuan(required, 10_000),
        reached=patronage_bp * figures.distributed >= required,
    )


def in_yuan(numerator: int, denominator: int) -> Fraction:
    """A fraction of a fen as an exact fraction of a yuan.

    >>> str(in_yuan(6_000 * 2_599_291, 10_000))
    '7797873/500'
    """
    exact = Exact(numerator, denominator * 100)
    return Fraction(numerator=exact.numerator, denominator=exact.denominator)


def weight_in_days(value: Fen, *, held_from: date, until: date) -> int:
    """Fen × days from the first day to the last, both counted; nothing when the last is before the first."""
    return value * max((until - held_from).days + 1, 0)


def share_days(
    movements: Iterable[Movement], *, kinds: Iterable[ShareKind], year: int, until: date
) -> Mapping[str, int]:
    """Fen × days held in the year up to a day, by member: opening holdings count from 1 January, what arrives counts
    from its day, and what leaves counts through its day (on a transfer's day both sides do). A movement that was
    wrong and taken back was never held."""
    wanted = frozenset(share for kind in kinds for share in CLASSES[kind])
    movements = tuple(movements)
    wrong = {one.reverses for one in movements if one.reverses is not None}
    first = date(year, 1, 1)
    days: defaultdict[str, int] = defaultdict(int)
    for one in movements:
        if one.share not in wanted or one.on > until or one.reverses is not None or one.seq in wrong:
            continue
        if one.on < first:
            days[one.member] += weight_in_days(one.value, held_from=first, until=until)
        elif one.value >= 0:
            days[one.member] += weight_in_days(one.value, held_from=one.on, until=until)
        else:
            days[one.member] += one.value * (until - one.on).days
    return days


def touches(animal: Animal, *, year: int) -> bool:
    """Whether an animal's stay touches a year; one that died or was sold in it was there."""
    return animal.entered_on <= date(year, 12, 31) and (
        animal.leaving is None or animal.leaving.on >= date(year, 1, 1)
    )


def trade_weights(
    basis: Basis, traded: Mapping[str, Mapping[str, Traded]], *, products: Sequence[str]
) -> Mapping[str, int]:
    """What each member's trade of a year counts in a leg by trade: fen of the products that count, or hundredths of the
    unit of the one product the basis names."""
    if basis.kind is BasisKind.TRADE_QUANTITY:
        return {
            member: by_product[basis.product].quantity
            for member, by_product in traded.items()
            if basis.product in by_product
        }
    wanted = frozenset(products)
    return {
        member: sum(one.amount for product, one in by_product.items() if product in wanted)
        for member, by_product in traded.items()
    }


def _weights(
    basis: Basis,
    facts: YearFacts,
    *,
    policy: CharterPolicy,
    of_record: Sequence[str],
    residual: Mapping[str, Residual],
) -> Mapping[str, int]:
    found: defaultdict[str, int] = defaultdict(int)
    match basis.kind:
        case BasisKind.TRADE_VALUE | BasisKind.TRADE_QUANTITY:
            found.update(trade_weights(basis, facts.traded, products=policy.products))
        case BasisKind.WORK_DAYS:
            found.update(facts.worked)
        case BasisKind.SHARE_VALUE:
            classes = [share for kind in basis.kinds for share in CLASSES[kind]]
            for member, holding in facts.held.items():
                found[member] = sum(
                    holding.classes[share].value for share in classes if share in holding.classes
                )
        case BasisKind.SHARE_DAYS:
            found.update(
                share_days(facts.movements, kinds=basis.kinds, year=policy.year, until=policy.record_date)
            )
        case BasisKind.RESIDUAL:
            found.update({member: parts.weight for member, parts in residual.items()})
        case BasisKind.HEADS:
            for animal in facts.animals:
                if animal.owner_member is not None and touches(animal, year=policy.year):
                    found[animal.owner_member] += 1
        case BasisKind.ENTITLEMENTS:
            for member, holding in facts.held.items():
                if ShareClass.ENTITLEMENT in holding.classes:
                    found[member] = holding.classes[ShareClass.ENTITLEMENT].quantity
        case BasisKind.EQUAL:
            found.update(dict.fromkeys(basis.members or of_record, 1))
    return {member: found.get(member, 0) for member in of_record}


def _faults_of_weights(
    leg: Leg, weights: Mapping[str, int], *, amount: Fen, yuan: Callable[[Fen], str]
) -> Iterable[Problem]:
    """A weight below zero, or nobody to share an amount among. A leg of nothing is not shared."""
    for member, weight in weights.items():
        if weight < 0:
            yield weight_must_not_be_below_zero.at(
                f"/legs/{leg.no}/{member}", no=leg.no, name=leg.name, member=member, weight=weight
            )
    if amount and not any(weights.values()):
        yield leg_must_have_a_weight.at(f"/legs/{leg.no}", no=leg.no, name=leg.name, amount=yuan(amount))


def _shared(leg: Leg, weights: Mapping[str, int], *, amount: Fen) -> tuple[RunPart, list[RunLine]]:
    amounts = _unless_nothing(amount, weights)
    total = sum(weights.values())
    lines = [
        RunLine(
            part=leg.no,
            payee=member,
            weight=weight,
            amount=amounts[member],
            fen_from_remainder=bool(total) and amounts[member] > amount * weight // total,
        )
        for member, weight in weights.items()
    ]
    part = RunPart(
        no=leg.no,
        name=leg.name,
        bp=leg.part_bp,
        basis=leg.basis.kind.value,
        patronage=leg.patronage,
        amount=amount,
        total_weight=total,
        fen_from_remainders=sum(line.fen_from_remainder for line in lines),
    )
    return part, lines


def _unless_nothing(amount: Fen, weights: Mapping[str, int]) -> Mapping[str, Fen]:
    """Shared out; an amount of nothing gives everybody nothing, whatever the weights."""
    return share_out(amount, weights) if amount else dict.fromkeys(weights, 0)
