"""An officer of one township gets nothing of another by any route, page or file: every route of the house is walked with
what is there in a township full of books, runs, batches, alerts, frozen months, contracts and papers, by everybody a
township beside it has; and the township's own people are answered at the same addresses."""

import logging
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from itertools import product
from typing import Any, NamedTuple

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from coop.access.rules import DEEDS, OF_EVERYBODY
from ledger.log.rules import HOUSE
from schemas.access import Deed, Role
from tests.conftest import Databases
from tests.pages.beside import (
    FORM,
    HERE,
    SAID_WITH_FILE,
    WRITES,
    Asked,
    Walk,
    body_of,
    file_for,
    from_beside,
    query_of,
    secrets_of,
    told,
    with_queries,
)
from tests.pages.canaries import make_canary_house
from tests.pages.canary_acts import BESIDE, OF_HERE, TOWNSHIP
from tests.pages.canary_addresses import NOT_ANSWERED, parts_of_paths
from tests.pages.conftest import BOOK, PEOPLE, VILLAGE, Reader, settings_of
from tests.pages.told import Door
from tests.running import application
from web.api import terms
from web.api.route import Upload
from web.api.routes import ROUTES

FARTHER = "邻县干部"
"""Who is walked by two addresses of a route only: as far from here as the other, and with less of his own."""
REFUSED = {HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND}
NOT_READ = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
NOWHERE = {
    BOOK: "nowhere", VILLAGE: "450000999200", "450000101201": "450000999201", "450000101202": "450000999200",
    TOWNSHIP: "450000999",
}  # fmt: skip
"""What the addresses of this house name, and what is nowhere."""
API = {(one.method, one.template): one for one in ROUTES}
BODIES = [terms.EXAMPLES.get(one.name, {}) for one in ROUTES]


