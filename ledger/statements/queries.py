"""The statements of a book, drawn up from what it holds up to the end of a period.

A year's statements are cumulative: those of March add January to March. After the settlement stage they are drawn
up to month 13, and a collective's or cooperative's surplus reads the same before and after (RULES §4).
"""

from sqlalchemy import Connection

from ledger.balances import queries as balances
from ledger.charts import standard
from ledger.statements import rules
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import Book
from schemas.charts import FormKind
from schemas.statements import EquityStatement, LedgerFigures, Statement
from schemas.units import Period


def figures_until(db: Connection, *, book: Book, until: Period) -> LedgerFigures:
    """All that the statements of the year of ``until`` are drawn up from: what the year opened with and what moved
    up to and with that period."""
    january = until // 100 * 100 + 1
    return rules.ledger_figures(
        balances.details_between(db, book=book.id, from_period=january, to_period=until),
        balances.movements_between(db, book=book.id, from_period=january, to_period=until),
    )


def statement(db: Connection, *, book: Book, kind: FormKind, until: Period) -> Statement | EquityStatement:
    """One statement of the book up to and with the period ``until``; the surplus statement beside the whole of
    last year, where the book has kept one. Refused: a form the book's standard does not have."""
    chart = standard(book.standard)
    figures = figures_until(db, book=book, until=until)
    if kind is FormKind.BALANCE_SHEET:
        return rules.balance_sheet(chart, figures)
    if kind is FormKind.EQUITY_CHANGES:
        return rules.equity_changes(chart, figures)
    year = until // 100
    before = (
        figures_until(db, book=book, until=(year - 1) * 100 + SETTLEMENT) if year > book.first_year else None
    )
    return rules.surplus_statement(chart, figures, last_year=before)


def forms_of(book: Book) -> tuple[FormKind, ...]:
    """The statements the book's standard has, in statutory order."""
    chart = standard(book.standard)
    kinds = (FormKind.BALANCE_SHEET, FormKind.SURPLUS_AND_DISTRIBUTION)
    return (*kinds, FormKind.EQUITY_CHANGES) if chart.equity_changes is not None else kinds
