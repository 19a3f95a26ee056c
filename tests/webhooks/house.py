"""Two cooperatives of one township, another of the next, and who keeps subscriptions there, in one line each."""

import itertools
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine

from coop.webhooks import actions, queries
from coop.webhooks.rules import written_secret
from schemas.webhooks import EventKind, NewWebhook, Webhook
from tests.builders import a_book, a_house, post
from tests.people import AT, VAULT, a_place, rights, scope, with_role
from web.auth.keys import Keys
from web.database import reading_engine
from web.webhooks import Post, Sent, deliver

INTEREST = "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11"
TOWNSHIP = "place:450000101"
_draws = itertools.count(1)


class TheVault(Keys):
    """The tests' own vault, without a file."""

    def __init__(self) -> None:
        super().__init__(Path("none"))
        self._vault = VAULT


def furnish(db: Connection) -> None:
    """清水 and 龙坪 in one township, 石门 in the next; lu and the officer keep subscriptions, each in his own reach."""
    a_house(db)
    for book, village in (
        ("qingshui", "450000101200"),
        ("longping", "450000101300"),
        ("shimen", "450000102200"),
    ):
        a_book(db, book)
        a_place(db, book, village)
    with_role(db, "lu", "accountant", "book:qingshui")
    with_role(db, "pan", "township_officer", TOWNSHIP)
    with_role(db, "guan", "administrator", "house")


def secret_of(number: int) -> bytes:
    """A secret for a test."""
    return number.to_bytes(32, "big")


def subscribe(
    db: Connection, url: str, *kinds: str, where: str = "book:qingshui", by: str = "lu", at: datetime = AT
) -> tuple[Webhook, str]:
    """A subscription and its secret as it is shown once."""
    secret = secret_of(next(_draws))
    new = NewWebhook(url=url, scope=scope(where), kinds=tuple(map(EventKind, kinds)))
    made = actions.make(db, new, secret=secret, vault=VAULT, inside=True, by=rights(db, by), at=at)
    return made, written_secret(secret)


def interest(db: Connection, book: str = "qingshui") -> None:
    """A voucher prepared, reviewed and posted: three events."""
    post(db, INTEREST, book=book)


class Telling:
    """The service's part: what is due is told, at the hour the test says."""

    def __init__(self, engine: Engine, *, patience: float = 5.0, inside: bool = True) -> None:
        self.engine = engine
        self.reading = reading_engine(engine.url.render_as_string(hide_password=False))
        self.post = Post(inside=inside, patience=patience)
        self.at = AT

    def act(self, what: Any, _book: str = "") -> Any:
        """An act in a transaction of its own."""
        with self.engine.begin() as db:
            return what(db)

    def tell(
        self, *, after: timedelta = timedelta(0), at_once: int = 1, clock: Callable[[], float] = monotonic
    ) -> Sent:
        """Tell what is due, some time later."""
        self.at += after
        return deliver(
            self.reading, self.act, self.post, TheVault(), at=self.at, at_once=at_once, clock=clock
        )

    def webhook(self, id: int = 1) -> Webhook:
        """The subscription as it stands."""
        with self.engine.connect() as db:
            found = queries.webhook(db, id)
        assert found is not None
        return found
