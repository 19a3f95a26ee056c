"""Ranks, classes and money of a reward scheme, worked out (RULES §7): one engine for tiers 3:4:3 and for every other
county's scheme.

Ten villages, a pool of 120 000 and the coefficients 1.2, 1.0, 0.8: three get 14 400, four 12 000, three 9 600.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction as Exact
from itertools import groupby

from ledger.money import rounded, share_out, yuan
from schemas.policies import Unpaid
from schemas.problems import Fault, Problem, Refusal
from schemas.rewards import (
    Amount,
    Bound,
    ByFigures,
    ByMark,
    ByPlace,
    ByProportion,
    Candidate,
    Coefficient,
    OwnPart,
    PoolPart,
    Reward,
    RewardClass,
    Rewards,
    Scheme,
)
from schemas.units import Fen, Hundredths

tie_must_be_resolved = Fault(
    code="tie_must_be_resolved",
    says="{names} are equal in every key and the boundary between {above} and {below} runs between them.",
    remedy="Have the meeting resolve their order, and enter it with the resolution.",
)
money_must_not_be_split_like_heads = Fault(
    code="money_must_not_be_split_like_heads",
    says="With heads and money both at {parts} everybody gets the same, and rounding then pays the worst the most: of "
    "{pool}, {heads} heads would get {amounts} each.",
    remedy="Let the proportions say how many are in each tier, and pay by coefficients or by a tariff.",
)
tariff_must_fit_the_pool = Fault(
    code="tariff_must_fit_the_pool",
    says="The tariff comes to {tariff}; the pool is {pool}.",
    remedy="Lower the tariff or raise the pool: it may pay less than the pool, never more.",
)
pool_must_be_named = Fault(
    code="pool_must_be_named",
    says="A scheme that pays by coefficients needs a pool.",
    remedy="Name the pool.",
)
classes_must_pay_one_way = Fault(
    code="classes_must_pay_one_way",
    says="Some classes are paid by coefficients, others by amounts.",
    remedy="Choose one of the two for all classes.",
)
resharing_needs_coefficients = Fault(
    code="resharing_needs_coefficients",
    says="What is not paid can be shared among the others by their coefficients only; this scheme has none.",
    remedy="Let it stay with the payer, or pay by coefficients.",
)
amount_must_be_within_the_bounds = Fault(
    code="amount_must_be_within_the_bounds",
    says="{name} pays {amount}; the scheme allows {least} to {most}.",
    remedy="Choose an amount within the bounds.",
)
score_must_have_its_parts = Fault(
    code="score_must_have_its_parts",
    says="{who} has no points for {part}.",
    remedy="Enter them; without them there is no score.",
)
figure_must_be_there = Fault(
    code="figure_must_be_there",
    says="{who} has no figure for {figure}.",
    remedy="Enter it, 0 where there was none.",
)


def worked_out(
    scheme: Scheme, candidates: Sequence[Candidate], *, pool: Fen | None = None, resolved: Sequence[str] = ()
) -> Rewards:
    """What a scheme comes to. ``resolved`` is the order in which a meeting put those who were equal. Refused with
    everything that stands in the way: a part of a score or a figure missing, a tie across the boundary of two classes,
    heads and money both by proportion, a tariff above the pool, an amount out of bounds."""
    problems = [*faults_of(scheme, heads=len(candidates), pool=pool), *missing(scheme, candidates)]
    if problems:
        raise Refusal(*problems)
    scores = {one.who: score_of(scheme, one) for one in candidates}
    ranked = sorted(
        candidates,
        key=lambda one: (*_keys(one, scores), _place_in(resolved, one.who), one.who),
    )
    classes = _classes(scheme, ranked)
    problems = list(_ties(scheme, ranked, classes, scores=scores, resolved=resolved))
    if problems:
        raise Refusal(*problems)
    shares = _shares(scheme, ranked, classes, pool=pool)
    paid = _paid(scheme, ranked, classes, shares, pool=pool)
    whole = sum(paid.values())
    if pool is not None and whole > pool:
        raise Refusal(tariff_must_fit_the_pool.at("/pool", tariff=yuan(whole), pool=yuan(pool)))
    of_class = Counter(classes.values())
    return Rewards(
        counts=tuple(of_class[no] for no in range(1, len(scheme.classes) + 1)),
        pool=pool,
        paid=whole,
        stays=None if pool is None else pool - whole,
        rewards=tuple(
            Reward(
                who=one.who,
                score=scores[one.who],
                rank=rank,
                class_no=classes[one.who],
                excluded=one.excluded,
                share=shares[one.who],
                paid=paid[one.who],
            )
            for rank, one in enumerate(ranked, 1)
        ),
    )


def ties_of(scheme: Scheme, candidates: Sequence[Candidate]) -> tuple[tuple[str, ...], ...]:
    """Those equal in every key whom a boundary between two classes by rank divides, each group by its names, whatever
    a meeting has resolved. Every part of a score and every figure must be there."""
    scores = {one.who: score_of(scheme, one) for one in candidates}
    ranked = sorted(candidates, key=lambda one: (*_keys(one, scores), one.who))
    return tuple(_divided(scheme, ranked, _classes(scheme, ranked), scores=scores))


def heads(number: int, parts: Sequence[int]) -> tuple[int, ...]:
    """How many of a number each tier takes: largest remainders, equal ones to the higher tier. That is the sharing out
    of everything else, of heads instead of fen.

    >>> [heads(number, (3, 4, 3)) for number in (1, 2, 3, 4, 5)]
    [(0, 1, 0), (1, 1, 0), (1, 1, 1), (1, 2, 1), (2, 2, 1)]
    """
    shared = share_out(number, {f"{tier:04}": part for tier, part in enumerate(parts)})
    return tuple(shared[tier] for tier in sorted(shared))


def score_of(scheme: Scheme, one: Candidate) -> Hundredths:
    """A candidate's score: the published one, or its parts by their weights and what is added or taken off, rounded
    once to 0.01 point.

    30 % of 88.00 and 70 % of 92.50, 1.50 taken off: 89.65.
    """
    if not scheme.score:
        return one.score
    exact = sum((Exact(part.weight_bp * one.points[part.name], 10_000) for part in scheme.score), Exact(0))
    exact += one.adjustment
    return rounded(exact.numerator, exact.denominator)


def faults_of(scheme: Scheme, *, heads: int, pool: Fen | None) -> Iterable[Problem]:
    """Everything that is wrong with a scheme itself; ``heads`` says for how many the figures of a refusal are shown."""
    pays = [one.pays for one in scheme.classes]
    by_coefficient = [isinstance(one, Coefficient) for one in pays]
    if any(isinstance(one, PoolPart) for one in pays):
        yield _split_like_heads(scheme, number=heads, pool=pool or 0)
    if any(by_coefficient) and not all(by_coefficient):
        yield classes_must_pay_one_way.at("/classes")
    if any(by_coefficient) and pool is None:
        yield pool_must_be_named.at("/pool")
    if scheme.unpaid is Unpaid.RESHARED and not any(by_coefficient):
        yield resharing_needs_coefficients.at("/unpaid")
    if scheme.bounds is not None:
        least, most = scheme.bounds
        for no, one in enumerate(scheme.classes):
            if isinstance(one.pays, Amount) and not least <= one.pays.amount <= most:
                yield amount_must_be_within_the_bounds.at(
                    f"/classes/{no}",
                    name=one.name,
                    amount=yuan(one.pays.amount),
                    least=yuan(least),
                    most=yuan(most),
                )


def _split_like_heads(scheme: Scheme, *, number: int, pool: Fen) -> Problem:
    parts = [one.takes.part if isinstance(one.takes, ByProportion) else 0 for one in scheme.classes]
    of_heads = heads(number, parts)
    money = share_out(pool, {f"{no:04}": part for no, part in enumerate(parts)})
    each = [
        yuan(rounded(amount, count)) for amount, count in zip(money.values(), of_heads, strict=True) if count
    ]
    return money_must_not_be_split_like_heads.at(
        "/classes",
        parts=":".join(map(str, parts)),
        pool=yuan(pool),
        heads=number,
        amounts=", ".join(each),
    )


def missing(scheme: Scheme, candidates: Iterable[Candidate]) -> Iterable[Problem]:
    """The points and figures the scheme goes by that a candidate does not have."""
    figures = {rate.figure for rate in scheme.rates} | {
        bound.figure
        for one in scheme.classes
        if isinstance(one.takes, ByFigures)
        for bound in one.takes.bounds
    }
    for one in candidates:
        for part in scheme.score:
            if part.name not in one.points:
                yield score_must_have_its_parts.at(f"/{one.who}/{part.name}", who=one.who, part=part.name)
        for figure in sorted(figures - one.figures.keys()):
            yield figure_must_be_there.at(f"/{one.who}/{figure}", who=one.who, figure=figure)


Keys = tuple[Exact, ...]


def _keys(one: Candidate, scores: Mapping[str, Hundredths]) -> Keys:
    """What somebody is ranked by, the best first: the score, then the policy's next keys."""
    return (
        Exact(-scores[one.who]),
        *(Exact(-key.numerator, key.denominator) for key in one.ties),
    )


