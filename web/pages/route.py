"""How a page is declared and answered.

A page names its address and its deed. ``shows`` reads: it runs on a thread with a reader's connection of one
snapshot. ``does`` acts: it parses a form, makes one call through the writer, and sends the reader on; refused, it
shows the form again with everything kept. Whoever is not signed in is asked to sign in first, and comes back here.
"""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar

from litestar import HttpMethod, Request, Response
from litestar.datastructures import FormMultiDict, MultiDict, UploadFile
from litestar.handlers import HTTPRouteHandler
from msgspec.structs import replace

from coop.access import queries as access
from coop.access import rules as access_rules
from coop.identity import masked_text
from coop.places import queries as places
from coop.vault.rules import Vault
from ledger.periods import queries as periods
from schemas.access import Deed
from schemas.books import Book
from schemas.periods import PeriodState
from schemas.places import Place
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, Period, PersonId
from web import clock, free_text, wire
from web.auth.callers import Caller
from web.auth.gate import Gate
from web.auth.keys import Keys
from web.database import Connection
from web.errors import STATUS, address_must_exist, locale_of
from web.evidence_store import EvidenceStore
from web.pages import rendering
from web.settings import Settings
from web.writer import Writer

T = TypeVar("T")
Shown = Response[Any]
FORM_BYTES = 8 * 1024 * 1024
"""A voucher of five thousand lines."""
FIRST_YEAR, LAST_YEAR = 1900, 2999
"""The years a period can have (schemas.units.Period)."""


