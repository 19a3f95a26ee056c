"""What the books of account are written from: posted lines page by page, sums so far, turnover by month."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, case, func, select, tuple_

from ledger.account_books import rules
from ledger.balances.tables import BalanceRow
from ledger.columns import portions, table_of
from ledger.vouchers.tables import IN_BOOK_ORDER, PostingRow, VoucherRow, in_book_order
from schemas.account_books import (
    Carried,
    GeneralAccount,
    LedgerLine,
    LedgerPage,
    MonthTurnover,
    Place,
    Sums,
)
from schemas.units import BookId, Fen, Hundredths, Period
from schemas.vouchers import State, Word

_balance = table_of(BalanceRow)
_posting = table_of(PostingRow)
_voucher = table_of(VoucherRow)
_IN_ORDER = (_voucher.c.period, _voucher.c.date, *IN_BOOK_ORDER[:2], _posting.c.line)
_posted = _posting.join(
    _voucher,
    and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
)


def ledger_page(
    db: Connection,
    *,
    book: BookId,
    account: str,
    detail: str | None,
    from_period: Period,
    to_period: Period,
    after: Place | None = None,
    limit: int | None = None,
    daily: bool = False,
) -> LedgerPage:
    """A page of the detail ledger of an account (with its sub-accounts) or of one of its details, or of a detail over
    all accounts (``account`` empty); at most ``limit`` lines after the place where the page before ended."""
    lines = _lines(
        db,
        book=book,
        account=account,
        detail=detail,
        from_period=from_period,
        to_period=to_period,
        after=after,
        limit=None if limit is None else limit + 1,
    )
    more = limit is not None and len(lines) > limit
    return rules.page_of(
        lines[:limit],
        carried=_carried(db, book=book, account=account, detail=detail, from_period=from_period, after=after),
        first=after is None,
        more=more,
        daily=daily,
    )


def lines_saying(
    db: Connection,
    *,
    book: BookId,
    account: str,
    detail: str | None,
    from_period: Period,
    to_period: Period,
    text: str,
    after: Place | None = None,
    limit: int,
) -> tuple[LedgerLine, ...]:
    """The posted lines whose summary has these words, oldest first; no balance runs over a choice of lines."""
    return _lines(
        db,
        book=book,
        account=account,
        detail=detail,
        from_period=from_period,
        to_period=to_period,
        after=after,
        limit=limit,
        text=text,
    )


def general_ledger(
    db: Connection, *, book: BookId, account: str, from_period: Period, to_period: Period
) -> tuple[GeneralAccount, ...]:
    """The general ledger 总账: every statutory account (or the one named, with what lies below it) by month."""
    code = func.substr(_balance.c.account, 1, 3) if not account else _balance.c.account
    wanted = [_balance.c.book_id == book, _balance.c.period <= to_period]
    if account:
        wanted.append(_balance.c.account.startswith(account, autoescape=True))
    before = _balance.c.period < from_period
    opened = db.execute(
        select(code.label("account"), func.sum(_balance.c.debit - _balance.c.credit).label("opening"))
        .where(*wanted, before)
        .group_by(code)
    )
    openings = {row.account: int(row.opening) for row in opened}
    moved = db.execute(
        select(
            code.label("account"),
            _balance.c.period,
            func.sum(_balance.c.debit).label("debit"),
            func.sum(_balance.c.credit).label("credit"),
        )
        .where(*wanted, _balance.c.period >= from_period // 100 * 100 + 1, _balance.c.period % 100 != 0)
        .group_by(code, _balance.c.period)
        .order_by(code, _balance.c.period)
    )
    return rules.general_ledger(
        [
            MonthTurnover(
                account=row.account, period=row.period, debit=int(row.debit), credit=int(row.credit)
            )
            for row in moved
        ],
        openings=openings,
        from_period=from_period,
    )


def last_posted_period(db: Connection, *, book: BookId) -> Period | None:
    """The latest period anything is posted in, None while nothing is."""
    found: Period | None = db.execute(
        select(func.max(_voucher.c.period)).where(
            _voucher.c.book_id == book, _voucher.c.state == State.POSTED.value
        )
    ).scalar_one()
    return found


def unposted(db: Connection, *, books: Iterable[BookId]) -> Mapping[BookId, Mapping[State, int]]:
    """How many vouchers of each of these books are begun and not posted, by state."""
    found: defaultdict[BookId, dict[State, int]] = defaultdict(dict)
    for some in portions(sorted(set(books))):
        rows = db.execute(
            select(_voucher.c.book_id, _voucher.c.state, func.count().label("vouchers"))
            .where(
                _voucher.c.book_id.in_(some),
                _voucher.c.state.in_((State.SKETCH.value, State.DRAFT.value, State.REVIEWED.value)),
            )
            .group_by(_voucher.c.book_id, _voucher.c.state)
        )
        for row in rows:
            found[row.book_id][State(row.state)] = int(row.vouchers)
    return found


def _lines(
    db: Connection,
    *,
    book: BookId,
    account: str,
    detail: str | None,
    from_period: Period,
    to_period: Period,
    after: Place | None,
    limit: int | None,
    text: str = "",
) -> tuple[LedgerLine, ...]:
    wanted = [
        *_of(book, account, detail),
        _voucher.c.period.between(from_period, to_period),
    ]
    if text:
        wanted.append(_posting.c.summary.contains(text, autoescape=True))
    if after is not None:
        wanted += [_voucher.c.period >= after.period, tuple_(*_IN_ORDER) > _as_tuple(after)]
    rows = db.execute(
        select(
            _voucher.c.period,
            _voucher.c.date,
            _voucher.c.word,
            _voucher.c.number,
            *(
                _posting.c[name]
                for name in (
                    "voucher_id",
                    "line",
                    "summary",
                    "account",
                    "detail",
                    "debit",
                    "credit",
                    "quantity",
                    "movement",
                )
            ),
        )
        .select_from(_posted)
        .where(*wanted)
        .order_by(*_IN_ORDER)
        .limit(limit)
    )
    return tuple(_as_line(row) for row in rows)


def _as_tuple(place: Place) -> tuple[Period, date, int, int, int]:
    word, number, _ = in_book_order(place.word, place.number, 0)
    return (place.period, place.date, word, number, place.line)


def _carried(
    db: Connection,
    *,
    book: BookId,
    account: str,
    detail: str | None,
    from_period: Period,
    after: Place | None,
) -> Carried:
    """The balance before the span and, behind a place in it, what ran up to there."""
    opening, quantity = _opening(db, book=book, account=account, detail=detail, before=from_period)
    year = from_period // 100 if after is None else after.period // 100
    so_far = _so_far(
        db,
        book=book,
        account=account,
        detail=detail,
        from_period=from_period,
        year=year,
        after=after,
    )
    if after is None:
        return Carried(period=from_period, balance=opening, quantity=quantity, year=so_far["year"])
    return Carried(
        period=after.period,
        date=after.date,
        balance=opening + so_far["span"].debit - so_far["span"].credit,
        quantity=quantity + so_far["quantity"].debit - so_far["quantity"].credit,
        day=so_far["day"],
        month=so_far["month"],
        year=so_far["year"],
    )


def _opening(
    db: Connection, *, book: BookId, account: str, detail: str | None, before: Period
) -> tuple[Fen, Hundredths]:
    wanted = [_balance.c.book_id == book, _balance.c.period < before]
    if account:
        wanted.append(_balance.c.account.startswith(account, autoescape=True))
    if detail is not None:
        wanted.append(_balance.c.detail == detail)
    row = db.execute(
        select(
            func.coalesce(func.sum(_balance.c.debit - _balance.c.credit), 0).label("money"),
            func.coalesce(func.sum(_balance.c.quantity_in - _balance.c.quantity_out), 0).label("quantity"),
        ).where(*wanted)
    ).one()
    return int(row.money), int(row.quantity)


def _so_far(
    db: Connection,
    *,
    book: BookId,
    account: str,
    detail: str | None,
    from_period: Period,
    year: int,
    after: Place | None,
) -> dict[str, Sums]:
    """The sums of the span, and of the year, month and day still running, up to and with the line at ``after``;
    before the first page only what the year has moved before the span begins."""
    first = min(from_period, year * 100 + 1)
    in_year = _voucher.c.period >= year * 100 + 1
    wanted = [*_of(book, account, detail), _voucher.c.period >= first]
    sides = {"debit": _posting.c.debit, "credit": _posting.c.credit}
    parts: dict[str, ColumnElement[bool]] = {"year": in_year}
    if after is None:
        wanted.append(_voucher.c.period < from_period)
    else:
        wanted.append(tuple_(*_IN_ORDER) <= _as_tuple(after))
        month = _voucher.c.period == after.period
        parts |= {
            "span": _voucher.c.period >= from_period,
            "month": month,
            "day": and_(month, _voucher.c.date == after.date),
        }
    quantity = func.coalesce(_posting.c.quantity, 0)
    columns = [
        func.coalesce(func.sum(case((part, column), else_=0)), 0).label(f"{name}_{side}")
        for name, part in parts.items()
        for side, column in sides.items()
    ]
    if after is not None:
        out = and_(parts["span"], _posting.c.credit != 0)
        columns.append(
            func.coalesce(
                func.sum(case((and_(parts["span"], _posting.c.credit == 0), quantity), else_=0)), 0
            ).label("quantity_debit")
        )
        columns.append(func.coalesce(func.sum(case((out, quantity), else_=0)), 0).label("quantity_credit"))
    row = db.execute(select(*columns).select_from(_posted).where(*wanted)).mappings().one()
    names = [*parts, *(("quantity",) if after is not None else ())]
    return {name: Sums(debit=int(row[f"{name}_debit"]), credit=int(row[f"{name}_credit"])) for name in names}


def _of(book: BookId, account: str, detail: str | None) -> list[ColumnElement[bool]]:
    wanted = [_posting.c.book_id == book, _voucher.c.state == State.POSTED.value]
    if account:
        wanted.append(_posting.c.account.startswith(account, autoescape=True))
    if detail is not None:
        wanted.append(_posting.c.detail == detail)
    return wanted


def _as_line(row: Row[Any]) -> LedgerLine:
    return LedgerLine(
        period=row.period,
        date=row.date,
        voucher=row.voucher_id,
        line=row.line,
        word=Word(row.word),
        number=row.number,
        summary=row.summary,
        account=row.account,
        detail=row.detail,
        debit=row.debit,
        credit=row.credit,
        quantity=row.quantity,
        movement=row.movement,
    )
