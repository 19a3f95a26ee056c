"""``policy township``: how a township pays its performance bonus, its reward schemes, whom they look at, and what they come
to."""

from pathlib import Path

import click

from coop.places import queries as places
from coop.snapshots import queries as snapshots
from ledger.money import text_from_hundredths, yuan
from payouts.candidates import actions as candidates
from payouts.candidates import queries as standings
from payouts.policies import actions, queries
from payouts.township_policies import actions as township_actions
from payouts.township_policies import queries as township_queries
from payouts.township_policies.schemes import template, templates
from schemas.policies import BonusPolicy, BonusVersion, PolicyHead, PolicyKind
from schemas.problems import Refusal
from schemas.rewards import (
    NewSheet,
    RewardPolicy,
    RewardVersion,
    SchemeTemplate,
    SheetPeriod,
    Standing,
)
from schemas.snapshots import IncomePolicy, IncomePolicyVersion
from schemas.units import Value
from web import free_text, wire
from web.cli.command import CommandGroup, Place, as_json, command
from web.cli.given_files import scans_in, value_in
from web.cli.house import House
from web.i18n.words import N_
from web.policy_words import Said, income_said
from web.reward_tables import candidates_from
from web.reward_words import bonus_said, reward_said, why

YEAR = click.IntRange(1949, 2999)
VERSION = click.IntRange(1, 999_999)
KINDS = {"bonus": PolicyKind.BONUS, "reward": PolicyKind.REWARD, "income": PolicyKind.INCOME}
_by = click.option("--by", required=True, metavar="PERSON", help=N_("Who does it."))

township = CommandGroup(
    name="township",
    help=N_(
        "How a township pays its performance bonus, and its reward schemes.\n\nOne person records with the scan of the resolution, "
        "another approves. TOWNSHIP is the nine digits its villages' codes begin with."
    ),
)


class TownshipPolicies(Value):
    """What a township has recorded for a year."""

    bonus: tuple[BonusVersion, ...]
    rewards: tuple[RewardVersion, ...]
    income: tuple[IncomePolicyVersion, ...]
    today: IncomePolicy


@command(
    group=township,
    says=N_(
        "Show the bonus policy, the reward schemes and the income policy of a year, the newest first, and how incomes are judged today."
    ),
)
@click.argument("code", metavar="TOWNSHIP")
@click.argument("year", type=YEAR)
@as_json
def show(house: House, code: str, year: int, as_json: bool) -> None:
    """The versions."""
    with house.read() as db:
        of = places.township(db, code=code).code
        found = TownshipPolicies(
            bonus=township_queries.bonus_versions(db, township=of, year=year),
            rewards=township_queries.reward_versions(db, township=of, year=year),
            income=township_queries.income_versions(db, township=of, year=year),
            today=snapshots.policy_of(db, township=of, on=house.now()[0]),
        )
    if as_json:
        house.json(found)
        return
    for bonus in found.bonus:
        _tell(house, bonus.head, bonus_said(bonus.policy, house.language), in_force=bonus.in_force)
    for reward in found.rewards:
        _tell(house, reward.head, reward_said(reward.policy, house.language), in_force=reward.in_force)
    for income in found.income:
        _tell(house, income.head, income_said(income.policy, house.language), in_force=income.in_force)
    house.tell(N_("How incomes are judged today"))
    house.table(
        (N_("Setting"), N_("What it says")),
        [(line.label, line.text) for line in income_said(found.today, house.language)],
    )


def _tell(house: House, head: PolicyHead, said: tuple[Said, ...], *, in_force: bool) -> None:
    house.tell(
        N_("{year}, version {version}: {state}"),
        year=head.year,
        version=head.version,
        state=house.words(
            N_("in force now")
            if in_force
            else N_("approved")
            if head.is_approved
            else N_("waits for approval")
        ),
    )
    house.table((N_("Setting"), N_("What it says")), [(line.label, line.text) for line in said])


@command(
    group=township,
    says=N_(
        "Show the counties' reward schemes one can start from; with ID one of them in JSON, to be changed and recorded."
    ),
)
@click.argument("id", required=False)
@as_json
def schemes(house: House, id: str | None, as_json: bool) -> None:
    """The schemes."""
    if id is not None:
        house.json(template(id).scheme)
    elif as_json:
        house.json(tuple(templates().values()), tuple[SchemeTemplate, ...])
    else:
        house.table(
            (N_("Scheme"), N_("County"), N_("Name")),
            [(one.id, one.county, one.scheme.name) for one in templates().values()],
        )


