"""The daily cash count 库存现金盘点 as values."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from schemas.units import Fen, Instant, PersonId, Value


class Pieces(Value):
    """How many notes and coins of one face value there were."""

    face: Fen
    number: Annotated[int, Meta(ge=0, le=1_000_000)]


class NewCashCount(Value):
    """What was counted in the box at the end of a day. ``pieces`` may say how many notes and coins there were;
    together they are the amount. ``witness`` is who counted with the cashier."""

    date: date
    counted: Annotated[Fen, Meta(ge=0)]
    account: str = "101"
    pieces: Annotated[tuple[Pieces, ...], Meta(max_length=50)] = ()
    witness: PersonId | None = None
    note: Annotated[str, Meta(max_length=200)] = ""


class CashCount(Value):
    """A count as the book holds it. ``book_then`` is what the book showed for that day when it was counted."""

    id: int
    account: str
    date: date
    counted: Fen
    pieces: tuple[Pieces, ...]
    witness: PersonId | None
    note: str
    book_then: Fen
    counted_by: PersonId
    at: Instant


class CashDay(Value):
    """A day of the cash journal beside its count: what stood in the book at the day's end as it is posted now, the
    last count of the day, and whether money moved."""

    account: str
    date: date
    book: Fen
    moved: bool
    count: CashCount | None

    @property
    def difference(self) -> Fen:
        """Counted less booked: above zero a surplus 长款, below a shortage 短款; 0 on a day not counted."""
        return 0 if self.count is None else self.count.counted - self.book
