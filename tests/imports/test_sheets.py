"""How sheets are laid out in real life: each habit listed once and the pack the same, each loss named once."""

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from schemas.packs import Pack
from tests.imports.workbench import Bench, Formula, clean, clean_pack, listed

Alteration = Callable[[Bench], object]


def _swap_columns(bench: Bench) -> None:
    for row in bench.sheets["交易"]:
        row[2], row[3] = row[3], row[2]


def _second_column_free(bench: Bench) -> None:
    for row in bench.sheets["交易"]:
        row.insert(1, None)


def _title(bench: Bench) -> None:
    bench.insert("交易", 1, ["清水合作社2025年交易明细", *[None] * 5])
    bench.merges["交易"] = ["A1:F1"]


def _title_and_unit(bench: Bench) -> None:
    bench.insert("交易", 1, ["清水合作社2025年交易明细"], [None, None, None, None, None, "单位：元"])


def _blank_rows(bench: Bench) -> None:
    bench.insert("交易", 5, [None] * 6)
    bench.insert("交易", 20, [" ", None, "　", None, None, None])


def _repeated_header(bench: Bench) -> None:
    bench.insert("交易", 30, list(bench.sheets["交易"][0]))


def _header_in_two_rows(bench: Bench) -> None:
    names = bench.sheets["期初余额"][0]
    bench.sheets["期初余额"] = [[names[0], names[1], "金额", None], [None, None, "借方", "贷方"]]
    bench.merges["期初余额"] = ["A1:A2", "B1:B2", "C1:D1"]


def _total(bench: Bench) -> None:
    bench.add("交易", ["合  计", None, None, 102350, None, 28050])


def _openings_total(bench: Bench) -> None:
    rows = bench.sheets["村集体期初"]
    debit = sum(row[3] for row in rows[1:] if isinstance(row[3], (int, float)))
    credit = sum(row[4] for row in rows[1:] if isinstance(row[4], (int, float)))
    rows.append(["合计", None, None, round(debit, 2), round(credit, 2)])


def _footer(bench: Bench) -> None:
    bench.add("交易", [None] * 6, ["制表人：黄秀贵", None, None, "审核人：卢兰芳", None, None])


def _footer_in_cells(bench: Bench) -> None:
    bench.add("交易", ["制表人", "黄秀贵", None, "日期", date(2026, 1, 5), None])


def _merged_voucher(bench: Bench) -> None:
    for column in "ABDLM":
        bench.put("凭证", f"{column}14", None)
    bench.merges["凭证"] = [f"{column}13:{column}14" for column in "ABDLM"]


def _carried(bench: Bench) -> None:
    for column in "ABDKLM":
        bench.put("凭证", f"{column}14", None)


def _ditto(bench: Bench) -> None:
    bench.put("交易", "A4", "同上")
    bench.put("交易", "C4", "〃")


def _lines_out_of_order(bench: Bench) -> None:
    rows = bench.sheets["凭证"]
    rows[23], rows[24] = rows[24], rows[23]


def _formula_for_every_name(bench: Bench) -> None:
    bench.put("凭证", "F3", Formula('=IF(E3="301","股金","")', "股金"))
    bench.put("凭证", "I13", Formula("=SUM(J14:J14)", 200000))


def _extra_column(bench: Bench) -> None:
    bench.put("交易", "G1", "经手人")
    bench.put("交易", "G2", "黄秀贵")


