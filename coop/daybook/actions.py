"""Writing in the members' daybook."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.daybook import queries, rules
from coop.daybook.tables import COLUMNS, TABLES, LabourVoucherRow
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.journals.rules import days_of
from ledger.keys import actions as keys
from ledger.keys import queries as used_keys
from ledger.log import actions as log
from ledger.money import text_from_hundredths, yuan
from ledger.periods.rules import month_text
from ledger.seal import rules as seal
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as vouchers_kept
from schemas.books import Book
from schemas.labour import Cost, LabourMonth, LabourRole, WorkDay, WrittenWorkDay
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.trade import Trade, WrittenTrade
from schemas.units import BookId, Period, PersonId, VoucherId
from schemas.vouchers import NewDraft, Origin, Voucher

_labour_voucher = table_of(LabourVoucherRow)


def record_trade(
    db: Connection, new: Sequence[Trade], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Trade, ...]:
    """Write trades down in the order given."""
    total = yuan(sum(one.amount for one in new))
    return _record(db, new, book=book, by=by, at=at, act="trade.record", subject="trades", total=total)


def record_labour(
    db: Connection, new: Sequence[WorkDay], *, book: BookId, by: PersonId, at: datetime
) -> tuple[WorkDay, ...]:
    """Write work days down in the order given."""
    total = text_from_hundredths(sum(one.days for one in new))
    return _record(db, new, book=book, by=by, at=at, act="labour.record", subject="work-days", total=total)


def keep_work_days(
    db: Connection,
    new: Sequence[WorkDay],
    *,
    book: Book,
    by: PersonId,
    on: date,
    at: datetime,
    key: str | None = None,
) -> tuple[WrittenWorkDay, ...]:
    """Write the scorekeeper's 计分员 sheet down, all or none; the same sheet sent again with its key is written once.
    Refused: no such member, no member that day, a day to come, a sealed year, figures not above zero, more than 31 days
    in an entry."""
    log.lock(db, book=book.id)
    before = _answered(db, key, (by, new), book=book)
    if before is None:
        before = _judged(db, new, book=book, on=on)
        record_labour(db, new, book=book.id, by=by, at=at)
        _remember(db, key, (by, new), answer=before, book=book, by=by, at=at)
    last = before + len(new) - 1
    return queries.written(db, WrittenWorkDay, book=book.id, from_entry=before, until_entry=last)


def keep_trades(
    db: Connection,
    new: Sequence[Trade],
    *,
    book: Book,
    by: PersonId,
    on: date,
    at: datetime,
    key: str | None = None,
) -> tuple[WrittenTrade, ...]:
    """Write what members traded down, all or none, once a key. Refused as work days are."""
    log.lock(db, book=book.id)
    before = _answered(db, key, (by, new), book=book)
    if before is None:
        before = _judged(db, new, book=book, on=on)
        record_trade(db, new, book=book.id, by=by, at=at)
        _remember(db, key, (by, new), answer=before, book=book, by=by, at=at)
    last = before + len(new) - 1
    return queries.written(db, WrittenTrade, book=book.id, from_entry=before, until_entry=last)


def take_back_work_day(
    db: Connection, entry: int, *, reason: str, book: Book, by: PersonId, on: date, at: datetime
) -> WrittenWorkDay:
    """Take a wrong work day back by a counter-entry of its own day. Refused: no such entry, taken back already, itself a
    counter-entry, a sealed year, no reason."""
    wrong = _wrong(db, WrittenWorkDay, entry, reason=reason, book=book, on=on)
    _record(
        db,
        [rules.counter_work_day(wrong)],
        book=book.id,
        by=by,
        at=at,
        act="labour.take_back",
        subject="work-days",
        before=str(entry),
        total=f"{text_from_hundredths(-wrong.days)}, {reason.strip()}",
    )
    return _last(db, WrittenWorkDay, book=book)


def take_back_trade(
    db: Connection, entry: int, *, reason: str, book: Book, by: PersonId, on: date, at: datetime
) -> WrittenTrade:
    """Take a wrong trade back by a counter-entry of its own day. Refused as for work days."""
    wrong = _wrong(db, WrittenTrade, entry, reason=reason, book=book, on=on)
    _record(
        db,
        [rules.counter_trade(wrong)],
        book=book.id,
        by=by,
        at=at,
        act="trade.take_back",
        subject="trades",
        before=str(entry),
        total=f"{yuan(-wrong.amount)}, {reason.strip()}",
    )
    return _last(db, WrittenTrade, book=book)


def book_labour(
    db: Connection,
    *,
    month: Period,
    cost: Cost,
    book: Book,
    by: PersonId,
    on: date,
    at: datetime,
    dated: date | None = None,
    apart: Collection[VoucherId] | None = None,
    key: str | None = None,
) -> Voucher:
    """Draft the voucher of what is due of a month's work days 工分制单: debit the cost named, credit 213 应付劳务费 by member
    (DOMAIN §1.6, 14); then it is reviewed and posted like any other. Drafted once; what the sheet is corrected by later
    is drafted by its difference. Dated the month's last day or today, whichever is first, or ``dated``. Vouchers
    ``apart`` credit 213 for something else; None: those that credit somebody with more than the sheet has.

    Refused: a month without work days, days without a value, a month that is booked as the sheet says, a closed month, an
    account that takes no cost."""
    log.lock(db, book=book.id)
    asked = (by, month, cost, dated, None if apart is None else sorted(apart))
    before = _answered(db, key, asked, book=book)
    if before is not None:
        drafted = vouchers_kept.voucher(db, book=book.id, id=before)
        assert drafted is not None, "a voucher stays"
        return drafted
    first, last = days_of(month)
    worked = queries.entries(db, WorkDay, book=book.id, from_date=first, until=last)
    found = queries.labour_month(db, book=book.id, month=month, apart=apart)
    account = books.accounts(db, book=book).get(cost.account)
    beside = {
        one.voucher for one in queries.labour_month(db, book=book.id, month=month).vouchers if not one.linked
    }
    problems = rules.faults_of_booking(found, worked, cost=account, apart=set(apart or ()) - beside)
    if problems:
        raise Refusal(*problems)
    draft = rules.voucher_of(found, cost=cost, dated=dated or min(last, on))
    (outcome,) = vouchers.draft_many(
        db, [NewDraft(draft=draft)], book=book.id, by=by, on=on, at=at, origin=Origin.PLAN
    )
    if outcome.voucher is None:
        problems = tuple(rules.at_cost(problem) for problem in outcome.problems)
        raise Refusal(*problems, kind=vouchers.kind_of(outcome.problems))
    _link(db, found, outcome.voucher, book=book)
    _remember(db, key, asked, answer=outcome.voucher.id, book=book, by=by, at=at)
    due = Act(
        by=by,
        act="labour.book",
        subject=f"voucher:{outcome.voucher.id}",
        after=f"{month_text(month)} {yuan(found.due)}",
        content=seal.digest_of(found),
    )
    log.record(db, due, book=book.id, at=at)
    return outcome.voucher


def _link(db: Connection, found: LabourMonth, drafted: Voucher, *, book: Book) -> None:
    """Remember what the drafted voucher was reckoned against, so that a later difference is reckoned against the same."""
    known = queries.linked_vouchers(db, book=book.id)
    roles = {
        one.voucher: LabourRole.BOOKS if one.counted else LabourRole.APART
        for one in found.vouchers
        if one.voucher not in known
    }
    roles[drafted.id] = LabourRole.DRAFTED
    db.execute(
        insert(_labour_voucher),
        [
            {"book_id": book.id, "voucher_id": id, "month": found.month, "role": role.value}
            for id, role in roles.items()
        ],
    )


def _answered(db: Connection, key: str | None, asked: object, *, book: Book) -> int | None:
    """What the same was answered before, when its key was used for it."""
    before = None if key is None else used_keys.used(db, book=book.id, keys=[key]).get(key)
    if before is None:
        return None
    if before.fingerprint != seal.digest_of(asked):
        raise Refusal(keys.key_must_mean_the_same.at(key=key))
    return int(before.answer)


def _remember(
    db: Connection, key: str | None, asked: object, *, answer: int, book: Book, by: PersonId, at: datetime
) -> None:
    """Keep what a key was used for."""
    if key is not None:
        used = keys.NewKey(key=key, fingerprint=seal.digest_of(asked), answer=str(answer))
        keys.remember_sealed(db, used, book=book.id, by=by, at=at)


def _judged(db: Connection, new: Sequence[queries.Entry], *, book: Book, on: date) -> int:
    """Refuse what may not be written down; the number of the first entry otherwise."""
    problems = rules.faults_of_entries(new, queries.facts(db, book=book, on=on, new=new))
    if problems:
        raise Refusal(*problems)
    return queries.last_entry(db, type(new[0]), book=book.id) + 1


def _wrong(
    db: Connection, kind: type[queries.Written], entry: int, *, reason: str, book: Book, on: date
) -> queries.Written:
    """The entry to be taken back, when it may be."""
    log.lock(db, book=book.id)
    found = queries.written(db, kind, book=book.id, from_entry=entry, until_entry=entry)
    wrong = found[0] if found else None
    problems = rules.faults_of_taking_back(
        wrong, queries.facts(db, book=book, on=on), entry=entry, reason=reason
    )
    if wrong is None:
        raise Refusal(*problems, kind=RefusalKind.MISSING)
    if problems:
        raise Refusal(*problems)
    return wrong


def _last(db: Connection, kind: type[queries.Written], *, book: Book) -> queries.Written:
    """The entry written down last."""
    return queries.written(db, kind, book=book.id, from_entry=queries.last_entry(db, kind, book=book.id))[-1]


def _record(
    db: Connection,
    new: Sequence[queries.Entry],
    *,
    book: BookId,
    by: PersonId,
    at: datetime,
    act: str,
    subject: str,
    total: str,
    before: str = "",
) -> tuple[queries.Entry, ...]:
    """Number the entries behind the last one, and seal them by one act that says how many they are and what they come
    to."""
    head = log.lock(db, book=book)
    if not new:
        return ()
    kind, when = type(new[0]), log.instant(at)
    first = queries.last_entry(db, kind, book=book) + 1
    db.execute(
        insert(TABLES[kind]),
        [
            {"book_id": book, "seq": seq, "recorded_at": when}
            | {COLUMNS.get(field, field): value for field, value in msgspec.structs.asdict(one).items()}
            for seq, one in enumerate(new, start=first)
        ],
    )
    entry = Act(
        by=by,
        act=act,
        subject=f"{subject}:{first}-{first + len(new) - 1}",
        before=before,
        after=f"{len(new)}, {total}",
        content=seal.digest_of(new),
    )
    log.append(db, [entry], book=book, head=head, at=at)
    return tuple(new)
