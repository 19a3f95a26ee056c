"""Giving roles and taking them back; every act is a link of the house's chain.

Two persons stand behind a role over money, rights or identity data: one proposes it, another consents.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, update

from coop.access import queries, rules
from coop.access.seals import ConsentKept, EndKept, GrantKept, sealed
from coop.access.tables import DutyHeldRow, RoleConsentRow, RoleEndRow, RoleGrantRow, RoleHeldRow
from coop.webhooks import actions as webhooks
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import instant
from schemas.access import Deed, Grant, GrantState, Held, NewGrant, Rights, Role, Scope, ScopeKind
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_grant = table_of(RoleGrantRow)
_consent = table_of(RoleConsentRow)
_end = table_of(RoleEndRow)
_duty = table_of(DutyHeldRow)
_held = table_of(RoleHeldRow)


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


def give_household(db: Connection, person: PersonId, *, book: BookId, by: PersonId, at: datetime) -> Act:
    """The one role a household of a book may have, in force at once, for whoever issues its card; the act that gave it,
    to be logged by him."""
    role = NewGrant(person=person, role=Role.HOUSEHOLD, scope=Scope(kind=ScopeKind.BOOK, code=book))
    grant = _write_proposal(db, role, by=by, at=at)
    _hold(db, role, grant=grant.id, consent=None, held=())
    return _proposed(grant, act="role.grant")


def propose_again(db: Connection, person: PersonId, *, by: Rights, at: datetime) -> list[Act]:
    """End each role of the person that needs consent, and propose it anew. Only the house's last administrator keeps
    his when the operator of the database renews his login: nobody else could consent. The acts are to be logged by whoever
    renews the login."""
    acts: list[Act] = []
    for grant in queries.grants_of(db, person):
        new = NewGrant(person=person, role=grant.role, scope=grant.scope)
        others = queries.grant_facts(db, new).administrators - 1
        if grant.state is GrantState.HELD and rules.needs_consent(grant.role, by=by, administrators=others):
            acts.append(_end_one(db, grant, by=by.person, reason="login renewed", at=at))
            acts.append(_proposed(_write_proposal(db, new, by=by.person, at=at), act="role.propose"))
    return acts


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


def _need_over(who: Rights, deed: Deed, scope: Scope, facts: rules.GrantFacts) -> None:
    if deed not in rules.deeds_over(who, scope=scope, places=facts.places):
        raise Refusal(rules.deed_must_be_allowed.at(deed=deed), kind=RefusalKind.FORBIDDEN)


def _grant_there(db: Connection, id: int) -> Grant:
    found = queries.grant(db, id)
    if found is None:
        raise Refusal(rules.grant_must_be_there.at(grant=id), kind=RefusalKind.MISSING)
    return found
