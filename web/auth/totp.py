"""The second factor: a six-digit code that changes every half minute (RFC 6238), from any authenticator.

The code of the step before and of the step after is taken too, for clocks that are a little off; a step is good once,
which the database sees to.
"""

from datetime import UTC, datetime

import pyotp

STEP_SECONDS = 30
DIGITS = 6
ISSUER = "联建"


def new_key() -> str:
    """A new key, 160 bits in base 32."""
    return pyotp.random_base32(32)


def is_key(text: str) -> bool:
    """Whether this is a key as ``new_key`` makes them."""
    return len(text) == 32 and set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")


def address(key: str, *, login: str) -> str:
    """The ``otpauth:`` address an authenticator reads from a QR code."""
    return pyotp.TOTP(key, digits=DIGITS, interval=STEP_SECONDS).provisioning_uri(
        name=login, issuer_name=ISSUER
    )


def code_at(key: str, at: datetime) -> str:
    """The code that is good at an instant; for the demonstration's print-out and for tests."""
    return pyotp.TOTP(key, digits=DIGITS, interval=STEP_SECONDS).at(at.astimezone(UTC))


def step_of(key: str, code: str, *, at: datetime, after: int = 0) -> int | None:
    """The time step this code belongs to, if it is one around ``at`` and later than step ``after``."""
    given = "".join(code.split())
    if len(given) != DIGITS or not given.isascii() or not given.isdigit():
        return None
    totp = pyotp.TOTP(key, digits=DIGITS, interval=STEP_SECONDS)
    now = int(at.timestamp()) // STEP_SECONDS
    found = None
    for step in (now - 1, now, now + 1):
        if step > after and pyotp.utils.strings_equal(totp.generate_otp(step), given):
            found = step
    return found
