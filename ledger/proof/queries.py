"""Reading a whole book once, in one snapshot, and saying whether it holds.

Rows are read as a stream in the order of the book, so that a book of a million lines needs no memory for its lines:
each voucher is judged and handed on to beancount's text as it passes. The caller's connection reads one snapshot
(``web.database.reading_engine`` does), so a book may be proved while it is written to.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, Text, and_, cast, select

from ledger import beancount_text
from ledger.balances import queries as balances
from ledger.balances.rules import differences
from ledger.books import queries as books
from ledger.books.tables import AccountRow
from ledger.charts import standard
from ledger.columns import table_of
from ledger.details import queries as details
from ledger.evidence import queries as evidence
from ledger.evidence.rules import faults_of_attachments, faults_of_store
from ledger.keys import queries as keys
from ledger.keys.rules import faults_of_answers
from ledger.log import queries as log
from ledger.log.rules import HOUSE
from ledger.money import yuan
from ledger.outbox import queries as outbox
from ledger.people import queries as people
from ledger.periods import queries as periods
from ledger.proof import rules
from ledger.proof.rules import AccountAsKept, LogSays
from ledger.recognition import queries as recognised
from ledger.recognition import rules as recognition
from ledger.seal.rules import OpeningLine, faults_in_chain
from ledger.side_books import queries as side_books
from ledger.spot_checks import queries as spot_checks
from ledger.vouchers import queries as vouchers
from ledger.vouchers.tables import IN_BOOK_ORDER, CashierSignatureRow, PostingRow, VoucherRow
from schemas.books import Book
from schemas.problems import Problem
from schemas.proof import BookProof, Loaded
from schemas.units import BookId, PersonId, VoucherId
from schemas.vouchers import (
    Correction,
    CorrectionKind,
    Origin,
    State,
    Voucher,
    VoucherLine,
    Word,
)

Load = Callable[[Iterable[str]], Loaded]
"""Has the pieces of a book's text read by beancount, in a process of its own (``web.proof``)."""

Read = Callable[[str], bytes | None]
"""The bytes kept under a digest, unverified, or None (``web.evidence_store``)."""

_account = table_of(AccountRow)
_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_signature = table_of(CashierSignatureRow)
_lines = msgspec.json.Decoder(tuple[VoucherLine, ...])
_AT_ONCE = 5_000
"""Rows fetched at a time."""


class _Counted:
    """How many posted vouchers and lines passed."""

    def __init__(self) -> None:
        self.vouchers = 0
        self.postings = 0


def prove(db: Connection, *, book: Book, load: Load | None = None, read: Read | None = None) -> BookProof:
    """Prove a book: balances against postings, debits against credits, chain, seals, numbers, vouchers and the side
    books against what was sealed of them; with ``read`` the bytes of every file, with ``load`` beancount's own sums.

    A book whose row or accounts no longer say which standard it follows cannot be read further than that. Floors
    above add their problems to what is returned.
    """
    says, problems = _chain(db, book=book.id)
    counted = _Counted()
    if _is_readable(db, says, book=book, problems=problems):
        problems += _kept_in_step(db, says, book=book.id)
        posted = _judged(db, says, book=book.id, problems=problems, counted=counted)
        if load is not None:
            problems += _loaded(db, posted, book=book, load=load, counted=counted)
        for _ in posted:  # whatever beancount did not read is still judged
            pass
        problems += rules.faults_of_missing_vouchers(says, book=book.id)
        if read is not None:
            problems += faults_of_store(evidence.stored_files(db, book=book.id), book=book.id, read=read)
    return BookProof(
        book=book.id,
        vouchers=counted.vouchers,
        postings=counted.postings,
        entries=says.entries,
        problems=tuple(problems),
    )


def _is_readable(db: Connection, says: LogSays, *, book: Book, problems: list[Problem]) -> bool:
    """Whether the book is the one opened and each of its accounts one of its standard."""
    of_book = tuple(rules.faults_of_book(book, says))
    problems += of_book
    if of_book:
        return False
    chart, rows = standard(book.standard).accounts, _accounts(db, book=book.id)
    problems += rules.faults_of_accounts(rows, says, book=book.id, chart=chart)
    return all(row.statutory in chart for row in rows.values())


