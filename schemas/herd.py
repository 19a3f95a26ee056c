"""Animals 牛只 as values (RULES §10)."""

from datetime import date
from enum import StrEnum

from schemas.evidence import Sha256
from schemas.units import Fen, Hundredths, Instant, PersonId, Value


class AnimalOrigin(StrEnum):
    """牛只来源: 购入, 到户牛犊入股, 自有牛犊入股, 借牛, 自繁, 成员自有寄养. The last is in custody: its owner contributed nothing."""

    BOUGHT = "bought"
    GRANTED_SHARE = "granted_share"
    OWN_SHARE = "own_share"
    LENT = "lent"
    BORN = "born"
    CUSTODY = "custody"


class AnimalState(StrEnum):
    """牛只状态: 在栏, 已售, 死亡, 已还."""

    PRESENT = "present"
    SOLD = "sold"
    DEAD = "dead"
    RETURNED = "returned"


class Leaving(Value):
    """How an animal left: its weight in kilograms, the price a kilogram, the indemnity; ``note`` says what of, or to
    whom."""

    state: AnimalState
    on: date
    weight: Hundredths | None = None
    price: Fen | None = None
    indemnity: Fen | None = None
    note: str = ""


class Animal(Value):
    """An animal of the book. Its owner is a member or a counterparty who lent it, by code; with neither it is the
    cooperative's own. ``batch`` is its detail on 141; it is weighed in kilograms and priced by the head. ``keeper`` is
    the member who raises it at home; without one it stands in the cooperative's barn."""

    ear_tag: str
    batch: str
    origin: AnimalOrigin
    owner_member: str | None
    owner_counterparty: str | None
    lender: str | None
    entered_on: date
    entered_weight: Hundredths | None
    agreed_price: Fen | None
    leaving: Leaving | None = None
    keeper: str | None = None

    @property
    def state(self) -> AnimalState:
        """Present until it leaves."""
        return AnimalState.PRESENT if self.leaving is None else self.leaving.state


class AnimalProof(Value):
    """A scan that proves how an animal left: the carcass, the vet's note, its disposal, the weighing slip."""

    ear_tag: str
    sha256: Sha256
    name: str
    by: PersonId
    at: Instant
