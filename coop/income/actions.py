"""Setting thresholds."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from coop.income import queries
from coop.income.tables import ThresholdRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from schemas.income import Threshold
from schemas.log import Act
from schemas.units import PersonId

_threshold = table_of(ThresholdRow)


def set_thresholds(db: Connection, new: Sequence[Threshold], *, by: PersonId, at: datetime) -> None:
    """Set thresholds; one already set for that region, kind, year and measure gets a new version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    when = log.instant(at)
    standing = {
        (region, year): queries.thresholds(db, region=region, year=year)
        for region, year in {(one.region, one.year) for one in new}
    }
    before = {
        (region, year, kind, measure): one.version
        for (region, year), kinds in standing.items()
        for (kind, measure), one in kinds.items()
    }
    db.execute(
        insert(_threshold),
        [
            {
                "region": one.region,
                "kind": one.kind.value,
                "year": one.year,
                "version": before.get((one.region, one.year, one.kind, one.measure), 0) + 1,
                "measure": one.measure.value,
                "amount": one.amount,
                "recorded_at": when,
            }
            for one in new
        ],
    )
    acts = [
        Act(
            by=by,
            act="threshold.set",
            subject=f"place:{one.region}",
            after=f"{one.year} {one.kind} {one.measure} {yuan(one.amount)}",
            content=seal.digest_of(one),
        )
        for one in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
