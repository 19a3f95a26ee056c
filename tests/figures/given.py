"""What departments hand in, written so that one reads it: ``450000101200 Q01 persons=4 housing_area=100.00``, a subject a line."""

from coop.figures.kinds import kinds
from ledger.evidence import rules as evidence
from schemas.figures import FigureRow, FigureSubject, GivenFigure, NewParcel


def row(text: str) -> FigureRow:
    """One subject."""
    village, *parts = text.split()
    household = "" if not parts or "=" in parts[0] else parts.pop(0)
    return FigureRow(
        subject=FigureSubject(village=village, household=household),
        figures=tuple(figure(part) for part in parts),
    )


def figure(text: str) -> GivenFigure:
    """``housing_area=100.00``"""
    code, _, number = text.partition("=")
    whole, _, decimals = number.partition(".")
    assert len(decimals) == kinds()[code].decimals, "written as it is kept"
    return GivenFigure(code=code, amount=int(whole + decimals), decimals=len(decimals))


def parcel(month: int, *rows: str) -> NewParcel:
    """A file of a month; other rows are another file."""
    content = "\n".join((str(month), *rows)).encode()
    file = evidence.described(content, name="外部数据.csv", of=evidence.table_type_of)
    return NewParcel(month=month, file=file, rows=tuple(map(row, rows)))