def _place_in(resolved: Sequence[str], who: str) -> int:
    return resolved.index(who) if who in resolved else len(resolved)


def _classes(scheme: Scheme, ranked: Sequence[Candidate]) -> dict[str, int | None]:
    """The number of the class each is in, from 1; None: in no class."""
    proportions = [
        (no, one.takes.part)
        for no, one in enumerate(scheme.classes, 1)
        if isinstance(one.takes, ByProportion)
    ]
    by_proportion: list[int] = []
    if proportions:
        for (no, _), count in zip(
            proportions, heads(len(ranked), [part for _, part in proportions]), strict=True
        ):
            by_proportion += [no] * count
    return {
        one.who: next(
            (
                no
                for no, kind in enumerate(scheme.classes, 1)
                if _takes(kind, one, at=at, number=len(ranked), by_proportion=by_proportion, no=no)
            ),
            None,
        )
        for at, one in enumerate(ranked)
    }


def _takes(
    kind: RewardClass, one: Candidate, *, at: int, number: int, by_proportion: Sequence[int], no: int
) -> bool:
    match kind.takes:
        case ByProportion():
            return by_proportion[at] == no
        case ByPlace(first=first, last=last):
            place = at + 1 if first > 0 else at - number
            return first <= place <= last
        case ByMark(marks=marks):
            return one.mark in marks
        case ByFigures(bounds=bounds):
            return all(_keeps(one.figures[bound.figure], bound) for bound in bounds)


