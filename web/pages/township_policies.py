"""乡镇办法: the townships one has to do with, and of each its performance bonus and its reward schemes, with their
versions; the form of a new bonus policy, and what every version shows."""

import re
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple, TypeVar

from coop.access import rules as access_rules
from coop.income.rules import regions_over
from coop.places import queries as places
from coop.snapshots import queries as snapshots
from ledger.money import yuan
from payouts.candidates import queries as candidates
from payouts.policies import queries
from payouts.policies.approval import policy_must_exist
from payouts.township_policies import actions
from payouts.township_policies import queries as township_queries
from payouts.township_policies.rules import default_bonus
from payouts.township_policies.schemes import templates
from schemas.access import Deed
from schemas.policies import (
    BonusMode,
    BonusPayer,
    BonusPolicy,
    LevelMoney,
    PolicyKind,
    TieKey,
    TwoPosts,
    Unpaid,
)
from schemas.problems import Problem, Refusal, RefusalKind
from web import wire
from web.i18n.words import N_
from web.pages.policies import seen_of, year_of
from web.pages.policy import acts_on_versions, version_at, version_page
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people
from web.policy_words import income_said
from web.reward_words import bonus_said, reward_said, tie_said

W = TypeVar("W", bound=StrEnum)
LEVELS = ("over_villages", "over_people")
TIES = (
    (TieKey.BENEFIT, TieKey.ATTENDANCE),
    (TieKey.ATTENDANCE, TieKey.BENEFIT),
    (TieKey.BENEFIT,),
    (TieKey.ATTENDANCE,),
    (),
)
"""The orders of next keys there are."""
_BONUSES, _REWARDS = "policies/bonus", "policies/rewards"
RECORDED = N_("Recorded. Attach the scan of the resolution; another officer approves it.")


@shows("/townships", deed=Deed.SEE_TOWNSHIP)
def list_townships(visit: Visit) -> Shown:
    """The townships one may look at, and the places above them."""

    def seen(code: str) -> bool:
        return Deed.SEE_TOWNSHIP in access_rules.deeds_at(visit.who.rights, code=code)

    found = [one for one in places.townships(visit.db) if seen(one.code)]
    over = {code for one in found for code in regions_over(one.code)[1:] if seen(code)}
    wider = places.places(visit.db, codes=over)
    return visit.page("townships.html", townships=found, wider=wider.values())


@shows("/townships/{township}/policies", deed=Deed.SEE_TOWNSHIP, asks=("year",))
def list_township_policies(visit: Visit) -> Shown:
    """A year's bonus and reward schemes: what is in force, what waits, and what a new scheme may start from."""
    township = visit.at_township
    known = {
        year
        for kind in (PolicyKind.BONUS, PolicyKind.REWARD, PolicyKind.INCOME)
        for year in queries.policy_years(visit.db, book=township, kind=kind)
    }
    year = year_of(visit, otherwise=max(known, default=visit.on.year))
    bonuses = township_queries.bonus_versions(visit.db, township=township, year=year)
    rewards = township_queries.reward_versions(visit.db, township=township, year=year)
    incomes = township_queries.income_versions(visit.db, township=township, year=year)
    heads = [
        *(one.head for one in bonuses),
        *(one.head for one in rewards),
        *(one.head for one in incomes),
    ]
    newest = {head.name: head.version for head in reversed([one.head for one in rewards])}
    standing = next((one for one in bonuses if one.in_force), None)
    return visit.page(
        "township_policies.html",
        year=year,
        years=sorted({*known, year, visit.on.year}, reverse=True),
        bonuses=bonuses,
        standing=standing,
        said=() if standing is None else bonus_said(standing.policy, visit.locale),
        rewards=rewards,
        incomes=incomes,
        income=income_said(snapshots.policy_of(visit.db, township=township, on=visit.on), visit.locale),
        newest=newest,
        templates=templates().values(),
        people=names_of_people(
            visit.db,
            [
                *(head.recorded_by for head in heads),
                *(head.approval.by for head in heads if head.approval is not None),
            ],
            locale=visit.locale,
        ),
        may_record=visit.may(Deed.KEEP_TOWNSHIP_POLICIES),
    )


