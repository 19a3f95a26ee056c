"""What the pages show of a book: the list of books, trial balance, statements, a member's account; and how a book is
opened and gets its opening balances.

``lianjian books`` alone prints the list; its verbs are commands below it.
"""

from pathlib import Path

import click
import msgspec

from coop.access import queries as access
from coop.member_accounts.queries import member_account
from coop.opening import actions as opening
from coop.opening import queries as openings
from ledger.books import queries as book_queries
from ledger.money import text_from_hundredths, yuan
from ledger.vouchers.rules import SETTLEMENT
from payouts.policies import queries as policies
from schemas.access import Deed
from schemas.books import Book, BookKind
from schemas.openings import NewBook, OpeningBalances
from schemas.places import VillageKind
from schemas.problems import Fault, Refusal
from schemas.statements import EquityStatement, Statement
from schemas.units import Fen, Period
from web import answers, free_text, wire
from web.answers import BalanceSheetAnswer, BookItem, EquityAnswer, SurplusAnswer
from web.cli.command import DONE, FINDINGS, CommandGroup, Place, as_json, by_person, command
from web.cli.house import House, finding, line_of
from web.cli.opening_file import openings_in
from web.database import Connection
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


@command(name="books", says=N_("List the books: id, 单位简称, kind, village code, years."))
@as_json
def list_(house: House, as_json: bool) -> None:
    """Which books there are."""
    with house.read() as db:
        items = answers.book_items(db, house.books())
    if as_json:
        house.json(items, tuple[BookItem, ...])
        return
    if not items:
        house.tell(
            N_(
                "There are no books yet. Take in a hand-over pack with: lianjian import PACK. Or open one: lianjian "
                "books open --help"
            )
        )
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


@click.pass_context
def _books(context: click.Context, as_json: bool) -> None:
    """The list, where no verb follows."""
    if context.invoked_subcommand is None:
        assert list_.callback is not None, "a command runs"
        list_.callback(as_json=as_json)


books = CommandGroup(
    name="books",
    help=N_(
        "List the books: id, 单位简称, kind, village code, years.\n\n"
        "The commands below open a book by hand and enter what it begins with."
    ),
    invoke_without_command=True,
    callback=_books,
    params=list(list_.params),
)


