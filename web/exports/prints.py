"""What is printed: vouchers on their own paper, books and statements on A4, as PDF."""

from collections.abc import Mapping, Sequence

from ledger.books import queries as books
from ledger.details import queries as details
from ledger.money import capitals, yuan_grouped
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import number_text, totals
from schemas.books import Book, BookAccount, Detail
from schemas.charts import FormKind, Half
from schemas.statements import EquityStatement, Statement, StatementLine
from schemas.units import PersonId, VoucherId
from schemas.vouchers import Voucher, VoucherLine
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.exports.spreadsheets import printed, written
from web.exports.typesetting import pdf
from web.i18n import say, say_problem
from web.i18n.words import N_
from web.pages.rendering import day_name
from web.people_names import names_of as names_of_people

LINES_A_VOUCHER_PAGE = 6


def vouchers_pdf(db: Connection, ids: Sequence[VoucherId], *, book: Book, locale: str) -> bytes:
    """记账凭证 on paper of 240 × 140 mm, in the order asked for; a long voucher on several sheets numbered 1/3."""
    found = vouchers.vouchers(db, book=book.id, ids=ids)
    wanted = [found[id] for id in ids if id in found]
    accounts = books.accounts(db, book=book)
    known = details.known(
        db, book=book.id, codes={line.detail for voucher in wanted for line in voucher.lines}
    )
    signed = vouchers.signed_by_cashier(db, book=book.id, ids=ids)
    people_named = {
        person
        for voucher in wanted
        for person in (
            voucher.prepared_by,
            voucher.reviewed_by,
            voucher.posted_by,
            signed.get(voucher.id),
        )
        if person is not None
    }
    names = names_of_people(db, people_named, locale=locale)
    pages = [
        page
        for voucher in wanted
        for page in _voucher_pages(
            voucher,
            book=book,
            accounts=accounts,
            known=known,
            names=names,
            cashier=signed.get(voucher.id),
            locale=locale,
        )
    ]
    words = {
        "title": say(locale, "Accounting voucher"),
        "unit": say(locale, "Unit:") + " ",
        "summary": say(locale, "Summary"),
        "account": say(locale, "Account"),
        "debit": say(locale, "Debit"),
        "credit": say(locale, "Credit"),
    }
    return pdf("voucher", {"words": words, "pages": pages})


def _voucher_pages(
    voucher: Voucher,
    *,
    book: Book,
    accounts: Mapping[str, BookAccount],
    known: Mapping[str, Detail],
    names: Mapping[PersonId, str],
    cashier: PersonId | None,
    locale: str,
) -> list[dict[str, object]]:
    debit, credit = totals(voucher.lines)
    parts = [
        voucher.lines[start : start + LINES_A_VOUCHER_PAGE]
        for start in range(0, max(len(voucher.lines), 1), LINES_A_VOUCHER_PAGE)
    ]
    pages: list[dict[str, object]] = []
    for number, part in enumerate(parts, 1):
        last = number == len(parts)
        pages.append(
            {
                "unit": book.name,
                "date": day_name(locale, voucher.date),
                "number": number_text(voucher.word, voucher.number)
                if voucher.number is not None
                else f"{voucher.word} ({say(locale, 'not posted')})",
                "part": f"{number}/{len(parts)}" if len(parts) > 1 else "",
                "lines": [
                    *(_voucher_line(line, accounts=accounts, known=known, locale=locale) for line in part),
                    *({"blank": True} for _ in range(LINES_A_VOUCHER_PAGE - len(part))),
                ],
                "total_word": say(locale, "Total") if last else say(locale, "Carried to the next sheet"),
                "capitals": capitals(debit) if last and debit == credit else "",
                "debit": yuan_grouped(debit) if last else "",
                "credit": yuan_grouped(credit) if last else "",
                "originals": say(locale, "{n} originals", {"n": str(voucher.originals)}),
                "signatures": [
                    [say(locale, "Head of accounting"), ""],
                    [say(locale, "Posted by"), _name(names, voucher.posted_by)],
                    [say(locale, "Reviewed by"), _name(names, voucher.reviewed_by)],
                    [say(locale, "Cashier"), _name(names, cashier)],
                    [say(locale, "Prepared by"), _name(names, voucher.prepared_by)],
                ],
            }
        )
    return pages


