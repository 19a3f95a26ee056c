"""What a voucher must fulfil: every rule broken once, and what is right let through.

The book of these rows: a cooperative that keeps 2024 to 2026 open, January 2025 closed and 2024 in settlement. 102
is divided into 10201, account 109 is closed, M0009 has left. Five vouchers are posted: 1 is 记-0060 of 6 June 2025,
2 is of 2024, 3 is the red voucher that cancelled 4, 5 was made by a year's settlement, 6 is still a draft, and 7 was made
by the share register.
"""

from collections.abc import Mapping

import pytest

from ledger.charts import standard
from ledger.money import yuan
from ledger.vouchers import rules
from ledger.vouchers.rules import BookFacts
from schemas.books import BookAccount, Detail
from schemas.charts import KeptBy
from schemas.problems import Fault
from schemas.vouchers import Correction, CorrectionKind, Origin, State, Voucher, Word
from tests.builders import a_draft, a_party, codes

CHART = standard("coop-2021")


def the_accounts() -> Mapping[str, BookAccount]:
    accounts = {
        code: BookAccount(
            code=code,
            name=account.zh,
            name_en=account.en,
            statutory=account,
            open=code != "109",
            lowest=code != "102",
        )
        for code, account in CHART.accounts.items()
    }
    bank, result = CHART.accounts["102"], CHART.accounts["331"]
    accounts["10201"] = BookAccount(code="10201", name="农信社", name_en="", statutory=bank, parent="102")
    accounts["33101"] = BookAccount(
        code="33101", name="本年盈余明细", name_en="", statutory=result, parent="331"
    )
    return accounts


def a_posted(
    id: int,
    text: str,
    *,
    number: int,
    origin: Origin = Origin.HAND,
    corrects: Correction | None = None,
    state: State = State.POSTED,
) -> Voucher:
    draft = a_draft(text)
    return Voucher(
        book="qingshui",
        id=id,
        state=state,
        word=Word.GENERAL,
        number=number if state is State.POSTED else None,
        date=draft.date,
        period=rules.period_of(draft, origin),
        lines=draft.lines,
        originals=0,
        origin=origin,
        corrects=corrects,
        prepared_by=1,
        reviewed_by=2,
        posted_by=1,
        version=3,
    )


OLD = {
    voucher.id: voucher
    for voucher in (
        a_posted(1, "2025-06-06 购饲料 | 121/饲料 860 x4 | cr 10201 860", number=60),
        a_posted(2, "2024-12-06 付电费 | 523 120 | cr 10201 120", number=7),
        a_posted(
            3,
            "2025-06-08 注销6月7日记-0061号凭证 | 523 -50 | cr 10201 -50",
            number=62,
            corrects=Correction(kind=CorrectionKind.RED, voucher=4),
        ),
        a_posted(4, "2025-06-07 付电费 | 523 50 | cr 10201 50", number=61),
        a_posted(5, "2024-12-31 结转本年收入 | 501 90 | cr 331 90", number=99, origin=Origin.CLOSING),
        a_posted(6, "2025-06-09 付电费 | 523 50 | cr 10201 50", number=0, state=State.DRAFT),
        a_posted(
            7,
            "2025-06-10 收到股金 | 10201 500 | cr 301/M0001 500 contribution_increase",
            number=63,
            origin=Origin.REGISTER,
        ),
    )
}

FACTS = BookFacts(
    accounts=the_accounts(),
    result_account="331",
    details={
        party.code: party
        for party in (
            *map(a_party, "M0001 C001 饲料 财政补助 未分配盈余 待处理流动资产损溢".split()),
            Detail(code="M0009", name="王退社", kind=KeptBy.MEMBER, open=False),
        )
    },
    closed=frozenset({202501}),
    settling=frozenset({2024}),
    first_year=2024,
    last_year=2026,
    corrected=OLD,
    cancelled=frozenset({4}),
)

HAND, IMPORT, PLAN = Origin.HAND, Origin.IMPORT, Origin.PLAN
REGISTER, CLOSING, RUN = Origin.REGISTER, Origin.CLOSING, Origin.RUN
CORRECTION = Origin.CORRECTION

