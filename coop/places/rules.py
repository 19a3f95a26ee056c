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

place_must_be_known = Fault(
    code="place_must_be_known",
    says="No village is known in a place {code}.",
    remedy="A place is named by 2, 4, 6 or 9 digits, with which its villages' codes begin.",
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
    level = level_at(code)
    assert level is not None, "a place has a level"
    return level


def level_at(code: str) -> PlaceLevel | None:
    """The level whose places have codes of this length; None where no level has."""
    return {length: level for level, length in LENGTHS.items()}.get(len(code))


def below(code: str) -> PlaceLevel | None:
    """The level right below a place; None below a village.

    >>> below("450000"), below("45")
    (<PlaceLevel.TOWNSHIP: 'township'>, <PlaceLevel.PREFECTURE: 'prefecture'>)
    """
    return next((level for level, length in LENGTHS.items() if length > len(code)), None)


def span(code: str) -> tuple[str, str | None]:
    """The first code inside a place and the first beyond it, None where none is beyond, for a search in order.

    >>> span("450000109"), span("99"), span("")
    (('450000109', '450000110'), ('99', None), ('', None))
    """
    beyond = str(int(code) + 1).zfill(len(code)) if code else ""
    return code, beyond if code and len(beyond) == len(code) else None


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
