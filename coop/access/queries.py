"""Who may do what where: the questions, and the one careful door to a book.

``book_seen_by`` is the door: a book that is not yours and a book that is not there are the same answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    Table,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
)

from coop.access import rules
from coop.access.seals import (
    AccessKept,
    ConsentKept,
    EndKept,
    GrantKept,
    HeldKept,
    InvitationKept,
    LoginKept,
    SessionKept,
    TokenKept,
)
from coop.access.tables import (
    ApiTokenRow,
    DutyHeldRow,
    InvitationRow,
    LoginAttemptsRow,
    LoginRow,
    RoleConsentRow,
    RoleEndRow,
    RoleGrantRow,
    RoleHeldRow,
    SessionRow,
)
from coop.places.queries import townships
from coop.places.tables import BookPlaceRow
from ledger.books import queries as books
from ledger.books.tables import BookRow
from ledger.columns import Prepared, portions, read_back, table_of
from ledger.log.rules import book_must_exist
from ledger.people.tables import PersonRow
from schemas.access import (
    AtDoor,
    Attempts,
    Credentials,
    Deed,
    Grant,
    GrantState,
    Held,
    Login,
    NewGrant,
    Place,
    Rights,
    Role,
    Scope,
    ScopeKind,
    Session,
    SignedIn,
    Token,
    TokenUse,
)
from schemas.books import Book, BookKind
from schemas.identity import IdentityKind, Sealed
from schemas.places import Place as TownshipPlace
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_Row = Row[*tuple[Any, ...]]

_login = table_of(LoginRow)
_person = table_of(PersonRow)
_held = table_of(RoleHeldRow)
_grant = table_of(RoleGrantRow)
_consent = table_of(RoleConsentRow)
_end = table_of(RoleEndRow)
_session = table_of(SessionRow)
_token = table_of(ApiTokenRow)
_invitation = table_of(InvitationRow)
_duty = table_of(DutyHeldRow)
_attempts = table_of(LoginAttemptsRow)
_book = table_of(BookRow)
_place = table_of(BookPlaceRow)

# The door

_AT_THE_DOOR = (
    _book.c.book_id,
    _book.c.name.label("book_name"),
    _book.c.short_name,
    _book.c.kind,
    _book.c.standard,
    _book.c.first_year,
    _place.c.village_code,
    _place.c.township_code,
)
_DOOR = Prepared(
    select(*_AT_THE_DOOR)
    .select_from(_book.outerjoin(_place, _place.c.book_id == _book.c.book_id))
    .where(_book.c.book_id == bindparam("book"))
)


def book_seen_by(db: Connection, who: Rights, book: BookId, *, deed: Deed | None = None) -> Book:
    """The book, if it exists for ``who``; refused as missing when there is none or it is none of his.

    With a ``deed`` it is also refused, as forbidden, when he sees the book but may not do that on it.
    """
    return let_through(who, at_door(db, book), deed=deed)


def let_through(who: Rights, door: AtDoor, *, deed: Deed | None = None) -> Book:
    """The book behind a door that was asked for together with the caller; refused as ``book_seen_by`` refuses."""
    if door.book is None or not rules.sees(who, book=door.id, place=door.place):
        raise Refusal(book_must_exist.at("/book", book=door.id), kind=RefusalKind.MISSING)
    if deed is not None and deed not in rules.deeds_on(who, book=door.id, place=door.place):
        raise Refusal(rules.deed_must_be_allowed.at(deed=deed), kind=RefusalKind.FORBIDDEN)
    return door.book


def at_door(db: Connection, book: BookId) -> AtDoor:
    """What stands behind a door, for whoever is let through."""
    return _as_door(book, _DOOR.first(db, book=book))


def _as_door(book: BookId, row: _Row | None) -> AtDoor:
    if row is None or row.book_id is None:
        return AtDoor(id=book, book=None, place=Place())
    return AtDoor(id=book, book=_as_book(row), place=_as_place(row))


def deeds_of(db: Connection, who: Rights, book: BookId) -> frozenset[Deed]:
    """What ``who`` may do on a book; nothing where it is not there. Pages show the buttons of these."""
    door = at_door(db, book)
    return frozenset() if door.book is None else rules.deeds_on(who, book=book, place=door.place)


def may(db: Connection, who: Rights, deed: Deed, book: BookId) -> bool:
    """Whether ``who`` may do this on this book."""
    return deed in deeds_of(db, who, book)


def books_seen_by(db: Connection, who: Rights, *, deed: Deed | None = None) -> tuple[Book, ...]:
    """The books that exist for ``who`` (on which he may do ``deed``), by id."""
    found: list[Book] = []
    for among in [None] if who.books is None else portions(sorted(who.books)):
        reach = _within(who.held)
        rows = db.execute(
            select(*_AT_THE_DOOR)
            .select_from(_book.outerjoin(_place, _place.c.book_id == _book.c.book_id))
            .where(reach if among is None else and_(reach, _book.c.book_id.in_(among)))
            .order_by(_book.c.book_id)
        )
        found += [
            _as_book(row)
            for row in rows
            if deed is None or deed in rules.deeds_on(who, book=row.book_id, place=_as_place(row))
        ]
    return tuple(found)


def townships_seen_by(db: Connection, who: Rights, *, deed: Deed) -> tuple[TownshipPlace, ...]:
    """The townships in which ``who`` may do this for the place as a whole, by code."""
    return tuple(one for one in townships(db) if deed in rules.deeds_at(who, code=one.code))


def _within(held: Iterable[Held]) -> ColumnElement[bool]:
    """The books these scopes reach, as a condition."""
    scopes = {one.scope for one in held}
    if any(scope.kind is ScopeKind.HOUSE for scope in scopes):
        return true()
    named = sorted(scope.code for scope in scopes if scope.kind is ScopeKind.BOOK)
    places = sorted(scope.code for scope in scopes if scope.kind is ScopeKind.PLACE)
    return or_(
        _book.c.book_id.in_(named) if named else false(),
        *(
            or_(_place.c.village_code.startswith(code), _place.c.township_code.startswith(code))
            for code in places
        ),
    )


def places_of(db: Connection, ids: Iterable[BookId]) -> Mapping[BookId, Place]:
    """Where these books lie; books that lie nowhere are left out."""
    found: dict[BookId, Place] = {}
    for some in portions(sorted(set(ids))):
        rows = db.execute(select(_place).where(_place.c.book_id.in_(some)))
        found |= {row.book_id: _as_place(row) for row in rows}
    return found


def _as_place(row: _Row) -> Place:
    return Place(village=row.village_code or "", township=row.township_code or "")


def _as_book(row: _Row) -> Book:
    return Book(
        id=row.book_id,
        name=row.book_name,
        short_name=row.short_name,
        kind=BookKind(row.kind),
        standard=row.standard,
        first_year=row.first_year,
    )


# Rights

_ROLES = (_held.c.role, _held.c.scope_kind, _held.c.scope_code)

_WHO = (_login.c.name.label("login"), _person.c.name.label("person_name"), *_ROLES)


def _with_holder(entry: Table) -> FromClause:
    """A session or token with the login, name and roles of whoever it belongs to."""
    person = entry.c.person_id
    return (
        entry.join(_login, _login.c.person_id == person)
        .join(_person, _person.c.person_id == person)
        .outerjoin(_held, _held.c.person_id == person)
    )


def _and_door(found: FromClause) -> FromClause:
    """The same together with one book: one question instead of two for whoever knocks at it."""
    return found.outerjoin(_book, _book.c.book_id == bindparam("book")).outerjoin(
        _place, _place.c.book_id == _book.c.book_id
    )


def _open(entry: Table) -> ColumnElement[bool]:
    return and_(entry.c.digest == bindparam("digest"), _login.c.closed_at.is_(None))


_SIGNED_IN = Prepared(
    select(_session, _login.c.totp_key, *_WHO).select_from(_with_holder(_session)).where(_open(_session))
)
_SIGNED_IN_AT = Prepared(
    select(_session, _login.c.totp_key, *_WHO, *_AT_THE_DOOR)
    .select_from(_and_door(_with_holder(_session)))
    .where(_open(_session))
)
_TOKEN_USE = Prepared(select(_token, *_WHO).select_from(_with_holder(_token)).where(_open(_token)))
_TOKEN_USE_AT = Prepared(
    select(_token, *_WHO, *_AT_THE_DOOR).select_from(_and_door(_with_holder(_token))).where(_open(_token))
)


def signed_in(db: Connection, *, digest: bytes, book: BookId | None = None) -> SignedIn | None:
    """The session of this secret with everything its person holds, and the book he asks for, in one question; whether
    the session still lives is asked of the rules."""
    rows = _asked(db, digest, book, alone=_SIGNED_IN, at_door=_SIGNED_IN_AT)
    if not rows:
        return None
    first = rows[0]
    session = _as_session(first)
    held = rules.in_force(_as_held(rows), second_factor=session.second_factor)
    must_prove = first.totp_key is not None and not session.second_factor
    return SignedIn(
        session=session,
        person_name=first.person_name,
        login=first.login,
        must_prove=must_prove,
        rights=Rights(person=session.person, held=() if must_prove else held),
        door=None if book is None else _as_door(book, first),
    )


def token_use(db: Connection, *, digest: bytes, book: BookId | None = None) -> TokenUse | None:
    """The token of this secret with everything its owner holds, narrowed to what the token was made for, and the book
    it is used on, in one question."""
    rows = _asked(db, digest, book, alone=_TOKEN_USE, at_door=_TOKEN_USE_AT)
    if not rows:
        return None
    token = _as_token(rows[0])
    return TokenUse(
        token=token,
        person_name=rows[0].person_name,
        login=rows[0].login,
        rights=Rights(
            person=token.person,
            held=_as_held(rows),
            deeds=frozenset(token.deeds),
            books=frozenset(token.books) or None,
        ),
        door=None if book is None else _as_door(book, rows[0]),
    )


def _asked(
    db: Connection, digest: bytes, book: BookId | None, *, alone: Prepared, at_door: Prepared
) -> Sequence[_Row]:
    if book is None:
        return alone.rows(db, digest=digest)
    return at_door.rows(db, digest=digest, book=book)


def rights_of(db: Connection, person: PersonId) -> Rights:
    """Everything a person holds, for acts from the command line in his name and for a second person named in an act.

    A closed login holds nothing.
    """
    return Rights(person=person, held=roles_held(db, person))


def roles_held(db: Connection, person: PersonId) -> tuple[Held, ...]:
    """The roles in force of one person; none when the login is closed."""
    rows = db.execute(
        select(*_ROLES)
        .select_from(_held.join(_login, _login.c.person_id == _held.c.person_id))
        .where(_held.c.person_id == person, _login.c.closed_at.is_(None))
        .order_by(*_ROLES)
    )
    return _as_held(rows.all())


def people_with(db: Connection, deed: Deed, *, book: BookId) -> tuple[PersonId, ...]:
    """Who may do this on this book: whom to ask, and who can be named as the second person."""
    door = at_door(db, book)
    if door.book is None:
        return ()
    roles = sorted(role.value for role in Role if deed in rules.DEEDS[role])
    rows = db.execute(
        select(_held.c.person_id, *_ROLES)
        .select_from(_held.join(_login, _login.c.person_id == _held.c.person_id))
        .where(_held.c.role.in_(roles), _login.c.closed_at.is_(None))
    )
    return tuple(
        sorted(
            {
                row.person_id
                for row in rows
                if rules.covers(
                    Scope(kind=ScopeKind(row.scope_kind), code=row.scope_code), book=book, place=door.place
                )
            }
        )
    )


def _as_held(rows: Iterable[_Row]) -> tuple[Held, ...]:
    return tuple(
        Held(role=Role(row.role), scope=Scope(kind=ScopeKind(row.scope_kind), code=row.scope_code))
        for row in rows
        if row.role is not None
    )


# Logins


def login_of(db: Connection, person: PersonId) -> Login | None:
    """A person's login without its secrets."""
    row = db.execute(_LOGINS.where(_login.c.person_id == person)).first()
    return None if row is None else _as_login(row)


