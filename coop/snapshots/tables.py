"""A township's income policy and its frozen months. Rows are only added."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index
from sqlmodel import SQLModel

from coop.versions.tables import ApprovalRow, OfVersion, ScanRow, approvals, of_township, scans
from ledger import columns
from ledger.columns import TENANT


class IncomePolicyRow(OfVersion, table=True):
    """村集体收入办法 of a township from a year on, ``book_id`` being its code: rates in basis points."""

    __tablename__ = "income_policy"
    __table_args__ = (
        *of_township("income_policy"),
        CheckConstraint("scans_only IN (0, 1)", name="income_policy_scans"),
        CheckConstraint("fall_bp BETWEEN 0 AND 10000", name="income_policy_fall"),
        CheckConstraint("subsidies_bp BETWEEN 0 AND 10000", name="income_policy_subsidies"),
        CheckConstraint("spot_checks >= 0", name="income_policy_spot_checks"),
        CheckConstraint("landing IN ('day_of_payment','day_of_resolution')", name="income_policy_landing"),
        CheckConstraint("list_appeal_days >= 1", name="income_policy_days"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    scans_only: int = columns.number()
    fall_bp: int = columns.number()
    subsidies_bp: int = columns.number()
    spot_checks: int = columns.number()
    landing: str = columns.text()
    list_appeal_days: int = columns.number()
    resolution: str = columns.text()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class IncomePolicyPaperRow(ScanRow, table=True):
    """A scan hung on a version of an income policy."""

    __tablename__ = "income_policy_paper"
    __table_args__ = scans("income_policy_paper", of="income_policy", called="policy")


class IncomePolicyApprovalRow(ApprovalRow, table=True):
    """The second person's word on a version of an income policy."""

    __tablename__ = "income_policy_approval"
    __table_args__ = approvals("income_policy_approval", of="income_policy", scans="income_policy_paper")


class SnapshotRow(SQLModel, table=True):
    """A month (yyyymm) of a township, ``book_id`` being its code, frozen on the day ``as_of`` under a policy (JSON);
    ``digest`` is the SHA-256 of what was frozen, which the log sealed."""

    __tablename__ = "snapshot"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["place.code"], name="snapshot_place"),
        CheckConstraint("length(book_id) = 9", name="snapshot_township"),
        CheckConstraint("month % 100 BETWEEN 1 AND 12", name="snapshot_month"),
        Index("snapshot_by_month", "month", "book_id"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    month: int = columns.number(primary_key=True)
    as_of: datetime.date = columns.day()
    policy: str = columns.text()
    digest: str = columns.text()
    frozen_at: str = columns.text()


class _OfSnapshot(SQLModel):
    """The snapshot a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    month: int = columns.number(primary_key=True)


class SnapshotVillageRow(_OfSnapshot, table=True):
    """A village's year to date as frozen, in fen: each component of income with what of it had no evidence, what was taken
    off, and income over threshold as a fraction in lowest terms."""

    __tablename__ = "snapshot_village"
    __table_args__ = (
        columns.refers("snapshot", "month", name="snapshot_village_snapshot"),
        ForeignKeyConstraint(["village"], ["place.code"], name="snapshot_village_place"),
        CheckConstraint("substr(village, 1, 9) = book_id", name="snapshot_village_inside"),
        CheckConstraint("kind IN ('ordinary', 'poverty_exit')", name="snapshot_village_kind"),
        CheckConstraint(
            "measure IN ('operating_profit','gross_operating','gross_all')", name="snapshot_village_measure"
        ),
        CheckConstraint(
            "(numerator IS NULL) = (denominator IS NULL) AND (numerator IS NULL OR threshold IS NOT NULL)",
            name="snapshot_village_ratio",
        ),
        CheckConstraint("denominator >= 1", name="snapshot_village_denominator"),
        TENANT,
    )
    village: str = columns.text(primary_key=True)
    kind: str = columns.text()
    operating_income: int = columns.number()
    operating_income_unproved: int = columns.number()
    investment_income: int = columns.number()
    investment_income_unproved: int = columns.number()
    subsidies: int = columns.number()
    subsidies_unproved: int = columns.number()
    other_income: int = columns.number()
    other_income_unproved: int = columns.number()
    operating_expenses: int = columns.number()
    taxes: int = columns.number()
    administration: int = columns.number()
    measure: str = columns.text()
    income: int = columns.number()
    threshold: int | None = columns.number(nullable=True)
    numerator: int | None = columns.number(nullable=True)
    denominator: int | None = columns.number(nullable=True)
    band: int | None = columns.number(nullable=True)


class SnapshotRankingRow(_OfSnapshot, table=True):
    """When a frozen month was ranked above its township: among everything frozen of that month until then."""

    __tablename__ = "snapshot_ranking"
    __table_args__ = (columns.refers("snapshot", "month", name="snapshot_ranking_snapshot"), TENANT)
    ranked_on: datetime.date = columns.day()
    ranked_at: str = columns.text()


class SnapshotRankRow(_OfSnapshot, table=True):
    """A village's rank in its township, county, city or province, from the best and from the last."""

    __tablename__ = "snapshot_rank"
    __table_args__ = (
        columns.refers("snapshot_village", "month", "village", name="snapshot_rank_village"),
        CheckConstraint("level IN ('province','prefecture','county','township')", name="snapshot_rank_level"),
        CheckConstraint('"rank" BETWEEN 1 AND "of"', name="snapshot_rank_rank"),
        CheckConstraint('from_below BETWEEN 1 AND "of"', name="snapshot_rank_from_below"),
        TENANT,
    )
    level: str = columns.text(primary_key=True)
    village: str = columns.text(primary_key=True)
    rank: int = columns.number()
    from_below: int = columns.number()
    of: int = columns.number()
