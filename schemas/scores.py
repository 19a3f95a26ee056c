"""Ballots, published scores and cadres as values (RULES §6, §7)."""

from datetime import date
from enum import StrEnum

from schemas.evidence import Sha256
from schemas.policies import Below60, CommissionMode
from schemas.problems import Problem
from schemas.units import Fen, Hundredths, Instant, PersonId, Value


class RaterKind(StrEnum):
    """评议人类别: 党员, 群众."""

    PARTY = "party"
    VILLAGER = "villager"


class BallotWay(StrEnum):
    """How a ballot came in: by the household's card 扫卡, entered from paper 纸质, brought by a hand-over pack 移交."""

    PHONE = "phone"
    PAPER = "paper"
    PACK = "pack"


class RatingState(StrEnum):
    """Whether managers are rated by phone: no days are set, not yet, open, over, or the commission is submitted."""

    NONE = "none"
    EARLY = "early"
    OPEN = "open"
    OVER = "over"
    SUBMITTED = "submitted"


class Grade(StrEnum):
    """年度等次 of a cadre: 优秀, 称职, 基本称职, 不称职."""

    EXCELLENT = "excellent"
    COMPETENT = "competent"
    BARELY = "barely"
    INCOMPETENT = "incompetent"


class Manager(Value):
    """管理员: a member who serves a village in a year."""

    year: int
    member: str
    village: str


class ManagerChange(Value):
    """管理员调整: what was said of a manager after the naming. ``village`` None takes the naming back."""

    member: str
    village: str | None
    reason: str


class Rater(Value):
    """评议人名册: what the roll of a year says of a member. Whom it does not name is a villager 群众, but for whom the
    ballots of a hand-over pack say otherwise."""

    member: str
    kind: RaterKind


class RatingDays(Value):
    """评议起止: the first and the last day managers of a year are rated by phone."""

    year: int
    opens: date
    closes: date


class BallotScan(Value):
    """The scan of the sheet a ballot was entered from."""

    sha256: Sha256
    name: str


class CastBallot(Value):
    """A ballot as it was written down, with its number in the year, how it came in and by whom, the scans of its sheet,
    and whether a later one replaced it."""

    seq: int
    ballot: "Ballot"
    way: BallotWay
    entered_by: PersonId
    recorded_at: Instant
    replaced: bool
    scans: tuple[BallotScan, ...] = ()


class KeptBallot(Value):
    """A ballot with everything its row keeps, for the proof alone: ``salt`` is what hides it in the log."""

    seq: int
    ballot: "Ballot"
    way: BallotWay
    entered_by: PersonId
    salt: str
    recorded_at: Instant


class KeptScan(Value):
    """A scan bound to a ballot, by its number in the year, with who bound it."""

    year: int
    seq: int
    scan: BallotScan
    by: PersonId
    at: Instant


class Points(Value):
    """The six dimensions in points: 养殖成活率, 防疫时效, 技术服务, 服务态度, 出勤情况, 养殖效益."""

    survival: Hundredths
    prevention: Hundredths
    service: Hundredths
    attitude: Hundredths
    attendance: Hundredths
    benefit: Hundredths


class GivenBallot(Value):
    """A ballot as it is given: whose sheet on whom. Of which group the rater is, the roll says."""

    year: int
    manager: str
    rater: str
    points: Points


class Ballot(GivenBallot, kw_only=True):
    """One ballot; a later one of the same rater on the same manager in the year replaces it."""

    rater_kind: RaterKind


class ToRate(Value):
    """A ballot a member of a household may give: on whom, and when the last one came in, if one did."""

    rater: str
    rater_name: str
    manager: str
    manager_name: str
    village: str
    received: Instant | None


class Rating(Value):
    """评议管理员: what a household may rate in a year, until when, and the highest points. Never what was given."""

    year: int
    state: RatingState
    opens: date | None
    closes: date | None
    maxima: tuple[Hundredths, ...]
    ballots: tuple[ToRate, ...]


class VillageScore(Value):
    """村级考评 of a year: its published score and the keys that decide ties."""

    year: int
    village: str
    score: Hundredths
    benefit: Hundredths
    attendance: Hundredths


class Cadre(Value):
    """A cadre of a village committee in a year; inside a village a person is known by name."""

    year: int
    village: str
    name: str
    post: str
    grade: Grade
    score: Hundredths
    benefit: Hundredths
    attendance: Hundredths


class PointsFraction(Value):
    """An exact number of points, in lowest terms."""

    numerator: int
    denominator: int

    def __str__(self) -> str:
        return f"{self.numerator}" if self.denominator == 1 else f"{self.numerator}/{self.denominator}"


class GroupMeans(Value):
    """What one group of raters gave: how many ballots counted, the exact mean of each dimension in points, and the
    group's weight in this manager's score, in basis points. ``means`` is empty without ballots, and where they would
    tell what somebody voted: one of the groups has a single ballot, or the rating is open."""

    ballots: int
    means: tuple[PointsFraction, ...]
    weight_bp: int


class ManagerScore(Value):
    """A manager's score as it is published. ``dimensions``, ``exact``, ``published`` and ``rank`` are None while it
    has too few ballots or one that may not count; ``due`` and ``paid`` while any manager's score is missing, for the
    others' commission may depend on it."""

    member: str
    village: str
    party: GroupMeans
    villagers: GroupMeans
    replaced: int
    dimensions: tuple[PointsFraction, ...] | None
    exact: PointsFraction | None
    published: Hundredths | None
    rank: int | None
    keeps_bonus: bool | None
    base: Fen | None
    due: Fen | None
    paid: Fen | None


class ScoreSheet(Value):
    """The scores of a year under one version of its policy: 0 is the statutory default, where none is recorded.
    ``problems`` say why a score is missing; while managers are rated by phone (``rating``) nobody has one yet, for each
    further ballot could be read from the difference."""

    year: int
    rating: RatingState
    policy_version: int
    approved: bool
    maxima: tuple[Hundredths, ...]
    least_ballots: int
    mode: CommissionMode
    below_60: Below60
    managers: tuple[ManagerScore, ...]
    due: Fen | None
    paid: Fen | None
    stays: Fen | None
    problems: tuple[Problem, ...]
