"""Who may do what: the table read back row by row, duties kept apart, and every fault of giving a role."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coop.access import rules
from schemas.access import (
    Attempts,
    Deed,
    Duty,
    Grant,
    GrantState,
    Held,
    NewGrant,
    NewToken,
    Place,
    Rights,
    Role,
    Scope,
    ScopeKind,
    Session,
    Token,
)

AT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
QINGSHUI = Place(village="450000101200", township="450000101")
LONGPING = Place(village="450000102200", township="450000102")
PLACES = {"qingshui": QINGSHUI, "longping": LONGPING}


def scope(text: str) -> Scope:
    kind, _, code = text.partition(":")
    return Scope(kind=ScopeKind(kind), code=code)


def held(text: str) -> Held:
    role, _, where = text.partition(" ")
    return Held(role=Role(role), scope=scope(where))


def rights(*roles: str, person: int = 1) -> Rights:
    return Rights(person=person, held=tuple(held(role) for role in roles))


# The table


def test_every_deed_is_one_row_of_the_table() -> None:
    assert [row.deed for row in rules.TABLE] == list(Deed)


def test_every_role_has_its_term_its_scopes_and_a_deed() -> None:
    assert list(rules.ROLES) == list(Role)
    assert all(row.scopes and rules.DEEDS[row.role] for row in rules.ROLES.values())


@pytest.mark.parametrize(
    ("role", "never"),
    [
        # RULES 9: the cashier never reviews or keeps evidence; 会计基础工作规范 12: nor posts
        ("cashier", "review_voucher attach_evidence post_voucher draft_voucher reconcile_bank close_month"),
        ("accountant", "review_voucher review_closing reopen_month sign_as_cashier count_cash grant_roles"),
        ("reviewer", "draft_voucher post_voucher close_month sign_as_cashier"),
        ("chair", "draft_voucher review_voucher post_voucher sign_as_cashier unmask_identity"),
        ("township_officer", "draft_voucher review_voucher post_voucher attach_evidence unmask_identity"),
        ("administrator", "see_book see_register see_evidence export_book unmask_identity"),
        ("household", "see_book see_register see_evidence read_log"),
        ("scorekeeper", "see_book see_evidence draft_voucher"),
    ],
)
def test_what_a_role_never_does(role: str, never: str) -> None:
    assert rules.DEEDS[Role(role)] & {Deed(deed) for deed in never.split()} == set()


def test_the_administrator_touches_no_money_and_the_auditor_changes_nothing() -> None:
    assert rules.DEEDS[Role.ADMINISTRATOR] & rules.MONEY == set()
    assert rules.DEEDS[Role.AUDITOR] & (rules.MONEY | rules.POWER) == set()


@pytest.mark.parametrize(
    ("deed", "roles"),
    [
        ("draft_voucher", "accountant"),
        ("review_voucher", "reviewer"),
        ("post_voucher", "accountant"),
        ("sign_as_cashier", "cashier"),
        ("reopen_month", "reviewer"),
        ("attach_evidence", "accountant reviewer"),
        ("unmask_identity", "accountant auditor cashier reviewer"),
        ("consent_to_roles", "administrator chair township_officer"),
        ("grant_roles", "administrator"),
        ("back_up", "administrator"),
        ("read_house_log", "administrator auditor"),
        ("see_statement", "accountant auditor cashier chair household reviewer township_officer"),
        ("file_appeal", "household"),
        ("answer_appeal", "township_officer"),
        ("issue_cards", "accountant"),
    ],
)
def test_who_may_do_a_deed(deed: str, roles: str) -> None:
    assert sorted(role for role in Role if Deed(deed) in rules.DEEDS[role]) == roles.split()


def test_every_role_but_two_needs_a_second_persons_consent() -> None:
    assert set(Role) - rules.CONSENTED == {Role.HOUSEHOLD, Role.SCOREKEEPER}


def test_no_token_makes_people_roles_or_tokens() -> None:
    assert (
        frozenset(
            {
                Deed.MANAGE_PEOPLE,
                Deed.GRANT_ROLES,
                Deed.CONSENT_TO_ROLES,
                Deed.MANAGE_TOKENS,
                Deed.KEEP_OWN_LOGIN,
                Deed.FINISH_SIGN_IN,
            }
        )
        == rules.NEVER_BY_TOKEN
    )


# How far a role reaches


@pytest.mark.parametrize(
    ("role", "sees"),
    [
        ("accountant book:qingshui", "qingshui"),
        ("accountant book:nowhere", ""),
        ("township_officer place:450000101", "qingshui"),
        ("township_officer place:450000", "qingshui longping"),
        ("auditor place:45000010220", "longping"),
        ("auditor place:450000102200", "longping"),
        ("auditor place:4500001022001", ""),
        ("auditor house", "qingshui longping loose"),
        ("administrator house", "qingshui longping loose"),
        ("household book:longping", "longping"),
    ],
)
def test_a_role_reaches_its_books_and_no_others(role: str, sees: str) -> None:
    who = rights(role)
    books = {**PLACES, "loose": Place()}
    assert {book for book, place in books.items() if rules.sees(who, book=book, place=place)} == set(
        sees.split()
    )


def test_a_role_on_another_book_gives_nothing_here() -> None:
    who = rights("accountant book:longping", "household book:qingshui")
    assert rules.deeds_on(who, book="qingshui", place=QINGSHUI) == {
        Deed.SEE_STATEMENT,
        Deed.FILE_APPEAL,
        Deed.CAST_BALLOT,
        Deed.FINISH_SIGN_IN,
    }


def test_who_got_in_with_a_card_keeps_no_login_of_his_own() -> None:
    household, beside = rights("household book:qingshui"), rights("household book:qingshui", "auditor house")
    assert rules.deeds_anywhere(household) == {
        Deed.SEE_STATEMENT,
        Deed.FILE_APPEAL,
        Deed.CAST_BALLOT,
        Deed.FINISH_SIGN_IN,
    }
    assert rules.deeds_anywhere(beside) >= rules.OF_EVERYBODY


def test_roles_on_one_book_add_up() -> None:
    who = rights("accountant book:qingshui", "reviewer place:450000101")
    deeds = rules.deeds_on(who, book="qingshui", place=QINGSHUI)
    assert {Deed.DRAFT_VOUCHER, Deed.REVIEW_VOUCHER} <= deeds
    assert Deed.REVIEW_VOUCHER not in rules.deeds_at(who, code="")


@pytest.mark.parametrize(
    ("role", "code", "may"),
    [
        ("administrator house", "", True),
        ("administrator house", "450000101", True),
        ("administrator place:450000101", "", False),
        ("administrator place:450000101", "450000101200", True),
        ("administrator place:450000101", "450000102", False),
        ("administrator place:450000101", "4500", False),
    ],
)
def test_an_administrator_of_a_place_is_none_of_the_house(role: str, code: str, may: bool) -> None:
    assert (Deed.GRANT_ROLES in rules.deeds_at(rights(role), code=code)) is may


def test_a_token_narrows_and_never_widens() -> None:
    owner = rights("accountant place:450000")
    token = Rights(
        person=1,
        held=owner.held,
        deeds=frozenset({Deed.SEE_BOOK, Deed.REVIEW_VOUCHER}),
        books=frozenset({"qingshui"}),
    )
    assert rules.deeds_on(token, book="qingshui", place=QINGSHUI) == {Deed.SEE_BOOK}
    assert rules.deeds_on(token, book="longping", place=LONGPING) == set()
    assert not rules.sees(token, book="longping", place=LONGPING)
    assert rules.deeds_at(token, code="450000") == set()


def test_an_officers_roles_sleep_until_the_second_factor_is_proved() -> None:
    roles = (held("township_officer place:450000101"), held("household book:qingshui"))
    assert rules.in_force(roles, second_factor=False) == roles[1:]
    assert rules.in_force(roles, second_factor=True) == roles


# Duties


@pytest.mark.parametrize(
    ("roles", "together"),
    [
        ("accountant reviewer", True),
        ("reviewer chair", True),
        ("accountant chair", False),
        ("accountant reviewer chair", False),
        ("accountant cashier", False),
        ("reviewer cashier", False),
        ("chair cashier", False),
        ("accountant auditor", False),
        ("reviewer auditor", False),
        ("chair auditor", False),
        ("accountant township_officer", False),
        ("auditor township_officer", False),
        ("accountant scorekeeper", False),
        ("cashier scorekeeper", False),
        ("administrator accountant", False),
        ("administrator cashier", False),
        ("administrator auditor", False),
        ("household accountant", True),
        ("household administrator", True),
        ("household", True),
    ],
)
def test_which_roles_one_person_may_have_on_one_book(roles: str, together: bool) -> None:
    assert rules.may_go_together(Role(role) for role in roles.split()) is together


@pytest.mark.parametrize(
    ("roles", "duty"),
    [
        ("accountant", "books"),
        ("reviewer", "books"),
        ("reviewer accountant", "books"),
        ("reviewer chair", "direction"),
        ("cashier household", "cash"),
        ("household", None),
        ("", None),
    ],
)
def test_the_duty_of_roles(roles: str, duty: str | None) -> None:
    assert rules.duty_of(Role(role) for role in roles.split()) == (Duty(duty) if duty else None)


@pytest.mark.parametrize(
    ("has", "wants", "others"),
    [
        (["cashier book:qingshui"], "accountant book:qingshui", ["cashier"]),
        (["cashier book:qingshui"], "accountant book:longping", []),
        (["cashier book:qingshui"], "accountant place:450000101", ["cashier"]),
        (["township_officer place:450000101"], "cashier book:qingshui", ["township_officer"]),
        (["township_officer place:450000101"], "cashier book:longping", []),
        (["administrator house"], "reviewer book:longping", ["administrator"]),
        (["accountant book:qingshui"], "administrator place:450000", ["accountant"]),
        (["accountant book:qingshui"], "administrator place:450000102", []),
        (["reviewer book:qingshui", "chair book:qingshui"], "accountant book:qingshui", ["chair"]),
        (["accountant book:qingshui", "reviewer book:qingshui"], "chair book:qingshui", ["accountant"]),
        (["cashier book:qingshui", "household book:qingshui"], "auditor house", ["cashier"]),
        (["auditor place:450000101"], "township_officer place:450000", ["auditor"]),
    ],
)
def test_duties_are_kept_apart_where_scopes_meet(has: list[str], wants: str, others: list[str]) -> None:
    problems = rules.duties_at_odds(held(wants), [held(one) for one in has], places=PLACES)
    assert [problem.figures["other"] for problem in problems] == others
    assert {problem.code for problem in problems} <= {"duties_must_be_apart"}


def test_three_roles_that_fit_in_pairs_but_not_together_are_refused() -> None:
    """A reviewer of the place who chairs one of its books cannot keep that book as well."""
    has = [held("reviewer place:450000101"), held("chair book:qingshui")]
    (problem,) = rules.duties_at_odds(held("accountant book:qingshui"), has, places=PLACES)
    assert problem.figures["other"] == "chair"


@given(st.lists(st.sampled_from(Role), max_size=4))
def test_whoever_handles_the_money_decides_nothing_about_it(roles: list[Role]) -> None:
    if not rules.may_go_together(roles):
        return
    deeds = frozenset[Deed]().union(*(rules.DEEDS[role] for role in roles))
    if Deed.SIGN_AS_CASHIER in deeds:
        assert deeds & rules.MONEY == {
            Deed.SIGN_AS_CASHIER,
            Deed.COUNT_CASH,
            Deed.SEND_BATCH,
            Deed.TAKE_BATCH_FILE,
            Deed.TAKE_ANSWERS,
        }
    if deeds & rules.POWER - {Deed.CONSENT_TO_ROLES}:
        assert deeds & rules.MONEY == set()
    if Deed.CONSENT_TO_ROLES in deeds:
        assert deeds & {Deed.DRAFT_VOUCHER, Deed.POST_VOUCHER, Deed.SIGN_AS_CASHIER} == set()


# Giving roles


def facts(**changed: object) -> rules.GrantFacts:
    known: dict[str, object] = {
        "login": "lu",
        "login_open": True,
        "login_set_up": True,
        "identity_known": True,
        "scope_exists": True,
        "held": (),
        "waiting": (),
        "places": PLACES,
        "administrators": 1,
    }
    return rules.GrantFacts(**(known | changed))  # type: ignore[arg-type]


OPERATOR = rules.operator(99)


@pytest.mark.parametrize(
    ("wants", "by", "changed", "codes"),
    [
        ("accountant book:qingshui", OPERATOR, {}, []),
        ("accountant book:qingshui", OPERATOR, {"login": None}, ["login_must_be_there"]),
        ("accountant book:qingshui", OPERATOR, {"login_open": False}, ["login_must_be_open"]),
        ("accountant book:qingshui", OPERATOR, {"identity_known": False}, ["identity_must_be_known"]),
        ("household book:qingshui", OPERATOR, {"identity_known": False}, []),
        ("accountant book:qingshui", rules.operator(7), {}, ["grantor_must_be_another"]),
        ("accountant house", OPERATOR, {}, ["role_must_fit_its_scope"]),
        ("chair place:450000101", OPERATOR, {}, ["role_must_fit_its_scope"]),
        ("administrator book:qingshui", OPERATOR, {}, ["role_must_fit_its_scope"]),
        ("accountant book:nowhere", OPERATOR, {"scope_exists": False}, ["scope_must_be_there"]),
        (
            "accountant book:qingshui",
            OPERATOR,
            {"held": (held("accountant book:qingshui"),)},
            ["role_must_be_new"],
        ),
        (
            "accountant book:qingshui",
            OPERATOR,
            {"waiting": (held("accountant book:qingshui"),)},
            ["role_must_be_new"],
        ),
        (
            "accountant book:qingshui",
            OPERATOR,
            {"held": (held("cashier book:qingshui"),)},
            ["duties_must_be_apart"],
        ),
        (
            "accountant book:qingshui",
            OPERATOR,
            {"waiting": (held("cashier book:qingshui"),)},
            ["duties_must_be_apart"],
        ),
        (
            "accountant house",
            rules.operator(7),
            {"login_open": False, "identity_known": False, "held": (held("auditor house"),)},
            [
                "login_must_be_open",
                "identity_must_be_known",
                "grantor_must_be_another",
                "role_must_fit_its_scope",
                "duties_must_be_apart",
            ],
        ),
    ],
)
def test_what_stands_against_proposing_a_role(
    wants: str, by: Rights, changed: dict[str, object], codes: list[str]
) -> None:
    wanted = held(wants)
    new = NewGrant(person=7, role=wanted.role, scope=wanted.scope)
    assert [p.code for p in rules.faults_of_proposal(new, by=by, facts=facts(**changed))] == codes


@pytest.mark.parametrize(
    ("role", "by", "administrators", "needed"),
    [
        ("accountant", OPERATOR, 0, True),
        ("administrator", OPERATOR, 0, False),
        ("administrator", OPERATOR, 1, True),
        ("administrator", rights("administrator house", person=99), 0, True),
        ("scorekeeper", OPERATOR, 1, False),
        ("household", rights("administrator house", person=99), 1, False),
        ("auditor", OPERATOR, 1, True),
    ],
)
def test_when_a_second_person_must_consent(role: str, by: Rights, administrators: int, needed: bool) -> None:
    assert rules.needs_consent(Role(role), by=by, administrators=administrators) is needed


def a_grant(**changed: object) -> Grant:
    known: dict[str, object] = {
        "id": 5,
        "person": 7,
        "role": Role.ACCOUNTANT,
        "scope": scope("book:qingshui"),
        "state": GrantState.PROPOSED,
        "proposed_by": 99,
        "proposed_at": "2026-01-15T08:30:00.000000Z",
    }
    return Grant(**(known | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("grant", "by", "changed", "codes"),
    [
        (a_grant(), 8, {}, []),
        (a_grant(), 99, {}, ["consent_must_be_anothers"]),
        (a_grant(), 7, {}, ["consent_must_be_anothers"]),
        (a_grant(state=GrantState.HELD), 8, {}, ["grant_must_wait_for_consent"]),
        (a_grant(state=GrantState.ENDED), 8, {}, ["grant_must_wait_for_consent"]),
        (a_grant(), 8, {"login_open": False}, ["login_must_be_open"]),
        (a_grant(), 8, {"login_set_up": False}, ["login_must_be_set_up"]),
        (a_grant(), 8, {"held": (held("cashier book:qingshui"),)}, ["duties_must_be_apart"]),
    ],
)
def test_what_stands_against_a_consent(
    grant: Grant, by: int, changed: dict[str, object], codes: list[str]
) -> None:
    who = rights("chair book:qingshui", person=by)
    assert [p.code for p in rules.faults_of_consent(grant, by=who, facts=facts(**changed))] == codes


# Passwords


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("三月桃花 water buffalo", None),
        ("Kx7!pq2#Lm", None),
        ("木牛流马草木皆兵风声鹤唳", None),
        ("kurz", "password_must_be_long"),
        ("ninechars", "password_must_be_long"),
        ("x" * 201, "password_must_not_be_too_long"),
        ("aaaaaaaaaaaa", "password_must_be_hard_to_guess"),
        ("1234567890", "password_must_be_hard_to_guess"),
        ("0987654321", "password_must_be_hard_to_guess"),
        ("qwertyuiop", "password_must_be_hard_to_guess"),
        ("Password1234", "password_must_be_hard_to_guess"),
        ("tanhuiji123456", "password_must_be_hard_to_guess"),
        ("abcabcabcabc", "password_must_be_hard_to_guess"),
    ],
)
def test_a_password_is_long_and_not_what_everybody_tries_first(password: str, code: str | None) -> None:
    problems = rules.faults_of_password(password, login="tanhuiji")
    assert [problem.code for problem in problems] == ([code] if code else [])


# The limiter


def after(attempts: int, *, every: timedelta = timedelta(seconds=1)) -> Attempts:
    found = Attempts()
    for index in range(attempts):
        found = rules.counted(found, rules.OF_A_LOGIN, at=AT + index * every)
    return found


@pytest.mark.parametrize(
    ("attempts", "every", "wait"),
    [
        (0, timedelta(seconds=1), 0),
        (4, timedelta(seconds=1), 0),
        (5, timedelta(seconds=1), 900),
        (5, timedelta(minutes=3), 900),
        (5, timedelta(minutes=4), 0),  # the fifth comes when the first is 16 minutes old
        (50, timedelta(minutes=4), 0),
    ],
)
def test_five_failures_in_a_quarter_of_an_hour_lock_for_as_long(
    attempts: int, every: timedelta, wait: int
) -> None:
    last = AT + max(0, attempts - 1) * every
    assert rules.seconds_locked(after(attempts, every=every), at=last) == wait


def test_a_lock_opens_by_itself_and_the_count_begins_anew() -> None:
    locked = after(5)
    later = AT + timedelta(seconds=4, minutes=15)
    assert rules.seconds_locked(locked, at=later - timedelta(milliseconds=1)) == 1
    assert rules.seconds_locked(locked, at=later) == 0
    assert rules.counted(locked, rules.OF_A_LOGIN, at=later).failures == 1


def test_the_last_attempt_allowed_unlocks_when_it_succeeds() -> None:
    again = rules.uncounted(after(5), rules.OF_A_LOGIN)
    assert (again.failures, rules.seconds_locked(again, at=AT)) == (4, 0)
    assert rules.uncounted(Attempts(), rules.OF_A_LOGIN) == Attempts()


# Sessions and tokens


def a_session(*, made: str, seen: str, ends: str) -> Session:
    return Session(
        id=1, person=1, made_at=made, seen_at=seen, ends_at=ends, second_factor=False, address="", agent=""
    )


@pytest.mark.parametrize(
    ("seen", "ends", "lives"),
    [
        ("2026-01-15T08:30:00Z", "2026-01-15T20:00:00Z", True),
        ("2026-01-15T07:30:01Z", "2026-01-15T20:00:00Z", True),
        ("2026-01-15T07:30:00Z", "2026-01-15T20:00:00Z", False),  # idle for an hour
        ("2026-01-15T08:29:59Z", "2026-01-15T08:30:00Z", False),  # at its end, used a second ago
    ],
)
def test_a_session_ends_when_idle_and_in_any_case_after_a_day_of_work(
    seen: str, ends: str, lives: bool
) -> None:
    session = a_session(made="2026-01-15T07:00:00Z", seen=seen, ends=ends)
    assert rules.session_lives(session, at=AT) is lives


@pytest.mark.parametrize(
    ("until", "ended", "lives"),
    [
        ("2026-01-15T08:30:01Z", None, True),
        ("2026-01-15T08:30:00Z", None, False),
        ("2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z", False),
    ],
)
def test_a_token_ends_at_its_day_or_before(until: str, ended: str | None, lives: bool) -> None:
    token = Token(
        id=1,
        person=1,
        name="t",
        deeds=(),
        books=(),
        made_at="",
        until=until,
        last_used_at=None,
        ended_at=ended,
    )
    assert rules.token_lives(token, at=AT) is lives


OWNER = rights("accountant book:qingshui", "administrator place:450000102")


@pytest.mark.parametrize(
    ("deeds", "books", "until", "codes"),
    [
        ("see_book draft_voucher", "qingshui", "2026-06-30T00:00:00Z", []),
        ("see_book", "", "2026-06-30T00:00:00+08:00", []),
        ("", "qingshui", "2026-06-30T00:00:00Z", ["token_must_have_deeds"]),
        ("see_book", "", "2026-01-15T08:30:00Z", ["token_must_end"]),
        ("see_book", "", "2027-02-01T00:00:00Z", ["token_must_end"]),
        ("see_book", "", "2026-06-30", ["token_must_end"]),
        ("see_book", "", "soon", ["token_must_end"]),
        ("see_book", "qingshui nowhere", "2026-06-30T00:00:00Z", ["scope_must_be_there"]),
        ("review_voucher", "qingshui", "2026-06-30T00:00:00Z", ["token_deed_must_be_its_owners"]),
        ("see_book keep_own_login", "qingshui", "2026-06-30T00:00:00Z", ["token_deed_must_be_its_owners"]),
        ("grant_roles", "", "2026-06-30T00:00:00Z", ["token_deed_must_be_its_owners"]),
        ("back_up", "", "2026-06-30T00:00:00Z", []),
    ],
)
def test_what_stands_against_a_token(deeds: str, books: str, until: str, codes: list[str]) -> None:
    new = NewToken(name="t", deeds=[Deed(deed) for deed in deeds.split()], books=books.split(), until=until)
    found = rules.faults_of_token(new, owner=OWNER, places=PLACES, seen={"qingshui"}, at=AT)
    assert [problem.code for problem in found] == codes
