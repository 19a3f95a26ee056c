"""Scores and commissions by the rule book's own figures (RULES §6), and ballots as they come from paper."""

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from coop.scoring import rules as scoring
from coop.scoring.rules import ScoringFacts, faults_of_ballots, faults_of_change, faults_of_managers
from ledger.money import yuan
from payouts import commission
from payouts.policies.rules import DEFAULT_MAXIMA, default_policy
from payouts.scores import rules as sheets
from schemas.members import Member, MemberKind
from schemas.policies import Below60, CharterPolicy, CommissionMode
from schemas.problems import Refusal
from schemas.runs import CommissionInputs, Commissions, RatedBallot, RatedManager
from schemas.scores import (
    Ballot,
    Manager,
    ManagerChange,
    Points,
    Rater,
    RaterKind,
    RatingDays,
    RatingState,
)
from tests.builders import codes, refused

WORKED = {"A": (1_500_000, 9_200), "B": (900_000, 8_500), "C": (600_000, 5_800)}
"""E 15 000, 9 000, 6 000 with scores 92, 85, 58: the rule book's example, in fen and hundredths."""


def points_of(score: int) -> tuple[int, ...]:
    """Points of the six dimensions that come to this score, each within its maximum."""
    points = []
    for maximum in DEFAULT_MAXIMA:
        points.append(min(score, maximum))
        score -= points[-1]
    assert score == 0
    return tuple(points)


def rated(
    member: str, base: int | None, *, party: Sequence[int] = (), villagers: Sequence[int] = ()
) -> RatedManager:
    """A manager with ballots that come to these scores."""
    ballots = [(RaterKind.PARTY, score) for score in party]
    ballots += [(RaterKind.VILLAGER, score) for score in villagers]
    return RatedManager(
        member=member,
        village="450000101200",
        household=f"H{member}",
        base=base,
        replaced=0,
        ballots=tuple(
            RatedBallot(rater=f"R{index}", kind=kind, points=points_of(score))
            for index, (kind, score) in enumerate(ballots)
        ),
    )


def inputs(*managers: RatedManager, **changed: object) -> CommissionInputs:
    """Inputs of a run under a policy whose rate is the whole base and that asks for one ballot."""
    policy: CharterPolicy = replace(
        default_policy(2025), **({"commission_bp": 10_000, "least_ballots": 1} | changed)
    )
    return CommissionInputs(book="qingshui", year=2025, policy=policy, policy_version=1, managers=managers)


def worked(**changed: object) -> Commissions:
    """The rule book's example under a policy."""
    managers = [rated(name, base, party=[score]) for name, (base, score) in WORKED.items()]
    return commission.worked_out(inputs(*managers, **changed))


@pytest.mark.parametrize(
    ("mode", "below", "paid", "stays"),
    [
        ("own_score", "kept", {"A": "13800.00", "B": "7650.00", "C": "3480.00"}, "5070.00"),
        ("own_score", "lost", {"A": "13800.00", "B": "7650.00", "C": "0.00"}, "8550.00"),
        ("score_share", "kept", {"A": "11744.68", "B": "10851.06", "C": "7404.26"}, "0.00"),
        ("score_share", "lost", {"A": "15593.22", "B": "14406.78", "C": "0.00"}, "0.00"),
        ("weighted", "kept", {"A": "16606.50", "B": "9205.78", "C": "4187.72"}, "0.00"),
        ("weighted", "lost", {"A": "19300.70", "B": "10699.30", "C": "0.00"}, "0.00"),
    ],
)
def test_the_three_readings_by_hand(mode: str, below: str, paid: Mapping[str, str], stays: str) -> None:
    """weighted: 3 000 000 fen by 1 380 : 765 : 348 of 2 493, remainders 2 043, 1 539, 1 404, two fen left over."""
    result = worked(commission_mode=CommissionMode(mode), below_60=Below60(below))
    assert {one.member: yuan(one.paid) for one in result.managers} == paid
    assert (yuan(result.due), yuan(result.stays)) == ("30000.00", stays)
    assert [one.score.published for one in result.managers] == [9_200, 8_500, 5_800]


