"""The description of the API, OpenAPI 3.1, drawn from the routes and the types that travel.

What a route declares is what is described: the same twin types that decode a body describe it, every status a route
can answer is named, and every field says what it is in the words of the trade (``terms``). Drawn once, at the start.
"""

import copy
import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any

from litestar import HttpMethod

from coop.access.rules import ROLES, TABLE
from schemas.access import Deed
from web import wire
from web.api import terms
from web.api.route import DIGEST, DRY_RUN, PATH, REPLAYED, File, Nothing, Route, Upload
from web.errors import PROBLEM_JSON, ProblemAnswer

JSON = "application/json"
Schema = dict[str, Any]

PROBLEMS: Mapping[int, str] = {
    400: "The request cannot be read, or a header it needs is missing.",
    401: "Nobody is signed in, or session or token have ended.",
    403: "The caller may not do this here.",
    404: "It is not there, or not yours: the two are the same answer.",
    409: "Its state does not allow it, or the act with this key is still running.",
    412: "It is not any more what was seen: the ETag or the preview is stale.",
    413: "The content is longer than this address takes.",
    415: "Content of this type is not taken here.",
    422: "A rule is broken; every broken rule is named.",
    429: "Too many calls in a short time; see Retry-After.",
    503: "The service is stopping or starting; see Retry-After.",
}
"""What each refusal means."""


def description(routes: Iterable[Route]) -> Schema:
    """The whole description."""
    routes = tuple(routes)
    schemas = _Schemas(routes)
    paths: dict[str, Schema] = {}
    for route in routes:
        paths.setdefault(route.template, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Lianjian 联建",
            "version": "1",
            "summary": "The books of joint build, joint raise 联建联养账务",
            "description": terms.INTRODUCTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": tag} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": schemas.components,
            "responses": {str(status): _problem(status) for status in PROBLEMS},
            "headers": _HEADERS,
            "securitySchemes": _SECURITY,
        },
    }


def text_of(described: Schema) -> bytes:
    """The description as it is served."""
    return json.dumps(described, ensure_ascii=False, separators=(",", ":")).encode()


class _Schemas:
    """The JSON schema of every type the routes speak of, each field described."""

    def __init__(self, routes: tuple[Route, ...]) -> None:
        bodies = [route.content for route in routes if route.content not in {Nothing, Upload}]
        answers = [route.answers for route in routes if route.answers not in {None, File}]
        queries = [route.query for route in routes if route.query is not Nothing]
        types = [*bodies, *answers, *queries, ProblemAnswer]
        found, components = _renamed(*wire.schemas_of(types))
        self._of = {_name(of): schema for of, schema in zip(types, found, strict=True)}
        self._queries = {_name(of): _resolved(self._of[_name(of)], components) for of in queries}
        for of in queries:
            components.pop(self._of[_name(of)]["$ref"].rpartition("/")[2], None)
        for name, schema in components.items():
            _describe(name, schema)
        for name, query in self._queries.items():
            _describe(name.rpartition(".")[2], query)
        taken = _reached([self._of[_name(of)] for of in bodies], components)
        for name in components.keys() - taken:
            components[name] = _summing(components[name])
        self.components = dict(sorted(components.items()))

    def of(self, of: Any) -> Schema:
        """The schema of a type: a reference, or what a list is of."""
        return self._of[_name(of)]

    def query(self, of: Any) -> Schema:
        """The schema of a query's fields."""
        return self._queries[_name(of)]

    def preview(self, of: Any) -> Schema:
        """The answer of a dry run: the answer with the digest it stands on; of a list, the list alone."""
        schema = self.of(of)
        if "$ref" not in schema:
            return schema
        name = schema["$ref"].rpartition("/")[2]
        preview = f"{name}Preview"
        if preview not in self.components:
            made = copy.deepcopy(self.components[name])
            made["title"] = preview
            made["description"] = f"{made.get('description', name)} Nothing of it is stored."
            made["properties"]["digest"] = {
                "type": "string",
                "pattern": "^[0-9a-f]{64}$",
                "description": terms.term(preview, "digest"),
            }
            made["required"] = list(dict.fromkeys([*made.get("required", ()), "digest"]))
            self.components[preview] = made
        return {"$ref": f"#/components/schemas/{preview}"}


RENAMED = {
    "schemas.bank.Statement": "BankStatement",
    "schemas.statements.Statement": "StatutoryStatement",
}
"""What two types of one name are called here."""


