"""Logins and roles on a real database: two persons for every role over money, duties apart, one login an identity."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Barrier

import pytest
from sqlalchemy import Connection, Engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from coop.access import queries, rules
from coop.access.grants import actions as grant_actions
from coop.access.logins import actions as logins
from coop.access.sessions import actions as sessions
from coop.access.tables import DutyHeldRow, LoginRow, RoleConsentRow, RoleGrantRow, RoleHeldRow, SessionRow
from coop.access.tokens import actions as tokens
from coop.proof import queries as proof
from coop.vault.rules import seal
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log import queries as logged
from ledger.people import actions as people
from ledger.seal import rules as seal_rules
from schemas.access import Deed, GrantState, Login, NewGrant, NewLogin, NewToken, Rights, Role
from schemas.identity import IdentityKind
from schemas.problems import Refusal, RefusalKind
from tests.builders import a_book
from tests.people import (
    AT,
    VAULT,
    WITNESS,
    a_login,
    a_place,
    citizen,
    login_of,
    proposed,
    rights,
    scope,
    the_operator,
    the_witness,
    with_role,
)


@pytest.fixture
def house(db: Connection) -> Connection:
    """Two cooperatives of two townships, and an administrator."""
    a_book(db, "qingshui")
    a_book(db, "longping")
    a_place(db, "qingshui", "450000101200")
    a_place(db, "longping", "450000102200")
    the_witness(db)
    return db


def refused(act: object, *codes: str, kind: RefusalKind | None = None) -> None:
    with pytest.raises(Refusal) as found:
        act()  # type: ignore[operator]
    assert [problem.code for problem in found.value.problems] == list(codes)
    if kind is not None:
        assert found.value.kind is kind


# Two persons


def test_a_money_role_is_in_force_only_with_a_second_persons_consent(house: Connection) -> None:
    grant = proposed(house, "lu", "cashier", "book:qingshui")
    assert grant.state is GrantState.PROPOSED
    assert rights(house, "lu").held == ()
    consented = grant_actions.consent(house, grant.id, by=rights(house, WITNESS), at=AT)
    assert consented.state is GrantState.HELD
    assert consented.consented_by == login_of(house, WITNESS).person
    assert queries.may(house, rights(house, "lu"), Deed.SIGN_AS_CASHIER, "qingshui")
    assert not queries.may(house, rights(house, "lu"), Deed.SIGN_AS_CASHIER, "longping")


def test_neither_the_proposer_nor_the_holder_consents(house: Connection) -> None:
    grant = proposed(house, "lu", "cashier", "book:qingshui")
    with_role(house, "lu", "administrator", "place:450000102")
    by_proposer = lambda: grant_actions.consent(house, grant.id, by=the_operator(house), at=AT)  # noqa: E731
    refused(by_proposer, "consent_must_be_anothers", kind=RefusalKind.STATE)
    own = Rights(person=grant.person, held=the_operator(house).held)
    refused(lambda: grant_actions.consent(house, grant.id, by=own, at=AT), "consent_must_be_anothers")


def test_a_chair_consents_for_his_own_book_only(house: Connection) -> None:
    with_role(house, "chair", "chair", "book:qingshui")
    here = proposed(house, "lu", "cashier", "book:qingshui")
    there = proposed(house, "mo", "cashier", "book:longping")
    chair = rights(house, "chair")
    assert [grant.id for grant in queries.grants_waiting_for(house, chair)] == [here.id]
    refused(
        lambda: grant_actions.consent(house, there.id, by=chair, at=AT),
        "deed_must_be_allowed",
        kind=RefusalKind.FORBIDDEN,
    )
    assert grant_actions.consent(house, here.id, by=chair, at=AT).state is GrantState.HELD


def test_consent_waits_until_the_owner_has_made_a_password_of_his_own(house: Connection) -> None:
    a_login(house, "lu", password=None)
    grant = proposed(house, "lu", "cashier", "book:qingshui")
    witness = rights(house, WITNESS)
    refused(lambda: grant_actions.consent(house, grant.id, by=witness, at=AT), "login_must_be_set_up")
    logins.invite(house, grant.person, digest=b"c" * 32, by=the_operator(house), at=AT)
    logins.accept_invitation(house, digest=b"c" * 32, password_hash="his own", at=AT)
    assert grant_actions.consent(house, grant.id, by=witness, at=AT).state is GrantState.HELD


def test_consent_looks_again_at_the_duties(house: Connection) -> None:
    """The book had no place when the role was proposed; drawn into the officer's township, it is refused."""
    a_book(house, "later")
    waiting = proposed(house, "lu", "cashier", "book:later")
    with_role(house, "lu", "township_officer", "place:450000103")
    a_place(house, "later", "450000103200")
    witness = rights(house, WITNESS)
    refused(lambda: grant_actions.consent(house, waiting.id, by=witness, at=AT), "duties_must_be_apart")


