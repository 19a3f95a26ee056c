"""Identity data as values: what is sealed at rest, and what may be shown of it (DOMAIN §10.3, §10.4)."""

from enum import StrEnum

from schemas.units import Value


class IdentityKind(StrEnum):
    """What a sealed number is; it decides how the number is written, masked and compared."""

    CITIZEN = "citizen"
    """居民身份证号, GB 11643."""
    UNIT = "unit"
    """统一社会信用代码 of a unit, GB 32100."""
    PHONE = "phone"
    CARD = "card"
    """银行卡."""
    PASSBOOK = "passbook"
    """存折."""
    CORPORATE = "corporate"
    """对公账户."""
    NOTE = "note"
    """A remark 备注 with such numbers in it; kept whole under seal, shown with the numbers masked."""
    FACTOR = "factor"
    """The key of a second factor, or one that signs what is told to another program; never shown, not even masked."""


class Sealed(Value):
    """A number encrypted at rest. ``digest`` is keyed: equal numbers of one kind have equal digests, and nobody
    without the key can try numbers out against it. ``masked`` is what everybody may see."""

    kind: IdentityKind
    cipher: bytes
    key_id: str
    digest: str
    masked: str