def _voucher_line(
    line: VoucherLine, *, accounts: Mapping[str, BookAccount], known: Mapping[str, Detail], locale: str
) -> dict[str, object]:
    account = accounts.get(line.account)
    name = "" if account is None else account.name if locale == "zh_CN" else account.name_en
    detail = known.get(line.detail)
    shown = line.detail if detail is None or detail.name == detail.code else f"{detail.code} {detail.name}"
    return {
        "blank": False,
        "summary": line.summary,
        "account": f"{line.account} {name}".strip(),
        "detail": shown,
        "debit": yuan_grouped(line.debit) if line.debit else "",
        "credit": yuan_grouped(line.credit) if line.credit else "",
    }


def sheet_pdf(sheet: Sheet, *, foot: str) -> bytes:
    """Any table on A4; where the sheet breaks a new page begins."""
    strong, breaks = set(sheet.strong), (*sheet.breaks, len(sheet.rows))
    parts, start = [], 0
    for end in breaks:
        parts.append(
            [
                {
                    "strong": index in strong,
                    "cells": cells_of(sheet.rows[index], sheet.columns),
                }
                for index in range(start, end)
            ]
        )
        start = end
    right = {Kind.MONEY, Kind.QUANTITY, Kind.COUNT}
    return pdf(
        "sheet",
        {
            "title": sheet.title,
            "under": [line for line in sheet.under if line] or [""],
            "landscape": sheet.landscape,
            "foot": foot,
            "columns": [
                {"title": column.title, "width": column.width, "right": column.kind in right}
                for column in sheet.columns
            ],
            "parts": parts,
        },
    )


def cells_of(row: Sequence[Cell], columns: Sequence[Column]) -> list[str]:
    """A row of a table as its cells are printed."""
    return [printed(written(cell, column), column.kind) for cell, column in zip(row, columns, strict=True)]


def statement_pdf(
    statement: Statement | EquityStatement, *, book: Book, date: str, foot: str, locale: str
) -> bytes:
    """A statutory statement on A4: the balance sheet in two halves side by side, as its form has it."""
    if isinstance(statement, EquityStatement):
        columns, rows = _equity_table(statement, locale=locale)
        landscape, pitch = True, 2.0
    elif statement.kind is FormKind.BALANCE_SHEET:
        columns, rows = _halves(statement, locale=locale)
        landscape, pitch = True, 1.15
    else:
        columns, rows = _one_half(statement, statement.lines, locale=locale)
        landscape, pitch = False, 2.2
    return pdf(
        "statement",
        {
            "title": _word(statement.title.zh, statement.title.en, locale),
            "form": statement.number,
            "unit": f"{say(locale, 'Unit:')} {book.name}",
            "date": date,
            "currency": say(locale, "Unit: yuan"),
            "landscape": landscape,
            "pitch": pitch,
            "size": 7.5 if isinstance(statement, EquityStatement) else 8.5,
            "foot": foot,
            "columns": columns,
            "rows": rows,
            "signatures": [
                f"{say(locale, 'Head of the unit')}:",
                f"{say(locale, 'Head of accounting')}:",
                f"{say(locale, 'Prepared by')}:",
            ],
            "problems": [" ".join(say_problem(locale, problem)) for problem in statement.problems],
        },
    )


def statement_table(
    statement: Statement | EquityStatement, *, locale: str
) -> tuple[list[tuple[str, bool]], tuple[tuple[str | int | None, ...], ...]]:
    """A statement as a plain table for a spreadsheet: titles with whether the column is money, and rows in fen."""
    if isinstance(statement, EquityStatement):
        titles = [(say(locale, "Column"), False), (say(locale, "Item"), False), (say(locale, "Amount"), True)]
        rows: list[tuple[str | int | None, ...]] = []
        for column in (*statement.columns, statement.total):
            name = _word(column.zh, column.en, locale)
            rows.append((name, say(locale, "Opening of the year"), column.opening))
            rows.append((name, say(locale, "Increase of the year"), column.increase))
            rows += [(name, _word(item.zh, item.en, locale), item.amount) for item in column.increase_items]
            rows.append((name, say(locale, "Decrease of the year"), column.decrease))
            rows += [(name, _word(item.zh, item.en, locale), item.amount) for item in column.decrease_items]
            rows.append((name, say(locale, "Closing of the year"), column.closing))
        return titles, tuple(rows)
    titles = [
        (say(locale, "Item"), False),
        (say(locale, "Line"), False),
        (_word(statement.column.zh, statement.column.en, locale), True),
        (_word(statement.compared.zh, statement.compared.en, locale), True),
    ]
    return titles, tuple(
        (
            _word(line.zh, line.en, locale),
            None if line.no is None else str(line.no),
            line.amount,
            line.compared,
        )
        for line in statement.lines
    )


