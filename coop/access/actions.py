"""Creating logins, giving roles, signing in. Every act is a link of the house's chain, without any secret in it.

Two persons stand behind a role over money, rights or identity data: one proposes it, another consents. A login that
is renewed by a set-up code is a new hand at the desk: its roles wait for consent again.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
from sqlalchemy import Connection, delete, insert, update

from coop.access import queries, rules
from coop.access.seals import (
    ConsentKept,
    EndKept,
    GrantKept,
    InvitationKept,
    SessionKept,
    TokenKept,
    sealed,
    sealed_login,
    sealed_password,
)
from coop.access.tables import (
    ApiTokenRow,
    DutyHeldRow,
    InvitationRow,
    LoginAttemptsRow,
    LoginRow,
    RecoveryCodeRow,
    RoleConsentRow,
    RoleEndRow,
    RoleGrantRow,
    RoleHeldRow,
    SessionRow,
)
from coop.identity import masked_text
from coop.vault.rules import Vault, resealed
from coop.webhooks import actions as webhooks
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import instant
from ledger.people import actions as people
from ledger.people import queries as people_queries
from schemas.access import (
    Attempts,
    Credentials,
    Deed,
    Grant,
    GrantState,
    Held,
    Login,
    NewGrant,
    NewLogin,
    NewToken,
    Rights,
    Role,
    Scope,
    ScopeKind,
    Session,
    Token,
)
from schemas.identity import IdentityKind, Sealed
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId

_login = table_of(LoginRow)
_recovery = table_of(RecoveryCodeRow)
_invitation = table_of(InvitationRow)
_attempts = table_of(LoginAttemptsRow)
_grant = table_of(RoleGrantRow)
_consent = table_of(RoleConsentRow)
_end = table_of(RoleEndRow)
_duty = table_of(DutyHeldRow)
_held = table_of(RoleHeldRow)
_session = table_of(SessionRow)
_token = table_of(ApiTokenRow)

SERVICE = "service"
"""The person under whom the service itself acts: it counts failures to sign in, of whom nobody is known."""


def service(db: Connection, *, at: datetime) -> PersonId:
    """The person under whom the service itself acts."""
    return people.know(db, [SERVICE], known_from=SERVICE, by=None, at=at)[SERVICE]


def person_of_operating_system(db: Connection, username: str, *, at: datetime) -> PersonId:
    """The operating system's user as a person, for what the command line does; ``rules.operator`` has his rights."""
    return people.know(db, [username], known_from="operating-system", by=None, at=at)[username]


# Logins


def add_login(db: Connection, new: NewLogin, *, by: Rights, at: datetime) -> Login:
    """Give a person a login. A new person is written down under the login's name, so that two people of one name
    stay two; a person the papers know keeps his number, so that he never reviews what he prepared on paper.

    Refused when the name, the identity or the person has a login already.
    """
    head = log.lock(db, book=log.HOUSE)
    _need(by, Deed.MANAGE_PEOPLE)
    name = new.name.casefold()
    problems: list[Problem] = []
    if queries.login_named(db, name) is not None:
        problems.append(rules.login_name_must_be_new.at("/name", login=name))
    if new.person is not None and queries.login_of(db, new.person) is not None:
        problems.append(rules.person_must_have_one_login.at("/person", person=new.person))
    elif new.person is not None and not people_queries.exists(db, new.person):
        problems.append(rules.person_must_be_known.at("/person", person=new.person))
    problems += _faults_of_identity(db, new.identity, owner=None)
    if problems:
        raise Refusal(*problems)
    person = new.person
    if person is None:
        known = people.know(db, [new.person_name], known_from=f"login:{name}", by=by.person, at=at)
        person, head = known[new.person_name], log.lock(db, book=log.HOUSE)
    db.execute(
        insert(_login),
        [
            {
                "person_id": person,
                "name": name,
                "password_hash": new.password_hash,
                "totp_cipher": None,
                "totp_key": None,
                "totp_step": 0,
                **_identity_columns(new.identity),
                "made_at": instant(at),
                "closed_at": None,
            }
        ],
    )
    act = Act(
        by=by.person,
        act="login.add",
        subject=f"person:{person}",
        after=f"{name} {new.identity.masked}" if new.identity else name,
        content=sealed_login(name, new.identity.digest if new.identity else ""),
    )
    acts = [act, *_password_set(person, new.password_hash, by=by.person, after="set up")]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
    return _login_there(db, person)


