"""Pages over a real house: the pack clean-small taken in with its scans, and somebody in every role.

house      a folder with database and evidence of its own, copied from one made once in the run
site       the running service on it, with a client for each person: ``site.of("覃会计").get("/")``
desk       a browser at the running service, signed in: ``desk.sign_in("覃会计")``

The cooperative's book is ``qingshuihezuoshe``; no month of it is closed. 覃会计 prepares and posts, 韦审核 reviews, 黄出纳
signs, 陆理事长 is the chair, 韦计分 keeps the labour book, 农家 is a household, 农干部 the officer (with a second factor), 莫审计
the auditor, 零管理 the administrator.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine
from litestar.testing import TestClient
from playwright.sync_api import Browser, Page
from sqlalchemy import Connection

from coop.access.logins import actions as logins
from coop.access.rules import sealed_factor
from coop.vault.rules import Vault
from tests.conftest import SCREENS, Databases
from tests.handover import PACKS, pack_of
from tests.people import PASSWORD, a_login, login_of, with_role
from tests.running import application, serving
from web import clock
from web.auth import totp
from web.auth.keys import Keys
from web.database import prepare, writing_engine
from web.evidence_store import EvidenceStore
from web.imports.enter import enter_pack
from web.imports.take import keep_scans
from web.settings import Settings, settings_from

BOOK = "qingshuihezuoshe"
VILLAGE = "450000101200"
TOTP_KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
PEOPLE = {
    "覃会计": ("accountant", f"book:{BOOK}"),
    "韦审核": ("reviewer", f"book:{BOOK}"),
    "黄出纳": ("cashier", f"book:{BOOK}"),
    "陆理事长": ("chair", f"book:{BOOK}"),
    "韦计分": ("scorekeeper", f"book:{BOOK}"),
    "农家": ("household", f"book:{BOOK}"),
    "农干部": ("township_officer", "house"),
    "莫审计": ("auditor", "house"),
    "零管理": ("administrator", "house"),
}
"""Login (and name), role and scope."""


def furnish(db: Connection, settings: Settings, *, at: datetime) -> None:
    """The pack, and the people."""
    pack = pack_of("clean-small")
    keep_scans(PACKS / "clean-small", pack, EvidenceStore(settings.evidence))
    importer = a_login(db, "蒙导入")
    vault = Keys(settings.key_file).ready(db, at=at)
    enter_pack(
        db,
        pack,
        name="clean-small",
        by=importer.person,
        on=clock.day_of(at),
        at=at,
        vault=vault,
        stored={scan.sha256 for scan in pack.scans},
        gaps_reason="",
    )
    give_people(db, vault, at=at)


def give_people(db: Connection, vault: Vault, *, at: datetime) -> None:
    """Everybody of ``PEOPLE`` with a password and a role; the officer with a second factor."""
    for name, (role, scope) in PEOPLE.items():
        a_login(db, name, password=PASSWORD)
        with_role(db, name, role, scope)
    with_role(db, "覃会计", "accountant", f"book:{VILLAGE}")
    with_second_factor(db, "农干部", vault, at=at)


def with_second_factor(db: Connection, name: str, vault: Vault, *, at: datetime) -> None:
    """The key of ``TOTP_KEY`` for somebody who needs one."""
    officer = login_of(db, name).person
    logins.set_second_factor(
        db,
        officer,
        sealed_factor(vault, TOTP_KEY, person=officer),
        step=0,
        recovery=[],
        by=officer,
        at=at,
    )


def settings_of(home: Path) -> Settings:
    """The settings of a house in this folder."""
    return settings_from({}, home=home)


def make_house(home: Path) -> None:
    """A house in an empty folder."""
    settings = settings_of(home)
    engine = writing_engine(settings.database_url)
    prepare(engine)
    _, at = clock.now()
    with engine.begin() as db:
        furnish(db, settings, at=at)
    engine.dispose()


@pytest.fixture(scope="session")
def model_house(databases: Databases) -> Path:
    return databases.folder("house", lambda folder: make_house(folder / "house"))


@pytest.fixture
def house(model_house: Path, tmp_path: Path) -> Settings:
    shutil.copytree(model_house, tmp_path, dirs_exist_ok=True)
    return settings_of(tmp_path / "house")


class Reader:
    """Somebody's browser without scripts: follows links and sends forms as the page gives them."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str, **more: Any) -> httpx.Response:
        """Ask for a page."""
        return self.client.get(path, headers={"Accept": "text/html", "Accept-Language": "zh-CN"}, **more)

    def send(self, page: httpx.Response, action: str, /, **fields: Any) -> httpx.Response:
        """Send the form of a page that goes to ``action``, with its hidden fields and these. Files are tuples."""
        files = {name: value for name, value in fields.items() if isinstance(value, tuple)}
        data = hidden_of(page.text, action) | {
            name: value for name, value in fields.items() if not isinstance(value, tuple)
        }
        return self.client.post(
            action,
            data=data,
            files=files or None,
            headers={"Accept": "text/html", "Accept-Language": "zh-CN"},
            follow_redirects=True,
        )

    def sign_in(self, name: str) -> "Reader":
        """Sign in by the form."""
        answer = self.send(self.get("/login"), "/login", name=name, password=PASSWORD)
        if answer.url.path == "/login/code":
            _, at = clock.now()
            answer = self.send(answer, "/login/code", code=totp.code_at(TOTP_KEY, at))
        assert answer.url.path == "/", answer.text
        return self


