"""股份: who holds what of each class, read as of any day and as it was known at any instant, and every movement with its
papers: from a holding to what it is made of, and from there to the scan."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, time

from coop.register import queries as register
from coop.shares import queries, rules
from ledger.evidence import queries as evidence
from ledger.log.actions import instant
from ledger.money import rounded, yuan
from schemas.access import Deed
from schemas.evidence import Attachment
from schemas.shares import Movement, ShareClass
from schemas.units import VoucherId
from web import wire
from web.clock import SHANGHAI
from web.pages.naming import names_of, numbers_of
from web.pages.rendering import address
from web.pages.route import Shown, Visit, day_from, shows

ON_A_PAGE = 100
"""Members, and movements, that one page shows."""


@shows(
    "/books/{book}/shares",
    deed=Deed.SEE_REGISTER,
    asks=("as_of", "known", "member", "share", "after", "before"),
)
def share_register(visit: Visit) -> Shown:
    """The share register; the movements of one member, or of one class, where that is asked for."""
    as_of = day_from(visit.query["as_of"], pointer="/as_of") if visit.query.get("as_of") else visit.on
    known = day_from(visit.query["known"], pointer="/known") if visit.query.get("known") else None
    known_at = None if known is None else instant(datetime.combine(known, time.max, tzinfo=SHANGHAI))
    year = as_of.year * 100 + as_of.month
    member, given = visit.query.get("member", ""), visit.query.get("share", "")
    share = ShareClass(given) if given in list(ShareClass) else None
    after, before = visit.query.get("after", ""), visit.query.get("before", "")
    if before and not (before.isdecimal() and len(before) <= 15):
        raise wire.Unreadable(wire.must_be_whole_number.at("/before"))
    holders = queries.holders(
        visit.db, book=visit.id, as_of=as_of, known_at=known_at, after=after, limit=ON_A_PAGE + 1
    )
    held = queries.holdings(
        visit.db, book=visit.id, as_of=as_of, known_at=known_at, members=holders[:ON_A_PAGE]
    )
    moved, whole = queries.latest_movements(
        visit.db,
        book=visit.id,
        as_of=as_of,
        known_at=known_at,
        member=member,
        share=share,
        before=int(before) if before else None,
        limit=ON_A_PAGE + 1,
    )
    shown = moved[:ON_A_PAGE]
    totals = queries.totals(visit.db, book=visit.id, as_of=as_of, known_at=known_at)
    whole_units = queries.entitled(visit.db, book=visit.id, as_of=as_of, known_at=known_at)
    here = {"as_of": as_of, "known": known, "member": member, "share": share}

    def page_at(**place: object) -> str:
        return address(f"{visit.home}/shares", **here, **place)

    return visit.page(
        "shares.html",
        as_of=as_of,
        known=known,
        held=held,
        names=names_of(visit, of_details={*held, *(one.member for one in shown), member}),
        totals=totals,
        refundable=sum(value for one, value in totals.items() if rules.refundable(one)),
        all_classes=sum(totals.values()),
        units=whole_units,
        percent=lambda units: yuan(rounded(units * 10_000, whole_units)),
        classes=list(totals),
        movements=shown,
        whole=whole,
        first_holders=page_at(before=before) if after else "",
        next_holders=page_at(before=before, after=holders[ON_A_PAGE - 1]) if len(holders) > ON_A_PAGE else "",
        first_movements=f"{page_at(after=after)}#movements" if before else "",
        next_movements=f"{page_at(after=after, before=shown[-1].seq)}#movements"
        if len(moved) > ON_A_PAGE
        else "",
        member=member,
        share=share,
        numbers=numbers_of(visit, (one.voucher for one in shown)),
        scans=_scans(visit, shown),
        acts=register.requests_of_movements(visit.db, book=visit.id, seqs=[one.seq for one in shown]),
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
