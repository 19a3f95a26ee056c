"""Column types every table of the house shares, and how SQLite spells them.

SQLite's STRICT tables refuse a text in a number column, so a row changed behind the service's back cannot
even be mistyped; STRICT knows only INTEGER, TEXT and BLOB, so the names of the other types are mapped here.
Statements on the way of every voucher are compiled once (``Prepared``), rows go to a server many at once
(``PreparedRows``), and what does not depend on an answer does not wait for it (``pipelined``, ``ahead``).
Instants are kept as RFC 3339 text in UTC: the hash chain covers them, and text comes back as it went in.
"""

from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import date
from functools import cache, wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar

import msgspec
from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Connection,
    Date,
    Dialect,
    Executable,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    Select,
    String,
    Table,
    TableValuedAlias,
    Text,
    TypeDecorator,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import DATE as SQLITE_DATE
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import Field, SQLModel

from schemas.problems import Fault, Problem, Refusal, RefusalKind

P = ParamSpec("P")
T = TypeVar("T")
row_must_be_readable = Fault(
    code="row_must_be_readable",
    says="Table {table}, {key}: what is kept there cannot be read.",
    remedy="Somebody changed the row behind the service's back. Run lianjian check, which names every such row, and restore them "
    "from a backup.",
)


class Unreadable(Refusal):
    """A row whose text cannot be read, and why."""

    def __init__(self, problem: Problem, *, reason: msgspec.MsgspecError) -> None:
        super().__init__(problem, kind=RefusalKind.STATE)
        self.reason = reason


@compiles(BigInteger, "sqlite")
@compiles(Boolean, "sqlite")
@compiles(Integer, "sqlite")
def _integer(_type: object, _compiler: object, **_options: object) -> str:
    return "INTEGER"


@compiles(String, "sqlite")
@compiles(Text, "sqlite")
@compiles(Date, "sqlite")
@compiles(SQLITE_DATE, "sqlite")
def _text(_type: object, _compiler: object, **_options: object) -> str:
    return "TEXT"


@compiles(LargeBinary, "sqlite")
def _blob(_type: object, _compiler: object, **_options: object) -> str:
    return "BLOB"


SQLModel.metadata.naming_convention = {
    "fk": "%(table_name)s_%(column_0_N_name)s_fk",
    "uq": "%(table_name)s_%(column_0_N_name)s_once",
    "ix": "%(table_name)s_%(column_0_N_name)s",
}
"""A constraint nobody named gets a name all the same: a later migration can only change what it can name."""


class Day(TypeDecorator[date]):
    """A calendar day; ISO text on SQLite, DATE on PostgreSQL."""

    impl = Date
    cache_ok = True


TENANT: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": False}
"""Table options of a table that belongs to a book: strict, and stored in the order of its key."""


def text(**options: Any) -> Any:
    """A text column, required unless it is said to be nullable."""
    return Field(sa_type=Text, **options)


def number(**options: Any) -> Any:
    """A whole number of 64 bits: fen, hundredths, counters and ids."""
    return Field(sa_type=BigInteger, **options)


def day(**options: Any) -> Any:
    """A calendar day."""
    return Field(sa_type=Day, **options)


def blob(**options: Any) -> Any:
    """Bytes."""
    return Field(sa_type=LargeBinary, **options)


def refers(to: str, /, *same: str, name: str, **otherwise: str) -> ForeignKeyConstraint:
    """A foreign key within a book: columns called the same in the table referred to, then those called ``otherwise``
    there."""
    there = ["book_id", *same, *otherwise.values()]
    return ForeignKeyConstraint(
        ["book_id", *same, *otherwise], [f"{to}.{column}" for column in there], name=name
    )


