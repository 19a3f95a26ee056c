"""Files out of the house: what a spreadsheet, a text file and a printed page say, read back by other programs."""

import csv
from datetime import date
from io import BytesIO, StringIO
from itertools import pairwise

import openpyxl
import pytest
from pypdf import PdfReader
from sqlalchemy import Connection

from ledger.books import queries as books_asked
from ledger.statements import queries as statements
from schemas.books import Book
from schemas.charts import FormKind
from schemas.vouchers import VoucherFilter
from tests.builders import BOOK, a_book, post
from web.exports import books, prints
from web.exports.paper import ROWS_A_PAGE
from web.exports.sheets import Column, Kind, Sheet
from web.exports.spreadsheets import text, workbook
from web.pages.statements import dated


@pytest.fixture
def book(db: Connection) -> Book:
    """A book with interest, a red voucher and a voucher of nine lines."""
    a_book(db)
    post(db, "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11")
    post(db, "2025-04-02 提取备用金 | 101 1400.50 | cr 102 1400.50")
    post(
        db,
        "2025-04-03 办公、电话、邮寄等费用 | 523 1 | 523 2 | 523 3 | 523 4 | 523 5 | 523 6 | 523 7 | 523 8 | cr 101 36",
    )
    found = books_asked.book(db, id=BOOK)
    assert found is not None
    return found


def pages(content: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(BytesIO(content)).pages]


def test_a_trial_balance_opens_in_excel_with_numbers_that_add_up(db: Connection, book: Book) -> None:
    sheet = books.trial_balance_sheet(
        db, book=book, from_period=202501, to_period=202512, with_details=False, locale="zh_CN"
    )
    page = openpyxl.load_workbook(BytesIO(workbook([sheet]))).worksheets[0]
    assert page["A1"].value == "科目余额表"
    rows = {row[0]: row for row in page.iter_rows(min_row=6, values_only=True)}
    assert rows["101"][4:8] == (1400.5, 36, 1364.5, None)
    assert rows["102"][4:8] == (49.11, 1400.5, None, 1351.39)
    assert rows["524"][4:8] == (-49.11, 0, None, 49.11)
    assert rows[None][1] == "合计"
    assert rows[None][4:8] == (1436.5, 1436.5, 1400.5, 1400.5)


def test_text_for_other_programs_keeps_codes_and_numbers_and_runs_nothing() -> None:
    sheet = Sheet(
        name="x",
        title="x",
        columns=(
            Column(title="编码"),
            Column(title="金额", kind=Kind.MONEY),
            Column(title="日期", kind=Kind.DAY),
            Column(title="备注"),
        ),
        rows=(("0012", -4911, date(2025, 3, 21), "=HYPERLINK(1)"), ("P01", None, None, "-5 头")),
    )
    content = text(sheet)
    assert content.startswith("\ufeff".encode())
    assert list(csv.reader(StringIO(content.decode("utf-8-sig")))) == [
        ["编码", "金额", "日期", "备注"],
        ["0012", "-49.11", "2025-03-21", "'=HYPERLINK(1)"],
        ["P01", "", "", "'-5 头"],
    ]


def test_a_long_voucher_is_printed_on_two_sheets_of_its_own_paper(db: Connection, book: Book) -> None:
    content = prints.vouchers_pdf(db, [3], book=book, locale="zh_CN")
    width, height = PdfReader(BytesIO(content)).pages[0].mediabox[2:]
    assert (round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) == (240, 140)
    first, second = pages(content)
    assert "记-0003" in first
    assert "1/2" in first
    assert "转下页" in first
    assert "人民币叁拾陆元整" not in first
    assert "2/2" in second
    assert "人民币叁拾陆元整" in second
    assert "覃会计" in second
    assert "韦审核" in second


def test_a_long_summary_stays_on_its_line_of_the_form(db: Connection, book: Book) -> None:
    post(db, f"2025-04-04 {'付' * 200} | 101 1400.50 | cr 102 1400.50")
    heights: list[float] = []

    def note(text: str, _user: list[float], place: list[float], _font: object, _size: float) -> None:
        if "付付" in text:
            heights.append(place[5])

    content = prints.vouchers_pdf(db, [4], book=book, locale="zh_CN")
    (page,) = PdfReader(BytesIO(content)).pages
    assert page.extract_text(visitor_text=note).count("付") == 400
    first, second = (max(heights), min(heights))
    line = 11 / 25.4 * 72
    assert first - second < 2 * line


def test_what_people_type_on_telephones_is_printed_as_they_see_it(db: Connection, book: Book) -> None:
    """A sign no font has is a box; one from the emoji font is drawn, so that font is in the file."""
    post(db, "2025-04-04 卖小牛🐄一头 | 101 1400.50 | cr 102 1400.50")
    sheet = Sheet(name="x", title="x", columns=(Column(title="摘要"),), rows=(("卖小牛🐄一头",),))
    for content in (
        prints.vouchers_pdf(db, [4], book=book, locale="zh_CN"),
        prints.sheet_pdf(sheet, foot="x"),
    ):
        (page,) = PdfReader(BytesIO(content)).pages
        assert "卖小牛🐄一头" in page.extract_text()
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
        assert "/NotoColorEmoji" in [font.get("/Name") for font in fonts]


