"""3:4:3 over villages and over people, and the bonus that follows (RULES §7)."""

import pytest

from ledger.money import fen_from_yuan as fen
from payouts.instalments import instalments
from payouts.tiers import worked_out
from schemas.policies import BonusLevel, BonusMode, BonusScheme, Unpaid
from schemas.problems import Refusal
from schemas.runs import Fraction
from schemas.scores import Grade
from schemas.tiers import (
    HeldPost,
    Payment,
    PostKind,
    RatedPerson,
    RatedVillage,
    TierInputs,
    TierPerson,
    TwoPosts,
)

TOWNSHIP = "450000101"


def bonus(
    level: BonusLevel, *, pool: str | None = None, mode: BonusMode = BonusMode.COEFFICIENTS
) -> BonusScheme:
    return BonusScheme(
        township=TOWNSHIP,
        year=2025,
        level=level,
        pool=None if pool is None else fen(pool),
        mode=mode,
        tiers=(120, 100, 80),
        unpaid=Unpaid.STAYS,
    )


def post(kind: PostKind, score: int, *ties: int, grade: Grade | None = None) -> HeldPost:
    return HeldPost(
        kind=kind,
        title="",
        score=score,
        ties=tuple(Fraction(numerator=key, denominator=1) for key in ties),
        grade=Grade.COMPETENT if kind is PostKind.CADRE and grade is None else grade,
    )


def cadre(score: int, *ties: int, grade: Grade = Grade.COMPETENT) -> HeldPost:
    return post(PostKind.CADRE, score, *ties, grade=grade)


def manager(score: int, *ties: int) -> HeldPost:
    return post(PostKind.MANAGER, score, *ties)


def village(code: str, score: int, *people: RatedPerson, ties: tuple[int, ...] = ()) -> RatedVillage:
    return RatedVillage(
        code=code,
        name=f"{code}村",
        score=score,
        ties=tuple(Fraction(numerator=key, denominator=1) for key in ties),
        people=people,
    )


def person(name: str, *posts: HeldPost) -> RatedPerson:
    return RatedPerson(name=name, posts=posts)


def inputs(
    *villages: RatedVillage,
    pool: str = "1000.00",
    mode: BonusMode = BonusMode.COEFFICIENTS,
    two_posts: TwoPosts = TwoPosts.HIGHER,
    resolved: dict[str, tuple[str, ...]] | None = None,
) -> TierInputs:
    return TierInputs(
        township=TOWNSHIP,
        year=2025,
        over_villages=bonus(BonusLevel.TOWNSHIP, pool=pool, mode=mode),
        over_people=bonus(BonusLevel.VILLAGE),
        two_posts=two_posts,
        villages=villages,
        resolved=resolved or {},
    )


def the_one(given: TierInputs) -> TierPerson:
    (only,) = worked_out(given).villages
    return only.people[0]


def test_ten_villages_share_a_pool() -> None:
    made = worked_out(inputs(*(village(f"V{no}", 9000 - no) for no in range(10)), pool="120000.00"))
    assert made.counts == (3, 4, 3)
    assert [one.amount for one in made.villages] == [
        *[fen("14400.00")] * 3,
        *[fen("12000.00")] * 4,
        *[fen("9600.00")] * 3,
    ]
    assert [one.stays for one in made.villages] == [one.amount for one in made.villages], "nobody is there"


@pytest.mark.parametrize(
    ("held", "excluded"),
    [
        (cadre(8000, grade=Grade.EXCELLENT), False),
        (cadre(8000, grade=Grade.COMPETENT), False),
        (cadre(8000, grade=Grade.BARELY), True),
        (cadre(8000, grade=Grade.INCOMPETENT), True),
        (cadre(5000, grade=Grade.COMPETENT), False),  # the line at 60 is the managers'
        (manager(6000), False),
        (manager(5999), True),
    ],
)
def test_who_keeps_the_rank_and_is_paid_nothing(held: HeldPost, excluded: bool) -> None:
    made = the_one(inputs(village("V1", 9000, person("韦", held))))
    assert made.excluded is excluded
    assert made.paid == (0 if excluded else fen("1000.00"))
    assert made.share == fen("1000.00")