@pytest.fixture(scope="module")
def door(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    folder = tmp_path_factory.mktemp("beside")
    shutil.copytree(databases.folder("canaries", make_canary_house), folder, dirs_exist_ok=True)
    with (
        application(settings_of(folder / "house")) as app,
        TestClient(app, raise_server_exceptions=False) as client,
    ):
        yield Door(client)


@pytest.fixture(scope="module")
def walk(door: Door) -> Walk:
    """With people, roles, sessions and subscriptions of the township and of the house."""
    over, own = Asking(door.of("零管理")), Asking(door.of(OF_HERE))
    asked = Asked("GET", "", None, ())

    def listed(ask: Asking, path: str, field: str) -> tuple[str, ...]:
        return tuple(str(one[field]) for one in ask(asked, f"/api/v1/{path}").json()["items"])

    everybody = over(asked, "/api/v1/people?limit=200").json()["items"]
    staff = tuple(str(one["person"]) for one in everybody if one["name"] in {OF_HERE, "覃会计", "黄出纳"})
    real = {
        "person": staff,
        "grant": tuple(one for who in staff for one in listed(over, f"people/{who}/grants", "id")),
        "session": listed(own, "sessions", "id"),
        "webhook": listed(over, "webhooks", "id"),
    }
    assert all(real.values()), real
    return Walk(door.app, {**parts_of_paths(door), **real})


@pytest.fixture(scope="module")
def secrets(door: Door) -> frozenset[str]:
    sent = str([*BODIES, FORM, SAID_WITH_FILE])
    found = frozenset(one for one in _read(door, secrets_of) if one not in sent) | {BOOK, VILLAGE}
    assert len(found) > 200
    return found


def _read(door: Door, look: Callable[[Connection], Any]) -> Any:
    with door.app.state.readers.connect() as db:
        return look(db)


def _all_who(people: Mapping[str, tuple[str, str]], deed: Deed) -> list[str]:
    """Those of these whose role allows it."""
    return [name for name, (role, _) in people.items() if deed in DEEDS[Role(role)]]


OWN = {OF_HERE: ("township_officer", TOWNSHIP), **PEOPLE}
"""Everybody of the township, and the house's own people after them."""


class Asking:
    """Somebody's program, with the word of his session."""

    def __init__(self, reader: Reader) -> None:
        self._ask = reader.client.request
        page = reader.get("/me").text + reader.get("/").text
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        self.word = found[1] if found else ""
        self._count = 0

    def __call__(self, route: Asked, path: str) -> httpx.Response:
        self._count += 1
        headers = {
            "Accept-Language": "zh-CN",
            "X-CSRF-Token": self.word,
            "Idempotency-Key": f"walk-{self._count}",
            "If-Match": "*",
        }
        if route.method == "GET":
            return self._ask("GET", path, headers=headers, follow_redirects=False)
        if path.startswith("/api/"):
            of_api = API[(route.method, re.sub(r":str}", "}", route.template))]
            more: dict[str, Any] = {"json": body_of(terms.EXAMPLES.get(of_api.name, {}))}
            if of_api.content is Upload:
                kind, content = file_for(of_api)
                more = {"content": content}
                headers["Content-Type"] = kind
                path += ("&" if "?" in path else "?") + query_of(of_api)
            return self._ask(route.method, path, headers=headers, follow_redirects=False, **more)
        return self._ask(
            route.method, path, headers=headers, data={**FORM, "csrf": self.word}, follow_redirects=False
        )


class Heard(NamedTuple):
    """The walk with what its own people's pages lead to, which routes answered nobody, and which tell what is secret."""

    walk: Walk
    silent: frozenset[str]
    telling: frozenset[str]


@pytest.fixture(scope="module")
def heard(door: Door, walk: Walk, secrets: frozenset[str]) -> Heard:
    """The township's own people asked for everything that is read, until somebody of them is answered."""
    asking = {name: Asking(door.household("HQ001") if name == "农家" else door.of(name)) for name in OWN}
    waiting = [route for route in walk.routes if route.deed is not None and route.method == "GET"]
    telling = set()
    for _ in range(2):  # what the first pages lead to is asked in the second turn
        for route in list(waiting):
            assert route.deed is not None
            for name, path in product(_all_who(OWN, route.deed), walk.asked(route)):
                answer = asking[name](route, path)
                if answer.status_code == HTTPStatus.OK:
                    walk.hear(answer.text)
                    waiting.remove(route)
                    if told(answer, secrets, asked=path):
                        telling.add(route.template)
                    break
    return Heard(walk, frozenset(route.template for route in waiting), frozenset(telling))


def test_the_townships_own_people_are_answered_at_the_same_addresses(heard: Heard) -> None:
    """So that silence beside means something."""
    unsaid = heard.silent - set(NOT_ANSWERED)
    assert not unsaid, "\n".join(sorted(unsaid))
    assert len(heard.telling) > 140, "what the pages of this house tell is not looked for where it stands"


def test_everybody_of_a_place_beside_is_told_nothing_and_changes_nothing(
    door: Door, heard: Heard, secrets: frozenset[str]
) -> None:
    """Each route as it is asked of this township, with all it may be asked by, with bodies of the right shape; then from the
    reader's own book and township with what is this one's in every other part. What is there is answered as what is not."""
    walk, asking = heard.walk, {name: Asking(door.of(name)) for name in BESIDE}
    before = _read(door, _written)
    leaks, let_in, differ, walked = [], [], [], set()
    for route in walk.routes:
        if route.deed is None:
            continue
        for name in _beside(route):
            ask = asking[name]
            for count, path in enumerate(_paths(walk, route)[: 2 if name == FARTHER else None]):
                answer = ask(route, path)
                walked.add((route.method, route.template))
                said = f"{name} {route.method} {path} {answer.status_code}"
                leaks += [f"{said} {one}" for one in told(answer, secrets, asked=_said(route, path))]
                signed_out = answer.status_code == HTTPStatus.UNAUTHORIZED and route.deed not in OF_EVERYBODY
                if (
                    answer.is_server_error
                    or signed_out
                    or (route.is_named and answer.status_code not in REFUSED)
                ):
                    let_in.append(said)
                if not route.is_named:
                    continue
                if count > 1:
                    continue
                nowhere = ask(route, _elsewhere(path))
                if (answer.status_code, _elsewhere(answer.text)) != (
                    nowhere.status_code,
                    _elsewhere(nowhere.text),
                ):
                    differ.append(f"{said} {nowhere.status_code}")
            for path in _from_beside(walk, route) if name != FARTHER else ():
                answer = ask(route, path)
                said = f"{name} {route.method} {path} {answer.status_code}"
                leaks += [f"{said} {one}" for one in told(answer, secrets, asked=_said(route, path))]
                if answer.is_server_error:
                    let_in.append(said)
    assert not leaks, "\n".join(leaks)
    assert not let_in, "\n".join(let_in)
    assert not differ, "\n".join(differ)
    assert walked == {(one.method, one.template) for one in walk.routes if one.deed is not None}
    assert _read(door, _written) == before


def test_what_is_sent_beside_is_something_its_own_people_may_send(door: Door, heard: Heard) -> None:
    """An act refused beside because nobody can read it would hide a leak: sent by the township's own people what is sent beside is
    done, or refused by what is there. What moves value is undone after its answer."""
    asking = {name: Asking(door.of(name)) for name in OWN if name != "农家"}
    unread, read = [], set()
    for route in sorted(
        heard.walk.routes, key=lambda one: "/people/" in one.template
    ):  # what ends logins last
        if route.method not in WRITES or not route.template.startswith("/api/") or route.deed is None:
            continue
        moves = API[(route.method, re.sub(r":str}", "}", route.template))].value_moves
        preview = "?dry_run=true" if moves else ""
        name = next((one for one in _all_who(OWN, route.deed) if one in asking), None)
        if name is None or route.deed in OF_EVERYBODY:
            continue
        path = next(iter(heard.walk.asked(route)))
        answer = asking[name](route, f"{path}{preview}")
        if answer.status_code in NOT_READ or answer.is_server_error:
            unread.append(f"{name} {route.method} {path} {answer.status_code} {answer.text[:300]}")
        else:
            read.add(route.template)
    assert not unread, "\n".join(unread)
    assert len(read) > 150


def _said(route: Asked, path: str) -> str:
    """All the reader said himself, which an answer may say again."""
    return path if route.method == "GET" else f"{path} {HERE} {SAID_WITH_FILE}"


def _beside(route: Asked) -> list[str]:
    """Both officers; besides them the first of the others whose role allows it where theirs does not, and all of them
    where the route shows to each his own."""
    assert route.deed is not None
    allowed = _all_who(BESIDE, route.deed)
    officers = [name for name, (role, _) in BESIDE.items() if role == "township_officer"]
    others = [name for name in allowed if name not in officers]
    if not route.is_named and route.method == "GET":
        return [*officers, *others]
    return officers if officers[0] in allowed else [*officers, *others[:1]]


def _paths(walk: Walk, route: Asked) -> list[str]:
    """The addresses of a route, and the first asking for what is there by everything it may be asked by; where the path does
    not say whose it is, also by each."""
    found = list(walk.asked(route))
    asking = list(with_queries(found[0], route.asks))
    return found + (asking[-1:] if route.is_named else asking)


def _from_beside(walk: Walk, route: Asked) -> list[str]:
    """What is there asked for from the reader's own book or place, by each name it may be asked by."""
    if not route.is_named:
        return []
    found = list(walk.asked(route))
    return list(dict.fromkeys(map(from_beside, (*found[:4], *with_queries(found[0], route.asks)))))


def _elsewhere(text: str) -> str:
    """The same of what is nowhere."""
    for here, nowhere in NOWHERE.items():
        text = text.replace(here, nowhere)
    return re.sub(r"450000(?![0-9])", "450099", text)


def _written(db: Connection) -> dict[str, Any]:
    """How far the log of each book and desk of the township goes, and what the house's own says of them."""
    tables = SQLModel.metadata.tables
    head, entry, home = tables["chain_head"], tables["log_entry"], tables["book_place"]
    books = set(db.execute(select(home.c.book_id).where(home.c.township_code == TOWNSHIP)).scalars())
    heads = db.execute(select(head)).mappings().all()
    found: dict[str, Any] = {
        one["book_id"]: dict(one)
        for one in heads
        if one["book_id"] in books or one["book_id"].startswith(TOWNSHIP)
    }
    said = db.execute(select(entry).where(entry.c.book_id == HOUSE)).mappings().all()
    found[HOUSE] = [
        one for row in said if any(word in (one := str(dict(row))) for word in (TOWNSHIP, *books))
    ]
    assert len(found) > 3
    return found
