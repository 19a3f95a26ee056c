"""Asset cards 资产卡片 and the plans that write them off, as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.charts import Wear
from schemas.units import (
    AmountAboveZero,
    AmountFromZero,
    Fen,
    Instant,
    Period,
    PersonId,
    Value,
    VoucherId,
)
from schemas.vouchers import Code

CardCode = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\s/]+$")]
LifeMonths = Annotated[int, Meta(ge=1, le=1200)]


class Rhythm(StrEnum):
    """Whether a plan is booked every month, or each December for the months of the year."""

    MONTHLY = "monthly"
    YEARLY = "yearly"


class NewCard(Value):
    """A card as it is handed in.

    ``detail`` is the asset's 明细 on ``account`` and on the contra account. ``contra`` empty: the standard's own.
    ``first_month`` None: as the kind of wear says from ``in_use_since``. ``taken`` is what was written off before
    the books began, up to and with ``taken_until``. ``poverty``: a poverty-alleviation project asset 扶贫项目资产.
    """

    code: CardCode
    name: Annotated[str, Meta(min_length=1, max_length=80)]
    account: Code
    detail: Annotated[str, Meta(max_length=80)]
    cost: AmountAboveZero
    life_months: LifeMonths
    in_use_since: date
    expense_account: Code
    expense_detail: Annotated[str, Meta(max_length=80)] = ""
    residual: AmountFromZero = 0
    contra: str = ""
    first_month: Period | None = None
    rhythm: Rhythm = Rhythm.MONTHLY
    taken: AmountFromZero = 0
    taken_until: Period | None = None
    poverty: bool = False
    note: Annotated[str, Meta(max_length=400)] = ""


class Terms(Value):
    """What a card is written off by from a month on; the estimate changes for the future only. ``life_months`` is
    the whole life, counted from the card's first month."""

    from_month: Period
    cost: AmountAboveZero
    residual: AmountFromZero
    life_months: LifeMonths
    expense_account: Code
    expense_detail: str = ""
    reason: Annotated[str, Meta(max_length=200)] = ""


class Card(Value):
    """A card as the book holds it. ``terms`` are in force one after the other, in month order; ``disposed_on`` is
    the day it was sold, scrapped, lost or died."""

    code: CardCode
    name: str
    account: str
    detail: str
    contra: str
    wear: Wear
    in_use_since: date
    first_month: Period
    rhythm: Rhythm
    taken: Fen
    taken_until: Period | None
    poverty: bool
    note: str
    terms: tuple[Terms, ...]
    disposed_on: date | None
    added_by: PersonId
    at: Instant


class PlannedCharge(Value):
    """What a card's plan books in a month, and to which expense. ``months`` of use are paid off by it."""

    period: Period
    amount: Fen
    months: int
    expense_account: str
    expense_detail: str


class Charge(Value):
    """A planned amount that a voucher booked or drafted. It no longer counts (``holds``) once that voucher is
    withdrawn or cancelled by a red one."""

    card: CardCode
    period: Period
    amount: Fen
    attempt: int
    voucher: VoucherId
    posted: bool
    holds: bool


class CardState(Value):
    """A card at the end of a month: cost, written off so far by posted vouchers, and what is left."""

    card: Card
    cost: Fen
    written_off: Fen
    disposed: bool

    @property
    def book_value(self) -> Fen:
        """Cost less what is written off 账面价值."""
        return self.cost - self.written_off
