"""What a route of the API declares, and how it is answered.

A route names its deed, what its path, query and body hold, and what it answers; the same declaration checks the
request, writes the answer and draws the description (OpenAPI). There are two kinds:

    reads   run on a reader's connection, on one snapshot, and are answered 304 when the reader has them already
    acts    run by the one writer; with ``dry_run=true`` they are undone after their answer, which then carries a
            digest; with an ``Idempotency-Key`` they have the same effect however often they are sent

A function of a resource file parses nothing and writes no HTTP: it takes the connection and the call, makes one call
inward, and returns the value.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date, datetime
from hashlib import sha256
from http import HTTPStatus
from inspect import getdoc
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, cast
from urllib.parse import quote

import msgspec
from litestar import HttpMethod, Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Meta

from ledger.keys import actions as keys
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.log import queries as log_queries
from ledger.seal import rules as seal
from ledger.vouchers import actions as vouchers
from schemas.access import Deed, Rights
from schemas.assets import CardCode
from schemas.books import Book
from schemas.evidence import Sha256
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.runs import RunId
from schemas.units import BookId, Counted, PersonId, Value, VoucherId
from schemas.vouchers import Code, Outcome
from web import clock, wire
from web.auth.callers import Caller, address_of
from web.auth.gate import Gate
from web.auth.keys import Keys
from web.database import Connection
from web.errors import ContentRefused, content_type_must_be_taken, locale_of
from web.evidence_store import EvidenceStore
from web.settings import Settings
from web.writer import Many

ROOT = "/api/v1"
REPLAYED = "Idempotency-Replayed"
DIGEST = "Preview-Digest"
JSON = "application/json"
MOST_JSON = 4 * 1024 * 1024
"""Bytes of a JSON body at the most: five hundred vouchers of forty lines."""

idempotency_key_must_be_given = Fault(
    code="idempotency_key_must_be_given",
    says="A write of value needs the header Idempotency-Key.",
    remedy="Send a new key of 1 to 100 letters, digits and -_.:~ for a new act, and the same key when you repeat it.",
)
idempotency_key_must_be_written_so = Fault(
    code="idempotency_key_must_be_written_so",
    says="An Idempotency-Key has 1 to 100 letters, digits and -_.:~ in it.",
    remedy="A random UUID will do.",
)
key_must_not_be_running = Fault(
    code="key_must_not_be_running",
    says="The act with the key {key} is still running.",
    remedy="Wait for its answer, or ask again in a moment.",
)
preview_must_still_hold = Fault(
    code="preview_must_still_hold",
    says="The book has moved since the preview {digest}.",
    remedy="Look at a new preview and decide again.",
)
must_be_given_once = Fault(
    code="must_be_given_once", says="{field} is given more than once.", remedy="Give it once."
)
if_match_must_be_given = Fault(
    code="if_match_must_be_given",
    says="A change needs the header If-Match with the ETag that was seen.",
    remedy="Read it first and send its ETag.",
)
if_match_must_be_a_tag = Fault(
    code="if_match_must_be_a_tag",
    says="{given} is no ETag.",
    remedy="Send the ETag as it was answered, in its quotes.",
)
record_must_be_as_seen = Fault(
    code="record_must_be_as_seen",
    says="What you saw as {seen} is not what is there now.",
    remedy="Look at it again and repeat the act.",
)


Year = Annotated[int, Meta(ge=1949, le=2999)]

PATH: Mapping[str, tuple[Any, str]] = {
    "book": (BookId, "the book's id 账套"),
    "voucher": (VoucherId, "the voucher's id 凭证"),
    "code": (Code, "the account's code 科目编码"),
    "period": (wire.Month, "a month 会计期间"),
    "year": (Year, "a fiscal year 会计年度"),
    "run": (RunId, "the run's name 分配方案"),
    "version": (Counted, "the number of the version 版本"),
    "member": (Annotated[str, Meta(min_length=1, max_length=40)], "the member's number 成员编号"),
    "card": (CardCode, "the asset card's code 卡片编号"),
    "appeal": (Counted, "the number of an appeal 异议"),
    "match": (Counted, "the number of a match 勾对"),
    "act": (Counted, "the number of an act of the register 登记事项"),
    "entry": (Counted, "the number of an entry of the daybook 台账记录"),
    "person": (PersonId, "the person's number"),
    "grant": (Counted, "the number of a grant of a role 授权"),
    "session": (Counted, "the session's number"),
    "token": (Counted, "the token's number"),
    "sha256": (Sha256, "the SHA-256 of the file's bytes in lower-case hex"),
}
"""What the parts of a path are."""

_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,100}")
Q_co = TypeVar("Q_co", covariant=True)
B_co = TypeVar("B_co", covariant=True)


class House(NamedTuple):
    """What the service opened when it began, for acts and readings that need more than the database."""

    settings: Settings
    evidence: EvidenceStore
    keys: Keys


class Nothing(Value):
    """An empty query, or the body of an act that needs none."""


class Call(NamedTuple, Generic[Q_co, B_co]):
    """One call of a route, read and checked. ``house`` is what the service has opened; ``seen`` the book the path
    names, which the guard found the caller may see; ``version`` and ``digest`` what he says he looked at."""

    caller: Caller | None
    path: Mapping[str, Any]
    query: Q_co
    body: B_co
    on: date
    at: datetime
    request: Request[Any, Any, Any]
    house: House
    dry_run: bool = False
    seen: Book | None = None
    key: str | None = None
    version: int | None = None
    digest: str | None = None

    @property
    def me(self) -> Caller:
        """Who calls a route that is not open to everybody."""
        assert self.caller is not None, "the guard was at the door"
        return self.caller

    @property
    def locale(self) -> str:
        """The language the caller reads."""
        return locale_of(self.request)

    @property
    def rights(self) -> Rights:
        """What the caller holds."""
        return self.me.rights

    @property
    def at_book(self) -> Book:
        """The book the path names, which the caller may see."""
        assert self.seen is not None, "the guard was at the door"
        return self.seen

    @property
    def book(self) -> BookId:
        """The book the path names; the house's own chain where it names none."""
        return cast("BookId", self.path.get("book", log.HOUSE))

    @property
    def by(self) -> PersonId:
        """Who does it."""
        return self.me.person


