"""Which contracts a collective has, what fell due and what was received."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, Table, and_, func, select

from coop.contracts import rules
from coop.contracts.tables import ContractChangeRow, ContractPaperRow, ContractReceiptRow, ContractRow
from coop.inventory import queries as inventory
from coop.inventory.rules import standing as items_standing
from coop.places import queries as places
from coop.snapshots import queries as snapshots
from ledger.columns import of_books, read_back, table_of
from ledger.evidence.tables import AttachmentRow
from ledger.recognition.rules import Shown, counts
from ledger.side_books.rules import Fact
from ledger.vouchers import queries as vouchers
from ledger.vouchers.tables import PostingRow, VoucherRow
from schemas.contracts import (
    Amended,
    Contract,
    ContractBoard,
    ContractPaper,
    ContractStanding,
    Ended,
    NewContract,
    Offer,
    PlaceContracts,
    Receipt,
    VillageContracts,
    YearOfDues,
)
from schemas.inventory import ItemFact
from schemas.journals import voucher_text
from schemas.units import BookId, VoucherId
from schemas.vouchers import State, Voucher, VoucherFilter

_contract = table_of(ContractRow)
_change = table_of(ContractChangeRow)
_paper = table_of(ContractPaperRow)
_receipt = table_of(ContractReceiptRow)
_voucher = table_of(VoucherRow)
_posting = table_of(PostingRow)
_attachment = table_of(AttachmentRow)

ACTS = frozenset({rules.SIGNED, rules.AMENDED, rules.ENDED, rules.PAPERED, rules.RECEIVED, rules.UNNAMED})
"""The acts that write what is known of contracts."""
MOST_VOUCHERS = 5_000


def contracts(db: Connection, *, book: BookId, number: str | None = None) -> tuple[Contract, ...]:
    """Every contract of a book by number, or the one of a number, with everything that happened to it."""
    return _contracts_of(db, books=book, number=number).get(book, ())


def _contracts_of(
    db: Connection, *, books: BookId | Select[BookId], number: str | None = None
) -> Mapping[BookId, tuple[Contract, ...]]:
    def of(table: Table) -> list[ColumnElement[bool]]:
        return [of_books(table.c.book_id, books), *([] if number is None else [table.c.number == number])]

    changes: defaultdict[tuple[BookId, str], list[Amended | Ended]] = defaultdict(list)
    for row in db.execute(select(_change).where(*of(_change)).order_by(_change.c.turn)):
        changes[row.book_id, row.number].append(_as_change(row))
    papers: defaultdict[tuple[BookId, str], list[ContractPaper]] = defaultdict(list)
    for row in db.execute(select(_paper).where(*of(_paper)).order_by(_paper.c.at, _paper.c.sha256)):
        papers[row.book_id, row.number].append(
            ContractPaper(sha256=row.sha256, name=row.name, by=row.added_by, at=row.at)
        )
    found: defaultdict[BookId, list[Contract]] = defaultdict(list)
    for row in db.execute(select(_contract).where(*of(_contract)).order_by(_contract.c.number)):
        changed = changes[row.book_id, row.number]
        found[row.book_id].append(
            Contract(
                contract=read_back(row, _contract.c.body, NewContract),
                by=row.written_by,
                at=row.at,
                papers=tuple(papers[row.book_id, row.number]),
                amendments=tuple(one for one in changed if isinstance(one, Amended)),
                ended=next((one for one in changed if isinstance(one, Ended)), None),
            )
        )
    return {book: tuple(signed) for book, signed in found.items()}


def _as_change(row: Row[Any]) -> Amended | Ended:
    if row.kind == "amended":
        return read_back(row, _change.c.body, Amended)
    return read_back(row, _change.c.body, Ended)


def last_change(db: Connection, *, book: BookId, number: str) -> int:
    """The number of the last change of a contract, 0 when there is none."""
    last = select(func.coalesce(func.max(_change.c.turn), 0)).where(
        _change.c.book_id == book, _change.c.number == number
    )
    return int(db.execute(last).scalar_one())


# What was received


def named(db: Connection, *, book: BookId) -> Mapping[tuple[VoucherId, int], str]:
    """The contract each line is named for."""
    rows = db.execute(
        select(_receipt.c.voucher_id, _receipt.c.line, _receipt.c.number)
        .where(_receipt.c.book_id == book)
        .order_by(_receipt.c.voucher_id, _receipt.c.line, _receipt.c.turn)
    )
    last = {(row.voucher_id, row.line): row.number for row in rows}
    return {key: number for key, number in last.items() if number is not None}


def last_naming(db: Connection, *, book: BookId, voucher: VoucherId, line: int) -> int:
    """How often it was said what a line was received for."""
    last = select(func.coalesce(func.max(_receipt.c.turn), 0)).where(
        _receipt.c.book_id == book, _receipt.c.voucher_id == voucher, _receipt.c.line == line
    )
    return int(db.execute(last).scalar_one())


def _receipts_of(
    db: Connection, *, books: BookId | Select[BookId], as_of: date, only_by_scan: Collection[BookId]
) -> Mapping[BookId, Mapping[str, Sequence[Receipt]]]:
    """What was received by a day, by book and contract; what is cancelled by then received nothing. ``only_by_scan`` are the books
    whose originals declared on paper are no evidence."""
    red = _voucher.alias("red")
    first = select(func.min(_attachment.c.at)).where(_of_voucher(_attachment)).scalar_subquery()
    cancelled = (
        select(func.min(red.c.date))
        .where(
            red.c.book_id == _voucher.c.book_id,
            red.c.cancels == _voucher.c.voucher_id,
            red.c.state == State.POSTED.value,
        )
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            *(_receipt.c[name] for name in ("book_id", "voucher_id", "line", "number")),
            *(_voucher.c[name] for name in ("word", "date", "originals", "posted_at")),
            _voucher.c.number.label("voucher_number"),
            *(_posting.c[name] for name in ("account", "credit")),
            first.label("first"),
            cancelled.label("cancelled_on"),
        )
        .join_from(_receipt, _voucher, _of_voucher(_receipt))
        .join(_posting, and_(_of_voucher(_posting), _posting.c.line == _receipt.c.line))
        .where(of_books(_receipt.c.book_id, books), _voucher.c.state == State.POSTED.value)
        .order_by(*(_receipt.c[name] for name in ("book_id", "voucher_id", "line", "turn")))
    )
    last = {(row.book_id, row.voucher_id, row.line): row for row in rows}
    found: defaultdict[BookId, defaultdict[str, list[Receipt]]] = defaultdict(lambda: defaultdict(list))
    for row in last.values():
        cancelled_by_then = row.cancelled_on is not None and row.cancelled_on <= as_of
        if row.number is None or cancelled_by_then or row.date > as_of:
            continue
        shown = Shown(row.originals, row.posted_at, row.first)
        found[row.book_id][row.number].append(
            Receipt(
                contract=row.number,
                voucher=row.voucher_id,
                label=voucher_text(id=row.voucher_id, word=row.word, number=row.voucher_number),
                line=row.line,
                day=row.date,
                account=row.account,
                amount=row.credit,
                counted=counts(shown, as_of=as_of, scans_only=row.book_id in only_by_scan),
            )
        )
    return found


def _of_voucher(table: Table) -> ColumnElement[bool]:
    return and_(table.c.book_id == _voucher.c.book_id, table.c.voucher_id == _voucher.c.voucher_id)


def _scans_only(db: Connection, *, book: BookId, on: date) -> bool:
    """Whether the township of a book lets only scans count."""
    place = places.book_place(db, book=book)
    return place is not None and snapshots.policy_of(db, township=place.township, on=on).scans_only


def _label(voucher: Voucher) -> str:
    return voucher_text(id=voucher.id, word=voucher.word, number=voucher.number)


# How they stand


def board(db: Connection, *, book: BookId, as_of: date) -> ContractBoard:
    """The contracts of a book on a day: those signed by then, with their dues, receipts and findings."""
    only_by_scan = [book] if _scans_only(db, book=book, on=as_of) else []
    received = _receipts_of(db, books=book, as_of=as_of, only_by_scan=only_by_scan)
    return _board(
        contracts(db, book=book),
        received.get(book, {}),
        inventory.item_facts(db, book=book),
        as_of=as_of,
    )


def _board(
    signed: Sequence[Contract],
    received: Mapping[str, Sequence[Receipt]],
    facts: Mapping[str, Sequence[ItemFact]],
    *,
    as_of: date,
) -> ContractBoard:
    known = [one for one in signed if one.contract.signed_on <= as_of]
    items = {one.code: one for one in items_standing(facts, as_of=as_of)}
    standings = tuple(
        rules.standing(
            one,
            received.get(one.number, ()),
            items=items,
            others=[other for other in known if other.number != one.number],
            on=as_of,
        )
        for one in known
    )
    return ContractBoard(as_of=as_of, contracts=standings, years=_together(standings))


def _together(standings: Sequence[ContractStanding]) -> tuple[YearOfDues, ...]:
    return rules.years_of(
        state for one in standings if one.contract.contract.kind.brings_income for state in one.dues
    )


def standing(db: Connection, *, book: BookId, number: str, as_of: date) -> ContractStanding | None:
    """A contract on a day; None where none of that number was signed by then."""
    return next(
        (one for one in board(db, book=book, as_of=as_of).contracts if one.contract.number == number), None
    )


def of_place(db: Connection, *, place: str, as_of: date) -> PlaceContracts:
    """The contracts of the collectives of a place on a day, with the dues of its year."""
    books = places.books_of_collectives(within=place)
    collectives = inventory.collectives_within(db, place=place)
    townships = snapshots.only_by_scan(db, within=place, on=as_of)
    signed = _contracts_of(db, books=books)
    received = _receipts_of(
        db,
        books=books,
        as_of=as_of,
        only_by_scan={one.book.id for one in collectives if one.village[:9] in townships},
    )
    facts = inventory.item_facts_of(db, books=books)
    villages = []
    for one in collectives:
        book = one.book.id
        found = _board(signed.get(book, ()), received.get(book, {}), facts.get(book, {}), as_of=as_of)
        villages.append(
            VillageContracts(
                book=one.book.id,
                village=one.village,
                name=one.book.short_name,
                running=sum(
                    each.contract.terms.from_date <= as_of <= each.contract.last_day
                    for each in found.contracts
                ),
                found=sum(len(each.findings) for each in found.contracts),
                overdue=sum(year.overdue for year in found.years),
                year=rules.year_among(found.years, year=as_of.year),
            )
        )
    return PlaceContracts(
        place=place,
        as_of=as_of,
        villages=tuple(villages),
        overdue=sum(one.overdue for one in villages),
        year=rules.added_up((one.year for one in villages), year=as_of.year),
    )


def offers(db: Connection, *, book: BookId, of: ContractStanding) -> tuple[Offer, ...]:
    """Lines that may be what a contract received and are named for none, from the month it was signed on."""
    signed = of.contract.contract.signed_on
    found: dict[VoucherId, Voucher] = {}
    for account in (*rules.INCOME, *rules.CLAIMS):
        wanted = VoucherFilter(
            from_period=signed.year * 100 + signed.month, states=(State.POSTED,), account=account
        )
        for one in vouchers.page(db, book=book, wanted=wanted, after=None, limit=MOST_VOUCHERS):
            found[one.id] = one
    cancelled = vouchers.cancelled_among(db, book=book, ids=found)
    left = [one for id, one in sorted(found.items()) if id not in cancelled]
    return rules.offers(
        left, of, taken=named(db, book=book).keys(), label={one.id: _label(one) for one in left}
    )


# What was written down


def facts(db: Connection, *, book: BookId) -> Iterator[Fact]:
    """Everything that is written of a collective's contracts, as the log sealed it."""
    for row in db.execute(select(_contract).where(_contract.c.book_id == book)):
        new = read_back(row, _contract.c.body, NewContract)
        content = rules.sealed_contract(
            new, number=row.number, counterparty=row.counterparty, by=row.written_by, at=row.at
        )
        yield Fact(act=rules.SIGNED, subject=rules.subject_of(row.number), content=content)
    for row in db.execute(select(_change).where(_change.c.book_id == book)):
        change = _as_change(row)
        content = rules.sealed_change(row.number, change, turn=row.turn, by=row.written_by, at=row.at)
        act = rules.AMENDED if isinstance(change, Amended) else rules.ENDED
        yield Fact(act=act, subject=rules.subject_of(row.number), content=content)
    for row in db.execute(select(_paper).where(_paper.c.book_id == book)):
        content = rules.sealed_paper(row.number, sha256=row.sha256, name=row.name, by=row.added_by, at=row.at)
        yield Fact(act=rules.PAPERED, subject=rules.subject_of(row.number), content=content)
    for row in db.execute(select(_receipt).where(_receipt.c.book_id == book)):
        content = rules.sealed_receipt(
            row.voucher_id, row.line, number=row.number, reason=row.reason, by=row.named_by, at=row.at
        )
        act = rules.UNNAMED if row.number is None else rules.RECEIVED
        yield Fact(act=act, subject=f"voucher:{row.voucher_id}", content=content)
