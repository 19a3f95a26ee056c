"""A list of places as statistics offices hand it out: one .xlsx file, or text with commas, with a row for each place.

The columns are 代码 and 名称, and 村类别 for the rows that are villages. The level is in the code and the place above is its
beginning, so that a list in any order will do. The header, the rows and the cells are read as those of a pack are. Whatever is
wrong is told at once, with its row and column: what cannot be read, and what cannot be entered.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from msgspec.structs import replace

from coop.places import actions
from ledger.evidence import rules as evidence
from schemas.access import Rights
from schemas.packs import PackProblem, SheetRow
from schemas.places import NewPlace, Place, VillageKind
from schemas.problems import Fault, Problem, Refusal
from web.database import Connection
from web.imports.cells import Choice, is_blank
from web.imports.columns import CODE, NAME, VILLAGE_KINDS, Column, Layout
from web.imports.findings import Findings, in_order
from web.imports.headers import header_of
from web.imports.sheets import read_table
from web.imports.table_files import at_cell, pointer_to, read_table_file

MOST_ROWS = 5_000
"""A city's villages with their groups."""
OF_PLACE, CALLED, KIND = "代码", "名称", "村类别"
"""The columns, by what they are called."""
_COLUMN_OF = {"code": OF_PLACE, "name": CALLED, "kind": KIND}
_SHEET = "行政区划"
_LONGEST_CODE, _LONGEST_NAME = 40, 80

places_must_be_a_table = Fault(
    code="places_must_be_a_table",
    says="{file} is no table of places: {reason}.",
    remedy="Give it the columns 代码 and 名称, and 村类别 for villages, as Excel (.xlsx) or CSV.",
)
places_must_not_be_too_many = Fault(
    code="places_must_not_be_too_many",
    says="{file} has more than {most} rows.",
    remedy="Hand in one county at a time.",
)
name_of_place_must_be_short = Fault(
    code="name_of_place_must_be_short",
    says="The name of {code} has more than {most} characters.",
    remedy="Write the name of the place alone.",
)


class PlaceList(NamedTuple):
    """What a list says: the places with the row of each, and what of the rows cannot be read."""

    sheet: str
    new: tuple[NewPlace, ...]
    rows: tuple[int, ...]
    problems: tuple[Problem, ...]


class _Row(SheetRow):
    code: str
    name: str
    kind: VillageKind | None


def read_places(content: bytes, *, name: str) -> PlaceList:
    """The places of a list. Refused where it is no such table; what is wrong with single rows is kept, to be told with what
    cannot be entered."""
    media = evidence.table_type_of(content)
    if not content or media is None:
        raise Refusal(places_must_be_a_table.at("/file", file=name, reason=".xlsx? .csv?"))
    workbook = read_table_file(
        content, media, name=name, sheet=_SHEET, must_be_a_table=places_must_be_a_table
    )
    shown = (sheet for sheet in workbook.sheets if not sheet.hidden)
    sheet = next(
        (sheet for sheet in shown if any(not is_blank(raw) for row in sheet.cells for raw in row)), None
    )
    there = None if sheet is None else header_of(sheet, [OF_PLACE, CALLED, KIND], 0)
    if sheet is None or there is None or not {OF_PLACE, CALLED} <= there.places.keys():
        raise Refusal(places_must_be_a_table.at("/file", file=name, reason=f"{OF_PLACE}? {CALLED}?"))
    if len(sheet.cells) > MOST_ROWS:
        raise Refusal(places_must_not_be_too_many.at("/file", file=name, most=MOST_ROWS))
    findings = Findings()
    table = read_table(
        sheet,
        _layout(sheet.name, with_kind=KIND in there.places),
        workbook=name,
        findings=findings,
        from_1904=workbook.from_1904,
    )
    problems = [*map(_problem, sorted(findings.problems, key=in_order)), *_too_long(sheet.name, table.rows)]
    if not table.rows and not problems:
        raise Refusal(places_must_be_a_table.at("/file", file=name, reason="0"))
    readable = [row for row in table.rows if row.code]
    return PlaceList(
        sheet=sheet.name,
        new=tuple(
            NewPlace(code=row.code[:_LONGEST_CODE], name=row.name[:_LONGEST_NAME], kind=row.kind)
            for row in readable
        ),
        rows=tuple(row.row for row in readable),
        problems=tuple(problems),
    )


def enter_list(db: Connection, found: PlaceList, *, by: Rights, at: datetime) -> tuple[Place, ...]:
    """Enter the places of a list: all of them, or none with everything that is wrong with the list, by row and column."""
    problems = list(found.problems)
    told = {one.pointer for one in problems}
    try:
        entered = actions.enter(db, found.new, by=by, at=at)
    except Refusal as refusal:
        here = (_in_row(one, found) for one in refusal.problems)
        raise Refusal(
            *problems, *(one for one in here if one.pointer not in told), kind=refusal.kind
        ) from refusal
    if problems:
        raise Refusal(*problems)
    return entered


def _in_row(problem: Problem, found: PlaceList) -> Problem:
    place = re.fullmatch(r"/items/([0-9]+)/(\w+)", problem.pointer)
    assert place is not None, "a place is refused by its number and field"
    return _at(problem, found.sheet, found.rows[int(place[1])], _COLUMN_OF[place[2]])


def _too_long(sheet: str, rows: Iterable[_Row]) -> Iterator[Problem]:
    for row in rows:
        if len(row.name) > _LONGEST_NAME:
            problem = name_of_place_must_be_short.at(code=row.code[:_LONGEST_CODE], most=_LONGEST_NAME)
            yield _at(problem, sheet, row.row, CALLED)


def _layout(sheet: str, *, with_kind: bool) -> Layout[_Row]:
    kind = Column(KIND, "kind", Choice(choices=VILLAGE_KINDS))

    def make(*, row: int, code: str, name: str, kind: VillageKind | None = None) -> _Row:
        return _Row(row=row, code=code, name=name, kind=kind)

    named = (Column(OF_PLACE, "code", CODE, required=True), Column(CALLED, "name", NAME, required=True))
    return Layout(sheet, (*named, kind) if with_kind else named, make)


def _problem(found: PackProblem) -> Problem:
    return _at(at_cell(found), found.sheet or _SHEET, found.row, found.column)


def _at(problem: Problem, sheet: str, row: int | None, column: str | None) -> Problem:
    return replace(problem, pointer=pointer_to(sheet, row, column))