class File(NamedTuple):
    """A file as it goes out: its bytes, what they are, and the name it is saved under."""

    content: bytes
    media_type: str
    name: str
    digest: str


class Upload(NamedTuple):
    """A file as it came in."""

    content: bytes


class Door(NamedTuple):
    """What the gate asks of whoever stands before it: the address, the program, and whether cookies need HTTPS."""

    address: str
    agent: str
    secure: bool


class Answer(NamedTuple):
    """What an act answers when it says more than its value."""

    value: Any
    replayed: bool = False
    cookies: tuple[Cookie, ...] = ()


Run = Callable[[Connection, Call[Any, Any]], Any]
Receiver = Callable[["Call[Any, Upload]"], Any]
Batch = Callable[[Call[Any, Any]], Many]
Talk = Callable[[Gate, Door, Call[Any, Any]], Awaitable[Answer]]


class Route(Value):
    """A route as it is declared. ``content`` is the type of a JSON body, ``answers`` the type of the answer;
    ``keyed`` acts need an Idempotency-Key, ``matched`` ones take If-Match (``must_match``: need it); what a
    ``digested`` act is about has a digest of its own: its preview answers that one, If-Match takes it beside the
    version, and the act itself compares; ``versioned``
    names the field that is the ETag of a record that can be edited. ``takes`` are the media types of the body (an
    ``Upload`` as content is raw bytes, and ``receives`` makes of them what the act takes, on a thread before the
    writer's turn), ``most`` its length in bytes at the most."""

    method: str
    path: str
    deed: Deed | None
    tag: str
    name: str
    summary: str
    description: str
    answers: Any
    status: int = 200
    query: type = Nothing
    content: type = Nothing
    keyed: bool = False
    value_moves: bool = False
    matched: bool = False
    must_match: bool = False
    digested: bool = False
    versioned: str = ""
    takes: tuple[str, ...] = (JSON,)
    most: int = MOST_JSON
    receives: Receiver | None = None
    reads: Run | None = None
    acts: Run | None = None
    batches: Batch | None = None
    talks: Talk | None = None

    @property
    def template(self) -> str:
        """The path as the description writes it."""
        return ROOT + self.path

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path, in order."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def is_conditional(self) -> bool:
        """Whether whoever has it already is told so, by its ETag."""
        return self.reads is not None and self.method == HttpMethod.GET

    @property
    def body_may_be_empty(self) -> bool:
        """Whether every field of the body has a default."""
        fields = getattr(self.content, "__struct_fields__", None)
        return fields is not None and not any(f.required for f in msgspec.structs.fields(self.content))


