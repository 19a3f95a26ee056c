"""What the API and the command line both show, with the names of a hand-over's ``expected.json`` where they show the
same thing: a trial balance has ``rows`` by account code, a balance sheet ``opening`` and ``closing`` by line number.
"""

from collections.abc import Iterable, Mapping

import msgspec

from coop.places import queries as places
from ledger.account_books import queries as account_books
from ledger.balances import queries as balances
from ledger.balances import rules as balance_rules
from ledger.books import queries as books
from ledger.periods import queries as periods
from ledger.periods.rules import month_text
from ledger.statements import queries as statements
from schemas.balances import TrialRow
from schemas.books import Book, BookKind
from schemas.charts import FormKind
from schemas.periods import CalendarDay, DayState
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.statements import EquityItemLine, EquityStatement, Statement, StatementLine
from schemas.units import BookId, Fen, Period, Value
from web.database import Connection

DECEMBER, SETTLEMENT = 12, 13

span_must_not_run_backwards = Fault(
    code="span_must_not_run_backwards",
    says="The months begin in {first} and end in {last}, before they begin.",
    remedy="Name the earlier month first.",
)
year_must_be_kept = Fault(
    code="year_must_be_kept",
    says="There is no year {year} in this book.",
    remedy="Its first year is {first}.",
)


class BookCalendar(Value):
    """A book's twelve months and its settlement stage in a year; ``closed`` of the thirteen are."""

    book: BookId
    short_name: str
    closed: int
    days: tuple[CalendarDay, ...]


class BookItem(Value):
    """A book as a list names it; ``years`` are those it has anything posted in, or opens with."""

    id: BookId
    name: str
    short_name: str
    kind: BookKind
    village_code: str
    years: tuple[int, ...]


class TrialFigures(Value):
    """A line of a trial balance; of opening and closing one side is zero."""

    opening_debit: Fen
    opening_credit: Fen
    debit: Fen
    credit: Fen
    closing_debit: Fen
    closing_credit: Fen


class TrialBalanceAnswer(Value):
    """The trial balance 科目余额表 of a span of months: every account by code, the sums, and what each detail closed
    with (debit positive). ``before_closing`` leaves out the settlement stage of the last year."""

    from_: Period = msgspec.field(name="from")
    to: Period
    before_closing: bool
    rows: Mapping[str, TrialFigures]
    totals: TrialFigures
    details: Mapping[str, Mapping[str, Fen]]
    names: Mapping[str, str]


class SheetColumns(Value):
    """The two columns of a balance sheet 资产负债表 by line number."""

    opening: Mapping[str, Fen]
    closing: Mapping[str, Fen]


class BalanceSheetAnswer(Value):
    """A balance sheet: the amounts by line number, and the form with its captions and what each line is made of."""

    book: BookId
    year: int
    balance_sheet: SheetColumns
    form: Statement


class SurplusAnswer(Value):
    """A statement of surplus and its distribution 盈余及盈余分配表, by line number, and the form."""

    book: BookId
    year: int
    surplus_and_distribution: Mapping[str, Fen]
    form: Statement


class EquityColumnFigures(Value):
    """How one part of the members' equity came from its opening to its closing balance."""

    opening: Fen
    increase: Fen
    increase_of_which: Mapping[str, Fen]
    decrease: Fen
    decrease_of_which: Mapping[str, Fen]
    closing: Fen


class EquityAnswer(Value):
    """A statement of changes in members' equity 成员权益变动表 by column, and the form."""

    book: BookId
    year: int
    equity_changes: Mapping[str, EquityColumnFigures]
    form: EquityStatement


