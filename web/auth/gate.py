"""Signing in and out, and what a person keeps of his own login: password, second factor, sessions, tokens.

Each act of the writer is short: the attempt is counted, then the password is proved in its own threads while the
writer goes on, then the outcome is written. A name that does not exist, a closed login and a wrong password are the
same answer, in the same time.
"""

from datetime import datetime

from coop.access import queries, rules
from coop.access.logins import actions as logins
from coop.access.sessions import actions as sessions
from coop.access.tokens import actions as tokens
from coop.households import actions as households
from coop.households import rules as cards
from coop.vault.rules import Vault, unseal
from schemas.access import Credentials, Login, NewToken, Session, Token
from schemas.identity import Sealed
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, Value
from web.auth import totp, words
from web.auth.callers import Caller
from web.auth.passwords import Passwords, Proof
from web.database import Connection
from web.writer import Writer


class Entered(Value):
    """A new session: ``secret`` goes into the cookie and nowhere else. ``must_prove`` says that it waits for the code of
    the second factor."""

    secret: str
    session: Session
    must_prove: bool

    def __repr__(self) -> str:
        return f"Entered({self.session})"


class FactorSetUp(Value):
    """A second factor just set up: the new session, and the recovery codes, shown this once."""

    entered: Entered
    recovery_codes: tuple[str, ...]

    def __repr__(self) -> str:
        return f"FactorSetUp({self.entered})"


class MadeToken(Value):
    """A token just made: its secret, shown this once."""

    secret: str
    token: Token

    def __repr__(self) -> str:
        return f"MadeToken({self.token})"


