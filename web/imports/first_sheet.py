"""The rows of a workbook that has one list on its first sheet."""

from web.imports.cells import is_blank, written
from web.imports.workbooks import read_workbook

Rows = tuple[tuple[str, ...], ...]


def first_sheet(content: bytes) -> Rows:
    """The cells of the first sheet that is to be seen, as they stand, up to the last row and column that say something.
    Raises ``WorkbookRefused`` where it is no workbook that can be read."""
    sheets = read_workbook(content).sheets
    cells = next((sheet.cells for sheet in sheets if not sheet.hidden and sheet.cells), [])
    rows = [[written(cell) for cell in row] for row in cells]
    while rows and all(map(is_blank, rows[-1])):
        rows.pop()
    width = max(
        (place + 1 for row in rows for place, cell in enumerate(row) if not is_blank(cell)), default=0
    )
    return tuple(tuple(row[:width]) for row in rows)
