"""When a red line is broken, which months are looked at, and what may follow an alert (RULES §8).

岭脚村 earned 11 000.00 by July and has to earn 30 000.00 in the year: 7 of 12 months are 17 500.00.

>>> from coop.alerts.red_lines import built_in
>>> figures = [Figure(code="income", amount=1_100_000, decimals=2), Figure(code="threshold", amount=3_000_000, decimals=2),
...            Figure(code="month", amount=7, decimals=0)]
>>> behind = next(line for line in built_in() if line.id == "behind_threshold")
>>> judged(behind, figures)
(Fraction(11000, 1), Fraction(17500, 1))
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction as Exact

import msgspec

from coop.alerts.expressions import codes_in, read, worked_out
from coop.figures.kinds import kinds
from coop.figures.rules import Known
from coop.income.rules import measured
from ledger.seal import rules as seal
from schemas.alerts import (
    Alert,
    AlertState,
    Breach,
    Comparison,
    Figure,
    Kept,
    RedLine,
    RedLineEntry,
    RedLineVersion,
    Step,
    When,
)
from schemas.figures import FigureSubject, GivenFigure
from schemas.income import Component, Measure, UnprovedLine
from schemas.problems import Fault, Problem
from schemas.runs import Fraction
from schemas.snapshots import FrozenVillage, IncomePolicy, Snapshot
from schemas.units import Period, PersonId

MOST_TEXT = 1000
OPENED, WATCHED, TOLD_BOOK = "alert.open", "alert.watch", "alert.notify"
RECORDED, APPROVED = "red_line.record", "red_line.approve"
ACTS: Mapping[Step, str] = {
    Step.NOTIFY: "alert.tell",
    Step.EXPLAIN: "alert.explain",
    Step.CURE: "alert.cure",
    Step.LAPSE: "alert.lapse",
    Step.CLOSE: "alert.close",
}
"""What the desk's log calls each step; ``TOLD_BOOK`` stands in the chain of the collective's own book."""
BEFORE = "_before"
"""What the code of a figure of the same months of last year ends with."""
CODES = (
    "income",
    "threshold",
    "unproved",
    "month",
    "fall_bp",
    "subsidies_bp",
    *(one.value for one in Measure),
    *(one.value for one in Component),
)
"""The figures of a village that expressions may name: what it counts for by its threshold's measure, the threshold, what has no
evidence (of each component the difference it would make, up or down), every measure and component as far as it counts, the
number of the month, and two rates of the income policy."""

red_line_must_be_readable = Fault(
    code="red_line_must_be_readable",
    says="{given} is no expression.",
    remedy="Write figures by their codes, numbers, + - * / and brackets, for example subsidies / gross_all.",
)
red_line_must_name_known_figures = Fault(
    code="red_line_must_name_known_figures",
    says="There is no figure {given}.",
    remedy="These are known: {known}.",
)
red_line_must_be_of_one_source = Fault(
    code="red_line_must_be_of_one_source",
    says="{codes} are not of one and the same thing.",
    remedy="A red line is about the villages' own books, or about figures from outside of villages, or of households; month goes with each.",
)
red_line_must_be_there = Fault(
    code="red_line_must_be_there",
    says="There is no version {version} of the red line {line}.",
    remedy="Look it up in the list of red lines.",
)
red_line_must_be_as_seen = Fault(
    code="red_line_must_be_as_seen",
    says="Somebody has entered version {last} of this red line meanwhile.",
    remedy="Look at it and decide again.",
)
red_line_must_be_the_last = Fault(
    code="red_line_must_be_the_last",
    says="Version {last} of this red line was entered since.",
    remedy="Approve that one.",
)
red_line_must_wait = Fault(
    code="red_line_must_wait",
    says="This version of the red line was approved already.",
    remedy="Nothing is left to do; a change is a new version.",
)
red_line_approver_must_differ = Fault(
    code="red_line_approver_must_differ",
    says="Who entered a red line does not approve it.",
    remedy="Another officer of the township does.",
)
alert_must_be_there = Fault(
    code="alert_must_be_there",
    says="There is no alert {number} here.",
    remedy="Look it up in the list of alerts.",
)
alert_must_be_open = Fault(
    code="alert_must_be_open",
    says="Alert {number} is over.",
    remedy="If the line is broken again, a new alert is opened.",
)
alert_must_be_told_once = Fault(
    code="alert_must_be_told_once",
    says="Somebody was told of alert {number} already.",
    remedy="It waits for the collective's explanation.",
)
alert_must_say_why = Fault(
    code="alert_must_say_why",
    says="Nothing is said yet, or more than {most} characters.",
    remedy="Say it in a few words.",
)
alert_must_be_past = Fault(
    code="alert_must_be_past",
    says="Alert {number} can still be cured in {year}.",
    remedy="It is cured by itself once the line is kept; it is closed when its year is over.",
)


# Judging


def figures_of(
    village: FrozenVillage, before: FrozenVillage | None, *, policy: IncomePolicy, month: Period
) -> tuple[Figure, ...]:
    """Every figure a village can be judged by at the end of a month; ``before`` is its same month of last year. Without a
    threshold, or anything of last year, these are left out. A year nothing is booked of yet has come to nothing, as a year
    that earned nothing has (RULES §8: what is posted counts)."""
    unproved = sum(abs(of.not_counted) for of in village.components.values())
    money = {"income": village.income, "unproved": unproved}
    if village.threshold:
        money["threshold"] = village.threshold
    money |= _counted(village)
    if before is not None:
        then = {"income": measured(before.components, village.measure), **_counted(before)}
        money |= {f"{code}{BEFORE}": amount for code, amount in then.items()}
    plain = {"month": month % 100, "fall_bp": policy.fall_bp, "subsidies_bp": policy.subsidies_bp}
    return (
        *(Figure(code=code, amount=amount, decimals=2) for code, amount in money.items()),
        *(Figure(code=code, amount=amount, decimals=0) for code, amount in plain.items()),
    )


def _counted(village: FrozenVillage) -> dict[str, int]:
    return {
        **{one.value: measured(village.components, one) for one in Measure},
        **{component.value: of.counted for component, of in village.components.items()},
    }


def judged(line: RedLine, figures: Iterable[Figure]) -> tuple[Exact, Exact] | None:
    """The value and the bound of a line that is broken; None where it is kept, or cannot be judged. Equal to the bound is
    kept. A fall is one from a figure above nothing."""
    exact = {one.code: Exact(one.amount, 10**one.decimals) for one in figures}
    value, bound = value_of(line, exact), worked_out(line.bound, exact)
    if value is None or bound is None:
        return None
    broken = value < bound if line.comparison is Comparison.BELOW else value > bound
    return (value, bound) if broken else None


def value_of(line: RedLine, exact: Mapping[str, Exact]) -> Exact | None:
    """What a line compares with its bound; None where it cannot be judged."""
    now = worked_out(line.figure, exact)
    if line.comparison is not Comparison.FELL_BY_MORE_THAN or now is None:
        return now
    then = worked_out(
        line.figure,
        {code.removesuffix(BEFORE): one for code, one in exact.items() if code.endswith(BEFORE)},
    )
    return (then - now) / then if then is not None and then > 0 else None


def breaches(
    lines: Iterable[RedLine],
    now: Snapshot,
    before: Snapshot | None,
    unproved: Mapping[str, tuple[UnprovedLine, ...]],
) -> tuple[Breach, ...]:
    """Every red line a township's villages break at the end of a month, by village and line. ``before`` is the same month of
    last year; ``unproved`` the income of the year that lacked evidence, by village."""
    earlier = {} if before is None else {one.village: one for one in before.villages}
    found = []
    lines = tuple(line for line in lines if not is_from_outside(line))
    for village in now.villages:
        figures = figures_of(village, earlier.get(village.village), policy=now.policy, month=now.month)
        for line in lines:
            broken = judged(line, figures) if is_watched(line, now.month) else None
            if broken is not None:
                value, bound = broken
                found.append(
                    Breach(
                        line=line,
                        village=village.village,
                        month=now.month,
                        figures=used(line, figures),
                        value=_written(value),
                        bound=_written(bound),
                        unproved=tuple(
                            one
                            for one in unproved.get(village.village, ())
                            if one.period <= now.month and not one.counted
                        ),
                    )
                )
    return tuple(found)


def breaches_of_figures(
    lines: Iterable[RedLine],
    subjects: Iterable[FigureSubject],
    now: Known,
    before: Known,
    *,
    month: Period,
    parcel: int,
) -> tuple[Breach, ...]:
    """Every red line these villages and households break by what counts of them for a month once a parcel of figures from outside
    was entered, by subject and line. ``before`` is what counts of the same month of last year."""
    watched = [line for line in lines if is_from_outside(line) and is_watched(line, month)]
    found = []
    for subject in subjects:
        figures = figures_from_outside(now.get(subject, {}), before.get(subject, {}), month=month)
        for line in watched:
            broken = judged(line, figures)
            if broken is not None:
                value, bound = broken
                found.append(
                    Breach(
                        line=line,
                        village=subject.village,
                        household=subject.household,
                        parcel=parcel,
                        month=month,
                        figures=used(line, figures),
                        value=_written(value),
                        bound=_written(bound),
                    )
                )
    return tuple(found)


def figures_from_outside(
    now: Mapping[str, GivenFigure], before: Mapping[str, GivenFigure], *, month: Period
) -> tuple[Figure, ...]:
    """Every figure a subject of figures from outside can be judged by."""
    return (
        Figure(code="month", amount=month % 100, decimals=0),
        *(Figure(code=one.code, amount=one.amount, decimals=one.decimals) for one in now.values()),
        *(
            Figure(code=one.code + BEFORE, amount=one.amount, decimals=one.decimals)
            for one in before.values()
        ),
    )


def is_from_outside(line: RedLine) -> bool:
    """Whether a line is about figures from outside."""
    return any(code in kinds() for code in _codes(line))


def _codes(line: RedLine) -> tuple[str, ...]:
    return (*codes_in(line.figure), *codes_in(line.bound))


def end_of(kept: Kept) -> Step:
    """How an alert ends whose line is not broken any more: it is kept, or cannot be judged."""
    return Step.LAPSE if kept.value is None else Step.CURE


def missing(line: RedLine, figures: Iterable[Figure]) -> tuple[str, ...]:
    """The codes of the figures a line is judged by that are not there."""
    return tuple(sorted(_wanted(line) - {one.code for one in figures}))


def used(line: RedLine, figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """The figures a line is judged by."""
    wanted = _wanted(line)
    return tuple(one for one in figures if one.code in wanted)


def _wanted(line: RedLine) -> frozenset[str]:
    of_figure = codes_in(line.figure)
    before = of_figure if line.comparison is Comparison.FELL_BY_MORE_THAN else ()
    return frozenset({*of_figure, *codes_in(line.bound), *(f"{code}{BEFORE}" for code in before)})


def kept_by(line: RedLine, figures: Sequence[Figure], *, month: Period) -> Kept | None:
    """Why a line is not broken any more by the figures of a month: the value it is kept by, or what it cannot be judged without.
    None where it is broken."""
    if judged(line, figures) is not None:
        return None
    value = value_today(line, figures)
    bound = worked_out(line.bound, {one.code: Exact(one.amount, 10**one.decimals) for one in figures})
    if value is None or bound is None:
        return Kept(month=month, value=None, missing=missing(line, figures))
    return Kept(month=month, value=value)


def value_today(line: RedLine, figures: Sequence[Figure]) -> Fraction | None:
    """What a line compares with its bound, as it is written down."""
    value = value_of(line, {one.code: Exact(one.amount, 10**one.decimals) for one in figures})
    return None if value is None else _written(value)


def _written(value: Exact) -> Fraction:
    return Fraction(numerator=value.numerator, denominator=value.denominator)


# When


def is_watched(line: RedLine, month: Period) -> bool:
    """Whether a line is looked at at the end of a month."""
    no = month % 100
    return line.when is When.MONTHLY or (no == 12) is (line.when is When.YEAR_END)


def months_to_watch(frozen: Collection[Period], watched: Collection[Period]) -> tuple[Period, ...]:
    """Which frozen months are looked at next: the newest, and the December before it, of those after the last that was.

    >>> months_to_watch([202511, 202512, 202601, 202602], [202511]), months_to_watch([202601], [202601])
    ((202512, 202602), ())
    """
    last = max(watched, default=0)
    newest = max(frozen, default=0)
    wanted = {newest, (newest // 100 - 1) * 100 + 12}
    return tuple(sorted(month for month in wanted & set(frozen) if month > last))


def month_to_judge(alert: Alert, newest: Period) -> Period:
    """The month in which it is seen whether the line of an alert is kept again: the newest frozen one of its year, among
    those the line is watched in."""
    line, month = alert.breach.line, alert.breach.month
    last = max(month, min(newest, alert.year * 100 + 12))
    return max(one for one in range(month, last + 1) if one == month or is_watched(line, one))


def fresh(found: Iterable[Breach], alerts: Iterable[Alert]) -> tuple[Breach, ...]:
    """The breaches without an open alert of their village or household, line and year."""
    open_ = {_key(one.breach) for one in alerts if one.is_open}
    return tuple(one for one in found if _key(one) not in open_)


def _key(breach: Breach) -> tuple[str, str, str, int]:
    return breach.village, breach.household, breach.line.id, breach.month // 100


# Red lines of a township


def in_force(built: Iterable[RedLine], versions: Iterable[RedLineVersion]) -> tuple[RedLine, ...]:
    """What a township watches: its own lines in force in the place of the built-in ones of their ids."""
    own = {one.entry.line.id: one.entry for one in versions if one.in_force}
    kept = {one.id: one for one in built} | {id: one.line for id, one in own.items()}
    return tuple(line for id, line in kept.items() if id not in own or own[id].watched)


def faults_of_line(line: RedLine) -> tuple[Problem, ...]:
    """What is wrong with a red line that is entered."""
    known = (*CODES, *kinds())
    problems = []
    for place in ("figure", "bound"):
        text: str = getattr(line, place)
        if read(text) is None:
            problems.append(red_line_must_be_readable.at(f"/line/{place}", given=text))
        problems += (
            red_line_must_name_known_figures.at(f"/line/{place}", given=code, known=", ".join(known))
            for code in codes_in(text)
            if code not in known
        )
    named = set(_codes(line)) - {"month"}
    sources = {kinds()[code].of if code in kinds() else None for code in named if code in known}
    if len(sources) > 1:
        problems.append(red_line_must_be_of_one_source.at("/line/figure", codes=", ".join(sorted(named))))
    return tuple(problems)


def faults_of_approval(one: RedLineVersion, *, last: int, by: PersonId) -> tuple[Problem, ...]:
    """What stands in the way of approving a version of a red line."""
    if one.approval is not None:
        return (red_line_must_wait.at("/version"),)
    if one.entry.version != last:
        return (red_line_must_be_the_last.at("/version", last=last),)
    if one.entry.recorded_by == by:
        return (red_line_approver_must_differ.at("/by"),)
    return ()


# What follows an alert


def faults_of_step(alert: Alert, step: Step, *, text: str, on: date) -> tuple[Problem, ...]:
    """Everything that stands against a step somebody takes."""
    problems = []
    if not 0 < len(text.strip()) <= MOST_TEXT:
        problems.append(alert_must_say_why.at("/text", most=MOST_TEXT))
    if not alert.is_open:
        problems.append(alert_must_be_open.at("/number", number=alert.number))
    elif step is Step.NOTIFY and alert.state is not AlertState.OPEN:
        problems.append(alert_must_be_told_once.at("/number", number=alert.number))
    elif step is Step.CLOSE and on.year <= alert.year:
        problems.append(alert_must_be_past.at("/number", number=alert.number, year=alert.year))
    return tuple(problems)


def subject_of(number: int) -> str:
    """What the log calls an alert."""
    return f"alert:{number}"


def subject_of_step(number: int, no: int) -> str:
    """What the log calls a step of an alert."""
    return f"alert:{number}-{no}"


def subject_of_watch(month: Period) -> str:
    """What the log calls a month that was looked at."""
    return f"watch:{month // 100}-{month % 100:02}"


def subject_of_line(entry: RedLineEntry) -> str:
    """What the log calls a version of a red line."""
    return f"red_line:{entry.line.id}-{entry.version}"


def sealed(alert: Alert) -> str:
    """The SHA-256 under which the log seals an alert as it was opened."""
    return seal.digest_of(msgspec.structs.replace(alert, steps=()))
