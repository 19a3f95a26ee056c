"""Vouchers and opening balances: what must hold in a book, a cooperative's or a village's.

A voucher of 3 536.00 on the debit and 3 636.00 on the credit side does not balance; a red entry counts with its
sign. A voucher with a cell in doubt is not judged as a whole.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, TypeVar

import msgspec

from schemas.charts import Account, Category, DetailUse, QuantityUse, Standard
from schemas.packs import (
    OpeningRow,
    PackCorrection,
    PackCorrectionKind,
    PackLine,
    PackVoucher,
    SheetRow,
    VillageOpeningRow,
)
from web.imports import defects
from web.imports.cells import yuan
from web.imports.columns import BY_COUNTERPARTY, BY_MEMBER, VoucherRow
from web.imports.findings import At, Findings, Table
from web.imports.judges.references import Known

R = TypeVar("R", bound=SheetRow)
T = TypeVar("T")
Opening = TypeVar("Opening", OpeningRow, VillageOpeningRow)

_HEADING = (("附件张数", "originals"), ("制单", "prepared_by"), ("审核", "reviewed_by"))
_AMOUNTS = ("借方金额", "贷方金额")
_CORRECTION = re.compile(
    r"^(?P<kind>注销|订正|更正)(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
    r"(?P<word>[记收付转])字?-?第?(?P<number>\d{1,6})号凭证"
)
_RUNNING = frozenset({Category.INCOME, Category.EXPENSE})


@dataclass
class Entry:
    """A voucher as its rows stand together.

    ``spoiled``: something in it is in doubt, it is not judged as a whole; not ``placed``: no row of it says in which
    village's book it is.
    """

    village: str
    number: str
    rows: list[VoucherRow]
    spoiled: bool = False
    placed: bool = True
    corrects: PackCorrection | None = None

    @property
    def first(self) -> VoucherRow:
        """The row it begins with."""
        return self.rows[0]

    def voucher(self) -> PackVoucher:
        """The voucher, its lines in the order of 行号."""
        lines = sorted(self.rows, key=lambda row: row.no)
        return PackVoucher(
            number=self.number,
            on=self.first.on,
            lines=tuple(
                PackLine(
                    row=row.row,
                    no=row.no,
                    summary=row.summary,
                    account=row.account,
                    account_name=row.account_name,
                    detail=row.detail,
                    quantity=row.quantity,
                    debit=row.debit,
                    credit=row.credit,
                )
                for row in lines
            ),
            originals=self.first.originals,
            prepared_by=self.first.prepared_by,
            reviewed_by=self.first.reviewed_by,
            corrects=self.corrects,
        )


class Gap(NamedTuple):
    """Numbers of a word that are missing, from ``first`` to ``last``, and the row that names them."""

    word: str
    first: int
    last: int
    row: int


@dataclass
class Book:
    """A book's vouchers, of the sheet ``table``.

    ``certain``: every number could be read. ``double``: numbers that two vouchers have; ``elsewhere``: numbers of
    vouchers whose book is in doubt; ``gaps``: the numbers missing;
    ``mistyped``: numbers that are missing because another was written for them.
    """

    table: Table[VoucherRow]
    entries: list[Entry]
    certain: bool
    by_number: dict[str, Entry] = field(default_factory=dict)
    double: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)
    mistyped: set[str] = field(default_factory=set)

    def lacks(self, number: str, findings: Findings) -> bool:
        """Whether it is certain that there is no such voucher. A gap of this number alone is then this defect."""
        if (
            number in self.by_number
            or number in self.elsewhere
            or number in self.mistyped
            or not self.certain
        ):
            return False
        gap = self.gap(number)
        if gap is not None and gap.first == gap.last:
            findings.withdraw(defects.voucher_numbers_should_be_continuous.code, self.table, gap.row, number)
        return True

    def gap(self, number: str) -> Gap | None:
        """The gap the number lies in."""
        word, _, digits = number.rpartition("-")
        return next(
            (gap for gap in self.gaps if gap.word == word and gap.first <= int(digits) <= gap.last), None
        )

    def sound(self, number: str) -> Entry | None:
        """The one voucher of that number, if nothing in it is in doubt."""
        entry = self.by_number.get(number)
        return entry if entry is not None and number not in self.double and not entry.spoiled else None


def assemble(table: Table[VoucherRow], findings: Findings) -> list[Entry]:
    """Put rows together into vouchers, in the order of the sheet.

    Lines that are numbered on from 1 stand together. A line among them that says another number, where they
    balance as they stand, has a number mistyped; so says one whose number cannot be read at all.
    """
    entries: list[Entry] = []
    latest: dict[tuple[str, str], Entry] = {}
    for block in _blocks(table):
        block = _one_village(table, block, entries[-1] if entries else None, findings)  # noqa: PLW2901
        number = _number_of(table, block, entries[-1] if entries else None)
        if number is not None:
            strangers = [row for row in block if row.number != number and table.knows(row.row, "凭证号")]
            if strangers:
                findings.report(
                    defects.line_must_have_its_vouchers_number,
                    table,
                    (strangers[0].row, "凭证号"),
                    raw=strangers[0].number,
                    also=[(row.row, "凭证号") for row in strangers[1:]],
                    number=number,
                    written=strangers[0].number,
                )
            entry = latest[block[0].village, number] = Entry(block[0].village, number, block)
            entries.append(entry)
            continue
        for row in block:
            earlier = latest.get((row.village, row.number))
            if earlier is not None and _continues(earlier, row, adjacent=earlier is entries[-1]):
                earlier.rows.append(row)
            else:
                entry = latest[row.village, row.number] = Entry(row.village, row.number, [row])
                entries.append(entry)
    of_row = {row.row: place for place, entry in enumerate(entries) for row in entry.rows}
    findings.gather(table, of_row.get)
    for entry in entries:
        if any(not table.knows(row.row, *_AMOUNTS, "行号") for row in entry.rows):
            entry.spoiled = True
    for entry in entries:
        entry.placed = any(table.knows(row.row, "村编码") for row in entry.rows)
    return entries


def _blocks(table: Table[VoucherRow]) -> list[list[VoucherRow]]:
    """Runs of rows whose 行号 go on from one to the next."""
    blocks: list[list[VoucherRow]] = []
    for row in table.rows:
        last = blocks[-1][-1] if blocks else None
        if last is not None and (
            row.no == last.no + 1 and (row.village == last.village or row.number == last.number)
            if table.knows(row.row, "行号") and table.knows(last.row, "行号")
            else (row.village, row.number) == (last.village, last.number)
        ):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def _one_village(
    table: Table[VoucherRow], block: list[VoucherRow], before: Entry | None, findings: Findings
) -> list[VoucherRow]:
    """The block with the village that most of its rows name; a row that names another is reported."""
    if len({row.village for row in block}) == 1 or not _is_whole(table, block):
        return block
    known = Counter(row.village for row in block if table.knows(row.row, "村编码"))
    likely = [village for village, count in known.items() if count == max(known.values())]
    village = (
        before.village if before is not None and before.village in likely else likely[0] if likely else ""
    )
    strangers = [row for row in block if row.village != village and table.knows(row.row, "村编码")]
    if strangers:
        findings.report(
            defects.voucher_must_have_one_heading,
            table,
            (strangers[0].row, "村编码"),
            raw=strangers[0].village,
            also=[(row.row, "村编码") for row in strangers[1:]],
            number=block[0].number,
            column="村编码",
            usual=village,
        )
    return [msgspec.structs.replace(row, village=village) for row in block]


def _is_whole(table: Table[VoucherRow], block: list[VoucherRow]) -> bool:
    """Whether rows are one voucher by their line numbers, date and balance."""
    return (
        all(table.knows(row.row, "行号", "日期", *_AMOUNTS) for row in block)
        and block[0].no == 1
        and len({row.on for row in block}) == 1
        and sum(row.debit - row.credit for row in block) == 0
    )


def _number_of(table: Table[VoucherRow], block: list[VoucherRow], before: Entry | None) -> str | None:
    """The number of a block that is one voucher though its rows say different ones; None for any other."""
    known = [row for row in block if table.knows(row.row, "凭证号")]
    numbers = Counter(row.number for row in known)
    if len({row.number for row in block}) == 1 or not numbers:
        return None
    if not _is_whole(table, block):
        return None
    most = max(numbers.values())
    likely = [number for number, count in numbers.items() if count == most]
    if before is not None and len(likely) > 1:
        word, _, digits = before.number.rpartition("-")
        following = f"{word}-{int(digits) + 1:04d}" if digits.isdigit() else ""
        return following if following in likely else likely[0]
    return likely[0]


def _continues(entry: Entry, row: VoucherRow, *, adjacent: bool) -> bool:
    """Whether a row belongs to the voucher of its number that came before it, or to a second one of that number."""
    new_line = all(line.no != row.no for line in entry.rows)
    if adjacent:
        return new_line or row.no != 1
    return new_line and row.on == entry.first.on


def judge_lines(
    table: Table[VoucherRow],
    standard: Standard | None,
    findings: Findings,
    *,
    members: Known | None = None,
    counterparties: Known | None = None,
    cooperatives: Known | None = None,
) -> None:
    """What must hold of each line by itself: its account exists, and its detail is one the account is kept by."""
    if standard is not None:
        _accounts(table, standard, findings)
        _details(table, standard, findings, members, counterparties, cooperatives)


def judge_vouchers(
    table: Table[VoucherRow], findings: Findings, *, year: int | None, founded: date | None = None
) -> dict[str, Book]:
    """Everything that must hold of vouchers; the books by village, a cooperative's under ``""``."""
    entries = assemble(table, findings)
    for entry in entries:
        _dates(table, entry, findings, year, founded)
        _lines(table, entry, findings)
        _heading(table, entry, findings)
        _balance(table, entry, findings)
        if any(not table.knows(row.row, "科目编码", "明细") for row in entry.rows):
            entry.spoiled = True
    # A voucher whose village is in doubt may be the one that a village's numbers seem to lack.
    unplaced = {entry.number for entry in entries if not entry.placed}
    books: dict[str, Book] = {}
    for entry in entries:
        if entry.placed:
            empty = Book(table, [], table.complete("凭证号"), elsewhere=unplaced)
            books.setdefault(entry.village, empty).entries.append(entry)
    for book in books.values():
        _numbers(table, book, findings)
        _corrections(table, book, findings, year)
    return books


