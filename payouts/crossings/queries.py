"""What must stand as sent on to collectives' books."""

from sqlalchemy import Connection

from coop.members import queries as members
from ledger.outbox.rules import Standing
from payouts.batches import queries as batches
from payouts.crossings import rules
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.batches import DueState
from schemas.units import BookId


def paid_to_collectives(db: Connection, *, book: BookId) -> Standing:
    """What the bank's last words say was paid to members that are villages' collectives: their own books must have heard
    of it."""
    villages = {one.member: one.village for one in members.collective_members(db, book=book)}
    paid_by = sorted({batch.run for batch in batches.batches(db, book=book)}) if villages else []
    found = {}
    for id in paid_by:
        name = name_of(id)
        run = None if name is None else runs.run(db, name)
        if run is None:
            continue
        dues = batches.dues(db, run)
        for payee in sorted(villages.keys() & dues.keys()):
            if dues[payee].state is DueState.PAID and run.kind in rules.INCOME:
                found[rules.about(id, payee)] = (villages[payee], dues[payee].net)
    return found
