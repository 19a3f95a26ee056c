"""A consistent copy of a running service in one file, and the way back into an empty place.

The file is a zip: the database as it stood at one moment (always as an SQLite file, whichever database the service
runs on), every scan that moment knew, and a manifest with their digests. The database is copied first: evidence is
written before the row that names it and never removed, so every scan the copy knows is there. Keys of identity
data are outside, on purpose: without them the restored identities stay unreadable, and the restore says so.
"""

import sqlite3
import tempfile
import zipfile
from collections.abc import Container, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from hashlib import file_digest
from itertools import chain
from pathlib import Path

import msgspec
from sqlalchemy import Connection, Engine, MetaData, Table, create_engine, inspect, select, text
from sqlalchemy.pool import NullPool

import migrations
from ledger import triggers
from ledger.log.actions import instant
from schemas.backups import Manifest
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from web.database import sqlite_file
from web.evidence_store import EvidenceDamaged, EvidenceStore

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
)


def back_up(
    engine: Engine, evidence: EvidenceStore, file: Path, *, at: datetime
) -> tuple[Manifest, tuple[Problem, ...]]:
    """Write a backup of the service to ``file``, whole or not at all. Scans that are missing or damaged are named
    in the problems and left out; everything else is in it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        database = Path(folder) / _DATABASE
        _copy_database(engine, database)
        with _sqlite(database) as copied, copied.connect() as db:
            books, digests, keys = _contents(db)
            revision = migrations.revision_of(db) or ""
        problems, kept = [], []
        whole = Path(folder) / "whole.zip"
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(database, _DATABASE)
            for digest in digests:
                try:
                    packed.writestr(_EVIDENCE + digest, evidence.read(digest), zipfile.ZIP_STORED)
                    kept.append(digest)
                except (FileNotFoundError, EvidenceDamaged):
                    problems.append(evidence_must_be_there.at(f"/evidence/{digest}", digest=digest))
            manifest = Manifest(
                format=FORMAT,
                made_at=instant(at),
                revision=revision,
                database=_digest(database),
                books=books,
                evidence=tuple(kept),
                keys=keys,
            )
            packed.writestr(_MANIFEST, msgspec.json.encode(manifest))
        whole.chmod(0o600)
        whole.replace(file)
    return manifest, tuple(problems)


def restore(
    file: Path, engine: Engine, evidence: EvidenceStore, *, keys_here: Container[str]
) -> tuple[Manifest, tuple[Problem, ...]]:
    """Bring a backup back into an empty database and an empty evidence store, then up to the newest revision.

    Refused when the place is not empty or the file is not whole. The problems say which keys are missing.
    """
    _refuse_full_place(engine, evidence)
    try:
        packed = zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise Refusal(file_must_be_a_backup.at("/file", file=file.name, reason=error)) from error
    with packed, tempfile.TemporaryDirectory(prefix=".restore-") as folder:
        manifest = _manifest(packed, file)
        database = Path(packed.extract(_DATABASE, folder))
        if _digest(database) != manifest.database:
            raise Refusal(backup_must_be_whole.at("/file", part=_DATABASE))
        for digest in manifest.evidence:
            if evidence.put(packed.read(_EVIDENCE + digest)) != digest:
                raise Refusal(backup_must_be_whole.at("/file", part=_EVIDENCE + digest))
        if engine.dialect.name == "sqlite":
            _put_file(database, engine)
        else:
            _load(database, engine, revision=manifest.revision)
        with engine.begin() as db:
            migrations.migrate(db)
    missing = [key for key in manifest.keys if key not in keys_here]
    return manifest, tuple(key_must_be_there.at("/key", key=key) for key in missing)


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
        for statement in triggers.statements("sqlite"):
            target_db.exec_driver_sql(statement)


def _load(database: Path, engine: Engine, *, revision: str) -> None:
    """The rows of the copy into an empty PostgreSQL database at the copy's own revision. The triggers that keep what
    is posted would refuse to take it in, so they rest for this one transaction."""
    with _sqlite(database) as copied, copied.connect() as source_db, engine.begin() as target_db:
        migrations.migrate(target_db, to=revision)
        tables = MetaData()
        tables.reflect(target_db)
        for table in tables.sorted_tables:
            target_db.execute(text(f'ALTER TABLE "{table.name}" DISABLE TRIGGER USER'))
        _copy_rows(source_db, target_db, tables)
        for table in tables.sorted_tables:
            target_db.execute(text(f'ALTER TABLE "{table.name}" ENABLE TRIGGER USER'))


def _copy_rows(source: Connection, target: Connection, tables: MetaData) -> None:
    for table in tables.sorted_tables:
        if table.name == "alembic_version":
            continue
        rows = source.execution_options(yield_per=_ROWS_AT_ONCE).execute(
            select(table).order_by(*table.primary_key.columns)
        )
        for part in rows.mappings().partitions(_ROWS_AT_ONCE):
            target.execute(table.insert(), [dict(row) for row in part])


def _contents(db: Connection) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The books, the digests of the evidence and the ids of the keys a copy of the database knows."""
    known = MetaData()
    known.reflect(db)

    def column(table: str, name: str) -> tuple[str, ...]:
        found: Table = known.tables[table]
        rows = db.execute(select(found.c[name]).where(found.c[name].is_not(None)).distinct())
        return tuple(sorted(str(value) for value in rows.scalars()))

    sealed = (table.name for table in known.sorted_tables if "key_id" in table.c)
    keys = sorted(set(chain.from_iterable(column(table, "key_id") for table in sealed)))
    return column("book", "book_id"), column("evidence", "sha256"), tuple(keys)


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
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(place)) as target:
        source.backup(target)


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
