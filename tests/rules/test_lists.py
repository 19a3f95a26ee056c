"""红黑榜: of villages by income over threshold, who is red and who is black: the first and the last k, ties included, so that
equals in the middle of a few are both (RULES §8)."""

import pytest

from coop.income.rules import ranked
from coop.lists.rules import colours
from coop.snapshots.rules import places_of
from schemas.income import Measure, Standing
from schemas.lists import Colour
from schemas.places import PlaceLevel, VillageKind
from schemas.snapshots import FrozenVillage
from schemas.units import Fen


@pytest.mark.parametrize(
    ("incomes", "red", "black"),
    [
        ("", "", ""),
        ("9", "", ""),
        ("2 1", "A", "B"),
        ("1 1", "AB", "AB"),
        ("3 2 1", "A", "C"),
        ("3 3 1", "AB", "C"),
        ("3 1 1", "A", "BC"),
        ("1 1 1", "ABC", "ABC"),
        ("4 3 2 1", "AB", "CD"),
        # The two in the middle are second from above and second from below.
        ("3 2 2 1", "ABC", "BCD"),
        ("5 5 5 5 1", "ABCD", "ABCDE"),
        ("5 1 1 1 1", "ABCDE", "BCDE"),
        ("0 0 -1", "AB", "C"),
        # k = 3: the third is equal to the fourth, and is red with it; so is the fifth from below black.
        ("7 6 5 5 3 2 1", "ABCD", "EFG"),
        ("8 7 5 5 5 5 2 1", "ABCDEF", "CDEFGH"),
        ("8 7 6 5 4 3 2 1", "ABC", "FGH"),
        ("9 9 9 9 9 1 1 1", "ABCDE", "FGH"),
        ("9 9 9 9 1 1 1 1", "ABCD", "EFGH"),
    ],
)
def test_the_first_and_the_last_with_their_equals(incomes: str, red: str, black: str) -> None:
    of = {chr(ord("A") + no): int(one) for no, one in enumerate(incomes.split())}
    today = ranked(Standing(village=village, income=income, threshold=10) for village, income in of.items())
    assert ("".join(today.red), "".join(today.black)) == (red, black)
    frozen = places_of(PlaceLevel.COUNTY, [a_village(village, income) for village, income in of.items()])
    on = {one.village: colours(one) for one in frozen}
    assert "".join(village for village in of if Colour.RED in on[village]) == red
    assert "".join(village for village in of if Colour.BLACK in on[village]) == black


def a_village(code: str, income: Fen) -> FrozenVillage:
    return FrozenVillage(
        village=code,
        kind=VillageKind.ORDINARY,
        components={},
        measure=Measure.OPERATING_PROFIT,
        income=income,
        threshold=10,
        ratio=None,
        band=0,
    )
