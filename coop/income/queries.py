"""What villages have to earn."""

from collections.abc import Mapping

from sqlalchemy import Connection, select

from coop.income.tables import ThresholdRow
from ledger.columns import table_of
from schemas.income import Measure, Threshold
from schemas.places import VillageKind
from schemas.units import Value

_threshold = table_of(ThresholdRow)


class StandingThreshold(Value):
    """A threshold and the version of it that stands."""

    threshold: Threshold
    version: int


def thresholds(
    db: Connection, *, region: str, year: int
) -> Mapping[tuple[VillageKind, Measure], StandingThreshold]:
    """The thresholds of a region in a year as they stand, by kind of village and measure."""
    rows = db.execute(
        select(_threshold)
        .where(_threshold.c.region == region, _threshold.c.year == year)
        .order_by(_threshold.c.kind, _threshold.c.measure, _threshold.c.version)
    )
    return {
        (VillageKind(row.kind), Measure(row.measure)): StandingThreshold(
            threshold=Threshold(
                region=row.region,
                kind=VillageKind(row.kind),
                year=row.year,
                measure=Measure(row.measure),
                amount=row.amount,
            ),
            version=row.version,
        )
        for row in rows
    }
