"""What a route declares, and whether its caller may do it. There is no route without a declaration.

``opt={"deed": Deed.SEE_BOOK}`` (or ``**needs(Deed.SEE_BOOK)``) names the deed. Where the path has ``{book}``, the
caller must have it on that book, through the one careful door; where it has ``{township}`` or ``{place}``, on that
place, which is not there for whoever has nothing to do with it; elsewhere a deed of the house must be held for the house, and any other on some book or place: such a route
shows to each his own. ``opt={"deed": None}`` says that a route is open to everybody, and is as visible as a deed.

``guard`` is given to the application once. A caller it found is in ``scope["caller"]``, his book in ``scope["book"]``.
"""

import asyncio
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from coop.access import queries, rules
from coop.access.sessions import actions as sessions
from coop.access.tokens import actions as tokens
from coop.places.rules import township_must_be_known
from schemas.access import Deed
from schemas.books import Book
from schemas.problems import Refusal, RefusalKind
from web import clock
from web.auth import words
from web.auth.callers import Caller, Credential, Found, caller_with, credential_of
from web.database import Connection, Engine
from web.errors import address_must_exist

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FORM_FIELD = "csrf"
FORM_HEADER = "x-csrf-token"
OF_THE_HOUSE = frozenset({Deed.BACK_UP, Deed.READ_METRICS, Deed.READ_HOUSE_LOG, Deed.MANAGE_TOKENS})
"""Deeds that reach everybody, so that an administrator of one place is not enough."""
OF_A_PLACE = ("township", "place")
"""Parts of a path that name a place by the beginning of its code."""
WHILE_PROVING = Deed.FINISH_SIGN_IN
"""All that a session may do that waits for its second factor: with the password alone nobody changes the password, or
sets up a second factor of his own."""


def needs(deed: Deed) -> dict[str, Any]:
    """The declaration of a route: ``@get("/books/{book:str}", **needs(Deed.SEE_BOOK))``."""
    return {"opt": {"deed": deed}}


def open_to_all() -> dict[str, Any]:
    """The declaration of a route that asks nobody who he is."""
    return {"opt": {"deed": None}}


class Undeclared(RuntimeError):
    """A route that names no deed: a mistake of ours, found when the application is made."""


def declared(handler: BaseRouteHandler) -> Deed | None:
    """The deed a route declares, itself or by the route of the API it was made from."""
    opt: Mapping[str, Any] = handler.opt
    if "deed" in opt:
        return None if opt["deed"] is None else Deed(opt["deed"])
    if "route" in opt:
        return None if opt["route"].deed is None else Deed(opt["route"].deed)
    raise Undeclared(f"{handler} declares no deed")


def routes_with_deeds(app: Litestar) -> tuple[tuple[str, str, Deed | None], ...]:
    """Every method and path of the application with its deed; raises ``Undeclared`` for one without."""
    return tuple(
        (method, route.path, declared(handler))
        for route in app.routes
        for handler in _handlers(route)
        for method in sorted(getattr(handler, "http_methods", {"ASGI"}))
        if not _made_by_the_framework(handler)
    )


def _handlers(route: Any) -> Iterable[BaseRouteHandler]:
    found = getattr(route, "route_handlers", None)
    return found if found is not None else [route.route_handler]


