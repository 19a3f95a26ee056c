"""A consistent copy of a running service in one file, and the way back into an empty place.

The file is a zip: the database as it stood at one moment (always as an SQLite file, whichever database the service
runs on), every scan that moment knew, and a manifest with their digests. The database is copied first: evidence is
written before the row that names it and never removed, so every scan the copy knows is there. Keys of identity
data are outside, on purpose: without them the restored identities stay unreadable, and the restore says so.
"""

import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Container, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, inspect, select
from sqlalchemy.pool import NullPool

import migrations
from ledger.log.actions import instant
from schemas.backups import Head, Made, Manifest, Restored
from schemas.problems import Fault, Problem, Refusal, RefusalKind, Severity
from web.database import prepare, sqlite_file
from web.evidence_store import EvidenceStore

T = TypeVar("T")
FORMAT = 1
_DATABASE, _MANIFEST, _EVIDENCE = "books.sqlite", "manifest.json", "evidence/"
_ROWS_AT_ONCE = 2_000

place_must_be_empty = Fault(
    code="place_must_be_empty",
    says="{place} already holds books.",
    remedy="Restore into an empty place: another LIANJIAN_HOME, or an empty database.",
)
file_must_be_a_backup = Fault(
    code="file_must_be_a_backup",
    says="{file} is not a backup of this service: {reason}.",
    remedy="Choose a file that the backup command wrote.",
)
backup_must_be_whole = Fault(
    code="backup_must_be_whole",
    says="{part} in the backup is not what was backed up.",
    remedy="The file was damaged; use another backup.",
)
evidence_must_be_there = Fault(
    code="evidence_must_be_there",
    says="The scan {digest} is missing or damaged and is not in the backup.",
    remedy="Find the paper and compare; the check names its voucher.",
)
key_must_be_there = Fault(
    code="key_must_be_there",
    says="The key {key} is not here: identity numbers, accounts and telephone numbers sealed with it stay unreadable.",
    remedy="Put the key file where LIANJIAN_KEY_FILE points; it is kept apart from backups.",
    severity=Severity.WARNING,
)


