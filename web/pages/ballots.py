"""评议票: the sheet ballots are entered on from paper, with its scan, and who rates as a party member. For those only who
keep the scores."""

import re
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from coop.members import queries as members
from coop.scoring import actions as scoring
from coop.scoring import queries
from coop.scoring.rules import DIMENSIONS as FIELDS
from ledger.evidence.rules import BIGGEST_FILE
from payouts.scores import actions
from payouts.scores import queries as scores
from schemas.access import Deed
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.scores import BallotWay, GivenBallot, Points, Rater, RaterKind
from web import wire
from web.errors import address_must_exist
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.filters import code_of
from web.pages.policies import year_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.scores import year_asked, years_of
from web.pages.voucher import kept_files
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people
from web.policy_words import DIMENSIONS

EMPTY_ROWS = 10
"""Ballots the sheet offers room for; further rows come as they are filled."""
MOST_ROWS = 200
UPLOAD_BYTES = 5 * BIGGEST_FILE


class BallotRow(NamedTuple):
    """A ballot as it stands in the form: texts, right or wrong."""

    manager: str = ""
    rater: str = ""
    points: tuple[str, ...] = ("",) * len(FIELDS)

    @property
    def empty(self) -> bool:
        """Whether nothing that counts was typed; the manager is carried down the sheet."""
        return not (self.rater or any(self.points))


# The sheet


@shows("/books/{book}/scores/ballots", deed=Deed.KEEP_SCORES, asks=("year", "manager"))
def show_ballots(visit: Visit) -> Shown:
    """The sheet ballots are entered on, and every ballot so far."""
    return _show_ballots(visit)


def _show_ballots(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    rows: Sequence[BallotRow] = (),
) -> Shown:
    year = year_asked(visit)
    cast = queries.cast_ballots(visit.db, book=visit.id, year=year)
    managers = queries.managers(visit.db, book=visit.id, year=year)
    chosen = visit.query.get("manager", "") or (managers[0].member if managers else "")
    bare = [one.seq for one in cast if one.way is BallotWay.PAPER and not one.scans]
    return visit.page(
        "ballots.html",
        problems=problems,
        status=status,
        year=year,
        measure=scores.measure(visit.db, book=visit.at_book, year=year),
        submitted=scores.is_submitted(visit.db, book=visit.at_book, year=year),
        managers=managers,
        rows=[*rows, *([BallotRow(manager=chosen)] * max(2, EMPTY_ROWS - len(rows)))],
        dimensions=DIMENSIONS,
        fields=FIELDS,
        cast=[
            (manager, list(ballots))
            for manager, ballots in groupby(
                sorted(cast, key=lambda one: (one.ballot.manager, one.seq)),
                key=lambda one: one.ballot.manager,
            )
        ],
        bare=bare,
        phone=BallotWay.PHONE,
        people=names_of_people(visit.db, {one.entered_by for one in cast}, locale=visit.locale),
        members=members.members(visit.db, book=visit.id),
        wrong={visit.place_of(problem) for problem in problems},
        given=visit.field,
    )


def _ballots_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_ballots(visit, problems, status, _rows_from(visit))


@does("/books/{book}/scores/ballots", deed=Deed.KEEP_SCORES, takes=UPLOAD_BYTES, again=_ballots_again)
async def enter_ballots(visit: Visit) -> Shown:
    """Write the ballots of the sheet down with its scans, all or none; everything wrong is said at once, by cell."""
    year = year_of(visit, otherwise=visit.at_book.first_year)
    rows = _rows_from(visit)
    new, unreadable = _ballots_from(rows, year=year)
    if unreadable:
        known = {one.pointer for one in unreadable}
        others = await visit.read(lambda: actions.faults_of(visit.db, new, book=visit.at_book, year=year))
        raise Refusal(*unreadable, *(one for one in others if one.pointer not in known))
    scans = await kept_files(visit, "scans")
    await visit.write(
        lambda db: actions.enter_ballots(
            db,
            new,
            book=visit.at_book,
            year=year,
            by=visit.by,
            at=visit.at,
            scans=scans,
            salt=visit.fresh_key(),
        )
    )
    return see_other(
        address(f"{visit.home}/scores/ballots", year=year, manager=rows[-1].manager),
        notice=N_("Ballots written down: {count}."),
        count=len(new),
    )


