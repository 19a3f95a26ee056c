"""Journals 日记账 of money accounts, and a voucher as a list names it."""

from datetime import date

from schemas.units import BookId, Fen, Value, VoucherId
from schemas.vouchers import State, Word


def voucher_text(*, id: VoucherId, word: str, number: int | None) -> str:
    """A voucher as a list names it: ``记-0012`` once it is posted, before that its id, ``#12``."""
    return f"#{id}" if number is None else f"{word}-{number:04d}"


class VoucherLabel(Value):
    """A voucher as a list names it: enough to find it again, without its lines."""

    book: BookId
    id: VoucherId
    state: State
    word: Word
    number: int | None
    date: date

    @property
    def text(self) -> str:
        """The number once it is posted (``记-0012``), before that the id (``#12``)."""
        return voucher_text(id=self.id, word=self.word, number=self.number)


class MoneyAccount(Value):
    """A money account 货币资金科目, and the detail that is one bank account of it; empty where it keeps none."""

    account: str
    detail: str = ""

    @property
    def text(self) -> str:
        """``102 农商行``."""
        return f"{self.account} {self.detail}".strip()


class JournalDay(Value):
    """What a money account moved on one day, and what stood on it at the day's end."""

    date: date
    debit: Fen
    credit: Fen
    balance: Fen
