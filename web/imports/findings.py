"""What was mended and what is wrong, each once, at its cause.

A cell with a defect is *doubtful* from then on: whoever asks for it with ``Table.knows`` passes over it, so an
unreadable amount is not also an unbalanced voucher. Judges therefore go from the single cell outwards.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, TypeVar

import msgspec
from openpyxl.utils import coordinate_to_tuple, get_column_letter

from coop.identity import masked, masked_text
from schemas.identity import IdentityKind
from schemas.packs import AlsoCell, PackProblem, Repair, SheetRow
from web.imports.columns import SHEET_ORDER, Layout
from web.imports.defects import Defect
from web.imports.habits import Habit

R = TypeVar("R", bound=SheetRow)

At = tuple[int, str | None]
"""A spreadsheet row, counted from 1, and the name of a column."""


@dataclass
class Area:
    """A sheet, or the part of one that belongs together, with what is not known of it.

    ``columns`` are the places, from 0, of the columns found; ``absent`` those that are not there; ``doubtful``
    the cells that carry a defect. ``present`` is False for a sheet that is missing or has no header.
    """

    workbook: str
    sheet: str
    present: bool = True
    header_row: int = 1
    columns: dict[str, int] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    doubtful: set[tuple[int, str]] = field(default_factory=set)

    def cell(self, row: int, column: str | None) -> str | None:
        """The address of a cell, ``I90``; None for a whole row or a column that is not there."""
        place = self.columns.get(column) if column else None
        return f"{get_column_letter(place + 1)}{row}" if place is not None else None

    def knows(self, row: int, *columns: str) -> bool:
        """Whether all these cells of the row could be read and carry no defect."""
        if not self.doubtful and not self.absent:
            return self.present
        return self.present and all(
            column not in self.absent and (row, column) not in self.doubtful for column in columns
        )

    def complete(self, *columns: str) -> bool:
        """Whether every cell of these columns could be read: what is not there then does not exist."""
        return (
            self.present
            and not any(column in self.absent for column in columns)
            and not any(column in columns for _, column in self.doubtful)
        )


@dataclass
class Table(Area, Generic[R]):
    """The rows of a sheet."""

    layout: Layout[R] = field(kw_only=True)
    rows: list[R] = field(default_factory=list)

    def shown(self, row: R, column: str) -> str:
        """A cell's value as a list shows it."""
        of = self.layout.column(column)
        return of.kind.show(getattr(row, of.field))

    def amend(self, place: int, column: str, value: object) -> None:
        """Put another value into the row at this place of the list."""
        self.rows[place] = msgspec.structs.replace(
            self.rows[place], **{self.layout.column(column).field: value}
        )


SEALED_COLUMNS = {
    "身份证号": IdentityKind.CITIZEN,
    "手机号": IdentityKind.PHONE,
    "银行账号": IdentityKind.PASSBOOK,
}
"""Columns whose cells are kept under seal."""


def shown(text: str, column: str | None) -> str:
    """A cell's text as a list of findings shows it: what belongs under seal is masked. The workbook has it in full."""
    return masked(text, SEALED_COLUMNS[column]) if column in SEALED_COLUMNS else masked_text(text)


