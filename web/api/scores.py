"""Scores 考评 over HTTP: managers named, who rates them and when, ballots by card and from paper, and what is published of
them."""

from datetime import date
from secrets import token_hex
from typing import Annotated, Any

from msgspec import Meta

from coop.households import queries as households
from coop.households.rules import household_must_be_there
from coop.scoring import actions as scoring
from coop.scoring import queries
from ledger.evidence import rules as evidence_rules
from payouts.scores import actions
from payouts.scores import queries as scores
from schemas.access import Deed
from schemas.evidence import SCANS, EvidenceFile
from schemas.households import HouseholdOf
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.scores import (
    BallotScan,
    CastBallot,
    GivenBallot,
    Manager,
    ManagerChange,
    Points,
    Rater,
    Rating,
    RatingDays,
    RatingState,
    ScoreSheet,
)
from schemas.units import Counted, Value
from web.api.kept_files import handed_out
from web.api.pages import Reason
from web.api.route import Call, File, Nothing, Routes, Upload, Year
from web.database import Connection

routes = Routes("Scores 考评")
_MANAGERS = "/books/{book}/managers"
_HOUSEHOLD = "/books/{book}/households/{household}"
MemberNumber = Annotated[str, Meta(min_length=1, max_length=40)]
VillageCode = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]

ballot_scan_must_be_there = Fault(
    code="ballot_scan_must_be_there",
    says="No ballot of the year was entered from such a file.",
    remedy="Look at the list of ballots.",
)


class OfYear(Value):
    """The fiscal year."""

    year: Year


class NewManager(Value):
    """A member and the village he serves."""

    member: MemberNumber
    village: VillageCode


class NewManagers(Value):
    """The managers of a year."""

    year: Year
    managers: Annotated[tuple[NewManager, ...], Meta(min_length=1, max_length=500)]


class ChangeOfManager(Value):
    """Another village, or null to take the naming back, and why."""

    year: Year
    village: VillageCode | None
    reason: Reason


class Managers(Value):
    """The managers of a year, by number."""

    items: tuple[Manager, ...]


class NewBallot(Value):
    """A ballot as it stands on paper. Of which group its rater is, the roll says."""

    manager: MemberNumber
    rater: MemberNumber
    points: Points


class NewBallots(Value):
    """Ballots of a year in the order they were cast; a later one of a rater on a manager replaces the earlier."""

    year: Year
    ballots: Annotated[tuple[NewBallot, ...], Meta(min_length=1, max_length=2000)]


class EnteredBallots(Value):
    """The numbers of the first and the last ballot written down."""

    year: int
    first: int
    last: int


class NewRaters(Value):
    """Members of the roll, and the group each rates with."""

    year: Year
    raters: Annotated[tuple[Rater, ...], Meta(min_length=1, max_length=2000)]


class Raters(Value):
    """The roll of raters of a year, by member; whom it does not name rates as a villager."""

    items: tuple[Rater, ...]


class NewRatingDays(Value):
    """The first and the last day of a rating by phone."""

    year: Year
    opens: date
    closes: date


class RatingOfYear(Value):
    """Whether the managers of a year are rated by phone today, and the days set; null where none are."""

    year: int
    state: RatingState
    opens: date | None
    closes: date | None


class ScanQuery(Value):
    """The year, the numbers of the first and the last ballot the sheet carries, and the file's name."""

    year: Year
    first: Counted
    last: Counted
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class RatingQuery(Value):
    """The year; without it the one whose managers are rated now, else the last that has days."""

    year: Year | None = None


class OwnBallot(Value):
    """A ballot a member of one's own household gives."""

    year: Year
    manager: MemberNumber
    rater: MemberNumber
    points: Points


class Ballots(Value):
    """Every ballot of a year in the order written down, replaced ones among them."""

    items: tuple[CastBallot, ...]


@routes.reads(_MANAGERS, deed=Deed.SEE_REGISTER, query=OfYear, answers=Managers)
def list_managers(db: Connection, call: Call[OfYear, Nothing]) -> Managers:
    """The managers 管理员 of a year and the villages they serve."""
    return Managers(items=queries.managers(db, book=call.book, year=call.query.year))


