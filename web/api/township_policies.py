"""A township's bonus 绩效奖金办法 and reward schemes 奖励方案 over HTTP: recorded by one officer, approved by another; whom a
scheme looks at, what it comes to, and the order a resolution gave to those who were equal."""

from typing import Annotated, Any

from msgspec import Meta

from payouts.candidates import actions as candidates
from payouts.candidates import queries as standings
from payouts.policies.approval import policy_must_exist
from payouts.township_policies import actions, queries
from payouts.township_policies.schemes import templates
from schemas.access import Deed
from schemas.evidence import EvidenceFile
from schemas.policies import BonusPolicy, BonusVersion, PolicyKind
from schemas.problems import Refusal, RefusalKind
from schemas.rewards import (
    Name,
    NewSheet,
    RewardOrder,
    RewardPolicy,
    RewardSheet,
    RewardVersion,
    SchemeTemplate,
    Standing,
)
from schemas.units import Value
from web.api.kept_files import handed_out
from web.api.policies import A_SCAN, YearQuery, acts_on_versions, policy_paper_must_be_there
from web.api.route import Call, File, Nothing, Routes
from web.database import Connection

routes = Routes("A township's policies 乡镇办法")
_BONUSES = "/townships/{township}/policies/bonus"
_BONUS = f"{_BONUSES}/{{year}}/{{version}}"
_REWARDS = "/townships/{township}/policies/rewards"
_REWARD = f"{_REWARDS}/{{year}}/{{version}}"
_STANDING = f"{_REWARD}/standings/{{when}}"


class BonusPage(Value):
    """Versions of a township's bonus policy, the newest first."""

    items: tuple[BonusVersion, ...]


class RewardPage(Value):
    """Versions of a township's reward schemes, the newest first, and what a new one may start from."""

    items: tuple[RewardVersion, ...]
    templates: tuple[SchemeTemplate, ...]


class OrderQuery(Value):
    """Those who were equal, the first first; the number of the resolution that ordered them, and the name of its scan."""

    who: tuple[Name, ...]
    resolution: Annotated[str, Meta(min_length=1, max_length=80)]
    name: Annotated[str, Meta(min_length=1, max_length=200)]


def _bonus(db: Connection, call: Call[Any, Any], *, year: int, version: int) -> BonusVersion:
    found = queries.bonus_versions(db, township=call.township, year=year, version=version)
    if not found:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return found[0]


def _reward(db: Connection, call: Call[Any, Any]) -> RewardVersion:
    return standings.scheme_there(
        db, township=call.township, year=call.path["year"], version=call.path["version"]
    )


# The bonus


@routes.reads(_BONUSES, deed=Deed.SEE_TOWNSHIP, query=YearQuery, answers=BonusPage)
def list_bonuses(db: Connection, call: Call[YearQuery, Nothing]) -> BonusPage:
    """How a township pays its performance bonus: every version with who recorded and who approved it."""
    return BonusPage(items=queries.bonus_versions(db, township=call.township, year=call.query.year))


@routes.acts(
    _BONUSES,
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    content=BonusPolicy,
    answers=BonusVersion,
    status=201,
    matched=True,
)
def record_bonus(db: Connection, call: Call[Nothing, BonusPolicy]) -> BonusVersion:
    """Record a year's bonus policy as its next version; it holds once another person has approved it. Heads and money both at
    3:4:3 are refused with the figures. If-Match as with a distribution plan."""
    version = actions.record_bonus(
        db, call.body, township=call.township, by=call.by, at=call.at, seen=call.version
    )
    return _bonus(db, call, year=call.body.year, version=version)


@routes.reads(_BONUS, deed=Deed.SEE_TOWNSHIP, answers=BonusVersion)
def read_bonus(db: Connection, call: Call[Nothing, Nothing]) -> BonusVersion:
    """One version of a year's bonus policy."""
    return _bonus(db, call, year=call.path["year"], version=call.path["version"])


