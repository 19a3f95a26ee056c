"""考评: the published score of every manager, the ballots of those who keep them, and the managers of the year."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from coop.members import queries as members
from coop.places import queries as places
from coop.scoring import actions, queries
from coop.scoring.rules import DIMENSIONS as FIELDS
from payouts.scores import queries as scores
from schemas.access import Deed
from schemas.policies import CommissionMode
from schemas.problems import Problem, Refusal
from schemas.scores import Ballot, Manager, ManagerChange, Points, RaterKind
from web import wire
from web.i18n.words import N_
from web.pages.filters import code_of
from web.pages.policies import year_at_hand, year_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.voucher_form import amount_from
from web.policy_words import DIMENSIONS, percent

EMPTY_ROWS = 10
"""Ballots the sheet offers room for; further rows come as they are filled."""
MOST_ROWS = 200


class BallotRow(NamedTuple):
    """A ballot as it stands in the form: texts, right or wrong."""

    manager: str = ""
    rater: str = ""
    kind: str = ""
    points: tuple[str, ...] = ("",) * len(FIELDS)

    @property
    def empty(self) -> bool:
        """Whether nothing that counts was typed; manager and kind are carried down the sheet."""
        return not (self.rater or any(self.points))


@shows("/books/{book}/scores", deed=Deed.SEE_REGISTER, asks=("year",))
def show_scores(visit: Visit) -> Shown:
    """The scores of a year by manager, and the commission that follows. Who gave which ballot is not shown."""
    return _show_scores(visit)


def _show_scores(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = _year(visit)
    sheet = scores.sheet(visit.db, book=visit.at_book, year=year)
    villages = places.places(visit.db, codes=[one.village for one in sheet.managers])
    return visit.page(
        "scores.html",
        problems=problems,
        status=status,
        year=year,
        years=_years(visit, year),
        sheet=sheet,
        by_rank=sorted(sheet.managers, key=lambda one: (one.rank or 10**6, one.member)),
        members=members.members(visit.db, book=visit.id),
        villages={code: place.name for code, place in villages.items()},
        all_villages=queries.villages_of(visit.db) if visit.may("keep_scores") else (),
        dimensions=DIMENSIONS,
        percent=percent,
        own_score=CommissionMode.OWN_SCORE,
        may_keep=visit.may("keep_scores"),
        given=visit.field,
    )


def _year(visit: Visit) -> int:
    return year_of(visit, otherwise=year_at_hand(visit))


def _years(visit: Visit, year: int) -> list[int]:
    last = max(visit.periods.last_year, visit.at_book.first_year)
    return sorted({*range(visit.at_book.first_year, last + 1), year}, reverse=True)


# Managers


@does("/books/{book}/scores/managers", deed=Deed.KEEP_SCORES, again=_show_scores)
async def name_manager(visit: Visit) -> Shown:
    """Name a manager with the village he serves."""
    year = year_of(visit, otherwise=visit.at_book.first_year)
    new = Manager(year=year, member=code_of(visit.field("member")), village=code_of(visit.field("village")))
    await visit.write(lambda db: actions.appoint(db, [new], book=visit.id, by=visit.by, at=visit.at))
    return see_other(
        address(f"{visit.home}/scores", year=year), notice=N_("{member} is named."), member=new.member
    )


@does("/books/{book}/scores/managers/{member}/change", deed=Deed.KEEP_SCORES, again=_show_scores)
async def change_manager(visit: Visit) -> Shown:
    """Give a manager another village, or take the naming back."""
    year = year_of(visit, otherwise=visit.at_book.first_year)
    change = ManagerChange(
        member=visit.text_at("member"),
        village=code_of(visit.field("village")) or None,
        reason=visit.field("reason")[:200],
    )
    await visit.write(
        lambda db: actions.change_manager(db, change, book=visit.id, year=year, by=visit.by, at=visit.at)
    )
    return see_other(address(f"{visit.home}/scores", year=year), notice=N_("The change is written down."))


# Ballots


@shows("/books/{book}/scores/ballots", deed=Deed.KEEP_SCORES, asks=("year", "manager"))
def show_ballots(visit: Visit) -> Shown:
    """The sheet ballots are entered on, and every ballot so far, for those only who keep the scores."""
    return _show_ballots(visit)


def _show_ballots(
    visit: Visit,
    problems: Sequence[Problem] = (),
    status: int = 200,
    rows: Sequence[BallotRow] = (),
) -> Shown:
    year = _year(visit)
    measure = scores.measure(visit.db, book=visit.at_book, year=year)
    cast = queries.cast_ballots(visit.db, book=visit.id, year=year)
    managers = queries.managers(visit.db, book=visit.id, year=year)
    chosen = visit.query.get("manager", "") or (managers[0].member if managers else "")
    offered = BallotRow(manager=chosen, kind=RaterKind.VILLAGER.value)
    return visit.page(
        "ballots.html",
        problems=problems,
        status=status,
        year=year,
        years=_years(visit, year),
        measure=measure,
        managers=managers,
        kinds=list(RaterKind),
        rows=[*rows, *([offered] * max(2, EMPTY_ROWS - len(rows)))],
        dimensions=DIMENSIONS,
        fields=FIELDS,
        cast=[
            (manager, list(ballots))
            for manager, ballots in groupby(
                sorted(cast, key=lambda one: (one.ballot.manager, one.seq)),
                key=lambda one: one.ballot.manager,
            )
        ],
        members=members.members(visit.db, book=visit.id),
        wrong={visit.place_of(problem) for problem in problems},
    )


def _ballots_again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_ballots(visit, problems, status, _rows_from(visit))


@does("/books/{book}/scores/ballots", deed=Deed.KEEP_SCORES, again=_ballots_again)
async def enter_ballots(visit: Visit) -> Shown:
    """Write the ballots of the sheet down, all or none."""
    year = year_of(visit, otherwise=visit.at_book.first_year)
    rows = _rows_from(visit)
    new = _ballots_from(rows, year=year)
    await visit.write(
        lambda db: actions.enter_ballots(
            db,
            new,
            maxima=scores.measure(db, book=visit.at_book, year=year).maxima,
            book=visit.id,
            year=year,
            by=visit.by,
            at=visit.at,
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
            kind=visit.field(f"{index}-rater_kind"),
            points=tuple(visit.field(f"{index}-points-{name}") for name in FIELDS),
        )
        for index in range(MOST_ROWS)
    )
    return [row for row in rows if not row.empty]


def _ballots_from(rows: Sequence[BallotRow], *, year: int) -> tuple[Ballot, ...]:
    problems: list[Problem] = []

    def points(text: str, at: str) -> int:
        try:
            return amount_from(text or "?", pointer=at)
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    new = []
    for index, row in enumerate(rows):
        if row.kind not in list(RaterKind):
            problems.append(
                wire.must_be_one_of.at(
                    f"/{index}/rater_kind", given=row.kind[:40] or "—", known=", ".join(RaterKind)
                )
            )
            continue
        given = {
            name: points(text, f"/{index}/points/{name}")
            for name, text in zip(FIELDS, row.points, strict=True)
        }
        new.append(
            Ballot(
                year=year,
                manager=row.manager,
                rater=row.rater,
                rater_kind=RaterKind(row.kind),
                points=Points(**given),
            )
        )
    if problems:
        raise Refusal(*problems)
    return tuple(new)


handlers = [show_scores, name_manager, change_manager, show_ballots, enter_ballots]
