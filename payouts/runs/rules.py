"""What a run may do next, which vouchers it makes, and what recomputing it must give (RULES §9).

>>> target(RunStep.APPROVE, RunState.ON_NOTICE)
<RunState.APPROVED: 'approved'>
>>> target(RunStep.APPROVE, RunState.SUBMITTED) is None
True
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import singledispatch
from typing import Any, NamedTuple

from ledger.money import yuan
from ledger.seal import rules as seal
from ledger.vouchers.rules import year_end
from payouts import commission, distribution, rewards, surplus, tiers
from payouts.candidates import rules as candidates
from payouts.notices.rules import notice_ends
from payouts.orders import rules as orders
from schemas.access import Deed
from schemas.charts import MovementType, Standard
from schemas.policies import CharterPolicy, Procedure
from schemas.problems import Fault, Problem
from schemas.rewards import RewardInputs, Rewards
from schemas.runs import (
    ORDERS,
    Appropriation,
    CommissionInputs,
    Commissions,
    Dividend,
    DividendInputs,
    Document,
    Order,
    OrderInputs,
    Run,
    RunAct,
    RunDocument,
    RunKind,
    RunLine,
    RunPart,
    RunState,
    RunStep,
)
from schemas.tiers import TierInputs, Tiers
from schemas.units import BookId, Fen, Value
from schemas.vouchers import VoucherDraft, VoucherLine

run_must_exist = Fault(
    code="run_must_exist", says="There is no run {run}.", remedy="Look it up in the list of runs."
)
run_must_be_new = Fault(
    code="run_must_be_new",
    says="{run} is there already, and it is {state}.",
    remedy="One run at a time is made of a book and year; revert it first.",
)
kind_must_fit = Fault(
    code="kind_must_fit",
    says="{kind} is not made of {at}.",
    remedy="Tiers and rewards are a township's (its nine-digit code), everything else is a book's.",
)
awards_must_not_be_booked = Fault(
    code="awards_must_not_be_booked",
    says="Voucher {voucher} of book {book} books what this run awards {person}.",
    remedy="Have the collective withdraw or cancel it first.",
)
step_must_follow = Fault(
    code="step_must_follow",
    says="{run} is {state}; it cannot be moved on so.",
    remedy="Look at the run again: {steps} come next.",
)
step_must_not_precede = Fault(
    code="step_must_not_precede",
    says="The step is dated {date}, before the run's last step of {last}.",
    remedy="Date it {last} or later.",
)
approver_must_differ = Fault(
    code="approver_must_differ",
    says="Who prepared a run does not approve it.",
    remedy="Have another person approve it.",
)
approver_must_be_known = Fault(
    code="approver_must_be_known",
    says="Nobody has the number {person}.",
    remedy="Sign in as somebody the house knows.",
)
return_needs_a_reason = Fault(
    code="return_needs_a_reason",
    says="No reason is given.",
    remedy="Say in a few words what is to be mended.",
)
resolution_must_be_named = Fault(
    code="resolution_must_be_named",
    says="No resolution of the meeting is named.",
    remedy="Name the number of the resolution.",
)
document_must_be_attached = Fault(
    code="document_must_be_attached",
    says="A run of {total} needs {document}; it is not attached.",
    remedy="Attach the scan.",
)
notice_must_be_over = Fault(
    code="notice_must_be_over",
    says="The notice of {published} runs through {ends}.",
    remedy="Approve on a later day.",
)
digest_must_be_as_seen = Fault(
    code="digest_must_be_as_seen",
    says="You saw the digest {seen}; the run's is {digest} now.",
    remedy="Look at the run again before you decide.",
)
run_must_be_as_seen = Fault(
    code="run_must_be_as_seen",
    says="You saw version {seen} of {run}; it is version {version} now, and it is {state}.",
    remedy="Look at the run again before you decide.",
)
run_must_take_papers = Fault(
    code="run_must_take_papers",
    says="{run} is {state}; nothing more is attached to it.",
    remedy="Attach papers before it is posted.",
)
paper_must_be_one_document = Fault(
    code="paper_must_be_one_document",
    says="{name} is attached already, as {document}.",
    remedy="Attach the scan of the other paper; one file is one paper.",
)
policy_must_be_there = Fault(
    code="policy_must_be_there",
    says="Book {book} has no policy for {year}.",
    remedy="Record the charter's choices for the year and have them approved.",
)
stage_must_be_open = Fault(
    code="stage_must_be_open",
    says="The settlement stage of {year} is not open.",
    remedy="Close all twelve months and settle the year first; a sealed year takes nothing more.",
)
commission_must_be_accrued = Fault(
    code="commission_must_be_accrued",
    says="The commissions of {year} are not posted; the surplus depends on them.",
    remedy="Run and post the commission first.",
)
dividend_must_not_stand = Fault(
    code="dividend_must_not_stand",
    says="The dividend of {year} rests on this commission.",
    remedy="Revert the dividend first.",
)
_STEPS: Mapping[RunStep, tuple[frozenset[RunState], RunState]] = {
    RunStep.SUBMIT: (frozenset({RunState.DRAFT, RunState.RETURNED}), RunState.SUBMITTED),
    RunStep.PUBLISH: (frozenset({RunState.SUBMITTED}), RunState.ON_NOTICE),
    RunStep.APPROVE: (frozenset({RunState.ON_NOTICE}), RunState.APPROVED),
    RunStep.RETURN: (
        frozenset({RunState.SUBMITTED, RunState.ON_NOTICE, RunState.APPROVED}),
        RunState.RETURNED,
    ),
    RunStep.POST: (frozenset({RunState.APPROVED}), RunState.POSTED),
    RunStep.EXPORT: (frozenset({RunState.POSTED, RunState.SETTLED}), RunState.EXPORTED),
    RunStep.SETTLE: (frozenset({RunState.EXPORTED}), RunState.SETTLED),
    RunStep.REVERT: (
        frozenset({RunState.DRAFT, RunState.RETURNED, RunState.POSTED, RunState.EXPORTED}),
        RunState.REVERTED,
    ),
}
BY_BATCHES = frozenset({RunStep.EXPORT, RunStep.SETTLE})
_RUN = re.compile(r"([a-z0-9][a-z0-9-]{0,39})\.([a-z]+)\.([0-9]{4})\.([0-9]{1,3})")

COMMISSION_EXPENSE = "523"
"""管理费用: managers' commissions are accrued here (RULES §6)."""
COMMISSION_PAYABLE = "212"
"""应付工资, by member."""

