"""Bank statements 银行对账单, their matching with the book, and the reconciliation 余额调节表, as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.journals import MoneyAccount
from schemas.units import Counted, Fen, Instant, PersonId, Value, VoucherId
from schemas.vouchers import Word

Text = Annotated[str, Meta(max_length=200)]


class StatementRow(Value):
    """A row of a bank statement: positive came in, negative went out. ``balance`` is what the bank shows after it,
    where it shows one."""

    date: date
    amount: Fen
    text: Text = ""
    party: Text = ""
    reference: Text = ""
    balance: Fen | None = None


class Statement(Value):
    """A bank statement of one account over whole days, ``first_day`` and ``last_day`` included, in the bank's order.

    ``opening`` is the balance before the first day, ``closing`` the one after the last row.
    """

    of: MoneyAccount
    first_day: date
    last_day: date
    opening: Fen
    closing: Fen
    rows: Annotated[tuple[StatementRow, ...], Meta(max_length=50_000)]


class TakenStatement(Value):
    """A statement as the book holds it; ``added`` rows were new, the others it knew from statements before.
    ``replayed``: the very same statement was taken before, and nothing changed."""

    id: int
    of: MoneyAccount
    first_day: date
    last_day: date
    opening: Fen
    closing: Fen
    rows: int
    added: int
    digest: str
    added_by: PersonId
    at: Instant
    replayed: bool = False


class ItemSide(StrEnum):
    """Whose record knows an item: the bank's or the book's."""

    BANK = "bank"
    BOOK = "book"


class CarriedItem(Value):
    """An item that was still open when the account was taken over, from the last reconciliation on paper: known to
    the bank only (``side`` bank) or to the book only. Positive came in, negative went out."""

    side: ItemSide
    date: date
    amount: Fen
    text: Text = ""


class BankLine(Value):
    """A row of a statement, or a carried item (``statement`` None), as the book holds it."""

    id: int
    of: MoneyAccount
    side: ItemSide
    date: date
    amount: Fen
    text: str
    party: str
    reference: str
    balance: Fen | None
    statement: int | None


class EntryKey(Value):
    """A posting, by voucher and line."""

    voucher: VoucherId
    line: Counted


class BookEntry(Value):
    """A posting on the account: debit less credit, so positive came in. ``names`` are the details the voucher's
    lines name; ``cancels`` the voucher a red one cancels."""

    key: EntryKey
    date: date
    word: Word
    number: int
    summary: str
    amount: Fen
    names: tuple[str, ...] = ()
    cancels: VoucherId | None = None

    @property
    def voucher_text(self) -> str:
        """The voucher's number as it is written: ``记-0012``."""
        return f"{self.word}-{self.number:04d}"


class MatchRule(StrEnum):
    """Why rows belong together: a person says so; a red voucher and what it cancels; the only ones of that amount
    within a week; the only ones on that very day; the same reference; the same name."""

    HAND = "hand"
    CANCELLED = "cancelled"
    ONLY_ONE = "only_one"
    SAME_DAY = "same_day"
    REFERENCE = "reference"
    NAME = "name"


class NewMatch(Value):
    """Rows of the bank and postings of the book that are the same money, many to many."""

    lines: tuple[Counted, ...] = ()
    entries: tuple[EntryKey, ...] = ()
    rule: MatchRule = MatchRule.HAND


class Match(Value):
    """A match as the book holds it. ``until`` is the latest day of its members: before it the match is not yet
    whole, and those there already are open items."""

    id: int
    of: MoneyAccount
    lines: tuple[int, ...]
    entries: tuple[EntryKey, ...]
    rule: MatchRule
    until: date
    made_by: PersonId
    at: Instant


class OpenItem(Value):
    """An item one side knows and the other does not yet 未达账项: a bank line or a posting."""

    date: date
    amount: Fen
    text: str
    line: int | None = None
    entry: EntryKey | None = None
    voucher: str = ""


class Reconciliation(Value):
    """The bank reconciliation 余额调节表 of one account at the end of a day.

    The four lists are amounts above zero: 企业已收银行未收, 企业已付银行未付, 银行已收企业未收, 银行已付企业未付.
    ``statements_until`` is the last day a statement covers, None when there is none.
    """

    of: MoneyAccount
    on: date
    book_balance: Fen
    bank_balance: Fen
    received_in_book_only: tuple[OpenItem, ...]
    paid_in_book_only: tuple[OpenItem, ...]
    received_at_bank_only: tuple[OpenItem, ...]
    paid_at_bank_only: tuple[OpenItem, ...]
    statements_until: date | None

    @property
    def adjusted_book(self) -> Fen:
        """The book's balance with what the bank alone knows 调节后余额."""
        return (
            self.book_balance
            + sum(item.amount for item in self.received_at_bank_only)
            - sum(item.amount for item in self.paid_at_bank_only)
        )

    @property
    def adjusted_bank(self) -> Fen:
        """The bank's balance with what the book alone knows 调节后余额."""
        return (
            self.bank_balance
            + sum(item.amount for item in self.received_in_book_only)
            - sum(item.amount for item in self.paid_in_book_only)
        )

    @property
    def difference(self) -> Fen:
        """What stays unexplained: adjusted book less adjusted bank; 0 when the account is reconciled."""
        return self.adjusted_book - self.adjusted_bank
