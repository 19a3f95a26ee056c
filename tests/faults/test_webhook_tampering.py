"""Whoever can write to the database can have himself told of everything, or a watcher of nothing, but not unnoticed.

Three subscriptions: one runs with a second secret, one was stopped, one was ended. Each test drops every trigger, makes one
change behind the service's back, and looks at what the proof of the house says.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from coop.proof import queries as proof
from coop.proof import webhooks as proved
from coop.webhooks import actions, queries
from coop.webhooks.rules import FAILS_FOR
from schemas.problems import Fault
from schemas.webhooks import EventKind, Met
from tests.builders import a_database, behind_the_service, said
from tests.conftest import Databases
from tests.people import AT, VAULT, rights
from tests.webhooks import house
from tests.webhooks.house import secret_of, subscribe

CHANGED, ADDED, GONE = "fact_must_be_as_sealed", "fact_must_be_in_the_log", "sealed_fact_must_be_there"
STATE, AHEAD = "webhook_must_be_as_logged", "webhook_must_not_run_ahead"


def furnish(db: Connection) -> None:
    house.furnish(db)
    lu = rights(db, "lu")
    for name in ("one", "two", "three"):
        subscribe(db, f"https://{name}.example.org/in")
    actions.renew_secret(db, 1, secret=secret_of(900), vault=VAULT, by=lu, at=AT)
    house.interest(db)
    second = queries.webhook(db, 2)
    assert second is not None
    for at in (AT, AT + FAILS_FOR):
        due = next(one for one in queries.due(db, second, at="9") if one.book == "qingshui")
        actions.note(
            db,
            2,
            due,
            seq=due.until,
            kind=EventKind.VOUCHER_POST,
            met=Met.TIMEOUT,
            status=0,
            took_ms=1,
            asked=timedelta(0),
            part=0,
            by=lu.person,
            at=at,
        )
    actions.end(db, 3, by=lu, reason="moved", at=AT)


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def behind(engine: Engine) -> Iterator[Connection]:
    with behind_the_service(engine) as db:
        yield db


def found(db: Connection) -> dict[str, str]:
    """What the proof of the house says: all sentences of each code."""
    return said(proof.prove_house(db).problems)


def test_untouched_the_house_holds(behind: Connection) -> None:
    assert found(behind) == {}
    states = behind.execute(text("SELECT stopped FROM webhook_turn ORDER BY webhook_id")).scalars()
    assert list(map(bool, states)) == [False, True, False]


CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("UPDATE webhook SET url = 'https://thief.example.org' WHERE webhook_id = 1", {CHANGED: "webhook:1"}),
    ("UPDATE webhook SET scope_code = 'shimen' WHERE webhook_id = 1", {CHANGED: "webhook:1"}),
    ("UPDATE webhook SET kinds = '[\"book.open\"]' WHERE webhook_id = 1", {CHANGED: "webhook:1"}),
    ("UPDATE webhook SET made_by = 2 WHERE webhook_id = 1", {CHANGED: "webhook:1"}),
    ("UPDATE webhook SET made_at = '2025' WHERE webhook_id = 1", {CHANGED: "webhook:1"}),
    ("DELETE FROM webhook WHERE webhook_id = 3", {GONE: "(webhook.make)"}),
    (("INSERT INTO webhook SELECT 9, url, scope_kind, scope_code, kinds, made_by, made_at FROM webhook"
      " WHERE webhook_id = 1"), {ADDED: "webhook:9"}),
    ("UPDATE webhook_secret SET digest = 'another' WHERE webhook_id = 2", {CHANGED: "(webhook.secret)"}),
    ("UPDATE webhook_secret SET made_at = '2027' WHERE webhook_id = 1 AND number = 2", {CHANGED: "(webhook.secret)"}),
    (("UPDATE webhook_secret SET cipher = (SELECT cipher FROM webhook_secret WHERE webhook_id = 2)"
      " WHERE webhook_id = 3"), {CHANGED: "webhook:3"}),
    ("DELETE FROM webhook_secret WHERE webhook_id = 1 AND number = 2", {GONE: "(webhook.secret)"}),
    ("DELETE FROM webhook_end", {GONE: "(webhook.end)"}),
    ("UPDATE webhook_end SET reason = '410 Gone'", {CHANGED: "(webhook.end)"}),
    ("INSERT INTO webhook_end SELECT 1, ended_by, ended_at, reason FROM webhook_end", {ADDED: "webhook:1"}),
    ("UPDATE webhook_turn SET stopped = NOT stopped WHERE webhook_id = 1", {STATE: "Subscription 1"}),
    ("UPDATE webhook_turn SET stopped = NOT stopped WHERE webhook_id = 2", {STATE: "Subscription 2"}),
    ("DELETE FROM webhook_turn WHERE webhook_id = 1", {STATE: "Subscription 1"}),
    ("UPDATE webhook_cursor SET seq = 999 WHERE webhook_id = 1 AND book_id = 'qingshui'", {AHEAD: "book qingshui"}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES)
def test_whoever_is_told_behind_the_services_back_is_named(
    behind: Connection, statement: str, expected: dict[str, str]
) -> None:
    assert behind.execute(text(statement)).rowcount > 0
    says = found(behind)
    assert set(says) == set(expected), says
    for code, words in expected.items():
        assert words in says[code]


@pytest.mark.parametrize("table", ["webhook", "webhook_secret", "webhook_end"])
@pytest.mark.parametrize("change", ["UPDATE {} SET webhook_id = webhook_id", "DELETE FROM {}"])
def test_the_database_itself_changes_and_loses_none(engine: Engine, table: str, change: str) -> None:
    with (
        engine.connect() as db,
        db.begin(),
        pytest.raises(Exception, match=f"{table} is only added to"),
    ):
        db.execute(text(change.format(table)))


def test_every_finding_is_provoked() -> None:
    known = {fault.code for fault in vars(proved).values() if isinstance(fault, Fault)}
    assert known <= {code for _, expected in CHANGES for code in expected}
