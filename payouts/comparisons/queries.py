"""What a year's runs would come to under two versions of its policy.

The commission comes first and the dividend rests on what of it is posted: a policy that changes the commission
changes the surplus only once that commission is run.
"""

from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.money import yuan
from ledger.periods import queries as periods
from payouts.comparisons import rules
from payouts.comparisons.rules import Side
from payouts.policies import queries as policies
from payouts.policies import rules as policy_rules
from payouts.policies.approval import policy_must_be_approved, policy_must_exist
from payouts.policies.rules import policy_must_be_of_the_year
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from payouts.scores import queries as scores
from payouts.scores.rules import commission_must_wait_for_the_rating
from payouts.workings.queries import inputs_under
from schemas.books import Book
from schemas.policies import CharterPolicy, PolicyComparison, PolicyKind
from schemas.problems import Refusal, RefusalKind
from schemas.runs import DividendInputs, RunKind
from schemas.scores import RatingState


def in_force(db: Connection, *, book: Book, year: int) -> int:
    """The version of a year's plan that others are compared with. Refused: there is none, or none is approved."""
    version = policies.version_of_policy(db, book=book.id, year=year)
    if version:
        return version
    last = policies.last_version(db, book=book.id, kind=PolicyKind.CHARTER, year=year)
    if last:
        raise Refusal(policy_must_be_approved.at("/version", version=last, year=year), kind=RefusalKind.STATE)
    raise Refusal(policy_must_exist.at("/version", version=1, year=year), kind=RefusalKind.MISSING)


def compare(
    db: Connection, *, book: Book, year: int, before: int, after: int | CharterPolicy, on: date
) -> PolicyComparison:
    """A year's commission and dividend under two versions, approved or not; or under a version and a plan nobody has
    recorded, which then is version 0. Refused when there is no such version, and with what would keep the plan from being
    recorded. While the managers are rated by phone no commission is worked out: from how it moves one could read a
    ballot."""
    was = _version(db, book=book, year=year, version=before)
    if isinstance(after, CharterPolicy):
        is_, after = _fit_to_record(db, after, book=book, year=year), 0
    else:
        is_ = _version(db, book=book, year=year, version=after)
    state = periods.state_of(db, book=book)
    commission, dividend = (
        rules.difference(
            _side(db, book=book, kind=kind, policy=was, version=before, on=on),
            _side(db, book=book, kind=kind, policy=is_, version=after, on=on),
        )
        for kind in (RunKind.COMMISSION, RunKind.DIVIDEND)
    )
    return PolicyComparison(
        year=year,
        before=before,
        after=after,
        settled=year in state.settling | state.sealed,
        commission=commission,
        dividend=dividend,
    )


def _version(db: Connection, *, book: Book, year: int, version: int) -> CharterPolicy:
    found = policies.policy(db, book=book.id, year=year, version=version)
    if found is None:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return found


def _fit_to_record(db: Connection, plan: CharterPolicy, *, book: Book, year: int) -> CharterPolicy:
    problems = policy_rules.faults_of_policy(plan, policies.facts_of(db, book=book, policy=plan), yuan=yuan)
    if plan.year != year:
        problems = (policy_must_be_of_the_year.at("/year", given=plan.year, year=year), *problems)
    if problems:
        raise Refusal(*problems)
    return plan


def _side(
    db: Connection, *, book: Book, kind: RunKind, policy: CharterPolicy, version: int, on: date
) -> Side:
    if (
        kind is RunKind.COMMISSION
        and scores.rating_state(db, book=book, year=policy.year, on=on) is RatingState.OPEN
    ):
        return Side(
            figures=None, problems=(commission_must_wait_for_the_rating.at("/year", year=policy.year),)
        )
    inputs = inputs_under(db, book=book, kind=kind, policy=policy, version=version)
    posted = runs.standing(db, book=book.id, kind=kind, year=policy.year)
    if isinstance(inputs, DividendInputs) and posted is not None and posted.is_booked:
        # The posted dividend has left the account the surplus brought forward is read from.
        name = run_rules.name_of(posted.id)
        assert name is not None, "a run that is kept has a name"
        frozen = runs.dividend_head(db, name, content=posted.content)
        inputs = replace(inputs, undistributed_before=frozen.undistributed_before)
    try:
        return Side(figures=run_rules.figures(inputs))
    except Refusal as refusal:
        return Side(figures=None, problems=refusal.problems)
