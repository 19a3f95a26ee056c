"""Runs 分配方案的执行: what a year's result is shared out by, from preview to posting (RULES §4, §5, §6, §9).

A run's *inputs* are everything its figures follow from: book figures, weights, the policy's own text. They are frozen
when the run is submitted, and whoever recomputes them gets every line again, to the fen.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.policies import CharterPolicy, CommissionMode
from schemas.scores import RaterKind
from schemas.units import (
    AmountAboveZero,
    AmountFromZero,
    BasisPoints,
    BookId,
    Fen,
    Hundredths,
    Instant,
    Period,
    PersonId,
    Value,
)


class RunKind(StrEnum):
    """What is paid out: 盈余分配, 管理员提成, of a township 绩效奖金 and 奖励发放; and by payment orders 付款方案 what the book owes already:
    劳务费, 土地租金, 转付的保险赔款, 回购结算款, 退社结算款, 绩效奖金."""

    DIVIDEND = "dividend"
    COMMISSION = "commission"
    TIERS = "tiers"
    REWARD = "reward"
    LABOUR = "labour"
    RENT = "rent"
    INDEMNITY = "indemnity"
    BUYBACK = "buyback"
    LEAVER = "leaver"
    INSTALMENT = "instalment"


ORDERS = frozenset(
    {
        RunKind.LABOUR,
        RunKind.RENT,
        RunKind.INDEMNITY,
        RunKind.BUYBACK,
        RunKind.LEAVER,
        RunKind.INSTALMENT,
    }
)
"""Kinds of payment orders."""


class RunState(StrEnum):
    """草稿, 已送审, 公示中, 已审批, 已记账, 已送发, 已办结, 已退回, 已撤销 (RULES §9)."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    ON_NOTICE = "on_notice"
    APPROVED = "approved"
    POSTED = "posted"
    EXPORTED = "exported"
    SETTLED = "settled"
    RETURNED = "returned"
    REVERTED = "reverted"


BOOKED = frozenset({RunState.POSTED, RunState.EXPORTED, RunState.SETTLED})
"""States of a run whose vouchers are in the book."""


class RunStep(StrEnum):
    """What somebody did to a run: 编制, 送审, 公示, 审批, 退回, 记账, 送发, 办结, 撤销."""

    NEW = "new"
    SUBMIT = "submit"
    PUBLISH = "publish"
    APPROVE = "approve"
    RETURN = "return"
    POST = "post"
    EXPORT = "export"
    SETTLE = "settle"
    REVERT = "revert"


class Document(StrEnum):
    """What a run of some size must have attached (RULES §9): 理事长签字, 理事会纪要, 成员大会决议."""

    CHAIR = "chair"
    COUNCIL = "council"
    ASSEMBLY = "assembly"


RunId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}\.[a-z]+\.[0-9]{4}\.[0-9]{1,3}$")]
"""A run's name everywhere: ``{book}.{kind}.{year}.{round}``, of a township ``{code}.tiers.{year}.{round}``, or its ``reward``."""


class Fraction(Value):
    """An exact ratio of whole numbers, in lowest terms."""

    numerator: int
    denominator: int

    def __str__(self) -> str:
        return f"{self.numerator}" if self.denominator == 1 else f"{self.numerator}/{self.denominator}"


class Appropriation(Value):
    """What a year's surplus becomes (RULES §4). ``article_44_base`` is what remains of this year's surplus;
    ``line_16`` adds what was undistributed before; ``distributed`` is what the meeting resolved."""

    surplus: Fen
    loss_brought_forward_covered: Fen
    undistributed_brought_forward: Fen
    reserve_rate_bp: int
    reserve: Fen
    article_44_base: Fen
    line_16: Fen
    distributed: Fen


class Residual(Value, gc=False):
    """The four parts of a weight by the residual base (合作社法 第四十四条): capital on 301, the reserve share brought
    forward, quantified state aid, quantified donations."""

    capital: Fen
    reserve: Fen
    state_aid: Fen
    donations: Fen

    @property
    def weight(self) -> Fen:
        """The weight they make together."""
        return self.capital + self.reserve + self.state_aid + self.donations


class DividendInputs(Value, omit_defaults=True):
    """Everything a dividend follows from. ``surplus`` is the year's result on the distribution account,
    ``commission`` what of the costs was accrued to managers; ``weights`` are by leg number, then member of record;
    ``reserve_weights`` share out the year's draw. Members not of record are listed with nothing else.

    ``floor_bp`` of the Article 44 base go by trade at the least, and where ``reserve_by_member`` the draw is quantified to
    the members: in a cooperative's book. In a collective's neither is (合作社法 does not apply to it, 公积公益金 is kept whole),
    and ``residual`` and ``reserve_weights`` are empty."""

    book: BookId
    year: int
    policy: CharterPolicy
    policy_version: int
    surplus: Fen
    commission: Fen
    undistributed_before: Fen
    members: tuple[str, ...]
    not_of_record: tuple[str, ...]
    weights: Mapping[str, Mapping[str, int]]
    residual: Mapping[str, Residual]
    reserve_weights: Mapping[str, int]
    reserve_before: Fen
    state_total: Fen
    donation_total: Fen
    floor_bp: BasisPoints = 6_000
    reserve_by_member: bool = True


class RunPart(Value):
    """A leg of a distribution, or a commission as a whole. ``total_weight`` may exceed what a database counts in."""

    no: int
    name: str
    bp: int
    basis: str
    patronage: bool
    amount: Fen
    total_weight: int
    fen_from_remainders: int


