"""Many members are as easy as few: a run asks its database as often for 2 000 as for 12, and ties out to the fen."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import Connection, event

from benchmarks import house
from benchmarks.runs import YEAR, furnish
from ledger.log import actions as log
from payouts.runs import actions as runs
from payouts.runs import queries
from payouts.runs.rules import figures, name_of
from schemas.runs import RunKind
from tests.builders import rolled_back
from tests.conftest import Databases
from tests.runs.years import RESOLUTION, at
from web.database import writing_engine


@contextmanager
def asked(db: Connection) -> Iterator[list[str]]:
    """What the database is asked within, a statement for many rows counting once."""
    found: list[str] = []

    def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db, "before_cursor_execute", note)


def posted(databases: Databases, kind: str, *, count: int) -> dict[str, list[str]]:
    """The statements of each step of a dividend for so many members, each with three lines that tie out."""
    url = databases.fresh(kind)
    engine = writing_engine(url)
    steps: dict[str, list[str]] = {}
    with rolled_back(engine) as db:
        log.begin_chain(db, book=log.HOUSE)
        people = house.begin(db)
        by, officer = people[house.ACCOUNTANT], people[house.REVIEWER]
        furnish(db, people, count=count, times=1)
        first, over = date(YEAR + 1, 2, 2), date(YEAR + 1, 2, 24)
        with asked(db) as steps["new"]:
            run, _ = runs.new(
                db, book=house.BOOK, kind=RunKind.DIVIDEND, year=YEAR, by=by, on=first, at=at(first)
            )
        name = name_of(run.id)
        assert name is not None
        with asked(db) as steps["submit"]:
            runs.submit(db, name, by=by, on=first, at=at(first), papers=[RESOLUTION])
        with asked(db) as steps["publish"]:
            runs.publish(db, name, by=by, on=first, at=at(first))
        with asked(db) as steps["approve"]:
            runs.approve(db, name, by=officer, on=over, at=at(over))
        with asked(db) as steps["post"]:
            run = runs.post(db, name, by=by, on=over, at=at(over))
        inputs, digest = queries.frozen_inputs(db, name, content=1)
        lines = queries.lines(db, name, content=1)
        assert len(lines) == 3 * count
        assert sum(line.amount for line in lines) == run.total
        assert figures(inputs).digest == digest == run.digest
        assert len(queries.vouchers(db, name)) == 3
    engine.dispose()
    databases.drop(url)
    return steps


def test_two_thousand_members_take_no_more_questions_than_twelve(databases: Databases, db_kind: str) -> None:
    few, many = (posted(databases, db_kind, count=count) for count in (12, 2_000))
    assert many == few