def test_a_role_that_holds_no_power_is_in_force_at_once(house: Connection) -> None:
    assert proposed(house, "lu", "household", "book:qingshui").state is GrantState.HELD
    assert proposed(house, "mo", "scorekeeper", "book:qingshui").state is GrantState.HELD


def test_the_operator_makes_the_first_administrator_alone_and_no_second(house: Connection) -> None:
    assert queries.roles_held(house, login_of(house, WITNESS).person) != ()
    assert proposed(house, "lu", "administrator", "house").state is GrantState.PROPOSED


def test_nobody_gives_a_role_to_himself(house: Connection) -> None:
    witness = rights(house, WITNESS)
    new = NewGrant(person=witness.person, role=Role.HOUSEHOLD, scope=scope("book:qingshui"))
    refused(lambda: grant_actions.propose(house, new, by=witness, at=AT), "grantor_must_be_another")


def test_an_administrator_of_a_place_gives_roles_in_that_place_only(house: Connection) -> None:
    administrator = with_role(house, "lu", "administrator", "place:450000101")
    mo = login_of(house, "mo").person
    here = NewGrant(person=mo, role=Role.CASHIER, scope=scope("book:qingshui"))
    assert grant_actions.propose(house, here, by=administrator, at=AT).state is GrantState.PROPOSED
    for where in ("book:longping", "place:450000102", "house"):
        there = NewGrant(person=mo, role=Role.AUDITOR, scope=scope(where))
        refused(
            lambda there=there: grant_actions.propose(house, there, by=administrator, at=AT),
            "deed_must_be_allowed",
            kind=RefusalKind.FORBIDDEN,
        )


def test_one_person_is_enough_to_take_a_role_back(house: Connection) -> None:
    with_role(house, "lu", "cashier", "book:qingshui")
    (grant,) = queries.grants_of(house, login_of(house, "lu").person)
    ended = grant_actions.end_grant(house, grant.id, by=the_operator(house), reason="left", at=AT)
    assert (ended.state, ended.reason) == (GrantState.ENDED, "left")
    assert rights(house, "lu").held == ()
    again = lambda: grant_actions.end_grant(house, grant.id, by=the_operator(house), reason="", at=AT)  # noqa: E731
    refused(again, "grant_must_not_be_over", kind=RefusalKind.STATE)


def test_who_could_consent_may_refuse_but_not_take_back(house: Connection) -> None:
    with_role(house, "chair", "chair", "book:qingshui")
    chair = rights(house, "chair")
    waiting = proposed(house, "lu", "cashier", "book:qingshui")
    assert (
        grant_actions.end_grant(house, waiting.id, by=chair, reason="unknown here", at=AT).state
        is GrantState.ENDED
    )
    with_role(house, "mo", "cashier", "book:qingshui")
    (held,) = queries.grants_of(house, login_of(house, "mo").person)
    refused(
        lambda: grant_actions.end_grant(house, held.id, by=chair, reason="", at=AT),
        "deed_must_be_allowed",
        kind=RefusalKind.FORBIDDEN,
    )


# Duties apart


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("cashier", "accountant"),
        ("cashier", "reviewer"),
        ("accountant", "auditor"),
        ("accountant", "chair"),
        ("chair", "auditor"),
    ],
)
def test_roles_that_must_be_apart_are_refused_on_one_book_and_granted_on_two(
    house: Connection, first: str, then: str
) -> None:
    with_role(house, "lu", first, "book:qingshui")
    refused(lambda: proposed(house, "lu", then, "book:qingshui"), "duties_must_be_apart")
    assert proposed(house, "lu", then, "book:longping").state is GrantState.PROPOSED


