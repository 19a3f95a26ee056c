"""Village collective income as values (RULES §8)."""

from enum import StrEnum

from schemas.places import VillageKind
from schemas.units import Fen, Value


class Measure(StrEnum):
    """口径 of village income (RULES §8): 经营收益, 经营收入合计, 全部收入."""

    OPERATING_PROFIT = "operating_profit"
    GROSS_OPERATING = "gross_operating"
    GROSS_ALL = "gross_all"


class Threshold(Value):
    """门槛: what a village of a kind in this region has to earn in a year, by the measure named."""

    region: str
    kind: VillageKind
    year: int
    measure: Measure
    amount: Fen
