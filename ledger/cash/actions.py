"""Writing down a cash count. A wrong count is not changed; the next one of the day takes its place."""

from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from ledger.books import queries as books
from ledger.cash import queries, rules
from ledger.cash.tables import CashCountRow
from ledger.columns import table_of
from ledger.journals import queries as journals
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal.rules import digest_of
from schemas.cash import CashCount, NewCashCount
from schemas.charts import Money
from schemas.journals import MoneyAccount
from schemas.log import Act
from schemas.problems import Refusal
from schemas.units import BookId, PersonId

_count = table_of(CashCountRow)
_encode = msgspec.json.Encoder().encode


def count_cash(
    db: Connection, new: NewCashCount, *, book: BookId, by: PersonId, on: date, at: datetime
) -> CashCount:
    """Write down what was counted at the end of a day, beside what the book shows now. A difference is no refusal:
    it is the finding, and stays one until the book or the box is right."""
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    account = books.accounts(db, book=found).get(new.account)
    problems = rules.faults_of_count(
        new,
        is_cash=account is not None and account.lowest and account.statutory.money is Money.CASH,
        by=by,
        on=on,
        yuan=yuan,
    )
    if problems:
        raise Refusal(*problems)
    count = CashCount(
        id=queries.last_id(db, book=book) + 1,
        account=new.account,
        date=new.date,
        counted=new.counted,
        pieces=tuple(pieces for pieces in new.pieces if pieces.number),
        witness=new.witness,
        note=new.note.strip(),
        book_then=journals.balance_on(db, book=book, of=MoneyAccount(account=new.account), on=new.date),
        counted_by=by,
        at=log.instant(at),
    )
    db.execute(
        insert(_count),
        [
            {
                "book_id": book,
                "count_id": count.id,
                "account": count.account,
                "date": count.date,
                "counted": count.counted,
                "pieces": _encode(count.pieces).decode(),
                "witness": count.witness,
                "note": count.note,
                "book_then": count.book_then,
                "counted_by": by,
                "at": count.at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.COUNTED,
        subject=f"cash_count:{count.id}",
        before=f"{count.account} {count.date} {yuan(count.book_then)}",
        after=f"{yuan(count.counted)} {count.note}".strip(),
        content=digest_of(count),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return count
