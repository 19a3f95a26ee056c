"""Members 成员 and counterparties 往来单位 as values. Person, household, member and account holder are four things
(DOMAIN §10.3)."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.units import BookId, Instant, Value


class MemberKind(StrEnum):
    """成员类别: 农户, 村集体, 企业."""

    HOUSEHOLD = "household"
    COLLECTIVE = "collective"
    ENTERPRISE = "enterprise"


class AccountKind(StrEnum):
    """账户类型: 卡, 存折, 对公."""

    CARD = "card"
    PASSBOOK = "passbook"
    CORPORATE = "corporate"


class SecretField(StrEnum):
    """What of a member is kept sealed; the note only where it holds identity data."""

    IDENTITY = "identity"
    PHONE = "phone"
    BANK_ACCOUNT = "bank_account"
    NOTE = "note"


class NewMember(Value):
    """A member as it comes in, identity data in the clear, to be sealed.

    ``identity`` is an identity number, of a unit its credit code. ``household`` is empty for a unit. ``left_on`` is
    the last day of membership. ``poverty_exit`` 脱贫户 is None where nothing was said.
    """

    number: str
    household: str
    name: str
    kind: MemberKind
    identity: str
    phone: str
    bank: str
    bank_account: str
    account_kind: AccountKind | None
    joined_on: date
    left_on: date | None
    poverty_exit: bool | None
    note: str


class Member(Value):
    """A member as the register shows it: identity, phone, account and what of the note is identity data masked."""

    number: str
    household: str
    name: str
    kind: MemberKind
    identity: str
    phone: str
    bank: str
    bank_account: str
    account_kind: AccountKind | None
    joined_on: date
    left_on: date | None
    poverty_exit: bool | None
    note: str
    version: int


class Membership(Value, gc=False):
    """From when to when somebody is a member; ``left_on`` is the last day."""

    number: str
    joined_on: date
    left_on: date | None


class Heir(Value):
    """An heir 继承人 of a member who died, identity data masked: an identity and an account of its own."""

    heir: int
    member: str
    name: str
    relation: str
    identity: str
    phone: str
    bank: str
    bank_account: str
    account_kind: AccountKind | None
    named_on: date
    recorded_at: Instant


class MemberChange(Value):
    """What may change of a member without a second person: nothing anybody is paid by. None stays as it is."""

    household: Annotated[str, Meta(max_length=40)] | None = None
    phone: Annotated[str, Meta(max_length=40)] | None = None
    poverty_exit: bool | None = None
    note: Annotated[str, Meta(max_length=400)] | None = None


class Counterparty(Value):
    """A unit or person outside that the book trades with; ``kind`` in the book's own words (供应商, 客户, 银行 …)."""

    code: str
    name: str
    kind: str


class CollectiveMember(Value):
    """A member that is a village's collective: the village whose book shows this share as 长期投资."""

    member: str
    village: str


class Investment(Value):
    """A detail of a collective's 长期投资 and the cooperative's book it stands for."""

    detail: str
    cooperative: BookId
