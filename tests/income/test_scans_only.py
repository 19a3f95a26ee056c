"""Where a township takes scans only, originals declared on paper count no longer there, and next door they do."""

from datetime import date

from sqlalchemy import Connection

from ledger.money import yuan
from schemas.income import Measure
from tests.snapshots import small
from tests.snapshots.small import DASHAN_VILLAGE, LINGJIAO, SANHE
from tests.snapshots.test_tampering import an_income_policy
from web import boards


def profits(db: Connection, place: str, on: date) -> dict[str, str]:
    board = boards.board_of(db, place=place, month=202607, as_of=on)
    return {
        one.village: yuan(one.counted[Measure.OPERATING_PROFIT])
        for one in board.villages
        if one.village in {LINGJIAO, DASHAN_VILLAGE}
    }


def test_paper_counts_until_the_township_takes_scans_only(db: Connection) -> None:
    small.furnish(db)
    for village in (LINGJIAO, DASHAN_VILLAGE):
        small.earned(db, "2026-07-16 摊位租金 | 101 500.00 | cr 501 500.00", village, originals=1)
    an_income_policy(db)
    before, after = date(2026, 7, 16), date(2026, 7, 17)
    assert profits(db, "450000", before) == {LINGJIAO: "11500.00", DASHAN_VILLAGE: "15500.00"}
    assert profits(db, "450000", after) == {LINGJIAO: "0.00", DASHAN_VILLAGE: "15500.00"}
    assert profits(db, SANHE, after) == {LINGJIAO: "0.00"}
    year = boards.village_in_year(db, place=SANHE, village=LINGJIAO, month=202607, as_of=after)
    assert {(yuan(one.amount), one.counted) for one in year.lines} == {
        (amount, False) for amount in ("11000.00", "19000.00", "500.00")
    }
