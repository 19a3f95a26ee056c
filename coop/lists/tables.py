"""What villages say against the lists, and what was answered. Rows are only added."""

import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class ListAppealRow(SQLModel, table=True):
    """What a village says against being listed for a month, numbered in its township, once a month; the scan of its
    paper, where it came on one."""

    __tablename__ = "list_appeal"
    __table_args__ = (
        columns.refers("snapshot_village", "month", "village", name="list_appeal_village"),
        columns.refers("evidence", "sha256", name="list_appeal_evidence"),
        CheckConstraint("number >= 1", name="list_appeal_number"),
        CheckConstraint("length(text) BETWEEN 1 AND 1000", name="list_appeal_text"),
        CheckConstraint(
            "(sha256 IS NULL) = (name = '') AND (sha256 IS NULL) = (came IS NULL)", name="list_appeal_paper"
        ),
        UniqueConstraint("book_id", "month", "village", name="list_appeal_once"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    month: int = columns.number()
    village: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    text: str = columns.text()
    sha256: str | None = columns.text(nullable=True)
    name: str = columns.text()
    came: datetime.date | None = columns.day(nullable=True)


class ListAppealAnswerRow(SQLModel, table=True):
    """What an officer answered, another than who recorded the appeal."""

    __tablename__ = "list_appeal_answer"
    __table_args__ = (
        columns.refers("list_appeal", "number", name="list_appeal_answer_appeal"),
        CheckConstraint("upheld IN (0, 1)", name="list_appeal_answer_upheld"),
        CheckConstraint("length(text) BETWEEN 1 AND 1000", name="list_appeal_answer_text"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    upheld: int = columns.number()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    text: str = columns.text()