# --- lines -----------------------------------------------------------------------------------------------------


def _accounts(table: Table[VoucherRow], standard: Standard, findings: Findings) -> None:
    accounts = Known(frozenset(standard.accounts), True, defects.account_must_exist, "account")
    accounts.refer(table, "科目编码", findings=findings)
    accounts.report(findings)
    names = {account.zh for account in standard.accounts.values()}
    for row in table.rows:
        account = standard.accounts.get(row.account)
        if account is None or not row.account_name or row.account_name == account.zh:
            continue
        if not table.knows(row.row, "科目编码", "科目名称"):
            continue
        contradicts = row.account_name in names
        findings.report(
            defects.account_name_must_fit if contradicts else defects.account_name_should_fit,
            table,
            (row.row, "科目名称"),
            raw=row.account_name,
            account=row.account,
            name=account.zh,
            written=row.account_name,
        )
        if contradicts:
            table.doubtful.add((row.row, "科目编码"))


def _details(
    table: Table[VoucherRow],
    standard: Standard,
    findings: Findings,
    members: Known | None,
    counterparties: Known | None,
    cooperatives: Known | None,
) -> None:
    if members is not None and counterparties is not None:
        members.refer(table, "明细", among=lambda row: row.account in BY_MEMBER, findings=findings)
        counterparties.refer(
            table, "明细", among=lambda row: row.account in BY_COUNTERPARTY, findings=findings
        )
    if cooperatives is not None:
        cooperatives.refer(table, "明细", among=lambda row: row.account == "141", findings=findings)
    for row in table.rows:
        account = standard.accounts.get(row.account)
        if account is not None and table.knows(row.row, "科目编码", "明细"):
            judge_detail(table, row.row, account, row.detail, findings, cooperative=members is not None)
            if (
                row.quantity is not None
                and account.quantity is QuantityUse.NONE
                and table.knows(row.row, "数量")
            ):
                findings.report(
                    defects.quantity_must_not_be_given,
                    table,
                    (row.row, "数量"),
                    raw=table.shown(row, "数量"),
                    account=row.account,
                )


