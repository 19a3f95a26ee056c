"""股份: who holds what of each class, read as of any day and as it was known at any instant, and every movement."""

from datetime import datetime, time

from coop.members import queries as members
from coop.shares import queries, rules
from ledger.log.actions import instant
from schemas.access import Deed
from schemas.shares import ShareClass
from web.clock import SHANGHAI
from web.pages.naming import numbers_of
from web.pages.rendering import address
from web.pages.route import Shown, Visit, day_from, shows


@shows("/books/{book}/shares", deed=Deed.SEE_REGISTER, asks=("as_of", "known"))
def share_register(visit: Visit) -> Shown:
    """The share register."""
    as_of = day_from(visit.query["as_of"], pointer="/as_of") if visit.query.get("as_of") else visit.on
    known = day_from(visit.query["known"], pointer="/known") if visit.query.get("known") else None
    known_at = None if known is None else instant(datetime.combine(known, time.max, tzinfo=SHANGHAI))
    held = queries.holdings(visit.db, book=visit.id, as_of=as_of, known_at=known_at)
    moved = queries.movements(visit.db, book=visit.id, until=as_of, known_at=known_at)
    year = as_of.year * 100 + as_of.month
    return visit.page(
        "shares.html",
        as_of=as_of,
        known=known,
        held=held,
        members=members.members(visit.db, book=visit.id),
        totals=rules.totals(held.values()),
        refundable=sum(one.refundable for one in held.values()),
        all_classes=sum(one.all_classes for one in held.values()),
        classes=[one for one in ShareClass if any(one in holdings.classes for holdings in held.values())],
        movements=list(reversed(moved)),
        numbers=numbers_of(visit, (one.voucher for one in moved)),
        differences=queries.register_differences(visit.db, book=visit.at_book, until=year),
        to_all=address(f"{visit.home}/shares", as_of=as_of),
    )


handlers = [share_register]
