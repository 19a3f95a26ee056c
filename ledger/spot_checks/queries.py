"""What was drawn and what was found; and whether a draw comes out again."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, select

from ledger.books.tables import BookRow
from ledger.columns import portions, table_of
from ledger.evidence.tables import AttachmentRow
from ledger.log.rules import instant
from ledger.log.tables import ChainHeadRow, LogRow
from ledger.periods.rules import month_text
from ledger.side_books.rules import Fact
from ledger.spot_checks import rules
from ledger.spot_checks.tables import (
    SpotCheckPoolRow,
    SpotCheckRow,
    SpotCheckVerdictRow,
    SpotCheckVoucherRow,
    SpotCheckWordRow,
)
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import number_text
from ledger.vouchers.tables import VoucherRow
from schemas.journals import VoucherLabel
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.spot_checks import (
    DrawnVoucher,
    FindingState,
    FindingWord,
    Published,
    Quality,
    SpotCheck,
    SpotCheckSheet,
    Verdict,
    VerdictKind,
    WordKind,
)
from schemas.units import BookId, Period, PersonId, Value, VoucherId
from schemas.vouchers import State, Voucher, Word

_check = table_of(SpotCheckRow)
_pool = table_of(SpotCheckPoolRow)
_drawn = table_of(SpotCheckVoucherRow)
_verdict = table_of(SpotCheckVerdictRow)
_word = table_of(SpotCheckWordRow)
_voucher = table_of(VoucherRow)
_attachment = table_of(AttachmentRow)
_log = table_of(LogRow)
_head = table_of(ChainHeadRow)
_book = table_of(BookRow)

ACTS = frozenset({rules.DREW, rules.JUDGED, *rules.SAID.values()})
"""The acts that write what this side book holds."""


class Due(NamedTuple):
    """A month of a book that is to be drawn."""

    book: BookId
    month: Period


class Waiting(Value):
    """What waits for somebody in a book: drawn vouchers nobody checked of a month, or one finding."""

    book: BookId
    month: Period
    since: str
    vouchers: int = 0
    finding: int | None = None
    checked_by: PersonId | None = None


# The draw


def months_due(db: Connection, *, on: date, at: datetime) -> tuple[Due, ...]:
    """Every month of every book that is to be drawn by ``on`` and is not, by book, oldest first."""
    last = {row.book_id: row.last for row in db.execute(_LAST)}
    return tuple(
        Due(row.book_id, month)
        for row in db.execute(_BEGAN)
        for month in rules.months_due(
            began=datetime.fromisoformat(row.at), last=last.get(row.book_id), on=on, at=at
        )
    )


_LAST = select(_check.c.book_id, func.max(_check.c.month).label("last")).group_by(_check.c.book_id)
_BEGAN = (
    select(_book.c.book_id, _log.c.at)
    .join(_log, and_(_log.c.book_id == _book.c.book_id, _log.c.seq == 1))
    .order_by(_book.c.book_id)
)


def head_at_end(
    db: Connection, *, book: BookId, month: Period, before: int | None = None
) -> tuple[int, str] | None:
    """The last entry of a book's chain that is dated before the month was over, and its hash; ``before`` looks only at the
    entries before that one. None where the chain had not begun."""
    wanted = [_log.c.book_id == book, _log.c.at < instant(rules.ends(month))]
    if before is not None:
        wanted.append(_log.c.seq < before)
    row = db.execute(
        select(_log.c.seq, _log.c.hash).where(*wanted).order_by(_log.c.seq.desc()).limit(1)
    ).first()
    return None if row is None else (row.seq, row.hash)


class _Posted(NamedTuple):
    voucher: VoucherId
    number: str
    posted_at: str


def posted_in(db: Connection, *, book: BookId, month: Period) -> tuple[_Posted, ...]:
    """The posted vouchers of a month, without their lines."""
    rows = db.execute(
        select(_voucher.c.voucher_id, _voucher.c.word, _voucher.c.number, _voucher.c.posted_at).where(
            _voucher.c.book_id == book,
            _voucher.c.period == month,
            _voucher.c.state == State.POSTED.value,
        )
    )
    return tuple(_Posted(row.voucher_id, number_text(row.word, row.number), row.posted_at) for row in rows)


def check(db: Connection, *, book: BookId, month: Period) -> SpotCheck | None:
    """The draw of a month."""
    found = checks(db, book=book, month=month)
    return found[0] if found else None


def checks(db: Connection, *, book: BookId, month: Period | None = None) -> tuple[SpotCheck, ...]:
    """The draws of a book, the latest first."""
    one = [] if month is None else [_check.c.month == month]
    numbers: defaultdict[Period, list[str]] = defaultdict(list)
    for row in db.execute(
        select(_drawn.c.month, _voucher.c.word, _voucher.c.number)
        .join(_voucher, _of(_drawn))
        .where(_drawn.c.book_id == book, *([] if month is None else [_drawn.c.month == month]))
        .order_by(_drawn.c.month, _drawn.c.place)
    ):
        numbers[row.month].append(number_text(row.word, row.number))
    rows = db.execute(select(_check).where(_check.c.book_id == book, *one).order_by(_check.c.month.desc()))
    return tuple(_as_check(row, tuple(numbers[row.month])) for row in rows)


def latest(db: Connection) -> Mapping[BookId, Period]:
    """The last month drawn of every book."""
    return {row.book_id: row.last for row in db.execute(_LAST.order_by(_check.c.book_id))}


def months_drawn(db: Connection, *, books: Iterable[BookId]) -> tuple[Period, ...]:
    """The months drawn of any of these books, the latest first."""
    found: set[Period] = set()
    for some in portions(sorted(set(books))):
        found |= set(
            db.execute(select(_check.c.month).where(_check.c.book_id.in_(some)).distinct()).scalars()
        )
    return tuple(sorted(found, reverse=True))


def published(db: Connection, *, book: BookId, month: Period) -> Published:
    """A draw with the numbers of its pool in the order of their bytes; refused as missing where nothing was drawn."""
    found = check(db, book=book, month=month)
    if found is None:
        raise _not_drawn(month)
    return Published(check=found, numbers=tuple(sorted(_pools(db, book=book, month=month)[month])))


def _not_drawn(month: Period) -> Refusal:
    problem = rules.month_must_be_drawn.at("/month", month=month_text(month))
    return Refusal(problem, kind=RefusalKind.MISSING)


def _pools(db: Connection, *, book: BookId, month: Period | None = None) -> Mapping[Period, Sequence[str]]:
    found: defaultdict[Period, list[str]] = defaultdict(list)
    for row in db.execute(
        select(_pool.c.month, _voucher.c.word, _voucher.c.number)
        .join(_voucher, _of(_pool))
        .where(_pool.c.book_id == book, *([] if month is None else [_pool.c.month == month]))
    ):
        found[row.month].append(number_text(row.word, row.number))
    return found


def _of(table: Any) -> Any:
    return and_(_voucher.c.book_id == table.c.book_id, _voucher.c.voucher_id == table.c.voucher_id)


# The sheet and its findings


def sheet(db: Connection, *, book: BookId, month: Period) -> SpotCheckSheet:
    """The sheet of a month with everything found; refused as missing where nothing was drawn."""
    found = check(db, book=book, month=month)
    if found is None:
        raise _not_drawn(month)
    ids = (
        db.execute(
            select(_drawn.c.voucher_id)
            .where(_drawn.c.book_id == book, _drawn.c.month == month)
            .order_by(_drawn.c.place)
        )
        .scalars()
        .all()
    )
    known = vouchers.vouchers(db, book=book, ids=ids)
    scans = _scans(db, book=book, ids=ids)
    corrections = _corrections(db, book=book, ids=ids)
    said: defaultdict[VoucherId, list[Verdict]] = defaultdict(list)
    for verdict in verdicts(db, book=book, month=month):
        said[verdict.voucher].append(verdict)
    return SpotCheckSheet(
        check=found,
        vouchers=tuple(
            DrawnVoucher(
                place=place,
                voucher=_label(known[id]),
                summary=known[id].lines[0].summary,
                amount=rules.amount_of(known[id].lines),
                originals=known[id].originals,
                scans=scans.get(id, 0),
                involved=involved_in(known[id]),
                verdicts=tuple(said[id]),
                corrections=corrections.get(id, ()),
            )
            for place, id in enumerate(ids, 1)
        ),
        later=len(posted_in(db, book=book, month=month)) - found.pool,
    )


def involved_in(voucher: Voucher) -> tuple[PersonId, ...]:
    """Who prepared, reviewed or posted a voucher."""
    people = (voucher.prepared_by, voucher.reviewed_by, voucher.posted_by)
    return tuple(dict.fromkeys(person for person in people if person is not None))


def drawn_in(db: Connection, *, book: BookId, voucher: VoucherId) -> Period | None:
    """The month of whose draw a voucher is; None where it was not drawn."""
    return db.execute(
        select(_drawn.c.month).where(_drawn.c.book_id == book, _drawn.c.voucher_id == voucher)
    ).scalar()


def verdicts(
    db: Connection,
    *,
    book: BookId,
    month: Period | None = None,
    voucher: VoucherId | None = None,
    id: int | None = None,
) -> tuple[Verdict, ...]:
    """What was found in a book, or of a month or a voucher, one after the other, with what was said about it."""
    wanted = [_verdict.c.book_id == book]
    for column, value in (
        (_verdict.c.month, month),
        (_verdict.c.voucher_id, voucher),
        (_verdict.c.verdict_id, id),
    ):
        if value is not None:
            wanted.append(column == value)
    words: defaultdict[int, list[FindingWord]] = defaultdict(list)
    for row in db.execute(
        select(_word).join(_verdict, _about).where(*wanted).order_by(_word.c.verdict_id, _word.c.place)
    ):
        words[row.verdict_id].append(_as_word(row))
    rows = db.execute(select(_verdict).where(*wanted).order_by(_verdict.c.verdict_id))
    return tuple(_as_verdict(row, tuple(words[row.verdict_id])) for row in rows)


_about = and_(_word.c.book_id == _verdict.c.book_id, _word.c.verdict_id == _verdict.c.verdict_id)


def finding(db: Connection, *, book: BookId, id: int) -> Verdict | None:
    """A finding of a book; None where there is none of this number."""
    return next((one for one in verdicts(db, book=book, id=id) if one.state is not None), None)


def last_verdict(db: Connection, *, book: BookId) -> int:
    """The last verdict's number, 0 where there is none."""
    return int(
        db.execute(
            select(func.coalesce(func.max(_verdict.c.verdict_id), 0)).where(_verdict.c.book_id == book)
        ).scalar_one()
    )


