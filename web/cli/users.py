"""``user``: people with a login, and their roles. Two persons stand behind a role over money, rights or identity data."""

import click

from coop.access import queries
from coop.access.grants import actions as grant_actions
from coop.access.logins import actions as logins
from coop.access.rules import ROLES, login_must_be_there, sealed_identity
from coop.vault.rules import Vault
from schemas.access import (
    Grant,
    GrantState,
    Login,
    NewGrant,
    NewLogin,
    Rights,
    Role,
    Scope,
    ScopeKind,
    Session,
)
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId, Value
from web.auth import words
from web.auth.keys import Keys
from web.cli.command import CommandGroup, Secret, as_json, by_person, command
from web.cli.house import House
from web.database import Connection
from web.i18n.words import N_

_PAGE = 500

user = CommandGroup(
    name="user",
    help=N_(
        "People with a login, and their roles.\n\n"
        "An administrator proposes a role over money, rights or identity data, and a second person consents. Whoever "
        "works on the database itself makes the house's first administrator alone."
    ),
)


class Invitation(Value):
    """A login and the set-up code with which its owner makes the password; it is shown this once."""

    login: Login
    code: str


class Shown(Value):
    """A login with every role its owner was ever given, and the sessions there are."""

    login: Login
    grants: tuple[Grant, ...]
    sessions: tuple[Session, ...]


@command(group=user, writes=True, says=N_("Give a person a login; prints the set-up code for the password."))
@click.argument("login")
@click.option("--name", metavar="NAME", help=N_("The person's name; without it, the login's."))
@click.option("--person", metavar="PERSON", help=N_("Somebody the papers know already, by number or name."))
@click.option(
    "--identity",
    type=Secret(),
    metavar="NUMBER",
    help=N_("The identity number; - reads it from standard input."),
)
@as_json
def add(
    house: House, login: str, name: str | None, person: str | None, identity: str | None, as_json: bool
) -> None:
    """A new login."""
    known = None if person is None else house.person(person)
    at, keys = house.now()[1], Keys(house.settings.key_file)

    def make(db: Connection) -> Invitation:
        operator = house.operator(db)
        sealed = None if identity is None else sealed_identity(keys.ready(db, at=at), identity, login=login)
        new = NewLogin(name=login, person_name=name or login, person=known, identity=sealed)
        made = logins.add_login(db, new, by=operator, at=at)
        return _invited(db, made.person, by=operator, house=house)

    _show_code(house, house.act(make), as_json=as_json)


@command(
    group=user,
    writes=True,
    says=N_(
        "Give out a new set-up code.\n\nPassword, second factor, sessions and tokens end now, and roles that need "
        "consent wait for it again."
    ),
)
@click.argument("person")
@as_json
def code(house: House, person: str, as_json: bool) -> None:
    """A new set-up code."""
    number = house.person(person)
    found = house.act(lambda db: _invited(db, number, by=house.operator(db), house=house))
    _show_code(house, found, as_json=as_json)


def _invited(db: Connection, person: PersonId, *, by: Rights, house: House) -> Invitation:
    given = words.set_up_code()
    login = logins.invite(db, person, digest=words.digest_of_code(given), by=by, at=house.now()[1])
    return Invitation(login=login, code=given)


def _show_code(house: House, made: Invitation, *, as_json: bool) -> None:
    if as_json:
        house.json(made)
        return
    house.tell(
        N_("{login} (person {person}, {name}) sets the password with the code {code} within seven days."),
        login=made.login.name,
        person=made.login.person,
        name=made.login.person_name,
        code=made.code,
    )


@command(group=user, writes=True, says=N_("Enter or correct the identity number of a login's owner."))
@click.argument("person")
@click.argument("number", type=Secret(), metavar="NUMBER")
@as_json
def identity(house: House, person: str, number: str, as_json: bool) -> None:
    """An identity number."""
    owner = house.person(person)
    at, keys = house.now()[1], Keys(house.settings.key_file)

    def enter(db: Connection) -> Login:
        vault: Vault = keys.ready(db, at=at)
        sealed = sealed_identity(vault, number, login=_login(db, owner).name)
        return logins.set_identity(db, owner, sealed, by=house.operator(db), at=at)

    _show_login(house, house.act(enter), as_json=as_json)


@command(group=user, writes=True, says=N_("Close a login; the person stays on what he prepared."))
@click.argument("person")
@click.option("--reason", required=True, help=N_("Why it is closed."))
@as_json
def disable(house: House, person: str, reason: str, as_json: bool) -> None:
    """Close a login."""
    number, at = house.person(person), house.now()[1]
    closed = house.act(lambda db: logins.close_login(db, number, by=house.operator(db), reason=reason, at=at))
    _show_login(house, closed, as_json=as_json)


@command(group=user, name="list", says=N_("Everybody with a login."))
@as_json
def list_(house: House, as_json: bool) -> None:
    """All logins."""
    found: list[Login] = []
    with house.read() as db:
        while page := queries.logins(db, after=found[-1].name if found else "", limit=_PAGE):
            found += page
    if as_json:
        house.json(tuple(found), tuple[Login, ...])
        return
    yes, no = house.words(N_("yes")), ""
    house.table(
        (
            N_("Login"),
            N_("Person number"),
            N_("Name"),
            N_("Identity"),
            N_("Password"),
            N_("Second factor"),
            N_("Closed"),
        ),
        [
            (
                one.name,
                str(one.person),
                one.person_name,
                one.identity,
                yes if one.has_password else no,
                yes if one.has_second_factor else no,
                (one.closed_at or "")[:10],
            )
            for one in found
        ],
    )


