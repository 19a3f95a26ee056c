"""What crossed from or to a book, as its own people may see it: of a book that is none of theirs, only the unit's name."""

from collections.abc import Callable
from datetime import date

from coop.access import queries as access
from ledger.books import queries as books
from ledger.outbox import queries
from schemas.access import Deed, Rights
from schemas.outbox import Crossed, CrossedVoucher, Effect, Turn
from schemas.units import BookId, Counted, Fen, Instant, Value, VoucherId
from schemas.vouchers import State
from web.database import Connection

Door = Callable[[BookId], bool]
"""Whether whoever asks may see a book."""


class CrossingItem(Value):
    """Something that crossed: ``sent`` from this book, or come to it from ``unit``. ``voucher`` is this book's,
    ``other_voucher`` the other's (null for whoever may not see that book, and while it has not landed). Without a book of
    the unit here (``kept_here``) it never lands; it ``waits`` while it has not, and in the second book until its accountant
    has taken its draft on."""

    sent: bool
    seq: Counted
    unit: str
    other_book: BookId | None
    kind: str
    turn: Turn
    day: date
    amount: Fen
    voucher: VoucherId | None
    voucher_text: str
    voucher_state: State | None
    other_voucher: VoucherId | None
    other_text: str
    effect: Effect | None
    kept_here: bool
    waits: bool
    at: Instant

    @property
    def kind_word(self) -> str:
        """Where the list of words has its kind: a dividend is the cooperative's, in whichever book it is read."""
        return "crossing.dividend" if self.kind == "dividend" else f"payout.{self.kind}"


def crossings(
    db: Connection, *, book: BookId, may_see: Door, voucher: VoucherId | None = None
) -> tuple[CrossingItem, ...]:
    """What crossed from and to a book, or one of its vouchers, the newest first."""
    found = [
        *((True, one) for one in queries.crossed_from(db, book=book, voucher=voucher)),
        *((False, one) for one in queries.crossed_to(db, book=book, voucher=voucher)),
    ]
    others = {_other(one, sent) for sent, one in found}
    units = {id: _unit(db, id) for id in others}
    seen = {id for id in others if may_see(id)}
    items = [_item(one, sent=sent, units=units, seen=seen) for sent, one in found]
    return tuple(sorted(items, key=lambda item: (item.at, item.seq), reverse=True))


def door_of(db: Connection, who: Rights) -> Door:
    """What somebody may see, asked book by book."""
    return lambda book: access.may(db, who, Deed.SEE_BOOK, book)


def _other(one: Crossed, sent: bool) -> BookId:
    return one.item.crossing.target if sent else one.item.book


def _unit(db: Connection, book: BookId) -> str:
    found = books.book(db, id=book)
    return book if found is None else found.short_name


def _waits(one: Crossed, *, sent: bool) -> bool:
    if one.landing is None or one.landed is None:
        return one.item.kept_here
    return not sent and one.landed.state in {State.SKETCH, State.DRAFT}


def _item(one: Crossed, *, sent: bool, units: dict[BookId, str], seen: set[BookId]) -> CrossingItem:
    crossing, other = one.item.crossing, _other(one, sent)
    mine, theirs = (one.follows, one.landed) if sent else (one.landed, one.follows)
    shown: CrossedVoucher | None = theirs if other in seen else None
    return CrossingItem(
        sent=sent,
        seq=one.item.seq,
        unit=units[other],
        other_book=other if other in seen else None,
        kind=crossing.kind,
        turn=crossing.turn,
        day=crossing.day,
        amount=crossing.amount,
        voucher=None if mine is None else mine.id,
        voucher_text="" if mine is None else mine.text,
        voucher_state=None if mine is None else mine.state,
        other_voucher=None if shown is None else shown.id,
        other_text="" if shown is None else shown.text,
        effect=None if one.landing is None else one.landing.effect,
        kept_here=one.item.kept_here,
        waits=_waits(one, sent=sent),
        at=one.item.at if sent or one.landing is None else one.landing.at,
    )
