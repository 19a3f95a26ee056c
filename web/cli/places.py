"""``places``: one's tree of places from the command line: what lies in a place, entering, renaming, ending, and lists."""

from pathlib import Path

import click

from coop.places import actions, queries
from schemas.places import NewPlace, Place, PlaceChange, PlaceEnding, PlaceNode, PlaceRename, VillageKind
from web import wire
from web.cli.boards import day_on
from web.cli.command import CommandGroup, as_json, by_person, command
from web.cli.command import Place as File
from web.cli.house import House
from web.cli.users import rights_by
from web.i18n import say_word
from web.i18n.words import N_
from web.imports.place_list import enter_list, read_places

_code = click.argument("code")

places = CommandGroup(
    name="places",
    help=N_(
        "Places 行政区划: entered below those that are there, renamed from a day on, ended.\n\nCODE has 2, 4, 6, 9 or 12 digits, a group 14."
    ),
)


@command(
    group=places,
    name="list",
    says=N_("Show a place and what lies right below it; without CODE the provinces."),
)
@click.argument("code", default="")
@click.option("--as-of", "as_of", metavar="DATE", help=N_("The day the names are of; without it today."))
@as_json
def list_(house: House, code: str, as_of: str | None, as_json: bool) -> None:
    """The tree, step by step."""
    with house.read() as db:
        found = queries.tree(db, roots=("",), code=code, as_of=day_on(house, as_of))
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("Code of the place"), N_("Name of the place"), N_("Level"), N_("Places below"), N_("Villages"), N_("Books"), N_("No more since")),
        [_row(house, one) for one in (*([found.place] if found.place else []), *found.items)],
        right=(3, 4, 5),
    )  # fmt: skip
    for one in found.changes:
        _tell(house, one)


def _row(house: House, one: PlaceNode) -> tuple[str, ...]:
    return (
        one.code,
        one.name,
        say_word(house.language, f"place_level.{one.level}"),
        str(one.below),
        str(one.villages),
        str(one.books),
        "" if one.ended is None else " ".join(filter(None, (str(one.ended), one.into))),
    )


@command(group=places, writes=True, says=N_("Enter a place; its level and the place above are in its CODE."))
@_code
@click.argument("name")
@click.option(
    "--kind", type=click.Choice([one.value for one in VillageKind]), help=N_("What kind of village it is.")
)
@by_person
@as_json
def enter(house: House, code: str, name: str, kind: str | None, by: str | None, as_json: bool) -> None:
    """Enter."""
    new = wire.read_texts({"code": code, "name": name, **({"kind": kind} if kind else {})}, NewPlace)
    at = house.now()[1]
    entered = house.act(lambda db: actions.enter(db, [new], by=rights_by(house, db, by), at=at))
    _entered(house, entered, as_json=as_json)


@command(
    group=places,
    name="import",
    writes=True,
    says=N_("Enter the places of FILE, a workbook (.xlsx) or CSV with the columns 代码, 名称 and 村类别."),
)
@click.argument("file", type=File())
@by_person
@as_json
def import_(house: House, file: str, by: str | None, as_json: bool) -> None:
    """Enter a list."""
    place, at = Path(file), house.now()[1]
    found = read_places(place.read_bytes(), name=place.name)
    entered = house.act(lambda db: enter_list(db, found, by=rights_by(house, db, by), at=at))
    _entered(house, entered, as_json=as_json)


@command(
    group=places,
    writes=True,
    says=N_("Say what a place is called from a day on; earlier days keep the name they had."),
)
@_code
@click.argument("name")
@click.argument("since", metavar="DATE")
@by_person
@as_json
def rename(house: House, code: str, name: str, since: str, by: str | None, as_json: bool) -> None:
    """Rename."""
    new = wire.read_texts({"code": code, "name": name, "since": since}, PlaceRename)
    on, at = house.now()
    made = house.act(lambda db: actions.rename(db, new, by=rights_by(house, db, by), on=on, at=at))
    _changed(house, made, as_json=as_json)


@command(
    group=places,
    writes=True,
    says=N_("Say that a place is no more from a day on; nothing below it may still stand."),
)
@_code
@click.argument("since", metavar="DATE")
@click.option("--into", default="", metavar="CODE", help=N_("The place it was merged into."))
@by_person
@as_json
def end(house: House, code: str, since: str, into: str, by: str | None, as_json: bool) -> None:
    """End."""
    new = wire.read_texts({"code": code, "since": since, "into": into}, PlaceEnding)
    on, at = house.now()
    made = house.act(lambda db: actions.end(db, new, by=rights_by(house, db, by), on=on, at=at))
    _changed(house, made, as_json=as_json)


def _entered(house: House, entered: tuple[Place, ...], *, as_json: bool) -> None:
    if as_json:
        house.json(entered, tuple[Place, ...])
        return
    for one in entered:
        level = say_word(house.language, f"place_level.{one.level}")
        house.tell(N_("Entered: {code} {name}, {level}"), code=one.code, name=one.name, level=level)


def _changed(house: House, made: PlaceChange, *, as_json: bool) -> None:
    if as_json:
        house.json(made)
        return
    _tell(house, made)


def _tell(house: House, one: PlaceChange) -> None:
    said = (
        N_("{code} is called {name} since {since}, before {was}")
        if not one.ended
        else N_("{code} {name} is no more since {since}, merged into {into}")
        if one.into
        else N_("{code} {name} is no more since {since}")
    )
    house.tell(said, code=one.code, name=one.name, was=one.was, since=one.since, into=one.into)