@command(group=user, says=N_("A person's login, roles and sessions."))
@click.argument("person")
@as_json
def show(house: House, person: str, as_json: bool) -> None:
    """One person."""
    number = house.person(person)
    with house.read() as db:
        found = Shown(
            login=_login(db, number),
            grants=queries.grants_of(db, number),
            sessions=queries.sessions_of(db, number),
        )
    if as_json:
        house.json(found)
        return
    _show_login(house, found.login, as_json=False)
    _show_grants(house, found.grants)
    for session in found.sessions:
        house.tell(
            N_("Session {number} since {made}, last used {seen}, from {address}"),
            number=session.id,
            made=session.made_at,
            seen=session.seen_at,
            address=session.address,
        )


@command(
    group=user,
    writes=True,
    says=N_(
        "Propose a role for a person.\n\nSCOPE is a book, place:CODE for every book of a place (a village code or the "
        "beginning of one), or house."
    ),
)
@click.argument("person")
@click.argument("role", type=click.Choice([role.value for role in Role]))
@click.argument("scope")
@by_person
@as_json
def grant(house: House, person: str, role: str, scope: str, by: str | None, as_json: bool) -> None:
    """Propose a role."""
    new = NewGrant(person=house.person(person), role=Role(role), scope=scope_named(house, scope))
    at = house.now()[1]
    made = house.act(lambda db: grant_actions.propose(db, new, by=rights_by(house, db, by), at=at))
    _answer(house, made, as_json=as_json)


@command(group=user, writes=True, says=N_("Consent to a role another person proposed."))
@click.argument("number", type=int)
@by_person
@as_json
def consent(house: House, number: int, by: str | None, as_json: bool) -> None:
    """Consent to a role."""
    at = house.now()[1]
    made = house.act(lambda db: grant_actions.consent(db, number, by=rights_by(house, db, by), at=at))
    _answer(house, made, as_json=as_json)


@command(group=user, writes=True, says=N_("Refuse or withdraw a proposed role, or take a role back."))
@click.argument("number", type=int)
@click.option("--reason", required=True, help=N_("Why it ends."))
@by_person
@as_json
def end(house: House, number: int, reason: str, by: str | None, as_json: bool) -> None:
    """End a grant."""
    at = house.now()[1]
    ended = house.act(
        lambda db: grant_actions.end_grant(db, number, by=rights_by(house, db, by), reason=reason, at=at)
    )
    _answer(house, ended, as_json=as_json)


@command(group=user, says=N_("The roles that wait for a second person's consent."))
@as_json
def waiting(house: House, as_json: bool) -> None:
    """Grants that wait."""
    with house.read() as db:
        found = queries.grants_waiting(db)
    if as_json:
        house.json(found, tuple[Grant, ...])
    else:
        _show_grants(house, found)


def rights_by(house: House, db: Connection, by: str | None) -> Rights:
    """What the person named may do, or the operating system's user."""
    return house.operator(db) if by is None else queries.rights_of(db, house.person(by))


def scope_named(house: House, text: str) -> Scope:
    """The scope written as a book, ``place:CODE`` or ``house``."""
    kind, _, code_ = text.partition(":")
    if kind == ScopeKind.HOUSE.value and not code_:
        return Scope(kind=ScopeKind.HOUSE)
    if kind == ScopeKind.PLACE.value and code_:
        return Scope(kind=ScopeKind.PLACE, code=code_)
    name = code_ if kind == ScopeKind.BOOK.value and code_ else text
    return Scope(kind=ScopeKind.BOOK, code=house.book(name).id)


def _login(db: Connection, person: PersonId) -> Login:
    found = queries.login_of(db, person)
    if found is None:
        raise Refusal(login_must_be_there.at("/person", person=person), kind=RefusalKind.MISSING)
    return found


def _show_login(house: House, login: Login, *, as_json: bool) -> None:
    if as_json:
        house.json(login)
        return
    house.tell(
        N_("{login}: person {person}, {name}, identity {identity}"),
        login=login.name,
        person=login.person,
        name=login.person_name,
        identity=login.identity or "-",
    )
    if login.closed_at:
        house.tell(N_("Closed on {day}."), day=login.closed_at[:10])


def _answer(house: House, found: Grant, *, as_json: bool) -> None:
    if as_json:
        house.json(found)
        return
    _show_grants(house, (found,))
    if found.state is GrantState.PROPOSED:
        house.tell(
            N_("It waits for a second person: lianjian user consent {number} --by PERSON"), number=found.id
        )


def _show_grants(house: House, grants: tuple[Grant, ...]) -> None:
    if not grants:
        house.tell(N_("There is none."))
        return
    house.table(
        (
            N_("Grant"),
            N_("Person number"),
            N_("Role"),
            N_("Scope"),
            N_("State"),
            N_("Proposed by"),
            N_("Consent by"),
        ),
        [
            (
                str(one.id),
                str(one.person),
                house.words(ROLES[one.role].says),
                str(one.scope),
                house.words(_STATES[one.state]),
                str(one.proposed_by),
                str(one.consented_by or ""),
            )
            for one in grants
        ],
    )


_STATES = {
    GrantState.PROPOSED: N_("waits for consent"),
    GrantState.HELD: N_("in force"),
    GrantState.ENDED: N_("ended"),
}
