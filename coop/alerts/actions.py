"""Entering red lines, opening alerts, and what follows them. Nothing that was written is changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.alerts import queries, rules
from coop.alerts.tables import AlertRow, AlertStepRow, AlertWatchRow, RedLineApprovalRow, RedLineRow
from coop.income import queries as income
from coop.places import actions as places
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.seal import rules as seal
from schemas.alerts import (
    Alert,
    AlertPaper,
    AlertStep,
    Breach,
    Kept,
    NewRedLine,
    RedLineApproval,
    RedLineEntry,
    RedLineVersion,
    Step,
    Watch,
)
from schemas.evidence import EvidenceFile
from schemas.figures import Parcel
from schemas.log import Act, ChainHead
from schemas.problems import Refusal, RefusalKind
from schemas.units import Counted, Period, PersonId

Row = dict[str, object]


# Red lines


def record_line(
    db: Connection,
    new: NewRedLine,
    *,
    township: str,
    by: PersonId,
    at: datetime,
    seen: int | None = None,
) -> RedLineVersion:
    """Enter a red line of a township as the next version of its id; it is watched once another person has approved it. Refused
    where its expressions cannot be read, and when the last version is not the one ``seen``; None: not said."""
    head = places.desk(db, township=township)
    problems = rules.faults_of_line(new.line)
    if problems:
        raise Refusal(*problems)
    last = _last(db, township=township, line=new.line.id)
    if seen is not None and seen != last:
        raise Refusal(rules.red_line_must_be_as_seen.at("/seen", last=last), kind=RefusalKind.STALE)
    entry = RedLineEntry(
        line=new.line, watched=new.watched, version=last + 1, recorded_by=by, recorded_at=log.instant(at)
    )
    told = {name: getattr(new.line, name) for name in new.line.__struct_fields__ if name != "id"}
    db.execute(
        insert(table_of(RedLineRow)),
        [
            {
                "book_id": township,
                "line": new.line.id,
                "version": entry.version,
                **told,
                "watched": int(new.watched),
                "recorded_by": by,
                "recorded_at": entry.recorded_at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.RECORDED,
        subject=rules.subject_of_line(entry),
        after=new.line.name_zh,
        content=seal.digest_of(entry),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return _version(db, township=township, line=new.line.id, version=entry.version)


def approve_line(
    db: Connection, *, township: str, line: str, version: int, by: PersonId, at: datetime
) -> RedLineVersion:
    """Approve the last version of a red line 批准, as another person than who entered it."""
    head = places.desk(db, township=township)
    found = _version(db, township=township, line=line, version=version)
    problems = rules.faults_of_approval(found, last=_last(db, township=township, line=line), by=by)
    if problems:
        own = problems[0].code == rules.red_line_approver_must_differ.code
        raise Refusal(*problems, kind=RefusalKind.RULE if own else RefusalKind.STATE)
    approval = RedLineApproval(id=line, version=version, by=by, at=log.instant(at))
    db.execute(
        insert(table_of(RedLineApprovalRow)),
        [
            {
                "book_id": township,
                "line": line,
                "version": version,
                "recorded_by": found.entry.recorded_by,
                "approved_by": by,
                "at": approval.at,
            }
        ],
    )
    act = Act(
        by=by,
        act=rules.APPROVED,
        subject=rules.subject_of_line(found.entry),
        after=found.entry.line.name_zh,
        content=seal.digest_of(approval),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return _version(db, township=township, line=line, version=version)


def _version(db: Connection, *, township: str, line: str, version: int) -> RedLineVersion:
    for one in queries.line_versions(db, township=township):
        if (one.entry.line.id, one.entry.version) == (line, version):
            return one
    missing = rules.red_line_must_be_there.at("/version", version=version, line=line)
    raise Refusal(missing, kind=RefusalKind.MISSING)


def _last(db: Connection, *, township: str, line: str) -> int:
    versions = queries.line_versions(db, township=township)
    return max((one.entry.version for one in versions if one.entry.line.id == line), default=0)


# Alerts


def watch(
    db: Connection, months: Sequence[Period], *, township: str, by: PersonId, on: date, at: datetime
) -> tuple[Counted, ...]:
    """Look at frozen months of a township: open an alert of every red line a village breaks that has none of that year. A month
    that was looked at is left alone. Returns the numbers of the new alerts."""
    head = places.desk(db, township=township)
    known = {one.month for one in queries.watches(db, township=township)}
    opened: list[Counted] = []
    for month in months:
        if month not in known:
            found, head = _watch(db, month, township=township, by=by, on=on, at=at, head=head)
            opened += found
    return tuple(opened)


def _watch(
    db: Connection,
    month: Period,
    *,
    township: str,
    by: PersonId,
    on: date,
    at: datetime,
    head: ChainHead,
) -> tuple[Sequence[Counted], ChainHead]:
    of_township = queries.alerts(db, within=township).get(township, ())
    broken = rules.fresh(queries.breaches_frozen(db, township=township, month=month), of_township)
    opened = _open(db, broken, township=township, by=by, on=on, at=at)
    seen = Watch(
        month=month,
        on=on,
        at=log.instant(at),
        by=by,
        lines=queries.red_lines(db, township=township).watched,
        opened=tuple(one.number for one in opened),
    )
    written = {"book_id": township, "month": month, "by": by, "on": on, "at": seen.at}
    db.execute(insert(table_of(AlertWatchRow)), [{**written, "lines": _json(seen.lines)}])
    acts = [
        Act(
            by=by,
            act=rules.WATCHED,
            subject=rules.subject_of_watch(month),
            after=str(len(opened)),
            content=seal.digest_of(seen),
        ),
        *_acts_of(opened),
    ]
    return seen.opened, log.append(db, acts, book=township, head=head, at=at)


def look_at_figures(
    db: Connection,
    parcel: Parcel,
    *,
    township: str,
    by: PersonId,
    on: date,
    at: datetime,
    head: ChainHead,
) -> ChainHead:
    """Look at a parcel of figures from outside that was just entered: open an alert of every red line its villages and households
    break that have none of that year, and cure those whose lines are kept again. The desk is locked by its ``head``."""
    for one, kept in queries.kept_by_figures(db, township=township, parcel=parcel.number, month=parcel.month):
        step = _next(one, Step.CURE, text="", by=by, on=on, at=at, kept=kept)
        head = _write(db, one, step, township=township, head=head, at=at)
    broken = rules.fresh(
        queries.breaches_of_figures(
            db,
            township=township,
            parcel=parcel.number,
            month=parcel.month,
            lines=queries.red_lines(db, township=township).watched,
        ),
        queries.alerts(db, within=township, open_only=True).get(township, ()),
    )
    opened = _open(db, broken, township=township, by=by, on=on, at=at)
    return log.append(db, _acts_of(opened), book=township, head=head, at=at)


def _open(
    db: Connection,
    broken: Sequence[Breach],
    *,
    township: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> list[Alert]:
    first = queries.last_number(db, township=township) + 1
    opened = [
        Alert(number=number, breach=breach, by=by, on=on, at=log.instant(at))
        for number, breach in enumerate(broken, first)
    ]
    rows: list[Row] = [
        {
            "book_id": township,
            "number": one.number,
            "line": one.breach.line.id,
            "village": one.breach.village,
            "household": one.breach.household,
            "month": one.breach.month,
            "frozen": one.breach.month if one.breach.parcel is None else None,
            "parcel": one.breach.parcel,
            "breach": _json(one.breach),
            "by": by,
            "on": on,
            "at": one.at,
        }
        for one in opened
    ]
    if rows:
        db.execute(insert(table_of(AlertRow)), rows)
    return opened


def _acts_of(opened: Sequence[Alert]) -> list[Act]:
    return [
        Act(
            by=one.by,
            act=rules.OPENED,
            subject=rules.subject_of(one.number),
            after=" ".join(filter(None, (one.breach.village, one.breach.household, one.breach.line.id))),
            content=rules.sealed(one),
        )
        for one in opened
    ]


def tell(db: Connection, *, township: str, by: PersonId, on: date, at: datetime) -> tuple[Counted, ...]:
    """Tell the collectives of the alerts nobody was told of yet, in the chains of their own books, which their programs follow.
    A village whose collective keeps no book here waits for an officer who says whom he told."""
    homes = {
        village: book
        for village in {one.breach.village for one in _untold(db, township=township)}
        if (book := income.collective_of(db, village=village)) is not None
    }
    # The books before the desk, as everything locks them that needs both.
    heads = {book: log.lock(db, book=book) for book in sorted(homes.values())}
    head = places.desk(db, township=township)
    told = []
    for one in _untold(db, township=township):
        book = homes.get(one.breach.village)
        if book is None:
            continue
        step = _next(one, Step.NOTIFY, text="", by=by, on=on, at=at)
        head = _write(db, one, step, township=township, head=head, at=at)
        act = Act(
            by=by,
            act=rules.TOLD_BOOK,
            subject=rules.subject_of(one.number),
            after=one.breach.line.id,
        )
        heads[book] = log.append(db, [act], book=book, head=heads[book], at=at)
        told.append(one.number)
    return tuple(told)


def _untold(db: Connection, *, township: str) -> list[Alert]:
    open_ = queries.alerts(db, within=township, open_only=True).get(township, ())
    return [one for one in open_ if not one.steps]


def cure(
    db: Connection, *, township: str, by: PersonId, on: date, at: datetime
) -> Mapping[Step, tuple[Counted, ...]]:
    """End the open alerts of a township whose lines are not broken any more on the figures as they are known now: cured where
    the line is kept, lapsed where it cannot be judged. Returns their numbers by how they ended."""
    head = places.desk(db, township=township)
    ended: dict[Step, tuple[Counted, ...]] = {Step.CURE: (), Step.LAPSE: ()}
    for one, kept in queries.kept_again(db, township=township, on=on):
        end = rules.end_of(kept)
        step = _next(one, end, text="", by=by, on=on, at=at, kept=kept)
        head = _write(db, one, step, township=township, head=head, at=at)
        ended[end] += (one.number,)
    return ended


def explain(
    db: Connection,
    *,
    township: str,
    village: str,
    number: int,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
    scan: EvidenceFile | None = None,
) -> Alert:
    """Explain an open alert of a village 说明, as its collective's accountant; may be said more than once. The bytes of
    ``scan`` are in the store before."""
    return _taken(
        db,
        Step.EXPLAIN,
        within=village,
        township=township,
        number=number,
        text=text,
        by=by,
        on=on,
        at=at,
        scan=scan,
    )


def notify(
    db: Connection, *, township: str, number: int, text: str, by: PersonId, on: date, at: datetime
) -> Alert:
    """Say whom an officer told of an alert nobody was told of 通知, and how."""
    return _taken(
        db,
        Step.NOTIFY,
        within=township,
        township=township,
        number=number,
        text=text,
        by=by,
        on=on,
        at=at,
    )


def close(
    db: Connection, *, township: str, number: int, text: str, by: PersonId, on: date, at: datetime
) -> Alert:
    """Close an open alert whose year is over 销号, with the reason: what was earned in that year comes no more."""
    return _taken(
        db,
        Step.CLOSE,
        within=township,
        township=township,
        number=number,
        text=text,
        by=by,
        on=on,
        at=at,
    )


def _taken(
    db: Connection,
    step: Step,
    *,
    within: str,
    township: str,
    number: int,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
    scan: EvidenceFile | None = None,
) -> Alert:
    head = places.desk(db, township=township)
    found = queries.alert(db, within=within, number=number)
    problems = rules.faults_of_step(found, step, text=text, on=on)
    if problems:
        raise Refusal(*problems)
    paper = None
    if scan is not None:
        evidence.know_files(db, [scan], book=township)
        paper = AlertPaper(sha256=scan.sha256, name=scan.name)
    new = _next(found, step, text=text.strip(), by=by, on=on, at=at, paper=paper)
    _write(db, found, new, township=township, head=head, at=at)
    return msgspec.structs.replace(found, steps=(*found.steps, new))


def _next(
    one: Alert,
    step: Step,
    *,
    text: str,
    by: PersonId,
    on: date,
    at: datetime,
    paper: AlertPaper | None = None,
    kept: Kept | None = None,
) -> AlertStep:
    return AlertStep(
        no=len(one.steps) + 1,
        step=step,
        by=by,
        on=on,
        at=log.instant(at),
        text=text,
        paper=paper,
        kept=kept,
    )


def _write(
    db: Connection, one: Alert, step: AlertStep, *, township: str, head: ChainHead, at: datetime
) -> ChainHead:
    db.execute(
        insert(table_of(AlertStepRow)),
        [
            {
                "book_id": township,
                "number": one.number,
                "no": step.no,
                "step": step.step.value,
                "by": step.by,
                "on": step.on,
                "at": step.at,
                "text": step.text,
                "sha256": None if step.paper is None else step.paper.sha256,
                "name": "" if step.paper is None else step.paper.name,
                "kept": "" if step.kept is None else _json(step.kept),
            }
        ],
    )
    act = Act(
        by=step.by,
        act=rules.ACTS[step.step],
        subject=rules.subject_of_step(one.number, step.no),
        after=one.breach.village,
        content=seal.digest_of(step),
    )
    return log.append(db, [act], book=township, head=head, at=at)


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