def _rows_from(visit: Visit) -> list[BallotRow]:
    """The rows of the sheet anything was typed in."""
    rows = (
        BallotRow(
            manager=code_of(visit.field(f"{index}-manager")),
            rater=code_of(visit.field(f"{index}-rater")),
            points=tuple(visit.field(f"{index}-points-{name}") for name in FIELDS),
        )
        for index in range(MOST_ROWS)
    )
    return [row for row in rows if not row.empty]


def _ballots_from(
    rows: Sequence[BallotRow], *, year: int
) -> tuple[tuple[GivenBallot, ...], tuple[Problem, ...]]:
    """The ballots of the rows, and the cells that are no figures; these count as nothing there."""
    problems: list[Problem] = []

    def points(text: str, at: str) -> int:
        try:
            return amount_from(text or "?", pointer=at)
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    new = tuple(
        GivenBallot(
            year=year,
            manager=row.manager,
            rater=row.rater,
            points=Points(
                **{
                    name: points(text, f"/{index}/points/{name}")
                    for name, text in zip(FIELDS, row.points, strict=True)
                }
            ),
        )
        for index, row in enumerate(rows)
    )
    return new, tuple(problems)


# Scans


@does("/books/{book}/scores/ballots/scans", deed=Deed.KEEP_SCORES, takes=UPLOAD_BYTES, again=_show_ballots)
async def bind_ballot_scan(visit: Visit) -> Shown:
    """Bind the scan of a sheet to the ballots it carries, after they were entered."""
    year = year_of(visit, otherwise=visit.at_book.first_year)
    first, last = (_number(visit.field(name), at=f"/{name}") for name in ("first", "last"))
    files = await kept_files(visit, "scans")
    for file in files:
        await visit.write(
            lambda db, file=file: scoring.bind_scan(  # type: ignore[misc]
                db, file, book=visit.id, year=year, first=first, last=last, by=visit.by, at=visit.at
            )
        )
    return see_other(
        address(f"{visit.home}/scores/ballots", year=year),
        notice=N_("Files attached: {count}."),
        count=len(files),
    )


def _number(text: str, *, at: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Refusal(wire.must_be_whole_number.at(at))
    return int(text)


@shows("/books/{book}/scores/ballots/{year}/scans/{digest}", deed=Deed.KEEP_SCORES)
def show_ballot_scan(visit: Visit) -> Shown:
    """The bytes of a sheet's scan: who voted what stands on it, so it is shown to those only who keep the scores."""
    found = queries.scan_of_ballots(
        visit.db, book=visit.id, year=visit.number_at("year"), sha256=visit.text_at("digest")
    )
    if found is None:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return served(visit, found.sha256, name=found.name)


# Who rates


@shows("/books/{book}/scores/raters", deed=Deed.KEEP_SCORES, asks=("year",))
def show_raters(visit: Visit) -> Shown:
    """Who rates as a party member; everybody else is a villager."""
    return _show_raters(visit)


def _show_raters(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = year_asked(visit)
    return visit.page(
        "raters.html",
        problems=problems,
        status=status,
        year=year,
        years=years_of(visit, year),
        party=sorted(queries.party_members(visit.db, book=visit.id, year=year)),
        named={one.member for one in queries.roll(visit.db, book=visit.id, year=year)},
        members=members.members(visit.db, book=visit.id),
        kinds=list(RaterKind),
        given=visit.field,
    )


@does("/books/{book}/scores/raters", deed=Deed.KEEP_SCORES, again=_show_raters)
async def enrol_raters(visit: Visit) -> Shown:
    """Put members on the roll as party members, or take them off it."""
    year = year_of(visit, otherwise=visit.at_book.first_year)
    text = visit.field("kind")
    if text not in list(RaterKind):
        known = ", ".join(RaterKind)
        raise Refusal(wire.must_be_one_of.at("/kind", given=text[:40] or "—", known=known))
    numbers = [one for one in re.split(r"[\s,，、;；]+", visit.field("members")) if one]
    new = [Rater(member=code_of(one), kind=RaterKind(text)) for one in numbers]
    await visit.write(lambda db: scoring.enrol(db, new, book=visit.id, year=year, by=visit.by, at=visit.at))
    return see_other(
        address(f"{visit.home}/scores/raters", year=year), notice=N_("The roll is written down.")
    )


handlers = [show_ballots, enter_ballots, bind_ballot_scan, show_ballot_scan, show_raters, enrol_raters]
