"""Row shapes of policies in versions: a new version stands beside the old, and is followed once approved."""

import datetime

from sqlalchemy import CheckConstraint, Constraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT

VERSION = ("year", "version")


class OfVersion(SQLModel):
    """The version of a year's paper a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    version: int = columns.number(primary_key=True)


class ScanRow(OfVersion):
    """A scan hung on a version."""

    sha256: str = columns.text(primary_key=True)
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class ApprovalRow(OfVersion):
    """The second person's word on a version; who recorded it is named beside, so that the database itself keeps the
    two apart."""

    recorded_by: int = columns.number()
    approved_by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    resolution: str = columns.text()
    sha256: str = columns.text()


def scans(table: str, *, of: str, called: str) -> tuple[Constraint | dict[str, object], ...]:
    """What holds of the scans of the paper ``of``."""
    return (
        columns.refers(of, *VERSION, name=f"{table}_{called}"),
        columns.refers("evidence", "sha256", name=f"{table}_evidence"),
        TENANT,
    )


def approvals(table: str, *, of: str, scans: str) -> tuple[Constraint | dict[str, object], ...]:
    """What holds of the approvals of the paper ``of``: another person's, with a resolution, of a scan that hangs there."""
    return (
        columns.refers(of, *VERSION, "recorded_by", name=f"{table}_recorder"),
        columns.refers(scans, *VERSION, "sha256", name=f"{table}_paper"),
        CheckConstraint("approved_by <> recorded_by", name=f"{table}_two_people"),
        CheckConstraint("resolution <> ''", name=f"{table}_resolution"),
        TENANT,
    )


def of_township(table: str) -> tuple[Constraint, ...]:
    """What holds of a township's policy: the nine digits under which its acts are logged are those of a place."""
    return (
        ForeignKeyConstraint(["book_id"], ["place.code"], name=f"{table}_place"),
        CheckConstraint("length(book_id) = 9", name=f"{table}_township"),
        CheckConstraint("version >= 1", name=f"{table}_version"),
        UniqueConstraint("book_id", *VERSION, "recorded_by", name=f"{table}_recorded"),
    )
