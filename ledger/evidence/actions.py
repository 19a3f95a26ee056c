"""Hanging files on vouchers. There is no verb here that takes one off again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from ledger.columns import table_of
from ledger.evidence import queries, rules
from ledger.evidence.tables import AttachmentRow, EvidenceRow
from ledger.log import actions as log
from ledger.recognition import actions as recognition
from ledger.vouchers import queries as vouchers
from ledger.vouchers.actions import kind_of
from ledger.vouchers.rules import voucher_must_exist
from schemas.evidence import Attachment, AttachOutcome, EvidenceFile, NewAttachment
from schemas.log import Act
from schemas.problems import Problem, Refusal
from schemas.units import BookId, PersonId, VoucherId
from schemas.vouchers import Voucher

_evidence = table_of(EvidenceRow)
_attachment = table_of(AttachmentRow)


def attach_many(
    db: Connection,
    new: Sequence[NewAttachment],
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    atomic: bool = False,
) -> tuple[AttachOutcome, ...]:
    """Hang files on vouchers: in any state, also posted ones of closed months, but not on withdrawn ones.

    Each is a fact of its own in the chain, with the file's digest as its content. A file that already hangs on
    the voucher stays as it is and is answered again; the file's bytes are the key. Returns an outcome each, in
    order; ``atomic`` makes it all or nothing. The bytes are in the store before this is called.
    """
    head = log.lock(db, book=book)
    ids = [item.voucher for item in new]
    found = vouchers.vouchers(db, book=book, ids=ids)
    there = dict(queries.attached_among(db, book=book, vouchers=ids))
    scanned = {voucher for voucher, _ in there}
    when = log.instant(at)
    outcomes: list[AttachOutcome] = []
    fresh: list[Attachment] = []
    for item in new:
        key = (item.voucher, item.file.sha256)
        problems = _faults_of(item, found.get(item.voucher))
        if problems:
            outcomes.append(AttachOutcome(problems=problems))
        elif key in there:
            outcomes.append(AttachOutcome(attachment=there[key], replayed=True))
        else:
            there[key] = Attachment(voucher=item.voucher, file=item.file, added_by=by, at=when)
            fresh.append(there[key])
            outcomes.append(AttachOutcome(attachment=there[key]))
    wrong = [
        msgspec.structs.replace(problem, pointer=f"/{index}{problem.pointer}")
        for index, outcome in enumerate(outcomes)
        for problem in outcome.problems
    ]
    if atomic and wrong:
        raise Refusal(*wrong, kind=kind_of(wrong))
    if fresh:
        first = {attachment.voucher: when for attachment in fresh if attachment.voucher not in scanned}
        recognition.note_scanned(db, first, found=found, book=book)
        _write(db, fresh, book=book)
    acts = [
        Act(
            by=by,
            act=rules.ATTACHED,
            subject=f"voucher:{attachment.voucher}",
            after=rules.sealed_text(attachment.file),
            content=attachment.file.sha256,
        )
        for attachment in fresh
    ]
    log.append(db, acts, book=book, head=head, at=at)
    return tuple(outcomes)


def attach(db: Connection, item: NewAttachment, *, book: BookId, by: PersonId, at: datetime) -> Attachment:
    """Hang one file on one voucher; raises what kept it off."""
    (outcome,) = attach_many(db, [item], book=book, by=by, at=at)
    if outcome.attachment is None:
        raise Refusal(*outcome.problems, kind=kind_of(outcome.problems))
    return outcome.attachment


def _faults_of(item: NewAttachment, voucher: Voucher | None) -> tuple[Problem, ...]:
    if voucher is None:
        return (voucher_must_exist.at("/voucher", voucher=item.voucher),)
    return rules.fault_of_voucher(voucher.state, voucher=_shown(voucher.id))


def _shown(voucher: VoucherId) -> str:
    return f"#{voucher}"


def know_files(db: Connection, files: Iterable[EvidenceFile], *, book: BookId) -> None:
    """Let the book rely on these files, whose bytes are in the store; one it relies on already stays as it is."""
    by_digest = {file.sha256: file for file in files}
    known = queries.known_files(db, book=book, sha256=by_digest)
    new_files = [
        {"book_id": book, "sha256": sha256, "media_type": file.media_type.value, "size": file.size}
        for sha256, file in by_digest.items()
        if sha256 not in known
    ]
    if new_files:
        db.execute(insert(_evidence), new_files)


def _write(db: Connection, fresh: Sequence[Attachment], *, book: BookId) -> None:
    know_files(db, (attachment.file for attachment in fresh), book=book)
    db.execute(
        insert(_attachment),
        [
            {
                "book_id": book,
                "voucher_id": attachment.voucher,
                "sha256": attachment.file.sha256,
                "name": attachment.file.name,
                "added_by": attachment.added_by,
                "at": attachment.at,
            }
            for attachment in fresh
        ],
    )
