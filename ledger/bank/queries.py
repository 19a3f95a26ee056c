"""What the bank said, what it was matched with, and what is open on either side."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from ledger.bank import rules
from ledger.bank.tables import (
    BankLineRow,
    BankMatchLineRow,
    BankMatchPostingRow,
    BankMatchRow,
    BankStatementRow,
    BankUnmatchRow,
)
from ledger.columns import portions, table_of
from ledger.details.tables import DetailRow
from ledger.journals import queries as journals
from ledger.journals.queries import ON_ITS_VOUCHER
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact
from ledger.vouchers.tables import IN_BOOK_ORDER, PostingRow, VoucherRow
from schemas.bank import (
    BankLine,
    BookEntry,
    EntryKey,
    ItemSide,
    Match,
    MatchRule,
    NewMatch,
    Reconciliation,
    TakenStatement,
)
from schemas.journals import MoneyAccount
from schemas.units import BookId, Fen
from schemas.vouchers import State, Word

_statement = table_of(BankStatementRow)
_line = table_of(BankLineRow)
_match = table_of(BankMatchRow)
_match_line = table_of(BankMatchLineRow)
_match_posting = table_of(BankMatchPostingRow)
_unmatch = table_of(BankUnmatchRow)
_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_detail = table_of(DetailRow)

ACTS = frozenset({rules.TAKEN, rules.CARRIED, rules.MATCHED, rules.UNDONE})
"""The acts that write what this side book holds."""


_HOLDS = (
    ~select(_unmatch.c.match_id)
    .where(_unmatch.c.book_id == _match.c.book_id, _unmatch.c.match_id == _match.c.match_id)
    .correlate(_match)
    .exists()
)
"""A match nobody has undone."""


def statements(db: Connection, *, book: BookId, of: MoneyAccount | None = None) -> tuple[TakenStatement, ...]:
    """The statements taken, of one account or of the book, by account and first day."""
    wanted = [_statement.c.book_id == book]
    if of is not None:
        wanted += [_statement.c.account == of.account, _statement.c.detail == of.detail]
    rows = db.execute(
        select(_statement)
        .where(*wanted)
        .order_by(
            _statement.c.account, _statement.c.detail, _statement.c.first_day, _statement.c.statement_id
        )
    )
    return tuple(_as_statement(row) for row in rows)


def lines(
    db: Connection,
    *,
    book: BookId,
    of: MoneyAccount | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    statements_only: bool = False,
) -> tuple[BankLine, ...]:
    """Rows of statements and carried items, of one account or of the book, between two days (both included)."""
    wanted = [_line.c.book_id == book]
    if statements_only:
        wanted.append(_line.c.statement_id.is_not(None))
    if of is not None:
        wanted += [_line.c.account == of.account, _line.c.detail == of.detail]
    if first_day is not None:
        wanted.append(_line.c.date >= first_day)
    if last_day is not None:
        wanted.append(_line.c.date <= last_day)
    rows = db.execute(select(_line).where(*wanted).order_by(_line.c.date, _line.c.line_id))
    return tuple(_as_line(row) for row in rows)


def lines_of(db: Connection, *, book: BookId, of: MoneyAccount, ids: Iterable[int]) -> Mapping[int, BankLine]:
    """Those of these rows that lie on the account."""
    found: dict[int, BankLine] = {}
    for some in portions(sorted(set(ids))):
        rows = db.execute(
            select(_line).where(
                _line.c.book_id == book,
                _line.c.line_id.in_(some),
                _line.c.account == of.account,
                _line.c.detail == of.detail,
            )
        )
        found |= {row.line_id: _as_line(row) for row in rows}
    return found


def digests(
    db: Connection, *, book: BookId, of: MoneyAccount, first_day: date, last_day: date
) -> frozenset[str]:
    """By what the rows and carried items between two days (both included) are known again."""
    return frozenset(
        db.execute(
            select(_line.c.digest).where(
                _line.c.book_id == book,
                _line.c.account == of.account,
                _line.c.detail == of.detail,
                _line.c.date.between(first_day, last_day),
            )
        ).scalars()
    )


def last_ids(db: Connection, *, book: BookId) -> tuple[int, int, int]:
    """The last statement, row and match number given out; 0 where none was."""
    statement, line, match = (
        db.execute(select(func.coalesce(func.max(column), 0)).where(table.c.book_id == book)).scalar_one()
        for table, column in (
            (_statement, _statement.c.statement_id),
            (_line, _line.c.line_id),
            (_match, _match.c.match_id),
        )
    )
    return int(statement), int(line), int(match)


def has_carried(db: Connection, *, book: BookId, of: MoneyAccount) -> bool:
    """Whether items were carried over from paper."""
    return (
        db.execute(
            select(_line.c.line_id)
            .where(
                _line.c.book_id == book,
                _line.c.account == of.account,
                _line.c.detail == of.detail,
                _line.c.statement_id.is_(None),
            )
            .limit(1)
        ).first()
        is not None
    )


def begun_on(db: Connection, *, book: BookId, of: MoneyAccount) -> date | None:
    """The first day any statement of the account covers."""
    found: date | None = db.execute(
        select(func.min(_statement.c.first_day)).where(
            _statement.c.book_id == book,
            _statement.c.account == of.account,
            _statement.c.detail == of.detail,
        )
    ).scalar_one()
    return found


def entries_of(
    db: Connection, *, book: BookId, of: MoneyAccount, keys: Iterable[EntryKey]
) -> Mapping[EntryKey, BookEntry]:
    """Those of these postings that lie on the account."""
    wanted = set(keys)
    found: dict[EntryKey, BookEntry] = {}
    for some in portions(sorted({key.voucher for key in wanted})):
        entries = _entries(db, book, of, _posting.c.voucher_id.in_(some))
        found |= {entry.key: entry for entry in entries if entry.key in wanted}
    return found


def open_lines(
    db: Connection, *, book: BookId, of: MoneyAccount, on: date, free: bool = False
) -> tuple[BankLine, ...]:
    """The rows and carried items of a day or before that no match explains whose members are all there by then;
    ``free``: only those no match holds at all."""
    matched = (
        select(_match_line.c.line_id)
        .join_from(
            _match_line,
            _match,
            and_(_match_line.c.book_id == _match.c.book_id, _match_line.c.match_id == _match.c.match_id),
        )
        .where(
            _match_line.c.book_id == _line.c.book_id,
            _match_line.c.line_id == _line.c.line_id,
            *_whole_by(None if free else on),
        )
        .correlate(_line)
        .exists()
    )
    rows = db.execute(
        select(_line)
        .where(
            _line.c.book_id == book,
            _line.c.account == of.account,
            _line.c.detail == of.detail,
            _line.c.date <= on,
            ~matched,
        )
        .order_by(_line.c.date, _line.c.line_id)
    )
    return tuple(_as_line(row) for row in rows)


def open_entries(
    db: Connection, *, book: BookId, of: MoneyAccount, on: date, free: bool = False
) -> tuple[BookEntry, ...]:
    """The postings from the first statement's day up to a day that no match explains whose members are all there
    by then; ``free``: only those no match holds at all."""
    begun = begun_on(db, book=book, of=of)
    if begun is None:
        return ()
    matched = (
        select(_match_posting.c.line)
        .join_from(
            _match_posting,
            _match,
            and_(
                _match_posting.c.book_id == _match.c.book_id,
                _match_posting.c.match_id == _match.c.match_id,
            ),
        )
        .where(
            _match_posting.c.book_id == _posting.c.book_id,
            _match_posting.c.voucher_id == _posting.c.voucher_id,
            _match_posting.c.line == _posting.c.line,
            *_whole_by(None if free else on),
        )
        .correlate(_posting)
        .exists()
    )
    return _entries(db, book, of, _voucher.c.date.between(begun, on), ~matched)


def turns_of(
    db: Connection, *, book: BookId, lines: Iterable[int], entries: Iterable[EntryKey]
) -> Mapping[int | EntryKey, tuple[int, bool]]:
    """How often each of these members was ever matched, and whether a match holds it now."""
    found: defaultdict[int | EntryKey, tuple[int, bool]] = defaultdict(lambda: (0, False))
    for some in portions(sorted(set(lines))):
        for row in _rows_of_lines(db, book, some):
            turns, held = found[row.line_id]
            found[row.line_id] = (turns + 1, held or bool(row.holds))
    wanted = set(entries)
    for some in portions(sorted({key.voucher for key in wanted})):
        for row in _rows_of_postings(db, book, some):
            key = EntryKey(voucher=row.voucher_id, line=row.line)
            if key in wanted:
                turns, held = found[key]
                found[key] = (turns + 1, held or bool(row.holds))
    return found


def matches(
    db: Connection,
    *,
    book: BookId,
    of: MoneyAccount | None = None,
    since: date | None = None,
    id: int | None = None,
    undone_too: bool = False,
) -> tuple[Match, ...]:
    """The matches that hold, of an account, whole on a day or after, or of this number; with ``undone_too`` also
    those that no longer hold."""
    wanted: list[ColumnElement[bool]] = [_match.c.book_id == book]
    if not undone_too:
        wanted.append(_HOLDS)
    if of is not None:
        wanted += [_match.c.account == of.account, _match.c.detail == of.detail]
    if since is not None:
        wanted.append(_match.c.until >= since)
    if id is not None:
        wanted.append(_match.c.match_id == id)
    rows = db.execute(select(_match).where(*wanted).order_by(_match.c.until, _match.c.match_id)).all()
    chosen = select(_match.c.match_id).where(*wanted)
    lines_by: defaultdict[int, list[int]] = defaultdict(list)
    for line in db.execute(
        select(_match_line.c.match_id, _match_line.c.line_id)
        .where(_match_line.c.book_id == book, _match_line.c.match_id.in_(chosen))
        .order_by(_match_line.c.line_id)
    ):
        lines_by[line.match_id].append(line.line_id)
    entries_by: defaultdict[int, list[EntryKey]] = defaultdict(list)
    for entry in db.execute(
        select(_match_posting.c.match_id, _match_posting.c.voucher_id, _match_posting.c.line)
        .where(_match_posting.c.book_id == book, _match_posting.c.match_id.in_(chosen))
        .order_by(_match_posting.c.voucher_id, _match_posting.c.line)
    ):
        entries_by[entry.match_id].append(EntryKey(voucher=entry.voucher_id, line=entry.line))
    return tuple(
        Match(
            id=row.match_id,
            of=MoneyAccount(account=row.account, detail=row.detail),
            lines=tuple(lines_by[row.match_id]),
            entries=tuple(entries_by[row.match_id]),
            rule=MatchRule(row.rule),
            until=row.until,
            made_by=row.made_by,
            at=row.at,
        )
        for row in rows
    )


def match_exists(db: Connection, *, book: BookId, match: int) -> bool:
    """Whether there ever was a match of this number."""
    return (
        db.execute(
            select(_match.c.match_id).where(_match.c.book_id == book, _match.c.match_id == match)
        ).first()
        is not None
    )


def proposed(db: Connection, *, book: BookId, of: MoneyAccount, on: date) -> tuple[NewMatch, ...]:
    """The matches proposed for what is open by a day. What a match of later days holds is not open."""
    return rules.proposals(
        open_lines(db, book=book, of=of, on=on, free=True),
        open_entries(db, book=book, of=of, on=on, free=True),
    )


def reconciliation(db: Connection, *, book: BookId, of: MoneyAccount, on: date) -> Reconciliation:
    """The bank reconciliation 余额调节表 of an account at the end of a day."""
    taken = statements(db, book=book, of=of)

    def moved(first_day: date, last_day: date) -> Fen:
        return int(
            db.execute(
                select(func.coalesce(func.sum(_line.c.amount), 0)).where(
                    _line.c.book_id == book,
                    _line.c.account == of.account,
                    _line.c.detail == of.detail,
                    _line.c.statement_id.is_not(None),
                    _line.c.date.between(first_day, last_day),
                )
            ).scalar_one()
        )

    return rules.reconcile(
        of=of,
        on=on,
        book_balance=journals.balance_on(db, book=book, of=of, on=on),
        bank_balance=rules.balance_at_bank(on=on, statements=taken, moved=moved),
        lines=open_lines(db, book=book, of=of, on=on),
        entries=open_entries(db, book=book, of=of, on=on),
        statements_until=max(
            (statement.last_day for statement in taken if statement.first_day <= on), default=None
        ),
    )


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Everything the bank's side book holds, as the log sealed it."""
    added: defaultdict[int, list[BankLine]] = defaultdict(list)
    for line in lines(db, book=book):
        if line.statement is None:
            yield Fact(act=rules.CARRIED, subject=f"bank_line:{line.id}", content=digest_of(line))
        else:
            added[line.statement].append(line)
    taken = {statement.id: statement for statement in statements(db, book=book)}
    for id, statement in taken.items():
        content = rules.sealed_statement(statement, added[id])
        yield Fact(act=rules.TAKEN, subject=rules.subject_of(id), content=content)
    for match in matches(db, book=book, undone_too=True):
        yield Fact(act=rules.MATCHED, subject=f"bank_match:{match.id}", content=digest_of(match))
    for row in db.execute(select(_unmatch).where(_unmatch.c.book_id == book)):
        content = digest_of((row.match_id, row.undone_by, row.at, row.reason))
        yield Fact(act=rules.UNDONE, subject=f"bank_match:{row.match_id}", content=content)


