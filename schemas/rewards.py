"""Reward schemes 奖励方案 (RULES §7): who stands where, in which class that puts him, and what a class is paid.

Tiers 3:4:3 are one scheme among others: classes by proportion of those who are ranked, paid by a coefficient of a pool
or by a tariff. The other counties' schemes differ in what a class goes by (places from the top and from the bottom, a
grade or post, figures that reach a bound) and in what it pays (an amount, a part of one's own performance pay), not in kind.
"""

from collections.abc import Mapping
from typing import Annotated

from msgspec import Meta

from schemas.policies import PolicyHead, Unpaid
from schemas.problems import Problem
from schemas.runs import Fraction
from schemas.units import BIGGEST_FEN, BasisPoints, BookId, Fen, Hundredths, Instant, PersonId, Value

Name = Annotated[str, Meta(min_length=1, max_length=80)]


class ByProportion(Value, tag_field="by", tag="proportion"):
    """So many parts of everybody who is ranked: 3 of 3:4:3. The classes by proportion of a scheme go from the top down."""

    part: Annotated[int, Meta(ge=1, le=1_000)]


Place = Annotated[int, Meta(ge=-10_000, le=10_000)]


class ByPlace(Value, tag_field="by", tag="place"):
    """The places from ``first`` to ``last``, both included; below 0 they count from the bottom, -1 being the last."""

    first: Place
    last: Place


class ByMark(Value, tag_field="by", tag="mark"):
    """Whoever has one of these marks: a grade 等次, a post 职务."""

    marks: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=20)]


class Bound(Value):
    """A figure that must be at least, or at most, so much: six months, 6 000.00 of pay."""

    figure: Name
    at_least: Hundredths | None = None
    at_most: Hundredths | None = None


class ByFigures(Value, tag_field="by", tag="figures"):
    """Whoever's figures keep every bound."""

    bounds: Annotated[tuple[Bound, ...], Meta(min_length=1, max_length=20)]


class Coefficient(Value, tag_field="pays", tag="coefficient"):
    """A share of the pool by this coefficient, such as 1.20."""

    coefficient: Annotated[int, Meta(ge=0, le=1_000_000, extra={"unit": "hundredths"})]


class Amount(Value, tag_field="pays", tag="amount"):
    """So much each."""

    amount: Fen


class OwnPart(Value, tag_field="pays", tag="own_part"):
    """A part of what one is entitled to oneself, in basis points: 10 000 all of it, 0 none, -10 000 takes it away."""

    bp: Annotated[int, Meta(ge=-10_000, le=10_000)]


class PoolPart(Value, tag_field="pays", tag="pool_part"):
    """So many parts of the pool, shared equally by the class. It can be asked for; by proportion it is refused with
    the reason (RULES §7: 3:4:3 never also splits the money)."""

    part: Annotated[int, Meta(ge=1, le=1_000)]


class RewardClass(Value):
    """A class of a scheme: what it goes by and what it pays. Of several that fit, the first counts."""

    name: Name
    takes: ByProportion | ByPlace | ByMark | ByFigures
    pays: Coefficient | Amount | OwnPart | PoolPart


class Rate(Value):
    """So much for each 1.00 of a figure, such as a wrong record; below 0 it is deducted."""

    figure: Name
    each: Fen


class ScorePart(Value):
    """A part of a score: which points, with which weight."""

    name: Name
    weight_bp: BasisPoints


class Scheme(Value):
    """A reward scheme. ``score``: the parts a score is put together from, none where candidates come with theirs;
    ``bounds``: the least and the most an amount may be; ``entitled_bp``: the part of one's own performance pay the
    scheme speaks of; ``unpaid``: where the money of those excluded goes."""

    name: Name
    classes: Annotated[tuple[RewardClass, ...], Meta(max_length=40)]
    score: Annotated[tuple[ScorePart, ...], Meta(max_length=20)] = ()
    rates: Annotated[tuple[Rate, ...], Meta(max_length=20)] = ()
    bounds: tuple[Fen, Fen] | None = None
    entitled_bp: BasisPoints = 10_000
    unpaid: Unpaid = Unpaid.STAYS


