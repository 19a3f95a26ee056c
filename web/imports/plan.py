"""Which books a pack brings, and whether each is new, opens a new year, or says again what is known."""

import re
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from pypinyin import lazy_pinyin

from coop.handovers import queries as handovers
from coop.places import queries as places
from coop.places.rules import township_of
from ledger.books import queries as books
from ledger.charts import COLLECTIVE, COOPERATIVE, standard
from ledger.vouchers import queries as vouchers
from schemas.books import Book, BookKind
from schemas.charts import Standard
from schemas.members import MemberKind
from schemas.packs import (
    OpeningRow,
    Pack,
    PackCooperative,
    PackVoucher,
    UnitInfo,
    VillageBook,
    VillageOpeningRow,
    VillageRow,
)
from schemas.units import BookId, Value
from web.database import Connection
from web.imports.columns import OPENINGS, VILLAGE_OPENINGS, VILLAGE_VOUCHERS, VOUCHERS
from web.imports.findings import Area

_LONGEST_ID = 40


class Manner(StrEnum):
    """How a book of a pack is taken in."""

    OPEN = "open"
    """The book is new."""
    APPEND = "append"
    """The book is known, the year is new and follows on."""
    COMPARE = "compare"
    """The year was taken in before: nothing may differ."""
    REFUSE = "refuse"
    """The year is neither known nor the next."""


class BookPlan(Value):
    """A book of a pack: what it is or will be, and how the pack's year of it is taken in. ``known`` is the book
    there is; ``last_year`` its last year."""

    book: Book
    manner: Manner
    year: int
    last_year: int
    workbook: str
    vouchers: tuple[PackVoucher, ...]
    openings: tuple[OpeningRow, ...] | tuple[VillageOpeningRow, ...]
    cooperative: PackCooperative | None = None
    village: VillageRow | None = None

    @property
    def standard(self) -> Standard:
        """The chart it follows."""
        return standard(self.book.standard)

    @property
    def voucher_sheet(self) -> Area:
        """Where its vouchers stand."""
        layout = VOUCHERS if self.cooperative is not None else VILLAGE_VOUCHERS
        return Area(self.workbook, layout.sheet)

    @property
    def opening_sheet(self) -> Area:
        """Where its opening balances stand."""
        layout = OPENINGS if self.cooperative is not None else VILLAGE_OPENINGS
        return Area(self.workbook, layout.sheet)

    def sheet(self, name: str) -> Area:
        """A sheet of its workbook."""
        return Area(self.workbook, name)


def year_of(pack: Pack) -> int:
    """The year a pack hands over; the reader has seen to it that there is one."""
    for years in (
        (one.info.year for one in pack.cooperatives),
        (row.year for row in pack.township.scores),
        (row.year for row in pack.township.bonuses),
        (row.year for row in pack.township.thresholds),
        (voucher.on.year for book in pack.township.books for voucher in book.vouchers),
    ):
        found = next(years, None)
        if found is not None:
            return found
    raise AssertionError(
        "a pack without a cooperative, a score, a bonus, a threshold and a voucher is no pack"
    )


def plan_books(db: Connection, pack: Pack) -> tuple[BookPlan, ...]:
    """The books of a pack: cooperatives in the order of their files, then the collectives of the villages."""
    year = year_of(pack)
    taken: set[BookId] = set()
    plans = []
    for one in pack.cooperatives:
        known = _known_cooperative(db, one.info)
        book = known or _new_cooperative(db, one.info, year=year, taken=taken)
        taken.add(book.id)
        manner, last = _manner(db, known, year=year)
        plans.append(
            BookPlan(
                book=book,
                manner=manner,
                year=year,
                last_year=last,
                workbook=one.workbook,
                vouchers=one.vouchers,
                openings=one.openings,
                cooperative=one,
            )
        )
    names = collective_names(pack)
    rows = {village.code: village for village in pack.township.villages}
    plans += [
        _plan_village(db, pack, of_village, rows[of_village.village], names, year=year)
        for of_village in pack.township.books
    ]
    return tuple(plans)


def _plan_village(
    db: Connection,
    pack: Pack,
    of_village: VillageBook,
    village: VillageRow,
    names: Mapping[str, str],
    *,
    year: int,
) -> BookPlan:
    known = books.book(db, id=village.code)
    book = known or Book(
        id=village.code,
        name=names.get(village.code, f"{pack.township.name}{village.name}集体经济组织"),
        short_name=village.name,
        kind=BookKind.COLLECTIVE,
        standard=COLLECTIVE,
        first_year=year,
    )
    manner, last = _manner(db, known, year=year)
    return BookPlan(
        book=book,
        manner=manner,
        year=year,
        last_year=last,
        workbook=pack.township.workbook,
        vouchers=of_village.vouchers,
        openings=of_village.openings,
        village=village,
    )


def _manner(db: Connection, known: Book | None, *, year: int) -> tuple[Manner, int]:
    """How the year is taken in, and the last year of the book."""
    if known is None:
        return Manner.OPEN, year
    last = max(
        known.first_year,
        *handovers.years_brought(db, book=known.id),
        *(of for of, _ in vouchers.series_ends(db, book=known.id)),
    )
    if known.first_year <= year <= last:
        return Manner.COMPARE, last
    return (Manner.APPEND if year == last + 1 else Manner.REFUSE), last


def _known_cooperative(db: Connection, info: UnitInfo) -> Book | None:
    """The book of the unit: by its credit code, else by short name and village."""
    for id in places.books_of_unit(db, credit_code=info.credit_code):
        return books.book(db, id=id)
    for book in books.books_called(db, info.short_name):
        where = places.book_place(db, book=book.id)
        if book.kind is BookKind.COOPERATIVE and where is not None and where.village == info.village_code:
            return book
    return None


def _new_cooperative(db: Connection, info: UnitInfo, *, year: int, taken: Iterable[BookId]) -> Book:
    slug, number = slug_of(info.short_name), 1
    id = slug
    while id in taken or books.book(db, id=id) is not None:
        number += 1
        id = f"{slug[: _LONGEST_ID - len(str(number)) - 1]}-{number}"
    return Book(
        id=id,
        name=info.name,
        short_name=info.short_name,
        kind=BookKind.COOPERATIVE,
        standard=COOPERATIVE,
        first_year=year,
    )


def slug_of(name: str) -> BookId:
    """The id of a cooperative's book: its short name in pinyin.

    >>> slug_of("清水合作社")
    'qingshuihezuoshe'
    """
    plain = re.sub(r"[^a-z0-9]+", "", "".join(lazy_pinyin(name)).lower())
    return plain[:_LONGEST_ID] or "book"


def collective_names(pack: Pack) -> Mapping[str, str]:
    """The full names of villages' collectives, by village code, as cooperatives' registers of members know them."""
    return {
        village: member.name
        for one in pack.cooperatives
        for member in one.members
        if member.kind is MemberKind.COLLECTIVE
        and (village := village_of(member.name, pack.township.villages)) is not None
    }


def village_of(name: str, villages: Sequence[VillageRow]) -> str | None:
    """The village whose collective bears this name: the one with the longest name in it.

    清水村股份经济合作社 is the collective of 清水村.
    """
    named = [village for village in villages if village.name in name]
    return max(named, key=lambda village: len(village.name)).code if named else None


def townships_of(pack: Pack) -> tuple[str, ...]:
    """The codes of the townships the pack's villages lie in."""
    return tuple(sorted({township_of(village.code) for village in pack.township.villages}))