def set_identity(db: Connection, person: PersonId, identity: Sealed, *, by: Rights, at: datetime) -> Login:
    """Enter or correct the identity of a login's owner; refused when it has another login."""
    head = log.lock(db, book=log.HOUSE)
    before = _login_there(db, person)
    _refuse_household(before)
    _need_over_person(db, person, by=by)
    if problems := _faults_of_identity(db, identity, owner=person):
        raise Refusal(*problems)
    db.execute(update(_login).where(_login.c.person_id == person).values(**_identity_columns(identity)))
    act = Act(
        by=by.person,
        act="login.identity",
        subject=f"person:{person}",
        before=before.identity,
        after=identity.masked,
        content=sealed_login(before.name, identity.digest),
    )
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _login_there(db, person)


def invite(db: Connection, person: PersonId, *, digest: bytes, by: Rights, at: datetime) -> Login:
    """Give out a set-up code (``digest`` is the SHA-256 of it), for a new login or one whose password or second factor
    is lost.

    The old password, second factor, sessions and tokens end now, and roles that need consent wait for it again:
    who renews a login must not thereby get hold of it. A closed login is opened. Refused for one's own login.
    """
    head = log.lock(db, book=log.HOUSE)
    _refuse_household(_login_there(db, person))
    _need_over_person(db, person, by=by)
    if person == by.person:
        raise Refusal(rules.login_must_be_renewed_by_another.at(), kind=RefusalKind.FORBIDDEN)
    code = InvitationKept(person=person, digest=digest.hex())
    acts = [Act(by=by.person, act="login.invite", subject=f"person:{person}", content=sealed(code))]
    _end_all_access(db, person, at=at)
    db.execute(
        update(_login)
        .where(_login.c.person_id == person)
        .values(password_hash=None, totp_cipher=None, totp_key=None, totp_step=0, closed_at=None)
    )
    db.execute(delete(_recovery).where(_recovery.c.person_id == person))
    db.execute(delete(_invitation).where(_invitation.c.person_id == person))
    db.execute(
        insert(_invitation),
        [
            {
                "person_id": person,
                "digest": digest,
                "made_by": by.person,
                "ends_at": instant(at + rules.INVITED_FOR),
            }
        ],
    )
    acts += _to_be_consented_again(db, person, by=by, at=at)
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
    return _login_there(db, person)


def accept_invitation(db: Connection, *, digest: bytes, password_hash: str, at: datetime) -> Login:
    """Make the password with a set-up code, once; refused when the code is unknown, used or too old."""
    head = log.lock(db, book=log.HOUSE)
    found = queries.invited(db, digest=digest)
    if found is None or found[1] <= instant(at):
        raise Refusal(rules.invitation_must_hold.at("/code"))
    login = found[0]
    db.execute(delete(_invitation).where(_invitation.c.digest == digest))
    db.execute(update(_login).where(_login.c.person_id == login.person).values(password_hash=password_hash))
    db.execute(delete(_attempts).where(_attempts.c.subject == _of_login(login.name)))
    acts = _password_set(login.person, password_hash, by=login.person, after="set up")
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
    return _login_there(db, login.person)


def close_login(db: Connection, person: PersonId, *, by: Rights, reason: str, at: datetime) -> Login:
    """Close a login 停用: its sessions, tokens and subscriptions end, its roles sleep. The person stays on what he prepared."""
    head = log.lock(db, book=log.HOUSE)
    before = _login_there(db, person)
    _need_over_person(db, person, by=by)
    if before.closed_at is not None:
        raise Refusal(rules.login_must_be_open.at(login=before.name), kind=RefusalKind.STATE)
    _end_all_access(db, person, at=at)
    db.execute(update(_login).where(_login.c.person_id == person).values(closed_at=instant(at)))
    act = Act(by=by.person, act="login.close", subject=f"person:{person}", after=reason)
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    webhooks.end_kept_by(db, person, by=by.person, at=at)
    return _login_there(db, person)


def set_password(
    db: Connection, person: PersonId, password_hash: str, *, keep_session: int | None, at: datetime
) -> None:
    """A person's own new password; all other sessions of his end."""
    head = log.lock(db, book=log.HOUSE)
    db.execute(update(_login).where(_login.c.person_id == person).values(password_hash=password_hash))
    others = _session.c.person_id == person
    if keep_session is not None:
        others &= _session.c.session_id != keep_session
    db.execute(delete(_session).where(others))
    acts = _password_set(person, password_hash, by=person, after="changed")
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


def _password_set(person: PersonId, password_hash: str | None, *, by: PersonId, after: str) -> list[Act]:
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