Inputs = DividendInputs | CommissionInputs | TierInputs | RewardInputs | OrderInputs
Result = Dividend | Commissions | Tiers | Rewards | Order

IN_THE_SETTLEMENT = frozenset({RunKind.DIVIDEND, RunKind.COMMISSION})
"""Kinds that come of a year's result, and are posted in its settlement stage."""
OF_A_TOWNSHIP = frozenset({RunKind.TIERS, RunKind.REWARD})
"""Kinds that are a township's and not a book's."""


class PolicyUsed(NamedTuple):
    """The version of the book's policy a run followed, None where the inputs hold all of it; its resolution."""

    version: int | None
    resolution: str


def kind_of(inputs: Inputs) -> RunKind:
    """The kind of run that follows from these."""
    if isinstance(inputs, DividendInputs):
        return RunKind.DIVIDEND
    if isinstance(inputs, OrderInputs):
        return inputs.kind
    if isinstance(inputs, RewardInputs):
        return RunKind.REWARD
    return RunKind.TIERS if isinstance(inputs, TierInputs) else RunKind.COMMISSION


def policy_used(inputs: Inputs) -> PolicyUsed:
    """What a run's row says of the policy it followed."""
    if isinstance(inputs, TierInputs | OrderInputs):
        return PolicyUsed(None, "")
    if isinstance(inputs, RewardInputs):
        return PolicyUsed(None, inputs.policy.resolution)
    return PolicyUsed(inputs.policy_version, inputs.policy.resolution)


class Figures(Value):
    """A worked-out run in the form every kind is stored, shown and posted in. ``withheld`` is what of a line's amount is
    kept back as tax, by part and payee; only where something is. ``total`` is what is paid: what a reward scheme deducts
    is a part of its own, and paid to nobody."""

    inputs: Inputs
    result: Result
    parts: tuple[RunPart, ...]
    lines: tuple[RunLine, ...]
    withheld: Mapping[tuple[int, str], Fen]
    total: Fen
    digest: str


class DividendHead(Value, forbid_unknown_fields=False):
    """What a dividend follows from, but for the weights of its members: enough for its figures."""

    policy: CharterPolicy
    surplus: Fen
    commission: Fen
    undistributed_before: Fen
    members: tuple[str, ...]
    not_of_record: tuple[str, ...]
    reserve_before: Fen
    state_total: Fen
    donation_total: Fen
    floor_bp: int = distribution.FLOOR_BP
    reserve_by_member: bool = True

    @property
    def appropriation(self) -> Appropriation:
        """The year's figures (RULES §4)."""
        return surplus.appropriated(
            surplus=self.surplus,
            brought_forward=self.undistributed_before,
            reserve_bp=self.policy.reserve_bp,
            resolved=self.policy.amount,
        )


