"""``token``: tokens with which programs act in a person's name."""

from datetime import UTC, datetime, time, timedelta

import click

from coop.access import queries
from coop.access.rules import NEVER_BY_TOKEN
from coop.access.tokens import actions as tokens
from schemas.access import Deed, NewToken, Token
from schemas.units import Value
from web.auth import words
from web.cli.command import CommandGroup, as_json, command
from web.cli.house import House
from web.clock import SHANGHAI
from web.database import Connection
from web.i18n.words import N_

_DEEDS = [deed.value for deed in Deed if deed not in NEVER_BY_TOKEN]

token = CommandGroup(
    name="token",
    help=N_(
        "Tokens for programs.\n\nA token acts in its owner's name. It never does more than its owner may at that "
        "moment, and of that only the deeds, in the books, it was made for."
    ),
)


class MadeToken(Value):
    """A token just made; its secret is shown this once."""

    secret: str
    token: Token


@command(group=token, writes=True, says=N_("Make a token; prints its secret, this once."))
@click.argument("person")
@click.option("--name", required=True, help=N_("What the token is for."))
@click.option(
    "--deed", "deeds", multiple=True, required=True, type=click.Choice(_DEEDS), help=N_("What it may do.")
)
@click.option("--book", "books", multiple=True, help=N_("Where; without it, wherever its owner may."))
@click.option("--days", type=click.IntRange(1, 366), default=90, help=N_("How many days it is good; 90."))
@as_json
def new(
    house: House, person: str, name: str, deeds: list[str], books: list[str], days: int, as_json: bool
) -> None:
    """A new token."""
    owner = house.person(person)
    on, at = house.now()
    last = datetime.combine(on + timedelta(days=days), time(0), SHANGHAI).astimezone(UTC)
    wanted = NewToken(
        name=name,
        deeds=tuple(map(Deed, deeds)),
        books=tuple(house.book(book).id for book in books),
        until=last.isoformat(),
    )
    secret = words.token_secret()

    def make(db: Connection) -> Token:
        rights = queries.rights_of(db, owner)
        operator = house.operator(db).person
        return tokens.make_token(
            db, wanted, digest=words.digest_of(secret), by=rights, made_by=operator, at=at
        )

    made = MadeToken(secret=secret, token=house.act(make))
    if as_json:
        house.json(made)
        return
    house.tell(N_("Token {number}, good until {until}:"), number=made.token.id, until=made.token.until)
    house.write(secret)


@command(group=token, name="list", says=N_("The tokens of a person, ended ones too."))
@click.argument("person")
@as_json
def list_(house: House, person: str, as_json: bool) -> None:
    """A person's tokens."""
    owner = house.person(person)
    with house.read() as db:
        found = queries.tokens_of(db, owner)
    if as_json:
        house.json(found, tuple[Token, ...])
        return
    house.table(
        (N_("Token"), N_("Name"), N_("Deeds"), N_("Books"), N_("Until"), N_("Last used"), N_("Ended")),
        [
            (
                str(one.id),
                one.name,
                " ".join(one.deeds),
                " ".join(one.books),
                one.until[:10],
                (one.last_used_at or "")[:10],
                (one.ended_at or "")[:10],
            )
            for one in found
        ],
    )


@command(group=token, writes=True, says=N_("End a token."))
@click.argument("number", type=int)
@as_json
def revoke(house: House, number: int, as_json: bool) -> None:
    """End a token."""
    at = house.now()[1]
    ended = house.act(lambda db: tokens.end_token(db, number, by=house.operator(db), at=at))
    if as_json:
        house.json(ended)
    else:
        house.tell(N_("Token {number} is ended."), number=ended.id)
