"""People and roles: logins, roles that a second person consents to, and the sessions and tokens of others.

One's own login is kept on ``/me``. Whoever may consent to roles finds here what waits for it, whether or not people are
theirs to manage.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from coop.access import queries, rules
from coop.access.grants import actions as grant_actions
from coop.access.logins import actions as logins
from coop.access.rules import CONSENTED, ROLES, login_must_be_there, sealed_identity
from coop.access.tokens import actions as tokens
from ledger.books import queries as books
from ledger.people import queries as people
from schemas.access import (
    Deed,
    Grant,
    GrantState,
    Login,
    LoginName,
    NewGrant,
    NewLogin,
    Rights,
    Role,
    Scope,
    ScopeKind,
)
from schemas.problems import Fault, Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId
from web import wire
from web.auth import words
from web.database import Connection
from web.i18n.words import N_
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.scopes import scopes_of
from web.people_names import names_of as names_of_people

ON_A_PAGE = 100

login_name_must_be_written_so = Fault(
    code="login_name_must_be_written_so",
    says="{given} cannot be a login name.",
    remedy="Use 2 to 64 letters, Chinese characters, digits, or . _ - @; begin with a letter, a character or a digit.",
)


person_must_be_told_from_papers = Fault(
    code="person_must_be_told_from_papers",
    says="Papers of the books name {name} already.",
    remedy="Say whether it is the same person: who prepared a voucher on paper must not review it here.",
)
NEW = "new"
"""The answer that it is another person of the same name."""


class Invited(NamedTuple):
    """A login just made or renewed, and the set-up code shown this once."""

    login: Login
    code: str


# The list


@shows("/people", deed=Deed.CONSENT_TO_ROLES, asks=("after",))
def list_people(visit: Visit) -> Shown:
    """What waits for the reader's consent, and everybody with a login for whoever manages people."""
    return _show_list(visit)


def _show_list(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, invited: Invited | None = None
) -> Shown:
    manages = visit.may_anywhere("manage_people")
    after = visit.query.get("after", "")
    found = queries.logins(visit.db, after=after, limit=ON_A_PAGE + 1) if manages else ()
    shown = found[:ON_A_PAGE]
    waiting = queries.grants_waiting_for(visit.db, visit.who.rights)
    return visit.page(
        "people.html",
        problems=problems,
        status=status,
        logins=shown,
        roles={one.person: _roles_shown(visit, one.person) for one in shown},
        everywhere=Deed.MANAGE_PEOPLE in rules.deeds_at(visit.who.rights, code=""),
        waiting=waiting,
        names=names_of_people(
            visit.db,
            {person for one in waiting for person in (one.person, one.proposed_by)},
            locale=visit.locale,
        ),
        scopes=scopes_of(visit),
        manages=manages,
        in_papers=_in_papers(visit.db, visit.field("person_name")) if visit.field("person_name") else (),
        invited=invited,
        given=visit.field,
        first="/people" if after else "",
        next=address("/people", after=shown[-1].name) if len(found) > ON_A_PAGE else "",
    )


def _roles_shown(visit: Visit, person: PersonId) -> list[Grant]:
    grants = queries.grants_shown_to(visit.db, visit.who.rights, person=person)
    return [one for one in grants if one.state is not GrantState.ENDED]


def _new_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    """What is said of a login's name stands beside the field of the form."""
    found = [replace(one, pointer="/login") if one.pointer == "/name" else one for one in problems]
    return _show_list(visit, found, status)


@does("/people", deed=Deed.MANAGE_PEOPLE, again=_new_again)
async def add_person(visit: Visit) -> Shown:
    """Give a person a login; the set-up code is shown this once."""
    new = await visit.read(lambda: _login_from(visit))
    invited = await visit.write(lambda db: _added(db, new, visit))
    return await visit.read(lambda: _show_list(visit, invited=invited))