def hidden_of(text: str, action: str) -> dict[str, Any]:
    """The hidden fields of the form with this action."""
    for form in re.findall(r"<form\b.*?</form>", text, flags=re.DOTALL):
        given = re.search(r'action="([^"]*)"', form)
        if given and given[1].replace("&amp;", "&") == action:
            found: dict[str, Any] = {}
            for tag in re.findall(r"<input\b[^>]*>", form):
                attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
                if attributes.get("type") == "hidden":
                    found[attributes["name"]] = attributes["value"]
            return found
    raise AssertionError(f"no form goes to {action}")


class Site:
    """The running service, and a client for each person."""

    def __init__(self, client: TestClient[Any]) -> None:
        self._client = client
        self._readers: dict[str, Reader] = {}

    @property
    def stranger(self) -> Reader:
        """Somebody who is not signed in."""
        return Reader(self._new())

    def of(self, name: str) -> Reader:
        """Somebody who is."""
        if name not in self._readers:
            self._readers[name] = Reader(self._new()).sign_in(name)
        return self._readers[name]

    def _new(self) -> Any:
        client = TestClient(self._client.app, raise_server_exceptions=True)
        client.blocking_portal = self._client.blocking_portal
        return client


@pytest.fixture
def site(house: Settings) -> Iterator[Site]:
    with application(house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Site(client)


# A browser


class Desk:
    """A browser at the running service."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.base = page, base

    def go(self, path: str) -> Page:
        """Open a page of the service."""
        self.page.goto(self.base + path)
        return self.page

    def sign_in(self, name: str) -> Page:
        """Sign in by keyboard."""
        page = self.go("/login")
        page.wait_for_selector(
            "input:focus"
        )  # the browser puts the cursor there a moment after the page is loaded
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: not url.split("?")[0].endswith("/login"))
        if page.url.split("?")[0].endswith("/login/code"):
            page.wait_for_selector("input:focus")
            _, at = clock.now()
            page.keyboard.type(totp.code_at(TOTP_KEY, at))
            page.keyboard.press("Enter")
            page.wait_for_url(lambda url: "/login" not in url)
        page.wait_for_selector("main h1")
        return page

    def sign_out(self) -> None:
        """Sign out."""
        self.page.context.clear_cookies()


@pytest.fixture
def served(house: Settings) -> Iterator[str]:
    with serving(house) as base:
        yield base


@pytest.fixture
def desk(page: Page, served: str) -> Desk:
    return Desk(page, served)


@pytest.fixture
def calendar() -> Iterator[time_machine.Traveller]:
    """The process's clock, which a story turns on beyond the end of a notice."""
    with time_machine.travel(clock.now()[1]) as traveller:
        yield traveller


@pytest.fixture
def screens(browser: Browser) -> Iterator[dict[str, Page]]:
    """A page of its own for each of a story's people: desks, and telephones for officer and household."""
    errors: list[str] = []
    pages = {}
    for name, screen in (
        ("accountant", "desk"),
        ("officer", "phone"),
        ("cashier", "desk"),
        ("household", "phone"),
    ):
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **SCREENS[screen])
        context.set_default_timeout(10_000)
        pages[name] = context.new_page()
        pages[name].on("pageerror", lambda error: errors.append(str(error)))
    yield pages
    for page in pages.values():
        page.context.close()
    assert errors == []
