"""考评: the published score of every manager, the managers of the year, and the days they are rated by phone."""

from collections.abc import Sequence

from coop.members import queries as members
from coop.places import queries as places
from coop.scoring import actions, queries
from payouts.scores import queries as scores
from schemas.access import Deed
from schemas.policies import CommissionMode
from schemas.problems import Problem
from schemas.scores import Manager, ManagerChange, RatingDays, RatingState
from web.i18n.words import N_
from web.pages.filters import code_of
from web.pages.policies import year_at_hand, year_of
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, day_from, does, shows
from web.policy_words import DIMENSIONS, percent


@shows("/books/{book}/scores", deed=Deed.SEE_REGISTER, asks=("year",))
def show_scores(visit: Visit) -> Shown:
    """The scores of a year by manager, and the commission that follows. Who gave which ballot is not shown."""
    return _show_scores(visit)


def _show_scores(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = year_asked(visit)
    sheet = scores.sheet(visit.db, book=visit.at_book, year=year, on=visit.on)
    villages = places.places(visit.db, codes=[one.village for one in sheet.managers])
    return visit.page(
        "scores.html",
        problems=problems,
        status=status,
        year=year,
        years=years_of(visit, year),
        days=queries.rating_days(visit.db, book=visit.id, year=year),
        open_now=RatingState.OPEN,
        submitted=RatingState.SUBMITTED,
        sheet=sheet,
        by_rank=sorted(sheet.managers, key=lambda one: (one.rank or 10**6, one.member)),
        members=members.members(visit.db, book=visit.id),
        villages={code: place.name for code, place in villages.items()},
        all_villages=queries.villages_of(visit.db, book=visit.id) if visit.may("keep_scores") else (),
        dimensions=DIMENSIONS,
        percent=percent,
        own_score=CommissionMode.OWN_SCORE,
        may_keep=visit.may("keep_scores"),
        given=visit.field,
    )


def year_asked(visit: Visit) -> int:
    """The year the address asks for, or the one at hand."""
    return year_of(visit, otherwise=year_at_hand(visit))


def years_of(visit: Visit, year: int) -> list[int]:
    """The years of the book, the last first, and the one asked for."""
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


# The days


@does("/books/{book}/scores/days", deed=Deed.KEEP_SCORES, again=_show_scores)
async def set_rating_days(visit: Visit) -> Shown:
    """Say from when until when the managers are rated by phone."""
    days = RatingDays(
        year=year_of(visit, otherwise=visit.at_book.first_year),
        opens=day_from(visit.field("opens"), pointer="/opens"),
        closes=day_from(visit.field("closes"), pointer="/closes"),
    )
    await visit.write(lambda db: actions.set_days(db, days, book=visit.id, by=visit.by, at=visit.at))
    return see_other(
        address(f"{visit.home}/scores", year=days.year), notice=N_("The days of the rating are written down.")
    )


handlers = [show_scores, name_manager, change_manager, set_rating_days]
