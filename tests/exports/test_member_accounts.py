"""Member accounts of many members in one workbook: what each ends the year with, and entries on one sheet when sheets of
their own would be too many. No member at all is a workbook too."""

import re
from datetime import date
from io import BytesIO

import openpyxl
from msgspec.structs import replace
from pypdf import PdfReader

from schemas.member_accounts import AccountEntry, MemberAccount, QuantifiedShares, Traded
from web.exports.member_accounts import MOST_SHEETS, accounts_pdf, accounts_workbook
from web.member_account_form import AccountForm, account_form


def a_form(number: int) -> AccountForm:
    """A member who put in 100.00 and traded two products, one taken back."""
    account = MemberAccount(
        book="b",
        member=f"M{number:04d}",
        name="王",
        year=2025,
        opening_capital_granted=0,
        opening_capital_other=0,
        opening_reserve_share=500,
        capital_granted=0,
        capital_other=10_000,
        reserve_share=700,
        reserve_share_this_year=200,
        state_aid_quantified=0,
        donation_quantified=0,
        trade={"玉米": Traded(quantity=1_000, amount=2_000), "草": Traded(quantity=-100, amount=-300)},
        work_days=150,
        patronage_refund=33,
        residual_surplus=44,
        current_account_114=-55,
        entries=(
            AccountEntry(on=date(2025, 1, 8), summary="cash", capital_other=10_000),
            AccountEntry(on=date(2025, 5, 1), summary="玉米", product="玉米", quantity=1_000, amount=2_000),
            AccountEntry(on=date(2025, 6, 1), summary="草", product="草", quantity=-100, amount=-300),
            AccountEntry(
                on=date(2025, 12, 31), summary="distribution", patronage_refund=33, residual_surplus=44
            ),
        ),
    )
    return account_form(account, before=QuantifiedShares(), household="H1", locale="zh_CN")


def rows_of(forms: list[AccountForm], sheet: int) -> list[tuple[object, ...]]:
    """The rows of a sheet of the workbook."""
    book = openpyxl.load_workbook(BytesIO(accounts_workbook(forms, unit="社", locale="zh_CN")))
    return [tuple(cell.value for cell in row) for row in book.worksheets[sheet].rows]


def test_the_form_has_a_row_for_each_entry_between_opening_and_closing() -> None:
    form = a_form(1)
    assert [row.cells[2] for row in form.rows] == [
        "年初余额",
        "资金股",
        "玉米",
        "草",
        "本年盈余分配",
        "本年量化（变动）",
        "年末余额/总额",
    ]
    assert form.rows[0].cells[3:8] == (0, 0, 500, 0, 0)
    assert form.rows[2].cells[8:] == (1_000, None, 2_000, None, None, None)
    assert form.rows[-1].cells[3:] == (0, 10_000, 700, 0, 0, 1_000, -100, 2_000, -300, 33, 44)


def test_several_members_have_a_first_sheet_with_the_sums() -> None:
    rows = rows_of([a_form(1), a_form(2)], 0)
    assert rows[-2][:2] == ("M0002", "王")
    assert rows[-1][1:] == ("合计", None, 0, 200, 14, 0, 0, 0.66, 0.88, 3, -1.1)
    assert rows_of([a_form(1), a_form(2)], 2)[-1][2] == "年末余额/总额"


def test_too_many_for_sheets_of_their_own_stand_on_one() -> None:
    forms = [a_form(number) for number in range(MOST_SHEETS + 1)]
    rows = rows_of(forms, 1)
    assert len([row for row in rows if row[3] == "年初余额"]) == MOST_SHEETS + 1
    assert rows[-2][9:] == ("玉米", 10, 20, 0.33, 0.44)
    assert rows[-1][9:] == ("草", -1, -3, None, None)


def test_no_member_is_a_workbook_too() -> None:
    assert rows_of([], 0)[0][0] == "全部成员账户"


def test_sheets_are_counted_for_each_member_by_itself() -> None:
    long = a_form(1)
    long = replace(long, rows=(long.rows[0], *(long.rows[2],) * 70, long.rows[-1]))
    pages = [
        re.sub(r"\s", "", page.extract_text())
        for page in PdfReader(
            BytesIO(accounts_pdf([a_form(1), long, a_form(3)], unit="社", locale="zh_CN"))
        ).pages
    ]
    counted = [re.findall(r"第(\d)页共(\d)页", page) for page in pages]
    assert counted == [[("1", "1")], [("1", "3")], [("2", "3")], [("3", "3")], [("1", "1")]]
    assert all("接受他人捐赠形成财产量化份额" in page for page in pages), "the heading is on every sheet"
