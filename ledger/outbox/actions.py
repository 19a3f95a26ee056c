"""Sending to another book, in the transaction of the first; landing in the second, in a transaction of its own.

What is delivered twice lands once: whoever lands it holds the second book's lock and finds the key taken.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from ledger.books import queries as books
from ledger.columns import adding_rows, table_of
from ledger.log import actions as log
from ledger.outbox import queries, rules
from ledger.outbox.tables import LandingRow, OutgoingRow
from ledger.periods import queries as periods
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as known_vouchers
from schemas.books import BookKind
from schemas.log import Act
from schemas.outbox import Crossing, Effect, Landing, Outgoing, Turn
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId, VoucherId
from schemas.vouchers import NewDraft, Origin, State, Step, VoucherDraft

UnitOf = Callable[[rules.Accounts], str]
"""The detail that stands for the sender where it is booked on these accounts."""
_SEND, _LAND = adding_rows(table_of(OutgoingRow)), adding_rows(table_of(LandingRow))


def send_many(
    db: Connection, crossings: Sequence[Crossing], *, book: BookId, by: PersonId, at: datetime
) -> tuple[Outgoing, ...]:
    """Write down what goes out to other books, beside what this transaction booked of it. What goes back without ever
    having gone out is left out: nothing lands of what came before this was kept."""
    if not crossings:
        return ()
    head = log.lock(db, book=book)
    seq, said = (
        queries.last_seq(db, book=book),
        dict(queries.last_said(db, book=book, about=[one.about for one in crossings])),
    )
    here = {target: _keeps_a_book(db, target) for target in {one.target for one in crossings}}
    items: list[Outgoing] = []
    for one in crossings:
        before = said.get(one.about)
        if one.turn is Turn.GOES_BACK and (before is None or before[1] is Turn.GOES_BACK):
            continue
        seq += 1
        items.append(
            Outgoing(
                book=book,
                seq=seq,
                crossing=one,
                after=None if before is None else before[0],
                kept_here=here[one.target] if before is None else before[2],
                at=log.instant(at),
            )
        )
        said[one.about] = (seq, one.turn, items[-1].kept_here)
    _SEND.write(db, [queries.row_of(item) for item in items])
    acts = [
        Act(
            by=by,
            act=rules.SENT,
            subject=rules.item_subject(item.seq),
            after=rules.noted_text(item),
            content=rules.sealed(item),
        )
        for item in items
    ]
    log.append(db, acts, book=book, head=head, at=at)
    return tuple(items)


def _keeps_a_book(db: Connection, target: BookId) -> bool:
    found = books.book(db, id=target)
    return found is not None and found.kind is BookKind.COLLECTIVE


def land(
    db: Connection, item: Outgoing, *, unit_of: UnitOf, by: PersonId, on: date, at: datetime
) -> Landing | None:
    """Land in the second book what the first one sent: a draft for its own accountant, dated the day of the crossing (today
    where its month is closed), a sketch where something is left to choose; or what takes that back. What was to settle a
    claim that does not stand there any more is income. None when it landed before. Refused while what was said before of
    the same money, or the claim on it, has not landed, and while the cashier's signature stands on what is to be withdrawn."""
    crossing = item.crossing
    book = crossing.target
    log.lock(db, book=book)
    if queries.landing(db, book=book, source=item.book, seq=item.seq) is not None:
        return None
    before = None if item.after is None else queries.landing(db, book=book, source=item.book, seq=item.after)
    if item.after is not None and before is None:
        raise Refusal(
            rules.items_must_land_in_turn.at("/after", seq=item.seq, source=item.book, after=item.after),
            kind=RefusalKind.STATE,
        )
    day = _dated(db, book=book, day=crossing.day, on=on)
    if crossing.turn is Turn.COMES:
        owed = item.after is not None and queries.was_owed(db, item)
        accounts = rules.accounts_of(crossing, owed=owed, income=_income_not_booked(db, item))
        draft = rules.draft_of(crossing, accounts, unit=unit_of(accounts), day=day)
        effect = Effect.DRAFTED
        voucher = _draft(db, draft, book=book, finished=crossing.finished, by=by, on=on, at=at)
    else:
        assert before is not None, "what goes back came before (outgoing_turn)"
        effect, voucher = _take_back(db, item, before, unit_of=unit_of, day=day, by=by, on=on, at=at)
    landing = rules.landing_of(item, effect=effect, voucher=voucher, at=log.instant(at))
    _LAND.write(db, [queries.row_of_landing(landing)])
    act = Act(
        by=by,
        act=rules.LANDED,
        subject=rules.landing_subject(item.book, item.seq),
        after=rules.landed_text(landing),
        content=rules.sealed(landing),
    )
    log.record(db, act, book=book, at=at)
    return landing