def set_second_factor(
    db: Connection,
    person: PersonId,
    secret: Sealed,
    *,
    step: int,
    recovery: Sequence[bytes],
    by: PersonId,
    at: datetime,
) -> None:
    """Set up the second factor: the sealed key, the time step of the code that proved it, and the digests of the
    recovery codes. Every session of the person ends: whoever proved it signs in again, with it."""
    head = log.lock(db, book=log.HOUSE)
    assert secret.kind is IdentityKind.FACTOR, "a second factor is sealed as one"
    db.execute(
        update(_login)
        .where(_login.c.person_id == person)
        .values(totp_cipher=secret.cipher, totp_key=secret.key_id, totp_step=step)
    )
    _replace_recovery(db, person, recovery)
    db.execute(delete(_session).where(_session.c.person_id == person))
    act = Act(by=by, act="login.second_factor", subject=f"person:{person}", after="set up")
    log.append(db, [act], book=log.HOUSE, head=head, at=at)


def renew_recovery_codes(
    db: Connection, person: PersonId, recovery: Sequence[bytes], *, at: datetime
) -> None:
    """New recovery codes in place of the old ones."""
    head = log.lock(db, book=log.HOUSE)
    _replace_recovery(db, person, recovery)
    act = Act(by=person, act="login.recovery_codes", subject=f"person:{person}", after=str(len(recovery)))
    log.append(db, [act], book=log.HOUSE, head=head, at=at)


def reseal_logins(db: Connection, vault: Vault, *, by: PersonId, at: datetime) -> int:
    """Seal every identity and second factor anew under the vault's newest key, after a change of keys. Returns how many
    values were; refused when one does not open."""
    head = log.lock(db, book=log.HOUSE)
    changed = 0
    for row in queries.sealed_logins(db):
        values: dict[str, object] = {}
        if row.identity is not None:
            owner = rules.identity_owner(row.login)
            fresh = resealed(vault, row.identity, owner=owner)
            if fresh is not row.identity:
                values |= {"identity_cipher": fresh.cipher, "identity_key": fresh.key_id}
                changed += 1
        if row.factor is not None:
            fresh = resealed(vault, row.factor, owner=rules.factor_owner(row.person))
            if fresh is not row.factor:
                values |= {"totp_cipher": fresh.cipher, "totp_key": fresh.key_id}
                changed += 1
        if values:
            db.execute(update(_login).where(_login.c.person_id == row.person).values(**values))
    act = Act(by=by, act="vault.reseal", subject="logins", after=str(changed))
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return changed


def _replace_recovery(db: Connection, person: PersonId, recovery: Sequence[bytes]) -> None:
    db.execute(delete(_recovery).where(_recovery.c.person_id == person))
    if recovery:
        db.execute(insert(_recovery), [{"person_id": person, "digest": digest} for digest in recovery])


def _faults_of_identity(
    db: Connection, identity: Sealed | None, *, owner: PersonId | None
) -> tuple[Problem, ...]:
    if identity is None:
        return ()
    assert identity.kind is IdentityKind.CITIZEN, "a login belongs to a citizen"
    holder = queries.login_with_identity(db, identity.digest)
    if holder is None or holder == owner:
        return ()
    return (rules.identity_must_have_one_login.at("/identity", identity=identity.masked),)


def _identity_columns(identity: Sealed | None) -> dict[str, object]:
    return {
        "identity_cipher": identity and identity.cipher,
        "identity_key": identity and identity.key_id,
        "identity_digest": identity and identity.digest,
        "identity_masked": identity and identity.masked,
    }


def open_household(
    db: Connection, *, book: BookId, household: str, name: str, by: PersonId, at: datetime
) -> PersonId:
    """The login of a household of a book with the one role it may have; its PIN is set with the card. One that is
    there loses PIN and sessions, and opens again: a new card was asked for. Logged by whoever issues the card."""
    login = rules.login_of_household(book, household)
    found = queries.login_named(db, login)
    acts = []
    if found is not None:
        person = found.person
        acts.append(Act(by=by, act="login.open", subject=f"person:{person}"))
        _end_all_access(db, person, at=at)
        mine = _login.c.person_id == person
        db.execute(update(_login).where(mine).values(password_hash=None, closed_at=None))
        _forget_attempts(db, login)
    else:
        person = people.know(db, [name], known_from=login, by=by, at=at)[name]
        row = {
            "person_id": person,
            "name": login,
            "password_hash": None,
            "totp_cipher": None,
            "totp_key": None,
            "totp_step": 0,
            **_identity_columns(None),
            "made_at": instant(at),
            "closed_at": None,
        }
        db.execute(insert(_login), [row])
        added = sealed_login(login, "")
        acts.append(Act(by=by, act="login.add", subject=f"person:{person}", after=login, content=added))
    if not queries.roles_held(db, person):
        role = NewGrant(person=person, role=Role.HOUSEHOLD, scope=Scope(kind=ScopeKind.BOOK, code=book))
        grant = _write_proposal(db, role, by=by, at=at)
        _hold(db, role, grant=grant.id, consent=None, held=())
        acts.append(_proposed(grant, act="role.grant"))
    log.append(db, acts, book=log.HOUSE, head=log.lock(db, book=log.HOUSE), at=at)
    return person


