"""What a run of each kind would come to now, and whether one may be begun."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection

from ledger.books import queries as books
from ledger.periods import queries as periods
from payouts.policies import queries as policies
from payouts.policies.rules import policy_must_be_approved
from payouts.runs import rules
from payouts.runs.queries import standing
from payouts.runs.rules import Figures, Inputs
from payouts.standings.queries import tier_inputs
from payouts.workings.queries import inputs_under
from schemas.books import Book
from schemas.policies import PolicyKind
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import DividendInputs, RunKind
from schemas.units import BookId


def proposed(db: Connection, *, book: BookId, kind: RunKind, year: int) -> Figures:
    """What a new run would come to. Refused: a kind that is not of a book (of a township), one of this kind and year stands already, its stage is not open, of a
    dividend the commissions are not posted where the policy names what they are reckoned on, or what the rules of the
    kind refuse."""
    if (kind in rules.OF_A_TOWNSHIP) is not (books.book(db, id=book) is None):
        raise Refusal(rules.kind_must_fit.at("/kind", kind=f"run.{kind}", at=book))
    stands = standing(db, book=book, kind=kind, year=year)
    if stands is not None:
        raise Refusal(
            rules.run_must_be_new.at("/kind", run=stands.id, state=f"run.{stands.state}"),
            kind=RefusalKind.STATE,
        )
    closed = faults_of_stage(db, book=book, kind=kind, year=year)
    if closed:
        raise Refusal(*closed, kind=RefusalKind.STATE)
    made = live_figures(db, book=book, kind=kind, year=year)
    if isinstance(made.inputs, DividendInputs) and made.inputs.policy.bases:
        commissions = standing(db, book=book, kind=RunKind.COMMISSION, year=year)
        if commissions is None or not commissions.is_booked:
            raise Refusal(rules.commission_must_be_accrued.at("/year", year=year), kind=RefusalKind.STATE)
    return made


def faults_of_stage(db: Connection, *, book: BookId, kind: RunKind, year: int) -> tuple[Problem, ...]:
    """The year's settlement stage, in which what comes of its result is posted, is not open."""
    if kind not in rules.IN_THE_SETTLEMENT:
        return ()
    settling = periods.state_of(db, book=_book(db, book)).settling
    return () if year in settling else (rules.stage_must_be_open.at("/year", year=year),)


def live_figures(db: Connection, *, book: BookId, kind: RunKind, year: int) -> Figures:
    """What a run of this kind and year comes to by the registers and books as they are. Refused: no policy, or
    none that is approved, and whatever the rules refuse."""
    return rules.figures(_LIVE[kind](db, book, year))


def _of_the_result(kind: RunKind) -> "Live":
    def live(db: Connection, book: BookId, year: int) -> Inputs:
        found = _book(db, book)
        version = policies.version_of_policy(db, book=book, year=year)
        policy = policies.policy(db, book=book, year=year, version=version) if version else None
        if policy is None:
            last = policies.last_version(db, book=book, kind=PolicyKind.CHARTER, year=year)
            raise Refusal(
                policy_must_be_approved.at("/policy", version=last, year=year)
                if last
                else rules.policy_must_be_there.at("/policy", book=found.short_name, year=year)
            )
        return inputs_under(db, book=found, kind=kind, policy=policy, version=version)

    return live


def _of_a_township(db: Connection, township: BookId, year: int) -> Inputs:
    return tier_inputs(db, township=township, year=year)


Live = Callable[[Connection, BookId, int], Inputs]
_LIVE: Mapping[RunKind, Live] = {
    RunKind.DIVIDEND: _of_the_result(RunKind.DIVIDEND),
    RunKind.COMMISSION: _of_the_result(RunKind.COMMISSION),
    RunKind.TIERS: _of_a_township,
}
"""What a run of each kind follows from now."""


def _book(db: Connection, id: BookId) -> Book:
    found = books.book(db, id=id)
    assert found is not None, "whoever asks has been let through to the book"
    return found
