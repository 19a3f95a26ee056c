"""``register``: the acts of the register, prepared by one person and confirmed by another."""

import click

from coop.register import actions, queries
from ledger.money import yuan
from schemas.register import ActState, AnyAct, RegisterRequest
from web import free_text
from web.auth.keys import Keys
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.given_files import value_in
from web.cli.house import House
from web.database import Connection
from web.i18n import say_word
from web.i18n.words import N_
from web.register_forms import kind_word

register = CommandGroup(
    name="register",
    help=N_(
        "Members and shares: contributions, transfers, leaving, heirs.\n\nOne person proposes an act, another confirms it; then "
        "movements, vouchers, animals and cards are written at once. ACT is the number `register propose` prints."
    ),
)
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
    person, (on, at) = house.person(by, book=found.id), house.now()
    act: AnyAct = value_in(file, AnyAct, sealed=free_text.NOTE)  # type: ignore[arg-type]
    keys = Keys(house.settings.key_file)

    def prepare(db: Connection) -> RegisterRequest:
        return actions.prepare(db, act, book=found.id, vault=keys.ready(db, at=at), by=person, on=on, at=at)

    _tell(house, house.act(prepare, book=found.id, keep=not dry_run), as_json=as_json)
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
