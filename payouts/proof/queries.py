"""Proving a book with its register and its runs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection

from coop.proof import queries as coop
from coop.proof.bodies import Body
from coop.snapshots import queries as snapshots
from ledger.charts import standard
from ledger.columns import Unreadable
from ledger.log import queries as log
from ledger.outbox import queries as outbox
from ledger.outbox.rules import faults_of_sent
from ledger.proof.queries import Load, Read
from ledger.vouchers import queries as vouchers
from payouts.awards import queries as awards
from payouts.awards import rules as award_rules
from payouts.batches import formats
from payouts.batches import queries as batches
from payouts.candidates import queries as candidates
from payouts.crossings import queries as crossings
from payouts.crossings.rules import DECLARED
from payouts.messages import queries as messages
from payouts.notices import queries as notices
from payouts.notices import rules as notice_rules
from payouts.policies import queries as policies
from payouts.proof import messages as of_messages
from payouts.proof import policies as proved_policies
from payouts.proof import rules
from payouts.proof.rules import KeptBatch, KeptRun
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from payouts.runs.rules import Figures, RunName
from payouts.ties import queries as ties
from payouts.ties import rules as tie_rules
from payouts.township_policies import queries as township_policies
from schemas.batches import Due
from schemas.books import Book
from schemas.charts import Standard
from schemas.log import LogEntry
from schemas.policies import BonusPolicy, CharterPolicy, PolicyHead, PolicyKind, Procedure
from schemas.problems import Problem, Refusal
from schemas.proof import BookProof
from schemas.rewards import Candidate, RewardPolicy, Scheme
from schemas.runs import Run, RunKind
from schemas.snapshots import IncomePolicy
from schemas.units import BookId

_OF_RUNS, _OF_BATCHES, _OF_MESSAGES, _OF_APPEALS = "run", "batch", "message", "appeal"
"""What the log's entries of runs, of batches, of messages to a bank and of appeals begin with."""

OF_REWARDS = (
    Body("reward_policy", "scheme", lambda _: Scheme),
    Body("reward_sheet", "candidates", lambda _: tuple[Candidate, ...]),
    Body("reward_order", "who", lambda _: tuple[str, ...]),
)
"""What schemes, their sheets and the orders of their ties keep as text."""

_OF_POLICIES = ("policy", "procedure", "bonus", "reward", "income")
"""What the log's entries of policies begin with."""


def prove(db: Connection, *, book: Book, load: Load | None = None, read: Read | None = None) -> BookProof:
    """Prove a book as ``coop.proof`` does, and every run of it: worked out again from its frozen inputs it has the
    same legs, lines, digest and vouchers, and its steps are those the log sealed; and every batch of its payments, whose
    vouchers paid just what the bank says was paid, and whose message to the bank stands where the log left it."""
    proof = coop.prove(db, book=book, load=load, read=read)
    problems = (
        *proof.problems,
        *faults_of_policies(db, home=book.id),
        *faults_of_runs(db, home=book.id, chart=standard(book.standard)),
        *faults_of_batches(db, book=book),
        *faults_of_messages(db, book=book),
        *_faults_of_awards(db, book=book.id),
        *_faults_of_appeals(db, home=book.id),
        *faults_of_sent(
            crossings.standing_of_collectives(db, book=book.id),
            outbox.standing(db, book=book.id, of=lambda kind: kind == DECLARED or kind in list(RunKind)),
            book=book.id,
        ),
    )
    return msgspec.structs.replace(proof, problems=problems)


def prove_township(db: Connection, *, township: BookId, read: Read | None = None) -> BookProof:
    """Prove the desk of a township: its chain, its frozen months, its policies and sheets, its runs worked out again, and that who left office and in which order
    equals stand is as it was said."""
    proof = coop.prove_township(db, township=township, read=read)
    problems = (
        *proof.problems,
        *faults_of_policies(db, home=township),
        *faults_of_runs(db, home=township, chart=None),
        *_faults_of_said(
            db,
            home=township,
            act=tie_rules.NOTED,
            kept={
                f"tier-order:{one.seq}": tie_rules.sealed(one) for one in ties.orders(db, township=township)
            },
        ),
        *_faults_of_said(
            db,
            home=township,
            act=award_rules.NOTED,
            kept={
                f"leaving:{one.seq}": award_rules.sealed_leaving(one)
                for one in awards.leavings(db, township=township)
            },
        ),
        *_faults_of_appeals(db, home=township),
    )
    return msgspec.structs.replace(proof, problems=problems)


