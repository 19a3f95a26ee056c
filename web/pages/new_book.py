"""新开账套: a new book in a village, for whoever may open one there."""

from collections.abc import Sequence

import msgspec

from coop.opening import actions, queries, rules
from schemas.access import Deed
from schemas.books import BookKind
from schemas.openings import NewBook
from schemas.places import VillageKind
from schemas.problems import Problem, Refusal
from web import wire
from web.i18n.words import N_
from web.imports.plan import slug_of
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows

_FIELDS = ("name", "short_name", "village_code", "village_name", "village_kind", "township_name", "id")


@shows("/new-book", deed=Deed.OPEN_BOOK)
def new_book(visit: Visit) -> Shown:
    """The form of a new book."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    return visit.page(
        "new_book.html",
        problems=problems,
        status=status,
        wrong={visit.place_of(problem) for problem in problems},
        given={name: visit.field(name) for name in _FIELDS}
        | {
            "kind": visit.field("kind") or BookKind.COLLECTIVE.value,
            "first_year": visit.field("first_year") or str(visit.on.year),
        },
        kinds=list(BookKind),
        village_kinds=list(VillageKind),
        villages=queries.villages_open_to(visit.db, visit.who.rights, on=visit.on),
        reach=rules.reach(visit.who.rights),
    )


@does("/new-book", deed=Deed.OPEN_BOOK, again=_show)
async def open_book(visit: Visit) -> Shown:
    """Open the book 建账, and go on to what it begins with."""
    wanted = _wanted(visit)
    book = await visit.write(
        lambda db: actions.open_book(
            db, wanted, by=visit.by, rights=visit.who.rights, on=visit.on, at=visit.at
        )
    )
    return see_other(
        f"/books/{book.id}/openings",
        notice=N_("The book {name} is open. Enter what it begins with, or write its first voucher."),
        name=book.name,
    )


def _wanted(visit: Visit) -> NewBook:
    """The book the form describes. A cooperative's id is its short name in pinyin unless another is given."""
    said: dict[str, object] = {name: visit.field(name) for name in _FIELDS if visit.field(name)}
    # A village picked from the list is its code and its name.
    said["village_code"] = visit.field("village_code").split(" ", maxsplit=1)[0]
    said["kind"] = kind = visit.field("kind")
    year = visit.field("first_year")
    said["first_year"] = int(year) if year.isascii() and year.isdecimal() and len(year) < 5 else year
    if kind == BookKind.COOPERATIVE and "id" not in said and visit.field("short_name"):
        said["id"] = slug_of(visit.field("short_name"))
    try:
        return wire.read(msgspec.json.encode(said), NewBook)
    except wire.Unreadable as unread:
        raise Refusal(*unread.problems) from unread


handlers = [new_book, open_book]