class RunName(Value):
    """A run's name taken apart."""

    book: BookId
    kind: RunKind
    year: int
    round: int

    def __str__(self) -> str:
        return f"{self.book}.{self.kind}.{self.year}.{self.round}"


def name_of(text: str) -> RunName | None:
    """The name ``{book}.{kind}.{year}.{round}``; None when it is none.

    >>> str(name_of("qingshui.dividend.2025.1"))
    'qingshui.dividend.2025.1'
    """
    found = _RUN.fullmatch(text)
    if found is None or found[2] not in list(RunKind):
        return None
    return RunName(book=found[1], kind=RunKind(found[2]), year=int(found[3]), round=int(found[4]))


def target(step: RunStep, state: RunState) -> RunState | None:
    """The state a step leads to from this one; None when it is not the step's turn."""
    before, after = _STEPS[step]
    return after if state in before else None


def next_steps(state: RunState) -> tuple[RunStep, ...]:
    """The steps whose turn it is; a run goes out and is settled by its batches, which is no step of anybody's."""
    return tuple(step for step, (before, _) in _STEPS.items() if state in before and step not in BY_BATCHES)


DEEDS: Mapping[RunStep, Deed] = {
    RunStep.NEW: Deed.PREPARE_RUN,
    RunStep.SUBMIT: Deed.PREPARE_RUN,
    RunStep.PUBLISH: Deed.PUBLISH_RUN,
    RunStep.APPROVE: Deed.APPROVE_RUN,
    RunStep.RETURN: Deed.APPROVE_RUN,
    RunStep.POST: Deed.POST_RUN,
    RunStep.REVERT: Deed.REVERT_RUN,
}
"""Whoever may do this on the book may take the step."""


def figures(inputs: Inputs) -> Figures:
    """The run these inputs give; refused as ``distribution.worked_out`` and ``commission.worked_out`` refuse."""
    result = _result(inputs)
    parts, lines = _lines(inputs, result)
    return Figures(
        inputs=inputs,
        result=result,
        parts=parts,
        lines=lines,
        withheld=orders.withheld_of(inputs) if isinstance(inputs, OrderInputs) else {},
        total=sum(line.amount for line in lines if not is_deducted(kind_of(inputs), line)),
        digest=seal.digest_of((inputs, result)),
    )


def _lines(inputs: Inputs, result: Result) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    if isinstance(inputs, OrderInputs):
        return orders.stored(inputs)
    if isinstance(inputs, RewardInputs):
        assert isinstance(result, Rewards)
        return candidates.stored(inputs, result)
    return _stored(result)


def faults_of_inputs(inputs: Inputs) -> tuple[Problem, ...]:
    """What keeps inputs that work out from being handed in: an order pays more than is owed by now."""
    if not isinstance(inputs, OrderInputs):
        return ()
    return orders.faults_of_lines(inputs.lines, through=inputs.through)


@singledispatch
def _result(inputs: object) -> Any:
    raise AssertionError(f"no run follows from {type(inputs)}")


@_result.register
def _(inputs: DividendInputs) -> Dividend:
    return distribution.worked_out(inputs, yuan=yuan)


@_result.register
def _(inputs: CommissionInputs) -> Commissions:
    return commission.worked_out(inputs)


@_result.register
def _(inputs: TierInputs) -> Tiers:
    return tiers.worked_out(inputs)


@_result.register
def _(inputs: RewardInputs) -> Rewards:
    return rewards.worked_out(
        inputs.policy.scheme, inputs.candidates, pool=inputs.policy.pool, resolved=inputs.resolved
    )


@_result.register
def _(inputs: OrderInputs) -> Order:
    return orders.worked_out(inputs.lines)


@singledispatch
def _stored(result: object) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    raise AssertionError(f"no lines follow from {type(result)}")


@_stored.register
def _(result: Dividend) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    return result.parts, result.lines


@_stored.register
def _(result: Commissions) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    part = RunPart(
        no=1,
        name="管理员提成",
        bp=10_000,
        basis=result.mode.value,
        patronage=False,
        amount=result.paid,
        total_weight=sum(one.score.published for one in result.managers),
        fen_from_remainders=0,
    )
    lines = (
        RunLine(part=1, payee=one.member, weight=one.score.published, amount=one.paid)
        for one in result.managers
    )
    return (part,), tuple(lines)


