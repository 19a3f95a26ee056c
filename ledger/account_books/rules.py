"""How a ledger is written: running balance, 本日合计, 本月合计, 本年累计, 承前页 and 过次页 (会计基础工作规范 art. 63).

The bank account opens with 1 000.00. On 3 March 200.00 come in and on 5 March 50.00 go out; on 2 April 10.00 come
in. After the lines of March stands 本月合计 200.00 / 50.00 and 本年累计 200.00 / 50.00, balance 1 150.00 debit; after
April 10.00 / 0.00 and 210.00 / 50.00, balance 1 160.00. Where a page ends between two lines, 过次页 closes it and
承前页 opens the next with the same sums.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from msgspec.structs import replace

from schemas.account_books import (
    Carried,
    GeneralAccount,
    GeneralRow,
    LedgerLine,
    LedgerPage,
    LedgerRow,
    MonthTurnover,
    RowKind,
    Sums,
)
from schemas.units import Fen, Period


def page_of(
    lines: Sequence[LedgerLine], *, carried: Carried, first: bool, more: bool, daily: bool = False
) -> LedgerPage:
    """A page of a ledger: ``lines`` in order behind what is ``carried``. ``first`` and ``more`` say whether it is the
    first page and whether others follow; ``daily`` adds 本日合计 after each day, as journals have it."""
    rows: list[LedgerRow] = []
    now = carried
    opening = RowKind.OPENING if first else RowKind.BROUGHT_FORWARD
    rows.append(_row(opening, now, sums=Sums() if first else now.year))
    for line in lines:
        rows += _totals_between(now, line, daily=daily)
        now = _after(now, line)
        rows.append(
            LedgerRow(
                kind=RowKind.LINE,
                period=line.period,
                debit=line.debit,
                credit=line.credit,
                balance=now.balance,
                quantity=now.quantity,
                line=line,
            )
        )
    if more:
        rows.append(_row(RowKind.CARRIED_FORWARD, now, sums=now.year))
        last = lines[-1]
        return LedgerPage(
            rows=tuple(rows),
            next=last.place,
        )
    if now.date is not None:
        rows += _closing_totals(now, daily=daily)
    return LedgerPage(rows=tuple(rows))


def general_ledger(
    turnover: Iterable[MonthTurnover], *, openings: dict[str, Fen], from_period: Period
) -> tuple[GeneralAccount, ...]:
    """Each account's months from ``from_period`` on, after the balances it opened with there. ``turnover`` begins in
    January of that year, so that 本年累计 is the year's whatever month the reader begins with."""
    by_account: defaultdict[str, list[MonthTurnover]] = defaultdict(list)
    for moved in turnover:
        by_account[moved.account].append(moved)
    return tuple(
        GeneralAccount(
            account=account,
            opening=openings.get(account, 0),
            rows=tuple(
                _months(by_account[account], opening=openings.get(account, 0), from_period=from_period)
            ),
        )
        for account in sorted(by_account.keys() | {code for code, opening in openings.items() if opening})
    )


def _months(moved: Sequence[MonthTurnover], *, opening: Fen, from_period: Period) -> Iterator[GeneralRow]:
    balance, year, of_year = opening, Sums(), 0
    for month in sorted(moved, key=lambda month: month.period):
        if month.period // 100 != of_year:
            year, of_year = Sums(), month.period // 100
        year = Sums(debit=year.debit + month.debit, credit=year.credit + month.credit)
        if month.period < from_period:
            continue
        balance += month.debit - month.credit
        yield GeneralRow(
            period=month.period,
            month=Sums(debit=month.debit, credit=month.credit),
            year=year,
            balance=balance,
        )


def _totals_between(now: Carried, line: LedgerLine, *, daily: bool) -> Iterator[LedgerRow]:
    """The totals that close what ran until the line begins something new."""
    if now.date is None:
        return
    if daily and (line.date, line.period) != (now.date, now.period):
        yield _row(RowKind.DAY_TOTAL, now, sums=now.day)
    if line.period != now.period:
        yield _row(RowKind.MONTH_TOTAL, now, sums=now.month)
        yield _row(RowKind.YEAR_TOTAL, now, sums=now.year)


def _closing_totals(now: Carried, *, daily: bool) -> Iterator[LedgerRow]:
    if daily:
        yield _row(RowKind.DAY_TOTAL, now, sums=now.day)
    yield _row(RowKind.MONTH_TOTAL, now, sums=now.month)
    yield _row(RowKind.YEAR_TOTAL, now, sums=now.year)


def _after(now: Carried, line: LedgerLine) -> Carried:
    quantity = line.quantity or 0
    same_month, same_year = line.period == now.period, line.period // 100 == now.period // 100
    return replace(
        now,
        period=line.period,
        date=line.date,
        balance=now.balance + line.debit - line.credit,
        quantity=now.quantity + (-quantity if line.credit else quantity),
        day=_plus(now.day if same_month and line.date == now.date else Sums(), line),
        month=_plus(now.month if same_month else Sums(), line),
        year=_plus(now.year if same_year else Sums(), line),
    )


def _plus(sums: Sums, line: LedgerLine) -> Sums:
    return Sums(debit=sums.debit + line.debit, credit=sums.credit + line.credit)


def _row(kind: RowKind, now: Carried, *, sums: Sums) -> LedgerRow:
    return LedgerRow(
        kind=kind,
        period=now.period,
        debit=sums.debit,
        credit=sums.credit,
        balance=now.balance,
        quantity=now.quantity,
    )
