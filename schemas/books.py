"""A book and its accounts as values."""

from enum import StrEnum

from schemas.charts import Account, KeptBy, MovementType
from schemas.units import BookId, Value


class BookKind(StrEnum):
    """Whose books these are (DOMAIN §0)."""

    COOPERATIVE = "cooperative"
    COLLECTIVE = "collective"


class Book(Value):
    """One accounting entity. ``standard`` names the chart and the statement forms it follows."""

    id: BookId
    name: str
    short_name: str
    kind: BookKind
    standard: str
    first_year: int


class Detail(Value):
    """A detail 明细 that accounts may be kept by; ``code`` is what vouchers and statements show."""

    code: str
    name: str
    kind: KeptBy
    unit: str = ""
    open: bool = True


class BookAccount(Value):
    """An account of a book: one of its statutory chart, or a sub-account of its own below one.

    ``statutory`` is the account of the chart it is or lies below; detail, register, quantity and movements are
    the chart's. An account that is not ``lowest`` has sub-accounts and takes no postings itself.
    """

    code: str
    name: str
    name_en: str
    statutory: Account
    parent: str = ""
    open: bool = True
    lowest: bool = True

    @property
    def movements(self) -> tuple[MovementType, ...]:
        """The equity movement types a line may name; empty where a line names none."""
        return (*self.statutory.increase, *self.statutory.decrease, *self.statutory.within)