@command(
    group=books,
    name="open",
    writes=True,
    says=N_(
        "Open a new book 建账 in a village, with every account of its standard.\n\n"
        "A village collective's book is called by its village's code and takes no ID. Places nobody has named yet want "
        "their names. Whoever is accountant of the village, or of its township, works in the book at once."
    ),
)
@click.argument("id", required=False)
@click.option("--name", required=True, metavar="NAME", help=N_("The unit's full name."))
@click.option("--short-name", required=True, metavar="NAME", help=N_("Its 单位简称, which lists show."))
@click.option(
    "--kind",
    required=True,
    type=click.Choice([kind.value for kind in BookKind]),
    help=N_("Whose book it is."),
)
@click.option("--village", required=True, metavar="CODE", help=N_("The village's code, 12 digits."))
@click.option(
    "--first-year", required=True, type=click.IntRange(1949, 2999), help=N_("The first year kept in it.")
)
@click.option("--village-name", default="", metavar="NAME", help=N_("The village's name, where it is new."))
@click.option(
    "--village-kind",
    type=click.Choice([kind.value for kind in VillageKind]),
    help=N_("Whether the village was lifted out of poverty, where it is new."),
)
@click.option("--township-name", default="", metavar="NAME", help=N_("The township's name, where it is new."))
@by_person
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def open_(
    house: House,
    id: str | None,
    name: str,
    short_name: str,
    kind: str,
    village: str,
    first_year: int,
    village_name: str,
    village_kind: str | None,
    township_name: str,
    by: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """A new book."""
    wanted = {
        "id": id,
        "name": name,
        "short_name": short_name,
        "kind": kind,
        "village_code": village,
        "first_year": first_year,
        "village_name": village_name,
        "village_kind": village_kind,
        "township_name": township_name,
    }
    given = {field: value for field, value in wanted.items() if value is not None}
    try:
        new = wire.read(msgspec.json.encode(given), NewBook)
    except wire.Unreadable as unread:
        raise Refusal(*unread.problems) from unread
    on, at = house.now()
    made = house.act(
        lambda db: opening.open_book(db, new, by=house.by(db, by), rights=None, on=on, at=at),
        keep=not dry_run,
    )
    if as_json:
        house.json(made, Book)
        return
    house.tell(
        N_("The book {book} is open: {name}, from {year} on."),
        book=made.id,
        name=made.name,
        year=made.first_year,
    )
    if dry_run:
        house.tell(N_("A dry run: nothing was written."))
        return
    with house.read() as db:
        keepers = access.people_with(db, Deed.DRAFT_VOUCHER, book=made.id)
    if not keepers:
        house.tell(
            N_("Nobody keeps it yet. Give somebody the role: lianjian user grant PERSON accountant {book}"),
            book=made.id,
        )


@command(group=books, name="openings", says=N_("Show what a book began with 期初余额."))
@click.argument("book")
@as_json
def openings_(house: House, book: str, as_json: bool) -> None:
    """The opening balances."""
    found = house.book(book)
    with house.read() as db:
        began = openings.opening_balances(db, book=found)
        accounts = book_queries.accounts(db, book=found)
    _show_openings(house, found, began, {code: one.name for code, one in accounts.items()}, as_json=as_json)


@command(
    group=books,
    name="enter-openings",
    writes=True,
    says=N_(
        "Enter all the opening balances 期初余额 of a book from a table, once, before anything is posted.\n\n"
        "FILE is CSV with the headings 科目编码, 明细, 借方, 贷方 and, where wanted, 数量 (or account, detail, debit, credit, "
        "quantity). Everything that is wrong is named with its row."
    ),
)
@click.argument("book")
@click.argument("file", type=Place())
@click.option(
    "--add-details",
    is_flag=True,
    help=N_("Add counterparties, households and items the book does not know yet."),
)
@by_person
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def enter_openings(
    house: House, book: str, file: str, add_details: bool, by: str | None, dry_run: bool, as_json: bool
) -> int:
    """Opening balances from a table."""
    found = house.book(book)
    table = openings_in(Path(file).read_bytes())
    on, at = house.now()

    def enter(db: Connection) -> OpeningBalances:
        free_text.refuse_numbers_in(table.lines)
        person = house.by(db, by, book=found.id)
        new = openings.unknown_details(db, table.lines, book=found) if add_details else ()
        return opening.enter_openings(db, table.lines, book=found, parties=new, by=person, on=on, at=at)

    try:
        began = house.act(enter, book=found.id, keep=not dry_run)
    except Refusal as refusal:
        if as_json:
            raise Refusal(*map(table.at_its_row, refusal.problems), kind=refusal.kind) from None
        for problem in refusal.problems:
            said = line_of(finding(problem, house.language)).text
            row = table.row_of(problem)
            house.warn_line(said if row is None else f"{house.words(N_('Row {row}'), row=row)} {said}")
        return FINDINGS
    with house.read() as db:
        accounts = book_queries.accounts(db, book=found)
    _show_openings(house, found, began, {code: one.name for code, one in accounts.items()}, as_json=as_json)
    if dry_run and not as_json:
        house.tell(N_("A dry run: nothing was written."))
    return DONE


def _show_openings(
    house: House, book: Book, began: OpeningBalances, names: dict[str, str], *, as_json: bool
) -> None:
    if as_json:
        house.json(began, OpeningBalances)
        return
    if not began.items:
        house.tell(N_("{book} opened {year} with nothing."), book=book.short_name, year=began.year)
        return
    rows = [
        (
            one.account,
            names[one.account],
            one.detail,
            text_from_hundredths(one.quantity) if one.quantity else "",
            _figure(one.debit or None),
            _figure(one.credit or None),
        )
        for one in began.items
    ]
    totals = ("", house.words(N_("Total")), "", "", yuan(began.debit), yuan(began.credit))
    house.table(
        (N_("Account"), N_("Name"), N_("Detail"), N_("Quantity"), N_("Debit"), N_("Credit")),
        [*rows, totals],
        right=(3, 4, 5),
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
        chosen = year or item.years[-1]
        account = member_account(
            db,
            book=found,
            number=number,
            year=chosen,
            record_date=policies.record_date(db, book=found.id, year=chosen),
        )
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
    written = len(text) == 7 and year.isdecimal() and number.isdecimal()
    if not (written and 1900 <= int(year) < 3000 and 1 <= int(number) <= SETTLEMENT):
        raise Refusal(month_must_be_written_so.at(pointer, given=text))
    return int(year) * 100 + int(number)


def _figure(amount: Fen | None) -> str:
    return "" if amount is None else yuan(amount)
