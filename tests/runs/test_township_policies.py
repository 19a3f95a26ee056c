"""A township's bonus and reward schemes: recorded by one officer, approved by another with the resolution, followed from then
on; and the counties' schemes out of the database give their papers' numbers."""

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ledger.columns import table_of
from ledger.log import queries as log
from ledger.money import fen_from_yuan as fen
from payouts.candidates import actions as candidates
from payouts.candidates import queries as standings
from payouts.policies import actions, queries
from payouts.policies.tables import BonusApprovalRow, RewardApprovalRow
from payouts.proof.queries import faults_of_policies
from payouts.standings.queries import tier_inputs
from payouts.township_policies import actions as township_actions
from payouts.township_policies import queries as township_queries
from payouts.township_policies.schemes import template
from schemas.evidence import EvidenceFile, MediaType
from schemas.policies import (
    BonusLevel,
    BonusMode,
    BonusPayer,
    BonusPolicy,
    LevelMoney,
    PolicyKind,
    TieKey,
    TwoPosts,
)
from schemas.problems import Refusal, RefusalKind
from schemas.rewards import Amount, ByPlace, Candidate, NewSheet, RewardClass, RewardPolicy, Scheme, Standing
from tests.builders import (
    ACCOUNTANT,
    CASHIER,
    REVIEWER,
    behind_the_service,
    codes,
    refused,
)
from tests.runs.years import at
from tests.township import TOWNSHIP, YEAR
from tests.township import db as db
from tests.township import engine as engine

OFFICER, SECOND, THIRD = ACCOUNTANT, REVIEWER, CASHIER
ON = date(2026, 1, 20)
SCAN = EvidenceFile(sha256="b" * 64, media_type=MediaType.PDF, size=1, name="决议.pdf")
NUMBER = "镇党委〔2026〕5号"
BONUS, REWARD = PolicyKind.BONUS, PolicyKind.REWARD


# The bonus


def a_bonus(**changed: Any) -> BonusPolicy:
    """What the township resolves on in place of what came with the hand-over."""
    money = LevelMoney(mode=BonusMode.COEFFICIENTS, tiers=(150, 100, 50))
    given = BonusPolicy(
        year=YEAR,
        pool=fen("60000.00"),
        over_villages=money,
        over_people=money,
        two_posts=TwoPosts.CADRE,
        ties=(TieKey.ATTENDANCE,),
        payer=BonusPayer.COLLECTIVE,
        leaving_stops=False,
        resolution=NUMBER,
    )
    return replace(given, **changed)


def recorded(db: Connection, policy: BonusPolicy, *, by: int = OFFICER, seen: int | None = None) -> int:
    return township_actions.record_bonus(db, policy, township=TOWNSHIP, by=by, at=at(ON), seen=seen)


def approved(
    db: Connection, version: int, *, kind: PolicyKind = BONUS, by: int = SECOND, **changed: Any
) -> None:
    """The scan hung on a version, and the second person's word."""
    actions.attach_paper(
        db, SCAN, book=TOWNSHIP, kind=kind, year=YEAR, version=version, by=OFFICER, at=at(ON)
    )
    given = {"resolution": NUMBER, "sha256": SCAN.sha256} | changed
    actions.approve(
        db, book=TOWNSHIP, kind=kind, year=YEAR, version=version, by=by, on=ON, at=at(ON), **given
    )


def test_what_a_hand_over_brought_counts_as_approved_and_lies_in_the_townships_chain(db: Connection) -> None:
    (version,) = township_queries.bonus_versions(db, township=TOWNSHIP)
    assert (version.head.version, version.head.imported, version.in_force) == (1, True, True)
    (entry,) = log.entries(db, book=TOWNSHIP, act="bonus")
    assert (entry.act, entry.subject) == ("bonus.record", "bonus:2025-1")
    assert tuple(faults_of_policies(db, home=TOWNSHIP)) == ()


