"""What a township chose for its villages' incomes, and what was frozen of them, as values (RULES §8)."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.evidence import Sha256
from schemas.income import Components, Measure, UnprovedLine
from schemas.places import PlaceLevel, VillageKind
from schemas.policies import PolicyHead
from schemas.runs import Fraction
from schemas.units import Fen, Instant, Period, Value

BasisPoints = Annotated[int, Meta(ge=0, le=10_000)]


class Landing(StrEnum):
    """Which day a draft has that lands in a second book: that of the payment, or that of the resolution."""

    DAY_OF_PAYMENT = "day_of_payment"
    DAY_OF_RESOLUTION = "day_of_resolution"


class IncomePolicy(Value):
    """村集体收入办法 of a township, from ``year`` on until another is approved. ``scans_only``: originals declared on paper
    are no evidence. ``fall_bp`` and ``subsidies_bp``: a fall against last year, and a part of subsidies in all income,
    that are too much. ``spot_checks``: vouchers drawn a book and month. ``landing``: the day of what lands in a second
    book. ``list_appeal_days``: calendar days in which the red and the black list may be disputed before they are
    published."""

    year: Annotated[int, Meta(ge=1949, le=2999)]
    scans_only: bool = False
    fall_bp: BasisPoints = 3_000
    subsidies_bp: BasisPoints = 5_000
    spot_checks: Annotated[int, Meta(ge=0, le=1_000)] = 5
    landing: Landing = Landing.DAY_OF_PAYMENT
    list_appeal_days: Annotated[int, Meta(ge=1, le=366)] = 15
    resolution: Annotated[str, Meta(max_length=80)] = ""


class IncomePolicyVersion(Value):
    """A version of a township's income policy; ``in_force`` as of its year."""

    head: PolicyHead
    policy: IncomePolicy
    in_force: bool


class FrozenVillage(Value):
    """A village's year to date as it was frozen. ``income`` is of the ``measure`` it was held against; without a
    threshold there is no ratio, and it is not ranked."""

    village: str
    kind: VillageKind
    components: Components
    measure: Measure
    income: Fen
    threshold: Fen | None
    ratio: Fraction | None
    band: Fen | None


class Snapshot(Value):
    """A month (yyyymm) of a township as it was frozen: what was known on the day ``as_of`` under the policy of then."""

    township: str
    month: Period
    as_of: date
    policy: IncomePolicy
    villages: tuple[FrozenVillage, ...]


class FrozenRank(Value):
    """Where a village stood in a place of a level: its rank from the best, and from the last, among ``of`` villages. Equal
    ratios share a rank."""

    level: PlaceLevel
    village: str
    rank: int
    from_below: int
    of: int


class KeptSnapshot(Value):
    """A snapshot as it is kept: its SHA-256, when it was frozen, the ranks, and when those above the township were made."""

    snapshot: Snapshot
    digest: Sha256
    frozen_at: Instant
    ranks: tuple[FrozenRank, ...]
    ranked_on: date | None
    ranked_at: Instant | None


class SinceFrozen(Value):
    """Why a village's month counts for another income today than when it was frozen: income whose scan came since, and by
    how much ``otherwise`` it differs: vouchers posted since, another threshold's measure, another policy."""

    month: Period
    frozen_on: date
    frozen: Fen
    today: Fen
    scanned_since: tuple[UnprovedLine, ...]
    otherwise: Fen


class FrozenMonths(Value):
    """Months of a township that were just frozen."""

    township: str
    months: tuple[Period, ...]
