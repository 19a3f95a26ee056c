"""One run 分配方案, as the officer reads it before signing: the figures first, then papers, checks with their arithmetic,
the notice, every line down to the facts it goes by, and only the steps whose turn it is."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction as Exact
from typing import Any, NamedTuple

from litestar.handlers import HTTPRouteHandler

from coop.members import queries as members
from ledger.money import yuan_grouped
from payouts import distribution
from payouts.batches.actions import STEPS
from payouts.notices.rules import is_working_day, notice_ends
from payouts.proposals import queries as proposals
from payouts.runs import actions, derivations, differences, queries, rules
from payouts.runs.actions import Seen
from payouts.runs.derivations import Derivation
from payouts.runs.differences import said_weight
from payouts.runs.rules import RunName
from schemas.access import Deed
from schemas.evidence import Sha256
from schemas.policies import Basis, BasisKind, Leg, Procedure
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import (
    ORDERS,
    Commission,
    CommissionInputs,
    Commissions,
    DividendInputs,
    Document,
    Fraction,
    Order,
    OrderInputs,
    Run,
    RunAct,
    RunKind,
    RunPart,
    RunState,
    RunStep,
)
from web import wire
from web.api.runs import paper_must_hang_there
from web.i18n.words import N_
from web.imports.columns import DIMENSIONS
from web.pages.appeals import of_run
from web.pages.batches import made, payments_of
from web.pages.evidence import served
from web.pages.naming import names_of
from web.pages.rendering import address, see_other
from web.pages.route import Again, Shown, Visit, does, number_from, shows
from web.pages.runs import UPLOAD_BYTES, papers_of
from web.pages.weights import Fact, facts_of
from web.policy_words import basis_said
from web.run_answers import order_answer

MEMBERS_A_PAGE = 100
FEW_MEMBERS = 2_000
"""Up to so many members the page works the run out anew to see whether anything moved; with more it is asked to."""

NOTICES = {
    RunStep.SUBMIT: N_("Handed in. It is put on notice now, and another person approves it."),
    RunStep.PUBLISH: N_("On notice."),
    RunStep.APPROVE: N_("Approved and signed."),
    RunStep.RETURN: N_("Returned with your reason."),
    RunStep.POST: N_("Posted."),
    RunStep.REVERT: N_("Taken back; its vouchers are cancelled in red."),
}
LIVE = frozenset({RunState.SUBMITTED, RunState.ON_NOTICE, RunState.APPROVED})


class Figure(NamedTuple):
    """A figure of this run beside the last one's."""

    name: str
    now: int
    then: int | None
    money: bool = True


class Notice(NamedTuple):
    """How the notice stands: its last day, and the working days left with today."""

    published: date
    ends: date
    left: int


class Arithmetic(NamedTuple):
    """What the checks of a dividend are worked out from, as text; ``reached`` is None where the law asks for no floor."""

    patronage_bp: int
    whole_bp: int
    patronage: str
    required: str
    reached: bool | None


def exactly(fraction: Fraction | Exact, places: int = 6) -> str:
    """An exact fraction as people read it: with the decimals it has, or with six and dots.

    >>> exactly(Exact(7797873, 500)), exactly(Exact(1, 3))
    ('15595.746', '0.333333…')
    """
    exact = Exact(fraction.numerator, fraction.denominator)
    scaled = exact * 10**places
    text = f"{Decimal(int(scaled)) / 10**places:f}"
    if scaled.denominator != 1:
        return f"{text}…"
    return text.rstrip("0").rstrip(".") if "." in text else text


@shows("/books/{book}/runs/{run}", asks=("live", "member", "after"))
def show_run(visit: Visit) -> Shown:
    """The run."""
    return _show(visit)


