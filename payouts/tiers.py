"""The tiers 3:4:3 of a township and of each of its villages, and their performance bonus (RULES §7).

3:4:3 says how many are in each tier, never how the money is split. Ten villages, a pool of 120 000 and the coefficients
1.2, 1.0, 0.8: 14 400, 12 000 and 9 600 each.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction as Exact

import msgspec

from payouts import rewards
from payouts.commission import SIXTY
from payouts.instalments import instalments
from schemas.policies import BonusMode, BonusScheme
from schemas.problems import Fault, Problem, Refusal
from schemas.rewards import (
    Amount,
    ByProportion,
    Candidate,
    Coefficient,
    PoolPart,
    RewardClass,
    Rewards,
    Scheme,
)
from schemas.scores import Grade
from schemas.tiers import (
    HeldPost,
    Payment,
    PostKind,
    RatedPerson,
    RatedVillage,
    TierInputs,
    TierPerson,
    Tiers,
    TierVillage,
    TwoPosts,
)

PARTS = (3, 4, 3)
NAMES = ("一等", "二等", "三等")
_BELOW_COMPETENT = frozenset({Grade.BARELY, Grade.INCOMPETENT})

villages_must_be_there = Fault(
    code="villages_must_be_there",
    says="No village of {township} has a score for {year}.",
    remedy="Enter the villages' scores.",
)
tariff_must_fit_the_villages_pool = Fault(
    code="tariff_must_fit_the_villages_pool",
    says="In {village} the tariff comes to {tariff}; the village's pool is {pool}.",
    remedy="Lower the tariff or raise the pool: it may pay less than the pool, never more.",
)


def scheme_of(bonus: BonusScheme) -> Scheme:
    """A township's bonus scheme as the engine reads it."""

    def pays(tier: int) -> Coefficient | Amount | PoolPart:
        match bonus.mode:
            case BonusMode.COEFFICIENTS:
                return Coefficient(coefficient=bonus.tiers[tier])
            case BonusMode.TARIFF:
                return Amount(amount=bonus.tiers[tier])
            case BonusMode.SPLIT:
                return PoolPart(part=PARTS[tier])

    return Scheme(
        name="3:4:3",
        classes=tuple(
            RewardClass(name=NAMES[tier], takes=ByProportion(part=PARTS[tier]), pays=pays(tier))
            for tier in range(len(PARTS))
        ),
        unpaid=bonus.unpaid,
    )


def worked_out(given: TierInputs) -> Tiers:
    """The tiers these inputs give, at both levels. Refused with everything that stands in the way: no village, a tie
    across a boundary that no resolution orders, a tariff above the pool; a village's pool is there when nothing stands
    in the way at the township's level."""
    if not given.villages:
        raise Refusal(villages_must_be_there.at("/villages", township=given.township, year=given.year))
    pool = given.over_villages.pool or 0
    villages = {village.code: village for village in given.villages}
    try:
        over = rewards.worked_out(
            scheme_of(given.over_villages),
            _villages(given),
            pool=pool,
            resolved=given.resolved.get(given.township, ()),
        )
    except Refusal as refusal:
        among_people = [one for village in given.villages for one in _whatever_the_pool(village, given)]
        raise Refusal(*(_of_villages(one, villages) for one in refusal.problems), *among_people) from refusal
    made: list[TierVillage] = []
    problems: list[Problem] = []
    for reward in over.rewards:
        assert reward.class_no is not None, "the three proportions take everybody"
        village = villages[reward.who]
        people = _ranked(village, given)
        try:
            inside = rewards.worked_out(
                scheme_of(given.over_people),
                [_candidate(name, post) for name, post in people.items()],
                pool=reward.paid,
                resolved=given.resolved.get(village.code, ()),
            )
        except Refusal as refusal:
            problems += [_in_village(one, village) for one in refusal.problems]
            continue
        made.append(
            TierVillage(
                code=village.code,
                name=village.name,
                score=village.score,
                rank=reward.rank,
                tier=reward.class_no,
                amount=reward.paid,
                counts=inside.counts,
                paid=inside.paid,
                stays=reward.paid - inside.paid,
                people=tuple(_people(village, people, inside)),
            )
        )
    if problems:
        raise Refusal(*problems)
    return Tiers(counts=over.counts, pool=pool, stays=pool - over.paid, villages=tuple(made))


