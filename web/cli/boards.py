"""``villages``, ``ranking``, ``income``, ``thresholds``: what the officer's pages show of village income, and what villages are
held against."""

from datetime import date
from pathlib import Path

import click

from coop.income import actions
from coop.income.thresholds import known
from coop.places import queries as places
from ledger.money import fen_from_yuan, yuan
from schemas.income import (
    Component,
    Components,
    KnownThreshold,
    Measure,
    NewThreshold,
    ThresholdKey,
    ThresholdVersion,
    VillageStanding,
)
from schemas.places import VillageKind
from schemas.problems import Refusal
from schemas.units import Fen, Value
from web import boards, wire
from web.cli.books import month as month_from
from web.cli.command import Act, CommandGroup, Place, as_json, command
from web.cli.exports import write_whole
from web.cli.house import House
from web.exports.income_analysis import analysis_sheets
from web.exports.spreadsheets import workbook
from web.i18n import say_word
from web.i18n.words import N_, WORDS
from web.income_answers import board_answer, ranking_answer, village_answer

YEAR = click.IntRange(1949, 2999)
_as_of = click.option(
    "--as-of",
    "as_of",
    metavar="DATE",
    help=N_("Evidence that came by this day counts, 2026-02-12; without it today."),
)
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))


def _key(act: Act) -> Act:
    """The arguments that say which threshold it is."""
    for argument in (
        click.argument("measure", type=click.Choice([one.value for one in Measure])),
        click.argument("year", type=YEAR),
        click.argument("kind", type=click.Choice([one.value for one in VillageKind])),
        click.argument("code", metavar="PLACE"),
    ):
        act = argument(act)
    return act


class Thresholds(Value):
    """The versions entered for a place and those it lies in, and what is known of past years."""

    items: tuple[ThresholdVersion, ...]
    known: tuple[KnownThreshold, ...]


@command(
    says=N_(
        "Show the villages of a place at the end of a month: income, threshold, band, rank. CODE is the first 2, 4, 6 or 9 "
        "digits of its villages' codes."
    )
)
@click.argument("code")
@click.argument("month")
@_as_of
@as_json
def villages(house: House, code: str, month: str, as_of: str | None, as_json: bool) -> None:
    """The board."""
    with house.read() as db:
        board = boards.board_of(db, place=code, month=_month(month), as_of=day_on(house, as_of))
    if as_json:
        house.json(board_answer(board))
        return
    for one in (board.whole, *board.below):
        house.tell(
            N_("{name}: {count} villages, {met} of {held} reach their threshold; operating profit {profit}, without evidence {unproved}"),
            name=one.name,
            count=one.villages,
            met=one.met,
            held=one.held,
            profit=yuan(one.counted[Measure.OPERATING_PROFIT]),
            unproved=yuan(one.unproved),
        )  # fmt: skip
    house.table(
        (N_("Rank"), N_("Village"), N_("Kind"), N_("Income"), N_("Threshold"), N_("Band"), N_("Unproved")),
        [_row(house, one) for one in board.villages],
        right=(0, 3, 4, 5, 6),
    )


