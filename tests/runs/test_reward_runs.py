"""A scheme's rewards as a run of the township: the counties' schemes with lines typed by hand, what is refused, what lapses,
and the way from the sheet to the posted run, which is proved."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction as Exact

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text

from ledger.log import queries as log
from payouts.candidates import actions as candidates
from payouts.notices import queries as notices
from payouts.proof.queries import prove_township
from payouts.runs import actions as runs
from payouts.runs import derivations, queries, rules
from payouts.runs.rules import RunName, name_of
from payouts.township_policies.schemes import template
from schemas.notices import MaskedLine
from schemas.policies import Unpaid
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.rewards import (
    Amount,
    ByPlace,
    ByProportion,
    Candidate,
    Coefficient,
    RewardChoice,
    RewardClass,
    RewardInputs,
    RewardPolicy,
    Rewards,
    Scheme,
)
from schemas.runs import Run, RunKind, RunState
from tests.builders import behind_the_service, codes, refused
from tests.runs.test_township_policies import (
    NUMBER,
    OFFICER,
    POINTS,
    REWARD,
    SCAN,
    SECOND,
    adopted,
    approved,
    written,
)
from tests.runs.years import RESOLUTION, at
from tests.township import TOWNSHIP, YEAR
from tests.township import db as db
from tests.township import engine as engine

FIRST, OVER = date(2026, 2, 2), date(2026, 2, 12)
VILLAGES = tuple(Candidate(who=f"{no:02}村", score=9900 - no, entitled=100_000) for no in range(1, 21))
RECORDS = (
    Candidate(who="韦信息员", figures={"填报": 12_000, "错填": 0, "提供错误": 0}),
    Candidate(who="黄信息员", figures={"填报": 12_000, "错填": 300, "提供错误": 0}),
    Candidate(who="陆协助", figures={"填报": 0, "错填": 0, "提供错误": 200}),
)


def in_force(db: Connection, id: str, *who: Candidate, period: str = "2025") -> RewardChoice:
    """A county's scheme approved, and its sheet written down."""
    version = adopted(db, id, resolution=NUMBER)
    approved(db, version, kind=REWARD)
    written(db, version, *who, period=period)
    return RewardChoice(scheme=template(id).scheme.name, period=period)


def drafted(db: Connection, choice: RewardChoice) -> tuple[Run, RunName]:
    run, _ = runs.new(
        db,
        book=TOWNSHIP,
        kind=RunKind.REWARD,
        year=YEAR,
        reward=choice,
        by=OFFICER,
        on=FIRST,
        at=at(FIRST),
    )
    name = name_of(run.id)
    assert name is not None
    return run, name


def on_notice(db: Connection, choice: RewardChoice) -> RunName:
    _, name = drafted(db, choice)
    runs.submit(db, name, by=OFFICER, on=FIRST, at=at(FIRST), papers=[RESOLUTION])
    runs.publish(db, name, by=OFFICER, on=FIRST, at=at(FIRST))
    return name


def posted(db: Connection, choice: RewardChoice) -> tuple[Run, RunName]:
    name = on_notice(db, choice)
    runs.approve(db, name, by=SECOND, on=OVER, at=at(OVER))
    return runs.post(db, name, by=OFFICER, on=OVER, at=at(OVER)), name


def lines(db: Connection, run: Run, name: RunName) -> dict[str, tuple[int, int]]:
    """The part and the amount of everybody's line."""
    found = queries.lines(db, name, content=run.content)
    return {line.payee: (line.part, line.amount) for line in found}


def faults(problems: Sequence[Problem]) -> list[tuple[str, dict[str, str]]]:
    return [(one.code, dict(one.figures)) for one in problems]


# What a run comes to