RIGHT = (
    (HAND, "2025-03-21 银行存款利息 | 10201 49.11 | 524 -49.11"),
    (HAND, "2025-03-21 付电费 | 523 860 | cr 10201 860"),
    (HAND, "2025-03-21 付电费 | 523 400 | 523 460 | cr 10201 800 | cr 101 60"),
    (HAND, "2024-06-30 付电费 | 523 860 | cr 10201 860"),
    (HAND, "2026-12-31 付电费 | 523 860 | cr 10201 860"),
    (HAND, "2025-12-31 付电费 | 523 860 | cr 10201 860"),
    (HAND, "2025-03-21 饲料入库 | 121/饲料 860 x4 | cr 211/C001 860"),
    (HAND, "2025-03-21 饲料运费 | 121/饲料 60 | cr 10201 60"),
    (HAND, "2025-03-21 零吨出售 | 10201 60 | cr 501 60 x2"),
    (HAND, "2025-03-21 股金溢价 | 10201 60 | cr 321/财政补助 60 share_premium"),
    (HAND, "2025-03-21 盘亏 | 181/待处理流动资产损溢 60 | cr 121/饲料 60"),
    (REGISTER, "2025-03-21 收到股金 | 10201 500 | cr 301/M0001 500 contribution_increase"),
    (IMPORT, "2025-03-21 收到股金 | 10201 500 | cr 301/M0001 500 contribution_increase"),
    (IMPORT, "2025-03-21 财政补助 | 10201 500 | cr 311/财政补助 500 state_aid"),
    (CLOSING, "2024-12-31 结转本年收入 | 501 90 | cr 331 90"),
    (CLOSING, "2024-12-31 结转本年盈余 | 331 90 | cr 332/未分配盈余 90 current_year_surplus"),
    (RUN, "2024-12-31 计提管理员提成 | 523 90 | cr 212/M0001 90"),
    (CORRECTION, "2025-06-30 red 1 注销6月6日记-0060号凭证 | 121/饲料 -860 x-4 | cr 10201 -860"),
    (CORRECTION, "2025-06-30 red 1 注销2025年6月6日记-0060号凭证 | cr 10201 -860 | 121/饲料 -860 x-4"),
    (CORRECTION, "2025-07-01 blue 4 订正6月7日记-0061号凭证 | 523 40 | cr 10201 40"),
    (CORRECTION, "2025-07-01 difference 1 订正6月6日记-0060号凭证 | 121/饲料 -60 | cr 10201 -60"),
    (CORRECTION, "2025-07-01 blue 2 订正2024年12月6日记-0007号凭证 | 523 -20 | cr 10201 -20"),
    (RUN, "2024-12-31 red 5 注销12月31日记-0099号凭证 | 501 -90 | cr 331 -90"),
    (REGISTER,
     "2025-07-31 red 7 注销6月10日记-0063号凭证 | 10201 -500 | cr 301/M0001 -500 contribution_increase"),
)  # fmt: skip

