"""A pack on the workbench: clean-small as sheets of cells, to be altered and read.

bench = clean()
bench.put("交易", "F5", "771.00元")          one cell of the cooperative's workbook, or of the township's
bench.found()                               what reading it lists, one short line each
"""

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import openpyxl
import xlsxwriter

from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from schemas.packs import Pack, PackProblem, PackReading, Repair
from web.imports.folders import PackFiles
from web.imports.read import read_files, read_pack

PACKS = Path(__file__).parents[1] / "packs"
CLEAN = PACKS / "clean-small"
COOPERATIVE_FILE = "合作社-清水合作社.xlsx"
TOWNSHIP_FILE = "乡镇-清河乡.xlsx"
TOWNSHIP_SHEETS = ("村", "门槛", "村集体期初", "村集体凭证", "村级考评", "村干部", "奖金")


class Formula(NamedTuple):
    """A formula with the value the spreadsheet program left beside it."""

    text: str
    value: str | float


Cell = str | float | bool | date | Formula | None
Rows = list[list[Cell]]


@dataclass
class Bench:
    """The sheets of a pack, and how they look."""

    sheets: dict[str, Rows]
    scans: dict[str, bytes]
    files: dict[str, bytes] = field(default_factory=dict)
    merges: dict[str, list[str]] = field(default_factory=dict)
    hidden_rows: dict[str, list[int]] = field(default_factory=dict)
    hidden_columns: dict[str, list[str]] = field(default_factory=dict)
    hidden_sheets: list[str] = field(default_factory=list)
    of_township: list[str] = field(default_factory=lambda: list(TOWNSHIP_SHEETS))

    def put(self, sheet: str, address: str, value: Cell) -> None:
        """Write one cell."""
        match = re.fullmatch(r"([A-Z])(\d+)", address)
        assert match, address
        row, column = int(match[2]) - 1, ord(match[1]) - 65
        rows = self.sheets[sheet]
        while len(rows) <= row:
            rows.append([])
        rows[row] += [None] * (column + 1 - len(rows[row]))
        rows[row][column] = value

    def add(self, sheet: str, *rows: list[Cell]) -> None:
        """Write rows below the last."""
        self.sheets[sheet] += [list(row) for row in rows]

    def insert(self, sheet: str, row: int, *rows: list[Cell]) -> None:
        """Write rows above spreadsheet row ``row``."""
        self.sheets[sheet][row - 1 : row - 1] = [list(of) for of in rows]

    def drop(self, sheet: str, row: int, count: int = 1) -> None:
        """Delete rows from spreadsheet row ``row`` on."""
        del self.sheets[sheet][row - 1 : row - 1 + count]

    def drop_column(self, sheet: str, place: int) -> None:
        """Delete a column, counted from 1."""
        for row in self.sheets[sheet]:
            del row[place - 1 : place]

    def rename(self, sheet: str, name: str) -> None:
        """Give a sheet another name, at its place."""
        self.sheets = {name if one == sheet else one: rows for one, rows in self.sheets.items()}
        self.of_township = [name if one == sheet else one for one in self.of_township]

    def contents(self) -> dict[str, bytes]:
        """The files of the pack."""
        names = [name for name in self.sheets if name not in self.of_township]
        of_township = [name for name in self.sheets if name in self.of_township]
        cooperative = _unaltered(COOPERATIVE_FILE) if self._is_clean(names) else self._workbook(names)
        township = _unaltered(TOWNSHIP_FILE) if self._is_clean(of_township) else self._workbook(of_township)
        return {COOPERATIVE_FILE: cooperative, TOWNSHIP_FILE: township, **self.scans, **self.files}

    def _is_clean(self, names: list[str]) -> bool:
        looks = {*self.merges, *self.hidden_rows, *self.hidden_columns, *self.hidden_sheets}
        original = [
            name for name in _clean().sheets if (name in TOWNSHIP_SHEETS) == (names[0] in TOWNSHIP_SHEETS)
        ]
        return names == original and all(
            name not in looks and self.sheets[name] == _clean().sheets[name] for name in names
        )

    def _workbook(self, names: Iterable[str]) -> bytes:
        target = BytesIO()
        with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
            day = book.add_format({"num_format": "yyyy-mm-dd"})
            for name in names:
                sheet = book.add_worksheet(name)
                for row, cells in enumerate(self.sheets[name]):
                    for column, value in enumerate(cells):
                        if isinstance(value, Formula):
                            sheet.write_formula(row, column, value.text, None, value.value)
                        elif isinstance(value, bool):
                            sheet.write_boolean(row, column, value)
                        elif isinstance(value, (datetime, date)):
                            sheet.write_datetime(row, column, value, day)
                        elif isinstance(value, str):
                            sheet.write_string(row, column, value)
                        elif value is not None:
                            sheet.write_number(row, column, value)
                for area in self.merges.get(name, ()):
                    first = area.partition(":")[0]
                    top = self.sheets[name][int(first[1:]) - 1][ord(first[0]) - 65]
                    sheet.merge_range(area, top, day if isinstance(top, date) else None)
                for hidden_row in self.hidden_rows.get(name, ()):
                    sheet.set_row(hidden_row - 1, None, None, {"hidden": True})
                for letter in self.hidden_columns.get(name, ()):
                    sheet.set_column(f"{letter}:{letter}", None, None, {"hidden": True})
                if name in self.hidden_sheets:
                    sheet.hide()
        return target.getvalue()

    def reading(self) -> PackReading:
        """What reading the pack gives."""
        contents = self.contents()
        files = PackFiles(
            {path: len(content) for path, content in contents.items()}, read=contents.__getitem__
        )
        return read_files(files, cooperative=standard(COOPERATIVE), collective=standard(COLLECTIVE))

    def zipped(self, *, folder: str = "", encoding: str = "utf-8") -> bytes:
        """The pack as a zip; with names in GBK as older Chinese computers write them, without the UTF-8 flag."""
        target = BytesIO()
        with ZipFile(target, "w") as archive:
            for path, content in self.contents().items():
                info = ZipInfo(folder + path) if encoding == "utf-8" else _OldZipInfo(folder + path)
                info.compress_type = ZIP_DEFLATED
                archive.writestr(info, content)
        return target.getvalue()


