"""Keeping balances in step with postings."""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert

from ledger.balances.rules import Key, Turnover
from ledger.balances.tables import BalanceRow, OpeningRow
from ledger.columns import merging_rows, table_of
from ledger.seal.rules import OpeningLine
from schemas.units import BookId

_balance = table_of(BalanceRow)
_opening = table_of(OpeningRow)


_ADD = merging_rows(_balance, adding=("debit", "credit", "quantity_in", "quantity_out"))


def add(db: Connection, turnover: Mapping[Key, Turnover], *, book: BookId) -> None:
    """Add turnover to the balances, a row for each (account, detail, period) touched, in key order."""
    _ADD.write(
        db,
        [
            {
                "book_id": book,
                "account": account,
                "detail": detail,
                "period": period,
                "debit": moved.debit,
                "credit": moved.credit,
                "quantity_in": moved.quantity_in,
                "quantity_out": moved.quantity_out,
            }
            for (account, detail, period), moved in turnover.items()
        ],
    )


def open_with(db: Connection, lines: Sequence[OpeningLine], *, book: BookId, year: int) -> None:
    """Write the opening balances of a book's first year, and keep them as month 00."""
    if not lines:
        return
    db.execute(
        insert(_opening),
        [
            {
                "book_id": book,
                "year": year,
                "account": line.account,
                "detail": line.detail,
                "debit": line.debit,
                "credit": line.credit,
                "quantity": line.quantity,
            }
            for line in lines
        ],
    )
    add(
        db,
        {
            (line.account, line.detail, year * 100): Turnover(
                debit=line.debit,
                credit=line.credit,
                quantity_in=max(line.quantity, 0),
                quantity_out=max(-line.quantity, 0),
            )
            for line in sorted(lines, key=lambda line: (line.account, line.detail))
        },
        book=book,
    )
