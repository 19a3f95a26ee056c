"""The proof of a book as values: what beancount made of its text, and what the whole proof found."""

from collections.abc import Mapping

from schemas.problems import Problem, Severity
from schemas.units import BookId, Fen, Value


class LoadError(Value):
    """An error beancount found: its kind (``BalanceError``, ``ValidationError`` …), the line of the text and the
    words."""

    kind: str
    line: int
    says: str


class Loaded(Value):
    """A book as beancount read it: how many transactions, the sum of every account (debit positive), the errors."""

    transactions: int
    balances: Mapping[str, Fen]
    errors: tuple[LoadError, ...] = ()


class BookProof(Value):
    """What a proof looked at and what it found. Warnings (a known number gap) are listed and break nothing."""

    book: BookId
    vouchers: int
    postings: int
    entries: int
    problems: tuple[Problem, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing was found but warnings."""
        return all(problem.severity is Severity.WARNING for problem in self.problems)
