"""The door: a pack from a folder or a zip, everything mended and everything wrong in it.

``read_pack`` reads every sheet, then judges from the single cell outwards, so that each defect is named once, at
its cause. The pack itself comes back only when nothing is an error.
"""

import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

import msgspec

from schemas.charts import Standard
from schemas.packs import (
    AnimalRow,
    BallotRow,
    BonusRow,
    CadreRow,
    CounterpartyRow,
    ManagerPost,
    MemberRow,
    OpeningRow,
    Pack,
    PackCooperative,
    PackProblem,
    PackReading,
    PackTownship,
    PolicyLeg,
    Repair,
    ShareRow,
    SheetRow,
    ThresholdRow,
    TradeRow,
    VillageBook,
    VillageOpeningRow,
    VillageRow,
    VillageScoreRow,
    WorkDayRow,
)
from web.imports import columns, defects
from web.imports.cells import tidy
from web.imports.columns import Layout, VoucherRow
from web.imports.findings import Area, Findings, Table, in_order
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
from web.imports.judges import books, farm, members, plans, shares, township
from web.imports.judges.books import Book
from web.imports.judges.references import Known
from web.imports.sheets import Form, find_header, first_blank, read_form, read_table
from web.imports.workbooks import Sheet, Workbook, WorkbookRefused, read_workbook

R = TypeVar("R", bound=SheetRow)


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


# --- reading ---------------------------------------------------------------------------------------------------


@dataclass
class _CooperativeSheets:
    workbook: str
    file_name: str
    info: Form
    members: Table[MemberRow]
    counterparties: Table[CounterpartyRow]
    shares: Table[ShareRow]
    openings: Table[OpeningRow]
    vouchers: Table[VoucherRow]
    trades: Table[TradeRow]
    work_days: Table[WorkDayRow]
    animals: Table[AnimalRow]
    ballots: Table[BallotRow]
    plan: Form
    legs: Table[PolicyLeg]
    book: Book | None = None
    managers: tuple[ManagerPost, ...] | None = None
    standard: Standard | None = None

    @property
    def year(self) -> int | None:
        """会计年度, if it could be read."""
        year = self.info.value("会计年度")
        return year if isinstance(year, int) and self.info.has("会计年度") else None

    @property
    def founded(self) -> date | None:
        """建账日期, if it could be read."""
        day = self.info.value("建账日期")
        return day if isinstance(day, date) and self.info.has("建账日期") else None

    @property
    def short_name(self) -> str:
        """单位简称; of an unreadable sheet, the name of the file."""
        return str(self.info.value("单位简称")) if self.info.has("单位简称") else self.file_name


@dataclass
class _TownshipSheets:
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


def _read(files: PackFiles, findings: Findings, cooperative: Standard, collective: Standard) -> Pack | None:
    sorted_files = _sort_files(files, findings)
    of_cooperatives, of_townships, scans = sorted_files
    cooperatives = [_read_cooperative(files, file, name, findings) for file, name in of_cooperatives]
    townships = [_read_township(files, file, name, findings) for file, name in of_townships]
    readable = [sheets for sheets in cooperatives if sheets is not None]
    of_township = townships[0] if townships else None
    complete = 0 < len(readable) == len(cooperatives) and of_township is not None
    _judge(readable, of_township, findings, cooperative, collective, complete=complete)
    found = township.read_scans(
        files, scans, findings, books=_books(readable, of_township, complete=complete)
    )
    if findings.has_errors or of_township is None:
        return None
    return Pack(
        cooperatives=tuple(_cooperative(sheets) for sheets in readable),
        township=_township(of_township),
        scans=found,
    )


def _sort_files(
    files: PackFiles, findings: Findings
) -> tuple[list[tuple[PackFile, str]], list[tuple[PackFile, str]], list[PackFile]]:
    cooperatives: list[tuple[PackFile, str]] = []
    townships: list[tuple[PackFile, str]] = []
    scans: list[PackFile] = []
    for path in files.system_files:
        findings.repair_file(defects.system_file, path)
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
            findings.repair_file(defects.scan_elsewhere, file.path)
        elif file.path not in ("expected.json", "expected_problems.json"):
            findings.repair_file(defects.extra_file, file.path)
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


def _open(files: PackFiles, file: PackFile, findings: Findings) -> Workbook | None:
    try:
        return read_workbook(files.read(file.path))
    except PackRefused as refused:
        findings.report_file(defects.workbook_must_be_readable, file.path, more=refused.figures)
    except WorkbookRefused as refused:
        area = Area(file.path, refused.sheet or "")
        if refused.sheet:
            findings.report(refused.defect, area, raw=refused.sheet, more=refused.figures)
        else:
            findings.report_file(refused.defect, file.path, more=refused.figures)
    return None