@pytest.mark.parametrize(
    ("party", "villagers", "exact", "published"),
    [
        ([9_000], [8_000], "85", 8_500),
        ([9_000], [], "90", 9_000),
        ([], [8_000, 8_100], "161/2", 8_050),
        ([9_000, 9_001, 9_001], [8_000], "25501/300", 8_500),
    ],
)
def test_a_score_is_weighted_exactly_and_rounded_once(
    party: list[int], villagers: list[int], exact: str, published: int
) -> None:
    score = commission.score_of(
        rated("A", None, party=party, villagers=villagers), policy=default_policy(2025)
    )
    assert (str(score.exact), score.published) == (exact, published)


@pytest.mark.parametrize(
    ("scores", "published", "keeps", "paid"),
    [
        ([6_000], 6_000, True, "60.00"),
        ([5_999], 5_999, False, "0.00"),
        ([5_999, 6_000], 6_000, True, "60.00"),
        ([5_999, 5_999, 6_000], 5_999, False, "0.00"),
    ],
)
def test_exactly_sixty_keeps_and_the_published_score_decides(
    scores: list[int], published: int, keeps: bool, paid: str
) -> None:
    """59.995 is published as 60.00, and what is published counts."""
    result = commission.worked_out(inputs(rated("A", 10_000, party=scores), below_60=Below60.LOST))
    (one,) = result.managers
    assert (one.score.published, one.score.keeps_bonus, yuan(one.paid)) == (published, keeps, paid)


@given(
    st.lists(st.integers(0, 10_000), max_size=7),
    st.lists(st.integers(0, 10_000), max_size=7),
    st.integers(0, 10_000),
)
def test_scores_are_what_slow_fractions_say(party: list[int], villagers: list[int], weight: int) -> None:
    if not party and not villagers:
        return
    policy = replace(default_policy(2025), party_weight_bp=weight)
    score = commission.score_of(rated("A", None, party=party, villagers=villagers), policy=policy)
    means = [Fraction(sum(one), len(one) * 100) for one in (party, villagers) if one]
    share = Fraction(weight, 10_000)
    slow = means[0] if len(means) == 1 else share * means[0] + (1 - share) * means[1]
    assert Fraction(score.exact.numerator, score.exact.denominator) == slow
    assert score.published == (slow * 100 + Fraction(1, 2)).__floor__()
    assert sum(Fraction(one.numerator, one.denominator) for one in score.dimensions) == slow


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10_000)), min_size=1, max_size=8),
    st.sampled_from(list(CommissionMode)),
    st.sampled_from(list(Below60)),
)
def test_commissions_are_what_slow_fractions_say(
    rows: list[tuple[int, int]], mode: CommissionMode, below: Below60
) -> None:
    managers = [rated(f"M{index}", base, party=[score]) for index, (base, score) in enumerate(rows)]
    result = commission.worked_out(inputs(*managers, commission_mode=mode, below_60=below))
    counts = [score if below is Below60.KEPT or score >= 6_000 else 0 for _, score in rows]
    paid = [one.paid for one in result.managers]
    if mode is CommissionMode.OWN_SCORE:
        slow = [Fraction(base * score, 10_000) for (base, _), score in zip(rows, counts, strict=True)]
        assert paid == [(one + Fraction(1, 2)).__floor__() for one in slow]
        return
    weights = [
        score * (base if mode is CommissionMode.WEIGHTED else 1)
        for (base, _), score in zip(rows, counts, strict=True)
    ]
    pool = sum(base for base, _ in rows)
    if not sum(weights):
        assert paid == [0] * len(rows)
        return
    assert sum(paid) == pool
    for amount, weight in zip(paid, weights, strict=True):
        assert abs(amount - Fraction(pool * weight, sum(weights))) < 1
        assert weight or not amount


def test_no_manager_and_too_few_ballots_stop_a_run_and_say_so() -> None:
    with pytest.raises(Refusal) as nobody:
        commission.worked_out(inputs())
    assert refused(nobody.value) == ["managers_must_be_there"]
    with pytest.raises(Refusal) as few:
        commission.worked_out(inputs(rated("A", 1, party=[6_000] * 4), least_ballots=5))
    assert refused(few.value) == ["score_needs_ballots"]


# The score page


