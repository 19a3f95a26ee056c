"""People with a login and roles in one line each.

the_operator(db)                                     the operating system's user, who starts a house
a_login(db, "lu")                                    a login with a password of its own and a known identity
with_role(db, "lu", "accountant", "book:qingshui")   proposed by the operator, consented by a second person
with_token(db, "lu", "accountant", "house", at=AT)   the same with a password, and ``token-of-lu`` for all the role may do
"""

import itertools
from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Connection

from coop.access import actions, queries, rules
from coop.access.grants import actions as grants
from coop.access.logins import actions as logins
from coop.access.tokens import actions as tokens
from coop.identity import is_citizen_number
from coop.places import queries as places
from coop.places.actions import enter_many
from coop.places.rules import LENGTHS, above, level_of
from coop.places.tables import BookPlaceRow
from coop.vault.rules import Vault, vault_key
from ledger.columns import table_of
from schemas.access import (
    HOUSE_WIDE,
    Grant,
    Login,
    NewGrant,
    NewLogin,
    NewToken,
    Rights,
    Role,
    Scope,
    ScopeKind,
)
from schemas.places import Place, VillageKind
from tests.builders import ACCOUNTANT, a_house
from web.auth.words import digest_of

AT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
PASSWORD = "三月桃花 water buffalo"
_nonces = itertools.count()
VAULT = Vault([vault_key(b"k" * 32)], draw=lambda length: next(_nonces).to_bytes(length, "big"))
WITNESS = "witness"
"""The login of the second person who consents: an administrator of the house."""


@cache
def password_hash(password: str = PASSWORD) -> str:
    """The hash of a password, worked out once in a run."""
    from web.auth.passwords import hash_now  # noqa: PLC0415 - most tests of rights hash nothing

    return hash_now(password)


def citizen(number: int) -> str:
    """An identity number no person has: the province code 450000 is never issued."""
    stem = f"45000019700101{number:03d}"
    return next(stem + mark for mark in "0123456789X" if is_citizen_number(stem + mark))


def the_operator(db: Connection) -> Rights:
    """The operating system's user."""
    a_house(db)
    return rules.operator(actions.person_of_operating_system(db, "ming", at=AT))


def a_login(db: Connection, name: str, *, password: str | None = "", number: int | None = None) -> Login:
    """A login of this name; ``password=None`` leaves it to be set up, ``number`` picks the owner's identity."""
    operator = the_operator(db)
    hashed = None if password is None else password_hash(password) if password else "not a hash"
    taken = len(queries.logins(db, limit=1000)) if number is None else number
    identity = rules.sealed_identity(VAULT, citizen(taken), login=name)
    new = NewLogin(name=name, person_name=name, identity=identity, password_hash=hashed)
    return logins.add_login(db, new, by=operator, at=AT)


def login_of(db: Connection, name: str) -> Login:
    """The login of this name, made where there is none."""
    return queries.login_named(db, name) or a_login(db, name)


def rights(db: Connection, name: str) -> Rights:
    """Everything the person of this login holds."""
    return queries.rights_of(db, login_of(db, name).person)


def scope(text: str) -> Scope:
    """``book:qingshui``, ``place:450000101`` or ``house``."""
    kind, _, code = text.partition(":")
    return Scope(kind=ScopeKind(kind), code=code)


def proposed(db: Connection, name: str, role: str, where: str) -> Grant:
    """A role proposed by the operator."""
    new = NewGrant(person=login_of(db, name).person, role=Role(role), scope=scope(where))
    return grants.propose(db, new, by=the_operator(db), at=AT)


def the_witness(db: Connection) -> Rights:
    """The house's first administrator, who consents to what the operator proposes."""
    login = login_of(db, WITNESS)
    if not queries.roles_held(db, login.person):
        new = NewGrant(person=login.person, role=Role.ADMINISTRATOR, scope=HOUSE_WIDE)
        grants.propose(db, new, by=the_operator(db), at=AT)
    return rights(db, WITNESS)


def with_role(db: Connection, name: str, role: str, where: str) -> Rights:
    """The person of this login, made where there is none, with a role in force."""
    witness = the_witness(db)
    grant = proposed(db, name, role, where)
    if Role(role) in rules.CONSENTED:
        grants.consent(db, grant.id, by=witness, at=AT)
    return rights(db, name)


def with_token(db: Connection, name: str, role: str, where: str, *, at: datetime) -> Rights:
    """A person of this login with a password, a role in force, and the token ``token-of-NAME`` for all it may do by token."""
    a_login(db, name, password=PASSWORD)
    rights = with_role(db, name, role, where)
    deeds = sorted(rules.DEEDS[Role(role)] - rules.NEVER_BY_TOKEN)
    until = (at + timedelta(days=300)).isoformat()
    new = NewToken(name="tests", deeds=deeds, until=until)
    tokens.make_token(db, new, digest=digest_of(f"token-of-{name}"), by=rights, at=at)
    return rights


def a_place(db: Connection, book: str, village: str) -> None:
    """Put a book into a village, with the township, county and the rest above it."""
    codes = [village[:length] for length in LENGTHS.values() if length <= len(village)]
    known = places.places(db, codes=codes)
    new = [
        Place(
            code=code,
            name=code,
            level=level_of(code),
            kind=VillageKind.ORDINARY if code == village else None,
            parent=above(code),
        )
        for code in codes
        if code not in known
    ]
    enter_many(db, new, by=ACCOUNTANT, at=AT)
    book_place = table_of(BookPlaceRow)
    row = {"book_id": book, "village_code": village, "township_code": village[:9]}
    db.execute(book_place.insert(), [row])
