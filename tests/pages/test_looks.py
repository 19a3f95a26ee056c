"""How pages look: axe finds nothing on any of them, at desk and phone width, by day and by night; nothing runs off the
side. With SCREENSHOTS set to a folder each page is also photographed into it."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.accessibility import barriers, off_the_side
from tests.pages.conftest import BOOK, Desk

AT = f"/books/{BOOK}"
PAGES = {
    "books": "/",
    "home": AT,
    "vouchers": f"{AT}/vouchers",
    "voucher": f"{AT}/vouchers/1",
    "voucher-form": f"{AT}/vouchers/new",
    "voucher-form-event": f"{AT}/vouchers/new?event=death",
    "voucher-form-blue": f"{AT}/vouchers/new?corrects=60&kind=blue",
    "trial-balance": f"{AT}/trial-balance?by=detail",
    "general-ledger": f"{AT}/general-ledger?account=102",
    "ledger-choice": f"{AT}/ledger",
    "ledger": f"{AT}/ledger?account=102",
    "ledger-member": f"{AT}/ledger?detail=Q0010",
    "ledger-text": f"{AT}/ledger?text=利息",
    "journal": f"{AT}/journal?account=101",
    "quantities": f"{AT}/quantities",
    "balance-sheet": f"{AT}/statements/balance-sheet",
    "surplus": f"{AT}/statements/surplus",
    "equity": f"{AT}/statements/equity",
    "statement-line": f"{AT}/statements/balance-sheet/lines/1",
    "evidence": f"{AT}/evidence",
    "close": f"{AT}/close",
    "close-month": f"{AT}/close/2025-01",
    "close-year": f"{AT}/close/2025-13",
    "members": f"{AT}/members",
    "member": f"{AT}/members/Q0010",
    "shares": f"{AT}/shares",
    "labour": f"{AT}/labour?month=2025-06",
    "herd": f"{AT}/herd",
    "accounts": f"{AT}/accounts",
    "me": "/me",
    "nothing": "/nothing",
}
STRANGERS = {"login": "/login", "set-up": "/set-up"}


def look_at(desk: Desk, pages: dict[str, str], screen: str) -> list[str]:
    """Everything axe and the ruler find on these pages."""
    found = []
    for name, path in pages.items():
        page = desk.go(path)
        photograph(page, f"{name}-{screen}")
        found += [f"{name} ({screen}): {one}" for one in barriers(page) + off_the_side(page)]
    return found


def photograph(page: Page, name: str) -> None:
    """Two pictures, by day and by night, for whoever wants to see."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.emulate_media(color_scheme="dark")
        page.screenshot(path=Path(folder) / f"{name}-dark.png", full_page=True)
        page.emulate_media(color_scheme="light")
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def test_nothing_is_wrong_with_the_pages_of_an_accountant(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    assert look_at(desk, PAGES, screen) == []


def test_nothing_is_wrong_with_the_gate(desk: Desk, screen: str) -> None:
    assert look_at(desk, STRANGERS, screen) == []


def test_nothing_is_wrong_with_a_form_that_was_refused(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{AT}/vouchers/new")
    page.wait_for_selector("form[data-ready]")
    page.locator("#lines-0-account").fill("999")
    page.locator("#lines-0-debit").fill("5")
    page.locator("button.primary").click()
    page.wait_for_selector("#problems")
    photograph(page, f"voucher-form-refused-{screen}")
    assert barriers(page) == []


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
def test_everything_can_be_reached_by_keyboard(desk: Desk) -> None:
    page = desk.sign_in("覃会计")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
@pytest.mark.parametrize(
    ("keys", "path"),
    [
        ("g t", "/trial-balance"),
        ("g j", "/journal"),
        ("g v", "/vouchers"),
        ("g s", "/statements/balance-sheet"),
        ("n", "/vouchers/new"),
    ],
)
def test_two_keys_lead_there(desk: Desk, keys: str, path: str) -> None:
    desk.sign_in("覃会计")
    page = desk.go(AT)
    for key in keys.split():
        page.keyboard.press(key)
    page.wait_for_url(f"**{AT}{path}")


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
def test_a_question_mark_shows_every_key_of_the_page(desk: Desk) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{AT}/vouchers/new")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    assert "科目余额表" in dialog.inner_text()
    assert "F12" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


@pytest.mark.parametrize("screen", ["phone"], indirect=True)
def test_the_menu_of_a_phone_opens_and_leads_on(desk: Desk) -> None:
    desk.sign_in("覃会计")
    page = desk.go(AT)
    page.locator("details.top summary").click()
    page.locator("details.top").get_by_role("link", name="科目余额表").click()
    page.wait_for_url("**/trial-balance")


@pytest.mark.parametrize("screen", ["phone"], indirect=True)
def test_a_row_is_a_card_on_a_phone_and_a_row_again_on_paper(desk: Desk) -> None:
    desk.sign_in("覃会计")
    for path in ("/vouchers", "/vouchers/1", "/ledger?account=102", "/trial-balance", "/log", "/members"):
        page = desk.go(AT + path)
        shown = "getComputedStyle(document.querySelector('main table tbody tr')).display"
        assert page.evaluate(shown) == "grid", path
        page.emulate_media(media="print")
        assert page.evaluate(shown) == "table-row", path
        page.emulate_media(media="screen")
