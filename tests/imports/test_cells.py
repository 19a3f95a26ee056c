"""The habits of spreadsheets: what each cell is taken for, under which name, and what is not taken at all."""

from datetime import date, datetime, time

import pytest

from schemas.packs import Basis, BasisKind, MemberKind, ShareKind
from web.imports.cells import (
    NOT_PLAIN,
    RATE,
    YEAR,
    Choice,
    Kind,
    Names,
    Parts,
    Unreadable,
    VoucherNumber,
    YesNo,
)
from web.imports.columns import (
    AMOUNT,
    BANK_ACCOUNT,
    CODE,
    DAY,
    IDENTITY,
    MEMBER_KINDS,
    NAME,
    ORIGINALS,
    PHONE,
    QUANTITY,
    TEXT,
    THING,
    VILLAGE,
    WHOLE_TEXT,
    AmountToShare,
    BasisOf,
    Post,
)
from web.imports.workbooks import Raw

NUMBER = VoucherNumber()
OLD_NUMBER = VoucherNumber(earlier_years=True)
KIND = Choice(choices=MEMBER_KINDS)
MARCH_5 = date(2025, 3, 5)

PLAIN = (
    (AMOUNT, 3536.0, 353600),
    (AMOUNT, 1147.4, 114740),
    (AMOUNT, 0.07, 7),
    (AMOUNT, -860.0, -86000),
    (AMOUNT, 9999999999.99, 999999999999),
    (QUANTITY, 8.5, 850),
    (DAY, MARCH_5, MARCH_5),
    (CODE, "Q0002", "Q0002"),
    (NAME, "欧阳丽成", "欧阳丽成"),
    (WHOLE_TEXT, "支付精料款（第1批）", "支付精料款（第1批）"),
    (NUMBER, "记-0012", "记-0012"),
    (NUMBER, "记-10012", "记-10012"),
    (YEAR, 2025.0, 2025),
    (KIND, "农户", MemberKind.HOUSEHOLD),
    (YesNo(), "是", True),
    (BasisOf(), "工日", Basis(kind=BasisKind.WORK_DAYS)),
    (AmountToShare(), "按第四十四条口径", None),
)

