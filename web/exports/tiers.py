"""A township's tiers as a table: by village every person with score, rank, tier, share and what is paid, with room to sign
绩效奖金发放表; a scheme's rewards by rank with class, what is paid and what is deducted 奖励发放表; and the list that hangs out
with names masked 公示表."""

from coop.places import queries as places
from payouts.notices import queries as notices
from payouts.notices.rules import notice_ends
from payouts.runs import queries, rules
from payouts.runs.rules import RunName
from schemas.places import Place
from schemas.problems import Refusal, RefusalKind
from schemas.rewards import RewardInputs, Rewards
from schemas.runs import Run, RunKind
from schemas.tiers import TierInputs, Tiers
from web.database import Connection
from web.exports.sheets import Cell, Column, Kind, Sheet
from web.i18n import say
from web.i18n.words import N_
from web.reward_words import why
from web.run_answers import rewards_answer
from web.tier_words import how_said, tier_said, why_nothing

_ROWS_LANDSCAPE, _ROWS_UPRIGHT = 22, 38
"""Rows that fit a page of A4 below its title, whichever way it is held."""


def run_sheet(db: Connection, *, code: str, run: str, locale: str) -> Sheet:
    """What a run of a township pays, with a last column to sign in."""
    township = places.township(db, code=code)
    found, name = _there(db, township, run)
    if found.kind is RunKind.REWARD:
        return _rewards(db, found, name, township=township, locale=locale)
    return _tiers(db, found, name, township=township, locale=locale)


