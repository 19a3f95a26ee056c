"""Signing in on a real database: attempts are counted and lock, codes are good once, sessions and tokens end."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, select

from coop.access import actions, queries, rules
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.access.sessions import actions as sessions
from coop.access.tables import ApiTokenRow, SessionRow
from coop.access.tokens import actions as tokens
from coop.vault.rules import seal
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log import queries as logged
from schemas.access import Credentials, Deed, NewToken, Rights, Session
from schemas.identity import IdentityKind
from schemas.problems import Refusal, RefusalKind
from tests.builders import a_book, a_house
from tests.people import AT, VAULT, a_login, a_place, rights, the_operator, with_role

HERE, THERE = "192.0.2.1", "192.0.2.2"
SECOND = timedelta(seconds=1)


def begin(db: Connection, name: str = "lu", *, address: str = HERE, at: datetime = AT) -> Credentials | None:
    return sessions.begin_sign_in(db, name=name, address=address, at=at)


def enter(db: Connection, name: str = "lu", *, secret: bytes = b"s" * 32, at: datetime = AT) -> Session:
    known = begin(db, name, at=at)
    assert known is not None
    session = sessions.sign_in(
        db, known, digest=secret, address=HERE, agent="Firefox", second_factor=False, at=at
    )
    assert session is not None
    return session


def locked(db: Connection, name: str = "lu", *, address: str = HERE, at: datetime = AT) -> str:
    with pytest.raises(Refusal) as refused:
        begin(db, name, address=address, at=at)
    assert refused.value.kind is RefusalKind.LIMITED
    (problem,) = refused.value.problems
    assert problem.code == "attempts_must_be_few"
    return problem.figures["seconds"]


@pytest.fixture
def house(db: Connection) -> Connection:
    a_house(db)
    a_login(db, "lu")
    return db


# The limiter


def test_five_attempts_lock_a_login_from_every_address(house: Connection) -> None:
    for attempt in range(5):
        begin(house, at=AT + attempt * SECOND)
    assert locked(house, "LU", address=THERE, at=AT + 4 * SECOND) == "900"
    assert begin(house, at=AT + timedelta(minutes=15, seconds=4)) is not None


def test_a_lock_is_kept_by_the_database_and_not_by_the_process(database: Engine) -> None:
    with database.begin() as db:
        the_operator(db)
        a_login(db, "lu")
    for attempt in range(5):
        with database.begin() as db:
            begin(db, at=AT + attempt * SECOND)
    with database.begin() as db:
        assert locked(db, at=AT + 5 * SECOND) == "899"


def test_an_address_is_locked_whatever_names_it_tries(house: Connection) -> None:
    for attempt in range(30):
        assert begin(house, f"nobody{attempt}") is None
    assert locked(house, "lu") == "900"
    assert begin(house, "lu", address=THERE) is not None


def test_who_succeeds_starts_anew_and_the_address_keeps_what_others_failed(house: Connection) -> None:
    for attempt in range(29):
        begin(house, f"nobody{attempt}")
    for index in range(10):
        enter(house, secret=bytes([index]) * 32)
    begin(house, "nobody29")
    assert locked(house) == "900"


def test_a_name_that_is_tried_is_not_told_from_one_that_is_not_there(house: Connection) -> None:
    for _ in range(5):
        assert begin(house, "nobody") is None
    assert locked(house, "nobody", address=THERE) == "900"


def test_a_set_up_code_opens_a_locked_login(house: Connection) -> None:
    for _ in range(5):
        begin(house)
    known = queries.login_named(house, "lu")
    assert known is not None
    logins.invite(house, known.person, digest=b"c" * 32, by=the_operator(house), at=AT)
    logins.accept_invitation(house, digest=b"c" * 32, password_hash="new", at=AT)
    assert begin(house) is not None


def test_failures_are_logged_by_the_service_and_unknown_names_not_at_all(house: Connection) -> None:
    person = rights(house, "lu").person
    sessions.sign_in_failed(house, name="lu", person=person, address=HERE, why="password", at=AT)
    sessions.sign_in_failed(
        house, name="三月桃花 water buffalo", person=None, address=HERE, why="password", at=AT
    )
    entries = logged.entries(house, book=log.HOUSE, act="login.failed")
    assert [(entry.subject, entry.after) for entry in entries] == [
        (f"person:{person}", "password, address 192.0.2.1"),
        ("login:unknown", "password, address 192.0.2.1"),
    ]
    assert {entry.by for entry in entries} == {actions.service(house, at=AT)}
    assert "buffalo" not in str(logged.entries(house, book=log.HOUSE))


# The second factor


def with_factor(db: Connection, *, recovery: tuple[bytes, ...] = ()) -> Credentials:
    secret = seal(VAULT, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", IdentityKind.FACTOR)
    person = rights(db, "lu").person
    logins.set_second_factor(db, person, secret, step=100, recovery=recovery, by=person, at=AT)
    known = begin(db)
    assert known is not None
    return known


def prove(
    db: Connection, known: Credentials, *, step: int | None = None, code: bytes | None = None
) -> Session | None:
    return sessions.sign_in(
        db,
        known,
        digest=bytes([step or 0]) * 32 if code is None else code,
        address=HERE,
        agent="",
        second_factor=True,
        totp_step=step,
        recovery_code=code,
        at=AT,
    )


def test_a_code_is_good_once_and_none_before_it(house: Connection) -> None:
    known = with_factor(house)
    assert prove(house, known, step=100) is None  # the code that set it up
    assert prove(house, known, step=102) is not None
    assert prove(house, known, step=102) is None
    assert prove(house, known, step=101) is None
    assert prove(house, known, step=103) is not None


def test_a_recovery_code_is_good_once(house: Connection) -> None:
    known = with_factor(house, recovery=(b"1" * 32, b"2" * 32))
    assert prove(house, known, code=b"1" * 32) is not None
    assert prove(house, known, code=b"1" * 32) is None
    assert prove(house, known, code=b"3" * 32) is None
    logins.renew_recovery_codes(house, known.person, [b"3" * 32], at=AT)
    assert prove(house, known, code=b"2" * 32) is None
    assert prove(house, known, code=b"3" * 32) is not None


def test_a_session_without_the_code_holds_nothing_and_soon_ends(house: Connection) -> None:
    a_book(house, "qingshui")
    with_role(house, "lu", "accountant", "book:qingshui")
    with_factor(house)
    session = enter(house)
    found = queries.signed_in(house, digest=b"s" * 32)
    assert found is not None
    assert found.must_prove
    assert found.rights.held == ()
    assert session.ends_at == "2026-01-15T08:35:00.000000Z"


def test_proving_ends_the_session_that_waited(house: Connection) -> None:
    known = with_factor(house)
    waiting = enter(house)
    session = sessions.sign_in(
        house,
        known,
        digest=b"n" * 32,
        address=HERE,
        agent="",
        second_factor=True,
        totp_step=105,
        replaces=waiting.id,
        at=AT,
    )
    assert session is not None
    assert queries.signed_in(house, digest=b"s" * 32) is None
    assert [one.id for one in queries.sessions_of(house, known.person)] == [session.id]


def test_an_officer_without_the_second_factor_holds_no_office_yet(house: Connection) -> None:
    with_role(house, "lu", "township_officer", "place:450000101")
    enter(house)
    asleep = queries.signed_in(house, digest=b"s" * 32)
    assert asleep is not None
    assert (asleep.must_prove, asleep.rights.held) == (False, ())
    known = with_factor(house)
    assert prove(house, known, step=101) is not None
    awake = queries.signed_in(house, digest=bytes([101]) * 32)
    assert awake is not None
    assert [one.role.value for one in awake.rights.held] == ["township_officer"]


# Sessions


def test_only_the_digest_of_a_session_is_kept(house: Connection) -> None:
    session = enter(house)
    row = house.execute(select(table_of(SessionRow))).one()
    assert (row.session_id, row.digest, row.agent) == (session.id, b"s" * 32, "Firefox")
    assert session.ends_at == "2026-01-15T20:30:00.000000Z"


def test_ended_and_idle_sessions_are_cleared_away_at_the_next_sign_in(house: Connection) -> None:
    enter(house, secret=b"1" * 32)
    kept = enter(house, secret=b"2" * 32, at=AT + timedelta(minutes=40))
    now = enter(house, secret=b"3" * 32, at=AT + timedelta(minutes=61))
    assert [one.id for one in queries.sessions_of(house, kept.person)] == [now.id, kept.id]


def test_a_new_password_ends_the_other_sessions(house: Connection) -> None:
    enter(house, secret=b"1" * 32)
    mine = enter(house, secret=b"2" * 32)
    logins.set_password(house, mine.person, "new", keep_session=mine.id, at=AT)
    assert [one.id for one in queries.sessions_of(house, mine.person)] == [mine.id]
    known = queries.credentials_of(house, "lu")
    assert known is not None
    assert known.password_hash == "new"


def test_a_closed_logins_session_is_gone_at_the_next_request(house: Connection) -> None:
    session = enter(house)
    logins.close_login(house, session.person, by=the_operator(house), reason="left", at=AT)
    assert queries.signed_in(house, digest=b"s" * 32) is None


def test_a_role_taken_back_is_gone_at_the_next_request(house: Connection) -> None:
    a_book(house, "qingshui")
    with_role(house, "lu", "accountant", "book:qingshui")
    session = enter(house)
    before = queries.signed_in(house, digest=b"s" * 32)
    (grant,) = queries.grants_of(house, session.person)
    grants.end_grant(house, grant.id, by=the_operator(house), reason="", at=AT)
    after = queries.signed_in(house, digest=b"s" * 32)
    assert before is not None
    assert after is not None
    assert (len(before.rights.held), len(after.rights.held)) == (1, 0)


def test_the_last_use_is_written_down_without_a_line_of_the_log(house: Connection) -> None:
    session = enter(house)
    entries = len(logged.entries(house, book=log.HOUSE))
    sessions.stamp_session(house, session.id, at=AT + timedelta(minutes=5))
    found = queries.signed_in(house, digest=b"s" * 32)
    assert found is not None
    assert found.session.seen_at == "2026-01-15T08:35:00.000000Z"
    assert len(logged.entries(house, book=log.HOUSE)) == entries


def test_what_is_over_is_forgotten_and_nothing_else(house: Connection) -> None:
    enter(house, secret=b"1" * 32)
    kept = enter(house, secret=b"2" * 32, at=AT + timedelta(minutes=50))
    begin(house, "nobody")
    login = a_login(house, "mo", password=None)
    logins.invite(house, login.person, digest=b"c" * 32, by=the_operator(house), at=AT)
    assert logins.forget_ended(house, at=AT + timedelta(minutes=65)) == 3  # a session, a name and an address
    assert [one.id for one in queries.sessions_of(house, kept.person)] == [kept.id]
    assert queries.invited(house, digest=b"c" * 32) is not None
    assert logins.forget_ended(house, at=AT + timedelta(days=7)) == 2
    assert queries.invited(house, digest=b"c" * 32) is None


# Tokens


def a_token(db: Connection, who: Rights, *, deeds: str = "see_book", books: str = "") -> None:
    new = NewToken(
        name="township dashboard",
        deeds=[Deed(deed) for deed in deeds.split()],
        books=books.split(),
        until="2026-02-01T00:00:00+08:00",
    )
    tokens.make_token(db, new, digest=b"t" * 32, by=who, at=AT)


@pytest.fixture
def two_books(house: Connection) -> Connection:
    a_book(house, "qingshui")
    a_book(house, "longping")
    a_place(house, "qingshui", "450000101200")
    a_place(house, "longping", "450000101201")
    with_role(house, "lu", "accountant", "place:450000101")
    return house


def test_a_token_does_what_it_was_made_for_in_the_books_it_was_made_for(two_books: Connection) -> None:
    a_token(two_books, rights(two_books, "lu"), deeds="see_book draft_voucher", books="qingshui")
    use = queries.token_use(two_books, digest=b"t" * 32)
    assert use is not None
    assert queries.deeds_of(two_books, use.rights, "qingshui") == {Deed.SEE_BOOK, Deed.DRAFT_VOUCHER}
    assert queries.deeds_of(two_books, use.rights, "longping") == frozenset()
    assert [book.id for book in queries.books_seen_by(two_books, use.rights)] == ["qingshui"]
    assert use.token.until == "2026-01-31T16:00:00.000000Z"


def test_a_token_the_operator_makes_for_its_owner_is_logged_as_his(two_books: Connection) -> None:
    new = NewToken(name="t", deeds=[Deed.SEE_BOOK], until="2026-02-01T00:00:00Z")
    lu, operator = rights(two_books, "lu"), the_operator(two_books).person
    tokens.make_token(two_books, new, digest=b"t" * 32, by=lu, made_by=operator, at=AT)
    (entry,) = logged.entries(two_books, book=log.HOUSE, act="token.make")
    assert entry.by == operator
    assert entry.after.startswith(f"person:{lu.person} t: see_book; all books; until ")


def test_a_token_loses_what_its_owner_loses(two_books: Connection) -> None:
    a_token(two_books, rights(two_books, "lu"))
    (grant,) = queries.grants_of(two_books, rights(two_books, "lu").person)
    grants.end_grant(two_books, grant.id, by=the_operator(two_books), reason="", at=AT)
    use = queries.token_use(two_books, digest=b"t" * 32)
    assert use is not None
    assert rules.deeds_anywhere(use.rights) == frozenset()


def test_a_token_never_keeps_a_login(two_books: Connection) -> None:
    a_token(two_books, rights(two_books, "lu"))
    use = queries.token_use(two_books, digest=b"t" * 32)
    assert use is not None
    assert rules.deeds_anywhere(use.rights) == {Deed.SEE_BOOK}


def test_a_token_is_ended_by_its_owner_or_an_administrator_and_stays_listed(two_books: Connection) -> None:
    lu = rights(two_books, "lu")
    a_token(two_books, lu)
    (token,) = queries.tokens_of(two_books, lu.person)
    a_login(two_books, "mo")
    with pytest.raises(Refusal) as refused:
        tokens.end_token(two_books, token.id, by=rights(two_books, "mo"), at=AT)
    assert refused.value.kind is RefusalKind.MISSING
    assert tokens.end_token(two_books, token.id, by=lu, at=AT).ended_at == "2026-01-15T08:30:00.000000Z"
    with pytest.raises(Refusal):
        tokens.end_token(two_books, token.id, by=lu, at=AT)
    use = queries.token_use(two_books, digest=b"t" * 32)
    assert use is not None
    assert not rules.token_lives(use.token, at=AT)


def test_a_token_over_what_is_not_ones_own_is_refused(two_books: Connection) -> None:
    a_book(two_books, "hidden")
    with pytest.raises(Refusal) as refused:
        a_token(two_books, rights(two_books, "lu"), deeds="review_voucher", books="hidden")
    assert [problem.code for problem in refused.value.problems] == [
        "scope_must_be_there",
        "token_deed_must_be_its_owners",
    ]
    assert two_books.execute(select(table_of(ApiTokenRow))).all() == []
