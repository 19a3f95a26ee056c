"""Who may be scored, and which ballots are written down (RULES §6).

A ballot gives each of the six dimensions 0 to its maximum. Managers and their household do not rate themselves; of a
rater's ballots on a manager the last one written down counts, and the earlier ones are kept.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date

from coop.member_accounts.rules import is_of_record
from ledger.seal import rules as seal
from ledger.vouchers.rules import year_end
from schemas.members import Member
from schemas.problems import Fault, Problem
from schemas.scores import (
    Ballot,
    BallotWay,
    GivenBallot,
    Manager,
    ManagerChange,
    Points,
    Rater,
    RatingDays,
    RatingState,
)
from schemas.units import Hundredths, PersonId, Value

MOST_BALLOTS = 2_000
"""Ballots written down at once."""

nobody_rates_his_own = Fault(
    code="nobody_rates_his_own",
    says="Ballot of {rater} on manager {manager}: managers and their household do not rate themselves.",
    remedy="Have it replaced or withdrawn by resolution.",
)
points_must_be_within_the_maximum = Fault(
    code="points_must_be_within_the_maximum",
    says="Ballot of {rater} on manager {manager}: {points} points in dimension {dimension}; the policy allows {maximum}.",
    remedy="Correct the ballot.",
)
manager_must_be_a_member = Fault(
    code="manager_must_be_a_member",
    says="There is no member {member}.",
    remedy="Give the number as the register has it.",
)
manager_must_be_of_the_year = Fault(
    code="manager_must_be_of_the_year",
    says="Member {member} was no member in {year}.",
    remedy="Name somebody who was a member that year.",
)
manager_must_be_named_once = Fault(
    code="manager_must_be_named_once",
    says="Member {member} is named manager for {year} already.",
    remedy="Each manager is named once a year; give another village by a change.",
)
village_must_be_known = Fault(
    code="village_must_be_known",
    says="There is no village {village}.",
    remedy="Give the 12 digits of a village of this house.",
)
manager_must_be_named = Fault(
    code="manager_must_be_named",
    says="Member {member} is no manager of {year}.",
    remedy="Name the managers of the year first.",
)
manager_must_not_be_rated = Fault(
    code="manager_must_not_be_rated",
    says="Manager {member} has {ballots} ballots in {year}; the naming is not taken back.",
    remedy="Give another village if that is what is wrong; who was rated stays in the year's list.",
)
manager_change_needs_a_reason = Fault(
    code="manager_change_needs_a_reason",
    says="No reason is given.",
    remedy="Say in a few words why the naming is changed.",
)
rater_must_be_of_the_year = Fault(
    code="rater_must_be_of_the_year",
    says="Rater {member} was no member in {year}.",
    remedy="Leave the ballot out: only who was a member that year rates its managers.",
)
rater_must_be_named_once = Fault(
    code="rater_must_be_named_once",
    says="Member {member} stands on the list twice.",
    remedy="Name each member once.",
)
raters_must_be_there = Fault(
    code="raters_must_be_there",
    says="Nobody is named.",
    remedy="Give at least one member's number.",
)
rating_days_must_be_in_order = Fault(
    code="rating_days_must_be_in_order",
    says="The rating would close on {closes}, before it opens on {opens}.",
    remedy="Give a last day that is not before the first.",
)
rating_must_be_open = Fault(
    code="rating_must_be_open",
    says="The managers of {year} are not rated by phone now.",
    remedy="Ask the cooperative's accountant when the rating opens.",
)
rating_must_have_begun = Fault(
    code="rating_must_have_begun",
    says="The rating opens on {opens}.",
    remedy="Come again then.",
)
rating_must_not_be_over = Fault(
    code="rating_must_not_be_over",
    says="The rating ended on {closes}.",
    remedy="No ballot is taken by phone any more. Ask the cooperative's accountant if something is wrong.",
)
scores_must_not_be_submitted = Fault(
    code="scores_must_not_be_submitted",
    says="The commission of {year} is handed in; no ballot is taken any more.",
    remedy="If a ballot is missing, the run has to be returned first.",
)
points_must_be_given = Fault(
    code="points_must_be_given",
    says="There are no points for {dimension}.",
    remedy="Give points on each line.",
)
ballots_of_scan_must_be_there = Fault(
    code="ballots_of_scan_must_be_there",
    says="Of the ballots {first} to {last} of {year} not all were entered from paper.",
    remedy="Give the numbers the list of ballots has.",
)
rater_must_be_a_member = Fault(
    code="rater_must_be_a_member",
    says="Rater {member} is no member of this cooperative.",
    remedy="Compare the number on the ballot with the register.",
)
ballots_must_be_there = Fault(
    code="ballots_must_be_there",
    says="No ballot is given.",
    remedy="Give at least one.",
)
ballots_must_not_be_so_many = Fault(
    code="ballots_must_not_be_so_many",
    says="{count} ballots are given at once.",
    remedy="Give at most {most} at a time.",
)
ballots_must_be_of_one_year = Fault(
    code="ballots_must_be_of_one_year",
    says="The ballots are of the years {text}.",
    remedy="Enter the ballots of one year at a time.",
)


class ScoringFacts(Value):
    """What the book knows that managers and ballots are held against: its members, the managers of the year, how many
    ballots each has, the villages of the house."""

    year: int
    members: Mapping[str, Member]
    managers: frozenset[str]
    named: frozenset[str]
    ballots: Mapping[str, int]
    villages: Collection[str]


def in_order(points: Points) -> tuple[Hundredths, ...]:
    """The six dimensions in the order of the policy's maxima."""
    return (
        points.survival,
        points.prevention,
        points.service,
        points.attitude,
        points.attendance,
        points.benefit,
    )


