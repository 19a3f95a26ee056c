"""What is walked against a place beside: every route of the house with what is there, and how one knows that it was told.

every_route    the route table: method, path, deed, and what may stand behind the question mark
Walk           the addresses of each route with what is there; those that own readers found are among them
secrets_of     names, texts, sums and digests of a township, which stand nowhere else
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from html import unescape
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx
from litestar import Litestar
from msgspec.structs import fields
from sqlalchemy import Connection, select
from sqlmodel import SQLModel

from coop.access.rules import OF_EVERYBODY
from ledger.money import yuan, yuan_grouped
from schemas.access import Deed
from tests.pages.canaries import texts_of
from tests.pages.canary_acts import BESIDE_BOOK, BESIDE_TOWNSHIP, TIERS, TOWNSHIP
from tests.pages.canary_addresses import ASKED_WITH, ORDER, RUN, addresses, parts_for
from tests.pages.conftest import BOOK, VILLAGE
from web.api.route import Route
from web.auth.guards import routes_with_deeds
from web.exports.routes import SHEETS, SHEETS_OF_PLACE, SHEETS_OF_TOWNSHIP, WORKBOOKS_OF_PLACE

NAMED_BY = ("{book:", "{township:", "{place:")
"""Parts of a path that say whose it is."""
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SCOPE = f"place:{TOWNSHIP}"
HERE: Mapping[str, Any] = {
    "book": BOOK, "township": TOWNSHIP, "township_code": TOWNSHIP, "place": TOWNSHIP, "region": TOWNSHIP,
    "village": VILLAGE, "village_code": VILLAGE, "parent": VILLAGE, "code": TOWNSHIP, "unit": BOOK, "run": RUN,
    "member": "Q0002", "payee": "Q0002", "household": "HQ001", "manager": "Q0002", "rater": "Q0003",
    "person": "1", "by": "1", "voucher": "1", "batch": "1", "contract": "HT-2025-001", "item": "YT-1", "number": "1",
    "year": "2025", "month": "2025-12", "period": "2025-12", "until": "2025-12-31", "on": "2025-12-31",
    "as_of": "2025-12-31", "from": "2025-01", "to": "2025-12", "account": "102", "scope": SCOPE, "next": f"/books/{BOOK}",
}  # fmt: skip
"""What is there, by the name under which queries, forms and bodies ask for it."""


class Asked(NamedTuple):
    """One route of the house, and the names its address may ask by."""

    method: str
    template: str
    deed: Deed | None
    asks: tuple[str, ...]

    @property
    def is_named(self) -> bool:
        """Whether its path says whose it is."""
        return any(part in self.template for part in NAMED_BY)


def every_route(app: Litestar) -> list[Asked]:
    """The route table of the running house; what a reader does to his own login comes last, signing out at the very end."""
    queries = {}
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            for method in getattr(handler, "http_methods", ()):
                queries[(method, route.path)] = _asks(route.path, handler.opt)
    found = [
        Asked(method, template, deed, queries.get((method, template), ()))
        for method, template, deed in routes_with_deeds(app)
    ]
    ends = {("POST", "/logout"), ("DELETE", "/api/v1/sessions/current")}
    return sorted(
        found,
        key=lambda one: (
            (one.method, one.template) in ends,
            one.deed in OF_EVERYBODY and one.method in WRITES,
        ),
    )


def _asks(path: str, opt: Mapping[str, Any]) -> tuple[str, ...]:
    if "route" in opt:
        fields = getattr(opt["route"].query, "__struct_encode_fields__", ())
        return tuple(name for name in fields if name in HERE)
    if opt.get("asks", ()) is None:
        tables = {**SHEETS, **SHEETS_OF_TOWNSHIP, **SHEETS_OF_PLACE}
        asks = [one.asks for one in tables.values()] + [one.asks for one in WORKBOOKS_OF_PLACE.values()]
        return tuple({name for names in asks for name in names if name in HERE})
    return tuple(name for name in opt.get("asks", ()) if name in HERE)


class Walk:
    """The addresses of every route with what is there; ``hear`` adds those that a page of the place leads to."""

    def __init__(self, app: Litestar, parts: Mapping[str, Sequence[str]]) -> None:
        self.routes = every_route(app)
        self._parts = {
            **parts,
            "place": (TOWNSHIP, TOWNSHIP[:6]),
            "run": (ORDER, *parts["run"]),
            "digest": (*parts["digest"], *parts["paper"]),
            "sha256": (*parts["sha256"], *parts["paper"]),
        }
        self._found: dict[str, list[str]] = {}
        self._shapes = [
            (one.template, re.compile(re.sub(r"\\{(\w+):str\\}", "([^/]+)", re.escape(one.template))))
            for one in sorted(self.routes, key=lambda one: one.template.count("{"))
        ]

    def hear(self, page: str) -> None:
        """The links of a page, by route, six of each."""
        for link in set(re.findall(r'(?:href|src|action)="(/[^"#]*)', page)):
            path = unescape(link)
            template = self._route_of(path.partition("?")[0])
            known = self._found.setdefault(template, [])
            if not any(one in path for one in (BESIDE_BOOK, BESIDE_TOWNSHIP)) and path not in known[:6]:
                known.append(path)

    def _route_of(self, path: str) -> str:
        return next((template for template, shape in self._shapes if shape.fullmatch(path)), "")

    def addresses(self, route: Asked, *, most: int = 8) -> Iterator[str]:
        """Addresses of a route, those that are heard of first."""
        found = self._found.get(route.template, [])[:6] if route.method == "GET" else []
        given = [one.partition("?")[0] for one in found]
        made = addresses(route.template, parts_for(route.template, self._parts))
        seen: list[str] = []
        for path in (*found, *given, *made):
            if path not in seen and len(seen) < most:
                seen.append(path)
                yield path

    def asked(self, route: Asked) -> Iterator[str]:
        """Addresses of a route with what they need to be answered."""
        with_query = route.method == "GET" and route.template in ASKED_WITH
        for path in self.addresses(route):
            yield f"{path}?{ASKED_WITH[route.template]}" if with_query else path


def with_queries(path: str, asks: Collection[str]) -> Iterator[str]:
    """An address that asks by each of these names for what is there, then by all of them."""
    bare = path.partition("?")[0]
    for name in asks:
        yield f"{bare}?{name}={HERE[name]}"
    if len(asks) > 1:
        yield f"{bare}?" + "&".join(f"{name}={HERE[name]}" for name in asks)


def from_beside(path: str) -> str:
    """The address with the reader's own book or place in its head, and all else as it is there."""
    path = re.sub(r"/books/[^/?]+", f"/books/{BESIDE_BOOK}", path, count=1)
    path = re.sub(r"/townships/[0-9]+", f"/townships/{BESIDE_TOWNSHIP}", path, count=1)
    return re.sub(r"/places/[0-9]+", f"/places/{BESIDE_TOWNSHIP}", path, count=1)


