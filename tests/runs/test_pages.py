"""Runs on pages: the accountant sees everything before handing in, the officer signs on a phone what she sees."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from litestar.testing import TestClient
from playwright.sync_api import Page
from pypdf import PdfReader

from schemas.runs import RunKind
from tests.pages.conftest import BOOK, Desk, Site, furnish, settings_of
from tests.pages.test_looks import look_at
from tests.running import application, serving
from tests.runs.test_refusals import a_trade_more
from tests.runs.years import on_notice, posted, settled
from web.database import prepare, writing_engine
from web.settings import Settings

RUN = f"{BOOK}.dividend.2025.1"
SCAN = ("决议.pdf", b"%PDF-1.7 resolution 2026-02", "application/pdf")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cooperative with its year settled and its commission posted, one day before the story begins."""
    folder = tmp_path_factory.mktemp("model")
    settings = settings_of(folder / "house")
    engine = writing_engine(settings.database_url)
    prepare(engine)
    with engine.begin() as db:
        furnish(db, settings, at=datetime(2026, 1, 10, tzinfo=UTC))
        settled(db, BOOK, 2025)
        posted(db, BOOK, RunKind.COMMISSION, 2025)
    engine.dispose()
    return folder


@pytest.fixture
def house(model: Path, tmp_path: Path) -> Settings:
    shutil.copytree(model, tmp_path, dirs_exist_ok=True)
    return settings_of(tmp_path / "house")


@pytest.fixture
def site(house: Settings) -> Iterator[Site]:
    with application(house) as app, TestClient(app, raise_server_exceptions=True) as client:
        yield Site(client)


@pytest.fixture
def desk(page: Page, house: Settings) -> Iterator[Desk]:
    with serving(house) as base:
        yield Desk(page, base)


def _handed_in(site: Site) -> None:
    accountant = site.of("覃会计")
    page = accountant.get(f"/books/{BOOK}/runs/new?kind=dividend&year=2025")
    answer = accountant.send(
        page, f"/books/{BOOK}/runs/new", resolution="2026-02", document="assembly", files=SCAN, act="submit"
    )
    assert answer.url.path == f"/books/{BOOK}/runs/{RUN}", answer.text


def _on_notice(site: Site) -> None:
    _handed_in(site)
    accountant = site.of("覃会计")
    here = f"/books/{BOOK}/runs/{RUN}"
    accountant.send(accountant.get(here), f"{here}/publish")


