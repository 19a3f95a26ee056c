"""Acts of the register one person prepared, and what they wrote once another confirmed them."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class _OfRequest(SQLModel):
    """The request a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    request: int = columns.number(primary_key=True)


class RegisterRequestRow(SQLModel, table=True):
    """An act as it stands. ``content`` is its JSON and ``writes`` what it would write, identity data masked; who
    prepared it only ever withdraws it."""

    __tablename__ = "register_request"
    __table_args__ = (
        CheckConstraint("request >= 1", name="register_request_number"),
        CheckConstraint(
            "state IN ('waiting', 'declined', 'withdrawn', 'done')", name="register_request_state"
        ),
        CheckConstraint(
            "(state = 'waiting') = (answered_by IS NULL)", name="register_request_answered_has_who"
        ),
        CheckConstraint(
            "(answered_by = prepared_by) = (state = 'withdrawn')", name="register_request_two_people"
        ),
        CheckConstraint(
            "state NOT IN ('declined', 'withdrawn') OR reason <> ''", name="register_request_undone_says_why"
        ),
        CheckConstraint("length(digest) = 64", name="register_request_digest"),
        Index("register_request_by_state", "book_id", "state"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    request: int = columns.number(primary_key=True)
    kind: str = columns.text()
    content: str = columns.text()
    writes: str = columns.text()
    digest: str = columns.text()
    state: str = columns.text()
    prepared_by: int = columns.number(foreign_key="person.person_id")
    prepared_at: str = columns.text()
    answered_by: int | None = columns.number(nullable=True, foreign_key="person.person_id")
    answered_at: str = columns.text()
    reason: str = columns.text()


class RegisterSecretRow(_OfRequest, table=True):
    """The whole content of a waiting act that holds identity data, sealed; taken away once it is answered."""

    __tablename__ = "register_secret"
    __table_args__ = (columns.refers("register_request", "request", name="register_secret_request"), TENANT)
    kind: str = columns.text()
    cipher: bytes = columns.blob()
    key_id: str = columns.text()


class RegisterVoucherRow(_OfRequest, table=True):
    """A voucher an act posted."""

    __tablename__ = "register_voucher"
    __table_args__ = (
        columns.refers("register_request", "request", name="register_voucher_request"),
        columns.refers("voucher", "voucher_id", name="register_voucher_voucher"),
        UniqueConstraint("book_id", "voucher_id", name="register_voucher_once"),
        TENANT,
    )
    voucher_id: int = columns.number(primary_key=True)


class RegisterMovementRow(_OfRequest, table=True):
    """A movement of the register an act recorded."""

    __tablename__ = "register_movement"
    __table_args__ = (
        columns.refers("register_request", "request", name="register_movement_request"),
        columns.refers("share_movement", "seq", name="register_movement_movement"),
        UniqueConstraint("book_id", "seq", name="register_movement_once"),
        TENANT,
    )
    seq: int = columns.number(primary_key=True)


class RegisterReversalRow(SQLModel, table=True):
    """Which act takes which back; each once."""

    __tablename__ = "register_reversal"
    __table_args__ = (
        columns.refers("register_request", "request", name="register_reversal_request"),
        columns.refers("register_request", undone="request", name="register_reversal_undone"),
        CheckConstraint("undone < request", name="register_reversal_of_an_earlier"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    undone: int = columns.number(primary_key=True)
    request: int = columns.number()
