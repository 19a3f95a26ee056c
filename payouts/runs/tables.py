"""Runs, what was frozen for them, their lines, steps, documents and vouchers. Only the run's own row ever changes."""

import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT

_RUN = ("kind", "year", "round")
_CONTENT = (*_RUN, "content")
_YEARS = "kind IN ('dividend', 'commission', 'tiers')"
_STANDING_YEAR = f"{_YEARS} AND state <> 'reverted'"
_OPEN_ORDER = f"NOT ({_YEARS}) AND state NOT IN ('posted', 'exported', 'settled', 'reverted')"


class _OfRun(SQLModel):
    """The run a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    kind: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    round: int = columns.number(primary_key=True)


class _OfContent(_OfRun):
    """The frozen content a row belongs to."""

    content: int = columns.number(primary_key=True)


class RunRow(_OfRun, table=True):
    """A run as it stands, of a book or of a township; one at a time of a kind in it and year, of payment orders and
    rewards one under way of a kind. Who prepared it never approves it."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('dividend','commission','tiers','reward','labour','rent','indemnity','buyback','leaver',"
            "'instalment')",
            name="run_kind",
        ),
        CheckConstraint("round >= 1", name="run_round"),
        CheckConstraint(
            "state IN ('draft','submitted','on_notice','approved','posted','exported','settled','returned','reverted')",
            name="run_state",
        ),
        CheckConstraint("approved_by <> prepared_by", name="run_two_people"),
        CheckConstraint(
            "state NOT IN ('approved', 'posted', 'exported', 'settled') OR approved_by IS NOT NULL",
            name="run_is_approved_by_somebody",
        ),
        CheckConstraint("total >= 0", name="run_total"),
        CheckConstraint("version >= 1", name="run_version"),
        columns.refers("charter_policy", "year", policy_version="version", name="run_policy"),
        Index(
            "run_one_at_a_time",
            "book_id",
            "kind",
            "year",
            unique=True,
            sqlite_where=text(_STANDING_YEAR),
            postgresql_where=text(_STANDING_YEAR),
        ),
        Index(
            "run_one_order_at_a_time",
            "book_id",
            "kind",
            unique=True,
            sqlite_where=text(_OPEN_ORDER),
            postgresql_where=text(_OPEN_ORDER),
        ),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    state: str = columns.text()
    content: int = columns.number()
    digest: str = columns.text()
    total: int = columns.number()
    policy_version: int | None = columns.number(nullable=True)
    prepared_by: int = columns.number(foreign_key="person.person_id")
    approved_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    resolution: str = columns.text()
    version: int = columns.number()


class RunContentRow(_OfContent, table=True):
    """What a run's figures follow from, frozen: canonical JSON, and the SHA-256 over it and every figure."""

    __tablename__ = "run_content"
    __table_args__ = (
        columns.refers("run", *_RUN, name="run_content_run"),
        CheckConstraint("length(digest) = 64", name="run_content_digest"),
        TENANT,
    )
    digest: str = columns.text()
    inputs: str = columns.text()


class RunPartRow(_OfContent, table=True):
    """A leg of a frozen content; a total weight may be more than a number column holds, so it is decimal text."""

    __tablename__ = "run_part"
    __table_args__ = (
        columns.refers("run_content", *_CONTENT, name="run_part_content"),
        CheckConstraint("bp BETWEEN 0 AND 10000", name="run_part_bp"),
        CheckConstraint("patronage IN (0, 1)", name="run_part_patronage"),
        CheckConstraint("amount >= 0", name="run_part_amount"),
        TENANT,
    )
    no: int = columns.number(primary_key=True)
    name: str = columns.text()
    bp: int = columns.number()
    basis: str = columns.text()
    patronage: int = columns.number()
    amount: int = columns.number()
    total_weight: str = columns.text()
    fen_from_remainders: int = columns.number()


class RunLineRow(_OfContent, table=True):
    """What one payee gets of one part: a member, or of a township's run a person known in his village by name."""

    __tablename__ = "run_line"
    __table_args__ = (
        columns.refers("run_part", *_CONTENT, part="no", name="run_line_part"),
        columns.refers("member", "member_no", name="run_line_payee"),
        CheckConstraint(
            "(kind IN ('tiers', 'reward')) = (member_no IS NULL)", name="run_line_is_of_a_member"
        ),
        CheckConstraint("member_no = payee", name="run_line_member"),
        CheckConstraint("weight >= 0", name="run_line_weight"),
        CheckConstraint("amount >= 0", name="run_line_amount"),
        CheckConstraint("fen_from_remainder IN (0, 1)", name="run_line_fen"),
        Index("run_line_by_payee", "book_id", "payee", "year"),
        TENANT,
    )
    part: int = columns.number(primary_key=True)
    payee: str = columns.text(primary_key=True)
    member_no: str | None = columns.text(nullable=True)
    weight: int = columns.number()
    amount: int = columns.number()
    fen_from_remainder: int = columns.number()


class RunWithholdingRow(_OfContent, table=True):
    """What of a line is withheld as tax."""

    __tablename__ = "run_withholding"
    __table_args__ = (
        columns.refers("run_line", *_CONTENT, "part", "payee", name="run_withholding_line"),
        CheckConstraint("amount >= 1", name="run_withholding_amount"),
        TENANT,
    )
    part: int = columns.number(primary_key=True)
    payee: str = columns.text(primary_key=True)
    amount: int = columns.number()


class RunActRow(_OfRun, table=True):
    """A step of a run: who did it on which day, about which content, and why."""

    __tablename__ = "run_act"
    __table_args__ = (
        columns.refers("run", *_RUN, name="run_act_run"),
        CheckConstraint(
            "step IN ('new','submit','publish','approve','return','post','export','settle','revert')",
            name="run_act_step",
        ),
        CheckConstraint("step <> 'return' OR reason <> ''", name="run_act_return_has_a_reason"),
        TENANT,
    )
    seq: int = columns.number(primary_key=True)
    step: str = columns.text()
    by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    content: int = columns.number()
    reason: str = columns.text()


class RunDocumentRow(_OfRun, table=True):
    """A document attached to a run; the bytes lie in the evidence store."""

    __tablename__ = "run_document"
    __table_args__ = (
        columns.refers("run", *_RUN, name="run_document_run"),
        columns.refers("evidence", "sha256", name="run_document_evidence"),
        CheckConstraint("document IN ('chair', 'council', 'assembly')", name="run_document_document"),
        TENANT,
    )
    sha256: str = columns.text(primary_key=True)
    document: str = columns.text()
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class RunVoucherRow(_OfRun, table=True):
    """A voucher a run posted, its red ones included."""

    __tablename__ = "run_voucher"
    __table_args__ = (
        columns.refers("run", *_RUN, name="run_voucher_run"),
        columns.refers("voucher", "voucher_id", name="run_voucher_voucher"),
        TENANT,
    )
    voucher_id: int = columns.number(primary_key=True)