def test_the_page_has_means_weights_and_ranks() -> None:
    sheet = sheets.sheet(
        inputs(
            rated("A", 1_000, party=[9_000, 9_000], villagers=[8_000, 8_100]),
            rated("B", 1_000, villagers=[8_525]),
            rated("C", None, party=[5_800]),
            party_weight_bp=5_000,
        ),
        approved=True,
        rating=RatingState.NONE,
    )  # fmt: skip
    first, second, third = sheet.managers
    assert [str(one) for one in first.villagers.means] == ["25", "15", "10", "10", "15", "11/2"]
    assert (first.party.weight_bp, first.villagers.weight_bp) == (5_000, 5_000)
    assert (second.party.weight_bp, second.villagers.weight_bp, second.party.means) == (0, 10_000, ())
    assert [(one.published, one.rank, one.keeps_bonus) for one in sheet.managers] == [
        (8_525, 1, True),
        (8_525, 1, True),
        (5_800, 3, False),
    ]
    assert (third.base, third.due, third.paid) == (None, 0, 0)
    assert sheet.problems == ()


def test_the_page_shows_what_there_is_when_ballots_are_missing() -> None:
    sheet = sheets.sheet(
        inputs(rated("A", 1_000, party=[9_000, 9_000]), rated("B", 1_000, party=[8_000]), least_ballots=2),
        approved=False,
        rating=RatingState.OVER,
    )
    assert [(one.published, one.rank, one.due) for one in sheet.managers] == [
        (9_000, 1, None),
        (None, None, None),
    ]
    assert [str(one) for one in sheet.managers[0].party.means] == ["25", "15", "10", "10", "15", "15"]
    assert sheet.managers[1].party.means == (), "the mean of one ballot is that ballot"
    assert (codes(sheet.problems), sheet.paid) == (["score_needs_ballots"], None)


def test_a_manager_whose_number_begins_like_anothers_keeps_his_score() -> None:
    sheet = sheets.sheet(
        inputs(rated("M1", 0, party=[9_000]), rated("M10", 0, party=[9_000] * 2), least_ballots=2),
        approved=True,
        rating=RatingState.NONE,
    )
    assert [one.published for one in sheet.managers] == [None, 9_000]


# Managers and ballots as they are entered


def a_member(number: str, household: str, *, left: date | None = None, joined: int = 2020) -> Member:
    """Somebody in the register."""
    return Member(
        number=number,
        household=household,
        name=number,
        kind=MemberKind.HOUSEHOLD,
        identity="",
        phone="",
        bank="",
        bank_account="",
        account_kind=None,
        joined_on=date(joined, 1, 8),
        left_on=left,
        poverty_exit=None,
        note="",
        version=1,
    )


FACTS = ScoringFacts(
    year=2025,
    members={
        "M0001": a_member("M0001", "H1"),
        "M0002": a_member("M0002", "H2"),
        "M0003": a_member("M0003", "H1"),
        "M0004": a_member("M0004", "", left=date(2024, 12, 31)),
        "M0005": a_member("M0005", "", left=date(2025, 6, 30)),
        "M0006": a_member("M0006", "H6", joined=2026),
    },
    managers=frozenset({"M0001"}),
    named=frozenset({"M0001", "M0005"}),
    ballots={"M0001": 3},
    villages=frozenset({"450000101200"}),
)


def manager(member: str, village: str = "450000101200") -> Manager:
    """Somebody named for 2025."""
    return Manager(year=2025, member=member, village=village)


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ([manager("M0002")], []),
        ([manager("M0009")], ["manager_must_be_a_member"]),
        ([manager("M0004")], ["manager_must_be_of_the_year"]),
        ([manager("M0006")], ["manager_must_be_of_the_year"]),
        ([manager("M0001")], ["manager_must_be_named_once"]),
        ([manager("M0005")], ["manager_must_be_named_once"]),
        ([manager("M0002"), manager("M0002")], ["manager_must_be_named_once"] * 2),
        ([manager("M0002", "450000101299")], ["village_must_be_known"]),
    ],
)
def test_each_fault_of_a_naming(new: list[Manager], fault: list[str]) -> None:
    assert codes(faults_of_managers(new, FACTS)) == fault


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("M0001", "450000101200", "调村"), []),
        (("M0005", None, "录错"), []),
        (("M0002", None, "录错"), ["manager_must_be_named"]),
        (("M0001", None, "录错"), ["manager_must_not_be_rated"]),
        (("M0005", "45", "调村"), ["village_must_be_known"]),
        (("M0005", None, " "), ["manager_change_needs_a_reason"]),
    ],
)
def test_each_fault_of_a_change(change: tuple[str, str | None, str], fault: list[str]) -> None:
    member, village, reason = change
    given = ManagerChange(member=member, village=village, reason=reason)
    assert codes(faults_of_change(given, FACTS)) == fault


