"""Entering thresholds: those of a hand-over count at once, an officer's when another has approved it."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection, insert

from coop.income import queries, rules
from coop.income.tables import ThresholdApprovalRow, ThresholdRow
from coop.places import queries as places
from coop.places.rules import place_must_still_stand
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from schemas.income import (
    NewThreshold,
    Threshold,
    ThresholdApproval,
    ThresholdEntry,
    ThresholdKey,
    ThresholdVersion,
)
from schemas.log import Act, ChainHead
from schemas.problems import Refusal, RefusalKind
from schemas.units import PersonId

_threshold = table_of(ThresholdRow)
_approval = table_of(ThresholdApprovalRow)


def set_thresholds(db: Connection, new: Sequence[Threshold], *, by: PersonId, at: datetime) -> None:
    """Set thresholds that came with a hand-over; one already entered for that region, kind, year and measure gets a new
    version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    entries = [
        ThresholdEntry(
            threshold=one,
            version=queries.last_version(db, one.key) + 1,
            document="",
            imported=True,
            recorded_by=by,
            recorded_at=log.instant(at),
        )
        for one in new
    ]
    _write(db, entries, act="threshold.set", by=by, head=head, at=at)


def record_threshold(
    db: Connection, new: NewThreshold, *, region: str, by: PersonId, at: datetime, seen: int | None = None
) -> ThresholdVersion:
    """Enter a threshold of a place as the next version; it counts once another person has approved it. Refused where the
    place is not known, where it was no more when the year began (in the year it ends its villages are still held against one), and
    when the last version is not the one ``seen``; None: not said."""
    head = log.lock(db, book=log.HOUSE)
    places.place_named(db, code=region)
    gone = places.ended(db, codes=[region], day=date(new.year, 1, 1))
    key = ThresholdKey(region=region, kind=new.kind, year=new.year, measure=new.measure)
    last = queries.last_version(db, key)
    if seen is not None and seen != last:
        raise Refusal(rules.threshold_must_be_as_seen.at("/seen", last=last), kind=RefusalKind.STALE)
    entry = ThresholdEntry(
        threshold=Threshold(
            region=region, kind=new.kind, year=new.year, measure=new.measure, amount=new.amount
        ),
        version=last + 1,
        document=new.document.strip(),
        imported=False,
        recorded_by=by,
        recorded_at=log.instant(at),
    )
    problems = [
        *rules.faults_of_entry(entry),
        *(place_must_still_stand.at("/year", code=code, since=one.since) for code, one in gone.items()),
    ]
    if problems:
        raise Refusal(*problems)
    _write(db, [entry], act="threshold.record", by=by, head=head, at=at)
    return _there(db, key, version=entry.version)


def approve_threshold(
    db: Connection, key: ThresholdKey, *, version: int, by: PersonId, at: datetime
) -> ThresholdVersion:
    """Approve the last version of a threshold 批准, as another person than who entered it. Refused as missing, where it
    waits no longer or another version followed, and to who entered it."""
    head = log.lock(db, book=log.HOUSE)
    found = _there(db, key, version=version)
    problems = rules.faults_of_approval(found, last=queries.last_version(db, key), by=by)
    if problems:
        own = problems[0].code == rules.threshold_approver_must_differ.code
        raise Refusal(*problems, kind=RefusalKind.RULE if own else RefusalKind.STATE)
    approval = ThresholdApproval(key=key, version=version, by=by, at=log.instant(at))
    db.execute(
        insert(_approval),
        [
            {
                **_key(key, version),
                "recorded_by": found.entry.recorded_by,
                "approved_by": by,
                "at": approval.at,
            }
        ],
    )
    act = Act(
        by=by,
        act="threshold.approve",
        subject=rules.subject_of(key, version),
        after=yuan(found.entry.threshold.amount),
        content=seal.digest_of(approval),
    )
    log.append(db, [act], book=log.HOUSE, head=head, at=at)
    return _there(db, key, version=version)


def _there(db: Connection, key: ThresholdKey, *, version: int) -> ThresholdVersion:
    found = queries.version_of(db, key, version=version)
    if found is None:
        raise Refusal(rules.threshold_must_be_there.at("/version", version=version), kind=RefusalKind.MISSING)
    return found


def _write(
    db: Connection,
    entries: Sequence[ThresholdEntry],
    *,
    act: str,
    by: PersonId,
    head: ChainHead,
    at: datetime,
) -> None:
    db.execute(
        insert(_threshold),
        [
            {
                **_key(one.threshold.key, one.version),
                "amount": one.threshold.amount,
                "document": one.document,
                "imported": int(one.imported),
                "recorded_by": one.recorded_by,
                "recorded_at": one.recorded_at,
            }
            for one in entries
        ],
    )
    acts = [
        Act(
            by=by,
            act=act,
            subject=rules.subject_of(one.threshold.key, one.version),
            after=" ".join(filter(None, (yuan(one.threshold.amount), one.document))),
            content=seal.digest_of(one),
        )
        for one in entries
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)


def _key(key: ThresholdKey, version: int) -> dict[str, object]:
    return {
        "region": key.region,
        "kind": key.kind.value,
        "year": key.year,
        "measure": key.measure.value,
        "version": version,
    }
