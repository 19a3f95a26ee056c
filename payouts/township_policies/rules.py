"""What a township's bonus, reward schemes and income policy must be before anybody is asked to approve them (RULES §7, §8)."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from ledger.money import yuan as _yuan
from payouts import rewards, tiers
from payouts.policies.approval import LONGEST_RESOLUTION, resolution_must_be_short
from payouts.policies.rules import LONGEST_NOTICE, WHOLE
from schemas.policies import BonusLevel, BonusMode, BonusPolicy, BonusScheme, LevelMoney
from schemas.problems import Fault, Problem
from schemas.rewards import ByFigures, ByMark, ByPlace, RewardPolicy
from schemas.snapshots import IncomePolicy
from schemas.units import Value

MOST_SPOT_CHECKS = 1_000

bonus_must_have_a_pool = Fault(
    code="bonus_must_have_a_pool",
    says="The bonus has no pool.",
    remedy="Enter what the township shares over its villages, 0.00 where it is nothing.",
)
bonus_must_have_both_levels = Fault(
    code="bonus_must_have_both_levels",
    says="The bonus says nothing of the level {level}.",
    remedy="Say how it pays: by coefficients or by a tariff.",
)
ties_must_differ = Fault(
    code="ties_must_differ",
    says="A next key is named twice.",
    remedy="Name each once.",
)
higher_tier_must_not_get_less = Fault(
    code="higher_tier_must_not_get_less",
    says="The tiers are worth {tiers}: a lower tier would get more than a higher one.",
    remedy="Put the highest first.",
)
coefficients_must_not_all_be_nought = Fault(
    code="coefficients_must_not_all_be_nought",
    says="Every coefficient is 0: nobody would get anything.",
    remedy="Enter coefficients such as 1.2, 1.0 and 0.8.",
)
bonus_must_be_approved = Fault(
    code="bonus_must_be_approved",
    says="Version {version} of the bonus of {township} for {year} is recorded, but nobody has approved it.",
    remedy="Have another officer approve it with the resolution.",
)
scheme_must_pay_something = Fault(
    code="scheme_must_pay_something",
    says="The scheme has no class and no rate.",
    remedy="Name at least one class, or a rate.",
)
name_must_be_there_once = Fault(
    code="name_must_be_there_once",
    says="{name} is there twice.",
    remedy="Give each its own name.",
)
score_parts_must_be_whole = Fault(
    code="score_parts_must_be_whole",
    says="The parts of the score come to {sum} basis points; they must come to 10 000.",
    remedy="Change a weight.",
)
bounds_must_rise = Fault(
    code="bounds_must_rise",
    says="The least amount, {least}, is above the most, {most}.",
    remedy="Exchange them.",
)
places_must_be_in_order = Fault(
    code="places_must_be_in_order",
    says="{name}: there are no places from {first} to {last}.",
    remedy="Count from the top, 1 to 5, or from the bottom, -3 to -1.",
)
bound_must_bind = Fault(
    code="bound_must_bind",
    says="{name}: the bound of {figure} holds for nobody or for everybody.",
    remedy="Say how much it is at least, or at most.",
)
mark_must_fit_one_class = Fault(
    code="mark_must_fit_one_class",
    says="{mark} fits both {one} and {name}.",
    remedy="Leave it with one of them.",
)

number_must_be_in_reason = Fault(
    code="number_must_be_in_reason",
    says="{given} is given.",
    remedy="Give a number from {least} to {most}.",
)


# A township's bonus


class BonusFacts(Value):
    """What a bonus policy is held against: how many villages the township has, and how many cadres its largest."""

    villages: int
    people: int


EXAMPLE_HEADS = 5
"""For how many the double 3:4:3 is shown where nobody is known yet (RULES §7)."""


def schemes_of(policy: BonusPolicy, *, township: str) -> dict[BonusLevel, BonusScheme]:
    """A township's bonus by level, as its tiers are worked out from it."""
    return {
        level: BonusScheme(
            township=township,
            year=policy.year,
            level=level,
            pool=policy.pool if level is BonusLevel.TOWNSHIP else None,
            mode=money.mode,
            tiers=money.tiers,
            unpaid=money.unpaid,
            two_posts=policy.two_posts,
            ties=policy.ties,
            payer=policy.payer,
            leaving_stops=policy.leaving_stops,
        )
        for level, money in (
            (BonusLevel.TOWNSHIP, policy.over_villages),
            (BonusLevel.VILLAGE, policy.over_people),
        )
        if money is not None
    }


