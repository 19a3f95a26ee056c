"""What a row refers to must exist: a member, a counterparty, an account, a village.

One number that is missing is one defect, however many rows use it: it is reported where it is first used, with
the other cells of that sheet, and the other sheets are named.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from schemas.packs import SheetRow
from web.imports import habits
from web.imports.columns import SHEET_ORDER
from web.imports.defects import Defect
from web.imports.findings import Area, At, Findings, Table

R = TypeVar("R", bound=SheetRow)


@dataclass
class Known:
    """The codes there are. Not ``certain`` when one of them could not be read: then nothing is missing for sure."""

    codes: frozenset[str]
    certain: bool
    defect: Defect
    figure: str
    _missing: dict[str, dict[tuple[str, str], tuple[Area, list[At]]]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table[R], column: str, defect: Defect, figure: str) -> "Known":
        """The codes of a table's key column."""
        of = table.layout.column(column).field
        codes = frozenset(getattr(row, of) for row in table.rows)
        return cls(codes, table.complete(column), defect, figure)

    def refer(
        self, table: Table[R], column: str, *, among: Callable[[R], bool] = lambda _: True, findings: Findings
    ) -> None:
        """Look every value of the column up. Upper and lower case are certain where only one code fits."""
        of = table.layout.column(column).field
        folded: dict[str, str] | None = None
        for place, row in enumerate(table.rows):
            code = getattr(row, of)
            if not code or code in self.codes or not table.knows(row.row, column) or not among(row):
                continue
            if folded is None:
                folded = {known.casefold(): known for known in self.codes}
            meant = folded.get(code.casefold())
            if meant is not None:
                table.amend(place, column, meant)
                findings.repair(table, [habits.letter_case], (row.row, column), raw=code, repaired=meant)
            else:
                self.miss(table, (row.row, column), code)

    def miss(self, area: Area, at: At, code: str) -> None:
        """Remember a use of a code that does not exist; the cell is doubtful from now on."""
        row, column = at
        if column is not None:
            area.doubtful.add((row, column))
        if self.certain:
            places = self._missing.setdefault(code, {})
            places.setdefault((area.workbook, area.sheet), (area, []))[1].append(at)

    @property
    def lacks(self) -> bool:
        """Whether any row named a code that does not exist."""
        return bool(self._missing)

    def is_missing(self, code: str) -> bool:
        """Whether another row already named this code."""
        return code in self._missing

    def report(self, findings: Findings) -> None:
        """Report what is missing, each code once."""
        for code, places in self._missing.items():
            (area, cells), *others = sorted(
                places.values(), key=lambda place: (place[0].workbook, SHEET_ORDER.get(place[0].sheet, 0))
            )
            sheets = "、".join(dict.fromkeys(other.sheet for other, _ in others))
            findings.report(
                self.defect,
                area,
                cells[0],
                raw=code,
                also=cells[1:],
                note=f"{sheets}也用到该编号" if sheets else None,
                more={self.figure: code},
            )
        self._missing.clear()


def unique(
    table: Table[R],
    columns: Iterable[str],
    defect: Defect,
    findings: Findings,
    *,
    raw: Callable[[R], str],
    among: Callable[[R], bool] = lambda _: True,
    **figures: Callable[[R], object],
) -> None:
    """No two rows have the same values in these columns; the later row is named, at the first of the columns."""
    named = tuple(columns)
    fields = [table.layout.column(name).field for name in named]
    first: dict[tuple[object, ...], R] = {}
    for row in table.rows:
        if not table.knows(row.row, *named) or not among(row):
            continue
        key = tuple(getattr(row, of) for of in fields)
        if not any(key):
            continue
        earlier = first.setdefault(key, row)
        if earlier is not row:
            findings.report(
                defect,
                table,
                (row.row, named[0]),
                raw=raw(row),
                also=[(earlier.row, named[0])],
                more={name: figure(row) for name, figure in figures.items()},
            )
            # The earlier row is as good as the later one: only the number the two share is in doubt.
            table.doubtful.discard((earlier.row, named[0]))
