"""What was scored, and by whom."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, and_, func, select

from coop.scoring.tables import BallotRow, CadreRow, ManagerRow, VillageScoreRow
from ledger.columns import portions, table_of
from schemas.scores import Ballot, Cadre, Grade, Manager, Points, RaterKind, VillageScore
from schemas.units import BookId

_manager = table_of(ManagerRow)
_ballot = table_of(BallotRow)
_score = table_of(VillageScoreRow)
_cadre = table_of(CadreRow)


def managers(db: Connection, *, book: BookId, year: int) -> tuple[Manager, ...]:
    """The managers of a book in a year, by member number."""
    rows = db.execute(
        select(_manager)
        .where(_manager.c.book_id == book, _manager.c.year == year)
        .order_by(_manager.c.member_no)
    )
    return tuple(Manager(year=row.year, member=row.member_no, village=row.village_code) for row in rows)


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
    return tuple(
        Ballot(
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
        for row in rows
    )


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