_KEPT_BY = {"member": "成员", "household": "农户", "counterparty": "往来单位", "name": "名称"}


def judge_detail(
    table: Table[R], row: int, account: Account, detail: str, findings: Findings, *, cooperative: bool
) -> None:
    """Whether a line on the account names a detail where it must, none where it may not, and a right one."""
    at: At = (row, "明细")
    if not detail and (account.detail is DetailUse.REQUIRED or (cooperative and account.code in BY_MEMBER)):
        kept_by = "、".join(_KEPT_BY[kind] for kind in account.kept_by)
        findings.report(defects.detail_must_be_given, table, at, account=account.code, kept_by=kept_by)
    elif detail and account.detail is DetailUse.NONE:
        findings.report(defects.detail_must_not_be_given, table, at, raw=detail, account=account.code)
    elif detail and account.names and detail not in account.names:
        names = "、".join(account.names)
        findings.report(
            defects.detail_must_be_one_of_the_names, table, at, raw=detail, account=account.code, names=names
        )
    elif cooperative and account.code == "311" and not detail.startswith(("财政补助-", "社会捐赠-")):
        findings.report(defects.source_must_be_named, table, at, raw=detail)


def _dates(
    table: Table[VoucherRow], entry: Entry, findings: Findings, year: int | None, founded: date | None
) -> None:
    known = [row for row in entry.rows if table.knows(row.row, "日期")]
    outside = [row for row in known if year is not None and row.on.year != year]
    if outside:
        findings.report(
            defects.date_must_be_in_the_year,
            table,
            (outside[0].row, "日期"),
            raw=outside[0].on.isoformat(),
            also=[(row.row, "日期") for row in outside[1:]],
            date=outside[0].on,
            year=year,
        )
    early = [row for row in known if founded is not None and row.on < founded and row not in outside]
    if early:
        findings.report(
            defects.date_must_not_be_before_the_book,
            table,
            (early[0].row, "日期"),
            raw=early[0].on.isoformat(),
            also=[(row.row, "日期") for row in early[1:]],
            date=early[0].on,
            founded=founded,
        )
    known = [row for row in known if row not in outside and row not in early]
    usual = _usual([row.on for row in known])
    different = [row for row in known if row.on != usual]
    if different:
        findings.report(
            defects.voucher_must_have_one_date,
            table,
            (different[0].row, "日期"),
            raw=different[0].on.isoformat(),
            also=[(row.row, "日期") for row in different[1:]],
            number=entry.number,
            date=usual,
        )


