"""How a book is sealed: what is hashed, and how one entry hangs on the one before.

Every act is one entry of the log; its hash covers the hash before it, so that one changed figure, scan or log
line breaks the chain at that place and everywhere after. What an entry seals that lies elsewhere (the lines of a
voucher, a scan) it holds as a digest of a canonical text.

>>> chained("", seq=1, at="2025-01-01T00:00:00Z", act=Act(by=1, act="book.open", subject="book"), book="b")[:12]
'f72008e5c3fc'
"""

from collections.abc import Iterable
from hashlib import sha256

import msgspec

from schemas.log import Act, LogEntry
from schemas.problems import Fault, Problem
from schemas.units import BookId, Fen, Hundredths, Value
from schemas.vouchers import Voucher

log_must_be_whole = Fault(
    code="log_must_be_whole",
    says="Log entry {seq} of book {book} is missing or out of order.",
    remedy="Restore the book from a backup taken before the log was changed.",
)
log_entry_must_match_its_hash = Fault(
    code="log_entry_must_match_its_hash",
    says="Log entry {seq} of book {book} ({act} {subject}, {at}) does not match its hash: it or the one before was changed.",
    remedy="Compare it with a backup; whoever can write to the database can tell what happened.",
)
head_must_match_the_log = Fault(
    code="head_must_match_the_log",
    says="The chain of book {book} ends at entry {seq}, but its head says {length}.",
    remedy="Entries at the end were removed or added behind the service's back.",
)

_encode = msgspec.json.Encoder(order="deterministic").encode


class OpeningLine(Value):
    """An opening balance as it is sealed."""

    account: str
    detail: str
    debit: Fen
    credit: Fen
    quantity: Hundredths


def digest_of_bytes(content: bytes) -> str:
    """SHA-256 of a file, in lower-case hex."""
    return sha256(content).hexdigest()


def digest_of_voucher(voucher: Voucher) -> str:
    """The digest of everything a posted voucher says: date, number, people, origin, and each line."""
    return sha256(
        _encode(
            (
                voucher.book,
                voucher.id,
                voucher.word,
                voucher.number,
                voucher.date,
                voucher.period,
                voucher.originals,
                voucher.origin,
                voucher.corrects,
                voucher.prepared_by,
                voucher.reviewed_by,
                voucher.posted_by,
                [
                    (
                        line.summary,
                        line.account,
                        line.detail,
                        line.debit,
                        line.credit,
                        line.quantity,
                        line.movement,
                    )
                    for line in voucher.lines
                ],
            )
        )
    ).hexdigest()


def digest_of_openings(lines: Iterable[OpeningLine]) -> str:
    """The digest of a year's opening balances, in the order of account and detail."""
    return sha256(_encode(sorted(lines, key=lambda line: (line.account, line.detail)))).hexdigest()


def digest_of(value: object) -> str:
    """The digest of any frozen value, through its deterministic JSON."""
    return sha256(_encode(value)).hexdigest()


def chained(previous: str, *, book: BookId, seq: int, at: str, act: Act) -> str:
    """The hash of an entry: SHA-256 over the hash before it and the entry itself."""
    return sha256(
        _encode((previous, book, seq, at, act.by, act.act, act.subject, act.before, act.after, act.content))
    ).hexdigest()


def faults_in_chain(
    entries: Iterable[LogEntry], *, book: BookId, previous: str, first: int, length: int | None
) -> tuple[Problem, ...]:
    """Every entry whose hash does not follow from the one before, from ``first`` on; ``length`` is what the head
    says the chain's length is (``None`` when only a part is looked at)."""
    problems: list[Problem] = []
    expected = first
    for entry in entries:
        if entry.seq != expected:
            problems.append(log_must_be_whole.at(f"/log/{expected}", seq=expected, book=book))
            expected = entry.seq
        act = Act(
            by=entry.by,
            act=entry.act,
            subject=entry.subject,
            before=entry.before,
            after=entry.after,
            content=entry.content,
        )
        if chained(previous, book=book, seq=entry.seq, at=entry.at, act=act) != entry.hash:
            problems.append(
                log_entry_must_match_its_hash.at(
                    f"/log/{entry.seq}",
                    seq=entry.seq,
                    book=book,
                    act=entry.act,
                    subject=entry.subject,
                    at=entry.at,
                )
            )
        previous, expected = entry.hash, expected + 1
    if length is not None and expected - 1 != length:
        problems.append(head_must_match_the_log.at("/log", book=book, seq=expected - 1, length=length))
    return tuple(problems)