def _login_from(visit: Visit) -> NewLogin:
    login, name = visit.field("login"), visit.field("person_name")
    problems: list[Problem] = []
    try:
        msgspec.convert(login, LoginName)
    except msgspec.ValidationError:
        problems.append(login_name_must_be_written_so.at("/login", given=login[:64] or "—"))
    if not name:
        problems.append(wire.field_must_be_given.at("/person_name", field="person_name"))
    number = visit.field("identity")
    sealed = None
    try:
        sealed = sealed_identity(visit.vault, number, login=login) if number else None
    except Refusal as refusal:
        problems += refusal.problems
    person = visit.field("person")
    if not person and name and not problems and _in_papers(visit.db, name):
        problems.append(person_must_be_told_from_papers.at("/person", name=name))
    if person not in ("", NEW) and not re.fullmatch(r"[0-9]{1,15}", person):
        problems.append(wire.must_be_whole_number.at("/person"))
    if problems:
        raise Refusal(*problems)
    known = int(person) if person not in ("", NEW) else None
    return NewLogin(name=login, person_name=name[:80], person=known, identity=sealed)


def _in_papers(db: Connection, name: str) -> tuple[tuple[PersonId, BookId], ...]:
    """The people of this name that papers of books know and that have no login."""
    return tuple(
        (person, book)
        for person, book in people.called(db, name)
        if queries.login_of(db, person) is None and books.book(db, id=book) is not None
    )


def _added(db: Connection, new: NewLogin, visit: Visit) -> Invited:
    login = logins.add_login(db, new, by=visit.who.rights, at=visit.at)
    return _invite(db, login.person, by=visit.who.rights, at=visit.at)


def _invite(db: Connection, person: PersonId, *, by: Rights, at: datetime) -> Invited:
    code = words.set_up_code()
    login = logins.invite(db, person, digest=words.digest_of_code(code), by=by, at=at)
    return Invited(login, code)


# One person


@shows("/people/{person}", deed=Deed.MANAGE_PEOPLE)
def show_person(visit: Visit) -> Shown:
    """One login: its roles ever given, its sessions and tokens, and what may be done with it."""
    return _show_person(visit)


def _show_person(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, invited: Invited | None = None
) -> Shown:
    person = visit.number_at("person")
    login = _login_there(visit.db, person)
    grants = queries.grants_shown_to(visit.db, visit.who.rights, person=person)
    oversees = Deed.MANAGE_TOKENS in rules.deeds_at(visit.who.rights, code="")
    scopes = scopes_of(visit)
    return visit.page(
        "person.html",
        problems=problems,
        status=status,
        login=login,
        held=[one for one in grants if one.state is GrantState.HELD],
        proposed=[one for one in grants if one.state is GrantState.PROPOSED],
        ended=[one for one in grants if one.state is GrantState.ENDED][::-1],
        names=names_of_people(visit.db, {person, *_hands(grants)}, locale=visit.locale),
        scopes=scopes,
        roles=list(ROLES),
        consented=CONSENTED,
        kinds={role: sorted(term.scopes) for role, term in ROLES.items()},
        oversees=oversees,
        everywhere=Deed.MANAGE_PEOPLE in rules.deeds_at(visit.who.rights, code=""),
        sessions=queries.sessions_of(visit.db, person) if oversees else (),
        tokens=[one for one in queries.tokens_of(visit.db, person) if one.ended_at is None]
        if oversees
        else (),
        invited=invited,
        given=visit.field,
    )


def _hands(grants: Sequence[Grant]) -> set[PersonId]:
    found = {one.proposed_by for one in grants}
    for one in grants:
        found |= {person for person in (one.consented_by, one.ended_by) if person is not None}
    return found


def _login_there(db: Connection, person: PersonId) -> Login:
    found = queries.login_of(db, person)
    if found is None:
        raise Refusal(login_must_be_there.at("/person", person=person), kind=RefusalKind.MISSING)
    return found


@does("/people/{person}/code", deed=Deed.MANAGE_PEOPLE, again=_show_person)
async def renew(visit: Visit) -> Shown:
    """A new set-up code; everything that opened the login before ends."""
    person = visit.number_at("person")
    invited = await visit.write(
        lambda db: _invite(db, _login_there(db, person).person, by=visit.who.rights, at=visit.at)
    )
    return await visit.read(lambda: _show_person(visit, invited=invited))


@does("/people/{person}/identity", deed=Deed.MANAGE_PEOPLE, again=_show_person)
async def enter_identity(visit: Visit) -> Shown:
    """Enter or correct the identity number of a login's owner; it is sealed at once."""
    person = visit.number_at("person")
    login = await visit.read(lambda: _login_there(visit.db, person))
    sealed = sealed_identity(visit.vault, visit.field("identity"), login=login.name)
    await visit.write(lambda db: logins.set_identity(db, person, sealed, by=visit.who.rights, at=visit.at))
    return see_other(f"/people/{person}", notice=N_("The identity number is entered and sealed."))