def _lines(table: Table[VoucherRow], entry: Entry, findings: Findings) -> None:
    for row in entry.rows:
        if not table.knows(row.row, *_AMOUNTS):
            continue
        if not row.debit and not row.credit:
            findings.report(defects.line_must_have_an_amount, table, (row.row, "借方金额"))
            entry.spoiled = True
        elif row.debit and row.credit:
            findings.report(
                defects.line_must_have_one_side,
                table,
                (row.row, "贷方金额"),
                raw=yuan(row.credit),
                also=[(row.row, "借方金额")],
            )
            entry.spoiled = True
    if any(not table.knows(row.row, "行号") for row in entry.rows):
        return
    seen: set[int] = set()
    for row in entry.rows:
        if row.no in seen:
            findings.report(
                defects.voucher_lines_must_be_numbered,
                table,
                (row.row, "行号"),
                raw=str(row.no),
                number=entry.number,
                line=row.no,
            )
            entry.spoiled = True
            return
        seen.add(row.no)
    numbers = [row.no for row in entry.rows]
    if numbers != sorted(numbers):
        moved = next(row for row, no in zip(entry.rows, sorted(numbers), strict=True) if row.no != no)
        findings.repair(
            table, [defects.line_order], (moved.row, "行号"), raw=str(moved.no), repaired=str(moved.no)
        )
    missing = sorted(set(range(1, max(numbers) + 1)) - seen)
    if missing and not entry.spoiled and _difference(entry) == 0:
        after = next(row for row in entry.rows if row.no > missing[0])
        findings.report(
            defects.voucher_lines_should_be_continuous,
            table,
            (after.row, "行号"),
            raw=str(after.no),
            number=entry.number,
            missing="、".join(map(str, missing)),
        )


def _heading(table: Table[VoucherRow], entry: Entry, findings: Findings) -> None:
    for column, of in _HEADING:
        known = [row for row in entry.rows if table.knows(row.row, column)]
        usual = _usual([getattr(row, of) for row in known])
        different = [row for row in known if getattr(row, of) != usual]
        if different:
            findings.report(
                defects.voucher_must_have_one_heading,
                table,
                (different[0].row, column),
                raw=str(getattr(different[0], of)),
                also=[(row.row, column) for row in different[1:]],
                number=entry.number,
                column=column,
                usual=usual,
            )
    same = [
        row
        for row in entry.rows
        if table.knows(row.row, "制单", "审核") and row.prepared_by == row.reviewed_by
    ]
    if same:
        findings.report(
            defects.reviewer_must_differ,
            table,
            (same[0].row, "审核"),
            raw=same[0].reviewed_by,
            also=[(row.row, "审核") for row in same[1:]],
            number=entry.number,
            name=same[0].reviewed_by,
        )