HABITS = (
    # money
    (AMOUNT, "３５３６．００", 353600, "全角数字"),
    (AMOUNT, "92,120.00", 9212000, "千分位分隔符"),
    (AMOUNT, "92，120．00", 9212000, "全角数字、千分位分隔符"),
    (AMOUNT, "1,234,567.8", 123456780, "千分位分隔符"),
    (AMOUNT, "92 120.00", 9212000, "千分位分隔符"),
    (AMOUNT, "3536", 353600, "数字存为文本"),
    (AMOUNT, "3536.5", 353650, "数字存为文本"),
    (AMOUNT, "3536.", 353600, "数字存为文本"),
    (AMOUNT, ".5", 50, "数字存为文本"),
    (AMOUNT, "3536.00 ", 353600, "尾部空格"),
    (AMOUNT, "\u30003536.00", 353600, "首部空格"),
    (AMOUNT, "3536.00\u00a0", 353600, "尾部空格"),
    (AMOUNT, "\ufeff3536.00", 353600, "不可见字符"),
    (AMOUNT, "'3536.00", 353600, "前导撇号"),
    (AMOUNT, "¥3536.00", 353600, "货币符号"),
    (AMOUNT, "￥3,536.00", 353600, "货币符号、千分位分隔符"),
    (AMOUNT, "人民币3536元", 353600, "货币符号、数字带单位"),
    (AMOUNT, "3536.50元", 353650, "数字带单位"),
    (AMOUNT, "3536元整", 353600, "数字带单位"),
    (AMOUNT, "28.8元/公斤", 2880, "数字带单位"),
    (AMOUNT, "1.2万元", 1200000, "数字带单位、以万为单位"),
    (AMOUNT, "5万", 5000000, "以万为单位"),
    (AMOUNT, "(860.00)", -86000, "括号负数"),
    (AMOUNT, "（860.00）", -86000, "括号负数"),
    (AMOUNT, "（８６０）", -86000, "全角数字、括号负数"),
    (AMOUNT, "-860.00", -86000, "数字存为文本"),
    (AMOUNT, "－860.00", -86000, "数字存为文本"),
    (AMOUNT, "−860.00", -86000, "负号写法"),
    (AMOUNT, "860.00-", -86000, "负号写法"),
    (AMOUNT, "△860", -86000, "负号写法"),
    (AMOUNT, "负860", -86000, "负号写法"),
    (AMOUNT, "-￥860", -86000, "货币符号"),
    (AMOUNT, "￥-860", -86000, "货币符号"),
    (AMOUNT, "叁仟伍佰叁拾陆元整", 353600, "中文数字"),
    (AMOUNT, "玖万贰仟壹佰贰拾元零伍分", 9212005, "中文数字"),
    (AMOUNT, "壹佰元伍角", 10050, "中文数字"),
    (AMOUNT, "-", 0, "以符号表示空"),
    (AMOUNT, "——", 0, "以符号表示空"),
    (AMOUNT, 0.1 + 0.2, 30, "浮点误差"),
    (AMOUNT, 771.0000000000001, 77100, "浮点误差"),
    # quantities and whole numbers
    (QUANTITY, "1,360", 136000, "千分位分隔符"),
    (QUANTITY, "1360公斤", 136000, "数字带单位"),
    (QUANTITY, "1360 KG", 136000, "数字带单位"),
    (QUANTITY, "2.5天", 250, "数字带单位"),
    (ORIGINALS, "2张", 2, "数字带单位"),
    (ORIGINALS, "２", 2, "全角数字"),
    (ORIGINALS, "无", 0, "以符号表示空"),
    (YEAR, "2025年", 2025, "数字带单位"),
    (YEAR, "2025年度", 2025, "数字带单位"),
    (YEAR, "2025", 2025, "数字存为文本"),
    (RATE, "30%", 3000, "百分数"),
    (RATE, "12.5％", 1250, "百分数"),
    (RATE, "3000bp", 3000, "数字带单位"),
    # dates
    (DAY, "2025.3.5", MARCH_5, "日期写作2025.3.5"),
    (DAY, "2025.03.05", MARCH_5, "日期写作2025.3.5"),
    (DAY, "2025。3。5", MARCH_5, "日期写作2025.3.5"),
    (DAY, "2025．3．5", MARCH_5, "日期写作2025.3.5"),
    (DAY, "2025/3/5", MARCH_5, "日期写作2025/3/5"),
    (DAY, "2025年3月5日", MARCH_5, "日期写作2025年3月5日"),
    (DAY, "2025 年 3 月 5 日", MARCH_5, "日期写作2025年3月5日"),
    (DAY, "2025年3月5号", MARCH_5, "日期写作2025年3月5日"),
    (DAY, "2025年3月5日 星期三", MARCH_5, "日期写作2025年3月5日"),
    (DAY, "二〇二五年三月五日", MARCH_5, "中文数字"),
    (DAY, "二〇二五年十二月三十一日", date(2025, 12, 31), "中文数字"),
    (DAY, "2025-03-05", MARCH_5, "日期为文本"),
    (DAY, "2025-3-5", MARCH_5, "日期为文本"),
    (DAY, "2025、3、5", MARCH_5, "日期为文本"),
    (DAY, "2025-03-05 00:00:00", MARCH_5, "日期为文本"),
    (DAY, "2025-03-05T10:30:00", MARCH_5, "日期为文本、日期带时间"),
    (DAY, "20250305", MARCH_5, "日期写作20250305"),
    (DAY, 20250305.0, MARCH_5, "日期写作20250305"),
    (DAY, 45721.0, MARCH_5, "日期为Excel序列号"),
    (DAY, "45721", MARCH_5, "日期为Excel序列号"),
    (DAY, 45721.4375, MARCH_5, "日期为Excel序列号、日期带时间"),
    (DAY, datetime.fromisoformat("2025-03-05T10:30"), MARCH_5, "日期带时间"),
    (DAY, "２０２５－０３－０５", MARCH_5, "全角数字、日期为文本"),
    # names and texts
    (NAME, "李日山  ", "李日山", "尾部空格"),
    (NAME, "　李日山", "李日山", "首部空格"),
    (NAME, "黎　国", "黎国", "中间空格"),
    (NAME, "李\u200b日山", "李日山", "不可见字符"),
    (TEXT, "办公费\n（3月）", "办公费 （3月）", "单元格内换行"),
    (TEXT, "办公费\t3月", "办公费 3月", "单元格内制表符"),
    (TEXT, "办公\x85费\u2066\x9f", "办公 费", "不可见字符、单元格内换行"),
    (TEXT, 2025.0, "2025", "文本存为其他类型"),
    (TEXT, "／", "", "以符号表示空"),
    # codes
    (CODE, "523 ", "523", "尾部空格"),
    (CODE, 523.0, "523", "编号存为数字"),
    (CODE, "523.0", "523", "编号存为数字"),
    (CODE, "Ｑ０００２", "Q0002", "全角数字"),
    (CODE, "Ｑ0002", "Q0002", "全角字符"),
    (CODE, "Q 0002", "Q0002", "中间空格"),
    (CODE, "‘523", "523", "前导撇号"),
    (VILLAGE, 450000101200.0, "450000101200", "编号存为数字"),
    (IDENTITY, "45000019530201443x", "45000019530201443X", "小写x"),
    (IDENTITY, "450000 19530201 443X", "45000019530201443X", "中间空格"),
    (IDENTITY, "４５００００１９５３０２０１４４３Ｘ", "45000019530201443X", "全角数字"),
    (BANK_ACCOUNT, "6222 0000 0290 8052 590", "6222000002908052590", "中间空格"),
    (PHONE, "154-0000-6152", "15400006152", "中间空格"),
    (PHONE, 15400006152.0, "15400006152", "编号存为数字"),
    # voucher numbers
    (NUMBER, "记0012", "记-0012", "凭证号写法"),
    (NUMBER, "记-12", "记-0012", "凭证号写法"),
    (NUMBER, "记 - 0012", "记-0012", "凭证号写法"),
    (NUMBER, "记字第12号", "记-0012", "凭证号写法"),
    (NUMBER, "记—0012", "记-0012", "凭证号写法"),
    (NUMBER, "记-0012 ", "记-0012", "尾部空格"),
    (OLD_NUMBER, "2024年记-0003", "2024-记-0003", "凭证号写法"),
    # words
    (KIND, "农户 ", MemberKind.HOUSEHOLD, "尾部空格"),
    (KIND, "农 户", MemberKind.HOUSEHOLD, "中间空格"),
    (YesNo(), "Y", True, "是否写法"),
    (YesNo(), "√", True, "是否写法"),
    (YesNo(), "×", False, "是否写法"),
    (YesNo(), True, True, "是否写法"),
    (YesNo(), 0.0, False, "是否写法"),
    (YesNo(), "是 ", True, "尾部空格"),
    # several in one cell
    (Parts(count=3), "1.2、1.0、0.8", (120, 100, 80), "分隔符写法"),
    (Parts(count=3), "1.2／1.0／0.8", (120, 100, 80), "分隔符写法"),
    (Names(), "青贮玉米,鲜牧草", ("青贮玉米", "鲜牧草"), "分隔符写法"),
    (
        BasisOf(),
        "股份价值：资金、土地",
        Basis(kind=BasisKind.SHARE_VALUE, kinds=(ShareKind.CASH, ShareKind.LAND)),
        "分隔符写法",
    ),
    (BasisOf(), "交易量：青贮玉米", Basis(kind=BasisKind.TRADE_QUANTITY, product="青贮玉米"), "分隔符写法"),
    (AmountToShare(), "80,000.00", 8000000, "千分位分隔符"),
)

