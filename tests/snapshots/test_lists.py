"""红黑榜: the first and last of a frozen month may be disputed for 15 days, and are published only then (RULES §8)."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from coop.lists import actions, queries
from coop.places import queries as places
from coop.proof import queries as proofs
from ledger.evidence import rules as files
from schemas.lists import ListAppeal, Lists
from schemas.problems import Refusal
from tests.builders import a_database, refused, rolled_back
from tests.snapshots import small
from tests.snapshots.small import AUGUST, DASHAN_VILLAGE, LINGJIAO, PINGGUO_VILLAGE, QINGSHUI, SANHE, morning
from web.evidence_store import EvidenceStore

if TYPE_CHECKING:
    from tests.conftest import Databases

JULY, LAST_DAY = 202607, date(2026, 8, 16)
AFTER = LAST_DAY + timedelta(days=1)
ACCOUNTANT, OFFICER, SECOND = 1, 2, 3
TEXT = "七月份鱼塘租金单据已补，请核实。"


@pytest.fixture(scope="module")
def engine(
    databases: "Databases", db_kind: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    with a_database(databases, db_kind, small.furnish) as engine:
        small.ticked(engine, EvidenceStore(tmp_path_factory.mktemp("scans")), AUGUST)
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def shown(db: Connection, code: str, *, on: date, everybody: bool = True) -> Lists:
    return queries.lists(
        db, place=places.places(db, codes=[code])[code], month=JULY, on=on, everybody=everybody
    )


def said(lists: Lists) -> tuple[list[str], list[str]]:
    return [one.village for one in lists.red], [one.village for one in lists.black]


def appealed(db: Connection, **changed: Any) -> ListAppeal:
    day = changed.pop("on", AUGUST)
    what = {
        "township": SANHE,
        "village": LINGJIAO,
        "month": JULY,
        "text": TEXT,
        "by": ACCOUNTANT,
        "on": day,
        "at": morning(day),
    }
    return actions.appeal(db, **(what | changed))


def answered(
    db: Connection, number: int, *, upheld: bool = True, by: int = OFFICER, text: str = "属实。"
) -> ListAppeal:
    return actions.answer(
        db, township=SANHE, number=number, upheld=upheld, text=text, by=by, on=LAST_DAY, at=morning(LAST_DAY)
    )


@pytest.mark.parametrize(
    ("place", "red", "black"),
    [
        (SANHE, [QINGSHUI], [LINGJIAO]),
        ("450000", [QINGSHUI], [LINGJIAO]),
        ("4500", [PINGGUO_VILLAGE, QINGSHUI], [DASHAN_VILLAGE, LINGJIAO]),
        ("45", [PINGGUO_VILLAGE, QINGSHUI], [DASHAN_VILLAGE, LINGJIAO]),
        ("450001", [], []),
    ],
)
def test_the_first_and_the_last_half_are_listed_at_every_level(
    db: Connection, place: str, red: list[str], black: list[str]
) -> None:
    assert said(shown(db, place, on=AFTER)) == (red, black)


def test_lists_are_published_only_after_the_fifteenth_day(db: Connection) -> None:
    assert said(shown(db, SANHE, on=LAST_DAY)) == ([], [])
    officers = shown(db, SANHE, on=LAST_DAY, everybody=False)
    assert said(officers) == ([QINGSHUI], [LINGJIAO])
    assert [(one.appeals_until, one.published) for one in officers.black] == [(LAST_DAY, False)]
    assert queries.published(db, on=LAST_DAY) == {}
    found = queries.published(db, on=AFTER)
    assert [place.code for place in found] == [
        "45", "4500", "450000", "450001", SANHE, small.DASHAN, small.PINGGUO,
    ]  # fmt: skip
    assert {months[0] for months in found.values()} == {JULY}


def test_who_is_disputed_waits_and_who_was_right_is_left_off_with_the_reason(db: Connection) -> None:
    one = appealed(db)
    assert said(shown(db, SANHE, on=AFTER)) == ([QINGSHUI], [])
    answered(db, one.number, text="单据已补，数字有误。")
    for place in (SANHE, "450000", "45"):
        (left,) = [one for one in shown(db, place, on=AFTER).black if one.village == LINGJIAO]
        assert (left.left_off, left.published, left.rank) == ("单据已补，数字有误。", False, left.of)
    assert proofs.prove_township(db, township=SANHE).problems == ()


def test_who_was_not_right_is_published(db: Connection) -> None:
    answered(db, appealed(db).number, upheld=False)
    (listed,) = shown(db, SANHE, on=AFTER).black
    assert (listed.village, listed.published, listed.left_off) == (LINGJIAO, True, "")


def test_a_paper_counts_on_the_day_it_came_in(db: Connection) -> None:
    scan = files.described(b"%PDF-1.7 appeal", name="申诉书.pdf")
    found = appealed(db, on=AFTER, came=LAST_DAY, scan=scan, by=OFFICER)
    assert queries.appeal(db, township=SANHE, number=found.number) == found
    answered(db, found.number, by=SECOND)
    assert proofs.prove_township(db, township=SANHE).problems == ()


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({"on": AFTER}, ["list_appeal_must_be_in_time"]),
        ({"text": " "}, ["list_appeal_must_say_why"]),
        ({"text": "长" * 1001}, ["list_appeal_must_say_why"]),
        ({"month": 202608}, ["month_must_be_frozen"]),
        ({"village": SANHE + "999"}, ["village_must_be_listed"]),
        ({"village": DASHAN_VILLAGE}, ["village_must_be_listed"]),
    ],
)
def test_an_appeal_that_cannot_be_is_refused(
    db: Connection, changed: dict[str, Any], codes: list[str]
) -> None:
    with pytest.raises(Refusal) as refusal:
        appealed(db, **changed)
    assert refused(refusal.value) == codes


def test_a_village_appeals_once_a_month(db: Connection) -> None:
    answered(db, appealed(db).number, upheld=False)
    with pytest.raises(Refusal) as refusal:
        appealed(db)
    assert refused(refusal.value) == ["list_appeal_must_be_the_first"]


def test_a_paper_must_have_come_between_the_freezing_and_today(db: Connection) -> None:
    scan = files.described(b"%PDF-1.7 appeal", name="申诉书.pdf")
    for came in (date(2026, 7, 31), AFTER + timedelta(days=1)):
        with pytest.raises(Refusal) as refusal:
            appealed(db, on=AFTER, came=came, scan=scan)
        assert refused(refusal.value) == ["list_paper_must_come_within"]


def test_who_recorded_an_appeal_does_not_answer_it_and_an_answer_stands(db: Connection) -> None:
    one = appealed(db, by=OFFICER)
    with pytest.raises(Refusal) as refusal:
        answered(db, one.number)
    assert refused(refusal.value) == ["list_answerer_must_be_another"]
    answered(db, one.number, by=SECOND)
    with pytest.raises(Refusal) as refusal:
        answered(db, one.number, by=SECOND)
    assert refused(refusal.value) == ["list_appeal_must_be_open"]
    with pytest.raises(Refusal) as refusal:
        answered(db, 99)
    assert refused(refusal.value) == ["list_appeal_must_be_there"]