acts_on_versions(
    routes,
    _BONUS,
    kind=PolicyKind.BONUS,
    noun="bonus",
    of="a year's bonus policy",
    answers=BonusVersion,
    read=lambda db, call: _bonus(db, call, year=call.path["year"], version=call.path["version"]),
)


# Reward schemes


@routes.reads(_REWARDS, deed=Deed.SEE_TOWNSHIP, query=YearQuery, answers=RewardPage)
def list_rewards(db: Connection, call: Call[YearQuery, Nothing]) -> RewardPage:
    """The reward schemes of a township: every version, and the counties' schemes a new one may start from."""
    return RewardPage(
        items=queries.reward_versions(db, township=call.township, year=call.query.year),
        templates=tuple(templates().values()),
    )


@routes.acts(
    _REWARDS,
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    content=RewardPolicy,
    answers=RewardVersion,
    status=201,
    matched=True,
)
def record_reward(db: Connection, call: Call[Nothing, RewardPolicy]) -> RewardVersion:
    """Record a reward scheme of a year as the next version; it holds once another person has approved it. With If-Match, the
    number of the last version of this name that was seen (0 for none), it is refused when there is another."""
    version = actions.record_reward(
        db, call.body, township=call.township, by=call.by, at=call.at, seen=call.version
    )
    return standings.scheme_there(db, township=call.township, year=call.body.year, version=version)


@routes.reads(_REWARD, deed=Deed.SEE_TOWNSHIP, answers=RewardVersion)
def read_reward(db: Connection, call: Call[Nothing, Nothing]) -> RewardVersion:
    """One version of a reward scheme."""
    return _reward(db, call)


acts_on_versions(
    routes,
    _REWARD,
    kind=PolicyKind.REWARD,
    noun="reward",
    of="a reward scheme of this name",
    answers=RewardVersion,
    read=_reward,
)


# Sheets and what they come to


@routes.acts(
    f"{_REWARD}/sheets",
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    content=NewSheet,
    answers=RewardSheet,
    status=201,
    matched=True,
)
def write_sheet(db: Connection, call: Call[Nothing, NewSheet]) -> RewardSheet:
    """Write down everybody the scheme looks at in a year or a month 人员表, in place of the sheet before. With If-Match, the
    number of the last sheet that was seen (0 for none), it is refused when there is another."""
    return candidates.write_sheet(
        db,
        call.body,
        township=call.township,
        year=call.path["year"],
        version=call.path["version"],
        by=call.by,
        at=call.at,
        seen=call.version,
    )


@routes.reads(_STANDING, deed=Deed.SEE_TOWNSHIP, answers=Standing)
def read_standing(db: Connection, call: Call[Nothing, Nothing]) -> Standing:
    """What a version of a scheme comes to for a year or a month: everybody by rank with class and amount, or what stands in
    the way, such as those whom a boundary divides."""
    return standings.standing(
        db,
        township=call.township,
        year=call.path["year"],
        version=call.path["version"],
        period=call.path["when"],
    )


@routes.acts(
    f"{_STANDING}/orders",
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    query=OrderQuery,
    answers=RewardOrder,
    **A_SCAN,
)
def order_equals(db: Connection, call: Call[OrderQuery, EvidenceFile]) -> RewardOrder:
    """Write down the order a resolution gave to those whom a boundary divides 同分排序; the body is its scan."""
    return candidates.put_in_order(
        db,
        call.query.who,
        call.body,
        resolution=call.query.resolution,
        township=call.township,
        year=call.path["year"],
        version=call.path["version"],
        period=call.path["when"],
        by=call.by,
        at=call.at,
    )


@routes.reads(f"{_STANDING}/orders/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_order_paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of the scan of a resolution that ordered equals."""
    sha256, year, version = call.path["sha256"], call.path["year"], call.path["version"]
    found = read_standing(db, call)
    names = {one.sha256: one.name for one in found.orders}
    if sha256 not in names:
        raise Refusal(
            policy_paper_must_be_there.at("/sha256", version=version, year=year), kind=RefusalKind.MISSING
        )
    return handed_out(db, call, sha256, name=names[sha256])
