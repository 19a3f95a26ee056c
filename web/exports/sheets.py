"""A table on its way out of the house, whatever it becomes: a spreadsheet, text for another program, a printed page."""

import datetime
from enum import StrEnum

from schemas.units import Fen, Hundredths, Value


class Kind(StrEnum):
    """What a column holds; it decides how the figure is written and on which side it stands."""

    TEXT = "text"
    MONEY = "money"
    QUANTITY = "quantity"
    COUNT = "count"
    DAY = "day"


class Column(Value):
    """A column: its title in the reader's language, what it holds, how wide it is (in characters)."""

    title: str
    kind: Kind = Kind.TEXT
    width: int = 12


class Figure(Value):
    """A figure counted in a unit of its own, which stands beside it: as it is read, with just its decimals (``35``,
    ``25.0025``)."""

    text: str

    @property
    def decimals(self) -> int:
        """How many digits stand behind its point."""
        return len(self.text.partition(".")[2])


Cell = str | Fen | Hundredths | datetime.date | Figure | None


class Sheet(Value):
    """A titled table. ``under`` are the lines below the title (whose book, which months); ``strong`` names the
    rows that are sums; ``breaks`` the rows before which a printed page ends; ``stays`` counts the first columns, which stay in
    sight in a workbook."""

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    under: tuple[str, ...] = ()
    strong: tuple[int, ...] = ()
    breaks: tuple[int, ...] = ()
    stays: int = 0
    landscape: bool = True
