"""Which of a township's policies stand, and what they say."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, select

from coop.places import queries as places
from coop.places.rules import stood_in
from coop.scoring import queries as scoring
from coop.snapshots import queries as snapshots
from ledger.columns import read_back, table_of
from payouts.policies.queries import heads, same_version, version_of_policy
from payouts.policies.tables import (
    BonusApprovalRow,
    BonusPolicyRow,
    BonusSchemeRow,
    RewardApprovalRow,
    RewardPolicyRow,
)
from payouts.township_policies import rules
from payouts.township_policies.rules import BonusFacts
from schemas.places import PlaceLevel
from schemas.policies import (
    BonusLevel,
    BonusMode,
    BonusPayer,
    BonusPolicy,
    BonusScheme,
    BonusVersion,
    LevelMoney,
    PolicyKind,
    TieKey,
    TwoPosts,
    Unpaid,
)
from schemas.rewards import RewardPolicy, RewardVersion, Scheme
from schemas.snapshots import IncomePolicyVersion

_bonus = table_of(BonusPolicyRow)
_bonus_approval = table_of(BonusApprovalRow)
_scheme = table_of(BonusSchemeRow)
_reward = table_of(RewardPolicyRow)
_reward_approval = table_of(RewardApprovalRow)


def bonus_schemes(db: Connection, *, township: str, year: int) -> Mapping[BonusLevel, BonusScheme]:
    """The bonus of a township in a year by level, as the version in force has it; nothing where none is approved."""
    found = bonus(db, township=township, year=year)
    return {} if found is None else rules.schemes_of(found, township=township)


def bonus(db: Connection, *, township: str, year: int, version: int | None = None) -> BonusPolicy | None:
    """The bonus policy of a township and year that is in force, or a version of it. Its resolution is the one it was
    approved with."""
    wanted = (
        version_of_policy(db, book=township, kind=PolicyKind.BONUS, year=year) if version is None else version
    )
    row = db.execute(
        select(_bonus, _bonus_approval.c.resolution.label("approved_with"))
        .select_from(_bonus.outerjoin(_bonus_approval, same_version(_bonus, _bonus_approval)))
        .where(_bonus.c.book_id == township, _bonus.c.year == year, _bonus.c.version == wanted)
    ).first()
    if row is None:
        return None
    levels = {
        BonusLevel(level.level): LevelMoney(
            mode=BonusMode(level.mode),
            tiers=(level.tier_one, level.tier_two, level.tier_three),
            unpaid=Unpaid(level.unpaid),
        )
        for level in db.execute(
            select(_scheme).where(
                _scheme.c.book_id == township, _scheme.c.year == year, _scheme.c.version == wanted
            )
        )
    }
    return BonusPolicy(
        year=row.year,
        pool=row.pool,
        over_villages=levels.get(BonusLevel.TOWNSHIP),
        over_people=levels.get(BonusLevel.VILLAGE),
        two_posts=TwoPosts(row.two_posts),
        ties=tuple(map(TieKey, filter(None, row.ties.split(",")))),
        payer=BonusPayer(row.payer),
        leaving_stops=bool(row.leaving_stops),
        resolution=row.approved_with or row.resolution,
    )


def bonus_versions(
    db: Connection, *, township: str, year: int | None = None, version: int | None = None
) -> tuple[BonusVersion, ...]:
    """The versions of a township's bonus policy, the newest first: of a year, or only this one."""
    heads_found = heads(db, book=township, kind=PolicyKind.BONUS, year=year, version=version)
    in_force = {
        one: version_of_policy(db, book=township, kind=PolicyKind.BONUS, year=one)
        for one in {head.year for head in heads_found}
    }
    found = []
    for head in heads_found:
        said = bonus(db, township=township, year=head.year, version=head.version)
        assert said is not None, "its head was just read"
        found.append(BonusVersion(head=head, policy=said, in_force=head.version == in_force[head.year]))
    return tuple(found)


def reward(db: Connection, *, township: str, year: int, version: int) -> RewardPolicy | None:
    """A version of a reward policy, with the resolution it was approved with."""
    row = db.execute(
        select(_reward, _reward_approval.c.resolution.label("approved_with"))
        .select_from(_reward.outerjoin(_reward_approval, same_version(_reward, _reward_approval)))
        .where(_reward.c.book_id == township, _reward.c.year == year, _reward.c.version == version)
    ).first()
    if row is None:
        return None
    return RewardPolicy(
        year=row.year,
        scheme=read_back(row, _reward.c.scheme, Scheme),
        pool=row.pool,
        resolution=row.approved_with or row.resolution,
    )


def reward_versions(
    db: Connection, *, township: str, year: int | None = None, version: int | None = None
) -> tuple[RewardVersion, ...]:
    """The versions of a township's reward policies, the newest first: of a year, or only this one."""
    heads_found = heads(db, book=township, kind=PolicyKind.REWARD, year=year, version=version)
    in_force = {
        (one, name): version_of_policy(db, book=township, kind=PolicyKind.REWARD, year=one, name=name)
        for one, name in {(head.year, head.name) for head in heads_found}
    }
    found = []
    for head in heads_found:
        said = reward(db, township=township, year=head.year, version=head.version)
        assert said is not None, "its head was just read"
        stands = head.version == in_force[head.year, head.name]
        found.append(RewardVersion(head=head, policy=said, in_force=stands))
    return tuple(found)


def income_versions(
    db: Connection, *, township: str, year: int | None = None, version: int | None = None
) -> tuple[IncomePolicyVersion, ...]:
    """The versions of a township's income policy, the newest first: of a year, or only this one."""
    found = []
    for head in heads(db, book=township, kind=PolicyKind.INCOME, year=year, version=version):
        said = snapshots.policy(db, township=township, year=head.year, version=head.version)
        assert said is not None, "its head was just read"
        stands = version_of_policy(db, book=township, kind=PolicyKind.INCOME, year=head.year)
        found.append(IncomePolicyVersion(head=head, policy=said, in_force=head.version == stands))
    return tuple(found)


def bonus_facts(db: Connection, *, township: str, year: int) -> BonusFacts:
    """What the township knows that a bonus policy is held against."""
    villages = stood_in(
        places.places_below(db, code=township, level=PlaceLevel.VILLAGE),
        places.ends_of_villages(db, within=township),
        year=year,
    )
    people = Counter(village for village, _ in scoring.cadres(db, township=township, year=year))
    return BonusFacts(villages=len(villages), people=max(people.values(), default=0))
