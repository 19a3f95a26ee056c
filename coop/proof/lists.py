"""What villages said against the lists, and what was answered, must be what the log sealed."""

from collections.abc import Iterable, Iterator

from coop.lists import rules
from ledger.seal import rules as seal
from schemas.lists import ListAppeal
from schemas.log import LogEntry
from schemas.problems import Fault, Problem

list_appeal_must_be_as_logged = Fault(
    code="list_appeal_must_be_as_logged",
    says="{township}: appeal {number} against a list, or its answer, is not what the log sealed.",
    remedy="Somebody changed or added it behind the service's back; compare with a backup.",
)
logged_list_appeal_must_be_there = Fault(
    code="logged_list_appeal_must_be_there",
    says="{township}: what log entry {seq} says of {subject} is gone.",
    remedy="Somebody removed it behind the service's back; restore it from a backup.",
)


def faults_of_list_appeals(
    kept: Iterable[ListAppeal], logged: Iterable[LogEntry], *, township: str
) -> Iterator[Problem]:
    """Every appeal against a list, and every answer, that is not as the log left it."""
    waiting = {(entry.act, entry.subject): entry for entry in logged}
    for one in kept:
        said = [(rules.SAID, one.by, one.at, rules.sealed(one))]
        if one.answer is not None:
            act = rules.UPHELD if one.answer.upheld else rules.REJECTED
            said.append((act, one.answer.by, one.answer.at, seal.digest_of(one.answer)))
        for act, by, at, content in said:
            entry = waiting.pop((act, rules.subject_of(one.number)), None)
            if entry is None or (by, at, content) != (entry.by, entry.at, entry.content):
                yield list_appeal_must_be_as_logged.at(
                    f"/townships/{township}/list-appeals/{one.number}", township=township, number=one.number
                )
    for entry in waiting.values():
        yield logged_list_appeal_must_be_there.at(
            f"/townships/{township}/{entry.subject}",
            township=township,
            seq=entry.seq,
            subject=entry.subject,
        )
