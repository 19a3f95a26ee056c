"""The lines of vouchers one by one: an account of the chart, under its name, with the detail it is kept by.

``599`` is no account; 301 without a member is not complete; cash 101 is kept by no detail.
"""

from typing import TypeVar

from schemas.charts import Account, DetailUse, QuantityUse, Standard
from schemas.packs import (
    SheetRow,
)
from web.imports import defects
from web.imports.columns import BY_COUNTERPARTY, BY_MEMBER, VoucherRow
from web.imports.findings import At, Findings, Table
from web.imports.judges.references import Known

R = TypeVar("R", bound=SheetRow)


def judge_lines(
    table: Table[VoucherRow],
    standard: Standard | None,
    findings: Findings,
    *,
    members: Known | None = None,
    counterparties: Known | None = None,
    cooperatives: Known | None = None,
) -> None:
    """What must hold of each line by itself: its account exists, and its detail is one the account is kept by."""
    if standard is not None:
        _accounts(table, standard, findings)
        _details(table, standard, findings, members, counterparties, cooperatives)


def _accounts(table: Table[VoucherRow], standard: Standard, findings: Findings) -> None:
    accounts = Known(frozenset(standard.accounts), True, defects.account_must_exist, "account")
    accounts.refer(table, "科目编码", findings=findings)
    accounts.report(findings)
    names = {account.zh for account in standard.accounts.values()}
    for row in table.rows:
        account = standard.accounts.get(row.account)
        if account is None or not row.account_name or row.account_name == account.zh:
            continue
        if not table.knows(row.row, "科目编码", "科目名称"):
            continue
        contradicts = row.account_name in names
        findings.report(
            defects.account_name_must_fit if contradicts else defects.account_name_should_fit,
            table,
            (row.row, "科目名称"),
            raw=row.account_name,
            account=row.account,
            name=account.zh,
            written=row.account_name,
        )
        if contradicts:
            table.doubtful.add((row.row, "科目编码"))


def _details(
    table: Table[VoucherRow],
    standard: Standard,
    findings: Findings,
    members: Known | None,
    counterparties: Known | None,
    cooperatives: Known | None,
) -> None:
    if members is not None and counterparties is not None:
        members.refer(table, "明细", among=lambda row: row.account in BY_MEMBER, findings=findings)
        counterparties.refer(
            table, "明细", among=lambda row: row.account in BY_COUNTERPARTY, findings=findings
        )
    if cooperatives is not None:
        cooperatives.refer(table, "明细", among=lambda row: row.account == "141", findings=findings)
    for row in table.rows:
        account = standard.accounts.get(row.account)
        if account is not None and table.knows(row.row, "科目编码", "明细"):
            judge_detail(table, row.row, account, row.detail, findings, cooperative=members is not None)
            if (
                row.quantity is not None
                and account.quantity is QuantityUse.NONE
                and table.knows(row.row, "数量")
            ):
                findings.report(
                    defects.quantity_must_not_be_given,
                    table,
                    (row.row, "数量"),
                    raw=table.shown(row, "数量"),
                    account=row.account,
                )


_KEPT_BY = {"member": "成员", "household": "农户", "counterparty": "往来单位", "name": "名称"}


def judge_detail(
    table: Table[R], row: int, account: Account, detail: str, findings: Findings, *, cooperative: bool
) -> None:
    """Whether a line on the account names a detail where it must, none where it may not, and a right one."""
    at: At = (row, "明细")
    if not detail and (account.detail is DetailUse.REQUIRED or (cooperative and account.code in BY_MEMBER)):
        kept_by = "、".join(_KEPT_BY[kind] for kind in account.kept_by)
        findings.report(defects.detail_must_be_given, table, at, account=account.code, kept_by=kept_by)
    elif detail and account.detail is DetailUse.NONE:
        findings.report(defects.detail_must_not_be_given, table, at, raw=detail, account=account.code)
    elif detail and account.names and detail not in account.names:
        names = "、".join(account.names)
        findings.report(
            defects.detail_must_be_one_of_the_names, table, at, raw=detail, account=account.code, names=names
        )
    elif cooperative and account.code == "311" and not detail.startswith(("财政补助-", "社会捐赠-")):
        findings.report(defects.source_must_be_named, table, at, raw=detail)
