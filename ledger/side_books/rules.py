"""What a side book holds must be what the log sealed when it was written down.

A fact (a bank statement with its rows, a match, a cash count, an asset card, a plan's charges) has a digest, and the
log entry of the act that wrote it has the same one. A cash count of 1 250.00 changed to 1 350.00 in the database has
another digest than the log's entry ``cash.count``, and is named by its subject.
"""

from collections import Counter
from collections.abc import Iterable, Iterator

from schemas.log import LogEntry
from schemas.problems import Fault, Problem
from schemas.units import BookId, Value

fact_must_be_as_sealed = Fault(
    code="fact_must_be_as_sealed",
    says="Book {book}: {subject} is not what the log sealed ({act}).",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
fact_must_be_in_the_log = Fault(
    code="fact_must_be_in_the_log",
    says="Book {book}: the log knows of no {act} that would have written {subject}.",
    remedy="Somebody added it behind the service's back; compare with a backup.",
)
sealed_fact_must_be_there = Fault(
    code="sealed_fact_must_be_there",
    says="Book {book}: what log entry {seq} ({act}) wrote of {subject} is missing.",
    remedy="Somebody removed it behind the service's back; restore it from a backup.",
)


class Fact(Value):
    """Something a side book holds: the act that wrote it, what the log calls it, and the digest of all it says."""

    act: str
    subject: str
    content: str


def faults_of_facts(
    facts: Iterable[Fact], sealed: Iterable[LogEntry], *, acts: frozenset[str], book: BookId
) -> Iterator[Problem]:
    """Every fact that was changed, added or removed since the log sealed it. ``acts`` are those that write facts;
    other entries are passed over."""
    there = Counter((fact.act, fact.subject, fact.content) for fact in facts)
    gone: dict[tuple[str, str], list[int]] = {}
    for entry in sealed:
        if entry.act not in acts:
            continue
        key = (entry.act, entry.subject, entry.content)
        if there[key]:
            there[key] -= 1
        else:
            gone.setdefault((entry.act, entry.subject), []).append(entry.seq)
    for (act, subject, _), count in there.items():
        for _ in range(count):
            changed = gone.get((act, subject))
            if changed:
                changed.pop(0)
            fault = fact_must_be_in_the_log if changed is None else fact_must_be_as_sealed
            yield fault.at(f"/{subject}", book=book, subject=subject, act=act)
    for (act, subject), entries in gone.items():
        for seq in entries:
            yield sealed_fact_must_be_there.at(f"/log/{seq}", book=book, subject=subject, act=act, seq=seq)
