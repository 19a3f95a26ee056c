"""What a book's balances are. A trial balance costs the number of accounts and details, not of postings."""

from collections.abc import Mapping

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, select

from ledger.balances.rules import Key, Turnover
from ledger.balances.tables import BalanceRow, OpeningRow
from ledger.columns import Prepared, table_of
from ledger.seal.rules import OpeningLine
from ledger.vouchers.tables import PostingRow, VoucherRow
from schemas.balances import DetailBalance
from schemas.units import BookId, Fen, Period

_balance = table_of(BalanceRow)
_opening = table_of(OpeningRow)
_posting = table_of(PostingRow)
_voucher = table_of(VoucherRow)


def _details_between(*more: ColumnElement[bool]) -> Prepared:
    before = _balance.c.period < bindparam("from_period")
    columns = {
        "opening": _balance.c.debit - _balance.c.credit,
        "opening_quantity": _balance.c.quantity_in - _balance.c.quantity_out,
    }
    moved = ("debit", "credit", "quantity_in", "quantity_out")
    return Prepared(
        select(
            _balance.c.account,
            _balance.c.detail,
            *(func.sum(case((before, column), else_=0)).label(name) for name, column in columns.items()),
            *(func.sum(case((before, 0), else_=_balance.c[name])).label(name) for name in moved),
        )
        .where(_balance.c.book_id == bindparam("book"), _balance.c.period <= bindparam("to_period"), *more)
        .group_by(_balance.c.account, _balance.c.detail)
        .order_by(_balance.c.account, _balance.c.detail)
    )


_DETAILS = _details_between()
_BELOW = _details_between(_balance.c.account.like(bindparam("below")))


def details_between(
    db: Connection, *, book: BookId, from_period: Period, to_period: Period, account: str = ""
) -> tuple[DetailBalance, ...]:
    """Every account and detail with what it opened with before ``from_period`` and what moved up to and with
    ``to_period``; sub-accounts of ``account`` count when one is named."""
    span = {"book": book, "from_period": from_period, "to_period": to_period}
    assert account.isdecimal() or not account, "an account's code has no sign with a meaning of its own"
    rows = _BELOW.rows(db, **span, below=f"{account}%") if account else _DETAILS.rows(db, **span)
    return tuple(
        DetailBalance(
            account=row.account,
            detail=row.detail,
            opening=int(row.opening),
            debit=int(row.debit),
            credit=int(row.credit),
            opening_quantity=int(row.opening_quantity),
            quantity_in=int(row.quantity_in),
            quantity_out=int(row.quantity_out),
        )
        for row in rows
    )


def kept(db: Connection, *, book: BookId) -> Mapping[Key, Turnover]:
    """Every balance row of a book."""
    rows = db.execute(select(_balance).where(_balance.c.book_id == book))
    return {
        (row.account, row.detail, row.period): Turnover(
            debit=row.debit, credit=row.credit, quantity_in=row.quantity_in, quantity_out=row.quantity_out
        )
        for row in rows
    }


def recomputed(db: Connection, *, book: BookId) -> Mapping[Key, Turnover]:
    """What the balances must be: openings and postings added up afresh."""
    quantity = func.coalesce(_posting.c.quantity, 0)
    out = _posting.c.credit != 0
    rows = db.execute(
        select(
            _posting.c.account,
            _posting.c.detail,
            _voucher.c.period,
            func.sum(_posting.c.debit).label("debit"),
            func.sum(_posting.c.credit).label("credit"),
            func.sum(case((out, 0), else_=quantity)).label("quantity_in"),
            func.sum(case((out, quantity), else_=0)).label("quantity_out"),
        )
        .join_from(
            _posting,
            _voucher,
            and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(_posting.c.book_id == book, _voucher.c.state == "posted")
        .group_by(_posting.c.account, _posting.c.detail, _voucher.c.period)
    )
    found = {
        (row.account, row.detail, row.period): Turnover(
            debit=int(row.debit),
            credit=int(row.credit),
            quantity_in=int(row.quantity_in),
            quantity_out=int(row.quantity_out),
        )
        for row in rows
    }
    for opening in db.execute(select(_opening).where(_opening.c.book_id == book)):
        key = (opening.account, opening.detail, opening.year * 100)
        found[key] = Turnover(
            debit=opening.debit,
            credit=opening.credit,
            quantity_in=max(opening.quantity, 0),
            quantity_out=max(-opening.quantity, 0),
        )
    return found


def openings(db: Connection, *, book: BookId) -> Mapping[int, tuple[OpeningLine, ...]]:
    """The opening balances handed over, by year."""
    by_year: dict[int, list[OpeningLine]] = {}
    rows = db.execute(
        select(_opening)
        .where(_opening.c.book_id == book)
        .order_by(_opening.c.year, _opening.c.account, _opening.c.detail)
    )
    for row in rows:
        by_year.setdefault(row.year, []).append(
            OpeningLine(
                account=row.account,
                detail=row.detail,
                debit=row.debit,
                credit=row.credit,
                quantity=row.quantity,
            )
        )
    return {year: tuple(lines) for year, lines in by_year.items()}


def balance_of(db: Connection, *, book: BookId, account: str, detail: str | None, until: Period) -> Fen:
    """The balance (debit positive) of an account, or of one of its details, at the end of a period."""
    wanted = [_balance.c.book_id == book, _balance.c.account == account, _balance.c.period <= until]
    if detail is not None:
        wanted.append(_balance.c.detail == detail)
    total = func.coalesce(func.sum(_balance.c.debit - _balance.c.credit), 0)
    return int(db.execute(select(total).where(and_(*wanted))).scalar_one())


def movements_between(
    db: Connection, *, book: BookId, from_period: Period, to_period: Period
) -> tuple[tuple[str, str, str, str, Fen, Fen], ...]:
    """Per account, detail, movement type and origin what was posted in the span: debit and credit. For the equity
    statement and for the flows of income accounts without the transfers that close them."""
    rows = db.execute(
        select(
            _posting.c.account,
            _posting.c.detail,
            _posting.c.movement,
            _voucher.c.origin,
            func.sum(_posting.c.debit).label("debit"),
            func.sum(_posting.c.credit).label("credit"),
        )
        .join_from(
            _posting,
            _voucher,
            and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(
            _voucher.c.book_id == book,
            _voucher.c.period.between(from_period, to_period),
            _voucher.c.state == "posted",
            (_posting.c.movement != "") | (_voucher.c.origin == "closing"),
        )
        .group_by(_posting.c.account, _posting.c.detail, _posting.c.movement, _voucher.c.origin)
        .order_by(_posting.c.account, _posting.c.detail, _posting.c.movement, _voucher.c.origin)
    )
    return tuple(
        (row.account, row.detail, row.movement, row.origin, int(row.debit), int(row.credit)) for row in rows
    )


def has_moved(db: Connection, *, book: BookId, account: str) -> bool:
    """Whether the account ever had an opening balance or a posting."""
    return (
        db.execute(
            select(_balance.c.period)
            .where(_balance.c.book_id == book, _balance.c.account == account)
            .limit(1)
        ).first()
        is not None
    )