def _one_half(
    statement: Statement, lines: Sequence[StatementLine], *, locale: str
) -> tuple[list[dict[str, object]], list[list[dict[str, object]]]]:
    columns = [
        _column(say(locale, "Item"), 6),
        _column(say(locale, "Line"), 1, middle=True),
        _column(_word(statement.column.zh, statement.column.en, locale), 3, right=True),
        _column(_word(statement.compared.zh, statement.compared.en, locale), 3, right=True),
    ]
    return columns, [_statement_cells(line, locale=locale) for line in lines]


def _halves(
    statement: Statement, *, locale: str
) -> tuple[list[dict[str, object]], list[list[dict[str, object]]]]:
    left = [line for line in statement.lines if line.half is Half.LEFT]
    right = [line for line in statement.lines if line.half is Half.RIGHT]
    columns, rows_left = _one_half(statement, left, locale=locale)
    others, rows_right = _one_half(statement, right, locale=locale)
    empty = [_cell("") for _ in columns]
    height = max(len(rows_left), len(rows_right))
    # The totals of both halves stand on one line, the last.
    rows_left = [*rows_left[:-1], *([empty] * (height - len(rows_left))), rows_left[-1]]
    rows_right = [*rows_right[:-1], *([empty] * (height - len(rows_right))), rows_right[-1]]
    return [*columns, {**others[0], "half": True}, *others[1:]], [
        [*one, *other] for one, other in zip(rows_left, rows_right, strict=True)
    ]


def _statement_cells(line: StatementLine, *, locale: str) -> list[dict[str, object]]:
    strong = line.no is None or bool(line.lines)
    return [
        _cell(_word(line.zh, line.en, locale), strong=strong, indent=line.indent),
        _cell("" if line.no is None else str(line.no)),
        _cell("" if line.amount is None else yuan_grouped(line.amount), strong=strong, right=True),
        _cell("" if line.compared is None else yuan_grouped(line.compared), strong=strong, right=True),
    ]


def _equity_table(
    statement: EquityStatement, *, locale: str
) -> tuple[list[dict[str, object]], list[list[dict[str, object]]]]:
    columns = [_column(say(locale, "Item"), 5)]
    for column in statement.columns:
        columns.append(_column(_word(column.zh, column.en, locale), 5))
        columns.append(_column(say(locale, "Amount"), 4, right=True))
    columns.append(_column(_word(statement.total.zh, statement.total.en, locale), 4, right=True))

    def amounts(title: str, name: str) -> list[dict[str, object]]:
        cells = [_cell(say(locale, title), strong=True)]
        for column in statement.columns:
            cells += [_cell(""), _cell(yuan_grouped(getattr(column, name)), strong=True, right=True)]
        return [*cells, _cell(yuan_grouped(getattr(statement.total, name)), strong=True, right=True)]

    def items(name: str) -> list[list[dict[str, object]]]:
        lists = [[item for item in getattr(column, name) if item.printed] for column in statement.columns]
        rows = []
        for index in range(max(map(len, lists), default=0)):
            cells = [_cell(say(locale, "of which") if index == 0 else "", indent=1)]
            for found in lists:
                if index < len(found):
                    item = found[index]
                    cells += [
                        _cell(_word(item.zh, item.en, locale)),
                        _cell(yuan_grouped(item.amount), right=True),
                    ]
                else:
                    cells += [_cell(""), _cell("")]
            rows.append([*cells, _cell("")])
        return rows

    rows = [
        amounts(N_("Opening of the year"), "opening"),
        amounts(N_("Increase of the year"), "increase"),
        *items("increase_items"),
        amounts(N_("Decrease of the year"), "decrease"),
        *items("decrease_items"),
        amounts(N_("Closing of the year"), "closing"),
    ]
    return columns, rows


def _column(title: str, width: int, *, right: bool = False, middle: bool = False) -> dict[str, object]:
    return {"title": title, "width": width, "right": right, "middle": middle, "half": False}


def _cell(text: str, *, strong: bool = False, indent: int = 0, right: bool = False) -> dict[str, object]:
    return {"text": text, "strong": strong, "indent": indent, "right": right}


def _word(zh: str, en: str, locale: str) -> str:
    return zh if locale == "zh_CN" else en


def _name(names: Mapping[PersonId, str], person: PersonId | None) -> str:
    return "" if person is None else names[person]