def _keeps(figure: int, bound: Bound) -> bool:
    return (bound.at_least is None or figure >= bound.at_least) and (
        bound.at_most is None or figure <= bound.at_most
    )


def _ties(
    scheme: Scheme,
    ranked: Sequence[Candidate],
    classes: Mapping[str, int | None],
    *,
    scores: Mapping[str, Hundredths],
    resolved: Sequence[str],
) -> Iterable[Problem]:
    """Those equal in every key whom a boundary divides, unless a meeting put all of them in order."""
    for equal in _divided(scheme, ranked, classes, scores=scores):
        if not all(who in resolved for who in equal):
            above, below = classes[equal[0]], classes[equal[-1]]
            who = "、".join(equal)
            yield tie_must_be_resolved.at(
                "/resolved", who=who, names=who, above=_named(scheme, above), below=_named(scheme, below)
            )


def _divided(
    scheme: Scheme,
    ranked: Sequence[Candidate],
    classes: Mapping[str, int | None],
    *,
    scores: Mapping[str, Hundredths],
) -> Iterable[tuple[str, ...]]:
    """Those equal in every key whom a boundary between two classes by rank divides."""
    by_rank = {
        no for no, one in enumerate(scheme.classes, 1) if isinstance(one.takes, ByProportion | ByPlace)
    }
    for _, group in groupby(ranked, key=lambda one: _keys(one, scores)):
        equal = tuple(one.who for one in group)
        of_group = [classes[who] for who in equal]
        if len(set(of_group)) > 1 and by_rank & set(of_group):
            yield equal