@command(
    group=township,
    writes=True,
    says=N_(
        "Record a bonus policy, a reward scheme or an income policy from a file in JSON as the HTTP interface takes it, with the scan of its "
        "resolution; prints its version."
    ),
)
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("code", metavar="TOWNSHIP")
@click.argument("file", type=Place())
@_by
@click.option("--attach", "scan", type=Place(), help=N_("A scan to attach: the resolution, the minutes."))
def record(house: House, kind: str, code: str, file: str, by: str, scan: str | None) -> None:
    """Record."""
    person, (_, at) = house.person(by), house.now()
    with house.read() as db:
        of = places.township(db, code=code).code
    if kind == "bonus":
        bonus = value_in(file, BonusPolicy)
        year, version = (
            bonus.year,
            house.act(
                lambda db: township_actions.record_bonus(db, bonus, township=of, by=person, at=at), book=of
            ),
        )
    elif kind == "income":
        income = value_in(file, IncomePolicy)
        year, version = (
            income.year,
            house.act(
                lambda db: township_actions.record_income(db, income, township=of, by=person, at=at), book=of
            ),
        )
    else:
        reward = value_in(file, RewardPolicy)
        year, version = (
            reward.year,
            house.act(
                lambda db: township_actions.record_reward(db, reward, township=of, by=person, at=at), book=of
            ),
        )
    if scan is not None:
        (kept,) = scans_in(house, [scan])
        house.act(
            lambda db: actions.attach_paper(
                db,
                kept,
                book=of,
                kind=KINDS[kind],
                year=year,
                version=version,
                by=person,
                at=at,
            ),
            book=of,
        )
    house.tell(N_("{year}, version {version}: {state}"), year=year, version=version, state=house.words(N_("waits for approval")))  # fmt: skip


@command(
    group=township,
    writes=True,
    says=N_(
        "Approve the last version of a bonus policy, reward scheme or income policy: another person than who recorded it."
    ),
)
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("code", metavar="TOWNSHIP")
@click.argument("year", type=YEAR)
@click.argument("version", type=VERSION)
@_by
@click.option(
    "--resolution", required=True, metavar="NO", help=N_("The number that stands on the resolution.")
)
def approve(house: House, kind: str, code: str, year: int, version: int, by: str, resolution: str) -> None:
    """Approve with the scan that was attached last."""
    person, (on, at) = house.person(by), house.now()
    with house.read() as db:
        of = places.township(db, code=code).code
        heads = queries.heads(db, book=of, kind=KINDS[kind], year=year, version=version)
    scans = [paper.sha256 for head in heads for paper in head.papers]
    house.act(
        lambda db: actions.approve(
            db,
            book=of,
            kind=KINDS[kind],
            year=year,
            version=version,
            resolution=resolution,
            sha256=scans[-1] if scans else "",
            by=person,
            on=on,
            at=at,
        ),
        book=of,
    )
    house.tell(N_("{year}, version {version}: {state}"), year=year, version=version, state=house.words(N_("in force now")))  # fmt: skip


@command(
    group=township,
    writes=True,
    says=N_(
        "Write down whom a reward scheme looks at in a year or a month, from a table in CSV: 村或人员, 得分 or the parts of the "
        "score, 加减分, the figures, 等次或职务, 本人应得绩效, 不发."
    ),
)
@click.argument("code", metavar="TOWNSHIP")
@click.argument("year", type=YEAR)
@click.argument("version", type=VERSION)
@click.argument("period")
@click.argument("file", type=Place())
@_by
@as_json
def sheet(
    house: House, code: str, year: int, version: int, period: str, file: str, by: str, as_json: bool
) -> None:
    """The sheet, and what the scheme comes to."""
    person, (_, at) = house.person(by), house.now()
    with house.read() as db:
        of = places.township(db, code=code).code
        scheme = standings.scheme_there(db, township=of, year=year, version=version).policy.scheme
    new = NewSheet(period=_period(period), candidates=candidates_from(Path(file).read_bytes(), scheme))
    free_text.refuse_numbers_in(new)
    house.act(
        lambda db: candidates.write_sheet(db, new, township=of, year=year, version=version, by=person, at=at),
        book=of,
    )
    _standing(house, of, year=year, version=version, period=period, as_json=as_json)


@command(group=township, says=N_("Show what a reward scheme comes to for a year or a month."))
@click.argument("code", metavar="TOWNSHIP")
@click.argument("year", type=YEAR)
@click.argument("version", type=VERSION)
@click.argument("period")
@as_json
def standing(house: House, code: str, year: int, version: int, period: str, as_json: bool) -> None:
    """The standing."""
    with house.read() as db:
        of = places.township(db, code=code).code
    _standing(house, of, year=year, version=version, period=_period(period), as_json=as_json)


def _period(text: str) -> str:
    """A year or a month; refused when it is neither."""
    try:
        return wire.read_texts({"period": text}, _Period).period
    except wire.Unreadable as error:
        raise Refusal(*error.problems) from error


class _Period(Value):
    period: SheetPeriod


def _standing(house: House, of: str, *, year: int, version: int, period: str, as_json: bool) -> None:
    with house.read() as db:
        policy = standings.scheme_there(db, township=of, year=year, version=version).policy
        found = standings.standing(db, township=of, year=year, version=version, period=period)
    if as_json:
        house.json(found, Standing)
        return
    for problem in found.problems:
        house.complain(problem)
    if found.made is None or found.sheet is None:
        return
    who = {one.who: one for one in found.sheet.candidates}
    house.table(
        (N_("Rank"), N_("Village or person"), N_("Score"), N_("Amount"), N_("Why")),
        [
            (
                str(one.rank),
                one.who,
                text_from_hundredths(one.score),
                yuan(one.paid),
                why(one, who[one.who], policy, house.language),
            )
            for one in found.made.rewards
        ],
        right=(0, 2, 3),
    )
