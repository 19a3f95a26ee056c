"""Which files prove which vouchers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Connection, Row, Select, and_, bindparam, select

from ledger.columns import PreparedAmong, table_of
from ledger.evidence import rules
from ledger.evidence.tables import AttachmentRow, EvidenceRow
from ledger.journals.queries import labels
from ledger.vouchers.tables import IN_BOOK_ORDER, VoucherRow
from schemas.evidence import Attachment, EvidenceFile, MediaType, StoredFile
from schemas.journals import VoucherLabel, voucher_text
from schemas.problems import Problem
from schemas.units import BookId, Period, VoucherId
from schemas.vouchers import Origin, State, Word

_evidence = table_of(EvidenceRow)
_attachment = table_of(AttachmentRow)
_voucher = table_of(VoucherRow)

_IS_OF_FILE = and_(_attachment.c.book_id == _evidence.c.book_id, _attachment.c.sha256 == _evidence.c.sha256)
_EXEMPT = (Origin.CLOSING.value, Origin.PLAN.value)
_ATTACHED = PreparedAmong(
    lambda vouchers: _attachments(bindparam("book")).where(_attachment.c.voucher_id.in_(vouchers))
)
_FILES = PreparedAmong(
    lambda digests: select(_evidence.c.sha256).where(
        _evidence.c.book_id == bindparam("book"), _evidence.c.sha256.in_(digests)
    )
)
_SHOWING = PreparedAmong(
    lambda digests: _with_vouchers(
        _voucher.c.book_id, _voucher.c.state, _voucher.c.word, _voucher.c.number, _voucher.c.date
    ).where(
        _attachment.c.book_id == bindparam("book"),
        _attachment.c.sha256.in_(digests),
        _voucher.c.state != State.WITHDRAWN.value,
    )
)


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
    rows = _ATTACHED.rows(db, sorted(set(vouchers)), book=book)
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
    return frozenset(row.sha256 for row in _FILES.rows(db, sorted(set(sha256)), book=book))


def vouchers_showing(
    db: Connection, *, book: BookId, sha256: Iterable[str]
) -> Mapping[str, tuple[VoucherLabel, ...]]:
    """The vouchers each of these files hangs on, withdrawn ones left out, in one question for as many vouchers as the
    files are of: to refer one voucher to another that the same original proves."""
    found = defaultdict(list)
    for row in _SHOWING.rows(db, sorted(set(sha256)), book=book):
        found[row.sha256].append(_as_label(row))
    return {digest: tuple(vouchers) for digest, vouchers in found.items()}


def reuse_among(
    db: Connection, *, book: BookId, attachments: Collection[Attachment]
) -> Mapping[VoucherId, tuple[Problem, ...]]:
    """What to look at before these vouchers are reviewed: the others their files hang on. One question for all of them."""
    if not attachments:
        return {}
    others = vouchers_showing(db, book=book, sha256={one.file.sha256 for one in attachments})
    of_voucher = defaultdict(list)
    for attachment in attachments:
        of_voucher[attachment.voucher].append(attachment)
    found = {id: rules.warnings_of_reuse(files, others=others) for id, files in of_voucher.items()}
    return {id: warnings for id, warnings in found.items() if warnings}


def stored_files(db: Connection, *, book: BookId) -> tuple[StoredFile, ...]:
    """Every file the book relies on, with the vouchers that show it. No day is read: one that is none is for the
    proof to name, and keeps it from no file."""
    shown = defaultdict(list)
    for row in db.execute(
        _with_vouchers(_voucher.c.word, _voucher.c.number).where(_attachment.c.book_id == book)
    ):
        shown[row.sha256].append(voucher_text(id=row.voucher_id, word=row.word, number=row.number))
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


def _attachments(book: BookId | BindParameter[str]) -> Select[Any]:
    return (
        select(_attachment, _evidence.c.media_type, _evidence.c.size)
        .join_from(_attachment, _evidence, _IS_OF_FILE)
        .where(_attachment.c.book_id == book)
    )


def _with_vouchers(*wanted: ColumnElement[Any]) -> Select[Any]:
    """Each attachment's digest and its voucher's id, with what is wanted of the voucher, in the order of the books."""
    return (
        select(_attachment.c.sha256, _voucher.c.voucher_id, *wanted)
        .join_from(
            _attachment,
            _voucher,
            and_(
                _attachment.c.book_id == _voucher.c.book_id,
                _attachment.c.voucher_id == _voucher.c.voucher_id,
            ),
        )
        .order_by(_voucher.c.date, *IN_BOOK_ORDER)
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
