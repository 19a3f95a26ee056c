"""Village incomes of ``clean-small``: components, months, recognition, measures, thresholds, bands and ranks as whole
trees."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from coop.income import queries
from ledger.money import yuan
from tests.township import TOWNSHIP, YEAR, expected
from tests.township import db as db
from tests.township import engine as engine
from web import income_answers as answers
from web.wire import travelling

TODAY = date(2026, 1, 15)
OF_THE_BOOKS = ("vouchers", "trial_balance", "long_term_investment")
"""What ``expected.json`` says of the collectives' books themselves; tests of the books compare it."""


def without(tree: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: found for name, found in tree.items() if name not in names}


@pytest.mark.parametrize("within", [TOWNSHIP, "4500", "45"])
def test_every_village_is_as_expected(db: Connection, within: str) -> None:
    board = queries.board(db, within=within, month=YEAR * 100 + 12, as_of=TODAY, scans_only=False)
    years = queries.incomes(db, within=within, year=YEAR, as_of=TODAY, scans_only=False)
    lines = queries.unproved_lines(db, within=within, year=YEAR, as_of=TODAY, scans_only=False)
    made = {
        one.village: travelling(
            answers.village_answer(one, years.get(one.village), lines.get(one.village, ()), month=12)
        )
        for one in board.villages
    }
    assert json.loads(json.dumps(made)) == {
        code: without(village, *OF_THE_BOOKS) for code, village in expected()["villages"].items()
    }


def test_ranking_lists_thresholds_and_bands_are_as_expected(db: Connection) -> None:
    board = queries.board(db, within=TOWNSHIP, month=YEAR * 100 + 12, as_of=TODAY, scans_only=False)
    ranking = answers.ranking_answer(board.ranking, year=YEAR, month=12)
    assert json.loads(json.dumps(travelling(ranking))) == expected()["ranking"]
    whole = json.loads(json.dumps(travelling(answers.board_answer(board).whole)))
    assert whole["thresholds_met"] == expected()["thresholds_met"]
    assert whole["bands"] == expected()["bands"]


def test_every_month_is_ranked_as_expected(db: Connection) -> None:
    boards = {
        month: queries.board(db, within=TOWNSHIP, month=YEAR * 100 + month, as_of=TODAY, scans_only=False)
        for month in range(1, 13)
    }
    made = {
        str(month): {
            one.standing.village: {"rank": one.rank, "income_year_to_date": yuan(one.standing.income)}
            for one in board.ranking.order
        }
        for month, board in boards.items()
    }
    assert made == expected()["monthly_ranking"]


@pytest.mark.parametrize(
    ("until", "newest"), [(202610, 202512), (202512, 202512), (202503, 202503), (202412, None)]
)
def test_a_board_opens_on_the_newest_month_of_which_something_is_booked(
    db: Connection, until: int, newest: int | None
) -> None:
    """The settlement of the year (202513) is no month."""
    assert queries.newest_month(db, within=TOWNSHIP, until=until) == newest
    assert queries.newest_month(db, within="11", until=until) is None
