"""A township's income policy, what of its months is frozen, and what is due."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, select

from coop.income import queries as income
from coop.income.rules import still_held
from coop.places import queries as places
from coop.places.rules import stood_in
from coop.places.tables import BookPlaceRow
from coop.snapshots import rules
from coop.snapshots.tables import (
    IncomePolicyApprovalRow,
    IncomePolicyRow,
    SnapshotRankingRow,
    SnapshotRankRow,
    SnapshotRow,
    SnapshotVillageRow,
)
from ledger.books.tables import BookRow
from ledger.columns import read_back, table_of
from ledger.recognition import queries as recognition
from schemas.books import BookKind
from schemas.income import INCOME, Component, Measure, Recognised
from schemas.places import PlaceLevel, VillageKind
from schemas.runs import Fraction
from schemas.snapshots import (
    FrozenMonths,
    FrozenRank,
    FrozenVillage,
    IncomePolicy,
    KeptSnapshot,
    Landing,
    SinceFrozen,
    Snapshot,
)
from schemas.units import Instant, Period

_policy = table_of(IncomePolicyRow)
_approval = table_of(IncomePolicyApprovalRow)
_snapshot = table_of(SnapshotRow)
_village = table_of(SnapshotVillageRow)
_ranking = table_of(SnapshotRankingRow)
_rank = table_of(SnapshotRankRow)
_home = table_of(BookPlaceRow)
_book = table_of(BookRow)


# The policy


def policy_of(db: Connection, *, township: str, on: date, approved_by: Instant | None = None) -> IncomePolicy:
    """What a township's income policy says on a day: the version of the latest year by then that was approved by then (or by an
    instant of it, as somebody saw it who looked then), else the defaults."""
    standing = select(_policy.c.year, _policy.c.version).join(_approval, _same_version)
    if approved_by is not None:
        standing = standing.where(_approval.c.at <= approved_by)
    row = db.execute(
        standing.where(_policy.c.book_id == township, _policy.c.year <= on.year, _approval.c.on <= on)
        .order_by(_policy.c.year.desc(), _policy.c.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return rules.DEFAULT
    found = policy(db, township=township, year=row.year, version=row.version)
    assert found is not None, "its version was just read"
    return found


def only_by_scan(db: Connection, *, within: str, on: date) -> frozenset[str]:
    """The townships of a place whose income policy of a day takes scans only: originals declared on paper are no evidence
    there."""
    rows = db.execute(
        select(_policy.c.book_id, _policy.c.scans_only)
        .join(_approval, _same_version)
        .where(places.inside(_policy.c.book_id, within), _policy.c.year <= on.year, _approval.c.on <= on)
        .order_by(_policy.c.book_id, _policy.c.year, _policy.c.version)
    )
    last = {row.book_id: bool(row.scans_only) for row in rows}
    return frozenset(township for township, scans_only in last.items() if scans_only)


def policy(db: Connection, *, township: str, year: int, version: int) -> IncomePolicy | None:
    """A version of an income policy, with the resolution it was approved with."""
    row = db.execute(
        select(_policy, _approval.c.resolution.label("approved_with"))
        .select_from(_policy.outerjoin(_approval, _same_version))
        .where(_policy.c.book_id == township, _policy.c.year == year, _policy.c.version == version)
    ).first()
    if row is None:
        return None
    return IncomePolicy(
        year=row.year,
        scans_only=bool(row.scans_only),
        fall_bp=row.fall_bp,
        subsidies_bp=row.subsidies_bp,
        spot_checks=row.spot_checks,
        landing=Landing(row.landing),
        list_appeal_days=row.list_appeal_days,
        resolution=row.approved_with or row.resolution,
    )


_same_version = and_(*(_policy.c[name] == _approval.c[name] for name in ("book_id", "year", "version")))


# What is due


def due(db: Connection, *, on: date) -> tuple[FrozenMonths, ...]:
    """The months of every township with a collective's books that are over by ``on`` and not frozen, by township."""
    firsts = db.execute(
        select(_home.c.township_code, func.min(_book.c.first_year).label("first"))
        .join_from(_home, _book, _home.c.book_id == _book.c.book_id)
        .where(_book.c.kind == BookKind.COLLECTIVE.value)
        .group_by(_home.c.township_code)
        .order_by(_home.c.township_code)
    ).all()
    frozen: defaultdict[str, set[Period]] = defaultdict(set)
    for row in db.execute(select(_snapshot.c.book_id, _snapshot.c.month)):
        frozen[row.book_id].add(row.month)
    found = (
        FrozenMonths(
            township=row.township_code,
            months=rules.months_due(row.first * 100 + 1, frozen[row.township_code], on=on),
        )
        for row in firsts
    )
    return tuple(one for one in found if one.months)


