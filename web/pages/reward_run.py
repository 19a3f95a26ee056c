"""奖励发放: what a reward scheme comes to becomes a run of the township: everybody it pays or deducts from is shown before
anything is written, and again as the officer reads it before signing."""

from collections.abc import Sequence
from typing import Any

from payouts.candidates import queries as candidates
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.runs import actions, queries, rules
from payouts.runs.actions import Seen
from payouts.runs.rules import Figures, RunName
from schemas.access import Deed
from schemas.problems import Problem, Refusal
from schemas.rewards import (
    ByPlace,
    ByProportion,
    Candidate,
    RewardChoice,
    RewardInputs,
    RewardPolicy,
    Rewards,
)
from schemas.runs import Document, Run, RunKind
from web import wire
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.runs import UPLOAD_BYTES, kept_or_handed_in, papers_of
from web.reward_words import reward_said, why

_NEW = "/townships/{township}/rewards/new"


def spoken(
    policy: RewardPolicy, sheet: Sequence[Candidate], made: Rewards | None, *, locale: str
) -> dict[str, Any]:
    """What pages show of a scheme's result: everybody by rank with class and why, what is paid and what is deducted."""
    of_name = {one.who: one for one in sheet}
    found = () if made is None else made.rewards
    return {
        "made": made,
        "classes": policy.scheme.classes,
        "why": {one.who: why(one, of_name[one.who], policy, locale) for one in found},
        "by_rank": any(isinstance(one.takes, ByPlace | ByProportion) for one in policy.scheme.classes),
        "paid": sum(one.paid for one in found if one.paid > 0),
        "deducted": sum(-one.paid for one in found if one.paid < 0),
    }


def of_run(visit: Visit, run: Run, name: RunName) -> dict[str, Any]:
    """What the page of a run of rewards shows beside what every run's shows."""
    inputs, _ = queries.frozen_inputs(visit.db, name, content=run.content)
    result = rules.figures(inputs).result
    assert isinstance(inputs, RewardInputs), "rewards follow from a scheme and its sheet"
    assert isinstance(result, Rewards), "and come to rewards"
    orders = candidates.orders(
        visit.db,
        township=visit.id,
        year=run.year,
        scheme=inputs.policy.scheme.name,
        period=inputs.period,
    )
    return {
        "inputs": inputs,
        "said": reward_said(inputs.policy, visit.locale),
        "at": _scheme_at(visit, inputs),
        "orders": [one for one in orders if set(one.who) <= set(inputs.resolved)],
        **spoken(inputs.policy, inputs.candidates, result, locale=visit.locale),
    }


def _scheme_at(visit: Visit, inputs: RewardInputs) -> str:
    return f"{visit.home}/policies/rewards/{inputs.year}/{inputs.version}"


@shows(_NEW, deed=Deed.PREPARE_RUN, asks=("scheme", "period"))
def new_rewards(visit: Visit) -> Shown:
    """What would be paid and deducted; what stands in its way where it comes to nothing."""
    return _show(visit, _choice({name: visit.query.get(name, "") for name in ("scheme", "period")}))


def _choice(given: dict[str, str]) -> RewardChoice:
    return wire.read_texts(given, RewardChoice)


def _sent(visit: Visit) -> RewardChoice:
    return _choice({name: visit.field(name) for name in ("scheme", "period")})


def _show(visit: Visit, choice: RewardChoice, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = int(choice.period[:4])
    made: Figures | None = None
    obstacles: tuple[Problem, ...] = ()
    shown: dict[str, Any] = {"at": ""}
    try:
        made = proposals.proposed(
            visit.db, book=visit.id, kind=RunKind.REWARD, year=year, on=visit.on, reward=choice
        )
    except Refusal as refusal:
        obstacles = refusal.problems
    else:
        assert isinstance(made.inputs, RewardInputs)
        assert isinstance(made.result, Rewards)
        inputs = made.inputs
        shown = {"at": _scheme_at(visit, inputs), "policy": inputs.policy} | spoken(
            inputs.policy, inputs.candidates, made.result, locale=visit.locale
        )
    procedure = policies.procedure(visit.db, book=visit.id, year=year)
    return visit.page(
        "reward_new.html",
        problems=problems,
        status=status,
        choice=choice,
        figures=made,
        obstacles=obstacles,
        needed=None if made is None else rules.needed(made.total, procedure),
        documents=list(Document),
        **shown,
    )


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, _sent(visit), problems, status)


@does(_NEW, deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_again)
async def prepare_rewards(visit: Visit) -> Shown:
    """Keep the run that was previewed; with ``submit`` hand it in at once."""
    choice, hand_in = _sent(visit), visit.field("act") == "submit"
    papers = await papers_of(visit)
    run = await visit.write(
        lambda db: actions.prepare(
            db,
            book=visit.id,
            kind=RunKind.REWARD,
            year=int(choice.period[:4]),
            reward=choice,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            resolution=visit.field("resolution")[:80],
            papers=papers,
            seen=Seen(digest=visit.field("digest")),
            submit=hand_in,
        )
    )
    return see_other(f"{visit.home}/runs/{run.id}", notice=kept_or_handed_in(hand_in))


handlers = [new_rewards, prepare_rewards]
