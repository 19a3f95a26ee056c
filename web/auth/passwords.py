"""Passwords, hashed by argon2id with the parameters MEASURED §11 recommends: 19 MiB, two passes, one lane.

A proof takes about 20 ms of one core and lets go of the interpreter, so it runs in as many threads as there are
cores; a name that does not exist is proved against a hash of nothing, in the same time.
"""

import asyncio
import os
import secrets
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from schemas.units import Value

_HASHER = PasswordHasher(memory_cost=19 * 1024, time_cost=2, parallelism=1, type=Type.ID)
_MOST = 1024
"""What is longer is cut before it is proved: no password of ours is as long (``rules.MOST_PASSWORD``)."""


class Proof(Value):
    """Whether a password was right; ``new_hash`` is there when the old one has weaker parameters."""

    right: bool
    new_hash: str | None = None


def hash_now(password: str) -> str:
    """The hash of a password, for callers without an event loop."""
    return _HASHER.hash(_plain(password))


def prove_now(password: str, password_hash: str) -> Proof:
    """Whether this is the password, for callers without an event loop."""
    try:
        _HASHER.verify(password_hash, _plain(password))
    except (VerifyMismatchError, InvalidHashError):
        return Proof(right=False)
    weaker = _HASHER.check_needs_rehash(password_hash)
    return Proof(right=True, new_hash=hash_now(password) if weaker else None)


def _plain(password: str) -> str:
    """The password as it is hashed: one spelling of characters that keyboards compose differently."""
    return unicodedata.normalize("NFC", password[:_MOST])


@cache
def _of_nobody() -> str:
    """The hash of what nobody knows: a process's own."""
    return _HASHER.hash(secrets.token_hex(16))


class Passwords:
    """Hashing and proving in a pool of threads, one a core."""

    def __init__(self, threads: int | None = None) -> None:
        workers = threads or len(os.sched_getaffinity(0))
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="passwords")
        self._of_nobody = _of_nobody()

    def stop(self) -> None:
        """Finish what is running, then end."""
        self._pool.shutdown()

    async def hashed(self, password: str) -> str:
        """The hash of a password."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, hash_now, password)

    async def proved(self, password: str, password_hash: str | None) -> Proof:
        """Whether this is the password. Without a hash it takes as long, and is not."""
        against = self._of_nobody if password_hash is None else password_hash
        loop = asyncio.get_running_loop()
        proof = await loop.run_in_executor(self._pool, prove_now, password, against)
        return proof if password_hash is not None else Proof(right=False)
