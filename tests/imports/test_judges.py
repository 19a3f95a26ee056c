"""Every rule of a pack, broken once: the defect is named once, at its cause, and nothing follows from it."""

from collections.abc import Callable
from datetime import date

import pytest

from tests.imports.workbench import COOPERATIVE_FILE, Bench, Cell, clean, listed
from web.imports import defects
from web.imports.defects import Defect

Alteration = Callable[[Bench], object]
DECEMBER_31 = date(2025, 12, 31)


def put(sheet: str, **cells: Cell) -> Alteration:
    """Write cells of a sheet, each named by its address."""

    def alter(bench: Bench) -> None:
        for address, value in cells.items():
            bench.put(sheet, address, value)

    return alter


def add(sheet: str, *rows: list[Cell]) -> Alteration:
    """Write rows below the last of a sheet."""
    return lambda bench: bench.add(sheet, *rows)


def drop(sheet: str, row: int, count: int = 1) -> Alteration:
    """Delete rows of a sheet."""
    return lambda bench: bench.drop(sheet, row, count)


def voucher(
    number: str, *lines: tuple[str, str, str | None, float, float], on: date = DECEMBER_31, text: str = "x"
) -> Alteration:
    """Add a voucher: of each line the account, its name, the detail, debit and credit."""
    rows: list[list[Cell]] = [
        [
            on,
            number,
            no,
            text,
            account,
            name,
            detail,
            None,
            debit or None,
            credit or None,
            1,
            "黄秀贵",
            "卢兰芳",
        ]
        for no, (account, name, detail, debit, credit) in enumerate(lines, 1)
    ]
    return add("凭证", *rows)


def both(*alterations: Alteration) -> Alteration:
    """One after the other."""

    def alter(bench: Bench) -> None:
        for alteration in alterations:
            alteration(bench)

    return alter


def _village_named_like_the_cooperative(bench: Bench) -> None:
    bench.put("村", "B4", "清水合作社")
    bench.scans = {path: content for path, content in bench.scans.items() if "岭脚村" not in path}


def _another_cooperative(bench: Bench) -> None:
    """One more, of 2024, that did nothing yet."""
    other = clean()
    for sheet in ("出资", "凭证", "交易", "工分", "牛只", "考评票"):
        other.drop(sheet, 2, 600)
    put("基本信息", B3="清溪合作社", B11=date(2024, 1, 8), B12=2024)(other)
    put("分配方案", B2=2024, B3=date(2024, 12, 31), B7=None)(other)
    bench.files["合作社-清溪合作社.xlsx"] = other.contents()[COOPERATIVE_FILE]


def _of_an_earlier_year(bench: Bench) -> None:
    put("基本信息", B11=date(2024, 1, 8))(bench)
    put("出资", B2=date(2024, 12, 8))(bench)
    put("成员", J3=date(2024, 1, 8))(bench)


OFFICE = (("523", "管理费用", "办公费", 10, 0), ("101", "库存现金", None, 0, 10))
RED = (("523", "管理费用", "电费", -860, 0), ("102", "银行存款", None, 0, -860))


