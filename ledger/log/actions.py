"""Writing the operation log. There is no verb here that changes or removes an entry."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, update

from ledger import texts
from ledger.columns import Prepared, Question, adding_rows, table_of
from ledger.log import queries
from ledger.log.rules import HOUSE as HOUSE
from ledger.log.rules import book_must_exist as book_must_exist
from ledger.log.rules import instant as instant
from ledger.log.tables import ChainHeadRow, LogRow
from ledger.seal import rules as seal
from schemas.log import Act, ChainHead
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId

_head = table_of(ChainHeadRow)
_log = table_of(LogRow)
_ADD = adding_rows(_log)
_MOVE = Prepared(
    update(_head)
    .where(_head.c.book_id == bindparam("b_book_id"))
    .values({name: bindparam(f"b_{name}") for name in ("length", "hash", "vouchers")})
)


def begin_chain(db: Connection, *, book: BookId) -> None:
    """The empty chain of a new book."""
    db.execute(insert(_head), [{"book_id": book, "length": 0, "hash": "", "vouchers": 0}])


def asking_lock(*, book: BookId) -> list[Question]:
    """What ``lock`` will ask; asked ahead, it locks the book there and then."""
    return queries.asking_head_locked(book=book)


def lock(db: Connection, *, book: BookId) -> ChainHead:
    """Lock the book for this transaction; refused when there is no such book."""
    head = queries.head_locked(db, book=book)
    if head is None:
        raise Refusal(book_must_exist.at(book=book), kind=RefusalKind.MISSING)
    return head


def append(
    db: Connection,
    acts: Sequence[Act],
    *,
    book: BookId,
    head: ChainHead,
    at: datetime,
    vouchers: int | None = None,
) -> ChainHead:
    """Chain ``acts`` in their order behind ``head`` (locked by the caller) and move the head.

    ``vouchers`` is the last voucher id given out, where this act gave any. Returns the new head. Every text of the
    log is one line: this is also where a reason of several lines is refused, whatever it is a reason for.
    """
    when, rows, previous, seq = instant(at), [], head.hash, head.length
    for act in acts:
        if problems := [*texts.faults_of_line(act.before), *texts.faults_of_line(act.after)]:
            raise Refusal(*problems)
        seq += 1
        previous = seal.chained(previous, book=book, seq=seq, at=when, act=act)
        rows.append(
            {
                "book_id": book,
                "seq": seq,
                "at": when,
                "by": act.by,
                "act": act.act,
                "subject": act.subject,
                "before": act.before,
                "after": act.after,
                "content": act.content,
                "hash": previous,
            }
        )
    _ADD.write(db, rows)
    moved = ChainHead(length=seq, hash=previous, vouchers=head.vouchers if vouchers is None else vouchers)
    _MOVE.write(
        db,
        [{"b_book_id": book, "b_length": seq, "b_hash": previous, "b_vouchers": moved.vouchers}],
    )
    return moved


def record(db: Connection, act: Act, *, book: BookId = HOUSE, at: datetime) -> ChainHead:
    """Lock, append one act, return the new head."""
    return append(db, [act], book=book, head=lock(db, book=book), at=at)
