"""Bank, cash and assets: what an accountant and a cashier do there, and what is refused with everything kept.

The bank of March 2025: the journal ends with 118 039.11; the bank paid the wages in two rows and took a fee of 5.00.
"""

import re
from io import BytesIO

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import FilePayload

from tests.accessibility import barriers
from tests.pages.conftest import BOOK, Desk, Reader, Site

AT = f"/books/{BOOK}"
OF = "account=102"
STATEMENT = "\r\n".join(
    (
        "交易日期,摘要,支出,收入,余额,对方户名",
        "2025-03-08,代发工资,700.00,,212050.00,甲",
        "2025-03-08,代发工资,800.00,,211250.00,乙",
        "2025-03-09,购牛,92120.00,,119130.00,牛贩",
        "2025-03-16,保险,1140.00,,117990.00,保险公司",
        "2025-03-21,利息,,49.11,118039.11,",
        "2025-03-31,手续费,5.00,,118034.11,",
    )
).encode("gb18030")


def taken(reader: Reader, content: bytes = STATEMENT, **fields: str) -> httpx.Response:
    """The page after this file was handed in as a statement of March."""
    page = reader.get(f"{AT}/bank?{OF}")
    days = {"first_day": "2025-03-01", "last_day": "2025-03-31"} | fields
    return reader.send(page, f"{AT}/bank/statements?{OF}", file=("三月.csv", content, "text/csv"), **days)


def values(page: httpx.Response, name: str) -> list[str]:
    """The values of the boxes of this name."""
    return re.findall(rf'type="checkbox" name="{name}" value="([^"]*)"', page.text)


# Bank


def test_a_statement_is_matched_and_reconciled(site: Site) -> None:
    accountant = site.of("覃会计")
    page = taken(accountant)
    assert "共 6 行，其中新增 6 行" in page.text
    proposals, lines, entries = values(page, "proposal"), values(page, "line"), values(page, "entry")
    assert len(proposals) == 3, "the calves, the insurance and the interest"
    assert len(lines) == 3, "the wages twice, and the fee"
    wages = next(one for one in entries if f'value="{one}" data-amount="-1500.00"' in page.text)
    done = accountant.send(page, f"{AT}/bank/matches?{OF}", proposal=proposals)
    assert "已勾对 3 组" in done.text
    done = accountant.send(done, f"{AT}/bank/matches?{OF}", line=lines[:2], entry=[wages])
    assert "已勾对 1 组" in done.text

    table = accountant.get(f"{AT}/bank/reconciliation?{OF}&on=2025-03-31").text
    assert "118,039.11" in table
    assert "118,034.11" in table
    assert "手续费" in table
    assert "调节后两边相等：118,034.11" in table

    workbook = accountant.get(f"{AT}/exports/bank-reconciliation.xlsx?{OF}&on=2025-03-31")
    sheet = load_workbook(BytesIO(workbook.content)).active
    assert sheet is not None
    amounts = [row[4] for row in sheet.iter_rows(min_row=7, values_only=True)]
    assert amounts == [118039.11, 0, 5, 5, 118034.11, 118034.11, 0, 0, 118034.11]


def test_the_same_statement_again_changes_nothing(site: Site) -> None:
    accountant = site.of("覃会计")
    taken(accountant)
    assert "没有变化" in taken(accountant).text
    assert accountant.get(f"{AT}/bank/statements?{OF}").text.count("2025-03-31") == 1


def test_a_match_is_undone_with_a_reason(site: Site) -> None:
    accountant = site.of("覃会计")
    page = taken(accountant)
    accountant.send(page, f"{AT}/bank/matches?{OF}", proposal=values(page, "proposal")[:1])
    page = accountant.get(f"{AT}/bank/matches?{OF}")
    assert accountant.send(page, f"{AT}/bank/matches/1/undo?{OF}", reason="").status_code == 422
    assert "已取消勾对" in accountant.send(page, f"{AT}/bank/matches/1/undo?{OF}", reason="错了").text
    assert "bank/matches/1/undo" not in accountant.get(f"{AT}/bank/matches?{OF}").text


def test_two_sides_that_differ_are_refused_and_stay_ticked(site: Site) -> None:
    accountant = site.of("覃会计")
    page = taken(accountant)
    line, entry = values(page, "line")[0], values(page, "entry")[0]
    refused = accountant.send(page, f"{AT}/bank/matches?{OF}", line=[line], entry=[entry])
    assert refused.status_code == 409
    assert re.search(rf'name="line" value="{line}"[^>]*checked', refused.text)
    nothing = accountant.send(page, f"{AT}/bank/matches?{OF}")
    assert "没有勾选任何行" in nothing.text


