"""What API and command line show of a run, with the names of a hand-over's ``expected.json`` (API.md).

A dividend has ``closing``, ``legs``, ``floor``, ``lines`` and ``quantified``; a commission ``managers`` and
``commission``. What a kind does not have is null.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from coop.members import queries as members
from payouts.notices.rules import notice_ends
from payouts.policies import queries as policies
from payouts.runs import queries, rules
from payouts.runs.rules import Figures, RunName
from schemas.runs import (
    CommissionInputs,
    Commissions,
    Dividend,
    DividendInputs,
    Run,
    RunAct,
    RunDocument,
    RunId,
    RunKind,
    RunState,
    RunStep,
)
from schemas.units import BookId, Fen, Hundredths, PersonId, Value, VoucherId
from web.database import Connection
from web.imports.columns import BELOW_60, COMMISSION_MODES, DIMENSIONS, BasisOf

_MODES = {mode: word for word, mode in COMMISSION_MODES.items()}
_BELOW_60 = {below: word for word, below in BELOW_60.items()}


class Closing(Value):
    """From the surplus before commissions to what is distributed (RULES §4)."""

    surplus_before_commission: Fen
    commission: Fen
    surplus: Fen
    loss_brought_forward_covered: Fen
    undistributed_brought_forward: Fen
    reserve_rate_bp: int
    reserve: Fen
    article_44_base: Fen
    line_16: Fen
    distributed: Fen


class Quantified(Value):
    """What is quantified to the members of record."""

    state_total: Fen
    donation_total: Fen
    reserve_brought_forward: Fen
    reserve_this_year: Fen


class LegLine(Value):
    """A member's weight in a leg and what it gives: fen, hundredths of a day or kilogram, fen × days, heads, or 1."""

    weight: int
    amount: Fen


class LegAnswer(Value):
    """A leg 分配项 with every member's line; ``basis`` as the plan's sheet writes it."""

    no: str
    name: str
    bp: int
    basis: str
    patronage: bool
    amount: Fen
    total_weight: int
    fen_from_remainders: int
    lines: Mapping[str, LegLine]


class FloorAnswer(Value):
    """The statutory floor: ``required`` is an exact fraction of yuan."""

    patronage: Fen
    required: str
    reached: bool


class MemberTotal(Value):
    """What a member gets: by trade, otherwise, in all."""

    patronage: Fen
    other: Fen
    total: Fen


class ManagerAnswer(Value):
    """A manager's score and commission; exact figures are fractions of points."""

    name: str
    village: str
    ballots: int
    replaced: int
    dimensions_exact: Mapping[str, str]
    score_exact: str
    score: Hundredths
    keeps_bonus: bool
    commission_base: Fen
    commission_due: Fen
    commission_paid: Fen


class CommissionAnswer(Value):
    """The commissions together."""

    mode: str
    below_60: str
    due: Fen
    paid: Fen
    stays: Fen


class RunAnswer(Value):
    """A run: where it stands, what it comes to, who did what. ``id`` is null in a preview that was not kept, and
    ``digest`` is what submission and approval may demand."""

    id: RunId | None
    book: BookId
    kind: RunKind
    year: int
    round: int | None
    state: RunState | None
    digest: str
    total: Fen
    policy_version: int
    resolution: str
    prepared_by: PersonId | None = None
    approved_by: PersonId | None = None
    notice_ends: date | None = None
    next_steps: tuple[RunStep, ...] = ()
    acts: tuple[RunAct, ...] = ()
    documents: tuple[RunDocument, ...] = ()
    vouchers: tuple[VoucherId, ...] = ()
    closing: Closing | None = None
    members_of_record: int | None = None
    not_of_record: tuple[str, ...] | None = None
    quantified: Quantified | None = None
    legs: tuple[LegAnswer, ...] | None = None
    floor: FloorAnswer | None = None
    lines: Mapping[str, MemberTotal] | None = None
    managers: Mapping[str, ManagerAnswer] | None = None
    commission: CommissionAnswer | None = None


def run_answer(db: Connection, run: Run) -> RunAnswer:
    """A kept run with its frozen figures."""
    name = _name(run)
    inputs, _ = queries.frozen_inputs(db, name, content=run.content)
    acts = queries.acts(db, name)
    published = rules.published_on(acts)
    procedure = policies.procedure(db, book=run.book, year=run.year)
    return _answer(
        db,
        rules.figures(inputs),
        run=run,
        acts=acts,
        documents=queries.documents(db, name),
        vouchers=queries.vouchers(db, name),
        ends=None if published is None else notice_ends(published, days=procedure.notice_days),
    )


