"""``bank``: the batches that go over the line to the bank, and what is done when the bank does not answer."""

import click

from payouts.batches import queries as batches
from payouts.messages import actions, queries
from schemas.messages import Message
from schemas.units import Value
from web.cli.command import CommandGroup, as_json, command
from web.cli.house import House
from web.i18n import say_word
from web.i18n.words import N_

bank = CommandGroup(
    name="bank",
    help=N_(
        "Batches of the format direct go over the line to the bank that LIANJIAN_BANK_URL names.\n\nThey are sent again until "
        "the bank has them, and it is asked until it has answered. What the bank does not take waits for a person."
    ),
)
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))


class Messages(Value):
    """The messages of a book, the newest first."""

    items: tuple[Message, ...]


@command(group=bank, name="list", says=N_("Show how far each batch on the line has come."))
@click.argument("book")
@as_json
def list_(house: House, book: str, as_json: bool) -> None:
    """Show them."""
    found = house.book(book)
    with house.reading.connect() as db:
        items = queries.messages(db, book=found.id)
    if as_json:
        house.json(Messages(items=items))
        return
    for one in items:
        _tell(house, one)


@command(
    group=bank,
    writes=True,
    says=N_("Try a batch at once that waits for its turn: give it to the bank, or ask after it."),
)
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@_by
@as_json
def retry(house: House, book: str, number: int, by: str, as_json: bool) -> None:
    """Try now."""
    found = house.book(book)
    person, at = house.person(by, book=found.id), house.now()[1]
    moved = house.act(
        lambda db: actions.retry(db, book=found.id, number=number, by=person, at=at), book=found.id
    )
    _answer(house, moved, as_json=as_json)


@command(
    group=bank,
    writes=True,
    says=N_("Send a refused batch again, under the same name; the bank pays it once."),
)
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@_by
@as_json
def again(house: House, book: str, number: int, by: str, as_json: bool) -> None:
    """Send again."""
    found = house.book(book)
    person, at = house.person(by, book=found.id), house.now()[1]
    moved = house.act(
        lambda db: actions.again(
            db,
            book=found.id,
            number=number,
            answered=bool(batches.outcomes(db, book=found.id, number=number)),
            by=person,
            at=at,
        ),
        book=found.id,
    )
    _answer(house, moved, as_json=as_json)


@command(
    group=bank,
    writes=True,
    says=N_(
        "Send a batch no more, because the bank said that it does not have it; then enter its lines as failed with "
        "`batch answer`, and make a new batch."
    ),
)
@click.argument("book")
@click.argument("number", type=click.IntRange(1))
@_by
@click.option("--reason", required=True, help=N_("Why."))
@as_json
def withdraw(house: House, book: str, number: int, by: str, reason: str, as_json: bool) -> None:
    """Withdraw."""
    found = house.book(book)
    person, at = house.person(by, book=found.id), house.now()[1]
    moved = house.act(
        lambda db: actions.withdraw(db, book=found.id, number=number, by=person, at=at, reason=reason),
        book=found.id,
    )
    _answer(house, moved, as_json=as_json)


def _answer(house: House, found: Message, *, as_json: bool) -> None:
    if as_json:
        house.json(found)
    else:
        _tell(house, found)


def _tell(house: House, found: Message) -> None:
    house.tell(
        N_("{order}: {state}, {attempts} tries {said}"),
        order=found.order,
        state=say_word(house.language, f"message.{found.state}"),
        attempts=found.attempts,
        said=found.said,
    )
