"""Sending on to collectives' books what a batch paid them, in the transaction that posts it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from coop.members import queries as members
from ledger.books import queries as books
from ledger.outbox import actions as outbox
from payouts.crossings import rules
from schemas.batches import Batch, Due
from schemas.outbox import Turn
from schemas.runs import Run
from schemas.units import PersonId, VoucherId

Moved = tuple[date, Sequence[Due], Sequence[Due], VoucherId]
"""A day the bank names, what was paid and what came back on it, and the voucher that books both."""


def send_on(
    db: Connection, run: Run, batch: Batch, moved: Sequence[Moved], *, by: PersonId, at: datetime
) -> None:
    """Write down what of these payments a collective's book must hear of: what came, and what was said to have come and
    went back."""
    villages = {one.member: one.village for one in members.collective_members(db, book=batch.book)}
    book = books.book(db, id=batch.book)
    if not villages or book is None:
        return
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
        )
    ]
    outbox.send_many(db, crossings, book=batch.book, by=by, at=at)
