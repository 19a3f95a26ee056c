"""Orders that resolutions put equals in. Rows are only added."""

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class TierOrderRow(SQLModel, table=True):
    """A resolution on the order of a place of a township, with its scan."""

    __tablename__ = "tier_order"
    __table_args__ = (
        columns.refers("evidence", "sha256", name="tier_order_evidence"),
        CheckConstraint("seq >= 1", name="tier_order_seq"),
        CheckConstraint("resolution <> ''", name="tier_order_resolution"),
        CheckConstraint("substr(place_code, 1, 9) = book_id", name="tier_order_place_is_of_the_township"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    seq: int = columns.number(primary_key=True)
    year: int = columns.number()
    place_code: str = columns.text(foreign_key="place.code")
    resolution: str = columns.text()
    sha256: str = columns.text()
    name: str = columns.text()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class TierOrderNameRow(SQLModel, table=True):
    """Who comes where by the resolution: a village by its code, a person by name."""

    __tablename__ = "tier_order_name"
    __table_args__ = (
        columns.refers("tier_order", "seq", name="tier_order_name_order"),
        CheckConstraint("no >= 1", name="tier_order_name_no"),
        CheckConstraint("who <> ''", name="tier_order_name_who"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    seq: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    who: str = columns.text()
