"""Items and counts; all of it only grows."""

import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class InventoryFactRow(SQLModel, table=True):
    """That an item was found, changed or went on a day; ``body`` is what the register says of it from then on."""

    __tablename__ = "inventory_fact"
    __table_args__ = (
        columns.refers("book", name="inventory_fact_book"),
        ForeignKeyConstraint(["set_by"], ["person.person_id"], name="inventory_fact_set_by"),
        CheckConstraint("turn >= 1", name="inventory_fact_turn"),
        CheckConstraint("change IN ('found','changed','gone')", name="inventory_fact_change"),
        CheckConstraint("(change = 'gone') = (body IS NULL)", name="inventory_fact_body"),
        CheckConstraint("(change = 'found') = (turn = 1)", name="inventory_fact_found_first"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    code: str = columns.text(primary_key=True)
    turn: int = columns.number(primary_key=True)
    change: str = columns.text()
    day: datetime.date = columns.day()
    body: str | None = columns.text(nullable=True)
    document: str = columns.text()
    set_by: int = columns.number()
    at: str = columns.text()


class _OfCount(SQLModel):
    """The count a row belongs to; ``turn`` counts those of a year."""

    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    turn: int = columns.number(primary_key=True)


class InventoryCountRow(_OfCount, table=True):
    """A year's count with a line for every item, as it was handed in."""

    __tablename__ = "inventory_count"
    __table_args__ = (
        columns.refers("book", name="inventory_count_book"),
        ForeignKeyConstraint(["counted_by"], ["person.person_id"], name="inventory_count_counted_by"),
        CheckConstraint("turn >= 1", name="inventory_count_turn"),
        TENANT,
    )
    body: str = columns.text()
    counted_by: int = columns.number()
    at: str = columns.text()


class InventoryConfirmationRow(_OfCount, table=True):
    """That another person confirmed a count."""

    __tablename__ = "inventory_confirmation"
    __table_args__ = (
        columns.refers("inventory_count", "year", "turn", name="inventory_confirmation_count"),
        ForeignKeyConstraint(["confirmed_by"], ["person.person_id"], name="inventory_confirmation_by"),
        CheckConstraint("confirmed_by <> counted_by", name="inventory_confirmation_two_people"),
        TENANT,
    )
    counted_by: int = columns.number()
    confirmed_by: int = columns.number()
    at: str = columns.text()
