"""What crossed is seen from either book; of a book that is none of theirs people learn the unit's name and nothing else."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from litestar.testing import TestClient

from coop.vault.rules import line_of, vault_key
from schemas.outbox import Landing
from tests.batches.desks import furnish_desks
from tests.batches.small import BOOK
from tests.outbox.test_story import VILLAGE, delivered, paid
from tests.running import application
from tests.runs.test_api import Service
from web.database import writing_engine
from web.settings import settings_from

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture
def service(databases: "Databases", db_kind: str, tmp_path: Path) -> Iterator[tuple[Service, Landing]]:
    url = databases.copy(databases.model("desks", db_kind, furnish_desks), db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        paid(db)
        (landing,) = delivered(db)
    engine.dispose()
    settings = settings_from({"LIANJIAN_DATABASE_URL": url}, home=tmp_path / "house")
    settings.key_file.write_text(line_of(vault_key(bytes(range(32)))), "ascii")
    with application(settings) as app, TestClient(app, raise_server_exceptions=False) as client:
        yield Service(client), landing
    databases.drop(url)


def test_either_side_sees_the_crossing_and_the_other_book_only_whom_it_may(
    service: tuple[Service, Landing],
) -> None:
    desk, landing = service
    there, here = f"/books/{VILLAGE}/crossings", f"/books/{BOOK}/crossings"
    (mine,) = desk.get("stranger", there)["items"]
    assert (mine["unit"], mine["amount"], mine["day"]) == ("清水合作社", "5682.37", "2026-02-14")
    assert (mine["voucher"], mine["voucher_state"], mine["waits"]) == (landing.voucher, "draft", True)
    assert (mine["other_book"], mine["other_voucher"], mine["other_text"]) == (None, None, "")
    (seen,) = desk.get("officer", there)["items"]
    assert (seen["other_book"], seen["other_text"]) == (BOOK, "记-0001")
    (sent,) = desk.get("accountant", here)["items"]
    assert (sent["sent"], sent["effect"], sent["voucher_text"], sent["unit"]) == (
        True,
        "drafted",
        "记-0001",
        "清水村",
    )
    assert (sent["other_book"], sent["waits"]) == (None, False)
    assert desk.get("officer", f"{there}?waits=false")["items"] == []
    page = desk.get("officer", f"{here}?limit=1")
    assert (len(page["items"]), page["next"]) == (1, None)
