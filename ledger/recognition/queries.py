"""What income lacks its evidence, and what vouchers show for themselves."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, false, func, or_, select

from ledger.books import queries as kept_books
from ledger.books.tables import AccountRow, BookRow
from ledger.charts import standard
from ledger.columns import Prepared, PreparedAmong, Question, table_of
from ledger.evidence.tables import AttachmentRow
from ledger.recognition import rules
from ledger.recognition.rules import Lack, Shown
from ledger.recognition.tables import UnscannedIncomeRow
from ledger.vouchers.tables import IN_BOOK_ORDER, PostingRow, VoucherRow
from schemas.charts import Category
from schemas.income import UnprovedLine
from schemas.journals import voucher_text
from schemas.units import BookId, Fen, Instant, Period, VoucherId
from schemas.vouchers import Origin, State, VoucherLine

_account = table_of(AccountRow)
_book = table_of(BookRow)
_unscanned = table_of(UnscannedIncomeRow)
_attachment = table_of(AttachmentRow)
_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)

_FIRST = PreparedAmong(
    lambda vouchers: (
        select(_attachment.c.voucher_id, func.min(_attachment.c.at).label("first"))
        .where(_attachment.c.book_id == bindparam("book"), _attachment.c.voucher_id.in_(vouchers))
        .group_by(_attachment.c.voucher_id)
    )
)
_EACH = (
    select(
        _voucher.c.voucher_id,
        _voucher.c.originals,
        _voucher.c.posted_at,
        func.min(_attachment.c.at).label("first"),
    )
    .outerjoin(
        _attachment,
        and_(
            _attachment.c.book_id == _voucher.c.book_id,
            _attachment.c.voucher_id == _voucher.c.voucher_id,
        ),
    )
    .where(_voucher.c.book_id == bindparam("book"), _voucher.c.state == State.POSTED.value)
    .group_by(_voucher.c.voucher_id, _voucher.c.originals, _voucher.c.posted_at)
)
_OF_BOOK = Prepared(_EACH)
_SHOWN = PreparedAmong(lambda vouchers: _EACH.where(_voucher.c.voucher_id.in_(vouchers)))


def kept(db: Connection, *, book: BookId) -> Mapping[Lack, Fen]:
    """What is kept of a book; rows that came to nothing are left out."""
    rows = db.execute(select(_unscanned).where(_unscanned.c.book_id == book, _unscanned.c.amount != 0))
    return {Lack(row.period, row.account, bool(row.on_paper), row.scanned_on): row.amount for row in rows}


def recomputed(db: Connection, *, book: BookId, income: Collection[str]) -> Mapping[Lack, Fen]:
    """What must be kept: every income line of the book judged afresh."""
    amount = func.sum(_posting.c.credit - _posting.c.debit).label("amount")
    rows = db.execute(
        select(_voucher.c.voucher_id, _voucher.c.period, _voucher.c.cancels, _posting.c.account, amount)
        .join_from(
            _voucher,
            _posting,
            and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(
            _voucher.c.book_id == book,
            _voucher.c.state == State.POSTED.value,
            _voucher.c.origin != Origin.CLOSING.value,
            _posting.c.account.in_(sorted(income)),
        )
        .group_by(_voucher.c.voucher_id, _voucher.c.period, _voucher.c.cancels, _posting.c.account)
    ).all()
    shown = {
        row.voucher_id: Shown(row.originals, row.posted_at, row.first) for row in _OF_BOOK.rows(db, book=book)
    }
    return rules.added(
        *(
            rules.lacking(
                [VoucherLine(summary="", account=row.account, credit=int(row.amount))],
                period=row.period,
                income=income,
                shown=shown.get(row.cancels, shown[row.voucher_id]),
            )
            for row in rows
        )
    )


def what_is_shown(
    db: Connection, *, book: BookId, vouchers: Iterable[VoucherId]
) -> Mapping[VoucherId, Shown]:
    """What those of these vouchers that are posted show for themselves."""
    rows = _SHOWN.rows(db, sorted(set(vouchers)), book=book)
    return {row.voucher_id: Shown(row.originals, row.posted_at, row.first) for row in rows}


def first_scans(db: Connection, *, book: BookId, vouchers: Iterable[VoucherId]) -> Mapping[VoucherId, str]:
    """When the first file was hung on each of these vouchers that has one."""
    return {row.voucher_id: row.first for row in _FIRST.rows(db, sorted(set(vouchers)), book=book)}


def asking_first_scans(*, book: BookId, vouchers: Iterable[VoucherId]) -> list[Question]:
    """What ``first_scans`` asks, to be asked ahead."""
    return _FIRST.asking(sorted(set(vouchers)), book=book)


def income_accounts(db: Connection, *, book: BookId) -> frozenset[str]:
    """The accounts of a book that keep income."""
    known = kept_books.book(db, id=book)
    assert known is not None, "it is asked of a book that is there"
    return frozenset(
        code
        for code, account in kept_books.accounts(db, book=known).items()
        if account.statutory.category is Category.INCOME
    )


def red_of(db: Connection, *, book: BookId, vouchers: Iterable[VoucherId]) -> tuple[VoucherId, ...]:
    """The posted vouchers that cancel one of these."""
    return tuple(
        db.execute(
            select(_voucher.c.voucher_id).where(
                _voucher.c.book_id == book,
                _voucher.c.cancels.in_(sorted(set(vouchers))),
                _voucher.c.state == State.POSTED.value,
            )
        ).scalars()
    )


def lines_without_scan(
    db: Connection,
    *,
    books: Select[BookId],
    from_period: Period,
    to_period: Period,
    as_of: date,
    scans_only: bool,
) -> Mapping[BookId, tuple[UnprovedLine, ...]]:
    """The income of these months whose vouchers carried no scan when they were posted, by book in the order it is kept in,
    each with whether it counts on a day by now. ``books`` asks for the ids; books without such lines are left out."""
    first = func.min(_attachment.c.at)
    proves = func.coalesce(_voucher.c.cancels, _voucher.c.voucher_id)
    shows = _voucher.alias("shows")
    each = (
        _voucher.c.book_id,
        *(_voucher.c[name] for name in ("voucher_id", "word", "number", "date", "period")),
        *(shows.c[name] for name in ("originals", "posted_at")),
        *(_posting.c[name] for name in ("line", "summary", "account", "debit", "credit")),
    )
    rows = db.execute(
        select(*each, first.label("first"))
        .join_from(
            _voucher,
            _posting,
            and_(_posting.c.book_id == _voucher.c.book_id, _posting.c.voucher_id == _voucher.c.voucher_id),
        )
        .join(_book, _book.c.book_id == _posting.c.book_id)
        .join(
            _account,
            and_(_account.c.book_id == _posting.c.book_id, _account.c.code == _posting.c.account),
        )
        .join(shows, and_(shows.c.book_id == _voucher.c.book_id, shows.c.voucher_id == proves))
        .outerjoin(
            _attachment,
            and_(_attachment.c.book_id == shows.c.book_id, _attachment.c.voucher_id == shows.c.voucher_id),
        )
        .where(
            _voucher.c.book_id.in_(books),
            _voucher.c.period.between(from_period, to_period),
            _voucher.c.state == State.POSTED.value,
            _voucher.c.origin != Origin.CLOSING.value,
            _keeps_income(db, books=books),
        )
        .group_by(*each)
        .having((first.is_(None)) | (first > shows.c.posted_at))
        .order_by(_voucher.c.book_id, _voucher.c.date, *IN_BOOK_ORDER, _posting.c.line)
    )
    found: defaultdict[BookId, tuple[UnprovedLine, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.book_id] += (_as_line(row, as_of=as_of, scans_only=scans_only),)
    return found


def scanned_at(
    db: Connection, *, lines: Iterable[UnprovedLine]
) -> Mapping[tuple[BookId, VoucherId], Instant]:
    """The instants at which the first scans of these lines' vouchers came; a red one's is that of what it cancels."""
    of: defaultdict[BookId, set[VoucherId]] = defaultdict(set)
    for line in lines:
        of[line.book].add(line.voucher)
    proves = func.coalesce(_voucher.c.cancels, _voucher.c.voucher_id)
    found: dict[tuple[BookId, VoucherId], Instant] = {}
    for book, vouchers in of.items():
        rows = db.execute(
            select(_voucher.c.voucher_id, func.min(_attachment.c.at).label("first"))
            .join_from(
                _voucher,
                _attachment,
                and_(_attachment.c.book_id == _voucher.c.book_id, _attachment.c.voucher_id == proves),
            )
            .where(_voucher.c.book_id == book, _voucher.c.voucher_id.in_(sorted(vouchers)))
            .group_by(_voucher.c.voucher_id)
        )
        found |= {(book, row.voucher_id): row.first for row in rows}
    return found


def _keeps_income(db: Connection, *, books: Select[BookId]) -> ColumnElement[bool]:
    """The accounts that keep income by the standards these books follow."""
    followed = db.execute(select(_book.c.standard).where(_book.c.book_id.in_(books)).distinct()).scalars()
    income = {
        one: [code for code, kept in standard(one).accounts.items() if kept.category is Category.INCOME]
        for one in sorted(followed)
    }
    return or_(
        false(),
        *(and_(_book.c.standard == one, _account.c.statutory.in_(codes)) for one, codes in income.items()),
    )


def _as_line(row: Any, *, as_of: date, scans_only: bool) -> UnprovedLine:
    day = rules.scanned_on(Shown(row.originals, row.posted_at, row.first))
    assert day is not None, "what was there at posting is left out"
    on_paper = row.originals > 0
    return UnprovedLine(
        book=row.book_id,
        voucher=row.voucher_id,
        label=voucher_text(id=row.voucher_id, word=row.word, number=row.number),
        date=row.date,
        period=row.period,
        account=row.account,
        summary=row.summary,
        amount=row.credit - row.debit,
        on_paper=on_paper,
        scanned_on=None if day == rules.NEVER else day,
        counted=day <= as_of or (on_paper and not scans_only),
    )
