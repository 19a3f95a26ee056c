"""Writing down managers, ballots, village scores and cadres."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.scoring import queries, rules
from coop.scoring.tables import BallotRow, CadreRow, ManagerChangeRow, ManagerRow, VillageScoreRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import text_from_hundredths
from ledger.seal import rules as seal
from schemas.log import Act
from schemas.problems import Refusal
from schemas.scores import Ballot, Cadre, Manager, ManagerChange, VillageScore
from schemas.units import BookId, Hundredths, PersonId

_manager = table_of(ManagerRow)
_change = table_of(ManagerChangeRow)
_ballot = table_of(BallotRow)
_score = table_of(VillageScoreRow)
_cadre = table_of(CadreRow)


def appoint(db: Connection, new: Sequence[Manager], *, book: BookId, by: PersonId, at: datetime) -> None:
    """Name the managers of a year with the villages they serve, all or none. Refused: no member that year, named
    already, no such village."""
    log.lock(db, book=book)
    for year in {one.year for one in new}:
        problems = rules.faults_of_managers(new, queries.scoring_facts(db, book=book, year=year))
        if problems:
            raise Refusal(*problems)
    name_managers(db, new, book=book, by=by, at=at)


def change_manager(
    db: Connection, change: ManagerChange, *, book: BookId, year: int, by: PersonId, at: datetime
) -> None:
    """Give a manager another village, or take the naming back while nobody has rated him."""
    head = log.lock(db, book=book)
    problems = rules.faults_of_change(change, queries.scoring_facts(db, book=book, year=year))
    if problems:
        raise Refusal(*problems)
    version = queries.last_change(db, book=book, year=year, member=change.member) + 1
    db.execute(
        insert(_change),
        [
            {
                "book_id": book,
                "year": year,
                "member_no": change.member,
                "version": version,
                "village_code": change.village,
                "reason": change.reason.strip(),
                "changed_by": by,
                "at": log.instant(at),
            }
        ],
    )
    act = Act(
        by=by,
        act="manager.change",
        subject=f"manager:{year}-{change.member}",
        after=f"{'—' if change.village is None else f'place:{change.village}'} {change.reason.strip()}",
    )
    log.append(db, [act], book=book, head=head, at=at)


def enter_ballots(
    db: Connection,
    new: Sequence[Ballot],
    *,
    maxima: Sequence[Hundredths],
    book: BookId,
    year: int,
    by: PersonId,
    at: datetime,
) -> None:
    """Write ballots down from paper, in the order given, all or none; a later one of a rater on a manager replaces the
    earlier, and both are kept. ``maxima`` are the policy's. Refused: a manager not named, a rater who is no member, a
    ballot on oneself or in one's own household, points above the maximum."""
    log.lock(db, book=book)
    facts = queries.scoring_facts(db, book=book, year=year)
    problems = rules.faults_of_ballots(new, facts, maxima=maxima, points=text_from_hundredths)
    if problems:
        raise Refusal(*problems)
    cast_many(db, new, book=book, by=by, at=at)


def name_managers(
    db: Connection, new: Sequence[Manager], *, book: BookId, by: PersonId, at: datetime
) -> None:
    """Say which member serves which village in a year."""
    if not new:
        return
    head = log.lock(db, book=book)
    db.execute(
        insert(_manager),
        [
            {"book_id": book, "year": one.year, "member_no": one.member, "village_code": one.village}
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="manager.name",
            subject=f"manager:{one.year}-{one.member}",
            after=f"place:{one.village}",
        )
        for one in new
    ]
    log.append(db, acts, book=book, head=head, at=at)


def cast_many(db: Connection, new: Sequence[Ballot], *, book: BookId, by: PersonId, at: datetime) -> None:
    """Write ballots of one year down in the order they were cast; a later one of a rater on a manager counts."""
    if not new:
        return
    (year,) = {ballot.year for ballot in new}
    head = log.lock(db, book=book)
    first, when = queries.last_ballot(db, book=book, year=year) + 1, log.instant(at)
    db.execute(
        insert(_ballot),
        [
            {
                "book_id": book,
                "year": ballot.year,
                "seq": seq,
                "manager_no": ballot.manager,
                "rater_no": ballot.rater,
                "rater_kind": ballot.rater_kind.value,
                **msgspec.structs.asdict(ballot.points),
                "recorded_at": when,
            }
            for seq, ballot in enumerate(new, start=first)
        ],
    )
    act = Act(
        by=by,
        act="ballot.cast",
        subject=f"ballots:{year}-{first}-{first + len(new) - 1}",
        after=str(len(new)),
        content=seal.digest_of(new),
    )
    log.append(db, [act], book=book, head=head, at=at)


def score_villages(db: Connection, new: Sequence[VillageScore], *, by: PersonId, at: datetime) -> None:
    """Publish scores of villages; a village already scored in the year gets a new version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    versions = queries.score_versions(db, villages=(one.village for one in new))
    when = log.instant(at)
    db.execute(
        insert(_score),
        [
            {
                "village_code": one.village,
                "year": one.year,
                "version": versions.get((one.village, one.year), 0) + 1,
                "score": one.score,
                "benefit": one.benefit,
                "attendance": one.attendance,
                "recorded_at": when,
            }
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="village.score",
            subject=f"place:{one.village}",
            after=f"{one.year} {text_from_hundredths(one.score)}",
            content=seal.digest_of(one),
        )
        for one in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


def grade_cadres(db: Connection, new: Sequence[Cadre], *, by: PersonId, at: datetime) -> None:
    """Write down cadres' grades and scores; one already graded in the year gets a new version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    versions = queries.cadre_versions(db, villages=(one.village for one in new))
    when = log.instant(at)
    db.execute(
        insert(_cadre),
        [
            {
                "village_code": one.village,
                "year": one.year,
                "name": one.name,
                "version": versions.get((one.village, one.year, one.name), 0) + 1,
                "post": one.post,
                "grade": one.grade.value,
                "score": one.score,
                "benefit": one.benefit,
                "attendance": one.attendance,
                "recorded_at": when,
            }
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="cadre.grade",
            subject=f"place:{one.village}",
            after=f"{one.year} {one.name} {one.grade} {text_from_hundredths(one.score)}",
            content=seal.digest_of(one),
        )
        for one in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
