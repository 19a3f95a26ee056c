"""What a route of the API declares.

A route names its deed, what its path, query and body hold, and what it answers; the same declaration checks the
request, writes the answer and draws the description (OpenAPI). There are two kinds:

    reads   run on a reader's connection, on one snapshot, and are answered 304 when the reader has them already
    acts    run by the one writer; with ``dry_run=true`` they are undone after their answer, which then carries a
            digest; with an ``Idempotency-Key`` they have the same effect however often they are sent

A function of a resource file parses nothing and writes no HTTP: it takes the connection and the call, makes one call
inward, and returns the value.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime
from inspect import getdoc
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, cast

import msgspec
from litestar import HttpMethod, Request
from litestar.datastructures import Cookie
from msgspec import Meta

from ledger.log import actions as log
from schemas.access import Deed, PlaceCode, Rights
from schemas.assets import CardCode
from schemas.books import Book
from schemas.contracts import ContractNo
from schemas.evidence import Sha256
from schemas.problems import Fault
from schemas.register import EarTag
from schemas.rewards import SheetPeriod
from schemas.runs import RunId
from schemas.units import BookId, Counted, PersonId, Value, VoucherId
from schemas.vouchers import Code
from web import wire
from web.auth.callers import Caller
from web.auth.gate import Gate
from web.auth.keys import Keys
from web.database import Connection
from web.errors import locale_of
from web.evidence_store import EvidenceStore
from web.settings import Settings
from web.writer import Many

ROOT = "/api/v1"
REPLAYED = "Idempotency-Replayed"
DIGEST = "Preview-Digest"
JSON = "application/json"
MOST_JSON = 4 * 1024 * 1024
"""Bytes of a JSON body at the most: five hundred vouchers of forty lines."""

preview_must_still_hold = Fault(
    code="preview_must_still_hold",
    says="The book has moved since the preview {digest}.",
    remedy="Look at a new preview and decide again.",
)

Year = Annotated[int, Meta(ge=1949, le=2999)]

Township = Annotated[str, Meta(pattern=r"^[0-9]{9}$")]
Village = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]

PATH: Mapping[str, tuple[Any, str]] = {
    "book": (BookId, "the book's id 账套"),
    "township": (Township, "the township's code, the nine digits its villages' codes begin with 乡镇代码"),
    "place": (PlaceCode, "the code of a place, 2 digits for a province to 12 for a village 地区代码"),
    "village": (Village, "the village's code, twelve digits 村代码"),
    "voucher": (VoucherId, "the voucher's id 凭证"),
    "finding": (Counted, "the number of a verdict of a spot check 抽查结论"),
    "code": (Code, "the account's code 科目编码"),
    "period": (wire.Month, "a month 会计期间"),
    "year": (Year, "a fiscal year 会计年度"),
    "run": (RunId, "the run's name 分配方案"),
    "when": (SheetPeriod, "a year 2025 or a month 2025-03 考核期间"),
    "version": (Counted, "the number of the version 版本"),
    "batch": (Counted, "the number of a batch 发放批次"),
    "member": (Annotated[str, Meta(min_length=1, max_length=40)], "the member's number 成员编号"),
    "household": (Annotated[str, Meta(min_length=1, max_length=40)], "the household's number 户编号"),
    "card": (CardCode, "the asset card's code 卡片编号"),
    "contract": (ContractNo, "the contract's number 合同编号"),
    "parcel": (Counted, "the number of a parcel of figures from outside 外部数据批次"),
    "alert": (Counted, "the number of an alert 预警"),
    "appeal": (Counted, "the number of an appeal 异议"),
    "match": (Counted, "the number of a match 勾对"),
    "act": (Counted, "the number of an act of the register 登记事项"),
    "ear_tag": (EarTag, "the animal's ear tag 耳标"),
    "entry": (Counted, "the number of an entry of the daybook 台账记录"),
    "person": (PersonId, "the person's number"),
    "grant": (Counted, "the number of a grant of a role 授权"),
    "session": (Counted, "the session's number"),
    "token": (Counted, "the token's number"),
    "webhook": (Counted, "the number of a subscription 订阅"),
    "sha256": (Sha256, "the SHA-256 of the file's bytes in lower-case hex"),
}
"""What the parts of a path are."""

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
        """The book the path names, or the township; the house's own chain where it names neither."""
        return cast("BookId", self.path.get("book") or self.township or log.HOUSE)

    @property
    def township(self) -> str:
        """The township at whose desk it is done; empty where the path names none."""
        return cast("str", self.path.get("township", ""))

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
        name: str = "",
    ) -> Callable[[Run], Run]:
        """Declare what is read at a path; by POST where working it out takes long and is asked for on purpose. ``name``:
        what it is called where the same is read at two paths."""

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
                name=name,
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

    def _add(self, run: Callable[..., Any], *, name: str = "", **declared: Any) -> None:
        summary, _, description = (getdoc(run) or "").partition("\n")
        name = name or cast("str", getattr(run, "__name__", ""))
        self.all.append(
            Route(
                tag=self.tag,
                name=name,
                summary=summary.rstrip("."),
                description=description.strip(),
                **declared,
            )
        )


DRY_RUN = "dry_run"
