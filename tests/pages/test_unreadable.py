"""A row whose text was changed behind the service so that nobody can read it: every page and address that needs it says which row
it is and to run the proof, and the service goes on."""

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from litestar.testing import TestClient

from tests.conftest import Databases
from tests.pages.canaries import make_canary_house
from tests.pages.canary_acts import TOWNSHIP
from tests.pages.canary_addresses import RUN
from tests.pages.conftest import BOOK, VILLAGE, Reader, Site, settings_of
from tests.running import application
from web.settings import Settings

HERE, DESK, OF_BOOK = f"/books/{VILLAGE}", f"/townships/{TOWNSHIP}", f"/books/{BOOK}"
UNREADABLE = (
    ("contract", "body", "覃会计", f"{HERE}/contracts"),
    ("inventory_fact", "body", "覃会计", f"{HERE}/inventory"),
    ("snapshot", "policy", "农干部", f"{DESK}/snapshots"),
    ("alert", "breach", "农干部", f"{DESK}/alerts"),
    ("monthly_report", "content", "农干部", f"/places/{TOWNSHIP}/reports"),
    ("register_request", "content", "覃会计", f"{OF_BOOK}/register"),
    ("run_content", "inputs", "覃会计", f"{OF_BOOK}/runs/{RUN}"),
)
"""Table, column, who asks, which page."""


@pytest.fixture(scope="module")
def changed(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder: Path = tmp_path_factory.mktemp("unreadable")
    shutil.copytree(databases.folder("canaries", make_canary_house), folder, dirs_exist_ok=True)
    return settings_of(folder / "house")


@pytest.fixture(scope="module")
def readers(changed: Settings) -> Iterator[dict[str, Reader]]:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    with application(changed) as app, TestClient(app, raise_server_exceptions=False) as client:
        site = Site(client)
        yield {name: site.of(name) for name in ("覃会计", "农干部")}


@pytest.mark.parametrize(("table", "column", "who", "path"), UNREADABLE)
def test_a_row_that_cannot_be_read_is_named_by_page_and_api(
    changed: Settings, readers: dict[str, Reader], table: str, column: str, who: str, path: str
) -> None:
    assert readers[who].get(path).status_code == 200, "everything is in order"
    with closing(sqlite3.connect(changed.database_url.removeprefix("sqlite:///"))) as db:
        triggers = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute(f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        spoilt = db.execute(f"UPDATE {table} SET {column} = '{{' WHERE {column} IS NOT NULL").rowcount
        db.commit()
        page = readers[who].get(path)
        db.execute(f"DELETE FROM {table}")
        db.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        db.execute(f"DROP TABLE kept_{table}")
        for _, sql in triggers:
            db.execute(sql)
        db.commit()
    assert spoilt > 0
    assert page.status_code == 409, page.text
    assert f"{table}表" in page.text
    assert "lianjian check" in page.text
    assert readers[who].get(path).status_code == 200, "and again"
