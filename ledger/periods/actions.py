"""Closing months, opening one again, settling and sealing a year."""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import merging, table_of
from ledger.log import actions as log
from ledger.log.rules import reason_must_be_given
from ledger.money import yuan
from ledger.periods import queries, rules
from ledger.periods.tables import CloseRequestRow, PeriodRow
from ledger.vouchers import actions as voucher_actions
from ledger.vouchers import queries as vouchers
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import Book
from schemas.log import Act, ChainHead
from schemas.periods import Check, CloseRequest, CloseStage, RequestState
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, Period, PersonId
from schemas.vouchers import MadeVoucher, Origin, Voucher

_period = table_of(PeriodRow)
_request = table_of(CloseRequestRow)


def month_checks(db: Connection, *, book: Book, period: Period) -> tuple[Check, ...]:
    """Everything the ledger looks at before a month closes; floors above add their own checks."""
    state = queries.state_of(db, book=book)
    details = balances.details_between(db, book=book.id, from_period=period, to_period=period)
    return (
        rules.check_of_order(period=period, first_year=state.first_year, closed=state.closed),
        rules.check_of_vouchers(vouchers.unposted_until(db, book=book.id, period=period)),
        rules.check_of_numbers(
            vouchers.used_numbers(db, book=book.id),
            vouchers.confirmed_gaps(db, book=book.id),
            year=period // 100,
        ),
        rules.check_of_balance(details, yuan=yuan),
        rules.check_of_clearing(details, accounts=books.accounts(db, book=book), whole_year=False, yuan=yuan),
    )


