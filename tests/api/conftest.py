"""The service over HTTP with a book, and a client for each role, signed in with a token or a session of its own.

service      the running application on a fresh database, with the book ``qingshui`` and people in every role
accountant   a client with 覃's token; likewise reviewer, cashier, officer, auditor, administrator, household
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Connection

from tests.builders import BOOK, a_book
from tests.conftest import Databases
from tests.people import with_token
from tests.running import application
from web import clock
from web.settings import settings_from

TOWNSHIP = "450000101"
ROLES: Mapping[str, tuple[str, str]] = {
    "accountant": ("accountant", f"book:{BOOK}"),
    "reviewer": ("reviewer", f"book:{BOOK}"),
    "cashier": ("cashier", f"book:{BOOK}"),
    "chair": ("chair", f"book:{BOOK}"),
    "scorekeeper": ("scorekeeper", f"book:{BOOK}"),
    "officer": ("township_officer", "house"),
    "auditor": ("auditor", "house"),
    "administrator": ("administrator", "house"),
    "household": ("household", f"book:{BOOK}"),
}
"""Login, role and scope of everybody in the tests; the logins are called like the roles."""


class Service:
    """The application, and clients that call it as somebody."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        self.app = client.app
        self._keys = 0

    def key(self) -> str:
        """A new idempotency key."""
        self._keys += 1
        return f"test-{self._keys}"

    def do(self, act: object) -> object:
        """Run something in the writer, behind HTTP."""
        return self.app.state.writer.do_now(act)

    def call(
        self,
        who: str | None,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        **content: object,
    ) -> httpx.Response:
        """Call an address below ``/api/v1`` as somebody; writes get a key of their own unless one is given."""
        sent = {"Accept-Language": "en", **(headers or {})}
        if who is not None:
            sent.setdefault("Authorization", f"Bearer token-of-{who}")
        if method != "GET":
            sent.setdefault("Idempotency-Key", self.key())
        response: httpx.Response = self.client.request(method, f"/api/v1{path}", headers=sent, **content)  # type: ignore[arg-type]
        return response


def people(db: Connection) -> None:
    """Everybody of ``ROLES`` with a password, and a token for all they may do by token."""
    for name, (role, scope) in ROLES.items():
        with_token(db, name, role, scope, at=clock.now()[1])


@contextmanager
def serving(url: str, home: Path) -> Iterator[Service]:
    """The service on a database of this URL."""
    settings = settings_from({"LIANJIAN_DATABASE_URL": url}, home=home)
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client)


def _furnish(db: Connection) -> None:
    a_book(db)
    people(db)


@pytest.fixture
def service(databases: Databases, db_kind: str, tmp_path: Path) -> Iterator[Service]:
    url = databases.copy(databases.model("service", db_kind, _furnish), db_kind)
    with serving(url, tmp_path / "house") as running:
        yield running
    databases.drop(url)
