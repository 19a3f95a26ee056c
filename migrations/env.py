"""Alembic's entry: compares and migrates with the caller's connection, or the one in LIANJIAN_DATABASE_URL."""

import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, Date, create_engine
from sqlalchemy.types import TypeDecorator

from migrations import metadata


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
