"""``register``: the acts of the register, prepared by one person and confirmed by another."""

import datetime
from pathlib import Path

import click
import msgspec

from coop.inventory.queries import of_a_collective
from coop.members import queries as members
from coop.register import actions, queries
from coop.shares import queries as shares
from ledger.money import hundredths_from_text, text_from_hundredths, yuan
from schemas.problems import Refusal
from schemas.register import ActState, AnyAct, EntitlementPart, Quantification, RegisterRequest
from schemas.shares import ShareClass
from schemas.units import BookId, Value
from web import free_text, wire
from web.auth.keys import Keys
from web.cli.boards import day_on
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.exports import write_whole
from web.cli.given_files import value_in
from web.cli.house import House
from web.database import Connection
from web.exports.collectives import entitlement_sheet
from web.exports.spreadsheets import workbook, written
from web.i18n import say_word
from web.i18n.words import N_
from web.imports.entitlement_list import read_file, read_list
from web.register_forms import kind_word

register = CommandGroup(
    name="register",
    help=N_(
        "Members and shares: contributions, transfers, leaving, heirs.\n\nOne person proposes an act, another confirms it; then "
        "movements, vouchers, animals and cards are written at once. ACT is the number `register propose` prints."
    ),
)


class Entitlements(Value):
    """What each household holds on a day, in shares."""

    as_of: datetime.date
    items: tuple[EntitlementPart, ...]


_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))


@command(group=register, says=N_("List the acts of a book, the newest first."))
@click.argument("book")
@click.option(
    "--state", type=click.Choice([one.value for one in ActState]), help=N_("Only those in this state.")
)
@as_json
def acts(house: House, book: str, state: str | None, as_json: bool) -> None:
    """The acts."""
    found = house.book(book)
    with house.read() as db:
        listed = queries.requests(db, book=found.id, state=None if state is None else ActState(state))
    if as_json:
        house.json(listed, tuple[RegisterRequest, ...])
        return
    house.table(
        (N_("Act"), N_("Day"), N_("Kind"), N_("State"), N_("Amount")),
        [
            (
                str(one.request),
                str(one.act.on),
                house.words(kind_word(one.act)),
                say_word(house.language, one.state),
                yuan(_amount(one)),
            )
            for one in listed
        ],
        right=(0, 4),
    )


@command(
    group=register,
    writes=True,
    says=N_(
        "Propose an act written in FILE, JSON as the HTTP interface takes it; prints its number.\n\n"
        'A cash share: {"kind": "cash", "on": "2025-03-05", "member": "M0001", "amount": "8000.00", "resolution": "1"}.'
    ),
)
@click.argument("book")
@click.argument("file", type=Place())
@_by
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def propose(house: House, book: str, file: str, by: str, dry_run: bool, as_json: bool) -> None:
    """Propose."""
    found = house.book(book)
    act: AnyAct = value_in(file, AnyAct, sealed=free_text.NOTE)  # type: ignore[arg-type]
    _propose(house, act, book=found.id, by=by, dry_run=dry_run, as_json=as_json)


def _propose(house: House, act: AnyAct, *, book: BookId, by: str, dry_run: bool, as_json: bool) -> None:
    person, (on, at) = house.person(by, book=book), house.now()
    keys = Keys(house.settings.key_file)

    def prepare(db: Connection) -> RegisterRequest:
        return actions.prepare(db, act, book=book, vault=keys.ready(db, at=at), by=person, on=on, at=at)

    _tell(house, house.act(prepare, book=book, keep=not dry_run), as_json=as_json)
    if dry_run and not as_json:
        house.tell(N_("A dry run: nothing was written."))


@command(
    group=register, writes=True, says=N_("Confirm an act another person proposed: it is written at once.")
)
@click.argument("book")
@click.argument("act", type=click.IntRange(1))
@_by
@as_json
def confirm(house: House, book: str, act: int, by: str, as_json: bool) -> None:
    """Confirm."""
    found = house.book(book)
    person, (on, at) = house.person(by, book=found.id), house.now()
    keys = Keys(house.settings.key_file)

    def answer(db: Connection) -> RegisterRequest:
        return actions.confirm(
            db, book=found.id, request=act, vault=keys.ready(db, at=at), by=person, on=on, at=at
        )

    _tell(house, house.act(answer, book=found.id), as_json=as_json)


@command(group=register, writes=True, says=N_("Decline an act another person proposed, with a reason."))
@click.argument("book")
@click.argument("act", type=click.IntRange(1))
@_by
@click.option("--reason", required=True, help=N_("What is to be mended."))
@as_json
def decline(house: House, book: str, act: int, by: str, reason: str, as_json: bool) -> None:
    """Decline."""
    found = house.book(book)
    person, (_, at) = house.person(by, book=found.id), house.now()

    def answer(db: Connection) -> RegisterRequest:
        return actions.decline(db, book=found.id, request=act, by=person, at=at, reason=reason)

    _tell(house, house.act(answer, book=found.id), as_json=as_json)


