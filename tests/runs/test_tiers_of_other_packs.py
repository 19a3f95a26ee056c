"""What stands in the way of a township's tiers is said so that the reader knows whom and which village it concerns."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection

from payouts import tiers
from payouts.standings import queries as standings
from schemas.policies import BonusMode
from schemas.problems import Problem, Refusal
from schemas.tiers import RatedVillage, TierInputs
from tests.township import TOWNSHIP, YEAR
from tests.township import db as db
from tests.township import engine as engine
from web.i18n import say_problem

FIRST, SECOND, THIRD = "450000101200", "450000101201", "450000101202"


def inputs(db: Connection) -> TierInputs:
    return standings.tier_inputs(db, township=TOWNSHIP, year=YEAR)


def said(problems: tuple[Problem, ...]) -> Mapping[str, str]:
    """Each problem's sentence in Chinese, by its pointer."""
    return {one.pointer: say_problem("zh_CN", one)[0] for one in problems}


def refused(given: TierInputs) -> Mapping[str, str]:
    with pytest.raises(Refusal) as refusal:
        tiers.worked_out(given)
    return said(refusal.value.problems)


def test_villages_equal_across_a_boundary_are_called_by_their_names(db: Connection) -> None:
    given = inputs(db)
    like = given.villages[0]
    equals = tuple(replace(village, score=like.score, ties=like.ties) for village in given.villages)
    (sentence,) = refused(replace(given, villages=equals)).values()
    assert sentence.startswith("清水村、河口村、岭脚村各项都相同")


def _all_equal(village: RatedVillage) -> RatedVillage:
    like = village.people[0].posts[0]
    return replace(village, people=tuple(replace(person, posts=(like,)) for person in village.people))


def test_people_equal_across_a_boundary_are_called_with_their_village(db: Connection) -> None:
    given = inputs(db)
    found = refused(replace(given, villages=tuple(map(_all_equal, given.villages))))
    assert list(found) == [f"/villages/{code}/resolved" for code in (FIRST, SECOND, THIRD)]
    assert found[f"/villages/{THIRD}/resolved"].startswith("岭脚村：潘春芳、蒙天、覃志贵、覃明强各项都相同")


def test_people_are_named_at_once_with_the_villages_that_are_equal(db: Connection) -> None:
    given = inputs(db)
    like = given.villages[0]
    equals = tuple(
        replace(_all_equal(village), score=like.score, ties=like.ties) for village in given.villages
    )
    tariff = replace(given.over_people, mode=BonusMode.TARIFF, tiers=(700_000, 600_000, 500_000))
    people = [f"/villages/{code}/resolved" for code in (FIRST, SECOND, THIRD)]
    assert list(refused(replace(given, villages=equals))) == ["/resolved", *people]
    found = refused(replace(given, villages=equals, over_people=tariff))
    assert list(found) == ["/resolved", *people], "no village has a pool yet, so none is too small"


def test_a_tariff_above_a_villages_pool_names_the_village(db: Connection) -> None:
    given = inputs(db)
    tariff = replace(given.over_people, mode=BonusMode.TARIFF, tiers=(700_000, 600_000, 500_000))
    found = refused(replace(given, over_people=tariff))
    assert found == {
        f"/villages/{SECOND}/pool": "河口村按定额合计24,000.00元，村里的奖金池是20,000.00元。",
        f"/villages/{THIRD}/pool": "岭脚村按定额合计19,000.00元，村里的奖金池是16,000.00元。",
    }


def test_a_level_without_a_bonus_is_called_as_the_sheet_calls_it(db: Connection) -> None:
    with pytest.raises(Refusal) as refusal:
        standings.tier_inputs(db, township=TOWNSHIP, year=2024)
    found = said(refusal.value.problems)
    assert found["/township"] == "清河乡没有登记2024年层级为乡镇的奖金。"
    assert found["/village"] == "清河乡没有登记2024年层级为村级的奖金。"
