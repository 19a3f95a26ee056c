"""What was scored, and by whom."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select

from coop.members import queries as members
from coop.places import queries as places
from coop.scoring import rules
from coop.scoring.rules import ScoringFacts
from coop.scoring.tables import BallotRow, CadreRow, ManagerChangeRow, ManagerRow, VillageScoreRow
from ledger.columns import portions, table_of
from schemas.places import Place, PlaceLevel
from schemas.scores import Ballot, Cadre, CastBallot, Grade, Manager, Points, RaterKind, VillageScore
from schemas.units import BookId

_manager = table_of(ManagerRow)
_change = table_of(ManagerChangeRow)
_ballot = table_of(BallotRow)
_score = table_of(VillageScoreRow)
_cadre = table_of(CadreRow)


def managers(db: Connection, *, book: BookId, year: int) -> tuple[Manager, ...]:
    """The managers of a book in a year, by member number, with the villages they serve by the last that was said."""
    changes = {
        row.member_no: row.village_code
        for row in db.execute(
            select(_change)
            .where(_change.c.book_id == book, _change.c.year == year)
            .order_by(_change.c.member_no, _change.c.version)
        )
    }
    rows = db.execute(
        select(_manager)
        .where(_manager.c.book_id == book, _manager.c.year == year)
        .order_by(_manager.c.member_no)
    )
    served = {row.member_no: changes.get(row.member_no, row.village_code) for row in rows}
    return tuple(
        Manager(year=year, member=member, village=village)
        for member, village in served.items()
        if village is not None
    )


def last_change(db: Connection, *, book: BookId, year: int, member: str) -> int:
    """The number of the last change of a manager's naming, 0 when there was none."""
    last = select(func.coalesce(func.max(_change.c.version), 0)).where(
        _change.c.book_id == book, _change.c.year == year, _change.c.member_no == member
    )
    return int(db.execute(last).scalar_one())


def scoring_facts(db: Connection, *, book: BookId, year: int) -> ScoringFacts:
    """What the book knows that managers and ballots of a year are held against. ``named`` are all who were ever named
    for it, ``managers`` those who still are."""
    named = db.execute(
        select(_manager.c.member_no).where(_manager.c.book_id == book, _manager.c.year == year)
    ).scalars()
    counted = db.execute(
        select(_ballot.c.manager_no, func.count().label("ballots"))
        .where(_ballot.c.book_id == book, _ballot.c.year == year)
        .group_by(_ballot.c.manager_no)
    )
    return ScoringFacts(
        year=year,
        members=members.members(db, book=book),
        managers=frozenset(one.member for one in managers(db, book=book, year=year)),
        named=frozenset(named),
        ballots={row.manager_no: row.ballots for row in counted},
        villages=frozenset(place.code for place in villages_of(db)),
    )


def villages_of(db: Connection) -> tuple[Place, ...]:
    """The villages a manager may serve: every one of the house, by code."""
    return places.places_below(db, code="", level=PlaceLevel.VILLAGE)


def cast_ballots(db: Connection, *, book: BookId, year: int) -> tuple[CastBallot, ...]:
    """Every ballot of a year in the order written down, replaced ones marked. For those only who keep the scores."""
    rows = db.execute(
        select(_ballot).where(_ballot.c.book_id == book, _ballot.c.year == year).order_by(_ballot.c.seq)
    )
    return rules.cast([(row.seq, _as_ballot(row), row.recorded_at) for row in rows])


def ballots(
    db: Connection, *, book: BookId, year: int, manager: str | None = None, known_at: str | None = None
) -> tuple[Ballot, ...]:
    """Every ballot of a year in the order cast, replaced ones included; on one manager, as known at an instant."""
    wanted = [_ballot.c.book_id == book, _ballot.c.year == year]
    if manager is not None:
        wanted.append(_ballot.c.manager_no == manager)
    if known_at is not None:
        wanted.append(_ballot.c.recorded_at <= known_at)
    rows = db.execute(select(_ballot).where(*wanted).order_by(_ballot.c.seq))
    return tuple(_as_ballot(row) for row in rows)


