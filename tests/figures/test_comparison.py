"""What is doubted of figures from outside: the edges, by hand."""

from collections.abc import Sequence

import pytest

from coop.figures import rules
from schemas.figures import FigureRow, FigureSubject, GivenFigure
from tests.figures.given import row

V, W = "450000101200", "450000101201"
GONE = "450000101209"
JULY, JANUARY = 202607, 202601


def known(rows: Sequence[str]) -> dict[FigureSubject, dict[str, GivenFigure]]:
    return rules.together([[row(text) for text in rows]])


@pytest.mark.parametrize(
    ("says", "before", "entered", "ours", "month", "doubted"),
    [
        # Against the month before: 10 % of own funds may move, of area and persons nothing.
        ([f"{V} Q1 own_funds=9000.00"], [f"{V} Q1 own_funds=10000.00"], [], [], JULY, []),
        (
            [f"{V} Q1 own_funds=8999.99"],
            [f"{V} Q1 own_funds=10000.00"],
            [],
            [],
            JULY,
            ["moved own_funds 899999 1000000"],
        ),
        ([f"{V} Q1 own_funds=11000.00"], [f"{V} Q1 own_funds=10000.00"], [], [], JULY, []),
        (
            [f"{V} Q1 own_funds=11000.01"],
            [f"{V} Q1 own_funds=10000.00"],
            [],
            [],
            JULY,
            ["moved own_funds 1100001 1000000"],
        ),
        ([f"{V} Q1 persons=4"], [f"{V} Q1 persons=4"], [], [], JULY, []),
        ([f"{V} Q1 persons=5"], [f"{V} Q1 persons=4"], [], [], JULY, ["moved persons 5 4"]),
        ([f"{V} Q1 own_funds=0.01"], [f"{V} Q1 own_funds=0.00"], [], [], JULY, ["moved own_funds 1 0"]),
        ([f"{V} Q1 own_funds=0.00"], [f"{V} Q1 own_funds=0.00"], [], [], JULY, []),
        # A year so far may double and never falls; nothing stands before January.
        ([f"{V} reported_income=200.00"], [f"{V} reported_income=100.00"], [], [], JULY, []),
        (
            [f"{V} reported_income=200.01"],
            [f"{V} reported_income=100.00"],
            [],
            [],
            JULY,
            ["moved reported_income 20001 10000"],
        ),
        (
            [f"{V} reported_income=99.99"],
            [f"{V} reported_income=100.00"],
            [],
            [],
            JULY,
            ["moved reported_income 9999 10000"],
        ),
        ([f"{V} reported_income=1.00"], [f"{V} reported_income=100.00"], [], [], JANUARY, []),
        ([f"{W} reported_income=1.00"], [f"{V} reported_income=100.00"], [], [], JANUARY, []),
        # Against our own books.
        ([f"{V} reported_income=100.00"], [], [], [f"{V} reported_income=100.00"], JULY, []),
        (
            [f"{V} reported_income=100.01"],
            [],
            [],
            [f"{V} reported_income=100.00"],
            JULY,
            ["differs reported_income 10001 10000"],
        ),
        (
            [f"{V} reported_income=-1.00"],
            [f"{V} reported_income=5.00"],
            [],
            [f"{V} reported_income=5.00"],
            JULY,
            ["moved reported_income -100 500", "differs reported_income -100 500"],
        ),
        # Who was there before: a subject, one figure of it, or what was entered this month already.
        ([f"{W} Q2 persons=1"], [f"{V} Q1 persons=4", f"{W} Q2 persons=1"], [], [], JULY, ["missing"]),
        (
            [f"{V} Q1 persons=4", f"{W} Q2 housing_area=1.00"],
            [f"{V} Q1 persons=4 housing_area=90.00", f"{W} Q2 housing_area=1.00"],
            [],
            [],
            JULY,
            ["missing housing_area None 9000"],
        ),
        (
            [f"{W} Q2 persons=1"],
            [f"{V} Q1 persons=4", f"{W} Q2 persons=1"],
            [f"{V} Q1 persons=3"],
            [],
            JULY,
            [],
        ),
        # A figure nobody is given any more: one doubt, however many had it, until anything entered speaks of it.
        (
            [f"{V} resettled_households=3"],
            [f"{V} Q1 persons=4", f"{W} Q2 persons=1 housing_area=1.00"],
            [],
            [],
            JULY,
            ["left_out persons None 2", "left_out housing_area None 1"],
        ),
        ([f"{V} resettled_households=3"], [f"{V} Q1 persons=4"], [f"{W} Q2 persons=1"], [], JULY, []),
        ([f"{V} resettled_households=3"], [f"{V} reported_income=4.00"], [], [], JANUARY, []),
        # Of a village that is no more nothing is missed, and what is said of it is doubted.
        ([f"{V} Q1 persons=4"], [f"{V} Q1 persons=4", f"{GONE} Q2 persons=1"], [], [], JULY, []),
        ([f"{V} resettled_households=3"], [f"{GONE} Q2 persons=1"], [], [], JULY, []),
        ([f"{GONE} Q2 persons=1"], [f"{GONE} Q2 persons=1"], [], [], JULY, ["gone"]),
        # Whom nobody knows.
        (["450000101999 resettled_households=3"], [], [], [], JULY, ["unknown"]),
        ([f"{V} Q9 persons=3"], [], [], [], JULY, ["unknown"]),
    ],
)
def test_what_is_doubted(
    says: list[str],
    before: list[str],
    entered: list[str],
    ours: list[str],
    month: int,
    doubted: list[str],
) -> None:
    rows: list[FigureRow] = [row(text) for text in says]
    table = rules.compared(rows, known(before), known(ours), month=month)
    ours_know = frozenset(
        {FigureSubject(village=V), FigureSubject(village=W), FigureSubject(village=V, household="Q1")}
        | {FigureSubject(village=W, household="Q2")}
    )
    found = rules.doubts(table, known(before), known(entered), ours_know, {GONE}, month=month)
    said = [
        f"{one.kind} {one.code} {one.amount} {one.other}" if one.code else one.kind.value for one in found
    ]
    assert said == doubted
    assert len({rules.key_of(one) for one in found}) == len(found)


def test_a_later_parcel_replaces_what_it_says_and_leaves_what_it_does_not() -> None:
    first = [row(f"{V} Q1 persons=4 housing_area=100.00"), row(f"{V} Q2 persons=2")]
    later = [row(f"{V} Q1 persons=5")]
    found = rules.together([first, later])
    amounts = {
        one.household: {code: of.amount for code, of in figures.items()} for one, figures in found.items()
    }
    assert amounts == {"Q1": {"persons": 5, "housing_area": 10_000}, "Q2": {"persons": 2}}
