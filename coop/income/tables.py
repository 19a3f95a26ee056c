"""Thresholds of village income."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns

_KEY = ("region", "kind", "year", "measure", "version")


class ThresholdRow(SQLModel, table=True):
    """What a village of a kind in a region has to earn in a year by a measure; of each the version with the highest
    number stands, of those that came with a hand-over (``imported``) or were approved."""

    __tablename__ = "threshold"
    __table_args__ = (
        CheckConstraint("kind IN ('ordinary', 'poverty_exit')", name="threshold_kind"),
        CheckConstraint(
            "measure IN ('operating_profit','gross_operating','gross_all')", name="threshold_measure"
        ),
        CheckConstraint("amount >= 0", name="threshold_amount"),
        CheckConstraint("version >= 1", name="threshold_version"),
        CheckConstraint("imported IN (0, 1)", name="threshold_imported"),
        CheckConstraint("imported = 1 OR document <> ''", name="threshold_document"),
        UniqueConstraint(*_KEY, "recorded_by", name="threshold_recorded"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    region: str = columns.text(primary_key=True, foreign_key="place.code")
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    measure: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    amount: int = columns.number()
    document: str = columns.text()
    imported: int = columns.number()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class ThresholdApprovalRow(SQLModel, table=True):
    """The second person's word on a version of a threshold; who recorded it is named beside, so that the database itself
    keeps the two apart."""

    __tablename__ = "threshold_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            [*_KEY, "recorded_by"],
            [f"threshold.{column}" for column in (*_KEY, "recorded_by")],
            name="threshold_approval_recorder",
        ),
        CheckConstraint("approved_by <> recorded_by", name="threshold_approval_two_people"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    region: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    measure: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    recorded_by: int = columns.number()
    approved_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()
