"""``appeal``: what people do not agree with, recorded from paper at the counter, and answered."""

import datetime
from pathlib import Path

import click

from payouts.notices import actions, queries
from payouts.runs.rules import name_of, run_must_exist
from schemas.appeals import Appeal
from schemas.evidence import EvidenceFile
from schemas.problems import Refusal, RefusalKind
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.given_files import scans_in
from web.cli.house import House
from web.cli.serving import day_must_be_written_so
from web.i18n import say_word
from web.i18n.words import N_

appeal = CommandGroup(
    name="appeal",
    help=N_(
        "What people do not agree with in a published list.\n\nWho has no login brings it on paper: record it with the scan, and "
        "another officer answers. HOME is a book, or a township by its nine digits."
    ),
)
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))
_text = click.option("--text", required=True, help=N_("What the paper says, word for word."))
_came = click.option("--came", metavar="DATE", help=N_("The day the paper came in; without it today."))
_paper = click.option("--paper", required=True, type=Place(), help=N_("The scan of the signed paper."))


@command(group=appeal, name="list", says=N_("Show the appeals of a book or a township, with their answers."))
@click.argument("home")
@as_json
def list_(house: House, home: str, as_json: bool) -> None:
    """The appeals."""
    of = _home(house, home)
    with house.read() as db:
        found = queries.appeals(db, book=of)
    if as_json:
        house.json(found, tuple[Appeal, ...])
        return
    for one in found:
        _tell(house, one)


@command(
    group=appeal,
    writes=True,
    says=N_(
        "Record an appeal that came on paper; prints its number.\n\nPAYEE is a member's number, or in a township's list the "
        "person as `run show` has them: village code/name."
    ),
)
@click.argument("run")
@click.argument("payee")
@_by
@_came
@_text
@_paper
@as_json
def record(
    house: House, run: str, payee: str, by: str, came: str | None, text: str, paper: str, as_json: bool
) -> None:
    """Record one."""
    name, (on, at) = name_of(run), house.now()
    if name is None:
        raise Refusal(run_must_exist.at("/run", run=run), kind=RefusalKind.MISSING)
    who, scan, day = house.person(by, book=name.book), _scan(house, paper), day_told(came, on)
    made = house.act(
        lambda db: actions.record(
            db, name, payee=payee, text=text, came=day, scan=scan, by=who, on=on, at=at
        ),
        book=name.book,
    )
    _answer(house, made, as_json=as_json)


@command(
    group=appeal,
    name="second-look",
    writes=True,
    says=N_("Record a paper that asks for another person to look, once, after an answer that disagreed."),
)
@click.argument("home")
@click.argument("number", type=click.IntRange(min=1))
@_by
@_came
@_text
@_paper
@as_json
def second_look(
    house: House,
    home: str,
    number: int,
    by: str,
    came: str | None,
    text: str,
    paper: str,
    as_json: bool,
) -> None:
    """Record that another person shall look."""
    of, (on, at) = _home(house, home), house.now()
    who, scan, day = house.person(by, book=of), _scan(house, paper), day_told(came, on)
    made = house.act(
        lambda db: actions.record_escalation(
            db, book=of, number=number, text=text, came=day, scan=scan, by=who, on=on, at=at
        ),
        book=of,
    )
    _answer(house, made, as_json=as_json)


@command(
    group=appeal,
    writes=True,
    says=N_(
        "Answer an appeal; an upheld one returns the list, unless it is booked, and its line stays held."
    ),
)
@click.argument("home")
@click.argument("number", type=click.IntRange(min=1))
@_by
@click.option("--uphold/--reject", "upheld", required=True, help=N_("Whether the appeal is right."))
@click.option("--text", required=True, help=N_("The answer, in words."))
@as_json
def answer(house: House, home: str, number: int, by: str, upheld: bool, text: str, as_json: bool) -> None:
    """Answer one."""
    of, (on, at) = _home(house, home), house.now()
    who = house.person(by, book=of)
    made = house.act(
        lambda db: actions.answer(db, book=of, number=number, upheld=upheld, text=text, by=who, on=on, at=at),
        book=of,
    )
    _answer(house, made, as_json=as_json)


def _home(house: House, home: str) -> str:
    """A township by its nine digits, else a book."""
    return home if len(home) == 9 and home.isdecimal() else house.book(home).id


def _scan(house: House, paper: str) -> EvidenceFile:
    (scan,) = scans_in(house, [str(Path(paper))])
    return scan


def day_told(came: str | None, today: datetime.date) -> datetime.date:
    """The day a paper came in, today where none is told."""
    if came is None:
        return today
    try:
        return datetime.date.fromisoformat(came)
    except ValueError:
        raise Refusal(day_must_be_written_so.at("/came", given=came[:40])) from None


def _answer(house: House, made: Appeal, *, as_json: bool) -> None:
    if as_json:
        house.json(made)
    else:
        _tell(house, made)


def _tell(house: House, one: Appeal) -> None:
    house.tell(
        N_("{number} {run} {payee}: {text} ({state})"),
        number=one.number,
        run=one.run,
        payee=one.payee,
        text=one.text,
        state=say_word(house.language, f"appeal_state.{one.state}"),
    )
