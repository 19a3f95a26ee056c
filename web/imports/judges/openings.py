"""Opening balances: accounts that last, details they are kept by, one row each, and every book in balance."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

from schemas.charts import Category, Standard
from schemas.packs import (
    OpeningRow,
    VillageOpeningRow,
)
from web.imports import defects
from web.imports.cells import yuan
from web.imports.columns import BY_COUNTERPARTY, BY_MEMBER
from web.imports.findings import At, Findings, Table
from web.imports.judges.lines import judge_detail
from web.imports.judges.references import Known

Opening = TypeVar("Opening", OpeningRow, VillageOpeningRow)

_RUNNING = frozenset({Category.INCOME, Category.EXPENSE})


def judge_openings(
    table: Table[Opening],
    standard: Standard | None,
    findings: Findings,
    *,
    book: Callable[[Opening], str],
    members: Known | None = None,
    counterparties: Known | None = None,
    cooperatives: Known | None = None,
    held: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """Accounts exist, details are right, one side each, no account opens twice, and each book balances."""
    cooperative = members is not None
    if standard is not None:
        accounts = Known(frozenset(standard.accounts), True, defects.account_must_exist, "account")
        accounts.refer(table, "科目编码", findings=findings)
        accounts.report(findings)
        if members is not None and counterparties is not None:
            by_member = BY_MEMBER | {"322"}
            members.refer(table, "明细", among=lambda row: row.account in by_member, findings=findings)
            counterparties.refer(
                table, "明细", among=lambda row: row.account in BY_COUNTERPARTY, findings=findings
            )
        if cooperatives is not None:
            cooperatives.refer(table, "明细", among=lambda row: row.account == "141", findings=findings)
        for row in table.rows:
            account = standard.accounts.get(row.account)
            if account is None or not table.knows(row.row, "科目编码", "明细"):
                continue
            if account.category in _RUNNING or row.account == standard.settlement.result:
                findings.report(
                    defects.opening_must_be_of_a_lasting_account,
                    table,
                    (row.row, "科目编码"),
                    raw=row.account,
                    account=row.account,
                )
                continue
            judge_detail(table, row.row, account, row.detail, findings, cooperative=cooperative)
            if cooperative and row.account == "322" and not row.detail and table.knows(row.row, "明细"):
                findings.report(
                    defects.detail_must_be_given, table, (row.row, "明细"), account="322", kept_by="成员"
                )
    books: dict[str, list[Opening]] = {}
    for row in table.rows:
        if table.knows(row.row, "村编码"):
            books.setdefault(book(row), []).append(row)
    twice = {amount for rows in books.values() for amount in _opening_lines(table, rows, findings)}
    if not table.complete("借方", "贷方", "村编码"):
        return
    difference = {name: sum(row.debit - row.credit for row in rows) for name, rows in books.items()}
    unbalanced = {name: amount for name, amount in difference.items() if amount and abs(amount) not in twice}
    for name in list(unbalanced):
        other = next((one for one, amount in unbalanced.items() if amount == -unbalanced.get(name, 0)), None)
        moved = next((row for row in books[name] if row.debit - row.credit == unbalanced.get(name)), None)
        if other is not None and moved is not None:
            # A row in a wrong village's book is one too many there and one too few in its own.
            _report_openings(table, [(moved.row, "村编码")], books[name], findings)
            del unbalanced[name], unbalanced[other]
    for name, difference_of in unbalanced.items():
        rows = books[name]
        cells: list[At] = [
            (row.row, "借方" if row.debit else "贷方") for row in rows if row.debit or row.credit
        ]
        wrong = [row for row in rows if row.account == "301" and _excess(row, held) == -difference_of]
        if held and len(wrong) == 1:
            # The register knows better what this member held: it is this row that is wrong.
            cells = [(wrong[0].row, "借方" if wrong[0].debit else "贷方")]
        _report_openings(table, cells, rows, findings)


def _excess(row: Opening, held: Mapping[str, int]) -> int:
    return row.credit - row.debit - held.get(row.detail, 0)


def _opening_lines(table: Table[Opening], rows: Sequence[Opening], findings: Findings) -> set[int]:
    """Judge each row of a book's openings; the amounts that stand twice, or on two sides."""
    first: dict[tuple[str, str], Opening] = {}
    twice = set()
    for row in rows:
        if table.knows(row.row, "借方", "贷方") and row.debit and row.credit:
            twice |= {abs(row.debit), abs(row.credit)}
            findings.report(
                defects.line_must_have_one_side,
                table,
                (row.row, "贷方"),
                raw=yuan(row.credit),
                also=[(row.row, "借方")],
            )
        if not table.knows(row.row, "科目编码", "明细"):
            continue
        earlier = first.setdefault((row.account, row.detail), row)
        if earlier is not row:
            twice |= {abs(row.debit - row.credit), abs(earlier.debit - earlier.credit)}
            findings.report(
                defects.opening_must_be_unique,
                table,
                (row.row, "科目编码"),
                raw=row.account,
                also=[(earlier.row, "科目编码")],
                account=row.account,
                detail=row.detail,
            )
    return twice


def _report_openings(
    table: Table[Opening], cells: Sequence[At], rows: Sequence[Opening], findings: Findings
) -> None:
    difference = sum(row.debit - row.credit for row in rows)
    findings.report(
        defects.openings_must_balance,
        table,
        cells[0],
        raw=yuan(difference),
        also=cells[1:],
        debit=yuan(sum(row.debit for row in rows)),
        credit=yuan(sum(row.credit for row in rows)),
        larger="借方" if difference > 0 else "贷方",
        smaller="贷方" if difference > 0 else "借方",
        difference=yuan(abs(difference)),
    )
