"""The addresses files leave by: ``/books/{book}/exports/<what>.<xlsx|csv|pdf>``, and of a township
``/townships/{township}/exports/…``, with the query of the page they print.

Each file says what it may be asked for. What it would not heed is refused and not left aside: a sheet that was asked
for one account and holds all of them would be handed on as what it is not.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import quote

from litestar import Response

from coop.access.queries import book_seen_by
from coop.inventory.queries import of_a_collective
from coop.places import queries as places
from ledger.account_books import queries as account_books
from ledger.bank import queries as bank_queries
from ledger.log import queries as log
from ledger.statements import queries as statements
from schemas.access import Deed
from schemas.charts import FormKind
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import Period
from web import wire
from web.answers import span_must_not_run_backwards
from web.boards import month_to_show
from web.exports import (
    alerts,
    bank,
    boards,
    books,
    collectives,
    income_analysis,
    prints,
    runs,
    spot_checks,
    spreadsheets,
    tiers,
)
from web.exports.paper import ROWS_A_PAGE
from web.exports.sheets import Column, Kind, Sheet
from web.i18n import say
from web.i18n.words import N_
from web.pages.alerts import ALERT_ASKS
from web.pages.alerts import asked_of as alerts_asked
from web.pages.bank import ACCOUNT, account_from
from web.pages.boards import ASKS as BOARD_ASKS
from web.pages.boards import asked_of
from web.pages.contracts import seen_on as contracts_seen_on
from web.pages.filters import code_of
from web.pages.household import year_from
from web.pages.log import NARROWS as NARROWS_LOG
from web.pages.log import narrowed_by
from web.pages.route import Shown, Visit, day_from, month_from, shows
from web.pages.spot_checks import last_drawn as spot_check_month
from web.pages.statements import UNTIL, dated, until_from
from web.pages.vouchers import NARROWS, listed_by

export_must_exist = Fault(
    code="export_must_exist",
    says="There is no {what} to be had as {ending}.",
    remedy="Choose one of the links on the page.",
)
vouchers_must_be_named = Fault(
    code="vouchers_must_be_named",
    says="No voucher to print is named.",
    remedy="Choose vouchers in the list, then print.",
)
MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "pdf": "application/pdf",
}
MOST_PRINTED = 500


def _span(visit: Visit) -> tuple[Period, Period]:
    last = account_books.last_posted_period(visit.db, book=visit.id) or visit.at_book.first_year * 100 + 12
    to_period = month_from(visit.query.get("to", ""), otherwise=last, pointer="/to")
    first = to_period // 100 * 100 + 1
    from_period = month_from(visit.query.get("from", ""), otherwise=first, pointer="/from")
    if from_period > to_period:
        raise Refusal(
            span_must_not_run_backwards.at(
                "/from", first=wire.month_text(from_period), last=wire.month_text(to_period)
            )
        )
    return from_period, to_period


def _trial_balance(visit: Visit) -> Sheet:
    from_period, to_period = _span(visit)
    return books.trial_balance_sheet(
        visit.db,
        book=visit.at_book,
        from_period=from_period,
        to_period=to_period,
        account=code_of(visit.query.get("account", "")),
        detail=visit.query.get("detail", ""),
        with_details=visit.query.get("details", "") != "",
        locale=visit.locale,
    )


def _ledger(visit: Visit) -> Sheet:
    from_period, to_period = _span(visit)
    return books.ledger_sheet(
        visit.db,
        book=visit.at_book,
        account=code_of(visit.query.get("account", "")),
        detail=visit.query.get("detail") or None,
        from_period=from_period,
        to_period=to_period,
        daily=visit.query.get("daily", "") != "",
        rows_a_page=ROWS_A_PAGE if visit.text_at("file").endswith(".pdf") else None,
        locale=visit.locale,
    )


def _general_ledger(visit: Visit) -> Sheet:
    from_period, to_period = _span(visit)
    return books.general_ledger_sheet(
        visit.db,
        book=visit.at_book,
        account=code_of(visit.query.get("account", "")),
        from_period=from_period,
        to_period=to_period,
        locale=visit.locale,
    )


def _quantities(visit: Visit) -> Sheet:
    from_period, to_period = _span(visit)
    return books.quantity_sheet(
        visit.db,
        book=visit.at_book,
        account=code_of(visit.query.get("account", "")),
        detail=visit.query.get("detail", ""),
        from_period=from_period,
        to_period=to_period,
        locale=visit.locale,
    )


def _vouchers(visit: Visit) -> Sheet:
    return books.vouchers_sheet(
        visit.db, book=visit.at_book, wanted=listed_by(visit).wanted, locale=visit.locale
    )


def _chart(visit: Visit) -> Sheet:
    return books.chart_sheet(visit.db, book=visit.at_book, locale=visit.locale)


def _log(visit: Visit) -> Sheet:
    book_seen_by(visit.db, visit.who.rights, visit.id, deed=Deed.READ_LOG)
    wanted = narrowed_by(visit)
    since, until = wanted.instants
    found = log.entries(
        visit.db,
        book=visit.id,
        by=wanted.by,
        act=wanted.act,
        since=since,
        until=until,
        text=wanted.text,
    )
    return books.log_sheet(visit.db, found, title=visit.at_book.name, locale=visit.locale)


def _bank_reconciliation(visit: Visit) -> Sheet:
    of = account_from(visit)
    given = visit.query.get("on", "")
    on = day_from(given, pointer="/on") if given else visit.on
    found = bank_queries.reconciliation(visit.db, book=visit.id, of=of, on=on)
    return bank.reconciliation_sheet(found, book=visit.at_book, locale=visit.locale)


def _spot_check(visit: Visit) -> Sheet:
    month = month_from(visit.query.get("month", ""), otherwise=spot_check_month(visit))
    return spot_checks.spot_check_sheet(visit.db, book=visit.at_book, month=month, locale=visit.locale)


def _inventory(visit: Visit) -> Sheet:
    return collectives.inventory_sheet(
        visit.db, book=visit.at_book, as_of=contracts_seen_on(visit), locale=visit.locale
    )


def _contracts(visit: Visit) -> Sheet:
    return collectives.contract_sheet(
        visit.db, book=visit.at_book, as_of=contracts_seen_on(visit), locale=visit.locale
    )


def _entitlements(visit: Visit) -> Sheet:
    of_a_collective(visit.at_book)
    return collectives.entitlement_sheet(
        visit.db, book=visit.at_book, as_of=contracts_seen_on(visit), locale=visit.locale
    )


def _run(visit: Visit) -> Sheet:
    return runs.run_sheet(visit.db, book=visit.at_book, run=visit.query.get("run", ""), locale=visit.locale)


def _run_notice(visit: Visit) -> Sheet:
    return runs.notice_sheet(
        visit.db, book=visit.at_book, run=visit.query.get("run", ""), locale=visit.locale
    )


def _tiers(visit: Visit) -> Sheet:
    return tiers.run_sheet(
        visit.db, code=visit.at_township, run=visit.query.get("run", ""), locale=visit.locale
    )


def _tiers_notice(visit: Visit) -> Sheet:
    return tiers.notice_sheet(
        visit.db, code=visit.at_township, run=visit.query.get("run", ""), locale=visit.locale
    )


def _villages(visit: Visit) -> Sheet:
    code = visit.text_at("place") if visit.township is None else visit.at_township
    return boards.board_sheet(visit.db, asked_of(visit, code), locale=visit.locale)


def _income_analysis(visit: Visit) -> tuple[str, Sequence[Sheet]]:
    place = visit.text_at("place") if visit.township is None else visit.at_township
    as_of = visit.query.get("as_of", "")
    year = year_from(visit.query.get("year", ""))
    if year is None:
        year = month_to_show(visit.db, place=place, on=visit.on) // 100
    sheets = income_analysis.analysis_sheets(
        visit.db,
        place=place,
        year=year,
        as_of=day_from(as_of, pointer="/as_of") if as_of else visit.on,
        locale=visit.locale,
    )
    return say(visit.locale, N_("Analysis of village income, {year}"), {"year": str(year)}), sheets


def _alerts(visit: Visit) -> Sheet:
    return alerts.alert_sheet(visit.db, alerts_asked(visit), locale=visit.locale)


class Table(NamedTuple):
    """How a table is made, and what it may be asked for."""

    make: Callable[[Visit], Sheet]
    asks: tuple[str, ...] = ()


class Workbook(NamedTuple):
    """How the tables of a workbook are made and what they are called together, and what they may be asked for."""

    make: Callable[[Visit], tuple[str, Sequence[Sheet]]]
    asks: tuple[str, ...]


SPAN = ("from", "to")
SHEETS: Mapping[str, Table] = {
    "trial-balance": Table(_trial_balance, (*SPAN, "account", "detail", "details")),
    "ledger": Table(_ledger, (*SPAN, "account", "detail", "daily")),
    "general-ledger": Table(_general_ledger, (*SPAN, "account")),
    "quantities": Table(_quantities, (*SPAN, "account", "detail")),
    "vouchers": Table(_vouchers, NARROWS),
    "chart": Table(_chart),
    "log": Table(_log, NARROWS_LOG),
    "bank-reconciliation": Table(_bank_reconciliation, (*ACCOUNT, "on")),
    "spot-check": Table(_spot_check, ("month",)),
    "inventory": Table(_inventory, ("as_of",)),
    "contracts": Table(_contracts, ("as_of",)),
    "entitlements": Table(_entitlements, ("as_of",)),
    "run": Table(_run, ("run",)),
    "run-notice": Table(_run_notice, ("run",)),
}
SHEETS_OF_TOWNSHIP: Mapping[str, Table] = {
    "run": Table(_tiers, ("run",)),
    "run-notice": Table(_tiers_notice, ("run",)),
    "villages": Table(_villages, BOARD_ASKS),
    "alerts": Table(_alerts, ALERT_ASKS),
}
SHEETS_OF_PLACE: Mapping[str, Table] = {"villages": Table(_villages, BOARD_ASKS)}
WORKBOOKS_OF_PLACE: Mapping[str, Workbook] = {
    "income-analysis": Workbook(_income_analysis, ("year", "as_of")),
}
"""What a township and the places above it have as several tables in one file."""
STATEMENTS = {
    "balance-sheet": FormKind.BALANCE_SHEET,
    "surplus": FormKind.SURPLUS_AND_DISTRIBUTION,
    "equity": FormKind.EQUITY_CHANGES,
}


@shows("/books/{book}/exports/{file}", deed=Deed.EXPORT_BOOK, asks=None)
def export(visit: Visit) -> Shown:
    """A table, statement or voucher as a file."""
    what, _, ending = visit.text_at("file").rpartition(".")
    if what == "voucher" and ending == "pdf":
        visit.ask_only(("id",))
        return _file(visit, _voucher_pages(visit), what=say(visit.locale, "Vouchers"), ending=ending)
    if what == "book" and ending == "xlsx":
        visit.ask_only(())
        sheets = books.whole_book(visit.db, book=visit.at_book, locale=visit.locale)
        return _file(
            visit, spreadsheets.workbook(sheets), what=say(visit.locale, "The whole book"), ending=ending
        )
    if what in STATEMENTS and ending in {"xlsx", "pdf"}:
        visit.ask_only(UNTIL)
        title, content = _statement(visit, STATEMENTS[what], ending)
        return _file(visit, content, what=title, ending=ending)
    return _table(visit, SHEETS, what, ending)


@shows("/townships/{township}/exports/{file}", deed=Deed.EXPORT_BOOK, asks=None)
def export_of_township(visit: Visit) -> Shown:
    """A table of a township as a file."""
    what, _, ending = visit.text_at("file").rpartition(".")
    if what in WORKBOOKS_OF_PLACE and ending == "xlsx":
        return _workbook(visit, WORKBOOKS_OF_PLACE[what])
    return _table(visit, SHEETS_OF_TOWNSHIP, what, ending)


@shows("/places/{place}/exports/{file}", deed=Deed.SEE_TOWNSHIP, asks=None)
def export_of_place(visit: Visit) -> Shown:
    """A table of a county, city or province as a file."""
    what, _, ending = visit.text_at("file").rpartition(".")
    if what in WORKBOOKS_OF_PLACE and ending == "xlsx":
        return _workbook(visit, WORKBOOKS_OF_PLACE[what])
    return _table(visit, SHEETS_OF_PLACE, what, ending)


def _workbook(visit: Visit, workbook: Workbook) -> Shown:
    visit.ask_only(workbook.asks)
    what, sheets = workbook.make(visit)
    return _file(visit, spreadsheets.workbook(sheets), what=what, ending="xlsx")


def _table(visit: Visit, sheets: Mapping[str, Table], what: str, ending: str) -> Shown:
    table = sheets.get(what)
    if table is None or ending not in MEDIA:
        raise Refusal(
            export_must_exist.at("/file", what=what or "?", ending=ending), kind=RefusalKind.MISSING
        )
    visit.ask_only(table.asks)
    sheet = table.make(visit)
    content = (
        spreadsheets.workbook([sheet])
        if ending == "xlsx"
        else spreadsheets.text(sheet)
        if ending == "csv"
        else prints.sheet_pdf(sheet, foot=_whose(visit).unit)
    )
    return _file(visit, content, what=sheet.title, ending=ending)


def _voucher_pages(visit: Visit) -> bytes:
    ids = [int(id) for id in visit.query.getall("id", []) if id.isdecimal()][:MOST_PRINTED]
    if not ids:
        raise Refusal(vouchers_must_be_named.at("/id"))
    return prints.vouchers_pdf(visit.db, ids, book=visit.at_book, locale=visit.locale)


def _statement(visit: Visit, kind: FormKind, ending: str) -> tuple[str, bytes]:
    until = until_from(visit)
    found = statements.statement(visit.db, book=visit.at_book, kind=kind, until=until)
    title = found.title.zh if visit.locale == "zh_CN" else found.title.en
    if ending == "pdf":
        return title, prints.statement_pdf(
            found,
            book=visit.at_book,
            date=dated(kind, until, locale=visit.locale),
            foot=visit.at_book.name,
            locale=visit.locale,
        )
    columns, rows = prints.statement_table(found, locale=visit.locale)
    sheet = Sheet(
        name=title,
        title=title,
        under=(
            visit.at_book.name,
            dated(kind, until, locale=visit.locale),
            say(visit.locale, "Unit: yuan"),
        ),
        columns=tuple(
            Column(title=name, kind=Kind.MONEY if money else Kind.TEXT, width=18 if money else 34)
            for name, money in columns
        ),
        rows=rows,
        landscape=False,
    )
    return title, spreadsheets.workbook([sheet])


class Whose(NamedTuple):
    """Whose table it is: the book's, the township's, or that of a place above it."""

    called: str
    code: str
    unit: str


def _whose(visit: Visit) -> Whose:
    if "place" not in visit.request.path_params:
        return Whose(called=visit.called, code=visit.id, unit=visit.unit)
    place = places.place_there(visit.db, code=visit.text_at("place"))
    return Whose(called=place.name, code=place.code, unit=place.name)


def _file(visit: Visit, content: bytes, *, what: str, ending: str) -> Shown:
    whose = _whose(visit)
    name = f"{whose.called}-{what}.{ending}"
    plain = f"{whose.code}.{ending}"
    return Response(
        content,
        media_type=MEDIA[ending],
        headers={
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "private, no-store",
        },
    )


handlers = [export, export_of_township, export_of_place]
