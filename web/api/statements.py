"""The statutory statements 会计报表 over HTTP: the amounts by line, and what each line is made of."""

from schemas.access import Deed
from schemas.units import Value
from web import answers
from web.answers import BalanceSheetAnswer, EquityAnswer, SurplusAnswer
from web.api.route import Call, Nothing, Routes, Year
from web.database import Connection

routes = Routes("Statements 会计报表")
_STATEMENTS = "/books/{book}/statements"


class YearQuery(Value):
    """The fiscal year."""

    year: Year


@routes.reads(f"{_STATEMENTS}/balance-sheet", deed=Deed.SEE_BOOK, query=YearQuery, answers=BalanceSheetAnswer)
def read_balance_sheet(db: Connection, call: Call[YearQuery, Nothing]) -> BalanceSheetAnswer:
    """The balance sheet 资产负债表 at the end of a year, or as the year stands."""
    return answers.balance_sheet(db, book=call.at_book, year=call.query.year)


@routes.reads(f"{_STATEMENTS}/surplus", deed=Deed.SEE_BOOK, query=YearQuery, answers=SurplusAnswer)
def read_surplus(db: Connection, call: Call[YearQuery, Nothing]) -> SurplusAnswer:
    """The statement of surplus and its distribution 盈余及盈余分配表; of a collective 收益及收益分配表."""
    return answers.surplus(db, book=call.at_book, year=call.query.year)


@routes.reads(f"{_STATEMENTS}/equity", deed=Deed.SEE_BOOK, query=YearQuery, answers=EquityAnswer)
def read_equity(db: Connection, call: Call[YearQuery, Nothing]) -> EquityAnswer:
    """The statement of changes in members' equity 成员权益变动表; not there for a collective's book."""
    return answers.equity(db, book=call.at_book, year=call.query.year)
