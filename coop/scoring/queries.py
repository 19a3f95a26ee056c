"""What was scored, and by whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select, union

from coop.members import queries as members
from coop.places import queries as places
from coop.scoring.rules import ScoringFacts
from coop.scoring.tables import (
    BallotRow,
    BallotScanRow,
    CadreRow,
    ManagerChangeRow,
    ManagerRow,
    RaterRow,
    RatingDaysRow,
    VillageScoreRow,
)
from ledger.columns import Prepared, portions, table_of
from schemas.places import Place, PlaceLevel
from schemas.scores import (
    Ballot,
    BallotScan,
    BallotWay,
    Cadre,
    CastBallot,
    Grade,
    KeptBallot,
    KeptScan,
    Manager,
    Points,
    Rater,
    RaterKind,
    RatingDays,
    VillageScore,
)
from schemas.units import BookId

_manager = table_of(ManagerRow)
_change = table_of(ManagerChangeRow)
_ballot = table_of(BallotRow)
_scan = table_of(BallotScanRow)
_rater = table_of(RaterRow)
_rating = table_of(RatingDaysRow)
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


def books_serving(db: Connection, *, township: str, year: int) -> tuple[BookId, ...]:
    """The books that have a manager for a village of a township in a year, or had one for it before somebody moved him."""
    of_villages = (
        select(table.c.book_id).where(table.c.year == year, table.c.village_code.startswith(township))
        for table in (_manager, _change)
    )
    return tuple(sorted(db.execute(union(*of_villages)).scalars()))


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
        villages=frozenset(place.code for place in villages_of(db, book=book)),
    )


def villages_of(db: Connection, *, book: BookId) -> tuple[Place, ...]:
    """The villages a manager may serve: those of the township the book is at home in, by code."""
    home = places.book_place(db, book=book)
    return () if home is None else places.places_below(db, code=home.township, level=PlaceLevel.VILLAGE)


def cast_ballots(db: Connection, *, book: BookId, year: int) -> tuple[CastBallot, ...]:
    """Every ballot of a year in the order written down, replaced ones marked. For those only who keep the scores."""
    rows = db.execute(
        select(_ballot).where(_ballot.c.book_id == book, _ballot.c.year == year).order_by(_ballot.c.seq)
    )
    found = rows.all()
    last = {(row.manager_no, row.rater_no): row.seq for row in found}
    scans: defaultdict[int, list[BallotScan]] = defaultdict(list)
    for row in db.execute(
        select(_scan)
        .where(_scan.c.book_id == book, _scan.c.year == year)
        .order_by(_scan.c.seq, _scan.c.at, _scan.c.sha256)
    ):
        scans[row.seq].append(BallotScan(sha256=row.sha256, name=row.name))
    return tuple(
        CastBallot(
            seq=row.seq,
            ballot=_as_ballot(row),
            way=BallotWay(row.way),
            entered_by=row.entered_by,
            recorded_at=row.recorded_at,
            replaced=last[row.manager_no, row.rater_no] != row.seq,
            scans=tuple(scans[row.seq]),
        )
        for row in found
    )


def kept_ballots(db: Connection, *, book: BookId) -> tuple[KeptBallot, ...]:
    """Every ballot of a book with what hides it in the log, in the order written down; for the proof alone."""
    rows = db.execute(
        select(_ballot).where(_ballot.c.book_id == book).order_by(_ballot.c.year, _ballot.c.seq)
    )
    return tuple(
        KeptBallot(
            seq=row.seq,
            ballot=_as_ballot(row),
            way=BallotWay(row.way),
            entered_by=row.entered_by,
            salt=row.salt,
            recorded_at=row.recorded_at,
        )
        for row in rows
    )


def kept_scans(db: Connection, *, book: BookId) -> tuple[KeptScan, ...]:
    """Every scan bound to a ballot of a book; for the proof alone."""
    rows = db.execute(
        select(_scan).where(_scan.c.book_id == book).order_by(_scan.c.year, _scan.c.seq, _scan.c.sha256)
    )
    return tuple(
        KeptScan(
            year=row.year,
            seq=row.seq,
            scan=BallotScan(sha256=row.sha256, name=row.name),
            by=row.added_by,
            at=row.at,
        )
        for row in rows
    )


def scan_of_ballots(db: Connection, *, book: BookId, year: int, sha256: str) -> BallotScan | None:
    """A scan some ballots of a year were entered from."""
    row = db.execute(
        select(_scan)
        .where(_scan.c.book_id == book, _scan.c.year == year, _scan.c.sha256 == sha256)
        .order_by(_scan.c.seq)
        .limit(1)
    ).first()
    return None if row is None else BallotScan(sha256=row.sha256, name=row.name)


def entered_from_paper(db: Connection, *, book: BookId, year: int, first: int, last: int) -> frozenset[int]:
    """The numbers among these of ballots entered from paper."""
    return frozenset(
        db.execute(
            select(_ballot.c.seq).where(
                _ballot.c.book_id == book,
                _ballot.c.year == year,
                _ballot.c.seq.between(first, last),
                _ballot.c.way == BallotWay.PAPER.value,
            )
        ).scalars()
    )


def with_scan(db: Connection, *, book: BookId, year: int, sha256: str) -> frozenset[int]:
    """The numbers of the ballots a scan is bound to already."""
    return frozenset(
        db.execute(
            select(_scan.c.seq).where(_scan.c.book_id == book, _scan.c.year == year, _scan.c.sha256 == sha256)
        ).scalars()
    )


def received(
    db: Connection, *, book: BookId, year: int, raters: Collection[str]
) -> Mapping[tuple[str, str], str]:
    """When the last ballot of each of these raters on a manager came in, by manager and rater."""
    rows = db.execute(
        select(_ballot.c.manager_no, _ballot.c.rater_no, func.max(_ballot.c.recorded_at).label("at"))
        .where(_ballot.c.book_id == book, _ballot.c.year == year, _ballot.c.rater_no.in_(raters))
        .group_by(_ballot.c.manager_no, _ballot.c.rater_no)
    )
    return {(row.manager_no, row.rater_no): row.at for row in rows}


# Who rates, and when


def roll(db: Connection, *, book: BookId, year: int) -> tuple[Rater, ...]:
    """The roll of raters of a year as it stands, by member number."""
    rows = db.execute(
        select(_rater)
        .where(_rater.c.book_id == book, _rater.c.year == year)
        .order_by(_rater.c.member_no, _rater.c.version)
    )
    last = {row.member_no: RaterKind(row.kind) for row in rows}
    return tuple(Rater(member=member, kind=kind) for member, kind in last.items())


def rater_versions(db: Connection, *, book: BookId, year: int) -> Mapping[str, int]:
    """The last version of what the roll says of each member it names."""
    rows = db.execute(
        select(_rater.c.member_no, func.max(_rater.c.version).label("version"))
        .where(_rater.c.book_id == book, _rater.c.year == year)
        .group_by(_rater.c.member_no)
    )
    return {row.member_no: row.version for row in rows}


def party_members(db: Connection, *, book: BookId, year: int) -> frozenset[str]:
    """Who rates as a party member: by the roll, and of whom it says nothing by the ballots a pack brought."""
    brought = db.execute(
        select(_ballot.c.rater_no)
        .where(
            _ballot.c.book_id == book,
            _ballot.c.year == year,
            _ballot.c.way == BallotWay.PACK.value,
            _ballot.c.rater_kind == RaterKind.PARTY.value,
        )
        .distinct()
    ).scalars()
    said = {one.member: one.kind for one in roll(db, book=book, year=year)}
    kinds = dict.fromkeys(brought, RaterKind.PARTY) | said
    return frozenset(member for member, kind in kinds.items() if kind is RaterKind.PARTY)


def rating_days(db: Connection, *, book: BookId, year: int) -> RatingDays | None:
    """From when until when the managers of a year are rated by phone; None: no days were ever set."""
    return next((one for one in _days(db, book=book, year=year)), None)


def all_rating_days(db: Connection, *, book: BookId) -> tuple[RatingDays, ...]:
    """The days of each year that has any, the last year first."""
    newest: dict[int, RatingDays] = {}
    for one in _days(db, book=book, year=None):
        newest.setdefault(one.year, one)
    return tuple(newest.values())


def days_version(db: Connection, *, book: BookId, year: int) -> int:
    """How often the days of a year were set."""
    last = select(func.coalesce(func.max(_rating.c.version), 0)).where(
        _rating.c.book_id == book, _rating.c.year == year
    )
    return int(db.execute(last).scalar_one())


def _days(db: Connection, *, book: BookId, year: int | None) -> Iterable[RatingDays]:
    rows = _DAYS.rows(db, book=book) if year is None else _DAYS_OF_YEAR.rows(db, book=book, year=year)
    return (RatingDays(year=row.year, opens=row.opens, closes=row.closes) for row in rows)


_EVERY_DAY = (
    select(_rating.c.year, _rating.c.opens, _rating.c.closes)
    .where(_rating.c.book_id == bindparam("book"))
    .order_by(_rating.c.year.desc(), _rating.c.version.desc())
)
_DAYS = Prepared(_EVERY_DAY)
_DAYS_OF_YEAR = Prepared(_EVERY_DAY.where(_rating.c.year == bindparam("year")))


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


def years_of_villages(db: Connection, *, township: str) -> tuple[int, ...]:
    """The years for which villages of a township have scores, the newest first."""
    rows = db.execute(
        select(_score.c.year)
        .where(_score.c.village_code.startswith(township, autoescape=True))
        .distinct()
        .order_by(_score.c.year.desc())
    )
    return tuple(rows.scalars())


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