def last_ballot(db: Connection, *, book: BookId, year: int) -> int:
    """The number of the year's last ballot, 0 when none was cast."""
    last = select(func.coalesce(func.max(_ballot.c.seq), 0)).where(
        _ballot.c.book_id == book, _ballot.c.year == year
    )
    return int(db.execute(last).scalar_one())


def village_scores(db: Connection, *, township: str, year: int) -> Mapping[str, VillageScore]:
    """The scores of a township's villages in a year as they stand, by village code."""
    newest = (
        select(_score.c.village_code, _score.c.year, func.max(_score.c.version).label("version"))
        .group_by(_score.c.village_code, _score.c.year)
        .subquery()
    )
    rows = db.execute(
        select(_score)
        .join_from(_score, newest, and_(*(_score.c[column.name] == column for column in newest.c)))
        .where(_score.c.village_code.startswith(township, autoescape=True), _score.c.year == year)
        .order_by(_score.c.village_code)
    )
    return {
        row.village_code: VillageScore(
            year=row.year,
            village=row.village_code,
            score=row.score,
            benefit=row.benefit,
            attendance=row.attendance,
        )
        for row in rows
    }


def cadres(db: Connection, *, township: str, year: int) -> Mapping[tuple[str, str], Cadre]:
    """The cadres of a township's villages in a year as they stand, by village and name."""
    newest = (
        select(
            _cadre.c.village_code,
            _cadre.c.year,
            _cadre.c.name,
            func.max(_cadre.c.version).label("version"),
        )
        .group_by(_cadre.c.village_code, _cadre.c.year, _cadre.c.name)
        .subquery()
    )
    rows = db.execute(
        select(_cadre)
        .join_from(_cadre, newest, and_(*(_cadre.c[column.name] == column for column in newest.c)))
        .where(_cadre.c.village_code.startswith(township, autoescape=True), _cadre.c.year == year)
        .order_by(_cadre.c.village_code, _cadre.c.name)
    )
    return {
        (row.village_code, row.name): Cadre(
            year=row.year,
            village=row.village_code,
            name=row.name,
            post=row.post,
            grade=Grade(row.grade),
            score=row.score,
            benefit=row.benefit,
            attendance=row.attendance,
        )
        for row in rows
    }


def score_versions(db: Connection, *, villages: Iterable[str]) -> Mapping[tuple[str, int], int]:
    """The last version of each of these villages' scores, by village and year."""
    found: dict[tuple[str, int], int] = {}
    for some in portions(sorted(set(villages))):
        rows = db.execute(
            select(_score.c.village_code, _score.c.year, func.max(_score.c.version).label("version"))
            .where(_score.c.village_code.in_(some))
            .group_by(_score.c.village_code, _score.c.year)
        )
        found |= {(row.village_code, row.year): row.version for row in rows}
    return found


def cadre_versions(db: Connection, *, villages: Iterable[str]) -> Mapping[tuple[str, int, str], int]:
    """The last version of each cadre of these villages, by village, year and name."""
    found: dict[tuple[str, int, str], int] = {}
    for some in portions(sorted(set(villages))):
        rows = db.execute(
            select(
                _cadre.c.village_code,
                _cadre.c.year,
                _cadre.c.name,
                func.max(_cadre.c.version).label("version"),
            )
            .where(_cadre.c.village_code.in_(some))
            .group_by(_cadre.c.village_code, _cadre.c.year, _cadre.c.name)
        )
        found |= {(row.village_code, row.year, row.name): row.version for row in rows}
    return found


def _as_ballot(row: Row[Any]) -> Ballot:
    return Ballot(
        year=row.year,
        manager=row.manager_no,
        rater=row.rater_no,
        rater_kind=RaterKind(row.rater_kind),
        points=Points(
            survival=row.survival,
            prevention=row.prevention,
            service=row.service,
            attitude=row.attitude,
            attendance=row.attendance,
            benefit=row.benefit,
        ),
    )
