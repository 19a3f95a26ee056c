"""Taking ballots under the policy that holds for them, while the year's commission is not handed in."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from coop.scoring import actions as scoring
from ledger.log import actions as log
from payouts.scores import queries
from schemas.books import Book
from schemas.evidence import EvidenceFile
from schemas.problems import Problem
from schemas.scores import GivenBallot
from schemas.units import PersonId


def enter_ballots(
    db: Connection,
    new: Sequence[GivenBallot],
    *,
    book: Book,
    year: int,
    by: PersonId,
    at: datetime,
    salt: str,
    scans: Sequence[EvidenceFile] = (),
) -> None:
    """Write ballots down from paper with the scans of their sheet, all or none. Refused as ``scoring.enter_ballots``
    says, and once the commission of the year is handed in (RULES §6)."""
    log.lock(db, book=book.id)
    scoring.enter_ballots(
        db,
        new,
        maxima=queries.measure(db, book=book, year=year).maxima,
        submitted=queries.is_submitted(db, book=book, year=year),
        book=book.id,
        year=year,
        by=by,
        at=at,
        salt=salt,
        scans=scans,
    )


def faults_of(db: Connection, new: Sequence[GivenBallot], *, book: Book, year: int) -> tuple[Problem, ...]:
    """Everything that keeps ballots from being entered from paper, at once."""
    return scoring.faults_of(
        db,
        new,
        maxima=queries.measure(db, book=book, year=year).maxima,
        submitted=queries.is_submitted(db, book=book, year=year),
        book=book.id,
        year=year,
    )


def cast_by_phone(
    db: Connection,
    ballot: GivenBallot,
    *,
    book: Book,
    household: str,
    by: PersonId,
    on: date,
    at: datetime,
    salt: str,
) -> None:
    """Take a ballot a member of a household gives with its card. Refused as ``scoring.cast_by_phone`` says."""
    log.lock(db, book=book.id)
    scoring.cast_by_phone(
        db,
        ballot,
        maxima=queries.measure(db, book=book, year=ballot.year).maxima,
        submitted=queries.is_submitted(db, book=book, year=ballot.year),
        book=book.id,
        household=household,
        by=by,
        on=on,
        at=at,
        salt=salt,
    )
