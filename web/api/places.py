"""Places over HTTP 行政区划: one's own part of the tree, and entering, renaming and ending what lies below one's own."""

import datetime
from typing import Annotated

from msgspec import Meta

from coop.places import actions, queries, rules
from ledger.evidence import rules as evidence_rules
from schemas.access import Deed
from schemas.evidence import TABLES
from schemas.places import NewPlace, Place, PlaceChange, PlaceEnding, PlaceRename, PlaceTree
from schemas.units import Value
from web.api.route import Call, Nothing, Routes, Upload
from web.database import Connection
from web.imports.place_list import PlaceList, enter_list, read_places

routes = Routes("Places 行政区划")
MOST = 5000
"""Places entered at once: a city's villages with their groups."""


class TreeQuery(Value):
    """The day the names are of; without it today."""

    as_of: datetime.date | None = None


class NewPlaces(Value):
    """Places to be entered, in any order."""

    items: Annotated[tuple[NewPlace, ...], Meta(min_length=1, max_length=MOST)]


class PlaceListQuery(Value):
    """The name of the file that is the body."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class EnteredPlaces(Value):
    """Places that were entered."""

    items: tuple[Place, ...]


@routes.reads("/places", deed=Deed.SEE_PLACES, query=TreeQuery, answers=PlaceTree)
def list_places(db: Connection, call: Call[TreeQuery, Nothing]) -> PlaceTree:
    """The widest places of one's own part of the tree 行政区划."""
    return queries.tree(db, roots=rules.roots(call.rights), code="", as_of=call.query.as_of or call.on)


@routes.reads("/places/{place}", deed=Deed.SEE_PLACES, query=TreeQuery, answers=PlaceTree)
def read_place(db: Connection, call: Call[TreeQuery, Nothing]) -> PlaceTree:
    """A place with what lies right below it, the books at home in it and what it was called."""
    return queries.tree(
        db,
        roots=rules.roots(call.rights),
        code=call.path["place"],
        as_of=call.query.as_of or call.on,
    )


@routes.acts("/places", deed=Deed.KEEP_PLACES, content=NewPlaces, answers=EnteredPlaces, status=201)
def enter_places(db: Connection, call: Call[Nothing, NewPlaces]) -> EnteredPlaces:
    """Enter places of any level, each below one that is known or comes with it: all of them, or none with everything that is
    wrong. A group 村民小组 has its village's twelve digits and two of its own."""
    return EnteredPlaces(items=actions.enter(db, call.body.items, by=call.rights, at=call.at))


def _read_list(call: Call[PlaceListQuery, Upload]) -> PlaceList:
    return read_places(call.body.content, name=call.query.name)


@routes.acts(
    "/places/list",
    deed=Deed.KEEP_PLACES,
    query=PlaceListQuery,
    content=Upload,
    answers=EnteredPlaces,
    status=201,
    takes=(*(kind.value for kind in TABLES), "application/octet-stream"),
    most=evidence_rules.BIGGEST_FILE + 1,
    receives=_read_list,
)
def enter_place_list(db: Connection, call: Call[PlaceListQuery, PlaceList]) -> EnteredPlaces:
    """Enter the places of a list, which is the body: an Excel workbook or CSV with the columns 代码 and 名称, and 村类别 for
    villages, the rows in any order. Refused with everything that is wrong, each cell by its sheet, row and column."""
    return EnteredPlaces(items=enter_list(db, call.body, by=call.rights, at=call.at))


@routes.acts("/places/names", deed=Deed.KEEP_PLACES, content=PlaceRename, answers=PlaceChange)
def rename_place(db: Connection, call: Call[Nothing, PlaceRename]) -> PlaceChange:
    """Say what a place is called from a day on 更名; on earlier days it keeps its name."""
    return actions.rename(db, call.body, by=call.rights, on=call.on, at=call.at)


@routes.acts("/places/ends", deed=Deed.KEEP_PLACES, content=PlaceEnding, answers=PlaceChange)
def end_place(db: Connection, call: Call[Nothing, PlaceEnding]) -> PlaceChange:
    """Say that a place is no more from a day on 撤销, and into which it was merged 并入. Nothing below it may still stand."""
    return actions.end(db, call.body, by=call.rights, on=call.on, at=call.at)