PAYS, TAKES = 1, 2
COUNTIES = [
    (
        "rongan",
        VILLAGES,
        {
            "01村": (PAYS, 70_000), "02村": (PAYS, 60_000), "03村": (PAYS, 50_000), "04村": (PAYS, 40_000),
            "05村": (PAYS, 30_000), **{f"{no:02}村": (PAYS, 0) for no in range(6, 18)},
            "18村": (TAKES, 100_000), "19村": (TAKES, 100_000), "20村": (TAKES, 100_000),
        },
        250_000,
        300_000,
    ),
    ("tianlin-flags", tuple(POINTS), dict.fromkeys("ABCDEFGH", (PAYS, 0)), 0, 0),
    (
        "tianlin-records",
        RECORDS,
        {"韦信息员": (PAYS, 100_000), "黄信息员": (TAKES, 15_000), "陆协助": (TAKES, 20_000)},
        100_000,
        35_000,
    ),
    (
        "jinchengjiang-function",
        (
            Candidate(who="甲", mark="优秀", entitled=1_200_001, figures={"通报": 0}),
            Candidate(who="乙", mark="称职", entitled=1_200_000, figures={"通报": 100}),
            Candidate(who="丙", mark="不称职", entitled=1_200_000, figures={"通报": 300}),
        ),
        {"甲": (PAYS, 600_001), "乙": (PAYS, 460_000), "丙": (TAKES, 60_000)},
        1_060_001,
        60_000,
    ),
    (
        "longzhou",
        tuple(Candidate(who=mark, mark=mark) for mark in ("支书、主任一肩挑", "副主任", "委员", "楼长")),
        {
            "支书、主任一肩挑": (PAYS, 180_000), "副主任": (PAYS, 170_000), "委员": (PAYS, 160_000), "楼长": (PAYS, 30_000),
        },
        540_000,
        0,
    ),
    (
        "tianyang",
        (
            Candidate(who="a", figures={"月数": 600, "工资": 600_000}),
            Candidate(who="b", figures={"月数": 600, "工资": 599_999}),
        ),
        {"a": (PAYS, 100_000), "b": (PAYS, 0)},
        100_000,
        0,
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("id", "who", "expected", "paid", "deducted"), COUNTIES, ids=[one[0] for one in COUNTIES]
)
def test_a_countys_scheme_as_a_run(
    db: Connection,
    id: str,
    who: tuple[Candidate, ...],
    expected: dict[str, tuple[int, int]],
    paid: int,
    deducted: int,
) -> None:
    choice = in_force(db, id, *who)
    run, name = drafted(db, choice)
    assert (run.id, run.state, run.total) == (f"{TOWNSHIP}.reward.2025.1", RunState.DRAFT, paid)
    assert lines(db, run, name) == expected
    parts = queries.parts(db, name, content=run.content)
    title = f"{choice.scheme} 2025"
    assert [(one.no, one.name, one.basis, one.amount) for one in parts] == [
        (PAYS, title, "reward", paid),
        (TAKES, title, "deduction", deducted),
    ]
    assert queries.titles(db, [run]) == {run.id: title}
    assert prove_township(db, township=TOWNSHIP).problems == ()


BY_COEFFICIENT = Scheme(
    name="片区评比",
    classes=(
        RewardClass(name="一等", takes=ByProportion(part=1), pays=Coefficient(coefficient=120)),
        RewardClass(name="二等", takes=ByProportion(part=2), pays=Coefficient(coefficient=80)),
    ),
    unpaid=Unpaid.RESHARED,
)
THREE = (
    Candidate(who="甲", score=9000),
    Candidate(who="乙", score=8000, excluded=True),
    Candidate(who="丙", score=7000),
)


@pytest.mark.parametrize(
    ("scheme", "pool", "who", "expected"),
    [
        # 1 000.00 × 1.2/2.8 = 428.571…, and of the 285.71 of 乙 1.2/2.0: 171.426; 丙 285.714… and 114.284
        (
            BY_COEFFICIENT,
            100_000,
            THREE,
            {
                "甲": (120, 280, 100_000, Exact(100_000 * 120, 28_000) + Exact(28_571 * 120, 20_000), 60_000),
                "乙": (0, 280, 100_000, Exact(0), 0),
                "丙": (80, 280, 100_000, Exact(100_000 * 80, 28_000) + Exact(28_571 * 80, 20_000), 40_000),
            },
        ),
        (
            template("jinchengjiang-function").scheme,
            None,
            (
                Candidate(who="甲", mark="优秀", entitled=1_200_001, figures={"通报": 100}),
                Candidate(who="丙", mark="不称职", entitled=1_200_000, figures={"通报": 300}),
            ),
            {
                # half of 12 000.01 less 200.00; three times 200.00 taken off
                "甲": (1, 1, 580_001, Exact("5800.005"), 580_001),
                "丙": (1, 1, 60_000, Exact(600), 60_000),
            },
        ),
    ],
)
def test_every_line_says_how_it_came_about(
    scheme: Scheme,
    pool: int | None,
    who: tuple[Candidate, ...],
    expected: dict[str, tuple[int, int, int, Exact, int]],
) -> None:
    given = RewardInputs(
        township=TOWNSHIP,
        year=YEAR,
        period="2025",
        policy=RewardPolicy(year=YEAR, scheme=scheme, pool=pool),
        version=1,
        sheet=1,
        candidates=who,
    )
    made = rules.figures(given)
    assert isinstance(made.result, Rewards)
    derived = derivations.of_rewards(given, made.result, made.lines)
    assert {
        one.payee: (
            one.weight,
            one.total_weight,
            one.amount_shared,
            Exact(one.quotient.numerator, one.quotient.denominator),
            one.amount,
        )
        for one in derived
    } == expected


# What is refused


def test_who_is_equal_across_a_boundary_waits_for_a_resolution(db: Connection) -> None:
    equal = (replace(one, score=9990) for one in VILLAGES[:2])
    choice = in_force(db, "rongan", *equal, *VILLAGES[2:])
    with pytest.raises(Refusal) as refusal:
        drafted(db, choice)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.figures["names"]) == ("tie_must_be_resolved", "01村、02村")


