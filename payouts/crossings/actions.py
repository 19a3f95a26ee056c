"""Sending on to collectives' books what a batch paid them, in the transaction that posts it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from coop.members import queries as members
from coop.snapshots import queries as snapshots
from ledger.books import queries as books
from ledger.outbox import actions as outbox
from ledger.outbox import queries as sent
from ledger.vouchers import queries as vouchers
from payouts.batches import queries as batches
from payouts.crossings import rules
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.batches import Batch, Due
from schemas.outbox import Turn
from schemas.runs import Run, RunKind
from schemas.snapshots import Landing
from schemas.units import BookId, PersonId, VoucherId

Moved = tuple[date, Sequence[Due], Sequence[Due], VoucherId]
"""A day the bank names, what was paid and what came back on it, and the voucher that books both."""


def send_on(
    db: Connection, run: Run, batch: Batch, moved: Sequence[Moved], *, by: PersonId, at: datetime
) -> None:
    """Write down what of these payments a collective's book must hear of: what came, and what was said to have come and
    went back."""
    villages = _villages(db, batch.book)
    book = books.book(db, id=batch.book)
    if not villages or book is None:
        return
    claims = _claims(db, run, villages)
    crossings = [
        crossing
        for day, paid, returned, voucher in moved
        for turn, dues in ((Turn.COMES, paid), (Turn.GOES_BACK, returned))
        for crossing in rules.crossings_of(
            run,
            dues,
            turn=turn,
            villages=villages,
            called=book.short_name,
            channel=batch.channel,
            day=day,
            voucher=voucher,
            claims=claims,
        )
    ]
    outbox.send_many(db, crossings, book=batch.book, by=by, at=at)


def declare(db: Connection, run: Run, *, by: PersonId, on: date, at: datetime) -> None:
    """Write down what collectives may claim of a dividend that was just posted, where their township books it on the day of
    the resolution rather than of the payment."""
    if run.kind is RunKind.DIVIDEND:
        villages = _villages(db, run.book)
        wanted = {
            payee: village
            for payee, village in villages.items()
            if snapshots.policy_of(db, township=village[: rules.TOWNSHIP], on=on).landing
            is Landing.DAY_OF_RESOLUTION
        }
        _send_claims(db, run, wanted, turn=Turn.COMES, by=by, on=on, at=at)


def take_claims_back(db: Connection, run: Run, *, by: PersonId, on: date, at: datetime) -> None:
    """Write down that a dividend was taken back of which collectives had a claim."""
    villages = _villages(db, run.book)
    claimed = {payee: villages[payee] for payee in _claims(db, run, villages)}
    _send_claims(db, run, claimed, turn=Turn.GOES_BACK, by=by, on=on, at=at)


def _send_claims(
    db: Connection,
    run: Run,
    villages: Mapping[str, BookId],
    *,
    turn: Turn,
    by: PersonId,
    on: date,
    at: datetime,
) -> None:
    book = books.book(db, id=run.book)
    name = name_of(run.id)
    if not villages or book is None or name is None:
        return
    dues = batches.dues(db, run)
    posted = vouchers.vouchers(db, book=run.book, ids=runs.vouchers(db, name))
    owing = {line.detail: id for id, voucher in posted.items() for line in voucher.lines if line.credit > 0}
    crossings = [
        rules.declared(
            run,
            dues[payee],
            turn=turn,
            village=village,
            called=book.short_name,
            day=on,
            voucher=owing[payee],
        )
        for payee, village in sorted(villages.items())
        if payee in dues
    ]
    outbox.send_many(db, crossings, book=run.book, by=by, at=at)


def _villages(db: Connection, book: BookId) -> Mapping[str, BookId]:
    return {one.member: one.village for one in members.collective_members(db, book=book)}


def _claims(db: Connection, run: Run, payees: Iterable[str]) -> frozenset[str]:
    """Those of these payees whose claim on the run went out and was not taken back."""
    names = {rules.about_declared(run.id, payee): payee for payee in payees}
    said = sent.last_said(db, book=run.book, about=names)
    return frozenset(names[about] for about, (_, turn, _) in said.items() if turn is Turn.COMES)
