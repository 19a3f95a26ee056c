"""What a room may import: allow-lists, so that a new room is pure until somebody says here why it is not.

import-linter (pyproject.toml) keeps the floors apart; it cannot say "nothing but", which is said here.
"""

import pytest

from tests.house.reading import BELOW_WEB, FLOORS, Module, imported, modules, sample

PURE = frozenset(
    "__future__ abc array bisect calendar collections contextlib copy csv dataclasses datetime decimal difflib "
    "enum fractions functools hashlib heapq hmac importlib io itertools json math msgspec operator re string "
    "textwrap tomllib types typing unicodedata zlib".split()
)
"""What may be used anywhere: it reads no clock, no disk, no network and no chance.

``importlib`` is here for ``importlib.resources``: charts and forms are data that lie beside the code.
"""

ROOMS = {
    "tables": frozenset({"sqlalchemy", "sqlmodel"}),
    "queries": frozenset({"sqlalchemy"}),
    "actions": frozenset({"sqlalchemy"}),
}
"""What a room of this name may use beyond PURE."""

EXCEPTIONS = {
    "ledger.columns": (frozenset({"sqlalchemy", "sqlmodel"}), "the column types tables share"),
    "ledger.charts": (frozenset({"pathlib"}), "an operator's own charts lie in a folder of theirs"),
    "ledger.money": (frozenset({"numpy"}), "divides among many at once, exactly (RULES §2)"),
    "coop.vault.rules": (
        frozenset({"cryptography"}),
        "seals and opens identity numbers with the key and the chance it is handed",
    ),
    "coop.webhooks.rules": (
        frozenset({"base64", "ipaddress", "urllib"}),
        "writes secrets and signatures as receivers read them, and judges addresses without asking anybody",
    ),
    "coop.proof.queries": (
        frozenset({"sqlalchemy", "sqlmodel"}),
        "reads the rows of other rooms' tables by the names of the tables, to say whether each can be read",
    ),
    "payouts.household.queries": (
        frozenset({"sqlalchemy", "cachetools", "threading"}),
        "what is the same for every household of a book is worked out once as long as nothing moves in it",
    ),
    "payouts.batches.bank": (
        frozenset({"httpx", "openpyxl", "python_calamine", "xlsxwriter"}),
        "speaks to a bank, in files and over HTTP",
    ),
}
"""A module that may use more, and why."""

STORE = frozenset({"sqlalchemy", "sqlmodel", "psycopg", "sqlite3", "alembic", "migrations"})
DOORS = frozenset({"web.database", "web.writer", "web.backup"})
"""The only modules of web that hold a database: one opens it, one writes, one copies it whole."""


def strangers(module: Module) -> list[str]:
    """The imports this module may not have, each with the remedy."""
    found = []
    beyond, _why = EXCEPTIONS.get(module.name, (ROOMS.get(module.room, frozenset()), ""))
    for name, line in imported(module.tree):
        top = name.partition(".")[0]
        where = f"{module.name}:{line} imports {name}"
        if module.name.startswith("web"):
            if top in STORE and module.name not in DOORS:
                found.append(
                    f"{where}: ask queries.py or actions.py; only {sorted(DOORS)} hold a database; "
                    f"web.database hands out Connection as a type"
                )
        elif top not in PURE | beyond | frozenset(FLOORS):
            found.append(
                f"{where}: a room below web is pure. Let the caller hand the value in, or move this to web; "
                f"if it belongs here, say so in tests/house/test_walls.py"
            )
    return found


def test_every_room_imports_only_what_its_name_allows() -> None:
    assert [fault for module in modules(*FLOORS) for fault in strangers(module)] == []


def test_every_exception_still_has_its_module() -> None:
    """payouts.batches comes with the distributions; the wall's gap for it is ARCHITECTURE's own."""
    named = {module.name for module in modules(*BELOW_WEB)}
    assert set(EXCEPTIONS) - named <= {"payouts.batches.bank"}


@pytest.mark.parametrize(
    ("name", "source", "stranger"),
    [
        ("ledger.vouchers.rules", "from sqlalchemy import select", "sqlalchemy.select"),
        ("ledger.new_room", "import time", "time"),
        ("coop.members.rules", "import random", "random"),
        ("ledger.vouchers.queries", "from sqlmodel import Session", "sqlmodel.Session"),
        ("payouts.surplus", "from pandas import DataFrame", "pandas.DataFrame"),
        ("schemas.vouchers", "import os", "os"),
        ("coop.members.actions", "def f() -> None:\n    import httpx", "httpx"),
        ("web.pages.books", "from sqlalchemy import text", "sqlalchemy.text"),
        ("web.api.books", "import sqlite3", "sqlite3"),
    ],
)
def test_a_stranger_is_found(name: str, source: str, stranger: str) -> None:
    (fault,) = strangers(sample(name, source))
    assert f" imports {stranger}: " in fault


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("ledger.vouchers.tables", "from sqlmodel import SQLModel"),
        ("ledger.vouchers.rules", "from schemas.units import Fen\nfrom datetime import date"),
        ("payouts.batches.bank", "import httpx"),
        ("web.database", "from sqlalchemy import Engine"),
        ("web.pages.books", "import pandas, time"),
    ],
)
def test_what_belongs_there_passes(name: str, source: str) -> None:
    assert strangers(sample(name, source)) == []
