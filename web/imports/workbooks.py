"""A workbook's cells as they stand, before anything is made of them.

Values come from calamine; what it does not tell (formulas, error values, hidden rows and columns) is looked for
in the sheet's XML, which is read whole first, so that a part that unpacks to more than it declares, a cell at
the far corner of the sheet or an entity that expands is refused before memory is spent on it.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from io import BytesIO
from posixpath import join, normpath
from typing import NamedTuple
from xml.etree import ElementTree as ET
from xml.sax.saxutils import unescape

from openpyxl.formula.translate import Translator
from openpyxl.utils import column_index_from_string, coordinate_to_tuple
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from web.imports.defects import (
    Defect,
    sheet_must_be_of_a_size,
    workbook_must_be_readable,
    workbook_must_be_xlsx,
)

Raw = str | float | bool | date | datetime | time | timedelta
"""A cell as calamine gives it; an empty one is ``""``."""

MOST_CELLS = 12_000_000
"""Cells of the rectangle a sheet's data spans: 100 000 rows of 26 columns are 2.6 million."""

MOST_BYTES = 1_500_000_000
"""What the parts of one workbook may unpack to."""

_OLD_FORMAT = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


class WorkbookRefused(Exception):
    """A workbook that cannot be read: the defect, its figures, and the sheet if it is only one."""

    def __init__(self, defect: Defect, sheet: str | None = None, **figures: object) -> None:
        super().__init__(defect.code)
        self.defect = defect
        self.sheet = sheet
        self.figures = figures

    @property
    def reason(self) -> str:
        """Why, in the words of the defect."""
        figures = {key: str(figure) for key, figure in self.figures.items()}
        return (self.defect.note or self.defect.zh).format_map(figures)


class Formula(NamedTuple):
    """A formula as it is written, with ``=``, and whether the program that saved it left its value."""

    text: str
    cached: bool


@dataclass(slots=True)
class Sheet:
    """One sheet: rows and columns count from 0, ``cells`` begins at A1 and every row is equally long.

    ``merges`` are (top, left, bottom, right), all inclusive.
    """

    name: str
    hidden: bool = False
    cells: list[list[Raw]] = field(default_factory=list)
    formulas: dict[tuple[int, int], Formula] = field(default_factory=dict)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


@dataclass(slots=True)
class Workbook:
    """The sheets in their order, and whether dates count from 1904."""

    sheets: list[Sheet]
    from_1904: bool