def _usual(values: Sequence[T]) -> T | None:
    """What most of the lines say; the first of equals."""
    return Counter(values).most_common(1)[0][0] if values else None


def _side(row: VoucherRow) -> At:
    return (row.row, "借方金额" if row.debit else "贷方金额")


def _difference(entry: Entry) -> int:
    return sum(row.debit - row.credit for row in entry.rows)


def _balance(table: Table[VoucherRow], entry: Entry, findings: Findings) -> None:
    if entry.spoiled:
        return
    difference = _difference(entry)
    if len(entry.rows) == 1:
        findings.report(
            defects.voucher_must_have_two_lines,
            table,
            (entry.first.row, "凭证号"),
            raw=entry.number,
            number=entry.number,
        )
        entry.spoiled = True
    elif difference:
        # The amounts stay known: which of them is wrong is not certain, and the voucher is spoiled as a whole.
        findings.report(
            defects.voucher_must_balance,
            table,
            _side(entry.first),
            raw=entry.number,
            also=[_side(row) for row in entry.rows[1:]],
            number=entry.number,
            debit=yuan(sum(row.debit for row in entry.rows)),
            credit=yuan(sum(row.credit for row in entry.rows)),
            larger="借方" if difference > 0 else "贷方",
            smaller="贷方" if difference > 0 else "借方",
            difference=yuan(abs(difference)),
        )
        entry.spoiled = True


# --- numbers ---------------------------------------------------------------------------------------------------


def _numbers(table: Table[VoucherRow], book: Book, findings: Findings) -> None:
    for entry in book.entries:
        if not table.knows(entry.first.row, "凭证号"):
            continue
        earlier = book.by_number.setdefault(entry.number, entry)
        if earlier is entry:
            continue
        book.double.add(entry.number)
        twice = _content(earlier) == _content(entry)
        findings.report(
            defects.voucher_number_must_be_unique,
            table,
            (entry.first.row, "凭证号"),
            raw=entry.number,
            also=[(earlier.first.row, "凭证号")],
            number=entry.number,
            reason="同一张凭证录入两次" if twice else "两张不同的凭证使用同一个号",
        )
    if not book.certain:
        return
    words: dict[str, list[Entry]] = {}
    for entry in book.entries:
        words.setdefault(entry.number.partition("-")[0], []).append(entry)
    for word, of_word in words.items():
        _gaps(table, word, of_word, book, findings)


def _content(entry: Entry) -> list[tuple[object, ...]]:
    return [(row.on, row.no, row.account, row.detail, row.debit, row.credit) for row in entry.rows]


def _gaps(
    table: Table[VoucherRow], word: str, entries: Sequence[Entry], book: Book, findings: Findings
) -> None:
    """Numbers never used, each run named at the voucher after it.

    A number missing where a voucher stands whose number belongs elsewhere is that voucher's: 0750 between 0074
    and 0076 is one gap, not two, and a number given twice is named as such.
    """
    numbers = {int(entry.number.rpartition("-")[2]): entry for entry in reversed(entries)}
    order = [int(entry.number.rpartition("-")[2]) for entry in entries]
    misplaced: dict[int, int] = {}
    for place in range(1, len(order) - 1):
        before, here, after = order[place - 1], order[place], order[place + 1]
        if after == before + 2 and here != before + 1 and before + 1 not in numbers:
            misplaced[here] = before + 1
    explained = set(misplaced.values())
    explained |= {
        int(number[2:]) for number in book.elsewhere if number.startswith(f"{word}-") and number[2:].isdigit()
    }
    book.mistyped |= {f"{word}-{number:04d}" for number in misplaced.values()}
    wrong = {number for number in misplaced if entries[order.index(number)].number not in book.double}
    for number in sorted(wrong):
        entry = numbers[number]
        expected = f"{word}-{misplaced[number]:04d}"
        entry.spoiled = True
        findings.report(
            defects.voucher_number_must_follow,
            table,
            (entry.first.row, "凭证号"),
            raw=entry.number,
            number=entry.number,
            expected=expected,
        )
    used = sorted(set(numbers) - wrong)
    following = 1
    for number in used:
        first, last = following, number - 1
        while first in explained:
            first += 1
        while last in explained:
            last -= 1
        following = number + 1
        if first > last:
            continue
        named = f"{word}-{first:04d}" + (f"至{word}-{last:04d}" if last > first else "")
        row = numbers[number].first.row
        findings.report(
            defects.voucher_numbers_should_be_continuous,
            table,
            (row, "凭证号"),
            raw=numbers[number].number,
            missing=named,
        )
        book.gaps.append(Gap(word, first, last, row))


