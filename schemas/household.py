"""What a household is told: shares, this year's dividend and how it came about, the member account, what else it got
(RULES §4, §5, §6; UX, "Household").

Everything is worked out beforehand: whoever shows it only writes it down.
"""

from datetime import date
from enum import StrEnum

from schemas.appeals import Appeal
from schemas.batches import Channel, DueState, Reason
from schemas.books import BookKind
from schemas.evidence import Sha256
from schemas.herd import AnimalOrigin, AnimalState
from schemas.members import MemberKind
from schemas.policies import BasisKind, CommissionMode
from schemas.runs import Document, Fraction, RunId, RunKind, RunState
from schemas.shares import ShareClass
from schemas.units import BasisPoints, BookId, Fen, Hundredths, Period, Value


class ShareHeld(Value):
    """What is held of one class. ``since`` is the day of its last movement, ``paper`` what that was written on: the
    number of a voucher or resolution."""

    share: ShareClass
    quantity: Hundredths
    value: Fen
    since: date
    paper: str


class LegOf(Value):
    """One leg of a run for one payee: ``weight`` of ``total_weight`` (counted in the smallest unit of the basis) of
    ``amount``; ``exact`` is the quotient in yuan before it is cut, ``got`` what it gives, one from the remainders
    included or not."""

    no: int
    name: str
    basis: BasisKind | None
    patronage: bool
    bp: BasisPoints
    amount: Fen
    weight: int
    total_weight: int
    exact: Fraction
    got: Fen
    fen_from_remainder: bool


class CommissionOf(Value):
    """How a manager's commission came about (RULES §6): ``due`` is the rate of the base, ``paid`` what the published
    score leaves of it."""

    mode: CommissionMode
    base: Fen
    rate_bp: BasisPoints
    due: Fen
    score: Hundredths
    paid: Fen


class PaperOf(Value):
    """A paper of a run a member may read: the meeting's or the council's resolution (合作社法 第二十一条)."""

    sha256: Sha256
    document: Document
    name: str


class PaidTo(Value):
    """Where a member's money goes: whose account (an heir's after a death), its bank and number, masked; empty where none
    is recorded."""

    name: str
    bank: str
    bank_account: str


class MoneyOf(Value):
    """Where the money of a booked run is for one payee: how it goes, the day it went out (None: not yet), the bank's last
    word with its day and reason, and whose account it went to."""

    state: DueState
    channel: Channel | None = None
    sent: date | None = None
    on: date | None = None
    reason: Reason | None = None
    to: PaidTo | None = None


class RunOf(Value):
    """What a run gives one payee, where the run stands, and until when one may disagree. ``code`` is the check code;
    ``held`` says that an appeal keeps the line back, ``papers`` are its resolutions, ``money`` is where the money is once
    it is booked. Of a payment order ``through`` is the month whose end it goes by, and ``withheld`` the tax kept back."""

    run: RunId
    kind: RunKind
    year: int
    state: RunState
    total: Fen
    got: Fen
    legs: tuple[LegOf, ...]
    resolution: str
    published: date | None = None
    notice_ends: date | None = None
    appeals_end: date | None = None
    approved: date | None = None
    posted: date | None = None
    code: str = ""
    held: bool = False
    commission: CommissionOf | None = None
    papers: tuple[PaperOf, ...] = ()
    money: MoneyOf | None = None
    through: Period | None = None
    withheld: Fen = 0


class AccountLine(Value):
    """One line of the member account: opening + what came in − what went out = closing."""

    opening: Fen
    came: Fen
    went: Fen
    closing: Fen


class ClassLine(AccountLine, kw_only=True):
    """The contributions of one class within the member account."""

    share: ShareClass


class OwnAccount(Value):
    """The statutory member account 成员账户 of a year (合作社法 第四十三条); ``classes`` are its contributions once more,
    by the classes the member knows them by. ``aid`` and ``donations`` are the quantified
    shares of state aid and donations: they count as weights and are nobody's money. ``owed`` is what the cooperative
    owes of distributed surplus."""

    capital_granted: AccountLine
    capital_other: AccountLine
    classes: tuple[ClassLine, ...]
    reserve: AccountLine
    owed: AccountLine
    aid: Fen
    donations: Fen


class Besides(Value):
    """Other money the books name the member for: the account, what was earned in the year and what was paid out."""

    account: str
    name: str
    name_en: str
    earned: Fen
    paid: Fen
    left: Fen


class WorkOf(Value):
    """Duty work of the year, and what it is worth at the day wages recorded."""

    days: Hundredths
    wage: Fen


class TradeOf(Value):
    """What was traded with the cooperative in the year, by product."""

    product: str
    quantity: Hundredths
    unit: str
    amount: Fen


class CalfOf(Value):
    """An animal the member owns, by its ear tag."""

    ear_tag: str
    origin: AnimalOrigin
    state: AnimalState
    entered: date
    left: date | None


class YearOf(Value):
    """What a year gave: distributed surplus and commission."""

    year: int
    amount: Fen


class Case(StrEnum):
    """What has to be said in words: nothing this year, a loss year, joined in the course of the year, the run is not
    there yet, membership ended."""

    NOTHING = "nothing"
    LOSS = "loss"
    JOINED = "joined"
    NOT_YET = "not_yet"
    ENDED = "ended"


class MemberStatement(Value):
    """One member's section; ``heirs`` are named by the register for one who died. ``got`` is what the year's runs give in all, ``owed_now`` what the books still owe of
    distributed surplus on the day it was drawn up."""

    member: str
    name: str
    kind: MemberKind
    joined: date
    ended: date | None
    heirs: tuple[str, ...]
    paid_to: tuple[PaidTo, ...]
    cases: tuple[Case, ...]
    got: Fen
    shares: tuple[ShareHeld, ...]
    shares_value: Fen
    runs: tuple[RunOf, ...]
    account: OwnAccount
    owed_now: Fen
    besides: tuple[Besides, ...]
    work: WorkOf
    trade: tuple[TradeOf, ...]
    calves: tuple[CalfOf, ...]
    years: tuple[YearOf, ...]
    appeals: tuple[Appeal, ...]


class HouseholdStatement(Value):
    """What one household of a book is told about a year: ``as_of`` is the day its shares and account are read for,
    ``closed`` whether the year is sealed, ``loss`` the year's loss, 0 when there is none. ``years`` are the years there is
    something to read about, ``shares_of_all`` the value of all shares of everybody that day."""

    book: BookId
    kind: BookKind
    unit: str
    household: str
    year: int
    as_of: date
    drawn_up: date
    closed: bool
    loss: Fen
    shares_of_all: Fen
    years: tuple[int, ...]
    members: tuple[MemberStatement, ...]