def ties_of(given: TierInputs) -> Mapping[str, tuple[tuple[str, ...], ...]]:
    """Those equal in every key whom a boundary between two tiers divides, whatever was resolved: villages by the township's
    code, people by their village's. A place where nobody is, is not there."""
    found = {given.township: rewards.ties_of(scheme_of(given.over_villages), _villages(given))}
    for village in given.villages:
        people = [_candidate(name, post) for name, post in _ranked(village, given).items()]
        found[village.code] = rewards.ties_of(scheme_of(given.over_people), people)
    return {place: ties for place, ties in found.items() if ties}


def _of_villages(problem: Problem, villages: Mapping[str, RatedVillage]) -> Problem:
    """A problem of the township's level, with the names of the villages the engine knows by their codes."""
    if problem.code != rewards.tie_must_be_resolved.code:
        return problem
    names = "、".join(villages[code].name for code in problem.figures["who"].split("、"))
    return msgspec.structs.replace(problem, figures={**problem.figures, "names": names})


def _whatever_the_pool(village: RatedVillage, given: TierInputs) -> Iterable[Problem]:
    """What stands in the way among the people of a village while its pool is not known."""
    people = [_candidate(name, post) for name, post in _ranked(village, given).items()]
    resolved = given.resolved.get(village.code, ())
    try:
        rewards.worked_out(scheme_of(given.over_people), people, pool=0, resolved=resolved)
    except Refusal as refusal:
        for one in refusal.problems:
            if one.code != rewards.tariff_must_fit_the_pool.code:
                yield _in_village(one, village)


def _in_village(problem: Problem, village: RatedVillage) -> Problem:
    """A problem among the people of a village, which names the village."""
    at = f"/villages/{village.code}{problem.pointer}"
    if problem.code == rewards.tariff_must_fit_the_pool.code:
        return tariff_must_fit_the_villages_pool.at(at, village=village.name, **problem.figures)
    figures = dict(problem.figures)
    if problem.code == rewards.tie_must_be_resolved.code:
        figures["names"] = f"{village.name}：{figures['names']}"
    return msgspec.structs.replace(problem, pointer=at, figures=figures)


def _villages(given: TierInputs) -> list[Candidate]:
    return [Candidate(who=village.code, score=village.score, ties=village.ties) for village in given.villages]


def _ranked(village: RatedVillage, given: TierInputs) -> Mapping[str, HeldPost]:
    return {person.name: ranked_post(person, given.two_posts) for person in village.people}


def ranked_post(person: RatedPerson, by: TwoPosts) -> HeldPost:
    """The post a person is ranked by: the one with the higher score, equal ones by the next keys and then as a cadre;
    or the one the policy names."""
    kinds = [post for post in person.posts if post.kind.value == by.value] or list(person.posts)
    return max(
        kinds,
        key=lambda post: (
            post.score,
            *(Exact(tie.numerator, tie.denominator) for tie in post.ties),
            post.kind is PostKind.CADRE,
        ),
    )


def is_excluded(post: HeldPost) -> bool:
    """Whether a post keeps its rank and is paid nothing: a cadre graded below 称职, a manager below 60.00 points."""
    if post.kind is PostKind.CADRE:
        return post.grade in _BELOW_COMPETENT
    return post.score < SIXTY


def _candidate(name: str, post: HeldPost) -> Candidate:
    return Candidate(who=name, score=post.score, ties=post.ties, excluded=is_excluded(post))


def _people(village: RatedVillage, ranked: Mapping[str, HeldPost], inside: Rewards) -> Iterable[TierPerson]:
    kinds = {person.name: tuple(sorted(post.kind for post in person.posts)) for person in village.people}
    for reward in inside.rewards:
        post = ranked[reward.who]
        by_month = post.kind is PostKind.CADRE
        assert reward.class_no is not None, "the three proportions take everybody"
        yield TierPerson(
            name=reward.who,
            posts=kinds[reward.who],
            ranked_by=post.kind,
            grade=post.grade,
            score=reward.score,
            rank=reward.rank,
            tier=reward.class_no,
            excluded=reward.excluded,
            share=reward.share,
            paid=reward.paid,
            how=Payment.INSTALMENTS if by_month else Payment.ONCE,
            instalments=instalments(reward.paid) if by_month else (),
        )