class Findings:
    """Repairs and problems as they are found. Identity, account and telephone numbers are masked in them: they name the
    cell, and go into lists, logs and other people's hands."""

    def __init__(self) -> None:
        self.repairs: list[Repair] = []
        self.problems: list[PackProblem] = []

    def repair(
        self,
        area: Area,
        habits: Iterable[Habit],
        at: At | None,
        *,
        raw: str = "",
        repaired: str | None = None,
        cell: str | None = None,
        also: Iterable[At] = (),
        note: str | None = None,
    ) -> None:
        """A cell, row or sheet that was taken in. ``cell`` is given where ``at`` has no column."""
        found = tuple(dict.fromkeys(habits))
        row, column = at or (None, None)
        self.repairs.append(
            Repair(
                code=found[0].code,
                defect="、".join(habit.zh for habit in found),
                workbook=area.workbook,
                sheet=area.sheet,
                row=row,
                column=column,
                cell=cell or (area.cell(row, column) if row else None),
                raw=shown(raw, column),
                repaired=repaired and shown(repaired, column),
                note=note or next((habit.note for habit in found if habit.note), None),
                says=", ".join(habit.says for habit in found),
                also=_also(area, also),
            )
        )

    def report(
        self,
        defect: Defect,
        area: Area,
        at: At | None = None,
        *,
        raw: str = "",
        cell: str | None = None,
        also: Iterable[At] = (),
        note: str | None = None,
        more: Mapping[str, object] = MappingProxyType({}),
        **figures: object,
    ) -> None:
        """A defect. Its cells are doubtful from now on; a warning leaves them as they are."""
        row, column = at or (None, None)
        further = tuple(also)
        if defect.severity == "error":
            area.doubtful.update(
                (of_row, of_column) for of_row, of_column in ((row, column), *further) if of_row and of_column
            )
        self._found(
            defect,
            workbook=area.workbook,
            sheet=area.sheet,
            row=row,
            column=column,
            cell=cell or (area.cell(row, column) if row else None),
            raw=raw,
            figures={"raw": raw, **more, **figures},
            also=_also(area, further),
            note=note,
        )

    def report_file(
        self,
        defect: Defect,
        path: str | None,
        *,
        raw: str = "",
        more: Mapping[str, object] = MappingProxyType({}),
        **figures: object,
    ) -> None:
        """A defect of a file, or of the whole pack."""
        self._found(defect, workbook=path, raw=raw or path or "", figures={**more, **figures})

    def repair_file(self, habit: Habit, path: str, *, repaired: str | None = None) -> None:
        """A file that was passed over, or taken for what it is."""
        self.repairs.append(
            Repair(
                code=habit.code,
                defect=habit.zh,
                workbook=masked_text(path),
                raw=masked_text(path),
                repaired=repaired and masked_text(repaired),
                note=habit.note,
                says=habit.says,
            )
        )

    def _found(
        self,
        defect: Defect,
        *,
        workbook: str | None,
        raw: str,
        figures: dict[str, object],
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        cell: str | None = None,
        also: tuple[AlsoCell, ...] = (),
        note: str | None = None,
    ) -> None:
        written = {name: masked_text(str(figure)) for name, figure in figures.items()}
        if "raw" in written:
            written["raw"] = shown(raw, column)
        self.problems.append(
            PackProblem(
                code=defect.code,
                defect=defect.zh,
                severity=defect.severity,
                workbook=workbook and masked_text(workbook),
                sheet=sheet,
                row=row,
                column=column,
                cell=cell,
                raw=shown(raw, column),
                note=masked_text(note)
                if note
                else (defect.note.format_map(written) if defect.note else None),
                says=defect.says,
                remedy=defect.remedy,
                figures=written,
                also=also,
            )
        )

    def remark(self, code: str, area: Area, row: int, text: str) -> None:
        """Add to the note of a problem already reported."""
        self.problems = [
            msgspec.structs.replace(problem, note=f"{problem.note}；{text}")
            if (problem.code, problem.workbook, problem.sheet, problem.row)
            == (code, area.workbook, area.sheet, row)
            else problem
            for problem in self.problems
        ]

    def withdraw(self, code: str, area: Area, row: int, missing: str) -> None:
        """Take back the report of a gap that is this one number."""
        self.problems = [
            problem
            for problem in self.problems
            if (problem.code, problem.workbook, problem.sheet, problem.row, problem.figures.get("missing"))
            != (code, area.workbook, area.sheet, row, missing)
        ]

    def gather(self, area: Area, belongs: Callable[[int], int | None]) -> None:
        """Make one problem of those of one defect whose rows belong together: the lines of one voucher."""
        first: dict[tuple[str, int], int] = {}
        kept: list[PackProblem] = []
        for problem in sorted(self.problems, key=in_order):
            group = (
                belongs(problem.row)
                if problem.row and problem.workbook == area.workbook and problem.sheet == area.sheet
                else None
            )
            if group is None:
                kept.append(problem)
                continue
            place = first.setdefault((problem.code, group), len(kept))
            if place == len(kept):
                kept.append(problem)
                continue
            assert problem.row is not None
            further = AlsoCell(row=problem.row, column=problem.column, cell=problem.cell)
            kept[place] = msgspec.structs.replace(
                kept[place], also=(*kept[place].also, further, *problem.also)
            )
        self.problems = kept

    @property
    def has_errors(self) -> bool:
        """Whether anything keeps the pack out."""
        return any(problem.severity == "error" for problem in self.problems)


def _also(area: Area, cells: Iterable[At]) -> tuple[AlsoCell, ...]:
    return tuple(AlsoCell(row=row, column=column, cell=area.cell(row, column)) for row, column in cells)


def in_order(found: Repair | PackProblem) -> tuple[int, str, int, str, int, int, str]:
    """Where a finding stands in a list: cooperatives, township, other files; sheet, row, column."""
    workbook = found.workbook or ""
    kind = (
        0
        if not workbook
        else 1
        if workbook.startswith("合作社-")
        else 2
        if workbook.startswith("乡镇-")
        else 3
    )
    sheet = found.sheet or ""
    column = coordinate_to_tuple(found.cell)[1] if found.cell else 0
    return (
        kind,
        workbook,
        SHEET_ORDER.get(sheet, len(SHEET_ORDER)),
        sheet,
        found.row or 0,
        column,
        found.code,
    )
