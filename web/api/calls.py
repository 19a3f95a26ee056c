"""How a request becomes the call of a route: its path, query, body and the headers that belong to it, checked by what
the route declares."""

import re
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import HttpMethod, Request

from schemas.members import MemberChange
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.register import RegisterAct
from schemas.units import Value
from web import clock, free_text, wire
from web.api.route import (
    DRY_RUN,
    PATH,
    Call,
    Nothing,
    Route,
    Upload,
)
from web.errors import ContentRefused, content_type_must_be_taken

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
_KEY = re.compile(r"[A-Za-z0-9._:~-]{1,100}")
_SHA256 = "[0-9a-f]{64}"
_NOTHING = Nothing()
Headers = Mapping[bytes, bytes]
"""The headers of a request as they came; of one that came twice the last."""


class Parts:
    """What a route's declaration compiles to once."""

    def __init__(self, route: Route) -> None:
        self.names = route.parameters
        self.path = msgspec.defstruct(
            "Path", [(name, PATH[name][0]) for name in self.names], frozen=True, kw_only=True
        )
        self.lists = frozenset(
            field.encode_name
            for field in msgspec.structs.fields(route.query)
            if getattr(field.type, "__origin__", None) is tuple
        )


def call_of(
    request: Request[Any, Any, Any], headers: Headers, route: Route, parts: Parts, content: bytes
) -> Call[Any, Any]:
    """The call a request makes; refused with everything about it that cannot be read."""
    path = wire.read_texts(request.path_params, parts.path) if parts.names else None
    on, at = clock.now()
    query, body = _query(request, route, parts.lists), _body(headers, route, content)
    if route.method != HttpMethod.GET and route.deed is not None:
        _refuse_numbers(query, body)
    return Call(
        caller=request.scope["caller"],  # type: ignore[typeddict-item]
        seen=request.scope["book"],  # type: ignore[typeddict-item]
        path={name: getattr(path, name) for name in parts.names},
        query=query,
        body=body,
        on=on,
        at=at,
        request=request,
        house=request.app.state.house,
        dry_run=_wants_preview(request, route),
        key=_idempotency_key(headers, route),
        version=_version(headers, route),
        digest=_digest_seen(headers, route),
    )


def header(headers: Headers, name: bytes) -> str | None:
    """What a header says, where it came."""
    found = headers.get(name)
    return None if found is None else found.decode("latin-1")


def _query(request: Request[Any, Any, Any], route: Route, lists: Collection[str]) -> Any:
    given = request.scope["query_string"]
    if not given and route.query is Nothing:
        return _NOTHING
    texts: dict[str, Any] = {}
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
    if route.method == HttpMethod.GET:
        # A search for a whole number finds where it stands masked, and no answer says it again.
        texts |= {
            name: text if isinstance(text, list) else masked
            for (name, text), (_, masked) in zip(
                texts.items(), free_text.masked_fields(texts.items()), strict=True
            )
        }
    return wire.read_texts(texts, route.query)


def _refuse_numbers(query: Any, body: Any) -> None:
    sealed = free_text.NOTE if isinstance(body, RegisterAct | MemberChange) else ()
    problems = (*free_text.problems_in(query), *free_text.problems_in(body, sealed=sealed))
    if problems:
        raise Refusal(*problems)


def _wants_preview(request: Request[Any, Any, Any], route: Route) -> bool:
    if not route.value_moves or not request.scope["query_string"]:
        return False
    given = request.query_params.get(DRY_RUN)
    return given is not None and wire.read_texts({DRY_RUN: given}, _Preview).dry_run


class _Preview(Value):
    dry_run: bool


def _body(headers: Headers, route: Route, content: bytes) -> Any:
    if not content and (route.content is Nothing or route.body_may_be_empty):
        return _NOTHING if route.content is Nothing else route.content()
    given = header(headers, b"content-type") or ""
    if given.partition(";")[0].strip().lower() not in route.takes:
        raise ContentRefused(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            content_type_must_be_taken.at(given=given[:80] or "—", wanted=", ".join(route.takes)),
        )
    return Upload(content) if route.content is Upload else wire.read(content, route.content)


def _idempotency_key(headers: Headers, route: Route) -> str | None:
    if not route.keyed:
        return None
    key = header(headers, b"idempotency-key")
    if key is None:
        raise wire.Unreadable(idempotency_key_must_be_given.at())
    if not _KEY.fullmatch(key):
        raise wire.Unreadable(idempotency_key_must_be_written_so.at())
    free_text.refuse_numbers_in({"key": key})
    return key


def _version(headers: Headers, route: Route) -> int | None:
    if not route.matched:
        return None
    seen = header(headers, b"if-match")
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


def _digest_seen(headers: Headers, route: Route) -> str | None:
    """The digest of what was looked at, which a digested act compares: of its preview, or as its ETag."""
    if not route.digested:
        return None
    preview = header(headers, b"if-preview-match")
    if preview is not None:
        return preview.strip('"')[:80]
    seen = (header(headers, b"if-match") or "").strip('"')
    return seen if re.fullmatch(_SHA256, seen) else None
