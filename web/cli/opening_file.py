"""Opening balances in a file: CSV as spreadsheets write it, in UTF-8 or GBK, with the headings of a pack's 期初余额."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from ledger import money
from schemas.openings import MOST_OPENINGS, Opening
from schemas.problems import Fault, Problem, Refusal
from schemas.units import Value

HEADINGS: Mapping[str, str] = {
    "科目编码": "account",
    "科目名称": "",
    "明细": "detail",
    "借方": "debit",
    "贷方": "credit",
    "数量": "quantity",
    "account": "account",
    "name": "",
    "detail": "detail",
    "debit": "debit",
    "credit": "credit",
    "quantity": "quantity",
}
"""What each heading is a column of; an account's name is read by people only."""

_FIGURES = {
    "debit": money.fen_from_yuan,
    "credit": money.fen_from_yuan,
    "quantity": money.hundredths_from_text,
}

openings_must_be_readable = Fault(
    code="openings_must_be_readable",
    says="The file is no CSV in UTF-8 or GBK.",
    remedy="Save the sheet as CSV.",
)
openings_must_have_headings = Fault(
    code="openings_must_have_headings",
    says="The file lacks the headings {missing}.",
    remedy="The first row names the columns: 科目编码, 明细, 借方, 贷方.",
)
heading_must_be_known = Fault(
    code="heading_must_be_known",
    says="The heading {heading} is not known, or is there twice.",
    remedy="Use 科目编码, 科目名称, 明细, 借方, 贷方 and 数量, each once.",
)
openings_must_not_be_too_many = Fault(
    code="openings_must_not_be_too_many",
    says="The file has {count} rows with an amount; a book opens with {least} to {most}.",
    remedy="Look whether it is the right file.",
)


class OpeningTable(Value):
    """The lines of a file with an amount, and the row each stands in, the headings being row 1."""

    lines: tuple[Opening, ...]
    rows: tuple[int, ...]

    def row_of(self, problem: Problem) -> int | None:
        """The row of the file a problem with a line belongs to."""
        place = problem.pointer.removeprefix("/").partition("/")[0]
        return self.rows[int(place)] if place.isdecimal() else None

    def at_its_row(self, problem: Problem) -> Problem:
        """The same problem, pointing to the row and column of the file."""
        row = self.row_of(problem)
        if row is None:
            return problem
        column = problem.pointer.removeprefix("/").partition("/")[2]
        return replace(problem, pointer=f"/rows/{row}" + (f"/{column}" if column else ""))


def openings_in(content: bytes) -> OpeningTable:
    """The opening balances of a file. Rows without an amount are passed over; refused with everything that cannot be
    read."""
    headings, *rows = _rows_of(content) or [[]]
    columns = _columns(headings)
    problems: list[Problem] = []
    lines, places = [], []
    for number, cells in enumerate(rows, 2):
        row = {name: cells[index].strip() for index, name in columns.items() if index < len(cells)}
        figures = {}
        for name, read in _FIGURES.items():
            text = row.get(name, "").replace(",", "")
            try:
                figures[name] = read(text, pointer=f"/rows/{number}/{name}") if text else 0
            except Refusal as refusal:
                problems += refusal.problems
        if any(figures.values()):
            line = Opening(account=row.get("account", ""), detail=row.get("detail", ""), **figures)
            lines.append(line)
            places.append(number)
    if not problems and not 1 <= len(lines) <= MOST_OPENINGS:
        problems.append(openings_must_not_be_too_many.at(count=len(lines), least=1, most=MOST_OPENINGS))
    if problems:
        raise Refusal(*problems)
    return OpeningTable(lines=tuple(lines), rows=tuple(places))


def _rows_of(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return list(csv.reader(io.StringIO(content.decode(encoding), newline=""), strict=True))
        except UnicodeDecodeError:
            continue
        except csv.Error:
            break
    raise Refusal(openings_must_be_readable.at())


def _columns(headings: Sequence[str]) -> Mapping[int, str]:
    problems = list(_faults_of_headings([heading.strip() for heading in headings]))
    if problems:
        raise Refusal(*problems)
    return {
        index: HEADINGS[heading.strip()]
        for index, heading in enumerate(headings)
        if HEADINGS[heading.strip()]
    }


def _faults_of_headings(headings: Sequence[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for heading in headings:
        if heading not in HEADINGS or heading in seen:
            yield heading_must_be_known.at(f"/rows/1/{heading}", heading=heading or "—")
        seen.add(heading)
    there = {HEADINGS.get(heading) for heading in headings}
    missing = [name for name in ("科目编码", "借方", "贷方") if HEADINGS[name] not in there]
    if missing:
        yield openings_must_have_headings.at("/rows/1", missing=", ".join(missing))
