"""The analysis workbook: of ``clean-small`` 汇总, 构成 and 明细 come to what is typed here, to the board and to each other; of a
county of two townships by hand, what books pay each other is left out where both lie in it."""

from collections.abc import Iterable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Connection

from coop.income import rules
from ledger.money import fen_from_yuan, yuan
from schemas.income import Component, Components, Measure, Recognised, Threshold, VillageYear
from schemas.places import Place, PlaceLevel, VillageKind
from schemas.problems import Refusal
from tests.township import TOWNSHIP, YEAR, expected
from tests.township import db as db
from tests.township import engine as engine
from web import boards
from web.boards import PlaceInYear
from web.exports.income_analysis import MOST_ROWS, analysis_must_fit_a_workbook, analysis_sheets, sheets_of
from web.exports.sheets import Cell, Sheet
from web.exports.spreadsheets import workbook

TODAY = date(2026, 1, 15)
BY_MONTH = {
    "450000101200": "0 -1407.20 6234.00 0 -1435.64 5187.79 0 -1488.90 6234.00 0 -1512.21 50533.76 62345.60 62345.60",
    "450000101201": "0 -1289.33 5000.00 0 -1327.56 4001.71 0 -1297.69 5000.00 0 6812.81 33100.06 50000.00 50000.00",
    "450000101202": "0 -964.53 3210.00 0 -989.00 2418.65 0 -1023.15 3210.00 0 -960.54 27203.07 32104.50 51104.50",
    None: "0 -3661.06 14444.00 0 -3752.20 11608.15 0 -3809.74 14444.00 0 4340.06 110836.89 144450.10 163450.10",
}
"""Operating profit that counts, by month; the year; the year with what is unproved (RULES §8)."""
OF_LINGJIAO = [
    "37989.46", "19000.00", "37989.46 / 62332.46", "0.00", "0.00", "", "24000.00", "0.00", "24000.00 / 62332.46",
    "343.00", "0.00", "343.00 / 62332.46", "2202.02", "197.74", "3485.20", "62332.46", "19000.00",
]  # fmt: skip


def fen(text: str) -> list[int]:
    return [fen_from_yuan(one, pointer="") for one in text.split()]


def total(rows: Iterable[tuple[Cell, ...]], column: int) -> int:
    """The fen of a column."""
    return sum(cell for row in rows if isinstance(cell := row[column], int))


def of_village(sheet: Sheet, code: str | None) -> list[Any]:
    """What stands in the one row of a village, without its name; None for the place."""
    (row,) = (row for row in sheet.rows if row[1] == code)
    return list(row[4:])


@pytest.mark.parametrize("place", [TOWNSHIP, "4500", "45"])
def test_the_year_of_clean_small_comes_to_what_is_typed_and_to_the_board(db: Connection, place: str) -> None:
    months, components, figures = analysis_sheets(db, place=place, year=YEAR, as_of=TODAY, locale="zh_CN")
    assert {code: of_village(months, code)[1:] for code in BY_MONTH} == {
        code: fen(text) for code, text in BY_MONTH.items()
    }
    shown = [yuan(one) if isinstance(one, int) else one for one in of_village(components, "450000101202")]
    assert shown == OF_LINGJIAO
    board = boards.board_of(db, place=place, month=YEAR * 100 + 12, as_of=TODAY)
    assert total(figures.rows, 8) == board.whole.counted[Measure.OPERATING_PROFIT]
    for village in board.villages:
        own = [row for row in figures.rows if row[1] == village.village]
        assert [
            total((row for row in own if row[4] == f"{YEAR}-{month:02}"), 8) for month in range(1, 13)
        ] == of_village(months, village.village)[1:13]
        assert of_village(months, village.village)[13] == village.income
        assert expected()["villages"][village.village]["components"] == {
            component: {
                "counted": yuan(total((row for row in own if row[5] == word), 6)),
                "not_counted": yuan(total((row for row in own if row[5] == word), 7)),
            }
            for component, word in WORDS.items()
        }


WORDS = {
    "operating_income": "经营收入",
    "investment_income": "投资收益",
    "subsidies": "补助收入",
    "other_income": "其他收入",
    "operating_expenses": "经营支出",
    "taxes": "税金及附加",
    "administration": "管理费用",
}


COUNTY, SOUTH, NORTH = "450000", "450000101", "450000102"
"""A county, with the township of a village held against operating profit, and that of one held against all income."""


def of_component(**yuan_of: tuple[int, int]) -> Components:
    return {
        Component(name): Recognised(counted=counted * 100, not_counted=not_counted * 100)
        for name, (counted, not_counted) in yuan_of.items()
    }


def years(**months: dict[int, Components]) -> dict[str, VillageYear]:
    codes = {"south": f"{SOUTH}200", "north": f"{NORTH}200"}
    return {
        codes[name]: VillageYear(village=codes[name], year=YEAR, months=of) for name, of in months.items()
    }


