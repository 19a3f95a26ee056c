"""What crossed is seen from either book; of a book that is none of theirs people learn the unit's name and nothing else."""

from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from litestar.testing import TestClient
from pypdf import PdfReader

from coop.access import actions as access
from coop.landings import actions as landings
from coop.vault.rules import line_of, vault_key
from ledger.outbox import queries as outbox
from schemas.outbox import Landing
from tests.batches.desks import furnish_desks
from tests.batches.small import BOOK, LATER
from tests.outbox.test_story import VILLAGE, paid
from tests.pages.conftest import Reader
from tests.running import application
from tests.runs.test_api import Service
from tests.runs.years import at
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
        by = access.service(db, at=at(LATER))
        (item,) = outbox.waiting(db)
        landing = landings.land(db, item, called="清水合作社", by=by, on=LATER, at=at(LATER))
        assert landing is not None
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


def test_the_notice_of_a_payment_is_its_drafts_evidence_in_one_click_and_shows_nothing_else_of_the_payer(
    service: tuple[Service, Landing],
) -> None:
    """What comes from another book waits in its accountant's inbox and home; its paper is always the same to the byte, so
    that it hangs there once; a voucher of his own has none."""
    desk, landing = service
    voucher = f"/books/{VILLAGE}/vouchers/{landing.voucher}"
    notice = desk.call("stranger", "GET", f"{voucher}/payment-notice")
    assert notice.content[:5] == b"%PDF-"
    digest = sha256(notice.content).hexdigest()
    (sheet,) = PdfReader(BytesIO(notice.content)).pages
    text = "".join(sheet.extract_text().split())
    for told in ("付款通知", "清水合作社", "5,682.37", "2026年2月14日", "2025年度盈余分配", landing.item):
        assert told in text
    assert "25,992.91" not in text, "what the others got is nobody's matter here"
    accountant = Reader(desk.client).sign_in("stranger")
    inbox, home = accountant.get("/inbox").text, accountant.get(f"/books/{VILLAGE}").text
    assert f'href="/books/{VILLAGE}/crossings?waits=yes"' in inbox
    assert "清水合作社转来的草稿 1 张" in inbox
    assert "清水合作社转来的草稿：1张。" in home
    page = accountant.get(voucher)
    assert "<b>系统</b>" in page.text, "who prepared it is no person"
    for _ in range(2):
        assert accountant.send(page, f"{voucher}/notice").status_code == httpx.codes.OK
    assert f"{voucher}/notice" not in accountant.get(voucher).text, "it hangs there"
    (kept,) = desk.get("stranger", f"{voucher}/attachments")["items"]
    assert kept["file"]["sha256"] == digest
    assert kept["file"]["name"] == "付款通知-桂岭县清河乡清水生态养殖专业合作社-1.pdf"
    assert "将此通知附作原始凭证" not in accountant.get(f"/books/{VILLAGE}/vouchers/1").text
    assert desk.call("stranger", "GET", f"/books/{VILLAGE}/vouchers/1/payment-notice").status_code == 404
