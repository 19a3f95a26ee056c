"""Recording a township's policies: its bonus, its reward schemes, how it judges its villages' incomes. They are approved
like a book's; every act is a link of the township's chain."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert

from coop.places import actions as places
from coop.snapshots.tables import IncomePolicyRow
from ledger.columns import table_of
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from payouts.policies.actions import refuse_another
from payouts.policies.approval import subject_of
from payouts.policies.queries import last_version
from payouts.policies.tables import BonusPolicyRow, BonusSchemeRow, RewardPolicyRow
from payouts.township_policies import queries, rules
from schemas.log import Act
from schemas.policies import BonusLevel, BonusPolicy, BonusScheme, PolicyKind
from schemas.problems import Refusal
from schemas.rewards import RewardPolicy
from schemas.snapshots import IncomePolicy
from schemas.units import PersonId


def record_bonus(
    db: Connection, new: BonusPolicy, *, township: str, by: PersonId, at: datetime, seen: int | None = None
) -> int:
    """Record how a township pays its performance bonus in a year 绩效奖金办法, as its next version; returns the version. It
    holds once another person has approved it. Refused with everything that is wrong with it: heads and money both at
    3:4:3 with the figures."""
    head = places.desk(db, township=township)
    refuse_another(db, book=township, kind=PolicyKind.BONUS, year=new.year, seen=seen)
    facts = queries.bonus_facts(db, township=township, year=new.year)
    problems = rules.faults_of_bonus(new, facts, township=township)
    if problems:
        raise Refusal(*problems)
    version, act = _write_bonus(db, new, township=township, by=by, at=at, imported=False)
    log.append(db, [act], book=township, head=head, at=at)
    return version


def take_bonuses(db: Connection, new: Sequence[BonusScheme], *, by: PersonId, at: datetime) -> None:
    """Write down bonus schemes that came with a hand-over: a version of each township and year, which counts as
    approved; a level it says nothing of stays as it stands."""
    of_year: dict[tuple[str, int], dict[BonusLevel, BonusScheme]] = {}
    for one in new:
        of_year.setdefault((one.township, one.year), {})[one.level] = one
    for (township, year), levels in of_year.items():
        head = places.desk(db, township=township)
        before = queries.bonus_schemes(db, township=township, year=year)
        policy = rules.bonus_of({**before, **levels}, year=year)
        _, act = _write_bonus(db, policy, township=township, by=by, at=at, imported=True)
        log.append(db, [act], book=township, head=head, at=at)


def record_reward(
    db: Connection, new: RewardPolicy, *, township: str, by: PersonId, at: datetime, seen: int | None = None
) -> int:
    """Record a reward scheme 奖励方案 of a township and year as the next version of its name; returns the version. It holds
    once another person has approved it. Refused with everything that is wrong with it."""
    head = places.desk(db, township=township)
    name = new.scheme.name
    refuse_another(db, book=township, kind=PolicyKind.REWARD, year=new.year, seen=seen, name=name)
    problems = rules.faults_of_reward(new)
    if problems:
        raise Refusal(*problems)
    version = last_version(db, book=township, kind=PolicyKind.REWARD, year=new.year) + 1
    db.execute(
        insert(table_of(RewardPolicyRow)),
        [
            {
                "book_id": township,
                "year": new.year,
                "version": version,
                "name": name,
                "scheme": msgspec.json.encode(new.scheme).decode(),
                "pool": new.pool,
                "resolution": new.resolution,
                "recorded_by": by,
                "recorded_at": log.instant(at),
            }
        ],
    )
    act = Act(
        by=by,
        act="reward.record",
        subject=f"reward:{new.year}-{version}",
        after=f"{name} {new.resolution}".strip(),
        content=seal.digest_of(new),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return version


def record_income(
    db: Connection, new: IncomePolicy, *, township: str, by: PersonId, at: datetime, seen: int | None = None
) -> int:
    """Record what a township chose for its villages' incomes 村集体收入办法 from a year on, as its next version; returns the
    version. It holds once another person has approved it. Refused with everything that is wrong with it."""
    head = places.desk(db, township=township)
    refuse_another(db, book=township, kind=PolicyKind.INCOME, year=new.year, seen=seen)
    problems = rules.faults_of_income(new)
    if problems:
        raise Refusal(*problems)
    version = last_version(db, book=township, kind=PolicyKind.INCOME, year=new.year) + 1
    db.execute(
        insert(table_of(IncomePolicyRow)),
        [
            {
                "book_id": township,
                "year": new.year,
                "version": version,
                "scans_only": int(new.scans_only),
                "fall_bp": new.fall_bp,
                "subsidies_bp": new.subsidies_bp,
                "spot_checks": new.spot_checks,
                "landing": new.landing.value,
                "list_appeal_days": new.list_appeal_days,
                "resolution": new.resolution,
                "recorded_by": by,
                "recorded_at": log.instant(at),
            }
        ],
    )
    act = Act(
        by=by,
        act="income.record",
        subject=subject_of(PolicyKind.INCOME, year=new.year, version=version),
        after=new.resolution,
        content=seal.digest_of(new),
    )
    log.append(db, [act], book=township, head=head, at=at)
    return version


def _write_bonus(
    db: Connection, new: BonusPolicy, *, township: str, by: PersonId, at: datetime, imported: bool
) -> tuple[int, Act]:
    version = last_version(db, book=township, kind=PolicyKind.BONUS, year=new.year) + 1
    of_version = {"book_id": township, "year": new.year, "version": version}
    db.execute(
        insert(table_of(BonusPolicyRow)),
        [
            {
                **of_version,
                "pool": new.pool,
                "two_posts": new.two_posts.value,
                "ties": ",".join(new.ties),
                "payer": new.payer.value,
                "leaving_stops": int(new.leaving_stops),
                "resolution": new.resolution,
                "imported": int(imported),
                "recorded_by": by,
                "recorded_at": log.instant(at),
            }
        ],
    )
    rows = [
        {
            **of_version,
            "level": level.value,
            "mode": money.mode.value,
            **dict(zip(("tier_one", "tier_two", "tier_three"), money.tiers, strict=True)),
            "unpaid": money.unpaid.value,
        }
        for level, money in (
            (BonusLevel.TOWNSHIP, new.over_villages),
            (BonusLevel.VILLAGE, new.over_people),
        )
        if money is not None
    ]
    if rows:
        db.execute(insert(table_of(BonusSchemeRow)), rows)
    act = Act(
        by=by,
        act="bonus.record",
        subject=f"bonus:{new.year}-{version}",
        after=f"{'' if new.pool is None else yuan(new.pool)} {new.resolution}".strip(),
        content=seal.digest_of(new),
    )
    return version, act