def read_workbook(content: bytes) -> Workbook:
    """All sheets of an .xlsx file. Refused: another format, a password, a damaged part, a sheet too large."""
    if content.startswith(_OLD_FORMAT):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise WorkbookRefused(workbook_must_be_readable, reason="文件有密码")
        raise WorkbookRefused(workbook_must_be_xlsx)
    try:
        parts = _parts(content)
        from_1904, paths = _index(parts)
    except (
        zipfile.BadZipFile,
        ET.ParseError,
        KeyError,
        EOFError,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise WorkbookRefused(workbook_must_be_readable, reason=f"文件损坏（{error}）") from error
    for name, path in paths.items():
        if path in parts:
            _within_size(name, parts[path])
    try:
        with CalamineWorkbook.from_filelike(BytesIO(content)) as book:
            sheets = [
                _sheet(
                    book, meta.name, meta.visible is not SheetVisibleEnum.Visible, parts.get(paths[meta.name])
                )
                for meta in book.sheets_metadata
                if meta.typ is SheetTypeEnum.WorkSheet and meta.name in paths
            ]
    except (CalamineError, OSError) as error:
        raise WorkbookRefused(workbook_must_be_readable, reason=f"文件损坏（{error}）") from error
    return Workbook(sheets=sheets, from_1904=from_1904)


def _parts(content: bytes) -> dict[str, bytes]:
    """The XML parts of the file by path. Reading each whole checks its length and its CRC."""
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > 10_000 or sum(entry.file_size for entry in entries) > MOST_BYTES:
            raise WorkbookRefused(workbook_must_be_readable, reason="解压后过大")
        if any(entry.flag_bits & 1 for entry in entries):
            raise WorkbookRefused(workbook_must_be_readable, reason="文件有密码")
        parts = {}
        for entry in entries:
            if entry.filename.endswith((".xml", ".rels")):
                part = archive.read(entry)
                if b"<!DOCTYPE" in part[:4096] or b"<!ENTITY" in part[:4096]:
                    raise WorkbookRefused(workbook_must_be_readable, reason="含有外部实体定义")
                parts[entry.filename.lstrip("/")] = part
        return parts


def _index(parts: dict[str, bytes]) -> tuple[bool, dict[str, str]]:
    """Whether dates count from 1904, and each sheet's part by the sheet's name."""
    workbook = _element(parts["xl/workbook.xml"])
    targets = {
        relation.get("Id", ""): normpath(join("/xl", relation.get("Target", ""))).lstrip("/")
        for relation in _element(parts["xl/_rels/workbook.xml.rels"])
    }
    from_1904 = False
    paths = {}
    for element in workbook.iter():
        local = element.tag.rpartition("}")[2]
        if local == "workbookPr":
            from_1904 = element.get("date1904") in ("1", "true")
        elif local == "sheet":
            relation_id = element.get(_RELATION) or element.get(_STRICT_RELATION) or ""
            paths[element.get("name", "")] = targets[relation_id]
    return from_1904, paths


def _element(part: bytes) -> ET.Element:
    return ET.fromstring(part)  # noqa: S314 -- _parts refused every document type and entity


_PREFIX = re.compile(rb"<(\w+:)?worksheet\b")
_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
_FAR = re.compile(rb'\br="([A-Z]{2,3})\d+"[^>]*[^/]>')


def _prefix(part: bytes) -> bytes:
    """The namespace prefix of the part's tags, mostly empty."""
    found = _PREFIX.search(part)
    return (found.group(1) or b"") if found else b""


def _within_size(name: str, part: bytes) -> None:
    rows = [int(number) for number in _ROW.findall(part)]
    if rows != sorted(rows):
        raise WorkbookRefused(workbook_must_be_readable, reason=f"工作表“{name}”的行次序混乱")
    # A row or column may be there for its looks only: what counts is the last one that holds a value.
    prefix = _prefix(part)
    last_value = max(part.rfind(b"</" + prefix + tag + b">") for tag in (b"v", b"is"))
    last = _ROW.search(part, max(0, part.rfind(b"<" + prefix + b"row ", 0, max(last_value, 0))))
    last_row = int(last.group(1)) if last and last_value >= 0 else 0
    last_column = max(
        (column_index_from_string(letters.decode()) for letters in set(_FAR.findall(part))), default=26
    )
    if last_row * last_column > MOST_CELLS:
        reach = f"第{last_row}行第{last_column}列"
        raise WorkbookRefused(sheet_must_be_of_a_size, sheet=name, reach=reach, most=MOST_CELLS)


def _sheet(book: CalamineWorkbook, name: str, hidden: bool, part: bytes | None) -> Sheet:
    sheet = book.get_sheet_by_name(name)
    read = Sheet(name=name, hidden=hidden, cells=sheet.to_python(skip_empty_area=False))
    read.merges = [
        (top, left, bottom, right) for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
    ]
    if part is not None:
        read.formulas = dict(_formulas(part))
        read.errors = dict(_errors(part))
        read.hidden_rows, read.hidden_columns = _hidden(part)
    return read


_REFERENCE = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_INDEX = re.compile(rb'\bsi="(\d+)"')
_STRING = re.compile(rb'\bt="str"')


def _formulas(part: bytes) -> Iterator[tuple[tuple[int, int], Formula]]:
    """The formula of every cell that has one; a shared one is written out for each of its cells."""
    prefix = _prefix(part)
    shared: dict[bytes, tuple[str, str]] = {}
    formula = re.compile(rb"<" + prefix + rb"f(?:\s([^>]*?))?(?:/>|>(.*?)</" + prefix + rb"f>)", re.DOTALL)
    value = re.compile(rb"<" + prefix + rb"v(?:\s[^>]*)?>[^<]")
    for match in formula.finditer(part):
        start = part.rfind(b"<" + prefix + b"c ", 0, match.start())
        attributes = part[start : part.index(b">", start)]
        reference = _REFERENCE.search(attributes)
        if reference is None:
            raise WorkbookRefused(workbook_must_be_readable, reason="公式单元格没有坐标，请打开后重新保存")
        cell = reference.group(1).decode()
        text = "=" + unescape((match.group(2) or b"").decode("utf-8"), {"&quot;": '"', "&apos;": "'"})
        index = _INDEX.search(match.group(1) or b"")
        if index is not None:
            if text == "=" and index.group(1) in shared:
                origin, master = shared[index.group(1)]
                text = Translator(master, origin=origin).translate_formula(cell)
            else:
                shared[index.group(1)] = (cell, text)
        end = part.index(b"</" + prefix + b"c>", match.end())
        # A formula whose value is the empty text leaves an empty <v> in a cell of type str.
        cached = bool(_STRING.search(attributes)) or bool(value.search(part, match.end(), end))
        row, column = coordinate_to_tuple(cell)
        yield (row - 1, column - 1), Formula(text, cached)


_ERROR = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+[0-9]+)"[^>]*>.*?<(?:\w+:)?v>(.*?)</', re.DOTALL
)


def _errors(part: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b't="e"' in part:
        for reference, text in _ERROR.findall(part):
            row, column = coordinate_to_tuple(reference.decode())
            yield (row - 1, column - 1), text.decode("utf-8")


_HIDDEN = re.compile(rb'<(?:\w+:)?(row|col)\b(?=[^>]*\bhidden="(?:1|true)")([^>]*)>')
_SPAN = re.compile(rb'\b(r|min|max)="(\d+)"')


def _hidden(part: bytes) -> tuple[frozenset[int], frozenset[int]]:
    rows: set[int] = set()
    columns: set[int] = set()
    if b'hidden="' in part:
        for kind, attributes in _HIDDEN.findall(part):
            span = {name: int(number) for name, number in _SPAN.findall(attributes)}
            if kind == b"row" and b"r" in span:
                rows.add(span[b"r"] - 1)
            elif kind == b"col" and b"min" in span:
                columns.update(range(span[b"min"] - 1, min(span.get(b"max", span[b"min"]), 1000)))
    return frozenset(rows), frozenset(columns)
