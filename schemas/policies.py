"""Policies as values: the choices a charter or a township makes where the rules leave them open (RULES, head).

A policy is dated and versioned: a run names the version it used.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.problems import Problem
from schemas.shares import ShareKind
from schemas.units import BIGGEST_FEN, BasisPoints, Fen, Hundredths, Instant, PersonId, Value


class CommissionMode(StrEnum):
    """提成方式 (RULES §6): 本人得分, 得分占比, 得分加权."""

    OWN_SCORE = "own_score"
    SCORE_SHARE = "score_share"
    WEIGHTED = "weighted"


class Below60(StrEnum):
    """不足60分提成: 保留, 取消."""

    KEPT = "kept"
    LOST = "lost"


class BasisKind(StrEnum):
    """口径 of a leg of a distribution plan (RULES §5)."""

    TRADE_VALUE = "trade_value"
    TRADE_QUANTITY = "trade_quantity"
    WORK_DAYS = "work_days"
    SHARE_VALUE = "share_value"
    SHARE_DAYS = "share_days"
    RESIDUAL = "residual"
    HEADS = "heads"
    EQUAL = "equal"
    ENTITLEMENTS = "entitlements"


class BonusMode(StrEnum):
    """奖金方式 (RULES §7): 系数, 定额. 按比例分 by the tiers' own proportions can be asked for and is refused with
    the reason, so it is never kept."""

    COEFFICIENTS = "coefficients"
    TARIFF = "tariff"
    SPLIT = "split"


class BonusLevel(StrEnum):
    """层级: 乡镇 for the villages, 村级 for the people inside each."""

    TOWNSHIP = "township"
    VILLAGE = "village"


class Unpaid(StrEnum):
    """不予发放部分: 留存, 再分配."""

    STAYS = "stays"
    RESHARED = "reshared"


class TwoPosts(StrEnum):
    """Of two posts of one person, by which one is ranked: by the higher score 就高, as a cadre, as a manager."""

    HIGHER = "higher"
    CADRE = "cadre"
    MANAGER = "manager"


class TieKey(StrEnum):
    """What equal scores are put in order by: 养殖效益, 出勤情况."""

    BENEFIT = "benefit"
    ATTENDANCE = "attendance"


class BonusPayer(StrEnum):
    """Who pays the performance bonus, and in whose book it is due: 乡镇, 村集体."""

    TOWNSHIP = "township"
    COLLECTIVE = "collective"


class Basis(Value):
    """口径 of a leg. ``product`` for trade quantity, ``kinds`` for share value and share days, ``members`` for
    the ones named by an equal leg; empty means all."""

    kind: BasisKind
    product: str = ""
    kinds: tuple[ShareKind, ...] = ()
    members: tuple[str, ...] = ()


class Leg(Value):
    """A leg of a distribution plan. ``patronage``: whether the charter calls it 交易返还."""

    no: Annotated[int, Meta(ge=1, le=999)]
    name: str
    part_bp: BasisPoints
    basis: Basis
    patronage: bool


class CharterPolicy(Value):
    """分配方案 of a year. ``amount`` None is the Article 44 base; ``maxima`` are the six dimensions' highest points;
    ``bases`` are the members' 提成基数."""

    year: Annotated[int, Meta(ge=1949, le=2999)]
    record_date: date
    reserve_bp: BasisPoints
    reserve_basis: str
    amount: Fen | None
    products: tuple[str, ...]
    commission_mode: CommissionMode
    commission_bp: BasisPoints
    bases: tuple["CommissionBase", ...]
    below_60: Below60
    party_weight_bp: BasisPoints
    least_ballots: Annotated[int, Meta(ge=1, le=1_000_000)]
    maxima: tuple[Hundredths, ...]
    resolution: str
    legs: tuple[Leg, ...]


class CommissionBase(Value):
    """提成基数: what a manager's commission is reckoned on."""

    member: str
    base: Fen


class BonusScheme(Value):
    """奖金 of a township in a year at one level. ``tiers`` are the coefficients of tiers one, two, three in
    hundredths, in a tariff the amounts in fen. ``pool`` is None inside the villages: a village's amount is the pool of
    its people. ``two_posts``, ``payer`` and ``leaving_stops`` speak of people."""

    township: str
    year: int
    level: BonusLevel
    pool: Fen | None
    mode: BonusMode
    tiers: tuple[int, ...]
    unpaid: Unpaid
    ties: tuple[TieKey, ...] = (TieKey.BENEFIT, TieKey.ATTENDANCE)
    two_posts: TwoPosts = TwoPosts.HIGHER
    payer: BonusPayer = BonusPayer.TOWNSHIP
    leaving_stops: bool = True


TierAmount = Annotated[int, Meta(ge=0, le=BIGGEST_FEN, extra={"unit": "hundredths"})]
"""What a tier is worth: a coefficient in hundredths, in a tariff an amount in fen."""


