"""Proving a book with its register and its runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from coop.proof import queries as coop
from ledger.charts import standard
from ledger.log import queries as log
from ledger.proof.queries import Load, Read
from ledger.vouchers import queries as vouchers
from payouts.proof import rules
from payouts.proof.rules import KeptRun
from payouts.runs import queries as runs
from payouts.runs import rules as run_rules
from payouts.runs.rules import Figures, RunName
from schemas.books import Book
from schemas.log import LogEntry
from schemas.problems import Problem, Refusal
from schemas.proof import BookProof
from schemas.runs import Run

_OF_RUNS = "run"
"""What the log's entries of runs begin with."""


def prove(db: Connection, *, book: Book, load: Load | None = None, read: Read | None = None) -> BookProof:
    """Prove a book as ``coop.proof`` does, and every run of it: worked out again from its frozen inputs it has the
    same legs, lines, digest and vouchers, and its steps are those the log sealed."""
    proof = coop.prove(db, book=book, load=load, read=read)
    return msgspec.structs.replace(proof, problems=(*proof.problems, *faults_of_runs(db, book=book)))


def faults_of_runs(db: Connection, *, book: Book) -> Iterator[Problem]:
    """Everything that is not as it was in any run of a book."""
    logged: defaultdict[str, list[LogEntry]] = defaultdict(list)
    for entry in log.entries(db, book=book.id, act=_OF_RUNS):
        logged[entry.subject].append(entry)
    found = runs.runs(db, book=book.id)
    yield from rules.faults_of_missing(found, logged, book=book.id)
    for run in found:
        yield from _faults_of_run(db, run, book=book, logged=logged[f"run:{run.id}"])


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
        drafts=run_rules.vouchers(made, standard=standard(book.standard)),
        posted={id: voucher.lines for id, voucher in found.items()},
        ids=ids,
        was_posted=rules.was_posted(kept.acts),
    )
