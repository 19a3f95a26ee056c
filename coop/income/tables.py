"""Thresholds of village income."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns


class ThresholdRow(SQLModel, table=True):
    """What a village of a kind in a region has to earn in a year by a measure; of each the version with the highest
    number stands."""

    __tablename__ = "threshold"
    __table_args__ = (
        CheckConstraint("kind IN ('ordinary', 'poverty_exit')", name="threshold_kind"),
        CheckConstraint(
            "measure IN ('operating_profit','gross_operating','gross_all')", name="threshold_measure"
        ),
        CheckConstraint("amount >= 0", name="threshold_amount"),
        CheckConstraint("version >= 1", name="threshold_version"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    region: str = columns.text(primary_key=True, foreign_key="place.code")
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    measure: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    amount: int = columns.number()
    recorded_at: str = columns.text()
