"""牛群: animals by batch and ear tag, lent calves among them."""

from collections import Counter

from coop.herd import queries
from coop.members import queries as members
from schemas.access import Deed
from schemas.herd import AnimalOrigin, AnimalState
from web.pages.route import Shown, Visit, shows


@shows("/books/{book}/herd", deed=Deed.SEE_REGISTER, asks=("state", "batch", "origin", "text"))
def herd_list(visit: Visit) -> Shown:
    """The herd."""
    animals = queries.animals(visit.db, book=visit.id)
    state, batch = visit.query.get("state", ""), visit.query.get("batch", "")
    origin, text = visit.query.get("origin", ""), visit.query.get("text", "").strip()
    shown = [
        one
        for one in animals
        if (not state or one.state == state)
        and (not batch or one.batch == batch)
        and (not origin or one.origin == origin)
        and (not text or text in one.ear_tag or text in (one.owner_member or "", one.lender or ""))
    ]
    return visit.page(
        "herd.html",
        animals=shown,
        counts=Counter(one.state for one in animals),
        lent=sum(one.origin is AnimalOrigin.LENT and one.state is AnimalState.PRESENT for one in animals),
        batches=sorted({one.batch for one in animals}),
        states=list(AnimalState),
        origins=list(AnimalOrigin),
        wanted={"state": state, "batch": batch, "origin": origin, "text": text},
        members=members.members(visit.db, book=visit.id),
        counterparties=members.counterparties(visit.db, book=visit.id),
    )


handlers = [herd_list]