def login_named(db: Connection, name: str) -> Login | None:
    """The login of this name, in any letter case."""
    row = db.execute(_LOGINS.where(_login.c.name == name.casefold())).first()
    return None if row is None else _as_login(row)


def logins(db: Connection, *, after: str = "", limit: int = 100) -> tuple[Login, ...]:
    """Logins by name, a page of them after a name; those of households are their cards' matter."""
    rows = db.execute(
        _LOGINS.where(_login.c.name > after, ~_login.c.name.startswith(rules.HOUSEHOLDS))
        .order_by(_login.c.name)
        .limit(limit)
    )
    return tuple(_as_login(row) for row in rows)


def login_with_identity(db: Connection, digest: str) -> PersonId | None:
    """Whose login this identity has, by its keyed digest."""
    found = db.execute(select(_login.c.person_id).where(_login.c.identity_digest == digest))
    return found.scalar_one_or_none()


_LOGINS = select(_login, _person.c.name.label("person_name")).select_from(
    _login.join(_person, _person.c.person_id == _login.c.person_id)
)


def _as_login(row: _Row) -> Login:
    return Login(
        person=row.person_id,
        name=row.name,
        person_name=row.person_name,
        identity=row.identity_masked or "",
        has_password=row.password_hash is not None,
        has_second_factor=row.totp_key is not None,
        made_at=row.made_at,
        closed_at=row.closed_at,
    )


