"""What API and command line show of a run, with the names of a hand-over's ``expected.json`` (API.md).

A dividend has ``closing``, ``legs``, ``floor``, ``lines`` and ``quantified``; a commission ``managers`` and
``commission``; a township's tiers ``village_tiers`` and ``people_tiers``; its
rewards ``rewards``; a payment order ``order``. What a kind does not have is null.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec import UNSET, UnsetType

from coop.members import queries as members
from payouts import distribution
from payouts.notices.rules import notice_ends
from payouts.runs import queries, rules
from payouts.runs.rules import DividendHead, Figures, Inputs, Result, RunName
from schemas.rewards import RewardInputs, Rewards, SheetPeriod
from schemas.runs import (
    CommissionInputs,
    Commissions,
    DividendInputs,
    Order,
    OrderInputs,
    Run,
    RunAct,
    RunDocument,
    RunId,
    RunKind,
    RunLine,
    RunPart,
    RunState,
    RunStep,
)
from schemas.tiers import Payment, PostKind, TierInputs, Tiers
from schemas.units import BookId, Fen, Hundredths, Period, PersonId, Value, VoucherId
from web.database import Connection
from web.imports.columns import BELOW_60, BONUS_MODES, COMMISSION_MODES, DIMENSIONS, GRADES, BasisOf

_MODES = {mode: word for word, mode in COMMISSION_MODES.items()}
_BONUS_MODES = {mode: word for word, mode in BONUS_MODES.items()}
_GRADES = {grade: word for word, grade in GRADES.items()}
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
    """A member's weight in a leg, in the smallest unit of its basis, and what it gives."""

    weight: int
    amount: Fen


class LegAnswer(Value):
    """A leg 分配项; ``basis`` as the plan's sheet writes it, ``lines`` every member's where they are asked for."""

    no: str
    name: str
    bp: int
    basis: str
    patronage: bool
    amount: Fen
    total_weight: int
    fen_from_remainders: int
    lines: Mapping[str, LegLine] | None = None


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


class VillageTier(Value):
    """A village's score, rank and tier, and what it gets for its people."""

    score: Hundredths
    rank: int
    tier: int
    amount: Fen


class VillageTiers(Value):
    """The township over its villages: how many are in each tier, the pool, and what of it stays."""

    counts: tuple[int, ...]
    pool: Fen
    mode: str
    stays: Fen
    villages: Mapping[str, VillageTier]


class PersonTier(Value):
    """A person's post that ranks him, tier and bonus: what the tier gives, and what is paid of it and how; the instalments
    are left out where there are none."""

    posts: tuple[PostKind, ...]
    ranked_by: PostKind
    score: Hundredths
    grade: str | None
    rank: int
    tier: int
    excluded: bool
    share: Fen
    paid: Fen
    how: str
    instalments_of_next_year: tuple[Fen, ...] | UnsetType = UNSET


class PeopleTiers(Value):
    """A village over its cadres and managers together."""

    village: str
    counts: tuple[int, ...]
    pool: Fen
    paid: Fen
    stays: Fen
    people: Mapping[str, PersonTier]


class RewardLine(Value):
    """What a scheme comes to for one on its sheet: rank and class (null: in none), what the class and the rates come to, and
    what of it is paid, or deducted; the one or the other is nothing."""

    score: Hundredths
    rank: int
    named: str | None
    excluded: bool
    share: Fen
    paid: Fen
    deducted: Fen


class RewardsAnswer(Value):
    """A scheme's result as it is paid: which version and which sheet, by name what everybody gets or loses; ``net`` is what
    is paid without what is deducted, ``pool`` and ``stays`` are null without a pool."""

    scheme: str
    period: SheetPeriod
    version: int
    sheet: int
    paid: Fen
    deducted: Fen
    net: Fen
    pool: Fen | None
    stays: Fen | None
    people: Mapping[str, RewardLine]


class OrderLineAnswer(Value):
    """What an order pays one member: of what an account owes him, what of it is withheld as tax, what arrives. ``person``
    is whose bonus it is, in the name it was awarded; null for everything else."""

    member: str
    name: str
    account: str
    person: str | None
    owed: Fen
    gross: Fen
    withheld: Fen
    net: Fen