def test_a_bonus_is_followed_from_the_second_persons_word_on(db: Connection) -> None:
    before = township_queries.bonus_schemes(db, township=TOWNSHIP, year=YEAR)
    assert recorded(db, a_bonus(), seen=1) == 2
    assert township_queries.bonus_schemes(db, township=TOWNSHIP, year=YEAR) == before
    approved(db, 2)
    after = township_queries.bonus_schemes(db, township=TOWNSHIP, year=YEAR)
    assert after[BonusLevel.TOWNSHIP].pool == fen("60000.00")
    people = after[BonusLevel.VILLAGE]
    assert (people.tiers, people.two_posts, people.payer, people.leaving_stops, people.ties) == (
        (150, 100, 50),
        TwoPosts.CADRE,
        BonusPayer.COLLECTIVE,
        False,
        (TieKey.ATTENDANCE,),
    )
    assert township_queries.bonus(db, township=TOWNSHIP, year=YEAR) == a_bonus()
    assert [one.in_force for one in township_queries.bonus_versions(db, township=TOWNSHIP)] == [True, False]
    acts = [(one.act, one.subject) for one in log.entries(db, book=TOWNSHIP)]
    assert acts[-3:] == [
        ("bonus.record", "bonus:2025-2"),
        ("policy.attach", "bonus:2025-2"),
        ("policy.approve", "bonus:2025-2"),
    ]
    assert tuple(faults_of_policies(db, home=TOWNSHIP)) == ()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"by": OFFICER}, ["policy_approver_must_differ"]),
        ({"resolution": "镇党委〔2026〕6号"}, ["approval_must_name_the_same_resolution"]),
        ({"sha256": "c" * 64}, ["approval_needs_the_scan"]),
    ],
)
def test_who_and_what_approves_no_bonus(db: Connection, changed: dict[str, Any], expected: list[str]) -> None:
    recorded(db, a_bonus())
    with pytest.raises(Refusal) as refusal:
        approved(db, 2, **changed)
    assert refused(refusal.value) == expected


def test_only_the_last_version_is_approved(db: Connection) -> None:
    recorded(db, a_bonus())
    recorded(db, a_bonus(pool=fen("70000.00")))
    with pytest.raises(Refusal) as refusal:
        approved(db, 2)
    assert refused(refusal.value) == ["policy_must_be_the_last"]
    assert refusal.value.kind is RefusalKind.STATE


def test_the_tiers_say_whether_a_bonus_is_missing_or_waits_for_its_approval(db: Connection) -> None:
    def missing() -> list[str]:
        with pytest.raises(Refusal) as refusal:
            tier_inputs(db, township=TOWNSHIP, year=YEAR + 1)
        return [code for code in refused(refusal.value) if code.startswith("bonus")]

    assert missing() == ["bonus_must_be_there", "bonus_must_be_there"]
    recorded(db, a_bonus(year=YEAR + 1))
    assert missing() == ["bonus_must_be_approved"]


def test_heads_and_money_both_at_3_4_3_are_never_kept(db: Connection) -> None:
    split = LevelMoney(mode=BonusMode.SPLIT, tiers=(0, 0, 0))
    with pytest.raises(Refusal) as refusal:
        recorded(db, a_bonus(over_villages=split))
    (problem,) = refusal.value.problems
    assert problem.code == "money_must_not_be_split_like_heads"
    assert problem.figures["pool"] == "60000.00"
    assert len(township_queries.bonus_versions(db, township=TOWNSHIP)) == 1


def test_whoever_saw_another_version_or_names_no_township_is_refused(db: Connection) -> None:
    with pytest.raises(Refusal) as stale:
        recorded(db, a_bonus(), seen=0)
    assert (refused(stale.value), stale.value.kind) == (
        ["policy_must_follow_the_one_seen"],
        RefusalKind.STALE,
    )
    with pytest.raises(Refusal) as nowhere:
        township_actions.record_bonus(db, a_bonus(), township="999999999", by=OFFICER, at=at(ON))
    assert refused(nowhere.value) == ["township_must_be_known"]


