"""A database that was migrated is the one the tables describe: compared by Alembic, then by the database itself.

Alembic's comparison does not see CHECK constraints, STRICT, WITHOUT ROWID or triggers; so the same tables are made a
second time straight from the ``tables`` rooms and the triggers of each floor, and what the two databases say of themselves must be equal.
"""

import ast
import re
from collections.abc import Iterable

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    inspect,
    text,
)

import migrations
from ledger.triggers import append_only
from tests.conftest import Databases
from tests.house.reading import Module, imported, sample
from web.database import writing_engine


def differences(db: Connection, wanted: MetaData) -> list[object]:
    """What Alembic would still have to change so that the database has these tables."""
    context = MigrationContext.configure(
        db, opts={"compare_type": True, "compare_server_default": True, "target_metadata": wanted}
    )
    return list(compare_metadata(context, wanted))


def _parts(statement: str) -> frozenset[str]:
    """A CREATE statement as its parts, whatever their order and blanks."""
    flat = re.sub(r"\s+", " ", statement).replace('"', "").strip()
    head, opening, rest = flat.partition("(")
    body, closing, tail = rest.rpartition(")")
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(body):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and depth == 0:
            parts.append(body[start:place].strip())
            start = place + 1
    options = sorted(option.strip() for option in tail.split(","))
    return frozenset({head.strip(), *parts, body[start:].strip(), f"{opening}{closing} {options}"})


def described(db: Connection) -> dict[str, frozenset[str]]:
    """Every table, index, trigger and function as the database itself describes it."""
    if db.dialect.name == "sqlite":
        rows = db.execute(
            text(
                "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index', 'trigger') AND sql IS NOT NULL"
            )
        )
        return {name: _parts(sql) for name, sql in rows if name != "alembic_version"}
    rows = db.execute(
        text("""
            SELECT c.relname, a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
                   || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
                   || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
              FROM pg_attribute a
              JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
              LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
            UNION ALL
            SELECT conrelid::regclass::text, conname || ' ' || pg_get_constraintdef(oid)
              FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0
            UNION ALL
            SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL
            SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL
            SELECT proname || '()', pg_get_functiondef(oid)
              FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        """)
    )
    found: dict[str, set[str]] = {}
    for name, says in rows:
        found.setdefault(name, set()).add(says)
    return {name: frozenset(says) for name, says in found.items() if name != "alembic_version"}


def test_the_house_has_tables() -> None:
    assert {"book", "voucher", "balance"} <= set(migrations.metadata().tables)


def test_a_migrated_database_is_at_the_newest_revision(db: Connection) -> None:
    assert migrations.revision_of(db) == migrations.newest() is not None


def test_alembic_finds_nothing_left_to_change(db: Connection) -> None:
    assert differences(db, migrations.metadata()) == [], "make a migration: alembic revision --autogenerate"


@pytest.fixture
def unmigrated(databases: Databases, db_kind: str) -> Iterable[Engine]:
    """A database without any table."""
    url = databases.empty(db_kind)
    engine = writing_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


def test_a_migrated_database_describes_itself_as_the_tables_do(db: Connection, unmigrated: Engine) -> None:
    with unmigrated.begin() as fresh:
        migrations.metadata().create_all(fresh)
        for statement in migrations.triggers(fresh.dialect.name):
            fresh.exec_driver_sql(statement)
        wanted = described(fresh)
    migrated = described(db)
    assert set(migrated) == set(wanted)
    assert {name: wanted[name] ^ migrated[name] for name in wanted if wanted[name] != migrated[name]} == {}


def test_migrating_twice_changes_nothing(database: Engine) -> None:
    with database.begin() as db:
        before = described(db)
        migrations.migrate(db)
        assert described(db) == before


def test_a_migration_that_is_rolled_back_leaves_no_trace(unmigrated: Engine) -> None:
    with unmigrated.connect() as db:
        transaction = db.begin()
        migrations.migrate(db)
        assert inspect(db).has_table("voucher")
        transaction.rollback()
    with unmigrated.connect() as db:
        assert inspect(db).get_table_names() == []