def _whole_by(day: date | None) -> tuple[ColumnElement[bool], ...]:
    return (_HOLDS,) if day is None else (_HOLDS, _match.c.until <= day)


def _entries(
    db: Connection, book: BookId, of: MoneyAccount, *wanted: ColumnElement[bool]
) -> tuple[BookEntry, ...]:
    on_account = (
        _posting.c.book_id == book,
        _posting.c.account == of.account,
        _posting.c.detail == of.detail,
        _voucher.c.state == State.POSTED.value,
        *wanted,
    )
    statement: Select[Any] = (
        select(
            _posting.c.voucher_id,
            _posting.c.line,
            _posting.c.summary,
            (_posting.c.debit - _posting.c.credit).label("amount"),
            _voucher.c.date,
            _voucher.c.word,
            _voucher.c.number,
            _voucher.c.cancels,
        )
        .join_from(_posting, _voucher, ON_ITS_VOUCHER)
        .where(*on_account)
        .order_by(_voucher.c.date, *IN_BOOK_ORDER, _posting.c.line)
    )
    rows = db.execute(statement).all()
    chosen = select(_posting.c.voucher_id).join_from(_posting, _voucher, ON_ITS_VOUCHER).where(*on_account)
    other = _posting.alias("other")
    names: defaultdict[int, set[str]] = defaultdict(set)
    for named in db.execute(
        select(other.c.voucher_id, _detail.c.code, _detail.c.name)
        .join_from(
            other, _detail, and_(other.c.book_id == _detail.c.book_id, other.c.detail == _detail.c.code)
        )
        .where(other.c.book_id == book, other.c.detail != "", other.c.voucher_id.in_(chosen))
        .distinct()
    ):
        names[named.voucher_id] |= {named.code, named.name}
    return tuple(
        BookEntry(
            key=EntryKey(voucher=row.voucher_id, line=row.line),
            date=row.date,
            word=Word(row.word),
            number=row.number,
            summary=row.summary,
            amount=row.amount,
            names=tuple(sorted(names[row.voucher_id] - {of.detail})),
            cancels=row.cancels,
        )
        for row in rows
    )


