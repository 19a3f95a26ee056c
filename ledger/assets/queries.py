"""Which assets a book has cards for, and what was written off them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, func, select

from ledger.assets import rules
from ledger.assets.tables import AssetCardRow, AssetChargeRow, AssetDisposalRow, AssetTermsRow
from ledger.columns import table_of
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact
from ledger.vouchers.tables import VoucherRow
from schemas.assets import Card, Charge, Rhythm, Terms
from schemas.charts import Wear
from schemas.units import BookId
from schemas.vouchers import State

_card = table_of(AssetCardRow)
_terms = table_of(AssetTermsRow)
_disposal = table_of(AssetDisposalRow)
_charge = table_of(AssetChargeRow)
_voucher = table_of(VoucherRow)


ACTS = frozenset({rules.ADDED, rules.CHANGED, rules.GONE, rules.BACK, rules.PLANNED})
"""The acts that write what this side book holds."""


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Everything that is written of a book's assets, as the log sealed it."""
    first: dict[str, Terms] = {}
    for row in db.execute(select(_terms).where(_terms.c.book_id == book).order_by(_terms.c.turn)):
        terms, subject = _as_terms(row), f"asset:{row.code}"
        if row.turn == 1:
            first[row.code] = terms
        else:
            content = rules.sealed_terms(terms, code=row.code, by=row.set_by, at=row.at)
            yield Fact(act=rules.CHANGED, subject=subject, content=content)
    for card in cards(db, book=book):
        added = msgspec.structs.replace(
            card, terms=(first[card.code],) if card.code in first else (), disposed_on=None
        )
        yield Fact(act=rules.ADDED, subject=f"asset:{card.code}", content=digest_of(added))
    for row in db.execute(select(_disposal).where(_disposal.c.book_id == book)):
        content = rules.sealed_going(
            row.code, day=row.disposed_on, reason=row.reason, by=row.set_by, at=row.at
        )
        act = rules.BACK if row.disposed_on is None else rules.GONE
        yield Fact(act=act, subject=f"asset:{row.code}", content=content)
    taken: defaultdict[int, list[tuple[str, int, int, int]]] = defaultdict(list)
    for row in db.execute(select(_charge).where(_charge.c.book_id == book)):
        taken[row.voucher_id].append((row.code, row.period, row.attempt, row.amount))
    for voucher, charges_of in taken.items():
        yield Fact(act=rules.PLANNED, subject=f"voucher:{voucher}", content=rules.sealed_plan(charges_of))


def cards(db: Connection, *, book: BookId, code: str | None = None) -> tuple[Card, ...]:
    """Every card of a book by code, disposed ones included; or the one of a code."""
    wanted = [table.c.book_id == book for table in (_card, _terms, _disposal)]
    of_card, of_terms, of_disposal = ([condition] for condition in wanted)
    if code is not None:
        of_card.append(_card.c.code == code)
        of_terms.append(_terms.c.code == code)
        of_disposal.append(_disposal.c.code == code)
    terms: defaultdict[str, list[Terms]] = defaultdict(list)
    for row in db.execute(select(_terms).where(*of_terms).order_by(_terms.c.code, _terms.c.turn)):
        terms[row.code].append(_as_terms(row))
    gone: dict[str, date | None] = {
        row.code: row.disposed_on
        for row in db.execute(
            select(_disposal).where(*of_disposal).order_by(_disposal.c.code, _disposal.c.turn)
        )
    }
    return tuple(
        Card(
            code=row.code,
            name=row.name,
            account=row.account,
            detail=row.detail,
            contra=row.contra,
            wear=Wear(row.wear),
            in_use_since=row.in_use_since,
            first_month=row.first_month,
            rhythm=Rhythm(row.rhythm),
            taken=row.taken,
            taken_until=row.taken_until,
            poverty=bool(row.poverty),
            note=row.note,
            terms=rules.in_force(terms[row.code]),
            disposed_on=gone.get(row.code),
            added_by=row.added_by,
            at=row.at,
        )
        for row in db.execute(select(_card).where(*of_card).order_by(_card.c.code))
    )


def charges(db: Connection, *, book: BookId, code: str | None = None) -> tuple[Charge, ...]:
    """What vouchers draft or book of the cards' plans, by card and month; those of withdrawn and cancelled vouchers
    too, marked as no longer holding."""
    red = _voucher.alias("red")
    cancelled = (
        select(red.c.voucher_id)
        .where(
            red.c.book_id == _voucher.c.book_id,
            red.c.cancels == _voucher.c.voucher_id,
            red.c.state == State.POSTED.value,
        )
        .correlate(_voucher)
        .exists()
    )
    wanted = [_charge.c.book_id == book]
    if code is not None:
        wanted.append(_charge.c.code == code)
    rows = db.execute(
        select(_charge, _voucher.c.state, cancelled.label("cancelled"))
        .join_from(
            _charge,
            _voucher,
            and_(_charge.c.book_id == _voucher.c.book_id, _charge.c.voucher_id == _voucher.c.voucher_id),
        )
        .where(*wanted)
        .order_by(_charge.c.code, _charge.c.period, _charge.c.attempt)
    )
    return tuple(
        Charge(
            card=row.code,
            period=row.period,
            amount=row.amount,
            attempt=row.attempt,
            voucher=row.voucher_id,
            posted=row.state == State.POSTED.value,
            holds=row.state != State.WITHDRAWN.value and not row.cancelled,
        )
        for row in rows
    )


def names(db: Connection, *, book: BookId) -> Mapping[str, str]:
    """The name of every card by code."""
    rows = db.execute(select(_card.c.code, _card.c.name).where(_card.c.book_id == book))
    return {row.code: row.name for row in rows}


def turns(db: Connection, *, book: BookId, code: str) -> tuple[int, int]:
    """How many terms and how many disposals a card has had."""
    terms, disposals = (
        db.execute(
            select(func.count()).select_from(table).where(table.c.book_id == book, table.c.code == code)
        ).scalar_one()
        for table in (_terms, _disposal)
    )
    return int(terms), int(disposals)


def _as_terms(row: Row[Any]) -> Terms:
    return Terms(
        from_month=row.from_month,
        cost=row.cost,
        residual=row.residual,
        life_months=row.life_months,
        expense_account=row.expense_account,
        expense_detail=row.expense_detail,
        reason=row.reason,
    )
