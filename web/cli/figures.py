"""``figures``: what other departments say of a township's villages and households, from the file to its entry."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from coop.figures import actions, queries
from ledger.money import text_from_hundredths
from ledger.periods.rules import month_text
from schemas.figures import FigureSubject, Parcel
from web.cli.books import month as month_from
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.exports import write_whole
from web.cli.house import House
from web.exports.figures import template as blank
from web.figure_answers import figures_of_month, name_of_figure, parcel_answer, parcels_of, read_parcel
from web.i18n import say_word
from web.i18n.words import N_

_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))
_code = click.argument("code")
_number = click.argument("number", type=click.IntRange(1, 999_999))

figures = CommandGroup(
    name="figures",
    help=N_(
        "Figures from outside 外部数据: collected from a file, reviewed and entered by others.\n\nCODE is the township's nine digits."
    ),
)


@command(group=figures, name="list", says=N_("Show the parcels of a township, the newest first."))
@_code
@as_json
def list_(house: House, code: str, as_json: bool) -> None:
    """The list."""
    with house.read() as db:
        found = parcels_of(db, township=code)
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("No."), N_("Month"), N_("File"), N_("Villages and households"), N_("State")),
        [
            (
                str(one.parcel.number),
                month_text(one.parcel.month),
                one.parcel.name,
                str(one.parcel.rows),
                say_word(house.language, f"parcel_state.{one.state}"),
            )
            for one in found.items
        ],
        right=(0, 3),
    )


@command(
    group=figures,
    says=N_("Show a parcel beside the month before and our own figures, and its doubts with their keys."),
)
@_code
@_number
@as_json
def show(house: House, code: str, number: int, as_json: bool) -> None:
    """The parcel."""
    on, _ = house.now()
    with house.read() as db:
        one = queries.parcel(db, township=code, number=number)
        found = parcel_answer(db, one, township=code, on=on)
    if as_json:
        house.json(found)
        return
    _tell(house, one)
    house.table(
        (
            N_("Village or household"),
            N_("Figure"),
            N_("This month"),
            N_("The month before"),
            N_("Our own books"),
        ),
        [
            (
                _called(row.subject),
                name_of_figure(figure.code, locale=house.language),
                _amount(figure.amount, figure.decimals),
                _amount(figure.before, figure.decimals),
                _amount(figure.ours, figure.decimals),
            )
            for row in found.compared.rows
            for figure in row.figures
        ],
        right=(2, 3, 4),
    )
    for each in found.compared.doubts:
        doubt = each.doubt
        house.tell(
            N_("{key} {subject} {figure} {doubt}: {answer}"),
            key=each.key,
            subject=_called(doubt.subject)
            if doubt.subject
            else house.words(N_("{count} had it the month before"), count=doubt.other),
            figure=name_of_figure(doubt.code, locale=house.language) if doubt.code else "",
            doubt=say_word(house.language, f"doubt.{doubt.kind}"),
            answer=each.answer.text if each.answer else house.words(N_("no answer yet")),
        )


@command(group=figures, says=N_("Show what counts of a month: what was entered last, and nothing else."))
@_code
@click.argument("month")
@as_json
def known(house: House, code: str, month: str, as_json: bool) -> None:
    """What counts."""
    period = month_from(month, "/month")
    assert period is not None, "a month is given"
    with house.read() as db:
        found = figures_of_month(db, township=code, month=period)
    if as_json:
        house.json(found)
        return
    house.table(
        (N_("Village or household"), N_("Figure"), N_("Amount")),
        [
            (
                _called(one.subject),
                name_of_figure(figure.code, locale=house.language),
                _amount(figure.amount, figure.decimals),
            )
            for one in found.subjects
            for figure in one.figures
        ],
        right=(2,),
    )


@command(group=figures, says=N_("Write the blank workbook departments fill in to FILE."))
@_code
@click.argument("file", type=Place())
def template(house: House, code: str, file: str) -> None:
    """The template."""
    with house.read() as db:
        content = blank(db, township=code)
    size = write_whole(Path(file), (content,))
    house.tell(N_("{size} bytes written to {file}"), size=size, file=file)


@command(
    group=figures,
    writes=True,
    says=N_("Collect the figures of a month from FILE, a workbook (.xlsx) or CSV; prints its number."),
)
@_code
@click.argument("month")
@click.argument("file", type=Place())
@_by
def collect(house: House, code: str, month: str, file: str, by: str) -> None:
    """Collect."""
    period, place = month_from(month, "/month"), Path(file)
    assert period is not None, "a month is given"
    new = read_parcel(place.read_bytes(), name=place.name, month=period, store=house.evidence)
    person, (on, at) = house.person(by), house.now()
    made = house.act(lambda db: actions.collect(db, new, township=code, by=person, on=on, at=at), book=code)
    _tell(house, made)


@command(
    group=figures, writes=True, says=N_("Say why doubted figures are kept: the same reason for each KEY.")
)
@_code
@_number
@click.option(
    "--doubt", "doubts", multiple=True, required=True, metavar="KEY", help=N_("The key of a doubt.")
)
@click.option("--text", required=True, help=N_("What is said."))
@_by
def answer(house: House, code: str, number: int, doubts: list[str], text: str, by: str) -> None:
    """Answer."""
    _passed(house, actions.answer, code, number, by, said=dict.fromkeys(doubts, text))


@command(
    group=figures,
    writes=True,
    says=N_("Review a parcel: another person than who collected it, once every doubt is answered."),
)
@_code
@_number
@_by
def review(house: House, code: str, number: int, by: str) -> None:
    """Review."""
    _passed(house, actions.review, code, number, by)


@command(
    group=figures,
    name="return",
    writes=True,
    says=N_("Send a parcel back that was not entered; a corrected file is collected anew."),
)
@_code
@_number
@click.option("--text", required=True, help=N_("What is said."))
@_by
def return_(house: House, code: str, number: int, text: str, by: str) -> None:
    """Send back."""
    _passed(house, actions.send_back, code, number, by, text=text)


@command(
    group=figures,
    writes=True,
    says=N_("Enter a reviewed parcel: it counts from now on, and red lines are looked at."),
)
@_code
@_number
@_by
def enter(house: House, code: str, number: int, by: str) -> None:
    """Enter."""
    _passed(house, actions.enter, code, number, by)


def _passed(house: House, act: Callable[..., Parcel], code: str, number: int, by: str, **given: Any) -> None:
    person, (on, at) = house.person(by), house.now()
    made = house.act(
        lambda db: act(db, township=code, number=number, by=person, on=on, at=at, **given), book=code
    )
    _tell(house, made)


def _tell(house: House, one: Parcel) -> None:
    house.tell(
        N_("Parcel {number} of {month}, {file}: {state}"),
        number=one.number,
        month=month_text(one.month),
        file=one.name,
        state=say_word(house.language, f"parcel_state.{one.state}"),
    )


def _called(subject: FigureSubject) -> str:
    return f"{subject.village} {subject.household}".strip()


def _amount(amount: int | None, decimals: int) -> str:
    if amount is None:
        return ""
    return text_from_hundredths(amount) if decimals else str(amount)
