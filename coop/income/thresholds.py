"""Thresholds of past years as data with their sources (RULES §8, DOMAIN §6); of later years none is built in.

>>> [(one.threshold.year, one.threshold.amount // 100) for one in known() if one.threshold.region == "451302"]
[(2018, 20000), (2018, 30000)]
"""

import tomllib
from functools import cache
from importlib.resources import files

from schemas.income import KnownThreshold, Measure, Threshold
from schemas.places import VillageKind


@cache
def known() -> tuple[KnownThreshold, ...]:
    """Every threshold that is built in."""
    told = tomllib.loads((files("coop.income") / "thresholds.toml").read_text("utf-8"))
    return tuple(
        KnownThreshold(
            threshold=Threshold(
                region=one["region"],
                kind=VillageKind(kind),
                year=one["year"],
                measure=Measure.OPERATING_PROFIT,
                amount=one["amount"] * 100,
            ),
            source=one["source"],
        )
        for one in told["threshold"]
        for kind in one["kinds"]
    )
