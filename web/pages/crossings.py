"""跨账往来: what crossed from or to a book, where it landed, and what waits for its accountant."""

from collections import Counter
from collections.abc import Mapping, Sequence

from schemas.units import VoucherId
from web import wire
from web.crossing_answers import CrossingItem, crossings, door_of
from web.pages.route import Shown, Visit, shows

_A_PAGE = 200


@shows("/books/{book}/crossings", asks=("waits",))
def list_crossings(visit: Visit) -> Shown:
    """What crossed, the newest first."""
    wanted = visit.query.get("waits", "")
    if wanted not in ("", "yes"):
        raise wire.Unreadable(wire.must_be_one_of.at("/waits", given=wanted[:40], known="yes"))
    every = _seen(visit)
    found = [one for one in every if one.waits or not wanted]
    return visit.page(
        "crossings.html",
        rows=found[:_A_PAGE],
        left_out=max(0, len(found) - _A_PAGE),
        wanted=wanted,
        count=len(every),
        waiting=sum(one.waits for one in every),
    )


def crossings_of_voucher(visit: Visit, voucher: VoucherId) -> Sequence[CrossingItem]:
    """What a voucher sent on to another book, or follows from in one, the oldest first."""
    return tuple(reversed(_seen(visit, voucher)))


def drafts_by_unit(visit: Visit) -> Mapping[str, int]:
    """How many drafts that landed wait in the book at hand, by the unit they came from."""
    return Counter(one.unit for one in _seen(visit) if one.waits and not one.sent)


def _seen(visit: Visit, voucher: VoucherId | None = None) -> tuple[CrossingItem, ...]:
    return crossings(visit.db, book=visit.id, may_see=door_of(visit.db, visit.who.rights), voucher=voucher)


handlers = [list_crossings]
