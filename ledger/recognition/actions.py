"""Keeping what lacks evidence in step with postings and files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from ledger.columns import merging_rows, table_of
from ledger.log import actions as log
from ledger.recognition import queries, rules
from ledger.recognition.rules import Lack, Shown
from ledger.recognition.tables import UnscannedIncomeRow
from ledger.vouchers import queries as vouchers
from schemas.units import BookId, Fen, VoucherId
from schemas.vouchers import CorrectionKind, Origin, State, Voucher

_ADD = merging_rows(table_of(UnscannedIncomeRow), adding=("amount",))


def note_posted(
    db: Connection, posted: Sequence[Voucher], *, income: Collection[str], book: BookId, at: datetime
) -> None:
    """Keep what of the income just posted lacks a scan; a red voucher follows the evidence of what it cancels."""
    earning = [
        voucher
        for voucher in posted
        if voucher.origin is not Origin.CLOSING and any(line.account in income for line in voucher.lines)
    ]
    if not earning:
        return
    now = log.instant(at)
    first = queries.first_scans(db, book=book, vouchers=(voucher.id for voucher in posted))
    among = {voucher.id: Shown(voucher.originals, now, first.get(voucher.id)) for voucher in posted}
    cancelled = {red for voucher in earning if (red := cancelled_by(voucher)) is not None} - among.keys()
    shown = {**queries.what_is_shown(db, book=book, vouchers=cancelled), **among} if cancelled else among
    _add(
        db,
        *(
            rules.lacking(
                voucher.lines,
                period=voucher.period,
                income=income,
                shown=shown[_proved_by(voucher)],
            )
            for voucher in earning
        ),
        book=book,
    )


def note_scanned(
    db: Connection, first: Mapping[VoucherId, str], *, found: Mapping[VoucherId, Voucher], book: BookId
) -> None:
    """A first scan came for posted vouchers: what they and the red ones that cancel them lacked, they lacked until then.
    ``first`` says when, ``found`` has the vouchers."""
    lacked = {
        id for id in first if found[id].state is State.POSTED and found[id].origin is not Origin.CLOSING
    }
    reds = queries.red_of(db, book=book, vouchers=lacked) if lacked else ()
    known = {**found, **vouchers.vouchers(db, book=book, ids=reds)}
    moved = [known[id] for id in {*lacked, *reds} if _proved_by(known[id]) in lacked]
    if not moved:
        return
    income = queries.income_accounts(db, book=book)
    before = queries.what_is_shown(db, book=book, vouchers=lacked)
    changes: list[Mapping[Lack, Fen]] = []
    for voucher in moved:
        shown = before[_proved_by(voucher)]
        for of, times in (
            (shown._replace(first_scan=None), -1),
            (shown._replace(first_scan=first[_proved_by(voucher)]), 1),
        ):
            changes.append(
                rules.lacking(voucher.lines, period=voucher.period, income=income, shown=of, times=times)
            )
    _add(db, *changes, book=book)


def cancelled_by(voucher: Voucher) -> VoucherId | None:
    """What a red voucher cancels."""
    corrects = voucher.corrects
    return corrects.voucher if corrects is not None and corrects.kind is CorrectionKind.RED else None


def _proved_by(voucher: Voucher) -> VoucherId:
    cancelled = cancelled_by(voucher)
    return voucher.id if cancelled is None else cancelled


def _add(db: Connection, *parts: Mapping[Lack, Fen], book: BookId) -> None:
    _ADD.write(db, list(_rows(rules.added(*parts), book=book)))


def _rows(lacking: Mapping[Lack, Fen], *, book: BookId) -> Iterable[Mapping[str, object]]:
    for key, amount in lacking.items():
        yield {
            "book_id": book,
            "period": key.period,
            "account": key.account,
            "on_paper": int(key.on_paper),
            "scanned_on": key.scanned_on,
            "amount": amount,
        }