@_stored.register
def _(result: Tiers) -> tuple[tuple[RunPart, ...], tuple[RunLine, ...]]:
    """A part a village, by rank; a line a person, whose weight is the score."""
    parts = (
        RunPart(
            no=no,
            name=village.name,
            bp=0,
            basis="tier",
            patronage=False,
            amount=village.amount,
            total_weight=sum(person.score for person in village.people),
            fen_from_remainders=0,
        )
        for no, village in enumerate(result.villages, 1)
    )
    lines = (
        RunLine(part=no, payee=payee_of(village.code, person.name), weight=person.score, amount=person.paid)
        for no, village in enumerate(result.villages, 1)
        for person in village.people
    )
    return tuple(parts), tuple(lines)


def payee_of(village: str, name: str) -> str:
    """What the lines of a township call a person: people are known in their village by name."""
    return f"{village}/{name}"


def person_of(payee: str, kind: RunKind = RunKind.TIERS) -> str:
    """The name of a person a township's line is of; rewards know everybody on their sheet by name.

    >>> person_of(payee_of("450000101200", "韦秀英")), person_of("韦秀英", RunKind.REWARD)
    ('韦秀英', '韦秀英')
    """
    return payee if kind is RunKind.REWARD else payee.partition("/")[2]


def is_deducted(kind: RunKind, line: RunLine) -> bool:
    """Whether a line of a run of this kind is deducted from its payee and not paid to him."""
    return kind is RunKind.REWARD and line.part == candidates.DEDUCTED


# What the log says of a run


def noted_text(state: RunState, *, on: date, total: Fen, resolution: str, reason: str) -> str:
    """What the log says of a step: where the run stands after it, its day, the total, and the words given with it."""
    return " ".join(filter(None, (state.value, on.isoformat(), yuan(total), resolution, reason)))


def attached_text(document: Document, name: str) -> str:
    """What the log says of a paper hung on a run."""
    return f"{document.value} {name}"


# What keeps a step from being taken


def faults_of_step(step: RunStep, run: Run, *, on: date, acts: Sequence[RunAct]) -> tuple[Problem, ...]:
    """Not the step's turn, or dated before the run's last step."""
    if target(step, run.state) is None:
        steps = ", ".join(f"run.{one}" for one in next_steps(run.state)) or "run.nothing"
        return (step_must_follow.at("/state", run=run.id, state=f"run.{run.state}", steps=steps),)
    last = acts[-1].on
    return (step_must_not_precede.at("/on", date=on, last=last),) if on < last else ()


def needed(total: Fen, procedure: Procedure) -> Document:
    """What a run of this total must have attached (RULES §9).

    >>> needed(500_000, Procedure()), needed(500_001, Procedure()), needed(1_000_001, Procedure())
    (<Document.CHAIR: 'chair'>, <Document.COUNCIL: 'council'>, <Document.ASSEMBLY: 'assembly'>)
    """
    if total <= procedure.chair_up_to:
        return Document.CHAIR
    return Document.COUNCIL if total <= procedure.council_up_to else Document.ASSEMBLY


def faults_of_papers(
    run: Run, documents: Iterable[RunDocument], *, procedure: Procedure
) -> tuple[Problem, ...]:
    """The paper a run of this size needs is not attached; a higher body's paper serves for a lower one's."""
    order = list(Document)
    wanted = needed(run.total, procedure)
    if any(order.index(one.document) >= order.index(wanted) for one in documents):
        return ()
    return (document_must_be_attached.at("/documents", total=yuan(run.total), document=f"document.{wanted}"),)


def publication(acts: Iterable[RunAct]) -> RunAct | None:
    """The step the standing notice began with: the last publication that no return followed."""
    found = None
    for act in acts:
        if act.step is RunStep.PUBLISH:
            found = act
        elif act.step in {RunStep.RETURN, RunStep.SUBMIT}:
            found = None
    return found


def published_on(acts: Iterable[RunAct]) -> date | None:
    """The day the standing notice began."""
    found = publication(acts)
    return None if found is None else found.on


def faults_of_notice(acts: Iterable[RunAct], *, on: date, procedure: Procedure) -> tuple[Problem, ...]:
    """The notice is not over; the day after its last day is the first on which a run is approved."""
    published = published_on(acts)
    if published is None:
        return ()
    ends = notice_ends(published, days=procedure.notice_days)
    return () if on > ends else (notice_must_be_over.at("/on", published=published, ends=ends),)


# The vouchers


def vouchers(made: Figures, *, standard: Standard, on: date) -> tuple[VoucherDraft, ...]:
    """The vouchers a run posts (RULES §4, §5, §6, §9). Dated 31 December in the settlement stage, of a dividend: the
    reserve's draw, the distribution, the folding of 332; of a commission its accrual. Of a payment order, on the day it
    is posted: what is withheld. What a township awards is booked where it is paid. What is nothing makes none."""
    if isinstance(made.result, Dividend):
        return tuple(_of_dividend(made.result, year=made.inputs.year, standard=standard))
    if isinstance(made.result, Commissions):
        return tuple(_of_commission(made.result, year=made.inputs.year))
    if isinstance(made.inputs, OrderInputs):
        return orders.vouchers(made.inputs, on=on)
    return ()


