"""Managers, who rates them and when, ballots, village scores and cadres; each later fact stands beside the earlier one."""

from datetime import date

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT

_REFERENCE = {"sqlite_strict": True, "sqlite_with_rowid": False}


class _OfManager(SQLModel):
    """The manager of a year a row speaks of."""

    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    member_no: str = columns.text(primary_key=True)


class ManagerRow(_OfManager, table=True):
    """A member who serves a village in a year."""

    __tablename__ = "manager"
    __table_args__ = (
        columns.refers("member", "member_no", name="manager_member"),
        TENANT,
    )
    village_code: str = columns.text(foreign_key="place.code")


class ManagerChangeRow(_OfManager, table=True):
    """What was said of a manager after the naming: another village, or (NULL) that the naming is taken back. The
    version with the highest number stands."""

    __tablename__ = "manager_change"
    __table_args__ = (
        columns.refers("manager", "year", "member_no", name="manager_change_manager"),
        CheckConstraint("version >= 1", name="manager_change_version"),
        CheckConstraint("reason <> ''", name="manager_change_reason"),
        TENANT,
    )
    version: int = columns.number(primary_key=True)
    village_code: str | None = columns.text(nullable=True, foreign_key="place.code")
    reason: str = columns.text()
    changed_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class BallotRow(SQLModel, table=True):
    """A ballot, in the order it was cast; points in hundredths. The last of a rater on a manager counts. ``salt`` went
    into the digest the log keeps of the act: without it nobody finds the points by trying."""

    __tablename__ = "ballot"
    __table_args__ = (
        columns.refers("manager", "year", manager_no="member_no", name="ballot_manager"),
        columns.refers("member", rater_no="member_no", name="ballot_rater"),
        CheckConstraint("rater_kind IN ('party', 'villager')", name="ballot_rater_kind"),
        CheckConstraint("way IN ('phone', 'paper', 'pack')", name="ballot_way"),
        CheckConstraint("manager_no <> rater_no", name="ballot_not_on_oneself"),
        CheckConstraint(
            "survival >= 0 AND prevention >= 0 AND service >= 0 AND attitude >= 0 AND attendance >= 0"
            " AND benefit >= 0",
            name="ballot_points",
        ),
        Index("ballot_by_manager", "book_id", "year", "manager_no"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    seq: int = columns.number(primary_key=True)
    manager_no: str = columns.text()
    rater_no: str = columns.text()
    rater_kind: str = columns.text()
    survival: int = columns.number()
    prevention: int = columns.number()
    service: int = columns.number()
    attitude: int = columns.number()
    attendance: int = columns.number()
    benefit: int = columns.number()
    way: str = columns.text()
    entered_by: int = columns.number(foreign_key="person.person_id")
    salt: str = columns.text()
    recorded_at: str = columns.text()


class BallotScanRow(SQLModel, table=True):
    """The scan of the sheet a ballot was entered from; one sheet may carry many ballots. The bytes lie in the evidence
    store."""

    __tablename__ = "ballot_scan"
    __table_args__ = (
        columns.refers("ballot", "year", "seq", name="ballot_scan_ballot"),
        columns.refers("evidence", "sha256", name="ballot_scan_evidence"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    seq: int = columns.number(primary_key=True)
    sha256: str = columns.text(primary_key=True)
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class RaterRow(SQLModel, table=True):
    """Of which group of raters a member is in a year; the version with the highest number stands."""

    __tablename__ = "rater_roll"
    __table_args__ = (
        columns.refers("member", "member_no", name="rater_roll_member"),
        CheckConstraint("kind IN ('party', 'villager')", name="rater_roll_kind"),
        CheckConstraint("version >= 1", name="rater_roll_version"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    member_no: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    kind: str = columns.text()
    entered_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class RatingDaysRow(SQLModel, table=True):
    """From when until when the managers of a year are rated by phone; the version with the highest number stands."""

    __tablename__ = "rating_days"
    __table_args__ = (
        CheckConstraint("version >= 1", name="rating_days_version"),
        CheckConstraint("opens <= closes", name="rating_days_in_order"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    year: int = columns.number(primary_key=True)
    version: int = columns.number(primary_key=True)
    opens: date = columns.day()
    closes: date = columns.day()
    entered_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class VillageScoreRow(SQLModel, table=True):
    """A village's published score of a year; the version with the highest number stands."""

    __tablename__ = "village_score"
    __table_args__ = (CheckConstraint("version >= 1", name="village_score_version"), _REFERENCE)
    village_code: str = columns.text(primary_key=True, foreign_key="place.code")
    year: int = columns.number(primary_key=True)
    version: int = columns.number(primary_key=True)
    score: int = columns.number()
    benefit: int = columns.number()
    attendance: int = columns.number()
    recorded_at: str = columns.text()


class CadreRow(SQLModel, table=True):
    """A cadre's grade and score of a year; the version with the highest number stands."""

    __tablename__ = "cadre"
    __table_args__ = (
        CheckConstraint("grade IN ('excellent','competent','barely','incompetent')", name="cadre_grade"),
        CheckConstraint("version >= 1", name="cadre_version"),
        _REFERENCE,
    )
    village_code: str = columns.text(primary_key=True, foreign_key="place.code")
    year: int = columns.number(primary_key=True)
    name: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    post: str = columns.text()
    grade: str = columns.text()
    score: int = columns.number()
    benefit: int = columns.number()
    attendance: int = columns.number()
    recorded_at: str = columns.text()