@pytest.mark.parametrize("kind", [BONUS, REWARD])
def test_the_database_itself_keeps_recorder_and_approver_apart(db: Connection, kind: PolicyKind) -> None:
    version = recorded(db, a_bonus()) if kind is BONUS else adopted(db, "longzhou", resolution=NUMBER)
    actions.attach_paper(
        db, SCAN, book=TOWNSHIP, kind=kind, year=YEAR, version=version, by=OFFICER, at=at(ON)
    )
    row = {
        "book_id": TOWNSHIP, "year": YEAR, "version": version, "recorded_by": OFFICER, "approved_by": OFFICER, "on": ON,
        "at": "2026-01-20T00:00:00.000000Z", "resolution": NUMBER, "sha256": SCAN.sha256,
    }  # fmt: skip
    table = table_of(BonusApprovalRow if kind is BONUS else RewardApprovalRow)
    for forged in (row, row | {"recorded_by": THIRD}):  # the same person; a recorder who did not record it
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(insert(table), [forged])


# Reward schemes


def adopted(db: Connection, id: str, *, resolution: str = "", **changed: Any) -> int:
    """A county's scheme taken over, with changes."""
    scheme = replace(template(id).scheme, **changed)
    policy = RewardPolicy(year=YEAR, scheme=scheme, resolution=resolution)
    return township_actions.record_reward(db, policy, township=TOWNSHIP, by=OFFICER, at=at(ON))


def written(db: Connection, version: int, *who: Candidate, period: str = "2025") -> None:
    candidates.write_sheet(
        db,
        NewSheet(period=period, candidates=who),
        township=TOWNSHIP,
        year=YEAR,
        version=version,
        by=OFFICER,
        at=at(ON),
    )


def standing(db: Connection, version: int, *, period: str = "2025") -> Standing:
    return standings.standing(db, township=TOWNSHIP, year=YEAR, version=version, period=period)


def paid(found: Standing) -> list[tuple[str, int]]:
    assert found.made is not None, found.problems
    return [(one.who, one.paid) for one in found.made.rewards]


POINTS = [
    Candidate(
        who=name,
        points={"平时": 9000, "年终": 8000 + 100 * no},
        adjustment=700 if name == "G" else 0,
    )
    for no, name in enumerate("ABCDEFGH")
]


@pytest.mark.parametrize(
    ("id", "who", "expected"),
    [
        (
            "rongan",
            [Candidate(who=f"{no:02}", score=9900 - no, entitled=100_000) for no in range(1, 21)],
            [70_000, 60_000, 50_000, 40_000, 30_000] + [0] * 12 + [-100_000] * 3,
        ),
        ("tianlin-flags", POINTS, [0] * 8),
        (
            "tianlin-records",
            [
                Candidate(who="a", figures={"填报": 12_000, "错填": 0, "提供错误": 0}),
                Candidate(who="b", figures={"填报": 12_000, "错填": 300, "提供错误": 0}),
                Candidate(who="c", figures={"填报": 0, "错填": 0, "提供错误": 200}),
            ],
            [100_000, -15_000, -20_000],
        ),
        (
            "jinchengjiang-function",
            [Candidate(who="a", mark="优秀", entitled=1_200_000, figures={"通报": 0})],
            [600_000],
        ),
        (
            "jinchengjiang-poverty",
            [Candidate(who="a", mark="称职", entitled=1_200_000, figures={"通报": 100})],
            [460_000],
        ),
        (
            "longzhou",
            [Candidate(who=mark, mark=mark) for mark in ("支书、主任一肩挑", "副主任", "委员", "楼长")],
            [180_000, 170_000, 160_000, 30_000],
        ),
        (
            "tianyang",
            [
                Candidate(who="a", figures={"月数": 600, "工资": 600_000}),
                Candidate(who="b", figures={"月数": 500, "工资": 6_000_000}),
                Candidate(who="c", figures={"月数": 600, "工资": 599_999}),
            ],
            [100_000, 0, 0],
        ),
    ],
)
def test_the_counties_schemes_out_of_the_database_give_their_own_numbers(
    db: Connection, id: str, who: list[Candidate], expected: list[int]
) -> None:
    version = adopted(db, id)
    approved(db, version, kind=REWARD)
    written(db, version, *who)
    found = standing(db, version)
    assert found.in_force
    assert dict(paid(found)) == {one.who: amount for one, amount in zip(who, expected, strict=True)}


