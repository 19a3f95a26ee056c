"""What a book's own accounts and its opening balances must fulfil: every rule broken once.

The book of these rows is a new cooperative's whose bank account 102 is divided into 10201; M0009 has left.
"""

import pytest

from ledger.books import rules
from ledger.charts import standard
from ledger.money import yuan
from schemas.books import BookAccount, Detail
from schemas.charts import KeptBy
from schemas.problems import Fault
from tests.builders import a_party, codes, openings_of

CHART = standard("coop-2021")
ACCOUNTS = {
    code: BookAccount(code=code, name=account.zh, name_en="", statutory=account, lowest=code != "102")
    for code, account in CHART.accounts.items()
} | {
    "10201": BookAccount(
        code="10201", name="农信社", name_en="", statutory=CHART.accounts["102"], parent="102"
    )
}
DETAILS = {
    party.code: party
    for party in (
        *map(a_party, "M0001 C001 饲料 待处理流动资产损溢".split()),
        Detail(code="M0009", name="王退社", kind=KeptBy.MEMBER, open=False),
    )
}


SUB_ACCOUNTS = (
    ("", "102", "10202", "邮储银行", False),
    ("", "10201", "1020101", "一般户", False),
    ("", "523", "52301", "电费", False),
    ("account_must_be_there", "999", "99901", "无", False),
    ("sub_account_must_continue_its_parent", "102", "10102", "邮储银行", False),
    ("sub_account_must_continue_its_parent", "102", "1020", "邮储银行", False),
    ("sub_account_must_continue_its_parent", "102", "102021", "邮储银行", False),
    ("sub_account_must_continue_its_parent", "102", "102٠١", "邮储银行", False),
    ("sub_account_must_be_new", "102", "10201", "邮储银行", False),
    ("sub_account_must_have_a_name", "102", "10202", "  ", False),
    ("parent_must_have_no_postings", "102", "10202", "邮储银行", True),
    ("account_must_not_be_divided", "331", "33101", "本年盈余", False),
    ("account_must_not_be_divided", "332", "33201", "未分配盈余", False),
    ("account_must_not_be_divided", "301", "30101", "成员股金", False),
    ("account_must_not_be_divided", "222", "22201", "成员", False),
    ("sub_account_must_be_new,sub_account_must_have_a_name,parent_must_have_no_postings",
     "102", "10201", "", True),
)  # fmt: skip


@pytest.mark.parametrize(("expected", "parent", "code", "name", "moved"), SUB_ACCOUNTS)
def test_a_sub_account(expected: str, parent: str, code: str, name: str, moved: bool) -> None:
    problems = rules.faults_of_sub_account(
        parent=parent,
        code=code,
        name=name,
        accounts=ACCOUNTS,
        settlement=CHART.settlement,
        parent_has_postings=moved,
    )
    assert codes(problems) == list(filter(None, expected.split(",")))


OPENINGS = (
    ("", "101 20 | 10201 1000 | cr 301/M0001 1020"),
    ("", "10201 1000 | 121/饲料 60 x3 | cr 301/M0001 1060"),
    ("", "10201 1000 | cr 301/M0009 1000"),
    ("", "10201 -1000 | cr 301/M0001 -1000"),
    ("openings_must_balance", "101 20 | 10201 1000 | cr 301/M0001 1020.01"),
    ("openings_must_balance", "10201 713622.94 | cr 301/M0001 600000"),
    ("account_must_exist", "999 20 | cr 301/M0001 20"),
    ("opening_must_be_of_a_balance_account", "523 20 | cr 301/M0001 20"),
    ("opening_must_be_of_a_balance_account", "10201 20 | cr 501 20"),
    ("account_must_be_lowest", "102 20 | cr 301/M0001 20"),
    ("detail_must_be_given", "10201 20 | cr 301 20"),
    ("detail_must_be_known", "10201 20 | cr 301/M0007 20"),
    ("detail_must_not_be_given", "101/饲料 20 | cr 301/M0001 20"),
    ("detail_must_fit_account", "10201 20 | cr 301/C001 20"),
    ("detail_must_fit_account", "181/饲料 20 | cr 301/M0001 20"),
    ("quantity_must_not_be_given", "10201 20 x2 | cr 301/M0001 20"),
    ("line_must_have_one_side", "10201 20 | cr 301/M0001 20 | 101 0"),
    ("opening_must_be_named_once", "10201 20 | 10201 30 | cr 301/M0001 50"),
    ("opening_must_be_of_a_balance_account,detail_must_be_given,openings_must_balance",
     "523 20 | cr 301 30"),
)  # fmt: skip


@pytest.mark.parametrize(("expected", "lines"), OPENINGS)
def test_opening_balances(expected: str, lines: str) -> None:
    problems = rules.faults_of_openings(
        openings_of(lines), accounts=ACCOUNTS, details=DETAILS, begun=False, yuan=yuan
    )
    assert codes(problems) == list(filter(None, expected.split(",")))


def test_opening_balances_come_first() -> None:
    problems = rules.faults_of_openings(
        openings_of("10201 20 | cr 301/M0001 20"),
        accounts=ACCOUNTS,
        details=DETAILS,
        begun=True,
        yuan=yuan,
    )
    assert codes(problems) == ["openings_must_come_first"]


def test_every_fault_has_a_row() -> None:
    """``book_must_be_new`` needs a book (tests/books/test_books.py), ``openings_must_come_first`` is above."""
    known = {fault.code for fault in vars(rules).values() if isinstance(fault, Fault)}
    rows = {code for row in (*SUB_ACCOUNTS, *OPENINGS) for code in str(row[0]).split(",")}
    assert known - rows == {"book_must_be_new", "openings_must_come_first"}
