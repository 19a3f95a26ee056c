"""What vouchers a book holds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from ledger.columns import Prepared, PreparedAmong, Question, portions, read_back, table_of
from ledger.vouchers.tables import (
    IN_BOOK_ORDER,
    CashierSignatureRow,
    NumberGapRow,
    NumberSeriesRow,
    PostingRow,
    VoucherRow,
    in_book_order,
)
from schemas.units import BookId, Period, PersonId, VoucherId
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    NumberGap,
    Origin,
    State,
    Voucher,
    VoucherFilter,
    VoucherLine,
    VoucherPlace,
    Word,
)

_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_series = table_of(NumberSeriesRow)
_gap = table_of(NumberGapRow)
_signature = table_of(CashierSignatureRow)
_lines = msgspec.json.Decoder(tuple[VoucherLine, ...])
_VOUCHERS = PreparedAmong(
    lambda ids: select(_voucher).where(
        _voucher.c.book_id == bindparam("book"), _voucher.c.voucher_id.in_(ids)
    )
)
_LINES = PreparedAmong(
    lambda ids: (
        select(_posting)
        .where(_posting.c.book_id == bindparam("book"), _posting.c.voucher_id.in_(ids))
        .order_by(_posting.c.voucher_id, _posting.c.line)
    )
)
_SERIES = Prepared(select(_series).where(_series.c.book_id == bindparam("book")))
_CANCELLED = PreparedAmong(
    lambda ids: select(_voucher.c.cancels).where(
        _voucher.c.book_id == bindparam("book"),
        _voucher.c.cancels.in_(ids),
        _voucher.c.state == State.POSTED.value,
    )
)
_OPEN_REDS = PreparedAmong(
    lambda ids: (
        select(_voucher.c.corrects, _voucher.c.voucher_id)
        .where(
            _voucher.c.book_id == bindparam("book"),
            _voucher.c.corrects.in_(ids),
            _voucher.c.correction == CorrectionKind.RED.value,
            or_(_voucher.c.state == State.DRAFT.value, _voucher.c.state == State.REVIEWED.value),
        )
        .order_by(_voucher.c.voucher_id.desc())
    )
)
_SIGNED = PreparedAmong(
    lambda ids: select(_signature.c.voucher_id, _signature.c.signed_by).where(
        _signature.c.book_id == bindparam("book"), _signature.c.voucher_id.in_(ids)
    )
)
_BY_NUMBER = (_voucher.c.year, *IN_BOOK_ORDER)
_BY_DAY = (_voucher.c.date, *IN_BOOK_ORDER)


def asking_vouchers(*, book: BookId, ids: Iterable[VoucherId]) -> list[Question]:
    """What ``vouchers`` will ask, but for the lines of those that are posted."""
    return _VOUCHERS.asking(sorted(set(ids)), book=book)


def asking_last_numbers(*, book: BookId) -> list[Question]:
    """What ``last_numbers`` will ask."""
    return [_SERIES.asking(book=book)]


def numbers(
    db: Connection, *, book: BookId, ids: Iterable[VoucherId]
) -> Mapping[VoucherId, tuple[Word, int | None]]:
    """Word and number of these vouchers, None for one not yet posted, without reading their lines."""
    found: dict[VoucherId, tuple[Word, int | None]] = {}
    for some in portions(sorted(set(ids))):
        rows = db.execute(
            select(_voucher.c.voucher_id, _voucher.c.word, _voucher.c.number).where(
                _voucher.c.book_id == book, _voucher.c.voucher_id.in_(some)
            )
        )
        found |= {row.voucher_id: (Word(row.word), row.number) for row in rows}
    return found


def vouchers(db: Connection, *, book: BookId, ids: Iterable[VoucherId]) -> Mapping[VoucherId, Voucher]:
    """These vouchers with their lines."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = _VOUCHERS.rows(db, wanted, book=book)
    return {voucher.id: voucher for voucher in _with_lines(db, rows, book=book)}


def voucher(db: Connection, *, book: BookId, id: VoucherId) -> Voucher | None:
    """One voucher with its lines."""
    return vouchers(db, book=book, ids=(id,)).get(id)


def voucher_numbered(db: Connection, *, book: BookId, year: int, word: Word, number: int) -> Voucher | None:
    """The posted voucher of this number."""
    row = db.execute(
        select(_voucher).where(
            _voucher.c.book_id == book,
            _voucher.c.year == year,
            _voucher.c.word == word.value,
            _voucher.c.number == number,
        )
    ).first()
    return None if row is None else next(iter(_with_lines(db, [row], book=book)))


def cancelled_among(db: Connection, *, book: BookId, ids: Iterable[VoucherId]) -> frozenset[VoucherId]:
    """Those of these vouchers a posted red voucher cancels."""
    return frozenset(row.cancels for row in _CANCELLED.rows(db, sorted(set(ids)), book=book))


