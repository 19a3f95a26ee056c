"""Spot checks: draws with their pools, verdicts and what was said about findings. Rows are only added."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class SpotCheckRow(SQLModel, table=True):
    """A month's draw: the head of the chain at its end is the seed."""

    __tablename__ = "spot_check"
    __table_args__ = (
        ForeignKeyConstraint(
            ["book_id", "head_seq"], ["log_entry.book_id", "log_entry.seq"], name="spot_check_head"
        ),
        CheckConstraint("k >= 0", name="spot_check_k"),
        CheckConstraint("length(head) = 64", name="spot_check_head_length"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    month: int = columns.number(primary_key=True)
    head: str = columns.text()
    head_seq: int = columns.number()
    k: int = columns.number()
    pool: int = columns.number()
    pool_digest: str = columns.text()
    drawn_at: str = columns.text()


class SpotCheckPoolRow(SQLModel, table=True):
    """A voucher that could be drawn."""

    __tablename__ = "spot_check_pool"
    __table_args__ = (
        columns.refers("spot_check", "month", name="spot_check_pool_draw"),
        columns.refers("voucher", "voucher_id", name="spot_check_pool_voucher"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    month: int = columns.number(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)


class SpotCheckVoucherRow(SQLModel, table=True):
    """A voucher that was drawn, and at which place."""

    __tablename__ = "spot_check_voucher"
    __table_args__ = (
        columns.refers("spot_check_pool", "month", "voucher_id", name="spot_check_voucher_of_the_pool"),
        UniqueConstraint("book_id", "month", "place", name="spot_check_voucher_place"),
        CheckConstraint("place >= 1", name="spot_check_voucher_place_number"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    month: int = columns.number(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    place: int = columns.number()


class SpotCheckVerdictRow(SQLModel, table=True):
    """What a checker found of a drawn voucher."""

    __tablename__ = "spot_check_verdict"
    __table_args__ = (
        columns.refers("spot_check_voucher", "month", "voucher_id", name="spot_check_verdict_voucher"),
        columns.refers("evidence", scan="sha256", name="spot_check_verdict_scan"),
        CheckConstraint(
            "kind IN ('in_order','no_evidence','amount_differs','wrong_account','wrong_month','other')",
            name="spot_check_verdict_kind",
        ),
        CheckConstraint("kind = 'in_order' OR text <> ''", name="spot_check_verdict_is_worded"),
        CheckConstraint("(scan IS NULL) = (scan_name = '')", name="spot_check_verdict_scan_has_a_name"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    verdict_id: int = columns.number(primary_key=True)
    month: int = columns.number()
    voucher_id: int = columns.number()
    kind: str = columns.text()
    text: str = columns.text()
    scan: str | None = columns.text(nullable=True)
    scan_name: str = columns.text()
    checked_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class SpotCheckWordRow(SQLModel, table=True):
    """Something said about a finding: the accountant's answer, a checker's return or close."""

    __tablename__ = "spot_check_word"
    __table_args__ = (
        columns.refers("spot_check_verdict", "verdict_id", name="spot_check_word_finding"),
        CheckConstraint("word IN ('answer','return','close')", name="spot_check_word_kind"),
        CheckConstraint("word = 'close' OR text <> ''", name="spot_check_word_is_said"),
        CheckConstraint("place >= 1", name="spot_check_word_place"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    verdict_id: int = columns.number(primary_key=True)
    place: int = columns.number(primary_key=True)
    word: str = columns.text()
    text: str = columns.text()
    said_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()
