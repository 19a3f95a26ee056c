"""Contracts of a collective 合同, what falls due by them, and what was received, as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.evidence import Sha256
from schemas.inventory import ItemCode
from schemas.problems import Problem
from schemas.units import (
    AmountAboveZero,
    AmountFromZero,
    BookId,
    Counted,
    Fen,
    Instant,
    PersonId,
    QuantityAboveZero,
    Value,
    VoucherId,
)

ContractNo = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[^\s/]+$")]
Named = Annotated[str, Meta(max_length=120)]


class ContractKind(StrEnum):
    """What a contract is about."""

    LEASE = "lease"
    CONTRACTING = "contracting"
    INVESTMENT = "investment"
    PURCHASE = "purchase"

    @property
    def brings_income(self) -> bool:
        """Whether what falls due comes in."""
        return self is not ContractKind.PURCHASE


class DueRhythm(StrEnum):
    """How often something falls due."""

    ONCE = "once"
    YEARLY = "yearly"
    HALF_YEARLY = "half_yearly"
    QUARTERLY = "quarterly"
    MONTHLY = "monthly"


class PriceStep(Value):
    """What each instalment is that begins on this day or later."""

    from_date: date
    amount: AmountAboveZero


class Subject(Value):
    """What a contract speaks of: an item of the inventory, of land the area of it in mu 亩."""

    item: ItemCode
    area: QuantityAboveZero | None = None


class ContractTerms(Value):
    """What is agreed. The term runs ``from_date`` to ``last_day``, both included; the first instalment falls due on
    ``first_due``, the others in the rhythm after it; ``steps`` in the order of their days, the first on ``from_date``."""

    from_date: date
    last_day: date
    first_due: date
    rhythm: DueRhythm
    steps: Annotated[tuple[PriceStep, ...], Meta(min_length=1, max_length=100)]
    subjects: Annotated[tuple[Subject, ...], Meta(max_length=100)] = ()


class NewContract(Value):
    """A contract as it is handed in. ``counterparty`` is a party of the book. ``resolution`` is the number of the 四议两公开
    resolution, ``bid`` whether it was put out to public bidding, ``least`` the least each instalment may be as it was voted,
    ``household`` that it is household contracting 家庭承包, whose terms have their own articles; of a lease it says nothing."""

    number: ContractNo
    title: Annotated[str, Meta(min_length=1, max_length=120)]
    kind: ContractKind
    counterparty: Annotated[str, Meta(min_length=1, max_length=80)]
    signed_on: date
    terms: ContractTerms
    resolution: Named = ""
    bid: bool = False
    household: bool = False
    least: AmountFromZero = 0
    deposit: AmountFromZero = 0


class Amendment(Value):
    """What is agreed from a day on instead; what fell due before stays."""

    day: date
    terms: ContractTerms
    paper: Annotated[str, Meta(min_length=1, max_length=200)]


class Ending(Value):
    """That a contract ended before its term, on its last day, and why."""

    last_day: date
    reason: Annotated[str, Meta(min_length=1, max_length=200)]


class Amended(Amendment):
    """An amendment as it was written down."""

    turn: int
    by: PersonId
    at: Instant


class Ended(Ending):
    """An ending as it was written down."""

    turn: int
    by: PersonId
    at: Instant


class ContractPaper(Value):
    """A scan of a contract or of what belongs to it."""

    sha256: Sha256
    name: str
    by: PersonId
    at: Instant


class Contract(Value):
    """A contract with everything that happened to it."""

    contract: NewContract
    by: PersonId
    at: Instant
    papers: tuple[ContractPaper, ...] = ()
    amendments: tuple[Amended, ...] = ()
    ended: Ended | None = None

    @property
    def number(self) -> ContractNo:
        """Its number."""
        return self.contract.number

    @property
    def terms(self) -> ContractTerms:
        """What is agreed by now."""
        return self.amendments[-1].terms if self.amendments else self.contract.terms

    @property
    def last_day(self) -> date:
        """The last day it runs."""
        return self.terms.last_day if self.ended is None else min(self.ended.last_day, self.terms.last_day)


class Due(Value):
    """What falls due on a day, for the stretch of the term that begins with ``begins``."""

    place: Counted
    begins: date
    day: date
    amount: Fen


class Receipt(Value):
    """A voucher's line that is named for a contract. ``counted``: it is recognised as income on the day it is looked at."""

    contract: ContractNo
    voucher: VoucherId
    label: str
    line: Counted
    day: date
    account: str
    amount: Fen
    counted: bool


class DueStanding(Value):
    """A due with what of it is booked, what of that counts, and what is open; ``overdue`` where its day is over."""

    due: Due
    booked: Fen
    counted: Fen
    overdue: Fen
    vouchers: tuple[VoucherId, ...]

    @property
    def open(self) -> Fen:
        """What is not booked yet."""
        return self.due.amount - self.booked


class YearOfDues(Value):
    """A year's dues together."""

    year: int
    expected: Fen
    booked: Fen
    counted: Fen
    overdue: Fen


class ContractStanding(Value):
    """A contract on a day: its dues and receipts, what came in beyond all dues, and what is found of it."""

    contract: Contract
    dues: tuple[DueStanding, ...]
    receipts: tuple[Receipt, ...]
    beyond: Fen
    years: tuple[YearOfDues, ...]
    findings: tuple[Problem, ...]


class ContractBoard(Value):
    """The contracts of a book on a day, and the years of all together; purchases are not in the sums."""

    as_of: date
    contracts: tuple[ContractStanding, ...]
    years: tuple[YearOfDues, ...]


class VillageContracts(Value):
    """A village's contracts on a day: how many run, what was found of all, what is overdue, and the dues of a year."""

    book: BookId
    village: str
    name: str
    running: int
    found: int
    overdue: Fen
    year: YearOfDues


class PlaceContracts(Value):
    """The contracts of the collectives of a place on a day, village by village and all together."""

    place: str
    as_of: date
    villages: tuple[VillageContracts, ...]
    overdue: Fen
    year: YearOfDues


class Offer(Value):
    """A line that may be what a contract received: of its party, or of the amount of an open due."""

    voucher: VoucherId
    label: str
    line: Counted
    day: date
    account: str
    summary: str
    amount: Fen
    by_party: bool
    by_amount: bool