def _renamed(schemas: tuple[Schema, ...], components: Schema) -> tuple[tuple[Schema, ...], Schema]:
    text = json.dumps([schemas, components], ensure_ascii=False)
    for long, short in RENAMED.items():
        text = text.replace(f'"{long}"', f'"{short}"').replace(f'/{long}"', f'/{short}"')
    found, named = json.loads(text)
    return tuple(found), named


def _reached(schemas: Iterable[Schema], components: Mapping[str, Schema]) -> set[str]:
    """The components these schemas speak of, directly or through others."""
    reached: set[str] = set()
    waiting = list(schemas)
    while waiting:
        named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(waiting.pop()))) - reached
        reached |= named
        waiting += [components[name] for name in named]
    return reached


def _summing(schema: Schema) -> Schema:
    """What is only answered may be a sum, with more digits than an amount that is taken in."""
    text = json.dumps(schema, ensure_ascii=False).replace(f"[0-9]{wire.DIGITS}", "[0-9]{1,17}")
    summing: Schema = json.loads(text)
    return summing


def _name(of: Any) -> str:
    return f"{of.__module__}.{of.__qualname__}" if isinstance(of, type) else repr(of)


def _resolved(schema: Schema, components: Mapping[str, Schema]) -> Schema:
    return copy.deepcopy(components[schema["$ref"].rpartition("/")[2]])


def _describe(name: str, schema: Schema) -> None:
    """Say of a component and each of its fields what it is; ours are docstrings, so the marks of code go."""
    if "description" in schema:
        schema["description"] = " ".join(schema["description"].replace("``", "`").split())
    for field, said in schema.get("properties", {}).items():
        said["description"] = terms.term(name, field)


# One operation


def _operation(route: Route, schemas: _Schemas) -> Schema:
    operation: Schema = {
        "operationId": route.name,
        "tags": [route.tag],
        "summary": route.summary,
        "description": _said(route),
        "parameters": [*_path(route), *_query(route, schemas), *_headers(route)],
        "responses": _responses(route, schemas),
        "security": [] if route.deed is None else [{"token": []}, {"session": [], "form": []}],
        "x-deed": None if route.deed is None else route.deed.value,
    }
    if route.content is not Nothing:
        operation["requestBody"] = _body(route, schemas)
    return operation


def _said(route: Route) -> str:
    parts = [f"{route.summary}.", route.description, _permitted(route.deed)]
    return "\n\n".join(part for part in parts if part)


def _permitted(deed: Deed | None) -> str:
    if deed is None:
        return "Open to everybody."
    row = next(row for row in TABLE if row.deed is deed)
    roles = ", ".join(f"{ROLES[role].says} {ROLES[role].term}" for role in ROLES if role in row.roles)
    return f"Deed `{deed.value}` ({row.says}): {roles}."


def _path(route: Route) -> Iterable[Schema]:
    for name in route.parameters:
        of, says = PATH[name]
        (schema,), _ = wire.schemas_of([of])
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "description": says,
            "schema": schema,
            "example": terms.EXAMPLE_OF_PATH.get(
                f"{route.parameters[0]}.{name}", terms.EXAMPLE_OF_PATH[name]
            ),
        }


def _query(route: Route, schemas: _Schemas) -> Iterable[Schema]:
    if route.query is not Nothing:
        described = schemas.query(route.query)
        for name, said in described["properties"].items():
            schema = dict(said)
            says = schema.pop("description")
            if isinstance(schema.get("default", ""), list):
                schema.pop("default")
            parameter = {
                "name": name,
                "in": "query",
                "required": name in described.get("required", ()),
                "description": says,
                "schema": _without_null(schema),
            }
            yield parameter
    if route.value_moves:
        yield {
            "name": DRY_RUN,
            "in": "query",
            "required": False,
            "description": "Whether everything is only tried: the whole answer, nothing stored, and a digest 试算.",
            "schema": {"type": "boolean", "default": False},
        }


def _without_null(schema: Schema) -> Schema:
    """A query says nothing by leaving a field out; there is no null in it."""
    if "anyOf" not in schema:
        return schema
    kinds = [kind for kind in schema["anyOf"] if kind != {"type": "null"}]
    rest = {name: value for name, value in schema.items() if name not in {"anyOf", "default"}}
    return {**rest, **kinds[0]} if len(kinds) == 1 else {**rest, "anyOf": kinds}


