"""Member accounts 成员账户 on their way out: a spreadsheet with a sheet for each member, and pages of A4."""

from collections.abc import Callable, Iterable
from typing import Any

from ledger.money import yuan_grouped
from web.exports.sheets import Column, Kind, Sheet
from web.exports.spreadsheets import printed, workbook, written
from web.exports.typesetting import pdf
from web.i18n import say
from web.i18n.words import N_
from web.member_account_form import AccountForm

_WIDTHS = {Kind.TEXT: 22, Kind.DAY: 12, Kind.COUNT: 6, Kind.QUANTITY: 13, Kind.MONEY: 16}


def accounts_workbook(forms: Iterable[AccountForm], *, unit: str, locale: str) -> bytes:
    """One sheet for each account, named after the member."""
    return workbook([account_sheet(form, unit=unit, locale=locale) for form in forms])


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
