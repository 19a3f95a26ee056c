"""盈余分配: the runs of a book, and a new one: everything it comes to is shown before anything is written, then it is handed
in 送审."""

from collections.abc import Sequence
from typing import NamedTuple

from ledger.evidence import rules as evidence_rules
from ledger.periods import queries as periods
from payouts.orders.rules import month_of
from payouts.policies import queries as policies
from payouts.proposals import queries as proposals
from payouts.runs import actions, queries, rules
from payouts.runs.actions import Paper, Seen
from payouts.runs.rules import Figures
from schemas.access import Deed
from schemas.problems import Problem, Refusal
from schemas.runs import ORDERS, DividendInputs, Document, Run, RunKind
from web import wire
from web.i18n.words import N_
from web.pages.naming import names_of
from web.pages.rendering import address, month_code, see_other
from web.pages.route import Shown, Visit, does, number_from, shows
from web.pages.voucher import kept_files
from web.people_names import names_of as names_of_people
from web.run_answers import RunAnswer, preview

UPLOAD_BYTES = 5 * evidence_rules.BIGGEST_FILE
LINES_SHOWN = 200
"""Members whose lines a preview lists; all of them are in the run once it is kept."""


class Proposal(NamedTuple):
    """What could be run: a kind of a year whose settlement stage is open."""

    kind: RunKind
    year: int


@shows("/books/{book}/runs")
def list_runs(visit: Visit) -> Shown:
    """The runs of the book, and what could be run now."""
    found = queries.runs(visit.db, book=visit.id)
    stands = {(run.kind, run.year) for run in found if run.state != "reverted"}
    settling = periods.state_of(visit.db, book=visit.at_book).settling
    proposals = [
        Proposal(kind, year)
        for year in sorted(settling)
        for kind in (RunKind.COMMISSION, RunKind.DIVIDEND)
        if (kind, year) not in stands
    ]
    return visit.page(
        "runs.html",
        runs=found,
        proposals=proposals if visit.may(Deed.PREPARE_RUN) else [],
        names=names_of_people(visit.db, involved(found), locale=visit.locale),
    )


def involved(found: Sequence[Run]) -> set[int]:
    """Who prepared and approved these runs."""
    return {one for run in found for one in (run.prepared_by, run.approved_by) if one is not None}


@shows("/books/{book}/runs/new", deed=Deed.PREPARE_RUN, asks=("kind", "year"))
def new_run(visit: Visit) -> Shown:
    """What a run would come to; what stands in its way where it comes to nothing."""
    kind, year = _wanted(visit, visit.query.get("kind", ""), visit.query.get("year", ""))
    if kind in ORDERS:
        month = month_code(month_of(year, on=visit.on))
        return see_other(address(f"{visit.home}/orders/new", kind=kind.value, month=month))
    return _show(visit, kind, year)


def _show(
    visit: Visit, kind: RunKind, year: int, problems: Sequence[Problem] = (), status: int = 200
) -> Shown:
    answer: RunAnswer | None = None
    made: Figures | None = None
    obstacles: tuple[Problem, ...] = ()
    try:
        made = proposals.proposed(visit.db, book=visit.id, kind=kind, year=year, on=visit.on)
        answer = preview(visit.db, made)
    except Refusal as refusal:
        obstacles = refusal.problems
    procedure = policies.procedure(visit.db, book=visit.id, year=year)
    shown = sorted(answer.lines)[:LINES_SHOWN] if answer is not None and answer.lines is not None else []
    return visit.page(
        "run_new.html",
        problems=problems,
        status=status,
        kind=kind,
        year=year,
        run=answer,
        bound=_bound(made),
        obstacles=obstacles,
        shown=shown,
        names=names_of(visit, of_details=shown or (list(answer.managers or ()) if answer else ())),
        needed=None if answer is None else rules.needed(answer.total, procedure),
        documents=list(Document),
        key=visit.fresh_key(),
    )


def _bound(made: Figures | None) -> int:
    """The shares of the floor in basis points: what the legs by trade have together."""
    if made is None or not isinstance(made.inputs, DividendInputs):
        return 0
    return sum(part.bp for part in made.parts if part.patronage)


def _wanted(visit: Visit, kind: str, year: str) -> tuple[RunKind, int]:
    if kind not in list(RunKind):
        raise wire.Unreadable(wire.must_be_one_of.at("/kind", given=kind[:40], known=", ".join(RunKind)))
    number = number_from(year)
    if number is None or not visit.at_book.first_year <= number <= visit.on.year:
        raise wire.Unreadable(wire.must_be_whole_number.at("/year"))
    return RunKind(kind), number


def _again(visit: Visit, problems: Sequence[Problem], status: int) -> Shown:
    kind, year = _wanted(visit, visit.field("kind"), visit.field("year"))
    return _show(visit, kind, year, problems, status)


@does("/books/{book}/runs/new", deed=Deed.PREPARE_RUN, takes=UPLOAD_BYTES, again=_again)
async def prepare(visit: Visit) -> Shown:
    """Keep the run that was previewed; with ``submit`` hand it in at once."""
    kind, year = _wanted(visit, visit.field("kind"), visit.field("year"))
    digest, hand_in = visit.field("digest"), visit.field("act") == "submit"
    resolution = visit.field("resolution")[:80]
    papers = await papers_of(visit)
    run = await visit.write(
        lambda db: actions.prepare(
            db,
            book=visit.id,
            kind=kind,
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


def kept_or_handed_in(hand_in: bool) -> str:
    """What is said once a new run is there."""
    return (
        N_("Handed in. It is put on notice now, and another person approves it.")
        if hand_in
        else N_("Kept as a draft.")
    )


async def papers_of(visit: Visit) -> tuple[Paper, ...]:
    """The scans of a form, looked at and laid into the store, each as the paper the form says it is."""
    given = visit.field("document")
    if given and given not in list(Document):
        raise wire.Unreadable(
            wire.must_be_one_of.at("/document", given=given[:40], known=", ".join(Document))
        )
    files = await kept_files(visit)
    document = Document(given) if given else Document.ASSEMBLY
    return tuple(Paper(file=file, document=document) for file in files)


handlers = [list_runs, new_run, prepare]
