"""One run of a township's tiers, or of its rewards, as the officer reads it before signing: the villages by rank, in each its people by rank,
what everybody is paid and why; the steps, papers and checks are those of every run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction as Exact
from typing import Any, NamedTuple

from coop.places import queries as places
from ledger.money import text_from_hundredths, yuan_grouped
from payouts.awards import queries as awards
from payouts.orders import queries as orders
from payouts.runs import derivations, queries, rules
from payouts.runs.derivations import Derivation
from payouts.runs.rules import RunName
from payouts.ties import queries as tie_orders
from schemas.access import Deed
from schemas.awards import LeftOffice
from schemas.policies import BonusMode, BonusScheme
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.runs import Document, Fraction, Run, RunKind
from schemas.tiers import HeldPost, TierInputs, TierPerson, Tiers, TierVillage
from web.i18n import say, say_word
from web.i18n.words import N_
from web.pages.appeals import of_run
from web.pages.naming import Names
from web.pages.reward_run import of_run as of_reward_run
from web.pages.route import Shown, Visit, does, shows
from web.pages.run import (
    LIVE,
    Figure,
    attached,
    changes_of,
    exactly,
    notice_of,
    paper_of,
    run_at,
    steps_at,
)
from web.pages.runs import UPLOAD_BYTES
from web.people_names import names_of as names_of_people
from web.tier_words import heads_said, how_said, parts_said, posts_said, tier_said, why_nothing, worth_said

_RUN = "/townships/{township}/runs/{run}"


class PersonSpoken(NamedTuple):
    """A person of a village with what is said of the posts, the payment, and why nothing is paid; the next keys where
    another has the same score."""

    line: TierPerson
    title: str
    posts: str
    ties: str
    how: str
    why: str


class VillageSpoken(NamedTuple):
    """A village with its people, by rank, and how many are in each tier; the next keys where another has the same score."""

    line: TierVillage
    heads: str
    ties: str
    people: Sequence[PersonSpoken]


def spoken(inputs: TierInputs, result: Tiers, *, locale: str) -> dict[str, Any]:
    """What a page of tiers shows, worked out or kept."""
    held = _posts(inputs)
    keys = {village.code: village.ties for village in inputs.villages}
    of_villages = Counter(village.score for village in result.villages)
    of_people = Counter((village.code, one.score) for village in result.villages for one in village.people)
    villages = [
        VillageSpoken(
            line=village,
            heads=heads_said(locale, village.counts),
            ties=_keys_said(inputs.over_villages, keys[village.code], locale=locale)
            if of_villages[village.score] > 1
            else "",
            people=[
                PersonSpoken(
                    line=person,
                    title="、".join(post.title for post in held[village.code, person.name]),
                    posts=posts_said(locale, person),
                    ties=_keys_said(
                        inputs.over_people,
                        _ranking(held[village.code, person.name], person).ties,
                        locale=locale,
                    )
                    if of_people[village.code, person.score] > 1
                    else "",
                    how=how_said(locale, person),
                    why=why_nothing(locale, person, inputs.over_people),
                )
                for person in village.people
            ],
        )
        for village in result.villages
    ]
    return {
        "tiers": result,
        "villages": villages,
        "heads": heads_said(locale, result.counts),
        "paid": sum(village.paid for village in result.villages),
        "stays_in_villages": sum(village.stays for village in result.villages),
        "people_count": sum(len(village.people) for village in result.villages),
        "tier_said": lambda tier: tier_said(locale, tier),
        "over_villages": inputs.over_villages,
        "over_people": inputs.over_people,
        "two_posts": inputs.two_posts,
        "worth_said": worth_said,
    }


def _keys_said(scheme: BonusScheme, keys: Sequence[Fraction], *, locale: str) -> str:
    """What puts equal scores in order, each key with its points."""
    pairs = zip(scheme.ties, keys, strict=False)
    return "、".join(f"{say_word(locale, f'tie.{name}')} {exactly(points)}" for name, points in pairs)


def _ranking(posts: Sequence[HeldPost], person: TierPerson) -> HeldPost:
    return next(post for post in posts if post.kind is person.ranked_by)


def _frozen(visit: Visit, run: Run, name: RunName) -> tuple[TierInputs, Tiers]:
    inputs, _ = queries.frozen_inputs(visit.db, name, content=run.content)
    result = rules.figures(inputs).result
    assert isinstance(inputs, TierInputs), "a township's runs are of its tiers"
    assert isinstance(result, Tiers), "and come to tiers"
    return inputs, result


@shows(_RUN)
def show_tiers(visit: Visit) -> Shown:
    """The run."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    run, name = run_at(visit)
    acts = queries.acts(visit.db, name)
    procedure = queries.procedure_of(visit.db, name, acts)
    documents = queries.documents(visit.db, name)
    _, of_lines = queries.sums(visit.db, name, content=run.content)
    rewards = run.kind is RunKind.REWARD
    before = _before(visit, run)
    return visit.page(
        "reward_run.html" if rewards else "tiers.html",
        problems=problems,
        status=status,
        run=run,
        acts=acts,
        documents=documents,
        kinds=list(Document),
        needed=rules.needed(run.total, procedure),
        paper_there=not rules.faults_of_papers(run, documents, procedure=procedure),
        procedure=procedure,
        notice=notice_of(acts, procedure, on=visit.on),
        of_lines=of_lines,
        checked=run.state in LIVE,
        moved=changes_of(visit, run, name) if run.state in LIVE else (),
        live=run.state in LIVE,
        vouchers=(),
        payments=None,
        appeals=of_run(visit, run),
        order=None,
        steps=[step for step in rules.next_steps(run.state) if visit.may(rules.DEEDS[step])],
        names=_names(visit, [run.prepared_by, run.approved_by, *(act.by for act in acts)]),
        compared=before,
        comparison=_comparison(run, before),
        **(of_reward_run(visit, run, name) if rewards else _of_tiers(visit, run, name)),
    )