def _faults_of_awards(db: Connection, *, book: BookId) -> Iterable[Problem]:
    """What vouchers of a collective book of bonuses, against what the log sealed of each."""
    taken: defaultdict[int, list[tuple[str, str, int, int, int]]] = defaultdict(list)
    parts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for one in awards.booked(db, book=book):
        taken[one.voucher].append((one.run, one.person, one.month, one.attempt, one.amount))
        if one.posted:
            parts[one.voucher][one.person] += one.amount
    kept = {f"voucher:{voucher}": award_rules.sealed_parts(of) for voucher, of in taken.items()}
    yield from _faults_of_said(db, home=book, act=award_rules.DRAFTED, kept=kept)
    found = vouchers.vouchers(db, book=book, ids=sorted(parts))
    for voucher, owed in parts.items():
        yield from rules.faults_of_award_voucher(
            voucher, found[voucher].lines, owed, account=award_rules.PAYABLE
        )


def _faults_of_appeals(db: Connection, *, home: BookId) -> Iterable[Problem]:
    """Every appeal and everything that followed it, against what the log sealed of each in turn."""
    kept = {
        _in_turn(f"appeal:{one.number}", turn): content
        for one in notices.appeals(db, book=home)
        for turn, content in enumerate(notice_rules.sealed(one))
    }
    logged: dict[str, LogEntry] = {}
    turns: Counter[str] = Counter()
    for entry in log.entries(db, book=home, act=_OF_APPEALS):
        logged[_in_turn(entry.subject, turns[entry.subject])] = entry
        turns[entry.subject] += 1
    return rules.faults_of_said(kept, logged, home=home)


def _in_turn(subject: str, turn: int) -> str:
    return f"{subject}/{turn}" if turn else subject


def _faults_of_said(db: Connection, *, home: BookId, act: str, kept: Mapping[str, str]) -> Iterable[Problem]:
    """What is kept beside an act of the log, by its subject, against what the act sealed."""
    logged = {entry.subject: entry for entry in log.entries(db, book=home, act=act)}
    return rules.faults_of_said(kept, logged, home=home)


def faults_of_policies(db: Connection, *, home: BookId) -> Iterable[Problem]:
    """Every policy of a book or a township, with its scans and its approval, and every sheet of a reward scheme and order
    of a tie, that is not what the log sealed; those only that cannot be read, where there are any."""
    spoilt = coop.unreadable(db, OF_REWARDS, chain=home)
    if spoilt:
        return spoilt
    logged = [entry for begins in _OF_POLICIES for entry in log.entries(db, book=home, act=begins)]
    return proved_policies.faults_of_kept(_kept_of_policies(db, home=home), logged, book=home)


def _kept_of_policies(db: Connection, *, home: BookId) -> Iterator[proved_policies.Kept]:
    for kind in PolicyKind:
        for head in policies.heads(db, book=home, kind=kind):
            said = _as_recorded(db, head, book=home)
            yield from proved_policies.kept_of(head, said)
    sheets, orders = candidates.everything_kept(db, township=home)
    for row in sheets:
        sheet = candidates.as_sheet(row)
        yield proved_policies.kept_of_sheet(sheet, year=row.year, scheme=row.scheme, version=row.version)
    for row in orders:
        order = candidates.as_order(row)
        yield proved_policies.kept_of_order(order, year=row.year, scheme=row.scheme, period=row.period)


def _as_recorded(
    db: Connection, head: PolicyHead, *, book: BookId
) -> CharterPolicy | Procedure | BonusPolicy | RewardPolicy | IncomePolicy:
    """What a version says as it was recorded: with the resolution it named then."""
    year, version = head.year, head.version
    said: CharterPolicy | BonusPolicy | RewardPolicy | IncomePolicy | None
    match head.kind:
        case PolicyKind.CHARTER:
            said = policies.policy(db, book=book, year=year, version=version)
        case PolicyKind.BONUS:
            said = township_policies.bonus(db, township=book, year=year, version=version)
        case PolicyKind.REWARD:
            said = township_policies.reward(db, township=book, year=year, version=version)
        case PolicyKind.INCOME:
            said = snapshots.policy(db, township=book, year=year, version=version)
        case PolicyKind.PROCEDURE:
            return policies.procedure_versions(db, book=book, year=year, version=version)[0].procedure
    assert said is not None, "its head was just read"
    return msgspec.structs.replace(said, resolution=head.resolution)


def faults_of_runs(db: Connection, *, home: BookId, chart: Standard | None) -> Iterator[Problem]:
    """Everything that is not as it was in any run of a book, or of a township, which has no chart and posts nothing."""
    logged: defaultdict[str, list[LogEntry]] = defaultdict(list)
    for entry in log.entries(db, book=home, act=_OF_RUNS):
        logged[entry.subject].append(entry)
    found = runs.runs(db, book=home)
    yield from rules.faults_of_missing(found, logged, book=home)
    for run in found:
        yield from _faults_of_run(db, run, chart=chart, logged=logged[f"run:{run.id}"])


