"""What a run must still be: its frozen inputs give every line again, and its steps are those the log sealed. And what a
batch must still be: its lines are the run's, the bank's words are those the log sealed, its vouchers paid just that.

A line of 1 288.07 that somebody makes 1 388.07 behind the service's back no longer follows from its weight; the weight
made to fit no longer follows from the inputs; the inputs made to fit no longer have the digest that five entries of the
log sealed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ledger.money import yuan
from payouts.batches import rules as batches
from payouts.runs import rules as runs
from payouts.runs.rules import Figures
from schemas.batches import Batch, BatchLine, BatchState, Due, LineOutcome, Outcome
from schemas.log import LogEntry
from schemas.problems import Fault, Problem
from schemas.runs import Run, RunAct, RunDocument, RunLine, RunPart, RunState, RunStep
from schemas.units import BookId, Fen, PersonId, Value, VoucherId
from schemas.vouchers import VoucherDraft, VoucherLine

run_must_be_there = Fault(
    code="run_must_be_there",
    says="The log says (entry {seq}) that there was {run}, but it is gone.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_content_must_be_readable = Fault(
    code="run_content_must_be_readable",
    says="{run}: what was frozen as content {content} cannot be read: {reason}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_content_must_work_out = Fault(
    code="run_content_must_work_out",
    says="{run}: what was frozen as content {content} gives no distribution: {reason}",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_part_must_recompute = Fault(
    code="run_part_must_recompute",
    says="{run}, leg {no}: worked out again it is {recomputed}; stored is {stored}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_line_must_recompute = Fault(
    code="run_line_must_recompute",
    says="{run}, leg {no}, member {member}: worked out again it is {recomputed}; stored is {stored}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_withholding_must_recompute = Fault(
    code="run_withholding_must_recompute",
    says="{run}, leg {no}, member {member}: worked out again {recomputed} is withheld; stored is {stored}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_must_match_the_log = Fault(
    code="run_must_match_the_log",
    says="{run}: content {content} does not have the digest the log sealed.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_act_must_be_as_logged = Fault(
    code="run_act_must_be_as_logged",
    says="{run}: step {seq} ({step}) is not what the log says of it.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_must_stand_as_its_acts_say = Fault(
    code="run_must_stand_as_its_acts_say",
    says="{run}: {what} is kept as {stored}; by its steps it is {recomputed}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_paper_must_be_as_logged = Fault(
    code="run_paper_must_be_as_logged",
    says="{run}: the paper {sha256} is not what the log says hangs there.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
run_vouchers_must_be_its_own = Fault(
    code="run_vouchers_must_be_its_own",
    says="{run}: the vouchers {vouchers} are not the ones its figures make.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)


batch_must_be_there = Fault(
    code="batch_must_be_there",
    says="The log says (entry {seq}) that there was batch {number}, but it is gone.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
batch_must_have_been_made = Fault(
    code="batch_must_have_been_made",
    says="Lines, answers or vouchers name batch {number}, which is not there.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
batch_must_match_the_log = Fault(
    code="batch_must_match_the_log",
    says="Batch {number}: {what} is not what the log sealed.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
batch_line_must_be_there = Fault(
    code="batch_line_must_be_there",
    says="Batch {number} has {lines} lines; line {no} is gone, or was never one of them.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
batch_line_must_recompute = Fault(
    code="batch_line_must_recompute",
    says="Batch {number}, line {no} ({payee}): worked out again it is {recomputed}; stored is {stored}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
batch_outcome_must_be_as_logged = Fault(
    code="batch_outcome_must_be_as_logged",
    says="Batch {number}, line {no}: what the bank said (word {seq}) is not what the log sealed.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
batch_vouchers_must_pay_its_lines = Fault(
    code="batch_vouchers_must_pay_its_lines",
    says="Batch {number}: by its lines {recomputed} was paid on {account} {detail}; its vouchers say {stored}.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)


class KeptRun(Value):
    """A run with what is kept of it, and what the log says of it in order. ``contents`` are the digests stored, by
    number; ``figures`` what each gives worked out again, where it gives anything."""

    run: Run
    acts: tuple[RunAct, ...]
    documents: tuple[RunDocument, ...]
    contents: Mapping[int, str]
    figures: Mapping[int, Figures]
    logged: tuple[LogEntry, ...]


class KeptBatch(Value):
    """A batch with what is kept of it, and what the log says of it in order. ``said`` is everything the bank said of a
    line, with its number; ``posted`` the lines of its vouchers; ``of_lines`` what the log says of each line."""

    batch: Batch
    lines: tuple[BatchLine, ...]
    said: Mapping[int, Sequence[tuple[int, LineOutcome]]]
    ids: tuple[VoucherId, ...]
    posted: tuple[VoucherLine, ...]
    logged: tuple[LogEntry, ...]
    of_lines: Mapping[int, Sequence[LogEntry]]


def faults_of_content(
    run: Run,
    content: int,
    *,
    recomputed: Figures,
    parts: Sequence[RunPart],
    lines: Sequence[RunLine],
    withheld: Mapping[tuple[int, str], Fen],
) -> Iterable[Problem]:
    """Every leg and line, and everything withheld, that is not what the frozen inputs give."""
    at = f"/runs/{run.id}/{content}"
    legs = {part.no: part for part in parts}
    gives = {part.no: part for part in recomputed.parts}
    for no in sorted(legs.keys() | gives.keys()):
        if legs.get(no) != gives.get(no):
            yield run_part_must_recompute.at(
                f"{at}/{no}", run=run.id, no=no, recomputed=_part(gives.get(no)), stored=_part(legs.get(no))
            )
    for no, member in sorted(withheld.keys() | recomputed.withheld.keys()):
        amount, reckoned = withheld.get((no, member), 0), recomputed.withheld.get((no, member), 0)
        if amount != reckoned:
            yield run_withholding_must_recompute.at(
                f"{at}/{no}/{member}",
                run=run.id,
                no=no,
                member=member,
                recomputed=yuan(reckoned),
                stored=yuan(amount),
            )
    kept = {(line.part, line.payee): line for line in lines}
    given = {(line.part, line.payee): line for line in recomputed.lines}
    if kept == given:
        return
    for no, member in sorted(kept.keys() | given.keys()):
        stored, again = kept.get((no, member)), given.get((no, member))
        if stored != again:
            yield run_line_must_recompute.at(
                f"{at}/{no}/{member}",
                run=run.id,
                no=no,
                member=member,
                recomputed=_line(again),
                stored=_line(stored),
            )


def faults_of_log(kept: KeptRun) -> Iterable[Problem]:
    """Every digest, step and paper of a run that is not what the log sealed, and every field that its steps do not
    give."""
    yield from _faults_of_digests(kept)
    yield from _faults_of_acts(kept)
    yield from _faults_of_fields(kept)
    yield from _faults_of_papers(kept)


def faults_of_missing(
    runs_there: Iterable[Run], logged: Mapping[str, Sequence[LogEntry]], *, book: BookId
) -> Iterable[Problem]:
    """Every run the log speaks of that is gone."""
    there = {f"run:{run.id}" for run in runs_there}
    for subject, entries in logged.items():
        if subject not in there:
            yield run_must_be_there.at(
                f"/books/{book}/{subject}", seq=entries[0].seq, run=subject.removeprefix("run:")
            )


def faults_of_vouchers(
    run: Run,
    *,
    drafts: Sequence[VoucherDraft],
    posted: Mapping[VoucherId, Sequence[VoucherLine]],
    ids: Sequence[VoucherId],
    was_posted: bool,
) -> Iterable[Problem]:
    """The run's vouchers are not its figures' own: others, more, or fewer; those that cancel them are as many again."""
    wanted = [tuple(draft.lines) for draft in drafts] if was_posted else []
    times = 2 if run.state is RunState.REVERTED else 1
    found = [tuple(posted.get(id, ())) for id in ids]
    if len(ids) != times * len(wanted) or found[: len(wanted)] != wanted:
        shown = ", ".join(f"#{id}" for id in ids) or "—"
        yield run_vouchers_must_be_its_own.at(f"/runs/{run.id}/vouchers", run=run.id, vouchers=shown)


def was_posted(acts: Iterable[RunAct]) -> bool:
    """Whether a run was ever posted."""
    return any(act.step is RunStep.POST for act in acts)


def _faults_of_digests(kept: KeptRun) -> Iterable[Problem]:
    sealed = {entry.content for entry in kept.logged if entry.act != "run.attach"}
    for content, stored in kept.contents.items():
        again = kept.figures.get(content)
        if (again is not None and again.digest != stored) or stored not in sealed:
            yield run_must_match_the_log.at(
                f"/runs/{kept.run.id}/{content}", run=kept.run.id, content=content
            )


def _faults_of_acts(kept: KeptRun) -> Iterable[Problem]:
    steps = [entry for entry in kept.logged if entry.act != "run.attach"]
    state = RunState.DRAFT
    for place in range(max(len(steps), len(kept.acts))):
        act = kept.acts[place] if place < len(kept.acts) else None
        entry = steps[place] if place < len(steps) else None
        if act is not None and act.step is not RunStep.NEW:
            state = runs.target(act.step, state) or state
        if act is None or entry is None or not _is_logged(act, entry, state, kept):
            step = act.step if act is not None else (entry.act.removeprefix("run.") if entry else "")
            yield run_act_must_be_as_logged.at(
                f"/runs/{kept.run.id}/acts/{place + 1}", run=kept.run.id, seq=place + 1, step=f"run.{step}"
            )


def _is_logged(act: RunAct, entry: LogEntry, state: RunState, kept: KeptRun) -> bool:
    made = kept.figures.get(act.content)
    begins = f"{state} {act.on.isoformat()} {'' if made is None else yuan(made.total)}".rstrip()
    return (
        (entry.act, entry.by, entry.at) == (f"run.{act.step}", act.by, act.at)
        and entry.content == kept.contents.get(act.content)
        and entry.after.startswith(begins)
        and entry.after.endswith(act.reason)
    )


def _faults_of_fields(kept: KeptRun) -> Iterable[Problem]:
    run, acts = kept.run, kept.acts
    if not acts:
        return
    by_steps = _fold(acts)
    last = next((entry for entry in reversed(kept.logged) if entry.act != "run.attach"), None)
    noted = "" if last is None else last.after
    made = kept.figures.get(acts[-1].content)
    said = runs.noted_text(
        by_steps.state,
        on=acts[-1].on,
        total=run.total if made is None else made.total,
        resolution=run.resolution,
        reason=acts[-1].reason,
    )
    for what, stored, again in (
        ("state", run.state, by_steps.state),
        ("content", run.content, acts[-1].content),
        ("digest", run.digest, kept.contents.get(acts[-1].content, "—")),
        ("prepared_by", run.prepared_by, by_steps.prepared_by),
        ("approved_by", run.approved_by or "—", by_steps.approved_by or "—"),
        ("total", yuan(run.total), yuan(run.total if made is None else made.total)),
        ("resolution", said, noted or said),
    ):
        if stored != again:
            yield run_must_stand_as_its_acts_say.at(
                f"/runs/{run.id}/{what}", run=run.id, what=f"kept.{what}", stored=stored, recomputed=again
            )


class _Folded(Value):
    state: RunState
    prepared_by: PersonId
    approved_by: PersonId | None


def _fold(acts: Sequence[RunAct]) -> _Folded:
    state, prepared_by, approved_by = RunState.DRAFT, acts[0].by, None
    for act in acts[1:]:
        state = runs.target(act.step, state) or state
        if act.step is RunStep.SUBMIT:
            prepared_by, approved_by = act.by, None
        elif act.step is RunStep.APPROVE:
            approved_by = act.by
        elif act.step is RunStep.RETURN:
            approved_by = None
    return _Folded(state=state, prepared_by=prepared_by, approved_by=approved_by)


def _faults_of_papers(kept: KeptRun) -> Iterable[Problem]:
    logged = {
        entry.content: (entry.by, entry.at, entry.after) for entry in kept.logged if entry.act == "run.attach"
    }
    there = {
        one.sha256: (one.by, one.at, runs.attached_text(one.document, one.name)) for one in kept.documents
    }
    for sha256 in sorted(logged.keys() | there.keys()):
        if logged.get(sha256) != there.get(sha256):
            yield run_paper_must_be_as_logged.at(
                f"/runs/{kept.run.id}/documents/{sha256}", run=kept.run.id, sha256=sha256
            )


def _part(part: RunPart | None) -> str:
    if part is None:
        return "—"
    kind = "+" if part.patronage else "-"
    return (
        f"{part.name} {part.bp} {part.basis}{kind} {yuan(part.amount)} / {part.total_weight} "
        f"(+{part.fen_from_remainders})"
    )


def _line(line: RunLine | None) -> str:
    if line is None:
        return "—"
    return f"{yuan(line.amount)} / {line.weight}{' (+1)' if line.fen_from_remainder else ''}"


# Batches


subject_must_be_readable = Fault(
    code="subject_must_be_readable",
    says="Entry {seq} of the log ({act}) is about {subject}, which is nothing that can be.",
    remedy="Look at the backup of the day of the entry; somebody changed the log.",
)
award_voucher_must_owe_its_parts = Fault(
    code="award_voucher_must_owe_its_parts",
    says="Voucher {voucher} books {stored} owed to {person} on {account}; the bonuses it is for come to {recomputed}.",
    remedy="Look at the backup of the day it was posted; somebody changed the database, or the draft before it was posted: "
    "then cancel it in red, and it is drafted anew.",
)
said_must_be_as_sealed = Fault(
    code="said_must_be_as_sealed",
    says="{subject}: what is kept is not what the log sealed as entry {seq} ({act}).",
    remedy="Look at the backup of the day of the entry; somebody changed the database.",
)
said_must_be_there = Fault(
    code="said_must_be_there",
    says="{subject}: the log speaks of it as entry {seq} ({act}), and it is gone.",
    remedy="Look at the backup of the day of the entry; somebody changed the database.",
)
said_must_be_in_the_log = Fault(
    code="said_must_be_in_the_log",
    says="{subject} is kept, and the log knows nothing of it.",
    remedy="Look at the backups; somebody added to the database.",
)


def faults_of_said(
    kept: Mapping[str, str], logged: Mapping[str, LogEntry], *, home: BookId
) -> Iterable[Problem]:
    """What is kept beside acts of the log, by their subjects, against what each act sealed: changed, gone, or added."""
    for subject in sorted(kept.keys() | logged.keys()):
        at, entry = f"/books/{home}/{subject}", logged.get(subject)
        if entry is None:
            yield said_must_be_in_the_log.at(at, subject=subject)
        elif subject not in kept:
            yield said_must_be_there.at(at, subject=subject, seq=entry.seq, act=entry.act)
        elif kept[subject] != entry.content:
            yield said_must_be_as_sealed.at(at, subject=subject, seq=entry.seq, act=entry.act)


def faults_of_award_voucher(
    voucher: VoucherId, lines: Iterable[VoucherLine], parts: Mapping[str, Fen], *, account: str
) -> Iterable[Problem]:
    """Whom a posted voucher credits on the account of what is owed, against whose bonuses it was drafted for."""
    posted: Counter[str] = Counter()
    for line in lines:
        if line.account == account:
            posted[line.detail] += line.credit - line.debit
    for person in sorted(posted.keys() | parts.keys()):
        if posted[person] != parts.get(person, 0):
            yield award_voucher_must_owe_its_parts.at(
                f"/vouchers/{voucher}",
                voucher=f"#{voucher}",
                person=person or "—",
                account=account,
                stored=yuan(posted[person]),
                recomputed=yuan(parts.get(person, 0)),
            )


def number_of(entry: LogEntry) -> tuple[int, ...] | None:
    """The numbers an entry's subject names, ``batch:3:12`` or ``message:3``; None where it names none."""
    _, *numbers = entry.subject.split(":")
    if 1 <= len(numbers) <= 2 and all(re.fullmatch(r"[0-9]{1,15}", one) for one in numbers):
        return tuple(map(int, numbers))
    return None