def _rows_of_lines(db: Connection, book: BookId, wanted: Sequence[int]) -> Sequence[Row[Any]]:
    return db.execute(
        select(_match_line.c.line_id, _HOLDS.label("holds"))
        .join_from(
            _match_line,
            _match,
            and_(_match_line.c.book_id == _match.c.book_id, _match_line.c.match_id == _match.c.match_id),
        )
        .where(_match_line.c.book_id == book, _match_line.c.line_id.in_(wanted))
    ).all()


def _rows_of_postings(db: Connection, book: BookId, wanted: Sequence[int]) -> Sequence[Row[Any]]:
    return db.execute(
        select(_match_posting.c.voucher_id, _match_posting.c.line, _HOLDS.label("holds"))
        .join_from(
            _match_posting,
            _match,
            and_(
                _match_posting.c.book_id == _match.c.book_id,
                _match_posting.c.match_id == _match.c.match_id,
            ),
        )
        .where(_match_posting.c.book_id == book, _match_posting.c.voucher_id.in_(wanted))
    ).all()


def _as_statement(row: Row[Any]) -> TakenStatement:
    return TakenStatement(
        id=row.statement_id,
        of=MoneyAccount(account=row.account, detail=row.detail),
        first_day=row.first_day,
        last_day=row.last_day,
        opening=row.opening,
        closing=row.closing,
        rows=row.lines,
        added=row.added,
        digest=row.digest,
        added_by=row.added_by,
        at=row.at,
    )


def _as_line(row: Row[Any]) -> BankLine:
    return BankLine(
        id=row.line_id,
        of=MoneyAccount(account=row.account, detail=row.detail),
        side=ItemSide(row.side),
        date=row.date,
        amount=row.amount,
        text=row.text,
        party=row.party,
        reference=row.reference,
        balance=row.balance,
        statement=row.statement_id,
    )
