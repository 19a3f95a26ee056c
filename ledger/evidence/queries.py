"""Which files prove which vouchers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, select

from ledger.columns import table_of
from ledger.evidence.tables import AttachmentRow, EvidenceRow
from ledger.journals.queries import labels
from ledger.vouchers.tables import VoucherRow
from schemas.evidence import Attachment, EvidenceFile, MediaType, StoredFile
from schemas.journals import VoucherLabel
from schemas.units import BookId, Period, VoucherId
from schemas.vouchers import Origin, State, Word

_evidence = table_of(EvidenceRow)
_attachment = table_of(AttachmentRow)
_voucher = table_of(VoucherRow)

_IS_OF_FILE = and_(_attachment.c.book_id == _evidence.c.book_id, _attachment.c.sha256 == _evidence.c.sha256)
_EXEMPT = (Origin.CLOSING.value, Origin.PLAN.value)


def evidence_seen(
    db: Connection, *, book: BookId, voucher: VoucherId, sha256: str | None = None
) -> tuple[Attachment, ...]:
    """The files of a voucher in the order they came; only the one named, where one is. The one door through which
    a file is found: by the book and voucher it hangs on, whose reader is known, never by its digest alone."""
    wanted = [_attachment.c.voucher_id == voucher]
    if sha256 is not None:
        wanted.append(_attachment.c.sha256 == sha256)
    rows = db.execute(_attachments(book).where(*wanted).order_by(_attachment.c.at, _attachment.c.sha256))
    return tuple(_as_attachment(row) for row in rows)


def attachments(db: Connection, *, book: BookId) -> tuple[Attachment, ...]:
    """Every attachment of a book by voucher."""
    rows = db.execute(
        _attachments(book).order_by(_attachment.c.voucher_id, _attachment.c.at, _attachment.c.sha256)
    )
    return tuple(_as_attachment(row) for row in rows)


def attached_among(
    db: Connection, *, book: BookId, vouchers: Iterable[VoucherId]
) -> Mapping[tuple[VoucherId, str], Attachment]:
    """What hangs on these vouchers, by voucher and digest."""
    wanted = sorted(set(vouchers))
    if not wanted:
        return {}
    rows = db.execute(_attachments(book).where(_attachment.c.voucher_id.in_(wanted)))
    return {(row.voucher_id, row.sha256): _as_attachment(row) for row in rows}


def files(db: Connection, *, book: BookId, sha256: Iterable[str]) -> Mapping[str, EvidenceFile]:
    """Those of these files the book relies on, by digest; a file has names only where it hangs, so it has none here."""
    wanted = sorted(set(sha256))
    if not wanted:
        return {}
    rows = db.execute(select(_evidence).where(_evidence.c.book_id == book, _evidence.c.sha256.in_(wanted)))
    return {
        row.sha256: EvidenceFile(
            sha256=row.sha256, media_type=MediaType(row.media_type), size=row.size, name=""
        )
        for row in rows
    }


def known_files(db: Connection, *, book: BookId, sha256: Iterable[str]) -> frozenset[str]:
    """Those of these digests the book has a file of."""
    wanted = sorted(set(sha256))
    if not wanted:
        return frozenset()
    return frozenset(
        db.execute(
            select(_evidence.c.sha256).where(_evidence.c.book_id == book, _evidence.c.sha256.in_(wanted))
        ).scalars()
    )


def vouchers_showing(
    db: Connection, *, book: BookId, sha256: Iterable[str]
) -> Mapping[str, tuple[VoucherLabel, ...]]:
    """The vouchers each of these files hangs on, withdrawn ones left out: before it is attached once more, and
    to refer one voucher to another that the same original proves."""
    wanted = sorted(set(sha256))
    if not wanted:
        return {}
    found = defaultdict(list)
    rows = db.execute(
        _with_vouchers(book).where(
            _attachment.c.sha256.in_(wanted), _voucher.c.state != State.WITHDRAWN.value
        )
    )
    for row in rows:
        found[row.sha256].append(_as_label(row))
    return {digest: tuple(vouchers) for digest, vouchers in found.items()}


def stored_files(db: Connection, *, book: BookId) -> tuple[StoredFile, ...]:
    """Every file the book relies on, with the vouchers that show it."""
    shown = defaultdict(list)
    for row in db.execute(_with_vouchers(book)):
        shown[row.sha256].append(_as_label(row))
    rows = db.execute(select(_evidence).where(_evidence.c.book_id == book).order_by(_evidence.c.sha256))
    return tuple(
        StoredFile(
            sha256=row.sha256,
            media_type=MediaType(row.media_type),
            size=row.size,
            vouchers=tuple(shown[row.sha256]),
        )
        for row in rows
    )


def digests_relied_on(db: Connection) -> frozenset[str]:
    """Every file any book relies on; what else lies in the store is left over from an upload that failed."""
    return frozenset(db.execute(select(_evidence.c.sha256).distinct()).scalars())


def vouchers_without_evidence(db: Connection, *, book: BookId, period: Period) -> tuple[VoucherLabel, ...]:
    """The vouchers of a month that declare no originals and carry no file. Withdrawn ones are no vouchers;
    closing, plan and correction vouchers need none (art. 51-4)."""
    carries = (
        select(_attachment.c.sha256)
        .where(
            _attachment.c.book_id == _voucher.c.book_id,
            _attachment.c.voucher_id == _voucher.c.voucher_id,
        )
        .correlate(_voucher)
        .exists()
    )
    return labels(
        db,
        _voucher.c.book_id == book,
        _voucher.c.period == period,
        _voucher.c.state != State.WITHDRAWN.value,
        _voucher.c.originals == 0,
        _voucher.c.origin.not_in(_EXEMPT),
        _voucher.c.corrects.is_(None),
        ~carries,
    )


def _attachments(book: BookId) -> Select[Any]:
    return (
        select(_attachment, _evidence.c.media_type, _evidence.c.size)
        .join_from(_attachment, _evidence, _IS_OF_FILE)
        .where(_attachment.c.book_id == book)
    )


def _with_vouchers(book: BookId) -> Select[Any]:
    return (
        select(
            _attachment.c.sha256,
            _voucher.c.book_id,
            _voucher.c.voucher_id,
            _voucher.c.state,
            _voucher.c.word,
            _voucher.c.number,
            _voucher.c.date,
        )
        .join_from(
            _attachment,
            _voucher,
            and_(
                _attachment.c.book_id == _voucher.c.book_id,
                _attachment.c.voucher_id == _voucher.c.voucher_id,
            ),
        )
        .where(_attachment.c.book_id == book)
        .order_by(_voucher.c.date, _voucher.c.voucher_id)
    )


def _as_attachment(row: Row[Any]) -> Attachment:
    return Attachment(
        voucher=row.voucher_id,
        file=EvidenceFile(
            sha256=row.sha256, media_type=MediaType(row.media_type), size=row.size, name=row.name
        ),
        added_by=row.added_by,
        at=row.at,
    )


def _as_label(row: Row[Any]) -> VoucherLabel:
    return VoucherLabel(
        book=row.book_id,
        id=row.voucher_id,
        state=State(row.state),
        word=Word(row.word),
        number=row.number,
        date=row.date,
    )
