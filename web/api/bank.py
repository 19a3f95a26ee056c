"""Bank statements over HTTP: taken in, matched with the book, reconciled."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from ledger.bank import actions, queries
from schemas.access import Deed
from schemas.bank import (
    BankLine,
    CarriedItem,
    Match,
    NewMatch,
    OpenItem,
    Reconciliation,
    Statement,
    TakenStatement,
)
from schemas.journals import MoneyAccount
from schemas.units import Fen, Value
from schemas.vouchers import Code
from web.api.pages import Why
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Bank 银行对账")
_BANK = "/books/{book}/bank"
Detail = Annotated[str, Meta(max_length=80)]
Matching = Annotated[tuple[NewMatch, ...], Meta(min_length=1, max_length=500)]


class AccountQuery(Value):
    """A bank account: the account of the chart, and the detail that is one bank account of it."""

    account: Code = "102"
    detail: Detail = ""


class DayQuery(Value):
    """A bank account on a day; today when it is left out."""

    account: Code = "102"
    detail: Detail = ""
    on: date | None = None


class LineQuery(Value):
    """Rows of a bank account between two days, both included."""

    account: Code = "102"
    detail: Detail = ""
    since: date | None = None
    until: date | None = None


class Statements(Value):
    """The statements taken in, by first day."""

    items: tuple[TakenStatement, ...]


class BankLines(Value):
    """Rows of statements and carried items."""

    items: tuple[BankLine, ...]


class Matches(Value):
    """Matches that hold."""

    items: tuple[Match, ...]


class Proposals(Value):
    """Matches proposed for what is open, the surest first; a person accepts them."""

    items: tuple[NewMatch, ...]


class CarriedOver(Value):
    """What the last reconciliation on paper still had open when the first statement begins."""

    of: MoneyAccount
    items: Annotated[tuple[CarriedItem, ...], Meta(min_length=1, max_length=1000)]


class MatchesWanted(Value):
    """Rows and postings of one account that are the same money."""

    of: MoneyAccount
    matches: Matching


class Reconciled(Value):
    """The bank reconciliation 余额调节表 of an account at the end of a day: both balances, the four lists of what one
    side knows alone, both balances as adjusted, and what stays unexplained."""

    of: MoneyAccount
    on: date
    book_balance: Fen
    bank_balance: Fen
    received_in_book_only: tuple[OpenItem, ...]
    paid_in_book_only: tuple[OpenItem, ...]
    received_at_bank_only: tuple[OpenItem, ...]
    paid_at_bank_only: tuple[OpenItem, ...]
    adjusted_book: Fen
    adjusted_bank: Fen
    difference: Fen
    statements_until: date | None


@routes.reads(f"{_BANK}/statements", deed=Deed.SEE_BOOK, query=AccountQuery, answers=Statements)
def list_statements(db: Connection, call: Call[AccountQuery, Nothing]) -> Statements:
    """The bank statements 银行对账单 of an account."""
    return Statements(items=queries.statements(db, book=call.book, of=_of(call.query)))


@routes.acts(
    f"{_BANK}/statements", deed=Deed.RECONCILE_BANK, content=Statement, answers=TakenStatement, status=201
)
def take_statement(db: Connection, call: Call[Nothing, Statement]) -> TakenStatement:
    """Take in a bank statement. Of one that overlaps others only the rows not yet known are added."""
    return actions.take_statement(db, call.body, book=call.book, by=call.by, on=call.on, at=call.at)


@routes.reads(f"{_BANK}/lines", deed=Deed.SEE_BOOK, query=LineQuery, answers=BankLines)
def list_lines(db: Connection, call: Call[LineQuery, Nothing]) -> BankLines:
    """The rows the bank shows."""
    query = call.query
    of = MoneyAccount(account=query.account, detail=query.detail)
    return BankLines(
        items=queries.lines(db, book=call.book, of=of, first_day=query.since, last_day=query.until)
    )


@routes.acts(f"{_BANK}/carried", deed=Deed.RECONCILE_BANK, content=CarriedOver, answers=BankLines, status=201)
def carry_over(db: Connection, call: Call[Nothing, CarriedOver]) -> BankLines:
    """Enter what the last reconciliation on paper still had open."""
    carried = actions.carry_over(db, call.body.items, book=call.book, of=call.body.of, by=call.by, at=call.at)
    return BankLines(items=carried)


@routes.reads(f"{_BANK}/proposals", deed=Deed.SEE_BOOK, query=DayQuery, answers=Proposals)
def list_proposals(db: Connection, call: Call[DayQuery, Nothing]) -> Proposals:
    """The matches proposed for what is open by a day."""
    query = call.query
    of = MoneyAccount(account=query.account, detail=query.detail)
    return Proposals(items=queries.proposed(db, book=call.book, of=of, on=query.on or call.on))


@routes.reads(f"{_BANK}/matches", deed=Deed.SEE_BOOK, query=AccountQuery, answers=Matches)
def list_matches(db: Connection, call: Call[AccountQuery, Nothing]) -> Matches:
    """The matches 勾对 that hold."""
    return Matches(items=queries.matches(db, book=call.book, of=_of(call.query)))


@routes.acts(f"{_BANK}/matches", deed=Deed.RECONCILE_BANK, content=MatchesWanted, answers=Matches, status=201)
def match_lines(db: Connection, call: Call[Nothing, MatchesWanted]) -> Matches:
    """Match rows of the bank with postings of the book, all or none."""
    made = actions.match_many(db, call.body.matches, book=call.book, of=call.body.of, by=call.by, at=call.at)
    return Matches(items=made)


@routes.acts(f"{_BANK}/matches/{{match}}/undo", deed=Deed.RECONCILE_BANK, content=Why, answers=Match)
def undo_match(db: Connection, call: Call[Nothing, Why]) -> Match:
    """Undo a match: its rows and postings are open again."""
    return actions.unmatch(
        db, book=call.book, match=call.path["match"], reason=call.body.reason, by=call.by, at=call.at
    )


@routes.reads(f"{_BANK}/reconciliation", deed=Deed.SEE_BOOK, query=DayQuery, answers=Reconciled)
def read_reconciliation(db: Connection, call: Call[DayQuery, Nothing]) -> Reconciled:
    """The bank reconciliation 余额调节表 at the end of a day."""
    query = call.query
    of = MoneyAccount(account=query.account, detail=query.detail)
    return _reconciled(queries.reconciliation(db, book=call.book, of=of, on=query.on or call.on))


def _of(query: AccountQuery) -> MoneyAccount:
    return MoneyAccount(account=query.account, detail=query.detail)


def _reconciled(found: Reconciliation) -> Reconciled:
    return Reconciled(
        of=found.of,
        on=found.on,
        book_balance=found.book_balance,
        bank_balance=found.bank_balance,
        received_in_book_only=found.received_in_book_only,
        paid_in_book_only=found.paid_in_book_only,
        received_at_bank_only=found.received_at_bank_only,
        paid_at_bank_only=found.paid_at_bank_only,
        adjusted_book=found.adjusted_book,
        adjusted_bank=found.adjusted_bank,
        difference=found.difference,
        statements_until=found.statements_until,
    )
