"""Members, their sealed identity data, counterparties, and who stands for whom across books."""

import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class _OfMember(SQLModel):
    """The member a row speaks of."""

    book_id: str = columns.text(primary_key=True)
    member_no: str = columns.text(primary_key=True)


class _OfHeir(SQLModel):
    """The heir a row speaks of."""

    book_id: str = columns.text(primary_key=True)
    heir: int = columns.number(primary_key=True)


class _SealedRow(SQLModel):
    """One piece of identity data, sealed; ``digest`` is keyed, so equal numbers are found."""

    field: str = columns.text(primary_key=True)
    kind: str = columns.text()
    cipher: bytes = columns.blob()
    key_id: str = columns.text()
    digest: str = columns.text()
    masked: str = columns.text()


class MemberRow(_OfMember, table=True):
    """A member of the unit; the number is also its detail in the books. ``note`` has identity data masked."""

    __tablename__ = "member"
    __table_args__ = (
        columns.refers("detail", member_no="code", name="member_detail"),
        CheckConstraint("kind IN ('household', 'collective', 'enterprise')", name="member_kind"),
        CheckConstraint("account_kind IN ('card', 'passbook', 'corporate')", name="member_account_kind"),
        CheckConstraint("left_on >= joined_on", name="member_leaves_after_joining"),
        CheckConstraint("poverty_exit IN (0, 1)", name="member_poverty_exit"),
        CheckConstraint("version >= 1", name="member_version"),
        Index("member_by_household", "book_id", "household_no"),
        TENANT,
    )
    household_no: str = columns.text()
    name: str = columns.text()
    kind: str = columns.text()
    bank: str = columns.text()
    account_kind: str | None = columns.text(nullable=True)
    joined_on: datetime.date = columns.day()
    left_on: datetime.date | None = columns.day(nullable=True)
    poverty_exit: int | None = columns.number(nullable=True)
    note: str = columns.text()
    version: int = columns.number()


class MemberSecretRow(_SealedRow, _OfMember, table=True):
    """One piece of identity data of a member, sealed."""

    __tablename__ = "member_secret"
    __table_args__ = (
        columns.refers("member", "member_no", name="member_secret_member"),
        CheckConstraint("field IN ('identity', 'phone', 'bank_account', 'note')", name="member_secret_field"),
        Index("member_secret_by_digest", "digest"),
        TENANT,
    )


class HeirRow(_OfHeir, table=True):
    """An heir of a member who died; somebody with an identity and an account of his own."""

    __tablename__ = "heir"
    __table_args__ = (
        columns.refers("member", "member_no", name="heir_member"),
        CheckConstraint("heir >= 1", name="heir_number"),
        CheckConstraint("account_kind IN ('card', 'passbook', 'corporate')", name="heir_account_kind"),
        Index("heir_by_member", "book_id", "member_no"),
        TENANT,
    )
    member_no: str = columns.text()
    name: str = columns.text()
    relation: str = columns.text()
    bank: str = columns.text()
    account_kind: str | None = columns.text(nullable=True)
    named_on: datetime.date = columns.day()
    recorded_at: str = columns.text()


class HeirSecretRow(_SealedRow, _OfHeir, table=True):
    """One piece of identity data of an heir, sealed."""

    __tablename__ = "heir_secret"
    __table_args__ = (
        columns.refers("heir", "heir", name="heir_secret_heir"),
        CheckConstraint("field IN ('identity', 'phone', 'bank_account')", name="heir_secret_field"),
        Index("heir_secret_by_digest", "digest"),
        TENANT,
    )


class CounterpartyRow(SQLModel, table=True):
    """A unit or person outside; the code is also its detail in the books."""

    __tablename__ = "counterparty"
    __table_args__ = (
        columns.refers("detail", "code", name="counterparty_detail"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    code: str = columns.text(primary_key=True)
    name: str = columns.text()
    kind: str = columns.text()


class CollectiveMemberRow(_OfMember, table=True):
    """A member that is a village's collective, and the village whose book shows the share as 长期投资."""

    __tablename__ = "collective_member"
    __table_args__ = (
        columns.refers("member", "member_no", name="collective_member_member"),
        TENANT,
    )
    village_code: str = columns.text(foreign_key="place.code")


class InvestmentRow(SQLModel, table=True):
    """A detail of a collective's 长期投资 and the cooperative it stands for. The cooperative's book is another
    tenant's, so it is named, not referred to by a key."""

    __tablename__ = "investment"
    __table_args__ = (
        columns.refers("detail", detail="code", name="investment_detail"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    detail: str = columns.text(primary_key=True)
    cooperative: str = columns.text()
