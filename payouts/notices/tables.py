"""Appeals, what was answered, and the papers that came to the counter. Rows are only added."""

import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class AppealRow(SQLModel, table=True):
    """An appeal about one payee of a run's frozen content, numbered in its book or township. A book's payee is a member of
    a household; a township's is who its list names."""

    __tablename__ = "appeal"
    __table_args__ = (
        columns.refers("run_content", "kind", "year", "round", "content", name="appeal_content"),
        columns.refers("member", "member_no", name="appeal_payee"),
        CheckConstraint("member_no = payee", name="appeal_payee_is_the_member"),
        CheckConstraint("(household_no = '') = (member_no IS NULL)", name="appeal_household_is_of_a_member"),
        CheckConstraint("number >= 1", name="appeal_number"),
        CheckConstraint("length(text) BETWEEN 1 AND 1000", name="appeal_text"),
        Index("appeal_by_run", "book_id", "kind", "year", "round"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    kind: str = columns.text()
    year: int = columns.number()
    round: int = columns.number()
    content: int = columns.number()
    payee: str = columns.text()
    member_no: str | None = columns.text(nullable=True)
    household_no: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    text: str = columns.text()


class AppealAnswerRow(SQLModel, table=True):
    """What followed an appeal, in its order."""

    __tablename__ = "appeal_answer"
    __table_args__ = (
        columns.refers("appeal", "number", name="appeal_answer_appeal"),
        CheckConstraint("step IN ('uphold', 'reject', 'escalate')", name="appeal_answer_step"),
        CheckConstraint("seq BETWEEN 1 AND 3", name="appeal_answer_seq"),
        CheckConstraint("(seq = 2) = (step = 'escalate')", name="appeal_answer_escalates_once"),
        CheckConstraint("length(text) BETWEEN 1 AND 1000", name="appeal_answer_text"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    seq: int = columns.number(primary_key=True)
    step: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    text: str = columns.text()


class AppealPaperRow(SQLModel, table=True):
    """The scan of a paper an appeal came on (``seq`` 0), or that asked for a second look (2)."""

    __tablename__ = "appeal_paper"
    __table_args__ = (
        columns.refers("appeal", "number", name="appeal_paper_appeal"),
        columns.refers("evidence", "sha256", name="appeal_paper_evidence"),
        CheckConstraint("seq IN (0, 2)", name="appeal_paper_seq"),
        CheckConstraint("name <> ''", name="appeal_paper_name"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    number: int = columns.number(primary_key=True)
    seq: int = columns.number(primary_key=True)
    sha256: str = columns.text()
    name: str = columns.text()
    came: datetime.date = columns.day()
