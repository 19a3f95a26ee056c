"""A cooperative's workbook: read sheet by sheet, judged, handed over as one value."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from schemas.charts import Standard
from schemas.packs import (
    AnimalRow,
    BallotRow,
    CounterpartyRow,
    ManagerPost,
    MemberRow,
    OpeningRow,
    PackCooperative,
    PolicyLeg,
    ShareRow,
    TradeRow,
    WorkDayRow,
)
from web.imports import columns, defects, habits
from web.imports.columns import VoucherRow
from web.imports.contents import Contents, open_workbook
from web.imports.findings import Findings, Table
from web.imports.folders import (
    PackFile,
    PackFiles,
)
from web.imports.forms import Form
from web.imports.judges import farm, lines, members, openings, plans, shares, vouchers
from web.imports.judges.books import Book
from web.imports.judges.references import Known


@dataclass
class CooperativeSheets:
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


def read_cooperative(
    files: PackFiles, file: PackFile, name: str, findings: Findings
) -> CooperativeSheets | None:
    workbook = open_workbook(files, file, findings)
    if workbook is None:
        return None
    sheets = Contents(workbook, file.path, columns.COOPERATIVE_SHEETS, findings)
    plan, legs = sheets.plan()
    return CooperativeSheets(
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


def judge_cooperative(
    sheets: CooperativeSheets,
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
    openings.judge_openings(
        sheets.openings,
        sheets.standard,
        findings,
        book=lambda _: "",
        members=known,
        counterparties=counterparties,
        held=shares.brought_forward(sheets.shares),
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
    lines.judge_lines(
        sheets.vouchers, sheets.standard, findings, members=known, counterparties=counterparties
    )
    if sheets.vouchers.present:
        empty = Book(sheets.vouchers, [], sheets.vouchers.complete("凭证号"))
        sheets.book = vouchers.judge_vouchers(sheets.vouchers, findings, year=year, founded=founded).get(
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


def year_of(sheets: CooperativeSheets, findings: Findings) -> int | None:
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


def _founded(sheets: CooperativeSheets, findings: Findings) -> date | None:
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
        findings.repair(info, [habits.bracket_form], at, raw=written, repaired=standard.document)
        return standard
    findings.report(defects.standard_must_be_known, info, at, raw=written, known=standard.document)
    return None


def hand_over_cooperative(sheets: CooperativeSheets) -> PackCooperative:
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
