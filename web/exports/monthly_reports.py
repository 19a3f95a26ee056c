"""月报: the monthly report of a township or county as printed pages and as a workbook."""

from collections.abc import Iterable, Mapping, Sequence

from coop.income.rules import BANDS
from ledger.money import yuan_grouped
from ledger.periods.rules import month_text
from schemas.income import Component, Measure, PlaceStanding, VillageStanding
from schemas.lists import Listed
from schemas.monthly_reports import MonthlyReport
from schemas.places import PlaceLevel
from schemas.units import Fen
from web.alert_answers import unit_of, written
from web.exports.prints import cells_of
from web.exports.sheets import Cell, Column, Figure, Kind, Sheet
from web.exports.spreadsheets import workbook
from web.exports.typesetting import pdf
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.rendering import day_name

PRINTED_IN = "zh_CN"
"""The language of the pages that are kept."""
_SPENT = (Component.OPERATING_EXPENSES, Component.TAXES, Component.ADMINISTRATION)
_EARNED = (
    Component.OPERATING_INCOME,
    Component.INVESTMENT_INCOME,
    Component.SUBSIDIES,
    Component.OTHER_INCOME,
)
_CLOSED, _OPEN = "✓", "—"


def title_of(report: MonthlyReport, locale: str) -> str:
    """What a report is called."""
    of = report.kept.content
    return say(
        locale,
        N_("{place}: village collective income, monthly report of {month}"),
        {"place": of.name, "month": month_text(of.month)},
    )


def excel(report: MonthlyReport, locale: str) -> bytes:
    """The tables of a report as a workbook."""
    return workbook(_sheets(report, locale))


