"""The guard, the gate and their cookies over HTTP, on a small application of their own: a few routes, every kind of
declaration, the real writer, the real database and real passwords."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from argon2 import PasswordHasher
from litestar import Litestar, Request, Response, get, post
from litestar.testing import TestClient
from sqlalchemy import Connection, Engine, text, update
from sqlalchemy.exc import DBAPIError

from coop.access import queries, rules
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.access.tables import ApiTokenRow, SessionRow
from coop.access.tokens import actions as tokens
from coop.vault.rules import Vault
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log import queries as logged
from ledger.log.actions import instant
from schemas.access import Deed, NewToken
from schemas.problems import Refusal
from tests.builders import a_book, a_house
from tests.people import PASSWORD, VAULT, a_login, a_place, login_of, rights, with_role
from web import clock, errors
from web.auth import totp, words
from web.auth.callers import Credential, address_of, caller_with, no_session_cookie, session_cookie
from web.auth.gate import Entered, Gate
from web.auth.guards import Undeclared, Window, declared, guard, needs, open_to_all, routes_with_deeds
from web.auth.passwords import Passwords, hash_now, prove_now
from web.database import reading_engine
from web.settings import Settings, settings_from
from web.writer import Writer

T = TypeVar("T")


def now() -> datetime:
    """The instant the service itself would read."""
    _, at = clock.now()
    return at


KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def told(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """What the guard found out."""
    caller, book = request.scope["caller"], request.scope["book"]  # type: ignore[typeddict-item]
    return {
        "person": caller and caller.person,
        "csrf": caller.csrf if caller else "",
        "must_prove": caller.must_prove if caller else False,
        "book": book and book.id,
    }


@get("/open", **open_to_all())
async def see_open(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@post("/open", **open_to_all())
async def write_open(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@get("/own", **needs(Deed.KEEP_OWN_LOGIN))
async def see_own(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@post("/own", **needs(Deed.KEEP_OWN_LOGIN))
async def write_own(request: Request[Any, Any, Any]) -> dict[str, Any]:
    form = await request.form() if request.content_type[0] else {}
    return told(request) | {"form": {name: text for name, text in form.items() if isinstance(text, str)}}


@get("/books", **needs(Deed.SEE_BOOK))
async def see_books(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@get("/books/{book:str}", **needs(Deed.SEE_BOOK))
async def see_book(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@post("/books/{book:str}/post", **needs(Deed.POST_VOUCHER))
async def post_voucher(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@get("/townships/{township:str}", **needs(Deed.SEE_TOWNSHIP))
async def see_township(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


@get("/backup", **needs(Deed.BACK_UP))
async def back_up(request: Request[Any, Any, Any]) -> dict[str, Any]:
    return told(request)


def entered(request: Request[Any, Any, Any], new: Entered) -> Response[dict[str, Any]]:
    secure = request.app.state.settings.secure_cookies
    return Response(
        {"must_prove": new.must_prove, "csrf": words.form_word(new.secret)},
        cookies=[session_cookie(new.secret, secure=secure)],
    )


@post("/sign-in", **open_to_all())
async def sign_in(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    form = await request.form()
    _, at = clock.now()
    new = await request.app.state.gate.sign_in(
        form["login"],
        form["password"],
        code=form.get("code", ""),
        address=address_of(request),
        agent=request.headers.get("user-agent", ""),
        at=at,
    )
    return entered(request, new)


@post("/prove", **needs(Deed.FINISH_SIGN_IN))
async def prove(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    form = await request.form()
    _, at = clock.now()
    caller = request.scope["caller"]  # type: ignore[typeddict-item]
    new = await request.app.state.gate.prove(
        caller, form["code"], address=address_of(request), agent="", at=at
    )
    return entered(request, new)


@post("/sign-out", **needs(Deed.FINISH_SIGN_IN))
async def sign_out(request: Request[Any, Any, Any]) -> Response[None]:
    _, at = clock.now()
    await request.app.state.gate.sign_out(request.scope["caller"], at=at)  # type: ignore[typeddict-item]
    return Response(None, cookies=[no_session_cookie(secure=request.app.state.settings.secure_cookies)])


ROUTES = [
    see_open, write_open, see_own, write_own, see_books, see_book, post_voucher, see_township, back_up,
    sign_in, prove, sign_out,
]  # fmt: skip


def an_app(settings: Settings, database: Engine) -> Litestar:
    @asynccontextmanager
    async def lifespan(app: Litestar) -> Any:
        reading, writer, passwords = reading_engine(settings.database_url), Writer(database), Passwords(2)
        app.state.settings, app.state.writer, app.state.readers = settings, writer, reading
        app.state.window, app.state.gate = Window(reading), Gate(writer, VAULT, passwords)
        try:
            yield
        finally:
            writer.stop()
            passwords.stop()
            app.state.window.close()
            reading.dispose()

    return Litestar(
        ROUTES, guards=[guard], exception_handlers=errors.handlers, lifespan=[lifespan], openapi_config=None
    )


class House:
    """The application, a browser on it, and what lies behind it."""

    def __init__(self, browser: TestClient[Litestar], database: Engine) -> None:
        self.browser, self.database, self.csrf = browser, database, ""

    def behind(self, act: Callable[[Connection], T]) -> T:
        with self.database.begin() as db:
            return act(db)

    def sign_in(self, login: str = "lu", password: str = PASSWORD, **more: str) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf} if self.csrf else {}
        answer = self.browser.post(
            "/sign-in", data={"login": login, "password": password, **more}, headers=headers
        )
        if answer.is_success:
            self.csrf = answer.json()["csrf"]
        return answer

    def post(self, path: str, **content: Any) -> httpx.Response:
        headers = {"X-CSRF-Token": self.csrf, **content.pop("headers", {})}
        return self.browser.post(path, headers=headers, **content)

    def acts(self) -> list[str]:
        entries = self.behind(lambda db: logged.entries(db, book=log.HOUSE))
        return [
            entry.act
            for entry in entries
            if not entry.act.startswith(("login.add", "person.know", "place.", "role."))
            and (entry.act != "login.password" or entry.subject == f"person:{entry.by}")
        ]


def people(db: Connection) -> None:
    a_house(db)
    for book, village in (("qingshui", "450000101200"), ("longping", "450000102200")):
        a_book(db, book)
        a_place(db, book, village)
    a_login(db, "lu", password=PASSWORD)
    with_role(db, "lu", "accountant", "book:qingshui")
    a_login(db, "officer", password=PASSWORD)
    with_role(db, "officer", "township_officer", "place:450000101")


@pytest.fixture
def house(database: Engine, db_url: str, tmp_path: Path) -> Iterator[House]:
    with database.begin() as db:
        people(db)
    settings = settings_from({"LIANJIAN_DATABASE_URL": db_url}, home=tmp_path)
    with TestClient(an_app(settings, database), raise_server_exceptions=False) as browser:
        yield House(browser, database)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


# Signing in


def test_name_and_password_begin_a_session_and_its_cookie_is_for_this_site_alone(house: House) -> None:
    answer = house.sign_in()
    assert answer.status_code == 201
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie
    assert house.browser.get("/own").json()["person"] == house.behind(lambda db: login_of(db, "lu").person)
    assert house.acts() == ["login.ok"]


def test_where_there_is_https_the_cookie_is_bound_to_it() -> None:
    cookie = session_cookie("secret", secure=True).to_header(header="")
    assert cookie.startswith("__Host-lianjian-session=secret;")
    assert "Secure" in cookie


@pytest.mark.parametrize(
    ("login", "password"),
    [("lu", "wrong password 123"), ("nobody", PASSWORD), ("lu", ""), ("", PASSWORD), ("LU ", PASSWORD)],
)
def test_a_wrong_name_and_a_wrong_password_are_the_same_answer(
    house: House, login: str, password: str
) -> None:
    answer = house.sign_in(login, password)
    assert code(answer) == (422, "sign_in_must_succeed")
    assert answer.json()["errors"][0]["pointer"] == ""
    assert "set-cookie" not in answer.headers
    assert house.acts() == ["login.failed"]


def test_five_wrong_passwords_lock_even_the_right_one_out(house: House) -> None:
    for _ in range(5):
        assert house.sign_in(password="wrong password 123").status_code == 422
    answer = house.sign_in()
    assert code(answer) == (429, "attempts_must_be_few")
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_many_attempts_at_once_do_not_pass_the_limit_together(database: Engine) -> None:
    with database.begin() as db:
        people(db)
    writer, passwords = Writer(database), Passwords(2)
    gate = Gate(writer, VAULT, passwords)
    at = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)

    async def one() -> str:
        try:
            await gate.sign_in("lu", "wrong password 123", address="192.0.2.1", agent="", at=at)
        except Refusal as refusal:
            return refusal.problems[0].code
        return "in"

    async def all_at_once() -> list[str]:
        return await asyncio.gather(*(one() for _ in range(20)))

    answers = asyncio.run(all_at_once())
    writer.stop()
    passwords.stop()
    assert sorted(answers) == ["attempts_must_be_few"] * 15 + ["sign_in_must_succeed"] * 5


def test_a_hash_of_weaker_parameters_is_made_anew(house: House) -> None:
    def weaken(db: Connection) -> str:
        weak = PasswordHasher(memory_cost=8, time_cost=1, parallelism=1).hash(PASSWORD)
        logins.set_password(db, login_of(db, "lu").person, weak, keep_session=None, at=now())
        return weak

    weak = house.behind(weaken)
    assert house.sign_in().status_code == 201
    known = house.behind(lambda db: queries.credentials_of(db, "lu"))
    assert known is not None
    assert known.password_hash != weak
    assert prove_now(PASSWORD, known.password_hash or "").right


def test_signing_out_ends_the_session_for_good(house: House) -> None:
    house.sign_in()
    cookie = dict(house.browser.cookies)
    assert house.post("/sign-out").status_code == 201
    house.browser.cookies.update(cookie)
    assert code(house.browser.get("/own")) == (401, "caller_must_be_signed_in")
    assert house.acts() == ["login.ok", "logout"]


@pytest.mark.parametrize(
    "ended",
    [
        {"seen_at": instant(now() - rules.IDLE)},
        {"ends_at": instant(now() - timedelta(seconds=1))},
    ],
)
def test_an_idle_or_ended_session_is_nobody(house: House, ended: Mapping[str, str]) -> None:
    house.sign_in()
    house.behind(lambda db: db.execute(update(table_of(SessionRow)).values(**ended)))
    answer = house.browser.get("/own")
    assert code(answer) == (401, "caller_must_be_signed_in")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert house.browser.get("/open").json()["person"] is None


def test_the_last_use_is_stamped_once_a_minute(house: House) -> None:
    house.sign_in()
    before = instant(now() - timedelta(minutes=2))
    house.behind(lambda db: db.execute(update(table_of(SessionRow)).values(seen_at=before)))
    house.browser.get("/own")
    person = house.behind(lambda db: login_of(db, "lu").person)
    (session,) = house.behind(lambda db: queries.sessions_of(db, person))
    assert session.seen_at > before
    house.browser.get("/own")
    assert house.behind(lambda db: queries.sessions_of(db, person)) == (session,)


# The second factor


def give_factor(house: House, name: str) -> None:
    def act(db: Connection) -> None:
        person = login_of(db, name).person
        sealed = rules.sealed_factor(VAULT, KEY, person=person)
        codes = [words.digest_of_code("AAAA-BBBB-CCCC-DDDD")]
        logins.set_second_factor(db, person, sealed, step=0, recovery=codes, by=person, at=now())

    house.behind(act)


def code_now() -> str:
    return totp.code_at(KEY, now())


def test_an_officer_without_the_second_factor_sees_no_township(house: House) -> None:
    house.sign_in("officer")
    assert code(house.browser.get("/townships/450000101")) == (404, "township_must_be_known")
    assert house.browser.get("/own").status_code == 200


def test_with_the_code_at_once_an_officer_is_in(house: House) -> None:
    give_factor(house, "officer")
    answer = house.sign_in("officer", code=code_now())
    assert answer.json()["must_prove"] is False
    assert house.browser.get("/townships/450000101").status_code == 200
    assert code(house.browser.get("/townships/450000102")) == (404, "township_must_be_known")


def test_without_the_code_a_session_waits_and_opens_nothing_else(house: House) -> None:
    give_factor(house, "officer")
    assert house.sign_in("officer").json()["must_prove"] is True
    waiting = dict(house.browser.cookies)
    for path in ("/townships/450000101", "/own", "/books"):
        assert code(house.browser.get(path)) == (401, "second_factor_must_be_given")
    assert code(house.post("/prove", data={"code": "000000"})) == (422, "sign_in_must_succeed")
    answer = house.post("/prove", data={"code": code_now()})
    assert answer.json()["must_prove"] is False
    house.csrf = answer.json()["csrf"]
    assert house.browser.get("/townships/450000101").status_code == 200
    assert dict(house.browser.cookies) != waiting
    house.browser.cookies.clear()
    house.browser.cookies.update(waiting)
    assert code(house.browser.get("/own")) == (401, "caller_must_be_signed_in")
    assert house.acts() == ["login.second_factor", "login.wait", "login.failed", "login.ok"]


def test_a_code_is_not_taken_twice(house: House) -> None:
    give_factor(house, "officer")
    given = code_now()
    assert house.sign_in("officer", code=given).status_code == 201
    again = totp.step_of(KEY, given, at=now())
    assert again is not None
    answer = house.sign_in("officer", code=given)
    assert code(answer) == (422, "sign_in_must_succeed")


def test_a_recovery_code_takes_the_place_of_the_code_once_in_any_spelling(house: House) -> None:
    give_factor(house, "officer")
    assert house.sign_in("officer", code="aaaabbbb ccccdddd").json()["must_prove"] is False
    assert code(house.sign_in("officer", code="AAAA-BBBB-CCCC-DDDD")) == (422, "sign_in_must_succeed")


def test_wrong_codes_lock_like_wrong_passwords(house: House) -> None:
    give_factor(house, "officer")
    house.sign_in("officer")
    answers = [house.post("/prove", data={"code": "000000"}).status_code for _ in range(6)]
    assert answers == [422, 422, 422, 422, 429, 429]


# Deeds


def test_nobody_gets_no_further_than_what_is_open_to_all(house: House) -> None:
    assert house.browser.get("/open").json() == {
        "person": None,
        "csrf": "",
        "must_prove": False,
        "book": None,
    }
    for path in ("/own", "/books", "/books/qingshui", "/books/nowhere", "/backup", "/townships/450000101"):
        assert code(house.browser.get(path)) == (401, "caller_must_be_signed_in")


def test_each_book_opens_to_its_own_people(house: House) -> None:
    house.sign_in()
    assert house.browser.get("/books/qingshui").json()["book"] == "qingshui"
    assert house.browser.get("/books").status_code == 200
    assert house.post("/books/qingshui/post").status_code == 201


def test_not_yours_and_not_there_are_the_same_answer(house: House) -> None:
    house.sign_in()
    answers = [house.browser.get(f"/books/{book}") for book in ("longping", "nowhere", "LongPing")]
    told = {(a.status_code, a.text.replace(a.url.path.rpartition("/")[2], "…")) for a in answers}
    assert len(told) == 1
    assert code(answers[0]) == (404, "book_must_exist")


def test_a_book_that_is_seen_may_still_be_forbidden(house: House) -> None:
    give_factor(house, "officer")
    house.sign_in("officer", code=code_now())
    assert house.browser.get("/books/qingshui").status_code == 200
    assert code(house.post("/books/qingshui/post")) == (403, "deed_must_be_allowed")
    assert code(house.post("/books/longping/post")) == (404, "book_must_exist")


def test_a_deed_of_the_house_is_not_held_for_a_place(house: House) -> None:
    house.behind(lambda db: a_login(db, "place", password=PASSWORD))
    house.behind(lambda db: with_role(db, "place", "administrator", "place:450000101"))
    house.sign_in("place")
    assert code(house.browser.get("/backup")) == (403, "deed_must_be_allowed")


def test_a_role_taken_back_is_gone_at_the_next_request(house: House) -> None:
    house.sign_in()
    assert house.browser.get("/books/qingshui").status_code == 200

    def take_back(db: Connection) -> None:
        (grant,) = queries.grants_of(db, login_of(db, "lu").person)
        grants.end_grant(db, grant.id, by=rights(db, "witness"), reason="", at=now())

    house.behind(take_back)
    assert code(house.browser.get("/books/qingshui")) == (404, "book_must_exist")


# Forms


def test_a_form_carries_the_word_of_its_session_in_a_header_or_a_field(house: House) -> None:
    house.sign_in()
    assert house.post("/own").status_code == 201
    by_field = house.browser.post("/own", data={"csrf": house.csrf, "word": "记"})
    assert by_field.json()["form"] == {"csrf": house.csrf, "word": "记"}
    with_file = house.browser.post(
        "/own", data={"csrf": house.csrf}, files={"scan": ("a.png", b"\x89PNG", "image/png")}
    )
    assert with_file.status_code == 201


@pytest.mark.parametrize("word", [None, "", "wrong", "记"])
def test_a_form_of_another_site_changes_nothing(house: House, word: str | None) -> None:
    house.sign_in()
    headers = {} if word is None or not word.isascii() else {"X-CSRF-Token": word}
    data = {"csrf": word} if word is not None else {}
    for path in ("/own", "/open", "/books/qingshui/post"):
        answer = house.browser.post(path, headers=headers, data=data)
        assert code(answer) == (403, "form_must_be_of_this_session")


def test_the_word_of_one_session_is_no_good_in_another(house: House) -> None:
    house.sign_in()
    old = house.csrf
    house.sign_in()
    assert house.csrf != old
    assert house.browser.post("/own", headers={"X-CSRF-Token": old}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://testserver.local"}, 201),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example", "Sec-Fetch-Site": "same-origin"}, 201),
    ],
)
def test_before_there_is_a_session_a_form_comes_from_this_site(
    house: House, headers: dict[str, str], status: int
) -> None:
    assert house.browser.post("/open", headers=headers).status_code == status


# Tokens


def a_token(
    house: House, *deeds: Deed, books: tuple[str, ...] = (), days: int = 1, name: str = "lu"
) -> dict[str, str]:
    secret = words.token_secret()

    def make(db: Connection) -> None:
        at = now()
        new = NewToken(name="t", deeds=deeds, books=books, until=(at + timedelta(days=days)).isoformat())
        tokens.make_token(db, new, digest=words.digest_of(secret), by=rights(db, name), at=at)

    house.behind(make)
    return {"Authorization": f"Bearer {secret}"}


def test_a_token_needs_no_form_word_and_does_only_what_it_was_made_for(house: House) -> None:
    token = a_token(house, Deed.SEE_BOOK)
    get = house.browser.get
    assert get("/books/qingshui", headers=token).status_code == 200
    assert code(get("/books/longping", headers=token)) == (404, "book_must_exist")
    posting = house.browser.post("/books/qingshui/post", headers=token)
    assert code(posting) == (403, "deed_must_be_allowed")
    assert code(get("/own", headers=token)) == (403, "deed_must_be_allowed")
    writing = a_token(house, Deed.POST_VOUCHER, books=("qingshui",))
    assert house.browser.post("/books/qingshui/post", headers=writing).status_code == 201


def test_an_officers_token_needs_no_second_factor_of_its_own(house: House) -> None:
    token = a_token(house, Deed.SEE_TOWNSHIP, name="officer")
    assert house.browser.get("/townships/450000101", headers=token).status_code == 200


@pytest.mark.parametrize(
    "header",
    ["Bearer nonsense", "Bearer ", "Bearer", "Basic bHU6cGFzc3dvcmQ=", "nonsense", "Bearer " + "x" * 9000],
)
def test_a_token_that_is_none_is_nobody(house: House, header: str) -> None:
    assert code(house.browser.get("/own", headers={"Authorization": header}))[0] == 401


def test_a_token_past_its_day_is_nobody_and_its_last_use_was_written_down(house: House) -> None:
    token = a_token(house, Deed.SEE_BOOK)
    assert house.browser.get("/books/qingshui", headers=token).status_code == 200
    person = house.behind(lambda db: login_of(db, "lu").person)
    (used,) = house.behind(lambda db: queries.tokens_of(db, person))
    assert used.last_used_at is not None
    past = instant(now())
    house.behind(lambda db: db.execute(update(table_of(ApiTokenRow)).values(until=past)))
    assert house.browser.get("/books/qingshui", headers=token).status_code == 401


def test_neither_secret_of_a_session_nor_of_a_token_lies_in_the_database(
    house: House, tmp_path: Path
) -> None:
    house.sign_in()
    token = a_token(house, Deed.SEE_BOOK)["Authorization"].removeprefix("Bearer ")
    secret = house.browser.cookies["lianjian-session"]
    kept = house.behind(
        lambda db: [
            repr(row)
            for table in (SessionRow, ApiTokenRow)
            for row in db.execute(table_of(table).select()).all()
        ]
    )
    assert kept
    for one in kept:
        assert token not in one
        assert secret not in one


# What is kept of one's own login


class Desk:
    """A gate without HTTP, for a person who is signed in."""

    def __init__(self, database: Engine, name: str = "lu") -> None:
        self.writer, self.passwords = Writer(database), Passwords(2)
        self.gate = Gate(self.writer, VAULT, self.passwords)
        self.at = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
        self.database, self.name = database, name

    def run(self, act: Callable[[Gate], Any]) -> Any:
        return asyncio.run(act(self.gate))

    def caller(self, secret: str) -> Any:
        with self.database.connect() as db:
            found = caller_with(db, Credential(secret=secret, by_token=False), at=self.at)
        return None if found is None else found.caller

    def sign_in(self, password: str = PASSWORD) -> Entered:
        new: Entered = self.run(
            lambda gate: gate.sign_in(self.name, password, address="192.0.2.1", agent="", at=self.at)
        )
        return new


@pytest.fixture
def desk(database: Engine) -> Iterator[Desk]:
    with database.begin() as db:
        people(db)
    desk = Desk(database)
    yield desk
    desk.writer.stop()
    desk.passwords.stop()


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as found:
        act()
    return found.value.problems[0].code


def test_a_new_password_is_proved_by_the_old_one_and_ends_the_other_sessions(desk: Desk) -> None:
    other, mine = desk.sign_in(), desk.sign_in()
    caller = desk.caller(mine.secret)

    def change(old: str, new: str) -> Callable[[], object]:
        return lambda: desk.run(
            lambda gate: gate.change_password(caller, old=old, new=new, address="192.0.2.1", at=desk.at)
        )

    new = "春江水暖 ducks know first"
    assert refused(change("wrong password 123", new)) == "password_must_be_right"
    assert refused(change(PASSWORD, "short")) == "password_must_be_long"
    change(PASSWORD, new)()
    assert desk.caller(other.secret) is None
    assert desk.caller(mine.secret) is not None
    assert refused(desk.sign_in) == "sign_in_must_succeed"
    assert desk.sign_in(new).must_prove is False


def test_a_second_factor_is_set_up_with_its_first_code_and_ten_recovery_codes(desk: Desk) -> None:
    before = desk.sign_in()
    caller = desk.caller(before.secret)
    key = totp.new_key()

    def set_up(code: str, *, key: str = key, password: str = PASSWORD) -> Any:
        return desk.run(
            lambda gate: gate.set_up_factor(
                caller, key, code, password=password, address="192.0.2.1", agent="", at=desk.at
            )
        )

    right = totp.code_at(key, desk.at)
    assert refused(lambda: set_up("000000")) == "code_must_be_right"
    assert refused(lambda: set_up(right, password="wrong password 123")) == "password_must_be_right"
    assert refused(lambda: set_up(right, key="AAAA")) == "code_must_be_right"
    done = set_up(right)
    assert len(set(done.recovery_codes)) == 10
    assert desk.caller(before.secret) is None
    assert desk.caller(done.entered.secret).second_factor
    assert desk.sign_in().must_prove is True
    renewed = desk.run(
        lambda gate: gate.renew_recovery_codes(
            desk.caller(done.entered.secret), password=PASSWORD, address="192.0.2.1", at=desk.at
        )
    )
    assert not set(renewed) & set(done.recovery_codes)


def test_with_the_password_alone_nobody_changes_how_he_signs_in(desk: Desk) -> None:
    with desk.database.begin() as db:
        person = login_of(db, "lu").person
        sealed = rules.sealed_factor(VAULT, KEY, person=person)
        logins.set_second_factor(db, person, sealed, step=0, recovery=[], by=person, at=desk.at)
    waiting = desk.caller(desk.sign_in().secret)
    where: dict[str, Any] = {"address": "192.0.2.1", "at": desk.at}
    other = totp.new_key()
    acts: tuple[Callable[[Gate], Any], ...] = (
        lambda gate: gate.change_password(waiting, old=PASSWORD, new="春江水暖 ducks know first", **where),
        lambda gate: gate.renew_recovery_codes(waiting, password=PASSWORD, **where),
        lambda gate: gate.set_up_factor(
            waiting, other, totp.code_at(other, desk.at), password=PASSWORD, agent="", **where
        ),
    )
    for act in acts:
        assert refused(partial(desk.run, act)) == "second_factor_must_be_given"


def test_a_set_up_code_makes_a_password_and_weak_ones_leave_it_good(desk: Desk) -> None:
    code = words.set_up_code()
    with desk.database.begin() as db:
        login = a_login(db, "mo", password=None)
        logins.invite(
            db, login.person, digest=words.digest_of_code(code), by=rights(db, "witness"), at=desk.at
        )

    def accept(password: str, given: str = code) -> Any:
        return desk.run(lambda gate: gate.accept(given, password, at=desk.at))

    assert refused(lambda: accept("short")) == "password_must_be_long"
    assert refused(lambda: accept(PASSWORD, "0" * 20)) == "invitation_must_hold"
    assert accept(PASSWORD, code.lower().replace("-", " ")).has_password
    assert refused(lambda: accept(PASSWORD)) == "invitation_must_hold"
    desk.name = "mo"
    assert desk.sign_in().must_prove is False


def test_a_token_is_shown_once_and_no_secret_is_printed(desk: Desk) -> None:
    new = desk.sign_in()
    caller = desk.caller(new.secret)
    wanted = NewToken(name="t", deeds=[Deed.SEE_BOOK], until="2026-02-01T00:00:00Z")
    made = desk.run(lambda gate: gate.make_token(caller, wanted, at=desk.at))
    assert made.secret.startswith("lianjian_")
    assert made.secret not in repr(made)
    assert new.secret not in repr(new)


def test_with_the_vault_shut_a_second_factor_says_that_the_key_is_missing(desk: Desk) -> None:
    with desk.database.begin() as db:
        person = login_of(db, "lu").person
        sealed = rules.sealed_factor(VAULT, KEY, person=person)
        logins.set_second_factor(db, person, sealed, step=0, recovery=[], by=person, at=desk.at)
    shut = Gate(desk.writer, Vault((), draw=bytes), desk.passwords)
    signing = shut.sign_in("lu", PASSWORD, code="123456", address="192.0.2.1", agent="", at=desk.at)
    assert refused(lambda: asyncio.run(signing)) == "vault_must_have_its_key"


# Declarations


@get("/forgotten")
async def forgotten() -> None:
    """A route that names no deed."""


def test_every_route_is_listed_with_its_deed() -> None:
    listed = routes_with_deeds(Litestar(ROUTES, openapi_config=None))
    assert ("POST", "/books/{book:str}/post", Deed.POST_VOUCHER) in listed
    assert ("GET", "/open", None) in listed
    assert len(listed) == len(ROUTES)


def test_a_route_without_a_deed_is_found_and_never_answers() -> None:
    app = Litestar([forgotten], guards=[guard], openapi_config=None)
    with pytest.raises(Undeclared):
        routes_with_deeds(app)
    with pytest.raises(Undeclared):
        declared(forgotten)
    with TestClient(app) as browser:
        assert browser.get("/forgotten").status_code == 500


def test_a_password_is_proved_in_about_the_time_the_figures_say() -> None:
    """The parameters themselves, not the clock: 19 MiB, two passes, one lane."""
    assert hash_now("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not prove_now(PASSWORD, "no hash at all").right
    assert prove_now("café", hash_now("cafe\u0301")).right  # composed and decomposed are one password


# The window


class Asked:
    """A question of this module's own."""

    def __init__(self, *statements: str) -> None:
        self.key, self.statements = statements, statements

    def __call__(self, db: Connection) -> list[Any]:
        return [db.execute(text(statement)).scalar() for statement in self.statements]


def ask_the_window(url: str, question: Any) -> Any:
    readers = reading_engine(url)
    window = Window(readers)
    try:
        return asyncio.run(window.ask(question))
    finally:
        window.close()
        readers.dispose()


def test_a_server_is_asked_without_a_transaction_around_the_question(db_url: str, db_kind: str) -> None:
    if db_kind == "sqlite":
        assert ask_the_window(db_url, Asked("SELECT 1", "SELECT 2")) == [1, 2]
        return
    first, second = ask_the_window(db_url, Asked("SELECT now()", "SELECT now()"))
    assert first < second


def test_the_window_cannot_write(db_url: str) -> None:
    with pytest.raises(DBAPIError):
        ask_the_window(db_url, Asked("UPDATE chain_head SET length = length"))
