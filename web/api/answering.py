"""How a route is answered.

Reads run on a reader's connection and are answered 304 when the reader has them already; acts run by the one writer,
once a key, and with ``dry_run=true`` are undone after their answer; what is asked of the gate is answered by it.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import HttpMethod, Request
from litestar.connection import ASGIConnection
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send

from coop.places import actions as places
from coop.places import queries as place_queries
from ledger.keys import actions as keys
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.log import queries as log_queries
from ledger.seal import rules as seal
from ledger.vouchers import actions as vouchers
from schemas.log import ChainHead
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.vouchers import Outcome
from web import wire
from web.api.calls import Headers, Parts, call_of, header
from web.api.route import (
    DIGEST,
    JSON,
    REPLAYED,
    ROOT,
    Answer,
    Call,
    Door,
    File,
    Route,
    preview_must_still_hold,
)
from web.auth.callers import address_of, agent_of
from web.database import Connection

key_must_not_be_running = Fault(
    code="key_must_not_be_running",
    says="The act with the key {key} is still running.",
    remedy="Wait for its answer, or ask again in a moment.",
)
_HAS_BODY = frozenset({b"content-length", b"transfer-encoding"})


def handlers_of(routes: Iterable[Route]) -> list[HTTPRouteHandler]:
    """The handlers of the routes, for the application, and one on each path that says which methods it takes."""
    routes = tuple(routes)
    methods: dict[str, set[str]] = {}
    for route in routes:
        methods.setdefault(_litestar_path(route), {"OPTIONS"}).add(route.method)
    return [
        *(_options(path, taken) for path, taken in methods.items()),
        *(_handler(route) for route in routes),
    ]


def _litestar_path(route: Route) -> str:
    return ROOT + re.sub(r"{(\w+)}", r"{\1:str}", route.path)


class _Handler(HTTPRouteHandler):
    """A handler of the framework's, whose guards see the handler itself; the framework makes each of them a copy."""

    async def authorize_connection(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Let the guards look at the caller."""
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]


def _options(path: str, methods: Iterable[str]) -> HTTPRouteHandler:
    allow = ", ".join(sorted(methods))

    async def options() -> ASGIApp:
        return ASGIResponse(status_code=HTTPStatus.NO_CONTENT, headers={"Allow": allow})

    return HTTPRouteHandler(path, http_method=HttpMethod.OPTIONS, status_code=200)(options)


def _handler(route: Route) -> HTTPRouteHandler:
    parts = Parts(route)
    answer = _read if route.reads is not None else _act if route.talks is None else _talk

    async def handler(request: Request[Any, Any, Any]) -> ASGIApp:
        headers = dict(request.scope["headers"])
        takes_body = route.method != HttpMethod.GET and headers.keys() & _HAS_BODY
        content = await request.body() if takes_body else b""
        return await answer(request, headers, route, call_of(request, headers, route, parts, content))

    return _Handler(
        _litestar_path(route),
        http_method=HttpMethod(route.method),
        opt={"route": route},
        name=f"api.{route.name}",
        status_code=200,
        request_max_body_size=route.most,
    )(handler)


class _Sent:
    """An answer of JSON, sent as it is: two messages, and no more than they need."""

    __slots__ = ("_content", "_headers", "_status")

    def __init__(self, content: bytes, status: int, headers: Mapping[str, str]) -> None:
        self._content, self._status, self._headers = content, status, headers

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(self._content)).encode()),
            *((name.lower().encode(), value.encode("latin-1")) for name, value in self._headers.items()),
        ]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        body = b"" if scope.get("method") == HttpMethod.HEAD else self._content
        await send({"type": "http.response.body", "body": body, "more_body": False})


def _respond(content: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> ASGIApp:
    return _Sent(content, status, headers or {})


# Reads


async def _read(
    request: Request[Any, Any, Any], headers: Headers, route: Route, call: Call[Any, Any]
) -> ASGIApp:
    seen = header(headers, b"if-none-match") or ""
    content, tag = await asyncio.to_thread(_read_now, request, route, call, seen)
    said = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if route.is_conditional:
        said["ETag"] = tag
    if content is None:
        return ASGIResponse(status_code=304, headers=said)
    if isinstance(content, File):
        return _file(content, said)
    return _respond(content, headers=said)


def _file(file: File, said: Mapping[str, str]) -> ASGIApp:
    """A file is saved, never shown: nothing in it runs."""
    headers = {
        **said,
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return ASGIResponse(body=file.content, media_type=file.media_type, headers=headers)


def _read_now(
    request: Request[Any, Any, Any], route: Route, call: Call[Any, Any], seen: str
) -> tuple[bytes | File | None, str]:
    """The answer and its ETag; no answer when the reader has it already. Everything in a book is covered by the head
    of its chain, so that one look-up says whether anything moved. What is read of a township follows from the books
    and scores of its villages too, which its own chain does not cover: it is worked out and its ETag is its content's."""
    assert route.reads is not None
    with request.app.state.readers.connect() as db:
        tag = ""
        if "book" in call.path and not route.versioned and route.is_conditional:
            head = log_queries.head(db, book=call.book)
            if head is None:
                raise Refusal(log.book_must_exist.at("/book", book=call.book), kind=RefusalKind.MISSING)
            tag = _tag(f"{head.hash} {call.on}")
            if _has(seen, tag):
                return None, tag
        if call.township:
            place_queries.township(db, code=call.township)
        value = route.reads(db, call)
    if route.versioned:
        tag = f'"{getattr(value, route.versioned)}"'
    content = value if isinstance(value, File) else wire.written(value, route.answers)
    tag = f'"{content.digest}"' if isinstance(content, File) else tag or _tag(content)
    return (None if _has(seen, tag) else content), tag


def _tag(of: str | bytes) -> str:
    return f'"{sha256(of.encode() if isinstance(of, str) else of).hexdigest()[:32]}"'


def _has(seen: str, tag: str) -> bool:
    return seen.strip() == "*" or tag in {one.strip().removeprefix("W/") for one in seen.split(",")}


# Talks


async def _talk(
    request: Request[Any, Any, Any], _headers: Headers, route: Route, call: Call[Any, Any]
) -> ASGIApp:
    assert route.talks is not None
    state = request.app.state
    door = Door(
        address=address_of(request),
        agent=agent_of(request),
        secure=state.settings.secure_cookies,
    )
    answer = await route.talks(state.gate, door, call)
    return ASGIResponse(
        body=b"" if route.status == HTTPStatus.NO_CONTENT else wire.written(answer.value, route.answers),
        status_code=route.status,
        media_type=JSON,
        headers={"Cache-Control": "no-store"},
        cookies=answer.cookies,
    )


# Acts


async def _act(
    request: Request[Any, Any, Any], headers: Headers, route: Route, call: Call[Any, Any]
) -> ASGIApp:
    compares = route.value_moves and not route.digested
    digest = header(headers, b"if-preview-match") if compares else None
    if route.receives is not None:
        call = call._replace(body=await asyncio.to_thread(route.receives, call))
    if call.dry_run:
        return await _preview(request, route, call)
    if call.key is None:
        return _answered(route, await _done(request, route, call, digest))
    running: set[tuple[str, str]] = request.app.state.running
    held = (call.book, call.key)
    if held in running:
        raise Refusal(key_must_not_be_running.at(key=call.key), kind=RefusalKind.STATE)
    running.add(held)
    try:
        return _answered(route, await _done(request, route, call, digest))
    finally:
        running.discard(held)


async def _done(
    request: Request[Any, Any, Any], route: Route, call: Call[Any, Any], digest: str | None
) -> Any:
    writer = request.app.state.writer
    if route.batches is not None and digest is None:
        return await writer.do_one_of_many(route.batches(call), book=call.book)
    return await writer.do(lambda db: _run(db, route, call, digest), book=call.book)


def _run(db: Connection, route: Route, call: Call[Any, Any], digest: str | None) -> Any:
    """Do it in the writer's transaction: refused when the preview does not hold any more, answered again when the
    key was used for the same before, although that very act has moved the book since its preview."""
    if digest is not None and not _is_repeated(db, call) and digest.strip('"') != _digest(db, route, call):
        raise Refusal(preview_must_still_hold.at(digest=digest[:80]), kind=RefusalKind.STALE)
    if route.batches is not None:
        many = route.batches(call)
        return many.run(db, [many.item])[0]
    assert route.acts is not None
    if call.key is None:
        return route.acts(db, call)
    _lock(db, call)
    fingerprint = seal.digest_of((route.name, call.by, call.path, call.query, call.body))
    before = used_keys.used(db, book=call.book, keys=[call.key]).get(call.key)
    if before is not None:
        if before.fingerprint != fingerprint:
            raise Refusal(keys.key_must_mean_the_same.at(key=call.key))
        return Answer(used_keys.answer_again(before), replayed=True)
    value = route.acts(db, call)
    answer = wire.written(value, route.answers)
    used = keys.NewKey(key=call.key, fingerprint=fingerprint, answer=answer.decode())
    keys.remember_sealed(db, used, book=call.book, by=call.by, at=call.at)
    return Answer(answer)


async def _preview(request: Request[Any, Any, Any], route: Route, call: Call[Any, Any]) -> ASGIApp:
    """The whole answer of an act that is undone again, with the digest of what it was worked out from."""

    def look(db: Connection) -> tuple[Any, str]:
        digest = "" if route.digested else _digest(db, route, call)
        return _run(db, route, call, None), digest

    result, digest = await request.app.state.writer.do(look, book=call.book, keep=False)
    content, _status, _headers = _parts_of(route, result)
    if route.digested:
        digest = msgspec.json.decode(content, type=_WithDigest).digest
    elif content[:1] == b"{":
        content = content[:-1] + (b"," if len(content) > 2 else b"") + f'"digest":"{digest}"}}'.encode()
    return _respond(content, headers={DIGEST: digest, "Cache-Control": "no-store"})


class _WithDigest(msgspec.Struct):
    digest: str


def _lock(db: Connection, call: Call[Any, Any]) -> ChainHead:
    """The head of what the call moves, locked: a book, the desk of a township, the house."""
    return places.desk(db, township=call.township) if call.township else log.lock(db, book=call.book)


def _is_repeated(db: Connection, call: Call[Any, Any]) -> bool:
    """Whether the key was used before; the book is locked, so that nobody uses it meanwhile."""
    if call.key is None:
        return False
    _lock(db, call)
    return call.key in used_keys.used(db, book=call.book, keys=[call.key])


def _digest(db: Connection, route: Route, call: Call[Any, Any]) -> str:
    """What a preview stands on: the book as it is, and exactly this call. Anything that moves in the book moves it."""
    head = _lock(db, call)
    return seal.digest_of((head.hash, route.name, call.by, call.path, call.query, call.body))


def _answered(route: Route, result: Any) -> ASGIApp:
    if isinstance(result, File):
        return _file(result, {"Cache-Control": "no-store"})
    content, status, headers = _parts_of(route, result)
    return _respond(content, status=status, headers=headers)


def _parts_of(route: Route, result: Any) -> tuple[bytes, int, dict[str, str]]:
    headers: dict[str, str] = {}
    replayed = False
    if isinstance(result, Outcome):
        replayed = result.replayed
        result = vouchers.one((result,))
    elif isinstance(result, Answer):
        result, replayed = result.value, result.replayed
    if replayed:
        headers[REPLAYED] = "true"
    if route.versioned and not isinstance(result, bytes):
        headers["ETag"] = f'"{getattr(result, route.versioned)}"'
    content = result if isinstance(result, bytes) else wire.written(result, route.answers)
    return content, route.status, headers