def faults_of_subject(entry: LogEntry, *, home: BookId) -> Iterable[Problem]:
    """An entry whose subject is nothing that can be."""
    yield subject_must_be_readable.at(
        f"/books/{home}/log/{entry.seq}", seq=entry.seq, act=entry.act, subject=entry.subject or "—"
    )


def faults_of_missing_batches(
    there: Iterable[Batch],
    logged: Mapping[int, Sequence[LogEntry]],
    *,
    strays: Iterable[int],
    book: BookId,
) -> Iterable[Problem]:
    """Every batch the log speaks of that is gone, and every one that rows name and nobody made."""
    numbers = {batch.number for batch in there}
    for number, entries in sorted(logged.items()):
        if number not in numbers:
            yield batch_must_be_there.at(f"/books/{book}/batches/{number}", seq=entries[0].seq, number=number)
    for number in strays:
        if number not in logged:
            yield batch_must_have_been_made.at(f"/books/{book}/batches/{number}", number=number)


def faults_of_batch(
    kept: KeptBatch, *, dues: Mapping[str, Due], before: Mapping[str, int]
) -> Iterable[Problem]:
    """Everything of a batch that is not as it was: of what its run owes (``dues``), with as many attempts before it as
    ``before`` says, of what the log sealed, and of what its vouchers paid."""
    yield from _faults_of_sealing(kept)
    yield from _faults_of_batch_lines(kept, dues, before)
    yield from _faults_of_outcomes(kept)
    yield from _faults_of_payment(kept, dues)