def _of_tiers(visit: Visit, run: Run, name: RunName) -> dict[str, Any]:
    inputs, result = _frozen(visit, run, name)
    orders = tie_orders.orders(visit.db, township=visit.id, year=run.year)
    return {
        "orders": orders,
        "places": places.places(
            visit.db, codes=[code for one in orders for code in (one.given.place, *one.given.order)]
        ),
        **spoken(inputs, result, locale=visit.locale),
    }


def _before(visit: Visit, run: Run) -> Run | None:
    """What a run is put beside: the last posted one of an earlier year, of rewards the same scheme's a year before."""
    if run.kind is not RunKind.REWARD:
        return queries.posted_before(visit.db, book=run.book, kind=run.kind, year=run.year)
    posted = [
        one
        for one in queries.runs(visit.db, book=run.book, kind=run.kind, year=run.year - 1)
        if one.is_booked
    ]
    titles = queries.titles(visit.db, [run, *posted])
    scheme, _, period = titles[run.id].rpartition(" ")
    wanted = f"{scheme} {run.year - 1}{period[4:]}"
    return next((one for one in posted if titles[one.id] == wanted), None)


def _names(visit: Visit, of: Sequence[int | None]) -> Names:
    """Who did what; a township has no accounts and no details of its own."""
    known = names_of_people(visit.db, (person for person in of if person is not None), locale=visit.locale)
    return Names({}, {}, known, locale=visit.locale)


def _comparison(run: Run, before: Run | None) -> Sequence[Figure]:
    what = N_("Bonuses paid") if run.kind is RunKind.TIERS else N_("Paid")
    return [] if before is None else [Figure(what, run.total, before.total)]


# A person's line


class Step(NamedTuple):
    """A step of the way from score to money: what it is called, what it comes to, and how."""

    name: str
    comes_to: str
    how: str


