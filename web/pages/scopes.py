"""The books and places of the house by the names people call them: roles reach them, the log names them by code."""

from collections.abc import Mapping
from typing import NamedTuple

from coop.places import queries as places
from ledger.books import queries as books
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
    """Every book and every place."""
    return Scopes(
        {book.id: book.short_name for book in books.books(visit.db)},
        {
            place.code: place.name
            for level in (PlaceLevel.COUNTY, PlaceLevel.TOWNSHIP, PlaceLevel.VILLAGE)
            for place in places.places_below(visit.db, code="", level=level)
        },
    )
