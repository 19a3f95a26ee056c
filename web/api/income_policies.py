"""How a township judges its villages' incomes 村集体收入办法, over HTTP: recorded by one officer, approved by another."""

from typing import Any

from coop.snapshots import queries as snapshots
from payouts.policies.approval import policy_must_exist
from payouts.township_policies import actions, queries
from schemas.access import Deed
from schemas.policies import PolicyKind
from schemas.problems import Refusal, RefusalKind
from schemas.snapshots import IncomePolicy, IncomePolicyVersion
from schemas.units import Value
from web.api.policies import YearQuery, acts_on_versions
from web.api.route import Call, Nothing, Routes
from web.database import Connection

routes = Routes("A township's policies 乡镇办法")
_POLICIES = "/townships/{township}/policies/income"
_POLICY = f"{_POLICIES}/{{year}}/{{version}}"


class IncomePolicyPage(Value):
    """Versions of a township's income policy, the newest first, and what holds today."""

    items: tuple[IncomePolicyVersion, ...]
    today: IncomePolicy


@routes.reads(_POLICIES, deed=Deed.SEE_TOWNSHIP, query=YearQuery, answers=IncomePolicyPage)
def list_income_policies(db: Connection, call: Call[YearQuery, Nothing]) -> IncomePolicyPage:
    """How a township judges its villages' incomes: every version with who recorded and who approved it, and what holds
    today, the defaults where nothing is recorded."""
    return IncomePolicyPage(
        items=queries.income_versions(db, township=call.township, year=call.query.year),
        today=snapshots.policy_of(db, township=call.township, on=call.on),
    )


@routes.acts(
    _POLICIES,
    deed=Deed.KEEP_TOWNSHIP_POLICIES,
    content=IncomePolicy,
    answers=IncomePolicyVersion,
    status=201,
    matched=True,
)
def record_income_policy(db: Connection, call: Call[Nothing, IncomePolicy]) -> IncomePolicyVersion:
    """Record an income policy as the next version of its year; it holds from that year on once another person has approved
    it. If-Match as with a bonus policy."""
    version = actions.record_income(
        db, call.body, township=call.township, by=call.by, at=call.at, seen=call.version
    )
    return _version(db, call, year=call.body.year, version=version)


@routes.reads(_POLICY, deed=Deed.SEE_TOWNSHIP, answers=IncomePolicyVersion)
def read_income_policy(db: Connection, call: Call[Nothing, Nothing]) -> IncomePolicyVersion:
    """One version of an income policy."""
    return _version(db, call, year=call.path["year"], version=call.path["version"])


def _version(db: Connection, call: Call[Any, Any], *, year: int, version: int) -> IncomePolicyVersion:
    found = queries.income_versions(db, township=call.township, year=year, version=version)
    if not found:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return found[0]


acts_on_versions(
    routes,
    _POLICY,
    kind=PolicyKind.INCOME,
    noun="income_policy",
    of="a year's income policy",
    answers=IncomePolicyVersion,
    read=lambda db, call: _version(db, call, year=call.path["year"], version=call.path["version"]),
)
