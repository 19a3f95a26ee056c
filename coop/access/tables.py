"""Logins, roles, sessions and tokens, with the segregation of duties as constraints (RULES §9).

A role given is a chain of facts: a grant 授权, the consent 同意 of a second person, an end. What is in force now is
``role_held``; there a role over money or rights stands only with its consent, and the roles of one person on one
scope fit one duty, because each of them refers to the one row of ``duty_held``.
"""

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from ledger import columns

_ROLE = (
    "role IN ('accountant','reviewer','cashier','chair','scorekeeper','township_officer','auditor','household',"
    "'administrator')"
)
_SCOPE = (
    "(scope_kind = 'house' AND scope_code = '') OR (scope_kind = 'book' AND scope_code <> '')"
    " OR (scope_kind = 'place' AND length(scope_code) BETWEEN 2 AND 12)"
)
_STRICT = {"sqlite_strict": True}
_BY_KEY = {"sqlite_strict": True, "sqlite_with_rowid": False}


class LoginRow(SQLModel, table=True):
    """The one login of a person. The identity number is sealed; its keyed digest is unique, so that nobody has two."""

    __tablename__ = "login"
    __table_args__ = (
        UniqueConstraint("name", name="login_name_once"),
        UniqueConstraint("identity_digest", name="login_identity_once"),
        CheckConstraint(
            "(identity_cipher IS NULL) = (identity_digest IS NULL)"
            " AND (identity_cipher IS NULL) = (identity_key IS NULL)"
            " AND (identity_cipher IS NULL) = (identity_masked IS NULL)",
            name="login_identity_whole",
        ),
        CheckConstraint("(totp_cipher IS NULL) = (totp_key IS NULL)", name="login_totp_whole"),
        _STRICT,
    )
    person_id: int = columns.number(primary_key=True, foreign_key="person.person_id")
    name: str = columns.text()
    password_hash: str | None = columns.text(nullable=True)
    totp_cipher: bytes | None = columns.blob(nullable=True)
    totp_key: str | None = columns.text(nullable=True)
    totp_step: int = columns.number()
    identity_cipher: bytes | None = columns.blob(nullable=True)
    identity_key: str | None = columns.text(nullable=True)
    identity_digest: str | None = columns.text(nullable=True)
    identity_masked: str | None = columns.text(nullable=True)
    made_at: str = columns.text()
    closed_at: str | None = columns.text(nullable=True)


class RecoveryCodeRow(SQLModel, table=True):
    """A recovery code that has not been used: the digest of it, good once instead of the second factor."""

    __tablename__ = "recovery_code"
    __table_args__ = (_BY_KEY,)
    person_id: int = columns.number(primary_key=True, foreign_key="login.person_id")
    digest: bytes = columns.blob(primary_key=True)


class InvitationRow(SQLModel, table=True):
    """A set-up code with which a person makes a password; the digest of it, good once."""

    __tablename__ = "invitation"
    __table_args__ = (_BY_KEY,)
    person_id: int = columns.number(primary_key=True, foreign_key="login.person_id")
    digest: bytes = columns.blob(unique=True)
    made_by: int = columns.number(foreign_key="person.person_id")
    ends_at: str = columns.text()


class LoginAttemptsRow(SQLModel, table=True):
    """Failures to sign in, counted against a login name or an address."""

    __tablename__ = "login_attempts"
    __table_args__ = (CheckConstraint("failures >= 0", name="login_attempts_failures"), _BY_KEY)
    subject: str = columns.text(primary_key=True)
    failures: int = columns.number()
    since: str = columns.text()
    locked_until: str = columns.text()


class RoleGrantRow(SQLModel, table=True):
    """A role proposed for a person, with its scope. Never changed."""

    __tablename__ = "role_grant"
    __table_args__ = (
        UniqueConstraint("grant_id", "person_id", "proposed_by", name="role_grant_people"),
        UniqueConstraint("grant_id", "person_id", "scope_kind", "scope_code", "role", name="role_grant_what"),
        CheckConstraint(_ROLE, name="role_grant_role"),
        CheckConstraint(_SCOPE, name="role_grant_scope"),
        CheckConstraint("proposed_by <> person_id", name="role_grant_proposer_differs"),
        Index("role_grant_by_person", "person_id"),
        _STRICT,
    )
    grant_id: int = columns.number(primary_key=True)
    person_id: int = columns.number(foreign_key="login.person_id")
    role: str = columns.text()
    scope_kind: str = columns.text()
    scope_code: str = columns.text()
    proposed_by: int = columns.number(foreign_key="person.person_id")
    proposed_at: str = columns.text()


class RoleConsentRow(SQLModel, table=True):
    """A second person's consent to a grant: neither who proposed it nor who is to hold it."""

    __tablename__ = "role_consent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["grant_id", "person_id", "proposed_by"],
            ["role_grant.grant_id", "role_grant.person_id", "role_grant.proposed_by"],
            name="role_consent_grant",
        ),
        CheckConstraint(
            "given_by <> proposed_by AND given_by <> person_id", name="role_consent_by_a_second_person"
        ),
        _STRICT,
    )
    grant_id: int = columns.number(primary_key=True)
    person_id: int = columns.number()
    proposed_by: int = columns.number()
    given_by: int = columns.number(foreign_key="person.person_id")
    given_at: str = columns.text()


