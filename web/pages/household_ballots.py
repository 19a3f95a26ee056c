"""评议管理员: each member of a household rates the managers with the household's card, on an old telephone too.

What was given is never shown again, not to the household either: the card is everybody's in the house.
"""

from collections.abc import Mapping, Sequence

from coop.households import queries as households
from coop.households.rules import household_must_be_there
from coop.scoring.rules import DIMENSIONS as FIELDS
from coop.scoring.rules import points_must_be_given
from payouts.scores import actions, queries
from schemas.access import Deed
from schemas.households import HouseholdOf
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.scores import GivenBallot, Points, Rating, RatingState, ToRate
from schemas.units import Hundredths
from web import wire
from web.i18n.words import N_
from web.pages.household import LARGE, at_household, plain_page, year_from
from web.pages.rendering import address, quantity_text, see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.voucher_form import amount_from
from web.policy_words import DIMENSIONS

FORM_BYTES = 16 * 1024


@shows(
    "/books/{book}/households/{household}/ballots",
    deed=Deed.CAST_BALLOT,
    asks=("year", "rater", "manager", LARGE),
)
def show_own_ballots(visit: Visit) -> Shown:
    """Whom the household may rate and what came in of it; with ``rater`` and ``manager`` the ballot itself."""
    rating = _rating(visit, visit.query.get("year", ""))
    return _show(visit, rating, rater=visit.query.get("rater", ""), manager=visit.query.get("manager", ""))


def _rating(visit: Visit, year: str) -> Rating:
    """What this household may rate; every other household's is answered as if there were none."""
    household = visit.text_at("household")
    if households.household_of(visit.db, visit.by) != HouseholdOf(book=visit.id, household=household):
        raise Refusal(
            household_must_be_there.at("/household", book=visit.at_book.short_name, household=household),
            kind=RefusalKind.MISSING,
        )
    return queries.rating(
        visit.db, book=visit.at_book, household=household, on=visit.on, year=year_from(year)
    )


def _show(
    visit: Visit,
    rating: Rating,
    problems: Sequence[Problem] = (),
    status: int = 200,
    *,
    rater: str,
    manager: str,
    given: Mapping[str, str] = {},
) -> Shown:
    chosen = _one(rating, rater=rater, manager=manager)
    if chosen is None:
        return plain_page(
            visit,
            "household_ballots.html",
            at=at_household(visit),
            rating=rating,
            states=RatingState,
            problems=problems,
            status=status,
        )
    return plain_page(
        visit,
        "household_ballot.html",
        at=at_household(visit),
        rating=rating,
        one=chosen,
        open_now=rating.state is RatingState.OPEN,
        lines=[
            (name, word, maximum, choices_up_to(maximum), given.get(name, ""))
            for name, word, maximum in zip(FIELDS, DIMENSIONS, rating.maxima, strict=True)
        ],
        wrong={visit.place_of(problem) for problem in problems},
        problems=problems,
        status=status,
    )


def _one(rating: Rating, *, rater: str, manager: str) -> ToRate | None:
    return next((one for one in rating.ballots if (one.rater, one.manager) == (rater, manager)), None)


def choices_up_to(maximum: Hundredths) -> tuple[str, ...]:
    """The points to choose from: whole ones from the highest down, and the maximum itself where it is none.

    >>> choices_up_to(250)
    ('2.5', '2', '1', '0')
    """
    whole = [one * 100 for one in range(maximum // 100, -1, -1)]
    return tuple(quantity_text(one) for one in ([maximum] if maximum % 100 else []) + whole)


def _given(visit: Visit) -> dict[str, str]:
    return {name: visit.field(f"points-{name}")[:20] for name in FIELDS}


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(
        visit,
        _rating(visit, visit.field("year")),
        problems,
        status,
        rater=visit.field("rater"),
        manager=visit.field("manager"),
        given=_given(visit),
    )


@does(
    "/books/{book}/households/{household}/ballots",
    deed=Deed.CAST_BALLOT,
    takes=FORM_BYTES,
    again=_again,
    unless=RefusalKind.MISSING,
)
async def cast_ballot(visit: Visit) -> Shown:
    """Give a ballot; once more, it replaces the earlier."""
    year = year_from(visit.field("year"))
    if year is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    ballot = GivenBallot(
        year=year,
        manager=visit.field("manager")[:40],
        rater=visit.field("rater")[:40],
        points=_points(_given(visit)),
    )
    household = visit.text_at("household")
    await visit.write(
        lambda db: actions.cast_by_phone(
            db,
            ballot,
            book=visit.at_book,
            household=household,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            salt=visit.fresh_key(),
        )
    )
    return see_other(address(f"{at_household(visit)}/ballots", year=year), notice=N_("Received. Thank you."))


def _points(given: Mapping[str, str]) -> Points:
    problems: list[Problem] = []
    points: dict[str, Hundredths] = {}
    for name, word in zip(FIELDS, DIMENSIONS, strict=True):
        at = f"/points/{name}"
        try:
            if not given[name]:
                raise Refusal(points_must_be_given.at(at, dimension=word))
            points[name] = amount_from(given[name], pointer=at)
        except Refusal as refusal:
            problems.extend(refusal.problems)
    if problems:
        raise Refusal(*problems)
    return Points(**points)


handlers = [show_own_ballots, cast_ballot]