def test_a_place_and_a_book_within_it_meet(house: Connection) -> None:
    with_role(house, "lu", "township_officer", "place:450000101")
    refused(lambda: proposed(house, "lu", "cashier", "book:qingshui"), "duties_must_be_apart")
    assert proposed(house, "lu", "cashier", "book:longping").state is GrantState.PROPOSED


def test_a_reviewer_becomes_chair_and_then_no_longer_accountant(house: Connection) -> None:
    with_role(house, "lu", "reviewer", "book:qingshui")
    with_role(house, "lu", "chair", "book:qingshui")
    refused(lambda: proposed(house, "lu", "accountant", "book:qingshui"), "duties_must_be_apart")
    chair = queries.grants_of(house, login_of(house, "lu").person)[1]
    grant_actions.end_grant(house, chair.id, by=the_operator(house), reason="voted out", at=AT)
    with_role(house, "lu", "accountant", "book:qingshui")
    assert {one.role for one in rights(house, "lu").held} == {Role.ACCOUNTANT, Role.REVIEWER}


def test_a_cashier_who_gave_the_money_back_may_keep_the_books(house: Connection) -> None:
    with_role(house, "lu", "cashier", "book:qingshui")
    (grant,) = queries.grants_of(house, login_of(house, "lu").person)
    grant_actions.end_grant(house, grant.id, by=the_operator(house), reason="changed post", at=AT)
    with_role(house, "lu", "accountant", "book:qingshui")
    assert [one.role for one in rights(house, "lu").held] == [Role.ACCOUNTANT]


def test_a_place_drawn_over_a_book_later_is_found_by_the_check(house: Connection) -> None:
    a_book(house, "later")
    with_role(house, "lu", "cashier", "book:later")
    with_role(house, "lu", "township_officer", "place:450000103")
    assert queries.duties_at_odds(house) == ()
    a_place(house, "later", "450000103200")
    ((person, one, other),) = queries.duties_at_odds(house)
    assert person == login_of(house, "lu").person
    assert {one.role, other.role} == {Role.CASHIER, Role.TOWNSHIP_OFFICER}


def test_two_consents_at_once_do_not_put_both_duties_in_one_hand(database: Engine) -> None:
    """Proposed while neither was in force, as two administrators may; the second finds the first in force."""
    with database.begin() as db:
        a_book(db, "qingshui")
        witness = the_witness(db)
        grants = [proposed(db, "lu", "cashier", "book:qingshui")]
        new = NewGrant(person=grants[0].person, role=Role.ACCOUNTANT, scope=scope("book:qingshui"))
        row = {
            "grant_id": grants[0].id + 1,
            "person_id": new.person,
            "role": "accountant",
            "scope_kind": "book",
            "scope_code": "qingshui",
            "proposed_by": the_operator(db).person,
            "proposed_at": "2026-01-15T08:30:00.000000Z",
        }
        db.execute(insert(table_of(RoleGrantRow)), [row])  # what no rule lets through, for the race alone
    start = Barrier(2)

    def consent(id: int) -> str:
        start.wait()
        try:
            with database.begin() as db:
                return grant_actions.consent(db, id, by=witness, at=AT).state
        except Refusal as refusal:
            return refusal.problems[0].code

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(consent, (grants[0].id, grants[0].id + 1)))
    assert answers == ["duties_must_be_apart", "held"]
    with database.begin() as db:
        assert len(queries.roles_held(db, grants[0].person)) == 1


# The same facts as constraints


HELD = table_of(RoleHeldRow)
DUTY = table_of(DutyHeldRow)


def behind_the_back(db: Connection, statement: object, rows: list[dict[str, object]]) -> None:
    savepoint = db.begin_nested()
    with pytest.raises(IntegrityError):
        db.execute(statement, rows or None)  # type: ignore[call-overload]
    savepoint.rollback()


