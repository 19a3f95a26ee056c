"""The score page: of every manager both groups' means, the weights, the exact and the published score, the rank.

The ranks of 92.00, 85.00, 85.00 and 58.00 are 1, 2, 2, 4:

>>> ranks({"A": 9200, "B": 8500, "C": 8500, "D": 5800})
{'A': 1, 'B': 2, 'C': 2, 'D': 4}
"""

from collections.abc import Mapping
from fractions import Fraction as Exact

from payouts import commission
from schemas.problems import Fault, Problem
from schemas.runs import CommissionInputs, Fraction, RatedManager, Score
from schemas.scores import GroupMeans, ManagerScore, PointsFraction, RaterKind, RatingState, ScoreSheet
from schemas.units import Hundredths

commission_must_wait_for_the_rating = Fault(
    code="commission_must_wait_for_the_rating",
    says="The managers of {year} are being rated by phone.",
    remedy="Look again when the rating is over: from figures that move with each ballot one could read it.",
)


def sheet(given: CommissionInputs, *, approved: bool, rating: RatingState) -> ScoreSheet:
    """The scores these inputs give; while the rating is open only how many ballots there are. A manager with too few
    ballots, or with one that may not count, has none; the commissions follow only when nobody lacks one."""
    policy = given.policy
    problems = tuple(commission.faults_in(given))
    secret = rating is RatingState.OPEN
    worked_out = None if problems or secret else commission.worked_out(given)
    scores = {
        one.member: commission.score_of(one, policy=policy)
        for one in given.managers
        if not secret and not _of(one, problems)
    }
    places = ranks({member: score.published for member, score in scores.items()})
    paid = {} if worked_out is None else {one.member: one for one in worked_out.managers}
    return ScoreSheet(
        year=given.year,
        rating=rating,
        policy_version=given.policy_version,
        approved=approved,
        maxima=policy.maxima,
        least_ballots=policy.least_ballots,
        mode=policy.commission_mode,
        below_60=policy.below_60,
        managers=tuple(
            _manager(
                one,
                score=scores.get(one.member),
                rank=places.get(one.member),
                party_bp=policy.party_weight_bp,
                dimensions=len(policy.maxima),
                secret=secret,
                due=paid[one.member].due if one.member in paid else None,
                paid=paid[one.member].paid if one.member in paid else None,
            )
            for one in given.managers
        ),
        due=None if worked_out is None else worked_out.due,
        paid=None if worked_out is None else worked_out.paid,
        stays=None if worked_out is None else worked_out.stays,
        problems=problems,
    )


def ranks(published: Mapping[str, Hundredths]) -> Mapping[str, int]:
    """The rank of each by published score; equal scores share one."""
    return {
        member: 1 + sum(other > score for other in published.values()) for member, score in published.items()
    }


def weights(party: int, villagers: int, *, party_bp: int) -> tuple[int, int]:
    """The weights of the two groups in basis points, by how many ballots each has: a group without ballots hands its
    weight to the other.

    >>> weights(3, 4, party_bp=6_000), weights(0, 4, party_bp=6_000), weights(3, 0, party_bp=6_000)
    ((6000, 4000), (0, 10000), (10000, 0))
    """
    if party and villagers:
        return party_bp, 10_000 - party_bp
    return (10_000, 0) if party else (0, 10_000 if villagers else 0)


def _of(manager: RatedManager, problems: tuple[Problem, ...]) -> bool:
    """Whether any of these problems is this manager's."""
    at = f"/managers/{manager.member}"
    return any(one.pointer == at or one.pointer.startswith(f"{at}/") for one in problems)


def _manager(
    one: RatedManager,
    *,
    score: Score | None,
    rank: int | None,
    party_bp: int,
    dimensions: int,
    secret: bool,
    due: int | None,
    paid: int | None,
) -> ManagerScore:
    by_kind = {kind: [b.points for b in one.ballots if b.kind is kind] for kind in RaterKind}
    party, villagers = by_kind[RaterKind.PARTY], by_kind[RaterKind.VILLAGER]
    secret = secret or 1 in (len(party), len(villagers))
    of_party, of_villagers = weights(len(party), len(villagers), party_bp=party_bp)
    return ManagerScore(
        member=one.member,
        village=one.village,
        party=_means(party, weight_bp=of_party, dimensions=dimensions, secret=secret),
        villagers=_means(villagers, weight_bp=of_villagers, dimensions=dimensions, secret=secret),
        replaced=one.replaced,
        dimensions=None if score is None else tuple(map(_points, score.dimensions)),
        exact=None if score is None else _points(score.exact),
        published=None if score is None else score.published,
        rank=rank,
        keeps_bonus=None if score is None else score.keeps_bonus,
        base=one.base,
        due=due,
        paid=paid,
    )


def _means(
    ballots: list[tuple[Hundredths, ...]], *, weight_bp: int, dimensions: int, secret: bool
) -> GroupMeans:
    """The means of a group, left out where they would tell what somebody voted: of two groups one has a single ballot,
    and from the score and the other's means it could be worked out."""
    if secret or not ballots:
        return GroupMeans(ballots=len(ballots), means=(), weight_bp=weight_bp)
    means = [
        Exact(sum(points[dimension] for points in ballots), len(ballots) * 100)
        for dimension in range(dimensions)
    ]
    return GroupMeans(
        ballots=len(ballots),
        means=tuple(PointsFraction(numerator=m.numerator, denominator=m.denominator) for m in means),
        weight_bp=weight_bp,
    )


def _points(exact: Fraction) -> PointsFraction:
    return PointsFraction(numerator=exact.numerator, denominator=exact.denominator)
