"""How a number is sealed, opened and compared (DOMAIN §10.4; 财会〔2024〕12号 arts. 33, 34).

Each value is encrypted by AES-256-GCM under the newest key, with a nonce of its own; its kind and its owner are
authenticated with it, so that a value copied to another person's row does not open. Its digest is an HMAC-SHA-256
under a key derived from the oldest key: it stays the same when the sealing key is changed, so equality can always be
searched. Chance is handed in: a vault is given what draws its nonces.

>>> keys = (vault_key(bytes(32)),)
>>> vault = Vault(keys, draw=lambda length: bytes(length))
>>> sealed = seal(vault, "450000197001010012", IdentityKind.CITIZEN)
>>> sealed.masked, unseal(vault, sealed)
('450000********0012', '450000197001010012')
"""

import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from coop.identity import masked, written
from schemas.identity import IdentityKind, Sealed
from schemas.problems import Fault, Refusal, RefusalKind

KEY_BYTES = 32
NONCE_BYTES = 12

vault_must_have_its_key = Fault(
    code="vault_must_have_its_key",
    says="The key that seals identity, account and telephone numbers is not here ({key}).",
    remedy="Put the key file back where the settings name it; without it these numbers stay unreadable.",
)
sealed_value_must_open = Fault(
    code="sealed_value_must_open",
    says="A sealed value ({masked}) was changed, or belongs to somebody else.",
    remedy="Compare it with a backup, and enter the number again from its paper.",
)
key_file_must_be_readable = Fault(
    code="key_file_must_be_readable",
    says="Line {line} of the key file is no key.",
    remedy="Put back the key file as it was made; a line is a key's name, a space, and 64 hexadecimal digits.",
)


class VaultKey:
    """One key and its name, the first eight hexadecimal digits of a digest of it. It never shows its bytes."""

    __slots__ = ("cipher", "digest", "id", "key")

    def __init__(self, key: bytes) -> None:
        assert len(key) == KEY_BYTES, "a vault's key has 256 bits"
        self.key = key
        self.id = sha256(b"lianjian key name" + key).hexdigest()[:8]
        self.cipher = AESGCM(_derived(key, "seal"))
        self.digest = _derived(key, "digest")

    def __repr__(self) -> str:
        return f"VaultKey({self.id})"


class Vault:
    """The keys, oldest first, and what draws nonces. Without keys it is shut: it says so, and opens nothing."""

    __slots__ = ("draw", "keys")

    def __init__(self, keys: Sequence[VaultKey], *, draw: Callable[[int], bytes]) -> None:
        self.keys = {key.id: key for key in keys}
        self.draw = draw

    def __repr__(self) -> str:
        return f"Vault({', '.join(self.keys) or 'shut'})"

    @property
    def is_open(self) -> bool:
        """Whether it has a key at all."""
        return bool(self.keys)


def vault_key(key: bytes) -> VaultKey:
    """A key of 32 bytes with its name."""
    return VaultKey(key)


def keys_in(text: str) -> tuple[VaultKey, ...]:
    """The keys of a key file, oldest first: one a line, its name, a space, 64 hexadecimal digits; refused when a
    line is anything else, so that a damaged file is never taken for an empty one."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, _, digits = line.strip().partition(" ")
        try:
            key = bytes.fromhex(digits)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES or VaultKey(key).id != name:
            raise Refusal(key_file_must_be_readable.at(line=number), kind=RefusalKind.STATE)
        found.append(VaultKey(key))
    if not found:
        raise Refusal(key_file_must_be_readable.at(line=1), kind=RefusalKind.STATE)
    return tuple(found)


def line_of(key: VaultKey) -> str:
    """The line of a key file that holds this key."""
    return f"{key.id} {key.key.hex()}\n"


def seal(vault: Vault, text: str, kind: IdentityKind, *, owner: str = "") -> Sealed:
    """Encrypt a number. ``owner`` names the row it belongs to (``member:qs:M0012``): only there it opens again.

    Refused when the vault has no key.
    """
    plain = written(text, kind)
    key = _newest(vault)
    nonce = vault.draw(NONCE_BYTES)
    assert len(nonce) == NONCE_BYTES, "what draws nonces draws as many bytes as it is asked for"
    cipher = key.cipher.encrypt(nonce, plain.encode(), _bound_to(kind, owner))
    return Sealed(
        kind=kind,
        cipher=nonce + cipher,
        key_id=key.id,
        digest="" if kind is IdentityKind.FACTOR else digest(vault, plain, kind),
        masked=masked(plain, kind),
    )


def unseal(vault: Vault, sealed: Sealed, *, owner: str = "") -> str:
    """The number itself; refused when its key is not here, or the value was changed or moved to another owner."""
    key = vault.keys.get(sealed.key_id)
    if key is None:
        raise Refusal(vault_must_have_its_key.at(key=sealed.key_id), kind=RefusalKind.STATE)
    nonce, cipher = sealed.cipher[:NONCE_BYTES], sealed.cipher[NONCE_BYTES:]
    try:
        return key.cipher.decrypt(nonce, cipher, _bound_to(sealed.kind, owner)).decode()
    except InvalidTag:
        problem = sealed_value_must_open.at(masked=sealed.masked)
        raise Refusal(problem, kind=RefusalKind.STATE) from None


def digest(vault: Vault, text: str, kind: IdentityKind) -> str:
    """The keyed digest of a number, 64 hexadecimal digits, for search, uniqueness and the log."""
    _newest(vault)
    oldest = next(iter(vault.keys.values()))
    message = f"{kind.value}:{written(text, kind)}".encode()
    return hmac.new(oldest.digest, message, sha256).hexdigest()


def _newest(vault: Vault) -> VaultKey:
    if not vault.keys:
        raise Refusal(vault_must_have_its_key.at(key="none"), kind=RefusalKind.STATE)
    return next(reversed(vault.keys.values()))


def _derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose: HKDF-Expand (RFC 5869) of one block; the file's key is uniform already."""
    return hmac.new(key, f"lianjian {purpose}".encode() + b"\x01", sha256).digest()


def _bound_to(kind: IdentityKind, owner: str) -> bytes:
    return f"{kind.value} {owner}".encode()
