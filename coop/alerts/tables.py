"""A township's red lines, its alerts with what followed, and which frozen months were looked at. Rows are only added."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class RedLineRow(SQLModel, table=True):
    """A version of a red line of a township, ``book_id`` being its code; not ``watched``: the line of that id is stopped."""

    __tablename__ = "red_line"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["place.code"], name="red_line_place"),
        CheckConstraint("comparison IN ('below','above','fell_by_more_than')", name="red_line_comparison"),
        CheckConstraint("\"when\" IN ('monthly','within_year','year_end')", name="red_line_when"),
        CheckConstraint("unit IN ('yuan','share','number')", name="red_line_unit"),
        CheckConstraint("watched IN (0, 1)", name="red_line_watched"),
        CheckConstraint("version >= 1", name="red_line_version"),
        UniqueConstraint("book_id", "line", "version", "recorded_by", name="red_line_recorded"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    line: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    name: str = columns.text()
    name_zh: str = columns.text()
    figure: str = columns.text()
    comparison: str = columns.text()
    bound: str = columns.text()
    when: str = columns.text()
    unit: str = columns.text()
    source: str = columns.text()
    watched: int = columns.number()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class RedLineApprovalRow(SQLModel, table=True):
    """The second officer's word on a version of a red line; who recorded it is named beside, so that the database itself keeps
    the two apart."""

    __tablename__ = "red_line_approval"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "line", "version", "recorded_by"],
            ["red_line.book_id", "red_line.line", "red_line.version", "red_line.recorded_by"],
            name="red_line_approval_recorder",
        ),
        CheckConstraint("approved_by <> recorded_by", name="red_line_approval_two_people"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    line: str = columns.text(primary_key=True)
    version: int = columns.number(primary_key=True)
    recorded_by: int = columns.number()
    approved_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class AlertRow(SQLModel, table=True):
    """A red line a village, or a household of it, broke, numbered in its township; ``breach`` (JSON) is everything it was judged
    by, and ``line``, ``village``, ``household`` and ``month`` say of it what is searched for. It follows from the month ``frozen``
    of the books, or from a ``parcel`` of figures from outside, and a line is alerted of once for each."""

    __tablename__ = "alert"
    __table_args__ = (
        columns.refers("snapshot_village", "village", frozen="month", name="alert_village"),
        columns.refers("figure_subject", "village", "household", parcel="number", name="alert_subject"),
        CheckConstraint("number >= 1", name="alert_number"),
        CheckConstraint("(frozen IS NULL) <> (parcel IS NULL)", name="alert_follows"),
        CheckConstraint("frozen IS NULL OR (frozen = month AND household = '')", name="alert_frozen"),
        UniqueConstraint("book_id", "village", "line", "frozen", name="alert_once"),
        UniqueConstraint("book_id", "village", "household", "line", "parcel", name="alert_once_of_figures"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    line: str = columns.text()
    village: str = columns.text()
    household: str = columns.text()
    month: int = columns.number()
    frozen: int | None = columns.number(nullable=True)
    parcel: int | None = columns.number(nullable=True)
    breach: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()


class AlertStepRow(SQLModel, table=True):
    """A step in the life of an alert: who, when, what was said, the scan that goes with an explanation, and by which value the
    line is kept again, or why it cannot be judged any more (JSON)."""

    __tablename__ = "alert_step"
    __table_args__ = (
        columns.refers("alert", "number", name="alert_step_alert"),
        columns.refers("evidence", "sha256", name="alert_step_evidence"),
        CheckConstraint("step IN ('notify','explain','cure','lapse','close')", name="alert_step_step"),
        CheckConstraint("no >= 1", name="alert_step_no"),
        CheckConstraint("length(text) <= 1000", name="alert_step_text"),
        CheckConstraint("(sha256 IS NULL) = (name = '')", name="alert_step_paper"),
        CheckConstraint("(step IN ('cure','lapse')) = (kept <> '')", name="alert_step_kept"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    step: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    text: str = columns.text()
    sha256: str | None = columns.text(nullable=True)
    name: str = columns.text()
    kept: str = columns.text()


class AlertWatchRow(SQLModel, table=True):
    """A frozen month that was looked at, once, with the lines watched then (JSON)."""

    __tablename__ = "alert_watch"
    __table_args__ = (columns.refers("snapshot", "month", name="alert_watch_snapshot"), TENANT)
    book_id: str = columns.text(primary_key=True)
    month: int = columns.number(primary_key=True)
    lines: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