def _headers(route: Route) -> Iterable[Schema]:
    if route.keyed:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "required": True,
            "description": "New for a new act, the same when it is repeated: the same key has the same effect.",
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:~-]{1,100}$"},
            "example": "0192f3b4-6c1d-7e55-9a3e-2f6d6c2b9f10",
        }
    if route.value_moves:
        yield {
            "name": "If-Preview-Match",
            "in": "header",
            "required": False,
            "description": "The digest of a dry run: refused with 412 if anything moved since.",
            "schema": {"type": "string"},
        }
    if route.matched:
        yield {
            "name": "If-Match",
            "in": "header",
            "required": route.must_match,
            "description": "The ETag that was seen: refused with 412 if the record is another by now.",
            "schema": {"type": "string", "pattern": r'^(\*|"[ !#-~]{0,80}")$'},
            "example": '"1"',
        }
    if route.is_conditional:
        yield {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "The ETag of what is there already: answered 304 if nothing moved.",
            "schema": {"type": "string"},
        }


def _body(route: Route, schemas: _Schemas) -> Schema:
    required = not route.body_may_be_empty
    if route.content is Upload:
        content: Schema = {
            kind: {"schema": {"type": "string", "contentMediaType": kind}} for kind in route.takes
        }
        return {"required": required, "content": content}
    example = terms.EXAMPLES[route.name]
    return {
        "required": required,
        "content": {JSON: {"schema": schemas.of(route.content), "example": example}},
    }


def _responses(route: Route, schemas: _Schemas) -> Schema:
    responses: Schema = {str(route.status): _success(route, schemas)}
    if route.value_moves:
        preview = {"description": "A dry run 试算.", "headers": _named(DIGEST)}
        schema = schemas.preview(route.answers)
        if route.status == HTTPStatus.OK:
            done = responses["200"]
            done["headers"] |= _named(DIGEST)
            of = done["content"][JSON]["schema"]
            done["content"][JSON]["schema"] = of if of == schema else {"anyOf": [of, schema]}
        else:
            responses["200"] = {**preview, "content": {JSON: {"schema": schema}}}
    if route.is_conditional:
        responses["304"] = {"description": "Nothing moved since.", "headers": _named("ETag")}
    for status in _refusals(route):
        responses[str(status)] = {"$ref": f"#/components/responses/{status}"}
    return dict(sorted(responses.items()))


def _success(route: Route, schemas: _Schemas) -> Schema:
    says = HTTPStatus(route.status).phrase
    if route.answers is None:
        return {"description": says}
    if route.answers is File:
        of_file = _named("ETag") if route.is_conditional else {}
        content: Schema = {
            "*/*": {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
        }
        return {"description": "The bytes of the file.", "headers": of_file, "content": content}
    headers = _named(*(["ETag"] if route.is_conditional or route.versioned else []))
    if route.keyed:
        headers |= _named(REPLAYED)
    return {"description": says, "headers": headers, "content": {JSON: {"schema": schemas.of(route.answers)}}}


def _refusals(route: Route) -> Iterable[int]:
    """The refusals a route can answer with."""
    yield 400
    if route.deed is not None:
        yield from (401, 403)
    if route.deed is not None or route.parameters:
        yield 404
    if route.method != HttpMethod.GET:
        yield from (413, 415)
    if route.acts is not None or route.batches is not None:
        yield from (409, 412)
    if route.talks is not None:
        yield from (403, 409)
    if route.reads is not None and not route.is_conditional:
        yield 409
    yield 422
    if route.talks is not None:
        yield 429
    yield 503


def _named(*names: str) -> Schema:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


_HEADERS: Schema = {
    "ETag": {
        "description": "What this is now 版本; send it as If-None-Match or If-Match.",
        "schema": {"type": "string"},
    },
    REPLAYED: {
        "description": "This key was used for this before: the first answer again, and nothing done.",
        "schema": {"type": "string", "enum": ["true"]},
    },
    DIGEST: {
        "description": "What the preview stands on; send it as If-Preview-Match.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": "^[0-9]+$"}},
    "WWW-Authenticate": {"description": "How to sign in.", "schema": {"type": "string"}},
}

_SECURITY: Schema = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of one's own, made at /api/v1/tokens 令牌.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "lianjian-session",
        "description": "The cookie of a session 登录; over HTTPS its name begins with __Host-.",
    },
    "form": {
        "type": "apiKey",
        "in": "header",
        "name": "X-CSRF-Token",
        "description": "The word of the session, with every write.",
    },
}


def _problem(status: int) -> Schema:
    headers = {401: _named("WWW-Authenticate"), 429: _named("Retry-After"), 503: _named("Retry-After")}
    return {
        "description": PROBLEMS[status],
        "headers": headers.get(status, {}),
        "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
    }


def undescribed(described: Schema) -> tuple[str, ...]:
    """Every field of a component that says nothing of itself."""
    return tuple(
        f"{name}.{field}"
        for name, schema in described["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
        if not said.get("description")
    )
