"""What a run of each kind would come to now, and whether one may be begun."""

from collections.abc import Callable, Mapping
from datetime import date

from sqlalchemy import Connection

from ledger.books import queries as books
from ledger.periods import queries as periods
from payouts.candidates import queries as candidates
from payouts.candidates import rules as candidate_rules
from payouts.orders import queries as orders
from payouts.orders import rules as order_rules
from payouts.policies import queries as policies
from payouts.policies.approval import policy_must_be_approved
from payouts.runs import rules
from payouts.runs.queries import frozen_inputs, open_run, runs, standing
from payouts.runs.rules import Figures, Inputs
from payouts.standings.queries import tier_inputs
from payouts.workings.queries import inputs_under
from schemas.books import Book, BookKind
from schemas.policies import PolicyKind
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.rewards import RewardChoice, RewardInputs
from schemas.runs import ORDERS, DividendInputs, OrderChoice, OrderInputs, Run, RunKind
from schemas.units import BookId


def proposed(
    db: Connection,
    *,
    book: BookId,
    kind: RunKind,
    year: int,
    on: date,
    order: OrderChoice | None = None,
    reward: RewardChoice | None = None,
) -> Figures:
    """What a new run would come to; a payment order by its choice, everything that is owed where there is none; rewards by
    theirs. Refused: a kind that is not of a book (of a township), one of this kind and year stands already or an order or
    rewards of it are under way, a scheme is paid for the period already, its stage is not open, of a dividend the commissions are not posted where the policy names what they are reckoned on,
    or what the rules of the kind refuse."""
    found = books.book(db, id=book)
    if (kind in rules.OF_A_TOWNSHIP) is not (found is None):
        raise Refusal(rules.kind_must_fit.at("/kind", kind=f"run.{kind}", at=book))
    if found is not None and kind is RunKind.COMMISSION and found.kind is BookKind.COLLECTIVE:
        raise Refusal(rules.kind_must_fit.at("/kind", kind=f"run.{kind}", at=book))
    if found is not None and kind in ORDERS:
        return _order(db, book=found, kind=kind, year=year, on=on, choice=order)
    if order is not None:
        raise Refusal(order_rules.choice_must_be_of_an_order.at("/kind", kind=f"run.{kind}"))
    if (kind is RunKind.REWARD) is (reward is None):
        raise Refusal(candidate_rules.reward_must_be_chosen.at("/reward", kind=f"run.{kind}"))
    if reward is not None:
        return _reward(db, township=book, year=year, choice=reward)
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


def _order(
    db: Connection, *, book: Book, kind: RunKind, year: int, on: date, choice: OrderChoice | None
) -> Figures:
    choice = choice or OrderChoice(through=order_rules.month_of(year, on=on))
    early = order_rules.faults_of_month(choice.through, year=year, on=on)
    if early:
        raise Refusal(*early)
    _refuse_another(db, book=book.id, kind=kind)
    inputs = orders.inputs(db, book=book, kind=kind, year=year, choice=choice)
    wrong = rules.faults_of_inputs(inputs)
    if wrong:
        raise Refusal(*wrong)
    return rules.figures(inputs)


def _reward(db: Connection, *, township: BookId, year: int, choice: RewardChoice) -> Figures:
    _refuse_another(db, book=township, kind=RunKind.REWARD)
    for run in runs(db, book=township, kind=RunKind.REWARD, year=year):
        if run.is_booked and _rewarded(db, run).choice == choice:
            raise Refusal(
                candidate_rules.reward_must_be_paid_once.at(
                    "/reward/period", scheme=choice.scheme, period=choice.period, run=run.id
                ),
                kind=RefusalKind.STATE,
            )
    return rules.figures(candidates.inputs(db, township=township, year=year, choice=choice))


def _rewarded(db: Connection, run: Run) -> RewardInputs:
    name = rules.RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    frozen, _ = frozen_inputs(db, name, content=run.content)
    assert isinstance(frozen, RewardInputs), "a run of rewards follows from a scheme and its sheet"
    return frozen


def _refuse_another(db: Connection, *, book: BookId, kind: RunKind) -> None:
    """Of the kinds of which a year may have several, one is under way at a time."""
    under_way = open_run(db, book=book, kind=kind)
    if under_way is not None:
        raise Refusal(
            order_rules.order_must_be_the_only_open.at(
                "/kind", run=under_way.id, state=f"run.{under_way.state}"
            ),
            kind=RefusalKind.STATE,
        )


def faults_of_stage(db: Connection, *, book: BookId, kind: RunKind, year: int) -> tuple[Problem, ...]:
    """The year's settlement stage, in which what comes of its result is posted, is not open."""
    if kind not in rules.IN_THE_SETTLEMENT:
        return ()
    settling = periods.state_of(db, book=_book(db, book)).settling
    return () if year in settling else (rules.stage_must_be_open.at("/year", year=year),)


def live_figures(db: Connection, *, book: BookId, kind: RunKind, year: int) -> Figures:
    """What a run of this kind and year comes to by the registers and books as they are; of orders and rewards see
    ``live_again``. Refused: no policy, or
    none that is approved, and whatever the rules refuse."""
    return rules.figures(_LIVE[kind](db, book, year))


def live_again(db: Connection, run: Run) -> Figures:
    """What a run that is kept comes to now: an order, and rewards, by what was chosen for it. Refused as
    ``live_figures``."""
    if run.kind is RunKind.REWARD:
        choice = _rewarded(db, run).choice
        return rules.figures(candidates.inputs(db, township=run.book, year=run.year, choice=choice))
    if run.kind not in ORDERS:
        return live_figures(db, book=run.book, kind=run.kind, year=run.year)
    name = rules.RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    frozen, _ = frozen_inputs(db, name, content=run.content)
    assert isinstance(frozen, OrderInputs), "an order's inputs are an order's"
    return rules.figures(orders.inputs_again(db, book=_book(db, run.book), frozen=frozen))


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