class Routes:
    """The routes of one resource."""

    def __init__(self, tag: str) -> None:
        self.tag = tag
        self.all: list[Route] = []

    def reads(
        self,
        path: str,
        *,
        deed: Deed,
        answers: Any,
        query: type = Nothing,
        versioned: str = "",
        method: str = "GET",
    ) -> Callable[[Run], Run]:
        """Declare what is read at a path; by POST where working it out takes long and is asked for on purpose."""

        def declare(run: Run) -> Run:
            self._add(
                run,
                method=method,
                path=path,
                deed=deed,
                answers=answers,
                query=query,
                reads=run,
                versioned=versioned,
            )
            return run

        return declare

    def acts(
        self,
        path: str,
        *,
        deed: Deed,
        answers: Any,
        content: type = Nothing,
        query: type = Nothing,
        method: str = "POST",
        status: int = 200,
        keyed: bool = True,
        value_moves: bool = True,
        matched: bool = False,
        must_match: bool = False,
        digested: bool = False,
        takes: tuple[str, ...] = (JSON,),
        most: int = MOST_JSON,
        receives: Receiver | None = None,
    ) -> Callable[[Run], Run]:
        """Declare an act. It writes value unless it says otherwise, so it needs a key and can be previewed."""

        def declare(run: Run) -> Run:
            self._add(
                run,
                method=method,
                path=path,
                deed=deed,
                answers=answers,
                content=content,
                query=query,
                status=status,
                keyed=keyed,
                value_moves=value_moves,
                matched=matched or must_match,
                must_match=must_match,
                digested=digested,
                takes=takes,
                most=most,
                receives=receives,
                acts=run,
            )
            return run

        return declare

    def batches(
        self,
        path: str,
        *,
        deed: Deed,
        answers: Any,
        content: type = Nothing,
        method: str = "POST",
        status: int = 200,
        matched: bool = True,
        must_match: bool = False,
    ) -> Callable[[Batch], Batch]:
        """Declare an act the writer runs together with its like; the ledger's own keys make it idempotent."""

        def declare(batch: Batch) -> Batch:
            self._add(
                batch,
                method=method,
                path=path,
                deed=deed,
                answers=answers,
                content=content,
                status=status,
                keyed=True,
                value_moves=True,
                matched=matched or must_match,
                must_match=must_match,
                versioned="version",
                batches=batch,
            )
            return batch

        return declare

    def talks(
        self,
        path: str,
        *,
        deed: Deed | None,
        answers: Any,
        content: type = Nothing,
        method: str = "POST",
        status: int = 200,
    ) -> Callable[[Talk], Talk]:
        """Declare what is asked of the gate: signing in and out, passwords, second factors, tokens."""

        def declare(talk: Talk) -> Talk:
            self._add(
                talk,
                method=method,
                path=path,
                deed=deed,
                answers=answers,
                content=content,
                status=status,
                talks=talk,
            )
            return talk

        return declare

    def _add(self, run: Callable[..., Any], **declared: Any) -> None:
        summary, _, description = (getdoc(run) or "").partition("\n")
        name = cast("str", getattr(run, "__name__", ""))
        self.all.append(
            Route(
                tag=self.tag,
                name=name,
                summary=summary.rstrip("."),
                description=description.strip(),
                **declared,
            )
        )


