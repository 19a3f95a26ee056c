"""红黑榜: the villages that stand first and last in a frozen month, and what they say against it (RULES §8)."""

from datetime import date
from enum import StrEnum

from schemas.appeals import AppealPaper
from schemas.places import PlaceLevel
from schemas.runs import Fraction
from schemas.units import Counted, Fen, Instant, Period, PersonId, Value


class Colour(StrEnum):
    """红榜 and 黑榜."""

    RED = "red"
    BLACK = "black"


class ListAnswer(Value):
    """What an officer answered."""

    upheld: bool
    by: PersonId
    on: date
    at: Instant
    text: str


class ListAppeal(Value):
    """What a village says against being listed for a month; numbered in its township."""

    number: Counted
    month: Period
    village: str
    by: PersonId
    on: date
    at: Instant
    text: str
    paper: AppealPaper | None = None
    answer: ListAnswer | None = None


class Listed(Value):
    """A village on the red or the black list of a place. ``appeals_until``: the last day to say something against it;
    ``published``: whether everybody may read it; ``left_off``: the reason why it is left off; ``disputed``: an appeal
    waits for its answer."""

    colour: Colour
    village: str
    name: str
    rank: int
    of: int
    income: Fen
    threshold: Fen
    ratio: Fraction
    appeals_until: date | None
    published: bool
    disputed: bool
    left_off: str = ""


class Lists(Value):
    """红黑榜 of a place for a month: whoever is listed, the best and the last first."""

    place: str
    level: PlaceLevel
    month: Period
    red: tuple[Listed, ...]
    black: tuple[Listed, ...]
