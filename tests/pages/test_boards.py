"""The officer's board of villages, from the county down to the paper, on a desk and on a phone; a threshold takes two
officers; the board leaves as Excel and on paper. With SCREENSHOTS set each page is photographed."""

import re
from html import unescape
from io import BytesIO

import openpyxl
from playwright.sync_api import expect
from pypdf import PdfReader

from tests.pages.conftest import Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_township_policies import COUNTY, TOWN
from tests.pages.test_township_policies import house as house
from tests.pages.test_township_policies import model_township as model_township

TOWNSHIP, DISTRICT = "450000101", "450000"
BOARD, DECEMBER = f"/townships/{TOWNSHIP}/villages", "month=2025-12&as_of=2026-01-15"
LACKING = "450000101202"
"""岭脚村, whose rent of 19 000.00 has no scan."""
PAGES = {
    "board": f"{BOARD}?{DECEMBER}",
    "board-filtered": f"{BOARD}?{DECEMBER}&band=30000&sort=unproved",
    "board-county": f"/places/{DISTRICT}/villages?{DECEMBER}",
    "village": f"{BOARD}/{LACKING}?{DECEMBER}",
    "thresholds": f"/townships/{TOWNSHIP}/thresholds",
}


def test_from_the_county_to_the_paper_by_links_alone(desk: Desk, screen: str) -> None:
    desk.sign_in(TOWN)
    assert look_at(desk, PAGES, screen) == []
    page = desk.go(f"/places/{DISTRICT}/villages?{DECEMBER}")
    page.locator(".places tbody a").first.click()
    expect(page).to_have_url(re.compile(f"{BOARD}.month=2025-12"))
    page.locator(f".board a.unproved[href*='{LACKING}']").click()
    expect(page.locator("#unproved")).to_be_visible()
    expect(page.locator(".lacking .tag.warn")).to_have_text("不计入")
    page.locator(".lacking a").click()
    expect(page).to_have_url(re.compile(r"/vouchers/[0-9]+$"))
    desk.go(f"{BOARD}/450000101200?{DECEMBER}")
    page.locator(".months tbody td.money a").first.click()
    page.locator("table a[href*='/vouchers/']").first.click()
    expect(page.locator("a[href*='/files/']").first).to_be_visible()


def test_the_board_says_what_expected_says_and_heeds_its_filters(site: Site) -> None:
    officer = site.of(TOWN)
    board = officer.get(f"{BOARD}?{DECEMBER}").text
    assert re.search(r'<p class="figure"><a [^>]*>2 / 3</a></p>', board)
    assert "62,345.60" in board
    assert re.findall(rf'href="{BOARD}/([0-9]{{12}})[^"#]*">[^0-9<]', board) == [
        "450000101200",
        "450000101201",
        LACKING,
    ]
    poor = officer.get(f"{BOARD}?{DECEMBER}&band=30000").text
    assert set(re.findall(rf"{BOARD}/([0-9]{{12}})", poor)) == {LACKING}
    for wrong in ("kind=rich", "band=7", "sort=luck", "month=2025-13", "as_of=today"):
        assert officer.get(f"{BOARD}?{wrong}").status_code in {400, 422}
    assert officer.get("/places/99/villages").status_code == 404
    assert officer.get(f"{BOARD}/450000102200").status_code == 404


def test_a_threshold_is_entered_by_one_officer_and_approved_by_another(site: Site) -> None:
    town, county = site.of(TOWN), site.of(COUNTY)
    at = f"/places/{DISTRICT}/thresholds"
    given = {"year": "2026", "kind": "ordinary", "measure": "operating_profit"}
    refused = town.send(town.get(at), at, **given, amount="60000.00", document=" ")
    assert (refused.status_code, "须注明确定门槛的文件" in refused.text) == (422, True)
    entered = town.send(town.get(at), at, **given, amount="60000.00", document="县政发〔2026〕2号")
    assert "待另一名干部批准" in entered.text
    assert f'action="{at}/approve"' not in entered.text
    assert f'href="{at}"' in county.get("/inbox").text
    approved = county.send(county.get(at), f"{at}/approve")
    assert "现行" in approved.text
    assert f'href="{at}"' not in county.get("/inbox").text


def test_the_board_leaves_as_excel_and_on_paper(site: Site) -> None:
    officer = site.of(TOWN)
    for home in (f"/townships/{TOWNSHIP}", f"/places/{DISTRICT}"):
        book = openpyxl.load_workbook(
            BytesIO(officer.get(f"{home}/exports/villages.xlsx?{DECEMBER}").content)
        )
        rows = [[cell for cell in row if cell is not None] for row in book.active.iter_rows(values_only=True)]  # type: ignore[union-attr]
        assert next(row for row in rows if "450000101200" in row)[-3:] == [62345.6, 40000, "达标"]
        assert rows[-1][-1] == "2 / 3"
        assert (book.active.freeze_panes, book.active.auto_filter.ref) == ("D6", "A5:P8")  # type: ignore[union-attr]
        paper = officer.get(f"{home}/exports/villages.pdf?{DECEMBER}").content
        assert "清水村" in "".join(page.extract_text() for page in PdfReader(BytesIO(paper)).pages)
        link = re.search(
            r'href="([^"]+income-analysis\.xlsx[^"]*)"', officer.get(f"{home}/villages?{DECEMBER}").text
        )
        assert link is not None, home
        analysis = openpyxl.load_workbook(BytesIO(officer.get(unescape(link[1])).content))
        assert analysis.sheetnames == ["汇总", "构成", "明细"]
        assert [*analysis["汇总"].values][-1][-2:] == (144450.10, 163450.10)
    assert officer.get(f"/townships/{TOWNSHIP}/exports/villages.xlsx?account=102").status_code == 400
    for wrong in ("year=longago", "month=2025-12"):
        assert officer.get(f"/townships/{TOWNSHIP}/exports/income-analysis.xlsx?{wrong}").status_code == 400
