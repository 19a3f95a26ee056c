"""What is read of a department's file, and what is refused in it: by sheet, row and column, everything at once."""

import zipfile
from io import BytesIO

import pytest
import xlsxwriter

from schemas.problems import Refusal
from tests.builders import refused
from web.i18n import say_problem
from web.imports.figures import read_figures

V = "450000101200"
Cells = list[list[object]]


def workbook(comment: str = "", **sheets: Cells) -> bytes:
    """A workbook with these sheets."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                page.write_row(row, 0, cells)
            if comment:
                page.write_comment(0, 0, comment)
    return out.getvalue()


def said(content: bytes, name: str = "数据.xlsx") -> list[str]:
    """Each subject with its figures, one line each."""
    return [
        " ".join(
            [
                row.subject.village[-3:],
                row.subject.household,
                *(f"{one.code}={one.amount}" for one in row.figures),
                row.name,
                row.note,
            ]
        ).strip()
        for row in read_figures(content, name=name).rows
    ]


def test_a_workbook_is_read_sheet_by_sheet() -> None:
    content = workbook(
        村=[
            ["三合镇 外部数据"],
            [],
            ["村编码", "村名", "本年累计村集体经济收入（元）", "备注"],
            [V, "岭脚村", 30000.5, "含分红"],
            [450000101201, "清水村", "１２，０００．００元", ""],
            ["450000101202", "石门村", "", ""],
        ],
        户=[
            ["户编号", "村编码", "Persons of the household", "安置住房面积（㎡）", "自筹资金"],
            ["Q0001", V, 4, 100.01, 10000],
            ["Q0002", V, "3人", "", "—"],
        ],
        说明=[["指标"], ["人口"]],
    )
    assert said(content) == [
        "200  reported_income=3000050 岭脚村 含分红",
        "201  reported_income=1200000 清水村",
        "200 Q0001 persons=4 housing_area=10001 own_funds=1000000",
        "200 Q0002 persons=3",
    ]
    found = read_figures(content, name="三合镇.xlsx")
    assert (found.file.name, found.file.media_type.value.rpartition(".")[2]) == ("三合镇.xlsx", "sheet")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_text_is_read_by_its_header(encoding: str) -> None:
    households = f"村编码,户编号,搬迁人口,安置住房面积\n{V},Q0001,4,100.00\n"
    villages = f"村编码;本年累计财政补助\n{V};20000.00\n"
    assert said(households.encode(encoding), "户.csv") == ["200 Q0001 persons=4 housing_area=10000"]
    assert said(villages.encode(encoding), "村.csv") == ["200  reported_subsidies=2000000"]


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (
            [["村编码", "户编号", "搬迁人口", "安置住房面积"], [V, "Q1", 4.5, 100.001], ["4500", "", 4, 1]],
            [
                "number_must_be_whole /sheets/户/2/搬迁人口",
                "quantity_must_be_in_hundredths /sheets/户/2/安置住房面积",
                "code_must_keep_its_form /sheets/户/3/村编码",
                "cell_must_not_be_empty /sheets/户/3/户编号",
            ],
        ),
        (
            [["村编码", "户编号", "安置面积"], [V, "Q1", 4]],
            ["column_must_be_a_figure /sheets/户/1/安置面积"],
        ),
        ([["村编码", "搬迁人口"], [V, 4]], ["column_must_be_present /sheets/户/1/户编号"]),
        ([["户主", "面积"], ["韦某", 4]], ["sheet_must_have_a_header /sheets/户"]),
        (
            [["村编码", "户编号", "搬迁人口", "Persons of the household"], [V, "Q1", 4, 5]],
            ["column_must_be_one /sheets/户/1/Persons of the household"],
        ),
        (
            [["村编码", "户编号", "户主", "搬迁人口", "备注"], [V, "450000197001010012", "韦某13912341234", 4, "长" * 201]],
            [
                "number_of_a_person_must_stay_out /sheets/户/2/户编号",
                "number_of_a_person_must_stay_out /sheets/户/2/户主",
                "text_must_not_be_so_long /sheets/户/2/备注",
            ],
        ),
        (
            [["村编码", "户编号", "搬迁人口"], [V, 13912341234.0, 4], ["", "联系电话13912341234", ""]],
            [
                "number_of_a_person_must_stay_out /sheets/户/2/户编号",
                "cell_must_not_be_empty /sheets/户/3/村编码",
                "number_of_a_person_must_stay_out /sheets/户/3/户编号",
            ],
        ),
    ],
)  # fmt: skip
def test_what_is_not_certain_is_refused_where_it_stands(rows: Cells, found: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        read_figures(workbook(户=rows), name="户.xlsx")
    assert [f"{one.code} {one.pointer}" for one in refusal.value.problems] == found
    says = "\n".join(" ".join(say_problem("zh_CN", one)) for one in refusal.value.problems)
    assert "工作表“户”" in says
    assert "450000197001010012" not in says
    assert "13912341234" not in says


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", ["figures_must_be_a_table"]),
        (b"%PDF-1.7 \xff\xfe\x00", ["figures_must_be_a_table"]),
        (b"PK\x03\x04 no archive", ["figures_must_be_a_table"]),
        (workbook(户=[["a"]])[:-40], ["figures_must_be_a_table"]),
        (workbook(汇总=[["村编码", "搬迁户数"], [V, 3]]), ["sheet_must_be_known"]),
        (
            workbook(comment="户主电话13912341234", 村=[["村编码", "搬迁户数"], [V, 3]]),
            ["file_must_hold_no_number_of_a_person"],
        ),
    ],
)
def test_what_is_no_table_is_refused(content: bytes, found: list[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        read_figures(content, name="文件")
    assert refused(refusal.value) == found


def test_a_workbook_carries_nothing_else() -> None:
    content = BytesIO(workbook(村=[["村编码", "搬迁户数"], [V, 3]]))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/media/image1.png", b"\x89PNG")
    with pytest.raises(Refusal) as refusal:
        read_figures(content.getvalue(), name="村.xlsx")
    assert refused(refusal.value) == ["file_must_carry_nothing_else"]
