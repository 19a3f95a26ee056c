"""A book opened by hand, from the list of books to its opening balances, by forms without scripts and by keyboard."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.accessibility import barriers, off_the_side
from tests.pages.conftest import BOOK, Desk, Site
from tests.pages.test_looks import photograph
from tests.people import PASSWORD, a_login, with_role
from web.database import writing_engine
from web.settings import Settings

NEW = "450000101203"
"""A village of the township that nobody has named yet."""
AT = f"/books/{NEW}/openings"
COLLECTIVE = {
    "kind": "collective",
    "name": "石门村股份经济合作社",
    "short_name": "石门村",
    "village_code": NEW,
    "first_year": "2025",
    "village_name": "石门村",
    "village_kind": "ordinary",
}


@pytest.fixture
def house(house: Settings) -> Settings:
    """The house, and 唐代账, who is accountant for the whole township."""
    engine = writing_engine(house.database_url)
    with engine.begin() as db:
        a_login(db, "唐代账", password=PASSWORD)
        with_role(db, "唐代账", "accountant", "place:450000101")
    engine.dispose()
    return house


def test_only_who_may_open_books_in_a_place_is_offered_to(site: Site) -> None:
    assert "新开账套" in site.of("唐代账").get("/").text
    assert "新开账套" not in site.of("覃会计").get("/").text
    assert site.of("韦审核").get("/new-book").status_code == 403


@pytest.mark.parametrize(
    ("who", "changed", "status", "place"),
    [
        ("覃会计", {}, 403, "village_code"),
        ("唐代账", {"village_code": "450000102203"}, 403, "village_code"),
        ("唐代账", {"village_code": "4500001"}, 422, "village_code"),
        ("唐代账", {"village_name": ""}, 422, "village_name"),
        ("唐代账", {"first_year": "2205"}, 422, "first_year"),
        ("唐代账", {"village_code": "450000101200", "village_name": ""}, 409, "village_code"),
        ("唐代账", {"id": "shimen"}, 422, "id"),
    ],
)
def test_a_book_that_cannot_be_opened_says_why_at_its_field(
    site: Site, who: str, changed: dict[str, str], status: int, place: str
) -> None:
    reader = site.of(who)
    answer = reader.send(reader.get("/new-book"), "/new-book", **{**COLLECTIVE, **changed})
    assert answer.status_code == status
    assert f'id="{place}-wrong"' in answer.text
    assert 'value="石门村股份经济合作社"' in answer.text, "nothing typed is lost"


def opened(site: Site) -> str:
    """A new book's sheet of opening balances, as it is shown first."""
    reader = site.of("唐代账")
    answer = reader.send(reader.get("/new-book"), "/new-book", **COLLECTIVE)
    assert (answer.status_code, answer.url.path) == (200, AT), answer.text
    return answer.text


def place_of(text: str, account: str) -> str:
    """The beginning of the names of an account's last row."""
    *_, row = re.findall(rf'name="(lines-\d+-)account" value="{account}"', text)
    return str(row)


def test_a_collectives_book_is_opened_tried_and_entered_without_scripts(site: Site) -> None:
    reader, text = site.of("唐代账"), opened(site)
    assert "账套 石门村股份经济合作社 已开设" in text
    bank, owed, reserve = (place_of(text, code) for code in ("102", "112", "311"))
    given = {
        f"{bank}debit": "12,000.00",
        f"{owed}detail": "云岭饲料厂",
        f"{owed}debit": "800",
        f"{reserve}detail": "历年结余",
        f"{reserve}credit": "12,700",
    } | {f"{at}account": code for at, code in ((bank, "102"), (owed, "112"), (reserve, "311"))}
    wrong = reader.send(reader.get(AT), AT, then="check", **given)
    assert wrong.status_code == 422
    assert "相差100.00" in wrong.text
    again = {name: value for name, value in _values(wrong.text).items() if value}
    credit = next(name for name, value in again.items() if value == "12,700")
    tried = reader.send(wrong, AT, then="check", **{**again, credit: "12800"})
    assert tried.status_code == 200, tried.text
    assert "试算平衡：3笔余额，借贷各12,800.00" in tried.text
    assert "云岭饲料厂 (往来单位)" in tried.text
    assert "尚未录入" in site.of("莫审计").get(AT).text, "trying writes nothing"
    values = _values(tried.text)
    other = reader.send(tried, AT, then="enter", **{**values, credit: "12700"})
    assert other.status_code == 422, "what was not tried is not entered"
    done = reader.send(tried, AT, then="enter", **values)
    assert done.status_code == 200, done.text
    assert "已录入3笔期初余额，借贷各12,800.00" in done.text
    assert "12,800.00" in reader.get(f"/books/{NEW}/trial-balance?from=2025-01&to=2025-01").text
    late = reader.send(tried, AT, then="enter", **values)
    assert late.status_code == 422
    assert "已有期初余额或已记账的凭证" in late.text