class OrderAnswer(Value):
    """A payment order: of what stood at the end of a month how much is paid, withheld and arrives; by whom it is owed and
    to whom. ``tax`` is null where nothing is withheld."""

    through: Period
    tax: str | None
    owed: Fen
    gross: Fen
    withheld: Fen
    net: Fen
    lines: tuple[OrderLineAnswer, ...]


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
    policy_version: int | None
    resolution: str
    prepared_by: PersonId | None = None
    approved_by: PersonId | None = None
    version: int | None = None
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
    village_tiers: VillageTiers | None = None
    people_tiers: Mapping[str, PeopleTiers] | None = None
    rewards: RewardsAnswer | None = None
    order: OrderAnswer | None = None


def run_answer(db: Connection, run: Run, *, lines: bool = True) -> RunAnswer:
    """A kept run with its frozen figures; without its lines in a moment, however many members there are."""
    name = name_of_run(run)
    acts = queries.acts(db, name)
    published = rules.published_on(acts)
    procedure = queries.procedure_of(db, name, acts)
    if run.kind is RunKind.DIVIDEND:
        figures = _of_dividend(
            queries.dividend_head(db, name, content=run.content),
            queries.parts(db, name, content=run.content),
            queries.lines(db, name, content=run.content) if lines else None,
        )
    else:
        inputs, _ = queries.frozen_inputs(db, name, content=run.content)
        figures = _of_one_piece(db, inputs, rules.figures(inputs).result)
    return RunAnswer(
        id=run.id,
        book=run.book,
        kind=run.kind,
        year=run.year,
        round=run.round,
        state=run.state,
        digest=run.digest,
        total=run.total,
        policy_version=run.policy_version,
        resolution=run.resolution,
        prepared_by=run.prepared_by,
        approved_by=run.approved_by,
        version=run.version,
        notice_ends=None if published is None else notice_ends(published, days=procedure.notice_days),
        next_steps=rules.next_steps(run.state),
        acts=acts,
        documents=queries.documents(db, name),
        vouchers=queries.vouchers(db, name),
        **figures,
    )


def preview(db: Connection, made: Figures) -> RunAnswer:
    """A run that is not kept: what it would come to, every line of it."""
    inputs, result = made.inputs, made.result
    if isinstance(inputs, DividendInputs):
        figures = _of_dividend(head_of(inputs), made.parts, made.lines)
    else:
        figures = _of_one_piece(db, inputs, result)
    used = rules.policy_used(inputs)
    return RunAnswer(
        id=None,
        book=inputs.township if isinstance(inputs, TierInputs | RewardInputs) else inputs.book,
        kind=rules.kind_of(inputs),
        year=inputs.year,
        round=None,
        state=None,
        digest=made.digest,
        total=made.total,
        policy_version=used.version,
        resolution=used.resolution,
        **figures,
    )


def name_of_run(run: Run) -> RunName:
    """The run's name taken apart."""
    return RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)


def head_of(inputs: DividendInputs) -> DividendHead:
    """What a dividend follows from, but for the weights."""
    return DividendHead(**{name: getattr(inputs, name) for name in DividendHead.__struct_fields__})


def _of_dividend(
    head: DividendHead, parts: Sequence[RunPart], lines: Sequence[RunLine] | None
) -> dict[str, Any]:
    figures = head.appropriation
    bases = {leg.no: BasisOf().show(leg.basis) for leg in head.policy.legs}
    floor = distribution.floor_of(figures, head.policy.legs, floor_bp=head.floor_bp)
    of_leg: dict[int, dict[str, LegLine]] = {part.no: {} for part in parts}
    for line in lines or ():
        of_leg[line.part][line.payee] = LegLine(weight=line.weight, amount=line.amount)
    return {
        "closing": Closing(
            surplus_before_commission=head.surplus + head.commission,
            commission=head.commission,
            surplus=figures.surplus,
            loss_brought_forward_covered=figures.loss_brought_forward_covered,
            undistributed_brought_forward=figures.undistributed_brought_forward,
            reserve_rate_bp=figures.reserve_rate_bp,
            reserve=figures.reserve,
            article_44_base=figures.article_44_base,
            line_16=figures.line_16,
            distributed=figures.distributed,
        ),
        "members_of_record": len(head.members),
        "not_of_record": head.not_of_record,
        "quantified": Quantified(
            state_total=head.state_total,
            donation_total=head.donation_total,
            reserve_brought_forward=head.reserve_before,
            reserve_this_year=figures.reserve,
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
                lines=None if lines is None else of_leg[part.no],
            )
            for part in parts
        ),
        "floor": None
        if floor is None
        else FloorAnswer(
            patronage=sum(part.amount for part in parts if part.patronage),
            required=str(floor.required),
            reached=floor.reached,
        ),
        "lines": None if lines is None else _totals(parts, lines),
    }


