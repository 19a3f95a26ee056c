"""What villages have to earn, as the house's log sealed it: each threshold that was entered, and each approval.

Whoever can write to the database could put a village over its threshold by lowering it, or have a threshold count that nobody
approved.
"""

from collections.abc import Iterable, Iterator

from coop.income.rules import subject_of
from ledger.log.rules import HOUSE
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact, faults_of_facts
from schemas.income import ThresholdVersion
from schemas.log import LogEntry
from schemas.problems import Problem

PREFIX = "threshold."
"""How the acts of thresholds begin."""
_SET, _RECORDED, _APPROVED = "threshold.set", "threshold.record", "threshold.approve"


def faults_of_thresholds(kept: Iterable[ThresholdVersion], entries: Iterable[LogEntry]) -> Iterator[Problem]:
    """Every threshold and approval that is not as it was sealed."""
    yield from faults_of_facts(
        _facts(kept), tuple(entries), acts=frozenset({_SET, _RECORDED, _APPROVED}), book=HOUSE
    )


def _facts(kept: Iterable[ThresholdVersion]) -> Iterator[Fact]:
    for one in kept:
        entry = one.entry
        subject = subject_of(entry.threshold.key, entry.version)
        act = _SET if entry.imported else _RECORDED
        yield Fact(act=act, subject=subject, content=digest_of(entry))
        if one.approval is not None:
            yield Fact(act=_APPROVED, subject=subject, content=digest_of(one.approval))