def _values(text: str) -> dict[str, str]:
    """What the sheet holds."""
    found = {}
    for tag in re.findall(r"<input\b[^>]*>", text):
        name = re.search(r'name="(lines-[^"]+)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    return found


def test_whoever_enters_nothing_is_told_so(site: Site) -> None:
    reader = site.of("唐代账")
    opened(site)
    answer = reader.send(reader.get(AT), AT, then="check")
    assert (answer.status_code, "表中没有余额" in answer.text) == (422, True)


def test_a_book_with_openings_shows_them_to_all_who_see_it(site: Site) -> None:
    for who in ("覃会计", "黄出纳", "莫审计"):
        answer = site.of(who).get(f"/books/{BOOK}/openings")
        assert (answer.status_code, 'form id="sheet"' in answer.text) == (200, False)


def test_the_sheet_is_worked_by_keyboard(desk: Desk, screen: str, tmp_path: Path) -> None:
    page = desk.sign_in("唐代账")
    page.get_by_role("link", name="新开账套").click()
    page.get_by_role("radio", name="村集体").check()
    for name, value in COLLECTIVE.items():
        if name not in {"kind", "village_kind"}:
            field = page.locator(f"#{name}")
            if not field.is_visible():
                page.get_by_text("本村尚未登记时填写").click()
            field.fill(value)
    assert _looks_right(page, f"new-book-{screen}") == []
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}")
    expect(page.get_by_role("status").first).to_contain_text("已开设")

    page.locator('tr[data-account="101"] [data-cell="debit"]').focus()
    page.keyboard.type("500.5")
    page.keyboard.press("Enter")
    page.keyboard.type("12000")
    expect(page.locator("[data-total=debit]")).to_have_text("12,500.50")
    expect(page.locator("[data-total=difference]")).to_contain_text("12,500.50")
    owed = page.locator('tr[data-account="211"]')
    owed.first.locator('[data-cell="detail"]').fill("云岭饲料厂")
    owed.first.locator('[data-cell="debit"]').focus()
    page.keyboard.type("300")
    page.keyboard.press("Space")
    expect(owed.first.locator('[data-cell="credit"]')).to_have_value("300")
    expect(owed).to_have_count(2)
    owed.nth(1).locator('[data-cell="detail"]').fill("河口建材店")
    owed.nth(1).locator('[data-cell="credit"]').fill("200.50")
    expect(owed).to_have_count(3)
    reserve = page.locator('tr[data-account="311"]').first
    reserve.locator('[data-cell="detail"]').fill("历年结余")
    reserve.locator('[data-cell="credit"]').focus()
    page.keyboard.press("=")
    expect(reserve.locator('[data-cell="credit"]')).to_have_value("12,000.00")
    expect(page.locator("[data-total=difference]")).to_contain_text("试算平衡")

    page.wait_for_timeout(600)  # what is typed is kept a moment later
    page.reload()
    expect(page.locator(".kept")).to_contain_text("已恢复")
    expect(page.locator("[data-total=debit]")).to_have_text("12,500.50")
    expect(page.locator('tr[data-account="211"]')).to_have_count(3)
    assert _looks_right(page, f"openings-{screen}") == []
    page.keyboard.press("F8")
    expect(page.locator("#checked")).to_contain_text("5笔余额")
    assert _looks_right(page, f"openings-tried-{screen}") == []
    page.keyboard.press("F9")
    expect(page.get_by_role("status").first).to_contain_text("已录入5笔期初余额")
    assert _looks_right(page, f"openings-entered-{screen}") == []
    assert page.evaluate("window.localStorage.length") == 0


def _looks_right(page: Page, name: str) -> list[str]:
    """Everything axe and the ruler find."""
    photograph(page, name)
    return barriers(page) + off_the_side(page)


PASTED = (
    ("101", "debit", "500.50\n12000.00", {("101", "debit"): "500.50", ("102", "debit"): "12000.00"}),
    ("101", "debit", "500.50\t\n\t12000", {("101", "debit"): "500.50", ("102", "credit"): "12000"}),
    (
        "101",
        "debit",
        "科目\t明细\t借方\t贷方\n101\t\t20\t\n211\t饲料厂\t\t20",
        {("101", "debit"): "20", ("211", "credit"): "20", ("211", "detail"): "饲料厂"},
    ),
)


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
def test_columns_of_a_spreadsheet_are_pasted(desk: Desk) -> None:
    page = desk.sign_in("唐代账")
    desk.go("/new-book")
    page.get_by_role("radio", name="村集体").check()
    page.get_by_text("本村尚未登记时填写").click()
    for name, value in COLLECTIVE.items():
        if name not in {"kind", "village_kind"}:
            page.locator(f"#{name}").fill(value)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}")
    for account, kind, text, expected in PASTED:
        page.evaluate("window.localStorage.clear()")
        page.reload()
        target = page.locator(f'tr[data-account="{account}"] [data-cell="{kind}"]').first
        target.evaluate(
            """(node, text) => {
              const data = new DataTransfer();
              data.setData("text/plain", text);
              node.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
            }""",
            text,
        )
        for (code, cell), value in expected.items():
            found = page.locator(f'tr[data-account="{code}"] [data-cell="{cell}"]').first
            expect(found).to_have_value(value)
        page.wait_for_timeout(600)
