"""The door: a pack from a folder or a zip, everything mended and everything wrong in it.

``read_pack`` reads every sheet, then judges from the single cell outwards, so that each defect is named once, at
its cause. The pack itself comes back only when nothing is an error.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from schemas.charts import Standard
from schemas.packs import (
    Pack,
    PackProblem,
    PackReading,
    Repair,
)
from web.imports import defects, habits
from web.imports.cooperatives import (
    CooperativeSheets,
    hand_over_cooperative,
    judge_cooperative,
    read_cooperative,
    year_of,
)
from web.imports.findings import Findings, in_order
from web.imports.folders import (
    COOPERATIVE,
    OTHER_FORMAT,
    SCANS,
    TOWNSHIP,
    PackFile,
    PackFiles,
    PackRefused,
    open_pack,
)
from web.imports.free_texts import settle_cooperative, settle_township
from web.imports.judges import township
from web.imports.judges.books import Book
from web.imports.judges.references import Known
from web.imports.townships import TownshipSheets, hand_over_township, judge_township, read_township


def read_pack(path: Path, *, cooperative: Standard, collective: Standard) -> PackReading:
    """Read the pack at ``path``, a folder or a zip. ``cooperative`` and ``collective`` are the charts its books
    follow (``ledger.charts.standard``). Nothing is raised for what is wrong with a pack: it is in the reading."""
    try:
        with open_pack(path) as files:
            return read_files(files, cooperative=cooperative, collective=collective)
    except PackRefused as refused:
        findings = Findings()
        findings.report_file(refused.defect, None, raw=path.name, more=refused.figures)
        return PackReading(pack=None, repairs=(), problems=tuple(findings.problems))


def read_files(files: PackFiles, *, cooperative: Standard, collective: Standard) -> PackReading:
    """Read a pack whose files are open already."""
    findings = Findings()
    pack = _read(files, findings, cooperative, collective)
    return PackReading(
        pack=None if findings.has_errors else pack,
        repairs=tuple(sorted(findings.repairs, key=in_order)),
        problems=tuple(sorted(findings.problems, key=in_order)),
    )


_KEYS = (
    "defect",
    "handling",
    "severity",
    "workbook",
    "sheet",
    "row",
    "column",
    "cell",
    "raw",
    "repaired",
    "note",
)


def as_json(reading: PackReading) -> dict[str, list[dict[str, object]]]:
    """Repairs and problems under the keys of a pack's ``expected_problems.json``, for ``import --json``."""
    return {
        "repairs": [_listed(repair) for repair in reading.repairs],
        "problems": [_listed(problem) for problem in reading.problems],
    }


def _listed(found: Repair | PackProblem) -> dict[str, object]:
    fields = msgspec.to_builtins(found)
    fields["handling"] = "repair" if isinstance(found, Repair) else "report"
    listed = {key: fields.get(key) for key in _KEYS}
    return {**listed, "also": fields["also"]} if found.also else listed


def _read(files: PackFiles, findings: Findings, cooperative: Standard, collective: Standard) -> Pack | None:
    sorted_files = _sort_files(files, findings)
    of_cooperatives, of_townships, scans = sorted_files
    cooperatives = [read_cooperative(files, file, name, findings) for file, name in of_cooperatives]
    townships = [read_township(files, file, name, findings) for file, name in of_townships]
    readable = [sheets for sheets in cooperatives if sheets is not None]
    of_township = townships[0] if townships else None
    complete = 0 < len(readable) == len(cooperatives) and of_township is not None
    for sheets in readable:
        settle_cooperative(sheets, findings)
    if of_township is not None:
        settle_township(of_township, findings)
    _judge(readable, of_township, findings, cooperative, collective, complete=complete)
    found = township.read_scans(
        files, scans, findings, books=_books(readable, of_township, complete=complete)
    )
    if findings.has_errors or of_township is None:
        return None
    return Pack(
        cooperatives=tuple(hand_over_cooperative(sheets) for sheets in readable),
        township=hand_over_township(of_township),
        scans=found,
    )