def open_reds(db: Connection, *, book: BookId, of: Iterable[VoucherId]) -> Mapping[VoucherId, VoucherId]:
    """The red voucher that is prepared or reviewed to cancel each of these, where there is one."""
    rows = _OPEN_REDS.rows(db, sorted(set(of)), book=book)
    return {row.corrects: row.voucher_id for row in rows}


def page(
    db: Connection, *, book: BookId, wanted: VoucherFilter, after: VoucherPlace | None, limit: int
) -> tuple[Voucher, ...]:
    """Vouchers by date, word and number behind that place, narrowed by the filter."""
    statement = select(_voucher).where(*_conditions(book, wanted))
    if after is not None:
        here = (after.date, *in_book_order(after.word, after.number, after.voucher))
        statement = statement.where(_voucher.c.date >= after.date, tuple_(*_BY_DAY) > here)
    rows = db.execute(statement.order_by(*_BY_DAY).limit(limit)).all()
    return _with_lines(db, rows, book=book)


def count(db: Connection, *, book: BookId, wanted: VoucherFilter) -> int:
    """How many vouchers the filter lets through."""
    return int(
        db.execute(select(func.count()).select_from(_voucher).where(*_conditions(book, wanted))).scalar_one()
    )


def posted_in_order(db: Connection, *, book: BookId, year: int | None = None) -> tuple[Voucher, ...]:
    """Every posted voucher by year, word and number, with its lines."""
    wanted = [_voucher.c.book_id == book, _voucher.c.state == State.POSTED.value]
    if year is not None:
        wanted.append(_voucher.c.year == year)
    rows = db.execute(select(_voucher).where(*wanted).order_by(*_BY_NUMBER)).all()
    by_voucher: defaultdict[VoucherId, list[VoucherLine]] = defaultdict(list)
    statement = select(_posting).where(_posting.c.book_id == book)
    if year is not None:
        statement = statement.where(
            exists().where(
                _voucher.c.book_id == _posting.c.book_id,
                _voucher.c.voucher_id == _posting.c.voucher_id,
                _voucher.c.year == year,
            )
        )
    for line in db.execute(statement.order_by(_posting.c.voucher_id, _posting.c.line)):
        by_voucher[line.voucher_id].append(_as_line(line))
    return tuple(_as_voucher(row, tuple(by_voucher[row.voucher_id])) for row in rows)


def unposted_until(db: Connection, *, book: BookId, period: Period) -> tuple[Voucher, ...]:
    """Sketches, drafts and reviewed vouchers dated in this month or before."""
    rows = db.execute(
        select(_voucher)
        .where(
            _voucher.c.book_id == book,
            _voucher.c.period <= period,
            _voucher.c.state.in_((State.SKETCH.value, State.DRAFT.value, State.REVIEWED.value)),
        )
        .order_by(*_BY_DAY)
    ).all()
    return _with_lines(db, rows, book=book)


def has_posted_in(db: Connection, *, book: BookId, from_period: Period, to_period: Period) -> bool:
    """Whether any voucher is posted in these periods."""
    return (
        db.execute(
            select(_voucher.c.voucher_id)
            .where(
                _voucher.c.book_id == book,
                _voucher.c.period.between(from_period, to_period),
                _voucher.c.state == State.POSTED.value,
            )
            .limit(1)
        ).first()
        is not None
    )


def last_numbers(
    db: Connection, *, book: BookId, series: Iterable[tuple[int, Word]]
) -> dict[tuple[int, Word], int]:
    """The last number given out in each of these (year, word) series; 0 where none was."""
    found = {(row.year, row.word): row.last for row in _SERIES.rows(db, book=book)}
    return {(year, word): found.get((year, word.value), 0) for year, word in sorted(set(series))}


def used_numbers(db: Connection, *, book: BookId) -> Mapping[tuple[int, Word], tuple[int, ...]]:
    """Every number used, by year and word, in order."""
    numbers: defaultdict[tuple[int, Word], list[int]] = defaultdict(list)
    rows = db.execute(
        select(_voucher.c.year, _voucher.c.word, _voucher.c.number)
        .where(_voucher.c.book_id == book, _voucher.c.number.is_not(None))
        .order_by(*_BY_NUMBER)
    )
    for row in rows:
        numbers[row.year, Word(row.word)].append(row.number)
    return {series: tuple(given) for series, given in numbers.items()}


