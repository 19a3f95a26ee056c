"""What a township's bonus policy and reward schemes are refused for before anybody is asked to approve them."""

from typing import Any

import pytest
from msgspec.structs import replace

from ledger.money import fen_from_yuan as fen
from payouts.candidates.rules import faults_of_order, faults_of_sheet, made_of
from payouts.township_policies.rules import BonusFacts, default_bonus, faults_of_bonus, faults_of_reward
from payouts.township_policies.schemes import template, templates
from schemas.policies import BonusMode, BonusPolicy, LevelMoney, TieKey, Unpaid
from schemas.rewards import (
    Amount,
    Bound,
    ByFigures,
    ByMark,
    ByPlace,
    ByProportion,
    Candidate,
    Coefficient,
    NewSheet,
    Rate,
    RewardClass,
    RewardPolicy,
    Scheme,
    ScorePart,
)
from schemas.runs import Fraction

TOWNSHIP = "450000101"
TEN = BonusFacts(villages=10, people=5)
SPLIT = LevelMoney(mode=BonusMode.SPLIT, tiers=(0, 0, 0))


def bonus(**changed: Any) -> BonusPolicy:
    """Ten villages, 120 000 and 1.2, 1.0, 0.8, but for what is changed."""
    return replace(default_bonus(2025), **({"pool": fen("120000.00")} | changed))


def tariff(*amounts: str, unpaid: Unpaid = Unpaid.STAYS) -> LevelMoney:
    return LevelMoney(mode=BonusMode.TARIFF, tiers=tuple(map(fen, amounts)), unpaid=unpaid)


def coefficients(*tiers: int) -> LevelMoney:
    return LevelMoney(mode=BonusMode.COEFFICIENTS, tiers=tiers)


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (bonus(), []),
        (bonus(over_villages=tariff("15000.00", "12000.00", "9000.00")), []),
        (bonus(over_villages=tariff("15000.00", "12000.00", "9000.01")), ["/over_villages/tiers tariff_must_fit_the_pool"]),
        (bonus(pool=None), ["/pool bonus_must_have_a_pool"]),
        (bonus(over_people=None), ["/over_people bonus_must_have_both_levels"]),
        (bonus(over_villages=SPLIT), ["/over_villages/mode money_must_not_be_split_like_heads"]),
        (bonus(over_people=SPLIT), ["/over_people/mode money_must_not_be_split_like_heads"]),
        (bonus(over_people=coefficients(80, 100, 120)), ["/over_people/tiers higher_tier_must_not_get_less"]),
        (bonus(over_people=coefficients(0, 0, 0)), ["/over_people/tiers coefficients_must_not_all_be_nought"]),
        (
            bonus(over_people=tariff("3.00", "2.00", "1.00", unpaid=Unpaid.RESHARED)),
            ["/over_people/unpaid resharing_needs_coefficients"],
        ),
        (bonus(ties=(TieKey.BENEFIT, TieKey.BENEFIT)), ["/ties ties_must_differ"]),
        (bonus(resolution="决" * 81), ["/resolution resolution_must_be_short"]),
    ],
)  # fmt: skip
def test_what_a_bonus_policy_is_refused_for(policy: BonusPolicy, expected: list[str]) -> None:
    found = faults_of_bonus(policy, TEN, township=TOWNSHIP)
    assert [f"{one.pointer} {one.code}" for one in found] == expected


def test_heads_and_money_both_at_3_4_3_are_refused_with_what_would_come_of_it_here() -> None:
    policy = replace(bonus(), pool=fen("60000.00"), over_villages=SPLIT)
    (problem,) = faults_of_bonus(policy, BonusFacts(villages=5, people=0), township=TOWNSHIP)
    assert problem.figures["pool"] == "60000.00"
    assert problem.figures["heads"] == "5"
    assert problem.figures["amounts"] == "9000.00, 12000.00, 18000.00"


def one_class(takes: Any, pays: Any = Amount(amount=100), name: str = "一档") -> RewardClass:
    return RewardClass(name=name, takes=takes, pays=pays)


def scheme(*classes: RewardClass, **more: Any) -> Scheme:
    return Scheme(name="方案", classes=classes, **more)


TOP = one_class(ByPlace(first=1, last=3))


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        (scheme(), ["/scheme/classes scheme_must_pay_something"]),
        (scheme(rates=(Rate(figure="错填", each=-100),)), []),
        (scheme(TOP, one_class(ByPlace(first=-3, last=-1))), ["/scheme/classes/1/name name_must_be_there_once"]),
        (scheme(one_class(ByPlace(first=0, last=3))), ["/scheme/classes/0/takes places_must_be_in_order"]),
        (scheme(one_class(ByPlace(first=1, last=-1))), ["/scheme/classes/0/takes places_must_be_in_order"]),
        (scheme(one_class(ByPlace(first=-1, last=-3))), ["/scheme/classes/0/takes places_must_be_in_order"]),
        (scheme(one_class(ByFigures(bounds=(Bound(figure="月数"),)))), ["/scheme/classes/0/takes bound_must_bind"]),
        (
            scheme(one_class(ByFigures(bounds=(Bound(figure="月数", at_least=700, at_most=600),)))),
            ["/scheme/classes/0/takes bound_must_bind"],
        ),
        (
            scheme(one_class(ByMark(marks=("优秀",))), one_class(ByMark(marks=("优秀",)), name="二档")),
            ["/scheme/classes/1/takes mark_must_fit_one_class"],
        ),
        (
            scheme(TOP, score=(ScorePart(name="平时", weight_bp=3_000), ScorePart(name="年终", weight_bp=6_999))),
            ["/scheme/score score_parts_must_be_whole"],
        ),
        (scheme(TOP, bounds=(200, 100)), ["/scheme/bounds bounds_must_rise", "/scheme/classes/0 amount_must_be_within_the_bounds"]),
        (scheme(TOP, bounds=(101, 200)), ["/scheme/classes/0 amount_must_be_within_the_bounds"]),
        (scheme(one_class(ByProportion(part=3), Coefficient(coefficient=120))), ["/pool pool_must_be_named"]),
    ],
)  # fmt: skip
def test_what_a_reward_scheme_is_refused_for(of: Scheme, expected: list[str]) -> None:
    found = faults_of_reward(RewardPolicy(year=2025, scheme=of))
    assert [f"{one.pointer} {one.code}" for one in found] == expected


