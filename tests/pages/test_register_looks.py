"""The register's pages at a desk and on a phone: axe finds nothing, nothing runs off the side; the form by keyboard."""

import pytest
from playwright.sync_api import Page

from tests.accessibility import barriers, off_the_side
from tests.pages.conftest import BOOK, VILLAGE, Desk
from tests.pages.test_looks import look_at, photograph

AT = f"/books/{BOOK}"
NEW = f"{AT}/register/new"
PAGES = {
    "register": f"{AT}/register",
    "register-cash": f"{NEW}/cash?member=Q0002",
    "register-calf": f"{NEW}/calf",
    "register-conversion": f"{NEW}/conversion",
    "register-joining": f"{NEW}/joining",
    "register-payee": f"{NEW}/payee?member=Q0002",
    "members-findings": f"{AT}/members?on=2024-01-01",
    "member-acts": f"{AT}/members/Q0002",
    "member-gone": f"{AT}/members/Q0010",
    "member-edit": f"{AT}/members/Q0002/edit",
    "member-account": f"{AT}/members/Q0010/account?year=2025",
    "register-quantification": f"/books/{VILLAGE}/register/new/quantification",
    "entitlements": f"/books/{VILLAGE}/shares",
}


def is_fine(page: Page, name: str) -> None:
    """Axe finds nothing on the page as it stands, and it is as wide as its window."""
    photograph(page, name)
    assert barriers(page) + off_the_side(page) == []


def land(desk: Desk) -> Page:
    """A land share typed and tried."""
    page = desk.go(f"{NEW}/land?member=Q0002&resolution=9号&on=2025-12-20&expense_detail=Q2501")
    page.wait_for_selector("form[data-ready]")
    for name, text in (("mu", "2.5"), ("years", "8"), ("price", "600")):
        page.locator(f"#{name}").fill(text)
    return page


def test_nothing_is_wrong_with_the_pages_of_the_register(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    assert look_at(desk, PAGES, screen) == []


def test_an_act_is_tried_sent_and_confirmed(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    page = land(desk)
    assert page.locator("[data-sum-shown]").inner_text() == "12,000.00"
    page.keyboard.press("F8")
    page.wait_for_selector("#tried")
    is_fine(page, f"register-tried-{screen}")
    page.wait_for_selector("form[data-ready]")
    page.keyboard.press("F9")
    page.wait_for_url("**/register/1")
    is_fine(page, f"register-own-{screen}")
    desk.sign_out()
    desk.sign_in("韦审核")
    page = desk.go(f"{AT}/register/1")
    is_fine(page, f"register-answer-{screen}")
    page.keyboard.press("F9")
    page.wait_for_selector("text=已复核")
    is_fine(page, f"register-done-{screen}")
    is_fine(desk.go(f"{AT}/register"), f"register-list-{screen}")


def test_nothing_is_wrong_with_a_form_that_was_refused(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    page = land(desk)
    page.locator("#price").fill("1.234")
    page.keyboard.press("F8")
    page.wait_for_selector("#price-wrong")
    is_fine(page, f"register-refused-{screen}")


@pytest.mark.parametrize("screen", ["desk"], indirect=True)
def test_a_member_is_picked_by_initials_and_a_column_is_pasted(desk: Desk) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{NEW}/conversion")
    page.wait_for_selector("form[data-ready]")
    page.locator("#parts-0-member").focus()
    page.keyboard.type("lrs")
    page.wait_for_selector("#picker")
    page.keyboard.press("Enter")
    assert "李日山" in page.locator("#parts-0-member").input_value()
    assert page.evaluate("document.activeElement.id") == "parts-0-amount"
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text", "Q0002\\t100.50\\nQ0003\\t200\\nQ0004\\t300\\nQ0005\\t1,400\\n");
          document.getElementById("parts-1-member").dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    assert page.locator("#parts-4-amount").input_value() == "1,400"
    assert page.locator("[data-sum-shown]").inner_text() == "2,000.50"
    assert page.locator("table.rows tbody tr").count() == 6

    page = desk.go(f"/books/{VILLAGE}/register/new/quantification")
    page.wait_for_selector("form[data-ready]")
    page.locator("#households-0-member").focus()
    page.evaluate(
        """() => {
          const data = new DataTransfer();
          data.setData("text", "M0001\\t3\\nM0002\\t2.5\\nM0003\\t0\\n");
          document.activeElement.dispatchEvent(
            new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }"""
    )
    assert page.locator("[data-sum-shown]").inner_text() == "5.50"