def _scans(db: Connection, *, book: BookId, ids: Sequence[VoucherId]) -> Mapping[VoucherId, int]:
    rows = db.execute(
        select(_attachment.c.voucher_id, func.count().label("scans"))
        .where(_attachment.c.book_id == book, _attachment.c.voucher_id.in_(ids))
        .group_by(_attachment.c.voucher_id)
    )
    return {row.voucher_id: row.scans for row in rows}


def _corrections(
    db: Connection, *, book: BookId, ids: Sequence[VoucherId]
) -> Mapping[VoucherId, tuple[VoucherLabel, ...]]:
    found: defaultdict[VoucherId, tuple[VoucherLabel, ...]] = defaultdict(tuple)
    for row in db.execute(
        select(_voucher)
        .where(
            _voucher.c.book_id == book,
            _voucher.c.corrects.in_(ids),
            _voucher.c.state != State.WITHDRAWN.value,
        )
        .order_by(_voucher.c.voucher_id)
    ):
        found[row.corrects] += (
            VoucherLabel(
                book=book,
                id=row.voucher_id,
                state=State(row.state),
                word=Word(row.word),
                number=row.number,
                date=row.date,
            ),
        )
    return found


def _label(voucher: Voucher) -> VoucherLabel:
    return VoucherLabel(
        book=voucher.book,
        id=voucher.id,
        state=voucher.state,
        word=voucher.word,
        number=voucher.number,
        date=voucher.date,
    )