def test_tianlins_flags_go_to_the_first_three_and_its_cards_to_the_last(db: Connection) -> None:
    version = adopted(db, "tianlin-flags")
    written(db, version, *POINTS)
    found = standing(db, version)
    assert found.made is not None
    assert [(one.who, one.class_no) for one in found.made.rewards] == [
        ("G", 1), ("H", 1), ("F", 1), ("E", None), ("D", None), ("C", 2), ("B", 2), ("A", 2),
    ]  # fmt: skip


def test_of_one_name_the_last_approved_version_counts_and_other_names_stand_beside_it(
    db: Connection,
) -> None:
    first, other, second = adopted(db, "longzhou"), adopted(db, "tianyang"), adopted(db, "longzhou")
    assert (first, other, second) == (1, 2, 3)
    with pytest.raises(Refusal) as refusal:
        approved(db, first, kind=REWARD)
    assert refused(refusal.value) == ["policy_must_be_the_last"]
    approved(db, second, kind=REWARD)
    approved(db, other, kind=REWARD)
    found = {
        one.head.version: one.in_force for one in township_queries.reward_versions(db, township=TOWNSHIP)
    }
    assert found == {1: False, 2: True, 3: True}


def test_what_waits_for_the_second_person_is_the_last_version_of_each_name(db: Connection) -> None:
    adopted(db, "longzhou")
    again, other = adopted(db, "longzhou"), adopted(db, "tianyang")
    recorded(db, a_bonus())

    def waiting(kind: PolicyKind) -> list[tuple[int, str]]:
        found = queries.waiting(db, kind=kind, books=[TOWNSHIP, "450000102"])
        return [(one.version, one.name) for one in found]

    assert waiting(BONUS) == [(2, "")]
    assert waiting(REWARD) == [(again, "社区两委月报酬"), (other, "稳定就业奖励")]
    approved(db, again, kind=REWARD)
    assert waiting(REWARD) == [(other, "稳定就业奖励")]


def test_a_resolution_puts_in_order_whom_a_boundary_divides(db: Connection) -> None:
    scheme = Scheme(
        name="红旗",
        classes=(
            RewardClass(name="红旗", takes=ByPlace(first=1, last=1), pays=Amount(amount=fen("500.00"))),
        ),
    )
    policy = RewardPolicy(year=YEAR, scheme=scheme)
    version = township_actions.record_reward(db, policy, township=TOWNSHIP, by=OFFICER, at=at(ON))
    written(db, version, Candidate(who="甲村", score=9000), Candidate(who="乙村", score=9000))
    before = standing(db, version)
    assert (before.made, codes(before.problems)) == (None, ["tie_must_be_resolved"])
    assert [set(tie) for tie in before.ties] == [{"甲村", "乙村"}]

    def order(*who: str, resolution: str = NUMBER) -> None:
        candidates.put_in_order(
            db, who, SCAN, resolution=resolution, township=TOWNSHIP, year=YEAR, version=version, period="2025",
            by=OFFICER, at=at(ON),
        )  # fmt: skip

    with pytest.raises(Refusal) as refusal:
        order("甲村", "丙村")
    assert refused(refusal.value) == ["order_must_be_of_a_tie"]
    order("乙村", "甲村")
    assert paid(standing(db, version)) == [("乙村", fen("500.00")), ("甲村", 0)]
    written(db, version, *(Candidate(who=who, score=9000) for who in ("甲村", "乙村", "丙村")))
    assert codes(standing(db, version).problems) == ["tie_must_be_resolved"]
    assert tuple(faults_of_policies(db, home=TOWNSHIP)) == ()


