"""Statements as banks give them out, and what is refused in them."""

from datetime import date
from io import BytesIO

import pytest
from openpyxl import Workbook

from schemas.problems import Refusal
from web.imports.bank_statements import StatementFile, read_statement


def workbook(*rows: list[object]) -> bytes:
    """The rows as an .xlsx file."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def in_text(*lines: str, encoding: str = "gb18030") -> bytes:
    """The lines as a file of text."""
    return "\r\n".join(lines).encode(encoding)


def amounts(found: StatementFile) -> list[tuple[str, int]]:
    return [(row.date.isoformat(), row.amount) for row in found.rows]


def test_a_construction_bank_workbook_newest_first() -> None:
    found = read_statement(
        workbook(
            ["中国建设银行活期账户交易明细"],
            ["账号：45050110000000000001", None, "起止日期：20250301 至 20250331"],
            [],
            ["序号", "交易时间", "借方发生额/元(支取)", "贷方发生额/元(收入)", "余额", "对方户名", "对方账号",
             "摘要", "账户明细编号-交易流水号"],
            [1, "20250320 10:11:12", "3,200.00", "0.00", "7,900.00", "黄三妹", "6217000000000004321", "劳务费", "88-1"],
            [2, "20250305 09:00:00", "", "1,100.00", "11,100.00", "清水村民委员会", "", "租金", "88-0"],
            ["合计", None, "3,200.00", "1,100.00"],
        ),
        name="明细.xlsx",
    )  # fmt: skip
    assert amounts(found) == [("2025-03-20", -320000), ("2025-03-05", 110000)]
    assert (found.opening, found.closing) == (1000000, 790000)
    assert (found.first_day, found.last_day) == (date(2025, 3, 1), date(2025, 3, 31))
    assert found.rows[0].text == "劳务费 6217 **** **** 4321"
    assert found.rows[0].party == "黄三妹"
    assert found.rows[0].reference == "88-1"


def test_a_rural_bank_workbook_with_real_dates_and_numbers() -> None:
    found = read_statement(
        workbook(
            ["交易日期", "交易时间", "摘要", "支出金额", "收入金额", "账户余额"],
            [date(2025, 3, 5), "09:12:33", "利息", None, 12.34, 1012.34],
            [date(2025, 3, 6), "15:00:01", "手续费", 5, None, 1007.34],
        ),
        name="a.xlsx",
    )
    assert amounts(found) == [("2025-03-05", 1234), ("2025-03-06", -500)]
    assert (found.opening, found.closing) == (100000, 100734)


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_text_with_one_amount_and_a_mark(encoding: str) -> None:
    found = read_statement(
        in_text(
            "记账日期,借/贷,交易金额,对方单位名称,用途,流水号",
            "2025年3月5日,贷,2000.00,隆林县农牧局,产业扶持资金,\t000123",
            '2025/3/6,借,¥150.5,汉源饲料店,饲料,="000124"',
            "总计,,1849.50",
            encoding=encoding,
        ),
        name="流水.csv",
    )
    assert amounts(found) == [("2025-03-05", 200000), ("2025-03-06", -15050)]
    assert [row.reference for row in found.rows] == ["000123", "000124"]
    assert (found.opening, found.closing) == (None, None)


def test_text_with_one_signed_amount_and_tabs() -> None:
    found = read_statement(
        in_text(
            "日期\t金额\t余额\t摘要", "20250305\t-88.00\t912.00\t水费", "20250305093011\t10.00\t922.00\t利息"
        ),
        name="a.txt",
    )
    assert amounts(found) == [("2025-03-05", -8800), ("2025-03-05", 1000)]
    assert found.opening == 100000


def test_an_identity_number_in_a_text_is_masked() -> None:
    found = read_statement(
        in_text("日期,摘要,支出,收入", "2025-03-05,代发450000197001010016黄某13800000000,8.00,"), name="a.csv"
    )
    assert "19700101" not in found.rows[0].text
    assert "13800000000" not in found.rows[0].text


HEADER = "日期,摘要,支出,收入"


@pytest.mark.parametrize(
    ("content", "fault", "figures"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "file_must_be_a_statement", {"file": "x"}),
        (b"PK\x03\x04 no zip", "file_must_be_a_statement", {}),
        (b"%PDF-1.4", "file_must_be_a_statement", {"reason": "PDF"}),
        (b"<html>", "file_must_be_a_statement", {"reason": "HTML"}),
        (b"\x81\xff\xff\x00", "file_must_be_a_statement", {}),
        (in_text("甲,乙", "1,2"), "statement_must_have_a_header", {"file": "x"}),
        (in_text(HEADER, "合计,,1.00,2.00"), "statement_must_have_rows", {"file": "x"}),
        (
            in_text(HEADER, *["2025-03-05,水,1,"] * 50_001),
            "statement_must_not_be_too_long",
            {"most": "50000"},
        ),
        (
            in_text("说明", HEADER, "3/5/2025,水费,88.00,"),
            "statement_day_must_be_certain",
            {"row": "3", "column": "日期", "value": "3/5/2025"},
        ),
        (in_text(HEADER, ",水费,88.00,"), "statement_day_must_be_certain", {"row": "2", "value": ""}),
        (
            in_text(HEADER, "2025-03-05,水费,88.005,"),
            "statement_amount_must_be_certain",
            {"row": "2", "column": "支出", "value": "88.005"},
        ),
        (
            in_text(HEADER, "2025-03-05,水费,1.00,2.00"),
            "statement_row_must_go_one_way",
            {"row": "2", "out": "1.00", "came": "2.00"},
        ),
        (
            in_text("日期,金额,收/支", "2025-03-05,1.00,不计"),
            "statement_direction_must_be_known",
            {"row": "2", "column": "收/支", "value": "不计"},
        ),
    ],
)
def test_what_is_not_certain_is_refused_with_its_place(
    content: bytes, fault: str, figures: dict[str, str]
) -> None:
    with pytest.raises(Refusal) as refused:
        read_statement(content, name="x")
    (problem,) = refused.value.problems
    assert problem.code == fault
    assert figures.items() <= problem.figures.items()


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(Refusal) as refused:
        read_statement(in_text(HEADER, "x,水费,1.00,", "2025-03-05,水费,y,", "2025-03-06,好,1.00,"), name="x")
    assert [problem.figures["row"] for problem in refused.value.problems] == ["2", "3"]


def test_a_sum_a_carried_row_and_a_blank_row_are_passed_over() -> None:
    found = read_statement(
        in_text(
            HEADER + ",余额", "期初余额,,,,100.00", "", "2025-03-05,水费,1.00,,99.00", "本页合计,,1.00,,"
        ),
        name="x",
    )
    assert amounts(found) == [("2025-03-05", -100)]