def body_of(example: Any) -> Any:
    """The example of a body with what is there wherever it names something."""
    if isinstance(example, Mapping):
        named = {
            name: HERE[name]
            for name, value in example.items()
            if name in _NAMES and isinstance(value, str) and (name != "place" or value.isdecimal())
        }
        if set(example) == {"kind", "code"}:
            return {"kind": "place", "code": TOWNSHIP}
        return {name: body_of(value) for name, value in example.items()} | named
    return [body_of(one) for one in example] if isinstance(example, list) else example


_NAMES = frozenset(
    {
        "book",
        "township",
        "township_code",
        "place",
        "region",
        "village",
        "village_code",
        "run",
        "member",
        "household",
    }
)
FORM: Mapping[str, str] = {
    **HERE,
    "role": "auditor", "name": "来者", "person_name": "来者", "short_name": "来者", "reason": "有误", "text": "有误",
    "answer": "有误", "resolution": "决议1号", "url": "http://127.0.0.1:9/", "kind": "ordinary", "amount": "1.00",
    "version": "1", "run": str(TIERS), "place": "下屯",
}  # fmt: skip
"""What a form is sent with: what is there, and something in the fields most forms have."""


SAID_WITH_FILE: Mapping[str, str] = {
    **HERE,
    "name": "抄件.png", "text": "有误", "came": "2025-12-31", "payee": "Q0002", "kind": "in_order", "resolution": "决议1号",
    "who": "村3", "order": "潘玉萍", "place": VILLAGE, "first": "1", "last": "1",
}  # fmt: skip
"""What stands behind the question mark where the body is a file."""
PICTURE, TABLE = b"\x89PNG\r\n\x1a\n a paper", "行号,金额\n1,1.00\n".encode()


def file_for(route: Route) -> tuple[str, bytes]:
    """A file a route of the API takes: its type, and its bytes."""
    if "image/png" in route.takes:
        return "image/png", PICTURE
    return next((one for one in route.takes if one.startswith("text/")), route.takes[0]), TABLE


def query_of(route: Route) -> str:
    """What a file is sent with: all that an address cannot do without."""
    needed = [one.encode_name for one in fields(route.query) if one.required]
    return urlencode({name: SAID_WITH_FILE[name] for name in needed})


# What would tell


_TEXTS = (
    ("book", "name"), ("book", "short_name"), ("member", "name"), ("heir", "name"), ("attachment", "name"),
    ("posting", "summary"), ("contract_paper", "name"), ("cadre", "name"),
)  # fmt: skip


def secrets_of(db: Connection) -> frozenset[str]:
    """What is kept of the township's books and villages and nowhere else: what they and their people are called, what
    their vouchers say, sums that are nobody else's, and their files."""
    tables = SQLModel.metadata.tables
    place, home = tables["place"], tables["book_place"]
    inside = db.execute(select(place.c.name, place.c.code)).all()
    found = {name for name, code in inside if code.startswith(TOWNSHIP)}
    books = set(db.execute(select(home.c.book_id).where(home.c.township_code == TOWNSHIP)).scalars()) | {
        TOWNSHIP
    }
    for name, column in _TEXTS:
        columns = tables[name].c
        whose = columns["village_code" if "village_code" in columns else "book_id"]
        rows = db.execute(select(columns[column], whose)).all()
        found |= {text for text, of in rows if len(text) > 1 and (of in books or of.startswith(TOWNSHIP))}
    posting, evidence = tables["posting"], tables["evidence"]
    sums = db.execute(select(posting.c.debit, posting.c.credit).where(posting.c.book_id.in_(books)))
    telling = {abs(fen) for row in sums for fen in row if abs(fen) > 100_000 and fen % 10_000}
    found |= {text for fen in telling for text in (yuan(fen), yuan_grouped(fen))}
    files = db.execute(select(evidence.c.sha256).where(evidence.c.book_id.in_(books))).scalars()
    found |= set(files)
    elsewhere = {name for name, code in inside if not code.startswith(TOWNSHIP)}
    return frozenset(found - elsewhere)


def told(answer: httpx.Response, secrets: Iterable[str], *, asked: str) -> list[str]:
    """Which of these an answer tells whoever has not said them himself: in its head, its text, and in the files it is."""
    shown = "\n".join((*texts_of(answer.content), unescape(answer.text), str(answer.headers)))
    given = sha256(answer.content).hexdigest()
    return [
        f"{one}: {shown[max(0, shown.find(one) - 60) : shown.find(one) + 40]!r}"
        for one in secrets
        if (one in shown or one == given) and one not in asked
    ]
