"""Any tolerated habit in any cell leaves the pack the same, and is listed once for each cell it is in."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.imports.workbench import TOWNSHIP_SHEETS, Bench, Cell, Formula, clean, clean_pack
from web.imports import columns
from web.imports.cells import Amount, Choice, Code, Day, Kind, Quantity, Text, VoucherNumber, Whole, YesNo
from web.imports.columns import Layout

Dress = Callable[[Cell], Cell]

FULL_WIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
NUMBERS: tuple[Dress, ...] = (
    lambda value: f"{value:.2f}",
    lambda value: f"{value:.2f} ",
    lambda value: f"\u3000{value:.2f}",
    lambda value: f"{value:.2f}\u00a0",
    lambda value: f"\ufeff{value:.2f}",
    lambda value: f"'{value:.2f}",
    lambda value: f"{value:.2f}".translate(FULL_WIDTH),
    lambda value: f"{value:,.2f} " if isinstance(value, (int, float)) else value,
    lambda value: Formula("=ROUND(1.00,2)", value) if isinstance(value, (int, float)) else value,
)
AMOUNTS: tuple[Dress, ...] = (
    *NUMBERS,
    lambda value: f"¥{value:.2f}",
    lambda value: f"￥{value:.2f}元",
    lambda value: f"{value:.2f}元",
    lambda value: f"人民币{value:.2f}元整",
    lambda value: f"({-value:.2f})" if isinstance(value, (int, float)) and value < 0 else f"{value:.2f}元",
)
WHOLES: tuple[Dress, ...] = (
    lambda value: f"{value:.0f}",
    lambda value: f"{value:.0f} ",
    lambda value: f"{value:.0f}".translate(FULL_WIDTH),
    lambda value: Formula("=ROW()", value) if isinstance(value, (int, float)) else value,
)


def _serial(value: Cell) -> Cell:
    assert isinstance(value, date)
    return float((date(value.year, value.month, value.day) - date(1899, 12, 30)) / timedelta(days=1))


DAYS: tuple[Dress, ...] = (
    lambda value: f"{value:%Y.%m.%d}",
    lambda value: f"{value:%Y/%m/%d}",
    lambda value: f"{value:%Y-%m-%d}",
    lambda value: f"{value:%Y年%m月%d日}",
    lambda value: f"{value:%Y年%m月%d号} ",
    lambda value: f"{value:%Y%m%d}",
    lambda value: f"{value:%Y-%m-%d} 08:30",
    lambda value: f"{value:%Y.%m.%d}".translate(FULL_WIDTH),
    _serial,
)
TEXTS: tuple[Dress, ...] = (
    lambda value: f"{value} ",
    lambda value: f" {value}",
    lambda value: f"{value}\u3000\u3000",
    lambda value: f"\u200b{value}",
    lambda value: f"{value}\n",
)
CODES: tuple[Dress, ...] = (
    lambda value: f"{value} ",
    lambda value: f"　{value}",
    lambda value: f"{value}\u200b",
    lambda value: "".join(chr(ord(letter) + 0xFEE0) for letter in str(value)),
    lambda value: f"{str(value)[0]} {str(value)[1:]}",
    lambda value: float(str(value)) if str(value).isdigit() and len(str(value)) <= 15 else f"{value} ",
)
NUMBERED: tuple[Dress, ...] = (
    lambda value: f"{value} ",
    lambda value: str(value).replace("-", ""),
    lambda value: str(value).replace("-", "－"),
    lambda value: str(value).replace("-", "字第") + "号",
)
WORDS: tuple[Dress, ...] = (lambda value: f"{value} ", lambda value: f"{str(value)[0]} {str(value)[1:]} ")
ANSWERS: tuple[Dress, ...] = (
    lambda value: "Y" if value == "是" else "N",
    lambda value: "√" if value == "是" else "×",
    lambda value: value == "是",
    lambda value: f"{value} ",
)


def _dresses(kind: Kind) -> tuple[Dress, ...]:
    of_kind: tuple[tuple[type[Kind], tuple[Dress, ...]], ...] = (
        (Amount, AMOUNTS),
        (Quantity, NUMBERS),
        (Whole, WHOLES),
        (Day, DAYS),
        (VoucherNumber, NUMBERED),
        (Text, TEXTS),
        (Code, CODES),
        (YesNo, ANSWERS),
        (Choice, WORDS),
    )
    return next((dresses for of, dresses in of_kind if isinstance(kind, of)), ())


class Dressed(NamedTuple):
    """A cell of clean-small, and how it may be written."""

    sheet: str
    address: str
    dresses: tuple[Dress, ...]


def _cells() -> list[Dressed]:
    bench = clean()
    layouts = [of for of in vars(columns).values() if isinstance(of, Layout) and of is not columns.LEGS]
    cells = []
    for layout in layouts:
        header, *rows = bench.sheets[layout.sheet]
        for row, values in enumerate(rows, 2):
            for place, value in enumerate(values):
                kind = layout.column(str(header[place])).kind
                if value is not None and (dresses := _dresses(kind)):
                    cells.append(Dressed(layout.sheet, f"{chr(65 + place)}{row}", dresses))
    return cells


CELLS = _cells()


@st.composite
def dressings(draw: st.DrawFn) -> list[tuple[str, str, Cell]]:
    """Some cells of clean-small, each with another way to write it."""
    bench = clean()
    drawn = []
    for cell in draw(st.lists(st.sampled_from(CELLS), min_size=1, max_size=25, unique=True)):
        column, row = ord(cell.address[0]) - 65, int(cell.address[1:]) - 1
        dress = draw(st.sampled_from(cell.dresses))
        drawn.append((cell.sheet, cell.address, dress(bench.sheets[cell.sheet][row][column])))
    return drawn


def dressed(cells: list[tuple[str, str, Cell]]) -> Bench:
    """clean-small with these cells."""
    bench = clean()
    for sheet, address, value in cells:
        bench.put(sheet, address, value)
    return bench


@given(dressings())
@pytest.mark.fuzz
@settings(max_examples=settings().max_examples * 2 // 3)
def test_a_habit_in_any_cell_leaves_the_pack_the_same_and_is_listed_once(
    cells: list[tuple[str, str, Cell]],
) -> None:
    reading = dressed(cells).reading()
    assert reading.problems == ()
    touched = sorted((sheet, address) for sheet, address, _ in cells)
    assert sorted((str(repair.sheet), str(repair.cell)) for repair in reading.repairs) == touched
    assert reading.pack == clean_pack()


@given(dressings())
@settings(max_examples=10)
def test_the_same_pack_gives_the_same_list_in_the_same_order(cells: list[tuple[str, str, Cell]]) -> None:
    first, second = dressed(cells).reading(), dressed(cells).reading()
    assert first == second
    sheets = [*columns.COOPERATIVE_SHEETS, *TOWNSHIP_SHEETS]
    order = [(sheets.index(str(repair.sheet)), repair.row or 0) for repair in first.repairs]
    assert order == sorted(order)
