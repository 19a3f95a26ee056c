"""Contracts, what happened to them, and the lines that were received for them; all of it only grows."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class _OfContract(SQLModel):
    """The contract a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    number: str = columns.text(primary_key=True)


class ContractRow(_OfContract, table=True):
    """A contract as it was signed."""

    __tablename__ = "contract"
    __table_args__ = (
        columns.refers("detail", counterparty="code", name="contract_counterparty"),
        ForeignKeyConstraint(["written_by"], ["person.person_id"], name="contract_written_by"),
        TENANT,
    )
    counterparty: str = columns.text()
    body: str = columns.text()
    written_by: int = columns.number()
    at: str = columns.text()


class ContractChangeRow(_OfContract, table=True):
    """That a contract was amended from a day on, or ended."""

    __tablename__ = "contract_change"
    __table_args__ = (
        columns.refers("contract", "number", name="contract_change_contract"),
        ForeignKeyConstraint(["written_by"], ["person.person_id"], name="contract_change_written_by"),
        CheckConstraint("turn >= 1", name="contract_change_turn"),
        CheckConstraint("kind IN ('amended','ended')", name="contract_change_kind"),
        TENANT,
    )
    turn: int = columns.number(primary_key=True)
    kind: str = columns.text()
    body: str = columns.text()
    written_by: int = columns.number()
    at: str = columns.text()


class ContractPaperRow(_OfContract, table=True):
    """A scan of a contract."""

    __tablename__ = "contract_paper"
    __table_args__ = (
        columns.refers("contract", "number", name="contract_paper_contract"),
        columns.refers("evidence", "sha256", name="contract_paper_evidence"),
        ForeignKeyConstraint(["added_by"], ["person.person_id"], name="contract_paper_added_by"),
        TENANT,
    )
    sha256: str = columns.text(primary_key=True)
    name: str = columns.text()
    added_by: int = columns.number()
    at: str = columns.text()


class ContractReceiptRow(SQLModel, table=True):
    """That a voucher's line was received for a contract; without one, that it was not after all. The last one counts."""

    __tablename__ = "contract_receipt"
    __table_args__ = (
        columns.refers("contract", "number", name="contract_receipt_contract"),
        columns.refers("voucher", "voucher_id", name="contract_receipt_voucher"),
        ForeignKeyConstraint(["named_by"], ["person.person_id"], name="contract_receipt_named_by"),
        CheckConstraint("turn >= 1", name="contract_receipt_turn"),
        CheckConstraint("line >= 1", name="contract_receipt_line"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    line: int = columns.number(primary_key=True)
    turn: int = columns.number(primary_key=True)
    number: str | None = columns.text(nullable=True)
    reason: str = columns.text()
    named_by: int = columns.number()
    at: str = columns.text()