CASES: tuple[tuple[Defect, Alteration, list[str]], ...] = (
    # the unit
    (
        defects.short_name_must_fit_the_file,
        put("基本信息", B3="清水社"),
        ["基本信息!B3 error 单位简称与文件名不符"],
    ),
    (
        defects.credit_code_must_fit,
        put("基本信息", B6="934500000012670498"),
        ["基本信息!B6 error 统一社会信用代码错误"],
    ),
    (
        defects.credit_code_must_fit,
        put("成员", E2="N24500000000791933"),
        ["成员!E2 error 统一社会信用代码错误"],
    ),
    (
        defects.standard_must_be_known,
        put("基本信息", B5="财会〔2007〕15号"),
        ["基本信息!B5 error 会计制度不认识"],
    ),
    (
        defects.year_must_be_the_vouchers,
        put("基本信息", B12=2024),
        ["基本信息!B12 error 会计年度与凭证日期不符"],
    ),
    (
        defects.founding_must_not_be_later,
        put("基本信息", B11=date(2026, 1, 8)),
        ["基本信息!B11 error 建账日期晚于会计年度"],
    ),
    (
        defects.founding_must_not_be_after_the_vouchers,
        put("基本信息", B11=date(2025, 11, 30)),
        ["基本信息!B11 error 建账日期晚于凭证日期"],
    ),
    (
        defects.manager_must_be_written_in_full,
        put("基本信息", B17="李日山"),
        ["基本信息!B17 error 管理员写法错误"],
    ),
    (
        defects.manager_must_be_the_member,
        put("基本信息", B17="Q0006/李日三/450000101200"),
        ["基本信息!B17 error 管理员姓名与成员不符"],
    ),
    (
        defects.village_must_exist,
        put("基本信息", B17="Q0006/李日山/450000101299"),
        ["基本信息!B17 error 村编码不存在"],
    ),
    (
        defects.member_must_exist,
        put("基本信息", B17="Q0096/李日山/450000101200"),
        ["基本信息!B17 error 成员不存在"],
    ),
    (
        defects.short_name_must_be_unique,
        _village_named_like_the_cooperative,
        ["基本信息!B3 error 单位简称重复"],
    ),
    (defects.years_must_agree, _another_cooperative, ["基本信息!B12 error 会计年度不一致"]),
    # members and counterparties
    (defects.member_must_be_unique, put("成员", A6="Q0004"), ["成员!A6 error 成员编号重复 +A5"]),
    (defects.member_must_exist, put("交易", B5="Q0099"), ["交易!B5 error 成员不存在"]),
    (defects.member_must_exist, put("出资", C7="Q0077"), ["出资!C7 error 成员不存在"]),
    (defects.member_must_exist, put("凭证", G7="Q0066"), ["凭证!G7 error 成员不存在"]),
    (defects.member_must_exist, drop("成员", 13), ["出资!C29 error 成员不存在"]),
    (
        defects.counterparty_must_be_unique,
        put("往来单位", A3="P01"),
        ["往来单位!A3 error 往来单位编号重复 +A2"],
    ),
    (defects.counterparty_must_exist, put("凭证", G38="P99"), ["凭证!G38 error 往来单位不存在"]),
    (
        defects.identity_must_have_eighteen_digits,
        put("成员", E10="450000530201443"),
        ["成员!E10 error 身份证号格式错误"],
    ),
    (
        defects.identity_check_digit_must_fit,
        put("成员", E4="450000198801239870"),
        ["成员!E4 error 身份证校验位错误"],
    ),
    (
        defects.identity_must_hold_a_birth_date,
        put("成员", E4="450000198802309879"),
        ["成员!E4 error 身份证出生日期错误"],
    ),
    (
        defects.identity_must_be_unique,
        put("成员", E6="450000198903163338"),
        ["成员!E6 error 身份证号重复 +E5"],
    ),
    (
        defects.card_number_should_fit,
        put("成员", H7="6222000002908052591"),
        ["成员!H7 warning 银行卡号不符合Luhn校验"],
    ),
    (defects.bank_account_should_be_a_number, put("成员", H6="见存折"), ["成员!H6 warning 银行账号格式不对"]),
    (
        defects.bank_account_should_be_one_household,
        put("成员", H9="10145000008470078"),
        ["成员!H9 warning 银行账号重复 +H6"],
    ),
    (
        defects.phone_should_have_eleven_digits,
        put("成员", F6="1540000939"),
        ["成员!F6 warning 手机号格式不对"],
    ),
    (defects.household_must_be_named, put("成员", B12=None), ["成员!B12 error 农户缺少户编号"]),
    (
        defects.leaver_must_have_joined,
        put("成员", K10=date(2024, 7, 1)),
        ["成员!K10 error 退社日期早于入社日期"],
    ),
    (
        defects.leaver_must_not_move,
        put("成员", K13=date(2025, 6, 30)),
        ["交易!B41 error 已退社成员仍有变动 +B49 +B57"],
    ),
    (defects.member_must_have_joined, put("成员", J13=date(2025, 6, 20)), ["出资!C29 error 入社前已有变动"]),
    # lines of vouchers
    (defects.account_must_exist, put("凭证", E17="599"), ["凭证!E17 error 科目不存在"]),
    (defects.account_name_must_fit, put("凭证", E17="521"), ["凭证!F17 error 科目名称与编码不符"]),
    (defects.account_name_should_fit, put("凭证", F17="管理费"), ["凭证!F17 warning 科目名称不规范"]),
    (defects.detail_must_be_given, put("凭证", G7=None), ["凭证!G7 error 缺少明细"]),
    (defects.detail_must_not_be_given, put("凭证", G18="出纳"), ["凭证!G18 error 科目不设明细"]),
    (
        defects.detail_must_be_one_of_the_names,
        put("凭证", G315="待处理损溢"),
        ["凭证!G315 error 明细不在规定名称内"],
    ),
    (defects.source_must_be_named, put("凭证", G34="县红十字会"), ["凭证!G34 error 专项基金来源不明"]),
    (defects.quantity_must_not_be_given, put("凭证", H18=2), ["凭证!H18 error 科目不记数量"]),
    (defects.line_must_have_an_amount, put("凭证", I17=None), ["凭证!I17 error 借贷方均无金额"]),
    (defects.line_must_have_one_side, put("凭证", J17=52.97), ["凭证!J17 error 借贷方同时有金额 +I17"]),
    # vouchers
    (defects.voucher_must_balance, put("凭证", J18=152.97), ["凭证!I17 error 凭证借贷不平 +J18"]),
    (defects.voucher_must_balance, drop("凭证", 32), ["凭证!I29 error 凭证借贷不平 +I30 +I31"]),
    (defects.voucher_must_have_two_lines, drop("凭证", 559), ["凭证!B558 error 凭证只有一行"]),
    (
        defects.voucher_number_must_be_unique,
        voucher("记-0069", *OFFICE),
        ["凭证!B560 error 凭证号重复 +B243"],
    ),
    (
        defects.voucher_number_must_be_unique,
        put("凭证", B17="记-0003", B18="记-0003"),
        ["凭证!B17 error 凭证号重复 +B15"],
    ),
    (
        defects.voucher_numbers_should_be_continuous,
        voucher("记-0155", *OFFICE),
        ["凭证!B560 warning 凭证号断号"],
    ),
    (defects.voucher_numbers_should_be_continuous, drop("凭证", 17, 2), ["凭证!B17 warning 凭证号断号"]),
    (
        defects.voucher_number_must_follow,
        put("凭证", B232="记-0670", B233="记-0670"),
        ["凭证!B232 error 凭证号与次序不符"],
    ),
    (
        defects.line_must_have_its_vouchers_number,
        put("凭证", B30="记-0010"),
        ["凭证!B30 error 同一凭证凭证号不一致"],
    ),
    (
        defects.code_must_keep_its_form,
        put("凭证", B17="记-00O4", B18="记-00O4"),
        ["凭证!B17 error 编号格式不对 +B18"],
    ),
    (defects.voucher_lines_must_be_numbered, put("凭证", C31=2), ["凭证!C31 error 行号重复"]),
    (defects.voucher_lines_should_be_continuous, put("凭证", C18=3), ["凭证!C18 warning 行号断号"]),
    (
        defects.voucher_must_have_one_date,
        put("凭证", A30=date(2025, 2, 9)),
        ["凭证!A30 error 同一凭证日期不一致"],
    ),
    (defects.voucher_must_have_one_heading, put("凭证", K30=3), ["凭证!K30 error 同一凭证各行不一致"]),
    (
        defects.date_must_be_in_the_year,
        put("凭证", A17=date(2026, 1, 17), A18=date(2026, 1, 17)),
        ["凭证!A17 error 日期不在会计年度内 +A18"],
    ),
    (
        defects.date_must_be_in_the_year,
        put("交易", A5=date(2024, 4, 21)),
        ["交易!A5 error 日期不在会计年度内"],
    ),
    (
        defects.date_must_not_be_before_the_book,
        put("凭证", A15=date(2025, 1, 6), A16=date(2025, 1, 6)),
        ["凭证!A15 error 日期早于建账日期 +A16"],
    ),
    (
        defects.reviewer_must_differ,
        put("凭证", M17="黄秀贵", M18="黄秀贵"),
        ["凭证!M17 error 制单与审核为同一人 +M18"],
    ),
    (defects.cell_must_not_be_empty, put("凭证", M17=None, M18=None), ["凭证!M17 error 必填项为空 +M18"]),
    (
        defects.amount_must_be_whole_fen,
        put("凭证", I17=52.975, J18=52.975),
        ["凭证!I17 error 金额有三位小数 +J18"],
    ),
    # corrections
    (
        defects.correction_must_name_a_voucher,
        put("凭证", D226="注销6月6日记-0999号凭证", D227="注销6月6日记-0999号凭证"),
        ["凭证!D226 error 更正的凭证不存在 +D227"],
    ),
    (
        defects.correction_must_name_a_voucher,
        put("凭证", D226="注销2024年6月6日记-0060号凭证", D227="注销2024年6月6日记-0060号凭证"),
        ["凭证!D226 error 更正的凭证不存在 +D227"],
    ),
    (
        defects.correction_must_be_one,
        put("凭证", D227="注销6月6日记-0061号凭证"),
        ["凭证!D226 error 一张凭证更正多张 +D227"],
    ),
    (
        defects.correction_must_fit_the_date,
        put("凭证", D228="订正6月7日记-0060号凭证", D229="订正6月7日记-0060号凭证"),
        ["凭证!D228 error 更正摘要日期不符 +D229"],
    ),
    (
        defects.correction_must_come_later,
        put("凭证", D228="订正6月17日记-0070号凭证", D229="订正6月17日记-0070号凭证"),
        ["凭证!D228 error 更正早于原凭证 +D229"],
    ),
    (
        defects.correction_must_come_later,
        put("凭证", A226=date(2025, 6, 5), A227=date(2025, 6, 5)),
        ["凭证!D226 error 更正早于原凭证 +D227"],
    ),
    (
        defects.cancellation_must_be_single,
        voucher("记-0154", *RED, text="注销6月6日记-0060号凭证"),
        ["凭证!D560 error 凭证被重复注销 +D561"],
    ),
    (
        defects.cancellation_must_be_the_negative,
        put("凭证", I226=-850, J227=-850),
        ["凭证!I226 error 注销凭证与原凭证金额不符 +J227"],
    ),
    (
        defects.cancellation_must_be_the_negative,
        put("凭证", I226=860, J227=860),
        ["凭证!I226 error 注销凭证与原凭证金额不符 +J227"],
    ),
    # opening balances
    (
        defects.openings_must_balance,
        put("村集体期初", D2=267009.78),
        ["村集体期初!D2 error 期初余额借贷不平 +D3 +E4 +E5 +E6 +E7"],
    ),
    (
        defects.openings_must_balance,
        put("村集体期初", A3="450000101201", C3="旧办公楼"),
        ["村集体期初!A3 error 期初余额借贷不平"],
    ),
    (
        defects.opening_must_be_unique,
        add("村集体期初", ["450000101200", "102", None, 1, None], ["450000101200", "101", None, None, 1]),
        ["村集体期初!B20 error 期初余额重复 +B2"],
    ),
    (
        defects.opening_must_be_of_a_lasting_account,
        put("村集体期初", B5="501"),
        ["村集体期初!B5 error 损益科目有期初余额"],
    ),
    (
        defects.opening_must_have_a_year_before,
        add("期初余额", ["102", None, 100, None], ["235", "牛舍建设", None, 100]),
        ["期初余额!A2 error 新建账套有期初余额 +A3"],
    ),
    # shares
    (defects.share_unit_must_fit, put("出资", F13="亩"), ["出资!F13 error 出资方式与单位不符"]),
    (defects.share_amount_must_be_the_product, put("出资", G13=500), ["出资!H13 error 数量乘单价与金额不符"]),
    (defects.share_must_name_its_voucher, put("出资", J13=None), ["出资!J13 error 出资缺少凭证号"]),
    (defects.earlier_share_must_name_the_year, _of_an_earlier_year, ["出资!J2 error 往年出资凭证号缺少年份"]),
    (defects.labour_must_not_be_booked, put("出资", J25="记-0040"), ["出资!J25 error 劳力股不得有凭证号"]),
    (defects.share_voucher_must_exist, put("出资", J13="记-0999"), ["出资!J13 error 出资凭证不存在"]),
    (defects.share_voucher_must_exist, drop("凭证", 232, 2), ["出资!J29 error 出资凭证不存在"]),
    (
        defects.share_should_have_its_vouchers_date,
        put("出资", B13=date(2025, 2, 24)),
        ["出资!B13 warning 出资日期与凭证不符"],
    ),
    (
        defects.share_must_equal_account_301,
        put("出资", E7=5500, H7=5500),
        ["出资!H7 error 出资合计与股金科目不符"],
    ),
    (defects.share_must_equal_account_301, put("出资", C7="Q0008"), ["出资!C7 error 出资合计与股金科目不符"]),
    (
        defects.share_must_equal_account_301,
        put("出资", J7="记-0002"),
        ["出资!J7 error 出资合计与股金科目不符"],
    ),
    (defects.share_must_equal_account_301, put("凭证", G7="Q0003"), ["凭证!G7 error 出资合计与股金科目不符"]),
    (defects.share_must_equal_account_301, drop("出资", 7), ["凭证!G8 error 出资合计与股金科目不符"]),
    (
        defects.share_must_equal_account_301,
        add(
            "出资",
            [29, date(2025, 1, 8), "Q0007", "资金", 5000, "元", 1, 5000, "自筹", "记-0001", None, None],
        ),
        ["出资!H30 error 出资合计与股金科目不符 +H7"],
    ),
    (
        defects.holding_must_not_be_negative,
        both(
            voucher("记-0154", ("301", "股金", "Q0006", 5000, 0), ("102", "银行存款", None, 0, 5000)),
            add(
                "出资",
                [29, DECEMBER_31, "Q0006", "资金", -5000, "元", 1, -5000, "自筹", "记-0154", None, None],
            ),
        ),
        ["出资!H30 error 持股为负"],
    ),
    # the farm
    (defects.trade_must_have_signs_that_agree, put("交易", D5=-2570), ["交易!F5 error 交易数量与金额不符"]),
    (
        defects.trade_should_be_entered_once,
        add("交易", [date(2025, 3, 21), "Q0011", "青贮玉米", 2570, "公斤", 771]),
        ["交易!B58 warning 交易疑似重复 +B5"],
    ),
    (
        defects.calves_should_be_in_the_herd,
        put("牛只", D5="Q0010"),
        ["牛只!D5 warning 牛犊出资与牛只登记不符"],
    ),
    (defects.calves_should_be_in_the_herd, drop("牛只", 5), ["出资!E23 warning 牛犊出资与牛只登记不符"]),
    (defects.work_days_must_be_positive, put("工分", D5=0), ["工分!D5 error 工日不合理"]),
    (defects.day_wage_must_be_positive, put("工分", E5=-90), ["工分!E5 error 日工价不合理"]),
    (
        defects.ear_tag_must_have_fifteen_digits,
        put("牛只", A5="24500001010000"),
        ["牛只!A5 error 耳标格式错误"],
    ),
    (defects.ear_tag_must_be_unique, put("牛只", A9="245000010100004"), ["牛只!A9 error 耳标重复 +A5"]),
    (defects.animal_owner_must_exist, put("牛只", D5="张三"), ["牛只!D5 error 牛只所有人不存在"]),
    (defects.animal_owner_must_fit, put("牛只", D2="合作社"), ["牛只!D2 error 牛只来源与所有人不符"]),
    (defects.lender_must_be_given, put("牛只", C8="借牛"), ["牛只!E8 error 借牛缺少出借企业"]),
    (defects.lender_must_not_be_given, put("牛只", E8="P06"), ["牛只!E8 error 非借牛填有出借企业"]),
    (defects.animal_must_leave_when_gone, put("牛只", I5="在栏"), ["牛只!J5 error 离栏日期与状态不符"]),
    (defects.animal_must_leave_when_gone, put("牛只", J5=None), ["牛只!J5 error 离栏日期与状态不符"]),
    (
        defects.animal_must_not_leave_before_it_came,
        put("牛只", J5=date(2025, 3, 1)),
        ["牛只!J5 error 离栏日期早于入栏日期"],
    ),
    (defects.animal_must_be_returned_to_a_lender, put("牛只", I8="已还"), ["牛只!I8 error 非借牛不能归还"]),
    (defects.animal_figures_must_be_positive, put("牛只", G5=0), ["牛只!G5 error 牛只数据不合理"]),
    (
        defects.sold_animal_should_have_weight_and_price,
        put("牛只", L5=None),
        ["牛只!L5 warning 已售牛只缺少体重或单价"],
    ),
    # ballots
    (defects.points_must_be_within_the_maximum, put("考评票", E3=27), ["考评票!E3 error 评分超过满分"]),
    (defects.points_must_not_be_negative, put("考评票", E3=-1), ["考评票!E3 error 评分为负"]),
    (defects.manager_must_not_rate_self, put("考评票", C3="Q0006"), ["考评票!C3 error 管理员给自己评分"]),
    (
        defects.household_must_not_rate_its_manager,
        put("成员", B3="HQ005"),
        ["考评票!C5 error 管理员家庭成员评分"],
    ),
    (defects.manager_must_exist, put("考评票", B3="Q0002"), ["考评票!B3 error 管理员不存在"]),
    (
        defects.rater_should_have_one_kind,
        put("考评票", D13="群众"),
        ["考评票!D13 warning 评议人类别不一致 +D3"],
    ),
    (defects.year_must_be_the_packs, put("考评票", A3=2024), ["考评票!A3 error 年度与会计年度不符"]),
    # the plan
    (defects.year_must_be_the_packs, put("分配方案", B2=2024), ["分配方案!B2 error 年度与会计年度不符"]),
    (
        defects.record_date_must_be_in_the_year,
        put("分配方案", B3=date(2026, 1, 31)),
        ["分配方案!B3 error 记录日不在年度内"],
    ),
    (
        defects.maxima_must_sum_to_the_whole,
        put("分配方案", B16="25/15/10/10/15/20"),
        ["分配方案!B16 error 各项满分合计不等于100"],
    ),
    (
        defects.list_must_have_its_parts,
        put("分配方案", B16="25/15/10/10/15"),
        ["分配方案!B16 error 分项数目不符"],
    ),
    (
        defects.manager_must_exist,
        put("分配方案", A10="提成基数-Q0002"),
        ["分配方案!A10 error 管理员不存在"],
    ),
    (
        defects.number_must_be_in_range,
        put("分配方案", B6=-0.01),
        ["分配方案!B6 error 数值超出范围"],
    ),
    (
        defects.number_must_be_in_range,
        put("分配方案", B10=-7),
        ["分配方案!B10 error 数值超出范围"],
    ),
    (
        defects.legs_must_sum_to_the_whole,
        put("分配方案", C20=2000),
        ["分配方案!C20 error 分配比例合计不等于10000 +C21 +C22"],
    ),
    (defects.leg_number_must_be_unique, put("分配方案", A21=1), ["分配方案!A21 error 分配序号重复 +A20"]),
    (defects.basis_must_be_known, put("分配方案", D20="工作日"), ["分配方案!D20 error 分配口径不认识"]),
    (
        defects.basis_product_should_be_traded,
        put("分配方案", B7="青贮玉米、干牧草"),
        ["分配方案!B7 warning 产品没有交易"],
    ),
    (
        defects.basis_product_should_be_traded,
        put("分配方案", D21="交易量:干牧草"),
        ["分配方案!D21 warning 产品没有交易"],
    ),
    (defects.member_must_exist, put("分配方案", D20="均等:Q0099"), ["分配方案!D20 error 成员不存在"]),
    # the township
    (defects.village_must_be_unique, put("村", A3="450000101200"), ["村!A3 error 村编码重复 +A2"]),
    (defects.village_name_must_be_unique, put("村", B3="清水村"), ["村!B3 error 村名称重复 +B2"]),
    (
        defects.village_should_be_of_the_township,
        add("村", ["450000109203", "外乡村", "一般村"]),
        ["村!A5 warning 村编码不属于本乡镇"],
    ),
    (
        defects.village_must_exist,
        put("村集体凭证", A4="450000101299", A5="450000101299"),
        ["村集体凭证!A4 error 村编码不存在 +A5"],
    ),
    (defects.village_must_exist, put("村级考评", B3="450000101299"), ["村级考评!B3 error 村编码不存在"]),
    (defects.threshold_must_be_unique, put("门槛", B3="一般村"), ["门槛!B3 error 门槛重复 +B2"]),
    (defects.threshold_must_be_positive, put("门槛", D3=0), ["门槛!D3 error 门槛金额不合理"]),
    (
        defects.invested_cooperative_must_exist,
        put("村集体凭证", H6="清河合作社"),
        ["村集体凭证!H6 error 被投资合作社不存在"],
    ),
    (defects.detail_must_be_given, put("村集体凭证", H6=None), ["村集体凭证!H6 error 缺少明细"]),
    (defects.score_must_be_within_a_hundred, put("村级考评", C3=100.5), ["村级考评!C3 error 得分超出范围"]),
    (
        defects.village_score_must_be_unique,
        put("村级考评", B3="450000101200"),
        ["村级考评!B3 error 村级考评重复 +B2"],
    ),
    (defects.cadre_must_be_unique, put("村干部", B3="黎美华"), ["村干部!B3 error 村干部重复 +B2"]),
    (defects.choice_must_be_known, put("村干部", D3="良好"), ["村干部!D3 error 取值不在规定范围"]),
    (defects.bonus_must_be_unique, put("奖金", E3="乡镇", B3=1), ["奖金!E3 error 奖金层级重复 +E2"]),
    (defects.bonus_must_have_a_pool, put("奖金", B2=None), ["奖金!B2 error 缺少奖金池"]),
    (defects.number_must_be_in_range, put("奖金", B2=-7), ["奖金!B2 error 数值超出范围"]),
    (defects.number_must_be_in_range, put("奖金", D3="1.2/1.0/-0.8"), ["奖金!D3 error 数值超出范围"]),
    (defects.bonus_tiers_must_fall, put("奖金", D2="3/4/3"), ["奖金!D2 error 奖金等次倒挂"]),
    (
        defects.bonus_tiers_must_fall,
        put("奖金", C3="定额", D3="900/1000/1200"),
        ["奖金!D3 error 奖金等次倒挂"],
    ),
    (
        defects.bonus_coefficients_must_not_all_be_nought,
        put("奖金", D3="0/0/0"),
        ["奖金!D3 error 奖金系数全为零"],
    ),
    (defects.year_must_be_the_packs, put("奖金", A3=2024), ["奖金!A3 error 年度与会计年度不符"]),
)


@pytest.mark.parametrize(
    ("defect", "alter", "expected"), CASES, ids=[case[2][0].split(" ")[-1] for case in CASES]
)
def test_a_broken_rule_is_named_once_at_its_cause(
    defect: Defect, alter: Alteration, expected: list[str]
) -> None:
    bench = clean()
    alter(bench)
    reading = bench.reading()
    assert listed(reading) == expected
    (problem,) = reading.problems
    assert problem.code == defect.code
    assert problem.says.format_map(problem.figures)
    assert problem.remedy
    assert (reading.pack is None) == (problem.severity == "error")
