"""What is kept under an idempotency key must be what its act answered.

A voucher that was answered is the one its act sealed: 记-0002 told again as 8 600.00, where the log sealed it as 86.00, is
named. What is answered otherwise has a digest of its own in the log (``key.keep``).
"""

from collections.abc import Iterable, Iterator, Mapping

from ledger.seal.rules import digest_of
from schemas.problems import Fault, Problem
from schemas.units import BookId, Value, VoucherId

KEPT = "key.keep"
"""The act under which a book's log seals an answer that is no voucher."""

answer_must_be_as_given = Fault(
    code="answer_must_be_as_given",
    says="Book {book}: what is kept under the key {key} is not what its act answered.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
answer_must_be_there = Fault(
    code="answer_must_be_there",
    says="Book {book}: the answer kept under the key {key} is missing.",
    remedy="Somebody removed it behind the service's back; restore it from a backup.",
)

Answered = tuple[VoucherId, bytes]
"""A voucher as an act left it: its id and its digest."""


class KeptAnswer(Value):
    """A key with the digest of all that is kept under it, and the voucher it answered, where it answered one."""

    key: str
    digest: str
    voucher: Answered | None


def sealed_answer(key: str, fingerprint: str, answer: str) -> str:
    """The digest under which the log seals what is kept under a key."""
    return digest_of((key, fingerprint, answer))


def subject(key: str) -> str:
    """What the log calls a key."""
    return f"key:{key}"


def faults_of_answers(
    kept: Iterable[KeptAnswer], sealed: Mapping[str, str], *, unsaid: Iterable[Answered], book: BookId
) -> Iterator[Problem]:
    """Every kept answer that is neither sealed as it is nor a voucher as an act left it (``unsaid`` are those no act
    did), and every sealed one that is gone."""
    left, unsaid = dict(sealed), frozenset(unsaid)
    for one in kept:
        known = left.pop(one.key, None)
        if known is None:
            right = one.voucher is not None and one.voucher not in unsaid
        else:
            right = known == one.digest
        if not right:
            yield answer_must_be_as_given.at(f"/keys/{one.key}", book=book, key=one.key)
    for key in sorted(left):
        yield answer_must_be_there.at(f"/keys/{key}", book=book, key=key)