@routes.acts(_MANAGERS, deed=Deed.KEEP_SCORES, content=NewManagers, answers=Managers, status=201)
def name_managers(db: Connection, call: Call[Nothing, NewManagers]) -> Managers:
    """Name managers of a year with their villages, all or none."""
    year = call.body.year
    scoring.appoint(
        db,
        [Manager(year=year, member=one.member, village=one.village) for one in call.body.managers],
        book=call.book,
        by=call.by,
        at=call.at,
    )
    return Managers(items=queries.managers(db, book=call.book, year=year))


@routes.acts(
    f"{_MANAGERS}/{{member}}/change", deed=Deed.KEEP_SCORES, content=ChangeOfManager, answers=Managers
)
def change_manager(db: Connection, call: Call[Nothing, ChangeOfManager]) -> Managers:
    """Give a manager another village, or take the naming back while nobody has rated him."""
    scoring.change_manager(
        db,
        ManagerChange(member=call.path["member"], village=call.body.village, reason=call.body.reason),
        book=call.book,
        year=call.body.year,
        by=call.by,
        at=call.at,
    )
    return Managers(items=queries.managers(db, book=call.book, year=call.body.year))


@routes.reads("/books/{book}/ballots", deed=Deed.KEEP_SCORES, query=OfYear, answers=Ballots)
def list_ballots(db: Connection, call: Call[OfYear, Nothing]) -> Ballots:
    """Every ballot 考评票 of a year, for those only who keep the scores."""
    return Ballots(items=queries.cast_ballots(db, book=call.book, year=call.query.year))


@routes.acts(
    "/books/{book}/ballots", deed=Deed.KEEP_SCORES, content=NewBallots, answers=EnteredBallots, status=201
)
def enter_ballots(db: Connection, call: Call[Nothing, NewBallots]) -> EnteredBallots:
    """Enter ballots from paper, all or none; answers their numbers, which the sheet's scan is bound to."""
    year = call.body.year
    first = queries.last_ballot(db, book=call.book, year=year) + 1
    actions.enter_ballots(
        db,
        [
            GivenBallot(year=year, manager=one.manager, rater=one.rater, points=one.points)
            for one in call.body.ballots
        ],
        book=call.at_book,
        year=year,
        by=call.by,
        at=call.at,
        salt=token_hex(16),
    )
    return EnteredBallots(year=year, first=first, last=first + len(call.body.ballots) - 1)


def _kept(call: Call[ScanQuery, Upload]) -> EvidenceFile:
    """The scan, looked at and laid into the store; bytes that are never bound are swept from it."""
    (kept,) = call.house.evidence.take([(call.query.name, call.body.content)])
    return kept


@routes.acts(
    "/books/{book}/ballots/scans",
    deed=Deed.KEEP_SCORES,
    query=ScanQuery,
    content=Upload,
    answers=BallotScan,
    status=201,
    keyed=False,
    value_moves=False,
    takes=(*(kind.value for kind in SCANS), "application/octet-stream"),
    most=evidence_rules.BIGGEST_FILE + 1,
    receives=_kept,
)
def bind_ballot_scan(db: Connection, call: Call[ScanQuery, EvidenceFile]) -> BallotScan:
    """Bind the scan of a sheet to the ballots it carries. The same bytes twice are bound once."""
    scoring.bind_scan(
        db,
        call.body,
        book=call.book,
        year=call.query.year,
        first=call.query.first,
        last=call.query.last,
        by=call.by,
        at=call.at,
    )
    return BallotScan(sha256=call.body.sha256, name=call.body.name)


@routes.reads("/books/{book}/ballots/scans/{sha256}", deed=Deed.KEEP_SCORES, query=OfYear, answers=File)
def read_ballot_scan(db: Connection, call: Call[OfYear, Nothing]) -> File:
    """The bytes of a sheet's scan, for those only who keep the scores: who voted what stands on it."""
    sha256 = call.path["sha256"]
    found = queries.scan_of_ballots(db, book=call.book, year=call.query.year, sha256=sha256)
    if found is None:
        raise Refusal(ballot_scan_must_be_there.at("/sha256"), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=found.name)


