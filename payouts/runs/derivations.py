"""How a line came about, so that anybody can work it out again (RULES §5, last line; §6).

A household with trade of 8 350.00 of 336 000.00 in a leg of 51 831.27: 51 831.27 × 8 350.00 / 336 000.00 = 1 288.0687…,
of which 1 288.06 are its own and the fen left over comes to it or to another.

>>> str(quotient(5_183_127, weight=835_000, total_weight=33_600_000))
'288527403/224000'
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction as Exact

from payouts import rewards
from payouts.candidates.rules import DEDUCTED, DEDUCTION, REWARD
from schemas.policies import Below60, BonusMode, CommissionMode, Unpaid
from schemas.rewards import RewardInputs, Rewards
from schemas.runs import CommissionInputs, Commissions, Fraction, OrderInputs, RunLine, RunPart
from schemas.tiers import TierInputs, Tiers, TierVillage
from schemas.units import Fen, Value

FULL_SCORE = 10_000
"""100.00 points, in hundredths: by ``own_score`` the weight of a commission is the score out of these."""


class Derivation(Value):
    """A line with what it follows from: ``amount_shared`` is the leg's amount, of a commission the pool or the
    manager's own due, of a bonus the village's pool or the tier's tariff, of a reward the pool or what is due; ``quotient`` the exact share in yuan, before the fen left over are given out or it is rounded."""

    part: int
    name: str
    patronage: bool
    basis: str
    payee: str
    weight: int
    total_weight: int
    amount_shared: Fen
    quotient: Fraction
    fen_from_remainder: bool
    amount: Fen


def quotient(amount: Fen, *, weight: int, total_weight: int) -> Fraction:
    """The exact share in yuan; nothing where nobody has a weight."""
    exact = Exact(amount * weight, total_weight * 100) if total_weight else Exact(0)
    return Fraction(numerator=exact.numerator, denominator=exact.denominator)


def of_dividend(parts: Iterable[RunPart], lines: Iterable[RunLine]) -> tuple[Derivation, ...]:
    """How lines of a dividend came about, in their order."""
    legs = {part.no: part for part in parts}
    return tuple(
        Derivation(
            part=line.part,
            name=legs[line.part].name,
            patronage=legs[line.part].patronage,
            basis=legs[line.part].basis,
            payee=line.payee,
            weight=line.weight,
            total_weight=legs[line.part].total_weight,
            amount_shared=legs[line.part].amount,
            quotient=quotient(
                legs[line.part].amount, weight=line.weight, total_weight=legs[line.part].total_weight
            ),
            fen_from_remainder=line.fen_from_remainder,
            amount=line.amount,
        )
        for line in lines
    )


def of_commissions(
    given: CommissionInputs, result: Commissions, lines: Iterable[RunLine]
) -> tuple[Derivation, ...]:
    """How the commissions of some managers came about: by ``own_score`` the own due × score of 100, else the pool of
    all dues by score, or by score × due. Who loses the commission has a weight of nothing."""
    dues = {one.member: one.due for one in result.managers}
    weights = weights_of(given, result)
    whole = sum(weights.values())
    own = result.mode is CommissionMode.OWN_SCORE
    found = []
    for line in lines:
        shared = dues[line.payee] if own else result.due
        total = FULL_SCORE if own else whole
        exact = quotient(shared, weight=weights[line.payee], total_weight=total)
        found.append(
            Derivation(
                part=line.part,
                name="管理员提成",
                patronage=False,
                basis=result.mode.value,
                payee=line.payee,
                weight=weights[line.payee],
                total_weight=total,
                amount_shared=shared,
                quotient=exact,
                fen_from_remainder=line.amount * exact.denominator > exact.numerator * 100,
                amount=line.amount,
            )
        )
    return tuple(found)


def of_one_piece(given: object, result: object, lines: Iterable[RunLine]) -> tuple[Derivation, ...]:
    """How lines of a kind came about whose inputs are kept in one piece: a commission, a township's tiers and
    rewards, a payment order."""
    if isinstance(given, OrderInputs):
        return of_order(given, lines)
    if isinstance(given, RewardInputs):
        assert isinstance(result, Rewards)
        return of_rewards(given, result, lines)
    if isinstance(given, TierInputs):
        assert isinstance(result, Tiers)
        return of_tiers(given, result, lines)
    assert isinstance(given, CommissionInputs)
    assert isinstance(result, Commissions)
    return of_commissions(given, result, lines)