def months_as_they_are(
    db: Connection, *, township: str, months: Iterable[Period], as_of: date
) -> tuple[Snapshot, ...]:
    """These months of a township as they are known now, seen as of a day."""
    named = places.places_below(db, code=township, level=PlaceLevel.VILLAGE)
    ends = places.ends_of_villages(db, within=township)
    policy_now = policy_of(db, township=township, on=as_of)
    by_year: defaultdict[int, list[Period]] = defaultdict(list)
    for month in months:
        by_year[month // 100].append(month)
    found: list[Snapshot] = []
    for year, of_year in sorted(by_year.items()):
        years = income.incomes(db, within=township, year=year, as_of=as_of, scans_only=policy_now.scans_only)
        booked = {village for village, found in years.items() if found.months}
        villages = stood_in(named, ends, year=year, booked=booked)
        thresholds = income.thresholds_held(db, villages, year=year)
        found += (
            rules.frozen_month(
                villages,
                years,
                still_held(thresholds, ends, month=month),
                township=township,
                month=month,
                as_of=as_of,
                policy=policy_now,
            )
            for month in sorted(of_year)
        )
    return tuple(found)


def unranked(db: Connection, *, until: Instant) -> Mapping[Period, tuple[str, ...]]:
    """The townships of each month that were frozen by a moment and are not ranked above themselves yet."""
    rows = db.execute(
        select(_snapshot.c.month, _snapshot.c.book_id)
        .outerjoin(_ranking, _of_one(_snapshot, _ranking))
        .where(_ranking.c.book_id.is_(None), _snapshot.c.frozen_at <= until)
        .order_by(_snapshot.c.month, _snapshot.c.book_id)
    )
    found: defaultdict[Period, list[str]] = defaultdict(list)
    for row in rows:
        found[row.month].append(row.book_id)
    return {month: tuple(townships) for month, townships in found.items()}


def ranks_due(db: Connection, *, until: Instant) -> Mapping[str, Mapping[Period, tuple[FrozenRank, ...]]]:
    """Where the villages of every township not ranked yet stand above it, by township and month: among everything of that
    month frozen by a moment."""
    found: defaultdict[str, dict[Period, tuple[FrozenRank, ...]]] = defaultdict(dict)
    for month, townships in unranked(db, until=until).items():
        for province in sorted({rules.place_at(one, PlaceLevel.PROVINCE) for one in townships}):
            villages = frozen_villages(db, within=province, month=month, until=until)
            for township, ranks in rules.above_townships(villages, townships).items():
                found[township][month] = ranks
    return found


def last_ranked(db: Connection) -> Instant | None:
    """When anything was ranked last."""
    found: Instant | None = db.execute(select(func.max(_ranking.c.ranked_at))).scalar()
    return found


# What is frozen


def snapshots(
    db: Connection, *, within: str, month: Period | None = None, heads_only: bool = False
) -> tuple[KeptSnapshot, ...]:
    """The frozen months of a place's townships, the newest first, or one month; ``heads_only``: without villages and
    ranks."""

    def of(table: Any) -> list[ColumnElement[bool]]:
        return [places.inside(table.c.book_id, within), *([] if month is None else [table.c.month == month])]

    villages: defaultdict[tuple[str, Period], list[FrozenVillage]] = defaultdict(list)
    ranks: defaultdict[tuple[str, Period], list[FrozenRank]] = defaultdict(list)
    if not heads_only:
        for row in db.execute(select(_village).where(*of(_village)).order_by(_village.c.village)):
            villages[row.book_id, row.month].append(_as_village(row))
        for row in db.execute(select(_rank).where(*of(_rank))):
            ranks[row.book_id, row.month].append(_as_rank(row))
    rows = db.execute(
        select(_snapshot, _ranking.c.ranked_on, _ranking.c.ranked_at)
        .outerjoin(_ranking, _of_one(_snapshot, _ranking))
        .where(*of(_snapshot))
        .order_by(_snapshot.c.month.desc(), _snapshot.c.book_id)
    )
    return tuple(
        KeptSnapshot(
            snapshot=Snapshot(
                township=row.book_id,
                month=row.month,
                as_of=row.as_of,
                policy=read_back(row, _snapshot.c.policy, IncomePolicy),
                villages=tuple(villages[row.book_id, row.month]),
            ),
            digest=row.digest,
            frozen_at=row.frozen_at,
            ranks=rules.in_order(ranks[row.book_id, row.month]),
            ranked_on=row.ranked_on,
            ranked_at=row.ranked_at,
        )
        for row in rows
    )


def snapshot(db: Connection, *, township: str, month: Period) -> KeptSnapshot | None:
    """A frozen month of a township."""
    return next(iter(snapshots(db, within=township, month=month)), None)


def months_frozen(db: Connection, *, within: str) -> tuple[Period, ...]:
    """The months of which anything is frozen in a place, the newest first."""
    months = select(_snapshot.c.month).where(places.inside(_snapshot.c.book_id, within)).distinct()
    return tuple(sorted(db.execute(months).scalars(), reverse=True))


def since_frozen(db: Connection, *, village: str, year: int, on: date) -> tuple[SinceFrozen, ...]:
    """Why a village's frozen months of a year count for another income by a day, the newest first."""
    township = village[:9]
    kept = {
        one.snapshot.month: one for one in snapshots(db, within=township) if one.snapshot.month // 100 == year
    }
    now = months_as_they_are(db, township=township, months=kept, as_of=on)
    scans_only = policy_of(db, township=township, on=on).scans_only
    lines = income.unproved_lines(db, within=village, year=year, as_of=on, scans_only=scans_only)
    late = lines.get(village, ())
    days = {one.snapshot.as_of for one in kept.values()}
    scanned_at = recognition.scanned_at(db, lines=[line for line in late if line.scanned_on in days])
    found = (
        rules.since_frozen(kept[one.month], today, late, scanned_at, on=on)
        for one in reversed(now)
        for today in one.villages
        if today.village == village
    )
    return tuple(one for one in found if one is not None)


def frozen_villages(
    db: Connection, *, within: str, month: Period, until: Instant
) -> tuple[FrozenVillage, ...]:
    """The villages of a place whose month was frozen by a moment, by code."""
    rows = db.execute(
        select(_village)
        .join(_snapshot, _of_one(_village, _snapshot))
        .where(
            places.inside(_village.c.book_id, within),
            _village.c.month == month,
            _snapshot.c.frozen_at <= until,
        )
        .order_by(_village.c.village)
    )
    return tuple(map(_as_village, rows))


def _of_one(one: Any, other: Any) -> ColumnElement[bool]:
    return and_(one.c.book_id == other.c.book_id, one.c.month == other.c.month)


def _as_village(row: Row[Any]) -> FrozenVillage:
    kept = row._mapping  # noqa: SLF001  the public name of SQLAlchemy's view by column
    return FrozenVillage(
        village=row.village,
        kind=VillageKind(row.kind),
        components={
            component: Recognised(
                counted=kept[component.value],
                not_counted=kept[f"{component.value}_unproved"] if component in INCOME else 0,
            )
            for component in Component
        },
        measure=Measure(row.measure),
        income=row.income,
        threshold=row.threshold,
        ratio=None
        if row.numerator is None
        else Fraction(numerator=row.numerator, denominator=row.denominator),
        band=row.band,
    )


def _as_rank(row: Row[Any]) -> FrozenRank:
    return FrozenRank(
        level=PlaceLevel(row.level),
        village=row.village,
        rank=row.rank,
        from_below=row.from_below,
        of=row.of,
    )