def not_frozen(module: Module) -> list[str]:
    """Each import of a migration that could change after its day."""
    return [
        f"{module.name}:{line} imports {name}: spell the tables and triggers out, as they are on this day"
        for name, line in imported(module.tree)
        if name.partition(".")[0] not in {"alembic", "sqlalchemy", "collections", "typing"}
    ]


def test_a_migration_is_a_fact_of_its_day() -> None:
    """Taken from today's tables, an old migration would make tomorrow's columns, and the next one fail on them."""
    versions = (migrations.SCRIPTS / "versions").glob("*.py")
    assert [
        fault for file in versions for fault in not_frozen(Module(file.name, ast.parse(file.read_text())))
    ] == []


@pytest.mark.parametrize(
    "source",
    ["from migrations import metadata", "def upgrade() -> None:\n    from ledger.triggers import statements"],
)
def test_a_migration_that_can_change_is_found(source: str) -> None:
    assert not_frozen(sample("0001", source))


def unnamed(tables: Iterable[Table]) -> list[str]:
    """Each constraint without a name: a later migration could not change it."""
    return [
        f"{table.name}: {type(constraint).__name__} {[c.name for c in getattr(constraint, 'columns', ())]}"
        for table in tables
        for constraint in table.constraints
        if constraint.name is None and not isinstance(constraint, PrimaryKeyConstraint)
    ]


def test_every_constraint_has_a_name() -> None:
    assert unnamed(migrations.metadata().tables.values()) == []


def _sample() -> MetaData:
    sample = MetaData()
    Table(
        "animal",
        sample,
        Column("id", Integer, primary_key=True),
        Column("tag", Text, nullable=False),
        CheckConstraint("id > 0", name="animal_id"),
    )
    return sample


@pytest.mark.parametrize(
    ("change", "seen_by_alembic"),
    [
        ("CREATE TABLE animal (id INTEGER NOT NULL PRIMARY KEY, CONSTRAINT animal_id CHECK (id > 0))", True),
        ("CREATE TABLE animal (id INTEGER NOT NULL PRIMARY KEY, tag TEXT NOT NULL)", False),
        (
            """CREATE TABLE animal (id INTEGER NOT NULL PRIMARY KEY, tag TEXT NOT NULL,
                                    CONSTRAINT animal_id CHECK (id > 1))""",
            False,
        ),
    ],
)
def test_a_difference_is_found(
    unmigrated: Engine, databases: Databases, db_kind: str, change: str, seen_by_alembic: bool
) -> None:
    sample = _sample()
    with unmigrated.begin() as db:
        db.execute(text(change))
        assert bool(differences(db, sample)) is seen_by_alembic
        other = writing_engine(databases.empty(db_kind))
        with other.begin() as fresh:
            sample.create_all(fresh)
            assert described(fresh) != described(db)
        other.dispose()


def test_a_trigger_that_is_missing_is_found(unmigrated: Engine) -> None:
    with unmigrated.begin() as db:
        _sample().create_all(db)
        without = described(db)
        for statement in append_only(db.dialect.name, "animal"):
            db.exec_driver_sql(statement)
        assert set(described(db)) - set(without) >= {"animal_stays", "animal_stays_as_it_is"}


def test_a_constraint_without_a_name_is_found() -> None:
    sample = MetaData()
    table = Table("animal", sample, Column("id", Integer), CheckConstraint("id > 0"))
    assert len(unnamed([table])) == 1


def test_the_parts_of_a_statement_do_not_depend_on_their_order() -> None:
    one = _parts("CREATE TABLE a (x INTEGER, CHECK (x IN (1, 2)), y TEXT) WITHOUT ROWID, STRICT")
    assert one == _parts(
        'CREATE TABLE "a" (\n  y TEXT,\n  CHECK (x IN (1, 2)),\n  x INTEGER\n) STRICT, WITHOUT ROWID'
    )
    assert one != _parts("CREATE TABLE a (x INTEGER, CHECK (x IN (1, 3)), y TEXT) WITHOUT ROWID, STRICT")
    assert one != _parts("CREATE TABLE a (x INTEGER, CHECK (x IN (1, 2)), y TEXT)")
