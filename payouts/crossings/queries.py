"""What must stand as sent on to collectives' books."""

from collections.abc import Mapping

from sqlalchemy import Connection

from coop.members import queries as members
from coop.snapshots import queries as snapshots
from ledger.outbox.rules import Standing
from payouts.batches import queries as batches
from payouts.crossings import rules
from payouts.runs import queries as runs
from payouts.runs.rules import name_of
from schemas.batches import DueState
from schemas.runs import RunKind, RunStep
from schemas.snapshots import Landing
from schemas.units import BookId, Fen, Instant


def standing_of_collectives(db: Connection, *, book: BookId) -> Standing:
    """What a book must have sent to collectives' books, as they were known to be its members when it was sent: what the
    bank's last words say was paid to them, and what they may claim of dividends that were posted."""
    villages = {one.member: one.village for one in members.collective_members(db, book=book)}
    if not villages:
        return {}
    known = members.collectives_linked_at(db, book=book)
    found = dict(_claimed(db, book=book, villages=villages, known=known))
    for id in sorted({batch.run for batch in batches.batches(db, book=book)}):
        name = name_of(id)
        run = None if name is None else runs.run(db, name)
        if name is None or run is None or run.kind not in rules.INCOME:
            continue
        said = batches.last_words_at(db, name)
        dues = batches.dues(db, run)
        for payee in sorted(villages.keys() & dues.keys()):
            if dues[payee].state is DueState.PAID and known.get(payee, "") <= said[payee]:
                found[rules.about(id, payee)] = (villages[payee], dues[payee].net)
    return found


def _claimed(
    db: Connection, *, book: BookId, villages: Mapping[str, BookId], known: Mapping[str, Instant]
) -> Mapping[str, tuple[BookId, Fen]]:
    """What collectives may claim of a book's posted dividends, where the policy of their township that held in the instant
    of the posting books it on the day of the resolution."""
    found: dict[str, tuple[BookId, Fen]] = {}
    for run in runs.runs(db, book=book, kind=RunKind.DIVIDEND):
        name = name_of(run.id)
        if name is None or not run.is_booked:
            continue
        posted = next(one for one in runs.acts(db, name) if one.step is RunStep.POST)
        claiming = {
            payee: village
            for payee, village in villages.items()
            if known.get(payee, "") <= posted.at
            and snapshots.policy_of(
                db, township=village[: rules.TOWNSHIP], on=posted.on, approved_by=posted.at
            ).landing
            is Landing.DAY_OF_RESOLUTION
        }
        dues = batches.dues(db, run) if claiming else {}
        for payee in sorted(claiming.keys() & dues.keys()):
            found[rules.about_declared(run.id, payee)] = (villages[payee], dues[payee].net)
    return found