# --- corrections -----------------------------------------------------------------------------------------------


def _corrections(table: Table[VoucherRow], book: Book, findings: Findings, year: int | None) -> None:
    cancelled: dict[str, Entry] = {}
    for entry in book.entries:
        found = [
            (row, match)
            for row in entry.rows
            if table.knows(row.row, "摘要") and (match := _CORRECTION.match(re.sub(r"\s", "", row.summary)))
        ]
        if not found:
            continue
        named = {match.group("kind", "year", "word", "number") for _, match in found}
        row, match = found[0]
        at: At = (row.row, "摘要")
        also: list[At] = [(other.row, "摘要") for other, _ in found[1:]]
        if len(named) > 1:
            findings.report(defects.correction_must_be_one, table, at, raw=row.summary, also=also)
            continue
        number = f"{match['word']}-{int(match['number']):04d}"
        kind = PackCorrectionKind.CANCELS if match["kind"] == "注销" else PackCorrectionKind.CORRECTS
        of_year = int(match["year"]) if match["year"] else year
        if year is not None and of_year != year:
            if of_year is not None and of_year < year and kind is PackCorrectionKind.CORRECTS:
                entry.corrects = PackCorrection(kind=kind, number=number, year=of_year)
            else:
                findings.report(
                    defects.correction_must_name_a_voucher,
                    table,
                    at,
                    raw=row.summary,
                    also=also,
                    number=number,
                )
            continue
        entry.corrects = PackCorrection(kind=kind, number=number)
        corrected = book.by_number.get(number)
        if corrected is None:
            if book.lacks(number, findings):
                findings.report(
                    defects.correction_must_name_a_voucher,
                    table,
                    at,
                    raw=row.summary,
                    also=also,
                    number=number,
                )
            continue
        if number in book.double:
            continue
        if corrected is entry or int(number[2:]) > int(entry.number.rpartition("-")[2]):
            findings.report(
                defects.correction_must_come_later,
                table,
                at,
                raw=row.summary,
                also=also,
                number=number,
                date=corrected.first.on,
            )
            continue
        written = (int(match["month"]), int(match["day"]))
        on = corrected.first.on
        if table.knows(corrected.first.row, "日期") and (on.month, on.day) != written:
            findings.report(
                defects.correction_must_fit_the_date,
                table,
                at,
                raw=row.summary,
                also=also,
                number=number,
                date=on,
                written=f"{written[0]}月{written[1]}日",
            )
            continue
        if kind is not PackCorrectionKind.CANCELS:
            continue
        first = cancelled.setdefault(number, entry)
        if first is not entry:
            findings.report(
                defects.cancellation_must_be_single,
                table,
                at,
                raw=row.summary,
                also=also,
                number=number,
                other=first.number,
            )
        elif not entry.spoiled and not corrected.spoiled:
            _negative(table, entry, corrected, findings)


def _negative(table: Table[VoucherRow], entry: Entry, corrected: Entry, findings: Findings) -> None:
    """注销 books every line of the other voucher again in red: same account, detail and side."""
    open_lines = Counter((row.account, row.detail, -row.debit, -row.credit) for row in corrected.rows)
    wrong = []
    for row in entry.rows:
        key = (row.account, row.detail, row.debit, row.credit)
        if open_lines[key] > 0:
            open_lines[key] -= 1
        else:
            wrong.append(row)
    if wrong or +open_lines:
        lines = wrong or [entry.first]
        findings.report(
            defects.cancellation_must_be_the_negative,
            table,
            _side(lines[0]),
            raw=yuan(lines[0].debit or lines[0].credit),
            also=[_side(row) for row in lines[1:]],
            number=corrected.number,
        )


# --- opening balances ------------------------------------------------------------------------------------------


