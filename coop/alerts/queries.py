"""Which red lines a township watches, what its villages are alerted of, and what is due."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select

from coop.alerts import rules
from coop.alerts.red_lines import built_in
from coop.alerts.tables import AlertRow, AlertStepRow, AlertWatchRow, RedLineApprovalRow, RedLineRow
from coop.figures import queries as outside
from coop.income import queries as income
from coop.places import queries as places
from coop.snapshots import queries as snapshots
from coop.snapshots.tables import SnapshotRow
from ledger.columns import portions, read_back, table_of
from schemas.alerts import (
    Alert,
    AlertPaper,
    AlertStep,
    Breach,
    Comparison,
    Kept,
    RedLine,
    RedLineApproval,
    RedLineEntry,
    RedLines,
    RedLineVersion,
    Step,
    Unit,
    Watch,
    When,
)
from schemas.problems import Refusal, RefusalKind
from schemas.snapshots import Snapshot
from schemas.units import Period

_line = table_of(RedLineRow)
_approval = table_of(RedLineApprovalRow)
_alert = table_of(AlertRow)
_step = table_of(AlertStepRow)
_watch = table_of(AlertWatchRow)
_snapshot = table_of(SnapshotRow)


# Red lines


def red_lines(db: Connection, *, township: str) -> RedLines:
    """What a township watches, and every version it entered, by line the newest first; refused as missing where there is no
    such township."""
    places.township(db, code=township)
    versions = line_versions(db, township=township)
    return RedLines(watched=rules.in_force(built_in(), versions), versions=versions)


def line_versions(db: Connection, *, township: str) -> tuple[RedLineVersion, ...]:
    """Every version of a township's own red lines, by line the newest first."""
    rows = db.execute(
        select(_line, _approval.c.approved_by, _approval.c.at)
        .outerjoin_from(
            _line,
            _approval,
            and_(*(_line.c[name] == _approval.c[name] for name in ("book_id", "line", "version"))),
        )
        .where(_line.c.book_id == township)
        .order_by(_line.c.line, _line.c.version.desc())
    )
    found: list[RedLineVersion] = []
    counts: set[str] = set()
    for row in rows:
        entry = _as_entry(row)
        approved = row.approved_by is not None
        found.append(
            RedLineVersion(
                entry=entry,
                approval=RedLineApproval(
                    id=entry.line.id, version=entry.version, by=row.approved_by, at=row.at
                )
                if approved
                else None,
                in_force=approved and entry.line.id not in counts,
            )
        )
        if approved:
            counts.add(entry.line.id)
    return tuple(found)


# Alerts


def alerts(
    db: Connection, *, within: str, number: int | None = None, open_only: bool = False
) -> Mapping[str, tuple[Alert, ...]]:
    """The alerts of a place's townships or of a village, by township and number; ``open_only``: those neither cured nor
    closed."""
    in_place = (
        _alert.c.village == within if len(within) == _VILLAGE else places.inside(_alert.c.book_id, within)
    )
    wanted = [in_place, *([] if number is None else [_alert.c.number == number])]
    return _alerts(db, [*wanted, *([_is_open()] if open_only else [])])


def _is_open() -> ColumnElement[bool]:
    last = _step.alias("last")
    over = select(last.c.number).where(
        last.c.book_id == _alert.c.book_id,
        last.c.number == _alert.c.number,
        last.c.step.in_([Step.CURE.value, Step.LAPSE.value, Step.CLOSE.value]),
    )
    return ~over.exists()


def _alerts(db: Connection, wanted: Sequence[ColumnElement[bool]]) -> Mapping[str, tuple[Alert, ...]]:
    steps: defaultdict[tuple[str, int], list[AlertStep]] = defaultdict(list)
    of_alert = and_(_alert.c.book_id == _step.c.book_id, _alert.c.number == _step.c.number)
    for row in db.execute(select(_step).join(_alert, of_alert).where(*wanted).order_by(_step.c.no)):
        steps[row.book_id, row.number].append(_as_step(row))
    found: defaultdict[str, tuple[Alert, ...]] = defaultdict(tuple)
    for row in db.execute(select(_alert).where(*wanted).order_by(_alert.c.book_id, _alert.c.number)):
        one = Alert(
            number=row.number,
            breach=read_back(row, _alert.c.breach, Breach),
            by=row.by,
            on=row.on,
            at=row.at,
            steps=tuple(steps[row.book_id, row.number]),
        )
        found[row.book_id] = (*found[row.book_id], one)
    return found


