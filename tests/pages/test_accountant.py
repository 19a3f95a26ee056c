"""An accountant's month by keyboard alone: a ten-line voucher with a scan, reviewed by another and posted, found again
from the balance sheet down to the scan, and the month closed by two people."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.handover import PACKS
from tests.pages.conftest import Desk

SCAN = next((PACKS / "clean-small" / "附件").iterdir())
LINES = (
    ("办公费", "523", "12.34"),
    ("交通费", "glfy", "20.00"),
    ("电话费", "管理费用", "8.66"),
    ("水费", "523", "15.00"),
    ("电费", "523", "44.00"),
    ("印刷费", "523", "6.50"),
    ("邮寄费", "523", "3.50"),
    ("培训费", "523", "60.00"),
    ("维修费", "523", "30.00"),
)
"""Nine debit lines: what happened, the account as it is looked up (by code, pinyin initials, name), the amount."""

pytestmark = pytest.mark.parametrize("screen", ["desk"], indirect=True)


def enter(page: Page, book: str) -> None:
    """Into a book from the list of books."""
    page.get_by_role("link", name=book).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("年")


def jump(page: Page, keys: str) -> None:
    """A two-key jump."""
    for key in keys.split():
        page.keyboard.press(key)


def test_a_month_by_keyboard_alone(desk: Desk, tmp_path: Path) -> None:
    page = desk.sign_in("覃会计")
    enter(page, "清水生态养殖专业合作社")
    number = _prepare(page)
    desk.sign_out()

    page = desk.sign_in("韦审核")
    enter(page, "清水生态养殖专业合作社")
    jump(page, "d 1")
    expect(page.locator("main h1")).to_contain_text(number)
    page.keyboard.press("F9")
    expect(page.get_by_role("status")).to_contain_text("已审核")
    desk.sign_out()

    page = desk.sign_in("覃会计")
    enter(page, "清水生态养殖专业合作社")
    jump(page, "p 1")
    expect(page.locator("main h1")).to_contain_text(number)
    page.keyboard.press("F9")
    expect(page.get_by_role("status")).to_contain_text("已记账，编号 记-0154")

    _drill(page)

    jump(page, "g c")
    page.get_by_role("link", name="2025年1月结账").focus()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_have_text("2025年1月结账")
    page.keyboard.press("F9")
    expect(page.get_by_role("status")).to_contain_text("已送审")
    desk.sign_out()

    page = desk.sign_in("韦审核")
    enter(page, "清水生态养殖专业合作社")
    jump(page, "c 1")
    expect(page.locator("main h1")).to_have_text("2025年1月结账")
    page.keyboard.press("F9")
    expect(page.get_by_role("status")).to_contain_text("已结账并封存")
    expect(page.locator(".sealed")).to_contain_text("覃会计")
    expect(page.locator(".sealed")).to_contain_text("韦审核")
    expect(page.locator(".sealed code")).to_have_text(re.compile("^[0-9a-f]{64}$"))


def _prepare(page: Page) -> str:
    """Nine debits and the balancing credit, with a scan; returns how the draft is called."""
    keys = page.keyboard
    keys.press("n")
    page.wait_for_selector("form[data-ready]")
    expect(page.locator("#date")).to_be_focused()
    keys.type("01302025")
    keys.press("Enter")
    for summary, account, amount in LINES:
        keys.press("Control+a")
        keys.type(f"支付{summary}")
        keys.press("Enter")
        keys.type(account)
        keys.press("Enter")
        keys.press("Enter")
        keys.type(amount)
        keys.press("Enter")
    keys.type("//")
    keys.press("Enter")
    keys.type("yhck")
    keys.press("Enter")
    for _cell in ("detail", "debit", "credit"):
        keys.press("Enter")
    expect(page.locator("[data-total=debit]")).to_have_text("200.00")
    expect(page.locator("[data-total=credit]")).to_have_text("200.00")
    expect(page.locator("[data-total=capitals]")).to_have_text("人民币贰佰元整")
    expect(page.locator("button.primary")).to_be_focused()
    with page.expect_file_chooser() as chooser:
        # Focused within: a key overtakes the wish to be told of the dialog, an answer of the page does not.
        page.locator("#files").focus()
        keys.press("Space")
    chooser.value.set_files(SCAN)
    keys.press("F8")
    expect(page.get_by_role("status")).to_contain_text("已保存")
    expect(page.locator("table.grid tbody tr")).to_have_count(10)
    expect(page.locator("table.grid tbody tr").last).to_contain_text("支付办公费")
    expect(page.locator(".scans img")).to_have_count(1)
    return page.locator("main h1").inner_text().split()[-1]


def _drill(page: Page) -> None:
    """From the balance sheet to the scan: the line's figure, the voucher, the scan."""
    jump(page, "g s")
    expect(page.locator("main h1")).to_have_text("资产负债表")
    figure = page.get_by_role("row", name=re.compile("货币资金")).get_by_role("link").first
    figure.focus()
    page.keyboard.press("Enter")
    voucher = page.get_by_role("row", name=re.compile("支付办公费")).get_by_role("link").first
    voucher.focus()
    page.keyboard.press("Enter")
    expect(page.locator("main h1")).to_contain_text("记-0154")
    page.keyboard.press("s")
    page.wait_for_url("**/files/*")
    assert page.locator("img").evaluate("image => image.naturalWidth") > 0
    page.go_back()
