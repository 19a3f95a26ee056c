"""Header, rows and cells of one sheet.

The header is the row that names the most columns; what stands above it is a title. A column is found by its
name, in any order; one that is missing is not guessed. Rows without a word in them, repeated headers, totals
that are right and signatures at the foot are passed over and listed.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TypeVar

from schemas.packs import SheetRow
from web.imports import defects
from web.imports.cells import (
    DITTO,
    NOT_PLAIN,
    Amount,
    Kind,
    Quantity,
    Unreadable,
    Whole,
    is_blank,
    tidy,
    written,
    yuan,
)
from web.imports.columns import Column, Item, Layout
from web.imports.findings import Area, At, Findings, Table
from web.imports.workbooks import Raw, Sheet

R = TypeVar("R", bound=SheetRow)

_HEADER_WITHIN = 50
_ALIKE = 0.6
"""How alike an item's name and a stranger's are, from 0 to 1, to be taken for one renamed."""

_TOTALS = frozenset(
    {"合计", "总计", "小计", "累计", "共计", "本页合计", "本月合计", "本年合计", "本年累计", "合计数"}
)
_FOOTER = re.compile(
    r"(?:制表|填表|填报|编制|制单|审核|复核|负责|单位负责|理事长|会计主管|会计|出纳|经办|监督|打印|签字|盖章|日期)[人员章]?"
)
_FOOTNOTE = re.compile(
    r"(?:制表|填表|填报|编制|制单|审核|复核|负责|单位负责|会计主管|会计|出纳|经办|打印|说明|注|备注|附注)"
    r"[人员]?(?:日期|时间)?[:：]"
)


def _plain_header(text: str) -> str:
    return re.sub(r"[\s*※#]", "", unicodedata.normalize("NFKC", tidy(text)[0])).rstrip(":").casefold()


def _loose_headers(text: str, above: str) -> tuple[str, ...]:
    """The ways a column name may be dressed up: ``金额（元）``, ``入栏体重(kg)``, ``借方`` under ``金额``."""
    name = _plain_header(text)
    forms = [
        name,
        re.sub(r"[()\[\]]", "", name),
        re.sub(r"[(\[][^()\[\]]*[)\]]$", "", name),
        re.sub(r"/元$", "", name),
    ]
    if above:
        parent = _plain_header(above)
        forms += [name + parent, parent + name]
    return tuple(forms)


def _text(raw: Raw) -> str:
    return raw if isinstance(raw, str) else written(raw)


@dataclass
class _Header:
    row: int
    places: dict[str, int]
    forms: list[tuple[str, int, str]]
    extras: list[tuple[int, str]]
    doubles: list[tuple[int, str, str]]


def _header(sheet: Sheet, names: Sequence[str], start: int) -> _Header | None:
    """The row that names the most of the columns; None if no row names two of them (or the only one)."""
    best: tuple[int, int] = (0, -1)
    wanted = {_plain_header(name) for name in names}
    for row in range(start, min(start + _HEADER_WITHIN, len(sheet.cells))):
        texts = {
            form
            for column, raw in enumerate(sheet.cells[row])
            if (text := _header_text(sheet, row, column, raw))
            for form in _loose_headers(text, _parent(sheet, row, column))
        }
        score = len(wanted & texts)
        if score > best[0]:
            best = (score, row)
    score, row = best
    if score < min(2, len(names)):
        return None
    header = _Header(row, {}, [], [], [])
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
                forms = _loose_headers(text, _parent(sheet, row, column))
                name = next((name for name in names if _plain_header(name) in forms), None)
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
        return _text(raw)
    for top, left, bottom, right in sheet.merges:
        if left == column == right and top < row <= bottom:
            return _text(sheet.cells[top][left])
    return ""


def _parent(sheet: Sheet, row: int, column: int) -> str:
    """The text of the cell merged across above this one, of a header in two rows."""
    for top, left, bottom, right in sheet.merges:
        if left <= column <= right and left < right and bottom == row - 1:
            return _text(sheet.cells[top][left])
    return ""


def find_header(sheet: Sheet, layout: Layout[R], start: int = 0) -> int | None:
    """The row, from 0, of the layout's header, if all but a few of its columns are named in one row."""
    header = _header(sheet, [column.name for column in layout.columns], start)
    if header is None or len(header.places) * 2 <= len(layout.columns):
        return None
    return header.row


