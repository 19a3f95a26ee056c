"""What the share register says. It is read as of any date, and as it was known at any instant."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, func, select

from coop.members import queries as known_members
from coop.shares import rules
from coop.shares.tables import ShareMovementRow
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import Prepared, table_of
from ledger.money import yuan
from ledger.periods.rules import last_day
from ledger.vouchers.tables import PostingRow, VoucherRow
from schemas.books import Book, BookKind
from schemas.charts import MovementType
from schemas.problems import Problem
from schemas.shares import CollectiveHolding, Holdings, Movement, ShareAct, ShareClass, ShareOrigin
from schemas.units import BookId, Fen, Hundredths, Period, VoucherId

_movement = table_of(ShareMovementRow)
_posting = table_of(PostingRow)
_voucher = table_of(VoucherRow)
_CLASSES = {share.value: share for share in ShareClass}
_OF_MEMBER = Prepared(
    select(_movement)
    .where(_movement.c.book_id == bindparam("book"), _movement.c.member_no == bindparam("member"))
    .order_by(_movement.c.seq)
)


def movements(
    db: Connection,
    *,
    book: BookId,
    member: str | None = None,
    members: Collection[str] | None = None,
    until: date | None = None,
    known_at: str | None = None,
) -> tuple[Movement, ...]:
    """The movements of a book in register order; of one member or some, up to and with a day, as known at an
    instant."""
    if member is not None and members is None and until is None and known_at is None:
        return tuple(map(_as_movement, _OF_MEMBER.rows(db, book=book, member=member)))
    wanted = [_movement.c.book_id == book]
    if member is not None:
        wanted.append(_movement.c.member_no == member)
    if members is not None:
        wanted.append(_movement.c.member_no.in_(sorted(members)))
    if until is not None:
        wanted.append(_movement.c.on <= until)
    if known_at is not None:
        wanted.append(_movement.c.recorded_at <= known_at)
    rows = db.execute(select(_movement).where(*wanted).order_by(_movement.c.seq))
    return tuple(_as_movement(row) for row in rows)


def latest_movements(
    db: Connection,
    *,
    book: BookId,
    as_of: date | None = None,
    known_at: str | None = None,
    member: str = "",
    share: ShareClass | None = None,
    before: int | None = None,
    limit: int,
) -> tuple[tuple[Movement, ...], int]:
    """So many movements, the latest first, of all or of one member or class; those ``before`` a register number. Beside
    them how many there are, whatever the number."""
    wanted = _until(book, as_of, known_at)
    if member:
        wanted.append(_movement.c.member_no == member)
    if share is not None:
        wanted.append(_movement.c.share == share.value)
    whole = db.execute(select(func.count()).select_from(_movement).where(*wanted)).scalar_one()
    if before is not None:
        wanted.append(_movement.c.seq < before)
    rows = db.execute(select(_movement).where(*wanted).order_by(_movement.c.seq.desc()).limit(limit))
    return tuple(map(_as_movement, rows)), int(whole)


def holders(
    db: Connection,
    *,
    book: BookId,
    as_of: date | None = None,
    known_at: str | None = None,
    after: str = "",
    limit: int,
) -> tuple[str, ...]:
    """So many of the members who ever held a share by then, by number, after one."""
    wanted = [*_until(book, as_of, known_at), _movement.c.member_no > after]
    number = _movement.c.member_no
    return tuple(db.execute(select(number).where(*wanted).distinct().order_by(number).limit(limit)).scalars())


def totals(
    db: Connection, *, book: BookId, as_of: date | None = None, known_at: str | None = None
) -> Mapping[ShareClass, Fen]:
    """The value held of each class that ever moved, by all members together."""
    rows = db.execute(
        select(_movement.c.share, func.sum(_movement.c.value))
        .where(*_until(book, as_of, known_at))
        .group_by(_movement.c.share)
    )
    found = {_CLASSES[share]: int(value) for share, value in rows}
    return {share: found[share] for share in ShareClass if share in found}


def entitled(
    db: Connection, *, book: BookId, as_of: date | None = None, known_at: str | None = None
) -> Hundredths:
    """The income entitlements of all households together, in hundredths of a share."""
    of_class = _movement.c.share == ShareClass.ENTITLEMENT.value
    asked = select(func.coalesce(func.sum(_movement.c.quantity), 0)).where(
        *_until(book, as_of, known_at), of_class
    )
    return int(db.execute(asked).scalar_one())


def vouchers_of_withdrawals(db: Connection, *, book: BookId) -> frozenset[VoucherId]:
    """The vouchers by which leavers were settled 退社结算."""
    found = db.execute(
        select(_posting.c.voucher_id)
        .where(_posting.c.book_id == book, _posting.c.movement == MovementType.RESERVE_TO_LEAVER.value)
        .union(
            select(_movement.c.voucher_id).where(
                _movement.c.book_id == book,
                _movement.c.act == ShareAct.WITHDRAW.value,
                _movement.c.voucher_id.is_not(None),
            )
        )
    )
    return frozenset(found.scalars())


def holdings(
    db: Connection,
    *,
    book: BookId,
    as_of: date | None = None,
    known_at: str | None = None,
    members: Collection[str] | None = None,
) -> Mapping[str, Holdings]:
    """What every member, or each of these, holds at the end of a day, as known at an instant; added up by the
    database."""
    wanted = _until(book, as_of, known_at)
    if members is not None:
        wanted.append(_movement.c.member_no.in_(sorted(members)))
    rows = db.execute(
        select(
            _movement.c.member_no,
            _movement.c.share,
            func.sum(_movement.c.quantity),
            func.sum(_movement.c.value),
        )
        .where(*wanted)
        .group_by(_movement.c.member_no, _movement.c.share)
    )
    return rules.holdings_of(
        (member, _CLASSES[share], int(quantity), int(value)) for member, share, quantity, value in rows
    )


def movements_under(
    db: Connection, *, book: BookId, seqs: Collection[int] = (), voucher: VoucherId | None = None
) -> tuple[Movement, ...]:
    """The movements of these register numbers, or those one voucher booked."""
    chosen = _movement.c.seq.in_(sorted(seqs)) if voucher is None else _movement.c.voucher_id == voucher
    rows = db.execute(select(_movement).where(_movement.c.book_id == book, chosen).order_by(_movement.c.seq))
    return tuple(_as_movement(row) for row in rows)


def sides_of(db: Connection, *, book: BookId, movement: Movement) -> tuple[Movement, ...]:
    """A movement without a voucher, with the other sides of its transfer where it is one."""
    first = movement.seq if movement.other_side is None else movement.other_side
    chosen = (_movement.c.seq == first) | (_movement.c.other_side == first)
    rows = db.execute(select(_movement).where(_movement.c.book_id == book, chosen).order_by(_movement.c.seq))
    return tuple(_as_movement(row) for row in rows)


def last_movement(db: Connection, *, book: BookId) -> int:
    """The number of the register's last movement, 0 when it is empty."""
    last = select(func.coalesce(func.max(_movement.c.seq), 0)).where(_movement.c.book_id == book)
    return int(db.execute(last).scalar_one())