def set_pin(db: Connection, login: str, pin_hash: str, *, at: datetime) -> None:
    """The PIN of a household's login, for whoever checked the card's code. Failures are forgotten."""
    by = service(db, at=at)
    head = log.lock(db, book=log.HOUSE)
    found = queries.login_named(db, login)
    assert found is not None, "a household that has a card has a login"
    db.execute(update(_login).where(_login.c.name == login).values(password_hash=pin_hash))
    _forget_attempts(db, login)
    acts = _password_set(found.person, pin_hash, by=by, after="set up")
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


def _forget_attempts(db: Connection, login: str) -> None:
    db.execute(delete(_attempts).where(_attempts.c.subject == _of_login(login)))


def _refuse_household(login: Login) -> None:
    if login.name.startswith(rules.HOUSEHOLDS):
        raise Refusal(rules.household_must_get_a_card.at(), kind=RefusalKind.STATE)


def _end_all_access(db: Connection, person: PersonId, *, at: datetime) -> None:
    db.execute(delete(_session).where(_session.c.person_id == person))
    db.execute(
        update(_token)
        .where(_token.c.person_id == person, _token.c.ended_at.is_(None))
        .values(ended_at=instant(at))
    )


def _login_there(db: Connection, person: PersonId) -> Login:
    found = queries.login_of(db, person)
    if found is None:
        raise Refusal(rules.login_must_be_there.at("/person", person=person), kind=RefusalKind.MISSING)
    return found


def _need(who: Rights, deed: Deed) -> None:
    """Refuse whoever may not do this in any place; what it reaches is asked of the scope where it has one."""
    if deed not in rules.deeds_anywhere(who):
        raise Refusal(rules.deed_must_be_allowed.at(deed=deed), kind=RefusalKind.FORBIDDEN)


def _need_over_person(db: Connection, person: PersonId, *, by: Rights) -> None:
    """Refuse whoever may not manage this very person: an administrator of a place manages those whose roles, in force
    or proposed, all lie within it."""
    _need(by, Deed.MANAGE_PEOPLE)
    roles = queries.roles_of_any_state(db, person)
    places = queries.places_of(db, (one.scope.code for one in roles if one.scope.kind is ScopeKind.BOOK))
    if problems := rules.faults_of_managing(person, roles, by=by, places=places):
        raise Refusal(*problems, kind=RefusalKind.FORBIDDEN)


# Roles


def propose(db: Connection, new: NewGrant, *, by: Rights, at: datetime) -> Grant:
    """Propose a role. It is in force at once when the role needs no consent, else when a second person consents.

    Refused: nobody gives himself a role; the role does not fit its scope; the login is closed or its owner's
    identity unknown; the person has the role already, or one that must be kept apart from it.
    """
    head = log.lock(db, book=log.HOUSE)
    facts = queries.grant_facts(db, new)
    _need_over(by, Deed.GRANT_ROLES, new.scope, facts)
    if problems := rules.faults_of_proposal(new, by=by, facts=facts):
        raise Refusal(*problems)
    grant = _write_proposal(db, new, by=by.person, at=at)
    in_force = not rules.needs_consent(new.role, by=by, administrators=facts.administrators)
    if in_force:
        _hold(db, new, grant=grant.id, consent=None, held=facts.held)
    act = _proposed(grant, act="role.grant" if in_force else "role.propose")
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _grant_there(db, grant.id)


def consent(db: Connection, id: int, *, by: Rights, at: datetime) -> Grant:
    """A second person consents, and the role is in force. Refused to whoever proposed it or is to hold it, and when
    another role given meanwhile must be kept apart from it."""
    head = log.lock(db, book=log.HOUSE)
    grant = _grant_there(db, id)
    new = NewGrant(person=grant.person, role=grant.role, scope=grant.scope)
    facts = queries.grant_facts(db, new)
    _need_over(by, Deed.CONSENT_TO_ROLES, grant.scope, facts)
    if problems := rules.faults_of_consent(grant, by=by, facts=facts):
        raise Refusal(*problems, kind=RefusalKind.STATE)
    given = ConsentKept(grant=id, person=grant.person, by=by.person, at=instant(at))
    db.execute(
        insert(_consent),
        [
            {
                "grant_id": id,
                "person_id": grant.person,
                "proposed_by": grant.proposed_by,
                "given_by": given.by,
                "given_at": given.at,
            }
        ],
    )
    _hold(db, new, grant=id, consent=id, held=facts.held)
    act = Act(
        by=by.person,
        act="role.consent",
        subject=f"person:{grant.person}",
        after=f"grant {id}: {grant.role} {grant.scope}",
        content=sealed(given),
    )
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _grant_there(db, id)


