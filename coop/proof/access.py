"""Logins, roles, tokens and sessions as the house's log left them, and every row that says otherwise.

The log is read from its beginning: who got a login under which name, when it was closed and opened again, whose password
it has, which roles were proposed, consented to and ended. 黄出纳 was made cashier; a row that calls her accountant is not
the one sealed, and the roles in force are then not those the log gave.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from coop.access import rules
from coop.access.seals import AccessKept, GrantKept, LoginKept, sealed, sealed_login, sealed_password
from ledger.log.rules import HOUSE
from ledger.side_books.rules import Fact, fact_must_be_in_the_log, faults_of_facts
from schemas.access import Role
from schemas.log import LogEntry
from schemas.problems import Fault, Problem
from schemas.units import PersonId, Value

_CHANGED = "Somebody changed it behind the service's back; compare with a backup."

roles_must_be_as_given = Fault(
    code="roles_must_be_as_given",
    says="The roles in force of person {person} are not those the log says were given and not taken back.",
    remedy=_CHANGED,
)
token_must_be_as_logged = Fault(
    code="token_must_be_as_logged",
    says="Token {token} of person {person} is kept as open or ended, and the log says otherwise.",
    remedy=_CHANGED,
)

_LOGIN = "login.add"
_PROPOSED, _GIVEN = "role.propose", "role.grant"
_FACTS = frozenset({_LOGIN, _PROPOSED, _GIVEN, "role.consent", "role.end", "token.make"})
_SIGNED_IN = frozenset({"login.ok", "login.wait"})
_ENDS_TOKENS = frozenset({"login.invite", "login.open", "login.close"})


class _Login(Value):
    """A login as the log left it."""

    entry: LogEntry
    whose: str
    password: str = ""
    factor: bool = False
    closed_at: str = ""


class AccessSays:
    """What the house's log says of who may do what; filled by reading its entries in order."""

    def __init__(self, entries: Iterable[LogEntry]) -> None:
        self.facts: list[LogEntry] = []
        self.given: set[str] = set()
        self.logins: dict[PersonId, _Login] = {}
        self.invited: dict[PersonId, str] = {}
        self.sessions: dict[str, str] = {}
        self.tokens: dict[int, int] = {}
        self.ended: set[int] = set()
        self.shut: dict[PersonId, int] = {}
        for entry in entries:
            self._note(entry)

    def _note(self, entry: LogEntry) -> None:
        noun, _, name = entry.subject.partition(":")
        if entry.act in _FACTS and entry.act != _LOGIN:
            self.facts.append(entry)
        if entry.act == _GIVEN:
            self.given.add(entry.content)
        elif entry.act in _SIGNED_IN:
            self.sessions[entry.subject] = entry.content
        elif noun == "token" and name.isdecimal():
            self._note_token(entry, int(name))
        elif noun == "person" and name.isdecimal() and entry.act.startswith("login."):
            self._note_login(entry, int(name))

    def _note_token(self, entry: LogEntry, token: int) -> None:
        if entry.act == "token.end":
            self.ended.add(token)
        else:
            self.tokens[token] = entry.seq

    def _note_login(self, entry: LogEntry, person: PersonId) -> None:
        if entry.act in _ENDS_TOKENS:
            self.shut[person] = entry.seq
        login = self.logins.get(person)
        if entry.act == _LOGIN:
            self.logins[person] = _Login(entry=entry, whose=entry.content)
        if login is None:
            return
        match entry.act:
            case "login.identity":
                login = replace(login, whose=entry.content)
            case "login.password":
                login = replace(login, password=entry.content)
            case "login.second_factor":
                login = replace(login, factor=True)
            case "login.close":
                login = replace(login, closed_at=entry.at)
            case "login.invite" | "login.open":
                login = replace(login, password="", factor=False, closed_at="")
                self.invited[person] = entry.content
        self.logins[person] = login