def test_of_a_kind_one_is_under_way_and_what_is_paid_is_not_paid_again(db: Connection) -> None:
    version = adopted(db, "longzhou", resolution=NUMBER)
    approved(db, version, kind=REWARD)
    for month in ("2025-03", "2025-04"):
        written(db, version, Candidate(who="甲", mark="委员"), period=month)
    march, april = (RewardChoice(scheme="社区两委月报酬", period=one) for one in ("2025-03", "2025-04"))
    name = on_notice(db, march)
    with pytest.raises(Refusal) as two:
        drafted(db, april)
    assert (refused(two.value), two.value.kind) == (["order_must_be_the_only_open"], RefusalKind.STATE)
    assert two.value.problems[0].figures["run"] == str(name)
    runs.approve(db, name, by=SECOND, on=OVER, at=at(OVER))
    runs.post(db, name, by=OFFICER, on=OVER, at=at(OVER))
    with pytest.raises(Refusal) as again:
        drafted(db, march)
    assert faults(again.value.problems) == [
        (
            "reward_must_be_paid_once",
            {"scheme": "社区两委月报酬", "period": "2025-03", "run": f"{TOWNSHIP}.reward.2025.1"},
        )
    ]
    run, second = drafted(db, april)
    assert (run.round, run.total) == (2, 160_000)
    runs.revert(db, second, by=OFFICER, on=OVER, at=at(OVER), reason="表错")
    runs.revert(db, name, by=SECOND, on=OVER, at=at(OVER), reason="重复发放")
    run, _ = drafted(db, march)
    assert run.round == 3
    assert prove_township(db, township=TOWNSHIP).problems == ()


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (RewardChoice(scheme="红旗黄牌", period="2025"), "scheme_must_be_in_force"),  # recorded, not approved
        (RewardChoice(scheme="别的方案", period="2025"), "scheme_must_be_in_force"),
        (RewardChoice(scheme="社区两委月报酬", period="2025-04"), "sheet_must_be_there"),
        (RewardChoice(scheme="社区两委月报酬", period="2024"), "period_must_be_of_the_year"),
        (None, "reward_must_be_chosen"),
    ],
)
def test_what_cannot_be_run(db: Connection, choice: RewardChoice | None, expected: str) -> None:
    in_force(db, "longzhou", Candidate(who="甲", mark="委员"))
    adopted(db, "tianlin-flags")
    with pytest.raises(Refusal) as refusal:
        runs.new(
            db,
            book=TOWNSHIP,
            kind=RunKind.REWARD,
            year=YEAR,
            reward=choice,
            by=OFFICER,
            on=FIRST,
            at=at(FIRST),
        )
    assert refused(refusal.value) == [expected]
    with pytest.raises(Refusal) as of_tiers:
        runs.new(
            db,
            book=TOWNSHIP,
            kind=RunKind.TIERS,
            year=YEAR,
            reward=RewardChoice(scheme="社区两委月报酬", period="2025"),
            by=OFFICER,
            on=FIRST,
            at=at(FIRST),
        )
    assert refused(of_tiers.value) == ["reward_must_be_chosen"]


