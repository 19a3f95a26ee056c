"""Thresholds: what is known of past years, what an officer enters and another approves, and what the log seals."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from coop.income import actions, queries, rules
from coop.places import actions as places
from coop.proof import queries as proof
from ledger.money import yuan
from schemas.income import Measure, NewThreshold, Threshold, ThresholdKey, ThresholdVersion
from schemas.places import Place, PlaceLevel, VillageKind
from schemas.problems import Refusal
from tests.builders import (
    ACCOUNTANT,
    AT,
    CASHIER,
    REVIEWER,
    a_database,
    a_house,
    behind_the_service,
    rolled_back,
)

if TYPE_CHECKING:
    from tests.conftest import Databases

POOR, ORDINARY = VillageKind.POVERTY_EXIT, VillageKind.ORDINARY
PROFIT = Measure.OPERATING_PROFIT
COUNTY, TOWNSHIP = "451302", "451302100"
KEY = ThresholdKey(region=TOWNSHIP, kind=ORDINARY, year=2025, measure=PROFIT)
LATER = AT + timedelta(hours=1)


def furnish(db: Connection) -> None:
    a_house(db)
    named = [
        Place(code=COUNTY, name="兴宾区", level=PlaceLevel.COUNTY),
        Place(code=TOWNSHIP, name="凤凰镇", level=PlaceLevel.TOWNSHIP, parent=COUNTY),
    ]
    places.enter_many(db, named, by=ACCOUNTANT, at=AT)
    came = Threshold(region=TOWNSHIP, kind=POOR, year=2025, measure=PROFIT, amount=50_000_00)
    actions.set_thresholds(db, [came], by=ACCOUNTANT, at=AT)
    entered(db, "60000.00", by=ACCOUNTANT)
    actions.approve_threshold(db, KEY, version=1, by=REVIEWER, at=LATER)
    entered(db, "70000.00", by=REVIEWER)


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def entered(
    db: Connection, amount: str, *, by: int, document: str = "兴政发〔2025〕3号", seen: int | None = None
) -> ThresholdVersion:
    fen = int(amount.replace(".", ""))
    new = NewThreshold(kind=ORDINARY, year=2025, measure=PROFIT, amount=fen, document=document)
    return actions.record_threshold(db, new, region=TOWNSHIP, by=by, at=AT, seen=seen)


def held(db: Connection, village: str, kind: VillageKind, year: int) -> str:
    known = queries.thresholds_of(db, year=year)
    found = rules.threshold_of(known, village=village, kind=kind, year=year)
    return "none" if found is None else yuan(found.amount)


@pytest.mark.parametrize(
    ("village", "kind", "year", "expected"),
    [
        ("450405100200", POOR, 2016, "none"),
        ("450405100200", POOR, 2017, "20000.00"),
        ("450405100200", POOR, 2018, "30000.00"),
        ("450405100200", ORDINARY, 2018, "none"),
        ("450405100200", ORDINARY, 2019, "40000.00"),
        ("450405100200", POOR, 2020, "50000.00"),
        ("450405100200", POOR, 2021, "none"),
        ("520405100200", POOR, 2020, "none"),
        ("451302100200", ORDINARY, 2018, "20000.00"),
        ("451302100200", POOR, 2018, "30000.00"),
        ("451302100200", POOR, 2025, "50000.00"),
        ("451302100200", ORDINARY, 2025, "60000.00"),
    ],
)
def test_a_village_is_held_against_what_is_known_or_was_approved(
    db: Connection, village: str, kind: VillageKind, year: int, expected: str
) -> None:
    assert held(db, village, kind, year) == expected


def test_a_second_amount_counts_once_another_person_has_approved_it(db: Connection) -> None:
    actions.approve_threshold(db, KEY, version=2, by=ACCOUNTANT, at=LATER)
    assert held(db, "451302100200", ORDINARY, 2025) == "70000.00"
    assert [
        (one.entry.version, one.in_force) for one in queries.threshold_versions(db, regions=[TOWNSHIP])
    ] == [
        (2, True),
        (1, False),
        (1, True),
    ]
    assert not proof.prove_house(db).problems


@pytest.mark.parametrize(
    ("version", "by", "code"),
    [
        (2, REVIEWER, "threshold_approver_must_differ"),
        (1, CASHIER, "threshold_must_wait"),
        (3, ACCOUNTANT, "threshold_must_be_there"),
    ],
)
def test_who_may_not_approve(db: Connection, version: int, by: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        actions.approve_threshold(db, KEY, version=version, by=by, at=LATER)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_only_the_last_version_is_approved(db: Connection) -> None:
    entered(db, "80000.00", by=CASHIER)
    with pytest.raises(Refusal) as refused:
        actions.approve_threshold(db, KEY, version=2, by=ACCOUNTANT, at=LATER)
    assert refused.value.problems[0].code == "threshold_must_be_the_last"


def test_what_cannot_be_entered(db: Connection) -> None:
    for amount, document, seen, code in (
        ("0.00", "兴政发〔2025〕3号", None, "threshold_must_be_above_zero"),
        ("1.00", " ", None, "threshold_must_name_its_paper"),
        ("1.00", "兴政发〔2025〕3号", 1, "threshold_must_be_as_seen"),
    ):
        with pytest.raises(Refusal) as refused:
            entered(db, amount, by=ACCOUNTANT, document=document, seen=seen)
        assert [problem.code for problem in refused.value.problems] == [code]
    nowhere = NewThreshold(kind=POOR, year=2025, measure=PROFIT, amount=1, document="文件")
    with pytest.raises(Refusal) as refused:
        actions.record_threshold(db, nowhere, region="99", by=ACCOUNTANT, at=AT)
    assert refused.value.problems[0].code == "place_must_be_known"


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE threshold SET amount = 1 WHERE kind = 'ordinary' AND version = 1", "fact_must_be_as_sealed"),
        ("UPDATE threshold SET imported = 1 WHERE version = 2", "fact_must_be_in_the_log"),
        ("DELETE FROM threshold_approval", "sealed_fact_must_be_there"),
        ("UPDATE threshold_approval SET approved_by = 3", "fact_must_be_as_sealed"),
    ],
)
def test_a_threshold_changed_behind_the_service_is_named(engine: Engine, statement: str, code: str) -> None:
    with behind_the_service(engine) as db:
        db.execute(text(statement))
        assert code in {problem.code for problem in proof.prove_house(db).problems}