def rates_his_own(members: Mapping[str, Member], *, rater: str, manager: str) -> bool:
    """Whether a rater is the manager, or of the same household."""
    if rater == manager:
        return True
    if rater not in members or manager not in members:
        return False
    household = members[manager].household
    return bool(household) and members[rater].household == household


def faults_of_managers(new: Sequence[Manager], facts: ScoringFacts) -> tuple[Problem, ...]:
    """Everything that keeps managers from being named."""
    problems = []
    times = Counter(one.member for one in new)
    for index, one in enumerate(new):
        at = f"/{index}"
        member = facts.members.get(one.member)
        if member is None:
            problems.append(manager_must_be_a_member.at(f"{at}/member", member=one.member or "—"))
        elif not _was_member(member, year=one.year):
            problems.append(manager_must_be_of_the_year.at(f"{at}/member", member=one.member, year=one.year))
        elif one.member in facts.named or times[one.member] > 1:
            problems.append(manager_must_be_named_once.at(f"{at}/member", member=one.member, year=one.year))
        if one.village not in facts.villages:
            problems.append(village_must_be_known.at(f"{at}/village", village=one.village or "—"))
    return tuple(problems)


def faults_of_change(change: ManagerChange, facts: ScoringFacts) -> tuple[Problem, ...]:
    """Everything that keeps a naming from being changed or taken back. Who was rated stays a manager of the year."""
    problems = []
    if change.member not in facts.named:
        problems.append(manager_must_be_named.at("/member", member=change.member, year=facts.year))
    elif change.village is None and facts.ballots.get(change.member):
        problems.append(
            manager_must_not_be_rated.at(
                "/village",
                member=change.member,
                ballots=facts.ballots[change.member],
                year=facts.year,
            )
        )
    if change.village is not None and change.village not in facts.villages:
        problems.append(village_must_be_known.at("/village", village=change.village or "—"))
    if not change.reason.strip():
        problems.append(manager_change_needs_a_reason.at("/reason"))
    return tuple(problems)


def faults_of_ballots(
    new: Sequence[GivenBallot],
    facts: ScoringFacts,
    *,
    maxima: Sequence[Hundredths],
    points: Callable[[Hundredths], str],
) -> tuple[Problem, ...]:
    """Everything that keeps ballots from being written down, at once. Too few of them is nothing wrong here: more may
    come, and the score says so."""
    if not new:
        return (ballots_must_be_there.at(),)
    if len(new) > MOST_BALLOTS:
        return (ballots_must_not_be_so_many.at(count=len(new), most=MOST_BALLOTS),)
    years = sorted({ballot.year for ballot in new})
    if years != [facts.year]:
        return (ballots_must_be_of_one_year.at("/year", text=", ".join(map(str, years))),)
    return tuple(
        problem
        for index, ballot in enumerate(new)
        for problem in _faults_of_ballot(ballot, facts, maxima=maxima, points=points, at=f"/{index}")
    )


