"""An alert is opened on the 1st from the frozen month, told, explained, and cured by a late scan or closed when its year is
over (RULES §8)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from coop.alerts import actions, queries
from coop.places import actions as places
from coop.proof.queries import prove_township
from coop.snapshots import queries as snapshots
from coop.webhooks.rules import event_of
from ledger.evidence import rules as files
from ledger.log import queries as log
from ledger.vouchers import actions as vouchers
from schemas.alerts import Alert, AlertState, Comparison, Kept, NewRedLine, RedLine, Unit, When
from schemas.places import Place, PlaceEnding, PlaceLevel, VillageKind
from schemas.problems import Refusal
from schemas.vouchers import Step, Voucher
from tests.builders import CASHIER, REVIEWER, a_database, refused
from tests.people import with_role
from tests.snapshots import small
from tests.snapshots.small import (
    AUGUST,
    BOOKS,
    DASHAN,
    DASHAN_VILLAGE,
    LATE,
    LATE_VILLAGE,
    LINGJIAO,
    QINGSHUI,
    SANHE,
    morning,
    ticked,
)
from web.evidence_store import EvidenceStore

if TYPE_CHECKING:
    from tests.conftest import Databases

ACCOUNTANT, OFFICER, SECOND = 1, REVIEWER, CASHIER
JULY, LATER, NEW_YEAR = 202607, date(2026, 8, 20), date(2027, 1, 1)
FIRST_HALF = RedLine(
    id="first_half",
    name="Little operating income",
    name_zh="经营收入过少",
    figure="operating_income - operating_expenses",
    comparison=Comparison.BELOW,
    bound="30000.01",
    when=When.MONTHLY,
    unit=Unit.YUAN,
    source="三政发〔2026〕9号",
)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path / "evidence")


@pytest.fixture
def rent() -> list[Voucher]:
    """Filled by ``engine``: the rent of 岭脚村 that has no evidence."""
    return []


@pytest.fixture
def engine(databases: "Databases", db_kind: str, rent: list[Voucher]) -> Iterator[Engine]:
    with a_database(databases, db_kind, lambda db: rent.append(small.furnish(db))) as engine:
        yield engine


def alerts(engine: Engine, township: str = SANHE) -> list[Alert]:
    with engine.connect() as db:
        return list(queries.alerts(db, within=township).get(township, ()))


def said(found: list[Alert]) -> list[tuple[int, str, str, str]]:
    return [(one.number, one.breach.village, one.breach.line.id, one.state.value) for one in found]


def proved(engine: Engine) -> list[str]:
    with engine.connect() as db:
        return [one.code for place in (SANHE, DASHAN) for one in prove_township(db, township=place).problems]


def on_day(day: date, by: int) -> dict[str, Any]:
    return {"by": by, "on": day, "at": morning(day)}


def test_a_late_scan_cures_and_the_frozen_month_stays(
    engine: Engine, rent: list[Voucher], store: EvidenceStore
) -> None:
    ticked(engine, store, AUGUST)
    behind, unproved = found = alerts(engine)
    assert said(found) == [
        (1, LINGJIAO, "behind_threshold", "notified"),
        (2, LINGJIAO, "unrecognised", "notified"),
    ]
    assert said(alerts(engine, DASHAN)) == [(1, DASHAN_VILLAGE, "behind_threshold", "notified")]
    assert (str(behind.breach.value), str(behind.breach.bound)) == ("11000", "17500")
    assert {(one.code, one.amount, one.decimals) for one in behind.breach.figures} == {
        ("income", 1_100_000, 2),
        ("threshold", 3_000_000, 2),
        ("month", 7, 0),
    }
    (line,) = unproved.breach.unproved
    assert (line.label, line.amount, line.voucher) == ("记-0002", 1_900_000, rent[0].id)
    with engine.connect() as db:
        told = log.entries(db, book=BOOKS[LINGJIAO], act="alert.")
        frozen = snapshots.snapshot(db, township=SANHE, month=JULY)
        assert queries.open_by_village(db, within="45") == {LINGJIAO: 2, DASHAN_VILLAGE: 1}
        assert queries.breaches_today(db, township=SANHE, month=JULY, on=AUGUST) == ()
    assert [(one.act, one.subject) for one in told] == [
        ("alert.notify", "alert:1"),
        ("alert.notify", "alert:2"),
    ]
    event = event_of(told[0], book=BOOKS[LINGJIAO], previous=0)
    assert (event.state, event.link) == ("notified", f"/api/v1/books/{BOOKS[LINGJIAO]}/alerts/1")
    assert ticked(engine, store, AUGUST).watched == ()
    with engine.begin() as db:
        scan = files.described(b"%PDF-1.7 why", name="说明.pdf")
        said_so = actions.explain(
            db,
            township=SANHE,
            village=LINGJIAO,
            number=2,
            text=" 收据在承包人处，月底补。 ",
            scan=scan,
            **on_day(AUGUST, ACCOUNTANT),
        )
        assert (said_so.state, said_so.steps[1].text) == (AlertState.EXPLAINED, "收据在承包人处，月底补。")
        small.scan_comes(db, rent[0], on=LATER)
    (done,) = ticked(engine, store, LATER).watched
    assert (done.township, done.opened, done.cured) == (SANHE, (), (1, 2))
    behind, unproved = alerts(engine)
    cured = behind.steps[-1].kept
    assert cured is not None
    assert (behind.state, cured.month, str(cured.value)) == (AlertState.CURED, JULY, "30000")
    assert [one.step.value for one in unproved.steps] == ["notify", "explain", "cure"]
    assert proved(engine) == []
    with engine.connect() as db:
        assert snapshots.snapshot(db, township=SANHE, month=JULY) == frozen
        assert queries.unexplained(db, villages=[LINGJIAO, DASHAN_VILLAGE]).keys() == {DASHAN_VILLAGE}


def test_what_breaks_again_is_a_new_alert_and_one_of_last_year_is_closed_with_a_reason(
    engine: Engine, rent: list[Voucher], store: EvidenceStore
) -> None:
    ticked(engine, store, AUGUST)
    with engine.begin() as db:
        small.scan_comes(db, rent[0], on=LATER)
    ticked(engine, store, LATER)
    ticked(engine, store, date(2026, 9, 1))
    with engine.begin() as db:
        small.earned(db, "2026-09-10 果园租金 | 102 500.00 | cr 501 500.00", LINGJIAO, on=date(2026, 9, 11))
    with engine.connect() as db:
        (would,) = queries.breaches_today(db, township=SANHE, month=202609, on=date(2026, 9, 12))
        assert (would.village, would.line.id, str(would.value)) == (LINGJIAO, "unrecognised", "500")
    ticked(engine, store, NEW_YEAR)
    assert said(alerts(engine)) == [
        (1, LINGJIAO, "behind_threshold", "cured"),
        (2, LINGJIAO, "unrecognised", "cured"),
        (3, LINGJIAO, "unrecognised", "notified"),
    ]
    assert said(alerts(engine, DASHAN)) == [
        (1, DASHAN_VILLAGE, "behind_threshold", "notified"),
        (2, DASHAN_VILLAGE, "below_threshold", "notified"),
    ]
    with engine.begin() as db:
        small.set_threshold(db, 30_000, year=2027)
    ticked(engine, store, date(2027, 2, 1))
    assert [(one.number, one.year) for one in alerts(engine, DASHAN) if one.is_open] == [
        (1, 2026),
        (2, 2026),
        (3, 2027),
    ]
    with engine.begin() as db:
        reason = "年度已过，见年末预警。"
        closed = actions.close(db, township=DASHAN, number=1, text=reason, **on_day(NEW_YEAR, OFFICER))
    assert closed.state is AlertState.CLOSED
    assert proved(engine) == []


def test_what_cannot_be_judged_any_more_lapses_and_is_not_cured(engine: Engine, store: EvidenceStore) -> None:
    """新来村 earned 10 000.00 by July 2025 and 1 000.00 in 2026, which was never its own: cancelled, its income has fallen by all of
    it. Then the village goes into another: it has no threshold any more, which is not to say that it kept it."""
    with engine.begin() as db:
        small.a_village(db, LATE_VILLAGE, earns=1_000, first_year=2025)
        small.earned(db, "2025-06-20 发包收入 | 102 10000.00 | cr 501 10000.00", LATE_VILLAGE, originals=1)
    ticked(engine, store, AUGUST)
    assert said(alerts(engine, LATE)) == [
        (1, LATE_VILLAGE, "behind_threshold", "notified"),
        (2, LATE_VILLAGE, "fell", "notified"),
    ]
    with engine.begin() as db:
        book, day = BOOKS[LATE_VILLAGE], on_day(LATER, ACCOUNTANT)
        red = vouchers.reverse(db, book=book, voucher=1, dated=date(2026, 7, 1), **day)
        this = [Step(voucher=red.id)]
        vouchers.one(vouchers.review_many(db, this, book=book, **on_day(LATER, REVIEWER)))
        vouchers.one(vouchers.post_many(db, this, book=book, **day))
        ended = PlaceEnding(code=LATE_VILLAGE, since=date(2026, 7, 15))
        places.end(
            db, ended, by=with_role(db, "零管理", "administrator", "house"), on=LATER, at=small.morning(LATER)
        )
    (done,) = ticked(engine, store, LATER).watched
    assert (done.township, done.cured, done.lapsed) == (LATE, (), (1,))
    behind, fell = alerts(engine, LATE)
    assert (behind.state, behind.is_open, fell.state) == (AlertState.LAPSED, False, AlertState.NOTIFIED)
    assert behind.steps[-1].kept == Kept(month=JULY, value=None, missing=("threshold",))
    with engine.connect() as db:
        assert [one.act for one in log.entries(db, book=LATE, act="alert.lapse")] == ["alert.lapse"]
        assert prove_township(db, township=LATE).problems == ()


@pytest.mark.parametrize(
    ("step", "number", "day", "text", "codes"),
    [
        (actions.close, 1, LATER, "年内不行", ["alert_must_be_past"]),
        (actions.close, 1, NEW_YEAR, " ", ["alert_must_say_why"]),
        (actions.notify, 1, LATER, "电话通知村支书。", ["alert_must_be_told_once"]),
        (actions.notify, 99, LATER, "电话", ["alert_must_be_there"]),
    ],
)
def test_a_step_that_cannot_be_is_refused(
    engine: Engine, store: EvidenceStore, step: Any, number: int, day: date, text: str, codes: list[str]
) -> None:
    ticked(engine, store, AUGUST)
    with engine.begin() as db, pytest.raises(Refusal) as refusal:
        step(db, township=SANHE, number=number, text=text, **on_day(day, OFFICER))
    assert refused(refusal.value) == codes


def test_a_village_explains_its_own_alerts_only_and_none_that_is_over(
    engine: Engine, rent: list[Voucher], store: EvidenceStore
) -> None:
    def explained(village: str, number: int) -> list[str]:
        day = on_day(LATER, ACCOUNTANT)
        with engine.begin() as db, pytest.raises(Refusal) as refusal:
            actions.explain(db, township=SANHE, village=village, number=number, text="说明", **day)
        return refused(refusal.value)

    ticked(engine, store, AUGUST)
    assert explained(QINGSHUI, 1) == ["alert_must_be_there"]
    with engine.begin() as db:
        small.scan_comes(db, rent[0], on=LATER)
    ticked(engine, store, LATER)
    assert explained(LINGJIAO, 1) == ["alert_must_be_open"]


def test_a_township_adds_and_stops_red_lines_as_rows_by_two_people(
    engine: Engine, store: EvidenceStore
) -> None:
    def recorded(db: Connection, line: RedLine, *, watched: bool = True) -> None:
        new = NewRedLine(line=line, watched=watched)
        made = actions.record_line(db, new, township=SANHE, by=OFFICER, at=morning(small.IN_JULY))
        which: dict[str, Any] = {"line": line.id, "version": made.entry.version, "at": morning(small.IN_JULY)}
        with pytest.raises(Refusal) as refusal:
            actions.approve_line(db, township=SANHE, by=OFFICER, **which)
        assert refused(refusal.value) == ["red_line_approver_must_differ"]
        assert line not in queries.red_lines(db, township=SANHE).watched or not watched
        assert actions.approve_line(db, township=SANHE, by=SECOND, **which).in_force

    with engine.begin() as db:
        built_in = {one.id: one for one in queries.red_lines(db, township=SANHE).watched}
        recorded(db, FIRST_HALF)
        recorded(db, built_in["unrecognised"], watched=False)
    ticked(engine, store, AUGUST)
    assert said(alerts(engine)) == [
        (1, LINGJIAO, "behind_threshold", "notified"),
        (2, LINGJIAO, "first_half", "notified"),
        (3, QINGSHUI, "first_half", "notified"),
    ]
    assert said(alerts(engine, DASHAN)) == [(1, DASHAN_VILLAGE, "behind_threshold", "notified")]
    assert proved(engine) == []


def test_of_a_village_without_a_book_an_officer_says_whom_he_told(
    engine: Engine, store: EvidenceStore
) -> None:
    bare = SANHE + "205"
    with engine.begin() as db:
        new = Place(
            code=bare, name="无账村", level=PlaceLevel.VILLAGE, kind=VillageKind.ORDINARY, parent=SANHE
        )
        places.enter_many(db, [new], by=ACCOUNTANT, at=morning(small.IN_JULY))
    ticked(engine, store, AUGUST)
    (last,) = [one for one in alerts(engine) if one.breach.village == bare]
    assert (last.state, str(last.breach.value)) == (AlertState.OPEN, "0")
    with engine.begin() as db:
        text = "电话告知村支书。"
        told = actions.notify(db, township=SANHE, number=last.number, text=text, **on_day(AUGUST, OFFICER))
    assert told.state is AlertState.NOTIFIED
    assert proved(engine) == []