# Answering


class _Parts:
    """What a route's declaration compiles to once."""

    def __init__(self, route: Route) -> None:
        self.names = route.parameters
        self.path = msgspec.defstruct(
            "Path", [(name, PATH[name][0]) for name in self.names], frozen=True, kw_only=True
        )


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
    parts = _Parts(route)
    answer = _read if route.reads is not None else _act if route.talks is None else _talk

    async def handler(request: Request[Any, Any, Any]) -> ASGIApp:
        headers = dict(request.scope["headers"])
        takes_body = route.method != HttpMethod.GET and headers.keys() & _HAS_BODY
        content = await request.body() if takes_body else b""
        return await answer(request, headers, route, _call(request, headers, route, parts, content))

    return _Handler(
        _litestar_path(route),
        http_method=HttpMethod(route.method),
        opt={"route": route},
        name=f"api.{route.name}",
        status_code=200,
        request_max_body_size=route.most,
    )(handler)


_HAS_BODY = frozenset({b"content-length", b"transfer-encoding"})
Headers = Mapping[bytes, bytes]
"""The headers of a request as they came; of one that came twice the last."""


def _header(headers: Headers, name: bytes) -> str | None:
    found = headers.get(name)
    return None if found is None else found.decode("latin-1")


def _call(
    request: Request[Any, Any, Any], headers: Headers, route: Route, parts: _Parts, content: bytes
) -> Call[Any, Any]:
    path = wire.read_texts(request.path_params, parts.path) if parts.names else None
    on, at = clock.now()
    return Call(
        caller=request.scope["caller"],  # type: ignore[typeddict-item]
        seen=request.scope["book"],  # type: ignore[typeddict-item]
        path={name: getattr(path, name) for name in parts.names},
        query=_query(request, route),
        body=_body(headers, route, content),
        on=on,
        at=at,
        request=request,
        house=request.app.state.house,
        dry_run=_wants_preview(request, route),
        key=_idempotency_key(headers, route),
        version=_version(headers, route),
        digest=_digest_seen(headers, route),
    )


DRY_RUN = "dry_run"


def _query(request: Request[Any, Any, Any], route: Route) -> Any:
    given = request.scope["query_string"]
    if not given and route.query is Nothing:
        return _NOTHING
    texts: dict[str, Any] = {}
    lists = {
        field.encode_name
        for field in msgspec.structs.fields(route.query)
        if getattr(field.type, "__origin__", None) is tuple
    }
    twice = []
    for name, text in request.query_params.multi_items():
        if name in lists:
            texts.setdefault(name, []).append(text)
        elif name in texts:
            twice.append(must_be_given_once.at(f"/{name}", field=name[:80]))
        else:
            texts[name] = text
    if twice:
        raise wire.Unreadable(*twice)
    if route.value_moves:
        texts.pop(DRY_RUN, None)
    return wire.read_texts(texts, route.query)


def _wants_preview(request: Request[Any, Any, Any], route: Route) -> bool:
    if not route.value_moves or not request.scope["query_string"]:
        return False
    given = request.query_params.get(DRY_RUN)
    return given is not None and wire.read_texts({DRY_RUN: given}, _Preview).dry_run


class _Preview(Value):
    dry_run: bool


_NOTHING = Nothing()


def _body(headers: Headers, route: Route, content: bytes) -> Any:
    if not content and (route.content is Nothing or route.body_may_be_empty):
        return _NOTHING if route.content is Nothing else route.content()
    given = _header(headers, b"content-type") or ""
    if given.partition(";")[0].strip().lower() not in route.takes:
        raise ContentRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            content_type_must_be_taken.at(given=given[:80] or "—", wanted=", ".join(route.takes)),
        )
    return Upload(content) if route.content is Upload else wire.read(content, route.content)


