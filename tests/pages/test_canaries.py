"""No identity, account or telephone number leaves the service in clear but to whom the table of deeds shows it, with an
entry of the log for each time: every route is asked as every role, as households and as nobody, over a house whose fields
and free texts are full of such numbers; so are its log, its findings, what commands print, and the bytes it keeps.
"""

import asyncio
import logging
import re
import shutil
import sys
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from http import HTTPStatus
from itertools import count, cycle, product
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeVar

import httpx
import pytest
from litestar.testing import TestClient
from sqlalchemy import Connection, select

import migrations
from coop.access import queries as access
from coop.access.rules import DEEDS
from coop.members import queries as members
from coop.webhooks import actions as webhooks
from schemas.access import Deed, Role
from schemas.members import SecretField
from tests.builders import a_house
from tests.conftest import Databases
from tests.handover import PACKS, take_in
from tests.pages.canaries import (
    CARD,
    CITIZEN,
    CITIZEN_X,
    FORMS,
    HEIR,
    PHONE,
    TYPED,
    canary_pack,
    leaks,
    make_canary_house,
    sealed_numbers,
)
from tests.pages.canary_acts import TIERS, TOWNSHIP, subscribe
from tests.pages.canary_addresses import (
    API,
    ASKED_WITH,
    HOUSEHOLDS,
    NOT_ANSWERED,
    ORDER,
    RUN,
    addresses,
    parts_for,
    parts_of_paths,
)
from tests.pages.conftest import BOOK, PEOPLE, VILLAGE, Reader, settings_of
from tests.pages.told import Door
from tests.people import login_of
from tests.running import application
from tests.webhooks.receiver import receiving
from web import clock
from web.api import terms
from web.api.route import Nothing, Upload
from web.api.routes import ROUTES
from web.auth.guards import routes_with_deeds
from web.cli.exports import FORMATS
from web.cli.main import main
from web.imports import take
from web.serve import MaskedLines
from web.settings import Settings
from web.webhooks import Post, deliver

T = TypeVar("T")
APPELLANT, APPEALS_FOR = "HQ001", "Q0002"
AGENT = f"Browser {CITIZEN} of {PHONE}"
"""What every reader's program calls itself."""


class NumberedDoor(Door):
    """The running service, asked by programs with numbers in their names."""

    def _new(self) -> Any:
        client = super()._new()
        client.headers["User-Agent"] = AGENT
        return client

    def ask(self, asking: Callable[[], Awaitable[T]]) -> T:
        """Ask in the thread of the service."""
        return self._client.blocking_portal.call(asking)


@pytest.fixture(scope="module")
def canary_model(databases: Databases) -> Path:
    return databases.folder("canaries", make_canary_house)


@pytest.fixture(scope="module")
def wanted(canary_model: Path) -> tuple[str, ...]:
    """Every number that may not be seen: those under seal, and those of the free texts."""
    pack = take.read(canary_model / "canaries.zip").pack
    assert pack is not None
    return (*sealed_numbers(pack), *HEIR, *TYPED)