def test_an_item_open_on_paper_is_carried_over(site: Site) -> None:
    accountant = site.of("覃会计")
    page = taken(accountant)
    item = {"side": "book", "way": "out", "date": "2025-02-24", "amount": "62,370.00", "text": "尾款"}
    assert "已补录" in accountant.send(page, f"{AT}/bank/carried?{OF}", **item).text
    late = accountant.send(page, f"{AT}/bank/carried?{OF}", **(item | {"date": "2025-03-24", "amount": "1"}))
    assert late.status_code == 422
    assert 'value="2025-03-24"' in late.text, "what was typed is still there"
    assert "date-wrong" in late.text


@pytest.mark.parametrize(
    ("content", "fields", "says"),
    [
        (b"", {}, "没有选择文件"),
        ("甲,乙\r\n1,2".encode("gb18030"), {}, "找不到标题行"),
        ("日期,支出,收入\r\n3/5/2025,1,".encode("gb18030"), {}, "第 2 行“日期”列：“3/5/2025”不是确定的日期"),
        ("日期,支出,收入\r\n2025-03-05,1,".encode("gb18030"), {}, "没有逐笔余额"),
        ("日期,支出,收入\r\n2025-03-05,1,".encode("gb18030"), {"opening": "x"}, "opening-wrong"),
        (STATEMENT, {"first_day": "2025-03-10"}, "2025-03-08"),
    ],
)
def test_a_file_that_is_no_statement_is_refused_beside_its_field(
    site: Site, content: bytes, fields: dict[str, str], says: str
) -> None:
    reader = site.of("覃会计")
    page = reader.get(f"{AT}/bank?{OF}")
    file = ("a.csv", content, "text/csv") if content else ("", b"", "application/octet-stream")
    answer = reader.send(page, f"{AT}/bank/statements?{OF}", file=file, **fields)
    assert answer.status_code == 422
    assert says in answer.text


def test_a_file_without_balances_takes_the_one_that_is_given(site: Site) -> None:
    content = "日期,支出,收入\r\n2025-03-31,5.00,".encode()
    assert "新增 1 行" in taken(site.of("覃会计"), content, opening="118,039.11").text


def test_rows_show_what_they_belong_to(site: Site) -> None:
    accountant = site.of("覃会计")
    page = taken(accountant)
    accountant.send(page, f"{AT}/bank/matches?{OF}", proposal=values(page, "proposal"))
    lines = accountant.get(f"{AT}/bank/lines?{OF}&month=2025-03").text
    assert lines.count('class="tag warn">未达') == 3
    assert "94,715.89" in lines, "what moved in the month"


# Cash


def test_cash_is_counted_by_its_notes_and_a_difference_becomes_a_draft(site: Site) -> None:
    cashier, accountant = site.of("黄出纳"), site.of("覃会计")
    page = cashier.get(f"{AT}/cash?month=2025-03")
    assert "1 天未盘点" in page.text
    counted = {"date": "2025-03-17", "face-10000": "2", "face-500": "7", "face-100": "1", "note": "抽屉"}
    done = cashier.send(page, f"{AT}/cash?month=2025-03", **counted)
    assert "账实不符" in done.text
    assert "短款 1.61" in done.text
    page = accountant.get(f"{AT}/cash?month=2025-03")
    draft = accountant.send(page, f"{AT}/cash/difference?month=2025-03", account="101", date="2025-03-17")
    assert draft.url.path.endswith("/edit")
    assert "3月17日现金盘点短款" in draft.text
    assert draft.text.count('value="1.61"') == 2


def test_a_count_that_cannot_be_is_refused_with_every_number_kept(site: Site) -> None:
    cashier = site.of("黄出纳")
    page = cashier.get(f"{AT}/cash?month=2025-03")
    refused = cashier.send(
        page,
        f"{AT}/cash?month=2025-03",
        **{"date": "2025-03-17", "face-10000": "2", "face-50": "半", "counted": "230"},
    )
    assert refused.status_code == 422
    assert 'value="半"' in refused.text
    assert "face-50-wrong" in refused.text
    refused = cashier.send(
        page, f"{AT}/cash?month=2025-03", **{"date": "2025-03-17", "face-10000": "2", "counted": "230"}
    )
    assert "pieces-wrong" in refused.text


def test_a_day_that_agrees_needs_no_voucher(site: Site) -> None:
    accountant = site.of("覃会计")
    page = accountant.get(f"{AT}/cash?month=2025-03")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert csrf is not None
    answer = accountant.client.post(
        f"{AT}/cash/difference", data={"csrf": csrf[1], "date": "2025-03-17"}, headers={"Accept": "text/html"}
    )
    assert answer.status_code == 409


# Assets

CUTTER = {
    "code": "SB-01",
    "name": "铡草机",
    "account": "151",
    "detail": "饲草设备",
    "cost": "34,750.00",
    "residual": "1737.50",
    "life_months": "60",
    "in_use_since": "2025-01-24",
    "expense_account": "523",
    "taken": "5502.10",
    "taken_until": "2025-11",
}


def with_card(reader: Reader, **changed: str) -> httpx.Response:
    """The page after this card was handed in."""
    return reader.send(reader.get(f"{AT}/assets/new"), f"{AT}/assets/new", **(CUTTER | changed))


