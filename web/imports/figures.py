"""Figures from outside as other departments send them: one .xlsx file, or text with commas, of a month.

A sheet 村 has a row for each village by its code, a sheet 户 a row for each household by its number; the columns are the
figures of ``coop.figures.kinds`` by their Chinese or English names, in any order, those a department gives and no others. The
header, the rows and the cells are read as those of a pack are. Whatever is not certain is refused at once with its sheet, row
and column.

The file is kept as it came, for whoever reviews it. So one with a number of a person in any of its cells, in a comment or
in its properties is refused, and nothing of it is kept.
"""

import re
import zipfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import NamedTuple

from coop.figures.kinds import kinds_of
from coop.identity import masked, numbers_in
from ledger.evidence import rules as evidence
from schemas.evidence import EvidenceFile, MediaType
from schemas.figures import FigureKind, FigureRow, FigureSubject, GivenFigure, SubjectKind
from schemas.packs import SheetRow
from schemas.problems import Fault, Problem, Refusal
from web.imports import defects
from web.imports.cells import Amount, Kind, Quantity, Whole, is_blank, written
from web.imports.columns import CODE, NAME, TEXT, VILLAGE, Column, Layout
from web.imports.defects import Defect
from web.imports.findings import Area, Findings, in_order
from web.imports.headers import Header, header_of
from web.imports.sheets import read_table
from web.imports.table_files import at_cell, read_table_file
from web.imports.workbooks import Sheet, Workbook

MOST_ROWS = 50_000
_LONGEST_NAME, _LONGEST_NOTE = 80, 200

VILLAGES, HOUSEHOLDS, EXPLAINED = "村", "户", "说明"
"""The sheets of the template."""
SHEETS: Mapping[str, SubjectKind] = {VILLAGES: SubjectKind.VILLAGE, HOUSEHOLDS: SubjectKind.HOUSEHOLD}
CODE_OF_VILLAGE, NUMBER_OF_HOUSEHOLD, NOTE = "村编码", "户编号", "备注"
NAMED = {SubjectKind.VILLAGE: "村名", SubjectKind.HOUSEHOLD: "户主"}
_KEPT_BESIDE = re.compile(r"^xl/(comments|threadedComments/|persons/)|^docProps/.*\.xml$")
_CARRIED = re.compile(r"^xl/(media|embeddings|activeX)/")

figures_must_be_a_table = Fault(
    code="figures_must_be_a_table",
    says="{file} is no table: {reason}.",
    remedy="Fill in the template, or save the table as Excel (.xlsx) or CSV.",
)
figures_must_not_be_too_many = Fault(
    code="figures_must_not_be_too_many",
    says="{file} has more than {most} rows.",
    remedy="Hand in the households of some villages at a time.",
)
file_must_hold_no_number_of_a_person = Fault(
    code="file_must_hold_no_number_of_a_person",
    says="{file} holds an identity, account or telephone number in a comment or its properties: {number}.",
    remedy="The file is kept as it is: take the number out, and hand the file in again.",
)
file_must_carry_nothing_else = Fault(
    code="file_must_carry_nothing_else",
    says="{file} carries pictures or other files.",
    remedy="Leave only the table: what nobody can read through is not kept.",
)
number_of_a_person_must_stay_out = Defect(
    code="number_of_a_person_must_stay_out",
    zh="含有证件号、账号或电话",
    says="{number} is an identity, account or telephone number.",
    remedy="The file is kept as it is: take the number out, and hand the file in again.",
    note="{number}",
)
column_must_be_a_figure = Defect(
    code="column_must_be_a_figure",
    zh="不认识的列",
    says="There is no figure {raw}.",
    remedy="These are known: {known}. Take other columns out.",
    note="可用的列：{known}",
)
sheet_must_be_known = Defect(
    code="sheet_must_be_known",
    zh="不认识的工作表",
    says="The sheet {raw} is neither 村 nor 户.",
    remedy="Name it so, or take it out.",
)
text_must_not_be_so_long = Defect(
    code="text_must_not_be_so_long",
    zh="文字过长",
    says="The text has {length} characters; at most {most} are kept.",
    remedy="Say it in fewer words.",
)


class FiguresFile(NamedTuple):
    """What a file says, and the file itself; its bytes are not in the store yet."""

    file: EvidenceFile
    rows: tuple[FigureRow, ...]


class _Row(SheetRow):
    village: str
    household: str
    name: str
    note: str
    figures: tuple[GivenFigure, ...]


def read_figures(content: bytes, *, name: str) -> FiguresFile:
    """The figures in a file. Refused with everything that is not certain in it."""
    kind = evidence.table_type_of(content)
    if len(content) > evidence.BIGGEST_FILE:
        raise Refusal(*evidence.faults_of_file(content, name=name))
    if not content or kind is None:
        raise Refusal(figures_must_be_a_table.at("/file", file=name, reason=".xlsx? .csv?"))
    workbook = _workbook(content, kind, name=name)
    problems = list(_beside(content, name=name)) if kind is MediaType.XLSX else []
    if sum(len(sheet.cells) for sheet in workbook.sheets) > MOST_ROWS:
        problems.append(figures_must_not_be_too_many.at("/file", file=name, most=MOST_ROWS))
        raise Refusal(*problems)
    findings = Findings()
    found = [
        row
        for sheet in workbook.sheets
        if any(not is_blank(raw) for cells in sheet.cells for raw in cells)
        for row in _rows(sheet, findings, workbook, file=name)
    ]
    problems += map(at_cell, sorted(findings.problems, key=in_order))
    if problems:
        raise Refusal(*problems)
    return FiguresFile(
        file=evidence.described(content, name=name, of=evidence.table_type_of), rows=tuple(found)
    )