@pytest.fixture(scope="module")
def canary_house(canary_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("canaries")
    shutil.copytree(canary_model, folder, dirs_exist_ok=True)
    return settings_of(folder / "house")


@pytest.fixture(scope="module")
def door(canary_house: Settings) -> Iterator[NumberedDoor]:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with application(canary_house) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield NumberedDoor(client)


@pytest.fixture(scope="module")
def everybody(door: Door) -> Mapping[str, Reader]:
    """A client for each role, for two households, one of which does not agree, and for nobody."""
    readers = {
        **{name: door.of(name) for name in PEOPLE if name != "农家"},
        **{number: door.household(number) for number in HOUSEHOLDS},
        "nobody": door.stranger,
    }
    appeal = readers[APPELLANT].client.post(
        f"{API}/members/{APPEALS_FOR}/appeals",
        json={"run": ORDER, "text": "少算了两天"},
        headers={"X-CSRF-Token": csrf_of(readers[APPELLANT]), "Idempotency-Key": "appeal"},
    )
    assert appeal.status_code == 201, appeal.text
    return readers


class Together:
    """Everybody asks for the same at once, in the service's own thread: no request waits for a thread of its own."""

    def __init__(self, door: NumberedDoor, everybody: Mapping[str, Reader]) -> None:
        self._door = door
        transport = httpx.ASGITransport(door.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        self._clients = {
            who: httpx.AsyncClient(
                transport=transport,
                base_url=reader.client.base_url,
                cookies=reader.client.cookies,
                headers={"User-Agent": AGENT, "Accept": "text/html", "Accept-Language": "zh-CN"},
                follow_redirects=True,
            )
            for who, reader in everybody.items()
        }

    def get(self, path: str, *, but: Collection[str] = ()) -> Mapping[str, httpx.Response]:
        """The answer to each of them, ``but`` to these."""

        async def ask() -> Mapping[str, httpx.Response]:
            asking = {who: client for who, client in self._clients.items() if who not in but}
            answers = await asyncio.gather(*(client.get(path) for client in asking.values()))
            return dict(zip(asking, answers, strict=True))

        return self._door.ask(ask)


# What is asked for


IN_FULL: Mapping[str, tuple[Deed, str]] = {
    "/api/v1/books/{book:str}/batches/{batch:str}/file": (Deed.TAKE_BATCH_FILE, "batch.file"),
}
"""Routes that show numbers in full: by which deed, and the act of the log that says so each time."""


def who_may(deed: Deed) -> frozenset[str]:
    """The clients of ``everybody`` the table of deeds allows this."""
    return frozenset(name for name, (role, _) in PEOPLE.items() if deed in DEEDS[Role(role)])


def test_no_route_shows_a_number_to_anybody_but_whom_the_table_allows(
    door: NumberedDoor, everybody: Mapping[str, Reader], wanted: tuple[str, ...]
) -> None:
    parts = parts_of_paths(door)
    together = Together(door, everybody)
    shown: dict[str, list[str]] = {}
    empty = []
    opened = 0
    for method, template, deed in routes_with_deeds(door.app):
        if method != "GET":
            continue
        answered = False
        shut: dict[str, set[str]] = {}
        for path in addresses(template, parts_for(template, parts)):
            asked = f"{path}?{ASKED_WITH[template]}" if template in ASKED_WITH else path
            # Whoever the guard keeps out of a book for want of a deed is kept out wherever in the book it leads.
            out = shut.setdefault(next((one for one in (BOOK, VILLAGE) if one in path), ""), set())
            for who, answer in together.get(asked, but=out).items():
                answered |= answer.status_code == HTTPStatus.OK and not answer.history
                if (
                    answer.status_code == HTTPStatus.FORBIDDEN
                    and deed is not None
                    and who not in who_may(deed)
                ):
                    out.add(who)
                if not leaks(answer.content + str(answer.headers).encode(), wanted):
                    continue
                if template in IN_FULL and who in who_may(IN_FULL[template][0]):
                    opened += 1
                    assert answer.headers["cache-control"] == "no-store"
                else:
                    shown.setdefault(template, []).append(f"{who} {path}")
        if not answered:
            empty.append(template)
    assert shown == {}
    unsaid = sorted(set(empty) - set(NOT_ANSWERED))
    assert not unsaid, "\n".join(["say what these answer, or why they answer nothing:", *unsaid])
    entries = door.of("覃会计").get(f"{API}/log?act=batch.file").json()["items"]
    assert len(entries) == opened > 0


# What is sent in


def test_a_search_for_a_number_and_an_address_with_one_say_it_to_nobody(
    door: Door, everybody: Mapping[str, Reader]
) -> None:
    """Numbers in queries and paths, known and unknown ones: neither pages nor refusals repeat them."""
    shown = []
    forms = (CITIZEN, "６２２２００９８７６５４３２１００１２", "139 7766 5544")
    names = ("text", "detail", "member", "name", "q", "payee", "account", "next", "product", "code", "after")
    every = dict(zip(names, cycle(forms), strict=False))
    for method, template, _ in routes_with_deeds(door.app):
        if method != "GET":
            continue
        path = re.sub(r"{book:\w+}", BOOK, template)
        known = re.sub(r"{\w+:\w+}", "1", path)
        asked: list[tuple[str, Mapping[str, str]]] = [(known, every)]
        if "{" in path:
            asked += [(re.sub(r"{\w+:\w+}", form, path), {}) for form in forms]
        else:
            asked += [(known, {name: form}) for name, form in every.items()]
        for (address, query), who in product(asked, ("覃会计", "nobody")):
            answer = everybody[who].get(address, params=query or None, follow_redirects=False)
            if leaks(answer.content + str(answer.headers).encode(), TYPED):
                shown.append(f"{who} {answer.status_code} {address} {query}")
    assert not shown, "\n".join(shown)


def texts_in(example: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where the texts of a JSON value stand; amounts are none."""
    if isinstance(example, str):
        if not re.fullmatch(r"-?[0-9]+\.[0-9]{1,2}", example):
            yield at
    elif isinstance(example, dict):
        for name, value in example.items():
            yield from texts_in(value, (*at, name))
    elif isinstance(example, list):
        for place, value in enumerate(example[:2]):
            yield from texts_in(value, (*at, place))


def with_text(example: Any, at: tuple[str | int, ...], text: str) -> Any:
    """The value with another text there."""
    if not at:
        return text
    first, *rest = at
    changed = example.copy()
    changed[first] = with_text(example[first], tuple(rest), text)
    return changed


def one_who_may(everybody: Mapping[str, Reader], deed: Deed | None) -> Reader:
    """Somebody the table allows this, or nobody in particular."""
    if deed is None:
        return everybody["nobody"]
    return everybody[
        next((name for name in PEOPLE if name in everybody and deed in DEEDS[Role(PEOPLE[name][0])]), "HQ001")
    ]


def csrf_of(reader: Reader) -> str:
    """The word of a session."""
    found = re.search(r'name="csrf" value="([^"]+)"', reader.get("/me").text + reader.get("/").text)
    return found[1] if found else ""


def concrete(template: str) -> str:
    """One address of a route."""
    known = {"book": BOOK, "run": RUN, "member": "Q0002", "household": "HQ001", "period": "2026-01", "year": "2025",
             "code": "102", "account": "102", "kind": "cash", "township": TOWNSHIP}  # fmt: skip
    if "{township:" in template:
        known |= {"run": str(TIERS), "when": "2025", "period": "2025"}
    return re.sub(r"{(\w+):\w+}", lambda found: known.get(found[1], "1"), template)


def test_no_act_of_the_api_keeps_or_repeats_a_number_in_a_text(
    door: Door, everybody: Mapping[str, Reader]
) -> None:
    """Each text of each example of each route, one after the other, holds a canary: none is taken, but where the field is
    sealed, and no answer says it again."""
    words: dict[str, str] = {}
    forms = iter(FORMS * 200)
    told, taken, keys = [], [], count()
    looked: dict[str, bool] = {}
    for route in ROUTES:
        if route.content in {Nothing, Upload} or route.method == "GET":
            continue
        reader = one_who_may(everybody, route.deed)
        word = words.setdefault(str(id(reader)), csrf_of(reader))
        path = concrete(re.sub(r"{(\w+)}", r"{\1:str}", f"/api/v1{route.path}"))
        for at in texts_in(terms.EXAMPLES[route.name]):
            if at[-1] in SECRETS:
                continue
            text = next(forms)
            answer = reader.client.request(
                route.method,
                path,
                json=with_text(terms.EXAMPLES[route.name], at, text),
                headers={
                    "X-CSRF-Token": word,
                    "Idempotency-Key": f"{route.name}-{next(keys)}",
                    "If-Match": "*",
                },
            )
            known = NAMED in answer.text or answer.status_code == HTTPStatus.BAD_REQUEST
            looked[route.name] = looked.get(route.name, False) or known
            if leaks(answer.content, TYPED):
                told.append(f"{route.name} {at} {answer.status_code}")
            if answer.is_success and at[-1] not in SEALED_FIELDS:
                taken.append(f"{route.name} {at} {answer.status_code}")
    assert not told, "\n".join(told)
    assert not taken, "\n".join(taken)
    assert {name for name, found in looked.items() if not found} == NOT_LOOKED_AT


NAMED = '"text_must_hold_no_number_of_a_person"'
"""The code by which a text is refused; one that is no text but a date or a word of a list is unreadable."""
NOT_LOOKED_AT = {"change_member", "sign_in", "set_up_login"}
"""Acts that say nothing of a number: its fields are sealed, nobody is signed in."""
SEALED_FIELDS = {"identity", "phone", "bank_account", "note"}
"""Fields of the examples that are kept under seal."""
SECRETS = {"old", "new", "password"}
"""Fields of which only a hash is kept, if they are right."""
NAMES_OF_FIELDS = (
    "reason", "text", "note", "name", "summary", "resolution", "lines-0-summary", "lines-0-detail", "said", "word-1",
    "answer", "person_name", "short_name", "detail", "product", "products", "leg-0-name", "payees", "code-name",
)  # fmt: skip


SHOWN_AGAIN = {
    "/books/{book:str}/members/{member:str}/edit": Deed.UNMASK_IDENTITY,
    "/books/{book:str}/register/new/{kind:str}": Deed.UNMASK_IDENTITY,
}
"""Forms whose note 备注 is kept under seal: refused for something else, they come back as they were typed, to whoever typed
them, who may see such numbers in full."""


def test_forms_that_come_back_as_typed_are_for_those_who_may_see_numbers_in_full(door: Door) -> None:
    deeds = {template: deed for method, template, deed in routes_with_deeds(door.app) if method == "POST"}
    for template, needed in SHOWN_AGAIN.items():
        deed = deeds[template]
        assert deed is not None
        assert who_may(deed) <= who_may(needed)


def test_no_form_keeps_or_repeats_a_number_in_a_text(door: Door, everybody: Mapping[str, Reader]) -> None:
    told, taken = [], []
    forms = iter(FORMS * 200)
    for method, template, deed in routes_with_deeds(door.app):
        if method != "POST" or template.startswith("/api/"):
            continue
        reader = one_who_may(everybody, deed)
        text = next(forms)
        answer = reader.client.post(
            concrete(template),
            data=dict.fromkeys(NAMES_OF_FIELDS, f"字{text}字") | {"csrf": csrf_of(reader), "step": "send"},
            headers={"Accept": "text/html"},
            follow_redirects=False,
        )
        if leaks(answer.content, TYPED) and template not in SHOWN_AGAIN:
            told.append(f"{template} {answer.status_code} {text}")
        if deed is not None and answer.status_code < 400:
            taken.append(f"{template} {answer.status_code} {text}")
    assert not told, "\n".join(told)
    assert not taken, "\n".join(taken)


def test_a_program_is_kept_by_the_name_it_gives_itself_without_its_numbers(
    everybody: Mapping[str, Reader],
) -> None:
    (session,) = everybody["韦审核"].client.get("/api/v1/sessions").json()["items"]
    assert session["agent"] == "Browser 450000********0077 of 139****5544"


def test_what_subscribers_are_told_holds_no_number(
    door: Door, everybody: Mapping[str, Reader], wanted: tuple[str, ...]
) -> None:
    """Everything in the logs of the book and of its village's, from their first entries on."""
    state, (_, at) = door.app.state, clock.now()
    assert everybody, "the appeal is in the log"
    with receiving() as receiver:

        def begin(db: Connection) -> None:
            subscribe(db, state.key_file.vault, receiver.url)
            by = access.rights_of(db, login_of(db, "零管理").person)
            for book in (BOOK, VILLAGE):
                webhooks.replay(db, 2, book=book, from_seq=1, by=by, at=at)

        state.writer.do_now(begin)
        deliver(
            state.readers,
            lambda what, book: state.writer.do_now(what, book=book),
            Post(inside=True),
            state.key_file,
            at=at,
            only=2,
        )
    told = {one.type for one in receiver.tries}
    assert {"book.import", "run.post", "batch.answer", "batch.send"} <= told
    for one in receiver.tries:
        assert leaks(one.body + str(one.headers).encode() + one.path.encode(), wanted) == set(), one.body


# What lies below


def everything_kept(db: Connection) -> Iterator[bytes]:
    """Every value of every row of the house."""
    for table in migrations.metadata().tables.values():
        for row in db.execute(select(table)):
            yield from (
                value if isinstance(value, bytes) else str(value).encode()
                for value in row
                if value is not None
            )


def test_what_lies_in_the_database_is_under_seal(db: Connection) -> None:
    """On both databases: fields, free texts, the log and its chain."""
    with NamedTemporaryFile(suffix=".zip") as file:
        Path(file.name).write_bytes(canary_pack())
        pack = take.read(Path(file.name)).pack
    assert pack is not None
    a_house(db)
    take_in(db, pack)
    numbers = (*sealed_numbers(pack), *HEIR, *TYPED)
    assert leaks(b"\n".join(everything_kept(db)), numbers) == set()
    assert members.secret_digests(db, book=BOOK)[("Q0003", SecretField.IDENTITY)] != ""


def test_the_files_of_a_house_and_its_backup_hold_no_number(
    door: Door,
    canary_house: Settings,
    wanted: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After everything above was tried: the bytes of the database with its journal, and what the commands give out."""
    files = [path for path in canary_house.home.rglob("*") if path.is_file()]
    assert any(path.suffix == ".sqlite" for path in files)
    for path in files:
        assert leaks(path.read_bytes(), wanted) == set(), path.name


def test_what_commands_print_and_write_holds_no_number(
    canary_model: Path,
    wanted: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(canary_model, tmp_path, dirs_exist_ok=True)
    for name in ("LIANJIAN_DATABASE_URL", "LIANJIAN_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LIANJIAN_HOME", str(tmp_path / "house"))

    def run(*words: str | Path) -> int:
        with pytest.raises(SystemExit) as ended:
            main([str(word) for word in words])
        return int(ended.value.code or 0)

    exports = [("export", BOOK, tmp_path / f"out.{form}", "--to", form) for form in FORMATS]
    for words in (
        ("check",),
        ("check", "--json"),
        *exports,
        ("backup", tmp_path / "backup.zip"),
        ("import", tmp_path / "canaries.zip", "--dry-run"),
        ("import", tmp_path / "canaries.zip", "--dry-run", "--json"),
        ("import", PACKS / "dirty", "--dry-run"),
        ("import", PACKS / "dirty", "--dry-run", "--json"),
        ("books",),
        ("trial-balance", BOOK, "--json"),
        ("user", "list", "--json"),
        ("batch", "show", BOOK, "1"),
    ):
        run(*words)
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        assert leaks((out + err).encode(), (*wanted, *WRONG_IN_DIRTY)) == set(), words
    for path in (*tmp_path.glob("out.*"), tmp_path / "backup.zip"):
        assert path.stat().st_size > 1000, path.name
        assert leaks(path.read_bytes(), wanted) == set(), path.name


WRONG_IN_DIRTY = ("450000198801239870", "6222000002908052591")
"""An identity number and a card of the pack dirty whose check digits are wrong: reported, and masked."""


def test_a_line_of_the_services_log_masks_what_is_said_and_what_failed() -> None:
    log = logging.getLogger("canaries")
    try:
        raise ValueError(f"bad {CARD}")
    except ValueError:
        record = log.makeRecord(
            "canaries", logging.ERROR, "here", 1, "failure at /members/%s", (CITIZEN_X,), sys.exc_info()
        )
    line = MaskedLines("%(message)s").format(record)
    assert "failure at /members/450000********019X" in line
    assert "ValueError: bad 6222 **** **** 0012" in line
    assert leaks(line.encode(), TYPED) == set()
