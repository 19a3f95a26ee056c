"""How much of a printed A4 page a row of a table takes, so that a ledger is cut where its page ends.

A page holds 31 rows of one line. What does not fit the width of its column goes on below, and every further line takes
four fifths of a row: a row of two lines takes 1.8 rows, and beside it 29 rows of one line still fit.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from web.exports.sheets import Cell, Column, Kind

ROWS_A_PAGE = 31
"""Rows of one line on a page lying on its side, below title and header; sums and carried amounts are rows too."""
ROW, FURTHER_LINE = 5, 4
"""Heights, in fifths of a row of one line."""
_PAGE, _MARGINS, _SIGN = 26_900, 320, 300
"""What a page lying on its side, the margins of a cell and a Chinese character are wide, in hundredths of a millimetre."""
_LATIN, _BETWEEN = 180, 75
"""How wide a Latin sign and the gap between Latin and Chinese are, in the same."""
_PIECES = re.compile(r"\s+|[\u0021-\u2e7f]+|.", re.DOTALL)


def height(cells: Sequence[Cell], columns: Sequence[Column]) -> int:
    """How high a row is printed, in fifths of a row of one line; rather too high than too low."""
    whole = sum(column.width for column in columns)
    lines = [
        lines_of(cell, room=_PAGE * column.width // whole - _MARGINS)
        for cell, column in zip(cells, columns, strict=True)
        if isinstance(cell, str) and column.kind is Kind.TEXT
    ]
    return ROW + FURTHER_LINE * (max(lines, default=1) - 1)


def lines_of(text: str, *, room: int) -> int:
    """On how many lines a text stands in a column of ``room`` hundredths of a millimetre, where a Chinese character
    takes 300: words stay whole where they fit, and a line may end one character early for the sake of the punctuation.

    >>> lines_of("收到成员交来的饲料款", room=3000), lines_of("收到成员交来的饲料款", room=2100)
    (1, 2)
    """
    if _wide(text) + _BETWEEN * _changes(text) <= room:
        return 1
    line = max(room - _SIGN, _SIGN)
    lines, filled = 1, 0
    for piece in _PIECES.findall(text):
        wide = _wide(piece)
        width = wide + (2 * _BETWEEN if wide < _SIGN * len(piece) else 0)
        if filled + width <= line or piece.isspace():
            filled += width
        elif width <= line:
            lines, filled = lines + 1, width
        else:
            more = -(-wide // line)
            lines, filled = lines + more - (filled == 0), wide - (more - 1) * line
    return lines


def _wide(text: str) -> int:
    return sum(_SIGN if full else _LATIN for full in _fulls(text))


def _changes(text: str) -> int:
    return sum(one != other for one, other in pairwise(_fulls(text)))


def _fulls(text: str) -> list[bool]:
    """Which signs are as wide as a Chinese character."""
    return [unicodedata.east_asian_width(sign) in "WFA" for sign in text]
