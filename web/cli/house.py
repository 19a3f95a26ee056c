"""What a command works on: the database, the evidence, the clock, and whoever gave the command.

In the service a command writes through the service's one writer; at the terminal it holds the right to write alone
and commits each act. Every command that writes leaves a line in the house's own chain that names the operating
system's user and what was given, beside what its act logs in the name of ``--by``.
"""

import datetime
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, TypeVar

import msgspec

from coop.access import actions as access_actions
from coop.access import queries as access
from coop.access import rules as access_rules
from coop.identity import masked_text
from coop.places import queries as places
from ledger.books import queries as books
from ledger.log import actions as log
from ledger.people import actions as people_actions
from ledger.people import queries as people
from schemas.access import Rights
from schemas.books import Book, BookKind
from schemas.log import Act
from schemas.problems import Fault, Problem, Refusal, RefusalKind, Severity
from schemas.units import PersonId, Value
from web import wire
from web.cli.speech import Line, Progress, Say, in_columns
from web.clock import now
from web.database import (
    Connection,
    Engine,
    is_newest,
    only_writer,
    prepare,
    reading_engine,
    writing_engine,
)
from web.evidence_store import EvidenceStore
from web.i18n import say, say_problem
from web.settings import Settings
from web.writer import Writer

T = TypeVar("T")
Doing = Callable[[Connection], T]

book_must_be_known = Fault(
    code="book_must_be_known",
    says="There is no book {name}.",
    remedy="List them with: lianjian books",
)
book_must_be_clear = Fault(
    code="book_must_be_clear",
    says="{name} is the name of several books: {books}.",
    remedy="Name the book by its id.",
)
person_must_be_named = Fault(
    code="person_must_be_named",
    says="Nobody called {name} is known.",
    remedy="Write the name as the vouchers have it, or add a login with: lianjian user add",
)
person_must_be_clear = Fault(
    code="person_must_be_clear",
    says="{name} is the name of several people: {people}.",
    remedy="Name the person by number.",
)


class Finding(Value):
    """Something that is wrong, for a program and for a reader: where, by its stable code, in a sentence, and what to
    do."""

    code: str
    severity: Severity
    pointer: str
    detail: str
    remedy: str


class Findings(Value):
    """Why nothing was done."""

    problems: tuple[Finding, ...]


class Doors(NamedTuple):
    """The ways into the database: one reads, one acts (with ``keep`` false it is undone after its answer)."""

    reading: Engine
    act: Callable[[Doing[Any], str, bool], Any]


class House:
    """The opened house, for one command."""

    def __init__(
        self, settings: Settings, *, command: str, user: str, language: str, say: Say, doors: Doors | None
    ) -> None:
        self.settings, self.command, self.user, self.language = settings, command, user, language
        self.evidence = EvidenceStore(settings.evidence)
        self._say, self._open = say, doors
        self._given: str | None = None

    # What the command says

    def tell(self, message: str, **figures: object) -> None:
        """A line of the answer, in the reader's language."""
        self.write(self.words(message, **figures))

    def warn(self, message: str, **figures: object) -> None:
        """A line about what is wrong."""
        self.warn_line(self.words(message, **figures))

    def warn_line(self, text: str) -> None:
        """A line about what is wrong, as it is."""
        self._say(Line(text=text, wrong=True))

    def complain(self, problem: Problem) -> None:
        """A problem as a line, with its remedy."""
        self.show(finding(problem, self.language))

    def show(self, found: Finding) -> None:
        """A finding as a line, with its remedy."""
        self._say(line_of(found))

    def findings(self, problems: Sequence[Problem]) -> tuple[Finding, ...]:
        """The problems in the reader's language."""
        return tuple(finding(problem, self.language) for problem in problems)

    def words(self, message: str, **figures: object) -> str:
        """A message in the reader's language."""
        return say(self.language, message, {name: str(figure) for name, figure in figures.items()})

    def write(self, text: str) -> None:
        """A line as it is."""
        self._say(Line(text=text))

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """Rows under a head, in aligned columns."""
        titles = [self.words(title) for title in head]
        for line in in_columns([titles, *rows], right=right):
            self.write(line)

    def json(self, value: object, of: Any = None) -> None:
        """The answer for a program."""
        self.write(msgspec.json.format(wire.written(value, of), indent=2).decode())

    def progress(self, what: str, done: int, total: int) -> None:
        """How far a long piece of work has come."""
        self._say(Progress(what=self.words(what), done=done, total=total))

    # What it reads and writes

    @property
    def _doors(self) -> Doors:
        assert self._open is not None, "a command with opens=False opens the database itself"
        return self._open

    def opened(self, doors: Doors) -> "House":
        """The same command's house, with a database that it opened by itself."""
        return self._like(self.settings, doors)

    def elsewhere(self, settings: Settings) -> "House":
        """A house of the same command at another place, not yet opened."""
        return self._like(settings, None)

    def _like(self, settings: Settings, doors: Doors | None) -> "House":
        return House(
            settings,
            command=self.command,
            user=self.user,
            language=self.language,
            say=self._say,
            doors=doors,
        )

    def read(self) -> AbstractContextManager[Connection]:
        """One snapshot to read from."""
        return self._doors.reading.connect()

    @property
    def reading(self) -> Engine:
        """The engine whose connections only read."""
        return self._doors.reading

    def begin(self, given: str) -> None:
        """Note what was given with the command, for its line in the log; identity data in it are masked."""
        self._given = masked_text(given)

    def act(self, what: Doing[T], *, book: str = "", keep: bool = True) -> T:
        """Run an act in a transaction of its own; with ``keep=False`` it is undone after its answer. The first act
        that is kept logs the command with it."""

        def logged(db: Connection) -> T:
            answer = what(db)
            if self._given is not None:
                self._log(db)
            return answer

        found: T = self._doors.act(logged, book, keep)
        if keep:
            self._given = None
        return found

    def _log(self, db: Connection) -> None:
        act = Act(
            by=self.operator(db).person,
            act="command",
            subject=f"command:{self.command.replace(' ', '-')}",
            after=self._given or "",
        )
        log.record(db, act, at=self.now()[1])

    def now(self) -> tuple[datetime.date, datetime.datetime]:
        """The day at the accountant's desk, and the instant in UTC."""
        return now()

    # Whom and what it names

    def operator(self, db: Connection) -> Rights:
        """The operating system's user, with the rights of whoever works on the database itself."""
        return access_rules.operator(
            access_actions.person_of_operating_system(db, self.user, at=self.now()[1])
        )

    def book(self, name: str) -> Book:
        """The book of this id, 单位简称 or, for a collective's, village code; refused when there is none, or more than
        one."""
        with self.read() as db:
            found = books.book(db, id=name)
            if found is not None:
                return found
            called = books.books_called(db, name)
            if not called and name.isdecimal():
                at_home = [place.book for place in places.book_places(db).values() if place.village == name]
                called = tuple(
                    book
                    for book in (books.book(db, id=id) for id in at_home)
                    if book is not None and book.kind is BookKind.COLLECTIVE
                )
        if not called:
            raise Refusal(book_must_be_known.at("/book", name=name), kind=RefusalKind.MISSING)
        if len(called) > 1:
            ids = ", ".join(book.id for book in called)
            raise Refusal(book_must_be_clear.at("/book", name=name, books=ids))
        return called[0]

    def books(self, names: Sequence[str] = ()) -> tuple[Book, ...]:
        """These books, or every book there is."""
        if names:
            return tuple(map(self.book, names))
        with self.read() as db:
            return books.books(db)

    def person(self, name: str, *, book: str = "") -> PersonId:
        """The person of this number, login or name. Those a book's own papers name come before those of the house,
        and those before others."""
        with self.read() as db:
            found = _people_called(db, name, book=book)
        if not found:
            raise Refusal(person_must_be_named.at("/by", name=name), kind=RefusalKind.MISSING)
        if len(found) > 1:
            numbers = ", ".join(map(str, found))
            raise Refusal(person_must_be_clear.at("/by", name=name, people=numbers))
        return found[0]

    def by(self, db: Connection, name: str | None, *, book: str = "") -> PersonId:
        """Whoever acts: the person named, or the operating system's user."""
        return self.operator(db).person if name is None else self.person(name, book=book)

    def by_or_new(self, db: Connection, name: str | None) -> PersonId:
        """The same for an act that may be the first of all: whoever is not known yet is written down as a person of
        the house."""
        if name is not None and not name.isdecimal() and not _people_called(db, name, book=""):
            by, at = self.operator(db).person, self.now()[1]
            return people_actions.know(db, [name], known_from="", by=by, at=at)[name]
        return self.by(db, name)