def _row(house: House, one: VillageStanding) -> tuple[str, ...]:
    return (
        _text(one.rank),
        f"{one.village} {one.name}",
        _word(house, f"village_kind.{one.kind}"),
        yuan(one.income),
        "" if one.threshold is None else yuan(one.threshold.amount),
        "" if one.band is None else str(one.band // 100),
        yuan(one.unproved) if one.unproved else "",
    )


@command(
    says=N_(
        "Show the villages of a place in the order of income over threshold, with the red and the black list."
    )
)
@click.argument("code")
@click.argument("month")
@_as_of
@as_json
def ranking(house: House, code: str, month: str, as_of: str | None, as_json: bool) -> None:
    """The order."""
    with house.read() as db:
        board = boards.board_of(db, place=code, month=_month(month), as_of=day_on(house, as_of))
    if as_json:
        house.json(ranking_answer(board.ranking, year=board.month // 100, month=board.month % 100))
        return
    names = {one.village: one.name for one in board.villages}
    lists = {
        **dict.fromkeys(board.ranking.black, N_("black list")),
        **dict.fromkeys(board.ranking.red, N_("red list")),
    }
    house.table(
        (N_("Rank"), N_("Village"), N_("Income"), N_("Threshold"), N_("List")),
        [
            (
                str(one.rank),
                f"{one.standing.village} {names[one.standing.village]}",
                yuan(one.standing.income),
                yuan(one.standing.threshold or 0),
                house.words(lists[one.standing.village]) if one.standing.village in lists else "",
            )
            for one in board.ranking.order
        ],
        right=(0, 2, 3),
    )


@command(
    says=N_(
        "Show a village's income of a year by component and month, and what lacks evidence. VILLAGE is its code.\n\nOr write the "
        "year of all villages of a place to FILE, a workbook (.xlsx) for analysis: by month, by component, and every figure as a "
        "row. VILLAGE is then the first 2, 4, 6 or 9 digits of their codes."
    )
)
@click.argument("village")
@click.argument("year", type=YEAR)
@click.argument("file", type=Place(), required=False)
@_as_of
@as_json
def income(house: House, village: str, year: int, file: str | None, as_of: str | None, as_json: bool) -> None:
    """The village's year, or the workbook of a place's."""
    if file is not None:
        _write_analysis(house, village, year, Path(file), day_on(house, as_of))
        return
    with house.read() as db:
        found = boards.village_in_year(
            db, place=village[:9], village=village, month=year * 100 + 12, as_of=day_on(house, as_of)
        )
    if as_json:
        house.json(village_answer(found.standing, found.year, found.lines, month=12))
        return
    house.table(
        (N_("Month"), *(_says(component) for component in Component)),
        [
            *((f"{year}-{no:02d}", *_figures(of)) for no, of in sorted(found.year.months.items())),
            (house.words(N_("Total")), *_figures(found.standing.components)),
        ],
        right=tuple(range(1, len(Component) + 1)),
    )
    for line in found.lines:
        if not line.counted:
            house.tell(
                N_("{voucher} of {day}, {account}: {amount} has no evidence and does not count."),
                voucher=line.label,
                day=line.date,
                account=line.account,
                amount=yuan(line.amount),
            )


def _write_analysis(house: House, code: str, year: int, file: Path, as_of: date) -> None:
    with house.read() as db:
        sheets = analysis_sheets(db, place=code, year=year, as_of=as_of, locale=house.language)
    size = write_whole(file, (workbook(sheets),))
    house.tell(N_("{size} bytes written to {file}"), size=size, file=file)


thresholds = CommandGroup(
    name="thresholds",
    help=N_(
        "What a village of a kind has to earn in a year.\n\nOne person enters the amount and the paper that sets it, another "
        "approves. PLACE is the code of a township, county, city or province."
    ),
)


@command(
    group=thresholds,
    says=N_("Show the thresholds of a place and of those it lies in, and what is known of past years."),
)
@click.argument("code", metavar="PLACE")
@as_json
def show(house: House, code: str, as_json: bool) -> None:
    """The versions."""
    with house.read() as db:
        places.place_there(db, code=code)
        found = boards.thresholds_of(db, place=code)
    if as_json:
        house.json(Thresholds(items=found, known=known()))
        return
    house.table(
        (N_("Place"), N_("Year"), N_("Kind"), N_("Measure"), N_("Version"), N_("Threshold"), N_("State"), N_("Paper")),
        [
            (
                one.entry.threshold.region,
                str(one.entry.threshold.year),
                _word(house, f"village_kind.{one.entry.threshold.kind}"),
                _word(house, f"measure.{one.entry.threshold.measure}"),
                str(one.entry.version),
                yuan(one.entry.threshold.amount),
                house.words(_state(one)),
                one.entry.document,
            )
            for one in found
        ],
        right=(4, 5),
    )  # fmt: skip


@command(
    group=thresholds,
    writes=True,
    says=N_("Enter a threshold in yuan, with the paper that sets it; prints its version."),
)
@_key
@click.argument("amount")
@click.option("--document", required=True, metavar="NO", help=N_("The number of the paper that sets it."))
@_by
def record(
    house: House, code: str, kind: str, year: int, measure: str, amount: str, document: str, by: str
) -> None:
    """Enter."""
    person, (_, at) = house.person(by), house.now()
    new = NewThreshold(
        kind=VillageKind(kind),
        year=year,
        measure=Measure(measure),
        amount=fen_from_yuan(amount, pointer="/amount"),
        document=document,
    )
    made = house.act(lambda db: actions.record_threshold(db, new, region=code, by=person, at=at))
    _tell(house, made)


@command(
    group=thresholds,
    writes=True,
    says=N_("Approve the last version of a threshold: another person than who entered it."),
)
@_key
@click.argument("version", type=click.IntRange(1, 999_999))
@_by
def approve(house: House, code: str, kind: str, year: int, measure: str, version: int, by: str) -> None:
    """Approve."""
    person, (_, at) = house.person(by), house.now()
    key = ThresholdKey(region=code, kind=VillageKind(kind), year=year, measure=Measure(measure))
    made = house.act(lambda db: actions.approve_threshold(db, key, version=version, by=person, at=at))
    _tell(house, made)


def _tell(house: House, made: ThresholdVersion) -> None:
    house.tell(
        N_("{year}, version {version}: {state}"),
        year=made.entry.threshold.year,
        version=made.entry.version,
        state=house.words(_state(made)),
    )


def _state(one: ThresholdVersion) -> str:
    if one.in_force:
        return N_("in force now")
    return N_("waits for approval") if one.waits else N_("replaced")


def _figures(components: Components) -> tuple[str, ...]:
    return tuple(_text_of(components[one].counted) if one in components else "" for one in Component)


def _text_of(amount: Fen) -> str:
    return yuan(amount) if amount else ""


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _says(component: Component) -> str:
    return WORDS[f"component.{component}"]


def _word(house: House, code: str) -> str:
    return say_word(house.language, code)


def _month(text: str) -> int:
    found = month_from(text, "/month")
    assert found is not None, "it was given"
    return found


def day_on(house: House, text: str | None) -> date:
    """The day given with --as-of, else today."""
    if text is None:
        return house.now()[0]
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refusal(wire.must_be_date.at("/as-of")) from None
