"""The township's sheets: villages, thresholds, scores, cadres, bonuses; and scans, which belong to vouchers.

A scan is found by its name, 附件/<账套简称>-<凭证号>-1.png: 清水村-记-0003-1.png proves voucher 记-0003 of that village.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TypeVar

from coop.places.rules import township_of
from schemas.packs import (
    BonusLevel,
    BonusMode,
    BonusRow,
    CadreRow,
    PackScan,
    ThresholdRow,
    VillageOpeningRow,
    VillageRow,
    VillageScoreRow,
)
from web.imports import defects, habits
from web.imports.cells import Unreadable, VoucherNumber, shortest, yuan
from web.imports.columns import BONUS_LEVELS, MEASURES, VILLAGE_KINDS, VoucherRow
from web.imports.findings import Findings, Table
from web.imports.folders import PackFile, PackFiles, PackRefused
from web.imports.judges.books import Book
from web.imports.judges.references import Known, unique

Scored = TypeVar("Scored", VillageScoreRow, CadreRow)

_KINDS = {kind: word for word, kind in VILLAGE_KINDS.items()}
_MEASURES = {measure: word for word, measure in MEASURES.items()}
_LEVELS = {level: word for word, level in BONUS_LEVELS.items()}


def judge_villages(table: Table[VillageRow], findings: Findings) -> Known:
    """The villages, no two of one code or name; one of another township than most is pointed out."""
    unique(
        table,
        ["村编码"],
        defects.village_must_be_unique,
        findings,
        raw=lambda row: row.code,
        code=lambda row: row.code,
    )
    unique(
        table,
        ["名称"],
        defects.village_name_must_be_unique,
        findings,
        raw=lambda row: row.name,
        among=lambda row: table.knows(row.row, "村编码"),
        name=lambda row: row.name,
    )
    coded = [row for row in table.rows if table.knows(row.row, "村编码")]
    townships = Counter(township_of(row.code) for row in coded).most_common(1)
    for row in coded:
        if (township := township_of(row.code)) != (usual := townships[0][0]):
            findings.report(
                defects.village_should_be_of_the_township,
                table,
                (row.row, "村编码"),
                raw=row.code,
                code=row.code,
                township=township,
                usual=usual,
            )
    return Known.of(table, "村编码", defects.village_must_exist, "code")


def judge_thresholds(table: Table[ThresholdRow], findings: Findings) -> None:
    """One positive amount a year, kind of village and measure."""
    unique(
        table,
        ["类别", "年度", "口径"],
        defects.threshold_must_be_unique,
        findings,
        raw=lambda row: _KINDS[row.kind],
        kind=lambda row: _KINDS[row.kind],
        year=lambda row: row.year,
        measure=lambda row: _MEASURES[row.measure],
    )
    for row in table.rows:
        if table.knows(row.row, "金额") and row.amount <= 0:
            findings.report(
                defects.threshold_must_be_positive,
                table,
                (row.row, "金额"),
                raw=yuan(row.amount),
                amount=yuan(row.amount),
            )


def refer_villages(
    villages: Known,
    findings: Findings,
    *,
    openings: Table[VillageOpeningRow],
    vouchers: Table[VoucherRow],
    scores: Table[VillageScoreRow],
    cadres: Table[CadreRow],
) -> None:
    """Every village a row names exists."""
    villages.refer(openings, "村编码", findings=findings)
    villages.refer(vouchers, "村编码", findings=findings)
    villages.refer(scores, "村编码", findings=findings)
    villages.refer(cadres, "村编码", findings=findings)


def judge_scores(table: Table[VillageScoreRow], findings: Findings, *, year: int | None) -> None:
    """One score a village and year, from 0 to 100."""
    unique(
        table,
        ["村编码", "年度"],
        defects.village_score_must_be_unique,
        findings,
        raw=lambda row: row.village,
        village=lambda row: row.village,
    )
    for row in table.rows:
        if year is not None and table.knows(row.row, "年度") and row.year != year:
            findings.report(
                defects.year_must_be_the_packs,
                table,
                (row.row, "年度"),
                raw=str(row.year),
                year=row.year,
                expected=year,
            )
    _scores(table, findings)


def judge_cadres(table: Table[CadreRow], findings: Findings) -> None:
    """A person inside a village is known by village and name, and has one row."""
    unique(
        table,
        ["姓名", "村编码"],
        defects.cadre_must_be_unique,
        findings,
        raw=lambda row: row.name,
        name=lambda row: row.name,
        village=lambda row: row.village,
    )
    _scores(table, findings)


def _scores(table: Table[Scored], findings: Findings) -> None:
    for row in table.rows:
        for column, score in (("得分", row.score), ("养殖效益", row.benefit), ("出勤情况", row.attendance)):
            if table.knows(row.row, column) and not 0 <= score <= 10_000:
                findings.report(
                    defects.score_must_be_within_a_hundred,
                    table,
                    (row.row, column),
                    raw=shortest(score),
                    score=shortest(score),
                )


def judge_bonuses(table: Table[BonusRow], findings: Findings, *, year: int | None) -> None:
    """One row a level and year; the township's has a pool, and no lower tier gets more than a higher one (RULES §7)."""
    unique(
        table,
        ["层级", "年度"],
        defects.bonus_must_be_unique,
        findings,
        raw=lambda row: _LEVELS[row.level],
        level=lambda row: _LEVELS[row.level],
    )
    for row in table.rows:
        if year is not None and table.knows(row.row, "年度") and row.year != year:
            findings.report(
                defects.year_must_be_the_packs,
                table,
                (row.row, "年度"),
                raw=str(row.year),
                year=row.year,
                expected=year,
            )
        if table.knows(row.row, "系数") and min(row.tiers) < 0:
            shown = table.shown(row, "系数")
            findings.report(
                defects.number_must_be_in_range, table, (row.row, "系数"), raw=shown, least=0, most="…"
            )
        elif table.knows(row.row, "系数") and list(row.tiers) != sorted(row.tiers, reverse=True):
            shown = table.shown(row, "系数")
            findings.report(defects.bonus_tiers_must_fall, table, (row.row, "系数"), raw=shown, tiers=shown)
        elif (
            table.knows(row.row, "系数", "方式") and row.mode is BonusMode.COEFFICIENTS and not any(row.tiers)
        ):
            shown = table.shown(row, "系数")
            findings.report(
                defects.bonus_coefficients_must_not_all_be_nought, table, (row.row, "系数"), raw=shown
            )
        if table.knows(row.row, "奖金池") and row.pool is not None and row.pool < 0:
            shown = table.shown(row, "奖金池")
            findings.report(
                defects.number_must_be_in_range, table, (row.row, "奖金池"), raw=shown, least=0, most="…"
            )
        if table.knows(row.row, "层级", "奖金池") and row.level is BonusLevel.TOWNSHIP and not row.pool:
            findings.report(defects.bonus_must_have_a_pool, table, (row.row, "奖金池"))