BROKEN = (
    # Date and period
    ("year_must_be_begun", HAND, "2023-12-31 付电费 | 523 860 | cr 10201 860"),
    ("year_must_be_begun", HAND, "2027-01-01 付电费 | 523 860 | cr 10201 860"),
    ("year_must_be_begun", CLOSING, "2027-12-31 结转 | 501 90 | cr 331 90"),
    ("period_must_be_open", HAND, "2025-01-31 付电费 | 523 860 | cr 10201 860"),
    ("period_must_be_open", IMPORT, "2025-01-01 付电费 | 523 860 | cr 10201 860"),
    ("settlement_must_be_open", CLOSING, "2025-12-31 结转本年收入 | 501 90 | cr 331 90"),
    ("settlement_must_be_open", RUN, "2026-12-31 计提提成 | 523 90 | cr 212/M0001 90"),
    ("settlement_is_dated_at_year_end", CLOSING, "2024-12-30 结转本年收入 | 501 90 | cr 331 90"),
    ("settlement_is_dated_at_year_end", RUN, "2024-01-31 计提提成 | 523 90 | cr 212/M0001 90"),
    # Lines
    ("summary_must_be_given,summary_must_be_given", HAND, "2025-03-21  | 523 860 | cr 10201 860"),
    ("text_must_be_one_line,text_must_be_one_line", HAND, "2025-03-21 办公\n费 | 523 860 | cr 10201 860"),
    ("account_must_exist", HAND, "2025-03-21 付电费 | 999 860 | cr 10201 860"),
    ("account_must_exist", HAND, "2025-03-21 付电费 | 523 860 | cr 10202 860"),
    ("line_must_have_one_side", HAND, "2025-03-21 付电费 | 523 860 | cr 10201 860 | 101 0"),
    ("account_must_be_open", HAND, "2025-03-21 付电费 | 523 860 | cr 109 860"),
    ("account_must_be_lowest", HAND, "2025-03-21 付电费 | 523 860 | cr 102 860"),
    ("account_takes_closing_vouchers_only", HAND, "2025-03-21 结转 | 331 90 | cr 501 90"),
    ("account_takes_closing_vouchers_only", HAND, "2025-03-21 结转 | 33101 90 | cr 501 90"),
    ("account_takes_closing_vouchers_only", IMPORT, "2025-03-21 结转 | 331 90 | cr 501 90"),
    ("account_is_kept_by_its_register", HAND,
     "2025-03-21 收到股金 | 10201 500 | cr 301/M0001 500 contribution_increase"),
    ("account_is_kept_by_its_register", PLAN,
     "2025-03-21 财政补助 | 10201 500 | cr 311/财政补助 500 state_aid"),
    ("quantity_must_not_be_given", HAND, "2025-03-21 付电费 | 523 860 x3 | cr 10201 860"),
    ("detail_must_be_given", HAND, "2025-03-21 饲料入库 | 121 860 x4 | cr 211/C001 860"),
    ("detail_must_not_be_given", HAND, "2025-03-21 取现 | 101/饲料 860 | cr 10201 860"),
    ("detail_must_be_known", HAND, "2025-03-21 饲料入库 | 121/玉米 860 | cr 211/C001 860"),
    ("detail_must_be_open", HAND, "2025-03-21 借款 | 114/M0009 860 | cr 10201 860"),
    ("detail_must_fit_account", HAND, "2025-03-21 借款 | 114/C001 860 | cr 10201 860"),
    ("detail_must_fit_account", HAND, "2025-03-21 盘亏 | 181/饲料 860 | cr 121/饲料 860"),
    ("movement_must_be_given", REGISTER, "2025-03-21 收到股金 | 10201 500 | cr 301/M0001 500"),
    ("movement_must_fit_account", REGISTER, "2025-03-21 收到股金 | 10201 500 | cr 301/M0001 500 state_aid"),
    ("movement_must_fit_account", HAND, "2025-03-21 付电费 | 523 860 state_aid | cr 10201 860"),
    # Sums
    ("must_have_two_lines,must_balance", HAND, "2025-03-21 付电费 | 523 860"),
    ("must_have_two_lines", HAND, "2025-03-21 付电费"),
    ("must_balance", HAND, "2025-03-21 付电费 | 523 860.01 | cr 10201 860"),
    ("must_balance", HAND, "2025-03-21 利息 | 10201 49.11 | 524 49.11"),
    ("must_balance", HAND, "2025-03-21 利息 | 10201 0.01 | 524 -0.02"),
    ("total_must_not_be_too_big", HAND,
     "2025-03-21 付电费 | 523 9999999999999.99 | 523 0.01 | cr 10201 9999999999999.99 | cr 10201 0.01"),
    ("total_must_not_be_too_big", HAND,
     "2025-03-21 付电费 | 523 -9999999999999.99 | 523 -0.01 | cr 10201 -9999999999999.99 | cr 10201 -0.01"),
    ("total_must_not_be_too_big,must_balance", HAND,
     "2025-03-21 付电费 | 523 860 | cr 10201 9999999999999.99 | cr 10201 0.01"),
    # Corrections
    ("corrected_voucher_must_be_posted", CORRECTION,
     "2025-07-01 red 6 注销6月9日记-0001号凭证 | 523 -50 | cr 10201 -50"),
    ("corrected_voucher_must_be_posted", CORRECTION,
     "2025-07-01 blue 77 订正6月9日记-0001号凭证 | 523 50 | cr 10201 50"),
    ("correction_must_not_precede", CORRECTION,
     "2025-06-05 red 1 注销6月6日记-0060号凭证 | 121/饲料 -860 x-4 | cr 10201 -860"),
    ("correction_must_be_worded", CORRECTION,
     "2025-06-30 red 1 冲销错误凭证 | 121/饲料 -860 x-4 | cr 10201 -860"),
    ("correction_must_be_worded", CORRECTION,
     "2025-07-01 blue 4 注销6月7日记-0061号凭证 | 523 40 | cr 10201 40"),
    ("must_not_be_cancelled_twice", CORRECTION,
     "2025-07-01 red 4 注销6月7日记-0061号凭证 | 523 -50 | cr 10201 -50"),
    ("must_not_be_cancelled_twice", CORRECTION,
     "2025-07-01 difference 4 订正6月7日记-0061号凭证 | 523 -10 | cr 10201 -10"),
    ("red_is_not_cancelled", CORRECTION,
     "2025-07-01 red 3 注销6月8日记-0062号凭证 | 523 50 | cr 10201 50"),
    ("account_takes_closing_vouchers_only,service_voucher_is_undone_by_its_act,prior_year_is_corrected_in_blue", CORRECTION,
     "2025-07-01 red 5 注销2024年12月31日记-0099号凭证 | 501 -90 | cr 331 -90"),
    ("account_is_kept_by_its_register,service_voucher_is_undone_by_its_act", CORRECTION,
     "2025-07-31 red 7 注销6月10日记-0063号凭证 | 10201 -500 | cr 301/M0001 -500 contribution_increase"),
    ("prior_year_is_corrected_in_blue", CORRECTION,
     "2025-07-01 red 2 注销2024年12月6日记-0007号凭证 | 523 -120 | cr 10201 -120"),
    ("prior_year_is_corrected_in_blue", CORRECTION,
     "2025-07-01 difference 2 订正2024年12月6日记-0007号凭证 | 523 -20 | cr 10201 -20"),
    ("red_must_negate_the_voucher", CORRECTION,
     "2025-06-30 red 1 注销6月6日记-0060号凭证 | 121/饲料 -800 x-4 | cr 10201 -800"),
    ("red_must_negate_the_voucher", CORRECTION,
     "2025-06-30 red 1 注销6月6日记-0060号凭证 | cr 121/饲料 860 x4 | 10201 860"),
    ("red_must_negate_the_voucher", CORRECTION,
     "2025-06-30 red 1 注销6月6日记-0060号凭证 | 121/饲料 -860 x-3 | cr 10201 -860"),
    ("red_must_negate_the_voucher", CORRECTION,
     "2025-06-30 red 1 注销6月6日记-0060号凭证 | 121/饲料 -860 x-4 | cr 10201 -860 | 523 -1 | cr 101 -1"),
    ("must_balance,red_must_negate_the_voucher", CORRECTION,
     "2025-06-30 red 1 注销6月6日记-0060号凭证 | 121/饲料 -860 x-4 | cr 10201 -430"),
    ("blue_follows_red", CORRECTION,
     "2025-07-01 blue 1 订正6月6日记-0060号凭证 | 523 860 | cr 10201 860"),
    ("difference_keeps_the_accounts", CORRECTION,
     "2025-07-01 difference 1 订正6月6日记-0060号凭证 | 523 -60 | cr 10201 -60"),
    ("difference_keeps_the_accounts", CORRECTION,
     "2025-07-01 difference 1 订正6月6日记-0060号凭证 | 121/财政补助 -60 | cr 10201 -60"),
)  # fmt: skip


