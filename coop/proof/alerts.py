"""Red lines, alerts and what followed them must be what the log sealed, and an alert must follow from the frozen month it
speaks of, or from the figures from outside that were entered."""

from collections.abc import Callable, Iterable, Iterator

from coop.alerts import rules
from ledger.seal.rules import digest_of
from ledger.side_books.rules import Fact, faults_of_facts
from schemas.alerts import Alert, Breach, RedLineVersion, Watch
from schemas.log import LogEntry
from schemas.problems import Fault, Problem
from schemas.snapshots import KeptSnapshot

PREFIXES = ("alert.", "red_line.")
"""How the acts of red lines and alerts begin."""

alert_must_follow_from_the_month = Fault(
    code="alert_must_follow_from_the_month",
    says="{township}: alert {number} does not follow from the frozen month {month}.",
    remedy="Somebody changed the alert or the frozen month behind the service's back; compare with a backup.",
)


def faults_of_alerts(
    alerts: Iterable[Alert],
    watches: Iterable[Watch],
    lines: Iterable[RedLineVersion],
    entries: Iterable[LogEntry],
    *,
    township: str,
) -> Iterator[Problem]:
    """Every red line, watch, alert and step that is not as it was sealed."""
    facts = [*_of_lines(lines), *_of_alerts(alerts), *_of_watches(watches)]
    acts = {rules.RECORDED, rules.APPROVED, rules.OPENED, rules.WATCHED, *rules.ACTS.values()}
    yield from faults_of_facts(facts, tuple(entries), acts=frozenset(acts), book=township)


alert_must_follow_from_the_figures = Fault(
    code="alert_must_follow_from_the_figures",
    says="{township}: alert {number} does not follow from parcel {parcel} of figures from outside.",
    remedy="Somebody changed the alert or the figures behind the service's back; compare with a backup.",
)


def faults_of_breaches(
    alerts: Iterable[Alert],
    kept: Iterable[KeptSnapshot],
    outside: Callable[[Breach], Iterable[Breach]],
    *,
    township: str,
) -> Iterator[Problem]:
    """Every alert whose figures are not those of its frozen month or of its parcel of figures from outside, or that these
    figures do not make. ``outside`` says again what the parcel of a breach breaks of its line."""
    months = {one.snapshot.month: one.snapshot for one in kept}
    for alert in alerts:
        breach = alert.breach
        if breach.parcel is not None:
            if breach not in outside(breach):
                yield alert_must_follow_from_the_figures.at(
                    f"/townships/{township}/alerts/{alert.number}",
                    township=township,
                    number=alert.number,
                    parcel=breach.parcel,
                )
            continue
        now, before = months.get(breach.month), months.get(breach.month - 100)
        follows = () if now is None else rules.breaches([breach.line], now, before, {})
        bare = (breach.village, breach.figures, breach.value, breach.bound)
        if bare not in [(one.village, one.figures, one.value, one.bound) for one in follows]:
            yield alert_must_follow_from_the_month.at(
                f"/townships/{township}/alerts/{alert.number}",
                township=township,
                number=alert.number,
                month=breach.month,
            )


def _of_lines(lines: Iterable[RedLineVersion]) -> Iterator[Fact]:
    for one in lines:
        subject = rules.subject_of_line(one.entry)
        yield Fact(act=rules.RECORDED, subject=subject, content=digest_of(one.entry))
        if one.approval is not None:
            yield Fact(act=rules.APPROVED, subject=subject, content=digest_of(one.approval))


def _of_alerts(alerts: Iterable[Alert]) -> Iterator[Fact]:
    for one in alerts:
        yield Fact(act=rules.OPENED, subject=rules.subject_of(one.number), content=rules.sealed(one))
        for step in one.steps:
            yield Fact(
                act=rules.ACTS[step.step],
                subject=rules.subject_of_step(one.number, step.no),
                content=digest_of(step),
            )


def _of_watches(watches: Iterable[Watch]) -> Iterator[Fact]:
    for one in watches:
        yield Fact(act=rules.WATCHED, subject=rules.subject_of_watch(one.month), content=digest_of(one))
