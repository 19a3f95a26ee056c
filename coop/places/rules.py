"""The code of a place says where it lies: 450000101200 is a village of township 450000101 in county 450000.

>>> township_of("450000101200"), level_of("450000101")
('450000101', <PlaceLevel.TOWNSHIP: 'township'>)
>>> above("450000101"), above("45")
('450000', '')
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from coop.access.rules import deeds_at
from schemas.access import Deed, Rights, ScopeKind
from schemas.places import NewPlace, Place, PlaceChange, PlaceLevel
from schemas.problems import Fault, Problem
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

place_must_be_within_reach = Fault(
    code="place_must_be_within_reach",
    says="The place {code} does not lie below yours.",
    remedy="An officer keeps the places below his own; ask an administrator of what lies above it.",
)

code_must_be_of_a_level = Fault(
    code="code_must_be_of_a_level",
    says="{code} is not the code of a place.",
    remedy="A province has 2 digits, a city 4, a county 6, a township 9, a village 12, a group its village's 12 and two of its own.",
)

place_must_have_a_name = Fault(
    code="place_must_have_a_name", says="The place {code} has no name.", remedy="Write its name."
)

place_must_be_given_once = Fault(
    code="place_must_be_given_once",
    says="The place {code} is given twice.",
    remedy="Leave one of the two out.",
)

place_must_be_new = Fault(
    code="place_must_be_new",
    says="There is a place {code} already: {name}.",
    remedy="Give it another name with the day the name counts from, or leave it out.",
)

place_above_must_be_known = Fault(
    code="place_above_must_be_known",
    says="No place {above} is known in which {code} lies.",
    remedy="Enter the place above first, or with it.",
)

village_must_have_a_kind = Fault(
    code="village_must_have_a_kind",
    says="Nobody says what kind of village {code} is.",
    remedy="Say ordinary village 一般村 or village out of poverty 脱贫村.",
)

only_a_village_has_a_kind = Fault(
    code="only_a_village_has_a_kind",
    says="{code} is no village, so it has no kind.",
    remedy="Leave the kind empty.",
)

place_must_still_stand = Fault(
    code="place_must_still_stand",
    says="The place {code} is no more since {since}.",
    remedy="Look up into which place it went.",
)

place_name_must_be_another = Fault(
    code="place_name_must_be_another", says="{code} is called {name} already.", remedy="Write the new name."
)

change_must_follow_the_last = Fault(
    code="change_must_follow_the_last",
    says="The last change of {code} counts from {since}.",
    remedy="A change counts from a later day than the one before.",
)

change_must_have_come = Fault(
    code="change_must_have_come",
    says="{since} has not come yet.",
    remedy="Enter it on the day it counts from.",
)

nothing_below_may_stand = Fault(
    code="nothing_below_may_stand",
    says="{count} places below {code} still stand.",
    remedy="End them first, or merge them into others.",
)

place_must_go_into_another = Fault(
    code="place_must_go_into_another",
    says="{code} cannot be merged into {into}.",
    remedy="Name another place of the same level that still stands.",
)

LENGTHS = {
    PlaceLevel.PROVINCE: 2,
    PlaceLevel.PREFECTURE: 4,
    PlaceLevel.COUNTY: 6,
    PlaceLevel.TOWNSHIP: 9,
    PlaceLevel.VILLAGE: 12,
    PlaceLevel.GROUP: 14,
}
"""How many digits name a place of each level: of the statutory code down to the village, two more of the house's own for a
group."""


def level_of(code: str) -> PlaceLevel:
    """The level of a place by its code."""
    level = level_at(code)
    assert level is not None, "a place has a level"
    return level


def level_at(code: str) -> PlaceLevel | None:
    """The level whose places have codes of this length; None where no level has."""
    return {length: level for level, length in LENGTHS.items()}.get(len(code))


def below(code: str) -> PlaceLevel | None:
    """The level right below a place; None below a group.

    >>> below("450000"), below("45"), below("450000101200")
    (<PlaceLevel.TOWNSHIP: 'township'>, <PlaceLevel.PREFECTURE: 'prefecture'>, <PlaceLevel.GROUP: 'group'>)
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


ENTERED, RENAMED, ENDED = "place.enter", "place.rename", "place.end"
"""The acts of the house's log on places."""


class Counts(NamedTuple):
    """How many places lie right below a place, and how many villages and books anywhere in it."""

    below: int
    villages: int
    books: int


def nearest_above(code: str, known: Container[str]) -> str:
    """The code of the nearest known place above; empty where none is."""
    over = above(code)
    while over and over not in known:
        over = above(over)
    return over


def counted(found: Iterable[Place], books: Mapping[str, int]) -> Mapping[str, Counts]:
    """What lies in each of these places, with the books at home in each village; each place is looked at once.

    >>> tree = [Place(code=code, name="", level=level_of(code)) for code in ("45", "450000101", "450000101200")]
    >>> counted(tree, {"450000101200": 2})["45"]
    Counts(below=1, villages=1, books=2)
    """
    known = {one.code: one for one in found}
    below, villages, homes = Counter[str](), Counter[str](), Counter[str]()
    for one in known.values():
        below[nearest_above(one.code, known)] += 1
        if one.level is PlaceLevel.VILLAGE:
            for length in LENGTHS.values():
                villages[one.code[:length]] += length <= len(one.code)
                homes[one.code[:length]] += books.get(one.code, 0) if length <= len(one.code) else 0
    return {code: Counts(below[code], villages[code], homes[code]) for code in known}


