"""The share register against itself and against account 301.

A member's refundable shares equal the member's balance on 301 (RULES §3), so each row of the register is
compared with the posting of the voucher it names, and the rows of earlier years with the opening balance. A row
of 5 500.00 whose voucher posts 5 000.00 is named where it stands.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from schemas.packs import OpeningRow, ShareKind, ShareRow, SheetRow
from web.imports import defects, habits
from web.imports.cells import yuan
from web.imports.columns import SHARE_KINDS, SHARE_UNITS, VoucherRow
from web.imports.findings import Area, At, Findings, Table
from web.imports.judges.books import Book
from web.imports.judges.members import Membership
from web.imports.judges.references import Known

R = TypeVar("R", bound=SheetRow)

_EARLIER = re.compile(r"^(\d{4})-(.+)$")
_WORDS = {kind: word for word, kind in SHARE_KINDS.items()}


def judge_shares(
    table: Table[ShareRow],
    findings: Findings,
    *,
    membership: Membership,
    known: Known,
    book: Book | None,
    openings: Table[OpeningRow],
    year: int | None,
    founded: date | None,
) -> None:
    """Everything that must hold of the register, from the single row to the whole."""
    known.refer(table, "成员编号", findings=findings)
    for place, row in enumerate(table.rows):
        _row(table, place, row, findings, year, founded)
    if book is not None:
        for row in table.rows:
            _voucher(table, row, findings, book)
    membership.judge(
        table,
        member=lambda row: row.member,
        on=lambda row: row.on,
        only=lambda row: table.knows(row.row, "金额") and row.amount > 0,
    )
    if book is not None:
        _against_vouchers(table, findings, book)
        for row in table.rows:
            _date(table, row, findings, book)
    _against_openings(table, openings, findings, year)
    _holdings(table, findings)


def _row(
    table: Table[ShareRow],
    place: int,
    row: ShareRow,
    findings: Findings,
    year: int | None,
    founded: date | None,
) -> None:
    if table.knows(row.row, "日期"):
        if year is not None and row.on.year > year:
            findings.report(
                defects.date_must_be_in_the_year,
                table,
                (row.row, "日期"),
                raw=row.on.isoformat(),
                date=row.on,
                year=year,
            )
        elif founded is not None and row.on < founded:
            findings.report(
                defects.date_must_not_be_before_the_book,
                table,
                (row.row, "日期"),
                raw=row.on.isoformat(),
                date=row.on,
                founded=founded,
            )
    if table.knows(row.row, "方式", "单位") and row.unit != SHARE_UNITS[row.kind]:
        findings.report(
            defects.share_unit_must_fit,
            table,
            (row.row, "单位"),
            raw=row.unit,
            kind=_WORDS[row.kind],
            expected=SHARE_UNITS[row.kind],
            unit=row.unit,
        )
        # Which of the two is wrong is not certain: what follows from the kind is not judged.
        table.doubtful.add((row.row, "方式"))
    if table.knows(row.row, "数量", "单价", "金额") and row.quantity * row.price != row.amount * 100:
        exact = row.quantity * row.price
        # A measured quantity may give parts of a fen: rounded half up, away from zero (RULES §1).
        rounded = (abs(exact) + 50) // 100 * (1 if exact > 0 else -1)
        if rounded != row.amount:
            findings.report(
                defects.share_amount_must_be_the_product,
                table,
                (row.row, "金额"),
                raw=yuan(row.amount),
                quantity=table.shown(row, "数量"),
                price=yuan(row.price),
                product=yuan(rounded),
                amount=yuan(row.amount),
            )
    if table.knows(row.row, "凭证号", "方式"):
        if row.kind is ShareKind.LABOUR:
            if row.voucher:
                findings.report(
                    defects.labour_must_not_be_booked,
                    table,
                    (row.row, "凭证号"),
                    raw=row.voucher,
                    number=row.voucher,
                )
        elif not row.voucher:
            findings.report(defects.share_must_name_its_voucher, table, (row.row, "凭证号"))
        elif (
            not _EARLIER.match(row.voucher)
            and year is not None
            and table.knows(row.row, "日期")
            and row.on.year < year
        ):
            findings.report(
                defects.earlier_share_must_name_the_year,
                table,
                (row.row, "凭证号"),
                raw=row.voucher,
                year=row.on.year,
                number=row.voucher,
            )
        elif (match := _EARLIER.match(row.voucher)) and int(match[1]) == year:
            table.amend(place, "凭证号", match[2])
            findings.repair(
                table,
                [habits.voucher_number_form],
                (row.row, "凭证号"),
                raw=row.voucher,
                repaired=match[2],
            )


def _is_booked(row: ShareRow) -> bool:
    """Whether the row names a voucher of the pack's own year."""
    return row.kind is not ShareKind.LABOUR and bool(row.voucher) and not _EARLIER.match(row.voucher)


