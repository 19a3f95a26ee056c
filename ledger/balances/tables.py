"""Balances kept in the posting's transaction."""

from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT


class BalanceRow(SQLModel, table=True):
    """Turnover of one account and detail in one period; month 00 is the opening, 13 the settlement stage.

    Quantities are in hundredths: in on the debit side, out on the credit side.
    """

    __tablename__ = "balance"
    __table_args__ = (
        columns.refers("account", account="code", name="balance_account"),
        columns.refers("detail", detail="code", name="balance_detail"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    account: str = columns.text(primary_key=True)
    detail: str = columns.text(primary_key=True)
    period: int = columns.number(primary_key=True)
    debit: int = columns.number()
    credit: int = columns.number()
    quantity_in: int = columns.number()
    quantity_out: int = columns.number()


class OpeningRow(SQLModel, table=True):
    """An opening balance 期初余额 as handed over; together they balance. The fact behind month 00."""

    __tablename__ = "opening"
    __table_args__ = (
        columns.refers("account", account="code", name="opening_account"),
        columns.refers("detail", detail="code", name="opening_detail"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    account: str = columns.text(primary_key=True)
    detail: str = columns.text(primary_key=True)
    debit: int = columns.number()
    credit: int = columns.number()
    quantity: int = columns.number()
