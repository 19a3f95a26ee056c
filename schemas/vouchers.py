"""Vouchers 记账凭证 as values: the draft that form, API and import hand in, and the voucher that comes back."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.problems import Problem
from schemas.units import BookId, Counted, Fen, Hundredths, Period, PersonId, Value, VoucherId


class Word(StrEnum):
    """The voucher word 凭证字; numbers run per book, year and word."""

    GENERAL = "记"
    RECEIPT = "收"
    PAYMENT = "付"
    TRANSFER = "转"


class Origin(StrEnum):
    """Which act made a voucher. Only ``hand`` and ``correction`` come from a person at the form."""

    HAND = "hand"
    CORRECTION = "correction"
    IMPORT = "import"
    PLAN = "plan"
    REGISTER = "register"
    CLOSING = "closing"
    RUN = "run"
    PAYOUT = "payout"
    LANDING = "landing"


class State(StrEnum):
    """A sketch is unfinished, a draft judged and complete; posted is for ever; withdrawn was never posted."""

    SKETCH = "sketch"
    DRAFT = "draft"
    REVIEWED = "reviewed"
    POSTED = "posted"
    WITHDRAWN = "withdrawn"


class CorrectionKind(StrEnum):
    """How a voucher corrects another (会计基础工作规范 art. 51-5): red cancels it, blue books what is right,
    difference books only the difference of an amount."""

    RED = "red"
    BLUE = "blue"
    DIFFERENCE = "difference"


class Correction(Value):
    """The posted voucher a correction names."""

    kind: CorrectionKind
    voucher: VoucherId


Summary = Annotated[str, Meta(max_length=200)]
Code = Annotated[str, Meta(min_length=1, max_length=20, pattern=r"^[0-9]+$")]


class VoucherLine(Value, gc=False):
    """One line: exactly one of debit and credit is not zero; negative is red on its own side (DOMAIN §5.3).

    ``quantity`` counts in the detail's unit; ``movement`` is the equity movement type of lines on accounts that need
    one (DOMAIN §1.4).
    """

    summary: Summary
    account: Code
    detail: Annotated[str, Meta(max_length=80)] = ""
    debit: Fen = 0
    credit: Fen = 0
    quantity: Hundredths | None = None
    movement: str = ""


class VoucherDraft(Value):
    """What a preparer hands in. ``originals`` 附件张数 counts the paper originals declared."""

    date: date
    lines: Annotated[tuple[VoucherLine, ...], Meta(max_length=5000)]
    word: Word = Word.GENERAL
    originals: Annotated[int, Meta(ge=0, le=9999)] = 0
    corrects: Correction | None = None


class VoucherPlace(Value):
    """Where a page of a list of vouchers ends: they stand by date, word, number (none behind all) and id."""

    date: date
    word: Word
    number: Counted | None
    voucher: VoucherId


class Voucher(Value):
    """A voucher as the book holds it. ``number`` is given at posting, in posting order, without gaps."""

    book: BookId
    id: VoucherId
    state: State
    word: Word
    number: int | None
    date: date
    period: Period
    lines: tuple[VoucherLine, ...]
    originals: int
    origin: Origin
    corrects: Correction | None
    prepared_by: PersonId
    reviewed_by: PersonId | None
    posted_by: PersonId | None
    version: int

    @property
    def place(self) -> VoucherPlace:
        """Where it stands in a list."""
        return VoucherPlace(date=self.date, word=self.word, number=self.number, voucher=self.id)


class Outcome(Value):
    """What became of one item of a batch, in its order: a voucher, or the problems that kept it out."""

    voucher: Voucher | None = None
    problems: tuple[Problem, ...] = ()
    replayed: bool = False


class Step(Value):
    """One item of a batch that moves vouchers on (review, post, withdraw); ``version`` is what the person saw."""

    voucher: VoucherId
    version: int | None = None
    key: str | None = None


class NewDraft(Value):
    """One item of a batch of drafts. With ``id`` it replaces that draft, seen at ``version``; unfinished work is
    kept as a sketch without being judged."""

    draft: VoucherDraft
    id: VoucherId | None = None
    version: int | None = None
    finished: bool = True
    key: str | None = None


class MadeVoucher(Value):
    """A voucher that comes prepared and reviewed: from an import, a plan, a register's act, a close, a run.

    ``number`` is given only by imports, which bring their own.
    """

    draft: VoucherDraft
    origin: Origin
    prepared_by: PersonId
    reviewed_by: PersonId
    number: int | None = None


class NumberGap(Value):
    """A number an imported book never used, confirmed by a person who said why."""

    year: int
    word: Word
    number: int
    confirmed_by: PersonId
    reason: str


class VoucherFilter(Value):
    """Which vouchers a list shows."""

    from_period: Period | None = None
    to_period: Period | None = None
    states: tuple[State, ...] = ()
    word: Word | None = None
    number: int | None = None
    account: str = ""
    detail: str = ""
    text: str = ""
