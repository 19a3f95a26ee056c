"""科目余额表: every account over a span of months, each figure a way into its ledger."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from ledger.balances import queries as balances
from ledger.balances import rules
from schemas.balances import DetailBalance, TrialRow
from web.pages.filters import BOOK_FILTER, filter_of, periods_of
from web.pages.naming import names_of
from web.pages.route import Shown, Visit, shows


class Row(NamedTuple):
    """A line of the trial balance: an account, one of its sub-accounts, or one of its details."""

    row: TrialRow
    detail: str
    level: int


@shows("/books/{book}/trial-balance", asks=(*BOOK_FILTER, "by"))
def trial_balance(visit: Visit) -> Shown:
    """The trial balance of the book."""
    wanted = filter_of(visit)
    by = visit.query.get("by", "account")
    details = balances.details_between(
        visit.db,
        book=visit.id,
        from_period=wanted.from_period,
        to_period=wanted.to_period,
        account=wanted.account,
    )
    if wanted.detail:
        details = tuple(row for row in details if row.detail == wanted.detail)
    found = rules.trial_balance(details, from_period=wanted.from_period, to_period=wanted.to_period)
    return visit.page(
        "trial_balance.html",
        wanted=wanted,
        by=by,
        rows=_rows(found.details, by=by),
        totals=found.totals,
        names=names_of(visit, of_details=None if by == "detail" else ()),
        periods=periods_of(visit),
        at="trial-balance",
    )


def _rows(details: Sequence[DetailBalance], *, by: str) -> list[Row]:
    """The accounts of the chart, under each its own sub-accounts and, asked for, its details. An account that has
    sub-accounts shows their sum."""
    lowest = _by_account(details)
    statutory = _by_account([replace(row, account=row.account[:3]) for row in details])
    rows: list[Row] = []
    for code, row in statutory.items():
        rows.append(Row(row, "", 1))
        below = [account for account in lowest if account[:3] == code]
        for account in below:
            if account != code:
                rows.append(Row(lowest[account], "", 2))
            if by == "detail":
                rows += [
                    Row(_one(detail), detail.detail, 3)
                    for detail in details
                    if detail.account == account and detail.detail
                ]
    return rows


def _by_account(details: Sequence[DetailBalance]) -> Mapping[str, TrialRow]:
    found = rules.trial_balance(details, from_period=190000, to_period=299913)
    return {row.account: row for row in found.rows}


def _one(detail: DetailBalance) -> TrialRow:
    (row,) = rules.trial_balance([detail], from_period=190000, to_period=299913).rows
    return row


handlers = [trial_balance]
