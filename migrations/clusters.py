"""How the tables are spread over a Citus cluster: every table of a book by its book, the rest whole on every node.

Citus and PostgreSQL's own hash partitions ask the same of a table: its primary key, its unique constraints and its
foreign keys between tables of a book hold the book's id. So where no cluster is at hand, building the whole schema
with hash partitions by book, in a transaction that is undone, proves the keys. What it cannot prove is the cluster.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, Table, UniqueConstraint

from migrations import metadata, triggers
from schemas.clusters import Spread

BOOK = "book_id"
PARTITIONS = 4
_SCHEMA = "lianjian_spread"
_FIRST = "chain_head"
"""The table the others are put beside: each book's rows lie on one node."""


def is_of_a_book(table: Table) -> bool:
    """Whether the rows of a table belong to one book: its key begins with the book's id."""
    return next(iter(table.primary_key.columns)).name == BOOK


def keys_without_the_book(known: MetaData) -> tuple[tuple[str, str], ...]:
    """The table and name of every unique constraint, unique index and foreign key of a book's table that does not hold
    the book's id, and of every foreign key from a whole table to one: they would tie rows of different nodes together.
    """
    return tuple(
        (table.name, str(name))
        for table in known.sorted_tables
        for name in (*(_not_of_one_book(table) if is_of_a_book(table) else ()), *_across(table))
    )


def _not_of_one_book(table: Table) -> Iterator[object]:
    unique = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    yield from (one.name for one in unique if BOOK not in one.columns)
    yield from (one.name for one in table.indexes if one.unique and BOOK not in one.columns)


def _across(table: Table) -> Iterator[object]:
    for key in table.foreign_key_constraints:
        holds = any(one.parent.name == BOOK and one.column.name == BOOK for one in key.elements)
        if is_of_a_book(key.referred_table) and not (is_of_a_book(table) and holds):
            yield key.name


def spread(db: Connection) -> Spread:
    """Spread the tables over the cluster, where this PostgreSQL database has Citus; elsewhere prove the keys and change
    nothing. The caller commits."""
    known = metadata()
    has_citus = db.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'citus'").first() is not None
    by_book = tuple(str(table.name) for table in known.sorted_tables if is_of_a_book(table))
    everywhere = tuple(str(table.name) for table in known.sorted_tables if not is_of_a_book(table))
    if has_citus:
        _distribute(db, by_book=by_book, everywhere=everywhere)
    else:
        _prove(db, known)
    return Spread(
        by_book=by_book,
        everywhere=everywhere,
        on_cluster=has_citus,
        partitions=0 if has_citus else PARTITIONS,
    )


def _distribute(db: Connection, *, by_book: tuple[str, ...], everywhere: tuple[str, ...]) -> None:
    """Each table once. The triggers look at rows of their own book and at whole tables only, both on the same node."""
    rows = db.exec_driver_sql("SELECT logicalrelid::regclass::text FROM pg_dist_partition")
    done = {name.strip('"') for (name,) in rows}
    db.exec_driver_sql("SET LOCAL citus.enable_unsafe_triggers TO on")
    db.exec_driver_sql("SET LOCAL citus.multi_shard_modify_mode TO 'sequential'")
    for name in everywhere:
        if name not in done:
            db.exec_driver_sql(f"SELECT create_reference_table('\"{name}\"')")
    ordered = (_FIRST, *(name for name in by_book if name != _FIRST))
    for name in ordered:
        if name not in done:
            beside = f", colocate_with := '{_FIRST}'" if name != _FIRST else ""
            db.exec_driver_sql(f"SELECT create_distributed_table('\"{name}\"', '{BOOK}'{beside})")


def _prove(db: Connection, known: MetaData) -> None:
    """Build everything once more with hash partitions by book, in a schema of its own, and undo it."""
    partitioned = MetaData(schema=_SCHEMA)
    for table in known.sorted_tables:
        copy = table.to_metadata(partitioned, schema=_SCHEMA, referred_schema_fn=lambda *_: _SCHEMA)
        if is_of_a_book(table):
            copy.dialect_options["postgresql"]["partition_by"] = f"HASH ({BOOK})"
    attempt = db.begin_nested()
    try:
        db.exec_driver_sql(f'CREATE SCHEMA "{_SCHEMA}"')
        partitioned.create_all(db)
        db.exec_driver_sql(f'SET LOCAL search_path TO "{_SCHEMA}"')
        for statement in triggers("postgresql"):
            db.exec_driver_sql(statement)
        for table in known.sorted_tables:
            for part in range(PARTITIONS) if is_of_a_book(table) else ():
                db.exec_driver_sql(
                    f'CREATE TABLE "{table.name}_{part}" PARTITION OF "{table.name}" '
                    f"FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {part})"
                )
    finally:
        attempt.rollback()