def roots(who: Rights) -> tuple[str, ...]:
    """The places whose trees ``who`` sees whole, by code; ``""`` is the whole house."""
    if Deed.SEE_PLACES in deeds_at(who, code=""):
        return ("",)
    codes = {one.scope.code for one in who.held if one.scope.kind is ScopeKind.PLACE}
    seen = sorted(code for code in codes if Deed.SEE_PLACES in deeds_at(who, code=code))
    return tuple(code for code in seen if not any(code != one and code.startswith(one) for one in seen))


def faults_of_reach(codes: Iterable[str], *, by: Rights) -> Iterator[Problem]:
    """Those of these places that do not lie below a place whose tree ``by`` keeps. Asked before anything is looked up, so
    that nothing is told of places beside; a code of no level is none's."""
    for number, code in enumerate(codes):
        within = level_at(code) is not None and code.isdecimal() and code.isascii()
        if within and Deed.KEEP_PLACES not in deeds_at(by, code=above(code)):
            yield place_must_be_within_reach.at(f"/items/{number}/code", code=code)


def faults_of_new(
    new: Sequence[NewPlace], *, known: Mapping[str, Place], ended: Mapping[str, PlaceChange]
) -> Iterator[Problem]:
    """Everything wrong with places as they are given; ``known`` are those of them, and of the places above them, that there
    are already, ``ended`` those of them that are no more."""
    codes = Counter(one.code for one in new)
    for number, one in enumerate(new):
        at, code = f"/items/{number}", one.code
        level = level_at(code) if code.isdecimal() and code.isascii() else None
        if level is None:
            yield code_must_be_of_a_level.at(f"{at}/code", code=code[:40])
            continue
        if not one.name.strip():
            yield place_must_have_a_name.at(f"{at}/name", code=code)
        if codes[code] > 1:
            yield place_must_be_given_once.at(f"{at}/code", code=code)
        if code in known:
            yield place_must_be_new.at(f"{at}/code", code=code, name=known[code].name)
        over = above(code)
        if over and over not in known and over not in codes:
            yield place_above_must_be_known.at(f"{at}/code", code=code, above=over)
        if over in ended:
            yield place_must_still_stand.at(f"{at}/code", code=over, since=ended[over].since)
        if level is PlaceLevel.VILLAGE and one.kind is None:
            yield village_must_have_a_kind.at(f"{at}/kind", code=code)
        if level is not PlaceLevel.VILLAGE and one.kind is not None:
            yield only_a_village_has_a_kind.at(f"{at}/kind", code=code)


def faults_of_change(
    place: Place, changes: Sequence[PlaceChange], *, since: date, on: date
) -> Iterator[Problem]:
    """Why a place cannot change from that day on: it is no more, the day has not come, or an earlier change is later."""
    last = changes[-1] if changes else None
    if last is not None and last.ended:
        yield place_must_still_stand.at("/code", code=place.code, since=last.since)
    elif last is not None and last.since >= since:
        yield change_must_follow_the_last.at("/since", code=place.code, since=last.since)
    if since > on:
        yield change_must_have_come.at("/since", since=since)


def stood_in(
    found: Iterable[Place], ends: Mapping[str, date], *, year: int, booked: Container[str] = ()
) -> list[Place]:
    """Those of these places that stood on some day of a year, and of those that are no more the ones of which something is
    ``booked`` in it. ``ends`` says since which day a place is not any longer.

    >>> places = [Place(code=code, name="", level=PlaceLevel.PROVINCE) for code in ("44", "45")]
    >>> ends = {"45": date(2026, 3, 1)}
    >>> [[one.code for one in stood_in(places, ends, year=year)] for year in (2026, 2027)]
    [['44', '45'], ['44']]
    """
    return [
        one
        for one in found
        if one.code in booked or one.code not in ends or ends[one.code] > date(year, 1, 1)
    ]


def name_on(place: Place, changes: Iterable[PlaceChange], *, day: date) -> str:
    """What a place was called on a day: before its first change of name, what it was called then.

    >>> changes = [PlaceChange("45", 1, date(2024, 3, 1), "甲", "乙", False, "", 1, "")]
    >>> place = Place(code="45", name="乙", level=PlaceLevel.PROVINCE)
    >>> [name_on(place, changes, day=date(2024, 2, 29)), name_on(place, changes, day=date(2024, 3, 1))]
    ['甲', '乙']
    """
    return next((one.was for one in changes if one.since > day), place.name)


def end_by(changes: Iterable[PlaceChange], *, day: date) -> PlaceChange | None:
    """The ending of a place that is no more on a day; None where it stands."""
    return next((one for one in changes if one.ended and one.since <= day), None)


def owner(book: BookId) -> str:
    """The name under which a unit's account number is sealed: copied to another row it does not open."""
    return f"unit:{book}"