def test_a_card_drafts_its_month_and_shows_its_plan(site: Site) -> None:
    accountant = site.of("覃会计")
    card = with_card(accountant)
    assert card.url.path == f"{AT}/assets/cards/SB-01", card.text
    assert "29,247.90" in card.text, "34 750.00 less 5 502.10"
    page = accountant.get(f"{AT}/assets?month=2025-12")
    assert "561.33" in page.text or "550.2" in page.text
    voucher = accountant.send(page, f"{AT}/assets/plan", month="2025-12")
    assert re.fullmatch(rf"{AT}/vouchers/\d+", voucher.url.path), voucher.text
    assert "计提12月折旧" in voucher.text
    again = accountant.send(page, f"{AT}/assets/plan", month="2025-12")
    assert "没有应计提的" in again.text
    assert "草稿" in accountant.get(f"{AT}/assets/cards/SB-01").text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"code": "有 空格"}, "code"),
        ({"cost": "很多"}, "cost"),
        ({"cost": "0"}, "cost"),
        ({"residual": "40000"}, "residual"),
        ({"life_months": "0"}, "life_months"),
        ({"life_months": "五年"}, "life_months"),
        ({"in_use_since": ""}, "in_use_since"),
        ({"expense_account": "101"}, "expense_account"),
        ({"expense_account": ""}, "expense_account"),
        ({"account": "102"}, "account"),
        ({"taken_until": ""}, "taken_until"),
        ({"first_month": "2024"}, "first_month"),
        ({"detail": "没有这个"}, "detail"),
    ],
)
def test_a_card_that_cannot_be_is_refused_beside_its_field(
    site: Site, changed: dict[str, str], field: str
) -> None:
    answer = with_card(site.of("覃会计"), **changed)
    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text
    assert 'value="铡草机"' in answer.text


def test_terms_change_an_asset_goes_and_comes_back(site: Site) -> None:
    accountant = site.of("覃会计")
    with_card(accountant)
    at = f"{AT}/assets/cards/SB-01"
    terms = {"from_month": "2026-01", "cost": "34750", "residual": "0", "life_months": "72"}
    page = accountant.send(
        accountant.get(at), f"{at}/terms", **terms, expense_account="523", reason="延长寿命"
    )
    assert "历次变更" in page.text
    early = accountant.send(
        page, f"{at}/terms", **(terms | {"from_month": "2025-03"}), expense_account="523", reason="x"
    )
    assert early.status_code == 422
    assert 'id="from_month-wrong"' in early.text
    gone = accountant.send(page, f"{at}/dispose", day="2026-02-03", why="出售")
    assert "2026-02-03 已处置" in gone.text
    back = accountant.send(gone, f"{at}/put-back", why="退货")
    assert "恢复使用" in back.text
    assert accountant.get(f"{AT}/assets/cards/NO").status_code == 404


@pytest.mark.parametrize("who", ["黄出纳", "陆理事长", "莫审计"])
def test_who_only_reads_gets_no_form(site: Site, who: str) -> None:
    reader = site.of(who)
    for path in (f"/bank?{OF}", "/assets"):
        page = reader.get(AT + path)
        assert page.status_code == 200
        assert 'method="post" action="/books' not in page.text
    assert reader.get(f"{AT}/assets/new").status_code == 403


# In a browser


def test_ticks_add_themselves_up_and_pages_are_clean(desk: Desk, screen: str) -> None:
    page = desk.sign_in("覃会计")
    desk.go(f"{AT}/bank?{OF}")
    scan: FilePayload = {"name": "a.csv", "mimeType": "text/csv", "buffer": STATEMENT}
    page.set_input_files("#file", files=[scan])
    page.fill("#first_day", "2025-03-01")
    page.fill("#last_day", "2025-03-31")
    page.keyboard.press("Enter")
    page.wait_for_selector(".matching")
    page.check('input[data-amount="-700.00"]')
    page.check('input[data-amount="-800.00"]')
    assert "相差 1,500.00" in page.inner_text(".sums")
    page.check('input[name="entry"][data-amount="-1500.00"]')
    assert "相等" in page.inner_text(".sums")
    assert barriers(page) == []
    page.click(".batch button.primary")
    page.wait_for_selector(".note.good")
    for path in (f"/bank/lines?{OF}&month=2025-03", f"/bank/matches?{OF}", f"/bank/reconciliation?{OF}"):
        desk.go(AT + path)
        assert barriers(page) == [], path


def test_the_count_adds_itself_up(desk: Desk, screen: str) -> None:
    page = desk.sign_in("黄出纳")
    desk.go(f"{AT}/cash?month=2025-03&day=2025-03-17")
    page.fill("#face-10000", "2")
    page.fill("#face-500", "7")
    assert page.input_value("#counted") == "235.00"
    assert "短款 2.61" in page.inner_text("[data-difference]")
    assert barriers(page) == []
    page.keyboard.press("F8")
    page.wait_for_selector(".note.good")