def ballot(rater: str, *, manager: str = "M0001", benefit: int = 2_500, year: int = 2025) -> Ballot:
    """A ballot with every other dimension full."""
    return Ballot(
        year=year,
        manager=manager,
        rater=rater,
        rater_kind=RaterKind.PARTY,
        points=Points(
            survival=2_500,
            prevention=1_500,
            service=1_000,
            attitude=1_000,
            attendance=1_500,
            benefit=benefit,
        ),
    )


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        ([ballot("M0002")], []),
        ([ballot("M0002"), ballot("M0002", benefit=0)], []),
        ([], ["ballots_must_be_there"]),
        ([ballot("M0002")] * 2_001, ["ballots_must_not_be_so_many"]),
        ([ballot("M0002"), ballot("M0002", year=2024)], ["ballots_must_be_of_one_year"]),
        ([ballot("M0002", manager="M0005")], ["manager_must_be_named"]),
        ([ballot("M0009")], ["rater_must_be_a_member"]),
        ([ballot("M0004")], ["rater_must_be_of_the_year"]),
        ([ballot("M0006")], ["rater_must_be_of_the_year"]),
        ([ballot("M0001")], ["nobody_rates_his_own"]),
        ([ballot("M0003")], ["nobody_rates_his_own"]),
        ([ballot("M0002", benefit=2_501)], ["points_must_be_within_the_maximum"]),
        ([ballot("M0002", benefit=-1)], ["points_must_be_within_the_maximum"]),
        (
            [ballot("M0009", benefit=2_501), ballot("M0001")],
            ["rater_must_be_a_member", "points_must_be_within_the_maximum", "nobody_rates_his_own"],
        ),
    ],
)
def test_each_fault_of_ballots(new: list[Ballot], fault: list[str]) -> None:
    assert codes(faults_of_ballots(new, FACTS, maxima=DEFAULT_MAXIMA, points=yuan)) == fault


def test_units_without_a_household_are_not_of_one_household() -> None:
    members = FACTS.members
    assert not scoring.rates_his_own(members, rater="M0004", manager="M0005")
    assert scoring.rates_his_own(members, rater="M0003", manager="M0001")


# Who voted what is told by nothing


def test_means_that_would_tell_a_ballot_are_left_out() -> None:
    """Of one party ballot and two of villagers the score less the villagers' means is the party member's ballot."""
    given = inputs(
        rated("A", 1_000, party=[9_000], villagers=[8_000, 8_100]),
        rated("B", 1_000, party=[9_000, 8_000], villagers=[8_000, 8_100]),
    )
    first, second = sheets.sheet(given, approved=True, rating=RatingState.OVER).managers
    assert (first.party.means, first.villagers.means, first.party.ballots) == ((), (), 1)
    assert first.published == 8_525
    assert [len(one.means) for one in (second.party, second.villagers)] == [6, 6]


def test_while_managers_are_rated_ballots_are_only_counted() -> None:
    given = inputs(rated("A", 1_000, party=[9_000] * 3, villagers=[8_000] * 3))
    sheet = sheets.sheet(given, approved=True, rating=RatingState.OPEN)
    (one,) = sheet.managers
    assert (one.party.ballots, one.villagers.ballots) == (3, 3)
    assert (one.party.means, one.villagers.means, one.dimensions, one.exact) == ((), (), None, None)
    assert (one.published, one.rank, one.keeps_bonus, one.due, one.paid, sheet.paid) == (None,) * 6


def test_what_keeps_a_score_from_being_published_names_no_rater() -> None:
    above = replace(rated("A", 1_000, party=[9_000] * 2), own_ballots=("SECRET",), household="H-SECRET")
    ballots = tuple(replace(one, rater="SECRET", points=(2_501, 0, 0, 0, 0, 0)) for one in above.ballots)
    found = list(commission.faults_in(inputs(replace(above, ballots=ballots), least_ballots=3)))
    assert codes(found) == [
        "own_ballots_must_not_count",
        "ballots_must_be_within_the_maximum",
        "score_needs_ballots",
    ]
    assert "SECRET" not in str(found)


# The order of ballots, and groups


RATERS = [f"R{number}" for number in range(6)]