@pytest.mark.parametrize(
    ("held", "by", "ranked_by"),
    [
        ((cadre(8000), manager(9000)), TwoPosts.HIGHER, PostKind.MANAGER),
        ((cadre(9000), manager(8000)), TwoPosts.HIGHER, PostKind.CADRE),
        ((cadre(9000, 10), manager(9000, 11)), TwoPosts.HIGHER, PostKind.MANAGER),
        ((manager(9000), cadre(9000)), TwoPosts.HIGHER, PostKind.CADRE),
        ((cadre(8000), manager(9000)), TwoPosts.CADRE, PostKind.CADRE),
        ((cadre(9000), manager(8000)), TwoPosts.MANAGER, PostKind.MANAGER),
        ((cadre(9000),), TwoPosts.MANAGER, PostKind.CADRE),
    ],
)
def test_a_person_with_two_posts_is_ranked_once(
    held: tuple[HeldPost, ...], by: TwoPosts, ranked_by: PostKind
) -> None:
    made = the_one(inputs(village("V1", 9000, person("韦", *held)), two_posts=by))
    assert made.ranked_by is ranked_by
    assert made.how is (Payment.INSTALMENTS if ranked_by is PostKind.CADRE else Payment.ONCE)
    assert sum(made.instalments) == (fen("1000.00") if ranked_by is PostKind.CADRE else 0)


def test_the_post_one_is_ranked_by_decides_who_is_eligible() -> None:
    barely = cadre(8000, grade=Grade.BARELY)
    assert not the_one(inputs(village("V1", 1, person("韦", barely, manager(9000))))).excluded
    assert the_one(inputs(village("V1", 1, person("韦", barely, manager(7000))))).excluded


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ("10000.00", ["833.33"] * 11 + ["833.37"]),
        ("6000.00", ["500.00"] * 12),
        ("0.11", ["0.00"] * 11 + ["0.11"]),
        ("0.00", []),
    ],
)
def test_twelve_instalments(total: str, expected: list[str]) -> None:
    assert instalments(fen(total)) == tuple(fen(one) for one in expected)


def test_ties_at_both_levels_are_named_at_once_and_a_resolution_orders_them() -> None:
    tied = [
        village(code, 8000, person("甲", cadre(8000)), person("乙", cadre(8000))) for code in ("V1", "V2")
    ]
    with pytest.raises(Refusal) as refused:
        worked_out(inputs(*tied))
    assert [one.pointer for one in refused.value.problems] == [
        "/resolved",
        "/villages/V1/resolved",
        "/villages/V2/resolved",
    ]
    with pytest.raises(Refusal) as refused:
        worked_out(inputs(*tied, resolved={TOWNSHIP: ("V2", "V1")}))
    assert {one.pointer for one in refused.value.problems} == {
        "/villages/V1/resolved",
        "/villages/V2/resolved",
    }
    made = worked_out(
        inputs(*tied, resolved={TOWNSHIP: ("V2", "V1"), "V1": ("甲", "乙"), "V2": ("乙", "甲")})
    )
    assert [(one.code, one.tier, one.people[0].name) for one in made.villages] == [
        ("V2", 1, "乙"),
        ("V1", 2, "甲"),
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (inputs(), "villages_must_be_there"),
        (inputs(village("V1", 9000), mode=BonusMode.SPLIT), "money_must_not_be_split_like_heads"),
    ],
)
def test_what_is_refused(given: TierInputs, expected: str) -> None:
    with pytest.raises(Refusal) as refused:
        worked_out(given)
    assert [one.code for one in refused.value.problems] == [expected]