def faults_of_access(kept: AccessKept, says: AccessSays) -> Iterator[Problem]:
    """Everything that lets somebody in or lets him do something, and is not as the log left it."""
    yield from faults_of_facts(_facts(kept, says), _sealed(says), acts=_FACTS, book=HOUSE)
    yield from _faults_of_roles(kept, says)
    for token in kept.tokens:
        made = says.tokens.get(token.id, 0)
        over = token.id in says.ended or says.shut.get(token.person, 0) > made
        if over is not (token.id in kept.ended):
            yield token_must_be_as_logged.at(f"/tokens/{token.id}", token=token.id, person=token.person)
    for session in kept.sessions:
        subject = f"session:{session.id}"
        if says.sessions.get(subject) != sealed(session):
            yield fact_must_be_in_the_log.at(f"/{subject}", book=HOUSE, subject=subject, act="login.ok")
    for code in kept.invitations:
        if says.invited.get(code.person) != sealed(code):
            subject = f"person:{code.person}"
            yield fact_must_be_in_the_log.at(f"/{subject}", book=HOUSE, subject=subject, act="login.invite")


def _facts(kept: AccessKept, says: AccessSays) -> Iterator[Fact]:
    for login in kept.logins:
        yield Fact(act=_LOGIN, subject=f"person:{login.person}", content=_state(_as_logged(login)))
    for grant in kept.grants:
        content = sealed(grant)
        act = _GIVEN if content in says.given else _PROPOSED
        yield Fact(act=act, subject=f"person:{grant.person}", content=content)
    for consent in kept.consents:
        yield Fact(act="role.consent", subject=f"person:{consent.person}", content=sealed(consent))
    of = {grant.id: grant.person for grant in kept.grants}
    for end in kept.ends:
        yield Fact(act="role.end", subject=f"person:{of.get(end.grant)}", content=sealed(end))
    for token in kept.tokens:
        yield Fact(act="token.make", subject=f"token:{token.id}", content=sealed(token))


def _sealed(says: AccessSays) -> Iterator[LogEntry]:
    """The entries that sealed something, for a login the state all of its entries left it in."""
    yield from says.facts
    for login in says.logins.values():
        left = (login.whose, login.password, login.factor, login.entry.at, login.closed_at)
        yield replace(login.entry, content=_state(left))


_State = tuple[str, str, bool, str, str]


def _as_logged(login: LoginKept) -> _State:
    whose = sealed_login(login.name, login.identity)
    return whose, sealed_password(login.password), login.factor, login.made_at, login.closed_at


def _state(state: _State) -> str:
    return "\n".join(map(str, state))


def _faults_of_roles(kept: AccessKept, says: AccessSays) -> Iterator[Problem]:
    """Everybody whose roles in force are not his grants that were given or consented to, and not ended."""
    over = {end.grant for end in kept.ends}
    agreed = {consent.grant for consent in kept.consents}
    due: defaultdict[PersonId, set[tuple[object, ...]]] = defaultdict(set)
    in_force: defaultdict[PersonId, set[tuple[object, ...]]] = defaultdict(set)
    roles: defaultdict[tuple[PersonId, str, str], set[str]] = defaultdict(set)
    standing = []
    for grant in kept.grants:
        if grant.id not in over and (grant.id in agreed or sealed(grant) in says.given):
            standing.append(grant)
            roles[_place(grant)].add(grant.role)
    for grant in standing:
        duty = _duty(roles[_place(grant)])
        own = duty if _bound(grant.role) else ""
        consent = grant.id if grant.id in agreed else None
        due[grant.person].add((grant.id, consent, *_place(grant), grant.role, own, duty))
    for held in kept.held:
        place = (held.person, held.scope_kind, held.scope_code)
        in_force[held.person].add((held.grant, held.consent, *place, held.role, held.duty, held.stands_on))
    for person in sorted(due.keys() | in_force.keys()):
        if due[person] != in_force[person]:
            yield roles_must_be_as_given.at(f"/people/{person}", person=person)


def _place(grant: GrantKept) -> tuple[PersonId, str, str]:
    return grant.person, grant.scope_kind, grant.scope_code


def _bound(role: str) -> bool:
    return role in list(Role) and bool(rules.ROLES[Role(role)].duties)


def _duty(roles: Iterable[str]) -> str:
    """The duty roles fit; none for roles no person may have together, which are named by themselves."""
    known = {Role(role) for role in roles if role in list(Role)}
    duty = rules.duty_of(known) if rules.may_go_together(known) else None
    return "" if duty is None else duty.value
