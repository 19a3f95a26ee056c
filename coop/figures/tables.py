"""Parcels of figures from outside, what they say, which doubts were answered, and the gates they went through. Rows are only
added."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class FigureParcelRow(SQLModel, table=True):
    """What one file says of a month (yyyymm) of a township, ``book_id`` being its code. The file is kept as it came."""

    __tablename__ = "figure_parcel"
    __table_args__ = (
        ForeignKeyConstraint(["book_id"], ["place.code"], name="figure_parcel_place"),
        columns.refers("evidence", "sha256", name="figure_parcel_file"),
        CheckConstraint("length(book_id) = 9", name="figure_parcel_township"),
        CheckConstraint("month % 100 BETWEEN 1 AND 12", name="figure_parcel_month"),
        CheckConstraint("number >= 1", name="figure_parcel_number"),
        UniqueConstraint("book_id", "number", "by", name="figure_parcel_collector"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    number: int = columns.number(primary_key=True)
    month: int = columns.number()
    sha256: str = columns.text()
    name: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()


class FigureSubjectRow(SQLModel, table=True):
    """A village, or a household of it, a parcel speaks of; ``household`` is empty for the village itself. ``line`` is where it
    stands among the parcel's subjects."""

    __tablename__ = "figure_subject"
    __table_args__ = (
        columns.refers("figure_parcel", "number", name="figure_subject_parcel"),
        CheckConstraint("length(village) = 12", name="figure_subject_village"),
        UniqueConstraint("book_id", "number", "line", name="figure_subject_line"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    village: str = columns.text(primary_key=True)
    household: str = columns.text(primary_key=True)
    line: int = columns.number()
    name: str = columns.text()
    note: str = columns.text()


class FigureRow(SQLModel, table=True):
    """A figure of a subject: ``amount`` in units of ten to the minus ``decimals``; ``place`` is its column's."""

    __tablename__ = "figure"
    __table_args__ = (
        columns.refers("figure_subject", "number", "village", "household", name="figure_of_subject"),
        CheckConstraint("decimals IN (0, 2)", name="figure_decimals"),
        UniqueConstraint("book_id", "number", "village", "household", "place", name="figure_place"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    village: str = columns.text(primary_key=True)
    household: str = columns.text(primary_key=True)
    code: str = columns.text(primary_key=True)
    place: int = columns.number()
    amount: int = columns.number()
    decimals: int = columns.number()


class FigureAnswerRow(SQLModel, table=True):
    """Why a doubted figure is kept; ``doubt`` (JSON) is all that was doubted."""

    __tablename__ = "figure_answer"
    __table_args__ = (
        columns.refers("figure_parcel", "number", name="figure_answer_parcel"),
        CheckConstraint("no >= 1", name="figure_answer_no"),
        CheckConstraint("length(text) BETWEEN 1 AND 400", name="figure_answer_text"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    doubt: str = columns.text()
    text: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()


class FigureStepRow(SQLModel, table=True):
    """A gate a parcel went through: who reviewed, returned or entered it, and the doubts (JSON) that were answered then. Who
    collected it is named beside, so that the database itself keeps the two apart."""

    __tablename__ = "figure_step"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "number", "collected_by"],
            ["figure_parcel.book_id", "figure_parcel.number", "figure_parcel.by"],
            name="figure_step_collector",
        ),
        CheckConstraint("gate IN ('review','return','enter')", name="figure_step_gate"),
        CheckConstraint("gate = 'return' OR \"by\" <> collected_by", name="figure_step_two_people"),
        CheckConstraint("(gate = 'return') = (text <> '')", name="figure_step_text"),
        CheckConstraint("(gate = 'enter') = (place IS NOT NULL)", name="figure_step_entered"),
        CheckConstraint("no >= 1", name="figure_step_no"),
        UniqueConstraint("book_id", "number", "gate", name="figure_step_once"),
        UniqueConstraint("book_id", "place", name="figure_step_place"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    gate: str = columns.text()
    text: str = columns.text()
    doubts: str = columns.text()
    place: int | None = columns.number(nullable=True)
    collected_by: int = columns.number()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
