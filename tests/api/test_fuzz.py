"""Every operation of the description, fuzzed by schemathesis with all its checks, signed in as each role.

What is valid by the schema may still break a rule, so 400, 412 and 422 are answers to it. In the tests a few examples run
of each operation on the embedded database as three roles that may do it and one that may not, others from operation to
operation; and on the server, where only what gets past the door can differ, as one who may. ``make fuzz
FUZZ_EXAMPLES=…`` runs many as every role on both.
"""

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from sqlalchemy import Connection

from coop.access import queries as access_queries
from coop.access.rules import DEEDS
from coop.access.sessions import actions as sessions
from schemas.access import Role
from tests.api.conftest import ROLES, people
from tests.builders import a_book, drafted, post, reviewed
from tests.conftest import KINDS, Databases
from web import clock
from web.api.description import description
from web.api.routes import ROUTES
from web.app import create_app
from web.auth import words
from web.database import writing_engine
from web.serve import configured
from web.settings import settings_from

FEW = 2
OK = requests.codes.ok
REFUSED = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422", "428", "429"]
CONFIG = SchemathesisConfig.from_dict(
    {
        "checks": {
            "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", *REFUSED]},
            "negative_data_rejection": {"expected-statuses": REFUSED},
        },
        # Everybody is signed in: nothing invents another session beside the one that is sent.
        "generation": {"with-security-parameters": False},
    }
)
SCHEMA = schemathesis.openapi.from_dict(description(ROUTES), config=CONFIG)
OPERATIONS = [result.ok() for result in SCHEMA.get_all_operations() if isinstance(result, Ok)]
INTEREST = "银行存款利息 | 102 49.11 | 524 -49.11"


DEED_OF = {f"{route.method} /api/v1{route.path}": route.deed for route in ROUTES}


def may(operation: APIOperation[Any, Any, Any, Any], name: str) -> bool:
    """Whether somebody gets past the door of an operation."""
    deed = DEED_OF[operation.label]
    return deed is None or deed in DEEDS[Role(ROLES[name][0])]


_turn = count()


def asked_as(operation: APIOperation[Any, Any, Any, Any], kind: str) -> Collection[str]:
    """The roles an operation is fuzzed as on a kind of database."""
    if settings.get_current_profile_name() == "fuzz":
        return ROLES
    first = next(_turn) % len(ROLES)
    in_turn = [*ROLES, *ROLES][first : first + len(ROLES)]
    allowed = [name for name in in_turn if may(operation, name)]
    refused = [name for name in in_turn if name not in allowed]
    return [*allowed[:3], *refused[:1]] if kind == "sqlite" else [*allowed, *refused][:1]


WAYS = [
    pytest.param(kind, operation, role, marks=pytest.mark.database, id=f"{kind}-{operation.label}-{role}")
    for kind in KINDS
    for operation in OPERATIONS
    for role in asked_as(operation, kind)
]


class House:
    """A running service, and everybody's session with both factors given."""

    def __init__(self, address: str, app: Litestar) -> None:
        self.address, self.app = address, app
        self.headers_of: dict[str, dict[str, str]] = {}

    def headers(self, role: str) -> dict[str, str]:
        """What somebody of this role sends, signed in anew where the session has ended."""
        sent = self.headers_of.get(role)
        if sent is None or requests.get(f"{self.address}/api/v1/me", headers=sent).status_code != OK:
            sent = self.headers_of[role] = self.signed_in(role)
        return sent

    def signed_in(self, role: str) -> dict[str, str]:
        """A new session, begun behind the door: fuzzing it locks the address."""
        secret = words.session_secret()
        _, at = clock.now()

        def begin(db: Connection) -> None:
            known = access_queries.credentials_of(db, role)
            assert known is not None, "somebody fuzzed this login away"
            sessions.sign_in(
                db,
                known,
                digest=words.digest_of(secret),
                address="local",
                agent="",
                second_factor=True,
                at=at,
            )

        self.app.state.writer.do_now(begin)
        return {"Cookie": f"lianjian-session={secret}", "X-CSRF-Token": words.form_word(secret)}


@contextmanager
def running(url: str, home: Path) -> Iterator[House]:
    """The service on a port of its own, in a thread of this process."""
    settings_of = settings_from({"LIANJIAN_DATABASE_URL": url}, home=home)
    app = create_app(settings_of)
    server = uvicorn.Server(configured(app, settings_of, host="127.0.0.1", port=0))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    started = threading.Event()
    while not server.started and thread.is_alive():
        started.wait(0.02)
    assert server.started, "the service did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield House(f"http://127.0.0.1:{port}", app)
    server.should_exit = True
    thread.join()


@contextmanager
def furnished(databases: Databases, kind: str, home: Path) -> Iterator[House]:
    """The service over a book with something in each state."""
    url = databases.fresh(kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        a_book(db, parties="M0001 C001 牛舍")
        people(db)
        post(db, f"2025-03-21 {INTEREST}")
        drafted(db, f"2025-03-22 {INTEREST}")
        reviewed(db, f"2025-03-23 {INTEREST}")
    engine.dispose()
    with running(url, home) as house:
        yield house
    databases.drop(url)


@pytest.fixture(scope="module")
def houses(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], House]]:
    """One house of each kind, both kept: the tests go from one kind to the other and back."""
    with ExitStack() as open_houses:

        @cache
        def of(kind: str) -> House:
            return open_houses.enter_context(furnished(databases, kind, tmp_path_factory.mktemp(kind)))

        yield of


@pytest.mark.fuzz
@pytest.mark.parametrize(("db_kind", "operation", "role"), WAYS)
def test_nothing_is_found(
    db_kind: str, operation: APIOperation[Any, Any, Any, Any], role: str, houses: Callable[[str], House]
) -> None:
    house = houses(db_kind)
    headers = house.headers(role)
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )
    few = FEW if may(operation, role) else 1
    many = settings.get_current_profile_name() == "fuzz"

    @settings(
        max_examples=settings.get_profile("fuzz").max_examples if many else few,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases)
    def fuzz(case: Case[Any]) -> None:
        case.call_and_validate(base_url=house.address, headers=headers)

    fuzz()
