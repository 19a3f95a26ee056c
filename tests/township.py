"""The township of ``clean-small`` with its three villages, taken in once a run; a test finds it as it was.

expected()   what the pack says of it
engine, db   fixtures: import them into the test module
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Connection, Engine

from tests.builders import a_house, rolled_back
from tests.handover import PACKS, pack_of, take_in
from web.database import writing_engine

if TYPE_CHECKING:
    from tests.conftest import Databases

TOWNSHIP, YEAR = "450000101", 2025


def expected() -> Any:
    """What the pack says of its township."""
    return json.loads((PACKS / "clean-small" / "expected.json").read_text("utf-8"))["township"]


def _furnish(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    url = databases.copy(databases.model("township", db_kind, _furnish), db_kind)
    engine = writing_engine(url)
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection
