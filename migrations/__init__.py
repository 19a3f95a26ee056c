"""How a database gets its tables: Alembic, one change a file, forwards only.

``migrate(db)`` is all a caller needs; it works from a clone and from the installed package, because the scripts
are found beside this file. The tables themselves are declared in the ``tables`` rooms; ``metadata()`` gathers them, ``triggers()`` what the
database itself refuses.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from pkgutil import walk_packages

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData
from sqlmodel import SQLModel

SCRIPTS = Path(__file__).parent
FLOORS = ("ledger", "coop", "payouts", "web")


def metadata() -> MetaData:
    """Every table of the house: imports each module named ``tables`` on every floor."""
    for floor in FLOORS:
        package = import_module(floor)
        for module in walk_packages(package.__path__, f"{floor}."):
            if module.name.rpartition(".")[2] == "tables":
                import_module(module.name)
    return SQLModel.metadata


def triggers(dialect: str) -> tuple[str, ...]:
    """The statements that make every trigger of the house on ``"sqlite"`` or ``"postgresql"``.

    A floor whose tables are kept by triggers has a module ``triggers`` with a function ``statements(dialect)``.
    """
    return tuple(
        statement
        for floor in FLOORS
        if find_spec(f"{floor}.triggers")
        for statement in import_module(f"{floor}.triggers").statements(dialect)
    )


def configuration(db: Connection | None = None) -> Config:
    """Alembic's configuration, for ``db`` when one is given (else env.py opens LIANJIAN_DATABASE_URL)."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    if db is not None:
        config.attributes["connection"] = db
    return config


def newest() -> str | None:
    """The revision a database has when it is up to date."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def knows(revision: str | None) -> bool:
    """Whether this version of the service has the steps up to this revision; an empty database has none to know."""
    scripts = ScriptDirectory.from_config(configuration())
    return revision is None or revision in {script.revision for script in scripts.walk_revisions()}


def revision_of(db: Connection) -> str | None:
    """The revision this database has; None when it is empty."""
    return MigrationContext.configure(db).get_current_revision()


def migrate(db: Connection, to: str = "head") -> None:
    """Brings the database to revision ``to`` on the caller's connection, in the caller's transaction.

    The caller commits; when a step fails the caller rolls back, and nothing has changed on either database
    (on SQLite only if its connection really begins transactions before DDL, as ``web.database`` makes it).
    """
    command.upgrade(configuration(db), to)


def stamp(db: Connection, revision: str | None) -> None:
    """Says that a database whose tables were made another way is at this revision."""
    command.stamp(configuration(db), revision or "base")
