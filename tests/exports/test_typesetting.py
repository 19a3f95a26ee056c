"""What is set on paper, looked at as it comes out of the printer: signs are whole, and figures stay in their column."""

import re
import subprocess
from pathlib import Path

import pytest

from ledger.money import yuan_grouped
from schemas.units import BIGGEST_FEN
from web.exports.prints import sheet_pdf
from web.exports.sheets import Cell, Column, Kind, Sheet

FIGURES = (0, -4911, BIGGEST_FEN, -BIGGEST_FEN, -200 * BIGGEST_FEN)


def printed(folder: Path, *rows: tuple[Cell, ...], kind: Kind = Kind.TEXT, strong: bool = False) -> Path:
    """A page with these rows."""
    page = folder / "page.pdf"
    sheet = Sheet(
        name="x",
        title="x",
        columns=tuple(Column(title="x", kind=kind, width=10) for _ in rows[0]),
        rows=rows,
        strong=tuple(range(len(rows))) if strong else (),
    )
    page.write_bytes(sheet_pdf(sheet, foot="x"))
    return page


def looks(folder: Path, text: str) -> bytes:
    page = printed(folder, (text,))
    return subprocess.run(["pdftoppm", "-gray", "-r", "100", page], capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("sign", "other"),
    [
        ("℃", ""),
        ("℉", ""),
        ("ǎ", ""),
        ("ü", "u"),
        ("½", "1⁄"),
        ("𠮷", "\U000effff"),
        ("㎡", ""),
        ("①", ""),
    ],
)
def test_a_sign_is_printed_whole(tmp_path: Path, sign: str, other: str) -> None:
    """The page looks otherwise than without the sign, than with a part of it, than with the box of a sign unknown."""
    assert looks(tmp_path, sign) != looks(tmp_path, other)


@pytest.mark.parametrize("strong", [False, True])
@pytest.mark.parametrize("columns", [3, 6, 8, 12])
def test_a_figure_stays_in_its_column(tmp_path: Path, columns: int, strong: bool) -> None:
    page = printed(tmp_path, *((fen,) * columns for fen in FIGURES), kind=Kind.MONEY, strong=strong)
    found = subprocess.run(["pdftotext", "-bbox", page, "-"], capture_output=True, check=True, text=True)
    width = 269 / 25.4 * 72 / columns
    for fen in FIGURES:
        spans = [
            (float(left), float(right))
            for left, right in re.findall(
                rf'xMin="([\d.]+)".* xMax="([\d.]+)".*>{re.escape(yuan_grouped(fen))}<', found.stdout
            )
        ]
        assert len(spans) == columns
        for place, (left, right) in enumerate(sorted(spans)):
            start = 14 / 25.4 * 72 + place * width
            assert start < left < right < start + width
