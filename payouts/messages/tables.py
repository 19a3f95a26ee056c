"""The messages to a bank: the outbox of batches that go over the line."""

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class BankMessageRow(SQLModel, table=True):
    """A batch to be sent to the bank, written down in the transaction that sends the batch. What goes out is made from
    the batch anew at each try, so that no account number lies here; the bank knows it again by ``order``."""

    __tablename__ = "bank_message"
    __table_args__ = (
        columns.refers("batch", batch="number", name="bank_message_batch"),
        CheckConstraint(
            "state IN ('due', 'accepted', 'refused', 'withdrawn', 'answered')", name="bank_message_state"
        ),
        CheckConstraint("attempts >= 0", name="bank_message_attempts"),
        Index("bank_message_by_turn", "state", "next_try"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    batch: int = columns.number(primary_key=True)
    order: str = columns.text()
    state: str = columns.text()
    attempts: int = columns.number()
    next_try: str = columns.text()
    said: str = columns.text()
