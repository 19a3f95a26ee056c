"""A collective's inventory 三资台账 and contracts 合同台账 on paper and as tables."""

from datetime import date

from coop.contracts import queries as contract_queries
from coop.inventory import queries as inventory_queries
from coop.shares import queries as shares
from ledger.details import queries as details
from schemas.books import Book
from schemas.shares import ShareClass
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say, say_problem, say_word
from web.pages.rendering import day_name


def entitlement_sheet(db: Connection, *, book: Book, as_of: date, locale: str) -> Sheet:
    """收益权份额 by household on a day, and all together: a list that ``register quantify`` and the form of a quantification read
    again."""
    held = shares.holdings(db, book=book.id, as_of=as_of)
    names = details.known(db, book=book.id, codes=held)
    units = {
        number: one.classes[ShareClass.ENTITLEMENT].quantity
        for number, one in held.items()
        if ShareClass.ENTITLEMENT in one.classes
    }
    rows: list[tuple[Cell, ...]] = [
        (number, names[number].name if number in names else "", of) for number, of in units.items()
    ]
    rows.append((say(locale, "Total"), "", sum(units.values())))
    return Sheet(
        name=say(locale, "Income entitlements"),
        title=say(locale, "Income entitlements"),
        under=(book.name, day_name(locale, as_of)),
        columns=(
            Column(title=say(locale, "Member no."), width=14),
            Column(title=say(locale, "Name"), width=16),
            Column(title=say(locale, "Income entitlements (shares)"), kind=Kind.QUANTITY, width=20),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        landscape=False,
    )


def inventory_sheet(db: Connection, *, book: Book, as_of: date, locale: str) -> Sheet:
    """Resources and assets on a day, then the funds."""
    found = inventory_queries.inventory(db, book=book, as_of=as_of)
    rows = [
        (
            one.code,
            one.item.name,
            say_word(locale, f"item.{one.item.kind}"),
            one.item.area,
            one.item.place,
            one.item.boundaries,
            one.item.certificate,
            say_word(locale, f"use.{one.item.use}"),
            one.cost,
            one.since,
        )
        for one in found.items
    ]
    funds = [(one.account, one.name, "", None, "", "", "", "", one.balance, as_of) for one in found.funds]
    return Sheet(
        name=say(locale, "Inventory"),
        title=say(locale, "Resources, assets and funds"),
        under=(book.name, day_name(locale, as_of)),
        columns=(
            Column(title=say(locale, "Item code"), width=9),
            Column(title=say(locale, "Name"), width=16),
            Column(title=say(locale, "Kind"), width=9),
            Column(title=say(locale, "Area (mu)"), kind=Kind.QUANTITY, width=10),
            Column(title=say(locale, "Where it lies"), width=14),
            Column(title=say(locale, "Boundaries"), width=22),
            Column(title=say(locale, "Certificate no."), width=14),
            Column(title=say(locale, "Used"), width=8),
            Column(title=say(locale, "Amount"), kind=Kind.MONEY, width=14),
            Column(title=say(locale, "So since"), kind=Kind.DAY, width=11),
        ),
        rows=(*rows, *funds),
    )


def contract_sheet(db: Connection, *, book: Book, as_of: date, locale: str) -> Sheet:
    """The contracts on a day with what falls due, was received, counts and is overdue, and what is found."""
    board = contract_queries.board(db, book=book.id, as_of=as_of)
    parties = details.details(db, book=book.id)
    rows: list[tuple[Cell, ...]] = []
    for one in board.contracts:
        said = one.contract.contract
        sums = [
            sum(year.expected for year in one.years),
            sum(year.booked for year in one.years),
            sum(year.counted for year in one.years),
            sum(year.overdue for year in one.years),
        ]
        rows.append(
            (
                said.number,
                said.title,
                say_word(locale, f"contract.{said.kind}"),
                parties[said.counterparty].name,
                one.contract.terms.from_date,
                one.contract.last_day,
                *sums,
                "；".join(say_problem(locale, found)[0] for found in one.findings),
            )
        )
    return Sheet(
        name=say(locale, "Contracts"),
        title=say(locale, "Contracts"),
        under=(book.name, day_name(locale, as_of)),
        columns=(
            Column(title=say(locale, "Contract no."), width=13),
            Column(title=say(locale, "Title"), width=16),
            Column(title=say(locale, "Kind"), width=9),
            Column(title=say(locale, "Party"), width=12),
            Column(title=say(locale, "First day"), kind=Kind.DAY, width=11),
            Column(title=say(locale, "Last day"), kind=Kind.DAY, width=11),
            Column(title=say(locale, "Due by contract"), kind=Kind.MONEY, width=14),
            Column(title=say(locale, "Received"), kind=Kind.MONEY, width=14),
            Column(title=say(locale, "Counts"), kind=Kind.MONEY, width=14),
            Column(title=say(locale, "Overdue"), kind=Kind.MONEY, width=13),
            Column(title=say(locale, "Findings"), width=40),
        ),
        rows=tuple(rows),
    )
