"""What the pages show of a book: the list of books, trial balance, statements, a member's account."""

import click

from coop.member_accounts.queries import member_account
from ledger.money import text_from_hundredths, yuan
from ledger.vouchers.rules import SETTLEMENT
from schemas.books import BookKind
from schemas.problems import Fault, Refusal
from schemas.statements import EquityStatement, Statement
from schemas.units import Fen, Period
from web import answers
from web.answers import BalanceSheetAnswer, BookItem, EquityAnswer, SurplusAnswer
from web.cli.command import as_json, command
from web.cli.house import House
from web.i18n.words import N_

month_must_be_written_so = Fault(
    code="month_must_be_written_so",
    says="{given} is no month.",
    remedy="Write it like 2025-03.",
)
book_must_have_the_form = Fault(
    code="book_must_have_the_form",
    says="{book} has no such statement: its standard knows none.",
    remedy="A collective's book has a balance sheet and a statement of surplus.",
)
_SIDES = ("opening_debit", "opening_credit", "debit", "credit", "closing_debit", "closing_credit")


@command(says=N_("List the books: id, 单位简称, kind, village code, years."))
@as_json
def books(house: House, as_json: bool) -> None:
    """Which books there are."""
    with house.read() as db:
        items = answers.book_items(db, house.books())
    if as_json:
        house.json(items, tuple[BookItem, ...])
        return
    if not items:
        house.tell(N_("There are no books yet. Take in a hand-over pack with: lianjian import PACK"))
        return
    house.table(
        (N_("Id"), N_("Short name"), N_("Name"), N_("Kind"), N_("Village code"), N_("Years")),
        [
            (
                item.id,
                item.short_name,
                item.name,
                house.words(N_("collective") if item.kind is BookKind.COLLECTIVE else N_("cooperative")),
                item.village_code,
                ", ".join(map(str, item.years)),
            )
            for item in items
        ],
    )


@command(
    says=N_(
        "Show the trial balance 科目余额表 of a book.\n\n"
        "Without --to it ends where the book does, without --from it begins in January of that year. December includes "
        "the settlement stage, unless it is left out."
    )
)
@click.argument("book")
@click.option("--from", "first", metavar="MONTH", help=N_("The first month, like 2025-01."))
@click.option("--to", "last", metavar="MONTH", help=N_("The last month, like 2025-12."))
@click.option("--before-closing", is_flag=True, help=N_("Leave out the settlement stage of the year."))
@as_json
def trial_balance(
    house: House, book: str, first: str | None, last: str | None, before_closing: bool, as_json: bool
) -> None:
    """The trial balance."""
    with house.read() as db:
        found = answers.trial_balance(
            db,
            book=house.book(book),
            from_period=month(first, "/from"),
            to_period=month(last, "/to"),
            before_closing=before_closing,
        )
    if as_json:
        house.json(found)
        return
    rows = [
        (code, found.names[code], *(_figure(getattr(row, side)) for side in _SIDES))
        for code, row in found.rows.items()
    ]
    totals = ("", house.words(N_("Total")), *(_figure(getattr(found.totals, side)) for side in _SIDES))
    house.table(
        (
            N_("Account"),
            N_("Name"),
            N_("Opening debit"),
            N_("Opening credit"),
            N_("Debit"),
            N_("Credit"),
            N_("Closing debit"),
            N_("Closing credit"),
        ),
        [*rows, totals],
        right=range(2, 8),
    )


@command(
    says=N_(
        "Show a statutory statement of a year: balance-sheet 资产负债表, surplus 盈余及盈余分配表 (of a collective "
        "收益及收益分配表) or equity 成员权益变动表."
    )
)
@click.argument("form", type=click.Choice(["balance-sheet", "surplus", "equity"]))
@click.argument("book")
@click.argument("year", type=click.IntRange(1949, 2999))
@as_json
def statement(house: House, form: str, book: str, year: int, as_json: bool) -> None:
    """A statement."""
    found = house.book(book)
    if form == "equity" and found.kind is BookKind.COLLECTIVE:
        raise Refusal(book_must_have_the_form.at("/form", book=found.short_name))
    drawn: BalanceSheetAnswer | SurplusAnswer | EquityAnswer
    with house.read() as db:
        if form == "balance-sheet":
            drawn = answers.balance_sheet(db, book=found, year=year)
        elif form == "surplus":
            drawn = answers.surplus(db, book=found, year=year)
        else:
            drawn = answers.equity(db, book=found, year=year)
    if as_json:
        house.json(drawn)
        return
    house.write(f"{drawn.form.number} {drawn.form.title.zh}  {found.name}  {year}")
    if isinstance(drawn.form, EquityStatement):
        _show_equity(house, drawn.form)
    else:
        _show_lines(house, drawn.form)
    for problem in drawn.form.problems:
        house.complain(problem)