@shows(f"{_RUN}/lines/{{village}}/{{person}}")
def explain_person(visit: Visit) -> Shown:
    """How what one person is paid came about, from the score to the last instalment."""
    run, name = run_at(visit)
    if run.kind is not RunKind.TIERS:
        raise Refusal(rules.run_must_exist.at("/run", run=run.id), kind=RefusalKind.MISSING)
    inputs, result = _frozen(visit, run, name)
    code, called = visit.text_at("village"), visit.text_at("person")
    village = next((one for one in result.villages if one.code == code), None)
    person = None if village is None else next((one for one in village.people if one.name == called), None)
    if village is None or person is None:
        raise Refusal(
            rules.run_must_exist.at("/person", run=f"{run.id}/{code}/{called}"[:120]),
            kind=RefusalKind.MISSING,
        )
    payee = rules.payee_of(code, called)
    lines = queries.lines(visit.db, name, content=run.content, payee=payee)
    (derived,) = derivations.of_tiers(inputs, result, lines)
    held = _posts(inputs)[code, called]
    return visit.page(
        "tiers_line.html",
        run=run,
        village=village,
        person=person,
        held=held,
        steps=_way(inputs, village, person, derived, locale=visit.locale),
        months=[
            one
            for one in orders.bonuses(visit.db, township=visit.id, year=run.year, on=visit.on)
            if one.run == run.id and one.village == code and one.person == called
        ],
        ties=inputs.over_people.ties,
        stops=inputs.over_people.leaving_stops,
        left=_left(visit, code, called),
        exactly=exactly,
    )


def _left(visit: Visit, village: str, person: str) -> LeftOffice | None:
    """What was said last of somebody's leaving office, where it is that he left."""
    said = [
        one.leaving
        for one in awards.leavings(visit.db, township=visit.id)
        if (one.leaving.village, one.leaving.person) == (village, person)
    ]
    return said[-1] if said and said[-1].on is not None else None


def _posts(inputs: TierInputs) -> Mapping[tuple[str, str], tuple[HeldPost, ...]]:
    return {(of.code, person.name): person.posts for of in inputs.villages for person in of.people}


def _way(
    inputs: TierInputs, village: TierVillage, person: TierPerson, line: Derivation, *, locale: str
) -> Sequence[Step]:
    scheme = inputs.over_people

    def words(message: str, **figures: object) -> str:
        return say(locale, message, {name: str(figure) for name, figure in figures.items()})

    by_tariff = scheme.mode is BonusMode.TARIFF
    own = 1 if by_tariff else scheme.tiers[person.tier - 1]
    exact = Exact(line.amount_shared * own, line.total_weight * 100)
    steps = [
        Step(
            words(N_("Score")),
            text_from_hundredths(person.score),
            words(N_("as {post}"), post=say_word(locale, f"post.{person.ranked_by}"))
            if len(person.posts) == 1
            else posts_said(locale, person),
        ),
        Step(
            words(N_("Rank")),
            words(N_("{rank} of {count}"), rank=person.rank, count=len(village.people)),
            words(N_("by the score, the highest first; equal ones by the next keys")),
        ),
        Step(words(N_("Tier")), tier_said(locale, person.tier), heads_said(locale, village.counts)),
        Step(
            words(N_("What the tier gives")),
            yuan_grouped(person.share),
            words(N_("the tariff of this tier"))
            if by_tariff
            else words(
                N_("{pool} × {own} ÷ {whole} = {exact}, to the fen {share}"),
                pool=yuan_grouped(village.amount),
                own=worth_said(scheme, person.tier),
                whole=text_from_hundredths(line.total_weight),
                exact=exactly(exact),
                share=yuan_grouped(person.share),
            ),
        ),
    ]
    if person.excluded:
        steps.append(Step(words(N_("Paid")), yuan_grouped(0), why_nothing(locale, person, scheme)))
    elif person.paid != person.share:
        steps.append(
            Step(
                words(N_("Paid")),
                yuan_grouped(person.paid),
                words(
                    N_("{more} more of what others are not paid"),
                    more=yuan_grouped(person.paid - person.share),
                ),
            )
        )
    if person.paid:
        steps.append(
            Step(
                words(N_("How it is paid")),
                parts_said(person.instalments) or yuan_grouped(person.paid),
                how_said(locale, person),
            )
        )
    return steps


# Papers and steps


@shows(f"{_RUN}/documents/{{digest}}", deed=Deed.SEE_EVIDENCE)
def tiers_paper(visit: Visit) -> Shown:
    """The bytes of a paper."""
    return paper_of(visit)


@does(f"{_RUN}/documents", deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_show)
async def attach_tiers_paper(visit: Visit) -> Shown:
    """Hang papers on the run."""
    return await attached(visit)


handlers = [
    show_tiers,
    explain_person,
    tiers_paper,
    attach_tiers_paper,
    *steps_at(_RUN, again=_show, name="the_tiers"),
]