class Visit:
    """One request for a page: who, in which language, of which book or township, and what they may do there."""

    def __init__(self, request: Request[Any, Any, Any], *, deed: Deed | None) -> None:
        self.request = request
        self.deed = deed
        self.caller: Caller | None = request.scope.get("caller")  # type: ignore[assignment]
        self.locale = locale_of(request)
        self.on, self.at = clock.now()
        self.book: Book | None = None
        self.township: Place | None = None
        self.deeds: frozenset[Deed] = frozenset()
        self.form: FormMultiDict = FormMultiDict()
        self.numbers: tuple[Problem, ...] = ()
        self._db: Connection | None = None
        self._periods: PeriodState | None = None
        self.notice = rendering.notice_from(request.cookies.get(rendering.NOTICE), locale=self.locale)

    # What the address says

    @property
    def here(self) -> str:
        """This very address, with its query; numbers of persons in it are masked, for a page carries it on."""
        return free_text.masked_address(self.request.url.path, self.request.url.query)

    @property
    def query(self) -> Any:
        """What stands behind the question mark, numbers in its free texts masked: a search for a whole number finds where it
        stands masked, and no page says it again."""
        return MultiDict(free_text.masked_fields(self.request.query_params.multi_items()))

    def ask_only(self, known: Collection[str]) -> None:
        """Refuse an address that asks for what this page does not know: it would be answered as if nothing was asked."""
        unknown = dict.fromkeys(name for name in self.query if name not in known)
        if unknown:
            names = ", ".join(known) or "—"
            problems = [
                wire.field_must_be_known.at(f"/{name[:80]}", field=name[:80], known=names) for name in unknown
            ]
            raise wire.Unreadable(*problems)

    def is_here(self, path: str) -> bool:
        """Whether a link of the menu leads to where the reader is."""
        return self.request.url.path == path

    def text_at(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def number_at(self, name: str) -> int:
        """A part of the path that is a number; there is nothing at any other address."""
        number = number_from(self.text_at(name))
        if number is None:
            raise wire.Unreadable(wire.must_be_whole_number.at(f"/{name}"))
        return number

    # Who asks

    @property
    def by(self) -> PersonId:
        """Who it is."""
        return self.who.person

    @property
    def who(self) -> Caller:
        """The caller of a page that is not open to everybody."""
        assert self.caller is not None, "the guard lets nobody else in"
        return self.caller

    @property
    def csrf(self) -> str:
        """The word a form of this session carries."""
        return self.caller.csrf if self.caller is not None else ""

    def may(self, deed: str) -> bool:
        """Whether the caller may do this on the book at hand."""
        return Deed(deed) in self.deeds

    def may_anywhere(self, deed: str) -> bool:
        """Whether the caller may do this on some book, some place or the house."""
        return Deed(deed) in access_rules.deeds_anywhere(self.who.rights)

    def may_in_house(self, deed: str) -> bool:
        """Whether the caller may do this for the house as a whole; a role for a place alone is not enough."""
        return Deed(deed) in access_rules.deeds_at(self.who.rights, code="")

    def fresh_key(self) -> str:
        """A new idempotency key for a form about to be shown."""
        return secrets.token_urlsafe(16)

    # What it works with

    @property
    def settings(self) -> Settings:
        """Where the service keeps its things."""
        settings: Settings = self.request.app.state.settings
        return settings

    @property
    def gate(self) -> Gate:
        """The gate of the house: signing in and out."""
        gate: Gate = self.request.app.state.gate
        return gate

    @property
    def evidence(self) -> EvidenceStore:
        """Where the bytes of scans lie."""
        store: EvidenceStore = self.request.app.state.evidence
        return store

    @property
    def vault(self) -> Vault:
        """The vault of identity data; shut where the key file is missing."""
        keys: Keys = self.request.app.state.key_file
        return keys.vault

    @property
    def writer(self) -> Writer:
        """The one writer."""
        writer: Writer = self.request.app.state.writer
        return writer

    @property
    def db(self) -> Connection:
        """The reader's connection of a page that is being shown."""
        assert self._db is not None, "only a page that is shown reads"
        return self._db

    @property
    def at_book(self) -> Book:
        """The book of a page that belongs to one."""
        assert self.book is not None, "the address names a book, or the door was shut"
        return self.book

    @property
    def id(self) -> BookId:
        """The id of that book, the code of that township: under it the log keeps what is done there."""
        return self.at_book.id if self.township is None else self.township.code

    @property
    def at_township(self) -> str:
        """The code of the township of a page that belongs to one."""
        assert self.township is not None, "the address names a township, or the door was shut"
        return self.township.code

    @property
    def desk(self) -> BookId:
        """The chain what is done here is logged in: the book's, or the township's."""
        return self.id if self.township is None else self.at_township

    @property
    def home(self) -> str:
        """Where the book's pages begin, or the township's."""
        return f"/books/{self.id}" if self.township is None else f"/townships/{self.at_township}"

    @property
    def called(self) -> str:
        """What the book or the township is called for short; empty where the page belongs to neither."""
        if self.township is not None:
            return self.township.name
        return "" if self.book is None else self.book.short_name

    @property
    def unit(self) -> str:
        """The full name of the book's unit, or the township's."""
        return self.at_book.name if self.township is None else self.township.name

    @property
    def periods(self) -> PeriodState:
        """Which periods of the book are closed and settled."""
        if self._periods is None:
            self._periods = periods.state_of(self.db, book=self.at_book)
        return self._periods

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Open a reader's connection for as long as the page is made."""
        with self.request.app.state.readers.connect() as db:
            self._db = db
            try:
                yield
            finally:
                self._db = None

    async def read(self, question: Callable[[], T]) -> T:
        """Ask the database something on a thread, while a form is being worked on."""

        def ask() -> T:
            with self.reading():
                return question()

        return await asyncio.to_thread(ask)

    async def on_thread(self, work: Callable[[], T]) -> T:
        """Do something slow beside the event loop."""
        return await asyncio.to_thread(work)

    async def write(self, act: Callable[[Connection], T]) -> T:
        """Do something through the writer, and wait until it is on the disk."""
        somewhere = self.book is not None or self.township is not None
        return await self.writer.do(act, book=self.id if somewhere else "")

    # What was sent

    def field(self, name: str, default: str = "") -> str:
        """A field of the form, trimmed."""
        value = self.form.get(name, default)
        return value.strip() if isinstance(value, str) else default

    def fields(self, name: str) -> tuple[str, ...]:
        """Every value of a field that may be there several times."""
        return tuple(value for value in self.form.getall(name, []) if isinstance(value, str) and value)

    def uploads(self, name: str) -> tuple[UploadFile, ...]:
        """The files of a field; an empty choice is none."""
        return tuple(
            value
            for value in self.form.getall(name, [])
            if isinstance(value, UploadFile) and (value.filename or "")
        )

    # What it answers

    def place_of(self, problem: Problem) -> str:
        """The field of a form a problem belongs to, as its element is called: ``/lines/2/account`` stands beside
        ``lines-2-account``."""
        return problem.pointer.strip("/").replace("/", "-")

    def page(
        self, template: str, *, problems: Sequence[Problem] = (), status: int = 200, **values: Any
    ) -> Shown:
        """The page, in the reader's language."""
        cookies = [rendering.FORGET_NOTICE] if rendering.NOTICE in self.request.cookies else []
        return rendering.page(
            template,
            locale=self.locale,
            terms_of_book=None if self.book is None else self.book.kind,
            status=status,
            cookies=cookies,
            visit=self,
            problems=tuple(problems),
            **values,
        )

    async def refused(self, refusal: Refusal, show: "Again") -> Shown:
        """The page of a form again, with what was wrong beside its fields."""
        status = STATUS[refusal.kind].value
        return await self.read(lambda: show(self, refusal.problems, status))


Again = Callable[[Visit, Sequence[Problem], int], Shown]
"""A form as it was sent, with what was wrong and the status that says so."""


def shows(
    path: str, *, deed: Deed | None = Deed.SEE_BOOK, asks: Collection[str] | None = ()
) -> Callable[[Callable[[Visit], Shown]], HTTPRouteHandler]:
    """Declare a page that is read. ``asks`` names what may stand behind the question mark of its address; None: the
    page is several, and says it itself."""

    def declare(show: Callable[[Visit], Shown]) -> HTTPRouteHandler:
        def answer(visit: Visit) -> Shown:
            with visit.reading():
                enter(visit)
                refuse_nul(visit.request.query_params.multi_items())
                if asks is not None:
                    visit.ask_only(asks)
                return show(visit)

        async def handler(request: Request[Any, Any, Any]) -> Shown:
            visit = Visit(request, deed=deed)
            return await asyncio.to_thread(answer, visit)

        return _handler(path, HttpMethod.GET, deed, show.__name__, asks=asks)(handler)

    return declare


def does(
    path: str,
    *,
    deed: Deed | None,
    takes: int = FORM_BYTES,
    again: Again | None = None,
    unless: RefusalKind | None = None,
    sealed: Collection[str] = (),
    looks_itself: bool = False,
) -> Callable[[Callable[[Visit], Awaitable[Shown]]], HTTPRouteHandler]:
    """Declare an act of a form of at most ``takes`` bytes. Refused, ``again`` shows the form as it was sent, with what
    was wrong beside its fields; without it, or where the refusal is of the kind ``unless``, there is no form to show.
    ``sealed`` names texts that are kept under seal when they hold a number of a person; no other text may hold one, which a page
    that shows its form by itself (``looks_itself``) asks of ``visit.numbers``."""

    def declare(act: Callable[[Visit], Awaitable[Shown]]) -> HTTPRouteHandler:
        async def handler(request: Request[Any, Any, Any]) -> Shown:
            visit = Visit(request, deed=deed)
            await visit.read(lambda: enter(visit))
            sent = await request.form()
            refuse_nul((*request.query_params.multi_items(), *sent.multi_items()))
            visit.form = _with_masks(sent, sealed)
            try:
                if deed is not None:
                    visit.numbers = free_text.problems_in_form(sent.multi_items(), sealed=sealed)
                if visit.numbers and not looks_itself:
                    raise Refusal(*visit.numbers)
                return await act(visit)
            except Refusal as refusal:
                if again is None or refusal.kind is unless:
                    raise
                return await visit.refused(refusal, again)

        return _handler(path, HttpMethod.POST, deed, act.__name__, takes=takes)(handler)

    return declare


def refuse_nul(sent: Iterable[tuple[str, object]]) -> None:
    """Refuse fields in which the character zero stands: nobody types it, and a server keeps no such text."""
    wrong = [name for name, value in sent if "\0" in name or (isinstance(value, str) and "\0" in value)]
    if wrong:
        raise wire.Unreadable(
            *(wire.text_must_not_hold_nul.at(f"/{name[:80]}") for name in dict.fromkeys(wrong))
        )


def _with_masks(sent: FormMultiDict, sealed: Collection[str]) -> FormMultiDict:
    """A form as it may be shown again, and the names of its files as they may be kept."""
    fields = list(free_text.masked_fields(sent.multi_items(), sealed=sealed))
    for _, value in fields:
        if isinstance(value, UploadFile) and value.filename:
            value.filename = masked_text(value.filename)
    return FormMultiDict(fields)


def _handler(
    path: str,
    method: HttpMethod,
    deed: Deed | None,
    name: str,
    *,
    takes: int = FORM_BYTES,
    asks: Collection[str] | None = (),
) -> HTTPRouteHandler:
    return HTTPRouteHandler(
        re.sub(r"{(\w+)}", r"{\1:str}", path),
        http_method=method,
        opt={"deed": deed, "page": True, "asks": asks},
        name=f"page.{name}",
        status_code=200,
        request_max_body_size=takes,
    )


def enter(visit: Visit) -> None:
    """The guard has opened the one door to the book, or found the place to be the caller's; here stands what he may do
    there."""
    visit.book = visit.request.scope.get("book")  # type: ignore[assignment]
    if visit.book is not None:
        visit.deeds = access.deeds_of(visit.db, visit.who.rights, visit.book.id)
    elif "township" in visit.request.path_params:
        visit.township = places.township(visit.db, code=visit.text_at("township"))
        visit.deeds = access_rules.deeds_at(visit.who.rights, code=visit.township.code)
    elif "place" in visit.request.path_params:
        code = visit.text_at("place")
        if not re.fullmatch(r"[0-9]{2,14}", code):
            raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
        visit.deeds = access_rules.deeds_at(visit.who.rights, code=code)


def of_one(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """The problems of a batch of one, beside the fields of its form: ``/0/name`` is ``/name``."""
    return tuple(replace(one, pointer=re.sub(r"^/0(?=/|$)", "", one.pointer)) for one in problems)


# Numbers, months and days as addresses and forms write them


def number_from(text: str) -> int | None:
    """A whole number as addresses and forms write it, of fifteen digits at most; None for any other text."""
    return int(text) if re.fullmatch(r"[0-9]{1,15}", text) else None


def month_from(text: str, *, otherwise: Period, pointer: str = "/month") -> Period:
    """A month written ``2025-03`` (13 is the settlement stage), of a year that a period can have."""
    if not text:
        return otherwise
    found = re.fullmatch(r"((?:19|2[0-9])[0-9]{2})-(0[1-9]|1[0-3])", text)
    if found is None:
        raise wire.Unreadable(wire.must_be_month.at(pointer))
    return int(found[1]) * 100 + int(found[2])


def day_from(text: str, *, pointer: str = "/date") -> date:
    """A day written ``2025-03-31``, of a year that a period can have."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refusal(wire.must_be_date.at(pointer)) from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Refusal(wire.must_be_date.at(pointer))
    return day