def of_order(given: OrderInputs, lines: Iterable[RunLine]) -> tuple[Derivation, ...]:
    """How payments of an order came about: what is paid was chosen, of what the account owes the payee (the weight) and
    all of the order's payees together."""
    accounts = dict(enumerate(given.accounts, 1))
    whole = {code: sum(line.owed for line in given.lines if line.account == code) for code in given.accounts}
    return tuple(
        Derivation(
            part=line.part,
            name=given.accounts[accounts[line.part]],
            patronage=False,
            basis=accounts[line.part],
            payee=line.payee,
            weight=line.weight,
            total_weight=whole[accounts[line.part]],
            amount_shared=line.weight,
            quotient=quotient(line.amount, weight=1, total_weight=1),
            fen_from_remainder=False,
            amount=line.amount,
        )
        for line in lines
    )


def of_tiers(given: TierInputs, result: Tiers, lines: Iterable[RunLine]) -> tuple[Derivation, ...]:
    """How the bonuses of some people came about: the village's pool by the coefficient of the tier among those of all its
    people, and of what is reshared the part among those eligible; by a tariff the tier's own amount. Whoever is excluded
    keeps the rank and has a weight of nothing."""
    villages = dict(enumerate(result.villages, 1))
    return tuple(_of_person(given, villages[line.part], line) for line in lines)


def _of_person(given: TierInputs, village: TierVillage, line: RunLine) -> Derivation:
    scheme = given.over_people
    person = next(one for one in village.people if f"{village.code}/{one.name}" == line.payee)
    worth = {one.name: scheme.tiers[one.tier - 1] for one in village.people}
    by_tariff = scheme.mode is BonusMode.TARIFF
    shared = worth[person.name] if by_tariff else village.amount
    weight, total = (1, 1) if by_tariff else (worth[person.name], sum(worth.values()))
    exact = Exact(shared * weight, total * 100) if total and not person.excluded else Exact(0)
    if scheme.unpaid is Unpaid.RESHARED and not person.excluded:
        left = sum(one.share for one in village.people if one.excluded)
        eligible = sum(worth[one.name] for one in village.people if not one.excluded)
        exact += Exact(left * weight, eligible * 100) if eligible else Exact(0)
    return Derivation(
        part=line.part,
        name=village.name,
        patronage=False,
        basis=scheme.mode.value,
        payee=line.payee,
        weight=0 if person.excluded else weight,
        total_weight=total,
        amount_shared=shared,
        quotient=Fraction(numerator=exact.numerator, denominator=exact.denominator),
        fen_from_remainder=line.amount * exact.denominator > exact.numerator * 100,
        amount=line.amount,
    )


def of_rewards(given: RewardInputs, result: Rewards, lines: Iterable[RunLine]) -> tuple[Derivation, ...]:
    """How rewards came about: by a coefficient of the pool, with a part of what is reshared, or what the class pays
    oneself; with what the rates add or take off. Whoever is left out has a weight of nothing; of a deduction the figures
    are those deducted."""
    scheme, pool = given.policy.scheme, given.policy.pool or 0
    classes = {one.who: one.class_no for one in result.rewards}
    worth = rewards.coefficients_of(scheme, classes)
    eligible = sum(worth[one.who] for one in result.rewards if not one.excluded)
    whole = sum(worth.values())
    left = rewards.reshared(
        rewards.pool_parts(scheme, classes, pool=given.policy.pool),
        excluded=[one.who for one in result.rewards if one.excluded],
    )
    said = {one.who: one for one in given.candidates}
    found = []
    for line in lines:
        one, by_pool = said[line.payee], worth[line.payee] > 0
        exact = rewards.own_share(scheme, one, class_no=classes[one.who])
        if by_pool:
            exact += Exact(pool * worth[one.who], whole)
            if scheme.unpaid is Unpaid.RESHARED and not one.excluded:
                exact += Exact(left * worth[one.who], eligible)
        exact = Exact(0) if one.excluded else abs(exact) / 100
        weight, total = (worth[one.who], whole) if by_pool else (1, 1)
        found.append(
            Derivation(
                part=line.part,
                name=given.title,
                patronage=False,
                basis=DEDUCTION if line.part == DEDUCTED else REWARD,
                payee=line.payee,
                weight=0 if one.excluded else weight,
                total_weight=total,
                amount_shared=pool if by_pool else line.amount,
                quotient=Fraction(numerator=exact.numerator, denominator=exact.denominator),
                fen_from_remainder=by_pool and line.amount * exact.denominator > exact.numerator * 100,
                amount=line.amount,
            )
        )
    return tuple(found)


def weights_of(given: CommissionInputs, result: Commissions) -> Mapping[str, int]:
    """What each manager's commission goes by, in hundredths of a point, or those × fen."""
    return {
        one.member: 0
        if given.policy.below_60 is Below60.LOST and not one.score.keeps_bonus
        else one.score.published * (one.due if result.mode is CommissionMode.WEIGHTED else 1)
        for one in result.managers
    }
