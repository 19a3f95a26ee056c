"""Evidence and where it hangs; both only grow."""

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class EvidenceRow(SQLModel, table=True):
    """A file of a book, or of a township, named by the SHA-256 of its bytes; the bytes lie in the evidence store."""

    __tablename__ = "evidence"
    __table_args__ = (
        CheckConstraint("length(sha256) = 64", name="evidence_sha256"),
        CheckConstraint("size > 0", name="evidence_size"),
        CheckConstraint(
            "media_type IN ('application/pdf', 'image/png', 'image/jpeg', 'image/webp', 'image/tiff',"
            " 'application/ofd', 'application/xml',"
            " 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'text/csv')",
            name="evidence_media_type",
        ),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    sha256: str = columns.text(primary_key=True)
    media_type: str = columns.text()
    size: int = columns.number()


class AttachmentRow(SQLModel, table=True):
    """A file attached to a voucher: a fact of its own, also on a posted voucher of a closed month."""

    __tablename__ = "attachment"
    __table_args__ = (
        columns.refers("voucher", "voucher_id", name="attachment_voucher"),
        columns.refers("evidence", "sha256", name="attachment_evidence"),
        Index("attachment_by_file", "book_id", "sha256"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    voucher_id: int = columns.number(primary_key=True)
    sha256: str = columns.text(primary_key=True)
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()