# What waits, and data quality


def unchecked(db: Connection, *, books: Iterable[BookId]) -> tuple[Waiting, ...]:
    """Drawn vouchers of these books that nobody checked, by book and month."""
    found: list[Waiting] = []
    for some in portions(sorted(set(books))):
        rows = db.execute(
            select(_drawn.c.book_id, _drawn.c.month, _check.c.drawn_at, func.count().label("vouchers"))
            .join(_check, and_(_check.c.book_id == _drawn.c.book_id, _check.c.month == _drawn.c.month))
            .outerjoin(_verdict, _judged)
            .where(_drawn.c.book_id.in_(some), _verdict.c.verdict_id.is_(None))
            .group_by(_drawn.c.book_id, _drawn.c.month, _check.c.drawn_at)
            .order_by(_drawn.c.book_id, _drawn.c.month)
        )
        found += [
            Waiting(book=row.book_id, month=row.month, since=row.drawn_at, vouchers=row.vouchers)
            for row in rows
        ]
    return tuple(found)


_judged = and_(
    _verdict.c.book_id == _drawn.c.book_id,
    _verdict.c.month == _drawn.c.month,
    _verdict.c.voucher_id == _drawn.c.voucher_id,
)


def findings_waiting(db: Connection, *, books: Iterable[BookId], state: FindingState) -> tuple[Waiting, ...]:
    """Findings of these books that are in this state, by book and number; ``since`` is the last word."""
    found: list[Waiting] = []
    last = (
        select(_word.c.book_id, _word.c.verdict_id, func.max(_word.c.place).label("place"))
        .group_by(_word.c.book_id, _word.c.verdict_id)
        .subquery()
    )
    for some in portions(sorted(set(books))):
        rows = db.execute(
            select(_verdict, _word.c.word, _word.c.at.label("said_at"))
            .outerjoin(
                last,
                and_(last.c.book_id == _verdict.c.book_id, last.c.verdict_id == _verdict.c.verdict_id),
            )
            .outerjoin(
                _word,
                and_(
                    _word.c.book_id == last.c.book_id,
                    _word.c.verdict_id == last.c.verdict_id,
                    _word.c.place == last.c.place,
                ),
            )
            .where(_verdict.c.book_id.in_(some), _verdict.c.kind != VerdictKind.IN_ORDER.value)
            .order_by(_verdict.c.book_id, _verdict.c.verdict_id)
        )
        found += [
            Waiting(
                book=row.book_id,
                month=row.month,
                since=row.said_at or row.at,
                finding=row.verdict_id,
                checked_by=row.checked_by,
            )
            for row in rows
            if _STATES[row.word] is state
        ]
    return tuple(found)


