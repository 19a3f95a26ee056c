"""What a year's ballots come to, under the policy that holds for them."""

from datetime import date

from sqlalchemy import Connection

from coop.places import queries as places
from coop.scoring import queries as scoring
from coop.scoring import rules as scoring_rules
from payouts.policies import queries as policies
from payouts.policies.rules import default_policy
from payouts.runs import queries as runs
from payouts.scores import rules
from payouts.workings.queries import inputs_under
from schemas.books import Book
from schemas.policies import CharterPolicy, PolicyKind
from schemas.runs import CommissionInputs, RunKind, RunState
from schemas.scores import Rating, RatingState, ScoreSheet, ToRate
from schemas.units import Hundredths, Value

_OPEN_TO_BALLOTS = frozenset({RunState.DRAFT, RunState.RETURNED, RunState.REVERTED})


class Measure(Value):
    """The policy ballots are held against, its version (0: the default), and whether it is in force."""

    policy: CharterPolicy
    version: int
    approved: bool

    @property
    def maxima(self) -> tuple[Hundredths, ...]:
        """The six dimensions' highest points."""
        return self.policy.maxima


def measure(db: Connection, *, book: Book, year: int) -> Measure:
    """The policy in force; the last one recorded where none is approved yet, and the defaults of RULES §6 where none
    is recorded: ballots are cast before the meeting resolves."""
    in_force = policies.version_of_policy(db, book=book.id, year=year)
    version = in_force or policies.last_version(db, book=book.id, kind=PolicyKind.CHARTER, year=year)
    found = policies.policy(db, book=book.id, year=year, version=version) if version else None
    return Measure(
        policy=found or default_policy(year),
        version=version,
        approved=in_force != 0,
    )


def is_submitted(db: Connection, *, book: Book, year: int) -> bool:
    """Whether the commission of a year is handed in, and not returned or undone since."""
    run = runs.standing(db, book=book.id, kind=RunKind.COMMISSION, year=year)
    return run is not None and run.state not in _OPEN_TO_BALLOTS


def rating_state(db: Connection, *, book: Book, year: int, on: date) -> RatingState:
    """Whether the managers of a year are rated by phone on a day."""
    return scoring_rules.state_of_rating(
        scoring.rating_days(db, book=book.id, year=year),
        submitted=is_submitted(db, book=book, year=year),
        on=on,
    )


def year_open(db: Connection, *, book: Book, on: date) -> int | None:
    """The last year whose managers are rated by phone on a day."""
    return next(
        (
            days.year
            for days in scoring.all_rating_days(db, book=book.id)
            if rating_state(db, book=book, year=days.year, on=on) is RatingState.OPEN
        ),
        None,
    )


def rating(db: Connection, *, book: Book, household: str, on: date, year: int | None = None) -> Rating:
    """What a household may rate, and which of its ballots came in: of a year, or of the one that is open, else of the
    last that has days."""
    every = scoring.all_rating_days(db, book=book.id)
    chosen = year or year_open(db, book=book, on=on) or (every[0].year if every else on.year)
    days = next((one for one in every if one.year == chosen), None)
    state = rating_state(db, book=book, year=chosen, on=on)
    facts = scoring.scoring_facts(db, book=book.id, year=chosen)
    raters = [number for number, one in facts.members.items() if household and one.household == household]
    came = scoring.received(db, book=book.id, year=chosen, raters=raters)
    named = scoring.managers(db, book=book.id, year=chosen)
    villages = places.places(db, codes=[one.village for one in named])
    return Rating(
        year=chosen,
        state=state,
        opens=None if days is None else days.opens,
        closes=None if days is None else days.closes,
        maxima=measure(db, book=book, year=chosen).maxima,
        ballots=tuple(
            ToRate(
                rater=rater,
                rater_name=facts.members[rater].name,
                manager=one.member,
                manager_name=facts.members[one.member].name,
                village=villages[one.village].name if one.village in villages else one.village,
                received=came.get((one.member, rater)),
            )
            for rater in sorted(raters)
            for one in named
            if scoring_rules.may_rate(facts, rater=rater, manager=one.member)
        ),
    )


def sheet(db: Connection, *, book: Book, year: int, on: date) -> ScoreSheet:
    """The scores of a year and the commissions that follow, worked out from the ballots as they are; nobody's while the
    managers are rated by phone."""
    by = measure(db, book=book, year=year)
    inputs = inputs_under(db, book=book, kind=RunKind.COMMISSION, policy=by.policy, version=by.version)
    assert isinstance(inputs, CommissionInputs), "a commission follows from commission inputs"
    return rules.sheet(
        inputs,
        approved=by.approved,
        rating=rating_state(db, book=book, year=year, on=on),
    )