def table_of(row: type[SQLModel]) -> Table:
    """The Core table of a row class; statements are built from it, never from an ORM session."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


def merging(table: Table, *, adding: Collection[str] = ()) -> Mapping[str, Executable]:
    """By database, an insert that merges with the row already there: columns named in ``adding`` are added to it,
    the others of the row replaced. Rows are handed over as the second argument of ``execute``."""
    return {
        "sqlite": _merged(sqlite.insert(table), table, adding),
        "postgresql": _merged(postgresql.insert(table), table, adding),
    }


def _merged(
    statement: sqlite.Insert | postgresql.Insert, table: Table, adding: Collection[str]
) -> Executable:
    key = [column.name for column in table.primary_key]
    excluded: ReadOnlyColumnCollection[str, Any] = statement.excluded
    changed = {
        name: table.c[name] + excluded[name] if name in adding else excluded[name]
        for name in table.c.keys()  # noqa: SIM118 - a collection of columns is not a mapping
        if name not in key
    }
    return statement.on_conflict_do_update(index_elements=key, set_=changed)


class Prepared:
    """A statement of the tables, compiled once for each kind of database and handed to its driver as it is.

    On the way every voucher goes, preparing a statement anew costs more than what the database does with it. Values
    are given by the names of the statement's parameters (an insert's are its columns); rows come back with the names
    of their columns, in the types they were declared with.
    """

    def __init__(self, statement: Executable, *, planned_anew: bool = False) -> None:
        self._statement = statement
        self._planned_anew = planned_anew
        self._compiled: dict[str, _Compiled] = {}

    def write(self, db: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it for each of these rows, one after the other."""
        if rows:
            self._for(db).write(db, rows)

    def asking(self, **values: object) -> "Question":
        """The same question as ``rows(db, **values)``, to be asked ``ahead``."""
        return Question(self, values)

    def ask(self, db: Connection, values: Mapping[str, object], waiting: "dict[_Asked, Any]") -> None:
        """Ask in a pipeline, unless it is already asked; the answer waits with the others."""
        compiled = self._for(db)
        asked = compiled.asked(values)
        if asked not in waiting:
            waiting[asked] = compiled.send(db, values)

    def rows(self, db: Connection, **values: object) -> list[Any]:
        """The rows it finds."""
        return self._for(db).read(db, values)

    def first(self, db: Connection, **values: object) -> Any | None:
        """The first row it finds."""
        found = self._for(db).read(db, values)
        return found[0] if found else None

    def _for(self, db: Connection) -> "_Compiled":
        name = db.dialect.name
        compiled = self._compiled.get(name)
        if compiled is None:
            compiled = self._compiled[name] = _Compiled(
                self._statement, db.dialect, planned_anew=self._planned_anew
            )
        return compiled


class PreparedAmong:
    """A question about any of a number of keys, prepared for 1, 2, 4, 8 … of them: shorter lists are filled up with
    their last key. ``ask`` makes the question of the parameters that stand for the keys."""

    _MOST = 1024

    def __init__(self, ask: Callable[[Sequence[BindParameter[Any]]], Executable]) -> None:
        self._ask = ask
        self._prepared: dict[int, Prepared] = {}

    def rows(self, db: Connection, keys: Sequence[object], **values: object) -> list[Any]:
        """The rows it finds for these keys."""
        found: list[Any] = []
        for size, some in self._portions(keys):
            found += self._of(size).rows(db, **values, **dict(zip(_names(size), some, strict=True)))
        return found

    def asking(self, keys: Sequence[object], **values: object) -> "list[Question]":
        """The same questions as ``rows(db, keys, **values)`` asks, to be asked ``ahead``."""
        return [
            self._of(size).asking(**values, **dict(zip(_names(size), some, strict=True)))
            for size, some in self._portions(keys)
        ]

    def _portions(self, keys: Sequence[object]) -> Iterator[tuple[int, list[object]]]:
        for start in range(0, len(keys), self._MOST):
            some = list(keys[start : start + self._MOST])
            size = 1 << (len(some) - 1).bit_length()
            yield size, some + some[-1:] * (size - len(some))

    def _of(self, size: int) -> Prepared:
        prepared = self._prepared.get(size)
        if prepared is None:
            parameters: list[BindParameter[Any]] = [bindparam(name) for name in _names(size)]
            prepared = self._prepared[size] = Prepared(self._ask(parameters))
        return prepared


def read_back(row: Any, column: Column[Any], of: type[T] | msgspec.json.Decoder[T]) -> T:
    """What the text of ours in a row's column says. One that cannot be read was changed behind the service: it is refused, the row
    named by its table and key, instead of the service failing."""
    said = getattr(row, column.name)
    try:
        if isinstance(of, msgspec.json.Decoder):
            return of.decode(said)
        return msgspec.json.decode(said, type=of)
    except msgspec.MsgspecError as error:
        table = column.table
        key = " ".join(str(getattr(row, one.name)) for one in table.primary_key if hasattr(row, one.name))
        problem = row_must_be_readable.at(f"/{table.name}", table=table.name, key=key)
        raise Unreadable(problem, reason=error) from error


