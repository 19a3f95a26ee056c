"""What a year's runs would come to under two versions of its policy.

The commission comes first and the dividend rests on what of it is posted: a policy that changes the commission
changes the surplus only once that commission is run.
"""

from msgspec.structs import replace
from sqlalchemy import Connection

from ledger.periods import queries as periods
from payouts.comparisons import rules
from payouts.comparisons.rules import Side
from payouts.policies import queries as policies
from payouts.policies.rules import policy_must_exist
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from schemas.books import Book
from schemas.policies import CharterPolicy, PolicyComparison
from schemas.problems import Refusal, RefusalKind
from schemas.runs import DividendInputs, RunKind, RunState


def compare(db: Connection, *, book: Book, year: int, before: int, after: int) -> PolicyComparison:
    """A year's commission and dividend under two versions, approved or not. Refused when there is no such version."""
    was = _version(db, book=book, year=year, version=before)
    is_ = _version(db, book=book, year=year, version=after)
    state = periods.state_of(db, book=book)
    commission, dividend = (
        rules.difference(
            _side(db, book=book, kind=kind, policy=was, version=before),
            _side(db, book=book, kind=kind, policy=is_, version=after),
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


def _side(db: Connection, *, book: Book, kind: RunKind, policy: CharterPolicy, version: int) -> Side:
    inputs = runs.inputs_under(db, book=book, kind=kind, policy=policy, version=version)
    posted = runs.standing(db, book=book.id, kind=kind, year=policy.year)
    if isinstance(inputs, DividendInputs) and posted is not None and posted.state is RunState.POSTED:
        # The posted dividend has left the account the surplus brought forward is read from.
        name = run_rules.name_of(posted.id)
        assert name is not None, "a run that is kept has a name"
        frozen = runs.dividend_head(db, name, content=posted.content)
        inputs = replace(inputs, undistributed_before=frozen.undistributed_before)
    try:
        return Side(figures=run_rules.figures(inputs))
    except Refusal as refusal:
        return Side(figures=None, problems=refusal.problems)
