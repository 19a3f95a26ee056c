"""What the log seals of logins, roles, tokens and sessions.

A role given to 覃会计 on the book of 清水 is kept as a row; the log entry that gave it has the digest of that row. Somebody
who turns the role ``cashier`` into ``accountant`` in the database leaves a row of another digest, and it is named
(coop/proof/access.py).
"""

from ledger.seal.rules import digest_of
from schemas.log import Act
from schemas.units import PersonId, Value


class LoginKept(Value):
    """A login as its row has it: ``identity`` is the keyed digest, ``password`` the hash, both empty where there is none;
    ``factor`` whether a second factor is set up."""

    person: PersonId
    name: str
    identity: str
    password: str
    factor: bool
    made_at: str
    closed_at: str


class GrantKept(Value):
    """A role as it was proposed."""

    id: int
    person: PersonId
    role: str
    scope_kind: str
    scope_code: str
    by: PersonId
    at: str


class ConsentKept(Value):
    """A second person's consent to a grant."""

    grant: int
    person: PersonId
    by: PersonId
    at: str


class EndKept(Value):
    """The end of a grant."""

    grant: int
    by: PersonId
    at: str
    reason: str


class HeldKept(Value):
    """A role in force; ``stands_on`` is the duty its holder has on that scope, both duties empty where there is none."""

    grant: int
    consent: int | None
    person: PersonId
    role: str
    scope_kind: str
    scope_code: str
    duty: str
    stands_on: str


class TokenKept(Value):
    """A token as it was made; ``digest`` is the SHA-256 of its secret in hex, ``deeds`` and ``books`` are JSON lists."""

    id: int
    digest: str
    person: PersonId
    name: str
    deeds: str
    books: str
    made_at: str
    until: str


class SessionKept(Value):
    """A session as it began; ``digest`` is the SHA-256 of its secret in hex."""

    id: int
    digest: str
    person: PersonId
    second_factor: bool


class InvitationKept(Value):
    """A set-up code that was not used yet; ``digest`` is the SHA-256 of it in hex."""

    person: PersonId
    digest: str


class AccessKept(Value):
    """Every row that says who may do what, as it stands; ``ended`` are the tokens that have ended."""

    logins: tuple[LoginKept, ...]
    grants: tuple[GrantKept, ...]
    consents: tuple[ConsentKept, ...]
    ends: tuple[EndKept, ...]
    held: tuple[HeldKept, ...]
    tokens: tuple[TokenKept, ...]
    ended: frozenset[int]
    sessions: tuple[SessionKept, ...]
    invitations: tuple[InvitationKept, ...]


def sealed(
    kept: GrantKept | ConsentKept | EndKept | TokenKept | SessionKept | InvitationKept,
) -> str:
    """The digest under which the log seals a row."""
    return digest_of(kept)


def sealed_login(name: str, identity: str) -> str:
    """The digest under which the log seals whose login it is: its name and the keyed digest of the identity."""
    return digest_of((name, identity))


def sealed_password(password_hash: str) -> str:
    """The digest under which the log seals a password's hash, empty for none."""
    return digest_of(password_hash) if password_hash else ""


def password_set(person: PersonId, password_hash: str | None, *, by: PersonId, after: str) -> list[Act]:
    """The act that seals a password, none where there is none."""
    if password_hash is None:
        return []
    return [
        Act(
            by=by,
            act="login.password",
            subject=f"person:{person}",
            after=after,
            content=sealed_password(password_hash),
        )
    ]