def preview(db: Connection, made: Figures) -> RunAnswer:
    """A run that is not kept: what it would come to."""
    return _answer(db, made)


def _name(run: Run) -> RunName:
    return RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)


def _answer(
    db: Connection,
    made: Figures,
    *,
    run: Run | None = None,
    acts: tuple[RunAct, ...] = (),
    documents: tuple[RunDocument, ...] = (),
    vouchers: tuple[VoucherId, ...] = (),
    ends: date | None = None,
) -> RunAnswer:
    inputs, result = made.inputs, made.result
    of_kind = isinstance(result, Dividend)
    return RunAnswer(
        id=None if run is None else run.id,
        book=inputs.book,
        kind=RunKind.DIVIDEND if of_kind else RunKind.COMMISSION,
        year=inputs.year,
        round=None if run is None else run.round,
        state=None if run is None else run.state,
        digest=made.digest,
        total=made.total,
        policy_version=inputs.policy_version,
        resolution=inputs.policy.resolution if run is None else run.resolution,
        prepared_by=None if run is None else run.prepared_by,
        approved_by=None if run is None else run.approved_by,
        notice_ends=ends,
        next_steps=() if run is None else rules.next_steps(run.state),
        acts=acts,
        documents=documents,
        vouchers=vouchers,
        **(
            _of_dividend(inputs, result)
            if isinstance(result, Dividend) and isinstance(inputs, DividendInputs)
            else _of_commission(db, inputs, result)
            if isinstance(result, Commissions) and isinstance(inputs, CommissionInputs)
            else {}
        ),
    )


def _of_dividend(inputs: DividendInputs, result: Dividend) -> dict[str, Any]:
    figures = result.appropriation
    bases = {leg.no: BasisOf().show(leg.basis) for leg in inputs.policy.legs}
    patronage = {part.no for part in result.parts if part.patronage}
    by_trade = dict.fromkeys(inputs.members, 0)
    other = dict.fromkeys(inputs.members, 0)
    of_leg: dict[int, dict[str, LegLine]] = {part.no: {} for part in result.parts}
    for line in result.lines:
        (by_trade if line.part in patronage else other)[line.payee] += line.amount
        of_leg[line.part][line.payee] = LegLine(weight=line.weight, amount=line.amount)
    return {
        "closing": Closing(
            surplus_before_commission=inputs.surplus + inputs.commission,
            commission=inputs.commission,
            surplus=figures.surplus,
            loss_brought_forward_covered=figures.loss_brought_forward_covered,
            undistributed_brought_forward=figures.undistributed_brought_forward,
            reserve_rate_bp=figures.reserve_rate_bp,
            reserve=figures.reserve,
            article_44_base=figures.article_44_base,
            line_16=figures.line_16,
            distributed=figures.distributed,
        ),
        "members_of_record": len(inputs.members),
        "not_of_record": inputs.not_of_record,
        "quantified": Quantified(
            state_total=inputs.state_total,
            donation_total=inputs.donation_total,
            reserve_brought_forward=inputs.reserve_before,
            reserve_this_year=sum(result.reserve_shares.values()),
        ),
        "legs": tuple(
            LegAnswer(
                no=str(part.no),
                name=part.name,
                bp=part.bp,
                basis=bases[part.no],
                patronage=part.patronage,
                amount=part.amount,
                total_weight=part.total_weight,
                fen_from_remainders=part.fen_from_remainders,
                lines=of_leg[part.no],
            )
            for part in result.parts
        ),
        "floor": FloorAnswer(
            patronage=result.floor.patronage,
            required=str(result.floor.required),
            reached=result.floor.reached,
        ),
        "lines": {
            member: MemberTotal(
                patronage=by_trade[member], other=other[member], total=by_trade[member] + other[member]
            )
            for member in inputs.members
        },
    }


def _of_commission(db: Connection, inputs: CommissionInputs, result: Commissions) -> dict[str, Any]:
    names = members.members(db, book=inputs.book)
    return {
        "managers": {
            one.member: ManagerAnswer(
                name=names[one.member].name,
                village=one.village,
                ballots=one.ballots,
                replaced=one.replaced,
                dimensions_exact=dict(zip(DIMENSIONS, map(str, one.score.dimensions), strict=True)),
                score_exact=str(one.score.exact),
                score=one.score.published,
                keeps_bonus=one.score.keeps_bonus,
                commission_base=one.base,
                commission_due=one.due,
                commission_paid=one.paid,
            )
            for one in result.managers
        },
        "commission": CommissionAnswer(
            mode=_MODES[inputs.policy.commission_mode],
            below_60=_BELOW_60[inputs.policy.below_60],
            due=result.due,
            paid=result.paid,
            stays=result.stays,
        ),
    }
