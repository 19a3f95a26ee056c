"""Subscriptions of other programs: who is told of what happens, how that goes, and what to do where it does not."""

import secrets
from collections.abc import Mapping, Sequence

import msgspec

from coop.access.queries import places_of
from coop.access.rules import deeds_at, deeds_on
from coop.webhooks import actions, queries
from coop.webhooks.rules import SECRET_BYTES, SUBSCRIBED, written_secret
from schemas.access import HOUSE_WIDE, Deed, Place, Scope, ScopeKind
from schemas.problems import Problem, Refusal
from schemas.units import BookId
from schemas.webhooks import Address, EventKind, NewWebhook, Webhook
from web import wire
from web.database import Connection
from web.i18n.words import N_
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.scopes import Scopes, scopes_of
from web.people_names import names_of as names_of_people
from web.webhooks import Post, deliver

ON_A_PAGE = 50
"""Tries shown of a subscription."""
BOOKS_ON_A_PAGE = 100
"""Books shown of a subscription."""

MET = {
    "delivered": "good",
    "busy": "warn",
}
"""How the tag of a try looks; whatever else it met is wrong."""


@shows("/webhooks", deed=Deed.KEEP_WEBHOOKS)
def list_webhooks(visit: Visit) -> Shown:
    """The subscriptions within one's reach, and the form of a new one."""
    return _show_list(visit)


