"""Trade with members: its own sheet by keyboard and pasted, what vouchers have apart, and the sums a dividend goes by."""

from tests.pages.conftest import BOOK, Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_vouchers import said

TRADE = f"/books/{BOOK}/trade"
SHEET = f"{TRADE}/sheet"
DAY = "2025-12-28"


def row(number: int, **cells: str) -> dict[str, str]:
    return {f"items-{number}-{name}": text for name, text in cells.items()}


SOLD = {"member": "Q0002", "product": "青贮玉米", "quantity": "500", "unit": "公斤", "amount": "150.00"}


def test_trade_is_written_down_and_summed_and_taken_back(site: Site) -> None:
    reader = site.of("韦计分")
    before = reader.get(f"{TRADE}?year=2025").text
    assert SHEET in before
    page = reader.get(f"{SHEET}?on={DAY}")
    right = reader.send(
        page, SHEET, on=DAY, **row(0, **SOLD, on="2025/12/5", note="过磅单12号"), **row(1, **SOLD)
    )
    assert "已登记2行" in said(right)
    december = site.of("覃会计").get(f"{TRADE}?month=2025-12&member=Q0002")
    assert "过磅单12号" in december.text
    assert "300.00元，其中按凭证登记0.00元" in december.text
    back = next(part for part in right.text.split('"') if part.endswith("/take-back"))
    assert "已冲销" in said(reader.send(right, back, reason="重复"))
    assert "150.00元" in reader.get(f"{TRADE}?year=2025&month=12&member=Q0002").text
    assert site.of("莫审计").get(SHEET).status_code == 403


def test_a_refused_sheet_keeps_what_was_typed(site: Site) -> None:
    reader = site.of("韦计分")
    page = reader.get(f"{SHEET}?on={DAY}")
    wrong = reader.send(page, SHEET, on=DAY, **row(0, **(SOLD | {"amount": "-1"}), on="32日", note="记下"))
    assert wrong.status_code == 422
    assert 'value="32日"' in wrong.text
    assert 'value="记下"' in wrong.text


def test_what_the_dividend_goes_by_ties_to_the_daybook(site: Site) -> None:
    page = site.of("覃会计").get(f"{TRADE}?year=2025").text
    # The pack's 56 trades of 2025, all of products that count, all of members of record.
    assert "28,050.00" in page
    assert page.count("28,050.00") >= 2
    assert "凭证中尚未登记的交易" not in page


def test_the_sheet_of_trade_is_fit_for_desk_and_phone(desk: Desk, screen: str) -> None:
    desk.sign_in("覃会计")
    page = desk.go(f"{SHEET}?on={DAY}")
    page.wait_for_selector("#sheet[data-ready]")
    page.locator("[name=items-0-member]").focus()
    page.evaluate(
        """text => {
          const data = new DataTransfer();
          data.setData("text/plain", text);
          document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
        }""",
        "\n".join(f"Q0002\t青贮玉米\t{number}00\t公斤\t{number}0.00" for number in range(1, 11)),
    )
    assert page.locator("[name=items-9-amount]").input_value() == "100.00"
    page.locator("[name=items-0-member]").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "items-0-product"
    page.keyboard.press("F8")
    page.wait_for_selector("[role=status], [role=alert]")
    assert "已登记10行" in page.inner_text("main")
    pages = {"trade-sheet": f"{SHEET}?on={DAY}", "trade": f"{TRADE}?year=2025"}
    assert look_at(desk, pages, screen) == []