# --- scans -----------------------------------------------------------------------------------------------------

_OF_VOUCHER = (
    r"[-_—－ ]*(?P<number>[记收付转](?:账|帐)?字?[-_—－ ]*第?[-_—－ ]*[0-9０-９]+号?)"
    r"(?:\s*[-_—－(（ ]\s*(?P<ordinal>[0-9０-９]{1,4})[)）]?)?$"
)
_SCAN = re.compile(r"(?P<book>.+?)" + _OF_VOUCHER)
_NUMBER = VoucherNumber()
_MEDIA_TYPES = {
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".tif": ("image/tiff", (b"II*\x00", b"MM\x00*")),
    ".tiff": ("image/tiff", (b"II*\x00", b"MM\x00*")),
}


def is_scan(path: str) -> bool:
    """Whether a file outside 附件 is named like a scan."""
    name = PurePosixPath(path)
    return name.suffix.casefold() in _MEDIA_TYPES and _SCAN.match(name.stem) is not None


def read_scans(
    files: PackFiles, scans: Iterable[PackFile], findings: Findings, *, books: Mapping[str, Book | None]
) -> tuple[PackScan, ...]:
    """The scans of 附件. ``books`` are known by their short names; None is one whose vouchers are not known."""
    found = []
    strangers: dict[str, list[PackFile]] = {}
    for file in scans:
        scan = _named(file, findings, books, strangers)
        if scan is None:
            continue
        try:
            content = files.read(file.path)
        except PackRefused as refused:
            findings.report_file(
                defects.scan_must_be_readable,
                file.path,
                expected=PurePosixPath(file.path).suffix,
                more=refused.figures,
            )
            continue
        suffix = PurePosixPath(file.path).suffix.casefold()
        media_type, magic = _MEDIA_TYPES[suffix]
        if not content.startswith(magic):
            reason = "文件为空" if not content else "内容不是该类型的文件"
            findings.report_file(defects.scan_must_be_readable, file.path, expected=suffix, reason=reason)
            continue
        book, number, ordinal = scan
        found.append(
            PackScan(
                path=file.path,
                sha256=sha256(content).hexdigest(),
                size=len(content),
                media_type=media_type,
                book=book,
                voucher=number,
                ordinal=ordinal,
            )
        )
    for name, files_of in strangers.items():
        number = f"，共{len(files_of)}个文件" if len(files_of) > 1 else ""
        findings.report_file(
            defects.scan_should_name_a_voucher,
            files_of[0].path,
            scan=PurePosixPath(files_of[0].path).name,
            reason=f"没有简称为“{name}”的账套{number}",
        )
    return tuple(found)


def _named(
    file: PackFile, findings: Findings, books: Mapping[str, Book | None], strangers: dict[str, list[PackFile]]
) -> tuple[str, str, int] | None:
    """The book, voucher number and place that a scan's name says; None, and reported, if it says none."""
    path = PurePosixPath(file.path)
    known = max((name for name in books if path.stem.startswith(name)), key=len, default="")
    match = (
        re.match(f"(?P<book>{re.escape(known)})" + _OF_VOUCHER, path.stem)
        if known
        else _SCAN.match(path.stem)
    )
    number = ""
    if match is not None:
        try:
            number = str(_NUMBER.read(match["number"]).value)
        except Unreadable:
            match = None
    if match is None or path.suffix.casefold() not in _MEDIA_TYPES:
        reason = "文件名应为<账套简称>-<凭证号>-1.png"
    elif (name := match["book"]) not in books and None not in books.values():
        strangers.setdefault(name, []).append(file)
        return None
    elif (book := books.get(name)) is not None and (gap := book.gap(number)) is not None:
        # That the voucher is missing is named already; the scan says that there was one.
        text = f"附件有{number}的扫描件"
        findings.remark(defects.voucher_numbers_should_be_continuous.code, book.table, gap.row, text)
        return None
    elif (
        book is not None and book.certain and number not in {*book.by_number, *book.elsewhere, *book.mistyped}
    ):
        reason = f"{name}没有{number}号凭证"
    else:
        ordinal = int(match["ordinal"] or 1)
        if path.stem != f"{name}-{number}-{ordinal}":
            findings.repair_file(habits.scan_name_form, file.path, repaired=f"{name}-{number}-{ordinal}")
        return name, number, ordinal
    findings.report_file(defects.scan_should_name_a_voucher, file.path, scan=path.name, reason=reason)
    return None