def _kept_in_step(db: Connection, says: LogSays, *, book: BookId) -> Iterator[Problem]:
    """What is kept beside the vouchers: balances, periods, numbers, signatures, files, the side books."""
    recomputed = balances.recomputed(db, book=book)
    yield from rules.faults_of_details(details.details(db, book=book), says, book=book)
    yield from rules.faults_of_openings(balances.openings(db, book=book), says, book=book)
    yield from differences(balances.kept(db, book=book), recomputed, book=book)
    yield from rules.faults_of_sums(recomputed, book=book, yuan=yuan)
    yield from rules.faults_of_periods(periods.seals(db, book=book), says, book=book)
    yield from rules.faults_of_numbers(
        vouchers.used_numbers(db, book=book),
        vouchers.series_ends(db, book=book),
        vouchers.confirmed_gaps(db, book=book),
        says,
        book=book,
    )
    yield from rules.faults_of_signatures(_signatures(db, book=book), says, book=book)
    of_files = tuple(faults_of_attachments(evidence.attachments(db, book=book), says.attachments, book=book))
    yield from of_files
    if not of_files:
        income = recognised.income_accounts(db, book=book)
        yield from recognition.differences(
            recognised.kept(db, book=book), recognised.recomputed(db, book=book, income=income), book=book
        )
    yield from side_books.not_as_sealed(db, book=book)
    yield from outbox.faults_across(db, book=book)
    yield from spot_checks.not_as_drawn(db, book=book)


def _loaded(
    db: Connection, posted: Iterable[Voucher], *, book: Book, load: Load, counted: _Counted
) -> Iterator[Problem]:
    """What beancount says of the book, held against the balances kept. Nothing where a line is on an account that is
    gone: the account is named already."""
    accounts = books.accounts(db, book=book)
    closing = rules.closing_of(balances.kept(db, book=book.id))
    used = {(account, detail) for account, detail, _ in balances.recomputed(db, book=book.id)} | {*closing}
    if any(account not in accounts for account, _ in used):
        return
    openings = _openings(db, book=book.id)
    loaded = load(
        beancount_text.text_of(
            book,
            accounts=accounts,
            details=details.details(db, book=book.id),
            openings=openings,
            vouchers=posted,
            closing={kept: closing.get(kept, 0) for kept in sorted(used)},
        )
    )
    yield from rules.faults_of_load(
        loaded,
        closing,
        names=beancount_text.names_of(accounts, used),
        transactions=counted.vouchers + bool(openings),
        book=book.id,
        yuan=yuan,
    )


def prove_house(db: Connection) -> BookProof:
    """Prove what concerns no single book: the house's own chain, and that people are called what it says."""
    says, problems = _chain(db, book=HOUSE)
    problems += rules.faults_of_people(people.everyone(db), says)
    return BookProof(book=HOUSE, vouchers=0, postings=0, entries=says.entries, problems=tuple(problems))


def prove_desk(db: Connection, *, desk: BookId) -> BookProof:
    """Prove the chain of a desk that keeps no book: a township's."""
    says, problems = _chain(db, book=desk)
    return BookProof(book=desk, vouchers=0, postings=0, entries=says.entries, problems=tuple(problems))


def _chain(db: Connection, *, book: BookId) -> tuple[LogSays, list[Problem]]:
    """What the log says, and what is wrong with the chain it makes and with what is kept under keys."""
    kept = tuple(keys.kept_answers(db, book=book))
    says = LogSays(answered=(one.voucher for one in kept if one.voucher is not None))
    head = log.head(db, book=book)
    entries = says.reading(log.every_entry(db, book=book))
    length = None if head is None else head.length
    problems = list(faults_in_chain(entries, book=book, previous="", first=1, length=length))
    problems += rules.faults_of_head(says, head, book=book)
    problems += faults_of_answers(kept, says.keys, unsaid=says.unsaid, book=book)
    return says, problems


def beancount(db: Connection, *, book: Book) -> Iterator[str]:
    """The whole book as beancount text, piece by piece, its own balances asserted at the end."""
    yield from beancount_text.text_of(
        book,
        accounts=books.accounts(db, book=book),
        details=details.details(db, book=book.id),
        openings=_openings(db, book=book.id),
        vouchers=posted_by_date(db, book=book.id),
        closing=rules.closing_of(balances.kept(db, book=book.id)),
    )


def posted_by_date(db: Connection, *, book: BookId) -> Iterator[Voucher]:
    """Every posted voucher with its lines, by date and number, as a stream."""
    by_date = (_voucher.c.period, _voucher.c.date, *IN_BOOK_ORDER)
    for rows in _rows(db, book=book, order=by_date):
        if rows[0].state == State.POSTED.value:
            yield _as_voucher(rows)