def year_checks(db: Connection, *, book: Book, year: int) -> tuple[Check, ...]:
    """Everything the ledger looks at before a year is settled."""
    state = queries.state_of(db, book=book)
    details = balances.details_between(
        db, book=book.id, from_period=year * 100 + 1, to_period=year * 100 + 12
    )
    return (
        rules.check_of_year(
            year=year,
            first_year=state.first_year,
            closed=state.closed,
            settling=state.settling,
            sealed=state.sealed,
        ),
        rules.check_of_balance(details, yuan=yuan),
        rules.check_of_clearing(details, accounts=books.accounts(db, book=book), whole_year=True, yuan=yuan),
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
    """Close a month 结账 and seal it. ``also`` are the checks of the floors above; any obstacle refuses it.

    Returns the sealed head of the chain.
    """
    assert on is not None
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    checks = (
        rules.check_of_people(by=by, reviewed_by=reviewed_by),
        *month_checks(db, book=found, period=period),
        *also,
    )
    _refuse_obstacles(checks)
    return _seal(
        db, found, period=period, act="period.close", by=by, reviewed_by=reviewed_by, head=head, at=at
    )


def reopen_month(
    db: Connection, *, book: BookId, period: Period, by: PersonId, reason: str, on: date, at: datetime
) -> ChainHead:
    """Open the last closed month again, by another person than the one who closed it, while nothing later is
    posted and the year is not being settled."""
    assert on is not None
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    state = queries.state_of(db, book=found)
    seal = queries.seals(db, book=book).get(period)
    after = rules.month_after(period)
    touched = (
        period // 100 * 100 + SETTLEMENT
        if period // 100 in state.settling | state.sealed
        else after
        if after in state.closed
        or vouchers.has_posted_in(db, book=book, from_period=period + 1, to_period=299913)
        else None
    )
    problems = rules.faults_of_reopening(
        period=period,
        closed=state.closed,
        touched_later=touched,
        closed_by=None if seal is None else seal.by,
        by=by,
    )
    if problems or seal is None:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    moved = log.append(
        db,
        [
            Act(
                by=by,
                act="period.reopen",
                subject=f"period:{rules.month_text(period)}",
                before="closed",
                after=f"open {reason}".strip(),
            )
        ],
        book=book,
        head=head,
        at=at,
    )
    _write(db, book, period, state="open", by=by, reviewed_by=seal.by, head=moved, at=at)
    return moved


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
    """Open the settlement stage of a year whose twelve months are closed, and post its transfers: income and
    expense to the result, the result to what may be distributed (RULES §4). Done again, it transfers what was
    booked in the stage meanwhile. Returns the vouchers posted.
    """
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    _refuse_obstacles(
        (
            rules.check_of_people(by=by, reviewed_by=reviewed_by),
            *year_checks(db, book=found, year=year),
            *also,
        )
    )
    stage = year * 100 + SETTLEMENT
    if year not in queries.state_of(db, book=found).settling:
        moved = log.append(
            db,
            [Act(by=by, act="year.settle", subject=f"period:{rules.month_text(stage)}", after="open")],
            book=book,
            head=head,
            at=at,
        )
        _write(db, book, stage, state="open", by=by, reviewed_by=reviewed_by, head=moved, at=at)
    drafts = rules.closing_transfers(
        balances.details_between(db, book=book, from_period=year * 100 + 1, to_period=stage),
        accounts=books.accounts(db, book=found),
        standard=standard(found.standard),
        year=year,
    )
    return voucher_actions.record_many(
        db,
        [
            MadeVoucher(draft=draft, origin=Origin.CLOSING, prepared_by=by, reviewed_by=reviewed_by)
            for draft in drafts
        ],
        book=book,
        by=by,
        on=on,
        at=at,
    )


def seal_year(
    db: Connection,
    *,
    book: BookId,
    year: int,
    by: PersonId,
    reviewed_by: PersonId,
    resolution: str,
    on: date,
    at: datetime,
) -> ChainHead:
    """End the settlement stage: the year takes nothing more. ``resolution`` is the meeting's number."""
    assert on is not None
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    state = queries.state_of(db, book=found)
    if year not in state.settling:
        fault = rules.year_must_not_be_sealed if year in state.sealed else rules.year_must_be_settling
        raise Refusal(fault.at("/period", year=year), kind=RefusalKind.STATE)
    _refuse_obstacles((rules.check_of_people(by=by, reviewed_by=reviewed_by),))
    return _seal(
        db,
        found,
        period=year * 100 + SETTLEMENT,
        act="year.seal",
        by=by,
        reviewed_by=reviewed_by,
        head=head,
        at=at,
        why=resolution,
    )


def reopen_settlement(
    db: Connection, *, book: BookId, year: int, by: PersonId, reason: str, on: date, at: datetime
) -> ChainHead:
    """Open a sealed year's settlement stage again, because the run that sealed it is taken back (RULES §9). Refused
    unless the year is sealed, and once the next year is being settled."""
    assert on is not None
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    state = queries.state_of(db, book=found)
    stage = year * 100 + SETTLEMENT
    if year not in state.sealed:
        raise Refusal(
            rules.only_a_closed_month_is_opened.at("/period", period=rules.month_text(stage)),
            kind=RefusalKind.STATE,
        )
    later = (year + 1) * 100 + SETTLEMENT
    if year + 1 in state.settling | state.sealed:
        raise Refusal(
            rules.later_period_must_be_untouched.at(
                "/period", later=rules.month_text(later), period=rules.month_text(stage)
            ),
            kind=RefusalKind.STATE,
        )
    seal = queries.seals(db, book=book)[stage]
    moved = log.append(
        db,
        [
            Act(
                by=by,
                act="year.reopen",
                subject=f"period:{rules.month_text(stage)}",
                before="closed",
                after=f"open {reason}".strip(),
            )
        ],
        book=book,
        head=head,
        at=at,
    )
    _write(db, book, stage, state="open", by=by, reviewed_by=seal.by, head=moved, at=at)
    return moved


# With a second person: one asks, the other confirms


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
    """Send a close for review 送审. Refused while an obstacle stands in its way, so that the second person is not
    asked in vain, or while it waits already."""
    head = log.lock(db, book=book)
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    before = queries.close_request(db, book=book, period=period, stage=stage)
    if before is not None and before.state is RequestState.WAITING:
        raise Refusal(
            rules.request_must_be_new.at("/period", period=rules.month_text(period)), kind=RefusalKind.STATE
        )
    if stage is CloseStage.MONTH:
        _refuse_obstacles((*month_checks(db, book=found, period=period), *also))
    elif stage is CloseStage.SETTLEMENT:
        _refuse_obstacles((*year_checks(db, book=found, year=period // 100), *also))
    elif period // 100 not in queries.state_of(db, book=found).settling:
        raise Refusal(rules.year_must_be_settling.at("/period", year=period // 100), kind=RefusalKind.STATE)
    asked = CloseRequest(
        period=period,
        stage=stage,
        state=RequestState.WAITING,
        asked_by=by,
        asked_at=log.instant(at),
        resolution=resolution,
    )
    _note(db, asked, book=book)
    _log_request(db, asked, act="period.ask", by=by, book=book, head=head, at=at)
    return asked


def decline_to_close(
    db: Connection,
    *,
    book: BookId,
    period: Period,
    stage: CloseStage,
    by: PersonId,
    at: datetime,
    reason: str,
) -> CloseRequest:
    """Send a close back 退回 with a reason, as the second person."""
    head = log.lock(db, book=book)
    asked = _waiting(db, book=book, period=period, stage=stage, by=by)
    if not reason.strip():
        raise Refusal(reason_must_be_given.at("/reason"))
    answered = replace(
        asked,
        state=RequestState.DECLINED,
        answered_by=by,
        answered_at=log.instant(at),
        reason=reason.strip(),
    )
    _note(db, answered, book=book)
    _log_request(db, answered, act="period.decline", by=by, book=book, head=head, at=at)
    return answered


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
    """Close what another person asked to have closed. Every obstacle is looked for once more."""
    log.lock(db, book=book)
    asked = _waiting(db, book=book, period=period, stage=stage, by=by)
    if stage is CloseStage.MONTH:
        close_month(db, book=book, period=period, by=asked.asked_by, reviewed_by=by, on=on, at=at, also=also)
    elif stage is CloseStage.SETTLEMENT:
        settle_year(
            db, book=book, year=period // 100, by=asked.asked_by, reviewed_by=by, on=on, at=at, also=also
        )
    else:
        seal_year(
            db,
            book=book,
            year=period // 100,
            by=asked.asked_by,
            reviewed_by=by,
            resolution=asked.resolution,
            on=on,
            at=at,
        )
    done = replace(asked, state=RequestState.DONE, answered_by=by, answered_at=log.instant(at))
    _note(db, done, book=book)
    return done


def _waiting(
    db: Connection, *, book: BookId, period: Period, stage: CloseStage, by: PersonId
) -> CloseRequest:
    asked = queries.close_request(db, book=book, period=period, stage=stage)
    if asked is None or asked.state is not RequestState.WAITING:
        raise Refusal(
            rules.request_must_be_waiting.at("/period", period=rules.month_text(period)),
            kind=RefusalKind.STATE,
        )
    if asked.asked_by == by:
        raise Refusal(rules.request_is_answered_by_another.at("/by"))
    return asked


def _log_request(
    db: Connection,
    asked: CloseRequest,
    *,
    act: str,
    by: PersonId,
    book: BookId,
    head: ChainHead,
    at: datetime,
) -> None:
    done = Act(
        by=by,
        act=act,
        subject=f"period:{rules.month_text(asked.period)}",
        after=" ".join(filter(None, (asked.stage, asked.resolution, asked.reason))),
    )
    log.append(db, [done], book=book, head=head, at=at)


_NOTE = merging(_request)


def _note(db: Connection, asked: CloseRequest, *, book: BookId) -> None:
    db.execute(
        _NOTE[db.dialect.name],
        [
            {
                "book_id": book,
                "period": asked.period,
                "stage": asked.stage.value,
                "state": asked.state.value,
                "asked_by": asked.asked_by,
                "asked_at": asked.asked_at,
                "resolution": asked.resolution,
                "answered_by": asked.answered_by,
                "answered_at": asked.answered_at,
                "reason": asked.reason,
            }
        ],
    )


def _refuse_obstacles(checks: Sequence[Check]) -> None:
    stopping = [problem for check in checks if check.stops for problem in check.problems]
    if stopping:
        raise Refusal(*stopping, kind=RefusalKind.STATE)


def _seal(
    db: Connection,
    book: Book,
    *,
    period: Period,
    act: str,
    by: PersonId,
    reviewed_by: PersonId,
    head: ChainHead,
    at: datetime,
    why: str = "",
) -> ChainHead:
    moved = log.append(
        db,
        [
            Act(
                by=by,
                act=act,
                subject=f"period:{rules.month_text(period)}",
                before="open",
                after=f"closed, reviewed by {reviewed_by} {why}".strip(),
            )
        ],
        book=book.id,
        head=head,
        at=at,
    )
    _write(db, book.id, period, state="closed", by=by, reviewed_by=reviewed_by, head=moved, at=at)
    return moved


_WRITE = merging(_period)


def _write(
    db: Connection,
    book: BookId,
    period: Period,
    *,
    state: str,
    by: PersonId,
    reviewed_by: PersonId,
    head: ChainHead,
    at: datetime,
) -> None:
    db.execute(
        _WRITE[db.dialect.name],
        [
            {
                "book_id": book,
                "period": period,
                "state": state,
                "by": by,
                "reviewed_by": reviewed_by,
                "at": log.instant(at),
                "seal_seq": head.length,
                "seal": head.hash,
            }
        ],
    )
