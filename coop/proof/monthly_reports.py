"""Monthly reports must be what the log sealed, and made of frozen months that are there."""

from collections.abc import Iterable, Iterator, Mapping

from coop.monthly_reports import rules
from ledger.periods.rules import month_text
from schemas.log import LogEntry
from schemas.monthly_reports import KeptReport
from schemas.problems import Fault, Problem
from schemas.units import BookId, Period

report_must_be_as_sealed = Fault(
    code="report_must_be_as_sealed",
    says="{place}: the report of {month} is not as it was made.",
    remedy="Somebody changed it behind the service's back; compare with a backup.",
)
report_must_name_what_is_frozen = Fault(
    code="report_must_name_what_is_frozen",
    says="{place}: the report of {month} is made of a frozen month of {township} that is not there, or is another.",
    remedy="Somebody changed a frozen figure or the report behind the service's back; compare with a backup.",
)
sealed_report_must_be_there = Fault(
    code="sealed_report_must_be_there",
    says="{book}: the log says (entry {seq}) that {subject} was made, but it is gone.",
    remedy="Somebody removed it behind the service's back; restore it from a backup.",
)


def faults_of_reports(
    kept: Iterable[KeptReport],
    logged: Iterable[LogEntry],
    frozen: Mapping[tuple[str, Period], str],
    *,
    book: BookId,
) -> Iterator[Problem]:
    """Every report of a chain that is not as the log left it, or names a frozen month by another digest than it has;
    ``frozen`` gives the digests by township and month."""
    waiting = {entry.subject: entry for entry in logged}
    for one in kept:
        of = one.content
        at, month = f"/places/{of.place}/reports/{month_text(of.month)}", month_text(of.month)
        entry = waiting.pop(rules.subject_of(of.place, of.month), None)
        said = (one.pages, one.made_at, one.digest)
        if (
            entry is None
            or said != (entry.after, entry.at, entry.content)
            or rules.sealed(of) != one.digest
            or rules.chain_of(of.place) != book
        ):
            yield report_must_be_as_sealed.at(at, place=of.place, month=month)
        for each in of.frozen:
            if frozen.get((each.township, of.month)) != each.digest:
                yield report_must_name_what_is_frozen.at(
                    at, place=of.place, month=month, township=each.township
                )
    for entry in waiting.values():
        yield sealed_report_must_be_there.at(
            f"/log/{entry.seq}", book=book, seq=entry.seq, subject=entry.subject
        )
