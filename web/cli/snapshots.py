"""``snapshots`` and ``lists``: a township's frozen months, the red and the black list, and what villages say against them."""

import click

from coop.lists import actions, queries
from coop.places import queries as places
from coop.snapshots import queries as frozen_months
from coop.snapshots.rules import LEVELS
from ledger.money import yuan_grouped
from ledger.periods.rules import last_day, month_text
from schemas.lists import ListAppeal, Listed, Lists
from schemas.snapshots import KeptSnapshot
from schemas.units import Period, Value
from web.cli.appeals import day_told
from web.cli.books import month as month_from
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.given_files import scans_in
from web.cli.house import House
from web.i18n import say_word
from web.i18n.words import N_

lists = CommandGroup(
    name="lists",
    help=N_(
        "The red and the black list of a frozen month, and what villages say against them.\n\nThey are published when the days of "
        "appeal are over. TOWNSHIP is the nine digits its villages' codes begin with, MONTH is written like 2026-07."
    ),
)
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))


@command(
    says=N_(
        "Show the frozen months of TOWNSHIP; with MONTH the villages with their incomes and ranks as they were frozen.\n\nMONTH is "
        "written like 2026-07. `lianjian tick` freezes a month on the 1st of the next one."
    ),
)
@click.argument("code", metavar="TOWNSHIP")
@click.argument("month", required=False)
@as_json
def snapshots(house: House, code: str, month: str | None, as_json: bool) -> None:
    """The frozen months, or one of them."""
    asked = None if month is None else _month(month)
    with house.read() as db:
        of = places.township(db, code=code).code
        found = (
            frozen_months.snapshots(db, within=of, heads_only=True)
            if asked is None
            else (queries.kept(db, township=of, month=asked),)
        )
        codes = {one.village for kept in found for one in kept.snapshot.villages}
        named = places.places(db, codes=codes, as_of=None if asked is None else last_day(asked))
    if as_json:
        house.json(found, tuple[KeptSnapshot, ...])
        return
    if asked is None:
        house.table(
            (N_("Month"), N_("Frozen on"), N_("SHA-256")),
            [(month_text(one.snapshot.month), one.snapshot.as_of.isoformat(), one.digest) for one in found],
        )
        return
    (kept,) = found
    ranks = {(one.village, one.level): f"{one.rank}/{one.of}" for one in kept.ranks}
    house.table(
        (
            N_("Village"),
            N_("Income of the year"),
            N_("Threshold"),
            *(say_word(house.language, f"place_level.{level}") for level in LEVELS),
        ),
        [
            (
                named[one.village].name,
                yuan_grouped(one.income),
                "—" if one.threshold is None else yuan_grouped(one.threshold),
                *(ranks.get((one.village, level), "—") for level in LEVELS),
            )
            for one in kept.snapshot.villages
        ],
        right=(1, 2),
    )
    house.tell(N_("Frozen on {day}, SHA-256 {digest}"), day=kept.snapshot.as_of, digest=kept.digest)


class TownshipLists(Value):
    """The lists of a month a township's villages are on, and what was said against them."""

    lists: tuple[Lists, ...]
    appeals: tuple[ListAppeal, ...]


@command(
    group=lists,
    says=N_("Show the lists of a month the villages of a township are on, and what was said against them."),
)
@click.argument("code", metavar="TOWNSHIP")
@click.argument("month")
@as_json
def show(house: House, code: str, month: str, as_json: bool) -> None:
    """The lists."""
    with house.read() as db:
        of, asked = places.township(db, code=code).code, _month(month)
        found = TownshipLists(
            lists=queries.lists_of_township(db, township=of, month=asked, on=house.now()[0]),
            appeals=queries.appeals(db, within=of, month=asked).get(of, ()),
        )
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("List"), N_("Village"), N_("Rank"), N_("State")),
        [
            (
                say_word(house.language, f"place_level.{each.level}")
                + " "
                + say_word(house.language, f"list.{one.colour}"),
                one.name,
                f"{one.rank}/{one.of}",
                _state(house, one),
            )
            for each in found.lists
            for one in (*each.red, *each.black)
        ],
    )
    for one in found.appeals:
        _tell(house, one)


@command(
    group=lists,
    writes=True,
    says=N_("Record what a village brought on paper against being listed; prints its number."),
)
@click.argument("village")
@click.argument("month")
@_by
@click.option("--text", required=True, help=N_("What the paper says, word for word."))
@click.option("--came", metavar="DATE", help=N_("The day the paper came in; without it today."))
@click.option("--paper", required=True, type=Place(), help=N_("The scan of the signed paper."))
@as_json
def appeal(
    house: House, village: str, month: str, by: str, text: str, came: str | None, paper: str, as_json: bool
) -> None:
    """Record one."""
    person, (on, at), asked = house.person(by), house.now(), _month(month)
    with house.read() as db:
        of = places.township(db, code=village[:9]).code
    (scan,) = scans_in(house, [paper])
    day = day_told(came, on)
    made = house.act(
        lambda db: actions.appeal(
            db,
            township=of,
            village=village,
            month=asked,
            text=text,
            came=day,
            scan=scan,
            by=person,
            on=on,
            at=at,
        ),
        book=of,
    )
    _answer(house, made, as_json=as_json)


@command(
    group=lists,
    writes=True,
    says=N_("Answer what a village says against being listed: another person than who recorded it."),
)
@click.argument("code", metavar="TOWNSHIP")
@click.argument("number", type=click.IntRange(min=1))
@_by
@click.option("--upheld/--rejected", required=True, help=N_("Whether the village is right and is left off."))
@click.option("--text", required=True, help=N_("The answer; upheld, everybody reads it as the reason."))
@as_json
def answer(house: House, code: str, number: int, by: str, upheld: bool, text: str, as_json: bool) -> None:
    """Answer one."""
    person, (on, at) = house.person(by), house.now()
    with house.read() as db:
        of = places.township(db, code=code).code
    made = house.act(
        lambda db: actions.answer(
            db, township=of, number=number, upheld=upheld, text=text, by=person, on=on, at=at
        ),
        book=of,
    )
    _answer(house, made, as_json=as_json)


def _answer(house: House, made: ListAppeal, *, as_json: bool) -> None:
    if as_json:
        house.json(made)
    else:
        _tell(house, made)


def _tell(house: House, one: ListAppeal) -> None:
    house.tell(
        N_("Appeal {number}, {village}, {day}: {text}"),
        number=one.number,
        village=one.village,
        day=one.on,
        text=one.text,
    )
    if one.answer is not None:
        house.tell(
            N_("{day}, {state}: {text}"),
            day=one.answer.on,
            state=say_word(house.language, f"appeal_state.{'upheld' if one.answer.upheld else 'rejected'}"),
            text=one.answer.text,
        )


def _state(house: House, one: Listed) -> str:
    if one.left_off:
        return house.words(N_("left off: {reason}"), reason=one.left_off)
    if one.disputed:
        return house.words(N_("an appeal waits"))
    return house.words(N_("published") if one.published else N_("not published yet"))


def _month(text: str) -> Period:
    found = month_from(text, "/month")
    assert found is not None, "a month is given"
    return found