_VILLAGE = 12
"""The digits of a village's code."""


def alert(db: Connection, *, within: str, number: int) -> Alert:
    """An alert of a township or of a village; refused as missing where there is none."""
    for found in alerts(db, within=within, number=number).values():
        return found[0]
    raise Refusal(rules.alert_must_be_there.at("/number", number=number), kind=RefusalKind.MISSING)


def last_number(db: Connection, *, township: str) -> int:
    """The number of the last alert of a township; 0 where there is none."""
    newest = select(func.coalesce(func.max(_alert.c.number), 0)).where(_alert.c.book_id == township)
    return int(db.execute(newest).scalar_one())


def open_by_village(db: Connection, *, within: str) -> Mapping[str, int]:
    """How many open alerts each village of a place has; villages without any are left out."""
    found = alerts(db, within=within, open_only=True)
    return Counter(one.breach.village for of in found.values() for one in of)


def unexplained(db: Connection, *, villages: Collection[str]) -> Mapping[str, tuple[Alert, ...]]:
    """The open alerts of each of these villages that nobody has explained."""
    found: defaultdict[str, tuple[Alert, ...]] = defaultdict(tuple)
    for some in portions(sorted(villages)):
        for of_township in _alerts(db, [_alert.c.village.in_(some), _is_open()]).values():
            for one in of_township:
                if not any(step.step is Step.EXPLAIN for step in one.steps):
                    found[one.breach.village] += (one,)
    return found


# What is due


def watches(db: Connection, *, township: str) -> tuple[Watch, ...]:
    """The frozen months of a township that were looked at, by month, with the alerts each opened."""
    opened: defaultdict[tuple[Period, str], list[int]] = defaultdict(list)
    for row in db.execute(
        select(_alert.c.month, _alert.c.at, _alert.c.number)
        .where(_alert.c.book_id == township, _alert.c.frozen.is_not(None))
        .order_by(_alert.c.number)
    ):
        opened[row.month, row.at].append(row.number)
    rows = db.execute(select(_watch).where(_watch.c.book_id == township).order_by(_watch.c.month))
    return tuple(
        Watch(
            month=row.month,
            on=row.on,
            at=row.at,
            by=row.by,
            lines=read_back(row, _watch.c.lines, tuple[RedLine, ...]),
            opened=tuple(opened[row.month, row.at]),
        )
        for row in rows
    )


def due(db: Connection) -> Mapping[str, tuple[Period, ...]]:
    """The frozen months of every township that are to be looked at; townships with open alerts, which may be cured, have none
    where there is no new month."""
    frozen: defaultdict[str, list[Period]] = defaultdict(list)
    for row in db.execute(select(_snapshot.c.book_id, _snapshot.c.month)):
        frozen[row.book_id].append(row.month)
    watched: defaultdict[str, list[Period]] = defaultdict(list)
    for row in db.execute(select(_watch.c.book_id, _watch.c.month)):
        watched[row.book_id].append(row.month)
    open_ = alerts(db, within="", open_only=True)
    months = {one: rules.months_to_watch(frozen[one], watched[one]) for one in sorted({*frozen, *open_})}
    return {township: found for township, found in months.items() if found or open_.get(township)}


def breaches_frozen(db: Connection, *, township: str, month: Period) -> tuple[Breach, ...]:
    """What the villages of a township break by a frozen month."""
    kept = snapshots.snapshot(db, township=township, month=month)
    before = snapshots.snapshot(db, township=township, month=month - 100)
    assert kept is not None, "only what is frozen is looked at"
    return _breaches(db, kept.snapshot, None if before is None else before.snapshot)


def breaches_today(db: Connection, *, township: str, month: Period, on: date) -> tuple[Breach, ...]:
    """What the villages of a township break by a month as it is known on a day and nobody has opened an alert of: what
    freezing it would open."""
    found = _breaches(db, *_as_known(db, township=township, month=month, on=on))
    return rules.fresh(found, alerts(db, within=township, open_only=True).get(township, ()))