def faults_of_batches(db: Connection, *, book: Book) -> Iterator[Problem]:
    """Everything that is not as it was in any batch of a book."""
    logged: defaultdict[int, list[LogEntry]] = defaultdict(list)
    of_lines: defaultdict[int, defaultdict[int, list[LogEntry]]] = defaultdict(lambda: defaultdict(list))
    for entry in log.entries(db, book=book.id, act=_OF_BATCHES):
        match rules.number_of(entry):
            case (number,):
                logged[number].append(entry)
            case (number, line):
                of_lines[number][line].append(entry)
            case _:
                yield from rules.faults_of_subject(entry, home=book.id)
    found = tuple(reversed(batches.batches(db, book=book.id)))
    strays = batches.strays(db, book=book.id)
    yield from rules.faults_of_missing_batches(found, logged, strays=strays, book=book.id)
    attempts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    dues = {id: _dues(db, id) for id in {batch.run for batch in found}}
    for batch in found:
        lines, ids = batches.lines(db, batch), batches.vouchers(db, book=book.id, number=batch.number)
        posted = vouchers.vouchers(db, book=book.id, ids=ids)
        kept = KeptBatch(
            batch=batch,
            lines=lines,
            said=batches.history(db, book=book.id, number=batch.number),
            ids=ids,
            posted=tuple(line for id in ids if id in posted for line in posted[id].lines),
            logged=tuple(logged[batch.number]),
            of_lines=of_lines[batch.number],
        )
        yield from rules.faults_of_batch(kept, dues=dues[batch.run], before=attempts[batch.run])
        attempts[batch.run].update(line.payee for line in lines)


def faults_of_messages(db: Connection, *, book: Book) -> Iterator[Problem]:
    """Everything that is not as it was in what goes over the line to a bank."""
    logged: defaultdict[int, list[LogEntry]] = defaultdict(list)
    for entry in log.entries(db, book=book.id, act=_OF_MESSAGES):
        match rules.number_of(entry):
            case (number,):
                logged[number].append(entry)
            case _:
                yield from rules.faults_of_subject(entry, home=book.id)
    over_the_line = [
        batch
        for batch in batches.batches(db, book=book.id)
        if formats.goes_over_the_line(batch.format) and batch.sent_on is not None
    ]
    kept = messages.messages(db, book=book.id)
    yield from of_messages.faults_of_messages(over_the_line, kept, logged, book=book.id)


def _dues(db: Connection, run: str) -> Mapping[str, Due]:
    """What a run owes; nobody anything, where the run itself is gone."""
    name = run_rules.name_of(run)
    found = None if name is None else runs.run(db, name)
    return {} if found is None else batches.dues(db, found)


def _faults_of_run(
    db: Connection, run: Run, *, chart: Standard | None, logged: Sequence[LogEntry]
) -> Iterable[Problem]:
    name = RunName(book=run.book, kind=run.kind, year=run.year, round=run.round)
    contents = runs.digests(db, name)
    problems: list[Problem] = []
    figures: dict[int, Figures] = {}
    for content in contents:
        made = _again(db, name, run, content, problems)
        if made is not None:
            figures[content] = made
            problems += rules.faults_of_content(
                run,
                content,
                recomputed=made,
                parts=runs.parts(db, name, content=content),
                lines=runs.lines(db, name, content=content),
                withheld=runs.withheld(db, name, content=content),
            )
    kept = KeptRun(
        run=run,
        acts=runs.acts(db, name),
        documents=runs.documents(db, name),
        contents=contents,
        figures=figures,
        logged=tuple(logged),
    )
    problems += rules.faults_of_log(kept)
    if chart is not None:
        problems += _faults_of_vouchers(db, name, kept, chart=chart, figures=figures)
    return problems


def _again(db: Connection, name: RunName, run: Run, content: int, problems: list[Problem]) -> Figures | None:
    at = f"/runs/{run.id}/{content}"
    try:
        inputs, _ = runs.frozen_inputs(db, name, content=content)
    except Unreadable as error:
        problems.append(
            rules.run_content_must_be_readable.at(at, run=run.id, content=content, reason=error.reason)
        )
        return None
    try:
        return run_rules.figures(inputs)
    except Refusal as refusal:
        reason = refusal.problems[0]
    except KeyError as missing:  # a leg or a member's weight is gone from the text
        problems.append(
            rules.run_content_must_be_readable.at(at, run=run.id, content=content, reason=missing)
        )
        return None
    problems.append(rules.run_content_must_work_out.at(at, run=run.id, content=content, reason=reason))
    return None


def _faults_of_vouchers(
    db: Connection, name: RunName, kept: KeptRun, *, chart: Standard, figures: Mapping[int, Figures]
) -> Iterable[Problem]:
    made = figures.get(kept.run.content)
    if made is None:
        return ()
    ids = runs.vouchers(db, name)
    found = vouchers.vouchers(db, book=kept.run.book, ids=ids)
    return rules.faults_of_vouchers(
        kept.run,
        drafts=run_rules.vouchers(
            made, standard=chart, on=max((act.on for act in kept.acts), default=date.min)
        ),
        posted={id: voucher.lines for id, voucher in found.items()},
        ids=ids,
        was_posted=rules.was_posted(kept.acts),
    )
