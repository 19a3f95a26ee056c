"""What must hold of a voucher: it balances, its lines agree, its date is of the year, its number is its own.

A voucher of 3 536.00 on the debit and 3 636.00 on the credit side does not balance; a red entry counts with its
sign. A voucher with a cell in doubt is not judged as a whole.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from web.imports import defects, habits
from web.imports.cells import yuan
from web.imports.columns import VoucherRow
from web.imports.findings import Findings, Table
from web.imports.judges.books import AMOUNTS, Book, Entry, Gap, assemble, side
from web.imports.judges.corrections import judge_corrections

T = TypeVar("T")

_HEADING = (("附件张数", "originals"), ("制单", "prepared_by"), ("审核", "reviewed_by"))


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
        judge_corrections(table, book, findings, year)
    return books


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
        if not table.knows(row.row, *AMOUNTS):
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
            table, [habits.line_order], (moved.row, "行号"), raw=str(moved.no), repaired=str(moved.no)
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
            side(entry.first),
            raw=entry.number,
            also=[side(row) for row in entry.rows[1:]],
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