# The form of a bonus policy


class BonusForm(NamedTuple):
    """The form as it was sent or is offered: texts, right or wrong."""

    fields: dict[str, str]

    def get(self, name: str) -> str:
        """A field."""
        return self.fields.get(name, "")


_FIELDS = (
    "pool", "two_posts", "ties", "payer", "leaving_stops", "resolution",
    *(f"{level}-{name}" for level in LEVELS for name in ("mode", "unpaid", "tier-0", "tier-1", "tier-2")),
)  # fmt: skip


@shows("/townships/{township}/policies/bonus/new", deed=Deed.KEEP_TOWNSHIP_POLICIES, asks=("year", "from"))
def new_bonus(visit: Visit) -> Shown:
    """The form of a new version: it begins with another version, the last one, or 1.2, 1.0 and 0.8."""
    return _show_form(visit)


def _show_form(
    visit: Visit, problems: Sequence[Problem] = (), status: int = 200, given: BonusForm | None = None
) -> Shown:
    township = visit.at_township
    year = year_of(visit, otherwise=visit.on.year)
    last = queries.last_version(visit.db, book=township, kind=PolicyKind.BONUS, year=year)
    if given is None:
        given = _form_of(_offered(visit, year=year, last=last))
    return visit.page(
        "bonus_form.html",
        problems=problems,
        status=status,
        year=year,
        last=last,
        given=given,
        levels=LEVELS,
        modes=list(BonusMode),
        unpaid=list(Unpaid),
        two_posts=list(TwoPosts),
        payers=list(BonusPayer),
        ties=[(",".join(keys), "、".join(tie_said(key, visit.locale) for key in keys)) for keys in TIES],
        facts=township_queries.bonus_facts(visit.db, township=township, year=year),
        wrong={visit.place_of(problem) for problem in problems},
    )


def _offered(visit: Visit, *, year: int, last: int) -> BonusPolicy:
    source = visit.query.get("from", "")
    version = int(source) if re.fullmatch(r"[0-9]{1,6}", source) else last
    if not version:
        return default_bonus(year)
    found = township_queries.bonus(visit.db, township=visit.at_township, year=year, version=version)
    if found is None:
        raise Refusal(policy_must_exist.at("/from", version=version, year=year), kind=RefusalKind.MISSING)
    return found


def _form_of(policy: BonusPolicy) -> BonusForm:
    fields = {
        "pool": "" if policy.pool is None else yuan(policy.pool),
        "two_posts": policy.two_posts.value,
        "ties": ",".join(policy.ties),
        "payer": policy.payer.value,
        "leaving_stops": "1" if policy.leaving_stops else "0",
        "resolution": "",
    }
    for level, money in zip(LEVELS, (policy.over_villages, policy.over_people), strict=True):
        shown = money or LevelMoney(mode=BonusMode.COEFFICIENTS, tiers=(120, 100, 80))
        fields |= {f"{level}-mode": shown.mode.value, f"{level}-unpaid": shown.unpaid.value}
        fields |= {f"{level}-tier-{no}": yuan(tier) for no, tier in enumerate(shown.tiers)}
    return BonusForm(fields)


def _form_from(visit: Visit) -> BonusForm:
    return BonusForm({name: visit.field(name) for name in _FIELDS})


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show_form(visit, problems, status, _form_from(visit))


@does("/townships/{township}/policies/bonus/new", deed=Deed.KEEP_TOWNSHIP_POLICIES, again=_again)
async def record_bonus(visit: Visit) -> Shown:
    """Record the version; it holds once another person has approved it."""
    new = _bonus_from(_form_from(visit), year=year_of(visit, otherwise=visit.on.year))
    version = await visit.write(
        lambda db: actions.record_bonus(
            db, new, township=visit.at_township, by=visit.by, at=visit.at, seen=seen_of(visit)
        )
    )
    return see_other(f"{visit.home}/policies/bonus/{new.year}/{version}", notice=RECORDED)


