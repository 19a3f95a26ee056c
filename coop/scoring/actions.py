"""Writing down managers, ballots, village scores and cadres."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.scoring import queries
from coop.scoring.tables import BallotRow, CadreRow, ManagerRow, VillageScoreRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import text_from_hundredths
from ledger.seal import rules as seal
from schemas.log import Act
from schemas.scores import Ballot, Cadre, Manager, VillageScore
from schemas.units import BookId, PersonId

_manager = table_of(ManagerRow)
_ballot = table_of(BallotRow)
_score = table_of(VillageScoreRow)
_cadre = table_of(CadreRow)


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
