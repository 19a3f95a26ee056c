"""Batches 发放批次: what of a posted run is sent to the bank or paid in cash, and what came back (RULES §9)."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.runs import RunId
from schemas.units import AmountAboveZero, AmountFromZero, BookId, Counted, Fen, Instant, PersonId, Value

Turn = Annotated[int, Meta(ge=1, le=1_000_000)]
"""Which of the words on a line of one day it is, counted from 1."""


class Channel(StrEnum):
    """银行代发, 现金发放."""

    BANK = "bank"
    CASH = "cash"


class BatchState(StrEnum):
    """已编制, 已送出, 已办结, 已作废. Voided while nothing was sent."""

    MADE = "made"
    SENT = "sent"
    SETTLED = "settled"
    VOIDED = "voided"


class DueState(StrEnum):
    """Where somebody's money is: 待发放, 暂缓（异议未答复）, 在途, 已到账, 已退回."""

    TO_PAY = "to_pay"
    HELD = "held"
    ON_ITS_WAY = "on_its_way"
    PAID = "paid"
    RETURNED = "returned"


class Outcome(StrEnum):
    """What the bank says of a line: 成功, 失败."""

    PAID = "paid"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a bank sends money back: 户名不符, 账号不存在, 账户已销户, 账户冻结或止付, 其他."""

    NAME = "name"
    ACCOUNT = "account"
    CLOSED = "closed"
    FROZEN = "frozen"
    OTHER = "other"


class DuePart(Value):
    """What of a due stands on one account 科目 of the book, by its detail, and what of that is withheld."""

    account: str
    detail: str
    amount: AmountAboveZero
    withheld: AmountFromZero = 0


class Due(Value):
    """What a payee of a run is owed. ``gross`` is ``withheld`` (214) and ``net`` together, and the sum of the parts;
    ``attempt`` counts the batches that carried it, ``batch`` is the last of them, ``reason`` and ``said`` the bank's last
    word where it sent the money back."""

    payee: str
    gross: AmountAboveZero
    withheld: AmountFromZero
    net: AmountFromZero
    parts: tuple[DuePart, ...]
    state: DueState
    attempt: Annotated[int, Meta(ge=0)] = 0
    batch: Counted | None = None
    reason: Reason | None = None
    said: str = ""


class Payee(Value):
    """Who gets the money of a payee, the payee or an heir, and where: the account masked, with its keyed digest."""

    payee: str
    heir: int | None
    name: str
    bank: str
    account: str
    digest: str


class Batch(Value):
    """A batch as it stands. ``account`` is the account 科目 it is paid from; ``lines`` and ``total`` its count and sum."""

    book: BookId
    number: Counted
    run: RunId
    channel: Channel
    format: str
    account: str
    state: BatchState
    lines: int
    total: Fen
    made_by: PersonId
    made_on: date
    sent_by: PersonId | None
    sent_on: date | None
    version: int

    @property
    def name(self) -> str:
        """What banks and papers call it: unique among the batches of its book."""
        return f"B{self.made_on.year}-{self.number:04}"


class BatchLine(Value):
    """One transfer. ``reference`` is what the bank's answer names it by; the account is shown masked, and stands in full
    in the bank's file alone."""

    no: Annotated[int, Meta(ge=1)]
    payee: str
    attempt: Annotated[int, Meta(ge=1)]
    amount: AmountAboveZero
    to: Payee
    reference: str


class Answer(Value):
    """A row of a bank's return file, or a call-back: which line, how much, what became of it, on which day. ``row`` is
    where it stands in the file, ``turn`` which of the words on the line of that day it is: the last of the last day
    stands."""

    row: int
    reference: str
    amount: Fen
    outcome: Outcome
    on: date
    code: str = ""
    said: str = ""
    turn: Turn = 1


class Told(Value):
    """What somebody was told of a line, without a file: by the bank's telephone, or by the sheet signed for cash.
    ``amount`` None: the line's own."""

    line: Counted
    outcome: Outcome
    on: date
    reason: Reason | None = None
    said: Annotated[str, Meta(max_length=200)] = ""
    amount: AmountAboveZero | None = None


class LineOutcome(Value):
    """What is known of a line: the bank's last word, by its day and ``turn``. ``reason`` None: it is paid."""

    no: int
    outcome: Outcome
    on: date
    reason: Reason | None
    said: str
    recorded_by: PersonId
    at: Instant
    turn: Turn = 1

    @property
    def place(self) -> tuple[date, int]:
        """Where it stands among the words on its line, whenever each of them came."""
        return self.on, self.turn