def test_the_database_keeps_a_cashier_from_the_books(house: Connection) -> None:
    with_role(house, "lu", "cashier", "book:qingshui")
    waiting = proposed(house, "mo", "accountant", "book:qingshui")
    row = {
        "person_id": login_of(house, "lu").person,
        "scope_kind": "book",
        "scope_code": "qingshui",
        "role": "accountant",
        "duty": "books",
        "grant_id": waiting.id,
        "consent_id": None,
    }
    behind_the_back(house, insert(HELD), [row])  # no second duty, no other's grant, no missing consent
    behind_the_back(house, insert(HELD), [row | {"duty": "cash"}])
    behind_the_back(house, update(DUTY).values(duty="books"), [])


@pytest.mark.parametrize(
    "role", ["accountant", "reviewer", "cashier", "chair", "auditor", "township_officer"]
)
def test_the_database_keeps_a_role_without_consent_from_being_held(house: Connection, role: str) -> None:
    where = "place:450000101" if role == "township_officer" else "book:qingshui"
    grant = proposed(house, "lu", role, where)
    duty = {
        "chair": "direction",
        "auditor": "supervision",
        "cashier": "cash",
        "township_officer": "oversight",
    }
    row = {
        "person_id": grant.person,
        "scope_kind": grant.scope.kind.value,
        "scope_code": grant.scope.code,
        "duty": duty.get(role, "books"),
    }
    house.execute(insert(DUTY), [row])
    behind_the_back(house, insert(HELD), [{**row, "role": role, "grant_id": grant.id, "consent_id": None}])


@pytest.mark.parametrize("by", ["proposer", "holder"])
def test_the_database_takes_no_consent_of_proposer_or_holder(house: Connection, by: str) -> None:
    grant = proposed(house, "lu", "cashier", "book:qingshui")
    row = {
        "grant_id": grant.id,
        "person_id": grant.person,
        "proposed_by": grant.proposed_by,
        "given_by": grant.proposed_by if by == "proposer" else grant.person,
        "given_at": "2026-01-15T08:30:00.000000Z",
    }
    behind_the_back(house, insert(table_of(RoleConsentRow)), [row])
    lied = row | {"proposed_by": login_of(house, WITNESS).person, "given_by": grant.proposed_by}
    behind_the_back(house, insert(table_of(RoleConsentRow)), [lied])


def test_the_database_keeps_anybody_from_proposing_himself(house: Connection) -> None:
    person = login_of(house, "lu").person
    row = {
        "grant_id": 999,
        "person_id": person,
        "role": "cashier",
        "scope_kind": "book",
        "scope_code": "qingshui",
        "proposed_by": person,
        "proposed_at": "2026-01-15T08:30:00.000000Z",
    }
    behind_the_back(house, insert(table_of(RoleGrantRow)), [row])
    behind_the_back(house, insert(table_of(RoleGrantRow)), [row | {"proposed_by": 1, "role": "emperor"}])


# One login per identity


def test_an_identity_has_one_login_under_whatever_name(house: Connection) -> None:
    a_login(house, "lu", number=77)
    refused(lambda: a_login(house, "lu2", number=77), "identity_must_have_one_login")
    mo = a_login(house, "mo", number=78)
    identity = seal(VAULT, citizen(77), IdentityKind.CITIZEN)
    refused(
        lambda: logins.set_identity(house, mo.person, identity, by=the_operator(house), at=AT),
        "identity_must_have_one_login",
    )
    digest = house.execute(select(table_of(LoginRow).c.identity_digest).order_by("made_at")).scalars().all()
    behind_the_back(house, update(table_of(LoginRow)).values(identity_digest=digest[0]), [])


def test_a_login_name_is_one_in_any_letter_case(house: Connection) -> None:
    a_login(house, "Lu.Lan")
    refused(lambda: a_login(house, "lu.lan"), "login_name_must_be_new")
    found = queries.login_named(house, "LU.LAN")
    assert found is not None
    assert found.name == "lu.lan"


