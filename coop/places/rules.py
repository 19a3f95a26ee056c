"""The code of a place says where it lies: 450000101200 is a village of township 450000101 in county 450000.

>>> township_of("450000101200"), level_of("450000101")
('450000101', <PlaceLevel.TOWNSHIP: 'township'>)
>>> above("450000101"), above("45")
('450000', '')
"""

from schemas.places import PlaceLevel
from schemas.problems import Fault
from schemas.units import BookId

township_must_be_known = Fault(
    code="township_must_be_known",
    says="There is no township {code}.",
    remedy="A township is known when a hand-over or a book of one of its villages has named it; its code has nine digits.",
)

LENGTHS = {
    PlaceLevel.PROVINCE: 2,
    PlaceLevel.PREFECTURE: 4,
    PlaceLevel.COUNTY: 6,
    PlaceLevel.TOWNSHIP: 9,
    PlaceLevel.VILLAGE: 12,
}
"""How many digits of the statutory code name a place of each level."""


def level_of(code: str) -> PlaceLevel:
    """The level of a place by its code."""
    return {length: level for level, length in LENGTHS.items()}[len(code)]


def above(code: str) -> str:
    """The code of the place above; empty above a province."""
    return max((code[:length] for length in LENGTHS.values() if length < len(code)), key=len, default="")


def township_of(village: str) -> str:
    """The township a village lies in."""
    return village[: LENGTHS[PlaceLevel.TOWNSHIP]]


def county_of(code: str) -> str:
    """The county a village or township lies in."""
    return code[: LENGTHS[PlaceLevel.COUNTY]]


def owner(book: BookId) -> str:
    """The name under which a unit's account number is sealed: copied to another row it does not open."""
    return f"unit:{book}"
