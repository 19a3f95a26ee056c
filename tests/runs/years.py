"""A year carried from its last voucher to its posted dividend, for the stories of runs."""

from datetime import UTC, date, datetime

from sqlalchemy import Connection

from coop.closing import actions as closing
from payouts.runs import actions as runs
from payouts.runs.actions import Paper
from payouts.runs.rules import RunName, name_of
from schemas.evidence import EvidenceFile, MediaType
from schemas.runs import Document, Run, RunKind
from schemas.units import BookId
from tests.builders import ACCOUNTANT, CASHIER, REVIEWER

OFFICER = CASHIER
"""Somebody who did not prepare the run; who may approve is the table of deeds' matter, not the run's."""

RESOLUTION = Paper(
    file=EvidenceFile(sha256="a" * 64, media_type=MediaType.PDF, size=1, name="成员大会决议.pdf"),
    document=Document.ASSEMBLY,
)


def at(day: date) -> datetime:
    """Noon of a day in China."""
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def settled(db: Connection, book: BookId, year: int) -> None:
    """All months closed, the settlement stage open."""
    on = date(year + 1, 1, 15)
    for month in range(year * 100 + 1, year * 100 + 13):
        closing.close_month(
            db, book=book, period=month, by=ACCOUNTANT, reviewed_by=REVIEWER, on=on, at=at(on)
        )
    closing.settle_year(db, book=book, year=year, by=ACCOUNTANT, reviewed_by=REVIEWER, on=on, at=at(on))


def approved(db: Connection, book: BookId, kind: RunKind, year: int) -> RunName:
    """A run worked out, submitted, on notice and approved."""
    first, over = date(year + 1, 2, 2), date(year + 1, 2, 12)
    run, _ = runs.new(db, book=book, kind=kind, year=year, by=ACCOUNTANT, on=first, at=at(first))
    name = name_of(run.id)
    assert name is not None
    runs.submit(db, name, by=ACCOUNTANT, on=first, at=at(first), papers=[RESOLUTION])
    runs.publish(db, name, by=ACCOUNTANT, on=first, at=at(first))
    runs.approve(db, name, by=OFFICER, on=over, at=at(over))
    return name


def posted(db: Connection, book: BookId, kind: RunKind, year: int) -> Run:
    """A run carried through to its vouchers."""
    name = approved(db, book, kind, year)
    on = date(year + 1, 2, 12)
    return runs.post(db, name, by=ACCOUNTANT, on=on, at=at(on))