def back_up(engine: Engine, evidence: EvidenceStore, file: Path, *, at: datetime) -> Made:
    """Write a backup of the service to ``file``, whole or not at all. Scans that are missing or damaged are named
    in the problems and left out; everything else is in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        database = Path(folder) / _DATABASE
        _copy_database(engine, database)
        with _sqlite(database) as copied, copied.connect() as db:
            contents = _contents(db, database=_digest(database), at=at)
        problems: list[Problem] = []
        kept: list[str] = []
        whole = Path(folder) / "whole.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(database, _DATABASE)
            for digest in contents.evidence:
                scan = evidence.whole(digest)
                if scan is None:
                    problems.append(evidence_must_be_there.at(f"/evidence/{digest}", digest=digest))
                    continue
                packed.writestr(_EVIDENCE + digest, scan, zipfile.ZIP_STORED)
                kept.append(digest)
            manifest = msgspec.structs.replace(contents, evidence=tuple(kept))
            packed.writestr(_MANIFEST, msgspec.json.encode(manifest))
        whole.chmod(0o600)
        digest = _digest(whole)
        whole.replace(file)
    return Made(manifest=manifest, digest=digest, problems=tuple(problems))


def restore(file: Path, engine: Engine, evidence: EvidenceStore, *, keys_here: Container[str]) -> Restored:
    """Bring a backup back into an empty database and an empty evidence store, then up to the newest revision.

    Refused when the place is not empty or anything in the file is not what was backed up; then nothing is written.
    The problems say which keys are missing.
    """
    _refuse_full_place(engine, evidence)
    try:
        packed = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise Refusal(file_must_be_a_backup.at("/file", file=file.name, reason=error)) from error
    with packed, tempfile.TemporaryDirectory(prefix=".restore-") as folder:
        manifest = _manifest(packed, file)
        database = _whole_database(packed, manifest, Path(folder))
        for digest in manifest.evidence:
            _whole_scan(packed, digest)
        try:
            for digest in manifest.evidence:
                evidence.put(_whole_scan(packed, digest))
            if engine.dialect.name == "sqlite":
                _put_file(database, engine)
            else:
                _load(database, engine, revision=manifest.revision)
        except BaseException:
            shutil.rmtree(evidence.folder, ignore_errors=True)  # it was empty: the place is as it was found
            raise
    prepare(engine)
    missing = tuple(key for key in manifest.keys if key not in keys_here)
    return Restored(
        manifest=manifest, problems=tuple(key_must_be_there.at("/key", key=key) for key in missing)
    )


def _whole_database(packed: zipfile.ZipFile, manifest: Manifest, folder: Path) -> Path:
    database = Path(_taken(packed, _DATABASE, lambda: packed.extract(_DATABASE, folder)))
    if _digest(database) != manifest.database:
        raise Refusal(backup_must_be_whole.at("/file", part=_DATABASE))
    return database


def _whole_scan(packed: zipfile.ZipFile, digest: str) -> bytes:
    content = _taken(packed, _EVIDENCE + digest, lambda: packed.read(_EVIDENCE + digest))
    if sha256(content).hexdigest() != digest:
        raise Refusal(backup_must_be_whole.at("/file", part=_EVIDENCE + digest))
    return content


def _taken(packed: zipfile.ZipFile, part: str, take: Callable[[], T]) -> T:
    assert packed.fp is not None, "the backup is open"
    try:
        return take()
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise Refusal(backup_must_be_whole.at("/file", part=part)) from error


def _copy_database(engine: Engine, to: Path) -> None:
    """The database as of one moment as an SQLite file, while others go on writing."""
    if engine.dialect.name == "sqlite":
        source = sqlite3.connect(f"file:{sqlite_file(str(engine.url))}?mode=ro", uri=True)
        with closing(source), closing(sqlite3.connect(to)) as target:
            source.backup(target)
        return
    with _sqlite(to) as copied, engine.connect() as source_db, copied.begin() as target_db:
        tables = MetaData()
        tables.reflect(source_db)
        migrations.metadata().create_all(target_db)
        migrations.stamp(target_db, migrations.revision_of(source_db))
        _copy_rows(source_db, target_db, tables)
        for statement in migrations.triggers("sqlite"):
            target_db.exec_driver_sql(statement)


def _load(database: Path, engine: Engine, *, revision: str) -> None:
    """The rows of the copy into an empty PostgreSQL database at the copy's own revision. The triggers that keep what
    is posted would refuse to take it in, so they rest for this one transaction."""
    with _sqlite(database) as copied, copied.connect() as source_db, engine.begin() as target_db:
        migrations.migrate(target_db, to=revision)
        tables = MetaData()
        tables.reflect(target_db)
        for table in tables.sorted_tables:
            target_db.exec_driver_sql(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER')
        _copy_rows(source_db, target_db, tables)
        for table in tables.sorted_tables:
            target_db.exec_driver_sql(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER')


def _copy_rows(source: Connection, target: Connection, tables: MetaData) -> None:
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        rows = source.execution_options(yield_per=_ROWS_AT_ONCE).execute(
            select(table).order_by(*table.primary_key.columns)
        )
        for part in rows.mappings().partitions(_ROWS_AT_ONCE):
            target.execute(table.insert(), [dict(row) for row in part])


def _contents(db: Connection, *, database: str, at: datetime) -> Manifest:
    """What a copy of the database holds."""
    known = MetaData()
    known.reflect(db)

    def column(table: str, name: str) -> tuple[str, ...]:
        found: Table = known.tables[table]
        return tuple(sorted(db.execute(select(found.c[name]).distinct()).scalars()))

    head: Table = known.tables["chain_head"]
    return Manifest(
        format=FORMAT,
        made_at=instant(at),
        revision=migrations.revision_of(db) or "",
        database=database,
        books=column("book", "book_id"),
        evidence=column("evidence", "sha256"),
        keys=column("vault_key", "key_id"),
        heads={
            row.book_id: Head(length=row.length, hash=row.hash)
            for row in db.execute(select(head).order_by(head.c.book_id))
        },
    )


def _refuse_full_place(engine: Engine, evidence: EvidenceStore) -> None:
    if engine.dialect.name == "sqlite":
        file = sqlite_file(str(engine.url))
        full = file.exists() and file.stat().st_size > 0
    else:
        with engine.connect() as db:
            full = bool(inspect(db).get_table_names())
    if full or next(evidence.digests(), None) is not None:
        place = evidence.folder.parent if full is False else engine.url.render_as_string()
        raise Refusal(place_must_be_empty.at("/place", place=place), kind=RefusalKind.STATE)


def _manifest(packed: zipfile.ZipFile, file: Path) -> Manifest:
    try:
        manifest = msgspec.json.decode(packed.read(_MANIFEST), type=Manifest)
    except (KeyError, msgspec.DecodeError) as error:
        raise Refusal(file_must_be_a_backup.at("/file", file=file.name, reason=error)) from error
    if manifest.format != FORMAT:
        reason = f"format {manifest.format}"
        raise Refusal(file_must_be_a_backup.at("/file", file=file.name, reason=reason))
    return manifest


def _put_file(database: Path, engine: Engine) -> None:
    place = sqlite_file(str(engine.url))
    engine.dispose()
    place.parent.mkdir(parents=True, exist_ok=True)
    waiting = place.with_suffix(".restoring")
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(waiting)) as target:
        source.backup(target)
    waiting.replace(place)


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return file_digest(content, "sha256").hexdigest()


@contextmanager
def _sqlite(file: Path) -> Iterator[Engine]:
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool)
    try:
        yield engine
    finally:
        engine.dispose()