class RoleEndRow(SQLModel, table=True):
    """The end of a grant: consent refused, proposal withdrawn, role taken back."""

    __tablename__ = "role_end"
    __table_args__ = (_STRICT,)
    grant_id: int = columns.number(primary_key=True, foreign_key="role_grant.grant_id")
    ended_by: int = columns.number(foreign_key="person.person_id")
    ended_at: str = columns.text()
    reason: str = columns.text()


class DutyHeldRow(SQLModel, table=True):
    """The one duty of a person on a scope; all roles held there refer to it."""

    __tablename__ = "duty_held"
    __table_args__ = (
        UniqueConstraint("person_id", "scope_kind", "scope_code", "duty", name="duty_held_of_roles"),
        CheckConstraint(
            "duty IN ('books','direction','oversight','cash','handling','supervision','administration')",
            name="duty_held_duty",
        ),
        _BY_KEY,
    )
    person_id: int = columns.number(primary_key=True, foreign_key="login.person_id")
    scope_kind: str = columns.text(primary_key=True)
    scope_code: str = columns.text(primary_key=True)
    duty: str = columns.text()


class RoleHeldRow(SQLModel, table=True):
    """A role in force. Taken away when its grant ends; the grant and the log keep what was."""

    __tablename__ = "role_held"
    __table_args__ = (
        UniqueConstraint("grant_id", name="role_held_grant_once"),
        ForeignKeyConstraint(
            ["grant_id", "person_id", "scope_kind", "scope_code", "role"],
            [
                "role_grant.grant_id",
                "role_grant.person_id",
                "role_grant.scope_kind",
                "role_grant.scope_code",
                "role_grant.role",
            ],
            name="role_held_grant",
        ),
        ForeignKeyConstraint(
            ["person_id", "scope_kind", "scope_code", "duty"],
            ["duty_held.person_id", "duty_held.scope_kind", "duty_held.scope_code", "duty_held.duty"],
            name="role_held_duty",
            onupdate="CASCADE",
        ),
        CheckConstraint(
            "CASE role"
            " WHEN 'accountant' THEN duty = 'books'"
            " WHEN 'reviewer' THEN duty IN ('books','direction')"
            " WHEN 'cashier' THEN duty = 'cash'"
            " WHEN 'chair' THEN duty = 'direction'"
            " WHEN 'scorekeeper' THEN duty = 'handling'"
            " WHEN 'township_officer' THEN duty = 'oversight'"
            " WHEN 'auditor' THEN duty = 'supervision'"
            " WHEN 'administrator' THEN duty = 'administration'"
            " ELSE duty IS NULL END",
            name="role_held_fits_its_duty",
        ),
        CheckConstraint("(role = 'household') = (duty IS NULL)", name="role_held_has_a_duty"),
        CheckConstraint("consent_id = grant_id", name="role_held_own_consent"),
        CheckConstraint(
            "consent_id IS NOT NULL OR role IN ('household','scorekeeper','administrator')",
            name="role_held_with_consent",
        ),
        _BY_KEY,
    )
    person_id: int = columns.number(primary_key=True)
    scope_kind: str = columns.text(primary_key=True)
    scope_code: str = columns.text(primary_key=True)
    role: str = columns.text(primary_key=True)
    duty: str | None = columns.text(nullable=True)
    grant_id: int = columns.number()
    consent_id: int | None = columns.number(nullable=True, foreign_key="role_consent.grant_id")


class SessionRow(SQLModel, table=True):
    """A signed-in browser: only the SHA-256 of its secret is kept. The row goes when the session ends."""

    __tablename__ = "session"
    __table_args__ = (
        UniqueConstraint("digest", name="session_digest"),
        Index("session_by_person", "person_id"),
        _STRICT,
    )
    session_id: int = columns.number(primary_key=True)
    digest: bytes = columns.blob()
    person_id: int = columns.number(foreign_key="login.person_id")
    made_at: str = columns.text()
    seen_at: str = columns.text()
    ends_at: str = columns.text()
    second_factor: bool = Field(sa_type=Boolean)
    address: str = columns.text()
    agent: str = columns.text()


class ApiTokenRow(SQLModel, table=True):
    """A token of a program: only the SHA-256 of it is kept. ``deeds`` and ``books`` are JSON lists."""

    __tablename__ = "api_token"
    __table_args__ = (
        UniqueConstraint("digest", name="api_token_digest"),
        Index("api_token_by_person", "person_id"),
        _STRICT,
    )
    token_id: int = columns.number(primary_key=True)
    digest: bytes = columns.blob()
    person_id: int = columns.number(foreign_key="login.person_id")
    name: str = columns.text()
    deeds: str = columns.text()
    books: str = columns.text()
    made_at: str = columns.text()
    until: str = columns.text()
    last_used_at: str | None = columns.text(nullable=True)
    ended_at: str | None = columns.text(nullable=True)
