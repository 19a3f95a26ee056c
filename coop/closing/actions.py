"""Closing months and settling years with the obstacles of every floor."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from coop.members.rules import check_of_membership
from coop.register.queries import membership_findings
from coop.shares import queries as shares
from coop.shares.rules import check_of_register
from ledger.books import queries as books
from ledger.log import actions as log
from ledger.month_end.queries import ledger_checks
from ledger.periods import actions as periods
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import Book
from schemas.log import ChainHead
from schemas.periods import Check, CloseRequest, CloseStage
from schemas.units import BookId, Period, PersonId
from schemas.vouchers import Voucher


def month_obstacles(db: Connection, *, book: Book, period: Period) -> tuple[Check, ...]:
    """Everything that is looked at before a month closes, in the order it is shown; evidence, signatures, cash, bank
    and assets warn and stop nothing, so the close itself does not ask for them again."""
    return (
        *periods.month_checks(db, book=book, period=period),
        *_register(db, book=book, until=period),
        *ledger_checks(db, book=book, period=period),
    )


def year_obstacles(db: Connection, *, book: Book, year: int) -> tuple[Check, ...]:
    """Everything that is looked at before a year is settled, in the order it is shown."""
    return (
        *periods.year_checks(db, book=book, year=year),
        *_register(db, book=book, until=year * 100 + SETTLEMENT),
        check_of_membership(membership_findings(db, book=book, on=date(year, 12, 31))),
    )


def close_month(
    db: Connection,
    *,
    book: BookId,
    period: Period,
    by: PersonId,
    reviewed_by: PersonId,
    on: date,
    at: datetime,
    also: Sequence[Check] = (),
) -> ChainHead:
    """Close a month 结账; refused with every obstacle, the register's among them. Returns the sealed head."""
    found = _locked(db, book=book)
    return periods.close_month(
        db,
        book=book,
        period=period,
        by=by,
        reviewed_by=reviewed_by,
        on=on,
        at=at,
        also=(*_register(db, book=found, until=period), *also),
    )


def settle_year(
    db: Connection,
    *,
    book: BookId,
    year: int,
    by: PersonId,
    reviewed_by: PersonId,
    on: date,
    at: datetime,
    also: Sequence[Check] = (),
) -> tuple[Voucher, ...]:
    """Open a year's settlement stage and post its transfers; refused with every obstacle. Returns the vouchers."""
    found = _locked(db, book=book)
    return periods.settle_year(
        db,
        book=book,
        year=year,
        by=by,
        reviewed_by=reviewed_by,
        on=on,
        at=at,
        also=(*_register(db, book=found, until=year * 100 + SETTLEMENT), *also),
    )


def ask_to_close(
    db: Connection,
    *,
    book: BookId,
    period: Period,
    stage: CloseStage,
    by: PersonId,
    at: datetime,
    resolution: str = "",
    also: Sequence[Check] = (),
) -> CloseRequest:
    """Send the close of a month, a year's settlement or its seal for review 送审; refused with every obstacle."""
    found = _locked(db, book=book)
    return periods.ask_to_close(
        db,
        book=book,
        period=period,
        stage=stage,
        by=by,
        at=at,
        resolution=resolution,
        also=(*_register(db, book=found, until=_until(period, stage)), *also),
    )


def confirm_close(
    db: Connection,
    *,
    book: BookId,
    period: Period,
    stage: CloseStage,
    by: PersonId,
    on: date,
    at: datetime,
    also: Sequence[Check] = (),
) -> CloseRequest:
    """Close what another person asked to have closed; every obstacle is looked for once more."""
    found = _locked(db, book=book)
    return periods.confirm_close(
        db,
        book=book,
        period=period,
        stage=stage,
        by=by,
        on=on,
        at=at,
        also=(*_register(db, book=found, until=_until(period, stage)), *also),
    )


def _until(period: Period, stage: CloseStage) -> Period:
    return period if stage is CloseStage.MONTH else period // 100 * 100 + SETTLEMENT


def _locked(db: Connection, *, book: BookId) -> Book:
    log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    return found


def _register(db: Connection, *, book: Book, until: Period) -> tuple[Check, ...]:
    return (check_of_register(shares.register_differences(db, book=book, until=until)),)