def _judged(
    db: Connection, says: LogSays, *, book: BookId, problems: list[Problem], counted: _Counted
) -> Iterator[Voucher]:
    """Every voucher of the book judged against the log; the posted ones are handed on."""
    for rows in _rows(db, book=book, order=()):
        first = rows[0]
        try:
            voucher = _as_voucher(rows)
        except (ValueError, msgspec.DecodeError) as error:
            # A number, date or word no program of ours wrote: the row is named and the proof goes on.
            says.vouchers.pop(first.voucher_id, None)
            problems.append(
                rules.voucher_must_be_readable.at(
                    f"/vouchers/{first.voucher_id}", book=book, voucher=first.voucher_id, reason=error
                )
            )
            continue
        problems += rules.faults_of_row(voucher, year=first.year, cancels=first.cancels, lines=_count(rows))
        problems += rules.faults_of_voucher(voucher, says, posted_at=first.posted_at, yuan=yuan)
        if voucher.state is State.POSTED:
            counted.vouchers += 1
            counted.postings += len(voucher.lines)
            yield voucher


def _rows(
    db: Connection, *, book: BookId, order: Sequence[ColumnElement[Any]]
) -> Iterator[tuple[Row[*tuple[Any, ...]], ...]]:
    """The rows of every voucher, one for each line or one without; days as text, so that a day that is none can be
    named."""
    own = [column for column in _voucher.c if column.name != "date"]
    statement = (
        select(
            *own,
            cast(_voucher.c.date, Text).label("day"),
            *(column.label(f"line_{column.name}") for column in _posting.c),
        )
        .join_from(
            _voucher,
            _posting,
            and_(
                _voucher.c.book_id == _posting.c.book_id,
                _voucher.c.voucher_id == _posting.c.voucher_id,
            ),
            isouter=True,
        )
        .where(_voucher.c.book_id == book)
        .order_by(*order, _voucher.c.voucher_id, _posting.c.line)
    )
    stream = db.execute(statement, execution_options={"yield_per": _AT_ONCE})
    for _, rows in groupby(stream, key=attrgetter("voucher_id")):
        yield tuple(rows)


def _count(rows: Sequence[Row[Any]]) -> int:
    return len(rows) if rows[0].line_line is not None else 0


def _as_voucher(rows: Sequence[Row[Any]]) -> Voucher:
    """A voucher out of its rows; raises ValueError or DecodeError where it holds what no voucher can hold."""
    row = rows[0]
    lines = tuple(_as_line(line) for line in rows) if row.body is None else _lines.decode(row.body)
    return Voucher(
        book=row.book_id,
        id=row.voucher_id,
        state=State(row.state),
        word=Word(row.word),
        number=row.number,
        date=date.fromisoformat(row.day),
        period=row.period,
        lines=lines if row.body is not None or _count(rows) else (),
        originals=row.originals,
        origin=Origin(row.origin),
        corrects=None
        if row.corrects is None
        else Correction(kind=CorrectionKind(row.correction), voucher=row.corrects),
        prepared_by=row.prepared_by,
        reviewed_by=row.reviewed_by,
        posted_by=row.posted_by,
        version=row.version,
    )


def _as_line(row: Row[Any]) -> VoucherLine:
    return VoucherLine(
        summary=row.line_summary,
        account=row.line_account,
        detail=row.line_detail,
        debit=row.line_debit,
        credit=row.line_credit,
        quantity=row.line_quantity,
        movement=row.line_movement,
    )


def _openings(db: Connection, *, book: BookId) -> tuple[OpeningLine, ...]:
    by_year = balances.openings(db, book=book)
    return tuple(line for year in sorted(by_year) for line in by_year[year])


def _accounts(db: Connection, *, book: BookId) -> Mapping[str, AccountAsKept]:
    rows = db.execute(select(_account).where(_account.c.book_id == book))
    return {
        row.code: AccountAsKept(
            name=row.name, statutory=row.statutory, parent=row.parent, open=bool(row.open)
        )
        for row in rows
    }


def _signatures(db: Connection, *, book: BookId) -> Mapping[VoucherId, PersonId]:
    rows = db.execute(
        select(_signature.c.voucher_id, _signature.c.signed_by).where(_signature.c.book_id == book)
    )
    return {row.voucher_id: row.signed_by for row in rows}
