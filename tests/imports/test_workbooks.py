"""What a spreadsheet's XML says beside its values: formulas, error values, hidden cells, and what it must not say."""

from datetime import date
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from tests.imports.workbench import COOPERATIVE_FILE, clean, listed
from web.imports.workbooks import Formula, WorkbookRefused, read_workbook

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def book_of(sheet: str, *, workbook: str = "", prefix: str = "") -> bytes:
    """A workbook of one sheet 交易 with this XML inside ``worksheet``; ``workbook`` in place of its index."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        book.add_worksheet("交易")
    tag, namespace = (f"{prefix}:worksheet", f"xmlns:{prefix}") if prefix else ("worksheet", "xmlns")
    instead = {"xl/worksheets/sheet1.xml": f'{HEAD}<{tag} {namespace}="{MAIN}">{sheet}</{tag}>'}
    if workbook:
        instead["xl/workbook.xml"] = workbook
    target = BytesIO()
    with ZipFile(made) as source, ZipFile(target, "w", ZIP_DEFLATED) as archive:
        for name in source.namelist():
            archive.writestr(name, instead.get(name, source.read(name)))
    return target.getvalue()


def rows(*cells: str) -> str:
    """Sheet data of one row."""
    return f'<sheetData><row r="1">{"".join(cells)}</row></sheetData>'


FORMULAS: tuple[tuple[str, dict[tuple[int, int], Formula]], ...] = (
    ('<c r="F1"><f>D1*0.3</f><v>453</v></c>', {(0, 5): Formula("=D1*0.3", True)}),
    ('<c r="F1"><f>D1*0.3</f></c>', {(0, 5): Formula("=D1*0.3", False)}),
    ('<c r="F1"><f>D1*0.3</f><v></v></c>', {(0, 5): Formula("=D1*0.3", False)}),
    ('<c r="F1"><f>D1*0.3</f><v/></c>', {(0, 5): Formula("=D1*0.3", False)}),
    ('<c r="F1" t="str"><f>IF(A1="","",A1)</f><v></v></c>', {(0, 5): Formula('=IF(A1="","",A1)', True)}),
    ('<c r="F1"><f>IF(A1&gt;0,1,2)</f><v>1</v></c>', {(0, 5): Formula("=IF(A1>0,1,2)", True)}),
    (
        '<c r="A1"><f t="shared" ref="A1:B1" si="0">A2*2</f><v>4</v></c><c r="B1"><f t="shared" si="0"/><v>6</v></c>',
        {(0, 0): Formula("=A2*2", True), (0, 1): Formula("=B2*2", True)},
    ),
    ('<c r="A1"><v>1</v></c>', {}),
)


@pytest.mark.parametrize(("cells", "expected"), FORMULAS)
def test_formulas_are_found_with_or_without_their_value(
    cells: str, expected: dict[tuple[int, int], Formula]
) -> None:
    (sheet,) = read_workbook(book_of(rows(cells))).sheets
    assert sheet.formulas == expected


def test_a_namespace_prefix_hides_nothing() -> None:
    xml = (
        '<x:sheetData><x:row r="1"><x:c r="A1"><x:f>1+1</x:f><x:v>2</x:v></x:c>'
        '<x:c r="B1" t="e"><x:v>#N/A</x:v></x:c></x:row></x:sheetData>'
    )
    (sheet,) = read_workbook(book_of(xml, prefix="x")).sheets
    assert sheet.cells == [[2.0, ""]]
    assert sheet.formulas == {(0, 0): Formula("=1+1", True)}
    assert sheet.errors == {(0, 1): "#N/A"}


def test_error_values_are_found_which_the_reader_gives_as_empty() -> None:
    cells = '<c r="A1" t="e"><v>#REF!</v></c><c r="B1" s="1" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="C1"><v>1</v></c>'
    (sheet,) = read_workbook(book_of(rows(cells))).sheets
    assert sheet.errors == {(0, 0): "#REF!", (0, 1): "#DIV/0!"}


def test_hidden_rows_and_columns_are_found() -> None:
    xml = (
        '<cols><col min="3" max="4" width="9" hidden="1"/></cols><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="2" hidden="1"><c r="A2"><v>2</v></c></row></sheetData>'
    )
    (sheet,) = read_workbook(book_of(xml)).sheets
    assert (sheet.hidden_rows, sheet.hidden_columns) == (frozenset({1}), frozenset({2, 3}))


def test_dates_of_a_workbook_that_counts_from_1904_are_the_same_days() -> None:
    book = openpyxl.load_workbook(BytesIO(clean().contents()[COOPERATIVE_FILE]))
    book.epoch = CALENDAR_MAC_1904
    book["交易"]["A6"].value = 44306
    book["交易"]["A6"].number_format = "General"
    target = BytesIO()
    book.save(target)
    bench = clean()
    bench.files = {COOPERATIVE_FILE: target.getvalue()}
    reading = bench.reading()
    assert listed(reading) == ["交易!A6 repair 日期为Excel序列号"]
    assert reading.pack is not None
    assert [row.on for row in reading.pack.cooperatives[0].trades[:5]] == [
        *[date(2025, 3, 21)] * 4,
        date(2025, 4, 21),
    ]


def test_looks_far_away_cost_nothing() -> None:
    row = '<row r="1"><c r="A1"><v>1</v></c></row>'
    far = "".join(f'<row r="{number}" s="1" customFormat="1"/>' for number in range(2, 60_000))
    (sheet,) = read_workbook(book_of(f"<sheetData>{row}{far}</sheetData>")).sheets
    assert sheet.cells == [[1.0]]


REFUSED = (
    (
        "a cell at the far corner",
        book_of('<sheetData><row r="1"/><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'),
        "工作表过大",
    ),
    (
        "rows out of order",
        book_of(
            '<sheetData><row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData>'
        ),
        "工作簿无法读取",
    ),
    (
        "an entity",
        book_of(
            "", workbook=f'{HEAD}<!DOCTYPE a [<!ENTITY b "c">]><workbook xmlns="{MAIN}"><sheets/></workbook>'
        ),
        "工作簿无法读取",
    ),
    ("no sheets part", book_of("", workbook=f'{HEAD}<workbook xmlns="{MAIN}"'), "工作簿无法读取"),
    (
        "a sheet without its part",
        book_of(
            "",
            workbook=f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
            '<sheet name="交易" sheetId="1" r:id="rId9"/></sheets></workbook>',
        ),
        "工作簿无法读取",
    ),
    ("a formula without a place", book_of(rows("<c><f>1+1</f><v>2</v></c>")), "工作簿无法读取"),
)


@pytest.mark.parametrize(("content", "defect"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_a_workbook_that_is_not_safe_is_refused(content: bytes, defect: str) -> None:
    with pytest.raises(WorkbookRefused) as refused:
        read_workbook(content)
    assert refused.value.defect.zh == defect


def test_a_workbook_refused_is_one_problem_of_the_pack() -> None:
    bench = clean()
    bench.files = {COOPERATIVE_FILE: book_of(rows("<c><f>1+1</f><v>2</v></c>"))}
    assert listed(bench.reading()) == [f"{COOPERATIVE_FILE} error 工作簿无法读取"]