HABITS: tuple[tuple[str, Alteration, list[str]], ...] = (
    ("columns in another order", _swap_columns, ["交易!1 repair 列顺序不同"]),
    ("a free column between", _second_column_free, []),
    ("a merged title", _title, ["交易!A1 repair 合并单元格标题行"]),
    ("a title and a unit", _title_and_unit, ["交易!A1 repair 标题行 +2"]),
    ("blank rows", _blank_rows, ["交易!5 repair 空行 +20"]),
    ("blank rows behind the data", lambda bench: bench.add("交易", [None], [" "], [None]), []),
    ("the header again on each page", _repeated_header, ["交易!30 repair 重复表头"]),
    ("a header in two rows", _header_in_two_rows, ["期初余额!A1 repair 合并单元格标题行"]),
    ("a total", _total, ["交易!58 repair 合计行"]),
    ("a total of both sides", _openings_total, ["村集体期初!20 repair 合计行"]),
    ("signatures at the foot", _footer, ["交易!59 repair 表尾说明行"]),
    ("signatures in cells", _footer_in_cells, ["交易!58 repair 表尾说明行"]),
    (
        "a line break in a header",
        lambda bench: bench.put("交易", "F1", "金\n额"),
        ["交易!F1 repair 表头写法"],
    ),
    ("a unit in a header", lambda bench: bench.put("交易", "F1", "金额（元）"), ["交易!F1 repair 表头写法"]),
    ("a star in a header", lambda bench: bench.put("交易", "F1", "*金额"), ["交易!F1 repair 表头写法"]),
    (
        "brackets in a header",
        lambda bench: bench.put("牛只", "G1", "入栏体重（KG）"),
        ["牛只!G1 repair 表头写法"],
    ),
    (
        "a space in an item",
        lambda bench: bench.put("基本信息", "A7", "县 "),
        ["基本信息!A7 repair 表头写法"],
    ),
    (
        "a long dash in an item",
        lambda bench: bench.put("分配方案", "A10", "提成基数—Q0006"),
        ["分配方案!A10 repair 表头写法"],
    ),
    ("an extra column", lambda bench: bench.put("交易", "G1", "经手人"), ["交易!G1 repair 多余的空列"]),
    (
        "an extra column with words in it",
        _extra_column,
        ["交易!G1 repair 多余的列"],
    ),
    (
        "a word beside the sheet",
        lambda bench: bench.put("交易", "I9", "记得核对"),
        ["交易!I9 repair 表外内容"],
    ),
    (
        "an extra item",
        lambda bench: bench.add("基本信息", ["联系电话", "15400001234"]),
        ["基本信息!A22 repair 多余的项目"],
    ),
    ("hidden rows", lambda bench: bench.hidden_rows.update({"交易": [5, 6]}), ["交易!5 repair 隐藏行 +6"]),
    (
        "a hidden column",
        lambda bench: bench.hidden_columns.update({"交易": ["C"]}),
        ["交易!C1 repair 隐藏列"],
    ),
    ("a hidden sheet", lambda bench: bench.hidden_sheets.append("交易"), ["交易 repair 隐藏工作表"]),
    (
        "an empty sheet",
        lambda bench: bench.sheets.update({"Sheet1": []}),
        ["Sheet1 repair 多余的空工作表"],
    ),
    (
        "a sheet of notes",
        lambda bench: bench.sheets.update({"填表说明": [["金额以元计"]]}),
        ["填表说明 repair 多余的工作表"],
    ),
    ("a space in a sheet's name", lambda bench: bench.rename("交易", "交易 "), ["交易 repair 工作表名写法"]),
    (
        "merged cells of a voucher",
        _merged_voucher,
        [f"凭证!{column}13 repair 合并单元格 +{column}14" for column in "ABDLM"],
    ),
    (
        "a voucher's further lines left out",
        _carried,
        [f"凭证!{column}14 repair 承上行省略" for column in "ABDKLM"],
    ),
    ("the same as above", _ditto, ["交易!A4 repair 同上", "交易!C4 repair 同上"]),
    ("lines out of order", _lines_out_of_order, ["凭证!C24 repair 行号顺序颠倒"]),
    (
        "formulas with their values",
        _formula_for_every_name,
        ["凭证!F3 repair 带缓存值的公式", "凭证!I13 repair 带缓存值的公式"],
    ),
    (
        "a member's number in lower case",
        lambda bench: bench.put("交易", "B5", "q0011"),
        ["交易!B5 repair 字母大小写"],
    ),
    (
        "brackets of the accounting system",
        lambda bench: bench.put("基本信息", "B5", "财会[2021]37号"),
        ["基本信息!B5 repair 括号写法"],
    ),
    (
        "the pack's own year in front of a voucher number",
        lambda bench: bench.put("出资", "J12", "2025-记-0002"),
        ["出资!J12 repair 凭证号写法"],
    ),
)


@pytest.mark.parametrize(("alter", "expected"), [pytest.param(*row[1:], id=row[0]) for row in HABITS])
def test_a_habit_of_layout_is_listed_and_changes_nothing(alter: Alteration, expected: list[str]) -> None:
    bench = clean()
    alter(bench)
    reading = bench.reading()
    assert listed(reading) == expected
    assert reading.pack is not None
    assert without_rows(reading.pack) == without_rows(clean_pack())


