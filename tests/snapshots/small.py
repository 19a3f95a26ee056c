"""Villages of three townships in two counties whose collectives keep books of 2026.

三合镇 has 岭脚村 and 清水村, 大山镇 has 大山村, and in the next county 平果镇 has 平果村. Ordinary villages have to earn 30 000.00
in 2026. What they earned by July, with evidence: 岭脚 11 000.00 and 19 000.00 more that has none, 清水 30 000.00, 大山
15 000.00, 平果 45 000.00.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine

from coop.income import actions as income
from coop.places import actions as places
from coop.places import queries, rules
from ledger.books import actions as books
from ledger.evidence import actions as evidence
from ledger.evidence import rules as files
from ledger.vouchers import actions as vouchers
from schemas.books import Book, BookKind
from schemas.evidence import NewAttachment
from schemas.income import Measure, Threshold
from schemas.places import BookPlace, Place, PlaceLevel, VillageKind
from schemas.vouchers import NewDraft, Step, Voucher
from tests.builders import ACCOUNTANT, AT, CASHIER, ON, REVIEWER, a_draft, a_house
from web.evidence_store import EvidenceStore
from web.schedule import Ticked, tick

SANHE, DASHAN, LATE, PINGGUO = "450000101", "450000102", "450000103", "450001101"
LINGJIAO, QINGSHUI = "450000101200", "450000101201"
DASHAN_VILLAGE, LATE_VILLAGE, PINGGUO_VILLAGE = "450000102200", "450000103200", "450001101200"
NAMES = {
    LINGJIAO: "岭脚村",
    QINGSHUI: "清水村",
    DASHAN_VILLAGE: "大山村",
    LATE_VILLAGE: "新来村",
    PINGGUO_VILLAGE: "平果村",
}
BOOKS = {village: f"village-{village}" for village in NAMES}
RENT = "2026-07-16 鱼塘租金 | 102 19000.00 | cr 501 19000.00"
TOWNSHIPS = {SANHE: "三合镇", DASHAN: "大山镇", LATE: "新来镇", PINGGUO: "平果镇"}
IN_JULY, AUGUST, SEPTEMBER = date(2026, 7, 17), date(2026, 8, 1), date(2026, 9, 1)


def furnish(db: Connection) -> Voucher:
    """The three townships; returns the rent of 岭脚村, which has no evidence."""
    a_house(db)
    higher = (("45", "广西"), ("4500", "本市"), ("450000", "本县"), ("450001", "邻县"))
    places.enter_many(db, [_place(code, name) for code, name in higher], by=ACCOUNTANT, at=AT)
    for village, yuan in (
        (LINGJIAO, 11_000),
        (QINGSHUI, 30_000),
        (DASHAN_VILLAGE, 15_000),
        (PINGGUO_VILLAGE, 45_000),
    ):
        a_village(db, village, earns=yuan)
    set_threshold(db, 30_000)
    return earned(db, RENT, LINGJIAO)


def a_village(db: Connection, village: str, *, earns: int, first_year: int = 2026) -> None:
    """A village whose collective earned so many yuan in June, with originals declared; its township where it is new."""
    township = village[:9]
    if township not in queries.places(db, codes=[township]):
        places.enter_many(db, [_place(township, TOWNSHIPS[township])], by=ACCOUNTANT, at=AT)
    places.enter_many(db, [_place(village, NAMES[village])], by=ACCOUNTANT, at=AT)
    book = Book(
        id=BOOKS[village],
        name=f"{NAMES[village]}股份经济合作社",
        short_name=NAMES[village],
        kind=BookKind.COLLECTIVE,
        standard="collective-2023",
        first_year=first_year,
    )
    books.open_book(db, book, by=ACCOUNTANT, on=ON, at=AT)
    where = BookPlace(book=book.id, village=village, township=township)
    places.settle_book(db, where, by=ACCOUNTANT, at=AT)
    earned(db, f"2026-06-20 发包收入 | 102 {earns}.00 | cr 501 {earns}.00", village, originals=1)


def set_threshold(db: Connection, yuan: int, *, year: int = 2026) -> None:
    """What every ordinary village of the province has to earn in a year."""
    new = Threshold(
        region="45",
        kind=VillageKind.ORDINARY,
        year=year,
        measure=Measure.OPERATING_PROFIT,
        amount=yuan * 100,
    )
    income.set_thresholds(db, [new], by=ACCOUNTANT, at=AT)


def earned(db: Connection, text: str, village: str, *, originals: int = 0, on: date = IN_JULY) -> Voucher:
    """A voucher of a village's collective, drafted, reviewed and posted on a day."""
    book, at, step = BOOKS[village], morning(on), vouchers.one
    new = NewDraft(draft=a_draft(text, originals=originals))
    draft = step(vouchers.draft_many(db, [new], book=book, by=ACCOUNTANT, on=on, at=at))
    this = [Step(voucher=draft.id)]
    step(vouchers.review_many(db, this, book=book, by=REVIEWER, on=on, at=at))
    return step(vouchers.post_many(db, this, book=book, by=ACCOUNTANT, on=on, at=at))


def scan_comes(db: Connection, voucher: Voucher, *, on: date) -> None:
    """The scan of a voucher is hung on it on a day."""
    file = files.described(b"\x89PNG\r\n\x1a\n%d" % voucher.id, name="租金收据.png")
    evidence.attach(
        db, NewAttachment(voucher=voucher.id, file=file), book=voucher.book, by=CASHIER, at=morning(on)
    )


def ticked(engine: Engine, store: EvidenceStore, day: date, *, at: datetime | None = None) -> Ticked:
    """What falls due is done on the morning of a day."""

    def act(what: Callable[[Connection], Any], _book: str) -> Any:
        with engine.begin() as db:
            return what(db)

    return tick(engine, act, store, on=day, at=at or morning(day))


def morning(day: date) -> datetime:
    """Nine o'clock of a day in China."""
    return datetime(day.year, day.month, day.day, 1, 0, tzinfo=UTC)


def _place(code: str, name: str) -> Place:
    level = rules.level_of(code)
    kind = VillageKind.ORDINARY if level is PlaceLevel.VILLAGE else None
    return Place(code=code, name=name, level=level, kind=kind, parent=rules.above(code))