def end_grant(db: Connection, id: int, *, by: Rights, reason: str, at: datetime) -> Grant:
    """Refuse a proposal, withdraw it, or take a role back: one person is enough to take power away. Subscriptions end
    that were kept by this role alone.

    Who may consent to it may refuse it; who may propose it may take it back.
    """
    head = log.lock(db, book=log.HOUSE)
    grant = _grant_there(db, id)
    facts = queries.grant_facts(db, NewGrant(person=grant.person, role=grant.role, scope=grant.scope))
    may = rules.deeds_over(by, scope=grant.scope, places=facts.places)
    wanted = {Deed.GRANT_ROLES}
    if grant.state is GrantState.PROPOSED:
        wanted.add(Deed.CONSENT_TO_ROLES)
    if not may & wanted:
        raise Refusal(rules.deed_must_be_allowed.at(deed=Deed.GRANT_ROLES), kind=RefusalKind.FORBIDDEN)
    if grant.state is GrantState.ENDED:
        raise Refusal(rules.grant_must_not_be_over.at(grant=id), kind=RefusalKind.STATE)
    act = _end_one(db, grant, by=by.person, reason=reason, at=at)
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    webhooks.end_kept_by(db, grant.person, by=by.person, at=at)
    return _grant_there(db, id)


def _write_proposal(db: Connection, new: NewGrant, *, by: PersonId, at: datetime) -> GrantKept:
    grant = GrantKept(
        id=queries.last_grant(db) + 1,
        person=new.person,
        role=new.role.value,
        scope_kind=new.scope.kind.value,
        scope_code=new.scope.code,
        by=by,
        at=instant(at),
    )
    db.execute(
        insert(_grant),
        [
            {
                "grant_id": grant.id,
                "person_id": grant.person,
                "role": grant.role,
                "scope_kind": grant.scope_kind,
                "scope_code": grant.scope_code,
                "proposed_by": grant.by,
                "proposed_at": grant.at,
            }
        ],
    )
    return grant


def _proposed(grant: GrantKept, *, act: str) -> Act:
    """The act by which a role is proposed, or given at once."""
    scope = Scope(kind=ScopeKind(grant.scope_kind), code=grant.scope_code)
    return Act(
        by=grant.by,
        act=act,
        subject=f"person:{grant.person}",
        after=f"grant {grant.id}: {grant.role} {scope}",
        content=sealed(grant),
    )


def _hold(db: Connection, new: NewGrant, *, grant: int, consent: int | None, held: Sequence[Held]) -> None:
    """Put a role in force, under the duty all roles of this person on this scope fit."""
    here = [one.role for one in held if one.scope == new.scope]
    duty = rules.duty_of((*here, new.role))
    if duty is not None:
        _stand_on(db, new.person, new.scope, duty=duty.value)
    own = None if not rules.ROLES[new.role].duties or duty is None else duty.value
    db.execute(
        insert(_held),
        [
            {
                "person_id": new.person,
                "scope_kind": new.scope.kind.value,
                "scope_code": new.scope.code,
                "role": new.role.value,
                "duty": own,
                "grant_id": grant,
                "consent_id": consent,
            }
        ],
    )


def _stand_on(db: Connection, person: PersonId, scope: Scope, *, duty: str) -> None:
    here = {
        "person_id": person,
        "scope_kind": scope.kind.value,
        "scope_code": scope.code,
    }
    changed = db.execute(
        update(_duty)
        .where(
            _duty.c.person_id == person,
            _duty.c.scope_kind == scope.kind.value,
            _duty.c.scope_code == scope.code,
        )
        .values(duty=duty)
    )
    if changed.rowcount == 0:
        db.execute(insert(_duty), [{**here, "duty": duty}])