def _workbook(content: bytes, kind: MediaType, *, name: str) -> Workbook:
    found = read_table_file(content, kind, name=name, sheet=VILLAGES, must_be_a_table=figures_must_be_a_table)
    if kind is MediaType.XLSX:
        return found
    (sheet,) = found.sheets
    by_number = header_of(sheet, [CODE_OF_VILLAGE, NUMBER_OF_HOUSEHOLD], 0)
    if by_number is not None and NUMBER_OF_HOUSEHOLD in by_number.places:
        sheet.name = HOUSEHOLDS
    return found


def _rows(sheet: Sheet, findings: Findings, workbook: Workbook, *, file: str) -> Iterator[FigureRow]:
    area = Area(file, sheet.name)
    of = SHEETS.get(sheet.name.strip())
    if of is None:
        _refuse_numbers(sheet, area, None, findings)
        if sheet.name.strip() != EXPLAINED:
            findings.report(sheet_must_be_known, area, raw=sheet.name)
        return
    keys = [CODE_OF_VILLAGE] if of is SubjectKind.VILLAGE else [CODE_OF_VILLAGE, NUMBER_OF_HOUSEHOLD]
    names = {name: kind for kind in kinds_of(of) for name in (kind.name_zh, kind.name)}
    header = header_of(sheet, [*keys, NAMED[of], NOTE, *names], 0)
    _refuse_numbers(sheet, area, header, findings)
    if header is not None:
        for place, text in header.extras:
            area.columns[text] = place
            known = "、".join(kind.name_zh for kind in kinds_of(of))
            findings.report(column_must_be_a_figure, area, (header.row + 1, text), raw=text, known=known)
    there = () if header is None else header.places
    given = {name: names[name] for name in names if name in there}
    for name, kind in given.items():
        if header is not None and name != kind.name_zh and kind.name_zh in given:
            area.columns[name] = header.places[name]
            findings.report(
                defects.column_must_be_one, area, (header.row + 1, name), raw=name, expected=kind.name_zh
            )
    said = {NAMED[of]: "name", NOTE: "note"}
    layout = _layout(sheet.name, keys, {name: said[name] for name in said if name in there}, given)
    table = read_table(sheet, layout, workbook=file, findings=findings, from_1904=workbook.from_1904)
    for row in table.rows:
        for column, text, most in ((NAMED[of], row.name, _LONGEST_NAME), (NOTE, row.note, _LONGEST_NOTE)):
            if len(text) > most:
                findings.report(
                    text_must_not_be_so_long, table, (row.row, column), length=len(text), most=most
                )
        if not row.figures:
            continue
        yield FigureRow(
            subject=FigureSubject(village=row.village, household=row.household),
            name=row.name[:_LONGEST_NAME],
            note=row.note[:_LONGEST_NOTE],
            figures=row.figures,
        )


def _layout(
    sheet: str, keys: list[str], said: Mapping[str, str], given: Mapping[str, FigureKind]
) -> Layout[_Row]:
    fields = {CODE_OF_VILLAGE: "village", NUMBER_OF_HOUSEHOLD: "household"}
    cells: Mapping[str, Kind] = {CODE_OF_VILLAGE: VILLAGE, NUMBER_OF_HOUSEHOLD: CODE}

    def make(
        *, row: int, village: str, name: str = "", note: str = "", household: str = "", **amounts: int | None
    ) -> _Row:
        figures = tuple(
            GivenFigure(code=kind.code, amount=amount, decimals=kind.decimals)
            for kind in given.values()
            if (amount := amounts[kind.code]) is not None
        )
        return _Row(row=row, village=village, household=household, name=name, note=note, figures=figures)

    return Layout(
        sheet,
        (
            *(Column(name, fields[name], cells[name], required=True) for name in keys),
            *(Column(name, field, NAME if field == "name" else TEXT) for name, field in said.items()),
            *(Column(name, kind.code, _cell_of(kind)) for name, kind in given.items()),
        ),
        make,
    )


def _cell_of(kind: FigureKind) -> Kind:
    if kind.decimals == 0:
        return Whole(units=frozenset({kind.unit}))
    return Amount(empty=None) if kind.unit == "元" else Quantity()


def _refuse_numbers(sheet: Sheet, area: Area, header: Header | None, findings: Findings) -> None:
    """Every cell with a number of a person in it; a plain number in a column of figures is none."""
    places = {} if header is None else {place: name for name, place in header.places.items()}
    for row, cells in enumerate(sheet.cells):
        for place, raw in enumerate(cells):
            texts = [] if is_blank(raw) else [written(raw)]
            formula = sheet.formulas.get((row, place))
            texts += [] if formula is None else [formula.text]
            in_figures = isinstance(raw, float) and places.get(place) not in {None, NUMBER_OF_HOUSEHOLD}
            if in_figures and formula is None:
                continue
            found = [number for text in texts for number in numbers_in(text)]
            if found:
                column = places.get(place)
                area.columns.setdefault(column or f"#{place + 1}", place)
                findings.report(
                    number_of_a_person_must_stay_out,
                    area,
                    (row + 1, column or f"#{place + 1}"),
                    number="、".join(dict.fromkeys(masked(one.text, one.kind) for one in found)),
                )


def _beside(content: bytes, *, name: str) -> Iterator[Problem]:
    """What a workbook carries beside its cells and may not."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        paths = archive.namelist()
        for path in paths:
            if _KEPT_BESIDE.match(path):
                text = re.sub(r"<[^>]*>", " ", archive.read(path).decode("utf-8", errors="replace"))
                for number in numbers_in(text):
                    yield file_must_hold_no_number_of_a_person.at(
                        "/file", file=name, number=masked(number.text, number.kind)
                    )
        if any(map(_CARRIED.match, paths)):
            yield file_must_carry_nothing_else.at("/file", file=name)