def _totals(parts: Sequence[RunPart], lines: Sequence[RunLine]) -> Mapping[str, MemberTotal]:
    patronage = {part.no for part in parts if part.patronage}
    by_trade, other = defaultdict[str, int](int), defaultdict[str, int](int)
    for line in lines:
        (by_trade if line.part in patronage else other)[line.payee] += line.amount
    return {
        member: MemberTotal(
            patronage=by_trade[member], other=other[member], total=by_trade[member] + other[member]
        )
        for member in sorted(by_trade.keys() | other.keys())
    }


def _of_one_piece(db: Connection, inputs: Inputs, result: Result) -> dict[str, Any]:
    """The figures of a kind whose lines are few."""
    if isinstance(inputs, TierInputs):
        assert isinstance(result, Tiers)
        return _of_tiers(inputs, result)
    if isinstance(inputs, RewardInputs):
        assert isinstance(result, Rewards)
        return {"rewards": rewards_answer(inputs, result)}
    if isinstance(inputs, OrderInputs):
        assert isinstance(result, Order)
        return {"order": order_answer(db, inputs, result)}
    return _of_commission(db, inputs, result)


def _of_tiers(inputs: TierInputs, result: Tiers) -> dict[str, Any]:
    return {
        "village_tiers": VillageTiers(
            counts=result.counts,
            pool=result.pool,
            mode=_BONUS_MODES[inputs.over_villages.mode],
            stays=result.stays,
            villages={
                one.code: VillageTier(score=one.score, rank=one.rank, tier=one.tier, amount=one.amount)
                for one in result.villages
            },
        ),
        "people_tiers": {
            village.code: PeopleTiers(
                village=village.name,
                counts=village.counts,
                pool=village.amount,
                paid=village.paid,
                stays=village.stays,
                people={
                    one.name: PersonTier(
                        posts=one.posts,
                        ranked_by=one.ranked_by,
                        score=one.score,
                        grade=None if one.grade is None else _GRADES[one.grade],
                        rank=one.rank,
                        tier=one.tier,
                        excluded=one.excluded,
                        share=one.share,
                        paid=one.paid,
                        how=_HOW[one.how],
                        instalments_of_next_year=one.instalments or UNSET,
                    )
                    for one in village.people
                },
            )
            for village in result.villages
        },
    }


def rewards_answer(inputs: RewardInputs, result: Rewards) -> RewardsAnswer:
    """A scheme's result with everybody on its sheet, by rank."""
    deducted = sum(-one.paid for one in result.rewards if one.paid < 0)
    classes = inputs.policy.scheme.classes
    return RewardsAnswer(
        scheme=inputs.policy.scheme.name,
        period=inputs.period,
        version=inputs.version,
        sheet=inputs.sheet,
        paid=result.paid + deducted,
        deducted=deducted,
        net=result.paid,
        pool=result.pool,
        stays=result.stays,
        people={
            one.who: RewardLine(
                score=one.score,
                rank=one.rank,
                named=None if one.class_no is None else classes[one.class_no - 1].name,
                excluded=one.excluded,
                share=one.share,
                paid=max(one.paid, 0),
                deducted=max(-one.paid, 0),
            )
            for one in result.rewards
        },
    )


def order_answer(db: Connection, inputs: OrderInputs, result: Order) -> OrderAnswer:
    """A payment order with every line of it, by account and member."""
    names = members.members(db, book=inputs.book)
    return OrderAnswer(
        through=inputs.through,
        tax=inputs.tax or None,
        owed=result.owed,
        gross=result.gross,
        withheld=result.withheld,
        net=result.net,
        lines=tuple(
            OrderLineAnswer(
                member=line.member,
                name=names[line.member].name,
                account=line.account,
                person=line.person or None,
                owed=line.owed,
                gross=line.paying,
                withheld=line.withheld,
                net=line.paying - line.withheld,
            )
            for line in inputs.lines
        ),
    )


_HOW = {Payment.INSTALMENTS: "12 instalments", Payment.ONCE: "once"}


def _of_commission(db: Connection, inputs: Inputs, result: Result) -> dict[str, Any]:
    assert isinstance(inputs, CommissionInputs)
    assert isinstance(result, Commissions)
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
