"""Households 农户 of a book and their cards as values."""

from schemas.units import BookId, Instant, PersonId, Value


class HouseholdCard(Value):
    """The last card of a household: its number (1 is the first), who printed it when and why, and when its one-time code
    set the PIN; empty while it has not."""

    number: int
    issued_by: PersonId
    issued_at: Instant
    reason: str
    set_at: Instant


class Household(Value):
    """A household of a book: its number, the names of its members, its card if one was printed."""

    number: str
    names: tuple[str, ...]
    card: HouseholdCard | None = None


class HouseholdOf(Value):
    """Whose household a caller is, in which book."""

    book: BookId
    household: str


class NewCard(Value):
    """A card about to be printed: ``digest`` is the SHA-256 of its one-time code, which is on the card alone."""

    household: str
    digest: bytes
    reason: str = ""