def kept_again(db: Connection, *, township: str, on: date) -> tuple[tuple[Alert, Kept], ...]:
    """The open alerts of a township about its villages' books whose lines are not broken any more on the figures as they are
    known on a day: by which value they are kept, or why they cannot be judged."""
    open_ = [
        one
        for one in alerts(db, within=township, open_only=True).get(township, ())
        if one.breach.parcel is None
    ]
    newest = max(snapshots.months_frozen(db, within=township), default=0)
    by_month: defaultdict[Period, list[Alert]] = defaultdict(list)
    for one in open_:
        by_month[rules.month_to_judge(one, newest)].append(one)
    found: list[tuple[Alert, Kept]] = []
    for month, of_month in sorted(by_month.items()):
        now, before = _as_known(db, township=township, month=month, on=on)
        earlier = {} if before is None else {one.village: one for one in before.villages}
        today = {one.village: one for one in now.villages}
        for one in of_month:
            village = today.get(one.breach.village)
            figures = (
                ()  # the village was no more in that year: nothing is left to judge it by
                if village is None
                else rules.figures_of(village, earlier.get(village.village), policy=now.policy, month=month)
            )
            kept = rules.kept_by(one.breach.line, figures, month=month)
            if kept is not None:
                found.append((one, kept))
    return tuple(found)


def breaches_of_figures(
    db: Connection, *, township: str, parcel: int, month: Period, lines: Iterable[RedLine]
) -> tuple[Breach, ...]:
    """What the villages and households of a parcel of figures from outside break by what counted once it had been entered."""
    rows = outside.rows_of(db, township=township, numbers=[parcel])[parcel]
    return rules.breaches_of_figures(
        lines,
        [row.subject for row in rows],
        outside.known(db, township=township, month=month, until=parcel),
        outside.known(db, township=township, month=month - 100, until=parcel),
        month=month,
        parcel=parcel,
    )


def kept_by_figures(
    db: Connection, *, township: str, parcel: int, month: Period
) -> tuple[tuple[Alert, Kept], ...]:
    """The open alerts of a township about the villages and households of a parcel of figures from outside, of its month or one
    before, whose lines are kept by what counts for that month, and by which value. What cannot be judged is not kept."""
    subjects = {
        (row.subject.village, row.subject.household): row.subject
        for row in outside.rows_of(db, township=township, numbers=[parcel])[parcel]
    }
    now = outside.known(db, township=township, month=month)
    before = outside.known(db, township=township, month=month - 100)
    found: list[tuple[Alert, Kept]] = []
    for one in alerts(db, within=township, open_only=True).get(township, ()):
        subject = subjects.get((one.breach.village, one.breach.household))
        if one.breach.parcel is None or subject is None or month < one.breach.month:
            continue
        figures = rules.figures_from_outside(now.get(subject, {}), before.get(subject, {}), month=month)
        value = rules.value_today(one.breach.line, figures)
        if value is not None and rules.judged(one.breach.line, figures) is None:
            found.append((one, Kept(month=month, value=value)))
    return tuple(found)


def _as_known(db: Connection, *, township: str, month: Period, on: date) -> tuple[Snapshot, Snapshot | None]:
    """A month as it is known on a day, and the same month of last year where books were kept then."""
    before, now = snapshots.months_as_they_are(db, township=township, months=[month - 100, month], as_of=on)
    return now, before


def _breaches(db: Connection, now: Snapshot, before: Snapshot | None) -> tuple[Breach, ...]:
    lines = red_lines(db, township=now.township).watched
    unproved = income.unproved_lines(
        db,
        within=now.township,
        year=now.month // 100,
        as_of=now.as_of,
        scans_only=now.policy.scans_only,
    )
    return rules.breaches(lines, now, before, unproved)


def _as_entry(row: Any) -> RedLineEntry:
    return RedLineEntry(
        line=RedLine(
            id=row.line,
            name=row.name,
            name_zh=row.name_zh,
            figure=row.figure,
            comparison=Comparison(row.comparison),
            bound=row.bound,
            when=When(row.when),
            unit=Unit(row.unit),
            source=row.source,
        ),
        watched=bool(row.watched),
        version=row.version,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def _as_step(row: Any) -> AlertStep:
    return AlertStep(
        no=row.no,
        step=Step(row.step),
        by=row.by,
        on=row.on,
        at=row.at,
        text=row.text,
        paper=None if row.sha256 is None else AlertPaper(sha256=row.sha256, name=row.name),
        kept=read_back(row, _step.c.kept, Kept) if row.kept else None,
    )
