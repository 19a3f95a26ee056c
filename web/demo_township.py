"""What the township of the demonstration looks at: a year that is over, frozen on its 1st of January with the alerts and the
report of that day; the next year's vouchers month by month; thresholds, a village's contracts, and figures from outside.

Of the next year every village books again what it booked of the months that are over, by its agent and a reviewer: income
and expense in cash, with originals declared. One village earns nothing since July, and another has no originals of what it
earned since, so that there is something to find.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from coop.contracts import actions as contracts
from coop.figures import actions as figures
from coop.income import actions as incomes
from coop.income import queries as income
from coop.inventory import actions as inventory
from ledger.assets.rules import month_later
from ledger.books import queries as books
from ledger.details import actions as details
from ledger.journals.rules import days_of
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as posted
from schemas.books import Book, BookKind, Detail
from schemas.charts import KeptBy
from schemas.contracts import ContractKind, ContractTerms, DueRhythm, NewContract, PriceStep, Subject
from schemas.figures import NewParcel
from schemas.income import NewThreshold, ThresholdKey
from schemas.inventory import Change, Item, ItemKind, ItemUse, NewItemFact
from schemas.units import PersonId
from schemas.vouchers import NewDraft, Step, Voucher, VoucherDraft
from web.database import Connection

EXAMPLES = Path(__file__).parents[1] / "examples"
PARCELS = {
    202511: EXAMPLES / "龙坪镇-外部数据-2025年11月.csv",
    202512: EXAMPLES / "龙坪镇-外部数据-2025年12月.csv",
}
"""What a department hands in of two months: the first is entered, the second waits with its doubt."""
LEASING, FALLING, UNPROVED = "弄良村", "下江村", "加文村"
"""Who leases its shops, who earns nothing since July, and whose income since July lacks its originals."""
THRESHOLD_PAPER = "龙政发〔2026〕1号"
_REPEATED = frozenset({"101", "102", "212", "501", "503", "504", "511", "512", "513", "514"})
_TENANT = Detail(code="W001", name="罗家宝", kind=KeptBy.COUNTERPARTY)
_SHOPS = "PM-01"


class Township(NamedTuple):
    """The township, and who acts in it: its agent, a reviewer, and two officers."""

    code: str
    agent: PersonId
    reviewer: PersonId
    officer: PersonId
    second_officer: PersonId


def collectives(db: Connection) -> tuple[Book, ...]:
    """The books of its villages."""
    return tuple(book for book in books.books(db) if book.kind is BookKind.COLLECTIVE)


def set_thresholds(db: Connection, year: int, *, township: Township, at: datetime) -> None:
    """The thresholds of a year stand for the next as well: one officer enters them, the other approves."""
    for (kind, measure), old in income.thresholds(db, region=township.code, year=year).items():
        amount = old.entry.threshold.amount
        new = NewThreshold(kind=kind, year=year + 1, measure=measure, amount=amount, document=THRESHOLD_PAPER)
        made = incomes.record_threshold(db, new, region=township.code, by=township.officer, at=at).entry
        key = ThresholdKey(region=township.code, kind=kind, year=new.year, measure=measure)
        incomes.approve_threshold(db, key, version=made.version, by=township.second_officer, at=at)


def go_on(db: Connection, book: Book, *, township: Township, on: date, at: datetime) -> None:
    """Book the months of the next year that are over by ``on``, as the same months were booked."""
    repeated = list(_of_the_next_year(db, book, on=on))
    if not repeated:
        return
    made = vouchers.draft_many(
        db,
        [NewDraft(draft=draft) for draft in repeated],
        book=book.id,
        by=township.agent,
        on=on,
        at=at,
        atomic=True,
    )
    steps = [Step(voucher=one.voucher.id) for one in made if one.voucher is not None]
    vouchers.review_many(db, steps, book=book.id, by=township.reviewer, on=on, at=at, atomic=True)
    vouchers.post_many(db, steps, book=book.id, by=township.agent, on=on, at=at, atomic=True)


def _of_the_next_year(db: Connection, book: Book, *, on: date) -> Iterator[VoucherDraft]:
    last = min(month_later(on.year * 100 + on.month, -1), (book.first_year + 1) * 100 + 12)
    for one in posted.posted_in_order(db, book=book.id, year=book.first_year):
        month = one.period + 100
        if month > last or not _is_repeated(one) or (book.short_name == FALLING and month % 100 > 6):
            continue
        day = min(one.date.day, days_of(month)[1].day)
        yield VoucherDraft(
            date=one.date.replace(year=book.first_year + 1, day=day),
            lines=one.lines,
            word=one.word,
            originals=0 if book.short_name == UNPROVED and month % 100 > 6 else 1,
        )


def _is_repeated(one: Voucher) -> bool:
    return one.corrects is None and {line.account[:3] for line in one.lines} <= _REPEATED


def lease_shops(db: Connection, book: Book, *, by: PersonId, on: date, at: datetime) -> None:
    """A village's shops are in its inventory and leased by the quarter for 25 years without bidding, which is found; what
    was received of it is named for it."""
    details.add_many(db, [_TENANT], book=book.id, by=by, at=at)
    year = book.first_year
    item = Item(name="村口铺面", kind=ItemKind.BUILDING, use=ItemUse.LEASED, place="村口")
    found = NewItemFact(
        code=_SHOPS, change=Change.FOUND, day=date(year - 1, 3, 1), document=f"{year - 1}年清查表", item=item
    )
    inventory.write_fact(db, found, book=book, by=by, on=on, at=at)
    begins = date(year, 3, 1)
    contract = NewContract(
        number=f"HT-{year}-001",
        title="村口铺面出租",
        kind=ContractKind.LEASE,
        counterparty=_TENANT.code,
        signed_on=begins - timedelta(days=9),
        terms=ContractTerms(
            from_date=begins,
            last_day=date(year + 25, 2, 28),
            first_due=date(year, 3, 15),
            rhythm=DueRhythm.QUARTERLY,
            steps=(PriceStep(from_date=begins, amount=5_000_00),),
            subjects=(Subject(item=_SHOPS),),
        ),
    )
    signed = contracts.sign(db, contract, book=book, by=by, on=on, at=at)
    for one in posted.posted_in_order(db, book=book.id):
        for number, line in enumerate(one.lines, 1):
            if line.detail == "资产租赁" and line.credit:
                contracts.name_receipt(
                    db, number=signed.number, voucher=one.id, line=number, book=book, by=by, at=at
                )


def collect(
    db: Connection, parcel: NewParcel, *, enters: bool, township: Township, on: date, at: datetime
) -> None:
    """Collect a file of a department, and let it pass the other two gates."""
    made = figures.collect(db, parcel, township=township.code, by=township.officer, on=on, at=at)
    if enters:
        other = township.second_officer
        figures.review(db, township=township.code, number=made.number, by=other, on=on, at=at)
        figures.enter(db, township=township.code, number=made.number, by=other, on=on, at=at)