class LevelMoney(Value):
    """How the money of one level goes to its three tiers: by coefficients such as 1.20, or in a tariff by amounts."""

    mode: BonusMode
    tiers: Annotated[tuple[TierAmount, ...], Meta(min_length=3, max_length=3)]
    unpaid: Unpaid = Unpaid.STAYS


class BonusPolicy(Value):
    """绩效奖金办法 of a township and year at both levels. ``pool`` is the township's, shared over its villages; a village's
    amount is the pool of its people. ``ties`` are the next keys in order; leaving office stops what is not yet due where
    ``leaving_stops``. A level is None only in what came with a hand-over that said nothing of it."""

    year: Annotated[int, Meta(ge=1949, le=2999)]
    pool: Annotated[int, Meta(ge=0, le=BIGGEST_FEN, extra={"unit": "fen"})] | None
    over_villages: LevelMoney | None
    over_people: LevelMoney | None
    two_posts: TwoPosts = TwoPosts.HIGHER
    ties: tuple[TieKey, ...] = (TieKey.BENEFIT, TieKey.ATTENDANCE)
    payer: BonusPayer = BonusPayer.TOWNSHIP
    leaving_stops: bool = True
    resolution: Annotated[str, Meta(max_length=80)] = ""


class Procedure(Value):
    """How a run is agreed on (RULES §9): working days of notice, calendar days to appeal, and up to which total
    the chair's signature and the council's minutes suffice; above it the assembly resolves."""

    notice_days: Annotated[int, Meta(ge=0, le=366)] = 7
    appeal_days: Annotated[int, Meta(ge=0, le=366)] = 15
    chair_up_to: Fen = 500_000
    council_up_to: Fen = 1_000_000


class PolicyKind(StrEnum):
    """分配方案 of a charter or meeting; 办理程序 by which runs are agreed on; of a township its 绩效奖金办法, its
    奖励方案 and its 村集体收入办法."""

    CHARTER = "charter"
    PROCEDURE = "procedure"
    BONUS = "bonus"
    REWARD = "reward"
    INCOME = "income"


class Approval(Value):
    """The second person's word on a version: the resolution's number, and the scan he saw, by its SHA-256."""

    by: PersonId
    on: date
    at: Instant
    resolution: str
    sha256: str


class PolicyPaper(Value):
    """A scan hung on a version of a policy: the meeting's resolution, the charter's page."""

    sha256: str
    name: str
    by: PersonId
    at: Instant


class PolicyHead(Value):
    """A version of a policy but for what it says. ``imported``: it came with a hand-over of books whose meeting had
    resolved it, and counts as approved. ``name`` is a reward scheme's; the other kinds have one a year and no name."""

    kind: PolicyKind
    year: int
    version: int
    recorded_by: PersonId
    recorded_at: Instant
    imported: bool
    resolution: str
    name: str = ""
    papers: tuple[PolicyPaper, ...] = ()
    approval: Approval | None = None

    @property
    def is_approved(self) -> bool:
        """Whether a run may follow it."""
        return self.imported or self.approval is not None


class WaitingPolicy(Value):
    """The last version of a policy, recorded and not approved: of a book or a township, since ``recorded_at``."""

    home: str
    kind: PolicyKind
    year: int
    version: int
    name: str
    recorded_by: PersonId
    recorded_at: Instant


class CharterVersion(Value):
    """A version of a distribution plan, with what it says and what deserves a second look."""

    head: PolicyHead
    policy: CharterPolicy
    in_force: bool
    warnings: tuple[Problem, ...] = ()


class ProcedureVersion(Value):
    """A version of the procedure, with what it says."""

    head: PolicyHead
    procedure: Procedure
    in_force: bool


class BonusVersion(Value):
    """A version of a township's bonus policy, with what it says."""

    head: PolicyHead
    policy: BonusPolicy
    in_force: bool


class PartDifference(Value):
    """What a leg, or the commissions as a whole, come to under two policies; None where one of them has no such leg."""

    name: str
    before: Fen | None
    after: Fen | None
    difference: Fen


class PayeeDifference(Value):
    """What a member or manager gets under two policies."""

    payee: str
    before: Fen
    after: Fen
    difference: Fen


class Difference(Value):
    """What one kind of run comes to under two policies on the same data. A policy under which it is refused says why,
    and counts as nothing."""

    before_problems: tuple[Problem, ...]
    after_problems: tuple[Problem, ...]
    before: Fen
    after: Fen
    difference: Fen
    reserve_before: Fen
    reserve_after: Fen
    parts: tuple[PartDifference, ...]
    payees: tuple[PayeeDifference, ...]


class PolicyComparison(Value):
    """What would change 变化测算: a year's commission and dividend under two versions of its policy, on the books and
    registers as they are. A plan that nobody has recorded is version 0."""

    year: int
    before: int
    after: int
    settled: bool
    commission: Difference
    dividend: Difference