@routes.reads("/books/{book}/raters", deed=Deed.KEEP_SCORES, query=OfYear, answers=Raters)
def list_raters(db: Connection, call: Call[OfYear, Nothing]) -> Raters:
    """The roll of raters 评议人名册 of a year: who rates as a party member 党员."""
    return Raters(items=queries.roll(db, book=call.book, year=call.query.year))


@routes.acts("/books/{book}/raters", deed=Deed.KEEP_SCORES, content=NewRaters, answers=Raters)
def enrol_raters(db: Connection, call: Call[Nothing, NewRaters]) -> Raters:
    """Put members on the roll of raters, all or none; said again of a member, the later holds for ballots from then on."""
    items = scoring.enrol(db, call.body.raters, book=call.book, year=call.body.year, by=call.by, at=call.at)
    return Raters(items=items)


@routes.reads("/books/{book}/rating", deed=Deed.SEE_REGISTER, query=OfYear, answers=RatingOfYear)
def read_rating(db: Connection, call: Call[OfYear, Nothing]) -> RatingOfYear:
    """From when until when the managers of a year are rated by phone 评议起止."""
    return _rating(db, call, year=call.query.year)


@routes.acts("/books/{book}/rating", deed=Deed.KEEP_SCORES, content=NewRatingDays, answers=RatingOfYear)
def set_rating_days(db: Connection, call: Call[Nothing, NewRatingDays]) -> RatingOfYear:
    """Say from when until when the managers of a year are rated by phone; said again, the later holds."""
    days = RatingDays(year=call.body.year, opens=call.body.opens, closes=call.body.closes)
    scoring.set_days(db, days, book=call.book, by=call.by, at=call.at)
    return _rating(db, call, year=call.body.year)


def _rating(db: Connection, call: Call[Any, Any], *, year: int) -> RatingOfYear:
    days = queries.rating_days(db, book=call.book, year=year)
    return RatingOfYear(
        year=year,
        state=scores.rating_state(db, book=call.at_book, year=year, on=call.on),
        opens=None if days is None else days.opens,
        closes=None if days is None else days.closes,
    )


@routes.reads(f"{_HOUSEHOLD}/rating", deed=Deed.CAST_BALLOT, query=RatingQuery, answers=Rating)
def read_own_rating(db: Connection, call: Call[RatingQuery, Nothing]) -> Rating:
    """Whom the members of one's own household may rate 评议管理员, and which of their ballots came in; any other household
    is answered as if there were none."""
    household = call.path["household"]
    if households.household_of(db, call.by) != HouseholdOf(book=call.book, household=household):
        raise Refusal(
            household_must_be_there.at("/household", book=call.at_book.short_name, household=household),
            kind=RefusalKind.MISSING,
        )
    return scores.rating(db, book=call.at_book, household=household, on=call.on, year=call.query.year)


@routes.acts(f"{_HOUSEHOLD}/ballots", deed=Deed.CAST_BALLOT, content=OwnBallot, answers=Rating, status=201)
def cast_ballot(db: Connection, call: Call[Nothing, OwnBallot]) -> Rating:
    """Give a ballot for a member of one's own household; once more, it replaces the earlier."""
    household, given = call.path["household"], call.body
    actions.cast_by_phone(
        db,
        GivenBallot(year=given.year, manager=given.manager, rater=given.rater, points=given.points),
        book=call.at_book,
        household=household,
        by=call.by,
        on=call.on,
        at=call.at,
        salt=token_hex(16),
    )
    return scores.rating(db, book=call.at_book, household=household, on=call.on, year=given.year)


@routes.reads("/books/{book}/scores", deed=Deed.SEE_REGISTER, query=OfYear, answers=ScoreSheet)
def read_scores(db: Connection, call: Call[OfYear, Nothing]) -> ScoreSheet:
    """The scores of a year by manager: both groups' means, weights, the exact and the published score, the rank, and
    the commission that follows. Who gave which ballot is not among it, nor what would tell it: while the managers are
    rated by phone the ballots are only counted, and a group of one has no means."""
    return scores.sheet(db, book=call.at_book, year=call.query.year, on=call.on)