def first_blank(sheet: Sheet) -> int:
    """The first blank row, from 0, that has rows above and below it; the end of the sheet if there is none."""
    filled = [row for row, of_row in enumerate(sheet.cells) if not all(is_blank(raw) for raw in of_row)]
    return next((above + 1 for above, below in pairwise(filled) if below > above + 1), len(sheet.cells))


def _titles(sheet: Sheet, area: Area, start: int, header_row: int, findings: Findings) -> None:
    rows = [row for row in range(start, header_row) if not all(is_blank(raw) for raw in sheet.cells[row])]
    if not rows:
        return
    first = rows[0]
    column, raw = next((column, raw) for column, raw in enumerate(sheet.cells[first]) if not is_blank(raw))
    merged = any(top == first and right > left for top, left, _, right in sheet.merges)
    findings.repair(
        area,
        [defects.merged_title if merged else defects.title_row],
        (first + 1, None),
        raw=_text(raw),
        cell=_address(first, column),
        also=[(row + 1, None) for row in rows[1:]],
        note=f"表头在第{header_row + 1}行，第{'、'.join(str(row + 1) for row in rows)}行为{'合并' if merged else ''}标题",
    )


def _address(row: int, column: int) -> str:
    return Area("", "", columns={"": column}).cell(row + 1, "") or _letters(column) + str(row + 1)


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _columns(sheet: Sheet, area: Area, header: _Header, names: Sequence[str], findings: Findings) -> None:
    """Set the area's columns, and report what is missing, twice there or too many."""
    row = header.row + 1
    area.header_row = row
    area.columns = dict(header.places)
    area.absent = {name for name in names if name not in header.places}
    for name, column, text in header.forms:
        findings.repair(
            area,
            [defects.header_form],
            (row, name),
            raw=text,
            repaired=name,
            cell=_address(header.row, column),
        )
    for column, text, name in header.doubles:
        findings.report(
            defects.column_must_be_one,
            area,
            (row, text),
            raw=text,
            cell=_address(header.row, column),
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
                cell=_address(header.row, between[0]),
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
                raw = _text(sheet.cells[stray][column])
                findings.repair(
                    area, [defects.stray_cells], (stray + 1, None), raw=raw, cell=_address(stray, column)
                )
    order = [header.places[name] for name in names if name in header.places]
    if order != sorted(order):
        findings.repair(
            area,
            [defects.column_order],
            (row, None),
            raw="、".join(sorted(header.places, key=header.places.__getitem__)),
        )
    hidden = [name for name, column in header.places.items() if column in sheet.hidden_columns]
    if hidden:
        findings.repair(
            area,
            [defects.hidden_columns],
            (row, hidden[0]),
            raw=hidden[0],
            also=[(row, name) for name in hidden[1:]],
        )


def _extra(sheet: Sheet, area: Area, header_row: int, column: int, text: str, findings: Findings) -> None:
    filled = any(not is_blank(sheet.cells[row][column]) for row in range(header_row + 1, len(sheet.cells)))
    habit = defects.extra_column if filled else defects.empty_column
    findings.repair(area, [habit], (header_row + 1, text), raw=text, cell=_address(header_row, column))


# --- tables ----------------------------------------------------------------------------------------------------


def read_table(
    sheet: Sheet,
    layout: Layout[R],
    *,
    workbook: str,
    findings: Findings,
    from_1904: bool = False,
    start: int = 0,
) -> Table[R]:
    """The rows of a sheet, from row ``start`` on. What cannot be read is reported and marked doubtful."""
    table = Table(workbook=workbook, sheet=layout.sheet, layout=layout)
    names = [column.name for column in layout.columns]
    header = _header(sheet, names, start)
    if header is None:
        findings.report(defects.sheet_must_have_a_header, table, columns="、".join(names))
        table.present = False
        return table
    _titles(sheet, table, start, header.row, findings)
    _columns(sheet, table, header, names, findings)
    rows = _data_rows(sheet, table, header, layout, findings)
    given = _merged(sheet, table, rows, layout, findings)
    if layout.vouchers:
        given |= _carried(sheet, table, rows, layout, findings)
    values = [
        _column_values(sheet, table, column, rows, given, findings, from_1904) for column in layout.columns
    ]
    fields = [column.field for column in layout.columns]
    table.rows = [
        layout.make(row=row + 1, **dict(zip(fields, of_row, strict=True)))
        for row, *of_row in zip(rows, *values, strict=True)
    ]
    return table


def _data_rows(
    sheet: Sheet, table: Table[R], header: _Header, layout: Layout[R], findings: Findings
) -> list[int]:
    cells = sheet.cells
    places = list(header.places.values())
    required = [
        header.places[column.name]
        for column in layout.columns
        if column.required and column.name in header.places
    ]
    rows: list[int] = []
    blank: list[int] = []
    pending: list[int] = []
    skipped: dict[str, list[int]] = {"header": [], "footer": [], "total": []}
    errors = {row for row, _ in sheet.errors} | {
        row for (row, _), formula in sheet.formulas.items() if not formula.cached
    }
    first = cells[header.row]
    last_total = 0
    for row in range(header.row + 1, len(cells)):
        of_row = cells[row]
        if row not in errors:
            if of_row.count("") == len(of_row) or (all(is_blank(of_row[place]) for place in places)):
                pending.append(row)
                continue
            if of_row == first:
                skipped["header"].append(row)
                continue
            if any(is_blank(of_row[place]) for place in required) or _is_total(
                of_row[required[0]] if required else ""
            ):
                kind = _kind_of_remark(of_row)
                if kind == "total":
                    if _judge_total(sheet, table, layout, row, rows, last_total, findings):
                        skipped["total"].append(row)
                    last_total = len(rows)
                    continue
                if kind == "footer":
                    skipped["footer"].append(row)
                    continue
        blank += pending
        pending = []
        rows.append(row)
    _list_rows(table, defects.blank_row, blank, findings)
    for kind, habit in (
        ("header", defects.repeated_header),
        ("footer", defects.footer_row),
        ("total", defects.total_row),
    ):
        _list_rows(table, habit, skipped[kind], findings, cells)
    _list_rows(table, defects.hidden_rows, [row for row in rows if row in sheet.hidden_rows], findings)
    return rows


def _list_rows(
    area: Area,
    habit: defects.Habit,
    rows: Sequence[int],
    findings: Findings,
    cells: Sequence[Sequence[Raw]] = (),
) -> None:
    if rows:
        raw = next((_text(raw) for raw in cells[rows[0]] if not is_blank(raw)), "") if cells else ""
        findings.repair(
            area, [habit], (rows[0] + 1, None), raw=raw, also=[(row + 1, None) for row in rows[1:]]
        )


def _is_total(raw: Raw) -> bool:
    return isinstance(raw, str) and re.sub(r"\s", "", tidy(raw)[0]).rstrip(":：") in _TOTALS


def _kind_of_remark(of_row: Sequence[Raw]) -> str | None:
    if any(_is_total(raw) for raw in of_row):
        return "total"
    first = next((tidy(raw)[0] for raw in of_row if isinstance(raw, str) and not is_blank(raw)), "")
    if _FOOTNOTE.match(first) or _FOOTER.fullmatch(re.sub(r"\s", "", first)):
        return "footer"
    return None


def _judge_total(
    sheet: Sheet,
    table: Table[R],
    layout: Layout[R],
    row: int,
    rows: Sequence[int],
    last_total: int,
    findings: Findings,
) -> bool:
    """Whether the amounts of a row of totals are those of the rows above it, all or since the total before."""
    agrees = True
    for column in layout.columns:
        place = table.columns.get(column.name)
        if place is None or not isinstance(column.kind, Amount) or is_blank(sheet.cells[row][place]):
            continue
        total = _hundredths(column.kind, sheet.cells[row][place])
        summed = [
            _hundredths(column.kind, sheet.cells[above][place])
            for above in rows
            if not is_blank(sheet.cells[above][place])
        ]
        since = [
            _hundredths(column.kind, sheet.cells[above][place])
            for above in rows[last_total:]
            if not is_blank(sheet.cells[above][place])
        ]
        if total is None or None in summed:
            continue
        sums = {sum(part for part in parts if part is not None) for parts in (summed, since)}
        if total not in sums:
            agrees = False
            findings.report(
                defects.total_should_agree,
                table,
                (row + 1, column.name),
                raw=yuan(total),
                total=yuan(total),
                sum=yuan(sum(part for part in summed if part is not None)),
            )
    return agrees


def _hundredths(kind: Kind, raw: Raw) -> int | None:
    value = kind.plain(raw)
    if value is NOT_PLAIN:
        try:
            value = kind.read(raw).value
        except Unreadable:
            return None
    return value if isinstance(value, int) else None


def _merged(
    sheet: Sheet, table: Table[R], rows: Sequence[int], layout: Layout[R], findings: Findings
) -> set[tuple[int, int]]:
    """Give each row of a merged area the value of its top, except amounts: one amount is not two."""
    given: set[tuple[int, int]] = set()
    inside = set(rows)
    kinds = {table.columns[column.name]: column for column in layout.columns if column.name in table.columns}
    for top, left, bottom, _ in sheet.merges:
        column = kinds.get(left)
        below = [row for row in range(top + 1, bottom + 1) if row in inside]
        if column is None or top not in inside or not below or isinstance(column.kind, (Amount, Quantity)):
            continue
        value = sheet.cells[top][left]
        if is_blank(value):
            continue
        for row in below:
            sheet.cells[row][left] = value
            given.add((row, left))
        findings.repair(
            table,
            [defects.merged_cells],
            (top + 1, column.name),
            raw=_text(value),
            repaired=_text(value),
            also=[(row + 1, column.name) for row in below],
        )
    return given


def _carried(
    sheet: Sheet, table: Table[R], rows: Sequence[int], layout: Layout[R], findings: Findings
) -> set[tuple[int, int]]:
    """Give the further lines of a voucher what they leave out as on the line above.

    It is certain where the line continues the numbering of the line above: 2 under 1, in the same voucher.
    """
    given: set[tuple[int, int]] = set()
    line, number = table.columns.get("行号"), table.columns.get("凭证号")
    if line is None or number is None:
        return given
    carried = [
        (column, table.columns[column.name])
        for column in layout.columns
        if column.carried and column.name in table.columns
    ]
    for above, row in pairwise(rows):
        before, here = sheet.cells[above], sheet.cells[row]
        first, second = before[line], here[line]
        if not (isinstance(first, float) and isinstance(second, float) and second == first + 1):
            continue
        if here[number] != before[number] and not is_blank(here[number]):
            continue
        for column, place in carried:
            if (
                here[place] == ""
                and (row, place) not in sheet.errors
                and (row, place) not in sheet.formulas
                and not is_blank(before[place])
            ):
                here[place] = before[place]
                given.add((row, place))
                findings.repair(
                    table, [defects.carried_down], (row + 1, column.name), repaired=_text(before[place])
                )
    return given


def _column_values(
    sheet: Sheet,
    table: Table[R],
    column: Column,
    rows: Sequence[int],
    given: set[tuple[int, int]],
    findings: Findings,
    from_1904: bool,
) -> list[object]:
    kind = column.kind
    place = table.columns.get(column.name)
    if place is None or column.name in table.absent:
        return [kind.empty] * len(rows)
    special = {row for row, at in (*sheet.errors, *sheet.formulas) if at == place}
    cells = sheet.cells
    plain = kind.plain
    values: list[object] = []
    for row in rows:
        raw = cells[row][place]
        if row not in special:
            if raw == "" and not column.required:
                values.append(kind.empty)
                continue
            value = plain(raw)
            if value is not NOT_PLAIN and raw != "":
                values.append(value)
                continue
        at = (row, place)
        before = values[-1] if values else None
        known = not values or (rows[len(values) - 1] + 1, column.name) not in table.doubtful
        values.append(
            _cell(
                sheet,
                table,
                kind,
                at,
                column.name,
                column.required,
                findings,
                from_1904,
                at in given,
                before,
                known,
            )
        )
    return values


def _cell(
    sheet: Sheet,
    area: Area,
    kind: Kind,
    at: tuple[int, int],
    name: str,
    required: bool,
    findings: Findings,
    from_1904: bool,
    given: bool = False,
    before: object = None,
    before_known: bool = False,
) -> object:
    """A cell that is not simply a value of its kind."""
    row, place = at
    raw = sheet.cells[row][place]
    formula = sheet.formulas.get(at)
    as_written = formula.text if formula else sheet.errors.get(at) or kind.written(raw)
    where: At = (row + 1, name)
    if at in sheet.errors:
        findings.report(
            defects.cell_must_not_be_an_error, area, where, raw=as_written, error=sheet.errors[at]
        )
        return _placeholder(kind, raw)
    if formula and not formula.cached:
        findings.report(defects.formula_must_have_a_value, area, where, raw=as_written)
        return _placeholder(kind, raw)
    if is_blank(raw):
        if required:
            findings.report(
                defects.cell_must_not_be_empty, area, where, raw=as_written if formula else "", column=name
            )
        elif formula:
            findings.repair(area, [defects.cached_formula], where, raw=as_written, repaired="")
        elif raw != "":
            findings.repair(area, [tidy(str(raw))[1][0]], where, raw=as_written, repaired="")
        return kind.empty
    if (
        isinstance(raw, str)
        and tidy(raw)[0] in DITTO
        and not isinstance(kind, (Amount, Quantity, Whole))
        and before is not None
    ):
        if before_known:
            findings.repair(area, [defects.ditto], where, raw=as_written, repaired=kind.show(before))
        else:
            area.doubtful.add((row + 1, name))
        return before
    try:
        read = kind.read(raw, from_1904=from_1904)
    except Unreadable as unreadable:
        findings.report(unreadable.defect, area, where, raw=as_written, more=unreadable.figures)
        return _placeholder(kind, raw)
    if read.nothing and required:
        findings.report(defects.cell_must_not_be_empty, area, where, raw=as_written, column=name)
        return kind.empty
    habits = ([defects.cached_formula] if formula else []) + list(read.habits)
    if habits and not given:
        findings.repair(
            area, habits, where, raw=as_written, repaired="" if read.nothing else kind.show(read.value)
        )
    return read.value


def _placeholder(kind: Kind, raw: Raw) -> object:
    """What stands in a row for a cell that is doubtful: a text keeps what it says, so that rows stay together."""
    return tidy(_text(raw))[0] if kind.empty == "" else kind.empty


# --- sheets of items -------------------------------------------------------------------------------------------


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
    header = _header(upper, ("项目", "内容"), 0)
    if header is None:
        findings.report(defects.sheet_must_have_a_header, form, columns="项目、内容")
        form.present = False
        return form
    _titles(upper, form, 0, header.row, findings)
    _columns(upper, form, header, ("项目", "内容"), findings)
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
    _list_rows(form, defects.blank_row, blank, findings)
    _list_rows(
        form,
        defects.hidden_rows,
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
    return _cell(sheet, form, of.kind, at, "内容", of.required, findings, from_1904)


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
            findings.repair(form, [defects.extra_item], (row, "项目"), raw=item)
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
    text = _text(raw)
    if text in items or any(pattern.match(text) for pattern, _ in patterns):
        return text
    forms = _loose_headers(text, "")
    name = next((name for name in items if _plain_header(name) in forms), None)
    if name is None:
        joined = re.sub(r"\s", "", unicodedata.normalize("NFKC", tidy(text)[0]))
        joined = re.sub(r"[–—−]", "-", joined)
        name = joined if any(pattern.match(joined) for pattern, _ in patterns) else None
    if name is None:
        return tidy(text)[0]
    findings.repair(form, [defects.header_form], (row + 1, "项目"), raw=text, repaired=name)
    return name