DEFECTS = (
    (AMOUNT, 66.045, "金额有三位小数"),
    (AMOUNT, "66.045", "金额有三位小数"),
    (AMOUNT, 453.333333333333, "金额有三位小数"),
    (AMOUNT, 66.04499999999999, "金额有三位小数"),
    (AMOUNT, "未结算", "金额单元格为文字"),
    (AMOUNT, "9,2120", "金额单元格为文字"),
    (AMOUNT, "1,234,56", "金额单元格为文字"),
    (AMOUNT, "3536,00", "金额单元格为文字"),
    (AMOUNT, "1.2.3", "金额单元格为文字"),
    (AMOUNT, "约3000", "金额单元格为文字"),
    (AMOUNT, "3000-3500", "金额单元格为文字"),
    (AMOUNT, "-(100)", "金额单元格为文字"),
    (AMOUNT, "1.2E+05", "金额单元格为文字"),
    (AMOUNT, "$100", "金额单元格为文字"),
    (AMOUNT, date(1909, 9, 5), "金额单元格为文字"),
    (AMOUNT, True, "金额单元格为文字"),
    (AMOUNT, 1e15, "金额单元格为文字"),
    (QUANTITY, 1.255, "数量有三位小数"),
    (QUANTITY, "5140斤", "数量单元格为文字"),
    (QUANTITY, "公斤", "数量单元格为文字"),
    (ORIGINALS, 1.5, "应为整数"),
    (ORIGINALS, "两张", "应为整数"),
    (ORIGINALS, -1.0, "数值超出范围"),
    (YEAR, 25.0, "数值超出范围"),
    (RATE, 0.3, "应为整数"),
    (RATE, 12000.0, "数值超出范围"),
    (DAY, "3/5/2025", "日期无法识别"),
    (DAY, "5.3.2025", "日期无法识别"),
    (DAY, "25.3.5", "日期无法识别"),
    (DAY, "3月5日", "日期无法识别"),
    (DAY, "2025年3月", "日期无法识别"),
    (DAY, "2025-02-30", "日期无法识别"),
    (DAY, "2025.3-5", "日期无法识别"),
    (DAY, "2025年十三月五日", "日期无法识别"),
    (DAY, "待定", "日期无法识别"),
    (DAY, 2025.0, "日期无法识别"),
    (DAY, 2025.3, "日期无法识别"),
    (DAY, time(3, 5), "日期无法识别"),
    (DAY, date(1905, 7, 17), "日期无法识别"),
    (TEXT, True, "应为文字"),
    (IDENTITY, 4.500001953091418e17, "身份证号存为科学计数法数字"),
    (IDENTITY, "4.50000195309E+17", "身份证号存为科学计数法数字"),
    (BANK_ACCOUNT, 6.22200000290805e18, "银行账号存为科学计数法数字"),
    (CODE, 1e15, "编号存为科学计数法数字"),
    (CODE, 523.5, "编号格式不对"),
    (CODE, date(2025, 1, 3), "编号格式不对"),
    (CODE, "..", "编号没有字母和数字"),
    (THING, "..", "编号没有字母和数字"),
    (THING, "—、—", "编号没有字母和数字"),
    (VILLAGE, "45000010120", "编号格式不对"),
    (NUMBER, "0012", "编号格式不对"),
    (NUMBER, 12.0, "编号格式不对"),
    (NUMBER, "记-00O9", "编号格式不对"),
    (NUMBER, "记-0000", "编号格式不对"),
    (NUMBER, "2024-记-0003", "编号格式不对"),
    (KIND, "农民", "取值不在规定范围"),
    (KIND, 1.0, "取值不在规定范围"),
    (YesNo(), "无", "取值不在规定范围"),
    (YesNo(), "不详", "取值不在规定范围"),
    (Parts(count=3), "1.2/1.0", "分项数目不符"),
    (Parts(count=3), "高/中/低", "分项数目不符"),
    (Parts(count=3), 1.2, "分项数目不符"),
    (BasisOf(), "工作日", "分配口径不认识"),
    (BasisOf(), "股份价值:", "分配口径不认识"),
    (BasisOf(), "股份价值:现金", "分配口径不认识"),
    (BasisOf(), "股份价值:资金,资金", "分配口径不认识"),
    (AmountToShare(), "按44条", "金额单元格为文字"),
    (Post(), "李日山", "管理员写法错误"),
    (Post(), "Q0006/李日山/清水村", "编号格式不对"),
)


@pytest.mark.parametrize(("kind", "raw", "value"), PLAIN)
def test_an_ordinary_cell_is_its_value(kind: Kind, raw: Raw, value: object) -> None:
    assert kind.plain(raw) == value


@pytest.mark.parametrize(("kind", "raw", "value", "names"), HABITS)
def test_a_habit_is_taken_in_and_named(kind: Kind, raw: Raw, value: object, names: str) -> None:
    assert kind.plain(raw) is NOT_PLAIN
    read = kind.read(raw)
    assert read.value == value
    assert "、".join(dict.fromkeys(habit.zh for habit in read.habits)) == names


@pytest.mark.parametrize(("kind", "raw", "name"), DEFECTS)
def test_what_is_not_certain_is_not_taken(kind: Kind, raw: Raw, name: str) -> None:
    assert kind.plain(raw) is NOT_PLAIN
    with pytest.raises(Unreadable) as found:
        kind.read(raw)
    assert found.value.defect.zh == name


def test_dates_of_a_workbook_that_counts_from_1904() -> None:
    assert DAY.read(44259.0, from_1904=True).value == MARCH_5
