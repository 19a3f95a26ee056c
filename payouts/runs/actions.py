"""The steps of a run 编制, 送审, 公示, 审批, 退回, 记账, 撤销, each with who did it and what it spoke of (RULES §9)."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert, update

from coop.places import actions as places
from ledger.books import queries as books
from ledger.charts import standard
from ledger.columns import adding_rows, table_of
from ledger.details import actions as detail_actions
from ledger.details import queries as details
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.people import queries as people
from ledger.periods import actions as periods
from ledger.vouchers import actions as voucher_actions
from ledger.vouchers import queries as voucher_queries
from ledger.vouchers.rules import red_lines
from payouts.awards import actions as award_actions
from payouts.awards import queries as awards
from payouts.batches import queries as batches
from payouts.batches.rules import faults_of_taking_back
from payouts.crossings import actions as crossings
from payouts.notices import queries as notices
from payouts.notices.rules import faults_of_upheld
from payouts.proposals import queries as proposals
from payouts.runs import queries, rules
from payouts.runs.differences import differences
from payouts.runs.rules import Figures, RunName
from payouts.runs.tables import (
    RunActRow,
    RunContentRow,
    RunDocumentRow,
    RunLineRow,
    RunPartRow,
    RunRow,
    RunVoucherRow,
    RunWithholdingRow,
)
from schemas.books import Book, Detail
from schemas.charts import KeptBy
from schemas.evidence import EvidenceFile
from schemas.log import Act
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.rewards import RewardChoice
from schemas.runs import ORDERS, Document, OrderChoice, Run, RunKind, RunState, RunStep
from schemas.units import BookId, PersonId, Value, VoucherId
from schemas.vouchers import Correction, CorrectionKind, MadeVoucher, Origin, VoucherDraft

_run = table_of(RunRow)
_ADD_PARTS, _ADD_LINES = adding_rows(table_of(RunPartRow)), adding_rows(table_of(RunLineRow))
_ADD_WITHHELD = adding_rows(table_of(RunWithholdingRow))


class Paper(Value):
    """A file about to be attached to a run, and what it is."""

    file: EvidenceFile
    document: Document


class Seen(Value):
    """What somebody looked at before he decided: the digest of the figures, the version of the run; None: not said."""

    digest: str | None = None
    version: int | None = None


AS_IT_IS = Seen()
"""Nothing was looked at before."""


def new(
    db: Connection,
    *,
    book: BookId,
    kind: RunKind,
    year: int,
    by: PersonId,
    on: date,
    at: datetime,
    order: OrderChoice | None = None,
    reward: RewardChoice | None = None,
) -> tuple[Run, Figures]:
    """Work out a run 编制 and keep it as a draft; ``order`` says what a payment order is to pay, everything that is owed
    by now where it says nothing, ``reward`` which scheme for which period. Refused: one of this kind and year stands
    already or an order or rewards of this kind are under way, the settlement stage is not open, of a dividend the commissions are not posted, or what the rules of the kind
    refuse."""
    if kind in rules.OF_A_TOWNSHIP:
        places.desk(db, township=book)
    else:
        log.lock(db, book=book)
    made = proposals.proposed(db, book=book, kind=kind, year=year, on=on, order=order, reward=reward)
    used = rules.policy_used(made.inputs)
    name = RunName(
        book=book,
        kind=kind,
        year=year,
        round=queries.last_round(db, book=book, kind=kind, year=year) + 1,
    )
    db.execute(
        insert(_run),
        [
            {
                **_key(name),
                "state": RunState.DRAFT.value,
                "content": 1,
                "digest": made.digest,
                "total": made.total,
                "policy_version": used.version,
                "prepared_by": by,
                "approved_by": None,
                "resolution": used.resolution,
                "version": 1,
            }
        ],
    )
    _freeze(db, name, made, content=1)
    kept = _there(db, name)
    _note(db, name, RunStep.NEW, kept, by=by, on=on, at=at)
    return kept, made


def prepare(
    db: Connection,
    *,
    book: BookId,
    kind: RunKind,
    year: int,
    by: PersonId,
    on: date,
    at: datetime,
    resolution: str = "",
    papers: Sequence[Paper] = (),
    seen: Seen = AS_IT_IS,
    submit: bool = True,
    order: OrderChoice | None = None,
    reward: RewardChoice | None = None,
) -> Run:
    """A new run with its papers, handed in at once unless it is to stay a draft. Refused when it does not come to what
    was seen in its preview, and as ``new`` and ``submit`` refuse."""
    run, made = new(db, book=book, kind=kind, year=year, by=by, on=on, at=at, order=order, reward=reward)
    if seen.digest is not None and seen.digest != made.digest:
        raise Refusal(_stale(made.digest, seen.digest), kind=RefusalKind.STALE)
    name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    if not submit:
        return attach(db, name, papers, by=by, at=at)
    return _submit(db, name, run, made, by=by, on=on, at=at, resolution=resolution, papers=papers)


def submit(
    db: Connection,
    name: RunName,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    resolution: str = "",
    papers: Sequence[Paper] = (),
    seen: Seen = AS_IT_IS,
) -> Run:
    """Hand a run in 送审. It is worked out once more and frozen; refused with what changed since when that is not what
    the preparer has ``seen``. Refused without a resolution, and when it is still the list an appeal was right about."""
    before = _turn(db, name, RunStep.SUBMIT, on=on, version=seen.version)
    _refuse(
        proposals.faults_of_stage(db, book=name.book, kind=name.kind, year=name.year), kind=RefusalKind.STATE
    )
    made = proposals.live_again(db, before)
    if seen.digest is not None and seen.digest != made.digest:
        problems = (_changes(db, name, before, made) if seen.digest == before.digest else ()) or (
            _stale(made.digest, seen.digest),
        )
        raise Refusal(*problems, kind=RefusalKind.STALE)
    return _submit(db, name, before, made, by=by, on=on, at=at, resolution=resolution, papers=papers)


def _submit(
    db: Connection,
    name: RunName,
    before: Run,
    made: Figures,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    resolution: str,
    papers: Sequence[Paper],
) -> Run:
    named = resolution.strip() or before.resolution
    if not named:
        raise Refusal(rules.resolution_must_be_named.at("/resolution"))
    _refuse(rules.faults_of_inputs(made.inputs), kind=RefusalKind.RULE)
    _refuse(_faults_of_upheld(db, name, digest=made.digest), kind=RefusalKind.STATE)
    content = before.content
    if made.digest != before.digest:
        content += 1
        _freeze(db, name, made, content=content)
    _attach(db, name, papers, by=by, at=at)
    after = _moved(
        db,
        name,
        before,
        RunStep.SUBMIT,
        content=content,
        digest=made.digest,
        total=made.total,
        policy_version=rules.policy_used(made.inputs).version,
        prepared_by=by,
        approved_by=None,
        resolution=named,
    )
    _note(db, name, RunStep.SUBMIT, after, by=by, on=on, at=at)
    return after


def publish(
    db: Connection,
    name: RunName,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    papers: Sequence[Paper] = (),
    seen: Seen = AS_IT_IS,
) -> Run:
    """Put a run on notice 公示 with its masked list. Refused when anything it follows from has changed."""
    before = _turn(db, name, RunStep.PUBLISH, on=on, version=seen.version)
    _refuse_another(before, seen)
    _refuse_changes(db, name, before)
    _attach(db, name, papers, by=by, at=at)
    after = _moved(db, name, before, RunStep.PUBLISH)
    _note(db, name, RunStep.PUBLISH, after, by=by, on=on, at=at)
    return after


def approve(
    db: Connection,
    name: RunName,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    papers: Sequence[Paper] = (),
    seen: Seen = AS_IT_IS,
) -> Run:
    """Approve a run 审批: another person than the preparer, after the notice, with the paper its size asks for. What is
    signed is the digest; refused when it is not the one ``seen``, or when anything changed since it was submitted."""
    before = _turn(db, name, RunStep.APPROVE, on=on, version=seen.version)
    _refuse_another(before, seen)
    _attach(db, name, papers, by=by, at=at)
    acts = queries.acts(db, name)
    procedure = queries.procedure_of(db, name, acts)
    problems = [
        *([] if people.names_of(db, [by]) else [rules.approver_must_be_known.at("/by", person=by)]),
        *([rules.approver_must_differ.at("/by")] if by == before.prepared_by else []),
        *rules.faults_of_notice(acts, on=on, procedure=procedure),
        *rules.faults_of_papers(before, queries.documents(db, name), procedure=procedure),
    ]
    _refuse(problems, kind=RefusalKind.RULE)
    _refuse(_faults_of_upheld(db, name, digest=before.digest), kind=RefusalKind.STATE)
    _refuse_changes(db, name, before)
    after = _moved(db, name, before, RunStep.APPROVE, approved_by=by)
    _note(db, name, RunStep.APPROVE, after, by=by, on=on, at=at)
    return after


def give_back(
    db: Connection,
    name: RunName,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    reason: str,
    seen: Seen = AS_IT_IS,
) -> Run:
    """Return a run 退回 with a reason; an approval falls with it."""
    before = _turn(db, name, RunStep.RETURN, on=on, version=seen.version)
    _refuse_another(before, seen)
    if not reason.strip():
        raise Refusal(rules.return_needs_a_reason.at("/reason"))
    after = _moved(db, name, before, RunStep.RETURN, approved_by=None)
    _note(db, name, RunStep.RETURN, after, by=by, on=on, at=at, reason=reason.strip())
    return after


def post(
    db: Connection, name: RunName, *, by: PersonId, on: date, at: datetime, seen: Seen = AS_IT_IS
) -> Run:
    """Post what was approved 记账. What comes of a year's result goes into its settlement stage: a commission's accrual is
    carried to the surplus at once; a dividend folds the distribution account and seals the year. What a township awards
    falls due from now on (``payouts.awards``), what a reward scheme pays at once, by the township's own payroll. Of a payment order what is withheld is booked, on the day itself; the rest
    stands until it is paid. Refused when anything moved since."""
    before = _turn(db, name, RunStep.POST, on=on, version=seen.version)
    _refuse_another(before, seen)
    _refuse(
        proposals.faults_of_stage(db, book=name.book, kind=name.kind, year=name.year), kind=RefusalKind.STATE
    )
    made = _refuse_changes(db, name, before)
    assert before.approved_by is not None, "an approved run has an approver (run_is_approved_by_somebody)"
    if name.kind not in rules.OF_A_TOWNSHIP:
        chart = standard(_book(db, name.book).standard)
        _know_names(db, name.book, rules.names_needed(made, standard=chart), by=by, at=at)
        _record(
            db,
            name,
            rules.vouchers(made, standard=chart, on=on),
            prepared_by=before.prepared_by,
            reviewed_by=before.approved_by,
            by=by,
            on=on,
            at=at,
        )
    if name.kind is RunKind.DIVIDEND:
        periods.seal_year(
            db,
            book=name.book,
            year=name.year,
            by=before.prepared_by,
            reviewed_by=before.approved_by,
            resolution=before.resolution,
            on=on,
            at=at,
        )
    elif name.kind is RunKind.COMMISSION:
        _carry_over(db, name, by=before.prepared_by, reviewed_by=before.approved_by, on=on, at=at)
    after = _moved(db, name, before, RunStep.POST)
    crossings.declare(db, after, by=by, on=on, at=at)
    _note(db, name, RunStep.POST, after, by=by, on=on, at=at)
    return after


def revert(
    db: Connection,
    name: RunName,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    reason: str,
    seen: Seen = AS_IT_IS,
) -> Run:
    """Undo a run 撤销 as one act, which ends its round: a draft is given up; of what was posted every voucher is
    cancelled in red and the settlement stage opens again. Refused once the next year is being settled, and for a
    commission while the year's dividend rests on it; and while something of it is paid or in a batch
    (``batches.actions.take_back_run`` voids what was not sent first), of a township in a collective's voucher that is
    reviewed or posted; its drafts are withdrawn."""
    if name.kind is RunKind.TIERS:
        award_actions.lock_homes(db, township=name.book, year=name.year, on=on)
    before = _turn(db, name, RunStep.REVERT, on=on, version=seen.version)
    _refuse_another(before, seen)
    if not reason.strip():
        raise Refusal(rules.return_needs_a_reason.at("/reason"))
    if before.is_booked:
        assert before.approved_by is not None, "a posted run has an approver (run_is_approved_by_somebody)"
        if by == before.prepared_by:
            raise Refusal(rules.approver_must_differ.at("/by"))
        if name.kind is RunKind.TIERS:
            award_actions.withdraw_drafts(
                db,
                run=before.id,
                township=name.book,
                year=name.year,
                by=by,
                on=on,
                at=at,
                reason=reason.strip(),
            )
            _refuse(_faults_of_awards(db, name, on=on), kind=RefusalKind.STATE)
        elif name.kind not in rules.OF_A_TOWNSHIP:
            _take_back(db, name, before, by=by, on=on, at=at, reason=reason.strip())
    after = _moved(db, name, before, RunStep.REVERT)
    _note(db, name, RunStep.REVERT, after, by=by, on=on, at=at, reason=reason.strip())
    return after


def _take_back(
    db: Connection, name: RunName, before: Run, *, by: PersonId, on: date, at: datetime, reason: str
) -> None:
    """Cancel what a run of a book posted."""
    dues = batches.dues(db, before).values()
    _refuse(faults_of_taking_back(dues, run=before.id), kind=RefusalKind.STATE)
    crossings.take_claims_back(db, before, by=by, on=on, at=at)
    if name.kind is RunKind.DIVIDEND:
        periods.reopen_settlement(db, book=name.book, year=name.year, by=by, reason=reason, on=on, at=at)
    elif name.kind is RunKind.COMMISSION:
        _refuse(_faults_of_dividend(db, name), kind=RefusalKind.STATE)
    _cancel(db, name, prepared_by=before.prepared_by, reviewed_by=by, on=on, at=at)
    if name.kind is RunKind.COMMISSION:
        _carry_over(db, name, by=before.prepared_by, reviewed_by=by, on=on, at=at)


def carry_on(db: Connection, name: RunName, step: RunStep, *, by: PersonId, on: date, at: datetime) -> Run:
    """Move a booked run on by what became of its batches: sent out for the first time, paid to the last line."""
    assert step in rules.BY_BATCHES, "every other step is somebody's own"
    before = _turn(db, name, step, on=on, version=None)
    after = _moved(db, name, before, step)
    _note(db, name, step, after, by=by, on=on, at=at)
    return after


def attach(
    db: Connection,
    name: RunName,
    papers: Sequence[Paper],
    *,
    by: PersonId,
    at: datetime,
    seen: Seen = AS_IT_IS,
) -> Run:
    """Hang papers on a run that is not posted or reverted; their bytes are in the store before. What hangs there
    already stays as it is."""
    log.lock(db, book=name.book)
    before = _there(db, name)
    _refuse_version(before, seen.version)
    if before.is_booked or before.state is RunState.REVERTED:
        raise Refusal(
            rules.run_must_take_papers.at("/state", run=before.id, state=f"run.{before.state}"),
            kind=RefusalKind.STATE,
        )
    if _attach(db, name, papers, by=by, at=at):
        _update(db, name, version=before.version + 1)
    return _there(db, name)


# The turn


def _book(db: Connection, id: BookId) -> Book:
    found = books.book(db, id=id)
    assert found is not None, "the book is locked, so it exists"
    return found


def _turn(db: Connection, name: RunName, step: RunStep, *, on: date, version: int | None) -> Run:
    """The run whose turn it is, its book or township locked."""
    log.lock(db, book=name.book)
    run = _there(db, name)
    _refuse_version(run, version)
    problems = rules.faults_of_step(step, run, on=on, acts=queries.acts(db, name))
    _refuse(problems, kind=RefusalKind.STATE)
    return run


def _there(db: Connection, name: RunName) -> Run:
    run = queries.run(db, name)
    if run is None:
        raise Refusal(rules.run_must_exist.at("/run", run=name), kind=RefusalKind.MISSING)
    return run


def _refuse(problems: Iterable[Problem], *, kind: RefusalKind) -> None:
    found = tuple(problems)
    if found:
        raise Refusal(*found, kind=kind)


# What stands in the way


def _faults_of_awards(db: Connection, name: RunName, *, on: date) -> Iterable[Problem]:
    for one in awards.awards(db, township=name.book, year=name.year, on=on):
        if one.voucher is not None:
            yield rules.awards_must_not_be_booked.at(
                "/run", book=one.book, voucher=one.voucher, person=one.person
            )


def _faults_of_dividend(db: Connection, name: RunName) -> tuple[Problem, ...]:
    dividend = queries.standing(db, book=name.book, kind=RunKind.DIVIDEND, year=name.year)
    if dividend is None or not dividend.is_booked:
        return ()
    return (rules.dividend_must_not_stand.at("/run", year=name.year),)


def _faults_of_upheld(db: Connection, name: RunName, *, digest: str) -> tuple[Problem, ...]:
    return faults_of_upheld(
        notices.appeals(db, book=name.book, run=name), digest=digest, digests=queries.digests(db, name)
    )


def _refuse_changes(db: Connection, name: RunName, run: Run) -> Figures:
    """What the run comes to now, which is what was submitted; refused with every difference."""
    made = proposals.live_again(db, run)
    _refuse(_changes(db, name, run, made), kind=RefusalKind.STALE)
    return made


def _changes(db: Connection, name: RunName, run: Run, made: Figures) -> tuple[Problem, ...]:
    if made.digest == run.digest:
        return ()
    inputs, _ = queries.frozen_inputs(db, name, content=run.content)
    return differences(rules.figures(inputs), made)


def _stale(digest: str, seen: str) -> Problem:
    return rules.digest_must_be_as_seen.at("/digest", seen=seen, digest=digest)


def _refuse_another(run: Run, seen: Seen) -> None:
    if seen.digest is not None and seen.digest != run.digest:
        raise Refusal(_stale(run.digest, seen.digest), kind=RefusalKind.STALE)


def _refuse_version(run: Run, version: int | None) -> None:
    if version is not None and version != run.version:
        raise Refusal(
            rules.run_must_be_as_seen.at(
                "/version", run=run.id, seen=version, version=run.version, state=f"run.{run.state}"
            ),
            kind=RefusalKind.STALE,
        )


# Writing


def _key(name: RunName) -> dict[str, object]:
    return {"book_id": name.book, "kind": name.kind.value, "year": name.year, "round": name.round}


def _freeze(db: Connection, name: RunName, made: Figures, *, content: int) -> None:
    key = {**_key(name), "content": content}
    inputs = msgspec.json.encode(made.inputs, order="deterministic").decode()
    db.execute(insert(table_of(RunContentRow)), [{**key, "digest": made.digest, "inputs": inputs}])
    _ADD_PARTS.write(
        db,
        [
            {
                **key,
                "no": part.no,
                "name": part.name,
                "bp": part.bp,
                "basis": part.basis,
                "patronage": int(part.patronage),
                "amount": part.amount,
                "total_weight": str(part.total_weight),
                "fen_from_remainders": part.fen_from_remainders,
            }
            for part in made.parts
        ],
    )
    _ADD_LINES.write(
        db,
        [
            {
                **key,
                "part": line.part,
                "payee": line.payee,
                "member_no": None if name.kind in rules.OF_A_TOWNSHIP else line.payee,
                "weight": line.weight,
                "amount": line.amount,
                "fen_from_remainder": int(line.fen_from_remainder),
            }
            for line in made.lines
        ],
    )
    _ADD_WITHHELD.write(
        db,
        [
            {**key, "part": part, "payee": payee, "amount": amount}
            for (part, payee), amount in sorted(made.withheld.items())
        ],
    )


def _attach(db: Connection, name: RunName, papers: Sequence[Paper], *, by: PersonId, at: datetime) -> bool:
    """Whether anything was new. Refused: a file that hangs there as something else."""
    there = {one.sha256: one.document for one in queries.documents(db, name)}
    fresh: dict[str, Paper] = {}
    for number, paper in enumerate(papers):
        known = there.get(paper.file.sha256)
        if known is None:
            there[paper.file.sha256] = paper.document
            fresh[paper.file.sha256] = paper
        elif known is not paper.document:
            raise Refusal(
                rules.paper_must_be_one_document.at(
                    f"/documents/{number}", name=paper.file.name, document=f"document.{known}"
                )
            )
    if not fresh:
        return False
    evidence.know_files(db, [paper.file for paper in fresh.values()], book=name.book)
    db.execute(
        insert(table_of(RunDocumentRow)),
        [
            {
                **_key(name),
                "sha256": sha256,
                "document": paper.document.value,
                "name": paper.file.name,
                "added_by": by,
                "at": log.instant(at),
            }
            for sha256, paper in fresh.items()
        ],
    )
    head = log.lock(db, book=name.book)
    attached = [
        Act(
            by=by,
            act="run.attach",
            subject=f"run:{name}",
            after=rules.attached_text(paper.document, paper.file.name),
            content=sha256,
        )
        for sha256, paper in fresh.items()
    ]
    log.append(db, attached, book=name.book, head=head, at=at)
    return True


def _moved(db: Connection, name: RunName, before: Run, step: RunStep, **changed: object) -> Run:
    state = rules.target(step, before.state)
    assert state is not None, "whose turn it is was asked first"
    _update(db, name, **changed, state=state.value, version=before.version + 1)
    return _there(db, name)


def _update(db: Connection, name: RunName, **changed: object) -> None:
    key = [_run.c[column] == value for column, value in _key(name).items()]
    db.execute(update(_run).where(*key).values(changed))


def _note(
    db: Connection,
    name: RunName,
    step: RunStep,
    run: Run,
    *,
    by: PersonId,
    on: date,
    at: datetime,
    reason: str = "",
) -> None:
    """Write the step down twice: for the run's own page, and into the chain with the digest it spoke of."""
    db.execute(
        insert(table_of(RunActRow)),
        [
            {
                **_key(name),
                "seq": len(queries.acts(db, name)) + 1,
                "step": step.value,
                "by": by,
                "on": on,
                "at": log.instant(at),
                "content": run.content,
                "reason": reason,
            }
        ],
    )
    act = Act(
        by=by,
        act=_LOGGED[step],
        subject=f"run:{name}",
        after=rules.noted_text(run.state, on=on, total=run.total, resolution=run.resolution, reason=reason),
        content=run.digest,
    )
    log.record(db, act, book=name.book, at=at)


