"""Opening a book 建账 as values: the book about to be opened, and what it begins with 期初余额."""

from typing import Annotated

from msgspec import Meta

from schemas.books import BookKind
from schemas.places import VillageKind
from schemas.units import BookId, Fen, Hundredths, Value
from schemas.vouchers import Code

MOST_OPENINGS = 5000
"""Opening balances of a book at the most."""

VillageCode = Annotated[
    str, Meta(pattern=r"^[0-9]{12}$", description="The statutory code of a village 村编码, 12 digits.")
]
PlaceName = Annotated[str, Meta(max_length=40)]


class NewBook(Value):
    """A book about to be opened. Its kind says which standard it follows.

    The id is left out for a village collective's book, which is called by its village's code. ``village_name`` and
    ``township_name`` are needed where nobody has named these places yet.
    """

    name: Annotated[str, Meta(min_length=1, max_length=80)]
    short_name: Annotated[str, Meta(min_length=1, max_length=40)]
    kind: BookKind
    village_code: VillageCode
    first_year: Annotated[int, Meta(ge=1949, le=2999)]
    id: BookId | None = None
    village_name: PlaceName = ""
    village_kind: VillageKind | None = None
    township_name: PlaceName = ""


class Opening(Value):
    """What one account, or one detail of it, opens with: an amount on one side, red on the same side when negative.
    ``quantity`` counts in the detail's unit, what is there positive."""

    account: Code
    detail: Annotated[str, Meta(max_length=80)] = ""
    debit: Fen = 0
    credit: Fen = 0
    quantity: Hundredths = 0


class OpeningBalances(Value):
    """What a book begins with. ``may_be_entered`` until they are in or a voucher is posted; ``debit`` and ``credit``
    are the sums of both sides, which are equal once they are in."""

    year: int
    may_be_entered: bool
    items: tuple[Opening, ...]
    debit: Fen
    credit: Fen
