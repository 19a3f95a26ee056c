"""Signing in and out. Attempts are counted against the name and the address before it is known how they end; every
session begun, refused or ended is a link of the house's chain, without any secret in it.
"""

from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, delete, insert, update

from coop.access import queries, rules
from coop.access.actions import service
from coop.access.seals import SessionKept, password_set, sealed
from coop.access.tables import LoginAttemptsRow, LoginRow, RecoveryCodeRow, SessionRow
from coop.identity import masked_text
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.log.rules import instant
from schemas.access import Attempts, Credentials, Deed, Rights, Session
from schemas.log import Act
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId

_login = table_of(LoginRow)
_recovery = table_of(RecoveryCodeRow)
_attempts = table_of(LoginAttemptsRow)
_session = table_of(SessionRow)


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
        forget_attempts(db, credentials.name)
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
        [act, *password_set(person, new_hash, by=person, after="kept anew")],
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


def end_all(db: Connection, person: PersonId, *, but: int | None = None) -> None:
    """End the sessions of a person, ``but`` the one he acts from; logged by what they end for."""
    mine = _session.c.person_id == person
    if but is not None:
        mine &= _session.c.session_id != but
    db.execute(delete(_session).where(mine))


def forget_ended(db: Connection, *, at: datetime) -> int:
    """Remove sessions past their end or idle too long, and counts of failures nobody waits for any more. No act of
    anybody, so nothing is logged. Returns how many rows went."""
    now, idle = instant(at), instant(at - rules.IDLE)
    counted = instant(at - max(rules.OF_A_LOGIN.within, rules.OF_AN_ADDRESS.within))
    gone = (
        delete(_session).where((_session.c.ends_at <= now) | (_session.c.seen_at <= idle)),
        delete(_attempts).where(_attempts.c.since <= counted, _attempts.c.locked_until <= now),
    )
    return sum(db.execute(statement).rowcount for statement in gone)


def stamp_session(db: Connection, id: int, *, at: datetime) -> None:
    """Write down that a session was used just now. No act of anybody, so nothing is logged."""
    db.execute(update(_session).where(_session.c.session_id == id).values(seen_at=instant(at)))


def forgive_attempt(db: Connection, *, name: str, address: str) -> None:
    """Take back the attempt of somebody who proved himself without signing in anew."""
    forget_attempts(db, name)
    _forgive(db, _of_address(address), rules.OF_AN_ADDRESS)


def forget_attempts(db: Connection, login: str) -> None:
    """Count no failure under this name any more: its owner proved himself, or begins anew."""
    db.execute(delete(_attempts).where(_attempts.c.subject == _of_login(login)))


def _used_up(db: Connection, person: PersonId, *, totp_step: int | None, recovery_code: bytes | None) -> bool:
    if totp_step is not None:
        newer = (_login.c.person_id == person) & (_login.c.totp_step < totp_step)
        return db.execute(update(_login).where(newer).values(totp_step=totp_step)).rowcount == 1
    if recovery_code is not None:
        mine = (_recovery.c.person_id == person) & (_recovery.c.digest == recovery_code)
        return db.execute(delete(_recovery).where(mine)).rowcount == 1
    return True


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
