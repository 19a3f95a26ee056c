"""The keys of the voucher form, each as the table in the accountant's guide says it."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.handover import PACKS
from tests.pages.conftest import BOOK, Desk

SCAN = min((PACKS / "clean-small" / "附件").iterdir())

pytestmark = pytest.mark.parametrize("screen", ["desk"], indirect=True)


@pytest.fixture
def form(desk: Desk) -> Page:
    desk.sign_in("覃会计")
    page = desk.go(f"/books/{BOOK}/vouchers/new")
    page.wait_for_selector("form[data-ready]")
    return page


def cell(page: Page, line: int, name: str) -> Locator:
    return page.locator(f"#lines-{line - 1}-{name}")


def fill(page: Page, line: int, **cells: str) -> None:
    """Type into cells of a line, as if one had come there."""
    for name, text in cells.items():
        cell(page, line, name).fill(text)
        cell(page, line, name).blur()


def test_enter_walks_the_cells_and_opens_the_next_line_with_the_same_summary(form: Page) -> None:
    cell(form, 1, "summary").focus()
    for text in ("领用饲料", "523", "", "5"):
        form.keyboard.type(text)
        form.keyboard.press("Enter")
    expect(cell(form, 2, "summary")).to_be_focused()
    expect(cell(form, 2, "summary")).to_have_value("领用饲料")
    expect(cell(form, 1, "account")).to_have_value("523 管理费用")
    expect(cell(form, 1, "debit")).to_have_value("5.00")


def test_the_balancing_amount_is_proposed_on_the_next_line_and_enter_takes_it(form: Page) -> None:
    fill(form, 1, summary="领用饲料", account="523", debit="88.40")
    cell(form, 1, "debit").focus()
    form.keyboard.press("Enter")
    expect(cell(form, 2, "credit")).to_have_attribute("placeholder", "88.40")
    form.keyboard.press("Enter")
    form.keyboard.type("101")
    for _cell in range(3):
        form.keyboard.press("Enter")
    expect(cell(form, 2, "credit")).to_have_value("88.40")
    expect(form.locator("button.primary")).to_be_focused()


def test_equals_puts_the_balancing_amount_into_the_cell(form: Page) -> None:
    fill(form, 1, debit="100")
    fill(form, 2, credit="30.50")
    cell(form, 3, "credit").focus()
    form.keyboard.press("=")
    expect(cell(form, 3, "credit")).to_have_value("69.50")
    cell(form, 3, "debit").focus()
    form.keyboard.press("=")
    expect(cell(form, 3, "debit")).to_have_value("-69.50")
    expect(cell(form, 3, "credit")).to_have_value("")


def test_space_takes_the_amount_to_the_other_side(form: Page) -> None:
    fill(form, 1, debit="12")
    cell(form, 1, "debit").focus()
    form.keyboard.press("Space")
    expect(cell(form, 1, "credit")).to_have_value("12.00")
    expect(cell(form, 1, "debit")).to_have_value("")
    expect(cell(form, 1, "credit")).to_be_focused()


def test_minus_turns_an_amount_red(form: Page) -> None:
    fill(form, 1, debit="49.11")
    cell(form, 1, "debit").focus()
    form.keyboard.press("-")
    expect(cell(form, 1, "debit")).to_have_value("-49.11")
    expect(cell(form, 1, "debit")).to_have_class("red")
    form.keyboard.press("-")
    expect(cell(form, 1, "debit")).to_have_value("49.11")


def test_dots_copy_the_summary_above_and_slashes_the_first(form: Page) -> None:
    fill(form, 1, summary="甲")
    fill(form, 2, summary="乙")
    cell(form, 3, "summary").focus()
    form.keyboard.type("..")
    expect(cell(form, 3, "summary")).to_have_value("乙")
    cell(form, 4, "summary").focus()
    form.keyboard.type("//")
    expect(cell(form, 4, "summary")).to_have_value("甲")


def test_f7_looks_up_accounts_and_the_details_the_account_is_kept_by(form: Page) -> None:
    cell(form, 1, "account").focus()
    form.keyboard.press("F7")
    expect(form.locator("#picker li").first).to_contain_text("101")
    form.keyboard.type("114")
    form.keyboard.press("Enter")
    expect(cell(form, 1, "account")).to_have_value("114 成员往来")
    expect(cell(form, 1, "detail")).to_be_focused()
    expect(form.locator("#picker li").first).to_contain_text("Q0001")
    form.keyboard.type("班正")
    form.keyboard.press("Enter")
    expect(cell(form, 1, "detail")).to_have_value("Q0010 班正英")
    expect(form.locator("tr").nth(1).locator(".balance")).to_contain_text("余额")


@pytest.mark.parametrize("typed", ["102", "yhck", "银行存款", "银行"])
def test_an_account_is_found_by_code_initials_or_name(form: Page, typed: str) -> None:
    cell(form, 1, "account").focus()
    form.keyboard.type(typed)
    form.keyboard.press("Enter")
    expect(cell(form, 1, "account")).to_have_value("102 银行存款")


def test_an_account_its_register_keeps_is_not_offered(form: Page) -> None:
    cell(form, 1, "account").focus()
    form.keyboard.type("301")
    expect(form.locator("#picker")).to_have_count(0)


def test_a_line_is_inserted_and_deleted(form: Page) -> None:
    fill(form, 1, summary="甲")
    fill(form, 2, summary="乙")
    cell(form, 1, "summary").focus()
    form.keyboard.press("Control+Insert")
    expect(cell(form, 2, "summary")).to_have_value("甲")
    expect(cell(form, 3, "summary")).to_have_value("乙")
    form.keyboard.press("Control+Delete")
    expect(cell(form, 2, "summary")).to_have_value("乙")
    expect(form.locator(".line-no")).to_have_text(["1", "2", "3", "4"])


def test_f12_saves_and_begins_a_new_one(form: Page) -> None:
    form.locator("#date").fill("2025-01-30")
    fill(form, 1, summary="提取备用金", account="101", debit="400")
    fill(form, 2, summary="提取备用金", account="102", credit="400")
    form.keyboard.press("F12")
    expect(form.get_by_role("status").first).to_contain_text("可继续制下一张")
    expect(cell(form, 1, "summary")).to_have_value("")
    expect(form.locator("#date")).to_have_value("2025-01-30")


def test_both_sides_and_their_difference_are_shown(form: Page) -> None:
    fill(form, 1, debit="1,234.5")
    fill(form, 2, credit="１２３４．５０")
    expect(form.locator("[data-total=debit]")).to_have_text("1,234.50")
    expect(form.locator("[data-total=capitals]")).to_have_text("人民币壹仟贰佰叁拾肆元伍角整")
    fill(form, 2, credit="1000")
    expect(form.locator("[data-total=difference]")).to_have_text("差额 234.50")
    fill(form, 2, credit="甲")
    expect(cell(form, 2, "credit")).to_have_attribute("aria-invalid", "true")


def test_unfinished_work_survives_a_closed_tab(form: Page, desk: Desk) -> None:
    fill(form, 1, summary="还没写完", account="523", debit="7")
    expect(form.locator(".kept")).to_have_text("已自动存为草稿")
    fill(form, 2, summary="再写一行", account="102", credit="5")
    expect(form.locator("input[name=version]")).to_have_value("2")
    form.reload()
    expect(cell(form, 1, "summary")).to_have_value("还没写完")
    expect(cell(form, 2, "credit")).to_have_value("5.00")
    page = desk.go(f"/books/{BOOK}/vouchers?state=sketch")
    expect(page.locator("tbody tr")).to_contain_text("还没写完")
    expect(page.locator("tbody tr .tag").last).to_have_text("草稿")


def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(form: Page) -> None:
    fill(form, 1, summary="购入饲料", account="121", debit="100")
    fill(form, 2, summary="购入饲料", account="999", credit="90")
    form.keyboard.press("F8")
    expect(form.get_by_role("alert")).to_contain_text("处不对")
    expect(cell(form, 2, "account")).to_have_value("999")
    expect(cell(form, 2, "account")).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#lines-1-account-wrong")).to_contain_text("999")
    expect(form.locator("#lines-0-detail-wrong")).to_be_visible()
    expect(form.locator("#lines-wrong")).to_contain_text("10.00")


def test_an_event_brings_its_lines(form: Page) -> None:
    form.select_option("#event", "forage-from-member")
    form.wait_for_url("**event=forage-from-member**")
    expect(cell(form, 1, "account")).to_have_value("121 产品物资")
    expect(cell(form, 2, "account")).to_have_value("114 成员往来")
    expect(cell(form, 2, "summary")).to_have_value("向成员收购饲草")
    form.wait_for_selector("form[data-ready]")
    cell(form, 2, "detail").fill("Q0002")
    cell(form, 2, "detail").focus()
    form.keyboard.press("Enter")
    expect(cell(form, 2, "credit")).to_be_focused()


def test_a_scan_dropped_on_the_voucher_goes_with_it(form: Page) -> None:
    form.locator("#date").fill("2025-01-30")
    fill(form, 1, summary="提取备用金", account="101", debit="400")
    fill(form, 2, summary="提取备用金", account="102", credit="400")
    dropped = form.evaluate_handle(
        """bytes => {
          const bag = new DataTransfer();
          bag.items.add(new File([new Uint8Array(bytes)], "现金支票.png", { type: "image/png" }));
          return bag;
        }""",
        list(SCAN.read_bytes()),
    )
    form.locator(".voucher").dispatch_event("drop", {"dataTransfer": dropped})
    expect(form.locator(".drop .names")).to_have_text("现金支票.png")
    form.keyboard.press("F8")
    expect(form.locator(".scans .name")).to_have_text("现金支票.png")
