"""Opening the database: one engine that writes, one whose connections can only read, and the migrations.

On SQLite the writer begins IMMEDIATE, so two processes queue for the file instead of failing half way, and money
is durable (``synchronous=FULL``). On PostgreSQL readers see one snapshot per transaction.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection as Connection
from sqlalchemy import Engine as Engine
from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import QueuePool

import migrations
from ledger.log import actions as log
from ledger.log import queries as log_queries
from migrations import clusters
from schemas.clusters import Spread
from schemas.problems import Fault, Refusal, RefusalKind

writer_must_be_alone = Fault(
    code="writer_must_be_alone",
    says="Another process (number {process}) is writing to {file}.",
    remedy="Use the running service, or stop it first.",
)
database_must_be_reached = Fault(
    code="database_must_be_reached",
    says="The database cannot be reached: {reason}.",
    remedy="Look whether it runs, and at LIANJIAN_DATABASE_URL.",
)
database_must_not_be_newer = Fault(
    code="database_must_not_be_newer",
    says="The database is at revision {revision}, which this version does not know.",
    remedy="Use the version that last opened it, or a newer one.",
)
database_must_be_postgresql = Fault(
    code="database_must_be_postgresql",
    says="Only a PostgreSQL database can be spread over a cluster.",
    remedy="Name one in LIANJIAN_DATABASE_URL; backup and restore bring the books there.",
)
key_must_hold_the_book = Fault(
    code="key_must_hold_the_book",
    says="The key {key} of table {table} ties rows of several books together, which lie on different nodes.",
    remedy="Put book_id into the key.",
)
_BUSY_MS = 30_000
_CACHE_KIB = 65_536
_PREPARING = 0x6C69616E
"""The advisory lock of whoever migrates a server database."""


def sqlite_file(url: str) -> Path:
    """The file of an embedded database."""
    return Path(url.removeprefix("sqlite:///"))


def writing_engine(url: str) -> Engine:
    """The engine of the writer: transactions that take the write lock when they begin. A statement that fails is logged
    without its figures and names."""
    if not url.startswith("sqlite"):
        return create_engine(url, pool_size=2, pool_pre_ping=True, hide_parameters=True)
    sqlite_file(url).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=QueuePool, pool_size=1, max_overflow=1, hide_parameters=True)
    _prepare_sqlite(engine, begin="BEGIN IMMEDIATE", read_only=False)
    return engine


def reading_engine(url: str) -> Engine:
    """The engine of the readers: connections that cannot write, each transaction on one snapshot."""
    if not url.startswith("sqlite"):
        return create_engine(
            url,
            pool_size=8,
            max_overflow=24,
            pool_pre_ping=True,
            hide_parameters=True,
            isolation_level="REPEATABLE READ",
            connect_args={"options": "-c default_transaction_read_only=on"},
        )
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_size=8,
        max_overflow=24,
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )
    _prepare_sqlite(engine, begin="BEGIN", read_only=True)
    return engine


def _prepare_sqlite(engine: Engine, *, begin: str, read_only: bool) -> None:
    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA recursive_triggers = ON")  # a REPLACE is a DELETE, and is refused as one
        connection.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if read_only:
            connection.execute("PRAGMA query_only = ON")
        else:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")

    @event.listens_for(engine, "begin")
    def _begin(db: Connection) -> None:
        if (
            read_only
        ):  # never waits and never fails, so it goes straight to the driver: 20 microseconds a request
            db.connection.cursor().execute(begin)
        else:
            db.exec_driver_sql(begin)


def count_rows(db: Connection) -> None:
    """Let the embedded database see how its rows are spread, so that it finds a member's by the member and not by reading
    the book's. A server counts by itself. It is estimated from the first thousand of each kind, in some ten milliseconds;
    connections opened afterwards go by it."""
    if db.dialect.name == "sqlite":
        db.exec_driver_sql("PRAGMA analysis_limit = 1000")
        db.exec_driver_sql("ANALYZE")


def is_newest(engine: Engine) -> bool:
    """Whether the database is there and has its newest revision; refused when nothing answers where it should be, and
    when a newer version of the service has been at it."""
    if engine.dialect.name == "sqlite" and not sqlite_file(str(engine.url)).exists():
        return False
    try:
        with engine.connect() as db:
            revision = migrations.revision_of(db)
    except OperationalError as error:
        reason = str(error.orig).partition("\n")[0]
        raise Refusal(database_must_be_reached.at(reason=reason), kind=RefusalKind.STATE) from error
    if not migrations.knows(revision):
        raise Refusal(database_must_not_be_newer.at(revision=revision), kind=RefusalKind.STATE)
    return revision == migrations.newest()


def prepare(engine: Engine) -> None:
    """Bring the database to its newest revision and begin the house's own chain, once; of several processes that
    want to, one after the other."""
    with engine.begin() as db:
        if db.dialect.name == "postgresql":
            db.execute(text("SELECT pg_advisory_xact_lock(:house)"), {"house": _PREPARING})
        migrations.migrate(db)
        if log_queries.head(db, book=log.HOUSE) is None:
            log.begin_chain(db, book=log.HOUSE)


def answers(engine: Engine) -> bool:
    """Whether the database answers a reader."""
    try:
        with engine.connect() as db:
            log_queries.head(db, book=log.HOUSE)
    except DBAPIError:
        return False
    return True


@contextmanager
def only_writer(url: str) -> Iterator[None]:
    """Hold the right to write to an embedded database; refused while another process holds it.

    A server database has its own locks, so there nothing is held.
    """
    if not url.startswith("sqlite"):
        yield
        return
    file = sqlite_file(url)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = file.with_suffix(".writer")
    with lock.open("a+") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            raise Refusal(
                writer_must_be_alone.at(process=handle.read().strip() or "?", file=file),
                kind=RefusalKind.STATE,
            ) from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def spread(url: str) -> Spread:
    """Spread a server's tables over its cluster by book, or prove that their keys would let them be; refused for another
    database, and for keys that would tie rows of different nodes together."""
    if not url.startswith("postgresql"):
        raise Refusal(database_must_be_postgresql.at(), kind=RefusalKind.STATE)
    if wrong := clusters.keys_without_the_book(migrations.metadata()):
        raise Refusal(*(key_must_hold_the_book.at(table=table, key=key) for table, key in wrong))
    engine = writing_engine(url)
    try:
        with engine.begin() as db:
            return clusters.spread(db)
    finally:
        engine.dispose()