_STATES = {
    None: FindingState.OPEN,
    WordKind.ANSWER.value: FindingState.ANSWERED,
    WordKind.RETURN.value: FindingState.OPEN,
    WordKind.CLOSE.value: FindingState.CLOSED,
}


def quality(
    db: Connection, *, books: Iterable[BookId], from_month: Period, to_month: Period
) -> Mapping[BookId, Quality]:
    """How the vouchers drawn of these books in these months stand; books of which nothing was drawn stand at nothing."""
    wanted = sorted(set(books))
    drawn: dict[BookId, int] = {}
    of: defaultdict[BookId, dict[VoucherId, bool]] = defaultdict(dict)
    unsettled = dict.fromkeys(wanted, 0)
    for some in portions(wanted):
        months = _drawn.c.month.between(from_month, to_month)
        rows = db.execute(
            select(_drawn.c.book_id, func.count().label("drawn"))
            .where(_drawn.c.book_id.in_(some), months)
            .group_by(_drawn.c.book_id)
        )
        drawn |= {row.book_id: row.drawn for row in rows}
        for row in db.execute(
            select(_verdict.c.book_id, _verdict.c.voucher_id, _verdict.c.verdict_id, _verdict.c.kind).where(
                _verdict.c.book_id.in_(some), _verdict.c.month.between(from_month, to_month)
            )
        ):
            in_order = row.kind == VerdictKind.IN_ORDER.value
            of[row.book_id][row.voucher_id] = of[row.book_id].get(row.voucher_id, True) and in_order
        for state in (FindingState.OPEN, FindingState.ANSWERED):
            for waiting in findings_waiting(db, books=some, state=state):
                unsettled[waiting.book] += from_month <= waiting.month <= to_month
    return {
        book: Quality(
            book=book,
            drawn=drawn.get(book, 0),
            checked=len(of[book]),
            sound=sum(of[book].values()),
            unsettled=unsettled[book],
        )
        for book in wanted
    }


