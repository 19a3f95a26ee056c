"""``inventory``, ``contracts``, ``project-money``: what a village collective has and lets, and what it was given for projects."""

import click

from coop.contracts import queries as contract_queries
from coop.inventory import queries as inventory_queries
from coop.places import queries as places
from coop.project_money import queries as money_queries
from ledger.money import text_from_hundredths, yuan
from schemas.books import Book
from schemas.project_money import MoneySum
from web.cli.boards import day_on
from web.cli.command import as_json, command
from web.cli.house import House
from web.i18n import say_word
from web.i18n.words import N_

_as_of = click.option(
    "--as-of", "as_of", metavar="DATE", help=N_("The day it is seen on, 2026-02-12; without it today.")
)


@command(
    says=N_(
        "Show what a collective has on a day 三资台账: land, water, buildings and equipment, and its funds. BOOK is an id, a "
        "单位简称, or a village code."
    )
)
@click.argument("book")
@_as_of
@as_json
def inventory(house: House, book: str, as_of: str | None, as_json: bool) -> None:
    """The inventory."""
    of, on = _collective(house, book), day_on(house, as_of)
    with house.read() as db:
        found = inventory_queries.inventory(db, book=of, as_of=on)
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("Item code"), N_("Name"), N_("Kind"), N_("Area (mu)"), N_("Used"), N_("Cost"), N_("So since")),
        [
            (
                one.code,
                one.item.name,
                say_word(house.language, f"item.{one.item.kind}"),
                "" if one.item.area is None else text_from_hundredths(one.item.area),
                say_word(house.language, f"use.{one.item.use}"),
                "" if one.cost is None else yuan(one.cost),
                one.since.isoformat(),
            )
            for one in found.items
        ],
        right=(3, 5),
    )
    house.table(
        (N_("Account"), N_("Name"), N_("Balance")),
        [(one.account, one.name, yuan(one.balance)) for one in found.funds],
        right=(2,),
    )


@command(
    says=N_(
        "Show a collective's contracts on a day 合同台账: what falls due by year, what was received, what counts, what is overdue, "
        "and what is found of each. BOOK is an id, a 单位简称, or a village code."
    )
)
@click.argument("book")
@_as_of
@as_json
def contracts(house: House, book: str, as_of: str | None, as_json: bool) -> None:
    """The contracts."""
    of, on = _collective(house, book), day_on(house, as_of)
    with house.read() as db:
        board = contract_queries.board(db, book=of.id, as_of=on)
    if as_json:
        house.json(board)
        return
    house.table(
        (N_("Contract no."), N_("Title"), N_("Kind"), N_("Term"), N_("Instalment"), N_("Overdue")),
        [
            (
                one.contract.number,
                one.contract.contract.title,
                say_word(house.language, f"contract.{one.contract.contract.kind}"),
                f"{one.contract.terms.from_date} – {one.contract.last_day}",
                yuan(one.contract.terms.steps[-1].amount),
                yuan(sum(year.overdue for year in one.years)),
            )
            for one in board.contracts
        ],
        right=(4, 5),
    )
    house.table(
        (N_("Year"), N_("Due by contract"), N_("Received"), N_("Counts"), N_("Overdue")),
        [
            (str(one.year), yuan(one.expected), yuan(one.booked), yuan(one.counted), yuan(one.overdue))
            for one in board.years
        ],
        right=(1, 2, 3, 4),
    )
    for one in board.contracts:
        for found in house.findings(one.findings):
            house.warn_line(f"{one.contract.number} {found.detail} {found.remedy}")


@command(
    name="project-money",
    says=N_(
        "Show the project money of the villages of a place by source 项目资金: received, used, left. CODE is the first digits of "
        "its villages' codes."
    ),
)
@click.argument("code")
@_as_of
@as_json
def project_money(house: House, code: str, as_of: str | None, as_json: bool) -> None:
    """The project money of a place."""
    on = day_on(house, as_of)
    with house.read() as db:
        places.place_there(db, code=code)
        board = money_queries.board(db, place=code, as_of=on)
    if as_json:
        house.json(board)
        return
    rows = [(village.name, one) for village in board.villages for one in village.by_source]
    together = house.words(N_("All together"))
    house.table(
        (N_("Village"), N_("Source"), N_("Received"), N_("Used of it"), N_("Left of it")),
        [_row(house, name, one) for name, one in (*rows, *((together, one) for one in board.by_source))],
        right=(2, 3, 4),
    )


def _row(house: House, name: str, one: MoneySum) -> tuple[str, ...]:
    source = (
        house.words(N_("not named yet"))
        if one.source is None
        else say_word(house.language, f"source.{one.source}")
    )
    return name, source, yuan(one.received), yuan(one.used), yuan(one.left)


def _collective(house: House, book: str) -> Book:
    of = house.book(book)
    inventory_queries.of_a_collective(of)
    return of
