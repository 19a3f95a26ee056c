"""Tiers and bonuses of ``clean-small`` at both levels, with the instalments of the next year: whole trees."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from coop.places import actions as places
from ledger.money import text_from_hundredths, yuan
from payouts import tiers
from payouts.standings import queries as standings
from schemas.places import NewPlace, PlaceEnding, VillageKind
from schemas.policies import BonusMode
from schemas.problems import Refusal
from schemas.scores import Grade
from schemas.tiers import Payment, Tiers, TierVillage
from tests.builders import AT, ON
from tests.people import with_role
from tests.township import TOWNSHIP, YEAR, expected
from tests.township import db as db
from tests.township import engine as engine

GRADES = {
    Grade.EXCELLENT: "优秀",
    Grade.COMPETENT: "称职",
    Grade.BARELY: "基本称职",
    Grade.INCOMPETENT: "不称职",
    None: None,
}
MODES = {BonusMode.COEFFICIENTS: "系数", BonusMode.TARIFF: "定额"}
HOW = {Payment.INSTALMENTS: "12 instalments", Payment.ONCE: "once"}


def of_villages(made: Tiers) -> dict[str, Any]:
    return {
        "counts": list(made.counts),
        "pool": yuan(made.pool),
        "stays": yuan(made.stays),
        "villages": {
            one.code: {
                "score": text_from_hundredths(one.score),
                "rank": one.rank,
                "tier": one.tier,
                "amount": yuan(one.amount),
            }
            for one in made.villages
        },
    }


def of_people(village: TierVillage) -> dict[str, Any]:
    return {
        "village": village.name,
        "counts": list(village.counts),
        "pool": yuan(village.amount),
        "paid": yuan(village.paid),
        "stays": yuan(village.stays),
        "people": {
            one.name: {
                "posts": [post.value for post in one.posts],
                "ranked_by": one.ranked_by.value,
                "score": text_from_hundredths(one.score),
                "grade": GRADES[one.grade],
                "rank": one.rank,
                "tier": one.tier,
                "excluded": one.excluded,
                "share": yuan(one.share),
                "paid": yuan(one.paid),
                "how": HOW[one.how],
                **({"instalments_of_next_year": list(map(yuan, one.instalments))} if one.instalments else {}),
            }
            for one in village.people
        },
    }


def test_a_village_that_was_no_more_before_the_year_needs_no_score(db: Connection) -> None:
    by = with_role(db, "零管理", "administrator", "house")
    places.enter(db, [NewPlace(code=f"{TOWNSHIP}299", name="旧村", kind=VillageKind.ORDINARY)], by=by, at=AT)
    with pytest.raises(Refusal) as refusal:
        standings.tier_inputs(db, township=TOWNSHIP, year=YEAR)
    assert [one.code for one in refusal.value.problems] == ["village_must_have_a_score"]
    places.end(db, PlaceEnding(code=f"{TOWNSHIP}299", since=date(YEAR, 1, 1)), by=by, on=ON, at=AT)
    assert len(standings.tier_inputs(db, township=TOWNSHIP, year=YEAR).villages) == len(
        expected()["people_tiers"]
    )


def test_tiers_and_bonuses_at_both_levels(db: Connection) -> None:
    inputs = standings.tier_inputs(db, township=TOWNSHIP, year=YEAR)
    made = tiers.worked_out(inputs)
    wanted = expected()
    assert {**of_villages(made), "mode": MODES[inputs.over_villages.mode]} == wanted["village_tiers"]
    assert {one.code: of_people(one) for one in made.villages} == wanted["people_tiers"]
