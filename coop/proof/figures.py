"""Parcels of figures from outside, the answers to their doubts and the gates they went through must be what the log sealed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from coop.figures import rules
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact, faults_of_facts
from schemas.figures import FigureRow, Parcel
from schemas.log import LogEntry
from schemas.problems import Problem

PREFIX = "figures."
"""How the acts on figures from outside begin."""


def faults_of_figures(
    parcels: Iterable[Parcel],
    rows: Mapping[int, Sequence[FigureRow]],
    entries: Sequence[LogEntry],
    *,
    township: str,
) -> Iterator[Problem]:
    """Every parcel, answer and gate that is not as it was sealed; ``rows`` are what each parcel says, by its number."""
    facts = [fact for one in parcels for fact in _facts_of(one, rows.get(one.number, ()))]
    yield from faults_of_facts(facts, entries, acts=rules.ACTS, book=township)


def _facts_of(one: Parcel, rows: Sequence[FigureRow]) -> Iterator[Fact]:
    subject = rules.subject_of(one.number)
    yield Fact(act=rules.COLLECTED, subject=subject, content=rules.sealed(one, rows))
    for answer in one.answers:
        yield Fact(
            act=rules.ANSWERED,
            subject=rules.subject_of_answer(one.number, answer.no),
            content=digest_of(answer),
        )
    for step in one.steps:
        yield Fact(act=rules.PASSED[step.gate], subject=subject, content=digest_of(step))
