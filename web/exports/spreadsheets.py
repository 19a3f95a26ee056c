"""Sheets as Excel workbooks and as text for other programs.

Money leaves as a number cell of yuan with two decimals, dates as date cells, codes as text, so that a workbook can be
added up and handed in again. A cell that begins like a formula stays text.
"""

import csv
import datetime
import re
from collections.abc import Container, Sequence
from io import BytesIO, StringIO

import xlsxwriter

from ledger.money import text_from_hundredths, yuan
from web.exports.sheets import Cell, Column, Figure, Kind, Sheet

_FORMATS = {
    Kind.MONEY: {"num_format": "#,##0.00;[Red]-#,##0.00"},
    Kind.QUANTITY: {"num_format": "#,##0.00;[Red]-#,##0.00"},
    Kind.COUNT: {"num_format": "0"},
    Kind.DAY: {"num_format": "yyyy-mm-dd"},
    Kind.TEXT: {"num_format": "@"},
}

_AMOUNT = re.compile(r"-?[0-9]+\.[0-9]{2}")


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """The sheets as one workbook: title, lines under it, header, rows; the header stays in sight, and the rows are filtered
    and sorted without the sums below them."""
    out = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(out, options) as book:
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format(
            {"bold": True, "bottom": 1, "bg_color": "#E6F1EE", "text_wrap": True, "valign": "top"}
        )
        plain = {kind: book.add_format(look) for kind, look in _FORMATS.items()}
        strong = {kind: book.add_format({**look, "bold": True, "top": 1}) for kind, look in _FORMATS.items()}
        exactly = {
            of: book.add_format({"num_format": _with_decimals(of)})
            for of in {
                cell.decimals
                for sheet in sheets
                for row in sheet.rows
                for cell in row
                if isinstance(cell, Figure)
            }
        }
        for number, sheet in enumerate(sheets, 1):
            page = book.add_worksheet(_sheet_name(sheet.name, number))
            page.write_string(0, 0, sheet.title, title)
            for place, line in enumerate(sheet.under, 1):
                page.write_string(place, 0, line)
            top = len(sheet.under) + 2
            for place, column in enumerate(sheet.columns):
                page.set_column(place, place, column.width, plain[column.kind])
                page.write_string(top, place, column.title, head)
            sums = set(sheet.strong)
            for index, row in enumerate(sheet.rows):
                looks = strong if index in sums else plain
                for place, (column, cell) in enumerate(zip(sheet.columns, row, strict=True)):
                    look = exactly[cell.decimals] if isinstance(cell, Figure) else looks[column.kind]
                    _write(page, top + 1 + index, place, column=column, cell=cell, look=look)
            page.freeze_panes(top + 1, sheet.stays)
            filtered = len(sheet.rows)
            while filtered - 1 in sums:
                filtered -= 1
            if filtered:
                page.autofilter(top, 0, top + filtered, len(sheet.columns) - 1)
            if sheet.landscape:
                page.set_landscape()
            page.set_paper(9)
            page.fit_to_pages(1, 0)
            page.repeat_rows(top)
    return out.getvalue()


def _with_decimals(decimals: int) -> str:
    plain = f"#,##0.{'0' * decimals}" if decimals else "#,##0"
    return f"{plain};[Red]-{plain}"


def exact(rows: Sequence[Sequence[str]], *, name: str, figures: Container[int] = ()) -> bytes:
    """Rows of text as a workbook of one sheet, each cell where another program looks for it and nothing else; cells of
    the columns ``figures`` that hold yuan are numbers with two decimals."""
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        looks = {kind: book.add_format(_FORMATS[kind]) for kind in (Kind.TEXT, Kind.MONEY)}
        page = book.add_worksheet(_sheet_name(name, 1))
        for index, row in enumerate(rows):
            for place, cell in enumerate(row):
                if place in figures and _AMOUNT.fullmatch(cell):
                    page.write_number(index, place, float(cell), looks[Kind.MONEY])
                else:
                    page.write_string(index, place, cell, looks[Kind.TEXT])
    return out.getvalue()


def text(sheet: Sheet) -> bytes:
    """The sheet as comma-separated text that Chinese Excel opens as it is: UTF-8 with its mark, no title lines."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(column.title for column in sheet.columns)
    for row in sheet.rows:
        writer.writerow(
            _harmless(written(cell, column)) for column, cell in zip(sheet.columns, row, strict=True)
        )
    return out.getvalue().encode("utf-8-sig")


def written(cell: Cell, column: Column) -> str:
    """A cell as it is read: yuan with two decimals, ISO dates, nothing for nothing."""
    if cell is None:
        return ""
    if isinstance(cell, Figure):
        return cell.text
    if column.kind is Kind.MONEY and isinstance(cell, int):
        return yuan(cell)
    if column.kind is Kind.QUANTITY and isinstance(cell, int):
        return text_from_hundredths(cell)
    return str(cell)


def printed(text: str, kind: Kind) -> str:
    """A figure that was written, grouped by thousands as on every page."""
    if kind not in {Kind.MONEY, Kind.QUANTITY} or not text:
        return text
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, _, rest = digits.partition(".")
    return f"{sign}{int(whole):,}{'.' if rest else ''}{rest}"


def _write(
    page: "xlsxwriter.worksheet.Worksheet", row: int, place: int, *, column: Column, cell: Cell, look: object
) -> None:
    if cell is None or cell == "":
        page.write_blank(row, place, None, look)
    elif isinstance(cell, datetime.date):
        page.write_datetime(row, place, datetime.datetime.combine(cell, datetime.time()), look)
    elif isinstance(cell, Figure):
        page.write_number(row, place, float(cell.text), look)
    elif isinstance(cell, int) and column.kind in {Kind.MONEY, Kind.QUANTITY}:
        page.write_number(row, place, cell / 100, look)
    elif isinstance(cell, int):
        page.write_number(row, place, cell, look)
    else:
        page.write_string(row, place, cell, look)


def _harmless(cell: str) -> str:
    """Text that a spreadsheet would run as a formula is marked as text; figures stay figures."""
    if cell[:1] in {"=", "+", "@", "\t", "\r"} or (cell[:1] == "-" and not _is_figure(cell)):
        return f"'{cell}"
    return cell


def _is_figure(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).isdecimal()


def _sheet_name(name: str, number: int) -> str:
    clean = "".join("-" if sign in "[]:*?/\\" else sign for sign in name).strip("'")
    return clean[:31] or str(number)
