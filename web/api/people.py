"""People and their roles over HTTP: who has a login, what they hold where, and who consented to it."""

from typing import Annotated

from msgspec import Meta

from coop.access import queries
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.access.rules import login_must_be_there, sealed_identity
from schemas.access import Deed, Grant, Login, LoginName, NewGrant, NewLogin
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId, Value
from web.api.pages import Cursor, Limit, Why, cursor_of, place_at
from web.api.route import Call, Nothing, Routes
from web.auth import words
from web.database import Connection

routes = Routes("People and roles 人员与权限")


class LoginQuery(Value):
    """A page of logins."""

    after: Cursor = ""
    limit: Limit = 100


class LoginPage(Value):
    """A page of logins by name."""

    items: tuple[Login, ...]
    next: str | None


class PersonWanted(Value):
    """A person to be given a login. ``person`` names somebody the papers already know; ``identity`` is the identity
    number, which is sealed at once and makes the login the only one of its owner."""

    login: LoginName
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    person: PersonId | None = None
    identity: Annotated[str, Meta(max_length=18)] = ""


class Invitation(Value):
    """A login, and the set-up code with which its owner makes the password; it is shown this once."""

    login: Login
    code: str


class Grants(Value):
    """Grants of roles, oldest first."""

    items: tuple[Grant, ...]


@routes.reads("/people", deed=Deed.MANAGE_PEOPLE, query=LoginQuery, answers=LoginPage)
def list_people(db: Connection, call: Call[LoginQuery, Nothing]) -> LoginPage:
    """Everybody with a login."""
    after = place_at(call.query.after, str) if call.query.after else ""
    found = queries.logins(db, after=after, limit=call.query.limit + 1)
    items = found[: call.query.limit]
    return LoginPage(items=items, next=cursor_of(items[-1].name) if len(found) > call.query.limit else None)


@routes.acts(
    "/people",
    deed=Deed.MANAGE_PEOPLE,
    content=PersonWanted,
    answers=Invitation,
    status=201,
    keyed=False,
    value_moves=False,
)
def add_person(db: Connection, call: Call[Nothing, PersonWanted]) -> Invitation:
    """Give a person a login, with a set-up code for its password."""
    wanted = call.body
    sealed = (
        sealed_identity(call.house.keys.vault, wanted.identity, login=wanted.login)
        if wanted.identity
        else None
    )
    login = logins.add_login(
        db,
        NewLogin(name=wanted.login, person_name=wanted.name, person=wanted.person, identity=sealed),
        by=call.rights,
        at=call.at,
    )
    return _invite(db, call, login.person)


@routes.reads("/people/{person}", deed=Deed.MANAGE_PEOPLE, answers=Login)
def read_person(db: Connection, call: Call[Nothing, Nothing]) -> Login:
    """One person's login, without its secrets."""
    return _login(db, call)


@routes.acts(
    "/people/{person}/set-up-code",
    deed=Deed.MANAGE_PEOPLE,
    answers=Invitation,
    status=201,
    keyed=False,
    value_moves=False,
)
def renew_login(db: Connection, call: Call[Nothing, Nothing]) -> Invitation:
    """Give out a new set-up code. Password, second factor, sessions and tokens end now, and roles that need consent
    wait for it again."""
    _login(db, call)
    return _invite(db, call, call.path["person"])


@routes.acts(
    "/people/{person}/close",
    deed=Deed.MANAGE_PEOPLE,
    content=Why,
    answers=Login,
    keyed=False,
    value_moves=False,
)
def close_login(db: Connection, call: Call[Nothing, Why]) -> Login:
    """Close a login 停用. The person stays on what they prepared."""
    _login(db, call)
    return logins.close_login(db, call.path["person"], by=call.rights, reason=call.body.reason, at=call.at)


@routes.reads("/people/{person}/grants", deed=Deed.MANAGE_PEOPLE, answers=Grants)
def list_grants_of(db: Connection, call: Call[Nothing, Nothing]) -> Grants:
    """Every role a person was ever given in the places whose people one manages."""
    _login(db, call)
    return Grants(items=queries.grants_shown_to(db, call.rights, person=call.path["person"]))


@routes.reads("/grants", deed=Deed.CONSENT_TO_ROLES, answers=Grants)
def list_waiting_grants(db: Connection, call: Call[Nothing, Nothing]) -> Grants:
    """The roles that wait for my consent."""
    return Grants(items=queries.grants_waiting_for(db, call.rights))


@routes.acts(
    "/grants",
    deed=Deed.GRANT_ROLES,
    content=NewGrant,
    answers=Grant,
    status=201,
    keyed=False,
    value_moves=False,
)
def propose_role(db: Connection, call: Call[Nothing, NewGrant]) -> Grant:
    """Propose a role. It is in force at once when it needs no consent, else when a second person consents."""
    return grants.propose(db, call.body, by=call.rights, at=call.at)


@routes.acts(
    "/grants/{grant}/consent", deed=Deed.CONSENT_TO_ROLES, answers=Grant, keyed=False, value_moves=False
)
def consent_to_role(db: Connection, call: Call[Nothing, Nothing]) -> Grant:
    """Consent to a role another person proposed."""
    return grants.consent(db, call.path["grant"], by=call.rights, at=call.at)


@routes.acts(
    "/grants/{grant}/end",
    deed=Deed.GRANT_ROLES,
    content=Why,
    answers=Grant,
    keyed=False,
    value_moves=False,
)
def end_grant(db: Connection, call: Call[Nothing, Why]) -> Grant:
    """Withdraw a proposal, or take a role back."""
    return grants.end_grant(db, call.path["grant"], by=call.rights, reason=call.body.reason, at=call.at)


@routes.acts(
    "/grants/{grant}/refuse",
    deed=Deed.CONSENT_TO_ROLES,
    content=Why,
    answers=Grant,
    keyed=False,
    value_moves=False,
)
def refuse_role(db: Connection, call: Call[Nothing, Why]) -> Grant:
    """Refuse a role that waits for consent."""
    return grants.end_grant(db, call.path["grant"], by=call.rights, reason=call.body.reason, at=call.at)


def _invite(db: Connection, call: Call[object, object], person: PersonId) -> Invitation:
    code = words.set_up_code()
    login = logins.invite(db, person, digest=words.digest_of_code(code), by=call.rights, at=call.at)
    return Invitation(login=login, code=code)


def _login(db: Connection, call: Call[object, object]) -> Login:
    found = queries.login_of(db, call.path["person"])
    if found is None:
        raise Refusal(login_must_be_there.at("/person", person=call.path["person"]), kind=RefusalKind.MISSING)
    return found
