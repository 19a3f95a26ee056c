"""What is known already, against a pack that says it again.

The same pack twice changes nothing; a known row that differs is a finding and not a change: whoever is right
enters the change in the service, where it has a day, a person and a reason. A new year is taken in when it opens with
what the year before closed with, account by account and detail by detail.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from ledger.money import yuan
from ledger.vouchers.rules import number_text
from schemas.balances import DetailBalance
from schemas.books import BookAccount
from schemas.charts import Category
from schemas.packs import OpeningRow as PackOpening
from schemas.packs import PackVoucher, SheetRow, VillageOpeningRow
from schemas.units import PersonId, Value
from schemas.vouchers import Origin, Voucher
from web.imports.columns import Column, Layout
from web.imports.defects import Defect
from web.imports.facts import number_of
from web.imports.findings import Area, Findings

R = TypeVar("R", bound=SheetRow)

known_row_must_not_differ = Defect(
    code="known_row_must_not_differ",
    zh="与已入账的记录不一致",
    says="{what} was taken in before as {known}, and the pack says {raw}.",
    remedy="Correct the sheet; if it has changed since, enter the change in the service and hand the pack in again.",
    note="已入账：{known}",
)
row_must_belong_to_a_new_year = Defect(
    code="row_must_belong_to_a_new_year",
    zh="该年度已入账，本行不在其中",
    says="{year} of this book was taken in before, without {what}.",
    remedy="Enter it in the service; a year is handed over once.",
    note="{year}年度已入账",
)
known_row_must_be_there = Defect(
    code="known_row_must_be_there",
    zh="已入账的记录不在表中",
    says="{what} was taken in before and is missing from the sheet.",
    remedy="Put the row back.",
    note="缺少：{what}",
)
year_must_follow_on = Defect(
    code="year_must_follow_on",
    zh="年度不连续",
    says="The pack is of {year}; the book runs from {first} to {last}.",
    remedy="Hand in the years one after the other.",
    note="账套已有{first}至{last}年",
)
opening_must_equal_closing = Defect(
    code="opening_must_equal_closing",
    zh="期初余额与上年期末余额不符",
    says="{account} {detail} opens with {opening}, and closed the year before with {closing}.",
    remedy="Correct the opening balance, or correct the year before with a voucher and settle it first.",
    note="上年期末余额{closing}",
)
last_year_must_be_settled = Defect(
    code="last_year_must_be_settled",
    zh="上年尚未结转",
    says="{last} still has income and expense accounts that are not closed ({accounts}).",
    remedy="Close {last} in the service and post its distribution, then hand in {year}.",
    note="{last}年损益科目尚未结转：{accounts}",
)


class Said(Value):
    """A field of a known row: the column it stands in, what is known of it and what the pack says, as texts to be
    shown, and whether they are the same."""

    column: str
    known: str
    raw: str
    same: bool


def said(layout: Layout[R], row: SheetRow, known: Mapping[str, object]) -> tuple[Said, ...]:
    """What is known of a row, by the names of its columns, beside what the row says."""
    return tuple(
        Said(
            column=column.name,
            known=column.kind.show(known[column.name]),
            raw=column.kind.show(getattr(row, column.field)),
            same=known[column.name] == getattr(row, column.field),
        )
        for column in layout.columns
        if column.name in known
    )


def compare_row(findings: Findings, area: Area, row: int | None, what: str, said: Iterable[Said]) -> bool:
    """Report the columns of a known row that differ, as one finding; whether there are none."""
    differing = [field for field in said if not field.same]
    if differing:
        first, *others = differing
        findings.report(
            known_row_must_not_differ,
            area,
            None if row is None else (row, first.column),
            raw=first.raw,
            also=[] if row is None else [(row, other.column) for other in others],
            what=what,
            known=first.known,
        )
    return not differing


def compare_rows(
    findings: Findings,
    area: Area,
    *,
    columns: Sequence[Column],
    known: Sequence[tuple[object, ...]],
    rows: Sequence[tuple[int, tuple[object, ...]]],
    year: int,
) -> None:
    """Rows without a number of their own, each as the values of these columns: as many as are known, each the same
    as the one at its place; else the same rows all together."""

    def shown(values: tuple[object, ...]) -> str:
        return " ".join(column.kind.show(value) for column, value in zip(columns, values, strict=True))

    if len(known) == len(rows):
        for before, (row, now) in zip(known, rows, strict=True):
            fields = (
                Said(column=column.name, known=column.kind.show(b), raw=column.kind.show(n), same=b == n)
                for column, b, n in zip(columns, before, now, strict=True)
            )
            compare_row(findings, area, row, area.sheet, fields)
        return
    left = Counter(known)
    unknown = []
    for row, now in rows:
        if left[now]:
            left[now] -= 1
        else:
            unknown.append((row, shown(now)))
    report_keys(
        findings,
        area,
        columns[0].name,
        unknown=unknown,
        missing=[shown(before) for before in left.elements()],
        year=year,
    )


def report_keys(
    findings: Findings,
    area: Area,
    column: str,
    *,
    unknown: Sequence[tuple[int, str]],
    missing: Sequence[str],
    year: int,
) -> None:
    """Rows nobody knows, and known rows that are not there. A row under another number is both; it is reported once,
    where it stands."""
    for row, what in unknown:
        findings.report(row_must_belong_to_a_new_year, area, (row, column), raw=what, what=what, year=year)
    for what in missing if not unknown else ():
        findings.report(known_row_must_be_there, area, raw=what, what=what)


def compare_vouchers(
    findings: Findings,
    area: Area,
    *,
    known: Iterable[Voucher],
    names: Mapping[PersonId, str],
    vouchers: Iterable[PackVoucher],
    year: int,
) -> None:
    """The vouchers of a year taken in before: each there, and each the same."""
    by_number = {(voucher.word, voucher.number): voucher for voucher in known}
    unknown = []
    for voucher in vouchers:
        before = by_number.pop(number_of(voucher.number), None)
        if before is None:
            unknown.append((voucher.lines[0].row, voucher.number))
        else:
            _compare_voucher(findings, area, before, voucher, names)
    missing = sorted(key for key, voucher in by_number.items() if voucher.origin is Origin.IMPORT)
    report_keys(
        findings,
        area,
        "凭证号",
        unknown=unknown,
        missing=[number_text(word, number or 0) for word, number in missing],
        year=year,
    )


def _compare_voucher(
    findings: Findings, area: Area, known: Voucher, new: PackVoucher, names: Mapping[PersonId, str]
) -> None:
    heading = (
        field("日期", known.date, new.on),
        field("附件张数", known.originals, new.originals),
        field("制单", names.get(known.prepared_by, ""), new.prepared_by),
        field("审核", names.get(known.reviewed_by or 0, ""), new.reviewed_by),
    )
    row = new.lines[0].row
    if not compare_row(findings, area, row, new.number, heading):
        return
    if len(known.lines) != len(new.lines):
        lines = (field("行号", len(known.lines), len(new.lines)),)
        compare_row(findings, area, row, new.number, lines)
        return
    for before, now in zip(known.lines, new.lines, strict=True):
        compare_row(
            findings,
            area,
            now.row,
            f"{new.number} {now.no}",
            (
                field("摘要", before.summary, now.summary),
                field("科目编码", before.account, now.account),
                field("明细", before.detail, now.detail),
                field("数量", before.quantity, now.quantity, show=_amount),
                field("借方金额", before.debit, now.debit, show=_amount),
                field("贷方金额", before.credit, now.credit, show=_amount),
            ),
        )


def field(column: str, known: object, new: object, *, show: Callable[[object], str] = str) -> Said:
    """One field of a known row."""
    return Said(column=column, known=show(known), raw=show(new), same=known == new)


def _amount(value: object) -> str:
    return yuan(value) if isinstance(value, int) else ""


def compare_openings(
    findings: Findings,
    area: Area,
    *,
    closing: Sequence[DetailBalance],
    accounts: Mapping[str, BookAccount],
    openings: Sequence[PackOpening] | Sequence[VillageOpeningRow],
    year: int,
) -> None:
    """A new year opens with what the year before closed with, in every account and detail. A year whose income and
    expense are not closed yet is one finding, since nothing of it can be compared."""
    running = {
        row.account
        for row in closing
        if row.closing and accounts[row.account].statutory.category in {Category.INCOME, Category.EXPENSE}
    }
    if running:
        findings.report(
            last_year_must_be_settled,
            area,
            last=year - 1,
            year=year,
            accounts="、".join(sorted(running)),
        )
        return
    left = {(row.account, row.detail): row.closing for row in closing if row.closing}
    for row in openings:
        before = left.pop((row.account, row.detail), 0)
        opening = row.debit - row.credit
        if opening != before:
            findings.report(
                opening_must_equal_closing,
                area,
                (row.row, "借方" if row.debit else "贷方"),
                raw=yuan(row.debit or row.credit),
                account=row.account,
                detail=row.detail,
                opening=_on_its_side(opening),
                closing=_on_its_side(before),
            )
    for (account, detail), before in left.items():
        findings.report(
            opening_must_equal_closing,
            area,
            raw=account,
            account=account,
            detail=detail,
            opening="0.00",
            closing=_on_its_side(before),
        )


def _on_its_side(balance: int) -> str:
    side = "借" if balance > 0 else "贷" if balance < 0 else ""
    return f"{side}{yuan(abs(balance))}"