def bonus_of(levels: Mapping[BonusLevel, BonusScheme], *, year: int) -> BonusPolicy:
    """The policy that says what a hand-over's rows say; what they are silent of is as by default."""

    def money(level: BonusLevel) -> LevelMoney | None:
        one = levels.get(level)
        return None if one is None else LevelMoney(mode=one.mode, tiers=one.tiers, unpaid=one.unpaid)

    over = levels.get(BonusLevel.TOWNSHIP)
    return BonusPolicy(
        year=year,
        pool=None if over is None else over.pool,
        over_villages=money(BonusLevel.TOWNSHIP),
        over_people=money(BonusLevel.VILLAGE),
    )


def default_bonus(year: int) -> BonusPolicy:
    """What a new bonus policy begins with: coefficients 1.2, 1.0, 0.8 at both levels (RULES §7)."""
    money = LevelMoney(mode=BonusMode.COEFFICIENTS, tiers=(120, 100, 80))
    return BonusPolicy(year=year, pool=None, over_villages=money, over_people=money)


def faults_of_bonus(new: BonusPolicy, facts: BonusFacts, *, township: str) -> tuple[Problem, ...]:
    """Everything that is wrong with a township's bonus policy, among it heads and money both at 3:4:3 with what would
    come of it here, and a tariff above the pool."""
    problems: list[Problem] = []
    if new.pool is None:
        problems.append(bonus_must_have_a_pool.at("/pool"))
    if len(set(new.ties)) != len(new.ties):
        problems.append(ties_must_differ.at("/ties"))
    if len(new.resolution) > LONGEST_RESOLUTION:
        problems.append(
            resolution_must_be_short.at("/resolution", length=len(new.resolution), most=LONGEST_RESOLUTION)
        )
    pool = new.pool or 0
    villages = facts.villages or EXAMPLE_HEADS
    of_a_village = pool // villages
    schemes = schemes_of(new, township=township)
    for level, at, heads, money in (
        (BonusLevel.TOWNSHIP, "/over_villages", villages, pool),
        (BonusLevel.VILLAGE, "/over_people", facts.people or EXAMPLE_HEADS, of_a_village),
    ):
        scheme = schemes.get(level)
        if scheme is None:
            problems.append(bonus_must_have_both_levels.at(at, level=f"level.{level}"))
            continue
        if scheme.mode is not BonusMode.SPLIT and list(scheme.tiers) != sorted(scheme.tiers, reverse=True):
            problems.append(higher_tier_must_not_get_less.at(f"{at}/tiers", tiers=_amounts(scheme.tiers)))
        if scheme.mode is BonusMode.COEFFICIENTS and not any(scheme.tiers):
            problems.append(coefficients_must_not_all_be_nought.at(f"{at}/tiers"))
        problems += (
            msgspec.structs.replace(problem, pointer=f"{at}{_AT_LEVEL[problem.pointer]}")
            for problem in rewards.faults_of(tiers.scheme_of(scheme), heads=heads, pool=money)
        )
        if level is BonusLevel.TOWNSHIP and scheme.mode is BonusMode.TARIFF and new.pool is not None:
            whole = sum(
                count * amount
                for count, amount in zip(
                    rewards.heads(facts.villages, tiers.PARTS), scheme.tiers, strict=True
                )
            )
            if whole > new.pool:
                problems.append(
                    rewards.tariff_must_fit_the_pool.at(f"{at}/tiers", tariff=_yuan(whole), pool=_yuan(pool))
                )
    return tuple(problems)


