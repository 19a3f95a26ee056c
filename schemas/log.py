"""The operation log as values."""

from schemas.units import Instant, PersonId, Value


class Act(Value):
    """Something a person did, about to be logged. ``before`` and ``after`` are short texts fit to be read by
    whoever may see the book (identity data masked); ``content`` is the digest of what was written elsewhere."""

    by: PersonId
    act: str
    subject: str
    before: str = ""
    after: str = ""
    content: str = ""


class LogEntry(Value):
    """An act as logged: its place in the book's chain and the hash that seals it and all before it."""

    seq: int
    at: Instant
    by: PersonId
    act: str
    subject: str
    before: str
    after: str
    content: str
    hash: str


class ChainHead(Value):
    """The last link of a book's chain; ``vouchers`` is the last voucher id given out."""

    length: int
    hash: str
    vouchers: int