def _named(scheme: Scheme, no: int | None) -> str:
    return "class.none" if no is None else scheme.classes[no - 1].name


def _shares(
    scheme: Scheme, ranked: Sequence[Candidate], classes: Mapping[str, int | None], *, pool: Fen | None
) -> dict[str, Fen]:
    """What each one's class pays, nobody left out yet, with what the rates add or take off, rounded once."""
    shared = dict(pool_parts(scheme, classes, pool=pool))
    for one in ranked:
        exact = shared[one.who] + own_share(scheme, one, class_no=classes[one.who])
        shared[one.who] = rounded(exact.numerator, exact.denominator)
    return shared


def own_share(scheme: Scheme, one: Candidate, *, class_no: int | None) -> Exact:
    """What a class pays by amount or as a part of one's own pay, with what the rates add or take off, in fen before it is
    rounded; what a coefficient gives of the pool is besides.

    Half of 1 000.01 and 0.05 of a unit at 0.30: 50 002 fen.
    """
    exact = Exact(0)
    match None if class_no is None else scheme.classes[class_no - 1].pays:
        case Amount(amount=amount):
            exact = Exact(amount)
        case OwnPart(bp=bp):
            exact = Exact(one.entitled * scheme.entitled_bp * bp, 10_000 * 10_000)
    return exact + sum((Exact(rate.each * one.figures[rate.figure], 100) for rate in scheme.rates), Exact(0))


def coefficients_of(scheme: Scheme, classes: Mapping[str, int | None]) -> dict[str, int]:
    """The coefficient of everybody by the class each is in, in hundredths; 0 where it pays by none."""
    by_class = {
        no: one.pays.coefficient
        for no, one in enumerate(scheme.classes, 1)
        if isinstance(one.pays, Coefficient)
    }
    return {who: 0 if no is None else by_class.get(no, 0) for who, no in classes.items()}


def pool_parts(scheme: Scheme, classes: Mapping[str, int | None], *, pool: Fen | None) -> Mapping[str, Fen]:
    """What the coefficients give everybody of the pool; nothing without a pool or where nobody has one."""
    coefficients = coefficients_of(scheme, classes)
    if pool is None or not any(coefficients.values()):
        return dict.fromkeys(classes, 0)
    return share_out(pool, coefficients)


def reshared(parts: Mapping[str, Fen], *, excluded: Iterable[str]) -> Fen:
    """What those excluded leave to the others: their parts of the pool, whole. What the rates add to an excluded one or take
    off is no money of the pool: it goes to nobody, and is taken from nobody.

    Of 160.00 by 1.2 1.0 1.0 0.8 the second, excluded with 10.00 to be deducted, leaves 40.00 and not 30.00.
    """
    return sum(parts[who] for who in excluded)


def _paid(
    scheme: Scheme,
    ranked: Sequence[Candidate],
    classes: Mapping[str, int | None],
    shares: Mapping[str, Fen],
    *,
    pool: Fen | None,
) -> dict[str, Fen]:
    """What is paid: nothing to those excluded, whose money stays or is shared among the others; who would have owed is
    excluded from that as well."""
    paid = {one.who: 0 if one.excluded else shares[one.who] for one in ranked}
    if scheme.unpaid is Unpaid.RESHARED:
        eligible = {one.who for one in ranked if not one.excluded}
        weights = {who: weight for who, weight in coefficients_of(scheme, classes).items() if who in eligible}
        parts = pool_parts(scheme, classes, pool=pool)
        left = reshared(parts, excluded=[one.who for one in ranked if one.excluded])
        if left and any(weights.values()):
            for who, more in share_out(left, weights).items():
                paid[who] += more
    return paid
