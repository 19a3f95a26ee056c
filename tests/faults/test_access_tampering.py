"""Whoever can write to the database can make himself accountant, but not without being found out.

A house of two cooperatives: lu is cashier of one, mo accountant of it and reviewer, nong was scorekeeper, wei's login is
closed, tan has a set-up code, a household has a PIN; lu has a token and is signed in. Each test drops every trigger and
reference, makes one change behind the service's back, and looks at what the proof of the house says.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from coop.access import queries
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.access.sessions import actions as sessions
from coop.access.tokens import actions as tokens
from coop.proof import access as proved
from coop.proof import queries as proof
from schemas.access import Deed, NewToken
from schemas.problems import Fault
from tests.builders import ACCOUNTANT, a_book, a_database, rolled_back, said
from tests.conftest import Databases
from tests.people import AT, a_login, a_place, login_of, rights, the_operator, the_witness, with_role

LU, MO, NONG = (f"(SELECT person_id FROM login WHERE name = '{one}')" for one in ("lu", "mo", "nong"))


def furnish(db: Connection) -> None:
    a_book(db, "qingshui")
    a_book(db, "longping")
    a_place(db, "qingshui", "450000101200")
    a_place(db, "longping", "450000102200")
    the_witness(db)
    with_role(db, "lu", "cashier", "book:qingshui")
    with_role(db, "mo", "accountant", "book:qingshui")
    with_role(db, "mo", "reviewer", "book:qingshui")
    with_role(db, "nong", "scorekeeper", "book:qingshui")
    (grant,) = queries.grants_of(db, login_of(db, "nong").person)
    operator = the_operator(db)
    grants.end_grant(db, grant.id, by=operator, reason="left", at=AT)
    a_login(db, "wei")
    logins.close_login(db, login_of(db, "wei").person, by=operator, reason="left", at=AT)
    a_login(db, "tan", password=None)
    logins.invite(db, login_of(db, "tan").person, digest=b"i" * 32, by=operator, at=AT)
    logins.open_household(db, book="qingshui", household="HQ001", name="卢兰芳", by=ACCOUNTANT, at=AT)
    (household,) = db.execute(
        text("SELECT name FROM login WHERE password_hash IS NULL AND name <> 'tan'")
    ).scalars()
    logins.set_pin(db, household, "a hash", at=AT)
    token = NewToken(
        name="export", deeds=(Deed.SEE_BOOK,), books=("qingshui",), until=(AT + timedelta(days=9)).isoformat()
    )
    tokens.make_token(db, token, digest=b"t" * 32, by=rights(db, "lu"), at=AT)
    known = queries.credentials_of(db, "lu")
    assert known is not None
    sessions.sign_in(
        db, known, digest=b"s" * 32, address="::1", agent="", second_factor=False, new_hash="new", at=AT
    )


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def behind(engine: Engine) -> Iterator[Connection]:
    """A connection of somebody who minds neither triggers nor references; what they do is rolled back."""
    with rolled_back(engine) as db:
        if db.dialect.name == "sqlite":
            db.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            for table in ("role_grant", "role_consent", "role_end"):
                db.exec_driver_sql(f"DROP TRIGGER {table}_stays_as_it_is")
                db.exec_driver_sql(f"DROP TRIGGER {table}_stays")
        else:
            db.exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield db


def found(db: Connection) -> dict[str, str]:
    """What the proof of the house says: all sentences of each code."""
    return said(proof.prove_house(db).problems)


def test_untouched_the_house_holds(behind: Connection) -> None:
    assert found(behind) == {}


CHANGED, ADDED, GONE = "fact_must_be_as_sealed", "fact_must_be_in_the_log", "sealed_fact_must_be_there"
ROLES, TOKEN = "roles_must_be_as_given", "token_must_be_as_logged"

CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    # Whose login it is
    (f"UPDATE login SET person_id = {ACCOUNTANT} WHERE name = 'wei'",
     {ADDED: f"no login.add that would have written person:{ACCOUNTANT}", GONE: "(login.add) wrote of person:"}),
    ("UPDATE login SET name = 'weiwei' WHERE name = 'wei'", {CHANGED: "(login.add)"}),
    ("UPDATE login SET identity_digest = 'another' WHERE name = 'lu'", {CHANGED: "(login.add)"}),
    ("UPDATE login SET password_hash = 'mine' WHERE name = 'mo'", {CHANGED: "(login.add)"}),
    ("UPDATE login SET password_hash = 'mine' WHERE password_hash = 'a hash'", {CHANGED: "(login.add)"}),
    ("UPDATE login SET closed_at = NULL WHERE name = 'wei'", {CHANGED: "(login.add)"}),
    ("UPDATE login SET closed_at = made_at WHERE name = 'mo'", {CHANGED: "(login.add)"}),
    ("DELETE FROM login WHERE name = 'wei'", {GONE: "(login.add)"}),
    # Which roles were given, consented to, ended
    ("UPDATE role_grant SET role = 'chair' WHERE role = 'cashier'", {CHANGED: "(role.propose)", ROLES: "person"}),
    ("UPDATE role_grant SET scope_code = 'longping' WHERE role = 'cashier'",
     {CHANGED: "(role.propose)", ROLES: "person"}),
    (f"UPDATE role_grant SET person_id = {MO} WHERE role = 'cashier'",
     {ADDED: "no role.propose", GONE: "(role.propose)", ROLES: "person"}),
    (f"UPDATE role_grant SET proposed_by = {ACCOUNTANT} WHERE role = 'cashier'", {CHANGED: "(role.propose)"}),
    (f"UPDATE role_consent SET given_by = {ACCOUNTANT} WHERE person_id = {LU}", {CHANGED: "(role.consent)"}),
    (f"DELETE FROM role_consent WHERE person_id = {LU}", {GONE: "(role.consent)", ROLES: "person"}),
    ("UPDATE role_end SET reason = 'by mistake'", {CHANGED: "(role.end)"}),
    ("DELETE FROM role_end", {GONE: "(role.end)", ROLES: "person"}),
    (("INSERT INTO role_grant SELECT 99, person_id, 'accountant', 'book', 'longping', 1, proposed_at FROM role_grant"
      " WHERE role = 'cashier'"), {ADDED: "no role.propose"}),
    # What is in force
    ("UPDATE role_held SET role = 'reviewer', duty = 'direction' WHERE role = 'cashier'", {ROLES: "person"}),
    ("UPDATE role_held SET scope_code = 'longping' WHERE role = 'cashier'", {ROLES: "person"}),
    (f"UPDATE role_held SET person_id = {NONG} WHERE role = 'cashier'", {ROLES: "person"}),
    (f"DELETE FROM duty_held WHERE person_id = {LU}", {ROLES: "person"}),
    ("DELETE FROM role_held WHERE role = 'cashier'", {ROLES: "person"}),
    (("INSERT INTO role_held SELECT person_id, 'book', 'longping', 'household', NULL, 98, NULL FROM login"
      " WHERE name = 'wei'"), {ROLES: "person"}),
    # Programs, browsers, set-up codes
    ("UPDATE api_token SET deeds = '[\"post_voucher\"]'", {CHANGED: "token:1 is not what the log sealed"}),
    (f"UPDATE api_token SET person_id = {MO}", {CHANGED: "token:1"}),
    ("UPDATE api_token SET digest = (SELECT digest FROM session)", {CHANGED: "token:1"}),
    ("UPDATE api_token SET ended_at = made_at", {TOKEN: "Token 1"}),
    (f"UPDATE session SET person_id = {MO}", {ADDED: "session:"}),
    ("UPDATE session SET second_factor = NOT second_factor", {ADDED: "session:"}),
    (f"UPDATE invitation SET person_id = {MO}", {ADDED: "no login.invite"}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES)
def test_whoever_was_let_in_behind_the_services_back_is_named(
    behind: Connection, statement: str, expected: dict[str, str]
) -> None:
    assert behind.execute(text(statement)).rowcount > 0
    says = found(behind)
    assert set(says) == set(expected), says
    for code, words in expected.items():
        assert words in says[code]


def test_a_token_ended_by_the_log_is_not_open_again(behind: Connection) -> None:
    tokens.end_token(behind, 1, by=rights(behind, "lu"), at=AT)
    assert found(behind) == {}
    behind.execute(text("UPDATE api_token SET ended_at = NULL"))
    assert set(found(behind)) == {"token_must_be_as_logged"}


def test_what_is_done_in_order_leaves_the_house_whole(behind: Connection) -> None:
    """A login is closed, renewed and set up anew; its roles wait for consent again; a card is replaced."""
    operator = the_operator(behind)
    person = login_of(behind, "lu").person
    logins.invite(behind, person, digest=b"j" * 32, by=operator, at=AT)
    logins.accept_invitation(behind, digest=b"j" * 32, password_hash="anew", at=AT)
    (waiting,) = (one for one in queries.grants_waiting(behind) if one.person == person)
    grants.consent(behind, waiting.id, by=the_witness(behind), at=AT)
    logins.open_household(behind, book="qingshui", household="HQ001", name="卢兰芳", by=ACCOUNTANT, at=AT)
    assert found(behind) == {}


def test_every_finding_is_provoked() -> None:
    known = {fault.code for fault in vars(proved).values() if isinstance(fault, Fault)}
    assert known <= {code for _, expected in CHANGES for code in expected}
