"""Tiers 3:4:3 and the performance bonus 绩效奖金 of a township (RULES §7): the township over its villages, then each
village over its cadres and managers together."""

from collections.abc import Mapping
from enum import StrEnum

from schemas.policies import BonusScheme
from schemas.policies import TwoPosts as TwoPosts
from schemas.runs import Fraction
from schemas.scores import Grade
from schemas.units import Fen, Hundredths, Value


class PostKind(StrEnum):
    """村干部, 管理员."""

    CADRE = "cadre"
    MANAGER = "manager"


class HeldPost(Value):
    """A post as it is rated in the year. ``ties`` are the next keys in the policy's order, by default 养殖效益 and then
    出勤情况; a manager has no grade."""

    kind: PostKind
    title: str
    score: Hundredths
    ties: tuple[Fraction, ...]
    grade: Grade | None = None


class RatedPerson(Value):
    """A person of a village, known in it by name, with one post or two."""

    name: str
    posts: tuple[HeldPost, ...]


class RatedVillage(Value):
    """A village with its own score and its people."""

    code: str
    name: str
    score: Hundredths
    ties: tuple[Fraction, ...]
    people: tuple[RatedPerson, ...]


class TierInputs(Value):
    """Everything the tiers of a township and year follow from. ``resolved`` is, by village code, and for the villages
    themselves by the township's, the order in which a resolution put those who were equal."""

    township: str
    year: int
    over_villages: BonusScheme
    over_people: BonusScheme
    two_posts: TwoPosts
    villages: tuple[RatedVillage, ...]
    resolved: Mapping[str, tuple[str, ...]] = {}


class Payment(StrEnum):
    """How a bonus is paid: with the next year's salary in twelve instalments, or once."""

    INSTALMENTS = "instalments"
    ONCE = "once"


class TierPerson(Value):
    """A person's rank, tier and bonus. ``share`` is what the tier gives, ``paid`` what is left of it."""

    name: str
    posts: tuple[PostKind, ...]
    ranked_by: PostKind
    grade: Grade | None
    score: Hundredths
    rank: int
    tier: int
    excluded: bool
    share: Fen
    paid: Fen
    how: Payment
    instalments: tuple[Fen, ...]


class TierVillage(Value):
    """A village's rank, tier and amount, which is the pool of its people; ``stays`` is what of it nobody is paid."""

    code: str
    name: str
    score: Hundredths
    rank: int
    tier: int
    amount: Fen
    counts: tuple[int, ...]
    paid: Fen
    stays: Fen
    people: tuple[TierPerson, ...]


class Tiers(Value):
    """A township's tiers worked out, villages by rank."""

    counts: tuple[int, ...]
    pool: Fen
    stays: Fen
    villages: tuple[TierVillage, ...]