@does("/people/{person}/close", deed=Deed.MANAGE_PEOPLE, again=_show_person)
async def close(visit: Visit) -> Shown:
    """Close a login 停用."""
    person = visit.number_at("person")
    reason = visit.field("reason")[:200]
    await visit.write(
        lambda db: logins.close_login(db, person, by=visit.who.rights, reason=reason, at=visit.at)
    )
    return see_other(f"/people/{person}", notice=N_("The login is closed."))


# Roles


@does("/people/{person}/roles", deed=Deed.GRANT_ROLES, again=_show_person)
async def propose(visit: Visit) -> Shown:
    """Propose a role; with a second person's consent it is in force."""
    person = visit.number_at("person")
    new = NewGrant(person=person, role=_role_from(visit), scope=_scope_from(visit))
    made = await visit.write(lambda db: grant_actions.propose(db, new, by=visit.who.rights, at=visit.at))
    return see_other(
        f"/people/{person}",
        notice=N_("The role is in force.")
        if made.state is GrantState.HELD
        else N_("Proposed. A second person consents to it now."),
    )


def _role_from(visit: Visit) -> Role:
    given = visit.field("role")
    if given not in list(Role):
        raise Refusal(wire.must_be_one_of.at("/role", given=given[:40] or "—", known=", ".join(Role)))
    return Role(given)


def _scope_from(visit: Visit) -> Scope:
    kind, _, code = visit.field("scope").partition(":")
    if kind not in list(ScopeKind):
        raise Refusal(wire.must_be_one_of.at("/scope", given=kind[:40] or "—", known=", ".join(ScopeKind)))
    if kind == ScopeKind.PLACE and not code:
        code = visit.field("place")
    return Scope(kind=ScopeKind(kind), code=code[:40])


@does("/grants/{grant}/end", deed=Deed.GRANT_ROLES)
async def end_role(visit: Visit) -> Shown:
    """Take a role back, or withdraw a proposal."""
    ended = await _ended(visit)
    return see_other(f"/people/{ended.person}", notice=N_("The role is ended."))


@does("/grants/{grant}/consent", deed=Deed.CONSENT_TO_ROLES, again=_show_list)
async def consent(visit: Visit) -> Shown:
    """Consent, as the second person."""
    grant = visit.number_at("grant")
    await visit.write(lambda db: grant_actions.consent(db, grant, by=visit.who.rights, at=visit.at))
    return see_other("/people", notice=N_("Consented. The role is in force."))


@does("/grants/{grant}/refuse", deed=Deed.CONSENT_TO_ROLES, again=_show_list)
async def refuse(visit: Visit) -> Shown:
    """Refuse a role that waits for consent."""
    await _ended(visit)
    return see_other("/people", notice=N_("Refused."))


async def _ended(visit: Visit) -> Grant:
    grant, reason = visit.number_at("grant"), visit.field("reason")[:200]
    return await visit.write(
        lambda db: grant_actions.end_grant(db, grant, by=visit.who.rights, reason=reason, at=visit.at)
    )


# Sessions and tokens of others


@does("/people/{person}/sessions/{session}/end", deed=Deed.MANAGE_TOKENS)
async def end_session(visit: Visit) -> Shown:
    """End a session of somebody."""
    await visit.gate.end_session(visit.who, visit.number_at("session"), at=visit.at)
    return see_other(f"/people/{visit.number_at('person')}", notice=N_("The session is ended."))


@does("/people/{person}/tokens/{token}/end", deed=Deed.MANAGE_TOKENS)
async def end_token(visit: Visit) -> Shown:
    """End a token of somebody."""
    token = visit.number_at("token")
    await visit.write(lambda db: tokens.end_token(db, token, by=visit.who.rights, at=visit.at))
    return see_other(f"/people/{visit.number_at('person')}", notice=N_("The token is ended."))


handlers = [
    list_people,
    add_person,
    show_person,
    renew,
    enter_identity,
    close,
    propose,
    end_role,
    consent,
    refuse,
    end_session,
    end_token,
]