def without_rows(pack: Pack) -> object:
    """The pack's values without the spreadsheet rows they came from."""
    return _stripped(msgspec.to_builtins(pack))


def _stripped(value: object) -> object:
    if isinstance(value, dict):
        return {key: _stripped(of) for key, of in value.items() if key != "row"}
    return [_stripped(of) for of in value] if isinstance(value, (list, tuple)) else value


LOSSES: tuple[tuple[str, Alteration, list[str]], ...] = (
    ("a column renamed", lambda bench: bench.put("交易", "E1", "计量"), ["交易!E1 error 列名被改"]),
    ("a column gone", lambda bench: bench.drop_column("交易", 5), ["交易!1!单位 error 缺少列"]),
    ("a key column gone", lambda bench: bench.drop_column("成员", 1), ["成员!1!成员编号 error 缺少列"]),
    ("voucher numbers renamed", lambda bench: bench.put("凭证", "B1", "号数"), ["凭证!B1 error 列名被改"]),
    ("a column twice", lambda bench: bench.put("交易", "G1", "金额"), ["交易!G1 error 列名重复"]),
    ("no header", lambda bench: bench.drop("交易", 1), ["交易 error 找不到表头"]),
    ("a sheet gone", lambda bench: bench.sheets.pop("凭证"), ["凭证 error 缺少工作表"]),
    ("the members gone", lambda bench: bench.sheets.pop("成员"), ["成员 error 缺少工作表"]),
    ("the unit gone", lambda bench: bench.sheets.pop("基本信息"), ["基本信息 error 缺少工作表"]),
    ("the plan gone", lambda bench: bench.sheets.pop("分配方案"), ["分配方案 error 缺少工作表"]),
    ("the villages gone", lambda bench: bench.sheets.pop("村"), ["村 error 缺少工作表"]),
    ("a sheet renamed", lambda bench: bench.rename("交易", "交易明细"), ["交易明细 error 工作表名被改"]),
    (
        "a second sheet of the kind",
        lambda bench: bench.sheets.update({"交易 (2)": bench.sheets["交易"]}),
        ["交易 (2) warning 工作表疑似重复"],
    ),
    (
        "two sheets of one name",
        lambda bench: bench.sheets.update({"交易 ": bench.sheets["交易"]}),
        ["交易  error 工作表重复"],
    ),
    (
        "a wrong total",
        lambda bench: bench.add("交易", ["合计", None, None, None, None, 100]),
        ["交易!F58 warning 合计数与明细不符"],
    ),
    ("an item gone", lambda bench: bench.drop("分配方案", 4), ["分配方案 error 缺少项目"]),
    (
        "an item renamed",
        lambda bench: bench.put("分配方案", "A9", "提成比率bp"),
        ["分配方案!A9 error 项目名被改"],
    ),
    (
        "an item twice",
        lambda bench: bench.insert("基本信息", 9, ["县", "桂岭县"]),
        ["基本信息!A9 error 项目重复 +A7"],
    ),
    (
        "an item nobody knows",
        lambda bench: bench.insert("分配方案", 5, ["红利上限", 5000]),
        ["分配方案!A5 error 项目不认识"],
    ),
    (
        "an item without a name",
        lambda bench: bench.insert("分配方案", 5, [None, 5000]),
        ["分配方案!A5 error 必填项为空"],
    ),
    ("no legs", lambda bench: bench.drop("分配方案", 20, 3), ["分配方案 error 分配方案没有分配项"]),
    (
        "no header of the legs",
        lambda bench: bench.drop("分配方案", 19),
        ["分配方案 error 分配方案没有分配项"],
    ),
    (
        "a required cell empty",
        lambda bench: bench.put("交易", "F5", None),
        ["交易!F5 error 必填项为空"],
    ),
    (
        "a formula without its value",
        lambda bench: bench.put("交易", "F5", Formula("=D5*0.3", "")),
        ["交易!F5 error 公式没有缓存值"],
    ),
    (
        "an error value",
        lambda bench: bench.put("交易", "F5", Formula("=D5*#REF!", "#REF!")),
        ["交易!F5 error 单元格为错误值"],
    ),
)


@pytest.mark.parametrize(("alter", "expected"), [pytest.param(*row[1:], id=row[0]) for row in LOSSES])
def test_a_loss_is_named_once(alter: Alteration, expected: list[str]) -> None:
    bench = clean()
    alter(bench)
    assert listed(bench.reading()) == expected
