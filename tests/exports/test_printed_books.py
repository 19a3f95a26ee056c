"""Books on paper: a page of a ledger is as full as its lines let it be, and no row falls off it."""

from io import BytesIO
from itertools import accumulate, pairwise

import pytest
from pypdf import PdfReader
from sqlalchemy import Connection

from ledger.books import actions as books_done
from ledger.books import queries as books_asked
from schemas.books import Book
from schemas.units import Fen
from tests.builders import ACCOUNTANT, AT, BOOK, a_book, post
from web.exports import books, prints
from web.exports.paper import FURTHER_LINE, ROW, ROWS_A_PAGE, height, lines_of
from web.exports.sheets import Cell, Column, Kind, Sheet

LONG = "收到成员交来的饲料款并按合同约定结算上年度尾款及运输费用，由黄出纳经手，附收据三张"


def the_book(db: Connection) -> Book:
    found = books_asked.book(db, id=BOOK)
    assert found is not None
    return found


def printed_book(db: Connection, *, account: str = "102", detail: str | None = None, daily: bool) -> Sheet:
    return books.ledger_sheet(
        db,
        book=the_book(db),
        account=account,
        detail=detail,
        from_period=202501,
        to_period=202512,
        daily=daily,
        rows_a_page=ROWS_A_PAGE,
        locale="zh_CN",
    )


def parts_of(sheet: Sheet) -> list[tuple[tuple[Cell, ...], ...]]:
    ends = (*sheet.breaks, len(sheet.rows))
    return [sheet.rows[start:end] for start, end in zip((0, *sheet.breaks), ends, strict=True)]


def fen(cell: Cell) -> Fen:
    assert isinstance(cell, int)
    return cell


@pytest.mark.parametrize("daily", [True, False])
def test_a_printed_page_is_full_and_carries_what_stands_on_it(db: Connection, daily: bool) -> None:
    """80 deposits on 40 days: with its total a day is three rows of a journal, so ten days fill a page; a ledger of
    the same lines takes 29 a page, two less where a month ends."""
    a_book(db)
    for month in ("03", "04"):
        for day in range(1, 21):
            for deposit in (1, 2):
                post(db, f"2025-{month}-{day:02d} 第{deposit}笔存款 | 102 100 | cr 101 100")
    sheet = printed_book(db, daily=daily)
    parts = parts_of(sheet)
    assert [len(part) for part in parts] == ([31, 31, 31, 30, 10] if daily else [31, 31, 27])
    for part, following in pairwise(parts):
        assert part[-1][2] == "过次页"
        assert following[0][2] == "承前页"
        assert part[-1][4:] == following[0][4:]
    lines = [[row for row in part if row[1] is not None] for part in parts]
    assert sum(map(len, lines)) == 80
    for part, so_far in zip(parts, accumulate(map(len, lines)), strict=True):
        assert fen(part[-1][4]) == fen(part[-1][7]) == so_far * 10000
    assert len(PdfReader(BytesIO(prints.sheet_pdf(sheet, foot="清水"))).pages) == len(parts)


@pytest.mark.parametrize("daily", [True, False])
def test_an_account_with_sub_accounts_says_which_one_a_line_is_on(db: Connection, daily: bool) -> None:
    a_book(db)
    for code, name in (("10201", "农信社"), ("10202", "邮储银行")):
        books_done.add_sub_account(db, book=BOOK, parent="102", code=code, name=name, by=ACCOUNTANT, at=AT)
    post(db, "2025-03-01 存款 | 10201 100 | cr 101 100")
    post(db, "2025-03-02 转存 | 10202 40 | cr 10201 40")
    sheet = printed_book(db, daily=daily)
    titles = [column.title for column in sheet.columns]
    assert titles == ["日期", "凭证", "摘要", "会计科目", "明细", "借方金额", "贷方金额", "方向", "余额"]
    assert [row[3] for row in sheet.rows if row[1] is not None] == [
        "10201 农信社",
        "10202 邮储银行",
        "10201 农信社",
    ]
    assert {len(row) for row in sheet.rows} == {9}
    (page,) = PdfReader(BytesIO(prints.sheet_pdf(sheet, foot="清水"))).pages
    assert "10202 邮储银行" in page.extract_text()
    narrowed = printed_book(db, account="10201", daily=daily)
    assert "会计科目" not in [column.title for column in narrowed.columns]


