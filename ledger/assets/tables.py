"""Asset cards and everything that happened to them; all of it only grows."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import Field, SQLModel

from ledger import columns
from ledger.columns import TENANT


class _OfCard(SQLModel):
    """The card a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    code: str = columns.text(primary_key=True)


class AssetCardRow(_OfCard, table=True):
    """An asset: where it stands in the book and since when. What it is written off by is in its terms."""

    __tablename__ = "asset_card"
    __table_args__ = (
        columns.refers("account", account="code", name="asset_card_account"),
        columns.refers("account", contra="code", name="asset_card_contra"),
        columns.refers("detail", detail="code", name="asset_card_detail"),
        ForeignKeyConstraint(["added_by"], ["person.person_id"], name="asset_card_added_by"),
        CheckConstraint("wear IN ('depreciation', 'amortisation')", name="asset_card_wear"),
        CheckConstraint("rhythm IN ('monthly', 'yearly')", name="asset_card_rhythm"),
        CheckConstraint("taken >= 0", name="asset_card_taken"),
        CheckConstraint("taken = 0 OR taken_until IS NOT NULL", name="asset_card_taken_until"),
        CheckConstraint("first_month % 100 BETWEEN 1 AND 12", name="asset_card_first_month"),
        TENANT,
    )
    name: str = columns.text()
    account: str = columns.text()
    detail: str = columns.text()
    contra: str = columns.text()
    wear: str = columns.text()
    in_use_since: datetime.date = columns.day()
    first_month: int = columns.number()
    rhythm: str = columns.text()
    taken: int = columns.number()
    taken_until: int | None = columns.number(nullable=True)
    poverty: bool = Field()
    note: str = columns.text()
    added_by: int = columns.number()
    at: str = columns.text()


class AssetTermsRow(_OfCard, table=True):
    """What a card is written off by from a month on. Later terms (``turn``) take the place of all earlier ones from
    their month on."""

    __tablename__ = "asset_terms"
    __table_args__ = (
        columns.refers("asset_card", "code", name="asset_terms_card"),
        columns.refers("account", expense_account="code", name="asset_terms_expense"),
        columns.refers("detail", expense_detail="code", name="asset_terms_detail"),
        ForeignKeyConstraint(["set_by"], ["person.person_id"], name="asset_terms_set_by"),
        CheckConstraint("turn >= 1", name="asset_terms_turn"),
        CheckConstraint("cost > 0", name="asset_terms_cost"),
        CheckConstraint("residual BETWEEN 0 AND cost", name="asset_terms_residual"),
        CheckConstraint("life_months BETWEEN 1 AND 1200", name="asset_terms_life"),
        CheckConstraint("from_month % 100 BETWEEN 1 AND 12", name="asset_terms_from_month"),
        TENANT,
    )
    turn: int = columns.number(primary_key=True)
    from_month: int = columns.number()
    cost: int = columns.number()
    residual: int = columns.number()
    life_months: int = columns.number()
    expense_account: str = columns.text()
    expense_detail: str = columns.text()
    reason: str = columns.text()
    set_by: int = columns.number()
    at: str = columns.text()


class AssetDisposalRow(_OfCard, table=True):
    """That an asset went, on which day and why; without a day, that it did not go after all. The last one counts."""

    __tablename__ = "asset_disposal"
    __table_args__ = (
        columns.refers("asset_card", "code", name="asset_disposal_card"),
        ForeignKeyConstraint(["set_by"], ["person.person_id"], name="asset_disposal_set_by"),
        CheckConstraint("turn >= 1", name="asset_disposal_turn"),
        TENANT,
    )
    turn: int = columns.number(primary_key=True)
    disposed_on: datetime.date | None = columns.day(nullable=True)
    reason: str = columns.text()
    set_by: int = columns.number()
    at: str = columns.text()


class AssetChargeRow(_OfCard, table=True):
    """What a voucher drafts or books of a card's plan for a month. ``attempt`` counts the vouchers that were
    withdrawn or cancelled before, so that two at once cannot book the same month twice."""

    __tablename__ = "asset_charge"
    __table_args__ = (
        columns.refers("asset_card", "code", name="asset_charge_card"),
        columns.refers("voucher", "voucher_id", name="asset_charge_voucher"),
        CheckConstraint("amount > 0", name="asset_charge_amount"),
        CheckConstraint("attempt >= 1", name="asset_charge_attempt"),
        CheckConstraint("period % 100 BETWEEN 1 AND 12", name="asset_charge_period"),
        Index("asset_charge_by_voucher", "book_id", "voucher_id"),
        TENANT,
    )
    period: int = columns.number(primary_key=True)
    attempt: int = columns.number(primary_key=True)
    amount: int = columns.number()
    voucher_id: int = columns.number()
