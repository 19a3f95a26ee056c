"""Freezing months and ranking what is frozen. Nothing frozen is changed."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.places import actions as places
from coop.snapshots import queries, rules
from coop.snapshots.tables import SnapshotRankingRow, SnapshotRankRow, SnapshotRow, SnapshotVillageRow
from ledger.columns import table_of
from ledger.log import actions as log
from schemas.income import INCOME
from schemas.log import Act
from schemas.places import PlaceLevel
from schemas.problems import Refusal, RefusalKind
from schemas.snapshots import FrozenRank, FrozenVillage
from schemas.units import Period, PersonId

_snapshot = table_of(SnapshotRow)
_village = table_of(SnapshotVillageRow)
_ranking = table_of(SnapshotRankingRow)
_rank = table_of(SnapshotRankRow)


def freeze(
    db: Connection, months: Sequence[Period], *, township: str, by: PersonId, on: date, at: datetime
) -> tuple[Period, ...]:
    """Freeze months of a township as they are known now, with the ranks within it; those that are frozen already are left
    as they are. Returns what was frozen. Refused when the clock stands before what was ranked."""
    head = places.desk(db, township=township)
    known = set(queries.months_frozen(db, within=township))
    wanted = [month for month in months if month not in known]
    problems = rules.clock_problems(log.instant(at), queries.last_ranked(db))
    if wanted and problems:
        raise Refusal(*problems, kind=RefusalKind.STATE)
    acts = []
    for one in queries.months_as_they_are(db, township=township, months=wanted, as_of=on):
        digest, key = rules.sealed(one), {"book_id": township, "month": one.month}
        frozen = {
            **key,
            "as_of": on,
            "policy": msgspec.json.encode(one.policy).decode(),
            "digest": digest,
            "frozen_at": log.instant(at),
        }
        db.execute(insert(_snapshot), [frozen])
        if one.villages:
            db.execute(insert(_village), [{**key, **_row(village)} for village in one.villages])
        _write_ranks(db, rules.places_of(PlaceLevel.TOWNSHIP, one.villages), key=key)
        acts.append(
            Act(
                by=by,
                act=rules.FROZEN,
                subject=rules.subject_of(one.month),
                after=on.isoformat(),
                content=digest,
            )
        )
    if acts:
        log.append(db, acts, book=township, head=head, at=at)
    return tuple(wanted)


def rank(
    db: Connection,
    found: Mapping[Period, Sequence[FrozenRank]],
    *,
    township: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> None:
    """Write down where a township's villages stand above it, by month: among everything frozen of that month until now,
    as ``queries`` and ``rules.places_of`` found it. Months that were ranked stay as they are."""
    head = places.desk(db, township=township)
    waiting = {
        month
        for month, townships in queries.unranked(db, until=log.instant(at)).items()
        if township in townships
    }
    acts = []
    for month in sorted(waiting & found.keys()):
        key = {"book_id": township, "month": month}
        db.execute(insert(_ranking), [{**key, "ranked_on": on, "ranked_at": log.instant(at)}])
        _write_ranks(db, found[month], key=key)
        acts.append(
            Act(
                by=by,
                act=rules.RANKED,
                subject=rules.subject_of(month),
                after=on.isoformat(),
                content=rules.sealed_ranks(found[month]),
            )
        )
    if acts:
        log.append(db, acts, book=township, head=head, at=at)


def _row(village: FrozenVillage) -> Mapping[str, object]:
    components: dict[str, object] = {}
    for component, one in village.components.items():
        components[component.value] = one.counted
        if component in INCOME:
            components[f"{component.value}_unproved"] = one.not_counted
    return {
        "village": village.village,
        "kind": village.kind.value,
        **components,
        "measure": village.measure.value,
        "income": village.income,
        "threshold": village.threshold,
        "numerator": None if village.ratio is None else village.ratio.numerator,
        "denominator": None if village.ratio is None else village.ratio.denominator,
        "band": village.band,
    }


def _write_ranks(db: Connection, ranks: Sequence[FrozenRank], *, key: Mapping[str, object]) -> None:
    if ranks:
        db.execute(
            insert(_rank),
            [
                {
                    **key,
                    "level": one.level.value,
                    "village": one.village,
                    "rank": one.rank,
                    "from_below": one.from_below,
                    "of": one.of,
                }
                for one in ranks
            ],
        )