def _record(
    db: Connection,
    name: RunName,
    drafts: Iterable[VoucherDraft],
    *,
    prepared_by: PersonId,
    reviewed_by: PersonId,
    by: PersonId,
    on: date,
    at: datetime,
) -> None:
    posted = voucher_actions.record_many(
        db,
        [
            MadeVoucher(
                draft=draft,
                origin=Origin.PAYOUT if name.kind in ORDERS else Origin.RUN,
                prepared_by=prepared_by,
                reviewed_by=reviewed_by,
            )
            for draft in drafts
        ],
        book=name.book,
        by=by,
        on=on,
        at=at,
    )
    if posted:
        db.execute(
            insert(table_of(RunVoucherRow)), [{**_key(name), "voucher_id": voucher.id} for voucher in posted]
        )


def _know_names(db: Connection, book: BookId, names: Collection[str], *, by: PersonId, at: datetime) -> None:
    """Names a run's vouchers book under become details of the book where they are none yet."""
    known = details.known(db, book=book, codes=names)
    new = [Detail(code=one, name=one, kind=KeptBy.NAME) for one in names if one not in known]
    if new:
        detail_actions.add_many(db, new, book=book, by=by, at=at)


def _cancel(
    db: Connection,
    name: RunName,
    *,
    prepared_by: PersonId,
    reviewed_by: PersonId,
    on: date,
    at: datetime,
) -> None:
    """Cancel everything the run posted in red, the last first."""
    ids: tuple[VoucherId, ...] = queries.vouchers(db, name)
    found = voucher_queries.vouchers(db, book=name.book, ids=ids)
    reds = [
        VoucherDraft(
            date=on if name.kind in ORDERS else found[id].date,
            word=found[id].word,
            lines=red_lines(found[id]),
            corrects=Correction(kind=CorrectionKind.RED, voucher=id),
        )
        for id in reversed(ids)
    ]
    _record(db, name, reds, prepared_by=prepared_by, reviewed_by=reviewed_by, by=reviewed_by, on=on, at=at)


def _carry_over(
    db: Connection, name: RunName, *, by: PersonId, reviewed_by: PersonId, on: date, at: datetime
) -> None:
    """Carry what the stage booked on to the result and the surplus (RULES §4)."""
    periods.settle_year(db, book=name.book, year=name.year, by=by, reviewed_by=reviewed_by, on=on, at=at)


_LOGGED: Mapping[RunStep, str] = {
    RunStep.NEW: "run.new",
    RunStep.SUBMIT: "run.submit",
    RunStep.PUBLISH: "run.publish",
    RunStep.APPROVE: "run.approve",
    RunStep.RETURN: "run.return",
    RunStep.EXPORT: "run.export",
    RunStep.SETTLE: "run.settle",
    RunStep.POST: "run.post",
    RunStep.REVERT: "run.revert",
}
"""What the log calls each step."""

STEPS: Mapping[RunStep, Callable[..., Run]] = {
    RunStep.SUBMIT: submit,
    RunStep.PUBLISH: publish,
    RunStep.APPROVE: approve,
    RunStep.RETURN: give_back,
    RunStep.POST: post,
}
"""What takes each step of a run that is there; taking it back takes its batches along (``batches.actions.STEPS``)."""