def run_at(visit: Visit) -> tuple[Run, RunName]:
    """The run the address names, if it is of this book or township."""
    name = rules.name_of(visit.text_at("run"))
    run = queries.run(visit.db, name) if name is not None and name.book == visit.id else None
    if run is None or name is None:
        raise Refusal(rules.run_must_exist.at("/run", run=visit.text_at("run")), kind=RefusalKind.MISSING)
    return run, name


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    run, name = run_at(visit)
    acts = queries.acts(visit.db, name)
    procedure = queries.procedure_of(visit.db, name, acts)
    documents = queries.documents(visit.db, name)
    payees, of_lines = queries.sums(visit.db, name, content=run.content)
    parts = queries.parts(visit.db, name, content=run.content)
    shown = _members(visit, run, name)
    if run.kind is RunKind.DIVIDEND:
        of_kind = _of_dividend(visit, run, name, parts)
    elif run.kind in ORDERS:
        of_kind = _of_order(visit, run, name)
        on_page = {one.payee for one in shown[:MEMBERS_A_PAGE]}
        of_kind["order_lines"] = [line for line in of_kind["order"].lines if line.member in on_page]
    else:
        of_kind = _of_commission(visit, run, name)
    checked = run.state in LIVE and (payees <= FEW_MEMBERS or bool(visit.query.get("live")))
    return visit.page(
        "run.html",
        problems=problems,
        status=status,
        run=run,
        acts=acts,
        documents=documents,
        kinds=list(Document),
        needed=rules.needed(run.total, procedure),
        paper_there=not rules.faults_of_papers(run, documents, procedure=procedure),
        procedure=procedure,
        notice=notice_of(acts, procedure, on=visit.on),
        payees=payees,
        of_lines=of_lines,
        parts_of_run=parts,
        bases={leg.no: _basis_words(visit, leg.basis) for leg in of_kind["policy"].legs}
        if "policy" in of_kind
        else {},
        moved=changes_of(visit, run, name) if checked else (),
        checked=checked,
        live=run.state in LIVE,
        members=shown[:MEMBERS_A_PAGE],
        searched=visit.query.get("member", "").strip(),
        next_page=_next(visit, run, shown),
        first_page=f"{visit.home}/runs/{run.id}#lines" if visit.query.get("after") else "",
        vouchers=queries.vouchers(visit.db, name),
        payments=payments_of(visit, run),
        appeals=of_run(visit, run),
        given=visit.field,
        steps=[step for step in rules.next_steps(run.state) if visit.may(rules.DEEDS[step])],
        names=names_of(
            visit,
            of_details=[*(one.payee for one in shown), *(m.member for m in of_kind.get("managers", ()))],
            of_people=[run.prepared_by, run.approved_by, *(act.by for act in acts)],
        ),
        dimensions=DIMENSIONS,
        exactly=exactly,
        said_weight=_said_weight,
        **({"order": None} | of_kind),
    )


def _said_weight(weight: int, basis: str) -> str:
    text = said_weight(weight, BasisKind(basis)) if basis in list(BasisKind) else str(weight)
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _members(visit: Visit, run: Run, name: RunName) -> Sequence[Any]:
    wanted = visit.query.get("member", "").strip()
    if wanted:
        found = names_of(visit, of_details=None).details
        payees = {
            code for code, detail in found.items() if wanted in (code, detail.name) or wanted in detail.name
        }
        return queries.member_totals(visit.db, name, content=run.content, payees=payees, limit=MEMBERS_A_PAGE)
    return queries.member_totals(
        visit.db, name, content=run.content, after=visit.query.get("after", ""), limit=MEMBERS_A_PAGE + 1
    )


def _next(visit: Visit, run: Run, shown: Sequence[Any]) -> str:
    if len(shown) <= MEMBERS_A_PAGE:
        return ""
    return address(f"{visit.home}/runs/{run.id}", after=shown[MEMBERS_A_PAGE - 1].payee) + "#lines"


def _basis_words(visit: Visit, basis: Basis) -> str:
    """What a leg goes by, as the page of the plan says it."""
    known = members.members(visit.db, book=visit.id) if basis.members else {}
    return basis_said(basis, visit.locale, names={number: one.name for number, one in known.items()})


def notice_of(acts: Sequence[RunAct], procedure: Procedure, *, on: date) -> Notice | None:
    """How the notice stands today; None where the run is on none."""
    published = rules.published_on(acts)
    if published is None:
        return None
    ends = notice_ends(published, days=procedure.notice_days)
    days = (on + timedelta(days=n) for n in range((ends - on).days + 1))
    return Notice(published, ends, sum(map(is_working_day, days)))


def changes_of(visit: Visit, run: Run, name: RunName) -> tuple[Problem, ...]:
    """What is not any more as it was when the run was submitted."""
    try:
        made = proposals.live_again(visit.db, run)
    except Refusal as refusal:
        return refusal.problems
    if made.digest == run.digest:
        return ()
    inputs, _ = queries.frozen_inputs(visit.db, name, content=run.content)
    return differences.differences(rules.figures(inputs), made)


def _of_dividend(visit: Visit, run: Run, name: RunName, parts: Sequence[RunPart]) -> dict[str, Any]:
    head = queries.dividend_head(visit.db, name, content=run.content)
    figures = head.appropriation
    floor = distribution.floor_of(figures, head.policy.legs, floor_bp=head.floor_bp)
    before = queries.posted_before(visit.db, book=run.book, kind=run.kind, year=run.year)
    patronage = sum(part.bp for part in parts if part.patronage)
    return {
        "figures": figures,
        "commission": head.commission,
        "surplus_before": head.surplus + head.commission,
        "members_of_record": len(head.members),
        "not_of_record": head.not_of_record,
        "funds": head,
        "policy": head.policy,
        "arithmetic": Arithmetic(
            patronage_bp=patronage,
            whole_bp=sum(part.bp for part in parts),
            patronage=exactly(Exact(patronage * figures.distributed, 1_000_000)),
            required=exactly(floor.required) if floor is not None else "",
            reached=None if floor is None else floor.reached,
        ),
        "by_trade": sum(part.amount for part in parts if part.patronage),
        "compared": before,
        "comparison": _comparison(visit, run, name, before) if before is not None else (),
    }


