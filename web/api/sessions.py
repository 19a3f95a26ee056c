"""Signing in and out over HTTP, and what a person keeps of his own login: sessions, tokens, password."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from msgspec import Meta

from coop.access import queries, rules
from coop.access.tokens import actions as tokens
from schemas.access import Deed, Held, NewToken, Session, Token
from schemas.units import BookId, PersonId, Value
from web.api.route import Answer, Call, Door, Nothing, Routes
from web.auth.callers import no_session_cookie, session_cookie
from web.auth.gate import Gate
from web.auth.words import form_word
from web.database import Connection

routes = Routes("Sessions and tokens 登录与令牌")
Password = Annotated[str, Meta(min_length=1, max_length=1024)]
Code = Annotated[str, Meta(max_length=40)]


class SignIn(Value):
    """Name and password, and the code of the second factor (or a recovery code) where the login has one."""

    login: Annotated[str, Meta(min_length=1, max_length=64)]
    password: Password
    code: Code = ""


class SignedIn(Value):
    """A session that has begun. Its secret is in the cookie; ``csrf`` goes with every write as X-CSRF-Token. While
    ``must_prove``, the session opens nothing but giving the second factor's code."""

    session: Session
    csrf: str
    must_prove: bool


class SecondFactor(Value):
    """The code of the second factor, or a recovery code."""

    code: Annotated[str, Meta(min_length=6, max_length=40)]


class NewPassword(Value):
    """A new password, proved by the old one."""

    old: Password
    new: Password


class SetUp(Value):
    """The set-up code an administrator gave out, and the password to be."""

    code: Annotated[str, Meta(min_length=1, max_length=40)]
    password: Password


class Me(Value):
    """Who calls, what they hold, and what they may do in each of their books."""

    person: PersonId
    name: str
    login: str
    second_factor: bool
    held: tuple[Held, ...]
    deeds: Mapping[str, tuple[Deed, ...]]


class Sessions(Value):
    """The caller's sessions, newest first."""

    items: tuple[Session, ...]


class Tokens(Value):
    """The caller's tokens, oldest first, ended ones too."""

    items: tuple[Token, ...]


class TokenWanted(Value):
    """A token to be made: what it may do, in which books (none: wherever its owner may), until when."""

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    deeds: Annotated[tuple[Deed, ...], Meta(min_length=1, max_length=len(Deed))]
    until: Annotated[datetime, Meta(tz=True)]
    books: Annotated[tuple[BookId, ...], Meta(max_length=1000)] = ()


class MadeToken(Value):
    """A token just made; its secret is shown this once."""

    secret: str
    token: Token


@routes.talks("/sessions", deed=None, content=SignIn, answers=SignedIn, status=201)
async def sign_in(gate: Gate, door: Door, call: Call[Nothing, SignIn]) -> Answer:
    """Begin a session 登录. Too many attempts are answered 429."""
    entered = await gate.sign_in(
        call.body.login,
        call.body.password,
        code=call.body.code,
        address=door.address,
        agent=door.agent,
        at=call.at,
    )
    return Answer(
        SignedIn(session=entered.session, csrf=form_word(entered.secret), must_prove=entered.must_prove),
        cookies=(session_cookie(entered.secret, secure=door.secure),),
    )


@routes.talks(
    "/sessions/second-factor", deed=Deed.FINISH_SIGN_IN, content=SecondFactor, answers=SignedIn, status=201
)
async def prove_second_factor(gate: Gate, door: Door, call: Call[Nothing, SecondFactor]) -> Answer:
    """Give the code a session waits for. It ends, and one with everything in it begins."""
    entered = await gate.prove(call.me, call.body.code, address=door.address, agent=door.agent, at=call.at)
    return Answer(
        SignedIn(session=entered.session, csrf=form_word(entered.secret), must_prove=entered.must_prove),
        cookies=(session_cookie(entered.secret, secure=door.secure),),
    )


