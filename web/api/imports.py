"""Taking a hand-over pack 移交包 in over HTTP: all of it or nothing, and the same pack again changes nothing.

Packs of scans by the thousand are dropped on the import page, which reads them beside the visitor; here a pack is
read while the program waits for the answer.
"""

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from msgspec import Meta

from schemas.access import Deed
from schemas.packs import AlsoCell, PackProblem, PackReading, Repair
from schemas.problems import Problem, Refusal, Severity
from schemas.units import Value
from web.api.route import Call, Routes, Upload
from web.database import Connection
from web.imports import take
from web.imports.desk import refuse_unless_his
from web.imports.enter import EntryRefused, EntryReport, enter_pack

MOST = 64 * 1024 * 1024
"""Bytes of a pack at the most."""

routes = Routes("Imports 移交包")


class ImportQuery(Value):
    """What the pack is called, and why numbers of it were never used, where any were."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    gaps_reason: Annotated[str, Meta(max_length=200)] = ""


class PackFinding(Value):
    """A habit of spreadsheets that was repaired, or something that must be mended, in the words of
    ``expected_problems.json``."""

    handling: str
    defect: str
    severity: Severity | None
    workbook: str | None
    sheet: str | None
    row: int | None
    column: str | None
    cell: str | None
    raw: str
    repaired: str | None
    note: str | None
    also: tuple[AlsoCell, ...] = ()


class ImportAnswer(Value):
    """What was found in a pack and what taking it in did; no report where something is wrong."""

    repairs: tuple[PackFinding, ...]
    problems: tuple[PackFinding, ...]
    report: EntryReport | None


def _read(call: Call[ImportQuery, Upload]) -> PackReading:
    """The pack, read from its bytes, its scans laid into the store unless it is only tried."""
    with TemporaryDirectory(prefix="pack-") as folder:
        path = Path(folder) / "pack.zip"
        path.write_bytes(call.body.content)
        reading = take.read(path)
        if reading.pack is not None and not call.dry_run:
            take.keep_scans(path, reading.pack, call.house.evidence)
        return reading


@routes.acts(
    "/imports",
    deed=Deed.IMPORT_PACK,
    query=ImportQuery,
    content=Upload,
    answers=ImportAnswer,
    status=201,
    takes=("application/zip", "application/octet-stream"),
    most=MOST,
    receives=_read,
)
def import_pack(db: Connection, call: Call[ImportQuery, PackReading]) -> ImportAnswer:
    """Take in a hand-over pack, a zip of its workbooks and scans. What is wrong is named with workbook, sheet, row and
    column; a dry run lists what would be repaired and written as well."""
    reading, report = call.body, None
    problems = reading.problems
    if reading.pack is not None:
        try:
            report = enter_pack(
                db,
                reading.pack,
                name=call.query.name,
                by=call.by,
                on=call.on,
                at=call.at,
                vault=call.house.keys.vault,
                stored={scan.sha256 for scan in reading.pack.scans},
                gaps_reason=call.query.gaps_reason,
            )
            refuse_unless_his(db, report, reading.pack, rights=call.rights)
        except EntryRefused as refused:
            problems = (*problems, *refused.problems)
    if report is None and not call.dry_run:
        raise Refusal(*map(_problem, problems))
    return ImportAnswer(
        repairs=tuple(_repaired(reading.repairs)), problems=tuple(_reported(problems)), report=report
    )


def _problem(found: PackProblem) -> Problem:
    """A finding as a problem; the pointer leads through workbook and sheet to the cell."""
    parts = [found.workbook, found.sheet, found.row, found.column]
    where = [str(part).replace("~", "~0").replace("/", "~1") for part in parts if part is not None]
    return Problem(
        code=found.code,
        says=found.says,
        remedy=found.remedy,
        figures=found.figures,
        severity=found.severity,
        pointer="".join(f"/{part}" for part in where),
    )


def _repaired(found: Iterable[Repair]) -> Iterable[PackFinding]:
    for one in found:
        yield PackFinding(
            handling="repair",
            defect=one.defect,
            severity=None,
            workbook=one.workbook,
            sheet=one.sheet,
            row=one.row,
            column=one.column,
            cell=one.cell,
            raw=one.raw,
            repaired=one.repaired,
            note=one.note,
            also=one.also,
        )


def _reported(found: Iterable[PackProblem]) -> Iterable[PackFinding]:
    for one in found:
        yield PackFinding(
            handling="report",
            defect=one.defect,
            severity=one.severity,
            workbook=one.workbook,
            sheet=one.sheet,
            row=one.row,
            column=one.column,
            cell=one.cell,
            raw=one.raw,
            repaired=None,
            note=one.note,
            also=one.also,
        )