def names_needed(made: Figures, *, standard: Standard) -> tuple[str, ...]:
    """Names of the book's own the vouchers book under: the tax an order withholds, the reserve that is kept whole."""
    if isinstance(made.inputs, OrderInputs):
        return (made.inputs.tax,) if made.inputs.tax else ()
    kept_whole = isinstance(made.result, Dividend) and made.result.appropriation.reserve
    return (standard.settlement.reserve_name,) if kept_whole and standard.settlement.reserve_name else ()


def _of_dividend(result: Dividend, *, year: int, standard: Standard) -> Iterable[VoucherDraft]:
    plan, wording = standard.settlement, standard.settlement.wording
    reserve = result.appropriation.reserve
    reserved = {plan.reserve_name: reserve} if plan.reserve_name else result.reserve_shares
    if reserve:
        yield VoucherDraft(
            date=year_end(year),
            lines=(
                VoucherLine(
                    summary=wording.drawn,
                    account=plan.distribution,
                    detail=plan.appropriated,
                    debit=reserve,
                    movement=MovementType.RESERVE_DRAW,
                ),
                *(
                    VoucherLine(
                        summary=wording.reserved,
                        account=plan.reserve,
                        detail=detail,
                        credit=amount,
                        movement=MovementType.RESERVE_DRAW,
                    )
                    for detail, amount in reserved.items()
                    if amount
                ),
            ),
        )
    patronage = {part.no: part.patronage for part in result.parts}
    lines: list[VoucherLine] = []
    for by_trade, summary, account, movement in (
        (True, wording.patronage, plan.patronage, plan.patronage_movement),
        (False, wording.residual, plan.residual, plan.residual_movement),
    ):
        amounts: dict[str, Fen] = {}
        for line in result.lines:
            if patronage[line.part] is by_trade:
                amounts[line.payee] = amounts.get(line.payee, 0) + line.amount
        if any(amounts.values()):
            lines.append(
                VoucherLine(
                    summary=summary,
                    account=plan.distribution,
                    detail=plan.appropriated,
                    debit=sum(amounts.values()),
                    movement=movement,
                )
            )
            lines += [
                VoucherLine(summary=summary, account=account, detail=member, credit=amount)
                for member, amount in sorted(amounts.items())
                if amount
            ]
    if lines:
        yield VoucherDraft(date=year_end(year), lines=tuple(lines))
    folded = reserve + sum(line.amount for line in result.lines)
    if folded:
        summary = wording.folded
        yield VoucherDraft(
            date=year_end(year),
            lines=(
                VoucherLine(
                    summary=summary,
                    account=plan.distribution,
                    detail=plan.undistributed,
                    debit=folded,
                    movement=MovementType.FOLDING,
                ),
                VoucherLine(
                    summary=summary,
                    account=plan.distribution,
                    detail=plan.appropriated,
                    credit=folded,
                    movement=MovementType.FOLDING,
                ),
            ),
        )


def payable_account(kind: RunKind, *, part: RunPart, standard: Standard) -> str:
    """The account 科目 on which what a part of a run of this kind owes its payees stands; of an order the part says it."""
    if kind is RunKind.COMMISSION:
        return COMMISSION_PAYABLE
    if kind in ORDERS:
        return part.basis
    plan = standard.settlement
    return plan.patronage if part.patronage else plan.residual


def payable_accounts(kind: RunKind, *, standard: Standard) -> frozenset[str]:
    """The statutory accounts on which what runs of this kind owe their payees may stand."""
    if kind is RunKind.COMMISSION:
        return frozenset({COMMISSION_PAYABLE})
    if kind in ORDERS:
        return frozenset({orders.payable(kind, standard)})
    plan = standard.settlement
    return frozenset({plan.patronage, plan.residual})


def _of_commission(result: Commissions, *, year: int) -> Iterable[VoucherDraft]:
    if result.paid:
        summary = "计提管理员提成"
        yield VoucherDraft(
            date=year_end(year),
            lines=(
                VoucherLine(summary=summary, account=COMMISSION_EXPENSE, debit=result.paid),
                *(
                    VoucherLine(
                        summary=summary, account=COMMISSION_PAYABLE, detail=one.member, credit=one.paid
                    )
                    for one in result.managers
                    if one.paid
                ),
            ),
        )
