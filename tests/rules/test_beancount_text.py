"""A book as beancount text: names beancount takes, no two of them the same, amounts with their signs."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import beancount_text
from ledger.charts import standard
from ledger.money import yuan
from ledger.proof.rules import faults_of_load
from schemas.books import Book, BookAccount, BookKind
from schemas.proof import Loaded, LoadError
from schemas.vouchers import Correction, CorrectionKind, Origin
from tests.builders import a_party, openings_of
from tests.rules.test_vouchers import a_posted

CHART = standard("coop-2021").accounts
ACCOUNTS = {
    code: BookAccount(code=code, name=account.zh, name_en="", statutory=account)
    for code, account in CHART.items()
}
BANK = CHART["102"]


def divided(**names: str) -> dict[str, BookAccount]:
    """The chart with further accounts below 102, in the order of their codes."""
    below = {
        code[1:]: BookAccount(code=code[1:], name=name, name_en="", statutory=BANK, parent=code[1:-2])
        for code, name in names.items()
    }
    return dict(sorted({**ACCOUNTS, **below}.items()))


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("M0012", "M0012"),
        ("惠民饲料厂", "D-惠民饲料厂"),
        ("电费", "D-电费"),
        ("3号牛舍", "3号牛舍"),
        ("Ａ栋", "Ａ栋"),
        ("m0012", "D-m0012"),
        ("-12", "D--12"),
        ("王 小明", "D-王-小明"),
        ("桂A·12345（货车）", "D-桂A-12345-货车-"),
        ("《合同》1:2", "D--合同-1-2"),
        ('a"b\\c', "D-a-b-c"),
        ("²", "D--"),
        ("", "D-"),
    ],
)
def test_a_text_becomes_a_part_beancount_takes(text: str, part: str) -> None:
    assert beancount_text.part_of(text) == part


@pytest.mark.parametrize(
    ("code", "detail", "name"),
    [
        ("102", "", "Assets:102-银行存款"),
        ("152", "", "Assets:152-累计折旧"),
        ("401", "", "Assets:401-生产成本"),
        ("222", "M0012", "Liabilities:222-应付剩余盈余:M0012"),
        ("301", "M0012", "Equity:301-股金:M0012"),
        ("331", "", "Equity:331-本年盈余"),
        ("501", "", "Income:501-经营收入"),
        ("523", "电费", "Expenses:523-管理费用:D-电费"),
        ("10201", "", "Assets:102-银行存款:10201-农信社"),
        ("1020101", "项目款", "Assets:102-银行存款:10201-农信社:1020101-一般户:D-项目款"),
    ],
)
def test_an_account_keeps_its_code_behind_an_english_root(code: str, detail: str, name: str) -> None:
    accounts = divided(_10201="农信社", _1020101="一般户")
    assert beancount_text.names_of(accounts, [(code, detail)])[code, detail] == name


@pytest.mark.parametrize(
    "details",
    [
        ("甲 乙", "甲-乙", "甲（乙"),
        ("电费", "D-电费"),
        ("电费", "D-电费", "D-电费-4E3F1A"),
        ("A B", "A:B", "A-B"),
        ("10201-农信社", "D-10201-农信社"),
        ("王\u200b明", "王\u3000明"),
    ],
)
def test_details_that_look_alike_stay_apart(details: tuple[str, ...]) -> None:
    accounts = divided(_10201="农信社")
    names = beancount_text.names_of(accounts, [("102", detail) for detail in details])
    assert len(set(names.values())) == len(names)
    for detail in details:
        if beancount_text.part_of(detail) == detail and detail != "10201-农信社":
            assert names["102", detail].endswith(f":{detail}"), "what is possible as it stands is kept"


@given(st.text(max_size=8))
def test_a_part_is_letters_digits_and_hyphens_behind_a_capital_or_a_digit(text: str) -> None:
    part = beancount_text.part_of(text)
    assert category(part[0]) in {"Lu", "Nd"}
    assert all(sign == "-" or category(sign)[0] == "L" or category(sign) == "Nd" for sign in part)


@given(st.sets(st.text(min_size=1, max_size=6), max_size=12), st.data())
def test_no_two_details_ever_share_an_account(details: set[str], data: st.DataObject) -> None:
    """Also when details named as a sanitised or marked one turn up later."""
    first = beancount_text.names_of(ACCOUNTS, [("102", detail) for detail in details])
    later = {name.rpartition(":")[2] for name in first.values()}
    used = [("102", detail) for detail in details | later]
    names = beancount_text.names_of(ACCOUNTS, data.draw(st.permutations(used)))
    assert len(set(names.values())) == len(names)
    assert names == beancount_text.names_of(ACCOUNTS, sorted(used))


BOOK = Book(
    id="qingshui",
    name='清水"养殖"合作社\\',
    short_name="清水",
    kind=BookKind.COOPERATIVE,
    standard="coop-2021",
    first_year=2025,
)


def test_a_voucher_reads_as_it_was_written() -> None:
    names = beancount_text.names_of(ACCOUNTS, [("523", "电费"), ("121", "饲料")])
    red = a_posted(
        8,
        '2025-03-21 注销"3月\t1日" | 523/电费 -8.60 | cr 102 -8.60 | 121/饲料 -4 x-2.5 | cr 102 -4',
        number=12,
        corrects=Correction(kind=CorrectionKind.RED, voucher=3),
    )
    assert beancount_text.transaction(red, names=names) == (
        '\n2025-03-21 * "注销\\"3月 1日\\"" ^voucher-8 ^voucher-3\n'
        '  number: "记-0012"\n'
        "  Expenses:523-管理费用:D-电费  -8.60 CNY\n"
        '    summary: "注销\\"3月 1日\\""\n'
        "    red: TRUE\n"
        "  Assets:102-银行存款  8.60 CNY\n"
        '    summary: "注销\\"3月 1日\\""\n'
        "    red: TRUE\n"
        "  Assets:121-产品物资:D-饲料  -4.00 CNY\n"
        '    summary: "注销\\"3月 1日\\""\n'
        "    quantity: -2.50\n"
        "    red: TRUE\n"
        "  Assets:102-银行存款  4.00 CNY\n"
        '    summary: "注销\\"3月 1日\\""\n'
        "    red: TRUE\n"
    )


def test_movements_and_the_settlement_stage_are_kept_as_metadata() -> None:
    names = beancount_text.names_of(ACCOUNTS, [("332", "未分配盈余")])
    text = "2025-12-31 结转本年盈余 | 331 5 | cr 332/未分配盈余 5 current_year_surplus"
    closing = a_posted(9, text, number=99, origin=Origin.CLOSING)
    lines = beancount_text.transaction(closing, names=names).splitlines()
    assert '  settlement: "2025"' in lines
    assert '    movement: "current_year_surplus"' in lines


def whole(*vouchers: str, closing: dict[tuple[str, str], int], openings: str = "") -> str:
    return "".join(
        beancount_text.text_of(
            BOOK,
            accounts=ACCOUNTS,
            details={"M0001": a_party("M0001")},
            openings=openings_of(openings) if openings else (),
            vouchers=[a_posted(n, text, number=n) for n, text in enumerate(vouchers, 1)],
            closing=closing,
        )
    )


def test_balances_are_asserted_the_day_after_with_all_below_them() -> None:
    text = whole(
        "2025-03-21 利息 | 102/项目款 49.11 | 524 -49.11",
        "2025-02-01 利息 | 102 1 | 524 -1",
        closing={("102", ""): 2100, ("102", "项目款"): 4911, ("524", ""): -5011, ("301", "M0001"): -2000},
        openings="102 20 | cr 301/M0001 20",
    )
    assert [line for line in text.splitlines() if " balance " in line] == [
        "2025-03-22 balance Assets:102-银行存款  70.11 ~ 0.00 CNY",
        "2025-03-22 balance Assets:102-银行存款:D-项目款  49.11 ~ 0.00 CNY",
        "2025-03-22 balance Equity:301-股金  -20.00 ~ 0.00 CNY",
        "2025-03-22 balance Equity:301-股金:M0001  -20.00 ~ 0.00 CNY",
        "2025-03-22 balance Expenses:524-财务费用  -50.11 ~ 0.00 CNY",
    ]
    assert '\n2024-12-31 * "年初余额"\n  Assets:102-银行存款  20.00 CNY\n' in text
    assert (
        '2024-12-31 open Equity:301-股金:M0001  CNY\n  code: "301"\n  name: "股金"\n'
        '  detail: "M0001"\n  detail-name: "王0001"\n'
    ) in text
    assert text.startswith('option "title" "清水\\"养殖\\"合作社\\\\"\n')


def test_a_book_without_a_voucher_is_a_text_too() -> None:
    assert " balance " not in whole(closing={})


@pytest.mark.parametrize(
    ("loaded", "says"),
    [
        (Loaded(transactions=2, balances={"Assets:102-银行存款": 100}), []),
        (Loaded(transactions=1, balances={"Assets:102-银行存款": 100}),
         ["beancount_must_count_the_vouchers"]),
        (Loaded(transactions=2, balances={"Assets:102-银行存款": 99}), ["beancount_must_agree"]),
        (Loaded(transactions=2, balances={}), ["beancount_must_agree"]),
        (Loaded(transactions=2, balances={"Assets:102-银行存款": 99},
                errors=(LoadError(kind="BalanceError", line=9, says="Balance failed"),)),
         ["beancount_must_agree"]),
        (Loaded(transactions=2, balances={"Assets:102-银行存款": 100},
                errors=(LoadError(kind="BalanceError", line=9, says="Balance failed"),)),
         ["beancount_must_load"]),
        (Loaded(transactions=2, balances={"Assets:102-银行存款": 100, "Assets:999-": 5}),
         ["beancount_must_agree"]),
    ],
)  # fmt: skip
def test_what_beancount_says_is_held_against_what_is_kept(loaded: Loaded, says: list[str]) -> None:
    problems = faults_of_load(
        loaded,
        {("102", ""): 100},
        names={("102", ""): "Assets:102-银行存款", ("101", ""): "Assets:101-库存现金"},
        transactions=2,
        book="qingshui",
        yuan=yuan,
    )
    assert [problem.code for problem in problems] == says