def pages(report: MonthlyReport) -> bytes:
    """A report as printed: cover with the month's figures and charts, then its tables; its digest and those of the frozen
    months on the last page."""
    locale, of, whole = PRINTED_IN, report.kept.content, report.whole
    figures: tuple[tuple[str, str], ...] = (
        (N_("Number of villages"), str(whole.villages)),
        (N_("Reach their threshold"), f"{whole.met} / {whole.held}"),
        (N_("Operating profit of all"), yuan_grouped(whole.counted[Measure.OPERATING_PROFIT])),
        (N_("All income together"), yuan_grouped(whole.counted[Measure.GROSS_ALL])),
        (N_("Without evidence, not counted"), yuan_grouped(whole.unproved)),
        (N_("Paid by one book here to another, in no sum"), yuan_grouped(whole.internal)),
    )
    if of.alerts is not None:
        figures += (
            (N_("Alerts opened"), str(len(of.alerts.opened))),
            (N_("Alerts ended"), str(len(of.alerts.ended))),
            (N_("Alerts that are open"), str(of.alerts.open)),
        )
    return pdf(
        "monthly_report",
        {
            "title": title_of(report, locale),
            "place": of.name,
            "subtitle": say(locale, N_("Monthly report of village collective income")),
            "month": say(
                locale,
                N_("{year}, January to month {month}"),
                {"year": str(of.month // 100), "month": str(of.month % 100)},
            ),
            "made": say(
                locale, N_("Made on {day} of the frozen months"), {"day": day_name(locale, of.made_on)}
            ),
            "unit": say(locale, "Unit: yuan"),
            "figures": [{"name": say(locale, name), "value": value} for name, value in figures],
            "bands": {"title": say(locale, N_("Villages by band of operating profit")), "bars": _bands(whole, locale)},
            "bars": _bars(report, locale),
            "parts": [_printed(sheet) for sheet in _sheets(report, locale)],
            "digest": say(locale, N_("Digest of this report (SHA-256): {digest}"), {"digest": report.kept.digest}),
            "sources": say(locale, N_("Frozen months it is made of (SHA-256)")),
            "frozen": [[f"{one.name} {one.township}", one.digest] for one in of.frozen],
        },
    )  # fmt: skip


def _bands(whole: PlaceStanding, locale: str) -> list[dict[str, object]]:
    most = max(whole.bands.values(), default=0) or 1
    return [
        {
            "name": say_word(locale, _band(edge)),
            "count": whole.bands.get(edge, 0),
            "share": whole.bands.get(edge, 0) * 100 / most,
        }
        for edge in (None, *BANDS)
    ]


def _bars(report: MonthlyReport, locale: str) -> dict[str, object]:
    """A bar for each village of a township with its threshold, or for each township of a county."""
    named: list[tuple[str, Fen, Fen | None, bool]]
    if report.kept.content.level is PlaceLevel.TOWNSHIP:
        title = say(locale, N_("Income of each village, and its threshold (the line)"))
        named = [
            (one.name, one.income, None if one.threshold is None else one.threshold.amount, one.met)
            for one in report.villages
        ]
    else:
        title = say(locale, N_("Operating profit of each township's villages"))
        named = [(one.name, one.counted[Measure.OPERATING_PROFIT], None, True) for one in report.below]
    longest = max((max(income, threshold or 0) for _, income, threshold, _ in named), default=0) or 1
    return {
        "title": title,
        "rows": [
            {
                "name": name,
                "value": yuan_grouped(income),
                "share": max(income, 0) * 100 / longest,
                "line": None if threshold is None else threshold * 100 / longest,
                "met": met,
            }
            for name, income, threshold, met in named
        ],
    }


def _printed(sheet: Sheet) -> dict[str, object]:
    right = {Kind.MONEY, Kind.QUANTITY, Kind.COUNT}
    return {
        "title": sheet.title,
        "columns": [
            {"title": column.title, "width": column.width, "right": column.kind in right}
            for column in sheet.columns
        ],
        "rows": [
            {"strong": index in sheet.strong, "cells": cells_of(row, sheet.columns)}
            for index, row in enumerate(sheet.rows)
        ],
    }


def _sheets(report: MonthlyReport, locale: str) -> tuple[Sheet, ...]:
    found = [_villages(report, locale)]
    if report.below:
        found.append(_below(report, locale))
    if report.kept.content.lists is not None:
        found.append(_lists(report, locale))
    if report.kept.content.alerts is not None:
        found.append(_alerts(report, locale))
    return (*found, _quality(report, locale), _closing(report, locale))


def _sheet(
    report: MonthlyReport,
    locale: str,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[Cell, ...]],
    *,
    strong: tuple[int, ...] = (),
    stays: int = 1,
) -> Sheet:
    of = report.kept.content
    return Sheet(
        name=title,
        title=title,
        under=(
            title_of(report, locale),
            say(locale, N_("Digest of this report (SHA-256): {digest}"), {"digest": report.kept.digest}),
            *([say(locale, "Unit: yuan")] if any(one.kind is Kind.MONEY for one in columns) else []),
            *(
                f"{say(locale, N_('Frozen month of {place} (SHA-256)'), {'place': one.name})}: {one.digest}"
                for one in of.frozen
            ),
        ),
        columns=tuple(columns),
        rows=tuple(rows),
        strong=strong,
        stays=stays,
    )


def _villages(report: MonthlyReport, locale: str) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (
            one.rank,
            _move(one, report.kept.content.month, locale),
            one.name,
            say_word(locale, f"village_kind.{one.kind}"),
            *_amounts(one),
            one.income,
            None if one.threshold is None else one.threshold.amount,
            "" if one.threshold is None else say(locale, "yes" if one.met else "no"),
            say_word(locale, _band(one.band)),
        )
        for one in report.villages
    ]
    rows.append((None, None, say(locale, "Total"), None, *_amounts(report.whole), None, None, None, None))
    return _sheet(
        report,
        locale,
        say(locale, N_("Villages by rank")),
        (
            Column(title=say(locale, "Rank"), kind=Kind.COUNT, width=5),
            Column(title=say(locale, N_("Rank change")), width=6),
            Column(title=say(locale, "Village"), width=12),
            Column(title=say(locale, "Kind"), width=8),
            *_amount_columns(locale),
            Column(title=say(locale, N_("Income held against the threshold")), kind=Kind.MONEY, width=15),
            Column(title=say(locale, "Threshold"), kind=Kind.MONEY, width=13),
            Column(title=say(locale, N_("Threshold reached")), width=6),
            Column(title=say(locale, "Band"), width=11),
        ),
        rows,
        strong=(len(rows) - 1,),
        stays=3,
    )


def _below(report: MonthlyReport, locale: str) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.villages, one.met, one.held, *_amounts(one)) for one in (*report.below, report.whole)
    ]
    return _sheet(
        report,
        locale,
        say(locale, "Townships"),
        (
            Column(title=say(locale, "Township"), width=14),
            Column(title=say(locale, "Villages"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("Reach their threshold")), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("Have a threshold")), kind=Kind.COUNT, width=6),
            *_amount_columns(locale),
        ),
        rows,
        strong=(len(rows) - 1,),
    )


def _amounts(one: VillageStanding | PlaceStanding) -> tuple[Fen | None, ...]:
    counted: Mapping[Component, Fen] = {of: said.counted for of, said in one.components.items()}
    return (
        *(counted.get(component, 0) or None for component in _EARNED),
        sum(counted.get(component, 0) for component in _SPENT) or None,
        one.counted[Measure.OPERATING_PROFIT],
        one.unproved or None,
    )


def _amount_columns(locale: str) -> Iterable[Column]:
    titles = (
        *(say_word(locale, f"component.{component}") for component in _EARNED),
        say(locale, N_("Expenses")),
        say_word(locale, f"measure.{Measure.OPERATING_PROFIT}"),
        say(locale, "Unproved"),
    )
    return (Column(title=title, kind=Kind.MONEY, width=13) for title in titles)


