"""The sheets of a workbook, found by their names.

A sheet that is missing beside one with its columns is one sheet renamed; one with the columns of a sheet that is there
already is reported, any other is passed over and listed.
"""

import unicodedata
from collections.abc import Sequence
from typing import TypeVar

from schemas.packs import (
    PolicyLeg,
    SheetRow,
)
from web.imports import columns, defects, habits
from web.imports.cells import tidy
from web.imports.columns import Layout
from web.imports.findings import Area, Findings, Table
from web.imports.folders import (
    PackFile,
    PackFiles,
    PackRefused,
)
from web.imports.forms import Form, read_form
from web.imports.headers import find_header, first_blank
from web.imports.sheets import read_table
from web.imports.workbooks import Sheet, Workbook, WorkbookRefused, read_workbook

R = TypeVar("R", bound=SheetRow)


def open_workbook(files: PackFiles, file: PackFile, findings: Findings) -> Workbook | None:
    try:
        return read_workbook(files.read(file.path))
    except PackRefused as refused:
        findings.report_file(defects.workbook_must_be_readable, file.path, more=refused.figures)
    except WorkbookRefused as refused:
        area = Area(file.path, refused.sheet or "")
        if refused.sheet:
            findings.report(refused.defect, area, raw=refused.sheet, more=refused.figures)
        else:
            findings.report_file(refused.defect, file.path, more=refused.figures)
    return None


class Contents:
    """The sheets of one workbook, found by name and read one by one."""

    def __init__(self, workbook: Workbook, path: str, layouts: Sequence[str], findings: Findings) -> None:
        self.path = path
        self.findings = findings
        self.from_1904 = workbook.from_1904
        self.found: dict[str, Sheet] = {}
        self.lost: set[str] = set()
        extras: list[Sheet] = []
        for sheet in workbook.sheets:
            name = sheet.name if sheet.name in layouts else _loose_sheet(sheet.name, layouts)
            if name is None:
                extras.append(sheet)
            elif name in self.found:
                area = Area(path, sheet.name)
                findings.report(defects.sheet_must_be_one, area, raw=sheet.name, expected=name)
            else:
                self.found[name] = sheet
                area = Area(path, name)
                if name != sheet.name:
                    findings.repair(area, [habits.sheet_name_form], None, raw=sheet.name, repaired=name)
                if sheet.hidden:
                    findings.repair(area, [habits.hidden_sheet], None, raw=sheet.name)
        for name in layouts:
            if name not in self.found:
                self._missing(name, extras)
        for sheet in extras:
            area = Area(path, sheet.name)
            like = next((name for name in layouts if _looks_like(sheet, name)), None)
            if like is not None:
                findings.report(defects.sheet_should_not_be_a_second, area, raw=sheet.name, like=like)
            else:
                filled = any(any(cell != "" for cell in row) for row in sheet.cells)
                habit = habits.extra_sheet if filled else habits.empty_sheet
                findings.repair(area, [habit], None, raw=sheet.name)

    def _missing(self, name: str, extras: list[Sheet]) -> None:
        renamed = next((sheet for sheet in extras if _looks_like(sheet, name)), None)
        if renamed is not None:
            extras.remove(renamed)
            self.findings.report(
                defects.sheet_must_keep_its_name,
                Area(self.path, renamed.name),
                raw=renamed.name,
                expected=name,
                found=renamed.name,
            )
        else:
            self.findings.report(defects.sheet_must_be_present, Area(self.path, name), raw=name)

    def table(self, layout: Layout[R], *, start: int = 0) -> Table[R]:
        """The rows of a sheet; of one that is missing, none and nothing known."""
        sheet = self.found.get(layout.sheet)
        if sheet is None:
            return Table(workbook=self.path, sheet=layout.sheet, present=False, layout=layout)
        return read_table(
            sheet, layout, workbook=self.path, findings=self.findings, from_1904=self.from_1904, start=start
        )

    def info(self) -> Form:
        """基本信息."""
        sheet = self.found.get(columns.INFO)
        if sheet is None:
            return Form(self.path, columns.INFO, present=False)
        return read_form(
            sheet,
            columns.INFO_ITEMS,
            name=columns.INFO,
            workbook=self.path,
            findings=self.findings,
            patterns=[(columns.MANAGER, columns.MANAGER_ITEM)],
            from_1904=self.from_1904,
        )

    def plan(self) -> tuple[Form, Table[PolicyLeg]]:
        """分配方案: the items, and below a blank row the legs."""
        sheet = self.found.get(columns.PLAN)
        if sheet is None:
            legs: Table[PolicyLeg] = Table(
                workbook=self.path, sheet=columns.PLAN, present=False, layout=columns.LEGS
            )
            return Form(self.path, columns.PLAN, present=False), legs
        start = find_header(sheet, columns.LEGS)
        stop = first_blank(sheet) if start is None else start
        form = read_form(
            sheet,
            columns.PLAN_ITEMS,
            name=columns.PLAN,
            workbook=self.path,
            findings=self.findings,
            patterns=[(columns.COMMISSION_BASE, columns.COMMISSION_BASE_ITEM)],
            unknown=defects.item_must_be_known,
            from_1904=self.from_1904,
            stop=stop,
        )
        if start is None:
            legs = Table(workbook=self.path, sheet=columns.PLAN, present=False, layout=columns.LEGS)
            self.findings.report(defects.plan_must_have_legs, legs)
            return form, legs
        return form, self.table(columns.LEGS, start=start)


def _loose_sheet(name: str, layouts: Sequence[str]) -> str | None:
    loose = "".join(unicodedata.normalize("NFKC", tidy(name)[0]).split())
    return loose if loose in layouts else None


def _looks_like(sheet: Sheet, name: str) -> bool:
    """Whether a sheet has the header of the one that is missing."""
    for value in vars(columns).values():
        if isinstance(value, Layout) and value.sheet == name:
            header = find_header(sheet, value)
            if header is not None:
                return True
    return False
