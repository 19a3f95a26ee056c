"""Runs, what was frozen for them, their lines, steps, documents and vouchers. Only the run's own row ever changes."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT

_RUN = ["book_id", "kind", "year", "round"]
_OF_RUN = [f"run.{name}" for name in _RUN]
_CONTENT = [*_RUN, "content"]
_OF_CONTENT = [f"run_content.{name}" for name in _CONTENT]


class RunRow(SQLModel, table=True):
    """A run as it stands; one at a time of a kind in a book and year. Who prepared it never approves it."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("kind IN ('dividend', 'commission')", name="run_kind"),
        CheckConstraint("round >= 1", name="run_round"),
        CheckConstraint(
            "state IN ('draft','submitted','on_notice','approved','posted','returned','reverted')",
            name="run_state",
        ),
        CheckConstraint("approved_by <> prepared_by", name="run_two_people"),
        CheckConstraint(
            "state NOT IN ('approved', 'posted') OR approved_by IS NOT NULL",
            name="run_is_approved_by_somebody",
        ),
        CheckConstraint("total >= 0", name="run_total"),
        CheckConstraint("version >= 1", name="run_version"),
        ForeignKeyConstraint(
            ["book_id", "year", "policy_version"],
            ["charter_policy.book_id", "charter_policy.year", "charter_policy.version"],
            name="run_policy",
        ),
        Index(
            "run_one_at_a_time",
            "book_id",
            "kind",
            "year",
            unique=True,
            sqlite_where=text("state <> 'reverted'"),
            postgresql_where=text("state <> 'reverted'"),
        ),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    state: str = columns.text()
    content: int = columns.number()
    digest: str = columns.text()
    total: int = columns.number()
    policy_version: int = columns.number()
    prepared_by: int = columns.number(foreign_key="person.person_id")
    approved_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    resolution: str = columns.text()
    version: int = columns.number()


class RunContentRow(SQLModel, table=True):
    """What a run's figures follow from, frozen: canonical JSON, and the SHA-256 over it and every figure."""

    __tablename__ = "run_content"
    __table_args__ = (
        ForeignKeyConstraint(_RUN, _OF_RUN, name="run_content_run"),
        CheckConstraint("length(digest) = 64", name="run_content_digest"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    content: int = columns.number(primary_key=True)
    digest: str = columns.text()
    inputs: str = columns.text()


class RunPartRow(SQLModel, table=True):
    """A leg of a frozen content; a total weight may be more than a number column holds, so it is decimal text."""

    __tablename__ = "run_part"
    __table_args__ = (
        ForeignKeyConstraint(_CONTENT, _OF_CONTENT, name="run_part_content"),
        CheckConstraint("bp BETWEEN 0 AND 10000", name="run_part_bp"),
        CheckConstraint("patronage IN (0, 1)", name="run_part_patronage"),
        CheckConstraint("amount >= 0", name="run_part_amount"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    content: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    name: str = columns.text()
    bp: int = columns.number()
    basis: str = columns.text()
    patronage: int = columns.number()
    amount: int = columns.number()
    total_weight: str = columns.text()
    fen_from_remainders: int = columns.number()


class RunLineRow(SQLModel, table=True):
    """What one payee gets of one part."""

    __tablename__ = "run_line"
    __table_args__ = (
        ForeignKeyConstraint(
            [*_CONTENT, "part"], [f"run_part.{name}" for name in (*_CONTENT, "no")], name="run_line_part"
        ),
        ForeignKeyConstraint(
            ["book_id", "payee"], ["member.book_id", "member.member_no"], name="run_line_payee"
        ),
        CheckConstraint("weight >= 0", name="run_line_weight"),
        CheckConstraint("amount >= 0", name="run_line_amount"),
        CheckConstraint("fen_from_remainder IN (0, 1)", name="run_line_fen"),
        Index("run_line_by_payee", "book_id", "payee", "year"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    content: int = columns.number(primary_key=True)
    part: int = columns.number(primary_key=True)
    payee: str = columns.text(primary_key=True)
    weight: int = columns.number()
    amount: int = columns.number()
    fen_from_remainder: int = columns.number()


class RunActRow(SQLModel, table=True):
    """A step of a run: who did it on which day, about which content, and why."""

    __tablename__ = "run_act"
    __table_args__ = (
        ForeignKeyConstraint(_RUN, _OF_RUN, name="run_act_run"),
        CheckConstraint(
            "step IN ('new','submit','publish','approve','return','post','revert')", name="run_act_step"
        ),
        CheckConstraint("step <> 'return' OR reason <> ''", name="run_act_return_has_a_reason"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    seq: int = columns.number(primary_key=True)
    step: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    content: int = columns.number()
    reason: str = columns.text()


class RunDocumentRow(SQLModel, table=True):
    """A document attached to a run; the bytes lie in the evidence store."""

    __tablename__ = "run_document"
    __table_args__ = (
        ForeignKeyConstraint(_RUN, _OF_RUN, name="run_document_run"),
        ForeignKeyConstraint(
            ["book_id", "sha256"], ["evidence.book_id", "evidence.sha256"], name="run_document_evidence"
        ),
        CheckConstraint("document IN ('chair', 'council', 'assembly')", name="run_document_document"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    sha256: str = columns.text(primary_key=True)
    document: str = columns.text()
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class RunVoucherRow(SQLModel, table=True):
    """A voucher a run posted, its red ones included."""

    __tablename__ = "run_voucher"
    __table_args__ = (
        ForeignKeyConstraint(_RUN, _OF_RUN, name="run_voucher_run"),
        ForeignKeyConstraint(
            ["book_id", "voucher_id"], ["voucher.book_id", "voucher.voucher_id"], name="run_voucher_voucher"
        ),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
