"""评等与绩效奖金: a township's runs, and a new one of tiers: both levels are shown before anything is written, with whoever is equal
across a boundary named."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from coop.places import queries as places
from coop.scoring import queries as scoring
from payouts.candidates import queries as candidates
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.rewards import tie_must_be_resolved
from payouts.runs import actions, queries, rules
from payouts.runs.actions import Seen
from payouts.runs.rules import Figures
from payouts.tiers import NAMES
from payouts.ties import actions as ties
from payouts.ties import queries as tie_orders
from payouts.ties.rules import order_must_be_there
from schemas.access import Deed
from schemas.awards import PutInOrder
from schemas.places import PlaceLevel
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import Document, RunKind
from schemas.tiers import TierInputs, Tiers
from web import wire
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.rendering import address, see_other
from web.pages.route import Shown, Visit, does, number_from, shows
from web.pages.runs import UPLOAD_BYTES, involved, kept_or_handed_in, papers_of
from web.pages.tie_orders import order_from
from web.pages.tiers import spoken
from web.people_names import names_of as names_of_people
from web.tier_words import tier_said


class Tie(NamedTuple):
    """Those whom a boundary divides: at which place, by what the rules know them by, and by name."""

    place: str
    who: Mapping[str, str]
    above: str
    below: str


@shows("/townships/{township}/runs")
def list_tiers(visit: Visit) -> Shown:
    """The runs of the township, and the years that could be run."""
    found = queries.runs(visit.db, book=visit.id)
    stands = {run.year for run in found if run.kind is RunKind.TIERS and run.state != "reverted"}
    scored = scoring.years_of_villages(visit.db, township=visit.id)
    titles = queries.titles(visit.db, found)
    stand = {titles[run.id] for run in found if run.id in titles and run.state != "reverted"}
    return visit.page(
        "township_runs.html",
        runs=found,
        titles=titles,
        rewards=[
            one
            for one in candidates.choices(visit.db, township=visit.id)
            if f"{one.scheme} {one.period}" not in stand
        ]
        if visit.may(Deed.PREPARE_RUN)
        else [],
        years=[year for year in scored if year not in stands] if visit.may(Deed.PREPARE_RUN) else [],
        names=names_of_people(visit.db, involved(found), locale=visit.locale),
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
        obstacles = refusal.problems
    procedure = policies.procedure(visit.db, book=visit.id, year=year)
    return visit.page(
        "tiers_new.html",
        problems=problems,
        status=status,
        year=year,
        made=made,
        obstacles=_without_ties(obstacles),
        ties=_ties(visit, obstacles),
        names=places.places(visit.db, codes=[tie.place for tie in _ties(visit, obstacles)]),
        given=visit.field,
        needed=None if made is None else rules.needed(made.total, procedure),
        documents=list(Document),
        key=visit.fresh_key(),
        **(_figures(visit, made) if made is not None else {}),
    )


def _figures(visit: Visit, made: Figures) -> dict[str, object]:
    assert isinstance(made.inputs, TierInputs)
    assert isinstance(made.result, Tiers)
    return spoken(made.inputs, made.result, locale=visit.locale)


def _without_ties(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    return tuple(one for one in problems if one.code != tie_must_be_resolved.code)


def _ties(visit: Visit, problems: Sequence[Problem]) -> list[Tie]:
    """Those the run waits for an order of; villages with their names, which the rules know by their codes."""
    names = {
        one.code: one.name for one in places.places_below(visit.db, code=visit.id, level=PlaceLevel.VILLAGE)
    }
    found = []
    for one in problems:
        if one.code == tie_must_be_resolved.code:
            village = re.match(r"/villages/([0-9]{12})/", one.pointer)
            equals = one.figures["who"].split("、")
            found.append(
                Tie(
                    place=village[1] if village else visit.id,
                    who={who: names.get(who, who) for who in equals},
                    above=_tier(one.figures["above"], visit.locale),
                    below=_tier(one.figures["below"], visit.locale),
                )
            )
    return found


def _tier(name: str, locale: str) -> str:
    """A tier as pages call it, by the name the engine knows it by."""
    return tier_said(locale, NAMES.index(name) + 1)


def _wanted(visit: Visit, year: str) -> int:
    number = number_from(year)
    if number is None or not 1949 <= number <= visit.on.year:
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    return number


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
    return see_other(f"{visit.home}/runs/{run.id}", notice=kept_or_handed_in(hand_in))


# Equals in order


@does("/townships/{township}/tie-orders", deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_again)
async def put_tie_in_order(visit: Visit) -> Shown:
    """Write down the order a resolution gave to those who were equal, with its scan."""
    year = _wanted(visit, visit.field("year"))
    order, paper = await order_from(visit)
    resolution = visit.field("resolution")
    if not resolution:
        raise Refusal(rules.resolution_must_be_named.at("/resolution"))
    new = PutInOrder(place=visit.field("place"), order=order, resolution=resolution[:80])
    await visit.write(
        lambda db: ties.put_in_order(
            db, new, township=visit.id, year=year, paper=paper, by=visit.by, at=visit.at
        )
    )
    return see_other(address(f"{visit.home}/runs/new", year=year), notice=N_("The order is written down."))


@shows("/townships/{township}/tie-orders/{digest}", deed=Deed.SEE_EVIDENCE)
def show_tie_paper(visit: Visit) -> Shown:
    """The bytes of the scan of a resolution that ordered equals."""
    digest = visit.text_at("digest")
    names = {one.sha256: one.name for one in tie_orders.orders(visit.db, township=visit.id)}
    if digest not in names:
        raise Refusal(order_must_be_there.at("/digest", sha256=digest[:64]), kind=RefusalKind.MISSING)
    return served(visit, digest, name=names[digest])


handlers = [list_tiers, new_tiers, prepare_tiers, put_tie_in_order, show_tie_paper]
