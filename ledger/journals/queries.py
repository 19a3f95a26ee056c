"""What money accounts moved and held, day by day."""

from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, func, select

from ledger.balances.tables import BalanceRow
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.vouchers.tables import IN_BOOK_ORDER, CashierSignatureRow, PostingRow, VoucherRow
from schemas.books import Book
from schemas.charts import Money
from schemas.journals import JournalDay, MoneyAccount, VoucherLabel
from schemas.units import BookId, Fen, Period
from schemas.vouchers import Origin, State, Word

_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_balance = table_of(BalanceRow)
_signature = table_of(CashierSignatureRow)

ON_ITS_VOUCHER = and_(
    _posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id
)
"""How a posting finds its voucher."""


def money_accounts(db: Connection, *, book: Book, kind: Money) -> tuple[MoneyAccount, ...]:
    """The accounts of one kind of money, with each detail that ever moved, in order."""
    codes = [
        code for code, account in books.accounts(db, book=book).items() if account.statutory.money is kind
    ]
    rows = db.execute(
        select(_balance.c.account, _balance.c.detail)
        .where(_balance.c.book_id == book.id, _balance.c.account.in_(codes))
        .distinct()
        .order_by(_balance.c.account, _balance.c.detail)
    )
    return tuple(MoneyAccount(account=row.account, detail=row.detail) for row in rows)


def balance_before(db: Connection, *, book: BookId, of: MoneyAccount, period: Period) -> Fen:
    """The balance (debit positive) at the end of the month before."""
    return int(
        db.execute(
            select(func.coalesce(func.sum(_balance.c.debit - _balance.c.credit), 0)).where(
                _balance.c.book_id == book,
                _balance.c.account == of.account,
                _balance.c.detail == of.detail,
                _balance.c.period < period,
            )
        ).scalar_one()
    )


def balance_on(db: Connection, *, book: BookId, of: MoneyAccount, on: date) -> Fen:
    """The balance (debit positive) at the end of a day, of what is posted by now."""
    return balance_before(db, book=book, of=of, period=on.year * 100 + on.month) + int(
        db.execute(
            select(func.coalesce(func.sum(_posting.c.debit - _posting.c.credit), 0))
            .join_from(_posting, _voucher, ON_ITS_VOUCHER)
            .where(
                *_posted_on(book, of),
                _voucher.c.period == on.year * 100 + on.month,
                _voucher.c.date <= on,
            )
        ).scalar_one()
    )


def journal_days(db: Connection, *, book: BookId, of: MoneyAccount, period: Period) -> tuple[JournalDay, ...]:
    """The days of a month on which the account moved, with the balance at the end of each."""
    balance = balance_before(db, book=book, of=of, period=period)
    rows = db.execute(
        select(
            _voucher.c.date,
            func.sum(_posting.c.debit).label("debit"),
            func.sum(_posting.c.credit).label("credit"),
        )
        .join_from(_posting, _voucher, ON_ITS_VOUCHER)
        .where(*_posted_on(book, of), _voucher.c.period == period)
        .group_by(_voucher.c.date)
        .order_by(_voucher.c.date)
    )
    days = []
    for row in rows:
        balance += int(row.debit) - int(row.credit)
        days.append(JournalDay(date=row.date, debit=int(row.debit), credit=int(row.credit), balance=balance))
    return tuple(days)


def unsigned_money_vouchers(db: Connection, *, book: Book, period: Period) -> tuple[VoucherLabel, ...]:
    """The posted vouchers of a month that move money and that no cashier signed, in book order.

    Imported vouchers were signed on paper before the hand-over and are left out.
    """
    codes = [code for code, account in books.accounts(db, book=book).items() if account.statutory.money]
    moves_money = (
        select(_posting.c.voucher_id)
        .where(ON_ITS_VOUCHER, _posting.c.account.in_(codes))
        .correlate(_voucher)
        .exists()
    )
    signed = (
        select(_signature.c.voucher_id)
        .where(_signature.c.book_id == _voucher.c.book_id, _signature.c.voucher_id == _voucher.c.voucher_id)
        .correlate(_voucher)
        .exists()
    )
    return labels(
        db,
        _voucher.c.book_id == book.id,
        _voucher.c.period == period,
        _voucher.c.state == State.POSTED.value,
        _voucher.c.origin != Origin.IMPORT.value,
        moves_money,
        ~signed,
    )


def labels(db: Connection, *wanted: ColumnElement[bool]) -> tuple[VoucherLabel, ...]:
    """The vouchers of these conditions as lists name them, by date and number."""
    rows = db.execute(
        select(
            _voucher.c.book_id,
            _voucher.c.voucher_id,
            _voucher.c.state,
            _voucher.c.word,
            _voucher.c.number,
            _voucher.c.date,
        )
        .where(*wanted)
        .order_by(_voucher.c.date, *IN_BOOK_ORDER)
    )
    return tuple(
        VoucherLabel(
            book=row.book_id,
            id=row.voucher_id,
            state=State(row.state),
            word=Word(row.word),
            number=row.number,
            date=row.date,
        )
        for row in rows
    )


def _posted_on(book: BookId, of: MoneyAccount) -> tuple[ColumnElement[bool], ...]:
    return (
        _posting.c.book_id == book,
        _posting.c.account == of.account,
        _posting.c.detail == of.detail,
        _voucher.c.state == State.POSTED.value,
    )
