"""Which idempotency keys a book has seen."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from sqlalchemy import Connection, bindparam, select

from ledger.columns import PreparedAmong, Question, read_back, table_of
from ledger.keys.rules import Answered, KeptAnswer, sealed_answer
from ledger.keys.tables import KeyRow
from ledger.seal.rules import digest_of_voucher
from schemas.units import BookId, Value, VoucherId
from schemas.vouchers import Voucher

_key = table_of(KeyRow)
_VOUCHER = msgspec.json.Decoder(Voucher)
_ANYTHING = msgspec.json.Decoder()
_AT_ONCE = 5_000
"""Rows fetched at a time."""
_USED = PreparedAmong(
    lambda keys: select(_key.c.key, _key.c.fingerprint, _key.c.answer).where(
        _key.c.book_id == bindparam("book"), _key.c.key.in_(keys)
    )
)


class UsedKey(Value):
    """What was asked with a key, and what was answered: text of ours, read by ``voucher_again`` or ``answer_again``."""

    key: str
    fingerprint: str
    answer: str


def asking_used(*, book: BookId, keys: Iterable[str]) -> list[Question]:
    """What ``used`` will ask."""
    return _USED.asking(sorted(set(keys)), book=book)


def used(db: Connection, *, book: BookId, keys: Iterable[str]) -> Mapping[str, UsedKey]:
    """Those of these keys the book has seen."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = _USED.rows(db, wanted, book=book)
    return {row.key: UsedKey(key=row.key, fingerprint=row.fingerprint, answer=row.answer) for row in rows}


def voucher_again(used: UsedKey) -> Voucher:
    """The voucher that was answered under a key."""
    return read_back(used, _key.c.answer, _VOUCHER)


def answer_again(used: UsedKey) -> bytes:
    """What was answered under a key, as it was."""
    read_back(used, _key.c.answer, _ANYTHING)
    return used.answer.encode()


def vouchers_answered(db: Connection, *, book: BookId, keys: Iterable[str]) -> Mapping[str, VoucherId]:
    """The voucher answered under each of these keys that answered one."""
    found = {key: _voucher_in(one.answer) for key, one in used(db, book=book, keys=keys).items()}
    return {key: answered[0] for key, answered in found.items() if answered is not None}


def kept_answers(db: Connection, *, book: BookId) -> Iterator[KeptAnswer]:
    """Everything kept under keys of a book, for its proof."""
    rows = db.execute(
        select(_key).where(_key.c.book_id == book).order_by(_key.c.key),
        execution_options={"yield_per": _AT_ONCE},
    )
    for row in rows:
        yield KeptAnswer(
            key=row.key,
            digest=sealed_answer(row.key, row.fingerprint, row.answer),
            voucher=_voucher_in(row.answer),
        )


def _voucher_in(answer: str) -> Answered | None:
    try:
        voucher = _VOUCHER.decode(answer)
    except (ValueError, msgspec.DecodeError):  # no voucher was answered, or none that a book could hold
        return None
    return voucher.id, bytes.fromhex(digest_of_voucher(voucher))
