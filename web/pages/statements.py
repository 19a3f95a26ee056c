"""会计报表: the statutory forms line by line beside the year before, each figure open to the accounts and postings it is
made of."""

import re
from calendar import monthrange
from datetime import date
from typing import NamedTuple

from ledger.account_books import queries as account_books
from ledger.statements import queries
from schemas.account_books import LedgerLine
from schemas.charts import FormKind
from schemas.problems import Refusal, RefusalKind
from schemas.statements import EquityStatement, Part, Statement
from schemas.units import Period
from web import wire
from web.errors import address_must_exist
from web.i18n import say
from web.pages.filters import last_period, periods_of
from web.pages.naming import names_of
from web.pages.rendering import SETTLEMENT, address, day_name, month_name, see_other
from web.pages.route import Shown, Visit, month_from, number_from, shows

ADDRESSES = {
    "balance-sheet": FormKind.BALANCE_SHEET,
    "surplus": FormKind.SURPLUS_AND_DISTRIBUTION,
    "equity": FormKind.EQUITY_CHANGES,
}
"""How the forms are called in addresses."""

UNTIL = ("year", "until")
"""What says up to when a statement is drawn up."""
POSTINGS = 200
"""Postings of a line shown on its page; its ledgers have them all."""


class Made(NamedTuple):
    """A figure of a statement opened: its caption and what it is made of."""

    zh: str
    en: str
    no: int | None
    amount: int
    parts: tuple[Part, ...]


@shows("/books/{book}/statements", asks=UNTIL)
def statements(visit: Visit) -> Shown:
    """The first of the statements."""
    query = {name: visit.query.get(name, "") for name in UNTIL}
    return see_other(address(f"{visit.home}/statements/balance-sheet", **query))


@shows("/books/{book}/statements/{form}", asks=UNTIL)
def statement(visit: Visit) -> Shown:
    """One statement, up to the end of a month or after the settlement stage."""
    kind, until = _asked(visit)
    found = queries.statement(visit.db, book=visit.at_book, kind=kind, until=until)
    return visit.page(
        "equity_statement.html" if isinstance(found, EquityStatement) else "statement.html",
        statement=found,
        form=visit.text_at("form"),
        forms=_forms(visit),
        until=until,
        dated=dated(kind, until, locale=visit.locale),
        periods=periods_of(visit),
    )


@shows("/books/{book}/statements/{form}/lines/{line}", asks=UNTIL)
def statement_line(visit: Visit) -> Shown:
    """What a line is made of: accounts, parties, other lines, and the postings behind them."""
    kind, until = _asked(visit)
    found = queries.statement(visit.db, book=visit.at_book, kind=kind, until=until)
    made = _opened(found, visit.text_at("line"))
    names = names_of(visit, of_details=None)
    return visit.page(
        "statement_line.html",
        made=made,
        parts_made=sorted(made.parts, key=lambda part: (part.account, part.detail)),
        lines=_line_references(found, visit.text_at("line")),
        statement=found,
        form=visit.text_at("form"),
        forms=_forms(visit),
        until=until,
        january=until // 100 * 100 + 1,
        postings=_postings(visit, made.parts, until),
        most=POSTINGS,
        names=names,
    )


def dated(kind: FormKind, until: Period, *, locale: str) -> str:
    """What stands in the head of a form: the day of a balance sheet, 2025年12月31日; the year of what moved in it,
    2025年度, once its settlement is in it, and before that the month it goes up to, 2025年6月."""
    year, month = divmod(until, 100)
    if kind is FormKind.BALANCE_SHEET:
        last = min(month, 12)
        return day_name(locale, date(year, last, monthrange(year, last)[1]))
    return (
        say(locale, "Year {year}", {"year": str(year)}) if month == SETTLEMENT else month_name(locale, until)
    )


def _asked(visit: Visit) -> tuple[FormKind, Period]:
    kind = ADDRESSES.get(visit.text_at("form"))
    if kind is None or kind not in queries.forms_of(visit.at_book):
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return kind, until_from(visit)


def until_from(visit: Visit) -> Period:
    """Up to when the address wants a statement: a month, the end of a year, or the last month anything is posted in."""
    last = last_period(visit.db, book=visit.at_book)
    year = visit.query.get("year", "")
    if year and not re.fullmatch(r"(19|2[0-9])[0-9]{2}", year):
        raise wire.Unreadable(wire.must_be_written_so.at("/year", given=year[:40], pattern="2025"))
    if year:
        last = _end_of(visit, int(year), last)
    return month_from(visit.query.get("until", ""), otherwise=last, pointer="/until")


def _end_of(visit: Visit, year: int, last: Period) -> Period:
    """The last period of a year: the settlement stage where it was begun."""
    if year in visit.periods.settling | visit.periods.sealed:
        return year * 100 + 13
    return min(year * 100 + 12, last) if last // 100 == year else year * 100 + 12


def _forms(visit: Visit) -> list[str]:
    has = queries.forms_of(visit.at_book)
    return [name for name, kind in ADDRESSES.items() if kind in has]


def _opened(found: Statement | EquityStatement, wanted: str) -> Made:
    """The line of a statement; of the equity statement the item ``2-increase-0`` of a column."""
    if isinstance(found, Statement):
        for line in found.lines:
            if line.no is not None and str(line.no) == wanted:
                return Made(line.zh, line.en, line.no, line.amount or 0, line.parts)
    else:
        column, _, rest = wanted.partition("-")
        way, _, item = rest.partition("-")
        place, no = number_from(column), number_from(item)
        if place is not None and no is not None and place < len(found.columns):
            items = {
                "increase": found.columns[place].increase_items,
                "decrease": found.columns[place].decrease_items,
            }.get(way, ())
            if no < len(items):
                one = items[no]
                return Made(one.zh, one.en, None, one.amount, one.parts)
    raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)


def _line_references(found: Statement | EquityStatement, wanted: str) -> list[tuple[str, int, bool]]:
    """The other lines a line is made of: form, number, and whether it is taken away."""
    addresses = {kind: name for name, kind in ADDRESSES.items()}
    if isinstance(found, EquityStatement):
        return []
    line = next(line for line in found.lines if str(line.no) == wanted)
    return [(addresses[one.form], one.line, one.minus) for one in line.lines]


def _postings(visit: Visit, parts: tuple[Part, ...], until: Period) -> list[LedgerLine]:
    """The year's postings behind the parts, so that the voucher is one step away."""
    found: list[LedgerLine] = []
    moved = {part.movement.value for part in parts if part.movement is not None}
    for account, detail in sorted({(part.account, part.detail) for part in parts}):
        page = account_books.ledger_page(
            visit.db,
            book=visit.id,
            account=account,
            detail=detail or None,
            from_period=until // 100 * 100 + 1,
            to_period=until,
            limit=POSTINGS + 1 - len(found),
        )
        lines = [row.line for row in page.rows if row.line is not None]
        found += [line for line in lines if not moved or line.movement in moved]
        if len(found) > POSTINGS:
            break
    return sorted(found, key=lambda line: (line.period, line.date, line.voucher, line.line))[: POSTINGS + 1]


handlers = [statements, statement, statement_line]
