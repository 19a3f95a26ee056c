"""``alerts``, ``alert``, ``red-lines``: what a township's villages are alerted of, what is said of it, and what is watched."""

from collections.abc import Callable
from typing import Any

import click

from coop.alerts import actions, queries
from ledger.money import yuan
from schemas.alerts import Alert, AlertState, Breach, NewRedLine, RedLine, RedLineVersion, Unit
from schemas.runs import Fraction
from web import boards
from web.alert_answers import AlertItem, alerts_of_township, exact_of, hundredths_of, name_of
from web.cli.command import Act, CommandGroup, Place, as_json, command
from web.cli.given_files import scans_in, value_in
from web.cli.house import House
from web.i18n import say_word
from web.i18n.words import N_

_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))
_number = click.IntRange(1, 999_999)


@command(
    says=N_(
        "Show the alerts of a township, and what freezing the last whole month today would open. CODE is the township's nine "
        "digits."
    )
)
@click.argument("code")
@click.option(
    "--state", type=click.Choice([one.value for one in AlertState]), help=N_("Only those that stand so.")
)
@click.option("--line", metavar="ID", help=N_("Only those of this red line."))
@as_json
def alerts(house: House, code: str, state: str | None, line: str | None, as_json: bool) -> None:
    """The list."""
    on, _ = house.now()
    month = boards.last_whole_month(on)
    with house.read() as db:
        found = alerts_of_township(
            db,
            township=code,
            month=month,
            watching=queries.breaches_today(db, township=code, month=month, on=on),
            state=None if state is None else AlertState(state),
            line=line,
        )
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("No."), N_("Village"), N_("Red line"), N_("Figure"), N_("Bound"), N_("Month"), N_("State")),
        [_row(house, one) for one in found.items],
        right=(0, 3, 4),
    )
    for one in found.would_open:
        house.tell(
            N_("{village} would be alerted: {line}, {value}"),
            village=one.name,
            line=_name(house, one.breach.line),
            value=_reached(one.breach),
        )


def _row(house: House, one: AlertItem) -> tuple[str, ...]:
    breach = one.alert.breach
    return (
        str(one.alert.number),
        f"{breach.village} {one.name} {breach.household}".strip(),
        _name(house, breach.line),
        _reached(breach),
        _value(breach.bound, breach.line.unit),
        f"{breach.month // 100}-{breach.month % 100:02d}",
        say_word(house.language, f"alert_state.{one.state}"),
    )


def _reached(breach: Breach) -> str:
    exact, unit = exact_of(breach), breach.line.unit
    return exact + (" %" if unit is Unit.SHARE else "") if exact else _value(breach.value, unit)


def _value(value: Fraction, unit: Unit) -> str:
    return yuan(hundredths_of(value, unit)) + (" %" if unit is Unit.SHARE else "")


def _name(house: House, line: RedLine) -> str:
    return name_of(line, locale=house.language)


alert = CommandGroup(
    name="alert", help=N_("What is said of an alert, and by whom.\n\nCODE is the township's nine digits.")
)


def _says(act: Act) -> Act:
    """What every word on an alert takes."""
    for argument in (
        _by,
        click.option("--text", required=True, help=N_("What is said.")),
        click.argument("number", type=_number),
        click.argument("code"),
    ):
        act = argument(act)
    return act


@command(
    group=alert,
    writes=True,
    says=N_("Say who was told of an alert, where its collective keeps no book here."),
)
@_says
def notify(house: House, code: str, number: int, text: str, by: str) -> None:
    """Told."""
    _said(house, actions.notify, code, number, text=text, by=by)


@command(group=alert, writes=True, says=N_("Close an alert whose year is over, with the reason."))
@_says
def close(house: House, code: str, number: int, text: str, by: str) -> None:
    """Closed."""
    _said(house, actions.close, code, number, text=text, by=by)


@command(
    group=alert, writes=True, says=N_("Explain an open alert of a village, with a scan where there is one.")
)
@_says
@click.option("--scan", type=Place(), help=N_("The file of the scan."))
def explain(house: House, code: str, number: int, text: str, by: str, scan: str | None) -> None:
    """Explained."""
    with house.read() as db:
        village = queries.alert(db, within=code, number=number).breach.village
    file = None if scan is None else scans_in(house, [scan])[0]
    _said(house, actions.explain, code, number, text=text, by=by, village=village, scan=file)


def _said(house: House, act: Callable[..., Alert], code: str, number: int, *, by: str, **given: Any) -> None:
    person, (on, at) = house.person(by), house.now()
    made = house.act(
        lambda db: act(db, township=code, number=number, by=person, on=on, at=at, **given), book=code
    )
    house.tell(
        N_("Alert {number}: {state}"),
        number=made.number,
        state=say_word(house.language, f"alert_state.{made.state}"),
    )


red_lines = CommandGroup(
    name="red-lines",
    help=N_(
        "The red lines a township watches.\n\nOne officer enters a line, another approves it. CODE is the township's nine digits."
    ),
)


@command(group=red_lines, says=N_("Show what a township watches, and every version it entered."))
@click.argument("code")
@as_json
def show(house: House, code: str, as_json: bool) -> None:
    """The lines."""
    with house.read() as db:
        found = queries.red_lines(db, township=code)
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("Id"), N_("Red line"), N_("Broken where"), N_("Looked at"), N_("Source")),
        [
            (
                one.id,
                _name(house, one),
                f"{one.figure} {say_word(house.language, f'comparison.{one.comparison}')} {one.bound}",
                say_word(house.language, f"when.{one.when}"),
                one.source,
            )
            for one in found.watched
        ],
    )
    for version in found.versions:
        _tell(house, version)


@command(
    group=red_lines,
    writes=True,
    says=N_(
        "Enter a red line, or stop one; prints its version. LINE is a file with it, as the HTTP interface takes it."
    ),
)
@click.argument("code")
@click.argument("line", type=Place())
@_by
def record(house: House, code: str, line: str, by: str) -> None:
    """Enter."""
    person, (_, at) = house.person(by), house.now()
    new = value_in(line, NewRedLine)
    _tell(
        house, house.act(lambda db: actions.record_line(db, new, township=code, by=person, at=at), book=code)
    )


@command(
    group=red_lines,
    writes=True,
    says=N_("Approve the last version of a red line: another person than who entered it."),
)
@click.argument("code")
@click.argument("id")
@click.argument("version", type=_number)
@_by
def approve(house: House, code: str, id: str, version: int, by: str) -> None:
    """Approve."""
    person, (_, at) = house.person(by), house.now()
    made = house.act(
        lambda db: actions.approve_line(db, township=code, line=id, version=version, by=person, at=at),
        book=code,
    )
    _tell(house, made)


def _tell(house: House, made: RedLineVersion) -> None:
    state = (
        N_("in force now")
        if made.in_force
        else N_("waits for approval")
        if made.approval is None
        else N_("replaced")
    )
    house.tell(
        N_("Red line {id}, version {version}: {state}"),
        id=made.entry.line.id,
        version=made.entry.version,
        state=house.words(state),
    )