def cast(rater: str, points: int, *, party: bool) -> Ballot:
    """A ballot on A that gives the benefit so many points and nothing else."""
    return Ballot(
        year=2025,
        manager="A",
        rater=rater,
        rater_kind=RaterKind.PARTY if party else RaterKind.VILLAGER,
        points=Points(survival=0, prevention=0, service=0, attitude=0, attendance=0, benefit=points),
    )


def rated_by(ballots: Sequence[Ballot]) -> CommissionInputs:
    """What a run of these ballots on one manager follows from."""
    members = {number: a_member(number, f"H{number}") for number in ("A", *RATERS)}
    return commission.inputs(
        book="qingshui",
        policy=default_policy(2025),
        policy_version=1,
        managers=[manager("A")],
        ballots=ballots,
        members=members,
    )


@given(
    st.lists(st.tuples(st.sampled_from(RATERS), st.integers(0, 2_500)), min_size=1, max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_of_ballots_matters_for_replacement_alone(
    drawn: list[tuple[str, int]], random: Random
) -> None:
    """However the raters' ballots are mixed, as long as each rater's own keep their order, the same comes out."""
    ballots = [cast(rater, points, party=rater < "R3") for rater, points in drawn]
    order = [rater for rater, _ in drawn]
    random.shuffle(order)
    own = {rater: iter([one for one in ballots if one.rater == rater]) for rater in RATERS}
    mixed = [next(own[rater]) for rater in order]
    (one,), (other,) = rated_by(ballots).managers, rated_by(mixed).managers
    assert one == other
    last = dict(drawn)
    assert {b.rater: b.points[5] for b in one.ballots} == last
    assert one.replaced == len(drawn) - len(last)


@given(st.lists(st.integers(0, 2_500), min_size=1, max_size=6), st.booleans(), st.integers(0, 10_000))
def test_a_group_without_ballots_hands_over_its_weight(points: list[int], party: bool, weight: int) -> None:
    ballots = [cast(rater, one, party=party) for rater, one in zip(RATERS, points, strict=False)]
    (only,) = rated_by(ballots).managers
    score = commission.score_of(only, policy=replace(default_policy(2025), party_weight_bp=weight))
    assert Fraction(score.exact.numerator, score.exact.denominator) == Fraction(
        sum(points), len(points) * 100
    )


# Who rates, and when


@pytest.mark.parametrize(
    ("new", "fault"),
    [
        (["M0002", "M0005"], []),
        ([], ["raters_must_be_there"]),
        (["M0009"], ["rater_must_be_a_member"]),
        (["M0004"], ["rater_must_be_of_the_year"]),
        (["M0002", "M0002"], ["rater_must_be_named_once"] * 2),
    ],
)
def test_each_fault_of_the_roll(new: list[str], fault: list[str]) -> None:
    raters = [Rater(member=one, kind=RaterKind.PARTY) for one in new]
    assert codes(scoring.faults_of_raters(raters, FACTS)) == fault


JANUARY = RatingDays(year=2025, opens=date(2026, 1, 5), closes=date(2026, 1, 20))


@pytest.mark.parametrize(
    ("days", "submitted", "day", "state", "fault"),
    [
        (None, False, 5, "none", ["rating_must_be_open"]),
        (JANUARY, False, 4, "early", ["rating_must_have_begun"]),
        (JANUARY, False, 5, "open", []),
        (JANUARY, False, 20, "open", []),
        (JANUARY, False, 21, "over", ["rating_must_not_be_over"]),
        (JANUARY, True, 10, "submitted", ["scores_must_not_be_submitted"]),
        (None, True, 10, "submitted", ["scores_must_not_be_submitted"]),
    ],
)
def test_when_ballots_are_taken_by_phone(
    days: RatingDays | None, submitted: bool, day: int, state: str, fault: list[str]
) -> None:
    on = date(2026, 1, day)
    assert scoring.state_of_rating(days, submitted=submitted, on=on) == state
    assert codes(scoring.faults_of_rating(days, year=2025, submitted=submitted, on=on)) == fault


def test_a_rating_does_not_close_before_it_opens() -> None:
    assert codes(scoring.faults_of_days(JANUARY)) == []
    wrong = replace(JANUARY, closes=date(2026, 1, 4))
    assert codes(scoring.faults_of_days(wrong)) == ["rating_days_must_be_in_order"]