def _rewards(db: Connection, found: Run, name: RunName, *, township: Place, locale: str) -> Sheet:
    """Everybody on the scheme's sheet by rank: class, what is paid, what is deducted, and why."""
    inputs, _ = queries.frozen_inputs(db, name, content=found.content)
    result = rules.figures(inputs).result
    assert isinstance(inputs, RewardInputs), "rewards follow from a scheme and its sheet"
    assert isinstance(result, Rewards), "and come to rewards"
    said = rewards_answer(inputs, result)
    of_name = {one.who: one for one in inputs.candidates}
    rows: list[tuple[Cell, ...]] = [
        (
            one.rank,
            one.who,
            said.people[one.who].named,
            one.score,
            said.people[one.who].paid,
            said.people[one.who].deducted or None,
            why(one, of_name[one.who], inputs.policy, locale),
            None,
        )
        for one in result.rewards
    ]
    rows.append((None, say(locale, "Total"), None, None, said.paid, said.deducted, None, None))
    return Sheet(
        name=say(locale, "Lines"),
        title=say(locale, N_("Payment of {name}"), {"name": inputs.title}),
        under=_under(db, found, name, township=township, locale=locale),
        columns=(
            Column(title=say(locale, "Rank"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Village or person"), width=18),
            Column(title=say(locale, "Class of the scheme"), width=14),
            Column(title=say(locale, "Score"), kind=Kind.QUANTITY, width=8),
            Column(title=say(locale, "Paid"), kind=Kind.MONEY, width=12),
            Column(title=say(locale, "Deducted"), kind=Kind.MONEY, width=12),
            Column(title=say(locale, "Why"), width=44),
            Column(title=say(locale, "Signature"), width=12),
        ),
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        breaks=tuple(range(_ROWS_LANDSCAPE, len(rows), _ROWS_LANDSCAPE)),
    )


def _tiers(db: Connection, found: Run, name: RunName, *, township: Place, locale: str) -> Sheet:
    """Every village by rank with its people by rank, their sum, and what stays."""
    inputs, _ = queries.frozen_inputs(db, name, content=found.content)
    result = rules.figures(inputs).result
    assert isinstance(inputs, TierInputs), "a township's runs are of its tiers"
    assert isinstance(result, Tiers), "and come to tiers"
    titles = {(of.code, one.name): one.posts for of in inputs.villages for one in of.people}
    rows: list[tuple[Cell, ...]] = []
    strong: list[int] = []
    for village in result.villages:
        rows += [
            (
                village.name,
                person.rank,
                person.name,
                "、".join(post.title for post in titles[village.code, person.name]),
                person.score,
                tier_said(locale, person.tier),
                person.share,
                person.paid,
                why_nothing(locale, person, inputs.over_people) or how_said(locale, person),
                None,
            )
            for person in village.people
        ]
        strong.append(len(rows))
        rows.append(
            (
                say(
                    locale,
                    N_("{village}, {tier}, rank {rank}"),
                    {
                        "village": village.name,
                        "tier": tier_said(locale, village.tier),
                        "rank": str(village.rank),
                    },
                ),
                None,
                None,
                None,
                village.score,
                None,
                village.amount,
                village.paid,
                None,
                None,
            )
        )
    strong.append(len(rows))
    amount = result.pool - result.stays
    rows.append((say(locale, "Total"), None, None, None, None, None, amount, found.total, None, None))
    return Sheet(
        name=say(locale, "Lines"),
        title=say(locale, N_("Performance bonus to be paid, {year}"), {"year": str(found.year)}),
        under=_under(db, found, name, township=township, locale=locale),
        columns=(
            Column(title=say(locale, "Village"), width=20),
            Column(title=say(locale, "Rank"), kind=Kind.COUNT, width=6),
            Column(title=say(locale, "Name"), width=10),
            Column(title=say(locale, "Office"), width=16),
            Column(title=say(locale, "Score"), kind=Kind.QUANTITY, width=8),
            Column(title=say(locale, "Tier"), width=7),
            Column(title=say(locale, "Share"), kind=Kind.MONEY, width=12),
            Column(title=say(locale, "Paid"), kind=Kind.MONEY, width=12),
            Column(title=say(locale, "How, or why not"), width=30),
            Column(title=say(locale, "Signature"), width=12),
        ),
        rows=tuple(rows),
        strong=tuple(strong),
        breaks=tuple(range(_ROWS_LANDSCAPE, len(rows), _ROWS_LANDSCAPE)),
    )


def notice_sheet(db: Connection, *, code: str, run: str, locale: str) -> Sheet:
    """The list that hangs out: village, masked name and amount, of rewards what is paid and what is deducted; no identity,
    card or telephone number (RULES §9)."""
    township = places.township(db, code=code)
    found, name = _there(db, township, run)
    lines = notices.masked_list(db, found, name)
    first = Column(title=say(locale, "No."), kind=Kind.COUNT, width=6)
    paid = Column(title=say(locale, "Paid"), kind=Kind.MONEY, width=14)
    rows: list[tuple[Cell, ...]]
    columns: tuple[Column, ...]
    if found.kind is RunKind.REWARD:
        title = say(locale, N_("Rewards on notice: {name}"), {"name": queries.titles(db, [found])[found.id]})
        rows = [
            (number, line.name, None, line.amount)
            if line.deducted
            else (number, line.name, line.amount, None)
            for number, line in enumerate(lines, 1)
        ]
        deducted = sum(line.amount for line in lines if line.deducted)
        rows.append((None, say(locale, "Total"), found.total, deducted or None))
        columns = (
            first,
            Column(title=say(locale, "Village or person"), width=18),
            paid,
            Column(title=say(locale, "Deducted"), kind=Kind.MONEY, width=14),
        )
    else:
        title = say(locale, N_("Performance bonus on notice, {year}"), {"year": str(found.year)})
        rows = [(number, line.village, line.name, line.amount) for number, line in enumerate(lines, 1)]
        rows.append((None, say(locale, "Total"), None, found.total))
        columns = (
            first,
            Column(title=say(locale, "Village"), width=18),
            Column(title=say(locale, "Name"), width=12),
            paid,
        )
    return Sheet(
        name=say(locale, "Notice"),
        title=title,
        under=_under(db, found, name, township=township, locale=locale),
        columns=columns,
        rows=tuple(rows),
        strong=(len(rows) - 1,),
        breaks=tuple(range(_ROWS_UPRIGHT, len(rows), _ROWS_UPRIGHT)),
        landscape=False,
    )


def _there(db: Connection, township: Place, text: str) -> tuple[Run, RunName]:
    name = rules.name_of(text)
    found = queries.run(db, name) if name is not None and name.book == township.code else None
    if found is None or name is None:
        raise Refusal(rules.run_must_exist.at("/run", run=text[:80]), kind=RefusalKind.MISSING)
    return found, name


def _under(db: Connection, run: Run, name: RunName, *, township: Place, locale: str) -> tuple[str, ...]:
    acts = queries.acts(db, name)
    published = rules.published_on(acts)
    hung = ""
    if published is not None:
        ends = notice_ends(published, days=queries.procedure_of(db, name, acts).notice_days)
        hung = say(
            locale,
            "On notice {published} to {ends}",
            {"published": published.isoformat(), "ends": ends.isoformat()},
        )
    resolution = say(locale, "resolution {number}", {"number": run.resolution}) if run.resolution else ""
    return (township.name, " · ".join(filter(None, (resolution, hung))), say(locale, "Unit: yuan"))