class _Sheets:
    """The sheets of one workbook, found by name and read one by one."""

    def __init__(self, workbook: Workbook, path: str, layouts: Sequence[str], findings: Findings) -> None:
        self.path = path
        self.findings = findings
        self.from_1904 = workbook.from_1904
        self.found: dict[str, Sheet] = {}
        self.lost: set[str] = set()
        extras: list[Sheet] = []
        for sheet in workbook.sheets:
            name = sheet.name if sheet.name in layouts else _loose_sheet(sheet.name, layouts)
            if name is None:
                extras.append(sheet)
            elif name in self.found:
                area = Area(path, sheet.name)
                findings.report(defects.sheet_must_be_one, area, raw=sheet.name, expected=name)
            else:
                self.found[name] = sheet
                area = Area(path, name)
                if name != sheet.name:
                    findings.repair(area, [defects.sheet_name_form], None, raw=sheet.name, repaired=name)
                if sheet.hidden:
                    findings.repair(area, [defects.hidden_sheet], None, raw=sheet.name)
        for name in layouts:
            if name not in self.found:
                self._missing(name, extras)
        for sheet in extras:
            area = Area(path, sheet.name)
            like = next((name for name in layouts if _looks_like(sheet, name)), None)
            if like is not None:
                findings.report(defects.sheet_should_not_be_a_second, area, raw=sheet.name, like=like)
            else:
                filled = any(any(cell != "" for cell in row) for row in sheet.cells)
                habit = defects.extra_sheet if filled else defects.empty_sheet
                findings.repair(area, [habit], None, raw=sheet.name)

    def _missing(self, name: str, extras: list[Sheet]) -> None:
        renamed = next((sheet for sheet in extras if _looks_like(sheet, name)), None)
        if renamed is not None:
            extras.remove(renamed)
            self.findings.report(
                defects.sheet_must_keep_its_name,
                Area(self.path, renamed.name),
                raw=renamed.name,
                expected=name,
                found=renamed.name,
            )
        else:
            self.findings.report(defects.sheet_must_be_present, Area(self.path, name), raw=name)

    def table(self, layout: Layout[R], *, start: int = 0) -> Table[R]:
        """The rows of a sheet; of one that is missing, none and nothing known."""
        sheet = self.found.get(layout.sheet)
        if sheet is None:
            return Table(workbook=self.path, sheet=layout.sheet, present=False, layout=layout)
        return read_table(
            sheet, layout, workbook=self.path, findings=self.findings, from_1904=self.from_1904, start=start
        )

    def info(self) -> Form:
        """基本信息."""
        sheet = self.found.get(columns.INFO)
        if sheet is None:
            return Form(self.path, columns.INFO, present=False)
        return read_form(
            sheet,
            columns.INFO_ITEMS,
            name=columns.INFO,
            workbook=self.path,
            findings=self.findings,
            patterns=[(columns.MANAGER, columns.MANAGER_ITEM)],
            from_1904=self.from_1904,
        )

    def plan(self) -> tuple[Form, Table[PolicyLeg]]:
        """分配方案: the items, and below a blank row the legs."""
        sheet = self.found.get(columns.PLAN)
        if sheet is None:
            legs: Table[PolicyLeg] = Table(
                workbook=self.path, sheet=columns.PLAN, present=False, layout=columns.LEGS
            )
            return Form(self.path, columns.PLAN, present=False), legs
        start = find_header(sheet, columns.LEGS)
        stop = first_blank(sheet) if start is None else start
        form = read_form(
            sheet,
            columns.PLAN_ITEMS,
            name=columns.PLAN,
            workbook=self.path,
            findings=self.findings,
            patterns=[(columns.COMMISSION_BASE, columns.COMMISSION_BASE_ITEM)],
            unknown=defects.item_must_be_known,
            from_1904=self.from_1904,
            stop=stop,
        )
        if start is None:
            legs = Table(workbook=self.path, sheet=columns.PLAN, present=False, layout=columns.LEGS)
            self.findings.report(defects.plan_must_have_legs, legs)
            return form, legs
        return form, self.table(columns.LEGS, start=start)


def _loose_sheet(name: str, layouts: Sequence[str]) -> str | None:
    loose = "".join(unicodedata.normalize("NFKC", tidy(name)[0]).split())
    return loose if loose in layouts else None


def _looks_like(sheet: Sheet, name: str) -> bool:
    """Whether a sheet has the header of the one that is missing."""
    for value in vars(columns).values():
        if isinstance(value, Layout) and value.sheet == name:
            header = find_header(sheet, value)
            if header is not None:
                return True
    return False