def credentials_of(db: Connection, name: str) -> Credentials | None:
    """What a sign-in under this name is proved against; none for a closed login."""
    row = db.execute(
        select(_login).where(_login.c.name == name.casefold(), _login.c.closed_at.is_(None))
    ).first()
    return None if row is None else _as_credentials(row)


def credentials_for(db: Connection, person: PersonId) -> Credentials | None:
    """What a person proves himself against again; none for a closed login."""
    row = db.execute(select(_login).where(_login.c.person_id == person, _login.c.closed_at.is_(None))).first()
    return None if row is None else _as_credentials(row)


def _as_credentials(row: _Row) -> Credentials:
    return Credentials(
        person=row.person_id,
        name=row.name,
        password_hash=row.password_hash,
        totp=_as_factor(row),
        totp_step=row.totp_step,
    )


def identity_of(db: Connection, person: PersonId) -> Sealed | None:
    """The sealed identity number of a login's owner."""
    row = db.execute(select(_login).where(_login.c.person_id == person)).first()
    return None if row is None else _as_identity(row)


def _as_identity(row: _Row) -> Sealed | None:
    if row.identity_cipher is None:
        return None
    return Sealed(
        kind=IdentityKind.CITIZEN,
        cipher=row.identity_cipher,
        key_id=row.identity_key,
        digest=row.identity_digest,
        masked=row.identity_masked,
    )


