"""The books and places a reader has to do with, by the names people call them: roles reach them, the log names them by
code."""

from collections.abc import Mapping
from typing import NamedTuple

from coop.access import queries as access
from coop.access import rules as access_rules
from coop.places import queries as places
from coop.places.rules import LENGTHS
from schemas.access import Scope, ScopeKind
from schemas.places import PlaceLevel
from schemas.units import BookId
from web.pages.route import Visit


class Scopes(NamedTuple):
    """The books and places roles are given for, as they are called."""

    books: Mapping[BookId, str]
    places: Mapping[str, str]

    def name(self, scope: Scope) -> str:
        """What a scope is called; empty for the house."""
        if scope.kind is ScopeKind.BOOK:
            return self.books.get(scope.code, scope.code)
        return f"{self.places.get(scope.code, '')} {scope.code}".strip()


def scopes_of(visit: Visit) -> Scopes:
    """Every book the reader sees, and every place he has to do with: those in his reach, and those it lies in."""
    rights = visit.who.rights
    seen = access.books_seen_by(visit.db, rights)
    homes = access.places_of(visit.db, [book.id for book in seen])
    over = {home.village for home in homes.values()} | {
        one.scope.code for one in rights.held if one.scope.kind is ScopeKind.PLACE
    }
    around = {code[:length] for code in over for length in LENGTHS.values()}
    return Scopes(
        {book.id: book.short_name for book in seen},
        {
            place.code: place.name
            for level in (PlaceLevel.COUNTY, PlaceLevel.TOWNSHIP, PlaceLevel.VILLAGE)
            for place in places.places_below(visit.db, code="", level=level)
            if place.code in around or access_rules.sees_place(rights, code=place.code)
        },
    )
