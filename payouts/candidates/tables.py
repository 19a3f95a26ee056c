"""Whom a township's reward schemes look at, and in which order a resolution put those who were equal."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class _OfPeriod(SQLModel):
    """A scheme by its name and a year or month; ``book_id`` is the township's code, ``no`` counts."""

    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    scheme: str = columns.text(primary_key=True)
    period: str = columns.text(primary_key=True)
    no: int = columns.number(primary_key=True)


class RewardSheetRow(_OfPeriod, table=True):
    """人员表: everybody a scheme looks at, as JSON whose digest the log sealed, and under which version of the scheme it
    was written down. A new sheet replaces the one before; both are kept."""

    __tablename__ = "reward_sheet"
    __table_args__ = (
        columns.refers("reward_policy", "year", "version", name="reward_sheet_policy"),
        CheckConstraint("no >= 1", name="reward_sheet_no"),
        TENANT,
    )
    version: int = columns.number()
    candidates: str = columns.text()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class RewardOrderRow(_OfPeriod, table=True):
    """同分排序: the order of those who were equal, as a JSON list of names, with the resolution and its scan."""

    __tablename__ = "reward_order"
    __table_args__ = (
        columns.refers("evidence", "sha256", name="reward_order_paper"),
        CheckConstraint("no >= 1", name="reward_order_no"),
        CheckConstraint("resolution <> ''", name="reward_order_resolution"),
        TENANT,
    )
    who: str = columns.text()
    resolution: str = columns.text()
    sha256: str = columns.text()
    name: str = columns.text()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()
