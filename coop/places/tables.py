"""Places, the place of each book, and the units' facts."""

import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class PlaceRow(SQLModel, table=True):
    """A place by its statutory code up to its level: a township has the 9 digits its villages begin with."""

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint(
            "level IN ('province','prefecture','county','township','village','group')", name="place_level"
        ),
        CheckConstraint(
            "length(code) = CASE level WHEN 'province' THEN 2 WHEN 'prefecture' THEN 4 WHEN 'county' THEN 6"
            " WHEN 'township' THEN 9 WHEN 'village' THEN 12 ELSE 14 END",
            name="place_code_fits_level",
        ),
        CheckConstraint("(level = 'village') = (kind IS NOT NULL)", name="place_village_has_kind"),
        CheckConstraint("kind IN ('ordinary', 'poverty_exit')", name="place_kind"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    code: str = columns.text(primary_key=True)
    name: str = columns.text()
    level: str = columns.text()
    kind: str | None = columns.text(nullable=True)
    parent: str | None = columns.text(nullable=True, foreign_key="place.code")


class PlaceChangeRow(SQLModel, table=True):
    """A renaming or the end of a place, with the first day it counts; ``was`` is the name before, so that names of every day
    follow. The place's own row says the last."""

    __tablename__ = "place_change"
    __table_args__ = (
        CheckConstraint("number >= 1", name="place_change_number"),
        CheckConstraint("ended IN (0, 1)", name="place_change_ended"),
        CheckConstraint("ended = 1 OR (name <> was AND into_code IS NULL)", name="place_change_says_one"),
        CheckConstraint("into_code <> code", name="place_change_into_another"),
        {"sqlite_strict": True, "sqlite_with_rowid": False},
    )
    code: str = columns.text(primary_key=True, foreign_key="place.code")
    number: int = columns.number(primary_key=True)
    since: datetime.date = columns.day()
    was: str = columns.text()
    name: str = columns.text()
    ended: int = columns.number()
    into_code: str | None = columns.text(nullable=True, foreign_key="place.code")
    by_person: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class BookPlaceRow(SQLModel, table=True):
    """Where the unit of a book is at home: what a township officer may see follows from it."""

    __tablename__ = "book_place"
    __table_args__ = (TENANT,)
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    village_code: str = columns.text(foreign_key="place.code", index=True)
    township_code: str = columns.text(foreign_key="place.code", index=True)


class UnitRow(SQLModel, table=True):
    """The facts of the unit that keeps a book; its names are the book's."""

    __tablename__ = "unit"
    __table_args__ = (TENANT,)
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    credit_code: str = columns.text(index=True)
    founded_on: datetime.date = columns.day()
    bank: str = columns.text()


class UnitSecretRow(SQLModel, table=True):
    """The unit's bank account number, sealed: the key is outside the database and outside backups."""

    __tablename__ = "unit_secret"
    __table_args__ = (CheckConstraint("field IN ('bank_account')", name="unit_secret_field"), TENANT)
    book_id: str = columns.text(primary_key=True, foreign_key="unit.book_id")
    field: str = columns.text(primary_key=True)
    kind: str = columns.text()
    cipher: bytes = columns.blob()
    key_id: str = columns.text()
    digest: str = columns.text()
    masked: str = columns.text()


class OfficeRow(SQLModel, table=True):
    """Who holds an office of the unit in a year."""

    __tablename__ = "office"
    __table_args__ = (
        CheckConstraint("post IN ('chair','accountant','cashier','score_keeper')", name="office_post"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    year: int = columns.number(primary_key=True)
    post: str = columns.text(primary_key=True)
    person_id: int = columns.number(foreign_key="person.person_id")