# The proof


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Every draw, verdict and word of a book, as the log sealed it."""
    for drew in checks(db, book=book):
        yield Fact(act=rules.DREW, subject=rules.subject_of_draw(drew.month), content=rules.sealed_draw(drew))
    for verdict in verdicts(db, book=book):
        subject = f"finding:{verdict.id}"
        yield Fact(act=rules.JUDGED, subject=subject, content=rules.sealed_verdict(verdict))
        for place, word in enumerate(verdict.words, 1):
            yield Fact(
                act=rules.SAID[word.word],
                subject=subject,
                content=rules.sealed_word(verdict.id, place, word),
            )


def not_as_drawn(db: Connection, *, book: BookId) -> Iterator[Problem]:
    """Every draw of a book that does not come out again from the chain and the vouchers."""
    drew = {
        row.subject: row.seq
        for row in db.execute(
            select(_log.c.subject, _log.c.seq).where(_log.c.book_id == book, _log.c.act == rules.DREW)
        )
    }
    pools = _pools(db, book=book)
    for check in checks(db, book=book):
        posted = posted_in(db, book=book, month=check.month)
        yield from rules.faults_of_draw(
            check,
            pools.get(check.month, ()),
            head=head_at_end(
                db, book=book, month=check.month, before=drew.get(rules.subject_of_draw(check.month))
            ),
            there=[one.number for one in posted if one.posted_at < check.drawn_at],
            perhaps=[one.number for one in posted if one.posted_at == check.drawn_at],
        )


def _as_check(row: Row[Any], drawn: tuple[str, ...]) -> SpotCheck:
    return SpotCheck(
        book=row.book_id,
        month=row.month,
        head=row.head,
        head_seq=row.head_seq,
        k=row.k,
        pool=row.pool,
        pool_digest=row.pool_digest,
        drawn=drawn,
        drawn_at=row.drawn_at,
    )


def _as_verdict(row: Row[Any], words: tuple[FindingWord, ...]) -> Verdict:
    kind = VerdictKind(row.kind)
    return Verdict(
        id=row.verdict_id,
        month=row.month,
        voucher=row.voucher_id,
        kind=kind,
        text=row.text,
        scan=row.scan,
        scan_name=row.scan_name,
        checked_by=row.checked_by,
        at=row.at,
        words=words,
        state=rules.state_of(kind, words),
    )


def _as_word(row: Row[Any]) -> FindingWord:
    return FindingWord(word=WordKind(row.word), text=row.text, by=row.said_by, at=row.at)
