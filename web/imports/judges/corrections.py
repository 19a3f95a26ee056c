"""Corrections name the voucher they correct: 注销6月6日记-0060号凭证 cancels it in red, 订正… books what is right in blue.

The number exists, the date is that voucher's, a voucher is cancelled once, and in the exact negative.
"""

import re
from collections import Counter

from schemas.packs import (
    PackCorrection,
    PackCorrectionKind,
)
from web.imports import defects
from web.imports.cells import yuan
from web.imports.columns import VoucherRow
from web.imports.findings import At, Findings, Table
from web.imports.judges.books import Book, Entry, side

_CORRECTION = re.compile(
    r"^(?P<kind>注销|订正|更正)(?:(?P<year>\d{4})年)?(?P<month>\d{1,2})月(?P<day>\d{1,2})日"
    r"(?P<word>[记收付转])字?-?第?(?P<number>\d{1,6})号凭证"
)


def judge_corrections(table: Table[VoucherRow], book: Book, findings: Findings, year: int | None) -> None:
    """Link each correction of a book to what it corrects."""
    cancelled: dict[str, Entry] = {}
    for entry in book.entries:
        found = _named(table, entry)
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
        if not _later(table, entry, corrected):
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


def _named(table: Table[VoucherRow], entry: Entry) -> list[tuple[VoucherRow, re.Match[str]]]:
    """The rows of a voucher whose 摘要 names what it corrects."""
    return [
        (row, match)
        for row in entry.rows
        if table.knows(row.row, "摘要") and (match := _CORRECTION.match(re.sub(r"\s", "", row.summary)))
    ]


def _later(table: Table[VoucherRow], entry: Entry, corrected: Entry) -> bool:
    """Whether a correction comes after what it corrects: on no earlier day, and with a higher number where both are of
    one series. Of one day, what corrects a correction is of its series, so that they are in a row."""
    word, _, number = entry.number.partition("-")
    its_word, _, its_number = corrected.number.partition("-")
    if word == its_word and int(its_number) >= int(number):
        return False
    if not all(table.knows(one.first.row, "日期") for one in (entry, corrected)):
        return True
    if corrected.first.on == entry.first.on:
        return word == its_word or not _named(table, corrected)
    return corrected.first.on < entry.first.on


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
            side(lines[0]),
            raw=yuan(lines[0].debit or lines[0].credit),
            also=[side(row) for row in lines[1:]],
            number=corrected.number,
        )
