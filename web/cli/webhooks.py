"""``webhook``: which other programs are told of what happens, and how that goes."""

import secrets

import click

from coop.webhooks import actions, queries, rules
from schemas.units import Value
from schemas.webhooks import EventKind, NewWebhook, Webhook, WebhookDelivery
from web.auth.keys import Keys
from web.cli.command import FINDINGS, CommandGroup, as_json, by_person, command
from web.cli.house import House
from web.cli.serving import tell
from web.cli.users import rights_by, scope_named
from web.database import Connection
from web.i18n import say_word
from web.i18n.words import N_

webhook = CommandGroup(
    name="webhook",
    help=N_(
        "Other programs that are told of what happens.\n\nEach event is signed and sent until it was taken in, a book's in the "
        "order of its log. The service sends by itself."
    ),
)
_number = click.argument("number", type=click.IntRange(1))


class MadeWebhook(Value):
    """A subscription with a secret just made; it is shown this once."""

    secret: str
    webhook: Webhook


class Webhooks(Value):
    """Subscriptions, the newest first."""

    items: tuple[Webhook, ...]


@command(
    group=webhook,
    writes=True,
    says=N_(
        "Tell an address what happens from now on; prints the secret that signs, this once.\n\nSCOPE is a book, place:CODE for "
        "every book of a place (a village code or the beginning of one), or house."
    ),
)
@click.argument("url")
@click.argument("scope")
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice([kind.value for kind in rules.SUBSCRIBED]),
    help=N_("A kind of event; every one without it."),
)
@by_person
@as_json
def add(house: House, url: str, scope: str, kinds: list[str], by: str | None, as_json: bool) -> None:
    """A new subscription."""
    new = NewWebhook(url=url, scope=scope_named(house, scope), kinds=tuple(map(EventKind, kinds)))
    at, keys, secret = house.now()[1], Keys(house.settings.key_file), secrets.token_bytes(rules.SECRET_BYTES)

    def make(db: Connection) -> Webhook:
        vault = keys.ready(db, at=at)
        rights = rights_by(house, db, by)
        inside = house.settings.webhooks_inside
        return actions.make(db, new, secret=secret, vault=vault, inside=inside, by=rights, at=at)

    _show_secret(house, house.act(make), secret, as_json=as_json)


@command(group=webhook, name="list", says=N_("The subscriptions, ended ones too, and how the last try went."))
@as_json
def list_(house: House, as_json: bool) -> None:
    """All of them."""
    with house.read() as db:
        found = queries.webhooks(db)
    if as_json:
        house.json(Webhooks(items=found))
        return
    house.table(
        (N_("Subscription"), N_("Address"), N_("Told of"), N_("State"), N_("Last try"), N_("Result")),
        [
            (
                str(one.id),
                one.url,
                str(one.scope),
                say_word(house.language, f"webhook.{one.state}"),
                "" if one.last is None else one.last.at[:16],
                "" if one.last is None else say_word(house.language, f"met.{one.last.met}"),
            )
            for one in found
        ],
    )


@command(group=webhook, writes=True, says=N_("End a subscription for good."))
@_number
@click.option("--reason", default="", help=N_("Why it ends."))
@by_person
@as_json
def remove(house: House, number: int, reason: str, by: str | None, as_json: bool) -> None:
    """End it."""
    at = house.now()[1]
    ended = house.act(lambda db: actions.end(db, number, by=rights_by(house, db, by), reason=reason, at=at))
    _show(house, ended, as_json=as_json)


@command(group=webhook, writes=True, says=N_("Tell a subscription a test now, and say how it was met."))
@_number
@by_person
@as_json
def test(house: House, number: int, by: str | None, as_json: bool) -> int | None:
    """Test it."""
    at = house.now()[1]
    seq = house.act(lambda db: actions.ask_test(db, number, by=rights_by(house, db, by), at=at))
    tell(house, only=number)
    with house.read() as db:
        tries = queries.deliveries(db, number, before=None, limit=50)
    met = next((one for one in tries if one.seq == seq and one.kind is EventKind.WEBHOOK_TEST), None)
    if met is None:
        house.tell(N_("The test is told as soon as it is the subscription's turn."))
        return None
    if as_json:
        house.json(met)
    else:
        house.write(_told(house, met))
    return None if met.met == "delivered" else FINDINGS


@command(
    group=webhook,
    writes=True,
    says=N_("Have a subscription told of a book again, from a number of the book's log."),
)
@_number
@click.argument("book")
@click.argument("from_seq", type=click.IntRange(1))
@by_person
@as_json
def replay(house: House, number: int, book: str, from_seq: int, by: str | None, as_json: bool) -> None:
    """Tell it again."""
    found, at = house.book(book), house.now()[1]
    again = house.act(
        lambda db: actions.replay(
            db, number, book=found.id, from_seq=from_seq, by=rights_by(house, db, by), at=at
        )
    )
    _show(house, again, as_json=as_json)


@command(group=webhook, writes=True, says=N_("Tell a subscription again that was stopped."))
@_number
@by_person
@as_json
def resume(house: House, number: int, by: str | None, as_json: bool) -> None:
    """Resume it."""
    at = house.now()[1]
    resumed = house.act(lambda db: actions.resume(db, number, by=rights_by(house, db, by), at=at))
    _show(house, resumed, as_json=as_json)


@command(
    group=webhook,
    writes=True,
    says=N_("Give a subscription a new secret, printed this once; for a day the old one signs beside it."),
)
@_number
@by_person
@as_json
def secret(house: House, number: int, by: str | None, as_json: bool) -> None:
    """A new secret."""
    at, keys, fresh = house.now()[1], Keys(house.settings.key_file), secrets.token_bytes(rules.SECRET_BYTES)

    def renew(db: Connection) -> Webhook:
        vault, rights = keys.ready(db, at=at), rights_by(house, db, by)
        return actions.renew_secret(db, number, secret=fresh, vault=vault, by=rights, at=at)

    _show_secret(house, house.act(renew), fresh, as_json=as_json)


def _show_secret(house: House, found: Webhook, fresh: bytes, *, as_json: bool) -> None:
    if as_json:
        house.json(MadeWebhook(secret=rules.written_secret(fresh), webhook=found))
        return
    house.tell(N_("Subscription {number} to {scope}; its secret:"), number=found.id, scope=found.scope)
    house.write(rules.written_secret(fresh))


def _show(house: House, found: Webhook, *, as_json: bool) -> None:
    if as_json:
        house.json(found)
        return
    state = say_word(house.language, f"webhook.{found.state}")
    house.tell(N_("Subscription {number}: {state}"), number=found.id, state=state)


def _told(house: House, one: WebhookDelivery) -> str:
    met = say_word(house.language, f"met.{one.met}")
    return house.words(
        N_("{met} (HTTP status {status}, {ms} ms)"), met=met, status=one.status or "—", ms=one.took_ms
    )
