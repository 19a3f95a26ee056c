"""评档与绩效奖金: a township's runs, and a new one: both levels are shown before anything is written, with whoever is equal
across a boundary named."""

from collections.abc import Sequence

import msgspec

from coop.scoring import queries as scoring
from ledger.people import queries as people
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.rewards import tie_must_be_resolved
from payouts.runs import actions, queries, rules
from payouts.runs.actions import Seen
from payouts.runs.rules import Figures
from schemas.access import Deed
from schemas.problems import Problem, Refusal
from schemas.runs import Document, RunKind
from schemas.tiers import TierInputs, Tiers
from web import wire
from web.i18n.words import N_
from web.pages.rendering import see_other
from web.pages.route import Shown, Visit, does, shows
from web.pages.runs import UPLOAD_BYTES, involved, papers_of
from web.pages.tiers import spoken


@shows("/townships/{township}/runs")
def list_tiers(visit: Visit) -> Shown:
    """The runs of the township, and the years that could be run."""
    found = queries.runs(visit.db, book=visit.id)
    stands = {run.year for run in found if run.state != "reverted"}
    scored = scoring.years_of_villages(visit.db, township=visit.id)
    return visit.page(
        "township_runs.html",
        runs=found,
        years=[year for year in scored if year not in stands] if visit.may(Deed.PREPARE_RUN) else [],
        names=people.names_of(visit.db, involved(found)),
    )


@shows("/townships/{township}/runs/new", deed=Deed.PREPARE_RUN, asks=("year",))
def new_tiers(visit: Visit) -> Shown:
    """What the tiers of a year would come to; what stands in their way where they come to nothing."""
    return _show(visit, _wanted(visit, visit.query.get("year", "")))


def _show(visit: Visit, year: int, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    made: Figures | None = None
    obstacles: tuple[Problem, ...] = ()
    try:
        made = proposals.proposed(visit.db, book=visit.id, kind=RunKind.TIERS, year=year, on=visit.on)
    except Refusal as refusal:
        obstacles = tuple(_by_name(visit, refusal.problems))
    procedure = policies.procedure(visit.db, book=visit.id, year=year)
    return visit.page(
        "tiers_new.html",
        problems=problems,
        status=status,
        year=year,
        made=made,
        obstacles=obstacles,
        needed=None if made is None else rules.needed(made.total, procedure),
        documents=list(Document),
        key=visit.fresh_key(),
        **(_figures(visit, made) if made is not None else {}),
    )


def _figures(visit: Visit, made: Figures) -> dict[str, object]:
    assert isinstance(made.inputs, TierInputs)
    assert isinstance(made.result, Tiers)
    return spoken(made.inputs, made.result, locale=visit.locale)


def _by_name(visit: Visit, problems: Sequence[Problem]) -> Sequence[Problem]:
    """Ties of villages with the villages' names: the rules know them by their codes."""
    names = {place.code: place.name for place in scoring.villages_of(visit.db)}
    return [
        msgspec.structs.replace(
            one,
            figures={
                **one.figures,
                "who": "、".join(names.get(who, who) for who in one.figures["who"].split("、")),
            },
        )
        if one.code == tie_must_be_resolved.code
        else one
        for one in problems
    ]


def _wanted(visit: Visit, year: str) -> int:
    if not (year.isdecimal() and 1949 <= int(year[:5]) <= visit.on.year):
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    return int(year)


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    return _show(visit, _wanted(visit, visit.field("year")), problems, status)


@does("/townships/{township}/runs/new", deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_again)
async def prepare_tiers(visit: Visit) -> Shown:
    """Keep the run that was previewed; with ``submit`` hand it in at once."""
    year, digest, hand_in = (
        _wanted(visit, visit.field("year")),
        visit.field("digest"),
        visit.field("act") == "submit",
    )
    resolution = visit.field("resolution")[:80]
    papers = await papers_of(visit)
    run = await visit.write(
        lambda db: actions.prepare(
            db,
            book=visit.id,
            kind=RunKind.TIERS,
            year=year,
            by=visit.by,
            on=visit.on,
            at=visit.at,
            resolution=resolution,
            papers=papers,
            seen=Seen(digest=digest),
            submit=hand_in,
        )
    )
    notice = (
        N_("Handed in. It is put on notice now, and another person approves it.")
        if hand_in
        else N_("Kept as a draft.")
    )
    return see_other(f"{visit.home}/runs/{run.id}", notice=notice)


handlers = [list_tiers, new_tiers, prepare_tiers]