def _comparison(visit: Visit, run: Run, name: RunName, before: Run) -> list[Figure]:
    other = rules.name_of(before.id)
    assert other is not None, "what is kept has a name"
    heads = [
        queries.dividend_head(visit.db, name, content=run.content),
        queries.dividend_head(visit.db, other, content=before.content),
    ]
    now, then = (one.appropriation for one in heads)
    legs = {part.name: part.amount for part in queries.parts(visit.db, other, content=before.content)}
    mine = queries.parts(visit.db, name, content=run.content)
    return [
        Figure(N_("Surplus of the year"), now.surplus, then.surplus),
        Figure(N_("Reserve drawn"), now.reserve, then.reserve),
        Figure(N_("Article 44 base"), now.article_44_base, then.article_44_base),
        Figure(N_("Distributed"), now.distributed, then.distributed),
        Figure(N_("Members of record"), len(heads[0].members), len(heads[1].members), money=False),
        *(Figure(part.name, part.amount, legs.get(part.name)) for part in mine),
        *(Figure(leg, 0, amount) for leg, amount in legs.items() if leg not in {part.name for part in mine}),
    ]


def _of_commission(visit: Visit, run: Run, name: RunName) -> dict[str, Any]:
    inputs, _ = queries.frozen_inputs(visit.db, name, content=run.content)
    result = rules.figures(inputs).result
    assert isinstance(inputs, CommissionInputs)
    assert isinstance(result, Commissions)
    before = queries.posted_before(visit.db, book=run.book, kind=run.kind, year=run.year)
    comparison: list[Figure] = []
    if before is not None:
        comparison.append(Figure(N_("Commissions paid"), run.total, before.total))
    return {
        "result": result,
        "managers": result.managers,
        "policy": inputs.policy,
        "compared": before,
        "comparison": comparison,
    }


def _of_order(visit: Visit, run: Run, name: RunName) -> dict[str, Any]:
    inputs, _ = queries.frozen_inputs(visit.db, name, content=run.content)
    result = rules.figures(inputs).result
    assert isinstance(inputs, OrderInputs)
    assert isinstance(result, Order)
    return {"order": order_answer(visit.db, inputs, result), "order_accounts": inputs.accounts}


# A line down to its facts


class Explained(NamedTuple):
    """A line with its leg and the facts its weight is the sum of; ``sums`` whether they still come to it."""

    line: Derivation
    basis: str
    own: str
    whole: str
    share: str
    facts: Sequence[Fact]
    found: int | None


@shows("/books/{book}/runs/{run}/lines/{payee}")
def explain_line(visit: Visit) -> Shown:
    """How what one member gets came about."""
    run, name = run_at(visit)
    payee = visit.text_at("payee")
    lines = queries.lines(visit.db, name, content=run.content, payee=payee)
    if not lines:
        raise Refusal(rules.run_must_exist.at("/payee", run=f"{run.id}/{payee}"), kind=RefusalKind.MISSING)
    if run.kind in ORDERS:
        return _explain_payment(visit, run, name, payee)
    inputs, _ = queries.frozen_inputs(visit.db, name, content=run.content)
    manager: Commission | None = None
    if isinstance(inputs, DividendInputs):
        derived = derivations.of_dividend(queries.parts(visit.db, name, content=run.content), lines)
        legs = {leg.no: leg for leg in inputs.policy.legs}
        explained = [_explained(visit, one, legs[one.part], inputs) for one in derived]
        policy = inputs.policy
    else:
        result = rules.figures(inputs).result
        assert isinstance(inputs, CommissionInputs)
        assert isinstance(result, Commissions)
        derived = derivations.of_commissions(inputs, result, lines)
        manager = next(one for one in result.managers if one.member == payee)
        explained = [
            Explained(
                one,
                one.basis,
                yuan_grouped(one.weight),
                yuan_grouped(one.total_weight),
                exactly(one.quotient),
                (),
                None,
            )
            for one in derived
        ]
        policy = inputs.policy
    return visit.page(
        "run_line.html",
        run=run,
        payee=payee,
        explained=explained,
        manager=manager,
        dimensions=DIMENSIONS,
        exactly=exactly,
        policy=policy,
        total=sum(one.amount for one in lines),
        names=names_of(visit, of_details=[payee]),
    )


