"""What a book's own accounts and its opening balances must fulfil.

Opening balances balance like a voucher: a book that opens with 713 622.94 in the bank and 600 000.00 share capital
still lacks 113 622.94 on the credit side and is refused.
"""

from collections.abc import Callable, Mapping, Sequence

from ledger import texts
from ledger.seal.rules import OpeningLine
from ledger.vouchers import rules as vouchers
from schemas.books import BookAccount, Detail
from schemas.charts import Category, QuantityUse, Settlement
from schemas.problems import Fault, Problem
from schemas.units import Fen

book_must_be_new = Fault(
    code="book_must_be_new", says="There already is a book {book}.", remedy="Choose another id."
)
account_must_be_there = Fault(
    code="account_must_be_there",
    says="There is no account {account} in this book.",
    remedy="Look it up in the chart.",
)
sub_account_must_continue_its_parent = Fault(
    code="sub_account_must_continue_its_parent",
    says="{code} does not continue {parent} by two digits.",
    remedy="Use {parent}01 to {parent}99.",
)
sub_account_must_be_new = Fault(
    code="sub_account_must_be_new",
    says="Account {code} already exists.",
    remedy="Choose the next free code.",
)
sub_account_must_have_a_name = Fault(
    code="sub_account_must_have_a_name", says="The account has no name.", remedy="Name it."
)
parent_must_have_no_postings = Fault(
    code="parent_must_have_no_postings",
    says="Account {parent} already has postings, so it cannot be divided any more.",
    remedy="Use details below it instead.",
)
account_must_not_be_divided = Fault(
    code="account_must_not_be_divided",
    says="The service itself posts on account {parent}, so it has no sub-accounts.",
    remedy="Use details below it instead.",
)
openings_must_come_first = Fault(
    code="openings_must_come_first",
    says="The book already has opening balances or posted vouchers.",
    remedy="Correct a balance with a voucher.",
)
openings_must_balance = Fault(
    code="openings_must_balance",
    says="Opening debits {debit} and credits {credit} differ by {difference}.",
    remedy="Correct the balances until both sides are equal.",
)
opening_must_be_of_a_balance_account = Fault(
    code="opening_must_be_of_a_balance_account",
    says="Account {account} starts every year at zero and has no opening balance.",
    remedy="Close the year before in the old book first.",
)
opening_must_be_named_once = Fault(
    code="opening_must_be_named_once",
    says="Account {account} {detail} has two opening balances.",
    remedy="Add them up in one line.",
)


def faults_of_sub_account(
    *,
    parent: str,
    code: str,
    name: str,
    accounts: Mapping[str, BookAccount],
    settlement: Settlement,
    parent_has_postings: bool,
) -> tuple[Problem, ...]:
    """What keeps a sub-account from being added."""
    problems = []
    if parent not in accounts:
        return (account_must_be_there.at("/parent", account=parent),)
    if accounts[parent].statutory.register or parent in _posted_on(settlement):
        problems.append(account_must_not_be_divided.at("/parent", parent=parent))
    if not (code.startswith(parent) and len(code) == len(parent) + 2 and code.isdecimal() and code.isascii()):
        problems.append(sub_account_must_continue_its_parent.at("/code", code=code, parent=parent))
    if code in accounts:
        problems.append(sub_account_must_be_new.at("/code", code=code))
    if not name.strip():
        problems.append(sub_account_must_have_a_name.at("/name"))
    problems += texts.faults_of_line(name, "/name")
    if parent_has_postings:
        problems.append(parent_must_have_no_postings.at("/parent", parent=parent))
    return tuple(problems)


def _posted_on(settlement: Settlement) -> frozenset[str]:
    """The accounts the settlement stage and the runs post on by their statutory code."""
    return frozenset(
        {
            settlement.result,
            settlement.distribution,
            settlement.reserve,
            settlement.patronage,
            settlement.residual,
        }
    )


def faults_of_openings(
    lines: Sequence[OpeningLine],
    *,
    accounts: Mapping[str, BookAccount],
    details: Mapping[str, Detail],
    begun: bool,
    yuan: Callable[[Fen], str],
) -> tuple[Problem, ...]:
    """What keeps opening balances from being entered, all at once."""
    problems: list[Problem] = []
    if begun:
        problems.append(openings_must_come_first.at())
    seen: set[tuple[str, str]] = set()
    for index, line in enumerate(lines):
        where = f"/{index}"
        account = accounts.get(line.account)
        if account is None:
            problems.append(vouchers.account_must_exist.at(f"{where}/account", account=line.account))
        else:
            if account.statutory.category in {Category.INCOME, Category.EXPENSE}:
                problems.append(
                    opening_must_be_of_a_balance_account.at(f"{where}/account", account=line.account)
                )
            if not account.lowest:
                problems.append(vouchers.account_must_be_lowest.at(f"{where}/account", account=line.account))
            problems += vouchers.faults_of_detail(
                line.detail, f"{where}/detail", account=account, details=details, only_open=False
            )
            if line.quantity and account.statutory.quantity is QuantityUse.NONE:
                problems.append(
                    vouchers.quantity_must_not_be_given.at(f"{where}/quantity", account=line.account)
                )
        if (line.debit == 0) == (line.credit == 0):
            problems.append(
                vouchers.line_must_have_one_side.at(
                    f"{where}/debit", debit=yuan(line.debit), credit=yuan(line.credit)
                )
            )
        if (line.account, line.detail) in seen:
            problems.append(opening_must_be_named_once.at(where, account=line.account, detail=line.detail))
        seen.add((line.account, line.detail))
    debit, credit = sum(line.debit for line in lines), sum(line.credit for line in lines)
    if debit != credit:
        problems.append(
            openings_must_balance.at(
                "", debit=yuan(debit), credit=yuan(credit), difference=yuan(abs(debit - credit))
            )
        )
    return tuple(problems)