@pytest.mark.parametrize("id", templates())
def test_every_countys_scheme_can_be_recorded_as_it_is(id: str) -> None:
    assert faults_of_reward(RewardPolicy(year=2025, scheme=template(id).scheme)) == ()


# Sheets


FLAGS, RECORDS, POSTS = (template(id).scheme for id in ("tianlin-flags", "tianlin-records", "longzhou"))
SCORED = template("rongan").scheme


@pytest.mark.parametrize(
    ("of", "candidates", "expected"),
    [
        (SCORED, [Candidate(who="甲", score=9000), Candidate(who="乙", score=8000)], []),
        (SCORED, [], ["/candidates candidates_must_be_there"]),
        (SCORED, [Candidate(who=" ")], ["/candidates/0/who candidate_must_have_a_name"]),
        (SCORED, [Candidate(who="甲"), Candidate(who="甲")], ["/candidates/1/who candidate_must_be_there_once"]),
        (SCORED, [Candidate(who="甲", points={"平时": 1})], ["/candidates/0/points/平时 point_must_be_of_the_scheme"]),
        (SCORED, [Candidate(who="甲", entitled=-1)], ["/candidates/0/entitled entitled_must_not_be_below_zero"]),
        (
            SCORED,
            [Candidate(who="甲", ties=(Fraction(numerator=1, denominator=0),))],
            ["/candidates/0/ties tie_key_must_be_a_number"],
        ),
        (
            SCORED,
            [Candidate(who="甲"), Candidate(who="乙", ties=(Fraction(numerator=1, denominator=2),))],
            ["/candidates/1/ties tie_keys_must_be_as_many"],
        ),
        (POSTS, [Candidate(who="甲", mark="委员"), Candidate(who="乙")], []),
        (POSTS, [Candidate(who="甲", mark="委 员")], ["/candidates/0/mark mark_must_be_of_the_scheme"]),
        (FLAGS, [Candidate(who="甲", points={"平时": 9000})], ["/candidates/0/points/年终 score_must_have_its_parts"]),
        (
            FLAGS,
            [Candidate(who="甲", score=1, points={"平时": 9000, "年终": 9000})],
            ["/candidates/0/score score_must_come_from_its_parts"],
        ),
        (
            RECORDS,
            [Candidate(who="甲", figures={"填报": 100, "错填": 0})],
            ["/candidates/0/figures/提供错误 figure_must_be_there"],
        ),
    ],
)  # fmt: skip
def test_what_a_sheet_is_refused_for(of: Scheme, candidates: list[Candidate], expected: list[str]) -> None:
    found = faults_of_sheet(NewSheet(period="2025", candidates=tuple(candidates)), of, year=2025)
    assert [f"{one.pointer} {one.code}" for one in found] == expected


def test_a_sheet_is_of_the_schemes_year() -> None:
    sheet = NewSheet(period="2024-12", candidates=(Candidate(who="甲"),))
    assert [one.code for one in faults_of_sheet(sheet, SCORED, year=2025)] == ["period_must_be_of_the_year"]


# Orders

TIED = (*(Candidate(who=who, score=9000) for who in "甲乙丙"), Candidate(who="丁", score=1))
TOP_TWO = scheme(one_class(ByPlace(first=1, last=2)))


@pytest.mark.parametrize(
    ("who", "resolution", "expected"),
    [
        ("丙乙甲", "镇党委〔2026〕5号", []),
        ("丙乙", "镇党委〔2026〕5号", ["order_must_be_of_a_tie"]),
        ("丙乙甲丁", "镇党委〔2026〕5号", ["order_must_be_of_a_tie"]),
        ("丙丙乙甲", "镇党委〔2026〕5号", ["order_must_be_of_a_tie"]),
        ("丙乙甲", "", ["order_needs_a_resolution"]),
        ("丙乙甲", "决" * 81, ["resolution_must_be_short"]),
    ],
)
def test_what_an_order_is_refused_for(who: str, resolution: str, expected: list[str]) -> None:
    found = faults_of_order(tuple(who), [("甲", "乙", "丙")], resolution=resolution)
    assert [one.code for one in found] == expected


@pytest.mark.parametrize(
    ("orders", "first_two"),
    [
        ([], None),
        (["丙乙甲"], "丙乙"),
        (["丙乙甲", "乙甲丙"], "乙甲"),  # the last resolution
        (["丙乙"], None),  # an order of two does not put three in order
    ],
)
def test_an_order_counts_for_just_those_it_names(orders: list[str], first_two: str | None) -> None:
    made, ties, problems = made_of(TOP_TWO, TIED, pool=None, orders=[tuple(one) for one in orders])
    if first_two is None:
        assert made is None
        assert [set(tie) for tie in ties] == [{"甲", "乙", "丙"}]
        assert [one.code for one in problems] == ["tie_must_be_resolved"]
    else:
        assert made is not None
        assert ties == ()
        assert "".join(one.who for one in made.rewards if one.class_no) == first_two
