"""Column types every table of the house shares, and how SQLite spells them.

SQLite's STRICT tables refuse a text in a number column, so a row changed behind the service's back cannot
even be mistyped; STRICT knows only INTEGER, TEXT and BLOB, so the names of the other types are mapped here.
Statements on the way of every voucher are compiled once (``Prepared``).
Instants are kept as RFC 3339 text in UTC: the hash chain covers them, and text comes back as it went in.
"""

from collections import namedtuple
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Connection,
    Date,
    Dialect,
    Executable,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
    bindparam,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import DATE as SQLITE_DATE
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import Field, SQLModel


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


def table_of(row: type[SQLModel]) -> Table:
    """The Core table of a row class; statements are built from it, never from an ORM session."""
    table: Table = row.__table__  # type: ignore[attr-defined]
    return table


def merging(table: Table, *, adding: Collection[str] = ()) -> Mapping[str, Executable]:
    """By database, an insert that merges with the row already there: columns named in ``adding`` are added to it,
    the others of the row replaced. Rows are handed over as the second argument of ``execute``."""
    key = [column.name for column in table.primary_key]
    others = [column.name for column in table.c if column.name not in key]

    def changed(excluded: ReadOnlyColumnCollection[str, Any]) -> dict[str, Any]:
        return {name: table.c[name] + excluded[name] if name in adding else excluded[name] for name in others}

    in_file, on_server = sqlite.insert(table), postgresql.insert(table)
    return {
        "sqlite": in_file.on_conflict_do_update(index_elements=key, set_=changed(in_file.excluded)),
        "postgresql": on_server.on_conflict_do_update(index_elements=key, set_=changed(on_server.excluded)),
    }


class Prepared:
    """A statement of the tables, compiled once for each kind of database and handed to its driver as it is.

    On the way every voucher goes, preparing a statement anew costs more than what the database does with it. Values
    are given by the names of the statement's parameters (an insert's are its columns); rows come back with the names
    of their columns, in the types they were declared with.
    """

    def __init__(self, statement: Executable | Mapping[str, Executable]) -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def write(self, db: Connection, rows: Sequence[Mapping[str, object]]) -> None:
        """Run it for each of these rows."""
        if rows:
            self._for(db).write(db, rows)

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
            statement = self._statement[name] if isinstance(self._statement, Mapping) else self._statement
            compiled = self._compiled[name] = _Compiled(statement, db.dialect)
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
        for start in range(0, len(keys), self._MOST):
            some = list(keys[start : start + self._MOST])
            size = 1 << (len(some) - 1).bit_length()
            some += some[-1:] * (size - len(some))
            found += self._of(size).rows(db, **values, **dict(zip(_names(size), some, strict=True)))
        return found

    def _of(self, size: int) -> Prepared:
        prepared = self._prepared.get(size)
        if prepared is None:
            parameters: list[BindParameter[Any]] = [bindparam(name) for name in _names(size)]
            prepared = self._prepared[size] = Prepared(self._ask(parameters))
        return prepared


@cache
def _names(size: int) -> tuple[str, ...]:
    return tuple(f"key_{index}" for index in range(size))


class _Compiled:
    """A statement in one database's words: what is bound in which order, and what comes back."""

    def __init__(self, statement: Executable, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)  # type: ignore[attr-defined]
        self._sql = str(compiled)
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
        with self._cursor(db) as cursor:
            if len(rows) == 1:
                cursor.execute(self._sql, self._parameters(rows[0]))
            else:
                cursor.executemany(self._sql, list(map(self._parameters, rows)))

    def read(self, db: Connection, values: Mapping[str, object]) -> list[Any]:
        """The rows it finds, with the names and types of their columns."""
        with self._cursor(db) as cursor:
            cursor.execute(self._sql, self._parameters(values))
            rows = cursor.fetchall()
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

    @contextmanager
    def _cursor(self, db: Connection) -> Iterator[Any]:
        """A cursor of the driver in the connection's transaction; what the driver refuses comes as the error SQLAlchemy
        makes of it."""
        if not db.in_transaction():
            db.begin()
        cursor = db.connection.cursor()
        try:
            yield cursor
        except self._error as error:
            raise DBAPIError.instance(self._sql, None, error, self._error, dialect=self._dialect) from error
        finally:
            cursor.close()
