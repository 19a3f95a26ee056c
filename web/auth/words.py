"""Secrets handed out once: only their SHA-256 is kept, so what is in the database or a backup opens nothing.

Sessions and tokens carry 256 bits. Codes that people copy from paper are written in Crockford's alphabet, which has
no letters that look like digits, in groups, and are read in any case: ``7ZK4-9QWX-…`` is ``7zk49qwx…``.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

TOKEN_PREFIX = "lianjian_"  # noqa: S105 - what scanners for leaked secrets look for
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})


def session_secret() -> str:
    """The secret of a new session: 256 bits."""
    return secrets.token_urlsafe(32)


def token_secret() -> str:
    """A new API token: 256 bits behind a prefix."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def set_up_code() -> str:
    """A new set-up code: 100 bits, four groups of five."""
    return _grouped(20, 5)


def card_code() -> str:
    """A new one-time code of a household's card: 60 bits, three groups of four."""
    return _grouped(12, 4)


def recovery_codes() -> tuple[str, ...]:
    """Ten new recovery codes of 80 bits, four groups of four each."""
    return tuple(_grouped(16, 4) for _ in range(10))


def digest_of(secret: str) -> bytes:
    """What is kept of a session's or token's secret."""
    return sha256(secret.encode()).digest()


def digest_of_code(code: str) -> bytes:
    """What is kept of a code people copy, however they wrote it."""
    plain = "".join(code.split()).replace("-", "").upper().translate(_LOOKALIKES)
    return sha256(plain.encode()).digest()


def form_word(secret: str) -> str:
    """The word forms of a session carry: it follows from the session's secret, which no other site can read."""
    mac = hmac.digest(secret.encode(), b"lianjian form", "sha256")
    return urlsafe_b64encode(mac[:18]).decode()


def same(one: str, other: str) -> bool:
    """Whether two words are equal, in a time that says nothing about where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def _grouped(marks: int, group: int) -> str:
    drawn = "".join(secrets.choice(_ALPHABET) for _ in range(marks))
    return "-".join(drawn[start : start + group] for start in range(0, marks, group))
