"""Alembic's entry: compares and migrates with the caller's connection, or the one in LIANJIAN_DATABASE_URL."""

import os
import re
from collections.abc import Iterable
from pprint import pformat
from typing import Any, Literal

from alembic import context
from alembic.autogenerate import renderers
from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import CreateTableOp, MigrateOperation, MigrationScript
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, Date, create_engine
from sqlalchemy.types import TypeDecorator

from migrations import metadata, triggers


class MakeTriggers(MigrateOperation):
    """The triggers of new tables, spelled out for both databases."""

    def __init__(self, tables: Iterable[str]) -> None:
        self.statements = {dialect: _of(tables, triggers(dialect)) for dialect in ("sqlite", "postgresql")}


def _of(tables: Iterable[str], statements: Iterable[str]) -> tuple[str, ...]:
    """The statements that make triggers on these tables, and the functions those call."""
    on = re.compile(rf"^CREATE TRIGGER .* ON ({'|'.join(map(re.escape, tables))})\b", re.DOTALL)
    statements = tuple(statements)
    made = tuple(statement for statement in statements if on.match(statement))
    called = {name for statement in made for name in re.findall(r"EXECUTE FUNCTION (\w+)", statement)}
    functions = tuple(
        statement
        for statement in statements
        if (function := re.match(r"CREATE FUNCTION (\w+)", statement)) and function[1] in called
    )
    return functions + made


@renderers.dispatch_for(MakeTriggers)
def _written_triggers(_context: AutogenContext, made: MakeTriggers) -> list[str]:
    return [
        f"triggers: dict[str, tuple[str, ...]] = {pformat(made.statements, width=1000, sort_dicts=False)}",
        "for statement in triggers[op.get_bind().dialect.name]:\n    op.get_bind().exec_driver_sql(statement)",
    ]


def _with_triggers(_context: MigrationContext, _revision: object, directives: list[MigrationScript]) -> None:
    """A new table comes with its triggers; a trigger that changes later is written by hand, and a test asks for it."""
    for script in directives:
        operations = script.upgrade_ops.ops if script.upgrade_ops else []
        tables = [operation.table_name for operation in operations if isinstance(operation, CreateTableOp)]
        made = MakeTriggers(tables)
        if tables and any(made.statements.values()):
            operations.append(made)


def _written(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A migration is a fact of its day: it spells a column's database type, never a class of the house."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return "sa.Date()" if isinstance(item.impl_instance, Date) else f"sa.{item.impl_instance!r}"
    return False


def _run(db: Connection) -> None:
    context.configure(
        connection=db,
        target_metadata=metadata(),
        render_as_batch=db.dialect.name == "sqlite",
        render_item=_written,
        process_revision_directives=_with_triggers,
        compare_server_default=True,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


def _run_by_url() -> None:
    url = os.environ.get("LIANJIAN_DATABASE_URL")
    if not url:
        raise SystemExit("Name the database in LIANJIAN_DATABASE_URL, for example sqlite:///books.sqlite")
    engine = create_engine(url)
    with engine.begin() as db:
        _run(db)
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Migrations look at the database they change: run them against one, without --sql.")
given = context.config.attributes.get("connection")
if given is None:
    _run_by_url()
else:
    _run(given)