def test_somebody_the_papers_know_keeps_his_number(house: Connection) -> None:
    known = people.know(house, ["黄秀贵"], known_from="qingshui", by=None, at=AT)["黄秀贵"]
    new = NewLogin(name="huang", person_name="黄秀贵", person=known)
    assert logins.add_login(house, new, by=the_operator(house), at=AT).person == known
    second = NewLogin(name="huang2", person_name="黄秀贵", person=known)
    refused(
        lambda: logins.add_login(house, second, by=the_operator(house), at=AT),
        "person_must_have_one_login",
    )
    nobody = NewLogin(name="nobody", person_name="x", person=123456)
    refused(lambda: logins.add_login(house, nobody, by=the_operator(house), at=AT), "person_must_be_known")


def test_two_people_of_one_name_stay_two(house: Connection) -> None:
    one = logins.add_login(house, NewLogin(name="w1", person_name="王伟"), by=the_operator(house), at=AT)
    other = logins.add_login(house, NewLogin(name="w2", person_name="王伟"), by=the_operator(house), at=AT)
    assert one.person != other.person
    assert {one.person_name, other.person_name} == {"王伟"}


def test_a_role_over_money_needs_a_known_identity(house: Connection) -> None:
    logins.add_login(house, NewLogin(name="w1", person_name="王伟"), by=the_operator(house), at=AT)
    refused(lambda: proposed(house, "w1", "auditor", "house"), "identity_must_be_known")
    identity = seal(VAULT, citizen(55), IdentityKind.CITIZEN)
    logins.set_identity(house, login_of(house, "w1").person, identity, by=the_operator(house), at=AT)
    assert proposed(house, "w1", "auditor", "house").state is GrantState.PROPOSED


# Renewing and closing


def test_a_renewed_login_waits_for_consent_again_and_everything_of_the_old_one_ends(
    house: Connection,
) -> None:
    who = with_role(house, "lu", "accountant", "book:qingshui")
    with_role(house, "lu", "household", "book:longping")
    new = NewToken(name="t", deeds=[Deed.SEE_BOOK], until="2026-02-01T00:00:00Z")
    token = tokens.make_token(house, new, digest=b"t" * 32, by=who, at=AT)
    logins.invite(house, who.person, digest=b"c" * 32, by=rights(house, WITNESS), at=AT)
    assert [one.role for one in rights(house, "lu").held] == [Role.HOUSEHOLD]
    assert queries.token(house, token.id).ended_at is not None  # type: ignore[union-attr]
    login = login_of(house, "lu")
    assert (login.has_password, login.has_second_factor) == (False, False)
    logins.accept_invitation(house, digest=b"c" * 32, password_hash="new", at=AT)
    (waiting,) = queries.grants_waiting(house)
    assert (waiting.role, waiting.proposed_by) == (Role.ACCOUNTANT, login_of(house, WITNESS).person)
    refused(
        lambda: grant_actions.consent(house, waiting.id, by=rights(house, WITNESS), at=AT),
        "consent_must_be_anothers",
    )
    with_role(house, "chair", "chair", "book:qingshui")
    grant_actions.consent(house, waiting.id, by=rights(house, "chair"), at=AT)
    assert queries.may(house, rights(house, "lu"), Deed.DRAFT_VOUCHER, "qingshui")


def test_a_set_up_code_is_good_once_and_for_a_week(house: Connection) -> None:
    login = a_login(house, "lu", password=None)
    logins.invite(house, login.person, digest=b"c" * 32, by=the_operator(house), at=AT)
    late = AT.replace(day=22)

    def accept(at: datetime) -> Login:
        return logins.accept_invitation(house, digest=b"c" * 32, password_hash="x", at=at)

    refused(lambda: accept(late), "invitation_must_hold")
    assert accept(AT).has_password
    refused(lambda: accept(AT), "invitation_must_hold")


def test_nobody_renews_his_own_login(house: Connection) -> None:
    witness = rights(house, WITNESS)
    refused(
        lambda: logins.invite(house, witness.person, digest=b"c" * 32, by=witness, at=AT),
        "login_must_be_renewed_by_another",
    )


def test_the_last_administrator_renewed_by_the_operator_stays_administrator(house: Connection) -> None:
    person = login_of(house, WITNESS).person
    logins.invite(house, person, digest=b"c" * 32, by=the_operator(house), at=AT)
    assert [one.role for one in queries.roles_held(house, person)] == [Role.ADMINISTRATOR]


