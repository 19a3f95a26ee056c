"""What two counties reported comes out of books: 兴宾 at the end of 2018, 长洲 in 2020 (seeds 003 and 002)."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection

from coop.income import actions, queries
from coop.places import actions as places
from ledger.money import fen_from_yuan, yuan
from ledger.vouchers import actions as vouchers
from schemas.income import Board, Measure, Threshold
from schemas.places import BookPlace, Place, PlaceLevel, VillageKind
from schemas.vouchers import MadeVoucher, Origin
from tests.builders import ACCOUNTANT, AT, ON, REVIEWER, a_book, a_draft

POOR, ORDINARY = VillageKind.POVERTY_EXIT, VillageKind.ORDINARY


class Villages(NamedTuple):
    """So many villages of a kind that earn the same: yuan of operating profit."""

    villages: int
    kind: VillageKind
    earned: str


def a_county(
    db: Connection, code: str, names: tuple[str, str, str], of: Iterable[Villages], *, year: int
) -> None:
    """A county of one township whose collectives each book a lease, a cost and a subsidy that counts in no profit."""
    province, city, county = names
    levels = [
        Place(code=code[:2], name=province, level=PlaceLevel.PROVINCE),
        Place(code=code[:4], name=city, level=PlaceLevel.PREFECTURE, parent=code[:2]),
        Place(code=code, name=county, level=PlaceLevel.COUNTY, parent=code[:4]),
        Place(code=f"{code}100", name="城厢", level=PlaceLevel.TOWNSHIP, parent=code),
    ]
    kinds = [(some.kind, some.earned) for some in of for _ in range(some.villages)]
    villages = [
        Place(
            code=f"{code}100{no:03}",
            name=f"第{no}村",
            level=PlaceLevel.VILLAGE,
            kind=kind,
            parent=f"{code}100",
        )
        for no, (kind, _) in enumerate(kinds, 200)
    ]
    a_book(db, villages[0].code, standard="collective-2023", first_year=year)
    places.enter_many(db, [*levels, *villages], by=ACCOUNTANT, at=AT)
    for village, (_, earned) in zip(villages, kinds, strict=True):
        if village is not villages[0]:
            a_book(db, village.code, standard="collective-2023", first_year=year)
        places.settle_book(
            db,
            BookPlace(book=village.code, village=village.code, township=f"{code}100"),
            by=ACCOUNTANT,
            at=AT,
        )
        lease = yuan(fen_from_yuan(earned) + 1_000_00)
        made = [
            MadeVoucher(
                draft=a_draft(text),
                origin=Origin.IMPORT,
                prepared_by=ACCOUNTANT,
                reviewed_by=REVIEWER,
                number=None,
            )
            for text in (
                f"{year}-06-30 芒果园租金 | 102 {lease} | cr 501 {lease}",
                f"{year}-08-15 办公用品 | 513 1000.00 | cr 102 1000.00",
                f"{year}-09-01 运转经费 | 102 50000.00 | cr 503 50000.00",
            )
        ]
        vouchers.record_many(db, made, book=village.code, by=ACCOUNTANT, on=ON, at=AT)


def the_board(db: Connection, code: str, *, year: int) -> Board:
    return queries.board(db, within=code, month=year * 100 + 12, as_of=date(year, 12, 31), scans_only=False)


def test_xingbin_60_percent_of_villages_at_20_000_and_all_82_poor_ones_at_30_000(db: Connection) -> None:
    of = [
        Villages(70, POOR, "30000.00"),
        Villages(12, POOR, "64250.50"),
        Villages(41, ORDINARY, "20000.00"),
        Villages(76, ORDINARY, "19999.99"),
        Villages(3, ORDINARY, "-850.00"),
    ]
    a_county(db, "451302", ("广西壮族自治区", "来宾市", "兴宾区"), of, year=2018)
    actions.set_thresholds(
        db,
        [
            Threshold(region="451302", kind=kind, year=2018, measure=Measure.OPERATING_PROFIT, amount=amount)
            for kind, amount in ((ORDINARY, 20_000_00), (POOR, 30_000_00))
        ],
        by=ACCOUNTANT,
        at=AT,
    )
    board = the_board(db, "451302", year=2018)
    poor = [one for one in board.villages if one.kind is POOR]
    assert (len(poor), sum(one.met for one in poor)) == (82, 82)
    reached = [one for one in board.villages if one.counted[Measure.OPERATING_PROFIT] >= 20_000_00]
    assert (len(reached), len(board.villages)) == (123, 202)
    assert 10 * len(reached) > 6 * len(board.villages)
    assert sum(one.met for one in board.villages) == 123
    assert [
        sum(one.band == edge for one in board.villages) for edge in (None, 0, 20_000_00, 30_000_00, 50_000_00)
    ] == [
        3,
        76,
        41,
        70,
        12,
    ]


def test_changzhou_26_above_50_000_8_at_500_000_6_above_1_000_000(db: Connection) -> None:
    of = [
        Villages(18, POOR, "50000.01"),
        Villages(2, POOR, "500000.00"),
        Villages(5, POOR, "1000000.01"),
        Villages(1, POOR, "3120000.00"),
    ]
    a_county(db, "450405", ("广西壮族自治区", "梧州市", "长洲区"), of, year=2020)
    profits = [one.counted[Measure.OPERATING_PROFIT] for one in the_board(db, "450405", year=2020).villages]
    assert len(profits) == 26
    assert sum(profit > 50_000_00 for profit in profits) == 26
    assert sum(profit >= 500_000_00 for profit in profits) == 8
    assert sum(profit > 1_000_000_00 for profit in profits) == 6