class _OldZipInfo(ZipInfo):
    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 -- zipfile's name
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def listed(reading: PackReading) -> list[str]:
    """The findings of a reading, one short line each."""
    lines = []
    every: list[Repair | PackProblem] = [*reading.repairs, *reading.problems]
    for found in every:
        where = found.sheet if found.sheet is not None else found.workbook or "移交包"
        place = found.cell or "!".join(filter(None, [str(found.row or ""), found.column or ""]))
        handling = "repair" if isinstance(found, Repair) else found.severity.value
        also = "".join(f" +{cell.cell or cell.row}" for cell in found.also)
        lines.append(f"{where}!{place} {handling} {found.defect}{also}".replace("! ", " "))
    return lines


def _unaltered(file: str) -> bytes:
    return (CLEAN / file).read_bytes()


def _cell(value: object) -> Cell:
    assert value is None or isinstance(value, (str, int, float, bool, date)), value
    return value


@cache
def _clean() -> Bench:
    sheets: dict[str, Rows] = {}
    for file in (COOPERATIVE_FILE, TOWNSHIP_FILE):
        for sheet in openpyxl.load_workbook(CLEAN / file):
            sheets[sheet.title] = [
                [_cell(value) for value in row] for row in sheet.iter_rows(values_only=True)
            ]
    scans = {f"附件/{path.name}": path.read_bytes() for path in sorted((CLEAN / "附件").iterdir())}
    return Bench(sheets=sheets, scans=scans)


def clean() -> Bench:
    """clean-small, to be altered."""
    return deepcopy(_clean())


@cache
def clean_pack() -> Pack:
    """clean-small as it is read."""
    pack = read(CLEAN).pack
    assert pack is not None
    return pack


def read(path: Path) -> PackReading:
    """A pack with the two statutory charts."""
    return read_pack(path, cooperative=standard(COOPERATIVE), collective=standard(COLLECTIVE))
