"""Project money of a collective 项目资金: where it came from and what it was used for, as values."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.units import BookId, Counted, Fen, Instant, PersonId, Value, VoucherId

Noted = Annotated[str, Meta(max_length=200)]


class MoneySource(StrEnum):
    """Who gave the money."""

    FIRST_SECRETARY = "first_secretary"
    """第一书记经费: 50 000 yuan a poor village, 20 000 another (seed 003)."""
    REVITALISATION = "revitalisation"
    """财政衔接资金."""
    BACKING_UNIT = "backing_unit"
    """后盾单位."""
    OTHER = "other"


class MoneyNaming(Value):
    """What a voucher's line on 241 is: money of a source, for a project; used money also names the contract or the item of
    the inventory it went into, where there is one."""

    source: MoneySource
    project: Annotated[str, Meta(min_length=1, max_length=80)]
    contract: Annotated[str, Meta(max_length=40)] = ""
    item: Annotated[str, Meta(max_length=40)] = ""
    note: Noted = ""


class MoneyLine(Value):
    """A line on 241 with what it is named; received where it credits, used where it debits. ``naming`` null: nobody said."""

    voucher: VoucherId
    label: str
    line: Counted
    day: date
    summary: str
    detail: str
    received: Fen
    used: Fen
    naming: MoneyNaming | None
    by: PersonId | None = None
    at: Instant | None = None


class MoneySum(Value):
    """What was received, used and is left of a source or a project; ``source`` null: of lines nobody named."""

    source: MoneySource | None
    project: str
    received: Fen
    used: Fen

    @property
    def left(self) -> Fen:
        """What is left."""
        return self.received - self.used


class ProjectMoney(Value):
    """The project money of a book up to a day. ``opening`` is the balance of 241 before its first voucher; opening, received and
    used make ``balance``, the balance of 241."""

    book: BookId
    name: str
    as_of: date
    lines: tuple[MoneyLine, ...]
    by_source: tuple[MoneySum, ...]
    by_project: tuple[MoneySum, ...]
    opening: Fen
    balance: Fen


class VillageMoney(Value):
    """A village's project money by source."""

    book: BookId
    village: str
    name: str
    by_source: tuple[MoneySum, ...]
    balance: Fen


class ProjectMoneyBoard(Value):
    """The project money of a place: its villages, and all of them together by source."""

    place: str
    as_of: date
    villages: tuple[VillageMoney, ...]
    by_source: tuple[MoneySum, ...]
