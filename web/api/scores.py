"""Scores 考评 over HTTP: managers named, ballots entered from paper, and what is published of them."""

from typing import Annotated

from msgspec import Meta

from coop.scoring import actions, queries
from payouts.scores import queries as scores
from schemas.access import Deed
from schemas.scores import Ballot, CastBallot, Manager, ManagerChange, Points, RaterKind, ScoreSheet
from schemas.units import Value
from web.api.pages import Reason
from web.api.route import Call, Nothing, Routes, Year
from web.database import Connection

routes = Routes("Scores 考评")
_MANAGERS = "/books/{book}/managers"
MemberNumber = Annotated[str, Meta(min_length=1, max_length=40)]
VillageCode = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]


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
    """A ballot as it stands on paper."""

    manager: MemberNumber
    rater: MemberNumber
    rater_kind: RaterKind
    points: Points


class NewBallots(Value):
    """Ballots of a year in the order they were cast; a later one of a rater on a manager replaces the earlier."""

    year: Year
    ballots: Annotated[tuple[NewBallot, ...], Meta(min_length=1, max_length=2000)]


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
    actions.appoint(
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
    actions.change_manager(
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
    "/books/{book}/ballots", deed=Deed.KEEP_SCORES, content=NewBallots, answers=ScoreSheet, status=201
)
def enter_ballots(db: Connection, call: Call[Nothing, NewBallots]) -> ScoreSheet:
    """Enter ballots from paper, all or none; answers what the scores come to with them."""
    year = call.body.year
    actions.enter_ballots(
        db,
        [
            Ballot(
                year=year,
                manager=one.manager,
                rater=one.rater,
                rater_kind=one.rater_kind,
                points=one.points,
            )
            for one in call.body.ballots
        ],
        maxima=scores.measure(db, book=call.at_book, year=year).maxima,
        book=call.book,
        year=year,
        by=call.by,
        at=call.at,
    )
    return scores.sheet(db, book=call.at_book, year=year)


@routes.reads("/books/{book}/scores", deed=Deed.SEE_REGISTER, query=OfYear, answers=ScoreSheet)
def read_scores(db: Connection, call: Call[OfYear, Nothing]) -> ScoreSheet:
    """The scores of a year by manager: both groups' means, weights, the exact and the published score, the rank, and
    the commission that follows. Who gave which ballot is not among it."""
    return scores.sheet(db, book=call.at_book, year=call.query.year)
