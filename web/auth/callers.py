"""Who sent this request: a person with a session cookie, or a program with a token in the name of one.

One question to the database a request, through two unique indexes; nothing is kept between requests, so what is
taken away is gone at the next one.
"""

import ipaddress
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

from coop.access import queries, rules
from coop.identity import masked_text
from schemas.access import AtDoor, Rights
from schemas.units import BookId, PersonId, Value
from web.auth import words
from web.database import Connection

AnyConnection = ASGIConnection[Any, Any, Any, Any]
_COOKIE = "lianjian-session"
_LONGEST_SECRET = 200


class Caller(Value):
    """Whoever sent a request, with everything that may be asked about him.

    ``csrf`` is the word forms of his session carry; empty for a token. ``must_prove`` says that the second factor
    is still awaited: until it is given, nothing but giving it, and signing out, is open to him.
    """

    person: PersonId
    name: str
    login: str
    rights: Rights
    session: int | None = None
    token: int | None = None
    csrf: str = ""
    second_factor: bool = False
    must_prove: bool = False


class Found(Value):
    """A caller, the door he knocks at, and whether his last use of session or token is due to be written down."""

    caller: Caller
    stamp_due: bool
    door: AtDoor | None


class Credential(Value):
    """What a request brings to prove who sends it."""

    secret: str
    by_token: bool

    def __repr__(self) -> str:
        return f"Credential({'token' if self.by_token else 'session'})"


def session_cookie(secret: str, *, secure: bool) -> Cookie:
    """The cookie of a session: no script reads it, no other site's form sends it, plain HTTP never carries it where
    HTTPS is there."""
    return Cookie(
        key=_cookie_name(secure),
        value=secret,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
        max_age=int(rules.LONGEST.total_seconds()),
    )


def no_session_cookie(*, secure: bool) -> Cookie:
    """What makes the browser forget the session."""
    return Cookie(
        key=_cookie_name(secure), value="", path="/", httponly=True, samesite="lax", secure=secure, max_age=0
    )


def _cookie_name(secure: bool) -> str:
    """A name the browser itself binds to this host and to HTTPS, where there is HTTPS."""
    return f"__Host-{_COOKIE}" if secure else _COOKIE


def credential_of(connection: AnyConnection, *, secure: bool) -> Credential | None:
    """What this request brings: a token goes before a cookie."""
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return Credential(secret=token.strip()[:_LONGEST_SECRET], by_token=True)
    if "cookie" not in connection.headers:
        return None
    secret = connection.cookies.get(_cookie_name(secure))
    return Credential(secret=secret[:_LONGEST_SECRET], by_token=False) if secret else None


def caller_with(
    db: Connection, credential: Credential, *, book: BookId | None = None, at: datetime
) -> Found | None:
    """Who this is, knocking at the door of ``book``, or None when session or token is unknown, ended or has lain idle too long."""
    digest = words.digest_of(credential.secret)
    if credential.by_token:
        use = queries.token_use(db, digest=digest, book=book)
        if use is None or not rules.token_lives(use.token, at=at):
            return None
        return Found(
            caller=Caller(
                person=use.token.person,
                name=use.person_name,
                login=use.login,
                rights=use.rights,
                token=use.token.id,
                second_factor=True,
            ),
            stamp_due=rules.is_due_for_stamp(use.token.last_used_at, at=at),
            door=use.door,
        )
    found = queries.signed_in(db, digest=digest, book=book)
    if found is None or not rules.session_lives(found.session, at=at):
        return None
    return Found(
        caller=Caller(
            person=found.session.person,
            name=found.person_name,
            login=found.login,
            rights=found.rights,
            session=found.session.id,
            csrf=words.form_word(credential.secret),
            second_factor=found.session.second_factor,
            must_prove=found.must_prove,
        ),
        stamp_due=rules.is_due_for_stamp(found.session.seen_at, at=at),
        door=found.door,
    )


def address_of(connection: AnyConnection) -> str:
    """The address a request comes from, as attempts to sign in are counted: an IPv4 address, or the /64 network of an
    IPv6 one, which one household or office has to itself. Behind a proxy the server sets it (uvicorn's proxy
    headers, for trusted proxies only)."""
    if connection.client is None:
        return "local"
    try:
        address = ipaddress.ip_address(connection.client.host.partition("%")[0])
    except ValueError:
        return "local"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def agent_of(connection: AnyConnection) -> str:
    """The program a request comes from, as it calls itself: what is kept of it with a session, with the numbers of persons
    in it masked."""
    return masked_text(connection.headers.get("user-agent", ""))[:200]