def _bonus_from(form: BonusForm, *, year: int) -> BonusPolicy:
    """The policy the form says; refused with every field that cannot be read."""
    problems: list[Problem] = []

    def amount(name: str, at: str) -> int:
        try:
            return amount_from(form.get(name) or "?", pointer=at)
        except Refusal as refusal:
            problems.extend(refusal.problems)
            return 0

    def chosen(of: type[W], name: str, at: str) -> W:
        text = form.get(name)
        if text not in list(of):
            problems.append(wire.must_be_one_of.at(at, given=text[:40] or "—", known=", ".join(of)))
            return next(iter(of))
        return of(text)

    def money(level: str) -> LevelMoney:
        mode = chosen(BonusMode, f"{level}-mode", f"/{level}/mode")
        tiers = tuple(
            0 if mode is BonusMode.SPLIT else amount(f"{level}-tier-{no}", f"/{level}/tiers/{no}")
            for no in range(3)
        )
        unpaid = chosen(Unpaid, f"{level}-unpaid", f"/{level}/unpaid")
        return LevelMoney(mode=mode, tiers=tiers, unpaid=unpaid)

    ties = tuple(form.get("ties").split(",")) if form.get("ties") else ()
    if ties not in TIES:
        problems.append(wire.must_be_one_of.at("/ties", given=form.get("ties")[:40], known=", ".join(TieKey)))
    policy = BonusPolicy(
        year=year,
        pool=None if not form.get("pool") else amount("pool", "/pool"),
        over_villages=money("over_villages"),
        over_people=money("over_people"),
        two_posts=chosen(TwoPosts, "two_posts", "/two_posts"),
        ties=tuple(TieKey(key) for key in ties if key in list(TieKey)),
        payer=chosen(BonusPayer, "payer", "/payer"),
        leaving_stops=form.get("leaving_stops") == "1",
        resolution=form.get("resolution"),
    )
    if problems:
        raise Refusal(*problems)
    return policy


# One version


@shows(f"/townships/{{township}}/{_BONUSES}/{{year}}/{{version}}", deed=Deed.SEE_TOWNSHIP)
def show_bonus(visit: Visit) -> Shown:
    """One version of the bonus policy, with the difference to the version before."""
    return _show_bonus(visit)


def _show_bonus(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    versions = township_queries.bonus_versions(
        visit.db, township=visit.at_township, year=visit.number_at("year")
    )
    return version_page(
        visit,
        version_at(visit, versions),
        versions,
        lambda other: bonus_said(other.policy, visit.locale),
        problems=problems,
        status=status,
        place=_BONUSES,
    )


@shows(f"/townships/{{township}}/{_REWARDS}/{{year}}/{{version}}", deed=Deed.SEE_TOWNSHIP)
def show_reward(visit: Visit) -> Shown:
    """One version of a reward scheme, with its sheets."""
    return _show_reward(visit)


def _show_reward(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year, township = visit.number_at("year"), visit.at_township
    found = township_queries.reward_versions(visit.db, township=township, year=year)
    one = version_at(visit, found)
    return version_page(
        visit,
        one,
        [other for other in found if other.head.name == one.head.name],
        lambda other: reward_said(other.policy, visit.locale),
        problems=problems,
        status=status,
        place=_REWARDS,
        periods=candidates.periods(visit.db, township=township, year=year, scheme=one.head.name),
    )


handlers = [
    list_townships,
    list_township_policies,
    new_bonus,
    record_bonus,
    show_bonus,
    *acts_on_versions(_BONUSES, PolicyKind.BONUS, again=_show_bonus),
    show_reward,
    *acts_on_versions(_REWARDS, PolicyKind.REWARD, again=_show_reward),
]
