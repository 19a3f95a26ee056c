"""Balances as values."""

from schemas.units import Fen, Hundredths, Period, Value


class DetailBalance(Value, gc=False):
    """One account and detail over a span of periods: what it opened with (debit positive), what moved in the
    span on each side, and the same in quantities (in positive)."""

    account: str
    detail: str
    opening: Fen
    debit: Fen
    credit: Fen
    opening_quantity: Hundredths = 0
    quantity_in: Hundredths = 0
    quantity_out: Hundredths = 0

    @property
    def closing(self) -> Fen:
        """What it closed with, debit positive."""
        return self.opening + self.debit - self.credit

    @property
    def closing_quantity(self) -> Hundredths:
        """The quantity it closed with."""
        return self.opening_quantity + self.quantity_in - self.quantity_out


class TrialRow(Value):
    """A line of the trial balance 科目余额表; of opening and closing one side is zero."""

    account: str
    opening_debit: Fen
    opening_credit: Fen
    debit: Fen
    credit: Fen
    closing_debit: Fen
    closing_credit: Fen


class TrialBalance(Value):
    """The accounts of a book over the months ``from_period`` to ``to_period`` (both included), and their sums."""

    from_period: Period
    to_period: Period
    rows: tuple[TrialRow, ...]
    totals: TrialRow
    details: tuple[DetailBalance, ...]