class Candidate(Value):
    """Somebody, or a village, a scheme looks at. ``score`` is the published one and ``ties`` the next keys in the
    policy's order; ``points`` and ``adjustment`` put a score together where the scheme says how. ``excluded`` keeps
    the rank and is paid nothing."""

    who: Name
    score: Hundredths = 0
    ties: tuple[Fraction, ...] = ()
    points: Mapping[str, Hundredths] = {}
    adjustment: Hundredths = 0
    mark: Annotated[str, Meta(max_length=80)] = ""
    figures: Mapping[str, Hundredths] = {}
    entitled: Fen = 0
    excluded: bool = False


class Reward(Value):
    """What a candidate came to. ``class_no`` counts from 1, None: in no class; ``share`` is what the class pays and
    the rates add, ``paid`` what is left of it after exclusions."""

    who: str
    score: Hundredths
    rank: int
    class_no: int | None
    excluded: bool
    share: Fen
    paid: Fen


class Rewards(Value):
    """A scheme worked out, by rank. ``counts`` are the heads of each class; ``stays`` is what of the pool is not paid,
    None without a pool."""

    counts: tuple[int, ...]
    pool: Fen | None
    paid: Fen
    stays: Fen | None
    rewards: tuple[Reward, ...]


# As a place keeps them


class SchemeTemplate(Value):
    """A county's scheme as its papers have it, to start from. ``id`` is its name in the file, ``county`` whose it is,
    ``source`` the paper."""

    id: str
    county: str
    source: str
    scheme: Scheme


class RewardPolicy(Value):
    """奖励方案 of a township and year. ``pool`` is what a scheme by coefficients or tariff shares, None without one."""

    year: Annotated[int, Meta(ge=1949, le=2999)]
    scheme: Scheme
    pool: Annotated[int, Meta(ge=0, le=BIGGEST_FEN, extra={"unit": "fen"})] | None = None
    resolution: Annotated[str, Meta(max_length=80)] = ""


class RewardVersion(Value):
    """A version of a reward policy, with what it says. The versions of a year are numbered together; of one name the
    last that is approved is in force."""

    head: PolicyHead
    policy: RewardPolicy
    in_force: bool


SheetPeriod = Annotated[str, Meta(pattern=r"^[0-9]{4}(-(0[1-9]|1[0-2]))?$")]
"""What a sheet is of: a year ``2025``, or a month ``2025-03``."""


class NewSheet(Value):
    """人员表 of a scheme for a year or a month: everybody it looks at. A new one replaces the one before."""

    period: SheetPeriod
    candidates: Annotated[tuple[Candidate, ...], Meta(max_length=2_000)]


class RewardSheet(NewSheet, kw_only=True):
    """A sheet as it was written down; ``no`` counts the sheets of a scheme and period."""

    no: int
    recorded_by: PersonId
    recorded_at: Instant


class RewardOrder(Value):
    """The order in which a resolution put those who were equal, with the scan that says so."""

    no: int
    who: tuple[Name, ...]
    resolution: str
    sha256: str
    name: str
    recorded_by: PersonId
    recorded_at: Instant


class Standing(Value):
    """A sheet under a version of its scheme, worked out, or why it is not. ``sheet`` is None where none was written
    down yet; ``ties`` are those who wait for a resolution's order."""

    year: int
    version: int
    period: SheetPeriod
    in_force: bool
    sheet: RewardSheet | None
    orders: tuple[RewardOrder, ...]
    ties: tuple[tuple[str, ...], ...]
    made: Rewards | None
    problems: tuple[Problem, ...]


# As a run pays it


class RewardChoice(Value):
    """What a run of rewards 奖励发放 pays: a scheme by its name, for the year or a month of it."""

    scheme: Name
    period: SheetPeriod


class RewardInputs(Value):
    """Everything a run of rewards follows from: the ``policy`` in force with the number of its ``version``, everybody on the
    ``sheet`` of that number, and the order resolutions gave to those whom a boundary divides."""

    township: BookId
    year: int
    period: SheetPeriod
    policy: RewardPolicy
    version: int
    sheet: int
    candidates: tuple[Candidate, ...]
    resolved: tuple[Name, ...] = ()

    @property
    def choice(self) -> RewardChoice:
        """What was chosen to be paid."""
        return RewardChoice(scheme=self.policy.scheme.name, period=self.period)

    @property
    def title(self) -> str:
        """What it is called: the scheme and its period."""
        return f"{self.policy.scheme.name} {self.period}"
