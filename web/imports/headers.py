"""The header of a sheet: which row names the columns, which column is which, and what stands above and beside.

A column is found by its name, in any order; ``金额（元）`` is 金额, and one that is missing is not guessed.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from schemas.packs import SheetRow
from web.imports import defects, habits
from web.imports.cells import (
    is_blank,
    tidy,
    written,
)
from web.imports.columns import Layout
from web.imports.findings import Area, Findings
from web.imports.workbooks import Raw, Sheet

R = TypeVar("R", bound=SheetRow)

_HEADER_WITHIN = 50


def plain_header(text: str) -> str:
    return re.sub(r"[\s*※#]", "", unicodedata.normalize("NFKC", tidy(text)[0])).rstrip(":").casefold()


def loose_headers(text: str, above: str) -> tuple[str, ...]:
    """The ways a column name may be dressed up: ``金额（元）``, ``入栏体重(kg)``, ``借方`` under ``金额``."""
    name = plain_header(text)
    forms = [
        name,
        re.sub(r"[()\[\]]", "", name),
        re.sub(r"[(\[][^()\[\]]*[)\]]$", "", name),
        re.sub(r"/元$", "", name),
    ]
    if above:
        parent = plain_header(above)
        forms += [name + parent, parent + name]
    return tuple(forms)


def text_of(raw: Raw) -> str:
    return raw if isinstance(raw, str) else written(raw)


@dataclass
class Header:
    row: int
    places: dict[str, int]
    forms: list[tuple[str, int, str]]
    extras: list[tuple[int, str]]
    doubles: list[tuple[int, str, str]]


def header_of(sheet: Sheet, names: Sequence[str], start: int) -> Header | None:
    """The row that names the most of the columns; None if no row names two of them (or the only one)."""
    best: tuple[int, int] = (0, -1)
    wanted = {plain_header(name) for name in names}
    for row in range(start, min(start + _HEADER_WITHIN, len(sheet.cells))):
        texts = {
            form
            for column, raw in enumerate(sheet.cells[row])
            if (text := _header_text(sheet, row, column, raw))
            for form in loose_headers(text, _parent(sheet, row, column))
        }
        score = len(wanted & texts)
        if score > best[0]:
            best = (score, row)
    score, row = best
    if score < min(2, len(names)):
        return None
    header = Header(row, {}, [], [], [])
    found: list[tuple[int, str]] = [
        (column, text)
        for column, raw in enumerate(sheet.cells[row])
        if (text := _header_text(sheet, row, column, raw))
    ]
    for exact in (True, False):
        for column, text in found:
            if column in header.places.values() or any(column == place for place, _, _ in header.doubles):
                continue
            if exact:
                name = text if text in names else None
            else:
                forms = loose_headers(text, _parent(sheet, row, column))
                name = next((name for name in names if plain_header(name) in forms), None)
            if name is None:
                continue
            if name in header.places:
                header.doubles.append((column, text, name))
                continue
            header.places[name] = column
            if not exact:
                header.forms.append((name, column, text))
    taken = {*header.places.values(), *(column for column, _, _ in header.doubles)}
    header.extras = [(column, text) for column, text in found if column not in taken]
    return header


def _header_text(sheet: Sheet, row: int, column: int, raw: Raw) -> str:
    """A header cell's text; of a cell merged downwards into this row, that of its top."""
    if not is_blank(raw):
        return text_of(raw)
    for top, left, bottom, right in sheet.merges:
        if left == column == right and top < row <= bottom:
            return text_of(sheet.cells[top][left])
    return ""


def _parent(sheet: Sheet, row: int, column: int) -> str:
    """The text of the cell merged across above this one, of a header in two rows."""
    for top, left, bottom, right in sheet.merges:
        if left <= column <= right and left < right and bottom == row - 1:
            return text_of(sheet.cells[top][left])
    return ""


def find_header(sheet: Sheet, layout: Layout[R], start: int = 0) -> int | None:
    """The row, from 0, of the layout's header, if all but a few of its columns are named in one row."""
    header = header_of(sheet, [column.name for column in layout.columns], start)
    if header is None or len(header.places) * 2 <= len(layout.columns):
        return None
    return header.row