@command(group=register, writes=True, says=N_("Withdraw an act one proposed oneself, with a reason."))
@click.argument("book")
@click.argument("act", type=click.IntRange(1))
@_by
@click.option("--reason", required=True, help=N_("Why it is not to be done."))
@as_json
def withdraw(house: House, book: str, act: int, by: str, reason: str, as_json: bool) -> None:
    """Withdraw."""
    found = house.book(book)
    person, (_, at) = house.person(by, book=found.id), house.now()

    def answer(db: Connection) -> RegisterRequest:
        return actions.withdraw(db, book=found.id, request=act, by=person, at=at, reason=reason)

    _tell(house, house.act(answer, book=found.id), as_json=as_json)


@command(
    group=register,
    says=N_(
        "Show what each household of a collective is entitled to of its income 收益权份额, or write it to FILE, a workbook (.xlsx) that "
        "`register quantify` reads again."
    ),
)
@click.argument("book")
@click.argument("file", type=Place(), required=False)
@click.option(
    "--as-of", "as_of", metavar="DATE", help=N_("The day it is seen on, 2026-02-12; without it today.")
)
@as_json
def entitlements(house: House, book: str, file: str | None, as_of: str | None, as_json: bool) -> None:
    """Show, or write."""
    of, on = house.book(book), day_on(house, as_of)
    of_a_collective(of)
    with house.read() as db:
        sheet = entitlement_sheet(db, book=of, as_of=on, locale=house.language)
        held = shares.holdings(db, book=of.id, as_of=on)
    if file is not None:
        size = write_whole(Path(file), (workbook([sheet]),))
        house.tell(N_("{size} bytes written to {file}"), size=size, file=file)
    elif as_json:
        parts = (
            EntitlementPart(member=number, units=one.classes[ShareClass.ENTITLEMENT].quantity)
            for number, one in held.items()
            if ShareClass.ENTITLEMENT in one.classes
        )
        house.json(Entitlements(as_of=on, items=tuple(parts)))
    else:
        house.table(
            tuple(column.title for column in sheet.columns),
            [
                tuple(written(cell, of) for cell, of in zip(row, sheet.columns, strict=True))
                for row in sheet.rows
            ],
            right=(2,),
        )


@command(
    group=register,
    writes=True,
    says=N_(
        "Propose what the assembly's resolution gives each household 收益权份额量化, from FILE: a workbook (.xlsx) with the columns "
        "成员编号 or 户号, 姓名 and 份额; prints the act's number.\n\nWho is not on the list keeps what he has."
    ),
)
@click.argument("book")
@click.argument("file", type=Place())
@click.option("--on", required=True, metavar="DATE", help=N_("The day it counts from."))
@click.option(
    "--total", required=True, help=N_("The shares of all on the list together, as the resolution says.")
)
@click.option("--resolution", required=True, help=N_("The number of the resolution."))
@_by
@click.option("--dry-run", is_flag=True, help=N_("Do everything, show it, and undo it."))
@as_json
def quantify(
    house: House,
    book: str,
    file: str,
    on: str,
    total: str,
    resolution: str,
    by: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Propose from a list."""
    found = house.book(book)
    of_a_collective(found)
    rows = read_file(Path(file).read_bytes())
    with house.read() as db:
        known = members.members(db, book=found.id)
    parts = read_list(rows, members=known, total=hundredths_from_text(total, pointer="/total"))
    said = {
        "on": on,
        "resolution": resolution,
        "total": total,
        "households": [{"member": one.member, "units": text_from_hundredths(one.units)} for one in parts],
    }
    try:
        act = wire.read(msgspec.json.encode(said), Quantification)
    except wire.Unreadable as error:
        raise Refusal(*error.problems) from error
    _propose(house, act, book=found.id, by=by, dry_run=dry_run, as_json=as_json)


def _amount(one: RegisterRequest) -> int:
    """What an act moves: its vouchers' debits, or what it moves in the register alone."""
    booked = sum(line.debit for draft in one.writes.vouchers for line in draft.lines)
    return booked or sum(abs(movement.value) for movement in one.writes.movements)


def _tell(house: House, one: RegisterRequest, *, as_json: bool) -> None:
    if as_json:
        house.json(one)
        return
    house.tell(
        N_("Act {act}: {kind}, {state}"),
        act=one.request,
        kind=house.words(kind_word(one.act)),
        state=say_word(house.language, one.state),
    )
    rows = [
        (line.account, line.detail, yuan(line.debit), yuan(line.credit))
        for draft in one.writes.vouchers
        for line in draft.lines
    ]
    if rows:
        house.table((N_("Account"), N_("Detail"), N_("Debit"), N_("Credit")), rows, right=(2, 3))