def of_books(column: ColumnElement[str], books: "str | Select[str]") -> ColumnElement[bool]:
    """Rows of one book, or of all the books a question names: one statement, however many they are."""
    return column == books if isinstance(books, str) else column.in_(books)


def portions(wanted: Sequence[T]) -> Iterator[Sequence[T]]:
    """``wanted`` in portions that one statement can name: SQLite takes 32 766 parameters."""
    for start in range(0, len(wanted), _MOST_NAMED):
        yield wanted[start : start + _MOST_NAMED]


_MOST_NAMED = 10_000


class PreparedRows:
    """Writing rows of a table, many at once. The embedded database is handed row after row. A server gets them as one
    statement over a JSON array: it is read faster than as many statements, and written faster than as many parameters.

    ``adding_rows``, ``merging_rows`` and ``changing_rows`` make one. No two rows handed in together may have the same
    key: a server refuses to merge them, and would change a row only once.
    """

    _AT_ONCE = 4096

    def __init__(self, by_row: Executable, all_at_once: Executable, *, planned_anew: bool = False) -> None:
        self._by_row, self._all_at_once = Prepared(by_row), Prepared(all_at_once, planned_anew=planned_anew)

    def write(self, db: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Write these rows."""
        if db.dialect.name == "sqlite":
            self._by_row.write(db, rows)
            return
        for start in range(0, len(rows), self._AT_ONCE):
            as_text = _as_json(rows[start : start + self._AT_ONCE]).decode()
            self._all_at_once.write(db, [{_ROWS: as_text}])


_as_json = msgspec.json.Encoder().encode
_ROWS = "given_rows"


def adding_rows(table: Table) -> PreparedRows:
    """New rows; the names of a row's values are the table's columns, all of them."""
    given = _given(table, table.c.keys())
    return PreparedRows(insert(table), insert(table).from_select(table.c.keys(), select(*given.c)))


def merging_rows(table: Table, *, adding: Collection[str] = ()) -> PreparedRows:
    """Rows that merge with those already there, as ``merging`` says."""
    given = _given(table, table.c.keys())
    at_once = postgresql.insert(table).from_select(table.c.keys(), select(*given.c))
    return PreparedRows(merging(table, adding=adding)["sqlite"], _merged(at_once, table, adding))


def changing_rows(
    table: Table, names: Collection[str], *, to: Mapping[str, object] | None = None
) -> PreparedRows:
    """Changes of rows found by their key: these columns to what each row says, and those of ``to`` to the same for all.
    The names of a row's values are the columns' with ``b_`` before them, for a change has both."""
    key, same = [column.name for column in table.primary_key], dict(to or {})
    given = _given(table, [*key, *names], before="b_")
    by_row = update(table).values({name: bindparam(f"b_{name}") for name in names} | same)
    at_once = update(table).values({name: given.c[f"b_{name}"] for name in names} | same)
    for name in key:
        by_row = by_row.where(table.c[name] == bindparam(f"b_{name}"))
        at_once = at_once.where(table.c[name] == given.c[f"b_{name}"])
    # How to find the rows depends on how many the table has by now, and tables grow faster than plans are forgotten.
    return PreparedRows(by_row, at_once, planned_anew=True)


def _given(table: Table, names: Collection[str], *, before: str = "") -> TableValuedAlias:
    """The rows handed to a server, as a table of these columns."""
    assert not any(isinstance(table.c[name].type, LargeBinary) for name in names), "JSON has no bytes"
    columns = [column(f"{before}{name}", table.c[name].type) for name in names]
    rows = func.json_to_recordset(cast(bindparam(_ROWS, type_=Text()), postgresql.JSON()))
    return rows.table_valued(*columns, name="given").render_derived(with_types=True)


class Question(NamedTuple):
    """What a prepared question is asked about."""

    prepared: Prepared
    values: Mapping[str, object]


@contextmanager
def pipelined(db: Connection) -> Iterator[None]:
    """Within it a server is sent prepared statements without waiting for what it says to the one before: a batch is
    written in one journey. What it refuses is raised at the next answer that is waited for, at the end of the block at the
    latest, and undoes as much as any refusal. Only prepared statements may be used within; on the embedded
    database, whose answers need no journey, nothing changes."""
    if db.dialect.name == "sqlite" or _AHEAD in db.info:
        yield
        return
    if not db.in_transaction():
        db.begin()
    asked = db.info[_AHEAD] = {}
    driver: Any = db.connection.dbapi_connection
    failing = db.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except failing as error:
        raise DBAPIError.instance("", None, error, failing, dialect=db.dialect) from error
    finally:
        del db.info[_AHEAD]
        for cursor in asked.values():
            cursor.close()


def pipelining(act: Callable[Concatenate[Connection, P], T]) -> Callable[Concatenate[Connection, P], T]:
    """An act that is ``pipelined`` as a whole."""

    @wraps(act)
    def pipelined_act(db: Connection, /, *args: P.args, **options: P.kwargs) -> T:
        with pipelined(db):
            return act(db, *args, **options)

    return pipelined_act


def ahead(db: Connection, questions: Iterable[Question]) -> None:
    """Ask these questions now, one behind the other in one journey to the server, for whoever asks the same later in
    the same ``pipelined`` block: he is answered as of now. So they are about what nobody else changes meanwhile (the first
    of them locks it) and what is not changed in between. The embedded database is asked when its turn comes."""
    waiting: dict[_Asked, Any] | None = db.info.get(_AHEAD)
    if waiting is not None:
        for question in questions:
            question.prepared.ask(db, question.values, waiting)


_AHEAD = "ledger.ahead"
_Asked = tuple[int, tuple[object, ...]]
"""Which statement, and with what values."""


@cache
def _names(size: int) -> tuple[str, ...]:
    return tuple(f"key_{index}" for index in range(size))


class _Compiled:
    """A statement in one database's words: what is bound in which order, and what comes back."""

    def __init__(self, statement: Executable, dialect: Dialect, *, planned_anew: bool) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._sql = str(compiled)
        self._how: Mapping[str, Any] = {"prepare": False} if planned_anew and dialect.name != "sqlite" else {}
        self._dialect = dialect
        self._error: type[Exception] = dialect.loaded_dbapi.Error
        binds: Mapping[str, BindParameter[Any]] = compiled.binds
        self._order: tuple[str, ...] | None = tuple(compiled.positiontup) if compiled.positional else None
        self._given = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._bound = [
            (name, change)
            for name, bind in binds.items()
            if (change := bind.type.dialect_impl(dialect).bind_processor(dialect)) is not None
        ]
        columns = list(getattr(statement, "selected_columns", ()))
        self._row: Any = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024
        self._found = [
            (index, change)
            for index, column in enumerate(columns)
            if (change := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]

    def write(self, db: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it for each of these rows."""
        try:
            with closing(self._open(db)) as cursor:
                if len(rows) == 1:
                    cursor.execute(self._sql, self._parameters(rows[0]), **self._how)
                else:
                    cursor.executemany(self._sql, list(map(self._parameters, rows)))
        except self._error as error:
            raise self._refused(error) from error

    def asked(self, values: Mapping[str, object]) -> _Asked:
        """What tells this question from every other."""
        return id(self), tuple(values.values())

    def send(self, db: Connection, values: Mapping[str, object]) -> Any:
        """Ask; a cursor that will have the rows."""
        try:
            cursor = self._open(db)
            cursor.execute(self._sql, self._parameters(values))
        except self._error as error:
            raise self._refused(error) from error
        return cursor

    def read(self, db: Connection, values: Mapping[str, object]) -> list[Any]:
        """The rows it finds, with the names and types of their columns."""
        waiting: dict[_Asked, Any] | None = db.info.get(_AHEAD) if self._order is None else None
        cursor = waiting.pop(self.asked(values), None) if waiting else None
        if cursor is None:
            cursor = self.send(db, values)
        try:
            rows = cursor.fetchall()
        except self._error as error:
            raise self._refused(error) from error
        finally:
            cursor.close()
        if self._found:
            rows = [list(row) for row in rows]
            for row in rows:
                for index, change in self._found:
                    row[index] = change(row[index])
        return list(map(self._row._make, rows))

    def _parameters(self, row: Mapping[str, object]) -> Any:
        if self._given or self._bound:
            changed = {**self._given, **row}
            for name, change in self._bound:
                changed[name] = change(changed[name])
            row = changed
        return row if self._order is None else tuple([row[name] for name in self._order])

    def _open(self, db: Connection) -> Any:
        """A cursor of the driver in the connection's transaction."""
        if not db.in_transaction():
            db.begin()
        return db.connection.cursor()

    def _refused(self, error: Exception) -> Exception:
        """What the driver refuses, as the error SQLAlchemy makes of it."""
        return DBAPIError.instance(self._sql, None, error, self._error, dialect=self._dialect)