def first_blank(sheet: Sheet) -> int:
    """The first blank row, from 0, that has rows above and below it; the end of the sheet if there is none."""
    filled = [row for row, of_row in enumerate(sheet.cells) if not all(is_blank(raw) for raw in of_row)]
    return next((above + 1 for above, below in pairwise(filled) if below > above + 1), len(sheet.cells))


def list_titles(sheet: Sheet, area: Area, start: int, header_row: int, findings: Findings) -> None:
    rows = [row for row in range(start, header_row) if not all(is_blank(raw) for raw in sheet.cells[row])]
    if not rows:
        return
    first = rows[0]
    column, raw = next((column, raw) for column, raw in enumerate(sheet.cells[first]) if not is_blank(raw))
    merged = any(top == first and right > left for top, left, _, right in sheet.merges)
    findings.repair(
        area,
        [habits.merged_title if merged else habits.title_row],
        (first + 1, None),
        raw=text_of(raw),
        cell=address(first, column),
        also=[(row + 1, None) for row in rows[1:]],
        note=f"表头在第{header_row + 1}行，第{'、'.join(str(row + 1) for row in rows)}行为{'合并' if merged else ''}标题",
    )


def address(row: int, column: int) -> str:
    return Area("", "", columns={"": column}).cell(row + 1, "") or letters(column) + str(row + 1)


def letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def settle_columns(
    sheet: Sheet, area: Area, header: Header, names: Sequence[str], findings: Findings
) -> None:
    """Set the area's columns, and report what is missing, twice there or too many."""
    row = header.row + 1
    area.header_row = row
    area.columns = dict(header.places)
    area.absent = {name for name in names if name not in header.places}
    for name, column, text in header.forms:
        findings.repair(
            area,
            [habits.header_form],
            (row, name),
            raw=text,
            repaired=name,
            cell=address(header.row, column),
        )
    for column, text, name in header.doubles:
        findings.report(
            defects.column_must_be_one,
            area,
            (row, text),
            raw=text,
            cell=address(header.row, column),
            expected=name,
        )
        area.absent.add(name)
    extras = dict(header.extras)
    missing = [name for name in names if name not in header.places]
    for name in missing:
        before = max(
            (header.places[other] for other in names[: names.index(name)] if other in header.places),
            default=-1,
        )
        after = min(
            (header.places[other] for other in names[names.index(name) + 1 :] if other in header.places),
            default=len(sheet.cells[header.row]),
        )
        between = [column for column in extras if before < column < after]
        if not between and len(missing) == len(extras) == 1:
            between = list(extras)
        if between:
            found = extras.pop(between[0])
            findings.report(
                defects.column_must_keep_its_name,
                area,
                (row, found),
                raw=found,
                cell=address(header.row, between[0]),
                expected=name,
                found=found,
            )
        else:
            findings.report(defects.column_must_be_present, area, (row, name), raw=name, expected=name)
    for column, text in extras.items():
        _extra(sheet, area, header.row, column, text, findings)
    named = {
        *header.places.values(),
        *(column for column, _ in header.extras),
        *(column for column, _, _ in header.doubles),
    }
    width = len(sheet.cells[header.row])
    for column in range(width):
        if column not in named:
            stray = next(
                (
                    below
                    for below in range(header.row + 1, len(sheet.cells))
                    if not is_blank(sheet.cells[below][column])
                ),
                None,
            )
            if stray is not None:
                raw = text_of(sheet.cells[stray][column])
                findings.repair(
                    area, [habits.stray_cells], (stray + 1, None), raw=raw, cell=address(stray, column)
                )
    order = [header.places[name] for name in names if name in header.places]
    if order != sorted(order):
        findings.repair(
            area,
            [habits.column_order],
            (row, None),
            raw="、".join(sorted(header.places, key=header.places.__getitem__)),
        )
    hidden = [name for name, column in header.places.items() if column in sheet.hidden_columns]
    if hidden:
        findings.repair(
            area,
            [habits.hidden_columns],
            (row, hidden[0]),
            raw=hidden[0],
            also=[(row, name) for name in hidden[1:]],
        )


def _extra(sheet: Sheet, area: Area, header_row: int, column: int, text: str, findings: Findings) -> None:
    filled = any(not is_blank(sheet.cells[row][column]) for row in range(header_row + 1, len(sheet.cells)))
    habit = habits.extra_column if filled else habits.empty_column
    findings.repair(area, [habit], (header_row + 1, text), raw=text, cell=address(header_row, column))