def _read_cooperative(
    files: PackFiles, file: PackFile, name: str, findings: Findings
) -> _CooperativeSheets | None:
    workbook = _open(files, file, findings)
    if workbook is None:
        return None
    sheets = _Sheets(workbook, file.path, columns.COOPERATIVE_SHEETS, findings)
    plan, legs = sheets.plan()
    return _CooperativeSheets(
        workbook=file.path,
        file_name=name,
        info=sheets.info(),
        members=sheets.table(columns.MEMBERS),
        counterparties=sheets.table(columns.COUNTERPARTIES),
        shares=sheets.table(columns.SHARES),
        openings=sheets.table(columns.OPENINGS),
        vouchers=sheets.table(columns.VOUCHERS),
        trades=sheets.table(columns.TRADES),
        work_days=sheets.table(columns.WORK_DAYS),
        animals=sheets.table(columns.ANIMALS),
        ballots=sheets.table(columns.BALLOTS),
        plan=plan,
        legs=legs,
    )


def _read_township(files: PackFiles, file: PackFile, name: str, findings: Findings) -> _TownshipSheets | None:
    workbook = _open(files, file, findings)
    if workbook is None:
        return None
    sheets = _Sheets(workbook, file.path, columns.TOWNSHIP_SHEETS, findings)
    return _TownshipSheets(
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


# --- judging ---------------------------------------------------------------------------------------------------


def _judge(
    cooperatives: Sequence[_CooperativeSheets],
    of_township: _TownshipSheets | None,
    findings: Findings,
    cooperative: Standard,
    collective: Standard,
    *,
    complete: bool,
) -> None:
    villages = township.judge_villages(of_township.villages, findings) if of_township else None
    years: list[int] = []
    for sheets in cooperatives:
        year = _year(sheets, findings)
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
        _judge_cooperative(sheets, findings, cooperative, villages, year)
    _short_names(cooperatives, of_township, findings)
    if of_township is not None and villages is not None:
        short_names = {name for sheets in cooperatives for name in (sheets.short_name, sheets.file_name)}
        invested = Known(
            frozenset(short_names),
            complete,
            defects.invested_cooperative_must_exist,
            "name",
        )
        _judge_township(of_township, findings, collective, villages, invested, years[0] if years else None)
        of_township.incomplete = not of_township.villages.complete("名称", "村编码") or villages.lacks
        invested.report(findings)
        villages.report(findings)


def _short_names(
    cooperatives: Sequence[_CooperativeSheets], of_township: _TownshipSheets | None, findings: Findings
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


def _judge_cooperative(
    sheets: _CooperativeSheets,
    findings: Findings,
    standard: Standard,
    villages: Known | None,
    year: int | None,
) -> None:
    known = members.judge_members(sheets.members, findings)
    counterparties = members.judge_counterparties(sheets.counterparties, findings)
    sheets.standard = _standard(sheets.info, standard, findings)
    sheets.managers = plans.judge_info(
        sheets.info,
        findings,
        file_name=sheets.file_name,
        members=sheets.members,
        known=known,
        villages=villages,
    )
    founded = _founded(sheets, findings)
    membership = members.Membership(sheets.members)
    books.judge_openings(
        sheets.openings,
        sheets.standard,
        findings,
        book=lambda _: "",
        members=known,
        counterparties=counterparties,
    )
    if founded is not None and founded.year == year and sheets.openings.rows:
        first, *others = sheets.openings.rows
        findings.report(
            defects.opening_must_have_a_year_before,
            sheets.openings,
            (first.row, "科目编码"),
            raw=first.account,
            also=[(row.row, "科目编码") for row in others],
            founded=founded,
        )
    books.judge_lines(
        sheets.vouchers, sheets.standard, findings, members=known, counterparties=counterparties
    )
    if sheets.vouchers.present:
        empty = Book(sheets.vouchers, [], sheets.vouchers.complete("凭证号"))
        sheets.book = books.judge_vouchers(sheets.vouchers, findings, year=year, founded=founded).get(
            "", empty
        )
    shares.judge_shares(
        sheets.shares,
        findings,
        membership=membership,
        known=known,
        book=sheets.book,
        openings=sheets.openings,
        year=year,
        founded=founded,
    )
    farm.judge_trades(sheets.trades, findings, membership=membership, known=known, year=year)
    farm.judge_work_days(sheets.work_days, findings, membership=membership, known=known, year=year)
    membership.report(findings)
    farm.judge_animals(
        sheets.animals,
        findings,
        members=known,
        counterparties=counterparties,
        short_name=sheets.short_name,
        year=year,
    )
    farm.judge_calves(sheets.animals, sheets.shares, findings, year=year)
    managers = Known(
        frozenset(post.member for post in sheets.managers or ()),
        sheets.managers is not None,
        defects.manager_must_exist,
        "number",
    )
    plans.judge_plan(
        sheets.plan,
        sheets.legs,
        findings,
        known=known,
        managers=managers,
        products={row.product for row in sheets.trades.rows} if sheets.trades.complete("产品") else None,
        year=year,
    )
    maxima = sheets.plan.value("各项满分") if sheets.plan.present and sheets.plan.has("各项满分") else None
    farm.judge_ballots(
        sheets.ballots,
        findings,
        members=sheets.members,
        known=known,
        managers=managers,
        maxima=maxima if isinstance(maxima, tuple) else None,
        year=year,
    )
    known.report(findings)
    counterparties.report(findings)
    managers.report(findings)


def _year(sheets: _CooperativeSheets, findings: Findings) -> int | None:
    """The year of the book; None if it is in doubt, also because most vouchers are of another one."""
    table = sheets.vouchers
    years = Counter(row.on.year for row in table.rows if table.knows(row.row, "日期"))
    if sheets.year is None or not years:
        return sheets.year
    other, most = years.most_common(1)[0]
    if other == sheets.year or most * 2 <= years.total():
        return sheets.year
    at = (sheets.info.row("会计年度"), "内容")
    findings.report(
        defects.year_must_be_the_vouchers,
        sheets.info,
        at,
        raw=str(sheets.year),
        year=sheets.year,
        other=other,
    )
    return None


def _founded(sheets: _CooperativeSheets, findings: Findings) -> date | None:
    """The day the book begins; None if it is in doubt, also because most vouchers are older."""
    founded = sheets.founded
    table = sheets.vouchers
    if founded is None:
        return None
    days = [row.on for row in table.rows if table.knows(row.row, "日期")]
    if sum(day < founded for day in days) * 2 <= len(days):
        return founded
    at = (sheets.info.row("建账日期"), "内容")
    findings.report(
        defects.founding_must_not_be_after_the_vouchers,
        sheets.info,
        at,
        raw=founded.isoformat(),
        founded=founded,
    )
    return None


_BRACKETS = str.maketrans("[【(（［「『", "〔〔〔〔〔〔〔") | str.maketrans("]】)）］」』", "〕〕〕〕〕〕〕")


def _standard(info: Form, standard: Standard, findings: Findings) -> Standard | None:
    """The chart the book follows, if 会计制度 names it; its brackets are written in many ways."""
    if not info.has("会计制度"):
        return None
    written = str(info.value("会计制度"))
    at = (info.row("会计制度"), "内容")
    if written == standard.document:
        return standard
    if "".join(written.split()).translate(_BRACKETS) == standard.document:
        findings.repair(info, [defects.bracket_form], at, raw=written, repaired=standard.document)
        return standard
    findings.report(defects.standard_must_be_known, info, at, raw=written, known=standard.document)
    return None


def _judge_township(
    sheets: _TownshipSheets,
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
    books.judge_openings(
        sheets.openings, standard, findings, book=lambda row: row.village, cooperatives=invested
    )
    books.judge_lines(sheets.vouchers, standard, findings, cooperatives=invested)
    if sheets.vouchers.present:
        sheets.books = books.judge_vouchers(sheets.vouchers, findings, year=year)
    township.judge_scores(sheets.scores, findings, year=year)
    township.judge_cadres(sheets.cadres, findings)
    township.judge_bonuses(sheets.bonuses, findings, year=year)


def _books(
    cooperatives: Sequence[_CooperativeSheets], of_township: _TownshipSheets | None, *, complete: bool
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


# --- the pack --------------------------------------------------------------------------------------------------


def _cooperative(sheets: _CooperativeSheets) -> PackCooperative:
    assert sheets.book is not None
    assert sheets.managers is not None
    assert sheets.standard is not None
    return PackCooperative(
        workbook=sheets.workbook,
        info=plans.unit_info(sheets.info, sheets.managers, sheets.standard.document),
        members=tuple(sheets.members.rows),
        counterparties=tuple(sheets.counterparties.rows),
        shares=tuple(sheets.shares.rows),
        openings=tuple(sheets.openings.rows),
        vouchers=tuple(entry.voucher() for entry in sheets.book.entries),
        trades=tuple(sheets.trades.rows),
        work_days=tuple(sheets.work_days.rows),
        animals=tuple(sheets.animals.rows),
        ballots=tuple(sheets.ballots.rows),
        policy=plans.policy(sheets.plan, sheets.legs),
    )


def _township(sheets: _TownshipSheets) -> PackTownship:
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