def _explain_payment(visit: Visit, run: Run, name: RunName, payee: str) -> Shown:
    """What an order pays one member, beside the account it comes off."""
    order = _of_order(visit, run, name)["order"]
    return visit.page(
        "order_line.html",
        run=run,
        payee=payee,
        order=order,
        lines=[line for line in order.lines if line.member == payee],
        names=names_of(visit, of_details=[payee]),
    )


def _explained(visit: Visit, line: Derivation, leg: Leg, inputs: DividendInputs) -> Explained:
    facts, found = facts_of(visit.db, line.payee, leg.basis, inputs, book=visit.id, locale=visit.locale)
    kind = leg.basis.kind
    return Explained(
        line=line,
        basis=_basis_words(visit, leg.basis),
        own=_said_weight(line.weight, kind),
        whole=_said_weight(line.total_weight, kind),
        share=exactly(line.quotient),
        facts=facts,
        found=found,
    )


# Papers


@shows("/books/{book}/runs/{run}/documents/{digest}", deed=Deed.SEE_EVIDENCE)
def run_paper(visit: Visit) -> Shown:
    """The bytes of a paper."""
    return paper_of(visit)


def paper_of(visit: Visit) -> Shown:
    """The bytes of a paper. Nothing in it can run: its type is the one its content was judged to be."""
    run, name = run_at(visit)
    digest: Sha256 = visit.text_at("digest")
    paper = next((one for one in queries.documents(visit.db, name) if one.sha256 == digest), None)
    if paper is None:
        raise Refusal(paper_must_hang_there.at("/digest", run=run.id), kind=RefusalKind.MISSING)
    return served(visit, digest, name=paper.name)


@does("/books/{book}/runs/{run}/documents", deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_show)
async def attach_paper(visit: Visit) -> Shown:
    """Hang papers on the run."""
    return await attached(visit)


async def attached(visit: Visit) -> Shown:
    """The run with the papers of the form hung on it."""
    _, name = await visit.read(lambda: run_at(visit))
    papers = await papers_of(visit)
    await visit.write(
        lambda db: actions.attach(db, name, papers, by=visit.by, at=visit.at, seen=seen_in(visit))
    )
    return see_other(f"{visit.home}/runs/{name}", notice=N_("Attached."))


# Payments


@does("/books/{book}/runs/{run}/batches", deed=Deed.MAKE_BATCH, again=_show)
async def make_batch(visit: Visit) -> Shown:
    """Make a batch of who may be paid."""
    _, name = await visit.read(lambda: run_at(visit))
    return await made(visit, name)


# Steps


def seen_in(visit: Visit) -> Seen:
    """What the form was made from: whoever signs, signs that."""
    version = number_from(visit.field("version"))
    if version is None:
        raise wire.Unreadable(wire.must_be_whole_number.at("/version"))
    return Seen(digest=visit.field("digest") or None, version=version)


def steps_at(path: str, *, again: Again, name: str) -> list[HTTPRouteHandler]:
    """The acts that take each step of the runs at an address; ``name`` tells them from those elsewhere."""
    return [
        _step(path, RunStep.SUBMIT, again=again, name=name, papers=True),
        _step(path, RunStep.PUBLISH, again=again, name=name),
        _step(path, RunStep.APPROVE, again=again, name=name),
        _step(path, RunStep.RETURN, again=again, name=name, reason=True),
        _step(path, RunStep.POST, again=again, name=name),
        _step(path, RunStep.REVERT, again=again, name=name, reason=True),
    ]


def _step(
    path: str, step: RunStep, *, again: Again, name: str, reason: bool = False, papers: bool = False
) -> HTTPRouteHandler:
    take = STEPS[step]

    async def act(visit: Visit) -> Shown:
        _, run = await visit.read(lambda: run_at(visit))
        more: dict[str, Any] = {"reason": visit.field("reason")[:200]} if reason else {}
        if papers:
            more["papers"] = await papers_of(visit)
        if step is RunStep.SUBMIT:
            more["resolution"] = visit.field("resolution")[:80]
        await visit.write(
            lambda db: take(db, run, by=visit.by, on=visit.on, at=visit.at, seen=seen_in(visit), **more)
        )
        return see_other(f"{visit.home}/runs/{run}", notice=NOTICES[step])

    act.__name__ = f"{step}_{name}"
    takes = UPLOAD_BYTES if papers else 65_536
    return does(f"{path}/{step}", deed=rules.DEEDS[step], takes=takes, again=again)(act)


handlers = [
    show_run,
    explain_line,
    run_paper,
    attach_paper,
    make_batch,
    *steps_at("/books/{book}/runs/{run}", again=_show, name="the_run"),
]
