"""A year carried from its last voucher to its posted dividend, for the stories of runs."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection

from coop.closing import actions as closing
from ledger.books import queries as books
from payouts.runs import actions as runs
from payouts.runs import queries, rules
from payouts.runs.actions import Paper
from payouts.runs.rules import RunName, name_of
from schemas.books import Book
from schemas.evidence import EvidenceFile, MediaType
from schemas.runs import Document, Run, RunKind, RunState
from schemas.units import BookId
from tests.builders import ACCOUNTANT, CASHIER, REVIEWER, a_house
from tests.handover import pack_of, take_in

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


def submitted(
    db: Connection, book: BookId, kind: RunKind, year: int, *, papers: Sequence[Paper] = (RESOLUTION,)
) -> RunName:
    """A run worked out and handed in."""
    on = date(year + 1, 2, 2)
    run, _ = runs.new(db, book=book, kind=kind, year=year, by=ACCOUNTANT, on=on, at=at(on))
    name = name_of(run.id)
    assert name is not None
    runs.submit(db, name, by=ACCOUNTANT, on=on, at=at(on), papers=papers)
    return name


def on_notice(
    db: Connection, book: BookId, kind: RunKind, year: int, *, papers: Sequence[Paper] = (RESOLUTION,)
) -> RunName:
    """A run handed in and on notice since the same day."""
    on = date(year + 1, 2, 2)
    name = submitted(db, book, kind, year, papers=papers)
    runs.publish(db, name, by=ACCOUNTANT, on=on, at=at(on))
    return name


def approved(
    db: Connection, book: BookId, kind: RunKind, year: int, *, returned_once: bool = False
) -> RunName:
    """A run approved the day after its notice; ``returned_once`` it was given back before and handed in again."""
    first, over = date(year + 1, 2, 2), date(year + 1, 2, 12)
    name = on_notice(db, book, kind, year)
    if returned_once:
        runs.give_back(db, name, by=OFFICER, on=first, at=at(first), reason="附件看不清")
        runs.submit(db, name, by=ACCOUNTANT, on=first, at=at(first))
        runs.publish(db, name, by=ACCOUNTANT, on=first, at=at(first))
    runs.approve(db, name, by=OFFICER, on=over, at=at(over))
    return name


def posted(db: Connection, book: BookId, kind: RunKind, year: int, *, returned_once: bool = False) -> Run:
    """A run carried through to its vouchers."""
    name = approved(db, book, kind, year, returned_once=returned_once)
    on = date(year + 1, 2, 12)
    return runs.post(db, name, by=ACCOUNTANT, on=on, at=at(on))


def book_called(db: Connection, short_name: str) -> Book:
    """The book of the cooperative that is called so for short."""
    (book,) = (one for one in books.books(db) if one.short_name == short_name)
    return book


def as_posted(db: Connection, book: BookId, kind: RunKind, year: int) -> Any:
    """The figures of the posted run, worked out anew from its frozen inputs; what is kept of it agrees with them."""
    run = queries.standing(db, book=book, kind=kind, year=year)
    assert run is not None
    assert run.state is RunState.POSTED
    name = name_of(run.id)
    assert name is not None
    inputs, digest = queries.frozen_inputs(db, name, content=run.content)
    made = rules.figures(inputs)
    assert (digest, set(queries.lines(db, name, content=run.content))) == (made.digest, set(made.lines))
    return made


def from_pack_to_dividend(db: Connection, pack: str, *cooperatives: str) -> None:
    """A house with a pack in it, and of these cooperatives 2025 carried to its posted commission and dividend."""
    a_house(db)
    take_in(db, pack_of(pack))
    for name in cooperatives:
        book = book_called(db, name).id
        settled(db, book, 2025)
        posted(db, book, RunKind.COMMISSION, 2025)
        posted(db, book, RunKind.DIVIDEND, 2025)
