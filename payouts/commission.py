"""The manager's score and commission (RULES §6).

Managers with a due commission of 15 000.00, 9 000.00 and 6 000.00 and scores of 92, 85 and 58 are paid by
``own_score`` 13 800.00, 7 650.00 and 3 480.00; 5 070.00 stays.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction as Exact

from coop.scoring.rules import in_order, rates_his_own
from ledger.money import rounded, share_out
from schemas.members import Member
from schemas.policies import Below60, CharterPolicy, CommissionMode
from schemas.problems import Fault, Problem, Refusal
from schemas.runs import (
    Commission,
    CommissionInputs,
    Commissions,
    Fraction,
    RatedBallot,
    RatedManager,
    Score,
)
from schemas.scores import Ballot, Manager, RaterKind
from schemas.units import BookId, Fen, Hundredths

SIXTY = 6_000
"""60.00 points, in hundredths: below it the bonus is lost (RULES §6)."""

managers_must_be_there = Fault(
    code="managers_must_be_there",
    says="No manager is named for {year}.",
    remedy="Name the managers and the villages they serve; without one there is no commission to run.",
)
own_ballots_must_not_count = Fault(
    code="own_ballots_must_not_count",
    says="{count} ballots on manager {manager} are his own or his household's.",
    remedy="Have them replaced or withdrawn by resolution; whoever keeps the scores sees which they are.",
)
ballots_must_be_within_the_maximum = Fault(
    code="ballots_must_be_within_the_maximum",
    says="{count} ballots on manager {manager} give more points than the policy allows.",
    remedy="Correct them; whoever keeps the scores sees which they are.",
)
score_needs_ballots = Fault(
    code="score_needs_ballots",
    says="Manager {manager} has {ballots} ballots; the policy asks for {least}.",
    remedy="Collect the ballots that are missing; without them there is no score.",
)


def inputs(
    *,
    book: BookId,
    policy: CharterPolicy,
    policy_version: int,
    managers: Sequence[Manager],
    ballots: Sequence[Ballot],
    members: Mapping[str, Member],
) -> CommissionInputs:
    """What scores and commissions of the policy's year follow from: of every rater the last ballot on each manager."""
    cast: defaultdict[str, dict[str, Ballot]] = defaultdict(dict)
    replaced: defaultdict[str, int] = defaultdict(int)
    for ballot in ballots:
        replaced[ballot.manager] += ballot.rater in cast[ballot.manager]
        cast[ballot.manager][ballot.rater] = ballot
    bases = {base.member: base.base for base in policy.bases}
    return CommissionInputs(
        book=book,
        year=policy.year,
        policy=policy,
        policy_version=policy_version,
        managers=tuple(
            RatedManager(
                member=one.member,
                village=one.village,
                household=members[one.member].household,
                base=bases.get(one.member),
                replaced=replaced[one.member],
                ballots=tuple(
                    RatedBallot(rater=rater, kind=ballot.rater_kind, points=in_order(ballot.points))
                    for rater, ballot in sorted(cast[one.member].items())
                ),
                own_ballots=tuple(
                    rater
                    for rater in sorted(cast[one.member])
                    if rates_his_own(members, rater=rater, manager=one.member)
                ),
            )
            for one in sorted(managers, key=lambda manager: manager.member)
        ),
    )


def score_of(manager: RatedManager, *, policy: CharterPolicy) -> Score:
    """A manager's score: for each dimension the two groups' means, weighted; a group without ballots hands its weight
    to the other; the total exact, then rounded once to 0.01 point.

    Party members' mean 90, villagers' 80, weights 50 : 50: 85.00. Without villagers: 90.00.
    """
    of_party = [ballot.points for ballot in manager.ballots if ballot.kind is RaterKind.PARTY]
    of_villagers = [ballot.points for ballot in manager.ballots if ballot.kind is RaterKind.VILLAGER]
    party = Exact(policy.party_weight_bp, 10_000)
    if not of_party or not of_villagers:
        party = Exact(1 if of_party else 0)
    dimensions = [
        party * _mean(of_party, dimension) + (1 - party) * _mean(of_villagers, dimension)
        for dimension in range(len(policy.maxima))
    ]
    exact = sum(dimensions, Exact(0))
    published = rounded(exact.numerator, exact.denominator)
    return Score(
        dimensions=tuple(_in_points(one) for one in dimensions),
        exact=_in_points(exact),
        published=published,
        keeps_bonus=published >= SIXTY,
    )


def worked_out(given: CommissionInputs) -> Commissions:
    """The commissions these inputs give. Refused with everything that stands in the way: no manager, too few ballots,
    a ballot on oneself or in one's own household, more points than the maximum."""
    problems = list(faults_in(given))
    if problems:
        raise Refusal(*problems)
    policy = given.policy
    scores = {one.member: score_of(one, policy=policy) for one in given.managers}
    due = {one.member: rounded(policy.commission_bp * (one.base or 0), 10_000) for one in given.managers}
    paid = _paid(policy, due=due, scores={member: score.published for member, score in scores.items()})
    return Commissions(
        mode=policy.commission_mode,
        managers=tuple(
            Commission(
                member=one.member,
                village=one.village,
                ballots=len(one.ballots),
                replaced=one.replaced,
                score=scores[one.member],
                base=one.base or 0,
                due=due[one.member],
                paid=paid[one.member],
            )
            for one in given.managers
        ),
        due=sum(due.values()),
        paid=sum(paid.values()),
        stays=sum(due.values()) - sum(paid.values()),
    )


def faults_in(given: CommissionInputs) -> Iterable[Problem]:
    """Everything that keeps a score from being published; whose ballot it is, is not said: many read it."""
    if not given.managers:
        yield managers_must_be_there.at("/managers", year=given.year)
    for manager in given.managers:
        at = f"/managers/{manager.member}"
        if manager.own_ballots:
            yield own_ballots_must_not_count.at(at, count=len(manager.own_ballots), manager=manager.member)
        above = sum(
            any(
                not 0 <= points <= maximum
                for points, maximum in zip(ballot.points, given.policy.maxima, strict=True)
            )
            for ballot in manager.ballots
        )
        if above:
            yield ballots_must_be_within_the_maximum.at(at, count=above, manager=manager.member)
        if len(manager.ballots) < given.policy.least_ballots:
            yield score_needs_ballots.at(
                at, manager=manager.member, ballots=len(manager.ballots), least=given.policy.least_ballots
            )


def _paid(
    policy: CharterPolicy, *, due: Mapping[str, Fen], scores: Mapping[str, Hundredths]
) -> Mapping[str, Fen]:
    lost = {member for member, score in scores.items() if policy.below_60 is Below60.LOST and score < SIXTY}
    if policy.commission_mode is CommissionMode.OWN_SCORE:
        return {
            member: 0 if member in lost else rounded(due[member] * scores[member], 10_000) for member in due
        }
    weights = {
        member: 0
        if member in lost
        else scores[member] * (due[member] if policy.commission_mode is CommissionMode.WEIGHTED else 1)
        for member in due
    }
    pool = sum(due.values())
    return share_out(pool, weights) if pool and any(weights.values()) else dict.fromkeys(due, 0)


def _mean(ballots: Sequence[tuple[Hundredths, ...]], dimension: int) -> Exact:
    return Exact(sum(points[dimension] for points in ballots), len(ballots)) if ballots else Exact(0)


def _in_points(hundredths: Exact) -> Fraction:
    """Hundredths of a point as an exact number of points."""
    exact = hundredths / 100
    return Fraction(numerator=exact.numerator, denominator=exact.denominator)
