"""Animals and their leaving: two facts, each written once."""

import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class AnimalRow(SQLModel, table=True):
    """An animal as it came in: weight in hundredths of a kilogram, agreed price in fen. With neither owner it is
    the cooperative's own; its batch is a detail of 141."""

    __tablename__ = "animal"
    __table_args__ = (
        columns.refers("detail", batch="code", name="animal_batch"),
        columns.refers("member", owner_member="member_no", name="animal_owner_member"),
        columns.refers("counterparty", owner_counterparty="code", name="animal_owner_counterparty"),
        columns.refers("counterparty", lender="code", name="animal_lender"),
        CheckConstraint(
            "origin IN ('bought','granted_share','own_share','lent','born','custody')", name="animal_origin"
        ),
        CheckConstraint("owner_member IS NULL OR owner_counterparty IS NULL", name="animal_has_one_owner"),
        CheckConstraint("origin <> 'lent' OR lender IS NOT NULL", name="animal_lent_has_lender"),
        columns.refers("member", keeper="member_no", name="animal_keeper"),
        Index("animal_by_owner", "book_id", "owner_member"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    ear_tag: str = columns.text(primary_key=True)
    batch: str = columns.text()
    origin: str = columns.text()
    owner_member: str | None = columns.text(nullable=True)
    owner_counterparty: str | None = columns.text(nullable=True)
    lender: str | None = columns.text(nullable=True)
    entered_on: datetime.date = columns.day()
    entered_weight: int | None = columns.number(nullable=True)
    agreed_price: int | None = columns.number(nullable=True)
    keeper: str | None = columns.text(nullable=True)
    recorded_at: str = columns.text()


class AnimalLeavingRow(SQLModel, table=True):
    """How an animal left: sold, dead or returned."""

    __tablename__ = "animal_leaving"
    __table_args__ = (
        columns.refers("animal", "ear_tag", name="animal_leaving_animal"),
        CheckConstraint("state IN ('sold','dead','returned')", name="animal_leaving_state"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    ear_tag: str = columns.text(primary_key=True)
    state: str = columns.text()
    on: datetime.date = columns.day()
    weight: int | None = columns.number(nullable=True)
    price: int | None = columns.number(nullable=True)
    indemnity: int | None = columns.number(nullable=True)
    note: str = columns.text()
    recorded_at: str = columns.text()


class AnimalProofRow(SQLModel, table=True):
    """A scan that proves how an animal left."""

    __tablename__ = "animal_proof"
    __table_args__ = (
        columns.refers("animal_leaving", "ear_tag", name="animal_proof_leaving"),
        columns.refers("evidence", "sha256", name="animal_proof_evidence"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    ear_tag: str = columns.text(primary_key=True)
    sha256: str = columns.text(primary_key=True)
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()