class RunLine(Value, gc=False):
    """What one payee gets of one part: his weight of the total weight, the amount, and whether one of the fen left
    over came to him."""

    part: int
    payee: str
    weight: int
    amount: Fen
    fen_from_remainder: bool = False


class PayeeTotal(Value, gc=False):
    """What one payee gets of a run: of the legs that go by trade, and in all."""

    payee: str
    by_trade: Fen
    total: Fen


class Floor(Value):
    """The statutory floor (合作社法 第四十四条): ``patronage`` is what the patronage legs get; reached when
    patronage basis points × distributed ≥ 6 000 × base. ``required`` is the exact bound in yuan."""

    patronage: Fen
    required: Fraction
    reached: bool


class Dividend(Value):
    """A worked-out dividend; ``floor`` is None where the law asks for none."""

    appropriation: Appropriation
    parts: tuple[RunPart, ...]
    lines: tuple[RunLine, ...]
    floor: Floor | None
    reserve_shares: Mapping[str, Fen]


class RatedBallot(Value):
    """A ballot that counts: the last of its rater on the manager."""

    rater: str
    kind: RaterKind
    points: tuple[Hundredths, ...]


class RatedManager(Value):
    """A manager with the ballots that count and what the resolution reckons the commission on; ``base`` None: no
    base is named, so the score is published and nothing is due."""

    member: str
    village: str
    household: str
    base: Fen | None
    replaced: int
    ballots: tuple[RatedBallot, ...]
    own_ballots: tuple[str, ...] = ()


class CommissionInputs(Value):
    """Everything scores and commissions follow from."""

    book: BookId
    year: int
    policy: CharterPolicy
    policy_version: int
    managers: tuple[RatedManager, ...]


class Chosen(Value):
    """What somebody wants paid to one member, and what of it withheld as tax; ``account`` where several owe him. Of bonuses
    and instalments ``person`` is whose it is, where the member bears another name by now."""

    member: Annotated[str, Meta(min_length=1, max_length=40)]
    paying: AmountAboveZero
    withheld: AmountFromZero = 0
    account: Annotated[str, Meta(max_length=20)] = ""
    person: Annotated[str, Meta(max_length=40)] = ""


class OrderChoice(Value):
    """What a payment order is to pay: of what stood at the end of the month ``through`` everything, or these ``lines``;
    ``tax`` names the tax withheld, a detail of 214."""

    through: Period
    lines: tuple[Chosen, ...] | None = None
    tax: Annotated[str, Meta(max_length=40)] = ""


class Owed(Value, kw_only=True, gc=False):
    """What an account of the book owes a member: it was owed at the end of a month, is not paid yet, and no posted run
    has promised it. Of bonuses and instalments ``person`` is the name it is owed to; otherwise it is empty."""

    account: str
    member: str
    owed: Fen
    person: str = ""

    @property
    def detail(self) -> str:
        """The detail of the account it stands on."""
        return self.person or self.member


class OrderLine(Owed, kw_only=True, gc=False):
    """What an order pays of it, of which ``withheld`` is kept back as tax."""

    paying: Fen
    withheld: Fen


class OrderInputs(Value):
    """Everything a payment order follows from: what is owed, and what was chosen of it. ``accounts`` are those of its
    lines by code, with their names; ``tax_account`` and ``tax`` are empty where nothing is withheld."""

    book: BookId
    kind: RunKind
    year: int
    through: Period
    accounts: Mapping[str, str]
    tax_account: str
    tax: str
    lines: tuple[OrderLine, ...]


class Order(Value):
    """A payment order worked out: what is owed, what is paid of it, and what of that is withheld and arrives."""

    owed: Fen
    gross: Fen
    withheld: Fen
    net: Fen


class Score(Value):
    """A manager's score: exact by dimension and in all (points), and published in hundredths (RULES §6)."""

    dimensions: tuple[Fraction, ...]
    exact: Fraction
    published: Hundredths
    keeps_bonus: bool


class Commission(Value):
    """One manager's score and commission. ``due`` 应得提成, ``paid`` what the score leaves of it."""

    member: str
    village: str
    ballots: int
    replaced: int
    score: Score
    base: Fen
    due: Fen
    paid: Fen


class Commissions(Value):
    """Worked-out commissions of a year; ``stays`` is what the scores leave in the cooperative."""

    mode: CommissionMode
    managers: tuple[Commission, ...]
    due: Fen
    paid: Fen
    stays: Fen


class RunAct(Value):
    """A step of a run, for ever: who, on which day, recorded when, about which content."""

    seq: int
    step: RunStep
    by: PersonId
    on: date
    at: Instant
    content: int
    reason: str = ""


class RunDocument(Value):
    """A document attached to a run: the file's SHA-256, what it is, and its name."""

    sha256: str
    document: Document
    name: str
    by: PersonId
    at: Instant


class Run(Value):
    """A run as it stands. ``book`` is the book it is of, or the township by its nine-digit code; ``policy_version`` is
    None where its inputs hold the policy's own text. ``content`` numbers the frozen content the state speaks of, ``digest`` is its SHA-256;
    ``total`` is the sum of its lines, without what a reward scheme deducts."""

    id: RunId
    book: BookId
    kind: RunKind
    year: int
    round: int
    state: RunState
    content: int
    digest: str
    total: Fen
    policy_version: int | None
    prepared_by: PersonId
    approved_by: PersonId | None
    resolution: str
    version: int

    @property
    def is_booked(self) -> bool:
        """Whether its vouchers are in the book: posted, and whatever comes after."""
        return self.state in BOOKED
