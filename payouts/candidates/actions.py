"""Writing down whom a reward scheme looks at, and the order a resolution gave to those who were equal."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.places import actions as places
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.seal import rules as seal
from payouts import rewards
from payouts.candidates import queries, rules
from payouts.candidates.tables import RewardOrderRow, RewardSheetRow
from schemas.evidence import EvidenceFile
from schemas.log import Act
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.rewards import NewSheet, RewardOrder, RewardSheet
from schemas.units import PersonId

sheet_must_follow_the_one_seen = Fault(
    code="sheet_must_follow_the_one_seen",
    says="You saw sheet {seen}; meanwhile sheet {no} was written down.",
    remedy="Look at it again, and repeat what is still right.",
)


def write_sheet(
    db: Connection,
    new: NewSheet,
    *,
    township: str,
    year: int,
    version: int,
    by: PersonId,
    at: datetime,
    seen: int | None = None,
) -> RewardSheet:
    """Write down everybody a scheme looks at in a year or month, in place of the sheet before. Refused with everything
    that is wrong with it, line by line, and when the last sheet is not the one ``seen``; None: not said."""
    head = places.desk(db, township=township)
    found = queries.scheme_there(db, township=township, year=year, version=version)
    name = found.head.name
    before = queries.sheet(db, township=township, year=year, scheme=name, period=new.period)
    last = 0 if before is None else before.no
    if seen is not None and seen != last:
        raise Refusal(sheet_must_follow_the_one_seen.at("/seen", seen=seen, no=last), kind=RefusalKind.STALE)
    problems = rules.faults_of_sheet(new, found.policy.scheme, year=year)
    if problems:
        raise Refusal(*problems)
    if before is not None and before.candidates == new.candidates:
        return before
    made = RewardSheet(
        period=new.period, candidates=new.candidates, no=last + 1, recorded_by=by, recorded_at=log.instant(at)
    )
    db.execute(
        insert(table_of(RewardSheetRow)),
        [
            {
                "book_id": township,
                "year": year,
                "scheme": name,
                "period": new.period,
                "no": made.no,
                "version": version,
                "candidates": msgspec.json.encode(new.candidates).decode(),
                "recorded_by": by,
                "recorded_at": made.recorded_at,
            }
        ],
    )
    act = Act(
        by=by,
        act="reward.sheet",
        subject=f"sheet:{year}:{name}:{new.period}-{made.no}",
        after=str(len(new.candidates)),
        content=seal.digest_of((version, made)),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return made


def put_in_order(
    db: Connection,
    who: Sequence[str],
    file: EvidenceFile,
    *,
    resolution: str,
    township: str,
    year: int,
    version: int,
    period: str,
    by: PersonId,
    at: datetime,
) -> RewardOrder:
    """Write down the order a resolution gave to those whom a boundary divides, with its scan, whose bytes are in the store
    before. Refused where it names others."""
    head = places.desk(db, township=township)
    found = queries.scheme_there(db, township=township, year=year, version=version)
    name, scheme = found.head.name, found.policy.scheme
    sheet = queries.sheet(db, township=township, year=year, scheme=name, period=period)
    if sheet is None:
        raise Refusal(rules.sheet_must_be_there.at("/period", period=period), kind=RefusalKind.STATE)
    missing = tuple(rewards.missing(scheme, sheet.candidates))
    problems = missing or rules.faults_of_order(
        who, rewards.ties_of(scheme, sheet.candidates), resolution=resolution
    )
    if problems:
        raise Refusal(*problems)
    evidence.know_files(db, [file], book=township)
    before = queries.orders(db, township=township, year=year, scheme=name, period=period)
    made = RewardOrder(
        no=len(before) + 1,
        who=tuple(who),
        resolution=resolution,
        sha256=file.sha256,
        name=file.name,
        recorded_by=by,
        recorded_at=log.instant(at),
    )
    db.execute(
        insert(table_of(RewardOrderRow)),
        [
            {
                "book_id": township,
                "year": year,
                "scheme": name,
                "period": period,
                "no": made.no,
                "who": msgspec.json.encode(made.who).decode(),
                "resolution": resolution,
                "sha256": made.sha256,
                "name": made.name,
                "recorded_by": by,
                "recorded_at": made.recorded_at,
            }
        ],
    )
    act = Act(
        by=by,
        act="reward.order",
        subject=f"order:{year}:{name}:{period}-{made.no}",
        after=f"{'、'.join(who)} {resolution}",
        content=seal.digest_of(made),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return made
