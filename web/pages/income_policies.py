"""村集体收入办法 of a township: the form of a new version, and what every version shows."""

import re
from collections.abc import Mapping, Sequence

from coop.snapshots import queries as snapshots
from ledger.money import yuan
from payouts.policies import queries
from payouts.policies.approval import policy_must_exist
from payouts.township_policies import actions
from payouts.township_policies import queries as township_queries
from schemas.access import Deed
from schemas.policies import PolicyKind
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.snapshots import IncomePolicy, Landing
from web import wire
from web.pages.policies import seen_of, year_of
from web.pages.policy import acts_on_versions, version_at, version_page
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.township_policies import RECORDED
from web.pages.voucher_form import amount_from
from web.policy_words import income_said

_PLACE = "policies/income"
_AT = f"/townships/{{township}}/{_PLACE}"


@shows(f"{_AT}/new", deed=Deed.KEEP_TOWNSHIP_POLICIES, asks=("year", "from"))
def new_income_policy(visit: Visit) -> Shown:
    """The form of a new version: it begins with another version, or with what holds today."""
    return _show_form(visit)


def _show_form(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = year_of(visit, otherwise=visit.on.year)
    offered = _offered(visit, year=year)
    return visit.page(
        "income_policy_form.html",
        problems=problems,
        status=status,
        year=year,
        last=queries.last_version(visit.db, book=visit.at_township, kind=PolicyKind.INCOME, year=year),
        offered=_fields_of(offered),
        landings=list(Landing),
        given=visit.field,
        sent=bool(problems),
        wrong={visit.place_of(problem) for problem in problems},
    )


def _offered(visit: Visit, *, year: int) -> IncomePolicy:
    source = visit.query.get("from", "")
    if not re.fullmatch(r"[0-9]{1,6}", source):
        return snapshots.policy_of(visit.db, township=visit.at_township, on=visit.on)
    found = snapshots.policy(visit.db, township=visit.at_township, year=year, version=int(source))
    if found is None:
        raise Refusal(policy_must_exist.at("/from", version=int(source), year=year), kind=RefusalKind.MISSING)
    return found


def _fields_of(policy: IncomePolicy) -> Mapping[str, str]:
    return {
        "scans_only": "1" if policy.scans_only else "0",
        "fall": yuan(policy.fall_bp),
        "subsidies": yuan(policy.subsidies_bp),
        "spot_checks": str(policy.spot_checks),
        "landing": policy.landing.value,
        "list_appeal_days": str(policy.list_appeal_days),
    }


@does(f"{_AT}/new", deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_show_form)
async def record_income_policy(visit: Visit) -> Shown:
    """Record the version; it holds once another person has approved it."""
    new = _policy_from(visit, year=year_of(visit, otherwise=visit.on.year))
    version = await visit.write(
        lambda db: actions.record_income(
            db, new, township=visit.at_township, by=visit.by, at=visit.at, seen=seen_of(visit)
        )
    )
    return see_other(f"{visit.home}/{_PLACE}/{new.year}/{version}", notice=RECORDED)


def _policy_from(visit: Visit, *, year: int) -> IncomePolicy:
    """The policy the form says; refused with every field that cannot be read."""
    problems: list[Problem] = []

    def number(name: str) -> int:
        text = visit.field(name)
        if not re.fullmatch(r"[0-9]{1,4}", text):
            problems.append(wire.must_be_whole_number.at(f"/{name}"))
            return 0
        return int(text)

    def percent(name: str) -> int:
        try:
            return amount_from(visit.field(name) or "?", pointer=f"/{name}")
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    landing = visit.field("landing")
    if landing not in list(Landing):
        problems.append(
            wire.must_be_one_of.at("/landing", given=landing[:40] or "—", known=", ".join(Landing))
        )
    policy = IncomePolicy(
        year=year,
        scans_only=visit.field("scans_only") == "1",
        fall_bp=percent("fall"),
        subsidies_bp=percent("subsidies"),
        spot_checks=number("spot_checks"),
        landing=Landing(landing) if landing in list(Landing) else Landing.DAY_OF_PAYMENT,
        list_appeal_days=number("list_appeal_days"),
        resolution=visit.field("resolution")[:80],
    )
    if problems:
        raise Refusal(*problems)
    return policy


@shows(f"{_AT}/{{year}}/{{version}}", deed=Deed.SEE_TOWNSHIP)
def show_income_policy(visit: Visit) -> Shown:
    """One version of the income policy, with the difference to the version before."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    versions = township_queries.income_versions(
        visit.db, township=visit.at_township, year=visit.number_at("year")
    )
    return version_page(
        visit,
        version_at(visit, versions),
        versions,
        lambda other: income_said(other.policy, visit.locale),
        problems=problems,
        status=status,
        place=_PLACE,
    )


handlers = [
    new_income_policy,
    record_income_policy,
    show_income_policy,
    *acts_on_versions(_PLACE, PolicyKind.INCOME, again=_show),
]
