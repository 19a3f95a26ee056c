"""Every route of the service has its deed, and what is open to everybody, or changes something under a deed of seeing,
is written down here by hand."""

from pathlib import Path

import pytest
from litestar import Litestar

from coop.access import rules
from schemas.access import Deed
from web.app import create_app
from web.auth.guards import SAFE, guard, routes_with_deeds
from web.settings import settings_from

OPEN_TO_ALL = {
    "GET /healthz",
    "GET /readyz",
    "GET /schema/openapi.json",
    "GET /static/{name:str}",
    "GET /login",
    "POST /login",
    "GET /set-up",
    "POST /set-up",
    "POST /language",
    "GET /card",
    "POST /card",
    "POST /card/pin",
    "GET /notices",
    "GET /notices/{run:str}",
    "GET /lists",
    "GET /lists/{code:str}/{month:str}",
    "GET /spot-checks",
    "GET /spot-checks/{unit:str}/{month:str}",
    "GET /spot-checks/{unit:str}/{month:str}/pool.csv",
    "GET /verify",
    "GET /verify/{code:str}",
    "GET /verify/{code:str}/qr.svg",
    "POST /api/v1/sessions",
    "POST /api/v1/set-up",
    "POST /api/v1/bank/call-backs",
}
"""What nobody has to sign in for."""

CHOSEN_BY_THE_FORM = {
    "POST /books/{book:str}/vouchers/acts",
    "POST /books/{book:str}/vouchers/{voucher:str}/acts/{act:str}",
}
"""Pages whose form names the act: they ask for its deed themselves (web/pages/vouchers.py, ``move``)."""

PROVING = {
    "POST /api/v1/books/{book:str}/check",
    "POST /api/v1/check",
    "POST /books/{book:str}/check",
    "POST /books/{book:str}/households/statements",
    "POST /books/{book:str}/member-accounts",
}
"""A proof, or a pile of paper, is asked for with POST because it works for a while; it changes nothing of a book."""

SEEING = frozenset(deed for deed in Deed if deed.startswith(("see_", "read_", "export_", "run_")))


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Litestar:
    """The application, not started."""
    home: Path = tmp_path_factory.mktemp("home")
    return create_app(settings_from({}, home=home))


@pytest.fixture(scope="module")
def routes(app: Litestar) -> list[tuple[str, str, Deed | None]]:
    """Every method and path with its deed; a route that declares none is an error here."""
    return list(routes_with_deeds(app))


def test_what_is_open_to_everybody_is_written_down(routes: list[tuple[str, str, Deed | None]]) -> None:
    assert {f"{method} {path}" for method, path, deed in routes if deed is None} == OPEN_TO_ALL


def test_what_changes_something_names_a_deed_that_does(routes: list[tuple[str, str, Deed | None]]) -> None:
    found = {f"{method} {path}" for method, path, deed in routes if method not in SAFE and deed in SEEING}
    assert found == CHOSEN_BY_THE_FORM | PROVING


def test_everything_under_a_book_names_a_deed_of_books(routes: list[tuple[str, str, Deed | None]]) -> None:
    others = rules.POWER | rules.OF_EVERYBODY | {Deed.BACK_UP, Deed.READ_METRICS, Deed.READ_HOUSE_LOG}
    under = [(path, deed) for _, path, deed in routes if "{book:" in path]
    assert len(under) > 50
    assert [path for path, deed in under if deed is None or deed in others] == []


def test_a_book_is_always_called_book_in_a_path(routes: list[tuple[str, str, Deed | None]]) -> None:
    """The guard finds the book by this name; under another it would go round the door."""
    assert [path for _, path, _ in routes if "/books/{" in path and "/books/{book:str}" not in path] == []


def test_what_only_a_waiting_session_may_do_is_to_finish_or_leave(
    routes: list[tuple[str, str, Deed | None]],
) -> None:
    assert {f"{method} {path}" for method, path, deed in routes if deed is Deed.FINISH_SIGN_IN} == {
        "GET /",
        "GET /login/code",
        "POST /login/code",
        "POST /logout",
        "POST /api/v1/sessions/second-factor",
        "DELETE /api/v1/sessions/current",
    }


def test_every_handler_passes_the_guard(app: Litestar) -> None:
    handlers = [
        handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", None) or [route.route_handler]  # type: ignore[union-attr]
    ]
    assert handlers
    assert [str(handler) for handler in handlers if guard not in handler.resolve_guards()] == []
