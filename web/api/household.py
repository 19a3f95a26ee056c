"""What households are told, and their appeals, over HTTP. Cards are printed on the page only: an answer is kept with its
key, and the code of a card is kept nowhere."""

from typing import Annotated

from msgspec import Meta

from coop.households import queries as household_queries
from payouts.household import queries
from payouts.notices import actions as notices
from payouts.notices.rules import MOST_TEXT
from payouts.runs.rules import name_of, run_must_exist
from schemas.access import Deed
from schemas.appeals import Appeal
from schemas.household import HouseholdStatement
from schemas.households import Household
from schemas.problems import Refusal, RefusalKind
from schemas.runs import RunId
from schemas.units import Value
from web.api.route import Call, Nothing, Routes, Year
from web.database import Connection

routes = Routes("Households 农户")
Text = Annotated[str, Meta(min_length=1, max_length=MOST_TEXT)]


class StatementQuery(Value):
    """The fiscal year; without it the last there is something to read about."""

    year: Year | None = None


class NewAppeal(Value):
    """What a household does not agree with, in its own words."""

    run: RunId
    text: Text


class SecondLook(Value):
    """Why another person shall look at it."""

    text: Text


class Households(Value):
    """The households of a book by number."""

    items: tuple[Household, ...]


@routes.reads(
    "/books/{book}/members/{member}/statement",
    deed=Deed.SEE_STATEMENT,
    query=StatementQuery,
    answers=HouseholdStatement,
)
def read_statement(db: Connection, call: Call[StatementQuery, Nothing]) -> HouseholdStatement:
    """What the household of a member is told 明白账: shares, the year's dividend leg by leg, the member account.

    A household sees its own alone; any other is answered as if there were none.
    """
    return queries.statement_seen_by(
        db,
        call.rights,
        book=call.at_book,
        member=call.path["member"],
        year=call.query.year,
        on=call.on,
    )


@routes.acts(
    "/books/{book}/members/{member}/appeals",
    deed=Deed.FILE_APPEAL,
    content=NewAppeal,
    answers=Appeal,
    status=201,
)
def file_appeal(db: Connection, call: Call[Nothing, NewAppeal]) -> Appeal:
    """Say that one does not agree 提出异议 with what a run gives a member of one's household."""
    name = name_of(call.body.run)
    if name is None or name.book != call.book:
        raise Refusal(run_must_exist.at("/run", run=call.body.run), kind=RefusalKind.MISSING)
    return notices.file(
        db,
        name,
        payee=call.path["member"],
        text=call.body.text,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.acts(
    "/books/{book}/appeals/{appeal}/escalate",
    deed=Deed.FILE_APPEAL,
    content=SecondLook,
    answers=Appeal,
)
def escalate_appeal(db: Connection, call: Call[Nothing, SecondLook]) -> Appeal:
    """Ask once for another person to look 申请复核, after an answer that did not agree."""
    return notices.escalate(
        db,
        book=call.book,
        number=call.path["appeal"],
        text=call.body.text,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@routes.reads("/books/{book}/households", deed=Deed.SEE_BOOK, answers=Households)
def list_households(db: Connection, call: Call[Nothing, Nothing]) -> Households:
    """The households 农户 of a book with their members' names and last cards."""
    return Households(items=household_queries.households(db, book=call.book))