def test_the_preparer_does_not_approve_and_nothing_is_approved_while_on_notice(db: Connection) -> None:
    name = on_notice(db, in_force(db, "tianlin-records", *RECORDS))
    with pytest.raises(Refusal) as early:
        runs.approve(db, name, by=SECOND, on=FIRST, at=at(FIRST))
    assert refused(early.value) == ["notice_must_be_over"]
    with pytest.raises(Refusal) as own:
        runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER))
    assert refused(own.value) == ["approver_must_differ"]


# What lapses


def test_another_sheet_after_submission_lapses_with_the_difference(db: Connection) -> None:
    choice = in_force(db, "tianlin-records", *RECORDS)
    name = on_notice(db, choice)
    changed = replace(RECORDS[1], figures={"填报": 12_000, "错填": 400, "提供错误": 0})
    written(db, 1, RECORDS[0], changed)
    with pytest.raises(Refusal) as refusal:
        runs.approve(db, name, by=SECOND, on=OVER, at=at(OVER))
    assert refusal.value.kind is RefusalKind.STALE
    assert faults(refusal.value.problems) == [
        ("sheet_must_be_as_submitted", {"period": "2025", "then": "1", "now": "2"}),
        (
            "candidate_must_be_as_submitted",
            {"who": "陆协助", "then": "填报 0.00, 提供错误 2.00, 错填 0.00", "now": "—"},
        ),
        (
            "candidate_must_be_as_submitted",
            {
                "who": "黄信息员",
                "then": "填报 120.00, 提供错误 0.00, 错填 3.00",
                "now": "填报 120.00, 提供错误 0.00, 错填 4.00",
            },
        ),
    ]
    runs.give_back(db, name, by=SECOND, on=OVER, at=at(OVER), reason="人员表改了")
    again = runs.submit(db, name, by=OFFICER, on=OVER, at=at(OVER))
    assert (again.content, again.total) == (2, 100_000)
    assert lines(db, again, name)["黄信息员"] == (TAKES, 20_000)


def test_another_version_of_the_scheme_lapses_with_the_difference(db: Connection) -> None:
    name = on_notice(db, in_force(db, "longzhou", Candidate(who="甲", mark="委员")))
    approved(db, adopted(db, "longzhou", resolution=NUMBER, bounds=(10_000, 200_000)), kind=REWARD)
    with pytest.raises(Refusal) as refusal:
        runs.approve(db, name, by=SECOND, on=OVER, at=at(OVER))
    assert faults(refusal.value.problems) == [
        ("scheme_must_be_as_submitted", {"scheme": "社区两委月报酬", "then": "1", "now": "2"})
    ]