def _as_factor(row: _Row) -> Sealed | None:
    if row.totp_cipher is None:
        return None
    return Sealed(kind=IdentityKind.FACTOR, cipher=row.totp_cipher, key_id=row.totp_key, digest="", masked="")


def attempts_of(db: Connection, subjects: Sequence[str]) -> Mapping[str, Attempts]:
    """The failures counted against names and addresses."""
    rows = db.execute(select(_attempts).where(_attempts.c.subject.in_(sorted(subjects))))
    return {
        row.subject: Attempts(failures=row.failures, since=row.since, locked_until=row.locked_until)
        for row in rows
    }


def invited(db: Connection, *, digest: bytes) -> tuple[Login, str] | None:
    """Whose set-up code this is and until when it holds."""
    row = db.execute(select(_invitation).where(_invitation.c.digest == digest)).first()
    if row is None:
        return None
    login = login_of(db, row.person_id)
    assert login is not None, "a set-up code belongs to a login"
    return login, row.ends_at


# Grants

_GRANTS = (
    select(
        _grant,
        _consent.c.given_by,
        _consent.c.given_at,
        _end.c.ended_by,
        _end.c.ended_at,
        _end.c.reason,
        _held.c.grant_id.label("held"),
    )
    .select_from(
        _grant.outerjoin(_consent, _consent.c.grant_id == _grant.c.grant_id)
        .outerjoin(_end, _end.c.grant_id == _grant.c.grant_id)
        .outerjoin(_held, _held.c.grant_id == _grant.c.grant_id)
    )
    .order_by(_grant.c.grant_id)
)


def grant(db: Connection, id: int) -> Grant | None:
    """A grant by its number."""
    row = db.execute(_GRANTS.where(_grant.c.grant_id == id)).first()
    return None if row is None else _as_grant(row)


def grants_of(db: Connection, person: PersonId) -> tuple[Grant, ...]:
    """Every role a person was ever given, oldest first."""
    return tuple(_as_grant(row) for row in db.execute(_GRANTS.where(_grant.c.person_id == person)))


def grants_shown_to(db: Connection, who: Rights, *, person: PersonId) -> tuple[Grant, ...]:
    """Every role a person was ever given in the places whose people ``who`` manages, oldest first: of those beside nothing
    is told."""
    grants = grants_of(db, person)
    places = places_of(db, (one.scope.code for one in grants if one.scope.kind is ScopeKind.BOOK))
    return tuple(
        one for one in grants if Deed.MANAGE_PEOPLE in rules.deeds_over(who, scope=one.scope, places=places)
    )


