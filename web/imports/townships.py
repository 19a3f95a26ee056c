"""The township's workbook: read sheet by sheet, judged, handed over as one value."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.charts import Standard
from schemas.packs import (
    BonusRow,
    CadreRow,
    PackTownship,
    ThresholdRow,
    VillageBook,
    VillageOpeningRow,
    VillageRow,
    VillageScoreRow,
)
from web.imports import columns
from web.imports.columns import VoucherRow
from web.imports.contents import Contents, open_workbook
from web.imports.findings import Findings, Table
from web.imports.folders import (
    PackFile,
    PackFiles,
)
from web.imports.judges import lines, openings, township, vouchers
from web.imports.judges.books import Book
from web.imports.judges.references import Known


@dataclass
class TownshipSheets:
    workbook: str
    name: str
    villages: Table[VillageRow]
    thresholds: Table[ThresholdRow]
    openings: Table[VillageOpeningRow]
    vouchers: Table[VoucherRow]
    scores: Table[VillageScoreRow]
    cadres: Table[CadreRow]
    bonuses: Table[BonusRow]
    books: Mapping[str, Book] | None = None
    incomplete: bool = False


def read_township(files: PackFiles, file: PackFile, name: str, findings: Findings) -> TownshipSheets | None:
    workbook = open_workbook(files, file, findings)
    if workbook is None:
        return None
    sheets = Contents(workbook, file.path, columns.TOWNSHIP_SHEETS, findings)
    return TownshipSheets(
        workbook=file.path,
        name=name,
        villages=sheets.table(columns.VILLAGES),
        thresholds=sheets.table(columns.THRESHOLDS),
        openings=sheets.table(columns.VILLAGE_OPENINGS),
        vouchers=sheets.table(columns.VILLAGE_VOUCHERS),
        scores=sheets.table(columns.VILLAGE_SCORES),
        cadres=sheets.table(columns.CADRES),
        bonuses=sheets.table(columns.BONUSES),
    )


def judge_township(
    sheets: TownshipSheets,
    findings: Findings,
    standard: Standard,
    villages: Known,
    invested: Known,
    year: int | None,
) -> None:
    township.judge_thresholds(sheets.thresholds, findings)
    township.refer_villages(
        villages,
        findings,
        openings=sheets.openings,
        vouchers=sheets.vouchers,
        scores=sheets.scores,
        cadres=sheets.cadres,
    )
    openings.judge_openings(
        sheets.openings, standard, findings, book=lambda row: row.village, cooperatives=invested
    )
    lines.judge_lines(sheets.vouchers, standard, findings, cooperatives=invested)
    if sheets.vouchers.present:
        sheets.books = vouchers.judge_vouchers(sheets.vouchers, findings, year=year)
    township.judge_scores(sheets.scores, findings, year=year)
    township.judge_cadres(sheets.cadres, findings)
    township.judge_bonuses(sheets.bonuses, findings, year=year)


def hand_over_township(sheets: TownshipSheets) -> PackTownship:
    assert sheets.books is not None
    of_village = sheets.books
    return PackTownship(
        workbook=sheets.workbook,
        name=sheets.name,
        villages=tuple(sheets.villages.rows),
        thresholds=tuple(sheets.thresholds.rows),
        books=tuple(
            VillageBook(
                village=village.code,
                openings=tuple(row for row in sheets.openings.rows if row.village == village.code),
                vouchers=tuple(entry.voucher() for entry in of_village[village.code].entries)
                if village.code in of_village
                else (),
            )
            for village in sheets.villages.rows
        ),
        scores=tuple(sheets.scores.rows),
        cadres=tuple(sheets.cadres.rows),
        bonuses=tuple(sheets.bonuses.rows),
    )
