"""Ballots, published scores and cadres as values (RULES §6, §7)."""

from enum import StrEnum

from schemas.units import Hundredths, Value


class RaterKind(StrEnum):
    """评议人类别: 党员, 群众."""

    PARTY = "party"
    VILLAGER = "villager"


class Grade(StrEnum):
    """年度等次 of a cadre: 优秀, 称职, 基本称职, 不称职."""

    EXCELLENT = "excellent"
    COMPETENT = "competent"
    BARELY = "barely"
    INCOMPETENT = "incompetent"


class Manager(Value):
    """管理员: a member who serves a village in a year."""

    year: int
    member: str
    village: str


class Points(Value):
    """The six dimensions in hundredths of a point: 养殖成活率, 防疫时效, 技术服务, 服务态度, 出勤情况, 养殖效益."""

    survival: Hundredths
    prevention: Hundredths
    service: Hundredths
    attitude: Hundredths
    attendance: Hundredths
    benefit: Hundredths


class Ballot(Value):
    """One ballot; a later one of the same rater on the same manager in the year replaces it."""

    year: int
    manager: str
    rater: str
    rater_kind: RaterKind
    points: Points


class VillageScore(Value):
    """村级考评 of a year: its published score and the keys that decide ties."""

    year: int
    village: str
    score: Hundredths
    benefit: Hundredths
    attendance: Hundredths


class Cadre(Value):
    """A cadre of a village committee in a year; inside a village a person is known by name."""

    year: int
    village: str
    name: str
    post: str
    grade: Grade
    score: Hundredths
    benefit: Hundredths
    attendance: Hundredths
