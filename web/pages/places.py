"""行政区划: one's own part of the tree of places, step by step, with what they were called; entering places below one's own by
hand or from a list, renaming and ending them."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from msgspec.structs import replace

from coop.access import queries as access
from coop.access import rules as access_rules
from coop.places import actions, queries, rules
from ledger.evidence import rules as evidence_rules
from schemas.access import Deed
from schemas.places import NewPlace, PlaceEnding, PlaceLevel, PlaceRename, VillageKind
from schemas.problems import Fault, Problem, Refusal
from web import wire
from web.i18n.words import N_
from web.imports.place_list import enter_list, read_places
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.people_names import names_of as names_of_people

_PLACE = "/places/{place}"

list_of_places_must_be_chosen = Fault(
    code="list_of_places_must_be_chosen",
    says="No file was chosen.",
    remedy="Choose a table with the columns 代码 and 名称, as Excel or CSV.",
)


@shows("/places", deed=Deed.SEE_PLACES, asks=("as_of",))
def list_places(visit: Visit) -> Shown:
    """The widest places of one's own part of the tree."""
    return _show(visit)


@shows(_PLACE, deed=Deed.SEE_PLACES, asks=("as_of",))
def show_place(visit: Visit) -> Shown:
    """A place with what lies right below it and what it was called."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200, *, form: str = "") -> Shown:
    """The page; what is wrong with a form stands beside its fields, ``/new-code`` for a code that is entered."""
    code = _code(visit)
    asked = visit.query.get("as_of", "")
    tree = queries.tree(
        visit.db,
        roots=rules.roots(visit.who.rights),
        code=code,
        as_of=day_from(asked, pointer="/as_of") if asked else visit.on,
    )
    stands = not any(one.ended for one in tree.changes)
    seen = access.books_seen_by(visit.db, visit.who.rights, deed=Deed.SEE_BOOK) if tree.books else ()
    return visit.page(
        "places.html",
        problems=[_beside(one, form) if form else one for one in problems],
        status=status,
        tree=tree,
        home=_home(code),
        boards=_boards(visit, code),
        opened={one.id: one.name for one in seen},
        names=names_of_people(visit.db, {one.by for one in tree.changes}, locale=visit.locale),
        level_below=rules.below(code),
        kinds=list(VillageKind),
        villages_are_below=len(code) < rules.LENGTHS[PlaceLevel.VILLAGE],
        may_enter=stands and rules.below(code) is not None and _keeps(visit, code),
        may_change=bool(code) and stands and _keeps(visit, rules.above(code)),
        may_take_list=not code and visit.may_anywhere(Deed.KEEP_PLACES),
        form=form,
        given=visit.field,
    )


def _code(visit: Visit) -> str:
    """The place of the address; empty where it names none."""
    return str(visit.request.path_params.get("place", ""))


def _home(code: str) -> str:
    return address(f"/places/{code}" if code else "/places")


def _keeps(visit: Visit, code: str) -> bool:
    return Deed.KEEP_PLACES in access_rules.deeds_at(visit.who.rights, code=code)


def _boards(visit: Visit, code: str) -> str:
    """Where the village income of a place is shown, for whoever may see it."""
    level = rules.level_at(code)
    if level in {None, PlaceLevel.GROUP} or not visit.may(Deed.SEE_TOWNSHIP):
        return ""
    if level is PlaceLevel.VILLAGE:
        return address(f"/townships/{rules.township_of(code)}/villages/{code}")
    return address(f"/{'townships' if level is PlaceLevel.TOWNSHIP else 'places'}/{code}/villages")


def _beside(problem: Problem, form: str) -> Problem:
    """``/items/0/code`` and ``/code`` stand beside the field ``new-code`` of the form ``new``; what a place is merged into is
    the second code asked for."""
    field = "into" if problem.pointer == "/items/1/code" else problem.pointer.rpartition("/")[2]
    return replace(problem, pointer=f"/{form}-{field}")


def _enter_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, problems, status, form="new")


async def _enter(visit: Visit) -> Shown:
    given = {name: visit.field(f"new-{name}") for name in ("code", "name", "kind")}
    new = wire.read_texts({name: text for name, text in given.items() if text or name != "kind"}, NewPlace)
    await visit.write(lambda db: actions.enter(db, [new], by=visit.who.rights, at=visit.at))
    return see_other(_home(_code(visit)), notice=N_("Entered: {name}."), name=new.name.strip())


@does("/places/new", deed=Deed.KEEP_PLACES, again=_enter_again)
async def enter_place(visit: Visit) -> Shown:
    """Enter a place: a province, or one anywhere below one's own."""
    return await _enter(visit)


@does(f"{_PLACE}/new", deed=Deed.KEEP_PLACES, again=_enter_again)
async def enter_place_below(visit: Visit) -> Shown:
    """Enter a place below this one."""
    return await _enter(visit)


@does("/places/list", deed=Deed.KEEP_PLACES, takes=evidence_rules.BIGGEST_FILE + 65_536, again=_show)
async def enter_list_of_places(visit: Visit) -> Shown:
    """Enter the places of a list."""
    files = visit.uploads("file")
    if not files:
        raise Refusal(list_of_places_must_be_chosen.at("/file"))
    content, name = await files[0].read(), files[0].filename or "?"
    found = await visit.on_thread(lambda: read_places(content, name=name))
    entered = await visit.write(lambda db: enter_list(db, found, by=visit.who.rights, at=visit.at))
    return see_other("/places", notice=N_("{count} places were entered."), count=len(entered))


@does(f"{_PLACE}/name", deed=Deed.KEEP_PLACES, again=partial(_show, form="rename"))
async def rename_place(visit: Visit) -> Shown:
    """Say what the place is called from a day on."""
    new = wire.read_texts(_said(visit, "rename", "name", "since"), PlaceRename)
    await visit.write(lambda db: actions.rename(db, new, **_by(visit)))
    return see_other(_home(new.code), notice=N_("Written down. Earlier days keep the name they had."))


@does(f"{_PLACE}/end", deed=Deed.KEEP_PLACES, again=partial(_show, form="end"))
async def end_place(visit: Visit) -> Shown:
    """Say that the place is no more from a day on, and into which it was merged."""
    new = wire.read_texts(_said(visit, "end", "since", "into"), PlaceEnding)
    await visit.write(lambda db: actions.end(db, new, **_by(visit)))
    return see_other(_home(new.code), notice=N_("Written down. The place is found by its code for ever."))


def _said(visit: Visit, form: str, *names: str) -> dict[str, str]:
    return {"code": _code(visit), **{name: visit.field(f"{form}-{name}") for name in names}}


def _by(visit: Visit) -> dict[str, Any]:
    return {"by": visit.who.rights, "on": visit.on, "at": visit.at}


handlers = [
    list_places,
    show_place,
    enter_list_of_places,
    enter_place,
    enter_place_below,
    rename_place,
    end_place,
]
