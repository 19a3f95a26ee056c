"""Ballots by card and from paper, from the opening of a rating to the commission that is handed in: who may rate whom and
when, what replaces what, what the log says of it and what not. Both databases."""

from collections.abc import Callable, Iterator
from datetime import date
from itertools import count
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from coop.households import actions as households
from coop.households import queries as household_queries
from coop.scoring import actions as scoring
from coop.scoring import queries
from ledger.books import queries as books
from ledger.log import queries as log
from payouts.comparisons import queries as comparisons
from payouts.runs import actions as runs
from payouts.scores import actions
from payouts.scores import queries as scores
from schemas.books import Book
from schemas.evidence import EvidenceFile, MediaType
from schemas.households import NewCard
from schemas.problems import Refusal, RefusalKind
from schemas.runs import RunKind
from schemas.scores import (
    BallotScan,
    BallotWay,
    GivenBallot,
    Points,
    Rater,
    RaterKind,
    RatingDays,
    RatingState,
)
from schemas.units import PersonId
from tests.builders import ACCOUNTANT, a_database, a_house, codes, refused, rolled_back
from tests.handover import pack_of, take_in
from tests.runs.years import OFFICER, at, settled, submitted

if TYPE_CHECKING:
    from tests.conftest import Databases

BOOK = "qingshuihezuoshe"
OPENS, CLOSES = date(2026, 1, 20), date(2026, 1, 31)
DAYS = RatingDays(year=2025, opens=OPENS, closes=CLOSES)
SCAN = EvidenceFile(sha256="c" * 64, media_type=MediaType.PDF, size=9, name="评议票.pdf")
FULL = Points(
    survival=2_500, prevention=1_500, service=1_000, attitude=1_000, attendance=1_500, benefit=2_500
)
SALTS = count()
OF_PACK = 17
"""Ballots the pack brings."""


def _a_rating(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    settled(db, BOOK, 2025)
    cards = [
        NewCard(household=number, digest=number.encode().ljust(32)) for number in ("HQ001", "HQ005", "HQ008")
    ]
    households.issue(db, cards, book=BOOK, by=ACCOUNTANT, at=at(OPENS))
    scoring.set_days(db, DAYS, book=BOOK, by=ACCOUNTANT, at=at(OPENS))


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_rating) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def book_of(db: Connection) -> Book:
    book = books.book(db, id=BOOK)
    assert book is not None
    return book


def login_of(db: Connection, household: str) -> PersonId:
    """Who got in with this household's card."""
    return next(
        person
        for person in range(1, 60)
        if (own := household_queries.household_of(db, person)) is not None and own.household == household
    )


def ballot(rater: str = "Q0009", manager: str = "Q0006", **points: int) -> GivenBallot:
    """A full ballot, but for what is said."""
    return GivenBallot(year=2025, manager=manager, rater=rater, points=replace(FULL, **points))


def cast(
    db: Connection,
    given: GivenBallot,
    *,
    household: str = "HQ008",
    card: str = "",
    on: date = OPENS,
) -> None:
    """A household gives a ballot with its card."""
    actions.cast_by_phone(
        db,
        given,
        book=book_of(db),
        household=household,
        by=login_of(db, card or household),
        on=on,
        at=at(on),
        salt=f"salt {next(SALTS)}",
    )


def entered(db: Connection, *new: GivenBallot, scans: tuple[EvidenceFile, ...] = ()) -> None:
    """The accountant enters a sheet."""
    actions.enter_ballots(
        db, new, book=book_of(db), year=2025, by=ACCOUNTANT, at=at(OPENS), scans=scans, salt="salt"
    )