def _made_by_the_framework(handler: BaseRouteHandler) -> bool:
    """Litestar answers OPTIONS by itself, with the methods alone."""
    return isinstance(handler, HTTPRouteHandler) and handler.http_methods == {"OPTIONS"}


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Find the caller, and refuse him what is not his: 401, 404 where he must not know, 403 where he may."""
    if _made_by_the_framework(handler):
        return
    if any("\0" in str(part) for part in connection.path_params.values()):
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    deed = declared(handler)
    scope, state = connection.scope, connection.app.state
    scope["caller"], scope["book"] = None, None  # type: ignore[typeddict-unknown-key]
    unsafe = scope.get("method", "GET") not in SAFE
    credential = credential_of(connection, secure=state.settings.secure_cookies)
    if credential is None:
        if deed is not None:
            raise signed_out()
        if unsafe:
            _must_come_from_here(connection)
        return
    _, at = clock.now()
    asked = _Question(credential, deed=deed, path=connection.path_params, at=at)
    found, book = await state.window.ask(asked)
    if found is None:
        if deed is not None:
            raise signed_out()
        if unsafe:
            _must_come_from_here(connection)
        return
    caller = found.caller
    if unsafe and not credential.by_token:
        await _must_be_of_this_session(connection, caller)
    if found.stamp_due:
        await state.writer.do(lambda db: _stamp(db, caller, at=at))
    scope["caller"], scope["book"] = caller, book  # type: ignore[typeddict-unknown-key]


def signed_out() -> Refusal:
    """The refusal of whoever is not signed in."""
    return Refusal(rules.caller_must_be_signed_in.at(), kind=RefusalKind.SIGNED_OUT)


_OF_A_QUESTION = ("book", *OF_A_PLACE)
"""The parts of a path an answer depends on."""


class _Question:
    """Everything the guard asks the database, on one connection."""

    def __init__(
        self, credential: Credential, *, deed: Deed | None, path: Mapping[str, Any], at: datetime
    ) -> None:
        self.credential, self.deed, self.path, self.at = credential, deed, path, at
        asked_for = tuple(path.get(name) for name in _OF_A_QUESTION)
        self.key = (credential.secret, credential.by_token, deed, asked_for)

    def __call__(self, db: Connection) -> tuple[Found | None, Book | None]:
        book = str(self.path["book"]) if "book" in self.path and self.deed is not None else None
        found = caller_with(db, self.credential, book=book, at=self.at)
        if found is None or self.deed is None:
            return found, None
        rights = found.caller.rights
        if found.caller.must_prove and self.deed is not WHILE_PROVING:
            problem = rules.second_factor_must_be_given.at()
            raise Refusal(problem, kind=RefusalKind.SIGNED_OUT)
        if found.door is not None:
            return found, queries.let_through(rights, found.door, deed=self.deed)
        place = next((str(self.path[name]) for name in OF_A_PLACE if name in self.path), None)
        if place is not None:
            if not rules.sees_place(rights, code=place):
                raise Refusal(township_must_be_known.at("/place", code=place), kind=RefusalKind.MISSING)
            may = rules.deeds_at(rights, code=place)
        elif self.deed in OF_THE_HOUSE:
            may = rules.deeds_at(rights, code="")
        else:
            may = rules.deeds_anywhere(rights)
        if self.deed not in may:
            raise Refusal(rules.deed_must_be_allowed.at(deed=self.deed), kind=RefusalKind.FORBIDDEN)
        return found, None


class Window:
    """Where the guard asks the database, for all requests that stand before it at the same time at once.

    Every question is answered from what the database holds after it was asked. Those that come in one turn of the
    event loop, or while a server is still answering the ones before, share a connection, and the very same
    question is asked once. The embedded database answers within the time a thread would take to be woken,
    and its readers never wait: it is asked on the loop. A server's answer is awaited on a thread.
    """

    def __init__(self, readers: Engine) -> None:
        in_file = readers.dialect.name == "sqlite"
        # Each question is one statement, so it needs no transaction around it, which takes two journeys more.
        self._readers = readers if in_file else readers.execution_options(isolation_level="AUTOCOMMIT")
        self._kept = readers.connect() if in_file else None
        self._waiting: dict[Hashable, tuple[_Question, list[asyncio.Future[Any]]]] = {}
        self._asking: asyncio.Task[None] | None = None

    def close(self) -> None:
        """Give the kept connection back."""
        if self._kept is not None:
            self._kept.close()

    async def ask(self, question: _Question) -> tuple[Found | None, Book | None]:
        """The answer to one question."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Found | None, Book | None]] = loop.create_future()
        if self._kept is not None and not self._waiting:
            loop.call_soon(self._answer_waiting, self._kept)
        self._waiting.setdefault(question.key, (question, []))[1].append(answer)
        if self._kept is None and self._asking is None:
            self._asking = loop.create_task(self._await_server())
        return await answer

    def _answer_waiting(self, db: Connection) -> None:
        waiting, self._waiting = self._waiting, {}
        questions = [question for question, _ in waiting.values()]
        _hand_out(waiting.values(), _answers(lambda: nullcontext(db), questions))

    async def _await_server(self) -> None:
        try:
            while self._waiting:
                waiting, self._waiting = self._waiting, {}
                questions = [question for question, _ in waiting.values()]
                _hand_out(
                    waiting.values(), await asyncio.to_thread(_answers, self._readers.connect, questions)
                )
        finally:
            self._asking = None


def _answers(
    connected: Callable[[], AbstractContextManager[Connection]], questions: Sequence[_Question]
) -> list[Any]:
    """The answers, or what refused them, on a connection whose transaction, where there is one, is over afterwards."""
    try:
        with connected() as db:
            try:
                return [_answer(db, question) for question in questions]
            finally:
                db.rollback()
    except Exception as error:  # noqa: BLE001 - the database is gone: everybody who waits is told
        return [error] * len(questions)


def _answer(db: Connection, question: _Question) -> Any:
    try:
        return question(db)
    except Refusal as refusal:
        return refusal


def _hand_out(
    waiting: Iterable[tuple[_Question, list["asyncio.Future[Any]"]]], answers: Iterable[Any]
) -> None:
    for (_, futures), answer in zip(waiting, answers, strict=True):
        for future in futures:
            if future.done():  # whoever asked has gone away
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)


def _stamp(db: Connection, caller: Caller, *, at: datetime) -> None:
    if caller.session is not None:
        sessions.stamp_session(db, caller.session, at=at)
    elif caller.token is not None:
        tokens.stamp_token(db, caller.token, at=at)


async def _must_be_of_this_session(connection: ASGIConnection[Any, Any, Any, Any], caller: Caller) -> None:
    """What changes something carries the word of its session, in a header or a field of the form."""
    given = connection.headers.get(FORM_HEADER, "")
    if not given and isinstance(connection, Request) and _is_form(connection):
        field = (await connection.form()).get(FORM_FIELD, "")
        given = field if isinstance(field, str) else ""
    if not words.same(given, caller.csrf):
        raise Refusal(rules.form_must_be_of_this_session.at(), kind=RefusalKind.FORBIDDEN)


def _is_form(request: Request[Any, Any, Any]) -> bool:
    return request.content_type[0] in {RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART}


def _must_come_from_here(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """A form sent before there is a session, as the one that signs in, comes from this site's own page. Programs that
    are no browsers send neither header."""
    site = connection.headers.get("sec-fetch-site")
    origin = connection.headers.get("origin")
    foreign = (
        site not in {"same-origin", "none"}
        if site is not None
        else origin is not None and urlsplit(origin).netloc != connection.headers.get("host", "")
    )
    if foreign:
        raise Refusal(rules.form_must_be_of_this_session.at(), kind=RefusalKind.FORBIDDEN)
