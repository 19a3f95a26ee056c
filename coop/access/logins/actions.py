"""Creating logins, renewing and closing them. Every act is a link of the house's chain, without any secret in it.

A login that is renewed by a set-up code is a new hand at the desk: its roles wait for consent again.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, update

from coop.access import queries, rules
from coop.access.actions import service
from coop.access.grants import actions as grants
from coop.access.seals import InvitationKept, password_set, sealed, sealed_login
from coop.access.sessions import actions as sessions
from coop.access.tables import InvitationRow, LoginRow, RecoveryCodeRow
from coop.access.tokens import actions as tokens
from coop.webhooks import actions as webhooks
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import instant
from ledger.people import actions as people
from ledger.people import queries as people_queries
from schemas.access import Deed, Login, NewLogin, Rights, ScopeKind
from schemas.identity import IdentityKind, Sealed
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.units import BookId, PersonId

_login = table_of(LoginRow)
_recovery = table_of(RecoveryCodeRow)
_invitation = table_of(InvitationRow)


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
    acts = [act, *password_set(person, new.password_hash, by=by.person, after="set up")]
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
    acts += grants.propose_again(db, person, by=by, at=at)
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
    sessions.forget_attempts(db, login.name)
    acts = password_set(login.person, password_hash, by=login.person, after="set up")
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
    sessions.end_all(db, person, but=keep_session)
    acts = password_set(person, password_hash, by=person, after="changed")
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


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
    sessions.end_all(db, person)
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
        sessions.forget_attempts(db, login)
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
        acts.append(grants.give_household(db, person, book=book, by=by, at=at))
    log.append(db, acts, book=log.HOUSE, head=log.lock(db, book=log.HOUSE), at=at)
    return person


def set_pin(db: Connection, login: str, pin_hash: str, *, at: datetime) -> None:
    """The PIN of a household's login, for whoever checked the card's code. Failures are forgotten."""
    by = service(db, at=at)
    head = log.lock(db, book=log.HOUSE)
    found = queries.login_named(db, login)
    assert found is not None, "a household that has a card has a login"
    db.execute(update(_login).where(_login.c.name == login).values(password_hash=pin_hash))
    sessions.forget_attempts(db, login)
    acts = password_set(found.person, pin_hash, by=by, after="set up")
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


def forget_ended(db: Connection, *, at: datetime) -> int:
    """Remove what is over: sessions past their end or idle too long, set-up codes too old, counts of failures nobody
    waits for any more. No act of anybody, so nothing is logged. Returns how many rows went."""
    late = _invitation.c.ends_at <= instant(at)
    return sessions.forget_ended(db, at=at) + db.execute(delete(_invitation).where(late)).rowcount


def _end_all_access(db: Connection, person: PersonId, *, at: datetime) -> None:
    sessions.end_all(db, person)
    tokens.end_all(db, person, at=at)


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


def _refuse_household(login: Login) -> None:
    if login.name.startswith(rules.HOUSEHOLDS):
        raise Refusal(rules.household_must_get_a_card.at(), kind=RefusalKind.STATE)


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
