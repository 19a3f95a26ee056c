"""Whoever can write to the database can change a ballot, but not without being found out; what is found tells no vote.

The pack's seventeen ballots, a sheet of two with its scan, and two ballots by card. Each test drops every trigger, makes one
change behind the service's back, and looks at what the proof says."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text

from coop.proof import queries as proofs
from payouts.proof import queries as whole
from tests.builders import a_database, said
from tests.runs.test_ballots import SCAN, _a_rating, ballot, book_of, cast, entered

if TYPE_CHECKING:
    from tests.conftest import Databases


def _furnish(db: Connection) -> None:
    _a_rating(db)
    entered(db, ballot("Q0010"), ballot("Q0011"), scans=(SCAN,))
    cast(db, ballot())
    cast(db, ballot(manager="Q0007", benefit=700))


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _furnish) as engine:
        yield engine


def found(db: Connection) -> dict[str, str]:
    """What is said of ballots: all sentences of each code."""
    return said(
        problem for problem in proofs.prove(db, book=book_of(db)).problems if "ballot" in problem.code
    )


def test_untouched_the_ballots_and_the_book_hold(behind: Connection) -> None:
    assert found(behind) == {}
    assert whole.prove(behind, book=book_of(behind)).problems == ()


SHEET, CARD, GONE, OF_SHEET = (
    "ballots_must_be_as_sealed",
    "ballot_must_be_as_sealed",
    "sealed_ballot_must_be_there",
    "ballot_scan_must_be_as_logged",
)
ANEW = "INSERT INTO ballot SELECT book_id, year, 99, manager_no, rater_no, rater_kind, survival, prevention, service, attitude, attendance, benefit, '{way}', entered_by, salt, recorded_at FROM ballot WHERE seq = 20"
CHANGES: tuple[tuple[str, dict[str, str]], ...] = (
    ("UPDATE ballot SET benefit = benefit - 1 WHERE seq = 3", {SHEET: "ballots 1 to 17 of 2025"}),
    ("UPDATE ballot SET rater_kind = 'party' WHERE seq = 18", {SHEET: "ballots 18 to 19 of 2025"}),
    ("UPDATE ballot SET manager_no = 'Q0008' WHERE seq = 19", {SHEET: "ballots 18 to 19 of 2025"}),
    ("UPDATE ballot SET salt = 'another' WHERE seq = 19", {SHEET: "ballots 18 to 19 of 2025"}),
    ("UPDATE ballot SET way = 'phone' WHERE seq > 17", {SHEET: "ballots 18 to 19 of 2025"}),
    ("UPDATE ballot SET entered_by = 2 WHERE seq = 18", {SHEET: "ballots 18 to 19 of 2025"}),
    ("UPDATE ballot SET recorded_at = '2026-01-19T04:00:00.000000Z' WHERE seq = 18", {SHEET: "ballots 18 to 19"}),
    ("DELETE FROM ballot WHERE seq = 19", {SHEET: "ballots 18 to 19 of 2025"}),
    ("UPDATE ballot SET survival = 0 WHERE seq = 20", {CARD: "ballot 20 of 2025"}),
    ("UPDATE ballot SET rater_no = 'Q0010' WHERE seq = 21", {CARD: "ballot 21 of 2025"}),
    ("UPDATE ballot SET manager_no = 'Q0008' WHERE seq = 21", {CARD: "ballot 21 of 2025"}),
    ("UPDATE ballot SET entered_by = 1 WHERE seq = 21", {CARD: "ballot 21 of 2025"}),
    ("UPDATE ballot SET salt = 'another' WHERE seq = 21", {CARD: "ballot 21 of 2025"}),
    ("UPDATE ballot SET recorded_at = '2026-01-19T04:00:00.000000Z' WHERE seq = 20", {CARD: "ballot 20 of 2025"}),
    ("DELETE FROM ballot WHERE seq = 20", {GONE: "the ballot by card that log entry"}),
    (ANEW.format(way="phone"), {CARD: "ballot 99 of 2025"}),
    (ANEW.format(way="paper"), {CARD: "ballot 99 of 2025"}),
    ("UPDATE ballot_scan SET name = '别的.pdf' WHERE seq = 18", {OF_SHEET: f"ballot 18 of 2025 was entered from ({SCAN.sha256})"}),
    ("UPDATE ballot_scan SET seq = 3 WHERE seq = 18", {OF_SHEET: "ballot 3 of 2025"}),
    ("DELETE FROM ballot_scan WHERE seq = 19", {OF_SHEET: "ballot 19 of 2025"}),
)  # fmt: skip


@pytest.mark.parametrize(("statement", "expected"), CHANGES, ids=map(str, range(len(CHANGES))))
def test_one_change_is_found_and_tells_no_vote(
    behind: Connection, statement: str, expected: dict[str, str]
) -> None:
    assert behind.execute(text(statement.replace(":", r"\:"))).rowcount > 0
    says = found(behind)
    assert set(says) == set(expected), says
    for code, words in expected.items():
        assert words in says[code]
    assert not re.search("Q0[0-9]{3}|party|villager", "".join(says.values())), "who gave what, and on whom"
