"""One engine for every reward scheme (RULES §7): tiers 3:4:3, and the other counties' schemes with their own numbers."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledger.money import fen_from_yuan as fen
from payouts.rewards import heads, worked_out
from payouts.township_policies.schemes import template
from schemas.policies import Unpaid
from schemas.problems import Refusal
from schemas.rewards import (
    Amount,
    ByPlace,
    ByProportion,
    Candidate,
    Coefficient,
    PoolPart,
    Rate,
    RewardClass,
    Rewards,
    Scheme,
)
from schemas.runs import Fraction

HEADS = [
    (1, (0, 1, 0)),
    (2, (1, 1, 0)),
    (3, (1, 1, 1)),
    (4, (1, 2, 1)),
    (5, (2, 2, 1)),
    (6, (2, 2, 2)),
    (7, (2, 3, 2)),
    (8, (3, 3, 2)),
    (9, (3, 3, 3)),
    (10, (3, 4, 3)),
]


@pytest.mark.parametrize(("number", "expected"), HEADS)
def test_how_many_are_in_each_tier(number: int, expected: tuple[int, ...]) -> None:
    assert heads(number, (3, 4, 3)) == expected


def tiers(
    *pays: Coefficient | Amount | PoolPart, unpaid: Unpaid = Unpaid.STAYS, parts: tuple[int, ...] = (3, 4, 3)
) -> Scheme:
    return Scheme(
        name="3:4:3",
        classes=tuple(
            RewardClass(name=f"tier {no}", takes=ByProportion(part=part), pays=one)
            for no, (part, one) in enumerate(zip(parts, pays, strict=True), 1)
        ),
        unpaid=unpaid,
    )


BY_COEFFICIENT = tiers(*(Coefficient(coefficient=one) for one in (120, 100, 80)))


def ranked(number: int) -> list[Candidate]:
    """So many candidates, A the best."""
    return [Candidate(who=chr(ord("A") + no), score=9900 - no) for no in range(number)]


def paid(made: Rewards) -> list[int]:
    return [one.paid for one in made.rewards]


def code(refused: pytest.ExceptionInfo[Refusal]) -> list[str]:
    return [one.code for one in refused.value.problems]


@pytest.mark.parametrize(
    ("number", "pool", "expected"),
    [
        (10, "120000.00", ["14400.00"] * 3 + ["12000.00"] * 4 + ["9600.00"] * 3),
        (5, "20000.00", ["4615.39", "4615.39", "3846.15", "3846.15", "3076.92"]),
        (1, "1000.00", ["1000.00"]),
        (2, "0.00", ["0.00", "0.00"]),
    ],
)
def test_a_pool_by_coefficients(number: int, pool: str, expected: list[str]) -> None:
    made = worked_out(BY_COEFFICIENT, ranked(number), pool=fen(pool))
    assert paid(made) == [fen(one) for one in expected]
    assert made.stays == 0


@pytest.mark.parametrize(
    ("number", "pool", "stays"),
    [(10, "120000.00", "0.00"), (9, "120000.00", "12000.00"), (0, "10.00", "10.00")],
)
def test_a_tariff_may_pay_less_than_the_pool(number: int, pool: str, stays: str) -> None:
    by_tariff = tiers(*(Amount(amount=fen(one)) for one in ("15000.00", "12000.00", "9000.00")))
    assert worked_out(by_tariff, ranked(number), pool=fen(pool)).stays == fen(stays)


def test_and_never_more() -> None:
    by_tariff = tiers(*(Amount(amount=fen(one)) for one in ("15000.00", "12000.00", "9000.01")))
    with pytest.raises(Refusal) as refused:
        worked_out(by_tariff, ranked(10), pool=fen("120000.00"))
    assert code(refused) == ["tariff_must_fit_the_pool"]
    assert refused.value.problems[0].figures == {"tariff": "120000.03", "pool": "120000.00"}


def test_heads_and_money_both_at_3_4_3_are_refused_with_what_would_come_of_it() -> None:
    split = tiers(*(PoolPart(part=part) for part in (3, 4, 3)))
    with pytest.raises(Refusal) as refused:
        worked_out(split, ranked(5), pool=fen("60000.00"))
    assert code(refused) == ["money_must_not_be_split_like_heads"]
    assert refused.value.problems[0].figures == {
        "parts": "3:4:3",
        "pool": "60000.00",
        "heads": "5",
        "amounts": "9000.00, 12000.00, 18000.00",
    }


# Ties


def tied(*ties: tuple[int, ...]) -> list[Candidate]:
    """Candidates of one score, A first, with their next keys."""
    return [
        Candidate(
            who=chr(ord("A") + no),
            score=8830,
            ties=tuple(Fraction(numerator=key, denominator=3) for key in keys),
        )
        for no, keys in enumerate(ties)
    ]


def order(made: Rewards) -> str:
    return "".join(one.who for one in made.rewards)


@pytest.mark.parametrize(
    ("candidates", "resolved", "expected"),
    [
        (tied((10, 1), (11, 0), (10, 2)), (), "BCA"),  # the next key, then the one after it
        (tied((1,), (1,), (0,)), ("B", "A"), "BAC"),  # equal across the boundary, put in order by the meeting
        (tied((2,), (1,), (1,), (0,)), (), "ABCD"),  # equal inside a tier: no matter
    ],
)
def test_who_is_equal_goes_by_the_next_keys(
    candidates: list[Candidate], resolved: tuple[str, ...], expected: str
) -> None:
    assert order(worked_out(BY_COEFFICIENT, candidates, pool=100, resolved=resolved)) == expected


@pytest.mark.parametrize(
    ("candidates", "resolved", "who"),
    [
        (tied((1,), (1,), (0,)), (), "A、B"),
        (tied((1,), (1,), (1,)), ("B", "A"), "A、B、C"),  # the meeting forgot C
    ],
)
def test_who_is_equal_across_a_boundary_waits_for_a_resolution(
    candidates: list[Candidate], resolved: tuple[str, ...], who: str
) -> None:
    with pytest.raises(Refusal) as refused:
        worked_out(BY_COEFFICIENT, candidates, pool=100, resolved=resolved)
    assert code(refused) == ["tie_must_be_resolved"]
    assert set(refused.value.problems[0].figures["who"].split("、")) == set(who.split("、"))


# Exclusions


@pytest.mark.parametrize(
    ("unpaid", "expected", "stays"),
    [
        (Unpaid.STAYS, ["48.00", "0.00", "40.00", "32.00"], "40.00"),
        (Unpaid.RESHARED, ["64.00", "0.00", "53.33", "42.67"], "0.00"),
    ],
)
def test_who_is_excluded_keeps_the_rank_and_is_paid_nothing(
    unpaid: Unpaid, expected: list[str], stays: str
) -> None:
    scheme = tiers(*(Coefficient(coefficient=one) for one in (120, 100, 80)), unpaid=unpaid)
    candidates = [Candidate(who=one.who, score=one.score, excluded=one.who == "B") for one in ranked(4)]
    made = worked_out(scheme, candidates, pool=fen("160.00"))
    assert paid(made) == [fen(one) for one in expected]
    assert made.stays == fen(stays)
    assert [(one.rank, one.class_no) for one in made.rewards] == [(1, 1), (2, 2), (3, 2), (4, 3)]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        # 160.00 by 1.2 1.0 1.0 0.8: 48.00 40.00 40.00 32.00. B is excluded; his 40.00 go to the others by 1.2 1.0 0.8:
        # 16.00 13.33 10.67. His deduction of 10.00, of all he has, of more, or an addition changes nothing of that.
        ({}, ["64.00", "0.00", "53.33", "42.67"]),
        ({"B": "0.10"}, ["64.00", "0.00", "53.33", "42.67"]),
        ({"B": "0.40"}, ["64.00", "0.00", "53.33", "42.67"]),
        ({"B": "1.00"}, ["64.00", "0.00", "53.33", "42.67"]),
        ({"B": "-0.05"}, ["64.00", "0.00", "53.33", "42.67"]),
        # What others are deducted is theirs alone: C 10.00, D more than he has.
        ({"B": "0.10", "C": "0.10"}, ["64.00", "0.00", "43.33", "42.67"]),
        ({"B": "0.10", "D": "1.00"}, ["64.00", "0.00", "53.33", "-57.33"]),
    ],
)
def test_what_is_reshared_is_the_pools_whole(wrong: dict[str, str], expected: list[str]) -> None:
    scheme = replace(
        tiers(*(Coefficient(coefficient=one) for one in (120, 100, 80)), unpaid=Unpaid.RESHARED),
        rates=(Rate(figure="错", each=-fen("100.00")),),
    )
    candidates = [
        Candidate(
            who=one.who,
            score=one.score,
            excluded=one.who == "B",
            figures={"错": fen(wrong.get(one.who, "0.00"))},
        )
        for one in ranked(4)
    ]
    made = worked_out(scheme, candidates, pool=fen("160.00"))
    assert paid(made) == [fen(one) for one in expected]


# Other counties, with their own numbers (end of RULES §7)

RONGAN = template("rongan").scheme


def test_rongan_pays_the_first_five_of_twenty_and_the_last_three_lose_theirs() -> None:
    villages = [Candidate(who=f"V{no:02}", score=9900 - no, entitled=fen("1000.00")) for no in range(1, 21)]
    made = worked_out(RONGAN, villages)
    assert paid(made) == [
        *(fen(one) for one in ("700.00", "600.00", "500.00", "400.00", "300.00")),
        *[0] * 12,
        *[fen("-1000.00")] * 3,
    ]
    assert made.counts == (1, 1, 1, 1, 1, 3)


@pytest.mark.parametrize("amount", ["299.99", "700.01"])
def test_rongan_keeps_to_its_range(amount: str) -> None:
    scheme = Scheme(
        name="融安",
        classes=(RewardClass(name="第1名", takes=ByPlace(first=1, last=1), pays=Amount(amount=fen(amount))),),
        bounds=RONGAN.bounds,
    )
    with pytest.raises(Refusal) as refused:
        worked_out(scheme, ranked(2))
    assert code(refused) == ["amount_must_be_within_the_bounds"]


TIANLIN_FLAGS = template("tianlin-flags").scheme


def test_tianlin_ranks_by_routine_and_year_end_and_gives_flags() -> None:
    # 30 % of 90, 70 % of 80 to 87, and 7.00 added to the last but one: 83.00 83.70 84.40 85.10 85.80 86.50 94.20 87.90
    townships = [
        Candidate(
            who=name,
            points={"平时": 9000, "年终": 8000 + 100 * no},
            adjustment=700 if name == "G" else 0,
        )
        for no, name in enumerate("ABCDEFGH")
    ]
    made = worked_out(TIANLIN_FLAGS, townships)
    assert [(one.who, one.score, one.class_no) for one in made.rewards] == [
        ("G", 9420, 1),
        ("H", 8790, 1),
        ("F", 8650, 1),
        ("E", 8580, None),
        ("D", 8510, None),
        ("C", 8440, 2),
        ("B", 8370, 2),
        ("A", 8300, 2),
    ]


TIANLIN_RECORDS = template("tianlin-records").scheme


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"填报": 12000, "错填": 0, "提供错误": 0}, "1000.00"),
        ({"填报": 12000, "错填": 300, "提供错误": 0}, "-150.00"),
        ({"填报": 0, "错填": 0, "提供错误": 200}, "-200.00"),  # a helper whose facts were wrong
    ],
)
def test_tianlin_wrong_records(figures: dict[str, int], expected: str) -> None:
    assert paid(worked_out(TIANLIN_RECORDS, [Candidate(who="韦信息员", figures=figures)])) == [fen(expected)]


def test_jinchengjiang_pays_each_half_by_its_own_grade() -> None:
    half = {name: template(f"jinchengjiang-{name}").scheme for name in ("function", "poverty")}
    entitled = fen("12000.01")
    function = Candidate(who="黄帮扶", mark="优秀", entitled=entitled, figures={"通报": 0})
    poverty = Candidate(who="黄帮扶", mark="称职", entitled=entitled, figures={"通报": 100})
    assert paid(worked_out(half["function"], [function])) == [fen("6000.01")]
    assert paid(worked_out(half["poverty"], [poverty])) == [fen("4600.00")]


LONGZHOU = template("longzhou").scheme


def test_what_is_taken_off_by_the_unit_is_rounded_with_the_rest_and_once() -> None:
    """Half of 1 000.01 is 500.005; 0.05 of a unit at 0.30 is 0.015. Together 500.02, not 500.01 and 0.02."""
    scheme = template("jinchengjiang-function").scheme
    scheme = replace(scheme, rates=(Rate(figure="通报", each=30),))
    (got,) = worked_out(
        scheme, [Candidate(who="甲", score=0, mark="优秀", entitled=100_001, figures={"通报": 5})]
    ).rewards
    assert got.paid == fen("500.02")


@pytest.mark.parametrize(
    ("post", "expected"),
    [
        ("支书、主任一肩挑", "1800.00"),
        ("副主任", "1700.00"),
        ("副支书", "1700.00"),
        ("委员", "1600.00"),
        ("楼长", "300.00"),
        ("村民", "0.00"),
    ],
)
def test_longzhou_pays_by_post(post: str, expected: str) -> None:
    assert paid(worked_out(LONGZHOU, [Candidate(who="农社区", mark=post)])) == [fen(expected)]


TIANYANG = template("tianyang").scheme


@pytest.mark.parametrize(
    ("months", "pay", "expected"),
    [
        (6, "6000.00", "1000.00"),
        (12, "60000.00", "1000.00"),
        (5, "60000.00", "0.00"),
        (6, "5999.99", "0.00"),
    ],
)
def test_tianyang_rewards_who_worked_long_enough(months: int, pay: str, expected: str) -> None:
    worker = Candidate(who="陆务工", figures={"月数": 100 * months, "工资": fen(pay)})
    assert paid(worked_out(TIANYANG, [worker])) == [fen(expected)]


@pytest.mark.parametrize(
    ("scheme", "candidate", "expected"),
    [
        (TIANYANG, Candidate(who="陆", figures={"月数": 6}), "figure_must_be_there"),
        (TIANLIN_RECORDS, Candidate(who="韦", figures={"填报": 1, "错填": 0}), "figure_must_be_there"),
        (TIANLIN_FLAGS, Candidate(who="A", points={"平时": 9000}), "score_must_have_its_parts"),
        (BY_COEFFICIENT, Candidate(who="A"), "pool_must_be_named"),
        (
            tiers(Coefficient(coefficient=120), Amount(amount=1), Amount(amount=1)),
            Candidate(who="A"),
            "classes_must_pay_one_way",
        ),
        (
            tiers(*[Amount(amount=1)] * 3, unpaid=Unpaid.RESHARED),
            Candidate(who="A"),
            "resharing_needs_coefficients",
        ),
    ],
)
def test_what_a_scheme_is_refused_for(scheme: Scheme, candidate: Candidate, expected: str) -> None:
    with pytest.raises(Refusal) as refused:
        worked_out(scheme, [candidate])
    assert expected in code(refused)


@given(
    scores=st.lists(st.integers(0, 10_000), min_size=1, max_size=40, unique=True),
    pool=st.integers(0, 10**12),
    out=st.sets(st.integers(0, 39)),
    unpaid=st.sampled_from(Unpaid),
)
def test_a_pool_ties_out_and_never_pays_a_lower_tier_more(
    scores: list[int], pool: int, out: set[int], unpaid: Unpaid
) -> None:
    scheme = tiers(*(Coefficient(coefficient=one) for one in (120, 100, 80)), unpaid=unpaid)
    candidates = [
        Candidate(who=f"{no:02}", score=score, excluded=no in out) for no, score in enumerate(scores)
    ]
    made = worked_out(scheme, candidates, pool=pool)
    assert made.stays is not None
    assert made.paid + made.stays == pool == sum(one.share for one in made.rewards)
    assert sum(made.counts) == len(scores)
    assert made.counts == heads(len(scores), (3, 4, 3))
    assert made == worked_out(scheme, candidates[::-1], pool=pool)
    shares = [one.share for one in made.rewards]
    assert all(lower <= higher + 1 for higher, lower in pairwise(shares))
    eligible = [one for one in made.rewards if not one.excluded]
    assert all(one.paid == 0 for one in made.rewards if one.excluded)
    assert unpaid is Unpaid.STAYS or not eligible or made.stays == 0
