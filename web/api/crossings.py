"""What crosses two books over HTTP: what a book sent to others, and what landed in it as drafts of its own accountant."""

from ledger.seal.rules import digest_of_bytes
from schemas.access import Deed
from schemas.evidence import MediaType
from schemas.units import Value
from web.api.pages import Cursor, Limit, cursor_of, place_at
from web.api.route import Call, File, Nothing, Routes
from web.crossing_answers import CrossingItem, crossings, door_of
from web.database import Connection
from web.exports import payment_notices

routes = Routes("Crossings 跨账往来")


class CrossingsQuery(Value):
    """Which crossings a list shows: all, or with ``waits`` what has not landed, or waits as a draft."""

    waits: bool | None = None
    after: Cursor = ""
    limit: Limit = 100


class CrossingsPage(Value):
    """A page of crossings, the newest first; ``next`` is null on the last."""

    items: tuple[CrossingItem, ...]
    next: str | None


@routes.reads("/books/{book}/vouchers/{voucher}/payment-notice", deed=Deed.SEE_EVIDENCE, answers=File)
def read_payment_notice(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The notice of what a voucher that landed follows from 付款通知, as PDF: attach its bytes to the voucher as its evidence. It is
    always the same to the byte, and shows nothing else of the other book."""
    notice = payment_notices.required(db, book=call.book, voucher=call.path["voucher"])
    content = payment_notices.pages(notice)
    return File(
        content=content,
        media_type=MediaType.PDF.value,
        name=notice.file_name,
        digest=digest_of_bytes(content),
    )


@routes.reads("/books/{book}/crossings", deed=Deed.SEE_BOOK, query=CrossingsQuery, answers=CrossingsPage)
def list_crossings(db: Connection, call: Call[CrossingsQuery, Nothing]) -> CrossingsPage:
    """What crossed from or to this book 跨账往来: a dividend, rent or contribution that a cooperative and a village's
    collective both book. Of a book the caller may not see only the unit's name is told."""
    query = call.query
    before = place_at(query.after, tuple[str, int]) if query.after else None
    found = [
        one
        for one in crossings(db, book=call.book, may_see=door_of(db, call.rights))
        if query.waits in {None, one.waits} and (before is None or (one.at, one.seq) < before)
    ]
    items = found[: query.limit]
    return CrossingsPage(
        items=tuple(items),
        next=cursor_of((items[-1].at, items[-1].seq)) if len(found) > query.limit else None,
    )