def _noticed_long_ago(house: Settings) -> None:
    """On notice since the second of February, which is over."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    engine.dispose()


def test_nothing_is_wrong_with_how_they_look(desk: Desk, house: Settings, screen: str) -> None:
    _noticed_long_ago(house)
    desk.sign_in("农干部")
    here = f"/books/{BOOK}/runs"
    pages = {
        "inbox": "/inbox",
        "runs": here,
        "run": f"{here}/{RUN}",
        "run-line": f"{here}/{RUN}/lines/Q0002",
        "run-commission": f"{here}/{BOOK}.commission.2025.1",
        "run-commission-line": f"{here}/{BOOK}.commission.2025.1/lines/Q0007",
    }
    assert look_at(desk, pages, screen) == []
    desk.sign_out()
    desk.sign_in("覃会计")
    assert look_at(desk, {"run-new": f"{here}/new?kind=commission&year=2025"}, screen) == []


def test_many_are_approved_at_once_each_with_its_own_answer(house: Settings, site: Site) -> None:
    _noticed_long_ago(house)
    officer = site.of("农干部")
    inbox = officer.get("/inbox")
    assert f'value="{RUN} ' in inbox.text
    assert "自2026-02-02起" in inbox.text, "since the day of the step, whenever it was written down"
    wrong = officer.send(inbox, "/inbox/approve", run=f"{RUN} {'0' * 64}")
    assert "1项中已审批0项" in wrong.text
    assert "您看到的摘要是" in wrong.text
    digest = inbox.text.split(f'value="{RUN} ')[1][:64]
    right = officer.send(officer.get("/inbox"), "/inbox/approve", run=f"{RUN} {digest}")
    assert "1项中已审批1项" in right.text
    assert "没有等您办理的事项" in right.text


def test_a_return_needs_a_reason_and_comes_back_to_the_accountant(site: Site) -> None:
    _on_notice(site)
    officer, here = site.of("农干部"), f"/books/{BOOK}/runs/{RUN}"
    refused = officer.send(officer.get(here), f"{here}/return", reason=" ")
    assert "请写明要改什么" in refused.text
    officer.send(officer.get(here), f"{here}/return", reason="第二页看不清")
    assert "第二页看不清" in site.of("覃会计").get("/inbox").text


def test_what_changed_is_said_on_the_page_and_the_officer_cannot_sign(house: Settings, site: Site) -> None:
    _noticed_long_ago(house)
    page = site.of("农干部").get(f"/books/{BOOK}/runs/{RUN}")
    assert "送审以后，所依据的一切没有变化" in page.text
    assert "disabled" not in page.text.split(f'{RUN}/approve"')[1].split("</form>")[0]
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        a_trade_more(db)
    engine.dispose()
    here = f"/books/{BOOK}/runs/{RUN}"
    page = site.of("农干部").get(here)
    checks = page.text.partition('id="checks"')[2].partition("</section>")[0]
    assert re.search(r"Q0002.*2,?836\.50.*2,?936\.50", checks), checks
    assert "disabled" in page.text.split(f'{RUN}/approve"')[1].split("</form>")[0]
    refused = site.of("农干部").send(page, f"{here}/approve")
    assert "2936.50" in refused.text.replace(",", "")
    assert "公示中" in site.of("农干部").get(here).text.partition("<h1")[2].partition("</h1>")[0]


def test_a_line_is_followed_to_its_facts(site: Site) -> None:
    _handed_in(site)
    page = site.of("莫审计").get(f"/books/{BOOK}/runs/{RUN}/lines/Q0002")
    assert "7,797.87 × " in page.text
    assert "权数的来源" in page.text
    assert "后来又有登记" not in page.text
    commission = site.of("莫审计").get(f"/books/{BOOK}/runs/{BOOK}.commission.2025.1")
    assert "3,008.86" in commission.text


def test_the_paper_is_served_with_the_run_and_to_nobody_else(site: Site) -> None:
    _handed_in(site)
    officer = site.of("农干部")
    page = officer.get(f"/books/{BOOK}/runs/{RUN}")
    path = page.text.split(f'href="/books/{BOOK}/runs/{RUN}/documents/')[1][:64]
    found = officer.get(f"/books/{BOOK}/runs/{RUN}/documents/{path}")
    assert (found.content, found.headers["content-type"]) == (SCAN[1], "application/pdf")
    assert site.of("零管理").get(f"/books/{BOOK}/runs/{RUN}/documents/{path}").status_code in {403, 404}


def test_the_lines_leave_as_excel_and_the_notice_as_pdf_without_names(site: Site) -> None:
    _on_notice(site)
    officer = site.of("农干部")
    book = officer.get(f"/books/{BOOK}/exports/run.xlsx?run={RUN}")
    rows = list(openpyxl.load_workbook(BytesIO(book.content)).worksheets[0].values)
    totals = {row[0]: row[-1] for row in rows if isinstance(row[0], str) and row[0].startswith("Q")}
    assert (totals["Q0001"], totals["Q0002"]) == (5682.37, 3196.88)
    assert rows[-1][-1] == 25992.91
    notice = officer.get(f"/books/{BOOK}/exports/run-notice.pdf?run={RUN}")
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(notice.content)).pages)
    assert "年度盈余分配方案公示表" in text
    assert "25,992.91" in text
    assert "Q0001" not in text
    names = [row[1] for row in rows if isinstance(row[0], str) and row[0].startswith("Q")]
    assert [name for name in names if isinstance(name, str) and name in text] == ["清水村股份经济合作社"]


def test_a_preview_says_what_stands_in_its_way(site: Site) -> None:
    page = site.of("覃会计").get(f"/books/{BOOK}/runs/new?kind=commission&year=2025")
    assert "已经存在" in page.text
    assert site.of("农干部").get(f"/books/{BOOK}/runs/new?kind=dividend&year=2025").status_code == 403
