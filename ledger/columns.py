"""Column types every table of the house shares, and how SQLite spells them.

SQLite's STRICT tables refuse a text in a number column, so a row changed behind the service's back cannot
even be mistyped; STRICT knows only INTEGER, TEXT and BLOB, so the names of the other types are mapped here.
Instants are kept as RFC 3339 text in UTC: the hash chain covers them, and text comes back as it went in.
"""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Executable,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.sqlite import DATE as SQLITE_DATE
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