def roles_of_any_state(db: Connection, person: PersonId) -> tuple[Held, ...]:
    """Every role of a person that has not ended: in force, asleep in a closed login, or waiting for consent."""
    return tuple(
        Held(role=one.role, scope=one.scope)
        for one in grants_of(db, person)
        if one.state is not GrantState.ENDED
    )


def grants_waiting(db: Connection) -> tuple[Grant, ...]:
    """Every grant that waits for consent, oldest first."""
    rows = db.execute(_GRANTS.where(_end.c.grant_id.is_(None), _held.c.grant_id.is_(None)))
    return tuple(_as_grant(row) for row in rows)


def grants_waiting_for(db: Connection, who: Rights) -> tuple[Grant, ...]:
    """The grants ``who`` could consent to: within his reach, proposed by another, for another."""
    waiting = grants_waiting(db)
    places = places_of(db, (one.scope.code for one in waiting if one.scope.kind is ScopeKind.BOOK))
    return tuple(
        one
        for one in waiting
        if who.person not in {one.person, one.proposed_by}
        and Deed.CONSENT_TO_ROLES in rules.deeds_over(who, scope=one.scope, places=places)
    )


def last_grant(db: Connection) -> int:
    """The highest number of a grant, 0 when there is none."""
    last: int = db.execute(select(func.coalesce(func.max(_grant.c.grant_id), 0))).scalar_one()
    return last


def grant_facts(db: Connection, new: NewGrant) -> rules.GrantFacts:
    """What the rules need to know to judge a grant."""
    row = db.execute(select(_login).where(_login.c.person_id == new.person)).first()
    held = roles_held(db, new.person)
    waiting = tuple(
        Held(role=one.role, scope=one.scope)
        for one in grants_of(db, new.person)
        if one.state is GrantState.PROPOSED
    )
    named = {one.scope.code for one in (*held, *waiting) if one.scope.kind is ScopeKind.BOOK}
    if new.scope.kind is ScopeKind.BOOK:
        named.add(new.scope.code)
    administrators = select(func.count()).where(_held.c.role == Role.ADMINISTRATOR.value)
    return rules.GrantFacts(
        login=None if row is None else row.name,
        login_open=row is not None and row.closed_at is None,
        login_set_up=row is not None and row.password_hash is not None,
        identity_known=row is not None and row.identity_digest is not None,
        scope_exists=is_there(db, new.scope),
        held=held,
        waiting=waiting,
        places=places_of(db, named),
        administrators=db.execute(administrators).scalar_one(),
    )


def is_there(db: Connection, scope: Scope) -> bool:
    """Whether a scope names a book that is there, or could name a place."""
    if scope.kind is ScopeKind.BOOK:
        return books.book(db, id=scope.code) is not None
    if scope.kind is ScopeKind.PLACE:
        return scope.code.isascii() and scope.code.isdigit() and 2 <= len(scope.code) <= 12
    return scope.code == ""


def duties_at_odds(db: Connection) -> tuple[tuple[PersonId, Held, Held], ...]:
    """Roles in force of one person that meet on a book and cannot go together, for ``check``: the database keeps
    one scope clean, a place drawn over a book later is seen only here."""
    rows = db.execute(select(_held.c.person_id, *_ROLES).order_by(_held.c.person_id, *_ROLES)).all()
    by_person: dict[PersonId, list[Held]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).extend(_as_held([row]))
    places = places_of(db, (row.scope_code for row in rows if row.scope_kind == ScopeKind.BOOK.value))
    return tuple(
        (person, one, other)
        for person, held in by_person.items()
        for index, one in enumerate(held)
        for other in held[index + 1 :]
        if rules.overlap(one.scope, other.scope, places=places)
        and not rules.may_go_together({one.role, other.role})
    )


def _as_grant(row: _Row) -> Grant:
    state = (
        GrantState.ENDED
        if row.ended_by is not None
        else GrantState.PROPOSED
        if row.held is None
        else GrantState.HELD
    )
    return Grant(
        id=row.grant_id,
        person=row.person_id,
        role=Role(row.role),
        scope=Scope(kind=ScopeKind(row.scope_kind), code=row.scope_code),
        state=state,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        consented_by=row.given_by,
        consented_at=row.given_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        reason=row.reason or "",
    )


# Sessions and tokens


def sessions_of(db: Connection, person: PersonId) -> tuple[Session, ...]:
    """The sessions of a person, newest first; those past their end are gone at the next sign-in."""
    rows = db.execute(
        select(_session).where(_session.c.person_id == person).order_by(_session.c.session_id.desc())
    )
    return tuple(_as_session(row) for row in rows)


