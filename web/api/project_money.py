"""Project money 项目资金 over HTTP: of a collective, and of the villages of a place."""

from datetime import date

from coop.project_money import actions, queries
from schemas.access import Deed
from schemas.project_money import MoneyNaming, ProjectMoney, ProjectMoneyBoard
from schemas.units import Counted, Value, VoucherId
from web.api.pages import Reason
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Project money 项目资金")
_MONEY = "/books/{book}/project-money"


class ProjectMoneyQuery(Value):
    """The day it is seen on, without it today."""

    as_of: date | None = None


class LineToName(Value):
    """A line on 241, and what it is."""

    voucher: VoucherId
    line: Counted
    naming: MoneyNaming


class NamedWrongly(Value):
    """A line on 241, and why it is not what it was named."""

    voucher: VoucherId
    line: Counted
    reason: Reason


@routes.reads(_MONEY, deed=Deed.SEE_BOOK, query=ProjectMoneyQuery, answers=ProjectMoney)
def show_project_money(db: Connection, call: Call[ProjectMoneyQuery, Nothing]) -> ProjectMoney:
    """The project money of a collective up to a day, line by line, by source and by project 项目资金台账."""
    return queries.project_money(db, book=call.at_book, as_of=call.query.as_of or call.on)


@routes.acts(_MONEY, deed=Deed.KEEP_CONTRACTS, content=LineToName, answers=ProjectMoney)
def name_project_money(db: Connection, call: Call[Nothing, LineToName]) -> ProjectMoney:
    """Say of which source a line on 241 is, for which project, and what it went into 资金认领."""
    said = call.body
    actions.name_line(
        db, said.naming, voucher=said.voucher, line=said.line, book=call.at_book, by=call.by, at=call.at
    )
    return queries.project_money(db, book=call.at_book, as_of=call.on)


@routes.acts(f"{_MONEY}/take-back", deed=Deed.KEEP_CONTRACTS, content=NamedWrongly, answers=ProjectMoney)
def take_back_project_money(db: Connection, call: Call[Nothing, NamedWrongly]) -> ProjectMoney:
    """Take back what a line on 241 was named 撤销认领."""
    said = call.body
    actions.take_back(
        db,
        voucher=said.voucher,
        line=said.line,
        reason=said.reason,
        book=call.at_book,
        by=call.by,
        at=call.at,
    )
    return queries.project_money(db, book=call.at_book, as_of=call.on)


@routes.reads(
    "/places/{place}/project-money",
    deed=Deed.SEE_TOWNSHIP,
    query=ProjectMoneyQuery,
    answers=ProjectMoneyBoard,
)
def show_project_money_of_place(db: Connection, call: Call[ProjectMoneyQuery, Nothing]) -> ProjectMoneyBoard:
    """The project money of the villages of a place by source: received, used, left 项目资金汇总."""
    return queries.board(db, place=call.path["place"], as_of=call.query.as_of or call.on)
