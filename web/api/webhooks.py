"""Webhooks 事件推送 over HTTP: which programs are told of what happened to which books, and how that went."""

import secrets

from coop.webhooks import actions, queries
from coop.webhooks.rules import SECRET_BYTES, written_secret
from schemas.access import Deed
from schemas.units import BookId, Counted, Value
from schemas.webhooks import BookTold, NewWebhook, Webhook, WebhookDelivery
from web.api.pages import Cursor, Limit, cursor_of, place_at
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("Webhooks 事件推送")
_HOOK = "/webhooks/{webhook}"


class Webhooks(Value):
    """Subscriptions, the newest first."""

    items: tuple[Webhook, ...]


class MadeWebhook(Value):
    """A subscription with a secret just made; it is shown this once."""

    secret: str
    webhook: Webhook


class AskedTest(Value):
    """The number of the test in the house's log, which is the number of the event."""

    seq: Counted


class Replay(Value):
    """From where a subscription is told of a book again."""

    book: BookId
    from_seq: Counted


class BooksTold(Value):
    """A page of how far a subscription was told of each book, those that wait first."""

    items: tuple[BookTold, ...]
    next: str | None


class BooksQuery(Value):
    """A page of books."""

    after: Cursor = ""
    limit: Limit = 100


class DeliveryQuery(Value):
    """A page of tries."""

    after: Cursor = ""
    limit: Limit = 100


class DeliveryPage(Value):
    """A page of tries, the newest first."""

    items: tuple[WebhookDelivery, ...]
    next: str | None


@routes.reads("/webhooks", deed=Deed.KEEP_WEBHOOKS, answers=Webhooks)
def list_webhooks(db: Connection, call: Call[Nothing, Nothing]) -> Webhooks:
    """The subscriptions within my reach, ended ones too."""
    return Webhooks(items=queries.webhooks_kept_by(db, call.rights))


@routes.acts(
    "/webhooks",
    deed=Deed.KEEP_WEBHOOKS,
    content=NewWebhook,
    answers=MadeWebhook,
    status=201,
    keyed=False,
    value_moves=False,
)
def make_webhook(db: Connection, call: Call[Nothing, NewWebhook]) -> MadeWebhook:
    """Subscribe an address to what happens from now on. The answer has the secret that signs, this once. Without kinds it
    is to every kind published today. What is sent, and how its signature is verified, is in the guide on webhooks."""
    secret = secrets.token_bytes(SECRET_BYTES)
    made = actions.make(
        db,
        call.body,
        secret=secret,
        vault=call.house.keys.vault,
        inside=call.house.settings.webhooks_inside,
        by=call.rights,
        at=call.at,
    )
    return MadeWebhook(secret=written_secret(secret), webhook=made)


@routes.reads(_HOOK, deed=Deed.KEEP_WEBHOOKS, answers=Webhook)
def read_webhook(db: Connection, call: Call[Nothing, Nothing]) -> Webhook:
    """One subscription, without its secret."""
    return queries.webhook_kept_by(db, call.rights, call.path["webhook"])


@routes.acts(
    _HOOK,
    method="DELETE",
    deed=Deed.KEEP_WEBHOOKS,
    answers=Webhook,
    keyed=False,
    value_moves=False,
)
def end_webhook(db: Connection, call: Call[Nothing, Nothing]) -> Webhook:
    """End a subscription for good; it stays in the list."""
    return actions.end(db, call.path["webhook"], by=call.rights, reason="", at=call.at)


@routes.acts(
    f"{_HOOK}/secret",
    deed=Deed.KEEP_WEBHOOKS,
    answers=MadeWebhook,
    status=201,
    keyed=False,
    value_moves=False,
)
def renew_webhook_secret(db: Connection, call: Call[Nothing, Nothing]) -> MadeWebhook:
    """Give a subscription a new secret, shown this once. For a day the one before signs beside it."""
    secret = secrets.token_bytes(SECRET_BYTES)
    renewed = actions.renew_secret(
        db,
        call.path["webhook"],
        secret=secret,
        vault=call.house.keys.vault,
        by=call.rights,
        at=call.at,
    )
    return MadeWebhook(secret=written_secret(secret), webhook=renewed)


@routes.acts(
    f"{_HOOK}/test",
    deed=Deed.KEEP_WEBHOOKS,
    answers=AskedTest,
    status=202,
    keyed=False,
    value_moves=False,
)
def test_webhook(db: Connection, call: Call[Nothing, Nothing]) -> AskedTest:
    """Have a test told to a subscription within seconds, as everything is told; how it went is among its tries."""
    return AskedTest(seq=actions.ask_test(db, call.path["webhook"], by=call.rights, at=call.at))


@routes.acts(
    f"{_HOOK}/replay",
    deed=Deed.KEEP_WEBHOOKS,
    content=Replay,
    answers=Webhook,
    keyed=False,
    value_moves=False,
)
def replay_webhook(db: Connection, call: Call[Nothing, Replay]) -> Webhook:
    """Have a subscription told of a book again, from a number of its log: the same events under the same ids."""
    body = call.body
    return actions.replay(
        db, call.path["webhook"], book=body.book, from_seq=body.from_seq, by=call.rights, at=call.at
    )


@routes.acts(f"{_HOOK}/resume", deed=Deed.KEEP_WEBHOOKS, answers=Webhook, keyed=False, value_moves=False)
def resume_webhook(db: Connection, call: Call[Nothing, Nothing]) -> Webhook:
    """Tell a subscription again that was stopped after days in vain, from where it was stopped."""
    return actions.resume(db, call.path["webhook"], by=call.rights, at=call.at)


@routes.reads(f"{_HOOK}/books", deed=Deed.KEEP_WEBHOOKS, query=BooksQuery, answers=BooksTold)
def list_books_told(db: Connection, call: Call[BooksQuery, Nothing]) -> BooksTold:
    """How far a subscription was told of each book of its scope."""
    found = queries.webhook_kept_by(db, call.rights, call.path["webhook"])
    after = place_at(call.query.after, tuple[int, str]) if call.query.after else None
    told = queries.told(db, found, after=after, limit=call.query.limit + 1)
    items = told[: call.query.limit]
    more = len(told) > call.query.limit
    return BooksTold(items=items, next=cursor_of(queries.place_of(items[-1])) if more else None)


@routes.reads(f"{_HOOK}/deliveries", deed=Deed.KEEP_WEBHOOKS, query=DeliveryQuery, answers=DeliveryPage)
def list_deliveries(db: Connection, call: Call[DeliveryQuery, Nothing]) -> DeliveryPage:
    """The tries of the last thirty days, the newest first: when, of which event, and how each was met."""
    found = queries.webhook_kept_by(db, call.rights, call.path["webhook"])
    before = place_at(call.query.after, Counted) if call.query.after else None
    tries = queries.deliveries(db, found.id, before=before, limit=call.query.limit + 1)
    items = tries[: call.query.limit]
    more = len(tries) > call.query.limit
    return DeliveryPage(items=items, next=cursor_of(items[-1].number) if more else None)
