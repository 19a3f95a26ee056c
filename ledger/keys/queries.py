"""Which idempotency keys a book has seen."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, bindparam, select

from ledger.columns import PreparedAmong, Question, table_of
from ledger.keys.tables import KeyRow
from schemas.units import BookId, Value

_key = table_of(KeyRow)
_USED = PreparedAmong(
    lambda keys: select(_key.c.key, _key.c.fingerprint, _key.c.answer).where(
        _key.c.book_id == bindparam("book"), _key.c.key.in_(keys)
    )
)


class UsedKey(Value):
    """What was asked with a key, and what was answered."""

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
    return {row.key: UsedKey(fingerprint=row.fingerprint, answer=row.answer) for row in rows}
