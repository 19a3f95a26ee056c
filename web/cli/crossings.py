"""``outbox`` and ``payment-notice``: what crossed from or to a book, where it landed, what waits, and the paper of it."""

from pathlib import Path

import click

from ledger.money import yuan
from schemas.outbox import Effect
from schemas.units import BookId, Value
from web.cli.command import Place, as_json, command
from web.cli.exports import write_whole
from web.cli.house import House
from web.crossing_answers import CrossingItem, crossings
from web.exports import payment_notices
from web.i18n import say_word
from web.i18n.words import N_
from web.outbox import deliver


class Crossings(Value):
    """What crossed from or to a book, the newest first."""

    items: tuple[CrossingItem, ...]


@command(
    says=N_(
        "Show what crossed from or to BOOK: what it sent on to collectives' books, what landed in it, and what waits.\n\n"
        "`lianjian tick` delivers what waits; the service does so within seconds."
    ),
)
@click.argument("book")
@as_json
def outbox(house: House, book: str, as_json: bool) -> None:
    """Show it."""
    found = house.book(book)
    with house.reading.connect() as db:
        items = crossings(db, book=found.id, may_see=lambda _: True)
    if as_json:
        house.json(Crossings(items=items))
        return
    for one in items:
        house.tell(
            N_("{day} {kind} {turn} {amount}: to {unit}, {state}")
            if one.sent
            else N_("{day} {kind} {turn} {amount}: from {unit}, {state}"),
            day=one.day,
            kind=say_word(house.language, one.kind_word),
            turn=say_word(house.language, f"turn.{one.turn}"),
            amount=yuan(one.amount),
            unit=one.unit,
            state=_standing(house, one),
        )


def _standing(house: House, one: CrossingItem) -> str:
    if not one.kept_here:
        return house.words(N_("no book here"))
    if one.effect is None:
        return house.words(N_("waits to land"))
    text = one.other_text if one.sent else one.voucher_text
    return f"{say_word(house.language, f'landing.{Effect(one.effect)}')} {text}"


@command(
    name="payment-notice",
    says=N_(
        "Write the notice of what a voucher that landed follows from 付款通知 to FILE, as PDF: the paper its draft is proved by.\n\nVOUCHER "
        "is the id that `outbox BOOK --json` names."
    ),
)
@click.argument("book")
@click.argument("voucher", type=click.IntRange(1))
@click.argument("file", type=Place())
def payment_notice(house: House, book: str, voucher: int, file: str) -> None:
    """Write it."""
    found = house.book(book)
    with house.read() as db:
        content = payment_notices.pages(payment_notices.required(db, book=found.id, voucher=voucher))
    size = write_whole(Path(file), (content,))
    house.tell(N_("{size} bytes written to {file}"), size=size, file=file)


def send_on(house: House, *, source: BookId) -> None:
    """Land what a book just sent, right after the act that sent it. What is refused waits for the next tick, which says so."""
    on, at = house.now()
    deliver(house.reading, lambda what, book: house.act(what, book=book), on=on, at=at, source=source)
