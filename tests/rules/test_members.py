"""Who may be members, and when who leaves has to say so (合作社法 第十二条, 第二十条, 第二十五条)."""

from datetime import date

import pytest

from coop.members.rules import check_of_membership, faults_of_membership, last_day_of_notice
from schemas.members import MemberKind


@pytest.mark.parametrize(
    ("households", "collectives", "enterprises", "found"),
    [
        (5, 0, 0, []),
        (4, 0, 0, [("members_should_be_enough", "4", "5")]),
        (0, 0, 0, [("members_should_be_enough", "0", "5")]),
        (4, 1, 0, []),
        (11, 1, 0, []),
        (18, 1, 1, [("units_should_be_few", "2", "1")]),
        (19, 0, 1, []),
        (20, 0, 1, []),
        (38, 1, 1, []),
        (37, 1, 1, [("units_should_be_few", "2", "1")]),
        (7, 0, 2, [("farmers_should_be_most", "7", "8"), ("units_should_be_few", "2", "1")]),
        (3, 0, 1, [("members_should_be_enough", "4", "5"), ("farmers_should_be_most", "3", "4")]),
        (950, 10, 40, []),
        (949, 10, 41, [("units_should_be_few", "51", "50")]),
    ],
)
def test_members_are_enough_mostly_farmers_and_few_units(
    households: int, collectives: int, enterprises: int, found: list[tuple[str, str, str]]
) -> None:
    problems = faults_of_membership(
        {
            MemberKind.HOUSEHOLD: households,
            MemberKind.COLLECTIVE: collectives,
            MemberKind.ENTERPRISE: enterprises,
        }
    )
    shown = {
        "members_should_be_enough": ("members", "least"),
        "farmers_should_be_most": ("farmers", "least"),
        "units_should_be_few": ("units", "most"),
    }
    assert [(one.code, *(one.figures[name] for name in shown[one.code])) for one in problems] == found
    assert not check_of_membership(problems).stops


@pytest.mark.parametrize(
    ("kind", "latest"),
    [
        (MemberKind.HOUSEHOLD, date(2025, 9, 30)),
        (MemberKind.COLLECTIVE, date(2025, 6, 30)),
        (MemberKind.ENTERPRISE, date(2025, 6, 30)),
    ],
)
def test_notice_comes_three_months_before_the_year_ends_a_units_six(kind: MemberKind, latest: date) -> None:
    assert last_day_of_notice(kind, year=2025) == latest
