"""The sheet of work days: filled in by keyboard, refused with everything kept, a wrong row taken back, fit for a phone."""

from tests.pages.conftest import BOOK, Desk, Site
from tests.pages.test_looks import look_at
from tests.pages.test_vouchers import said

SHEET = f"/books/{BOOK}/labour/sheet"
DAY = "2025-12-28"


def row(number: int, member: str, days: str, wage: str = "120") -> dict[str, str]:
    return {
        f"items-{number}-member": member,
        f"items-{number}-days": days,
        f"items-{number}-work": "值班",
        f"items-{number}-day_wage": wage,
    }


def test_a_sheet_is_written_down_and_a_row_taken_back(site: Site) -> None:
    reader = site.of("韦计分")
    assert SHEET in reader.get(f"/books/{BOOK}/labour").text
    page = reader.get(f"{SHEET}?on={DAY}")
    right = reader.send(page, SHEET, on=DAY, **row(100, "Q0002", "1.5"), **row(101, "Q0001", "1"))
    assert "已登记2行" in said(right)
    back = next(part for part in right.text.split('"') if part.endswith("/take-back"))
    gone = reader.send(right, back, reason="记错人")
    assert "已冲销" in said(gone)
    assert "-1.5" in gone.text


def test_a_refused_sheet_keeps_what_was_typed(site: Site) -> None:
    reader = site.of("韦计分")
    page = reader.get(f"{SHEET}?on={DAY}")
    wrong = reader.send(page, SHEET, on="2999-01-01", **row(100, "Q0002", "1.25"), **row(101, "Q9999", "1"))
    assert wrong.status_code == 422
    assert 'value="1.25"' in wrong.text
    assert wrong.text.count("2999-01-01还没有到") == 1
    assert 'aria-label="2 成员" aria-invalid="true"' in wrong.text


def test_the_months_work_days_are_drafted_and_found_again(site: Site) -> None:
    clerk, accountant = site.of("韦计分"), site.of("覃会计")
    page = clerk.get(f"{SHEET}?on={DAY}")
    clerk.send(page, SHEET, on=DAY, **row(100, "Q0002", "1.5"))
    month = f"/books/{BOOK}/labour?month=2025-12"
    assert "尚有180.00元待会计制单" in clerk.get(month).text
    act = f"/books/{BOOK}/labour/voucher"
    wrong = accountant.send(
        accountant.get(month), act, **{"cost-account": "102 银行存款", "dated": "2025-12-31"}
    )
    assert (wrong.status_code, "劳务费不能记入102" in wrong.text) == (422, True)
    made = accountant.send(
        accountant.get(month), act, **{"cost-account": "141", "cost-detail": "Q2501", "dated": "2025-12-31"}
    )
    assert "已生成凭证草稿" in said(made)
    assert f'href="/books/{BOOK}/labour?month=2025-12"' in made.text
    assert made.url.path in accountant.get(month).text
    assert "账面与记分表一致" in accountant.get(month).text
    # What the pack's own vouchers booked is there already.
    assert "记-0044" in accountant.get(f"/books/{BOOK}/labour?month=2025-04").text
    assert clerk.client.post(act, data={}).status_code == 403


def test_only_who_keeps_the_records_fills_it_in(site: Site) -> None:
    reader = site.of("莫审计")
    assert reader.get(SHEET).status_code == 403
    assert SHEET not in reader.get(f"/books/{BOOK}/labour").text


def test_the_sheet_is_fit_for_desk_and_phone(desk: Desk, screen: str) -> None:
    desk.sign_in("韦计分")
    page = desk.go(f"{SHEET}?on={DAY}")
    page.wait_for_selector("#sheet[data-ready]")
    page.locator("[name=items-0-member]").fill("Q0002")
    page.locator("[name=items-0-days]").fill("1.5")
    page.locator("[name=items-0-work]").fill("值班")
    page.locator("[name=items-0-day_wage]").fill("120")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "items-1-member"
    page.keyboard.press("F8")
    page.wait_for_selector("[role=status], [role=alert]")
    assert "已登记1行" in page.inner_text("main")
    desk.sign_out()
    desk.sign_in("覃会计")
    pages = {"labour-sheet": f"{SHEET}?on={DAY}", "labour": f"/books/{BOOK}/labour?month=2025-12"}
    assert look_at(desk, pages, screen) == []
