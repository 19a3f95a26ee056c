"""What a township's tiers award month by month (RULES §7), who left office, and the order a resolution put equals in."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta

from schemas.evidence import Sha256
from schemas.runs import RunId
from schemas.tiers import Payment
from schemas.units import BookId, Fen, Instant, Period, PersonId, Value, VoucherId

VillageCode = Annotated[str, Meta(pattern=r"^[0-9]{12}$")]
PlaceCode = Annotated[str, Meta(pattern=r"^([0-9]{9}|[0-9]{12})$")]
"""A township by nine digits, or a village by twelve."""
Name = Annotated[str, Meta(min_length=1, max_length=80)]


class AwardState(StrEnum):
    """未到期, 到期, 异议暂缓, 已制凭证, 已记账, 在途, 已到账, 已退回, 已停发: not due yet, due, due but held by an appeal, in a drafted
    voucher, in a posted one and owed; what was booked is then on its way, paid, or sent back by the bank; stopped by leaving."""

    WAITING = "waiting"
    DUE = "due"
    HELD = "held"
    DRAFTED = "drafted"
    BOOKED = "booked"
    ON_ITS_WAY = "on_its_way"
    PAID = "paid"
    RETURNED = "returned"
    STOPPED = "stopped"


class Award(Value):
    """A part of a person's bonus: the ``no``-th of ``of``, due on the first day of ``month``, the whole of one that is
    paid once. ``book`` is the collective's that pays it, None where the township does; ``voucher`` books it there."""

    run: RunId
    village: VillageCode
    village_name: str
    person: str
    how: Payment
    no: int
    of: int
    month: Period
    amount: Fen
    state: AwardState
    book: BookId | None = None
    voucher: VoucherId | None = None


class RewardDue(Value):
    """What somebody gets of a posted run of rewards 奖励, or what is taken from him 扣减: due at once, in the month the run was
    posted. One of ``amount`` and ``deducted`` is 0.00."""

    run: RunId
    title: str
    who: str
    month: Period
    amount: Fen
    deducted: Fen
    state: AwardState


class LeftOffice(Value):
    """离任: a person of a village left office on a day, for a reason; ``on`` None takes the last word back."""

    village: VillageCode
    person: Name
    on: date | None
    reason: Annotated[str, Meta(min_length=1, max_length=400)]


class LeftOfficeSaid(Value):
    """A word on leaving as it was written down; the last on a person stands."""

    seq: int
    leaving: LeftOffice
    by: PersonId
    at: Instant


class PutInOrder(Value):
    """得分相同者的排序决议: the order a resolution put equals of a place in, villages of a township by their codes or people
    of a village by name; first the highest."""

    place: PlaceCode
    order: Annotated[tuple[Name, ...], Meta(min_length=2, max_length=200)]
    resolution: Annotated[str, Meta(min_length=1, max_length=80)]


class Ordered(Value):
    """An order as it was written down, with the scan of its resolution; of several of the same ones the last stands."""

    seq: int
    year: int
    given: PutInOrder
    sha256: Sha256
    name: str
    by: PersonId
    at: Instant