def book_items(db: Connection, seen: Iterable[Book]) -> tuple[BookItem, ...]:
    """These books as a list names them."""
    homes = places.book_places(db)
    items = []
    for book in seen:
        home = homes.get(book.id)
        last = account_books.last_posted_period(db, book=book.id)
        until = book.first_year if last is None else max(last // 100, book.first_year)
        items.append(
            BookItem(
                id=book.id,
                name=book.name,
                short_name=book.short_name,
                kind=book.kind,
                village_code="" if home is None else home.village or "",
                years=tuple(range(book.first_year, until + 1)),
            )
        )
    return tuple(items)


def span(
    db: Connection,
    *,
    book: Book,
    from_period: Period | None,
    to_period: Period | None,
    before_closing: bool = False,
) -> tuple[Period, Period]:
    """The first and last period of the months named. Without a last month the span ends where the book does, without
    a first one it begins in January of the last month's year. December includes the settlement stage, unless it is
    left out. A span that ends before it begins is refused."""
    last = to_period or account_books.last_posted_period(db, book=book.id) or book.first_year * 100 + DECEMBER
    stage = last // 100 * 100 + (DECEMBER if before_closing else SETTLEMENT)
    first, until = from_period or last // 100 * 100 + 1, last if last % 100 < DECEMBER else stage
    if first > until:
        raise Refusal(span_must_not_run_backwards.at("/from", first=month_text(first), last=month_text(last)))
    return first, until


def trial_balance(
    db: Connection,
    *,
    book: Book,
    from_period: Period | None = None,
    to_period: Period | None = None,
    before_closing: bool = False,
) -> TrialBalanceAnswer:
    """The trial balance of the months named, as ``span`` understands them."""
    first, until = span(
        db, book=book, from_period=from_period, to_period=to_period, before_closing=before_closing
    )
    found = balance_rules.trial_balance(
        balances.details_between(db, book=book.id, from_period=first, to_period=until),
        from_period=first,
        to_period=until,
    )
    accounts = books.accounts(db, book=book)
    details: dict[str, dict[str, Fen]] = {}
    for detail in found.details:
        if detail.detail and detail.closing:
            details.setdefault(detail.account, {})[detail.detail] = detail.closing
    return TrialBalanceAnswer(
        from_=first,
        to=until,
        before_closing=before_closing,
        rows={row.account: _figures(row) for row in found.rows},
        totals=_figures(found.totals),
        details=details,
        names={row.account: accounts[row.account].name for row in found.rows},
    )


def _figures(row: TrialRow) -> TrialFigures:
    return TrialFigures(
        opening_debit=row.opening_debit,
        opening_credit=row.opening_credit,
        debit=row.debit,
        credit=row.credit,
        closing_debit=row.closing_debit,
        closing_credit=row.closing_credit,
    )


def _known_year(book: Book, year: int) -> int:
    if year < book.first_year:
        problem = year_must_be_kept.at("/year", year=year, first=book.first_year)
        raise Refusal(problem, kind=RefusalKind.MISSING)
    return year


def balance_sheet(db: Connection, *, book: Book, year: int) -> BalanceSheetAnswer:
    """The balance sheet of a year."""
    form = _statement(db, book, FormKind.BALANCE_SHEET, year)
    return BalanceSheetAnswer(
        book=book.id,
        year=year,
        balance_sheet=SheetColumns(
            opening={str(line.no): line.compared or 0 for line in _numbered(form)},
            closing={str(line.no): line.amount or 0 for line in _numbered(form)},
        ),
        form=form,
    )


def surplus(db: Connection, *, book: Book, year: int) -> SurplusAnswer:
    """The statement of surplus and its distribution of a year."""
    form = _statement(db, book, FormKind.SURPLUS_AND_DISTRIBUTION, year)
    return SurplusAnswer(
        book=book.id,
        year=year,
        surplus_and_distribution={str(line.no): line.amount or 0 for line in _numbered(form)},
        form=form,
    )


def _statement(db: Connection, book: Book, kind: FormKind, year: int) -> Statement:
    form = statements.statement(db, book=book, kind=kind, until=_known_year(book, year) * 100 + SETTLEMENT)
    assert isinstance(form, Statement)
    return form


def _numbered(form: Statement) -> Iterable[StatementLine]:
    return (line for line in form.lines if line.no is not None)


def equity(db: Connection, *, book: Book, year: int) -> EquityAnswer:
    """The statement of changes in members' equity of a year."""
    until = _known_year(book, year) * 100 + SETTLEMENT
    form = statements.statement(db, book=book, kind=FormKind.EQUITY_CHANGES, until=until)
    assert isinstance(form, EquityStatement)
    return EquityAnswer(
        book=book.id,
        year=year,
        equity_changes={
            column.zh: EquityColumnFigures(
                opening=column.opening,
                increase=column.increase,
                increase_of_which=_of_which(column.increase_items),
                decrease=column.decrease,
                decrease_of_which=_of_which(column.decrease_items),
                closing=column.closing,
            )
            for column in form.columns
        },
        form=form,
    )


def _of_which(items: Iterable[EquityItemLine]) -> Mapping[str, Fen]:
    return {item.zh: item.amount for item in items if item.printed}


def calendars(db: Connection, books: Iterable[Book], *, year: int) -> tuple[BookCalendar, ...]:
    """The calendars of these books that keep the year, in their order."""
    books = tuple(books)
    days = periods.calendars(db, books=books, year=year)
    return tuple(
        BookCalendar(
            book=book.id,
            short_name=book.short_name,
            closed=sum(day.state is DayState.CLOSED for day in days[book.id]),
            days=days[book.id],
        )
        for book in books
        if book.id in days
    )