@pytest.mark.parametrize(
    "summary",
    [
        LONG,
        LONG * 4,
        "a word or two in English, then many more words that go on and on for several lines of paper, truly",
        "https://example.org/" + "x" * 150,
        "编号ABC123，批次XYZ789，" * 8,
        "，。！？" * 40,
    ],
)
@pytest.mark.parametrize("daily", [True, False])
def test_a_long_summary_takes_its_room_of_the_page_and_pushes_nothing_off_it(
    db: Connection, summary: str, daily: bool
) -> None:
    a_book(db)
    for day in range(1, 31):
        said = summary[:200] if day % 3 else f"第{day}日存款"
        post(db, f"2025-03-{day:02d} {said} | 102 100 | cr 101 100")
    sheet = printed_book(db, daily=daily)
    pages = PdfReader(BytesIO(prints.sheet_pdf(sheet, foot="清水"))).pages
    assert len(pages) == len(sheet.breaks) + 1
    for part in parts_of(sheet)[:-1]:
        spare = ROWS_A_PAGE * ROW - sum(height(row, sheet.columns) for row in part)
        longest = height(sheet.rows[1], sheet.columns)
        assert 0 <= spare < longest + 3 * ROW


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 3000, 1),
        ("第一笔存款", 1500, 1),
        ("第一笔存款", 1499, 2),
        ("收到成员交来的饲料款", 6900, 1),
        ("2025年3月", 1800, 1),
        ("2025年3月", 1700, 2),
        ("pay the carrier", 1800, 3),
        ("x" * 100, 3900, 5),
    ],
)
def test_a_text_stands_on_as_many_lines_as_its_column_makes_of_it(text: str, room: int, lines: int) -> None:
    assert lines_of(text, room=room) == lines


def test_a_row_is_as_high_as_its_longest_cell() -> None:
    columns = (Column(title="摘要", width=20), Column(title="金额", kind=Kind.MONEY, width=80))
    assert height(("短", 100), columns) == ROW
    assert height(("十六个汉字左右就会换行的一段摘要说明", 100), columns) == ROW + FURTHER_LINE


def test_a_printed_ledger_names_members_and_not_only_their_codes(db: Connection) -> None:
    a_book(db, parties="M0001 M0002")
    post(db, "2025-03-21 收股金 | 102 300 | cr 114/M0001 100 | cr 114/M0002 200")
    sheet = printed_book(db, account="114", daily=False)
    assert [row[3] for row in sheet.rows if row[1] is not None] == ["M0001 王0001", "M0002 王0002"]
    assert (
        printed_book(db, account="114", detail="M0002", daily=False).under[1] == "114 成员往来 M0002 王0002"
    )


def test_a_ledger_of_a_member_over_all_accounts_runs_no_balance_over_them(db: Connection) -> None:
    """What a member owes and what the house owes the member are two balances: each account has its own."""
    a_book(db, parties="M0001 M0002")
    post(db, "2025-03-21 收款 | 102 300 | cr 114/M0001 100 | cr 114/M0002 200")
    post(db, "2025-04-02 应付劳务费 | 523 40 | cr 213/M0001 40")
    post(db, "2025-04-03 支付劳务费 | 213/M0001 30 | cr 101 30")
    sheet = printed_book(db, account="", detail="M0001", daily=False)
    assert sheet.under[1] == "M0001 王0001"
    assert [column.title for column in sheet.columns][3] == "会计科目"
    assert [row[2:] for row in sheet.rows] == [
        ("上年结转", "114 成员往来", None, None, "平", 0),
        ("上年结转", "213 应付劳务费", None, None, "平", 0),
        ("收款", "114 成员往来", None, 10000, None, None),
        ("应付劳务费", "213 应付劳务费", None, 4000, None, None),
        ("支付劳务费", "213 应付劳务费", 3000, None, None, None),
        ("合计", "114 成员往来", 0, 10000, "贷", 10000),
        ("合计", "213 应付劳务费", 3000, 4000, "贷", 1000),
    ]
    (page,) = PdfReader(BytesIO(prints.sheet_pdf(sheet, foot="清水"))).pages
    assert "213 应付劳务费" in page.extract_text()