def a_county(earned: dict[str, VillageYear], **internal: dict[str, VillageYear]) -> PlaceInYear:
    villages = [
        Place(code=code, name=code[-6:], level=PlaceLevel.VILLAGE, kind=VillageKind.ORDINARY)
        for code in sorted({*earned, f"{SOUTH}200", f"{NORTH}200"})
    ]
    paid = [rules.through(year, 12) for year in internal.get("internal", {}).values()]
    return PlaceInYear(
        board=rules.board(
            villages,
            {code: rules.through(year, 12) for code, year in earned.items()},
            {},
            {
                one.code: Threshold(
                    region=one.code[:9],
                    kind=VillageKind.ORDINARY,
                    year=YEAR,
                    measure=Measure.GROSS_ALL if one.code.startswith(NORTH) else Measure.OPERATING_PROFIT,
                    amount=100_00,
                )
                for one in villages
            },
            place=Place(code=COUNTY, name="清江县", level=PlaceLevel.COUNTY),
            below=(),
            internal={COUNTY: rules.added(paid)},
            month=YEAR * 100 + 12,
            as_of=TODAY,
        ),
        years=earned,
        internal=internal.get("internal", {}),
        internal_of_township=internal.get("internal_of_township", {}),
    )


def test_what_books_pay_each_other_is_left_out_where_both_lie() -> None:
    """A cooperative of the southern township paid 40 to its own village and 30 to the northern one, 5 more without evidence."""
    at_home = years(south={3: of_component(investment_income=(40, 0))})
    beyond = years(north={3: of_component(investment_income=(30, 5))})
    earned = years(
        south={3: of_component(operating_income=(100, 0), investment_income=(40, 0)), 5: of_component(subsidies=(7, 0))},
        north={
            3: of_component(investment_income=(30, 5)),
            4: of_component(subsidies=(9, 0), operating_expenses=(2, 0)),
        },
    )  # fmt: skip
    months, components, figures = sheets = sheets_of(
        a_county(earned, internal=at_home | beyond, internal_of_township=at_home),
        {SOUTH: "南乡"},
        locale="zh_CN",
    )
    assert [(row[0], row[2], row[4], [row[7], row[8], *row[-2:]]) for row in months.rows] == [
        ("南乡", "101200", "经营收益", [140_00, 0, 140_00, 140_00]),
        ("南乡", "合计", "经营收益", [100_00, 0, 100_00, 100_00]),
        (NORTH, "102200", "全部收入", [30_00, 9_00, 39_00, 44_00]),
        (NORTH, "合计", "全部收入", [30_00, 9_00, 39_00, 44_00]),
        ("清江县", "剔除：辖区内其他账套支付", None, [-70_00, 0, -70_00, -75_00]),
        ("清江县", "合计", "各村口径", [100_00, 9_00, 109_00, 109_00]),
    ]
    assert [row[7:10] for row in components.rows[-2:]] == [(-70_00, -5_00, "-70.00 / -70.00"), (0, 0, "")]
    assert [row[4:] for row in figures.rows] == [
        ("2025-03", "经营收入", 100_00, 0, 100_00, 0),
        ("2025-03", "投资收益", 40_00, 0, 40_00, 40_00),
        ("2025-05", "补助收入", 7_00, 0, 0, 0),
        ("2025-03", "投资收益", 30_00, 5_00, 30_00, 30_00),
        ("2025-04", "补助收入", 9_00, 0, 9_00, 0),
        ("2025-04", "经营支出", 2_00, 0, 0, 0),
    ]
    book = openpyxl.load_workbook(BytesIO(workbook(sheets)))
    assert book.sheetnames == ["汇总", "构成", "明细"]
    assert any("合计数已剔除辖区内其他账套支付的70.00元" in str(row[0]) for row in book["汇总"].values)
    cell = book["汇总"].cell(book["汇总"].max_row, 18)
    assert (cell.value, cell.number_format) == (109, "#,##0.00;[Red]-#,##0.00")


def test_a_place_of_which_nothing_is_booked_has_its_villages_with_nothing() -> None:
    months, components, figures = sheets_of(a_county({}), {}, locale="zh_CN")
    assert [set(row[5:]) for row in months.rows] == [{0}] * 5
    assert {row[-2:] for row in components.rows} == {(0, 0)}
    assert figures.rows == ()


def test_a_place_too_large_for_a_workbook_is_refused() -> None:
    month = of_component(**dict.fromkeys(Component, (1, 0)))
    many = MOST_ROWS // (12 * len(Component)) + 1
    codes = [f"{SOUTH[:6]}{no:06}" for no in range(101_200, 101_200 + many)]
    of = {
        code: VillageYear(village=code, year=YEAR, months=dict.fromkeys(range(1, 13), month))
        for code in codes
    }
    with pytest.raises(Refusal) as refused:
        sheets_of(a_county(of), {}, locale="zh_CN")
    assert [one.code for one in refused.value.problems] == [analysis_must_fit_a_workbook.code]