@routes.talks("/sessions/current", method="DELETE", deed=Deed.FINISH_SIGN_IN, answers=None, status=204)
async def sign_out(gate: Gate, door: Door, call: Call[Nothing, Nothing]) -> Answer:
    """End this session 退出."""
    await gate.sign_out(call.me, at=call.at)
    return Answer(None, cookies=(no_session_cookie(secure=door.secure),))


@routes.reads("/sessions", deed=Deed.KEEP_OWN_LOGIN, answers=Sessions)
def list_sessions(db: Connection, call: Call[Nothing, Nothing]) -> Sessions:
    """My sessions."""
    return Sessions(items=queries.sessions_of(db, call.by))


@routes.talks("/sessions/{session}", method="DELETE", deed=Deed.KEEP_OWN_LOGIN, answers=None, status=204)
async def end_session(gate: Gate, _door: Door, call: Call[Nothing, Nothing]) -> Answer:
    """End one of my sessions, or another's for whoever manages them."""
    await gate.end_session(call.me, call.path["session"], at=call.at)
    return Answer(None)


@routes.talks("/set-up", deed=None, content=SetUp, answers=None, status=204)
async def set_up_login(gate: Gate, _door: Door, call: Call[Nothing, SetUp]) -> Answer:
    """Make the password of a login with its set-up code, once."""
    await gate.accept(call.body.code, call.body.password, at=call.at)
    return Answer(None)


@routes.reads("/me", deed=Deed.KEEP_OWN_LOGIN, answers=Me)
def read_me(db: Connection, call: Call[Nothing, Nothing]) -> Me:
    """Who I am, and what I may do where."""
    seen = queries.books_seen_by(db, call.rights)
    return Me(
        person=call.by,
        name=call.me.name,
        login=call.me.login,
        second_factor=call.me.second_factor,
        held=call.rights.held,
        deeds={
            "": tuple(sorted(rules.deeds_at(call.rights, code=""))),
            **{book.id: tuple(sorted(queries.deeds_of(db, call.rights, book.id))) for book in seen},
        },
    )


@routes.talks(
    "/me/password", method="PUT", deed=Deed.KEEP_OWN_LOGIN, content=NewPassword, answers=None, status=204
)
async def change_password(gate: Gate, door: Door, call: Call[Nothing, NewPassword]) -> Answer:
    """Change my password; all my other sessions end."""
    await gate.change_password(
        call.me, old=call.body.old, new=call.body.new, address=door.address, at=call.at
    )
    return Answer(None)


@routes.reads("/tokens", deed=Deed.KEEP_OWN_LOGIN, answers=Tokens)
def list_tokens(db: Connection, call: Call[Nothing, Nothing]) -> Tokens:
    """My tokens."""
    return Tokens(items=queries.tokens_of(db, call.by))


@routes.talks("/tokens", deed=Deed.KEEP_OWN_LOGIN, content=TokenWanted, answers=MadeToken, status=201)
async def make_token(gate: Gate, _door: Door, call: Call[Nothing, TokenWanted]) -> Answer:
    """Make a token 令牌 for a program that acts in my name. It never does more than I may at that moment."""
    wanted = call.body
    made = await gate.make_token(
        call.me,
        NewToken(name=wanted.name, deeds=wanted.deeds, until=wanted.until.isoformat(), books=wanted.books),
        at=call.at,
    )
    return Answer(MadeToken(secret=made.secret, token=made.token))


@routes.acts(
    "/tokens/{token}",
    method="DELETE",
    deed=Deed.KEEP_OWN_LOGIN,
    answers=Token,
    keyed=False,
    value_moves=False,
)
def end_token(db: Connection, call: Call[Nothing, Nothing]) -> Token:
    """End a token of mine, or another's for whoever manages them."""
    return tokens.end_token(db, call.path["token"], by=call.rights, at=call.at)