def _show_lines(house: House, form: Statement) -> None:
    chinese = house.language == "zh_CN"
    house.table(
        (
            N_("Line"),
            N_("Item"),
            form.column.zh if chinese else form.column.en,
            form.compared.zh if chinese else form.compared.en,
        ),
        [
            (
                "" if line.no is None else str(line.no),
                "  " * line.indent + (line.zh if chinese else line.en),
                _figure(line.amount),
                _figure(line.compared),
            )
            for line in form.lines
        ],
        right=(0, 2, 3),
    )


def _show_equity(house: House, form: EquityStatement) -> None:
    chinese = house.language == "zh_CN"
    house.table(
        (N_("Column"), N_("Opening"), N_("Increase"), N_("Decrease"), N_("Closing")),
        [
            (
                column.zh if chinese else column.en,
                *map(_figure, (column.opening, column.increase, column.decrease, column.closing)),
            )
            for column in (*form.columns, form.total)
        ],
        right=range(1, 5),
    )


@command(
    says=N_(
        "Show a member's account 成员账户 of a year: contributions, reserve share, quantified shares, trade, work days, "
        "distributions.\n\nWithout --year, the book's last year."
    )
)
@click.argument("book")
@click.argument("number", metavar="NO")
@click.option("--year", type=click.IntRange(1949, 2999), help=N_("The fiscal year."))
@as_json
def member(house: House, book: str, number: str, year: int | None, as_json: bool) -> None:
    """A member's account."""
    found = house.book(book)
    with house.read() as db:
        (item,) = answers.book_items(db, [found])
        account = member_account(db, book=found, number=number, year=year or item.years[-1])
    if as_json:
        house.json(account)
        return
    house.write(f"{found.name}  {account.member} {account.name}  {account.year}")
    house.table(
        ("", N_("Opening"), N_("Closing")),
        [
            (house.words(title), _figure(opening), _figure(closing))
            for title, opening, closing in (
                (
                    N_("Contributions from granted assets"),
                    account.opening_capital_granted,
                    account.capital_granted,
                ),
                (N_("Other contributions"), account.opening_capital_other, account.capital_other),
                (N_("Share of the surplus reserve"), account.opening_reserve_share, account.reserve_share),
                (N_("Quantified state aid"), None, account.state_aid_quantified),
                (N_("Quantified donations"), None, account.donation_quantified),
                (N_("Patronage refund"), None, account.patronage_refund),
                (N_("Distribution of the remaining surplus"), None, account.residual_surplus),
                (N_("Current account (114)"), None, account.current_account_114),
            )
        ],
        right=(1, 2),
    )
    house.tell(N_("Work days: {days}"), days=text_from_hundredths(account.work_days))
    for product, traded in account.trade.items():
        house.tell(
            N_("Traded: {product}, {quantity}, {amount}"),
            product=product,
            quantity=text_from_hundredths(traded.quantity),
            amount=yuan(traded.amount),
        )


def month(text: str | None, pointer: str) -> Period | None:
    """A month as it was given; 2025-13 is the settlement stage. Refused when it is none."""
    if text is None:
        return None
    year, _dash, number = text.partition("-")
    if not (len(text) == 7 and year.isdecimal() and number.isdecimal() and 1 <= int(number) <= SETTLEMENT):
        raise Refusal(month_must_be_written_so.at(pointer, given=text))
    return int(year) * 100 + int(number)


def _figure(amount: Fen | None) -> str:
    return "" if amount is None else yuan(amount)