def test_a_red_voucher_shows_its_minus(db: Connection, book: Book) -> None:
    (page,) = pages(prints.vouchers_pdf(db, [1], book=book, locale="zh_CN"))
    assert "-49.11" in page
    assert "人民币零元整" in page


def test_a_ledger_is_carried_forward_from_page_to_page(db: Connection, book: Book) -> None:
    for day in range(1, 31):
        post(db, f"2025-05-{day:02d} 第{day}日存款 | 102 100 | cr 101 100")
    sheet = books.ledger_sheet(
        db,
        book=book,
        account="102",
        detail=None,
        from_period=202501,
        to_period=202512,
        daily=False,
        rows_a_page=ROWS_A_PAGE,
        locale="zh_CN",
    )
    starts = (0, *sheet.breaks, len(sheet.rows))
    sizes = [end - start for start, end in pairwise(starts)]
    assert len(sizes) == 2
    assert max(sizes) <= ROWS_A_PAGE
    assert sheet.rows[0][2] == "上年结转"
    assert sheet.rows[sheet.breaks[0] - 1][2] == "过次页"
    assert sheet.rows[sheet.breaks[0]][2] == "承前页"
    assert sheet.rows[sheet.breaks[0] - 1][4:] == sheet.rows[sheet.breaks[0]][4:]
    assert sheet.rows[-1][7] == 4911 - 140050 + 300000
    printed = pages(prints.sheet_pdf(sheet, foot="清水"))
    assert len(printed) == 2
    assert "承前页" in printed[1]


@pytest.mark.parametrize(
    ("kind", "number"),
    [
        (FormKind.BALANCE_SHEET, "会农社01表"),
        (FormKind.SURPLUS_AND_DISTRIBUTION, "会农社02表"),
        (FormKind.EQUITY_CHANGES, "会农社03表"),
    ],
)
def test_each_statement_fits_its_form_on_one_page(
    db: Connection, book: Book, kind: FormKind, number: str
) -> None:
    statement = statements.statement(db, book=book, kind=kind, until=202512)
    date = dated(kind, 202512, locale="zh_CN")
    content = prints.statement_pdf(statement, book=book, date=date, foot="清水", locale="zh_CN")
    (page,) = pages(content)
    assert number in page.replace(" ", "")
    assert date in page.replace(" ", "")
    titles, rows = prints.statement_table(statement, locale="zh_CN")
    assert all(len(row) == len(titles) for row in rows)


@pytest.mark.parametrize(
    ("kind", "until", "zh", "en"),
    [
        (FormKind.BALANCE_SHEET, 202502, "2025年2月28日", "2025-02-28"),
        (FormKind.BALANCE_SHEET, 202402, "2024年2月29日", "2024-02-29"),
        (FormKind.BALANCE_SHEET, 202512, "2025年12月31日", "2025-12-31"),
        (FormKind.BALANCE_SHEET, 202513, "2025年12月31日", "2025-12-31"),
        (FormKind.SURPLUS_AND_DISTRIBUTION, 202506, "2025年6月", "June 2025"),
        (FormKind.SURPLUS_AND_DISTRIBUTION, 202512, "2025年12月", "December 2025"),
        (FormKind.SURPLUS_AND_DISTRIBUTION, 202513, "2025年度", "Year 2025"),
        (FormKind.EQUITY_CHANGES, 202513, "2025年度", "Year 2025"),
    ],
)
def test_a_statement_is_dated_as_its_form_has_it(kind: FormKind, until: int, zh: str, en: str) -> None:
    assert (dated(kind, until, locale="zh_CN"), dated(kind, until, locale="en")) == (zh, en)


def test_the_whole_book_is_one_workbook(db: Connection, book: Book) -> None:
    content = workbook(books.whole_book(db, book=book, locale="zh_CN"))
    found = openpyxl.load_workbook(BytesIO(content))
    assert found.sheetnames == ["会计科目表", "科目余额表 2025", "记账凭证", "操作日志"]
    rows = list(found["记账凭证"].iter_rows(min_row=5, values_only=True))
    assert len(rows) == 2 + 2 + 9
    assert rows[0][1:5] == ("记-0001", 1, "银行存款利息", "102")
    everything = books.vouchers_sheet(db, book=book, wanted=VoucherFilter(), locale="en")
    sides = [(row[8], row[9]) for row in everything.rows]
    assert [
        sum(amount for amount in side if isinstance(amount, int)) for side in zip(*sides, strict=True)
    ] == [
        143650,
        143650,
    ]
