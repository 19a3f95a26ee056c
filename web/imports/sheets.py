"""Rows and cells of one sheet.

Rows without a word in them, repeated headers, totals that are right and signatures at the foot are passed over and
listed; what a merged area or the line above says for a row is filled in.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

from schemas.packs import SheetRow
from web.imports import defects, habits
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
    yuan,
)
from web.imports.columns import Column, Layout
from web.imports.findings import Area, At, Findings, Table
from web.imports.headers import (
    Header,
    header_of,
    list_titles,
    settle_columns,
    text_of,
)
from web.imports.workbooks import Raw, Sheet

R = TypeVar("R", bound=SheetRow)

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
    header = header_of(sheet, names, start)
    if header is None:
        findings.report(defects.sheet_must_have_a_header, table, columns="、".join(names))
        table.present = False
        return table
    list_titles(sheet, table, start, header.row, findings)
    settle_columns(sheet, table, header, names, findings)
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
    sheet: Sheet, table: Table[R], header: Header, layout: Layout[R], findings: Findings
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
    list_rows(table, habits.blank_row, blank, findings)
    for kind, habit in (
        ("header", habits.repeated_header),
        ("footer", habits.footer_row),
        ("total", habits.total_row),
    ):
        list_rows(table, habit, skipped[kind], findings, cells)
    list_rows(table, habits.hidden_rows, [row for row in rows if row in sheet.hidden_rows], findings)
    return rows


def list_rows(
    area: Area,
    habit: habits.Habit,
    rows: Sequence[int],
    findings: Findings,
    cells: Sequence[Sequence[Raw]] = (),
) -> None:
    if rows:
        raw = next((text_of(raw) for raw in cells[rows[0]] if not is_blank(raw)), "") if cells else ""
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
            [habits.merged_cells],
            (top + 1, column.name),
            raw=text_of(value),
            repaired=text_of(value),
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
                    table, [habits.carried_down], (row + 1, column.name), repaired=text_of(before[place])
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
    if column.required and len(rows) > 1 and not special and all(is_blank(cells[row][place]) for row in rows):
        first, *others = (row + 1 for row in rows)
        findings.report(
            defects.cell_must_not_be_empty,
            table,
            (first, column.name),
            also=[(row, column.name) for row in others],
            column=column.name,
        )
        return [kind.empty] * len(rows)
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
            read_cell(
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


def read_cell(
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
            findings.repair(area, [habits.cached_formula], where, raw=as_written, repaired="")
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
            findings.repair(area, [habits.ditto], where, raw=as_written, repaired=kind.show(before))
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
    taken = ([habits.cached_formula] if formula else []) + list(read.habits)
    if taken and not given:
        findings.repair(
            area, taken, where, raw=as_written, repaired="" if read.nothing else kind.show(read.value)
        )
    return read.value


def _placeholder(kind: Kind, raw: Raw) -> object:
    """What stands in a row for a cell that is doubtful: a text keeps what it says, so that rows stay together."""
    return tidy(text_of(raw))[0] if kind.empty == "" else kind.empty