def _income_not_booked(db: Connection, item: Outgoing) -> str:
    """The income account of the claim that an item settles, where that claim does not stand in the second book."""
    if item.crossing.credit != rules.RECEIVABLE:
        return ""
    claim = queries.claim(db, item)
    if claim is None:
        return ""
    if claim.landed is None:
        raise Refusal(
            rules.items_must_land_in_turn.at("/after", seq=item.seq, source=item.book, after=claim.item.seq),
            kind=RefusalKind.STATE,
        )
    standing = known_vouchers.voucher(db, book=item.crossing.target, id=claim.landed.id)
    assert standing is not None, "a landing's voucher is there (landing_voucher)"
    dropped = standing.state is State.WITHDRAWN or _cancelled(
        db, book=item.crossing.target, voucher=standing.id
    )
    return claim.item.crossing.credit if dropped else ""


def _dated(db: Connection, *, book: BookId, day: date, on: date) -> date:
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    return rules.dated(day, closed=periods.state_of(db, book=found).closed, on=on)


def _draft(
    db: Connection,
    draft: VoucherDraft,
    *,
    book: BookId,
    finished: bool,
    by: PersonId,
    on: date,
    at: datetime,
) -> VoucherId:
    """A draft where the book takes it as it is, else a sketch its accountant completes: a sub-account, a detail, a day."""
    for complete in (True, False) if finished else (False,):
        (outcome,) = vouchers.draft_many(
            db,
            [NewDraft(draft=draft, finished=complete)],
            book=book,
            by=by,
            on=on,
            at=at,
            origin=Origin.LANDING,
        )
        if outcome.voucher is not None:
            return outcome.voucher.id
    raise AssertionError("a sketch that corrects nothing is never refused (faults_of_sketch)")


def _take_back(
    db: Connection,
    item: Outgoing,
    before: Landing,
    *,
    unit_of: UnitOf,
    day: date,
    by: PersonId,
    on: date,
    at: datetime,
) -> tuple[Effect, VoucherId]:
    """Undo in the second book what an earlier item brought, by where its voucher stands now."""
    book = item.crossing.target
    voucher = known_vouchers.voucher(db, book=book, id=before.voucher)
    assert voucher is not None, "a landing's voucher is there (landing_voucher)"
    # A red voucher is not dated before what it cancels, which may be dated later than the bank's day by now.
    day = max(day, voucher.date)
    effect = rules.wanted(
        voucher.state,
        cancelled=_cancelled(db, book=book, voucher=voucher.id),
        same_year=voucher.date.year == day.year,
    )
    if effect is Effect.WITHDRAWN:
        reason = item.crossing.summary
        if voucher.state is State.REVIEWED:
            back = [Step(voucher=voucher.id)]
            vouchers.send_back_many(db, back, book=book, by=by, at=at, reason=reason, atomic=True)
        vouchers.withdraw_many(
            db, [Step(voucher=voucher.id)], book=book, by=by, at=at, reason=reason, atomic=True
        )
    elif effect is Effect.REVERSED:
        red = vouchers.reverse(db, book=book, voucher=voucher.id, dated=day, by=by, on=on, at=at)
        return effect, red.id
    elif effect is Effect.OWED:
        accounts = rules.accounts_of_debt(item.crossing)
        draft = rules.draft_of(item.crossing, accounts, unit=unit_of(accounts), day=day)
        return effect, _draft(db, draft, book=book, finished=True, by=by, on=on, at=at)
    return effect, voucher.id


def _cancelled(db: Connection, *, book: BookId, voucher: VoucherId) -> bool:
    """Whether a red voucher of it is there, posted or not."""
    return bool(
        known_vouchers.cancelled_among(db, book=book, ids=[voucher])
        or known_vouchers.open_reds(db, book=book, of=[voucher])
    )