def _show_list(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    found = queries.webhooks_kept_by(visit.db, visit.who.rights)
    scopes = scopes_of(visit)
    reach = _reach(visit, scopes)
    return visit.page(
        "webhooks.html",
        problems=problems,
        status=status,
        live=[one for one in found if one.ended_at is None],
        ended=[one for one in found if one.ended_at is not None],
        scopes=scopes,
        reach=reach,
        kinds=_by_noun(),
        chosen=visit.fields("kind"),
        met=MET,
        given=visit.field,
    )


def _by_noun() -> Mapping[str, Sequence[EventKind]]:
    """The kinds under what they are about."""
    found: dict[str, list[EventKind]] = {}
    for kind in SUBSCRIBED:
        noun = kind.partition(".")[0]
        found.setdefault({"year": "period", "message": "batch"}.get(noun, noun), []).append(kind)
    return found


class _Reach(msgspec.Struct, frozen=True):
    house: bool
    places: Mapping[str, str]
    books: Mapping[BookId, str]


def _reach(visit: Visit, scopes: Scopes) -> _Reach:
    """What the reader may have programs told of."""
    rights = visit.who.rights
    places = places_of(visit.db, scopes.books)
    return _Reach(
        house=Deed.KEEP_WEBHOOKS in deeds_at(rights, code=""),
        places={
            code: name
            for code, name in scopes.places.items()
            if Deed.KEEP_WEBHOOKS in deeds_at(rights, code=code)
        },
        books={
            book: name
            for book, name in scopes.books.items()
            if Deed.KEEP_WEBHOOKS in deeds_on(rights, book=book, place=places.get(book, Place()))
        },
    )


@does("/webhooks", deed=Deed.KEEP_WEBHOOKS, again=_show_list)
async def add_webhook(visit: Visit) -> Shown:
    """A new subscription; its secret is shown this once."""
    new, vault = _new_from(visit), visit.vault
    secret = secrets.token_bytes(SECRET_BYTES)

    def make(db: Connection) -> Webhook:
        return actions.make(
            db,
            new,
            secret=secret,
            vault=vault,
            inside=visit.settings.webhooks_inside,
            by=visit.who.rights,
            at=visit.at,
        )

    made = await visit.write(make)
    return await visit.read(lambda: _show_one(visit, id=made.id, secret=written_secret(secret)))


def _new_from(visit: Visit) -> NewWebhook:
    try:
        url = msgspec.convert(visit.field("url"), Address)
    except msgspec.ValidationError:
        raise Refusal(wire.field_must_be_given.at("/url", field="url")) from None
    kinds = tuple(kind for kind in SUBSCRIBED if kind in visit.fields("kind"))
    return NewWebhook(url=url, scope=_scope_from(visit), kinds=kinds)


def _scope_from(visit: Visit) -> Scope:
    kind, _, code = visit.field("scope").partition(":")
    if kind not in list(ScopeKind):
        raise Refusal(wire.must_be_one_of.at("/scope", given=kind[:40] or "—", known=", ".join(ScopeKind)))
    return HOUSE_WIDE if kind == ScopeKind.HOUSE else Scope(kind=ScopeKind(kind), code=code[:40])


# One subscription


@shows("/webhooks/{webhook}", deed=Deed.KEEP_WEBHOOKS, asks=("after",))
def show_webhook(visit: Visit) -> Shown:
    """How far it was told of each book, how the last tries went, and what may be done with it."""
    return _show_one(visit)


def _show_one(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    id: int | None = None,
    secret: str = "",
) -> Shown:
    number = visit.number_at("webhook") if id is None else id
    found = queries.webhook_kept_by(visit.db, visit.who.rights, number)
    after = visit.query.get("after", "")
    told = queries.told(
        visit.db,
        found,
        after=queries.place_in(visit.db, found, after) if after else None,
        limit=BOOKS_ON_A_PAGE + 1,
    )
    hands = {person for person in (found.made_by, found.ended_by) if person is not None}
    return visit.page(
        "webhook.html",
        problems=problems,
        status=status,
        webhook=found,
        secret=secret,
        books=told[:BOOKS_ON_A_PAGE],
        first_page=f"/webhooks/{found.id}" if after else "",
        next_page=address(f"/webhooks/{found.id}", after=told[BOOKS_ON_A_PAGE - 1].book)
        if len(told) > BOOKS_ON_A_PAGE
        else "",
        tries=queries.deliveries(visit.db, found.id, before=None, limit=ON_A_PAGE),
        scopes=scopes_of(visit),
        names=names_of_people(visit.db, hands, locale=visit.locale),
        met=MET,
        given=visit.field,
    )


@does("/webhooks/{webhook}/test", deed=Deed.KEEP_WEBHOOKS, again=_show_one)
async def test_webhook(visit: Visit) -> Shown:
    """Tell it a test now; how that was met is the newest try."""
    number = visit.number_at("webhook")
    await visit.write(lambda db: actions.ask_test(db, number, by=visit.who.rights, at=visit.at))
    state = visit.request.app.state
    post = Post(inside=visit.settings.webhooks_inside)
    await visit.on_thread(
        lambda: deliver(
            state.readers,
            lambda what, book: visit.writer.do_now(what, book=book),
            post,
            state.key_file,
            at=visit.at,
            only=number,
        )
    )
    return see_other(f"/webhooks/{number}#tries", notice=N_("Tested; how it was met stands below."))


@does("/webhooks/{webhook}/secret", deed=Deed.KEEP_WEBHOOKS, again=_show_one)
async def renew_secret(visit: Visit) -> Shown:
    """A new secret, shown this once."""
    number, vault, secret = visit.number_at("webhook"), visit.vault, secrets.token_bytes(SECRET_BYTES)
    await visit.write(
        lambda db: actions.renew_secret(
            db, number, secret=secret, vault=vault, by=visit.who.rights, at=visit.at
        )
    )
    return await visit.read(lambda: _show_one(visit, secret=written_secret(secret)))


@does("/webhooks/{webhook}/replay", deed=Deed.KEEP_WEBHOOKS, again=_show_one)
async def replay_webhook(visit: Visit) -> Shown:
    """Tell it of a book again."""
    number, book = visit.number_at("webhook"), visit.field("book")[:40]
    given = visit.field("from_seq")
    if not given.isdecimal() or len(given) > 15:
        raise Refusal(wire.must_be_whole_number.at("/from_seq"))
    await visit.write(
        lambda db: actions.replay(
            db, number, book=book, from_seq=int(given), by=visit.who.rights, at=visit.at
        )
    )
    return see_other(f"/webhooks/{number}", notice=N_("It is told again within seconds."))


@does("/webhooks/{webhook}/resume", deed=Deed.KEEP_WEBHOOKS, again=_show_one)
async def resume_webhook(visit: Visit) -> Shown:
    """Tell it again, after it was stopped."""
    number = visit.number_at("webhook")
    await visit.write(lambda db: actions.resume(db, number, by=visit.who.rights, at=visit.at))
    return see_other(f"/webhooks/{number}", notice=N_("It is told again within seconds."))


@does("/webhooks/{webhook}/end", deed=Deed.KEEP_WEBHOOKS, again=_show_one)
async def end_webhook(visit: Visit) -> Shown:
    """End it for good."""
    number, reason = visit.number_at("webhook"), visit.field("reason")[:200]
    await visit.write(lambda db: actions.end(db, number, by=visit.who.rights, reason=reason, at=visit.at))
    return see_other("/webhooks", notice=N_("The subscription is ended."))


handlers = [
    list_webhooks,
    add_webhook,
    show_webhook,
    test_webhook,
    renew_secret,
    replay_webhook,
    resume_webhook,
    end_webhook,
]