def test_another_order_lapses_with_the_difference(db: Connection) -> None:
    scheme = Scheme(
        name="红旗",
        classes=(RewardClass(name="红旗", takes=ByPlace(first=1, last=1), pays=Amount(amount=50_000)),),
    )
    version = adopted(db, "tianlin-flags", resolution=NUMBER, name="红旗", classes=scheme.classes, score=())
    approved(db, version, kind=REWARD)
    written(db, version, *(Candidate(who=who, score=9000) for who in ("甲村", "乙村")))

    def put(*who: str) -> None:
        candidates.put_in_order(
            db, who, SCAN, resolution=NUMBER, township=TOWNSHIP, year=YEAR, version=version, period="2025",
            by=OFFICER, at=at(FIRST),
        )  # fmt: skip

    put("乙村", "甲村")
    name = on_notice(db, RewardChoice(scheme="红旗", period="2025"))
    run = queries.run(db, name)
    assert run is not None
    assert lines(db, run, name) == {"乙村": (PAYS, 50_000), "甲村": (PAYS, 0)}
    put("甲村", "乙村")
    with pytest.raises(Refusal) as refusal:
        runs.approve(db, name, by=SECOND, on=OVER, at=at(OVER))
    assert faults(refusal.value.problems) == [
        ("equals_must_be_as_submitted", {"then": "乙村、甲村", "now": "甲村、乙村"})
    ]


# The whole way


def test_from_the_sheet_to_the_posted_run(db: Connection) -> None:
    people = (*RECORDS, Candidate(who="清水村", figures={"填报": 100, "错填": 0, "提供错误": 0}))
    choice = in_force(db, "tianlin-records", *people)
    name = on_notice(db, choice)
    run = queries.run(db, name)
    assert run is not None
    assert notices.masked_list(db, run, name) == (
        MaskedLine(name="清水村", amount=100_000),  # a village is no person
        MaskedLine(name="韦*", amount=100_000),
        MaskedLine(name="陆*", amount=20_000, deducted=True),
        MaskedLine(name="黄*", amount=15_000, deducted=True),
    )
    (hung,) = notices.on_notice(db, book=TOWNSHIP)
    assert (hung.title, hung.total, hung.payees) == ("信息填报负责制 2025", 200_000, 4)
    runs.approve(db, name, by=SECOND, on=OVER, at=at(OVER))
    done = runs.post(db, name, by=OFFICER, on=OVER, at=at(OVER))
    assert (done.state, done.total, done.resolution) == (RunState.POSTED, 200_000, NUMBER)
    assert queries.vouchers(db, name) == (), "a township keeps no book"
    assert [one.act for one in log.entries(db, book=TOWNSHIP, act="run")] == [
        "run.new", "run.attach", "run.submit", "run.publish", "run.approve", "run.post",
    ]  # fmt: skip
    assert prove_township(db, township=TOWNSHIP).problems == ()
    gone = runs.revert(db, name, by=SECOND, on=OVER, at=at(OVER), reason="款未到位")
    assert gone.state is RunState.REVERTED
    assert prove_township(db, township=TOWNSHIP).problems == ()


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE run_line SET amount = 99999 WHERE payee = '韦信息员'", ["run_line_must_recompute"]),
        ("UPDATE run_line SET amount = 0 WHERE payee = '陆协助'", ["run_line_must_recompute"]),
        ("UPDATE run_part SET amount = 0 WHERE no = 2", ["run_part_must_recompute"]),
        ("UPDATE run SET total = total - 1", ["run_must_stand_as_its_acts_say"]),
    ],
)
def test_a_tampered_line_is_named(engine: Engine, statement: str, expected: list[str]) -> None:
    with behind_the_service(engine) as db:
        posted(db, in_force(db, "tianlin-records", *RECORDS))
        db.execute(text(statement))
        assert codes(prove_township(db, township=TOWNSHIP).problems) == expected
