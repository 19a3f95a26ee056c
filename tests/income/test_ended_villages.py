"""A village that is no more is held to nothing from its end on, and stays in the sums of its last year (RULES §8)."""

from datetime import date

import pytest
from sqlalchemy import Connection

from coop.alerts import actions as made
from coop.alerts import queries as alerts
from coop.alerts import rules
from coop.places import actions as places
from coop.snapshots import actions as snapshots_made
from coop.snapshots import queries as snapshots
from ledger.money import yuan
from schemas.alerts import Step
from schemas.places import PlaceEnding
from schemas.problems import Refusal
from tests.builders import ACCOUNTANT
from tests.people import with_role
from tests.snapshots import small
from tests.snapshots.small import AUGUST, IN_JULY, LINGJIAO, QINGSHUI, SANHE
from web import boards

MARCH_2027 = date(2027, 4, 1)


def merged(db: Connection, since: date, *, on: date) -> None:
    """岭脚村 goes into 清水村."""
    by = with_role(db, "零管理", "administrator", "house")
    ending = PlaceEnding(code=LINGJIAO, since=since, into=QINGSHUI)
    places.end(db, ending, by=by, on=on, at=small.morning(on))


def board(db: Connection, month: int, on: date) -> tuple[list[tuple[str, int | None, str]], str]:
    """Every village with its rank and income, and what all come to."""
    found = boards.board_of(db, place=SANHE, month=month, as_of=on)
    (frozen,) = snapshots.months_as_they_are(db, township=SANHE, months=[month], as_of=on)
    assert [(one.village, one.income, one.ratio is None) for one in frozen.villages] == [
        (one.village, one.income, one.rank is None) for one in found.villages
    ]
    return [(one.name, one.rank, yuan(one.income)) for one in found.villages], yuan(
        sum(one.counted for one in found.whole.components.values())
    )


def test_a_village_that_is_no_more_is_not_ranked_and_leaves_with_the_year(db: Connection) -> None:
    small.furnish(db)
    small.set_threshold(db, 30_000, year=2027)
    merged(db, date(2026, 7, 15), on=IN_JULY)
    assert board(db, 202606, IN_JULY) == (
        [("岭脚村", 2, "11000.00"), ("清水村", 1, "30000.00")],
        "41000.00",
    )
    assert board(db, 202607, IN_JULY) == (
        [("岭脚村", None, "11000.00"), ("清水村", 1, "30000.00")],
        "41000.00",
    )
    assert board(db, 202703, MARCH_2027) == ([("清水村", 1, "0.00")], "0.00")
    with pytest.raises(Refusal) as refusal:
        boards.village_in_year(db, place=SANHE, village=LINGJIAO, month=202703, as_of=MARCH_2027)
    assert [one.code for one in refusal.value.problems] == ["village_must_be_there"]


def test_what_its_book_still_books_in_a_later_year_is_seen(db: Connection) -> None:
    small.furnish(db)
    merged(db, date(2026, 1, 1), on=IN_JULY)
    assert board(db, 202607, IN_JULY)[0][0] == ("岭脚村", None, "11000.00")


@pytest.mark.parametrize("since", [date(2026, 7, 31), date(2026, 1, 1)])
def test_its_alerts_lapse(db: Connection, since: date) -> None:
    """The one on its threshold; the rent without a scan stays what it is while it is booked."""
    small.furnish(db)
    by, at = ACCOUNTANT, small.morning(AUGUST)
    snapshots_made.freeze(db, [202607], township=SANHE, by=by, on=AUGUST, at=at)
    assert len(made.watch(db, [202607], township=SANHE, by=by, on=AUGUST, at=at)) == 2
    merged(db, since, on=AUGUST)
    assert {
        one.breach.line.id: rules.end_of(kept)
        for one, kept in alerts.kept_again(db, township=SANHE, on=AUGUST)
    } == {"behind_threshold": Step.LAPSE}
