"""Cards of households: which login is whose, each card printed, each PIN set with one. Rows are only added."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class HouseholdLoginRow(SQLModel, table=True):
    """The login of a household in a book; a login opens one household's page and no other."""

    __tablename__ = "household_login"
    __table_args__ = (
        UniqueConstraint("book_id", "person_id", name="household_login_person_once"),
        Index("household_login_by_person", "person_id"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    household_no: str = columns.text(primary_key=True)
    person_id: int = columns.number(foreign_key="login.person_id")


class HouseholdCardRow(SQLModel, table=True):
    """A card as it was printed. Only the last of a household counts; ``digest`` is the SHA-256 of its one-time code."""

    __tablename__ = "household_card"
    __table_args__ = (
        columns.refers("household_login", "household_no", name="household_card_login"),
        CheckConstraint("card >= 1", name="household_card_number"),
        CheckConstraint("card = 1 OR reason <> ''", name="household_card_is_replaced_for_a_reason"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    household_no: str = columns.text(primary_key=True)
    card: int = columns.number(primary_key=True)
    digest: bytes = columns.blob()
    issued_by: int = columns.number(foreign_key="person.person_id")
    issued_at: str = columns.text()
    reason: str = columns.text()


class HouseholdPinRow(SQLModel, table=True):
    """The one time a card's code set the PIN."""

    __tablename__ = "household_pin"
    __table_args__ = (
        columns.refers("household_card", "household_no", "card", name="household_pin_card"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    household_no: str = columns.text(primary_key=True)
    card: int = columns.number(primary_key=True)
    set_at: str = columns.text()