class Gate:
    """The gate of the house; made once with the application."""

    def __init__(self, writer: Writer, vault: Vault, passwords: Passwords) -> None:
        self._writer, self._vault, self._passwords = writer, vault, passwords

    async def sign_in(
        self, name: str, password: str, *, code: str = "", address: str, agent: str, at: datetime
    ) -> Entered:
        """Begin a session with name and password, and the code of the second factor where there is one (or a recovery
        code in its place). Without the code the session waits for it: ``prove``.

        Refused: name, password or code is wrong, or there were too many attempts.
        """
        known = await self._writer.do(
            lambda db: sessions.begin_sign_in(db, name=name, address=address, at=at)
        )
        proof = await self._passwords.proved(password, None if known is None else known.password_hash)
        if known is None or not proof.right:
            await self._failed(name, known, address=address, why="password", at=at)
        assert known is not None, "a failure was raised"
        return await self._enter(known, proof, code=code, address=address, agent=agent, replaces=None, at=at)

    async def prove(self, caller: Caller, code: str, *, address: str, agent: str, at: datetime) -> Entered:
        """Give the code a session waits for; it ends, and a new one begins with everything in it."""

        def begin(db: Connection) -> Credentials | None:
            return sessions.begin_sign_in(db, name=caller.login, address=address, at=at)

        known = await self._writer.do(begin)
        if known is None or known.totp is None or caller.session is None:
            raise Refusal(rules.caller_must_be_signed_in.at(), kind=RefusalKind.SIGNED_OUT)
        return await self._enter(
            known,
            Proof(right=True),
            code=code,
            address=address,
            agent=agent,
            replaces=caller.session,
            at=at,
        )

    async def enter_with_card(
        self, *, book: BookId, household: str, pin: str, address: str, agent: str, at: datetime
    ) -> Entered:
        """Begin a session with a household's number and PIN. Refused: one of them is wrong, or there were too many
        tries with this card or from this address."""
        name = rules.login_of_household(book, household)
        known = await self._begin_with_card(name, address=address, at=at)
        proof = await self._passwords.proved(pin, None if known is None else known.password_hash)
        if known is None or not proof.right:
            await self._log_failure(name, known, address=address, why="PIN", at=at)
            raise Refusal(cards.pin_must_be_right.at("/pin"))
        return await self._enter(known, proof, code="", address=address, agent=agent, replaces=None, at=at)

    async def set_pin(
        self,
        *,
        book: BookId,
        household: str,
        code: str,
        pin: str,
        address: str,
        agent: str,
        at: datetime,
    ) -> Entered:
        """Set a household's PIN with the one-time code of its card, and begin a session. Tries are counted like those
        to sign in; refused as those are, and when the code does not hold or the PIN is none."""
        if problems := cards.faults_of_pin(pin):
            raise Refusal(*problems)
        name = rules.login_of_household(book, household)
        known = await self._begin_with_card(name, address=address, at=at)
        pin_hash = await self._passwords.hashed(pin)

        def set_it(db: Connection) -> Credentials | None:
            if known is None:
                return None
            households.set_pin(
                db,
                book=book,
                household=household,
                digest=words.digest_of_code(code),
                pin_hash=pin_hash,
                at=at,
            )
            return queries.credentials_of(db, name)

        try:
            renewed = await self._writer.do(set_it)
        except Refusal:
            renewed = None
        if renewed is None:
            await self._log_failure(name, known, address=address, why="card", at=at)
            raise Refusal(cards.code_of_card_must_hold.at("/code"))
        return await self._enter(
            renewed, Proof(right=True), code="", address=address, agent=agent, replaces=None, at=at
        )

    async def _begin_with_card(self, name: str, *, address: str, at: datetime) -> Credentials | None:
        def begin(db: Connection) -> Credentials | None:
            return sessions.begin_sign_in(db, name=name, address=address, by_card=True, at=at)

        try:
            return await self._writer.do(begin)
        except Refusal as refusal:
            if refusal.kind is not RefusalKind.LIMITED:
                raise
            seconds = int(refusal.problems[0].figures["seconds"])
            raise Refusal(
                cards.card_must_wait.at("/pin", minutes=-(-seconds // 60)), kind=RefusalKind.LIMITED
            ) from None

    async def sign_out(self, caller: Caller, *, at: datetime) -> None:
        """End the caller's own session 退出."""
        if caller.session is not None:
            await self.end_session(caller, caller.session, at=at)

    async def end_session(self, caller: Caller, session: int, *, at: datetime) -> None:
        """End one of the caller's sessions, or another's where he manages them."""
        await self._writer.do(lambda db: sessions.end_session(db, session, by=caller.rights, at=at))

    async def accept(self, code: str, password: str, *, at: datetime) -> Login:
        """Make a password with a set-up code; refused when the code does not hold or the password is weak."""
        digest = words.digest_of_code(code)
        found = await self._writer.do(lambda db: queries.invited(db, digest=digest))
        if found is None:
            raise Refusal(rules.invitation_must_hold.at("/code"))
        if problems := rules.faults_of_password(password, login=found[0].name):
            raise Refusal(*problems)
        password_hash = await self._passwords.hashed(password)
        return await self._writer.do(
            lambda db: logins.accept_invitation(db, digest=digest, password_hash=password_hash, at=at)
        )

    async def change_password(
        self, caller: Caller, *, old: str, new: str, address: str, at: datetime
    ) -> None:
        """The caller's new password, proved by the old one; his other sessions end."""
        await self._prove_password(caller, old, field="/old", address=address, at=at)
        if problems := rules.faults_of_password(new, login=caller.login):
            raise Refusal(*problems)
        password_hash = await self._passwords.hashed(new)
        await self._writer.do(
            lambda db: logins.set_password(
                db, caller.person, password_hash, keep_session=caller.session, at=at
            )
        )

    async def set_up_factor(
        self,
        caller: Caller,
        key: str,
        code: str,
        *,
        password: str,
        address: str,
        agent: str,
        at: datetime,
    ) -> FactorSetUp:
        """Set up the second factor, or a new one: ``key`` as ``totp.new_key`` made it, ``code`` as the authenticator
        shows it, the password once more. All sessions end, and one with the second factor begins."""
        await self._prove_password(caller, password, field="/password", address=address, at=at)
        step = totp.step_of(key, code, at=at) if totp.is_key(key) else None
        if step is None:
            raise Refusal(rules.code_must_be_right.at("/code"))
        secret = words.session_secret()
        codes = words.recovery_codes()
        sealed = rules.sealed_factor(self._vault, key, person=caller.person)

        def set_up(db: Connection) -> Session:
            logins.set_second_factor(
                db,
                caller.person,
                sealed,
                step=step,
                recovery=[words.digest_of_code(one) for one in codes],
                by=caller.person,
                at=at,
            )
            known = queries.credentials_for(db, caller.person)
            assert known is not None, "who is signed in has an open login"
            session = sessions.sign_in(
                db,
                known,
                digest=words.digest_of(secret),
                address=address,
                agent=agent,
                second_factor=True,
                at=at,
            )
            assert session is not None, "a session without a code is never refused"
            return session

        session = await self._writer.do(set_up)
        return FactorSetUp(
            entered=Entered(secret=secret, session=session, must_prove=False), recovery_codes=codes
        )

    async def renew_recovery_codes(
        self, caller: Caller, *, password: str, address: str, at: datetime
    ) -> tuple[str, ...]:
        """New recovery codes in place of the old ones, shown this once."""
        await self._prove_password(caller, password, field="/password", address=address, at=at)
        codes = words.recovery_codes()
        digests = [words.digest_of_code(one) for one in codes]
        await self._writer.do(lambda db: logins.renew_recovery_codes(db, caller.person, digests, at=at))
        return codes

    async def make_token(self, caller: Caller, new: NewToken, *, at: datetime) -> MadeToken:
        """Make a token in the caller's own name."""
        secret = words.token_secret()
        token = await self._writer.do(
            lambda db: tokens.make_token(db, new, digest=words.digest_of(secret), by=caller.rights, at=at)
        )
        return MadeToken(secret=secret, token=token)

    async def _enter(
        self,
        known: Credentials,
        proof: Proof,
        *,
        code: str,
        address: str,
        agent: str,
        replaces: int | None,
        at: datetime,
    ) -> Entered:
        step = recovery = None
        if known.totp is not None and code.strip():
            step = self._step(known, known.totp, code, at=at)
            recovery = None if step is not None else words.digest_of_code(code)
        elif known.totp is not None and replaces is not None:
            raise Refusal(rules.second_factor_must_be_given.at("/code"))
        proved = step is not None or recovery is not None
        secret = words.session_secret()
        session = await self._writer.do(
            lambda db: sessions.sign_in(
                db,
                known,
                digest=words.digest_of(secret),
                address=address,
                agent=agent,
                second_factor=proved,
                totp_step=step,
                recovery_code=recovery,
                replaces=replaces,
                new_hash=proof.new_hash,
                at=at,
            )
        )
        if session is None:
            await self._failed(known.name, known, address=address, why="code", at=at)
        assert session is not None, "a failure was raised"
        return Entered(secret=secret, session=session, must_prove=known.totp is not None and not proved)

    def _step(self, known: Credentials, sealed: Sealed, code: str, *, at: datetime) -> int | None:
        key = unseal(self._vault, sealed, owner=rules.factor_owner(known.person))
        return totp.step_of(key, code, at=at, after=known.totp_step)

    async def _prove_password(
        self, caller: Caller, password: str, *, field: str, address: str, at: datetime
    ) -> None:
        """Who changes how he signs in proves himself once more; counted like an attempt to sign in."""
        if caller.must_prove:
            problem = rules.second_factor_must_be_given.at()
            raise Refusal(problem, kind=RefusalKind.SIGNED_OUT)
        known = await self._writer.do(
            lambda db: sessions.begin_sign_in(db, name=caller.login, address=address, at=at)
        )
        proof = await self._passwords.proved(password, None if known is None else known.password_hash)
        if known is None or not proof.right:
            await self._log_failure(caller.login, known, address=address, why="password", at=at)
            raise Refusal(rules.password_must_be_right.at(field))
        await self._writer.do(lambda db: sessions.forgive_attempt(db, name=caller.login, address=address))

    async def _failed(
        self, name: str, known: Credentials | None, *, address: str, why: str, at: datetime
    ) -> None:
        await self._log_failure(name, known, address=address, why=why, at=at)
        raise Refusal(rules.sign_in_must_succeed.at())

    async def _log_failure(
        self, name: str, known: Credentials | None, *, address: str, why: str, at: datetime
    ) -> None:
        person = None if known is None else known.person
        await self._writer.do(
            lambda db: sessions.sign_in_failed(db, name=name, person=person, address=address, why=why, at=at)
        )
