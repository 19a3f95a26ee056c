"""Spot checks 凭证抽查 as values: what was drawn from what, what a checker found, and what was said about it (RULES §8)."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.evidence import EvidenceFile, Sha256
from schemas.journals import VoucherLabel
from schemas.units import BookId, Counted, Fen, Instant, Period, PersonId, Value, VoucherId

Drawing = Annotated[int, Meta(ge=0, le=1000)]
"""How many vouchers of a book are drawn a month; none where a township's policy says 0."""

Words = Annotated[str, Meta(max_length=400)]


class SpotCheck(Value):
    """A draw. ``head`` is the seed: the hash the book's chain had at the month's end, as its entry ``head_seq``. ``pool`` counts
    the vouchers drawn from and ``pool_digest`` is the SHA-256 of their numbers, one a line in the order of their bytes;
    ``drawn`` are the numbers drawn, in the order of the draw."""

    book: BookId
    month: Period
    head: Sha256
    head_seq: int
    k: Drawing
    pool: int
    pool_digest: Sha256
    drawn: tuple[str, ...]
    drawn_at: Instant


class Published(Value):
    """A draw with its pool, as everybody may read it: numbers only."""

    check: SpotCheck
    numbers: tuple[str, ...]


class VerdictKind(StrEnum):
    """What a checker found of a voucher."""

    IN_ORDER = "in_order"
    """无误"""
    NO_EVIDENCE = "no_evidence"
    """缺原始凭证"""
    AMOUNT_DIFFERS = "amount_differs"
    """金额与原始凭证不符"""
    WRONG_ACCOUNT = "wrong_account"
    """科目有误"""
    WRONG_MONTH = "wrong_month"
    """月份有误"""
    OTHER = "other"
    """其他问题"""


class FindingState(StrEnum):
    """Whose turn it is with a finding."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class WordKind(StrEnum):
    """What is said about a finding."""

    ANSWER = "answer"
    RETURN = "return"
    CLOSE = "close"


class NewVerdict(Value):
    """What a checker says of a drawn voucher; a finding says what is wrong. ``scan`` is a photo taken on the spot, its bytes in the
    store."""

    kind: VerdictKind
    text: Words = ""
    scan: EvidenceFile | None = None


class FindingWord(Value):
    """Something said about a finding."""

    word: WordKind
    text: str
    by: PersonId
    at: Instant


class Verdict(Value):
    """A verdict as the book holds it; ``state`` is a finding's, None where the voucher is in order."""

    id: Counted
    month: Period
    voucher: VoucherId
    kind: VerdictKind
    text: str
    scan: Sha256 | None
    scan_name: str
    checked_by: PersonId
    at: Instant
    words: tuple[FindingWord, ...] = ()
    state: FindingState | None = None


class DrawnVoucher(Value):
    """A drawn voucher as a checker takes it to the field. ``corrections`` are the red and blue vouchers that name it."""

    place: Counted
    voucher: VoucherLabel
    summary: str
    amount: Fen
    originals: int
    scans: int
    involved: tuple[PersonId, ...]
    verdicts: tuple[Verdict, ...] = ()
    corrections: tuple[VoucherLabel, ...] = ()


class SpotCheckSheet(Value):
    """The sheet of a month; ``later`` counts the month's vouchers that were posted after the draw."""

    check: SpotCheck
    vouchers: tuple[DrawnVoucher, ...]
    later: int


class Quality(Value):
    """How a book's drawn vouchers of a year to date stand: drawn, checked, of those without a finding, and findings not closed. Its
    data quality is ``sound`` / ``checked``, an exact fraction and never a rounded one."""

    book: BookId
    drawn: int
    checked: int
    sound: int
    unsettled: int


class RankedQuality(Value):
    """A book's place among those of a township or county; None while nothing of it was checked."""

    rank: int | None
    quality: Quality


class QualityBoard(Value):
    """The books of a place by data quality, the best first, equal fractions sharing a rank (1 2 2 4), at the end of a month."""

    place: str
    month: Period
    books: tuple[RankedQuality, ...]