def _faults_of_sealing(kept: KeptBatch) -> Iterable[Problem]:
    batch = kept.batch
    contents: dict[str, str] = {entry.act: entry.content for entry in kept.logged}
    state, version = _standing(kept, contents)
    went_out = state in {BatchState.SENT, BatchState.SETTLED}
    for what, holds in (
        ("making", contents.get("batch.make") == batches.content_of_making(batch, kept.lines)),
        ("sending", not went_out or contents.get("batch.send") == batches.content_of_sending(batch)),
        ("state", (batch.state, batch.version) == (state, version)),
        ("sender", went_out or (batch.sent_by, batch.sent_on) == (None, None)),
        (
            "vouchers",
            contents.get("batch.answer", batches.content_of_vouchers(()))
            == batches.content_of_vouchers(kept.ids),
        ),
    ):
        if not holds:
            yield batch_must_match_the_log.at(
                f"/batches/{batch.number}/{what}", number=batch.number, what=f"kept.{what}"
            )


def _standing(kept: KeptBatch, contents: Mapping[str, str]) -> tuple[BatchState, int]:
    """Where a batch stands by the log, and its version."""
    if "batch.void" in contents:
        return BatchState.VOIDED, 2
    if "batch.send" not in contents:
        return BatchState.MADE, 1
    if len(kept.of_lines) == kept.batch.lines:
        return BatchState.SETTLED, 3
    return BatchState.SENT, 2