def refusal(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as caught:
        act()
    return caught.value


def test_a_ballot_by_card_is_a_villagers_and_sent_again_it_replaces_the_first(db: Connection) -> None:
    cast(db, ballot(benefit=0))
    cast(db, ballot(benefit=100), on=CLOSES)
    mine = [one for one in queries.cast_ballots(db, book=BOOK, year=2025) if one.seq > OF_PACK]
    assert [
        (one.way, one.ballot.rater_kind, one.ballot.points.benefit, one.replaced, one.entered_by)
        for one in mine
    ] == [
        (BallotWay.PHONE, RaterKind.VILLAGER, 0, True, login_of(db, "HQ008")),
        (BallotWay.PHONE, RaterKind.VILLAGER, 100, False, login_of(db, "HQ008")),
    ]
    rating = scores.rating(db, book=book_of(db), household="HQ008", on=CLOSES)
    assert (rating.year, rating.state, rating.closes) == (2025, RatingState.OPEN, CLOSES)
    assert [(one.rater, one.manager, one.received is not None) for one in rating.ballots] == [
        ("Q0009", "Q0006", True),
        ("Q0009", "Q0007", False),
        ("Q0009", "Q0008", False),
    ]


def test_a_managers_household_is_not_offered_its_own_manager(db: Connection) -> None:
    rating = scores.rating(db, book=book_of(db), household="HQ005", on=OPENS)
    assert {one.manager for one in rating.ballots} == {"Q0007", "Q0008"}


@pytest.mark.parametrize(
    ("given", "household", "card", "on", "codes", "kind"),
    [
        (ballot("Q0006"), "HQ005", "", OPENS, ["nobody_rates_his_own"], "rule"),
        (ballot(benefit=2_501), "HQ008", "", OPENS, ["points_must_be_within_the_maximum"], "rule"),
        (ballot(manager="Q0009"), "HQ008", "", OPENS, ["manager_must_be_named", "nobody_rates_his_own"], "rule"),
        (ballot(manager="Q0003"), "HQ008", "", OPENS, ["manager_must_be_named"], "rule"),
        (ballot("Q0002"), "HQ008", "", OPENS, ["household_must_be_there"], "missing"),
        (ballot("Q9999"), "HQ008", "", OPENS, ["household_must_be_there"], "missing"),
        (ballot("Q0002"), "HQ001", "HQ008", OPENS, ["household_must_be_there"], "missing"),
        (ballot(), "HQ008", "", date(2026, 1, 19), ["rating_must_have_begun"], "state"),
        (ballot(), "HQ008", "", date(2026, 2, 1), ["rating_must_not_be_over"], "state"),
        (replace(ballot(), year=2024), "HQ008", "", OPENS, ["rating_must_be_open"], "state"),
    ],
)  # fmt: skip
def test_a_ballot_by_card_is_refused(
    db: Connection,
    given: GivenBallot,
    household: str,
    card: str,
    on: date,
    codes: list[str],
    kind: str,
) -> None:
    found = refusal(lambda: cast(db, given, household=household, card=card, on=on))
    assert (refused(found), found.kind) == (codes, RefusalKind(kind))
    assert queries.last_ballot(db, book=BOOK, year=2025) == OF_PACK


def test_once_the_commission_is_handed_in_nothing_more_is_taken_until_it_is_returned(db: Connection) -> None:
    name = submitted(db, BOOK, RunKind.COMMISSION, 2025)
    for act in (lambda: cast(db, ballot()), lambda: entered(db, ballot())):
        assert refused(refusal(act)) == ["scores_must_not_be_submitted"]
    assert scores.rating_state(db, book=book_of(db), year=2025, on=OPENS) is RatingState.SUBMITTED
    assert scores.year_open(db, book=book_of(db), on=OPENS) is None
    after = date(2026, 2, 3)
    runs.give_back(db, name, by=OFFICER, on=after, at=at(after), reason="漏票")
    entered(db, ballot())
    cast(db, ballot())
    assert queries.last_ballot(db, book=BOOK, year=2025) == OF_PACK + 2


def test_days_set_again_hold_and_are_logged(db: Connection) -> None:
    longer = replace(DAYS, closes=date(2026, 2, 28))
    for _ in range(2):
        scoring.set_days(db, longer, book=BOOK, by=ACCOUNTANT, at=at(CLOSES))
    assert queries.rating_days(db, book=BOOK, year=2025) == longer
    acts = [one for one in log.every_entry(db, book=BOOK) if one.act == "rating.days"]
    assert [(one.before, one.after) for one in acts] == [
        ("", "2026-01-20 – 2026-01-31"),
        ("2026-01-20 – 2026-01-31", "2026-01-20 – 2026-02-28"),
    ]
    cast(db, ballot(), on=date(2026, 2, 28))


# The roll


def test_the_roll_says_who_rates_as_a_party_member(db: Connection) -> None:
    """The pack's ballots have Q0003 and Q0007 as party members; the roll goes before them."""
    assert queries.party_members(db, book=BOOK, year=2025) == {"Q0003", "Q0007"}
    new = [Rater(member="Q0009", kind=RaterKind.PARTY), Rater(member="Q0003", kind=RaterKind.VILLAGER)]
    for _ in range(2):
        scoring.enrol(db, new, book=BOOK, year=2025, by=ACCOUNTANT, at=at(OPENS))
    assert queries.party_members(db, book=BOOK, year=2025) == {"Q0007", "Q0009"}
    assert queries.party_members(db, book=BOOK, year=2026) == frozenset()
    cast(db, ballot())
    entered(db, ballot("Q0003"))
    kinds = [
        one.ballot.rater_kind for one in queries.cast_ballots(db, book=BOOK, year=2025) if one.seq > OF_PACK
    ]
    assert kinds == [RaterKind.PARTY, RaterKind.VILLAGER]
    acts = [one for one in log.every_entry(db, book=BOOK) if one.act == "rater.enrol"]
    assert [(one.subject, one.after) for one in acts] == [
        ("member:Q0009", "rater.party 2025"),
        ("member:Q0003", "rater.villager 2025"),
    ]


# Paper


def test_a_sheet_is_bound_to_the_ballots_it_carries(db: Connection) -> None:
    entered(db, ballot("Q0009"), ballot("Q0003", manager="Q0007"), scans=(SCAN,))
    entered(db, ballot("Q0012"))
    found = [one for one in queries.cast_ballots(db, book=BOOK, year=2025) if one.seq > OF_PACK]
    scan = BallotScan(sha256=SCAN.sha256, name=SCAN.name)
    assert [(one.way, one.entered_by, one.scans) for one in found] == [
        (BallotWay.PAPER, ACCOUNTANT, (scan,)),
        (BallotWay.PAPER, ACCOUNTANT, (scan,)),
        (BallotWay.PAPER, ACCOUNTANT, ()),
    ]

    def bind(first: int, last: int) -> None:
        scoring.bind_scan(db, SCAN, book=BOOK, year=2025, first=first, last=last, by=ACCOUNTANT, at=at(OPENS))

    for first, last in ((OF_PACK, OF_PACK + 1), (OF_PACK + 3, OF_PACK + 4), (2, 1), (1, 10**9)):
        assert refused(refusal(lambda first=first, last=last: bind(first, last))) == [  # type: ignore[misc]
            "ballots_of_scan_must_be_there"
        ]
    bind(OF_PACK + 1, OF_PACK + 3)
    assert [one.scans for one in queries.cast_ballots(db, book=BOOK, year=2025)][-3:] == [(scan,)] * 3


def test_everything_wrong_with_a_sheet_is_said_at_once_and_nothing_is_written(db: Connection) -> None:
    found = refusal(
        lambda: entered(db, ballot(), ballot("Q0006"), ballot("Q9999", service=1_001), scans=(SCAN,))
    )
    assert [(one.code, one.pointer) for one in found.problems] == [
        ("nobody_rates_his_own", "/1/rater"),
        ("rater_must_be_a_member", "/2/rater"),
        ("points_must_be_within_the_maximum", "/2/points/service"),
    ]
    assert queries.last_ballot(db, book=BOOK, year=2025) == OF_PACK
    assert queries.scan_of_ballots(db, book=BOOK, year=2025, sha256=SCAN.sha256) is None


# What is told


def test_the_log_says_on_whom_a_ballot_came_in_and_neither_whose_nor_its_points(db: Connection) -> None:
    """Nor can it be found by trying: the same ballot twice has two digests."""
    for _ in range(2):
        cast(db, ballot())
    entries = [one for one in log.every_entry(db, book=BOOK) if one.act == "ballot.cast"][1:]
    assert [(one.subject, one.before, one.after) for one in entries] == [("manager:2025-Q0006", "", "1")] * 2
    assert login_of(db, "HQ008") not in {one.by for one in entries}
    assert len({one.content for one in entries}) == 2
    assert not any("Q0009" in str(one) for one in entries)


def test_scores_are_published_when_the_rating_is_over(db: Connection) -> None:
    book = book_of(db)
    for one in scores.sheet(db, book=book, year=2025, on=CLOSES).managers:
        assert (one.published, one.party.means, one.villagers.means, one.exact) == (None, (), (), None)
    after = scores.sheet(db, book=book, year=2025, on=date(2026, 2, 1)).managers
    assert [one.published for one in after] == [9_313, 6_000, 5_719]


def test_no_commission_is_compared_while_managers_are_rated(db: Connection) -> None:
    during, after = (
        comparisons.compare(db, book=book_of(db), year=2025, before=1, after=1, on=on).commission
        for on in (CLOSES, date(2026, 2, 1))
    )
    assert codes(during.before_problems) == ["commission_must_wait_for_the_rating"]
    assert (during.payees, len(after.payees)) == ((), 3)


@pytest.mark.parametrize("table", ["ballot", "ballot_scan", "rater_roll", "rating_days"])
@pytest.mark.parametrize("verb", ["UPDATE {} SET year = 2024", "DELETE FROM {}"])
def test_facts_of_a_rating_are_only_added_to(db: Connection, table: str, verb: str) -> None:
    entered(db, ballot(), scans=(SCAN,))
    rater = Rater(member="Q0009", kind=RaterKind.PARTY)
    scoring.enrol(db, [rater], book=BOOK, year=2025, by=ACCOUNTANT, at=at(OPENS))
    with pytest.raises(DBAPIError, match="only added to"):
        db.execute(text(verb.format(table)))