def _idempotency_key(headers: Headers, route: Route) -> str | None:
    if not route.keyed:
        return None
    key = _header(headers, b"idempotency-key")
    if key is None:
        raise wire.Unreadable(idempotency_key_must_be_given.at())
    if not _KEY.fullmatch(key):
        raise wire.Unreadable(idempotency_key_must_be_written_so.at())
    return key


def _version(headers: Headers, route: Route) -> int | None:
    if not route.matched:
        return None
    seen = _header(headers, b"if-match")
    if seen is None and route.must_match:
        raise wire.Unreadable(if_match_must_be_given.at())
    if seen is None or seen == "*":
        return None
    if not re.fullmatch(r'"[ !#-~]{0,80}"', seen):
        raise wire.Unreadable(if_match_must_be_a_tag.at(given=seen[:80]))
    if route.digested and re.fullmatch(_SHA256, seen[1:-1]):
        return None
    if not re.fullmatch(r"[0-9]{1,15}", seen[1:-1]):
        raise Refusal(record_must_be_as_seen.at(seen=seen), kind=RefusalKind.STALE)
    return int(seen[1:-1])


_SHA256 = "[0-9a-f]{64}"


def _digest_seen(headers: Headers, route: Route) -> str | None:
    """The digest of what was looked at, which a digested act compares: of its preview, or as its ETag."""
    if not route.digested:
        return None
    preview = _header(headers, b"if-preview-match")
    if preview is not None:
        return preview.strip('"')[:80]
    seen = (_header(headers, b"if-match") or "").strip('"')
    return seen if re.fullmatch(_SHA256, seen) else None


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
    seen = _header(headers, b"if-none-match") or ""
    content, tag = await asyncio.to_thread(_read_now, request, route, call, seen)
    said = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}
    if route.is_conditional:
        said["ETag"] = tag
    if content is None:
        return ASGIResponse(status_code=304, headers=said)
    if isinstance(content, File):
        said |= {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(content.name, safe='')}",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        }
        return ASGIResponse(body=content.content, media_type=content.media_type, headers=said)
    return _respond(content, headers=said)


def _read_now(
    request: Request[Any, Any, Any], route: Route, call: Call[Any, Any], seen: str
) -> tuple[bytes | File | None, str]:
    """The answer and its ETag; no answer when the reader has it already. Everything in a book is covered by the head
    of its chain, so that one look-up says whether anything moved."""
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
    request: Request[Any, Any, Any], headers: Headers, route: Route, call: Call[Any, Any]
) -> ASGIApp:
    assert route.talks is not None
    state = request.app.state
    door = Door(
        address=address_of(request),
        agent=(_header(headers, b"user-agent") or "")[:200],
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
    digest = _header(headers, b"if-preview-match") if compares else None
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
    head = log.lock(db, book=call.book)
    assert head is not None
    fingerprint = seal.digest_of((route.name, call.by, call.path, call.query, call.body))
    before = used_keys.used(db, book=call.book, keys=[call.key]).get(call.key)
    if before is not None:
        if before.fingerprint != fingerprint:
            raise Refusal(keys.key_must_mean_the_same.at(key=call.key))
        return Answer(before.answer.encode(), replayed=True)
    value = route.acts(db, call)
    answer = wire.written(value, route.answers)
    keys.remember(
        db,
        [keys.NewKey(key=call.key, fingerprint=fingerprint, answer=answer.decode())],
        book=call.book,
        at=call.at,
    )
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


def _is_repeated(db: Connection, call: Call[Any, Any]) -> bool:
    """Whether the key was used before; the book is locked, so that nobody uses it meanwhile."""
    if call.key is None:
        return False
    log.lock(db, book=call.book)
    return call.key in used_keys.used(db, book=call.book, keys=[call.key])


def _digest(db: Connection, route: Route, call: Call[Any, Any]) -> str:
    """What a preview stands on: the book as it is, and exactly this call. Anything that moves in the book moves it."""
    head = log.lock(db, book=call.book)
    return seal.digest_of((head.hash, route.name, call.by, call.path, call.query, call.body))


def _answered(route: Route, result: Any) -> ASGIApp:
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
