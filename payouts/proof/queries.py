"""Proving a book with its register and its runs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec
from sqlalchemy import Connection

from coop.proof import queries as coop
from ledger.charts import standard
from ledger.log import queries as log
from ledger.proof.queries import Load, Read
from ledger.vouchers import queries as vouchers
from payouts.batches import queries as batches
from payouts.proof import rules
from payouts.proof.rules import KeptBatch, KeptRun
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from payouts.runs.rules import Figures, RunName
from schemas.batches import Due
from schemas.books import Book
from schemas.log import LogEntry
from schemas.problems import Problem, Refusal
from schemas.proof import BookProof
from schemas.runs import Run

_OF_RUNS, _OF_BATCHES = "run", "batch"
"""What the log's entries of runs and of batches begin with."""


def prove(db: Connection, *, book: Book, load: Load | None = None, read: Read | None = None) -> BookProof:
    """Prove a book as ``coop.proof`` does, and every run of it: worked out again from its frozen inputs it has the
    same legs, lines, digest and vouchers, and its steps are those the log sealed; and every batch of its payments, whose
    vouchers paid just what the bank says was paid."""
    proof = coop.prove(db, book=book, load=load, read=read)
    problems = (*proof.problems, *faults_of_runs(db, book=book), *faults_of_batches(db, book=book))
    return msgspec.structs.replace(proof, problems=problems)


def faults_of_runs(db: Connection, *, book: Book) -> Iterator[Problem]:
    """Everything that is not as it was in any run of a book."""
    logged: defaultdict[str, list[LogEntry]] = defaultdict(list)
    for entry in log.entries(db, book=book.id, act=_OF_RUNS):
        logged[entry.subject].append(entry)
    found = runs.runs(db, book=book.id)
    yield from rules.faults_of_missing(found, logged, book=book.id)
    for run in found:
        yield from _faults_of_run(db, run, book=book, logged=logged[f"run:{run.id}"])


def faults_of_batches(db: Connection, *, book: Book) -> Iterator[Problem]:
    """Everything that is not as it was in any batch of a book."""
    logged: defaultdict[int, list[LogEntry]] = defaultdict(list)
    of_lines: defaultdict[int, defaultdict[int, list[LogEntry]]] = defaultdict(lambda: defaultdict(list))
    for entry in log.entries(db, book=book.id, act=_OF_BATCHES):
        _, number, *line = entry.subject.split(":")
        if line:
            of_lines[int(number)][int(line[0])].append(entry)
        else:
            logged[int(number)].append(entry)
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


def _dues(db: Connection, run: str) -> Mapping[str, Due]:
    """What a run owes; nobody anything, where the run itself is gone."""
    name = run_rules.name_of(run)
    found = None if name is None else runs.run(db, name)
    return {} if found is None else batches.dues(db, found)


def _faults_of_run(db: Connection, run: Run, *, book: Book, logged: Sequence[LogEntry]) -> Iterable[Problem]:
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
    problems += _faults_of_vouchers(db, name, kept, book=book, figures=figures)
    return problems


def _again(db: Connection, name: RunName, run: Run, content: int, problems: list[Problem]) -> Figures | None:
    at = f"/runs/{run.id}/{content}"
    try:
        inputs, _ = runs.frozen_inputs(db, name, content=content)
    except msgspec.MsgspecError as error:
        problems.append(rules.run_content_must_be_readable.at(at, run=run.id, content=content, reason=error))
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
    db: Connection, name: RunName, kept: KeptRun, *, book: Book, figures: Mapping[int, Figures]
) -> Iterable[Problem]:
    made = figures.get(kept.run.content)
    if made is None:
        return ()
    ids = runs.vouchers(db, name)
    found = vouchers.vouchers(db, book=book.id, ids=ids)
    return rules.faults_of_vouchers(
        kept.run,
        drafts=run_rules.vouchers(
            made, standard=standard(book.standard), on=max((act.on for act in kept.acts), default=date.min)
        ),
        posted={id: voucher.lines for id, voucher in found.items()},
        ids=ids,
        was_posted=rules.was_posted(kept.acts),
    )