def tokens_of(db: Connection, person: PersonId) -> tuple[Token, ...]:
    """The tokens of a person, oldest first, ended ones too."""
    rows = db.execute(select(_token).where(_token.c.person_id == person).order_by(_token.c.token_id))
    return tuple(_as_token(row) for row in rows)


def token(db: Connection, id: int) -> Token | None:
    """A token by its number."""
    row = db.execute(select(_token).where(_token.c.token_id == id)).first()
    return None if row is None else _as_token(row)


def last_token(db: Connection) -> int:
    """The highest number of a token, 0 when there is none."""
    last: int = db.execute(select(func.coalesce(func.max(_token.c.token_id), 0))).scalar_one()
    return last


def everything_kept(db: Connection) -> AccessKept:
    """Every row that says who may do what, as it stands, for its proof."""
    rows = _held.outerjoin(
        _duty,
        and_(
            _duty.c.person_id == _held.c.person_id,
            _duty.c.scope_kind == _held.c.scope_kind,
            _duty.c.scope_code == _held.c.scope_code,
        ),
    )
    tokens = db.execute(select(_token).order_by(_token.c.token_id)).all()
    return AccessKept(
        logins=tuple(
            LoginKept(
                person=row.person_id,
                name=row.name,
                identity=row.identity_digest or "",
                password=row.password_hash or "",
                factor=row.totp_cipher is not None,
                made_at=row.made_at,
                closed_at=row.closed_at or "",
            )
            for row in db.execute(select(_login).order_by(_login.c.person_id))
        ),
        grants=tuple(
            GrantKept(
                id=row.grant_id,
                person=row.person_id,
                role=row.role,
                scope_kind=row.scope_kind,
                scope_code=row.scope_code,
                by=row.proposed_by,
                at=row.proposed_at,
            )
            for row in db.execute(select(_grant).order_by(_grant.c.grant_id))
        ),
        consents=tuple(
            ConsentKept(grant=row.grant_id, person=row.person_id, by=row.given_by, at=row.given_at)
            for row in db.execute(select(_consent).order_by(_consent.c.grant_id))
        ),
        ends=tuple(
            EndKept(grant=row.grant_id, by=row.ended_by, at=row.ended_at, reason=row.reason)
            for row in db.execute(select(_end).order_by(_end.c.grant_id))
        ),
        held=tuple(
            HeldKept(
                grant=row.grant_id,
                consent=row.consent_id,
                person=row.person_id,
                role=row.role,
                scope_kind=row.scope_kind,
                scope_code=row.scope_code,
                duty=row.duty or "",
                stands_on=row.stands_on or "",
            )
            for row in db.execute(
                select(_held, _duty.c.duty.label("stands_on")).select_from(rows).order_by(_held.c.grant_id)
            )
        ),
        tokens=tuple(
            TokenKept(
                id=row.token_id,
                digest=bytes(row.digest).hex(),
                person=row.person_id,
                name=row.name,
                deeds=row.deeds,
                books=row.books,
                made_at=row.made_at,
                until=row.until,
            )
            for row in tokens
        ),
        ended=frozenset(row.token_id for row in tokens if row.ended_at is not None),
        sessions=tuple(
            SessionKept(
                id=row.session_id,
                digest=bytes(row.digest).hex(),
                person=row.person_id,
                second_factor=bool(row.second_factor),
            )
            for row in db.execute(select(_session).order_by(_session.c.session_id))
        ),
        invitations=tuple(
            InvitationKept(person=row.person_id, digest=bytes(row.digest).hex())
            for row in db.execute(select(_invitation).order_by(_invitation.c.person_id))
        ),
    )


def _as_session(row: _Row) -> Session:
    return Session(
        id=row.session_id,
        person=row.person_id,
        made_at=row.made_at,
        seen_at=row.seen_at,
        ends_at=row.ends_at,
        second_factor=bool(row.second_factor),
        address=row.address,
        agent=row.agent,
    )


def _as_token(row: _Row) -> Token:
    return Token(
        id=row.token_id,
        person=row.person_id,
        name=row.name,
        deeds=read_back(row, _token.c.deeds, tuple[Deed, ...]),
        books=read_back(row, _token.c.books, tuple[str, ...]),
        made_at=row.made_at,
        until=row.until,
        last_used_at=row.last_used_at,
        ended_at=row.ended_at,
    )
