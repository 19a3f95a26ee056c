"""Recording policies. A new version stands beside the old; nothing is changed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from payouts.policies import queries
from payouts.policies.tables import (
    BonusSchemeRow,
    CharterPolicyRow,
    CommissionBaseRow,
    PolicyLegMemberRow,
    PolicyLegRow,
    PolicyLegShareRow,
    PolicyProductRow,
)
from schemas.log import Act
from schemas.policies import BonusScheme, CharterPolicy
from schemas.units import BookId, PersonId

_DIMENSIONS = ("survival", "prevention", "service", "attitude", "attendance", "benefit")


def record_policy(db: Connection, new: CharterPolicy, *, book: BookId, by: PersonId, at: datetime) -> int:
    """Record a year's distribution plan 分配方案 as its next version; returns the version."""
    head = log.lock(db, book=book)
    version = queries.version_of_policy(db, book=book, year=new.year) + 1
    plan = {"book_id": book, "year": new.year, "version": version}
    db.execute(
        insert(table_of(CharterPolicyRow)),
        [
            {
                **plan,
                "record_date": new.record_date,
                "reserve_bp": new.reserve_bp,
                "reserve_basis": new.reserve_basis,
                "amount": new.amount,
                "commission_mode": new.commission_mode.value,
                "commission_bp": new.commission_bp,
                "below_60": new.below_60.value,
                "party_weight_bp": new.party_weight_bp,
                "least_ballots": new.least_ballots,
                **dict(zip(_DIMENSIONS, new.maxima, strict=True)),
                "resolution": new.resolution,
                "recorded_at": log.instant(at),
            }
        ],
    )
    for table, rows in (
        (PolicyProductRow, [{"no": no, "product": product} for no, product in enumerate(new.products, 1)]),
        (CommissionBaseRow, [{"member_no": base.member, "base": base.base} for base in new.bases]),
        (
            PolicyLegRow,
            [
                {
                    "no": leg.no,
                    "name": leg.name,
                    "part_bp": leg.part_bp,
                    "basis": leg.basis.kind.value,
                    "product": leg.basis.product,
                    "patronage": int(leg.patronage),
                }
                for leg in new.legs
            ],
        ),
        (
            PolicyLegShareRow,
            [
                {"leg": leg.no, "no": no, "kind": kind.value}
                for leg in new.legs
                for no, kind in enumerate(leg.basis.kinds, 1)
            ],
        ),
        (
            PolicyLegMemberRow,
            [
                {"leg": leg.no, "no": no, "member_no": member}
                for leg in new.legs
                for no, member in enumerate(leg.basis.members, 1)
            ],
        ),
    ):
        if rows:
            db.execute(insert(table_of(table)), [{**plan, **row} for row in rows])
    act = Act(
        by=by,
        act="policy.record",
        subject=f"policy:{new.year}-{version}",
        after=new.resolution,
        content=seal.digest_of(new),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return version


def record_schemes(db: Connection, new: Sequence[BonusScheme], *, by: PersonId, at: datetime) -> None:
    """Record bonus schemes of townships; one already recorded for that year and level gets a new version."""
    if not new:
        return
    head = log.lock(db, book=log.HOUSE)
    before = {
        (township, year, level): version
        for township, year in {(one.township, one.year) for one in new}
        for level, version in queries.scheme_versions(db, township=township, year=year).items()
    }
    rows = []
    for one in new:
        first, second, third = one.tiers
        rows.append(
            {
                "township_code": one.township,
                "year": one.year,
                "level": one.level.value,
                "version": before.get((one.township, one.year, one.level), 0) + 1,
                "pool": one.pool,
                "mode": one.mode.value,
                "tier_one": first,
                "tier_two": second,
                "tier_three": third,
                "unpaid": one.unpaid.value,
                "recorded_at": log.instant(at),
            }
        )
    db.execute(insert(table_of(BonusSchemeRow)), rows)
    acts = [
        Act(
            by=by,
            act="bonus.record",
            subject=f"place:{one.township}",
            after=f"{one.year} {one.level} {'' if one.pool is None else yuan(one.pool)}".strip(),
            content=seal.digest_of(one),
        )
        for one in new
    ]
    log.append(db, acts, book=log.HOUSE, head=head, at=at)