def _end_one(db: Connection, grant: Grant, *, by: PersonId, reason: str, at: datetime) -> Act:
    ended = EndKept(grant=grant.id, by=by, at=instant(at), reason=reason)
    db.execute(
        insert(_end),
        [{"grant_id": grant.id, "ended_by": ended.by, "ended_at": ended.at, "reason": ended.reason}],
    )
    db.execute(delete(_held).where(_held.c.grant_id == grant.id))
    # A closed login keeps its roles asleep, so its grants are asked and not what it may do now.
    left = [
        one.role
        for one in queries.grants_of(db, grant.person)
        if one.state is GrantState.HELD and one.scope == grant.scope
    ]
    duty = rules.duty_of(left)
    if duty is not None:
        _stand_on(db, grant.person, grant.scope, duty=duty.value)
    else:
        db.execute(
            delete(_duty).where(
                _duty.c.person_id == grant.person,
                _duty.c.scope_kind == grant.scope.kind.value,
                _duty.c.scope_code == grant.scope.code,
            )
        )
    return Act(
        by=by,
        act="role.end",
        subject=f"person:{grant.person}",
        before=f"grant {grant.id}: {grant.role} {grant.scope} {grant.state}",
        after=reason,
        content=sealed(ended),
    )


def _to_be_consented_again(db: Connection, person: PersonId, *, by: Rights, at: datetime) -> Iterable[Act]:
    """End each role of the person that needs consent, and propose it anew. Only the house's last administrator keeps
    his when the operator of the database renews his login: nobody else could consent."""
    acts = []
    for grant in queries.grants_of(db, person):
        new = NewGrant(person=person, role=grant.role, scope=grant.scope)
        others = queries.grant_facts(db, new).administrators - 1
        if grant.state is GrantState.HELD and rules.needs_consent(grant.role, by=by, administrators=others):
            acts.append(_end_one(db, grant, by=by.person, reason="login renewed", at=at))
            acts.append(_proposed(_write_proposal(db, new, by=by.person, at=at), act="role.propose"))
    return acts


def _need_over(who: Rights, deed: Deed, scope: Scope, facts: rules.GrantFacts) -> None:
    if deed not in rules.deeds_over(who, scope=scope, places=facts.places):
        raise Refusal(rules.deed_must_be_allowed.at(deed=deed), kind=RefusalKind.FORBIDDEN)


def _grant_there(db: Connection, id: int) -> Grant:
    found = queries.grant(db, id)
    if found is None:
        raise Refusal(rules.grant_must_be_there.at(grant=id), kind=RefusalKind.MISSING)
    return found


# Signing in


def begin_sign_in(
    db: Connection, *, name: str, address: str, by_card: bool = False, at: datetime
) -> Credentials | None:
    """Count an attempt to sign in, and hand out what it is to be proved against (None for an unknown or closed login,
    to be proved against nothing in the same time).

    Refused while the name or the address is locked; tries ``by_card`` are counted by address apart. The attempt is
    counted before it is known how it ends, so that many at once do not pass the limit together; ``sign_in`` takes it
    back.
    """
    log.lock(db, book=log.HOUSE)
    subjects = (_of_login(name), _of_cards_at(address) if by_card else _of_address(address))
    limits = (rules.OF_A_LOGIN, rules.OF_A_CARDS_ADDRESS if by_card else rules.OF_AN_ADDRESS)
    before = queries.attempts_of(db, subjects)
    wait = max(rules.seconds_locked(before.get(subject, Attempts()), at=at) for subject in subjects)
    if wait:
        raise Refusal(rules.attempts_must_be_few.at(seconds=wait), kind=RefusalKind.LIMITED)
    for subject, limit in zip(subjects, limits, strict=True):
        _count(db, subject, rules.counted(before.get(subject, Attempts()), limit, at=at))
    return queries.credentials_of(db, name)


def sign_in_failed(
    db: Connection, *, name: str, person: PersonId | None, address: str, why: str, at: datetime
) -> None:
    """Log an attempt that failed. The name is logged only where there is such a login: people type their password
    into the wrong field, and the log is for ever."""
    by = service(db, at=at)
    locked = rules.seconds_locked(
        queries.attempts_of(db, (_of_login(name),)).get(_of_login(name), Attempts()), at=at
    )
    act = Act(
        by=by,
        act="login.failed",
        subject=f"person:{person}" if person is not None else "login:unknown",
        after=f"{why}, address {address}" + (f", locked for {locked} seconds" if locked else ""),
    )
    log.record(db, act, at=at)