def faults(origin: Origin, text: str) -> list[str]:
    return codes(rules.faults_in(a_draft(text), origin=origin, facts=FACTS, yuan=yuan))


@pytest.mark.parametrize(("origin", "text"), RIGHT)
def test_a_voucher_without_fault_passes(origin: Origin, text: str) -> None:
    assert faults(origin, text) == []


@pytest.mark.parametrize(("expected", "origin", "text"), BROKEN)
def test_each_fault_is_named_alone(expected: str, origin: Origin, text: str) -> None:
    assert faults(origin, text) == expected.split(",")


def test_a_reviewer_is_another_person() -> None:
    assert codes(rules.fault_of_review(prepared_by=1, reviewed_by=1)) == [
        "reviewer_must_differ_from_preparer"
    ]
    assert rules.fault_of_review(prepared_by=1, reviewed_by=2) == ()


@pytest.mark.parametrize(
    ("given", "missing"),
    [((), ()), ((1,), ()), ((1, 2, 5), (3, 4)), ((3,), (1, 2)), ((2, 1, 4), (3,))],
)
def test_missing_numbers_are_those_skipped(given: tuple[int, ...], missing: tuple[int, ...]) -> None:
    assert rules.missing_numbers(given) == missing


def test_a_red_voucher_repeats_every_line_with_the_opposite_sign() -> None:
    assert (
        rules.red_lines(OLD[1])
        == a_draft("2025-06-06 注销6月6日记-0060号凭证 | 121/饲料 -860 x-4 | cr 10201 -860").lines
    )


def test_many_things_wrong_are_all_said_at_once_in_order() -> None:
    assert faults(HAND, "2025-01-03  | 999 5 | cr 301/C001 6 x2") == [
        "period_must_be_open",
        "summary_must_be_given",
        "account_must_exist",
        "summary_must_be_given",
        "account_is_kept_by_its_register",
        "quantity_must_not_be_given",
        "detail_must_fit_account",
        "movement_must_be_given",
        "must_balance",
    ]


IN_A_BOOK = frozenset(
    "reviewer_must_differ_from_preparer voucher_must_exist voucher_must_be_in_state version_must_be_current "
    "number_must_be_free".split()
)
"""Faults only a book can show: provoked above, and in tests/books/test_vouchers.py."""


def test_every_fault_has_a_row() -> None:
    known = {fault.code for fault in vars(rules).values() if isinstance(fault, Fault)}
    assert known - {code for row in BROKEN for code in row[0].split(",")} == IN_A_BOOK
