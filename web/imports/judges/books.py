"""Rows of 凭证 put together into the vouchers of a book, a cooperative's or a village's.

Lines numbered on from 1 stand together. A line among them that says another number, where they balance as they stand,
has its number mistyped; a second run of lines with a number already used is a second voucher of that number.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec

from schemas.packs import (
    PackCorrection,
    PackLine,
    PackVoucher,
)
from web.imports import defects
from web.imports.columns import VoucherRow
from web.imports.findings import At, Findings, Table

AMOUNTS = ("借方金额", "贷方金额")


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
        if any(not table.knows(row.row, *AMOUNTS, "行号") for row in entry.rows):
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
        all(table.knows(row.row, "行号", "日期", *AMOUNTS) for row in block)
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


def side(row: VoucherRow) -> At:
    """The cell of a line's amount."""
    return (row.row, "借方金额" if row.debit else "贷方金额")
