"""A village's collective in its township, with a pond, a party and somebody to keep its books.

a_village(db)      the book, at home in 清水村
sign(db)           the pond leased to 承租户 from 1 March 2025 to 28 February 2028, 6 000.00 a year due on 1 March
"""

from datetime import UTC, date, datetime

from sqlalchemy import Connection

from coop.contracts import actions as contracts
from coop.inventory import actions as inventory
from coop.places import actions as places
from ledger.vouchers import actions as vouchers
from schemas.books import Book
from schemas.contracts import (
    Contract,
    ContractKind,
    ContractTerms,
    DueRhythm,
    NewContract,
    PriceStep,
    Subject,
)
from schemas.evidence import EvidenceFile, MediaType
from schemas.inventory import Change, Item, ItemKind, ItemUse, NewItemFact
from schemas.places import BookPlace, Place, PlaceLevel, VillageKind
from schemas.vouchers import NewDraft, Voucher
from tests.builders import ACCOUNTANT, AT, BOOK, ON, a_book, a_draft, posted, review

VILLAGE = "450000101200"
POND, CONTRACT = "YT-1", "HT-2025-001"
PARTIES = "C001 鱼塘改造 财政资金"
SCAN = EvidenceFile(sha256="ab" * 32, media_type=MediaType.PDF, size=1200, name="合同.pdf")
LATER = datetime(2026, 2, 1, 2, 0, tzinfo=UTC)
"""1 February 2026 in China."""


def a_village(db: Connection) -> Book:
    book = a_book(db, BOOK, name="清水村股份经济合作社", standard="collective-2023", parties=PARTIES)
    levels = zip(
        (PlaceLevel.PROVINCE, PlaceLevel.PREFECTURE, PlaceLevel.COUNTY, PlaceLevel.TOWNSHIP),
        (2, 4, 6, 9),
        ("", "45", "4500", "450000"),
        strict=True,
    )
    known = [
        Place(code=VILLAGE[:digits], name="清河", level=level, parent=parent)
        for level, digits, parent in levels
    ]
    village = Place(
        code=VILLAGE, name="清水村", level=PlaceLevel.VILLAGE, kind=VillageKind.ORDINARY, parent=VILLAGE[:9]
    )
    places.enter_many(db, [*known, village], by=ACCOUNTANT, at=AT)
    home = BookPlace(book=BOOK, village=VILLAGE, township=VILLAGE[:9])
    places.settle_book(db, home, by=ACCOUNTANT, at=AT)
    return book


def find_pond(db: Connection, book: Book, *, area: int = 1200, use: ItemUse = ItemUse.LEASED) -> None:
    item = Item(name="村头鱼塘", kind=ItemKind.POND, use=use, area=area, place="下屯")
    new = NewItemFact(
        code=POND, change=Change.FOUND, day=date(2024, 3, 1), document="2024年清查表", item=item
    )
    inventory.write_fact(db, new, book=book, by=ACCOUNTANT, on=ON, at=AT)


def the_pond_leased() -> NewContract:
    return NewContract(
        number=CONTRACT,
        title="村头鱼塘出租",
        kind=ContractKind.LEASE,
        counterparty="C001",
        signed_on=date(2025, 2, 20),
        terms=ContractTerms(
            from_date=date(2025, 3, 1),
            last_day=date(2028, 2, 28),
            first_due=date(2025, 3, 1),
            rhythm=DueRhythm.YEARLY,
            steps=(PriceStep(from_date=date(2025, 3, 1), amount=600_000),),
            subjects=(Subject(item=POND, area=1200),),
        ),
        resolution="2025年第3号决议",
        bid=True,
    )


def sign(db: Connection, book: Book) -> Contract:
    return contracts.sign(db, the_pond_leased(), book=book, by=ACCOUNTANT, on=ON, at=AT)


def post_without_papers(db: Connection, text: str) -> Voucher:
    """A voucher posted without originals and without a scan."""
    new = NewDraft(draft=a_draft(text, originals=0))
    made = vouchers.draft_many(db, [new], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    return posted(db, review(db, vouchers.one(made)))