def _people_called(db: Connection, name: str, *, book: str) -> list[PersonId]:
    if name.isdecimal() and people.exists(db, int(name)):
        return [int(name)]
    login = access.login_named(db, name)
    if login is not None:
        return [login.person]
    called = people.called(db, name)
    near = [person for person, known_from in called if book and known_from == book]
    house = [person for person, known_from in called if not known_from]
    return near or house or [person for person, _from in called]


def finding(problem: Problem, language: str) -> Finding:
    """A problem for somebody who reads this language."""
    detail, remedy = say_problem(language, problem)
    return Finding(
        code=problem.code,
        severity=problem.severity,
        pointer=problem.pointer,
        detail=detail,
        remedy=remedy,
    )


def line_of(found: Finding) -> Line:
    """A finding as it is shown: an error with a cross, a warning with an exclamation mark."""
    mark = {Severity.ERROR: "✗", Severity.WARNING: "!"}[found.severity]
    return Line(text=f"{mark} {found.detail}{' ' + found.remedy if found.remedy else ''}", wrong=True)


@contextmanager
def opened_for_reading(settings: Settings) -> Iterator[Doors]:
    """The database as a command that only reads opens it; it is made, or brought up to date, where it is not."""

    def refuse(_what: Doing[Any], _book: str, _keep: bool) -> Any:
        raise AssertionError("a command that acts is declared with writes=True")

    engine = reading_engine(settings.database_url)
    try:
        if not is_newest(engine):
            with only_writer(settings.database_url), opened_alone(settings):
                pass  # opening it brings it up to date
        yield Doors(reading=engine, act=refuse)
    finally:
        engine.dispose()


@contextmanager
def opened_alone(settings: Settings) -> Iterator[Doors]:
    """The database as a command that writes opens it, where no service does; of an embedded one the caller holds the
    right to write."""
    writing, reading = writing_engine(settings.database_url), reading_engine(settings.database_url)

    def act(what: Doing[Any], _book: str, keep: bool) -> Any:
        with writing.connect() as db, db.begin() as transaction:
            answer = what(db)
            if not keep:
                transaction.rollback()
            return answer

    try:
        if not is_newest(writing):
            prepare(writing)
        yield Doors(reading=reading, act=act)
    finally:
        reading.dispose()
        writing.dispose()


def doors_of_service(reading: Engine, writer: Writer) -> Doors:
    """The ways in as a command inside the service takes them."""

    def act(what: Doing[Any], book: str, keep: bool) -> Any:
        return writer.do_now(what, book=book, keep=keep)

    return Doors(reading=reading, act=act)