def judge_openings(
    table: Table[Opening],
    standard: Standard | None,
    findings: Findings,
    *,
    book: Callable[[Opening], str],
    members: Known | None = None,
    counterparties: Known | None = None,
    cooperatives: Known | None = None,
) -> None:
    """Accounts exist, details are right, one side each, no account opens twice, and each book balances."""
    cooperative = members is not None
    if standard is not None:
        accounts = Known(frozenset(standard.accounts), True, defects.account_must_exist, "account")
        accounts.refer(table, "科目编码", findings=findings)
        accounts.report(findings)
        if members is not None and counterparties is not None:
            by_member = BY_MEMBER | {"322"}
            members.refer(table, "明细", among=lambda row: row.account in by_member, findings=findings)
            counterparties.refer(
                table, "明细", among=lambda row: row.account in BY_COUNTERPARTY, findings=findings
            )
        if cooperatives is not None:
            cooperatives.refer(table, "明细", among=lambda row: row.account == "141", findings=findings)
        for row in table.rows:
            account = standard.accounts.get(row.account)
            if account is None or not table.knows(row.row, "科目编码", "明细"):
                continue
            if account.category in _RUNNING or row.account == standard.settlement.result:
                findings.report(
                    defects.opening_must_be_of_a_lasting_account,
                    table,
                    (row.row, "科目编码"),
                    raw=row.account,
                    account=row.account,
                )
                continue
            judge_detail(table, row.row, account, row.detail, findings, cooperative=cooperative)
            if cooperative and row.account == "322" and not row.detail:
                findings.report(
                    defects.detail_must_be_given, table, (row.row, "明细"), account="322", kept_by="成员"
                )
    books: dict[str, list[Opening]] = {}
    for row in table.rows:
        if table.knows(row.row, "村编码"):
            books.setdefault(book(row), []).append(row)
    twice = {amount for rows in books.values() for amount in _opening_lines(table, rows, findings)}
    if not table.complete("借方", "贷方", "村编码"):
        return
    difference = {name: sum(row.debit - row.credit for row in rows) for name, rows in books.items()}
    unbalanced = {name: amount for name, amount in difference.items() if amount and abs(amount) not in twice}
    for name in list(unbalanced):
        other = next((one for one, amount in unbalanced.items() if amount == -unbalanced.get(name, 0)), None)
        moved = next((row for row in books[name] if row.debit - row.credit == unbalanced.get(name)), None)
        if other is not None and moved is not None:
            # A row in a wrong village's book is one too many there and one too few in its own.
            _report_openings(table, [(moved.row, "村编码")], books[name], findings)
            del unbalanced[name], unbalanced[other]
    for name in unbalanced:
        rows = books[name]
        cells: list[At] = [
            (row.row, "借方" if row.debit else "贷方") for row in rows if row.debit or row.credit
        ]
        _report_openings(table, cells, rows, findings)


def _opening_lines(table: Table[Opening], rows: Sequence[Opening], findings: Findings) -> set[int]:
    """Judge each row of a book's openings; the amounts that stand twice, or on two sides."""
    first: dict[tuple[str, str], Opening] = {}
    twice = set()
    for row in rows:
        if table.knows(row.row, "借方", "贷方") and row.debit and row.credit:
            twice |= {abs(row.debit), abs(row.credit)}
            findings.report(
                defects.line_must_have_one_side,
                table,
                (row.row, "贷方"),
                raw=yuan(row.credit),
                also=[(row.row, "借方")],
            )
        if not table.knows(row.row, "科目编码", "明细"):
            continue
        earlier = first.setdefault((row.account, row.detail), row)
        if earlier is not row:
            twice |= {abs(row.debit - row.credit), abs(earlier.debit - earlier.credit)}
            findings.report(
                defects.opening_must_be_unique,
                table,
                (row.row, "科目编码"),
                raw=row.account,
                also=[(earlier.row, "科目编码")],
                account=row.account,
                detail=row.detail,
            )
    return twice


def _report_openings(
    table: Table[Opening], cells: Sequence[At], rows: Sequence[Opening], findings: Findings
) -> None:
    difference = sum(row.debit - row.credit for row in rows)
    findings.report(
        defects.openings_must_balance,
        table,
        cells[0],
        raw=yuan(difference),
        also=cells[1:],
        debit=yuan(sum(row.debit for row in rows)),
        credit=yuan(sum(row.credit for row in rows)),
        larger="借方" if difference > 0 else "贷方",
        smaller="贷方" if difference > 0 else "借方",
        difference=yuan(abs(difference)),
    )
