"""The books of account 会计账簿 as values: what a page of a ledger shows, line by line."""

import datetime
from enum import StrEnum

from schemas.units import Counted, Fen, Hundredths, Period, Value, VoucherId
from schemas.vouchers import Word


class Place(Value):
    """Where a page of a ledger ends: the order of all lines is period, date, word, number, line."""

    period: Period
    date: datetime.date
    word: Word
    number: Counted
    line: Counted


class LedgerLine(Value):
    """A posted line as a ledger shows it: where it stands in its voucher, and what it moved."""

    period: Period
    date: datetime.date
    voucher: VoucherId
    line: int
    word: Word
    number: int
    summary: str
    account: str
    detail: str
    debit: Fen
    credit: Fen
    quantity: Hundredths | None = None
    movement: str = ""

    @property
    def place(self) -> Place:
        """Where it stands in its ledger."""
        return Place(period=self.period, date=self.date, word=self.word, number=self.number, line=self.line)


class Sums(Value):
    """What was added up on both sides."""

    debit: Fen = 0
    credit: Fen = 0


class Carried(Value):
    """What a page of a ledger begins with: the balance (debit positive) and quantity so far, and the sums of the
    day, month and year that are still running."""

    period: Period
    date: datetime.date | None = None
    balance: Fen = 0
    quantity: Hundredths = 0
    day: Sums = Sums()
    month: Sums = Sums()
    year: Sums = Sums()


class RowKind(StrEnum):
    """What a row of a ledger is."""

    OPENING = "opening"
    """期初余额, in January 上年结转."""
    BROUGHT_FORWARD = "brought_forward"
    """承前页."""
    LINE = "line"
    DAY_TOTAL = "day_total"
    """本日合计."""
    MONTH_TOTAL = "month_total"
    """本月合计."""
    YEAR_TOTAL = "year_total"
    """本年累计."""
    CARRIED_FORWARD = "carried_forward"
    """过次页."""


class LedgerRow(Value):
    """A row of a ledger with the balance after it, debit positive."""

    kind: RowKind
    period: Period
    debit: Fen
    credit: Fen
    balance: Fen
    quantity: Hundredths
    line: LedgerLine | None = None


class LedgerPage(Value):
    """A page of a ledger; ``next`` is where the following page begins, None on the last."""

    rows: tuple[LedgerRow, ...]
    next: Place | None = None


class MonthTurnover(Value):
    """What an account moved in one month."""

    account: str
    period: Period
    debit: Fen
    credit: Fen


class GeneralRow(Value):
    """A month of an account in the general ledger 总账: its sums, the year's sums so far, the balance after it."""

    period: Period
    month: Sums
    year: Sums
    balance: Fen


class GeneralAccount(Value):
    """An account of the general ledger over a span of months."""

    account: str
    opening: Fen
    rows: tuple[GeneralRow, ...]

    @property
    def closing(self) -> Fen:
        """The balance at the end, debit positive."""
        return self.rows[-1].balance if self.rows else self.opening