def test_a_sheet_is_replaced_by_the_next_and_both_are_kept(db: Connection) -> None:
    version = adopted(db, "longzhou")
    written(db, version, Candidate(who="甲", mark="委员"), period="2025-03")
    written(db, version, Candidate(who="甲", mark="委员"), period="2025-03")  # the same again is no new sheet
    written(db, version, Candidate(who="甲", mark="副主任"), period="2025-03")
    found = standing(db, version, period="2025-03")
    assert found.sheet is not None
    assert (found.sheet.no, paid(found)) == (2, [("甲", 170_000)])
    assert standing(db, version, period="2025-04").sheet is None
    sheet = NewSheet(period="2025-03", candidates=(Candidate(who="甲", mark="委员"),))
    with pytest.raises(Refusal) as refusal:
        candidates.write_sheet(
            db, sheet, township=TOWNSHIP, year=YEAR, version=version, by=OFFICER, at=at(ON), seen=1
        )
    assert refused(refusal.value) == ["sheet_must_follow_the_one_seen"]
    with pytest.raises(Refusal) as nobody:
        candidates.put_in_order(
            db, ("甲",), SCAN, resolution=NUMBER, township=TOWNSHIP, year=YEAR, version=version, period="2025-04",
            by=OFFICER, at=at(ON),
        )  # fmt: skip
    assert refused(nobody.value) == ["sheet_must_be_there"]


# Behind the service's back

TABLES = ("bonus_policy", "bonus_scheme", "bonus_paper", "bonus_approval", "reward_policy", "reward_sheet", "reward_order")  # fmt: skip


def _everything(db: Connection) -> None:
    approved(db, recorded(db, a_bonus()))
    scheme = Scheme(
        name="红旗",
        classes=(RewardClass(name="红旗", takes=ByPlace(first=1, last=1), pays=Amount(amount=100)),),
    )
    policy = RewardPolicy(year=YEAR, scheme=scheme)
    version = township_actions.record_reward(db, policy, township=TOWNSHIP, by=OFFICER, at=at(ON))
    approved(db, version, kind=REWARD)
    written(db, version, Candidate(who="甲村", score=9000), Candidate(who="乙村", score=9000))
    candidates.put_in_order(
        db, ("乙村", "甲村"), SCAN, resolution=NUMBER, township=TOWNSHIP, year=YEAR, version=version, period="2025",
        by=OFFICER, at=at(ON),
    )  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE bonus_policy SET pool = pool + 1 WHERE version = 2",
        "UPDATE bonus_policy SET payer = 'township' WHERE version = 2",
        "UPDATE bonus_scheme SET tier_one = 151 WHERE version = 2 AND level = 'village'",
        "DELETE FROM bonus_scheme WHERE version = 2 AND level = 'village'",
        "UPDATE bonus_paper SET name = 'x.pdf'",
        "UPDATE bonus_approval SET resolution = '没有'",
        "UPDATE bonus_approval SET approved_by = 3",
        "DELETE FROM bonus_approval",
        "UPDATE reward_policy SET scheme = replace(scheme, '红旗', '黄牌')",
        "UPDATE reward_policy SET pool = 5",
        "DELETE FROM reward_approval",
        "UPDATE reward_sheet SET candidates = replace(candidates, '9000', '9001')",
        "DELETE FROM reward_sheet",
        'UPDATE reward_order SET who = \'["甲村","乙村"]\'',
        "DELETE FROM reward_order",
    ],
)
def test_what_is_changed_behind_the_services_back_is_found(engine: Engine, change: str) -> None:
    with behind_the_service(engine) as db:
        _everything(db)
        assert tuple(faults_of_policies(db, home=TOWNSHIP)) == ()
        db.execute(text(change))
        assert set(codes(faults_of_policies(db, home=TOWNSHIP))) <= {
            "policy_must_be_as_logged",
            "logged_policy_must_be_there",
        }
        assert codes(faults_of_policies(db, home=TOWNSHIP))


@pytest.mark.parametrize("table", TABLES)
def test_facts_stay(db: Connection, table: str) -> None:
    _everything(db)
    for change in (f"DELETE FROM {table}", f"UPDATE {table} SET year = year + 1"):
        with pytest.raises(DBAPIError), db.begin_nested():
            db.execute(text(change))
