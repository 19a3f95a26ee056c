"""How far a batch has come, what came back and waits to be put right, and what a household is told of its money."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine

from ledger.books import queries as books
from payouts.batches import actions, queries
from payouts.household import queries as household
from payouts.runs import queries as runs
from schemas.access import HOUSE_WIDE, Held, Rights, Role
from schemas.batches import Channel, DueState, Reason
from schemas.household import MoneyOf
from tests.batches.small import BOOK, LATER, OUT, RUN, SAID, furnish, make, send, sent, take
from tests.builders import ACCOUNTANT, a_database, rolled_back
from tests.runs.years import at
from web import household_words

if TYPE_CHECKING:
    from tests.conftest import Databases

AUDITOR = Rights(person=ACCOUNTANT, held=(Held(role=Role.AUDITOR, scope=HOUSE_WIDE),))


@pytest.fixture(scope="module")
def paying(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def db(paying: Engine) -> Iterator[Connection]:
    with rolled_back(paying) as db:
        yield db


def money(db: Connection, payee: str = "Q0002") -> MoneyOf:
    """Where the dividend of a member is, as the household is told."""
    book = books.book(db, id=BOOK)
    assert book is not None
    said = household.statement_seen_by(db, AUDITOR, book=book, member=payee, year=2025, on=LATER)
    (one,) = [of for of in said.members if of.member == payee]
    (run,) = [of for of in one.runs if of.run == str(RUN)]
    assert run.money is not None
    (told,) = [of for of in household_words.told(said, locale="en").members if of.member == payee]
    assert told.runs
    (all_at_once,) = [
        of
        for statement in household.statements_of(db, book=book, year=2025, on=LATER)
        for of in statement.members
        if of.member == payee
    ]
    assert all_at_once.runs == one.runs
    return run.money


def states(db: Connection) -> dict[str, DueState]:
    """Where everybody's money is, as the run's page says."""
    run = runs.run(db, RUN)
    assert run is not None
    return {payee: due.state for payee, due in queries.dues(db, run).items()}


def test_a_household_is_told_what_the_run_says_at_every_step(db: Connection) -> None:
    assert money(db).state is DueState.TO_PAY
    first = make(db, "Q0002", "Q0003")
    assert (money(db).state, money(db).sent) == (DueState.TO_PAY, None)
    assert queries.unsent(db, books=[BOOK]) == (first,)
    send(db, first)
    assert queries.unsent(db, books=[BOOK]) == ()
    assert (money(db).state, money(db).sent) == (DueState.ON_ITS_WAY, OUT)
    take(db, first, {1: "name", 2: ""})
    came_back = money(db)
    assert (came_back.state, came_back.on, came_back.reason) == (DueState.RETURNED, SAID, Reason.NAME)
    (standing,) = queries.standings(db, [first])
    (waits,) = queries.returned(db, books=[BOOK], run=RUN)
    assert (standing.paid, standing.returned, standing.silent) == (1, 1, 0)
    assert standing.paid_total + standing.returned_total == first.total
    assert (waits.payee, waits.amount, waits.reason) == ("Q0002", standing.returned_total, Reason.NAME)
    again = sent(db, "Q0002")
    assert queries.returned(db, books=[BOOK]) == ()
    assert money(db).state is states(db)["Q0002"] is DueState.ON_ITS_WAY
    take(db, again, {1: ""})
    assert (money(db).state, money(db).on) == (DueState.PAID, SAID)
    assert states(db)["Q0002"] is DueState.PAID


def test_cash_is_ready_and_then_signed_for(db: Connection) -> None:
    batch = send(db, make(db, "Q0002", channel=Channel.CASH, form="", account="101"))
    assert (money(db).state, money(db).channel) == (DueState.ON_ITS_WAY, Channel.CASH)
    take(db, batch, {1: ""})
    assert (money(db).state, money(db).on) == (DueState.PAID, SAID)


def test_a_batch_that_was_voided_is_told_to_nobody(db: Connection) -> None:
    batch = make(db, "Q0002")
    actions.void(db, BOOK, batch.number, by=ACCOUNTANT, at=at(OUT), reason="格式选错")
    assert money(db).to is None
    assert states(db)["Q0002"] is DueState.TO_PAY
