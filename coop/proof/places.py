"""Proving the places: that they are called what the log says, and that what changed of them is as it was entered."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from coop.places.rules import ENDED, ENTERED, RENAMED
from ledger.seal.rules import digest_of
from schemas.log import LogEntry
from schemas.places import Place, PlaceChange
from schemas.problems import Fault, Problem

PREFIX = "place."
"""How the acts on places begin."""

place_must_be_as_entered = Fault(
    code="place_must_be_as_entered",
    says="The place {code} is not called as the log says, or nobody entered it.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
change_of_place_must_be_as_entered = Fault(
    code="change_of_place_must_be_as_entered",
    says="A change of the place {code} is not as it was entered, or is missing.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)


def faults_of_places(
    places: Mapping[str, Place], changes: Mapping[str, tuple[PlaceChange, ...]], entries: Iterable[LogEntry]
) -> Iterator[Problem]:
    """Whatever of the places does not follow from the log: a place nobody entered or that is gone, another name or kind, a
    change that was not entered so."""
    entered: dict[str, str] = {}
    sealed: defaultdict[str, list[str]] = defaultdict(list)
    for entry in entries:
        code = entry.subject.removeprefix("place:")
        if entry.act == ENTERED:
            entered[code] = entry.after
        elif entry.act in {RENAMED, ENDED}:
            sealed[code].append(entry.content)
    for code in sorted(entered.keys() | places.keys()):
        place, of = places.get(code), changes.get(code, ())
        first = of[0].was if of else "" if place is None else place.name
        last = of[-1].name if of else first
        said = None if place is None else " ".join(filter(None, (first, place.kind)))
        if place is None or place.name != last or entered.get(code) != said:
            yield place_must_be_as_entered.at(f"/places/{code}", code=code)
    for code in sorted(sealed.keys() | changes.keys()):
        if [digest_of(one) for one in changes.get(code, ())] != sealed[code]:
            yield change_of_place_must_be_as_entered.at(f"/places/{code}", code=code)