def test_a_closed_login_holds_nothing_until_it_is_renewed(house: Connection) -> None:
    who = with_role(house, "lu", "household", "book:qingshui")
    closed = logins.close_login(house, who.person, by=the_operator(house), reason="left", at=AT)
    assert closed.closed_at is not None
    assert rights(house, "lu").held == ()
    assert queries.credentials_of(house, "lu") is None
    refused(lambda: proposed(house, "lu", "household", "book:longping"), "login_must_be_open")
    refused(
        lambda: logins.close_login(house, who.person, by=the_operator(house), reason="", at=AT),
        "login_must_be_open",
    )
    logins.invite(house, who.person, digest=b"c" * 32, by=the_operator(house), at=AT)
    assert [one.role for one in rights(house, "lu").held] == [Role.HOUSEHOLD]


@pytest.mark.parametrize("role", ["accountant", "cashier", "chair", "auditor"])
def test_only_administrators_make_people(house: Connection, role: str) -> None:
    who = with_role(house, "lu", role, "book:qingshui")
    mo = login_of(house, "mo").person
    identity = seal(VAULT, citizen(66), IdentityKind.CITIZEN)
    acts = (
        lambda: logins.add_login(house, NewLogin(name="x1", person_name="x"), by=who, at=AT),
        lambda: logins.invite(house, mo, digest=b"c" * 32, by=who, at=AT),
        lambda: logins.close_login(house, mo, by=who, reason="", at=AT),
        lambda: logins.set_identity(house, mo, identity, by=who, at=AT),
    )
    for act in acts:
        refused(act, "deed_must_be_allowed", kind=RefusalKind.FORBIDDEN)


def test_an_administrator_of_a_place_renews_and_closes_only_whoever_has_no_role_beyond_it(
    house: Connection,
) -> None:
    place = with_role(house, "lu", "administrator", "place:450000101")
    with_role(house, "within", "accountant", "book:qingshui")
    with_role(house, "beyond", "accountant", "book:longping")
    proposed(house, "waiting", "auditor", "house")
    for name in ("beyond", "waiting", WITNESS):
        person = login_of(house, name).person
        for act in (
            lambda person=person: logins.invite(house, person, digest=b"c" * 32, by=place, at=AT),
            lambda person=person: logins.close_login(house, person, by=place, reason="", at=AT),
            lambda person=person: logins.set_identity(
                house, person, seal(VAULT, citizen(66), IdentityKind.CITIZEN), by=place, at=AT
            ),
        ):
            refused(act, "person_must_be_within_reach", kind=RefusalKind.FORBIDDEN)
    within = login_of(house, "within").person
    assert not logins.invite(house, within, digest=b"c" * 32, by=place, at=AT).has_password


def test_an_identity_that_is_none_is_refused_before_it_is_sealed() -> None:
    with pytest.raises(Refusal) as found:
        rules.sealed_identity(VAULT, "450000197001010013", login="lu")
    (problem,) = found.value.problems
    assert (problem.code, problem.pointer) == ("identity_must_be_a_citizens", "/identity")
    assert "450000197001010013" not in str(problem)


# The door


def test_not_yours_and_not_there_are_the_same_answer(house: Connection) -> None:
    who = with_role(house, "lu", "accountant", "book:qingshui")
    answers = []
    for book in ("longping", "nowhere"):
        with pytest.raises(Refusal) as found:
            queries.book_seen_by(house, who, book)
        (problem,) = found.value.problems
        answers.append((found.value.kind, problem.code, str(problem).replace(book, "…")))
    assert answers[0] == answers[1]
    assert answers[0][:2] == (RefusalKind.MISSING, "book_must_exist")


def test_a_book_that_is_seen_may_still_be_forbidden(house: Connection) -> None:
    who = with_role(house, "lu", "cashier", "book:qingshui")
    assert queries.book_seen_by(house, who, "qingshui", deed=Deed.SEE_BOOK).id == "qingshui"
    refused(
        lambda: queries.book_seen_by(house, who, "qingshui", deed=Deed.POST_VOUCHER),
        "deed_must_be_allowed",
        kind=RefusalKind.FORBIDDEN,
    )