def _faults_of_batch_lines(
    kept: KeptBatch, dues: Mapping[str, Due], before: Mapping[str, int]
) -> Iterable[Problem]:
    batch, number = kept.batch, kept.batch.number
    for no in sorted({line.no for line in kept.lines} ^ set(range(1, batch.lines + 1))):
        yield batch_line_must_be_there.at(f"/batches/{number}/{no}", number=number, lines=batch.lines, no=no)
    for line in kept.lines:
        due = dues.get(line.payee)
        again = None if due is None else (due.net, before.get(line.payee, 0) + 1)
        if again != (line.amount, line.attempt):
            yield batch_line_must_recompute.at(
                f"/batches/{number}/{line.no}",
                number=number,
                no=line.no,
                payee=line.payee,
                recomputed="—" if again is None else _attempt(*again),
                stored=_attempt(line.amount, line.attempt),
            )


def _faults_of_outcomes(kept: KeptBatch) -> Iterable[Problem]:
    number = kept.batch.number
    for no in sorted(kept.said.keys() | kept.of_lines.keys()):
        said = {seq: batches.content_of_outcome(outcome) for seq, outcome in kept.said.get(no, ())}
        sealed = {seq: entry.content for seq, entry in enumerate(kept.of_lines.get(no, ()), 1)}
        for seq in sorted(said.keys() | sealed.keys()):
            if said.get(seq) != sealed.get(seq):
                yield batch_outcome_must_be_as_logged.at(
                    f"/batches/{number}/{no}/{seq}", number=number, no=no, seq=seq
                )


