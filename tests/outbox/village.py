"""A cooperative with the collective of a village as its member, and the collective's own book."""

from sqlalchemy import Connection, Engine

from coop.landings import actions as landings
from coop.members import actions as members
from coop.places import actions as places
from coop.proof import queries as proofs
from ledger.books import actions as opening
from ledger.books import queries as books
from ledger.outbox import queries as outbox
from schemas.books import Book, BookKind
from schemas.members import CollectiveMember
from schemas.outbox import Outgoing
from schemas.places import Place, PlaceLevel, VillageKind
from tests.builders import ACCOUNTANT, AT, BOOK, CASHIER, ON
from tests.faults import racing
from tests.registry import a_cooperative

VILLAGE = "450000101200"


def furnish(db: Connection, *, keeps_a_book: bool = True) -> None:
    a_cooperative(db)
    levels = zip(
        (PlaceLevel.PROVINCE, PlaceLevel.PREFECTURE, PlaceLevel.COUNTY, PlaceLevel.TOWNSHIP),
        (2, 4, 6, 9),
        strict=True,
    )
    known = [
        Place(code=VILLAGE[:digits], name="清河", level=level, kind=None, parent=parent)
        for (level, digits), parent in zip(levels, ("", "45", "4500", "450000"), strict=True)
    ]
    village = Place(
        code=VILLAGE,
        name="清水村",
        level=PlaceLevel.VILLAGE,
        kind=VillageKind.ORDINARY,
        parent=VILLAGE[:9],
    )
    places.enter_many(db, [*known, village], by=ACCOUNTANT, at=AT)
    link = CollectiveMember(member="M0009", village=VILLAGE)
    members.link_collectives(db, [link], book=BOOK, by=ACCOUNTANT, at=AT)
    if keeps_a_book:
        book = Book(
            id=VILLAGE,
            name="清水村股份经济合作社",
            short_name="清水村",
            kind=BookKind.COLLECTIVE,
            standard="collective-2023",
            first_year=2025,
        )
        opening.open_book(db, book, by=ACCOUNTANT, on=ON, at=AT)


def faults(db: Connection) -> list[str]:
    book = books.book(db, id=BOOK)
    assert book is not None
    found = [one.code for one in proofs.prove(db, book=book).problems]
    return [code for code in found if code != "investment_should_equal_holding"]


def everything(engine: Engine, _seat: racing.Seat) -> racing.Did:
    """Deliver all that was ever sent, item by item."""
    did: racing.Did = []
    with engine.connect() as db:
        sent = outbox.sent(db, book=BOOK)
    for item in sent:

        def land(db: Connection, item: Outgoing = item) -> racing.Answer:
            landed = landings.land(db, item, called="清水合作社", by=CASHIER, on=ON, at=AT)
            return item.seq, 0 if landed is None else landed.voucher

        racing.act(engine, did, "land", land)
    return did