def sign_in(
    db: Connection,
    credentials: Credentials,
    *,
    digest: bytes,
    address: str,
    agent: str,
    second_factor: bool,
    totp_step: int | None = None,
    recovery_code: bytes | None = None,
    replaces: int | None = None,
    new_hash: str | None = None,
    at: datetime,
) -> Session | None:
    """Begin a session for somebody who has proved himself; ``digest`` is the SHA-256 of its secret.

    ``totp_step`` is the time step of the code he gave, ``recovery_code`` the digest of the code he gave instead:
    either works once, and None is returned when it was used before, or when the password is another by now: a login
    may be closed, or a card replaced, while a password is being proved. ``replaces`` is the session that waited for the
    code. ``new_hash`` replaces a password hash of weaker parameters.
    """
    head = log.lock(db, book=log.HOUSE)
    person = credentials.person
    standing = queries.credentials_of(db, credentials.name)
    if standing is None or standing.password_hash != credentials.password_hash:
        return None
    if not _used_up(db, person, totp_step=totp_step, recovery_code=recovery_code):
        return None
    if new_hash is not None:
        db.execute(update(_login).where(_login.c.person_id == person).values(password_hash=new_hash))
    now = instant(at)
    gone = _session.c.ends_at <= now
    gone |= _session.c.seen_at <= instant(at - rules.IDLE)
    if replaces is not None:
        gone |= _session.c.session_id == replaces
    db.execute(delete(_session).where(_session.c.person_id == person, gone))
    waits = credentials.totp is not None and not second_factor
    session = Session(
        id=head.length + 1,
        person=person,
        made_at=now,
        seen_at=now,
        ends_at=instant(at + (rules.FOR_THE_CODE if waits else rules.LONGEST)),
        second_factor=second_factor,
        address=address,
        agent=agent[:200],
    )
    db.execute(
        insert(_session),
        [
            {
                "session_id": session.id,
                "digest": digest,
                "person_id": person,
                "made_at": session.made_at,
                "seen_at": session.seen_at,
                "ends_at": session.ends_at,
                "second_factor": second_factor,
                "address": address,
                "agent": session.agent,
            }
        ],
    )
    if credentials.name.startswith(rules.HOUSEHOLDS):
        _forgive(db, _of_cards_at(address), rules.OF_A_CARDS_ADDRESS)
    else:
        _forgive(db, _of_address(address), rules.OF_AN_ADDRESS)
    if not waits:
        db.execute(delete(_attempts).where(_attempts.c.subject == _of_login(credentials.name)))
    begun = SessionKept(id=session.id, digest=digest.hex(), person=person, second_factor=second_factor)
    proved = "recovery code" if recovery_code else "second factor" if second_factor else "password"
    act = Act(
        by=person,
        act="login.wait" if waits else "login.ok",
        subject=f"session:{session.id}",
        after=f"{proved}, address {address}",
        content=sealed(begun),
    )
    log.append(
        db,
        [act, *_password_set(person, new_hash, by=person, after="kept anew")],
        book=log.HOUSE,
        head=head,
        at=at,
    )
    return session


def end_session(db: Connection, id: int, *, by: Rights, at: datetime) -> None:
    """End a session: one's own 退出, or another's for whoever manages tokens. Refused as missing otherwise."""
    head = log.lock(db, book=log.HOUSE)
    mine = _session.c.session_id == id
    if Deed.MANAGE_TOKENS not in rules.deeds_at(by, code=""):
        mine &= _session.c.person_id == by.person
    if db.execute(delete(_session).where(mine)).rowcount == 0:
        raise Refusal(rules.session_must_be_there.at(session=id), kind=RefusalKind.MISSING)
    act = Act(by=by.person, act="logout", subject=f"session:{id}")
    log.append(db, [act], book=log.HOUSE, head=head, at=at)


def stamp_session(db: Connection, id: int, *, at: datetime) -> None:
    """Write down that a session was used just now. No act of anybody, so nothing is logged."""
    db.execute(update(_session).where(_session.c.session_id == id).values(seen_at=instant(at)))


def _used_up(db: Connection, person: PersonId, *, totp_step: int | None, recovery_code: bytes | None) -> bool:
    if totp_step is not None:
        newer = (_login.c.person_id == person) & (_login.c.totp_step < totp_step)
        return db.execute(update(_login).where(newer).values(totp_step=totp_step)).rowcount == 1
    if recovery_code is not None:
        mine = (_recovery.c.person_id == person) & (_recovery.c.digest == recovery_code)
        return db.execute(delete(_recovery).where(mine)).rowcount == 1
    return True


def forgive_attempt(db: Connection, *, name: str, address: str) -> None:
    """Take back the attempt of somebody who proved himself without signing in anew."""
    db.execute(delete(_attempts).where(_attempts.c.subject == _of_login(name)))
    _forgive(db, _of_address(address), rules.OF_AN_ADDRESS)


def _forgive(db: Connection, subject: str, limit: rules.Limit) -> None:
    """Take back the attempt that succeeded; what others failed from there stays counted."""
    before = queries.attempts_of(db, (subject,)).get(subject, Attempts())
    _count(db, subject, rules.uncounted(before, limit))