_AT_LEVEL = {"/classes": "/mode", "/unpaid": "/unpaid", "/pool": "/pool"}
"""Where what is wrong with a scheme stands in the form of a level."""


def _amounts(tiers_of: Iterable[int]) -> str:
    return ", ".join(map(_yuan, tiers_of))


# A township's reward schemes


def faults_of_reward(new: RewardPolicy) -> tuple[Problem, ...]:
    """Everything that is wrong with a reward scheme."""
    scheme = new.scheme
    problems: list[Problem] = []
    if not scheme.classes and not scheme.rates:
        problems.append(scheme_must_pay_something.at("/scheme/classes"))
    problems += _twice([one.name for one in scheme.classes], at="/scheme/classes", field="name")
    problems += _twice([one.name for one in scheme.score], at="/scheme/score", field="name")
    problems += _twice([one.figure for one in scheme.rates], at="/scheme/rates", field="figure")
    if scheme.score and sum(one.weight_bp for one in scheme.score) != WHOLE:
        problems.append(
            score_parts_must_be_whole.at("/scheme/score", sum=sum(one.weight_bp for one in scheme.score))
        )
    if scheme.bounds is not None and scheme.bounds[0] > scheme.bounds[1]:
        problems.append(
            bounds_must_rise.at("/scheme/bounds", least=_yuan(scheme.bounds[0]), most=_yuan(scheme.bounds[1]))
        )
    marks: dict[str, str] = {}
    for no, one in enumerate(scheme.classes):
        at = f"/scheme/classes/{no}/takes"
        match one.takes:
            case ByPlace(first=first, last=last):
                if 0 in (first, last) or (first > 0) != (last > 0) or first > last:
                    problems.append(places_must_be_in_order.at(at, name=one.name, first=first, last=last))
            case ByFigures(bounds=bounds):
                for bound in bounds:
                    least, most = bound.at_least, bound.at_most
                    if (least is None and most is None) or (
                        least is not None and most is not None and least > most
                    ):
                        problems.append(bound_must_bind.at(at, name=one.name, figure=bound.figure))
            case ByMark(marks=of_class):
                for mark in of_class:
                    if mark in marks:
                        problems.append(
                            mark_must_fit_one_class.at(at, mark=mark, one=marks[mark], name=one.name)
                        )
                    marks[mark] = one.name
    for problem in rewards.faults_of(scheme, heads=EXAMPLE_HEADS, pool=new.pool):
        at = problem.pointer if problem.pointer == "/pool" else f"/scheme{problem.pointer}"
        problems.append(msgspec.structs.replace(problem, pointer=at))
    if len(new.resolution) > LONGEST_RESOLUTION:
        problems.append(
            resolution_must_be_short.at("/resolution", length=len(new.resolution), most=LONGEST_RESOLUTION)
        )
    return tuple(problems)


def _twice(names: Sequence[str], *, at: str, field: str) -> Iterable[Problem]:
    for no, name in enumerate(names):
        if name in names[:no]:
            yield name_must_be_there_once.at(f"{at}/{no}/{field}", name=name)


# How a township judges its villages' incomes


def faults_of_income(new: IncomePolicy) -> tuple[Problem, ...]:
    """Everything that keeps an income policy from being recorded."""
    bounds = (
        ("fall_bp", new.fall_bp, 0, WHOLE),
        ("subsidies_bp", new.subsidies_bp, 0, WHOLE),
        ("spot_checks", new.spot_checks, 0, MOST_SPOT_CHECKS),
        ("list_appeal_days", new.list_appeal_days, 1, LONGEST_NOTICE),
    )
    return tuple(
        number_must_be_in_reason.at(f"/{name}", given=given, least=least, most=most)
        for name, given, least, most in bounds
        if not least <= given <= most
    )
