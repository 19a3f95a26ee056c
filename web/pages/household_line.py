"""明白账的来源: what a household's line is made of, entry by entry, and the resolutions it may read."""

from typing import NamedTuple

from payouts.household import queries as household
from payouts.runs import queries
from payouts.runs.rules import RunName, name_of, run_must_exist
from schemas.access import Deed
from schemas.household import LegOf, MemberStatement, RunOf
from schemas.policies import Basis
from schemas.problems import Refusal, RefusalKind
from schemas.runs import DividendInputs
from web import household_words
from web.errors import address_must_exist
from web.household_words import ToldLeg
from web.pages.evidence import served
from web.pages.household import LARGE, at_household, plain_page
from web.pages.route import Shown, Visit, shows
from web.pages.weights import Fact, facts_of


class Explained(NamedTuple):
    """An item as the household's page tells it, with the entries its weight is made of."""

    leg: ToldLeg
    facts: tuple[Fact, ...]
    moved: bool


@shows("/books/{book}/households/{household}/lines/{run}/{member}", deed=Deed.SEE_STATEMENT, asks=(LARGE,))
def show_line(visit: Visit) -> Shown:
    """The entries a member's line is made of."""
    name, of, one = _line(visit)
    legs = household_words.told_legs(of, account=one.account, locale=visit.locale)
    inputs, _ = queries.frozen_inputs(visit.db, name, content=_content(visit, name))
    explained = []
    for leg, said in zip(of.legs, legs, strict=True):
        facts: tuple[Fact, ...] = ()
        found = None
        if isinstance(inputs, DividendInputs):
            found_facts, found = _facts(visit, one, leg, inputs)
            facts = tuple(found_facts)
        explained.append(Explained(said, facts, found is not None and found != leg.weight))
    return plain_page(
        visit,
        "household_line.html",
        at=at_household(visit),
        year=of.year,
        title=household_words.title_of(of, locale=visit.locale),
        name=one.name,
        explained=explained,
    )


def _line(visit: Visit) -> tuple[RunName, RunOf, MemberStatement]:
    """The run and the member's section, for whoever may see this household."""
    name = _name(visit)
    statement = household.statement_seen_by(
        visit.db,
        visit.who.rights,
        book=visit.at_book,
        household=visit.text_at("household"),
        year=name.year,
        on=visit.on,
    )
    for one in statement.members:
        for of in one.runs:
            if (one.member, of.run) == (visit.text_at("member"), str(name)):
                return name, of, one
    raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)


def _name(visit: Visit) -> RunName:
    name = name_of(visit.text_at("run"))
    if name is None or name.book != visit.id:
        raise Refusal(run_must_exist.at("/run", run=visit.text_at("run")), kind=RefusalKind.MISSING)
    return name


def _content(visit: Visit, name: RunName) -> int:
    run = queries.run(visit.db, name)
    assert run is not None, "the statement has it"
    return run.content


def _facts(
    visit: Visit, one: MemberStatement, leg: LegOf, inputs: DividendInputs
) -> tuple[tuple[Fact, ...], int | None]:
    basis: Basis = next(planned.basis for planned in inputs.policy.legs if planned.no == leg.no)
    facts, found = facts_of(visit.db, one.member, basis, inputs, book=visit.id, locale=visit.locale)
    return tuple(facts), found


@shows("/books/{book}/households/{household}/papers/{run}/{digest}", deed=Deed.SEE_STATEMENT)
def show_paper(visit: Visit) -> Shown:
    """The bytes of a resolution a run rests on, which its members may read."""
    name, digest = _name(visit), visit.text_at("digest")
    statement = household.statement_seen_by(
        visit.db,
        visit.who.rights,
        book=visit.at_book,
        household=visit.text_at("household"),
        year=name.year,
        on=visit.on,
    )
    papers = {
        paper.sha256: paper.name
        for one in statement.members
        for of in one.runs
        if of.run == str(name)
        for paper in of.papers
    }
    if digest not in papers:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return served(visit, digest, name=papers[digest])


handlers = [show_line, show_paper]