def _count(db: Connection, subject: str, attempts: Attempts) -> None:
    db.execute(delete(_attempts).where(_attempts.c.subject == subject))
    if attempts.failures:
        db.execute(
            insert(_attempts),
            [
                {
                    "subject": subject,
                    "failures": attempts.failures,
                    "since": attempts.since,
                    "locked_until": attempts.locked_until,
                }
            ],
        )


def _of_login(name: str) -> str:
    """What failures under a name are counted by: no name, for people type their password, or a number of theirs, there."""
    return f"login:{sha256(masked_text(name).casefold().encode()).hexdigest()}"


def _of_address(address: str) -> str:
    return f"address:{address}"


def _of_cards_at(address: str) -> str:
    return f"cards:{address}"


# Tokens


def make_token(
    db: Connection,
    new: NewToken,
    *,
    digest: bytes,
    by: Rights,
    made_by: PersonId | None = None,
    at: datetime,
) -> Token:
    """Make a token for programs that act in one's own name; ``digest`` is the SHA-256 of it. ``made_by`` is who really
    made it, where the operator of the database makes one for its owner: the log names him.

    It may do what its owner may at the moment of use, and of that only the deeds, in the books, it was made for.
    Refused: no deed, a deed or book that is not the owner's, an end too far away.
    """
    head = log.lock(db, book=log.HOUSE)
    places = queries.places_of(db, new.books)
    seen = {book.id for book in queries.books_seen_by(db, by)} & set(new.books) if new.books else set()
    if problems := rules.faults_of_token(new, owner=by, places=places, seen=seen, at=at):
        raise Refusal(*problems)
    id = queries.last_token(db) + 1
    deeds = sorted(set(new.deeds))
    books = sorted(set(new.books))
    until = instant(datetime.fromisoformat(new.until))
    made = TokenKept(
        id=id,
        digest=digest.hex(),
        person=by.person,
        name=new.name,
        deeds=msgspec.json.encode(deeds).decode(),
        books=msgspec.json.encode(books).decode(),
        made_at=instant(at),
        until=until,
    )
    db.execute(
        insert(_token),
        [
            {
                "token_id": id,
                "digest": digest,
                "person_id": made.person,
                "name": made.name,
                "deeds": made.deeds,
                "books": made.books,
                "made_at": made.made_at,
                "until": until,
                "last_used_at": None,
                "ended_at": None,
            }
        ],
    )
    act = Act(
        by=by.person if made_by is None else made_by,
        act="token.make",
        subject=f"token:{id}",
        after=f"person:{by.person} {new.name}: {' '.join(deeds)}; {' '.join(books) or 'all books'}; until {until}",
        content=sealed(made),
    )
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    found = queries.token(db, id)
    assert found is not None, "it was written just now"
    return found


def end_token(db: Connection, id: int, *, by: Rights, at: datetime) -> Token:
    """End a token: one's own, or another's for whoever manages tokens. Refused as missing otherwise."""
    head = log.lock(db, book=log.HOUSE)
    found = queries.token(db, id)
    mine = found is not None and (
        found.person == by.person or Deed.MANAGE_TOKENS in rules.deeds_at(by, code="")
    )
    if found is None or not mine or found.ended_at is not None:
        raise Refusal(rules.token_must_be_there.at(token=id), kind=RefusalKind.MISSING)
    db.execute(update(_token).where(_token.c.token_id == id).values(ended_at=instant(at)))
    act = Act(by=by.person, act="token.end", subject=f"token:{id}", before=found.name)
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    ended = queries.token(db, id)
    assert ended is not None, "it was there just now"
    return ended


def stamp_token(db: Connection, id: int, *, at: datetime) -> None:
    """Write down that a token was used just now. No act of anybody, so nothing is logged."""
    db.execute(update(_token).where(_token.c.token_id == id).values(last_used_at=instant(at)))


def forget_ended(db: Connection, *, at: datetime) -> int:
    """Remove what is over: sessions past their end or idle too long, set-up codes too old, counts of failures nobody
    waits for any more. No act of anybody, so nothing is logged. Returns how many rows went."""
    now, idle = instant(at), instant(at - rules.IDLE)
    counted = instant(at - max(rules.OF_A_LOGIN.within, rules.OF_AN_ADDRESS.within))
    gone = (
        delete(_session).where((_session.c.ends_at <= now) | (_session.c.seen_at <= idle)),
        delete(_invitation).where(_invitation.c.ends_at <= now),
        delete(_attempts).where(_attempts.c.since <= counted, _attempts.c.locked_until <= now),
    )
    return sum(db.execute(statement).rowcount for statement in gone)