def numbers_taken(
    db: Connection, *, book: BookId, wanted: Iterable[tuple[int, Word, int]]
) -> set[tuple[tuple[int, Word], int]]:
    """The numbers used between the smallest and the largest wanted of each series, as ((year, word), number): a batch
    of an import costs its own numbers, not the whole series."""
    by_series: defaultdict[tuple[int, Word], list[int]] = defaultdict(list)
    for year, word, number in wanted:
        by_series[year, word].append(number)
    return {
        (series, number)
        for series, numbers in by_series.items()
        for number in db.execute(
            select(_voucher.c.number).where(
                _voucher.c.book_id == book,
                _voucher.c.year == series[0],
                _voucher.c.word == series[1].value,
                _voucher.c.number.between(min(numbers), max(numbers)),
            )
        ).scalars()
    }


def series_ends(db: Connection, *, book: BookId) -> Mapping[tuple[int, Word], int]:
    """What the book says is the last number of each series."""
    rows = db.execute(select(_series).where(_series.c.book_id == book))
    return {(row.year, Word(row.word)): row.last for row in rows}


def confirmed_gaps(db: Connection, *, book: BookId) -> tuple[NumberGap, ...]:
    """The numbers known never to have been used, with who confirmed it and why."""
    rows = db.execute(
        select(_gap).where(_gap.c.book_id == book).order_by(_gap.c.year, _gap.c.word, _gap.c.number)
    )
    return tuple(
        NumberGap(
            year=row.year,
            word=Word(row.word),
            number=row.number,
            confirmed_by=row.confirmed_by,
            reason=row.reason,
        )
        for row in rows
    )


def signed_by_cashier(
    db: Connection, *, book: BookId, ids: Iterable[VoucherId]
) -> Mapping[VoucherId, PersonId]:
    """The cashier who signed each of these vouchers, where one did."""
    rows = _SIGNED.rows(db, sorted(set(ids)), book=book)
    return {row.voucher_id: row.signed_by for row in rows}


def corrections_of(db: Connection, *, book: BookId, id: VoucherId) -> tuple[Voucher, ...]:
    """The vouchers that name this one as what they correct."""
    rows = db.execute(
        select(_voucher)
        .where(_voucher.c.book_id == book, _voucher.c.corrects == id)
        .order_by(_voucher.c.voucher_id)
    ).all()
    return _with_lines(db, rows, book=book)


def _conditions(book: BookId, wanted: VoucherFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_voucher.c.book_id == book]
    if wanted.from_period is not None:
        found.append(_voucher.c.period >= wanted.from_period)
    if wanted.to_period is not None:
        found.append(_voucher.c.period <= wanted.to_period)
    if wanted.states:
        found.append(_voucher.c.state.in_([state.value for state in wanted.states]))
    if wanted.word is not None:
        found.append(_voucher.c.word == wanted.word.value)
    if wanted.number is not None:
        found.append(_voucher.c.number == wanted.number)
    if wanted.account or wanted.detail or wanted.text:
        lines: list[ColumnElement[bool]] = [
            _posting.c.book_id == _voucher.c.book_id,
            _posting.c.voucher_id == _voucher.c.voucher_id,
        ]
        if wanted.account:
            lines.append(_posting.c.account.startswith(wanted.account, autoescape=True))
        if wanted.detail:
            lines.append(_posting.c.detail == wanted.detail)
        if wanted.text:
            lines.append(_posting.c.summary.contains(wanted.text, autoescape=True))
        in_body = wanted.text or wanted.detail or wanted.account
        found.append(or_(exists().where(*lines), _voucher.c.body.contains(in_body, autoescape=True)))
    return found


def _with_lines(db: Connection, rows: Sequence[Row[Any]], *, book: BookId) -> tuple[Voucher, ...]:
    posted = [row.voucher_id for row in rows if row.body is None]
    by_voucher: defaultdict[VoucherId, list[VoucherLine]] = defaultdict(list)
    for line in _LINES.rows(db, posted, book=book):
        by_voucher[line.voucher_id].append(_as_line(line))
    return tuple(
        _as_voucher(
            row,
            tuple(by_voucher[row.voucher_id])
            if row.body is None
            else read_back(row, _voucher.c.body, _lines),
        )
        for row in rows
    )


def _as_line(row: Row[Any]) -> VoucherLine:
    return VoucherLine(
        summary=row.summary,
        account=row.account,
        detail=row.detail,
        debit=row.debit,
        credit=row.credit,
        quantity=row.quantity,
        movement=row.movement,
    )


def _as_voucher(row: Row[Any], lines: tuple[VoucherLine, ...]) -> Voucher:
    corrects = (
        None
        if row.corrects is None
        else Correction(kind=CorrectionKind(row.correction), voucher=row.corrects)
    )
    return Voucher(
        book=row.book_id,
        id=row.voucher_id,
        state=State(row.state),
        word=Word(row.word),
        number=row.number,
        date=row.date,
        period=row.period,
        lines=lines,
        originals=row.originals,
        origin=Origin(row.origin),
        corrects=corrects,
        prepared_by=row.prepared_by,
        reviewed_by=row.reviewed_by,
        posted_by=row.posted_by,
        version=row.version,
    )