def _voucher(table: Table[ShareRow], row: ShareRow, findings: Findings, book: Book) -> None:
    if not table.knows(row.row, "凭证号", "方式") or not _is_booked(row):
        return
    if book.lacks(row.voucher, findings):
        findings.report(
            defects.share_voucher_must_exist, table, (row.row, "凭证号"), raw=row.voucher, number=row.voucher
        )


def _date(table: Table[ShareRow], row: ShareRow, findings: Findings, book: Book) -> None:
    if not table.knows(row.row, "日期", "凭证号", "方式", "成员编号") or not _is_booked(row):
        return
    entry = book.sound(row.voucher)
    if entry is not None and book.table.knows(entry.first.row, "日期") and row.on != entry.first.on:
        findings.report(
            defects.share_should_have_its_vouchers_date,
            table,
            (row.row, "日期"),
            raw=row.on.isoformat(),
            number=row.voucher,
            date=entry.first.on,
        )


# --- the register against account 301 --------------------------------------------------------------------------


def _against_vouchers(table: Table[ShareRow], findings: Findings, book: Book) -> None:
    """For each voucher and member, the rows of the register sum to the posting on 301."""
    # A row whose voucher is in doubt may be the one a voucher seems to lack.
    unplaced = not table.complete("凭证号", "方式")
    rows: dict[tuple[str, str], list[ShareRow]] = defaultdict(list)
    unsure: set[str] = set()
    for row in table.rows:
        if not table.knows(row.row, "凭证号", "方式") or not _is_booked(row):
            continue
        if table.knows(row.row, "成员编号", "金额"):
            rows[row.voucher, row.member].append(row)
        else:
            unsure.add(row.voucher)
    posted: dict[tuple[str, str], list[VoucherRow]] = defaultdict(list)
    for entry in book.entries:
        if book.sound(entry.number) is entry:
            for line in entry.rows:
                if line.account == "301":
                    posted[entry.number, line.detail].append(line)
    differing: dict[tuple[str, str], int] = {}
    for key in sorted({*rows, *posted}):
        number, _ = key
        if number in unsure or book.sound(number) is None:
            continue
        difference = sum(row.amount for row in rows.get(key, ())) - _booked(posted.get(key, ()))
        if difference and (key in rows or not unplaced):
            differing[key] = difference
    _misplaced(table, differing, rows, posted, findings, book)
    for (number, member), difference in differing.items():
        of = rows.get((number, member), [])
        if not of:
            lines = posted[number, member]
            cells: list[At] = [(line.row, "明细") for line in lines]
            _mismatch(book.table, cells, member, member, difference, (), findings)
            continue
        _mismatch_in(table, of, member, difference, findings)


def _mismatch_in(
    table: Table[ShareRow], rows: Sequence[ShareRow], member: str, difference: int, findings: Findings
) -> None:
    """The row that alone makes the difference, entered twice perhaps, else the first, and the others beside it."""
    main = (
        next((row for row in reversed(rows) if row.amount == difference), rows[0])
        if len(rows) > 1
        else rows[0]
    )
    cells: list[At] = [(main.row, "金额"), *((row.row, "金额") for row in rows if row is not main)]
    _mismatch(table, cells, yuan(main.amount), member, difference, rows, findings)


def _booked(lines: Iterable[VoucherRow]) -> int:
    return sum(line.credit - line.debit for line in lines)


def _misplaced(
    table: Table[ShareRow],
    differing: dict[tuple[str, str], int],
    rows: Mapping[tuple[str, str], Sequence[ShareRow]],
    posted: Mapping[tuple[str, str], Sequence[VoucherRow]],
    findings: Findings,
    book: Book,
) -> None:
    """A row under the wrong member or the wrong voucher is one defect, not one too many and one too few.

    Where the voucher names a member twice and the register does not, it is the voucher that errs.
    """
    for key, difference in sorted(differing.items()):
        if key not in differing:
            continue
        for column, same in (("成员编号", 0), ("凭证号", 1)):
            lack = next(
                (
                    other
                    for other, amount in sorted(differing.items())
                    if other != key and other[same] == key[same] and amount == -difference
                ),
                None,
            )
            if lack is None:
                continue
            of = [row for row in rows.get(key, ()) if row.amount == difference]
            lines = [line for line in posted.get(lack, ()) if _booked([line]) == difference]
            if not of or not lines:
                continue
            if same == 0 and len(posted[lack]) > 1 and len(rows[key]) == 1:
                line = _opposite(
                    lines,
                    of[0].row,
                    [row for (number, _), some in rows.items() if number == key[0] for row in some],
                    [line for (number, _), some in posted.items() if number == key[0] for line in some],
                )
                _mismatch(book.table, [(line.row, "明细")], line.detail, lack[1], -difference, (), findings)
            else:
                row = _opposite(
                    of,
                    lines[0].row,
                    [line for (number, _), some in posted.items() if number == lack[0] for line in some],
                    [row for (number, _), some in rows.items() if number == key[0] for row in some],
                )
                _mismatch(
                    table, [(row.row, column)], table.shown(row, column), key[1], difference, (row,), findings
                )
            del differing[key], differing[lack]
            break


