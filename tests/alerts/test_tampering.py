"""Whoever changes a red line, an alert or what followed it behind the service's back is found out; and the database itself
refuses it before."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from coop.alerts import actions
from coop.proof.queries import prove_township
from schemas.alerts import NewRedLine
from tests.alerts.test_life import ACCOUNTANT, FIRST_HALF, LATER, OFFICER, SECOND, on_day
from tests.builders import a_database, behind_the_service, rolled_back
from tests.conftest import Databases
from tests.snapshots import small
from tests.snapshots.small import AUGUST, IN_JULY, LINGJIAO, SANHE, morning
from web.evidence_store import EvidenceStore


def furnish(db: Connection) -> None:
    """A red line of the township's own in force, before anything is frozen."""
    small.furnish(db)
    at = morning(IN_JULY)
    actions.record_line(db, NewRedLine(line=FIRST_HALF), township=SANHE, by=OFFICER, at=at)
    actions.approve_line(db, township=SANHE, line=FIRST_HALF.id, version=1, by=SECOND, at=at)


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        small.ticked(engine, EvidenceStore(tmp_path_factory.mktemp("scans")), AUGUST)
        with engine.begin() as db:
            why = on_day(LATER, ACCOUNTANT)
            actions.explain(db, township=SANHE, village=LINGJIAO, number=1, text="月底补齐。", **why)
        yield engine


def problems(db: Connection) -> set[str]:
    return {one.code for one in prove_township(db, township=SANHE).problems}


def test_unchanged_it_holds(engine: Engine) -> None:
    with rolled_back(engine) as db:
        assert problems(db) == set()


SEALED, GONE, FOLLOWS = (
    "fact_must_be_as_sealed",
    "sealed_fact_must_be_there",
    "alert_must_follow_from_the_month",
)
NEW, UNREADABLE = "fact_must_be_in_the_log", "body_must_be_readable"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ("UPDATE red_line SET bound = '1'", {SEALED}),
        ("UPDATE red_line SET watched = 0", {SEALED}),
        ("UPDATE red_line_approval SET at = '2026-07-18T00:00:00.000000Z'", {SEALED}),
        ("DELETE FROM red_line_approval", {GONE}),
        ("UPDATE alert SET breach = replace(breach, '17500', '9500') WHERE number = 1", {SEALED, FOLLOWS}),
        ("UPDATE alert SET \"by\" = 2 WHERE number = 1", {SEALED}),
        ("DELETE FROM alert WHERE number = 2", {SEALED, GONE}),
        ("UPDATE alert_step SET text = '没有问题' WHERE step = 'explain'", {SEALED}),
        ("UPDATE alert_step SET step = 'close' WHERE step = 'explain'", {NEW, GONE}),
        ("DELETE FROM alert_step WHERE step = 'explain'", {GONE}),
        ("UPDATE alert_watch SET lines = '[]'", {SEALED}),
        ("DELETE FROM alert_watch", {GONE}),
        ("UPDATE alert_watch SET lines = '{'", {UNREADABLE}),
        ("UPDATE alert SET breach = '[]' WHERE number = 1", {UNREADABLE}),
        ("UPDATE snapshot SET policy = '{}x'", {UNREADABLE}),
        (
            f"UPDATE snapshot_village SET income = 0 WHERE village = '{LINGJIAO}' AND month = 202607",
            {"snapshot_must_be_as_sealed", "rank_must_follow_from_frozen", FOLLOWS},
        ),
    ],
)  # fmt: skip
def test_a_change_behind_the_service_is_found(engine: Engine, change: str, codes: set[str]) -> None:
    with behind_the_service(engine) as db:
        assert db.execute(text(change)).rowcount > 0
        assert problems(db) >= codes - {"rank_must_follow_from_frozen"}


@pytest.mark.parametrize("table", ["red_line", "red_line_approval", "alert", "alert_step", "alert_watch"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET book_id = book_id", "DELETE FROM {table}"])
def test_the_database_refuses_it(engine: Engine, table: str, change: str) -> None:
    with rolled_back(engine) as db:
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
        with pytest.raises(DBAPIError, match=f"{table} is only added to"):
            db.execute(text(change.format(table=table)))
