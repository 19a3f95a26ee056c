"""Night changes colours and nothing else: what is tried on a page by day holds of its layout by night
(tests/accessibility.py)."""

import re
from pathlib import Path

import pytest

SHEETS = sorted((Path(__file__).parents[2] / "web" / "static").glob("*.css"))
NIGHT = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{(.*?\})\s*\}", re.DOTALL)
COLOURS = re.compile(r"\s*:root\s*\{\s*(?:--[a-z-]+:\s*#[0-9a-f]{6};?\s*)+\}")


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_night_sets_the_variables_of_colours_and_nothing_else(sheet: Path) -> None:
    text = sheet.read_text()
    nights = NIGHT.findall(text)
    assert len(nights) == text.count("prefers-color-scheme"), "ask for dark alone, in a block of its own"
    assert [night for night in nights if not COLOURS.fullmatch(night)] == [], (
        "set a variable of :root instead"
    )