def _opposite(likely: Sequence[R], of: int, theirs: Sequence[SheetRow], ours: Sequence[SheetRow]) -> R:
    """Of rows that would all do, the one that stands where its counterpart stands in the other sheet."""
    order = sorted(row.row for row in theirs)
    place = order.index(of) if of in order else 0
    mine = sorted(row.row for row in ours)
    return next((row for row in likely if place < len(mine) and row.row == mine[place]), likely[-1])


def _mismatch(
    table: Area,
    cells: Sequence[At],
    raw: str,
    member: str,
    difference: int,
    rows: Iterable[ShareRow],
    findings: Findings,
) -> None:
    register = sum(row.amount for row in rows)
    findings.report(
        defects.share_must_equal_account_301,
        table,
        cells[0],
        raw=raw,
        also=cells[1:],
        member=member,
        register=yuan(register),
        booked=yuan(register - difference),
        direction="多" if difference > 0 else "少",
        difference=yuan(abs(difference)),
    )


def _against_openings(
    table: Table[ShareRow], openings: Table[OpeningRow], findings: Findings, year: int | None
) -> None:
    """A member's rows of earlier years sum to the opening balance of 301."""
    if year is None or not openings.complete("科目编码", "明细", "借方", "贷方"):
        return
    rows: dict[str, list[ShareRow]] = defaultdict(list)
    unsure: set[str] = set()
    unplaced = not table.complete("成员编号")
    for row in table.rows:
        if not table.knows(row.row, "凭证号", "方式", "金额"):
            unsure.add(row.member)
        elif table.knows(row.row, "成员编号") and _is_brought_forward(row):
            rows[row.member].append(row)
    opened: dict[str, list[OpeningRow]] = defaultdict(list)
    for opening in openings.rows:
        if opening.account == "301":
            opened[opening.detail].append(opening)
    differing = {}
    for member in sorted({*rows, *opened}):
        booked = sum(opening.credit - opening.debit for opening in opened[member])
        difference = sum(row.amount for row in rows[member]) - booked
        if difference and member not in unsure and (rows[member] or not unplaced):
            differing[member] = difference
    for member, difference in list(differing.items()):
        # A row under the wrong member is one too many there and one too few elsewhere.
        lack = next((other for other, amount in differing.items() if amount == -difference), None)
        moved = next((row for row in rows[member] if row.amount == difference), None)
        if member in differing and lack is not None and moved is not None:
            _mismatch(table, [(moved.row, "成员编号")], member, member, difference, (moved,), findings)
            del differing[member], differing[lack]
    for member, difference in differing.items():
        if rows[member]:
            _mismatch_in(table, rows[member], member, difference, findings)
        else:
            cells: list[At] = [(opening.row, "明细") for opening in opened[member]]
            _mismatch(openings, cells, member, member, difference, (), findings)


def _is_brought_forward(row: ShareRow) -> bool:
    return row.kind is not ShareKind.LABOUR and _EARLIER.match(row.voucher) is not None


def brought_forward(table: Table[ShareRow]) -> dict[str, int]:
    """What the register says each member held when the year began; empty if that is in doubt."""
    held: dict[str, int] = defaultdict(int)
    if table.complete("成员编号", "方式", "金额", "凭证号"):
        for row in table.rows:
            if _is_brought_forward(row):
                held[row.member] += row.amount
    return held


# --- holdings --------------------------------------------------------------------------------------------------


def _holdings(table: Table[ShareRow], findings: Findings) -> None:
    """No holding is negative on any date; both sides of a transfer on one day are taken together."""
    if {"成员编号", "方式", "日期", "数量", "金额"} & table.absent:
        return
    held: dict[tuple[str, ShareKind], list[ShareRow]] = defaultdict(list)
    unsure: set[tuple[str, ShareKind]] = set()
    # What rows whose member or kind is in doubt bring in may be what a holding seems to lack.
    in_doubt = 0
    for row in table.rows:
        if table.knows(row.row, "成员编号", "方式"):
            held[row.member, row.kind].append(row)
            if not table.knows(row.row, "日期", "数量", "金额"):
                unsure.add((row.member, row.kind))
        elif not table.knows(row.row, "数量", "金额"):
            return
        else:
            in_doubt += max(row.amount, row.quantity, 0)
    for key, rows in held.items():
        if key in unsure:
            continue
        value = quantity = 0
        for day in sorted({row.on for row in rows}):
            before = value
            of_day = [row for row in rows if row.on == day]
            value += sum(row.amount for row in of_day)
            quantity += sum(row.quantity for row in of_day)
            if value + in_doubt < 0 or quantity + in_doubt < 0:
                last = next(
                    (row for row in reversed(of_day) if row.amount < 0 or row.quantity < 0), of_day[-1]
                )
                findings.report(
                    defects.holding_must_not_be_negative,
                    table,
                    (last.row, "金额"),
                    raw=yuan(last.amount),
                    member=last.member,
                    kind=_WORDS[last.kind],
                    held=yuan(before),
                    given_up=yuan(-last.amount),
                )
                break