def faults_of_raters(new: Sequence[Rater], facts: ScoringFacts) -> tuple[Problem, ...]:
    """Everything that keeps members from being put on the roll of raters."""
    if not new:
        return (raters_must_be_there.at("/raters"),)
    problems = []
    times = Counter(one.member for one in new)
    for index, one in enumerate(new):
        at = f"/{index}/member"
        member = facts.members.get(one.member)
        if member is None:
            problems.append(rater_must_be_a_member.at(at, member=one.member or "—"))
        elif not _was_member(member, year=facts.year):
            problems.append(rater_must_be_of_the_year.at(at, member=one.member, year=facts.year))
        elif times[one.member] > 1:
            problems.append(rater_must_be_named_once.at(at, member=one.member))
    return tuple(problems)


def faults_of_days(days: RatingDays) -> tuple[Problem, ...]:
    """The last day of a rating is not before its first."""
    if days.closes < days.opens:
        return (
            rating_days_must_be_in_order.at(
                "/closes", opens=days.opens.isoformat(), closes=days.closes.isoformat()
            ),
        )
    return ()


def state_of_rating(days: RatingDays | None, *, submitted: bool, on: date) -> RatingState:
    """Whether managers are rated by phone on a day; both days of the rating belong to it.

    >>> january = RatingDays(year=2025, opens=date(2026, 1, 5), closes=date(2026, 1, 20))
    >>> [str(state_of_rating(january, submitted=False, on=date(2026, 1, day))) for day in (4, 5, 20, 21)]
    ['early', 'open', 'open', 'over']
    """
    if submitted:
        return RatingState.SUBMITTED
    if days is None:
        return RatingState.NONE
    if on < days.opens:
        return RatingState.EARLY
    return RatingState.OPEN if on <= days.closes else RatingState.OVER


def faults_of_rating(days: RatingDays | None, *, year: int, submitted: bool, on: date) -> tuple[Problem, ...]:
    """Why no ballot is taken by phone on a day."""
    state = state_of_rating(days, submitted=submitted, on=on)
    if state is RatingState.SUBMITTED:
        return (scores_must_not_be_submitted.at(year=year),)
    if days is None:
        return (rating_must_be_open.at(year=year),)
    if state is RatingState.EARLY:
        return (rating_must_have_begun.at(opens=days.opens.isoformat()),)
    if state is RatingState.OVER:
        return (rating_must_not_be_over.at(closes=days.closes.isoformat()),)
    return ()


def may_rate(facts: ScoringFacts, *, rater: str, manager: str) -> bool:
    """Whether a member of the year may rate a manager: he is neither himself nor of his household."""
    return _was_member(facts.members[rater], year=facts.year) and not rates_his_own(
        facts.members, rater=rater, manager=manager
    )


def _faults_of_ballot(
    ballot: GivenBallot,
    facts: ScoringFacts,
    *,
    maxima: Sequence[Hundredths],
    points: Callable[[Hundredths], str],
    at: str,
) -> Iterable[Problem]:
    if ballot.manager not in facts.managers:
        yield manager_must_be_named.at(f"{at}/manager", member=ballot.manager or "—", year=facts.year)
    if ballot.rater not in facts.members:
        yield rater_must_be_a_member.at(f"{at}/rater", member=ballot.rater or "—")
    elif not _was_member(facts.members[ballot.rater], year=facts.year):
        yield rater_must_be_of_the_year.at(f"{at}/rater", member=ballot.rater, year=facts.year)
    elif rates_his_own(facts.members, rater=ballot.rater, manager=ballot.manager):
        yield nobody_rates_his_own.at(f"{at}/rater", rater=ballot.rater, manager=ballot.manager)
    for dimension, (given, maximum) in enumerate(zip(in_order(ballot.points), maxima, strict=True)):
        if not 0 <= given <= maximum:
            yield points_must_be_within_the_maximum.at(
                f"{at}/points/{DIMENSIONS[dimension]}",
                rater=ballot.rater or "—",
                manager=ballot.manager or "—",
                points=points(given),
                dimension=f"dimension.{dimension + 1}",
                maximum=points(maximum),
            )


DIMENSIONS = ("survival", "prevention", "service", "attitude", "attendance", "benefit")
"""The fields of ``Points`` in the order of the policy's maxima."""


def _was_member(member: Member, *, year: int) -> bool:
    return is_of_record(member, on=year_end(year)) or (
        member.left_on is not None and member.left_on.year == year
    )


def sealed(ballots: Sequence[Ballot], way: BallotWay, *, salt: str, by: PersonId) -> str:
    """What the log seals of ballots that came in together: with their points, how and by whom. Without ``salt``, which lies
    beside the ballots, the few that are possible could be tried until one fits."""
    return seal.digest_of((salt, way, by, tuple(ballots)))