def register_differences(db: Connection, *, book: Book, until: Period) -> tuple[Problem, ...]:
    """Every member whose refundable shares at the end of a period are not the balance on 股金 (RULES §3); nothing
    for a collective's book, which keeps no share register."""
    if book.kind is not BookKind.COOPERATIVE:
        return ()
    account = rules.share_account(standard(book.standard))
    kept = balances.details_between(
        db, book=book.id, from_period=until // 100 * 100 + 1, to_period=until, account=account
    )
    return rules.differences(
        _refundable(db, book=book.id, as_of=last_day(until)),
        {row.detail: -row.closing for row in kept},
        book=book.id,
        account=account,
        yuan=yuan,
    )


def _refundable(db: Connection, *, book: BookId, as_of: date) -> Mapping[str, Fen]:
    counted = [share.value for share in ShareClass if rules.refundable(share)]
    rows = db.execute(
        select(_movement.c.member_no, func.sum(_movement.c.value))
        .where(*_until(book, as_of, None), _movement.c.share.in_(counted))
        .group_by(_movement.c.member_no)
    )
    return {member: int(value) for member, value in rows}


def _until(book: BookId, as_of: date | None, known_at: str | None) -> list[ColumnElement[bool]]:
    wanted = [_movement.c.book_id == book]
    if as_of is not None:
        wanted.append(_movement.c.on <= as_of)
    if known_at is not None:
        wanted.append(_movement.c.recorded_at <= known_at)
    return wanted


def collective_holdings(db: Connection, *, book: BookId, until: Period) -> tuple[CollectiveHolding, ...]:
    """What each village's collective holds in this cooperative, beside what its own book shows on 长期投资 for it at
    the end of a period; by member number. A collective whose book is not kept here shows nothing to compare."""
    held = holdings(db, book=book, as_of=last_day(until))
    found = []
    for link in known_members.collective_members(db, book=book):
        details = [
            one.detail for one in known_members.investments(db, book=link.village) if one.cooperative == book
        ]
        shown = (
            sum(
                row.closing
                for detail in details
                for row in balances.details_between(
                    db, book=link.village, from_period=until, to_period=until, account=LONG_TERM_INVESTMENT
                )
                if row.detail == detail
            )
            if books.book(db, id=link.village) is not None
            else None
        )
        holding = held.get(link.member)
        found.append(
            CollectiveHolding(
                member=link.member,
                village=link.village,
                holding=0 if holding is None else holding.refundable,
                invested=shown,
            )
        )
    return tuple(found)


LONG_TERM_INVESTMENT = "141"
"""长期投资 in a collective's chart (财会〔2023〕14号)."""


def _as_movement(row: Any) -> Movement:
    return Movement(
        seq=row.seq,
        on=row.on,
        member=row.member_no,
        share=ShareClass(row.share),
        act=ShareAct(row.act),
        quantity=row.quantity,
        price=row.price,
        value=row.value,
        origin=ShareOrigin(row.origin),
        voucher=row.voucher_id,
        number=row.number,
        resolution=row.resolution,
        note=row.note,
        other_side=row.other_side,
        reverses=row.reverses,
        recorded_at=row.recorded_at,
    )
