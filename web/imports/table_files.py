"""A table in a file of its own: a workbook, or text between commas or tabs, which is a workbook of one sheet."""

import csv

from ledger.texts import decoded
from schemas.evidence import MediaType
from schemas.packs import PackProblem
from schemas.problems import Fault, Problem, Refusal
from web.imports.delimited import rows_in
from web.imports.workbooks import Raw, Sheet, Workbook, WorkbookRefused, read_workbook


def read_table_file(
    content: bytes, kind: MediaType, *, name: str, sheet: str, must_be_a_table: Fault
) -> Workbook:
    """The file's sheets; that of a text is called ``sheet``. Refused with ``must_be_a_table``, which names file and reason,
    where it cannot be read."""
    try:
        if kind is MediaType.XLSX:
            return read_workbook(content)
        rows = rows_in(decoded(content) or "")
    except WorkbookRefused as refused:
        raise Refusal(must_be_a_table.at("/file", file=name, reason=refused.reason)) from refused
    except csv.Error as error:
        raise Refusal(must_be_a_table.at("/file", file=name, reason=str(error))) from error
    width = max(map(len, rows), default=0)
    cells: list[list[Raw]] = [[*row, *[""] * (width - len(row))] for row in rows]
    return Workbook(sheets=[Sheet(name=sheet, cells=cells)], from_1904=False)


def at_cell(found: PackProblem) -> Problem:
    """A finding with the place of its cell, ``/sheets/户/5/人口``."""
    return Problem(
        code=found.code,
        says=found.says,
        pointer=pointer_to(found.sheet, found.row, found.column),
        remedy=found.remedy,
        figures=found.figures,
    )


def pointer_to(sheet: str | None, row: int | None = None, column: str | None = None) -> str:
    """The place of a cell; of what is not known, of that around it.

    >>> [pointer_to("行政区划", 5, "代码/号"), pointer_to("户")]
    ['/sheets/行政区划/5/代码~1号', '/sheets/户']
    """
    parts = [
        str(part).replace("~", "~0").replace("/", "~1") for part in (sheet, row, column) if part is not None
    ]
    return "/".join(["/sheets", *parts])
