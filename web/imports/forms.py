"""The sheets of items: 项目 on the left, 内容 on the right.

An item that is missing beside one that is not known is one item renamed; an item that stands twice is read neither time.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from web.imports import defects, habits
from web.imports.cells import (
    NOT_PLAIN,
    is_blank,
    tidy,
)
from web.imports.columns import Item
from web.imports.findings import Area, At, Findings
from web.imports.headers import (
    header_of,
    list_titles,
    loose_headers,
    plain_header,
    settle_columns,
    text_of,
)
from web.imports.sheets import list_rows, read_cell
from web.imports.workbooks import Sheet

_ALIKE = 0.6
"""How alike an item's name and a stranger's are, from 0 to 1, to be taken for one renamed."""


@dataclass
class Form(Area):
    """A sheet of 项目 and 内容: the rows of the items found, and their values.

    ``strangers``: rows whose item cannot be told, because it is empty, unknown or stands twice.
    """

    rows: dict[str, int] | None = None
    values: dict[str, object] | None = None
    strangers: int = 0

    def value(self, item: str) -> object:
        """The item's value; None if it is not there."""
        return (self.values or {}).get(item)

    def row(self, item: str) -> int:
        """The item's spreadsheet row; the header's if it is not there."""
        return (self.rows or {}).get(item, self.header_row)

    def items(self) -> tuple[str, ...]:
        """The items found, in their order."""
        return tuple(self.values or ())

    def has(self, item: str) -> bool:
        """Whether the item is there and carries no defect."""
        return self.present and item in (self.values or {}) and self.knows(self.row(item), "内容")


def read_form(
    sheet: Sheet,
    items: Mapping[str, Item],
    *,
    name: str,
    workbook: str,
    findings: Findings,
    patterns: Iterable[tuple[re.Pattern[str], Item]] = (),
    unknown: defects.Defect | None = None,
    from_1904: bool = False,
    stop: int | None = None,
) -> Form:
    """The items of a sheet, up to row ``stop``."""
    form = Form(workbook=workbook, sheet=name, rows={}, values={})
    assert form.rows is not None
    assert form.values is not None
    upper = replace(sheet, cells=sheet.cells[:stop]) if stop is not None else sheet
    header = header_of(upper, ("项目", "内容"), 0)
    if header is None:
        findings.report(defects.sheet_must_have_a_header, form, columns="项目、内容")
        form.present = False
        return form
    list_titles(upper, form, 0, header.row, findings)
    settle_columns(upper, form, header, ("项目", "内容"), findings)
    if form.absent:
        form.present = False
        return form
    label, content = form.columns["项目"], form.columns["内容"]
    blank: list[int] = []
    pending: list[int] = []
    listed = tuple(patterns)
    found: dict[str, list[int]] = {}
    for row in range(header.row + 1, len(upper.cells)):
        raw = upper.cells[row][label]
        if is_blank(raw) and is_blank(upper.cells[row][content]) and (row, content) not in upper.errors:
            pending.append(row)
            continue
        blank += pending
        pending = []
        item = _item_name(upper, form, row, label, items, listed, findings)
        if item is None:
            form.strangers += 1
        else:
            found.setdefault(item, []).append(row)
    strangers: dict[str, int] = {}
    for item, rows in found.items():
        of = items.get(item) or next((of for pattern, of in listed if pattern.match(item)), None)
        if of is None:
            strangers[item] = rows[0] + 1
            continue
        form.rows[item] = rows[0] + 1
        if len(rows) > 1:
            # Which of them holds is not certain: neither is read.
            form.strangers += len(rows) - 1
            form.doubtful.add((rows[0] + 1, "内容"))
            earlier: list[At] = [(row + 1, "项目") for row in rows[:-1]]
            at: At = (rows[-1] + 1, "项目")
            findings.report(defects.item_must_be_one, form, at, raw=item, also=earlier, item=item)
            continue
        form.values[item] = _item_value(upper, form, of, (rows[0], content), findings, from_1904)
    list_rows(form, habits.blank_row, blank, findings)
    list_rows(
        form,
        habits.hidden_rows,
        sorted(row - 1 for row in form.rows.values() if row - 1 in upper.hidden_rows),
        findings,
    )
    _judge_items(form, items, strangers, unknown, findings)
    return form


def _item_value(
    sheet: Sheet, form: Form, of: Item, at: tuple[int, int], findings: Findings, from_1904: bool
) -> object:
    row, content = at
    raw = sheet.cells[row][content]
    if raw != "" and at not in sheet.formulas and (value := of.kind.plain(raw)) is not NOT_PLAIN:
        return value
    if raw == "" and not of.required and at not in sheet.errors and at not in sheet.formulas:
        return of.kind.empty
    return read_cell(sheet, form, of.kind, at, "内容", of.required, findings, from_1904)


def _judge_items(
    form: Form,
    items: Mapping[str, Item],
    strangers: dict[str, int],
    unknown: defects.Defect | None,
    findings: Findings,
) -> None:
    """An item that is missing and one that is not known are one item renamed, where they are alike or where there is
    one of each; an item that is empty or stands twice may be any that is missing."""
    missing = [item for item, of in items.items() if item not in (form.rows or {}) and of.expected]
    for item in list(missing):
        alike = max(strangers, key=lambda other: SequenceMatcher(None, item, other).ratio(), default=None)
        if alike is None or (
            SequenceMatcher(None, item, alike).ratio() < _ALIKE and not len(missing) == len(strangers) == 1
        ):
            continue
        missing.remove(item)
        findings.report(
            defects.item_must_keep_its_name,
            form,
            (strangers.pop(alike), "项目"),
            raw=alike,
            expected=item,
            found=alike,
        )
    for item in missing[form.strangers :]:
        findings.report(defects.item_must_be_present, form, raw=item, item=item)
    if unknown is not None:
        form.strangers += len(strangers)
    for item, row in strangers.items():
        if unknown is None:
            findings.repair(form, [habits.extra_item], (row, "项目"), raw=item)
        else:
            findings.report(unknown, form, (row, "项目"), raw=item, item=item)


def _item_name(
    sheet: Sheet,
    form: Form,
    row: int,
    label: int,
    items: Mapping[str, Item],
    patterns: Sequence[tuple[re.Pattern[str], Item]],
    findings: Findings,
) -> str | None:
    raw = sheet.cells[row][label]
    if is_blank(raw):
        findings.report(defects.cell_must_not_be_empty, form, (row + 1, "项目"), column="项目")
        return None
    text = text_of(raw)
    if text in items or any(pattern.match(text) for pattern, _ in patterns):
        return text
    forms = loose_headers(text, "")
    name = next((name for name in items if plain_header(name) in forms), None)
    if name is None:
        joined = re.sub(r"\s", "", unicodedata.normalize("NFKC", tidy(text)[0]))
        joined = re.sub(r"[–—−]", "-", joined)
        name = joined if any(pattern.match(joined) for pattern, _ in patterns) else None
    if name is None:
        return tidy(text)[0]
    findings.repair(form, [habits.header_form], (row + 1, "项目"), raw=text, repaired=name)
    return name