def _sort_files(
    files: PackFiles, findings: Findings
) -> tuple[list[tuple[PackFile, str]], list[tuple[PackFile, str]], list[PackFile]]:
    cooperatives: list[tuple[PackFile, str]] = []
    townships: list[tuple[PackFile, str]] = []
    scans: list[PackFile] = []
    for path in files.system_files:
        findings.repair_file(habits.system_file, path)
    other_format = ""
    for file in files.files:
        if match := COOPERATIVE.match(file.path):
            cooperatives.append((file, match["name"]))
        elif match := TOWNSHIP.match(file.path):
            townships.append((file, match["name"]))
        elif file.path.startswith(SCANS + "/"):
            scans.append(file)
        elif OTHER_FORMAT.match(file.path):
            other_format += file.path
            findings.report_file(defects.workbook_must_be_xlsx, file.path)
        elif township.is_scan(file.path):
            scans.append(file)
            findings.repair_file(habits.scan_elsewhere, file.path)
        elif file.path not in ("expected.json", "expected_problems.json"):
            findings.repair_file(habits.extra_file, file.path)
    if not cooperatives and "合作社-" not in other_format:
        findings.report_file(
            defects.workbook_must_be_present, None, raw="合作社-….xlsx", expected="合作社-….xlsx"
        )
    if not townships and "乡镇-" not in other_format:
        findings.report_file(
            defects.workbook_must_be_present, None, raw="乡镇-….xlsx", expected="乡镇-….xlsx"
        )
    if len(townships) > 1:
        names = "、".join(file.path for file, _ in townships)
        findings.report_file(defects.workbook_must_be_one, townships[1][0].path, files=names)
    return cooperatives, townships[:1], scans


def _judge(
    cooperatives: Sequence[CooperativeSheets],
    of_township: TownshipSheets | None,
    findings: Findings,
    cooperative: Standard,
    collective: Standard,
    *,
    complete: bool,
) -> None:
    villages = township.judge_villages(of_township.villages, findings) if of_township else None
    years: list[int] = []
    for sheets in cooperatives:
        year = year_of(sheets, findings)
        if year is not None and years and year != years[0]:
            findings.report(
                defects.years_must_agree,
                sheets.info,
                (sheets.info.row("会计年度"), "内容"),
                raw=str(year),
                year=year,
                other=years[0],
            )
        elif year is not None:
            years.append(year)
        judge_cooperative(sheets, findings, cooperative, villages, year)
    _short_names(cooperatives, of_township, findings)
    if of_township is not None and villages is not None:
        short_names = {name for sheets in cooperatives for name in (sheets.short_name, sheets.file_name)}
        invested = Known(
            frozenset(short_names),
            complete,
            defects.invested_cooperative_must_exist,
            "name",
        )
        judge_township(of_township, findings, collective, villages, invested, years[0] if years else None)
        of_township.incomplete = not of_township.villages.complete("名称", "村编码") or villages.lacks
        invested.report(findings)
        villages.report(findings)


def _short_names(
    cooperatives: Sequence[CooperativeSheets], of_township: TownshipSheets | None, findings: Findings
) -> None:
    """Scans are found by the short name of a book: no two books have the same."""
    taken = set()
    if of_township is not None:
        taken = {row.name for row in of_township.villages.rows if of_township.villages.knows(row.row, "名称")}
    for sheets in cooperatives:
        if sheets.info.has("单位简称") and sheets.short_name in taken:
            findings.report(
                defects.short_name_must_be_unique,
                sheets.info,
                (sheets.info.row("单位简称"), "内容"),
                raw=sheets.short_name,
                short=sheets.short_name,
            )
        taken.add(sheets.short_name)


def _books(
    cooperatives: Sequence[CooperativeSheets], of_township: TownshipSheets | None, *, complete: bool
) -> dict[str, Book | None]:
    """The books by the short names their scans begin with; ``""`` is None where a book may be missing."""
    found: dict[str, Book | None] = {sheets.short_name: sheets.book for sheets in cooperatives}
    if of_township is None or not complete or of_township.incomplete:
        found[""] = None
    if of_township is not None:
        for village in of_township.villages.rows:
            of = of_township.books
            empty = Book(of_township.vouchers, [], of_township.vouchers.complete("凭证号", "村编码"))
            known = None if of is None or village.name in found else of.get(village.code, empty)
            found[village.name] = known
    return found