def _faults_of_payment(kept: KeptBatch, dues: Mapping[str, Due]) -> Iterable[Problem]:
    """What the batch's vouchers moved on each account and detail, debit positive, is what its lines say was paid and did
    not come back; the money they credit is the same sum."""
    batch = kept.batch
    paid: Counter[tuple[str, str]] = Counter()
    for line in kept.lines:
        words, due = kept.said.get(line.no, ()), dues.get(line.payee)
        if due is not None and words and words[-1][1].outcome is Outcome.PAID:
            for part in batches.net_parts(due):
                paid[part.account, part.detail] += part.amount
                paid[batch.account, ""] -= part.amount
    posted: Counter[tuple[str, str]] = Counter()
    for entry in kept.posted:
        posted[entry.account, entry.detail] += entry.debit - entry.credit
    for account, detail in sorted(paid.keys() | posted.keys()):
        if paid[account, detail] != posted[account, detail]:
            yield batch_vouchers_must_pay_its_lines.at(
                f"/batches/{batch.number}/vouchers",
                number=batch.number,
                account=account,
                detail=detail or "—",
                recomputed=yuan(paid[account, detail]),
                stored=yuan(posted[account, detail]),
            )


def _attempt(amount: Fen, attempt: int) -> str:
    return f"{yuan(amount)} ({attempt})"
