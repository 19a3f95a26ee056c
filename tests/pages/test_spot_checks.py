"""A month's spot check on pages: the officer takes the sheet to the village on a phone or on paper, the accountant answers, the
officer settles, and everybody draws again."""

from io import BytesIO

import openpyxl
import pytest
from pypdf import PdfReader

from ledger.assets.rules import month_of
from ledger.spot_checks import actions, rules
from ledger.vouchers import actions as vouchers
from schemas.spot_checks import SpotCheck
from schemas.vouchers import MadeVoucher, Origin
from tests.builders import a_draft
from tests.pages.conftest import BOOK, VILLAGE, Desk, Site
from tests.pages.test_looks import look_at
from tests.people import login_of
from web import clock
from web.database import writing_engine
from web.pages.rendering import month_code
from web.settings import Settings

TOWNSHIP = VILLAGE[:9]
PHOTO = ("发票.png", b"\x89PNG\r\n\x1a\n" + b"spot", "image/png")


@pytest.fixture
def drawn(house: Settings) -> SpotCheck:
    """Seven vouchers of this month that 覃会计 prepared and 韦审核 reviewed, and the draw of the 1st of the next."""
    on, at = clock.now()
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        accountant, reviewer = (login_of(db, name).person for name in ("覃会计", "韦审核"))
        made = [
            MadeVoucher(
                draft=a_draft(f"{on} 银行存款利息 | 102 {amount}.11 | 524 -{amount}.11"),
                origin=Origin.IMPORT,
                prepared_by=accountant,
                reviewed_by=reviewer,
            )
            for amount in range(1, 8)
        ]
        vouchers.record_many(db, made, book=BOOK, by=accountant, on=on, at=at)
        month = month_of(on)
        draw = actions.draw(db, book=BOOK, month=month, by=accountant, at=rules.ends(month))
    engine.dispose()
    assert draw is not None
    return draw


def test_an_officer_finds_the_accountant_answers_and_the_officer_settles(
    drawn: SpotCheck, site: Site
) -> None:
    officer, accountant = site.of("农干部"), site.of("覃会计")
    month = month_code(drawn.month)
    sheet = f"/books/{BOOK}/spot-checks?month={month}"
    assert f"{month_code(drawn.month)}凭证抽查：5张" in officer.get("/inbox").text

    page = officer.get(sheet)
    assert all(number in page.text for number in drawn.drawn)
    forms = [part.split('"')[0] for part in page.text.split('action="')[1:] if "/spot-checks/" in part[:80]]
    assert len(forms) == 5
    first, second = (form.replace("&amp;", "&") for form in forms[:2])
    said = officer.send(page, first, kind="amount_differs", text="发票为0.11元", scan=PHOTO)
    assert (said.status_code, "金额与原始凭证不符" in said.text, "发票为0.11元" in said.text) == (
        200,
        True,
        True,
    )
    assert officer.get(f"/books/{BOOK}/findings/1/scan").content == PHOTO[1]
    silent = officer.send(page, second, kind="other", text="")
    assert (silent.status_code, "问题未作说明" in silent.text) == (422, True)
    officer.send(page, second, kind="in_order", text="")

    assert f"{month}抽查问题1号" in accountant.get("/inbox").text
    page = accountant.get(sheet)
    assert "kind" not in page.text.split("<main")[1]
    answer = f"/books/{BOOK}/findings/1/answer?month={month}"
    assert "已用红字冲销" in accountant.send(page, answer, text="已用红字冲销").text

    assert f"{month}抽查问题1号" in officer.get("/inbox").text
    settle = f"/books/{BOOK}/findings/1/settle?month={month}"
    returned = officer.send(officer.get(sheet), settle, act="return", text="")
    assert (returned.status_code, "未填写说明" in returned.text) == (422, True)
    settled = officer.send(officer.get(sheet), settle, act="close", text="")
    assert "已办结" in settled.text
    assert '<b class="no">1 / 2</b>' in settled.text

    quality = officer.get(f"/townships/{TOWNSHIP}/spot-checks?month={month}").text
    assert '<td class="money no">1 / 2</td>' in quality
    city = officer.get(f"/places/{VILLAGE[:4]}/spot-checks?month={month}")
    assert f'<p class="under">{VILLAGE[:4]} · ' in city.text, "a place nobody named is called by its code"
    assert '<td class="money no">1 / 2</td>' in city.text
    assert officer.get("/places/999999/spot-checks").status_code == 404
    assert accountant.get(f"/townships/{TOWNSHIP}/spot-checks").status_code in {403, 404}


def test_everybody_reads_seed_and_pool_numbers_only(drawn: SpotCheck, site: Site) -> None:
    month = month_code(drawn.month)
    stranger = site.stranger
    assert f"/spot-checks/{BOOK}/{month}" in stranger.get("/spot-checks").text
    page = stranger.get(f"/spot-checks/{BOOK}/{month}").text
    assert all(part in page for part in (drawn.head, drawn.pool_digest, *drawn.drawn))
    assert not any(part in page for part in ("银行存款利息", "覃会计", "1.11"))
    head, *rows = stranger.get(f"/spot-checks/{BOOK}/{month}/pool.csv").text.splitlines()
    assert head == "month,seed,k,number,drawn"
    assert len(rows) == drawn.pool == 7
    by_place = sorted((row.split(",")[4], row.split(",")[3]) for row in rows if not row.endswith(","))
    assert tuple(number for _, number in by_place) == drawn.drawn
    assert stranger.get(f"/spot-checks/{BOOK}/2025-01").status_code == 404
    assert stranger.get(f"/spot-checks/nobody/{month}").status_code == 404


def test_the_sheet_leaves_as_excel_and_on_paper(drawn: SpotCheck, site: Site) -> None:
    officer, month = site.of("农干部"), month_code(drawn.month)
    book = openpyxl.load_workbook(
        BytesIO(officer.get(f"/books/{BOOK}/exports/spot-check.xlsx?month={month}").content)
    )
    cells = [str(cell.value) for row in book.worksheets[0].rows for cell in row if cell.value is not None]
    assert all(number in cells for number in drawn.drawn)
    paper = PdfReader(BytesIO(officer.get(f"/books/{BOOK}/exports/spot-check.pdf?month={month}").content))
    text = "".join(page.extract_text() for page in paper.pages)
    assert len(paper.pages) == 1
    assert all(number in text for number in drawn.drawn)
    assert "☐无误" in text


@pytest.mark.browser
@pytest.mark.parametrize("screen", ["desk", "phone"], indirect=True)
def test_nothing_is_wrong_with_the_pages_of_a_spot_check(drawn: SpotCheck, desk: Desk, screen: str) -> None:
    month = month_code(drawn.month)
    page = desk.sign_in("农干部")
    page.goto(f"{desk.base}/books/{BOOK}/spot-checks?month={month}")
    card = page.locator("article.drawn").first
    assert page.locator("details[open] form").count() == 1
    card.get_by_label("科目有误").check()
    card.get_by_label("问题说明").fill("利息应记入财务费用明细")
    card.locator("button.primary").click()
    page.wait_for_selector(".verdict.open")
    pages = {
        "spot-check": f"/books/{BOOK}/spot-checks?month={month}",
        "spot-checks-township": f"/townships/{TOWNSHIP}/spot-checks?month={month}",
        "spot-check-published": f"/spot-checks/{BOOK}/{month}",
    }
    assert look_at(desk, pages, screen) == []
    page.goto(f"{desk.base}{pages['spot-check']}")
    page.emulate_media(media="print")
    assert page.locator("article.drawn form:visible").count() == 0
    assert page.locator(".boxes:visible").count() == 5