@pytest.mark.parametrize(
    ("role", "where", "books"),
    [
        ("accountant", "book:qingshui", ["qingshui"]),
        ("accountant", "place:450000", ["longping", "qingshui"]),
        ("township_officer", "place:450000102", ["longping"]),
        ("auditor", "house", ["longping", "loose", "qingshui"]),
        ("household", "book:longping", ["longping"]),
    ],
)
def test_each_sees_his_own_books(house: Connection, role: str, where: str, books: list[str]) -> None:
    a_book(house, "loose")
    who = with_role(house, "lu", role, where)
    assert [book.id for book in queries.books_seen_by(house, who)] == books
    for book in ("qingshui", "longping", "loose"):
        assert (book in books) == bool(queries.deeds_of(house, who, book))


def test_books_are_listed_by_deed(house: Connection) -> None:
    with_role(house, "lu", "household", "book:longping")
    who = with_role(house, "lu", "accountant", "book:qingshui")
    assert [book.id for book in queries.books_seen_by(house, who, deed=Deed.SEE_BOOK)] == ["qingshui"]
    assert queries.books_seen_by(house, rights(house, "mo")) == ()


def test_who_can_be_asked_is_named(house: Connection) -> None:
    with_role(house, "lu", "reviewer", "place:450000101")
    with_role(house, "mo", "reviewer", "book:longping")
    assert queries.people_with(house, Deed.REVIEW_VOUCHER, book="qingshui") == (login_of(house, "lu").person,)
    assert queries.people_with(house, Deed.REVIEW_VOUCHER, book="nowhere") == ()


def test_one_of_two_roles_is_taken_back_from_a_closed_login(house: Connection) -> None:
    with_role(house, "lu", "accountant", "book:qingshui")
    with_role(house, "lu", "reviewer", "book:qingshui")
    login = login_of(house, "lu")
    logins.close_login(house, login.person, by=the_operator(house), reason="left", at=AT)
    first, second = queries.grants_of(house, login.person)
    grant_actions.end_grant(house, first.id, by=the_operator(house), reason="left", at=AT)
    assert queries.grants_of(house, login.person)[1] == second
    assert proof.prove_house(house).problems == ()


# The log


def test_every_act_is_a_link_of_the_houses_chain_and_names_no_secret(house: Connection) -> None:
    with_role(house, "lu", "accountant", "book:qingshui")
    (grant,) = queries.grants_of(house, login_of(house, "lu").person)
    grant_actions.end_grant(house, grant.id, by=the_operator(house), reason="left", at=AT)
    entries = logged.entries(house, book=log.HOUSE)
    head = logged.head(house, book=log.HOUSE)
    assert head is not None
    assert seal_rules.faults_in_chain(entries, book=log.HOUSE, previous="", first=1, length=head.length) == ()
    assert [entry.act for entry in entries if entry.act != "person.know"] == [
        *["place.enter"] * 7,  # two villages and what they lie in
        "login.add",  # the witness
        "login.password",
        "role.grant",
        "login.add",  # lu
        "login.password",
        "role.propose",
        "role.consent",
        "role.end",
    ]
    told = " ".join(f"{entry.before} {entry.after}" for entry in entries)
    assert citizen(1) not in told
    assert "450000********0" in told


def test_an_end_of_a_session_belongs_to_its_owner_or_an_administrator(house: Connection) -> None:
    lu, mo = a_login(house, "lu"), a_login(house, "mo")
    known = queries.credentials_of(house, "lu")
    assert known is not None
    session = sessions.sign_in(
        house, known, digest=b"s" * 32, address="::1", agent="", second_factor=False, at=AT
    )
    assert session is not None
    refused(
        lambda: sessions.end_session(house, session.id, by=Rights(person=mo.person), at=AT),
        "session_must_be_there",
        kind=RefusalKind.MISSING,
    )
    sessions.end_session(house, session.id, by=Rights(person=lu.person), at=AT)
    assert house.execute(select(table_of(SessionRow))).all() == []
