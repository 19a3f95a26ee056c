"""Member accounts 成员账户 on their way out: a spreadsheet of one or of everybody, and pages of A4."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ledger.money import yuan_grouped
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.exports.spreadsheets import printed, workbook, written
from web.exports.typesetting import pdf
from web.i18n import say
from web.i18n.words import N_
from web.member_account_form import AccountForm

_WIDTHS = {Kind.TEXT: 22, Kind.DAY: 12, Kind.COUNT: 6, Kind.QUANTITY: 13, Kind.MONEY: 16}


MOST_SHEETS = 300
"""Members that get a sheet of their own in one workbook; of more, all entries stand on one sheet."""
_STOCKS = slice(3, 8)
"""The columns that are carried from year to year: contributions, reserve share, quantified shares."""


def accounts_workbook(forms: Sequence[AccountForm], *, unit: str, locale: str) -> bytes:
    """One account as its sheet; of several first what each ends the year with, then each on a sheet named after the
    member, or all entries together where they are too many for that."""
    if len(forms) == 1:
        return workbook([account_sheet(forms[0], unit=unit, locale=locale)])
    first = _closing_sheet(forms, unit=unit, locale=locale)
    if len(forms) > MOST_SHEETS:
        return workbook([first, _entries_sheet(forms, unit=unit, locale=locale)])
    return workbook([first, *(account_sheet(form, unit=unit, locale=locale) for form in forms)])


def _closing_sheet(forms: Sequence[AccountForm], *, unit: str, locale: str) -> Sheet:
    """What every account ends the year with, a row each, and the sums."""
    rows: list[tuple[Cell, ...]] = [
        (
            form.member,
            form.name,
            form.address,
            *form.rows[-1].cells[_STOCKS],
            *form.rows[-1].cells[-2:],
            form.work_days,
            form.current_account,
        )
        for form in forms
    ]
    if rows:
        columns = list(zip(*rows, strict=True))[3:]
        sums = [sum(cell for cell in column if isinstance(cell, int)) for column in columns]
        rows.append(("", say(locale, "Total"), "", *sums))
    return Sheet(
        name=say(locale, N_("Member accounts")),
        title=say(locale, N_("Member accounts")),
        under=(unit, _year(forms, locale=locale), say(locale, N_("Unit: yuan"))),
        columns=(
            *_who(locale),
            Column(title=say(locale, N_("Household")), width=12),
            *_money(_titles(forms, _STOCKS)),
            *_money(_titles(forms, slice(-2, None))),
            Column(title=say(locale, N_("Work days")), kind=Kind.QUANTITY, width=12),
            Column(title=say(locale, N_("Current account (114)")), kind=Kind.MONEY, width=16),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,) if rows else (),
    )


def _entries_sheet(forms: Sequence[AccountForm], *, unit: str, locale: str) -> Sheet:
    """All entries of all accounts, one below the other; a trade names its product."""
    rows: list[tuple[Cell, ...]] = []
    strong = []
    for form in forms:
        products = [column.title for column in form.columns if column.kind is Kind.QUANTITY]
        for row in form.rows:
            if row.sum:
                strong.append(len(rows))
            cells, count = row.cells, len(products)
            quantities, amounts = cells[8 : 8 + count], cells[8 + count : 8 + 2 * count]
            traded = [
                one for one in zip(products, quantities, amounts, strict=True) if one[1] is not None
            ] or [("", None, None)]
            head, tail = (form.member, form.name, *cells[1:8]), cells[-2:]
            rows.append((*head, *traded[0], *tail))
            rows += [(*head[:4], *(None,) * 5, *more, None, None) for more in traded[1:]]
    return Sheet(
        name=say(locale, N_("Entries")),
        title=say(locale, N_("Member accounts")),
        under=(unit, _year(forms, locale=locale), say(locale, N_("Unit: yuan"))),
        columns=(
            *_who(locale),
            Column(title=say(locale, N_("Date")), kind=Kind.DAY, width=12),
            Column(title=say(locale, N_("Summary")), width=24),
            *_money(_titles(forms, _STOCKS)),
            Column(title=say(locale, N_("Product")), width=14),
            Column(title=say(locale, N_("Quantity traded")), kind=Kind.QUANTITY, width=13),
            Column(title=say(locale, N_("Amount traded")), kind=Kind.MONEY, width=16),
            *_money(_titles(forms, slice(-2, None))),
        ),
        rows=tuple(rows),
        strong=tuple(strong),
    )


def _who(locale: str) -> tuple[Column, Column]:
    return (
        Column(title=say(locale, N_("Member no.")), width=12),
        Column(title=say(locale, N_("Name")), width=16),
    )


def _year(forms: Sequence[AccountForm], *, locale: str) -> str:
    return say(locale, N_("Fiscal year: {year}"), {"year": str(forms[0].year)}) if forms else ""


def _titles(forms: Sequence[AccountForm], part: slice) -> tuple[str, ...]:
    return tuple(column.title for column in forms[0].columns[part]) if forms else ()


def _money(titles: Iterable[str]) -> tuple[Column, ...]:
    return tuple(Column(title=title, kind=Kind.MONEY, width=16) for title in titles)


def account_sheet(form: AccountForm, *, unit: str, locale: str) -> Sheet:
    """An account as a table whose headings are in one line."""
    return Sheet(
        name=f"{form.member} {form.name}",
        title=say(locale, N_("Member account")),
        under=(unit, *_head(form, locale=locale), *_foot(form, locale=locale)),
        columns=tuple(
            Column(
                title=f"{column.group} · {column.title}" if column.group else column.title,
                kind=column.kind,
                width=_WIDTHS[column.kind],
            )
            for column in form.columns
        ),
        rows=tuple(row.cells for row in form.rows),
        strong=tuple(place for place, row in enumerate(form.rows) if row.sum),
    )


def accounts_pdf(
    forms: Iterable[AccountForm],
    *,
    unit: str,
    locale: str,
    tell: Callable[[int], None] = lambda _: None,
) -> bytes:
    """The accounts on A4, each on sheets of its own."""
    pages = []
    for count, form in enumerate(forms, 1):
        pages.append(_page(form, locale=locale))
        tell(count)
    return pdf(
        "member_account",
        {
            "title": say(locale, N_("Member account")),
            "unit": unit,
            "currency": say(locale, N_("Unit: yuan")),
            "pages": pages,
        },
    )


def _page(form: AccountForm, *, locale: str) -> dict[str, Any]:
    groups: list[list[Any]] = []
    for column in form.columns:
        if column.group and groups and groups[-1][0] == column.group:
            groups[-1][1] += 1
        else:
            groups.append([column.group, 1])
    flat = [Column(title=column.title, kind=column.kind) for column in form.columns]
    return {
        "head": _head(form, locale=locale),
        "foot": " · ".join(_foot(form, locale=locale)),
        "sheet": say(locale, N_("Sheet {page} of {pages}")),
        "groups": groups,
        "columns": [
            {
                "title": column.title,
                "group": bool(column.group),
                "right": column.kind in {Kind.MONEY, Kind.QUANTITY},
                "width": {Kind.TEXT: 2.2, Kind.DAY: 1.5, Kind.COUNT: 0.7}.get(column.kind, 1.7),
            }
            for column in form.columns
        ],
        "rows": [
            {
                "sum": row.sum,
                "cells": [
                    printed(written(cell, column), column.kind)
                    for cell, column in zip(row.cells, flat, strict=True)
                ],
            }
            for row in form.rows
        ],
    }


def _head(form: AccountForm, *, locale: str) -> tuple[str, ...]:
    return (
        say(locale, N_("Member: {name}"), {"name": f"{form.name}（{form.member}）"}),
        say(locale, N_("Address (household): {address}"), {"address": form.address or "—"}),
        say(locale, N_("Fiscal year: {year}"), {"year": str(form.year)}),
    )


def _foot(form: AccountForm, *, locale: str) -> tuple[str, ...]:
    days = f"{form.work_days / 100:.2f}".rstrip("0").rstrip(".")
    return (
        say(locale, N_("Work days of the year: {days}"), {"days": days}),
        say(
            locale,
            N_("Current account with the member (114): {amount}"),
            {"amount": yuan_grouped(form.current_account)},
        ),
    )
