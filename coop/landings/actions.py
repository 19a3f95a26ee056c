"""Landing what a cooperative sent in a collective's book, under the detail that stands for the cooperative there."""

from datetime import date, datetime

from sqlalchemy import Connection

from coop.members import actions as members
from coop.members import queries as known_members
from ledger.details import actions as details
from ledger.details import queries as known_details
from ledger.log import actions as log
from ledger.outbox import actions as outbox
from ledger.outbox import queries as sent
from ledger.outbox.rules import Accounts, needs_the_unit
from schemas.books import Detail
from schemas.charts import KeptBy
from schemas.members import Investment
from schemas.outbox import Landing, Outgoing
from schemas.units import BookId, PersonId


def land(
    db: Connection, item: Outgoing, *, called: str, by: PersonId, on: date, at: datetime
) -> Landing | None:
    """Land an item as ``ledger.outbox`` does and refuses, under the detail the collective keeps the cooperative by. Where it
    keeps none and the accounts need one, the cooperative becomes one by its name (``called``)."""
    book = item.crossing.target
    log.lock(db, book=book)
    if sent.landing(db, book=book, source=item.book, seq=item.seq) is not None:
        return None

    def unit_of(accounts: Accounts) -> str:
        unit = next(
            (one.detail for one in known_members.investments(db, book=book) if one.cooperative == item.book),
            "",
        )
        if not unit and needs_the_unit(accounts):
            unit = _made_known(db, item.book, called=called, book=book, by=by, at=at)
        return unit

    return outbox.land(db, item, unit_of=unit_of, by=by, on=on, at=at)


def _made_known(
    db: Connection, cooperative: BookId, *, called: str, book: BookId, by: PersonId, at: datetime
) -> str:
    if not known_details.known(db, book=book, codes=[called]):
        new = Detail(code=called, name=called, kind=KeptBy.NAME)
        details.add_many(db, [new], book=book, by=by, at=at)
    members.link_investments(
        db, [Investment(detail=called, cooperative=cooperative)], book=book, by=by, at=at
    )
    return called
