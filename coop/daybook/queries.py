"""What members traded and worked."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TypeVar

from sqlalchemy import Connection, and_, bindparam, func, select

from coop.daybook.rules import CURRENT, PAYABLE, DaybookFacts, month_of_labour, trade_of_voucher
from coop.daybook.tables import COLUMNS, TABLES, LabourVoucherRow
from coop.members import queries as members
from ledger.columns import Prepared, table_of
from ledger.journals.rules import days_of
from ledger.periods import queries as periods
from ledger.vouchers import queries as vouchers
from schemas.books import Book
from schemas.labour import Cost, LabourLink, LabourMonth, LabourRole, WorkDay, WrittenWorkDay
from schemas.member_accounts import Traded
from schemas.trade import Trade, VoucherTrade, WrittenTrade
from schemas.units import BookId, Hundredths, Period, VoucherId
from schemas.vouchers import State, Voucher, VoucherFilter

_labour_voucher = table_of(LabourVoucherRow)
MOST_VOUCHERS = 10_000
"""More than a book has in a month."""

Entry = TypeVar("Entry", Trade, WorkDay)
Written = TypeVar("Written", WrittenTrade, WrittenWorkDay)


def entries(
    db: Connection,
    kind: type[Entry],
    *,
    book: BookId,
    member: str | None = None,
    from_date: date = date.min,
    until: date = date.max,
    known_at: str | None = None,
) -> tuple[Entry, ...]:
    """The entries of a kind in the order recorded, of one member between two days (both included), and as known at
    an instant."""
    given: dict[str, object] = {"book": book, "from_date": from_date, "until": until}
    if member is not None:
        given["member"] = member
    if known_at is not None:
        given["known_at"] = known_at
    asked = _entries(kind, of_member=member is not None, as_known=known_at is not None)
    return tuple(kind(**row._asdict()) for row in asked.rows(db, **given))


@cache
def _entries(kind: type[Trade] | type[WorkDay], *, of_member: bool, as_known: bool) -> Prepared:
    kept = TABLES[kind].c
    wanted = [
        kept.book_id == bindparam("book"),
        kept.on.between(bindparam("from_date"), bindparam("until")),
    ]
    wanted += [kept.member_no == bindparam("member")] if of_member else []
    wanted += [kept.recorded_at <= bindparam("known_at")] if as_known else []
    fields = (kept[COLUMNS.get(field, field)].label(field) for field in kind.__struct_fields__)
    return Prepared(select(*fields).where(*wanted).order_by(kept.seq))


def traded(
    db: Connection, *, book: BookId, from_date: date, until: date
) -> Mapping[str, Mapping[str, Traded]]:
    """What each member traded of each product between two days (both included), added up by the database."""
    kept = TABLES[Trade].c
    rows = db.execute(
        select(kept.member_no, kept.product, func.sum(kept.quantity), func.sum(kept.amount))
        .where(kept.book_id == book, kept.on.between(from_date, until))
        .group_by(kept.member_no, kept.product)
    )
    found: defaultdict[str, dict[str, Traded]] = defaultdict(dict)
    for member, product, quantity, amount in rows:
        found[member][product] = Traded(quantity=int(quantity), amount=int(amount))
    return found


def worked(db: Connection, *, book: BookId, from_date: date, until: date) -> Mapping[str, Hundredths]:
    """The days each member worked between two days (both included), added up by the database."""
    kept = TABLES[WorkDay].c
    rows = db.execute(
        select(kept.member_no, func.sum(kept.days))
        .where(kept.book_id == book, kept.on.between(from_date, until))
        .group_by(kept.member_no)
    )
    return {member: int(days) for member, days in rows}


def written(
    db: Connection,
    kind: type[Written],
    *,
    book: BookId,
    member: str | None = None,
    from_date: date = date.min,
    until: date = date.max,
    from_entry: int = 1,
    until_entry: int | None = None,
) -> tuple[Written, ...]:
    """The entries of a kind between two days and two numbers (all included) in the order written down, of all or of one
    member, with their numbers and what takes them back."""
    kept = TABLES[kind]
    later = kept.alias("later")
    wanted = [kept.c.book_id == book, kept.c.on.between(from_date, until), kept.c.seq >= from_entry]
    if until_entry is not None:
        wanted.append(kept.c.seq <= until_entry)
    if member is not None:
        wanted.append(kept.c.member_no == member)
    fields = (
        kept.c[COLUMNS.get(field, field)].label(field)
        for field in kind.__struct_fields__
        if field not in ("entry", "taken_back_by")
    )
    rows = db.execute(
        select(*fields, kept.c.seq.label("entry"), later.c.seq.label("taken_back_by"))
        .select_from(
            kept.outerjoin(later, and_(later.c.book_id == kept.c.book_id, later.c.reverses == kept.c.seq))
        )
        .where(*wanted)
        .order_by(kept.c.seq)
    )
    return tuple(kind(**row) for row in rows.mappings())


def sheet_before(db: Connection, *, book: BookId, before: date) -> tuple[WorkDay, ...]:
    """The work days of the last day before a day that has any; counter-entries are not among them."""
    kept = TABLES[WorkDay].c
    last = db.execute(
        select(func.max(kept.on)).where(kept.book_id == book, kept.on < before, kept.reverses.is_(None))
    ).scalar_one()
    if last is None:
        return ()
    return tuple(
        one for one in entries(db, WorkDay, book=book, from_date=last, until=last) if one.reverses is None
    )


def labour_month(
    db: Connection, *, book: BookId, month: Period, apart: Collection[VoucherId] | None = None
) -> LabourMonth:
    """A month's work days beside what books them: the vouchers drafted from its sheet, and every other voucher of the
    month that credits 213 and was not named for another month or said to stand apart; each with what corrects it.
    Withdrawn ones never count. ``apart``: which of the others book something else; None while nobody has said."""
    linked = linked_vouchers(db, book=book)
    first, last = days_of(month)
    of_sheet = [id for id, one in linked.items() if one.month == month and one.role is not LabourRole.APART]
    credited = vouchers.page(
        db,
        book=book,
        wanted=VoucherFilter(from_period=month, to_period=month, account=PAYABLE),
        after=None,
        limit=MOST_VOUCHERS,
    )
    beside = [
        one
        for one in credited
        if one.id not in linked and not _corrects_another(db, one, book=book) and _credits_labour(one)
    ]
    return month_of_labour(
        month,
        entries(db, WorkDay, book=book, from_date=first, until=last),
        linked=[one for id in of_sheet for one in _with_corrections(db, book=book, id=id)],
        beside=[group for one in beside if (group := _with_corrections(db, book=book, id=one.id))],
        apart=apart,
    )


def _corrects_another(db: Connection, one: Voucher, *, book: BookId) -> bool:
    """Whether a voucher goes along with the one it corrects, for that one credits labour itself."""
    if one.corrects is None:
        return False
    of = vouchers.voucher(db, book=book, id=one.corrects.voucher)
    return of is not None and _credits_labour(of)


def _with_corrections(db: Connection, *, book: BookId, id: VoucherId) -> list[Voucher]:
    found = vouchers.voucher(db, book=book, id=id)
    corrections = vouchers.corrections_of(db, book=book, id=id)
    return [
        one
        for one in ([] if found is None else [found, *corrections])
        if one.state is not State.WITHDRAWN and _credits_labour(one)
    ]


def _credits_labour(one: Voucher) -> bool:
    return any(line.account.startswith(PAYABLE) and line.credit for line in one.lines)


def linked_vouchers(db: Connection, *, book: BookId) -> Mapping[VoucherId, LabourLink]:
    """The vouchers that were drafted from a sheet or named beside one, with their month."""
    rows = db.execute(select(_labour_voucher).where(_labour_voucher.c.book_id == book))
    return {row.voucher_id: LabourLink(month=row.month, role=LabourRole(row.role)) for row in rows}


def month_booked_by(db: Connection, *, book: BookId, voucher: VoucherId) -> Period | None:
    """The month whose work days a voucher books."""
    link = linked_vouchers(db, book=book).get(voucher)
    return None if link is None or link.role is LabourRole.APART else link.month


def last_cost(db: Connection, *, book: BookId) -> Cost | None:
    """What the last voucher drafted from a sheet debits first."""
    last = select(func.max(_labour_voucher.c.voucher_id)).where(
        _labour_voucher.c.book_id == book, _labour_voucher.c.role == LabourRole.DRAFTED.value
    )
    found = vouchers.voucher(db, book=book, id=db.execute(last).scalar_one() or 0)
    for line in found.lines if found is not None else ():
        if line.debit:
            return Cost(account=line.account, detail=line.detail)
    return None


def trade_of_vouchers(
    db: Connection,
    *,
    book: BookId,
    months: tuple[Period, Period] | None = None,
    ids: Collection[VoucherId] = (),
) -> tuple[VoucherTrade, ...]:
    """What posted vouchers traded with members, of these months (both included) or of these vouchers; cancelled ones and
    corrections are left out."""
    if months is None:
        posted = tuple(vouchers.vouchers(db, book=book, ids=ids).values())
    else:
        wanted = VoucherFilter(
            from_period=months[0], to_period=months[1], states=(State.POSTED,), account=CURRENT
        )
        posted = vouchers.page(db, book=book, wanted=wanted, after=None, limit=MOST_VOUCHERS)
    standing = [one for one in posted if one.state is State.POSTED]
    cancelled = vouchers.cancelled_among(db, book=book, ids=[one.id for one in standing])
    standing = [one for one in standing if one.id not in cancelled]
    if not standing:
        return ()
    known = members.members(db, book=book)
    of_day: defaultdict[date, list[Trade]] = defaultdict(list)
    of_voucher: defaultdict[VoucherId, list[Trade]] = defaultdict(list)
    for one in entries(db, Trade, book=book):
        (of_day[one.on] if one.voucher is None else of_voucher[one.voucher]).append(one)
    found = (
        trade_of_voucher(one, members=known, written=[*of_day[one.date], *of_voucher[one.id]])
        for one in standing
    )
    return tuple(one for one in found if one is not None)


def facts(db: Connection, *, book: Book, on: date, new: Sequence[Trade | WorkDay] = ()) -> DaybookFacts:
    """What the book knows that new entries are held against."""
    named = {one.voucher for one in new if isinstance(one, Trade) and one.voucher is not None}
    return DaybookFacts(
        members=members.members(db, book=book.id),
        sealed=periods.state_of(db, book=book).sealed,
        on=on,
        vouchers={one.voucher: one for one in trade_of_vouchers(db, book=book.id, ids=named)},
    )


def last_entry(db: Connection, kind: type[Entry], *, book: BookId) -> int:
    """The number of the last entry of a kind, 0 when there is none."""
    kept = TABLES[kind].c
    last = select(func.coalesce(func.max(kept.seq), 0)).where(kept.book_id == book)
    return int(db.execute(last).scalar_one())
