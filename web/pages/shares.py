"""股份: who holds what of each class, read as of any day and as it was known at any instant, and every movement with its
papers: from a holding to what it is made of, and from there to the scan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time

from coop.members import queries as members
from coop.register import queries as register
from coop.shares import queries, rules
from ledger.evidence import queries as evidence
from ledger.log.actions import instant
from schemas.access import Deed
from schemas.evidence import Attachment
from schemas.shares import Movement, ShareClass
from schemas.units import VoucherId
from web.clock import SHANGHAI
from web.pages.naming import numbers_of
from web.pages.rendering import address
from web.pages.route import Shown, Visit, day_from, shows


@shows("/books/{book}/shares", deed=Deed.SEE_REGISTER, asks=("as_of", "known", "member", "share"))
def share_register(visit: Visit) -> Shown:
    """The share register; the movements of one member, or of one class, where that is asked for."""
    as_of = day_from(visit.query["as_of"], pointer="/as_of") if visit.query.get("as_of") else visit.on
    known = day_from(visit.query["known"], pointer="/known") if visit.query.get("known") else None
    known_at = None if known is None else instant(datetime.combine(known, time.max, tzinfo=SHANGHAI))
    held = queries.holdings(visit.db, book=visit.id, as_of=as_of, known_at=known_at)
    moved = queries.movements(visit.db, book=visit.id, until=as_of, known_at=known_at)
    year = as_of.year * 100 + as_of.month
    member, given = visit.query.get("member", ""), visit.query.get("share", "")
    share = ShareClass(given) if given in list(ShareClass) else None
    shown = [one for one in moved if member in ("", one.member) and share in (None, one.share)]
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
        movements=list(reversed(shown)),
        member=member,
        share=share,
        numbers=numbers_of(visit, (one.voucher for one in shown)),
        scans=_scans(visit, shown),
        acts=register.requests_of_movements(visit.db, book=visit.id),
        differences=queries.register_differences(visit.db, book=visit.at_book, until=year),
        to_all=address(f"{visit.home}/shares", as_of=as_of, known=known),
        to_movements=lambda **of: (
            f"{address(f'{visit.home}/shares', as_of=as_of, known=known, **of)}#movements"
        ),
    )


def _scans(visit: Visit, moved: Iterable[Movement]) -> Mapping[VoucherId, list[Attachment]]:
    """The files on the vouchers of these movements; none for whoever may not see them."""
    found: defaultdict[VoucherId, list[Attachment]] = defaultdict(list)
    vouchers = [one.voucher for one in moved if one.voucher is not None]
    if vouchers and visit.may("see_evidence"):
        for one in evidence.attached_among(visit.db, book=visit.id, vouchers=vouchers).values():
            found[one.voucher].append(one)
    return found


handlers = [share_register]