def _lists(report: MonthlyReport, locale: str) -> Sheet:
    lists = report.kept.content.lists
    assert lists is not None, "only what is published is printed"
    return _sheet(
        report,
        locale,
        say(locale, N_("Red and black list of {month}, as published"), {"month": month_text(lists.month)}),
        (
            Column(title=say(locale, "List"), width=10),
            Column(title=say(locale, "Rank"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("Out of")), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Village"), width=20),
            Column(title=say(locale, "Income"), kind=Kind.MONEY, width=14),
            Column(title=say(locale, "Threshold"), kind=Kind.MONEY, width=14),
        ),
        [
            *(_listed(one, say(locale, "red list")) for one in lists.red),
            *(_listed(one, say(locale, "black list")) for one in lists.black),
        ],
    )


def _listed(one: Listed, name: str) -> tuple[Cell, ...]:
    return (name, one.rank, one.of, one.name, one.income, one.threshold)


def _alerts(report: MonthlyReport, locale: str) -> Sheet:
    of = report.kept.content.alerts
    assert of is not None, "only a report that speaks of alerts is asked"
    rows = {(one.township, one.number): one for one in (*of.opened, *of.ended)}
    return _sheet(
        report,
        locale,
        say(locale, N_("Alerts opened and ended since the last report")),
        (
            Column(title=say(locale, "Village"), width=14),
            Column(title=say(locale, N_("No.")), kind=Kind.COUNT, width=6),
            Column(title=say(locale, N_("Red line")), width=26),
            Column(title=say(locale, "Month"), width=9),
            Column(title=say(locale, N_("Figure")), kind=Kind.QUANTITY, width=14),
            Column(title=say(locale, N_("Bound")), kind=Kind.QUANTITY, width=14),
            Column(title=say(locale, "Unit"), width=6),
            Column(title=say(locale, N_("opened")), kind=Kind.DAY, width=12),
            Column(title=say(locale, "State"), width=14),
            Column(title=say(locale, N_("Stands so since")), kind=Kind.DAY, width=12),
        ),
        [
            (
                f"{one.name} {one.household}".strip(),
                one.number,
                one.line_zh if locale == "zh_CN" else one.line,
                month_text(one.month),
                *(Figure(text=text) for text in written(one.value, one.bound, one.unit)),
                unit_of(one.unit, locale=locale),
                one.opened_on,
                say_word(locale, f"alert_state.{one.state}"),
                one.since,
            )
            for _, one in sorted(rows.items())
        ],
    )


def _quality(report: MonthlyReport, locale: str) -> Sheet:
    names = {one.book: one.name for one in report.kept.content.closing}
    return _sheet(
        report,
        locale,
        say(locale, N_("Books by what spot checks found")),
        (
            Column(title=say(locale, "Rank"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Book"), width=24),
            Column(title=say(locale, N_("Vouchers drawn")), kind=Kind.COUNT, width=8),
            Column(title=say(locale, N_("Checked")), kind=Kind.COUNT, width=8),
            Column(title=say(locale, N_("Without a finding")), kind=Kind.COUNT, width=8),
            Column(title=say(locale, N_("Findings not closed")), kind=Kind.COUNT, width=8),
        ),
        [
            (
                one.rank,
                names.get(one.quality.book, one.quality.book),
                one.quality.drawn,
                one.quality.checked,
                one.quality.sound,
                one.quality.unsettled,
            )
            for one in report.kept.content.quality
        ],
    )


def _closing(report: MonthlyReport, locale: str) -> Sheet:
    of = report.kept.content
    months = [of.month // 100 * 100 + no for no in range(1, of.month % 100 + 1)]
    return _sheet(
        report,
        locale,
        say(locale, "Close calendar"),
        (
            Column(title=say(locale, "Book"), width=24),
            Column(title=say(locale, N_("Months closed")), kind=Kind.COUNT, width=8),
            *(Column(title=month_text(month), width=8) for month in months),
        ),
        [
            (
                one.name,
                len(one.closed),
                *(_CLOSED if month in one.closed else _OPEN for month in months),
            )
            for one in of.closing
        ],
    )


def _move(one: VillageStanding, month: int, locale: str) -> str:
    if one.rank is None or one.rank_before is None:
        return say(locale, N_("new")) if one.rank is not None and month % 100 > 1 else ""
    moved = one.rank_before - one.rank
    return f"↑{moved}" if moved > 0 else f"↓{-moved}" if moved < 0 else "—"


def _band(edge: Fen | None) -> str:
    return f"band.{'below' if edge is None else edge // 100}"
