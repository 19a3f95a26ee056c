"""Runs over HTTP: a year's commission and dividend of a book, and a township's tiers and rewards, previewed, handed in, put on
notice, approved by another, posted. What is asked of a book's runs is asked of a township's by the same declarations."""

import datetime
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Annotated, Any

from msgspec import Meta

from ledger.evidence import queries as evidence
from ledger.evidence import rules as evidence_rules
from payouts.batches.actions import STEPS
from payouts.runs import actions, derivations, queries, rules
from payouts.runs.actions import Paper, Seen
from payouts.runs.derivations import Derivation
from payouts.runs.rules import RunName
from schemas.access import Deed
from schemas.evidence import SCANS, EvidenceFile, Sha256
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.rewards import RewardChoice
from schemas.runs import Document, OrderChoice, Run, RunDocument, RunKind, RunStep
from schemas.units import Fen, Value
from web.api.kept_files import handed_out
from web.api.pages import Cursor, Limit, Reason, cursor_of, place_at
from web.api.route import (
    Call,
    File,
    Nothing,
    Routes,
    Upload,
    Year,
    preview_must_still_hold,
)
from web.database import Connection
from web.run_answers import RunAnswer, name_of_run, preview, run_answer

routes = Routes("Runs 盈余分配")
_OF_A_BOOK, _OF_A_TOWNSHIP = "/books/{book}/runs", "/townships/{township}/runs"
_RUN = "/{run}"
_DOCUMENTS = f"{_RUN}/documents"
Asked = Callable[[Connection, Call[Any, Any]], Any]

day_must_have_come = Fault(
    code="day_must_have_come",
    says="{date} has not come yet; today is {today}.",
    remedy="Leave the day out for today, or name an earlier one.",
)
paper_must_be_known = Fault(
    code="paper_must_be_known",
    says="The book knows no file {sha256}.",
    remedy="Upload the scan to the documents of the run first.",
)
paper_must_hang_there = Fault(
    code="paper_must_hang_there",
    says="{run} carries no such file.",
    remedy="Look at the list of its documents.",
)


class NewRun(Value):
    """What is to be run: which kind, of which fiscal year. ``order`` says what a payment order is to pay: of what stood
    at the end of a month these lines, all of it without any; left out, everything that is owed by now. ``reward`` says which
    scheme's sheet of which period rewards pay."""

    kind: RunKind
    year: Year
    order: OrderChoice | None = None
    reward: RewardChoice | None = None


class RunQuery(Value):
    """Whether every line comes along; they are at `…/lines` in pages as well."""

    lines: bool = True


class RunsQuery(Value):
    """Which runs a list shows."""

    year: Year | None = None
    kind: RunKind | None = None
    after: Cursor = ""
    limit: Limit = 50


class RunPage(Value):
    """A page of runs, the newest year first; ``next`` is null on the last."""

    items: tuple[Run, ...]
    next: str | None


class LinesQuery(Value):
    """Which lines a list shows: everybody's, or one member's; of a township one person's, ``village code/name``."""

    member: Annotated[str, Meta(max_length=80)] = ""
    after: Cursor = ""
    limit: Limit = 200


class LineItem(Value):
    """A line and how it came about: the weight of the total weight, the amount shared by it, the exact quotient in yuan
    as a fraction, and whether one of the fen left over came to it. Of a payment order the weight is what is owed;
    ``withheld`` is kept back of the amount."""

    payee: str
    leg: int
    name: str
    basis: str
    patronage: bool
    weight: int
    total_weight: int
    leg_amount: Fen
    quotient: str
    fen_from_remainder: bool
    amount: Fen
    withheld: Fen


class LinePage(Value):
    """A page of lines by member and leg; ``next`` is null on the last."""

    items: tuple[LineItem, ...]
    next: str | None


class PaperNamed(Value):
    """A file the book knows already, by its SHA-256, to be hung on the run as this paper."""

    sha256: Sha256
    document: Document
    name: Annotated[str, Meta(min_length=1, max_length=120)]


Papers = Annotated[tuple[PaperNamed, ...], Meta(max_length=20)]
Resolution = Annotated[str, Meta(max_length=80)]


class Submission(Value):
    """The day it is handed in (today when left out), the number of the meeting's resolution (the policy's when left
    out), and papers to hang on it."""

    on: datetime.date | None = None
    resolution: Resolution = ""
    documents: Papers = ()


class Signing(Value):
    """The day it is done, today when left out, and papers to hang on it."""

    on: datetime.date | None = None
    documents: Papers = ()


class Undoing(Value):
    """Why, and the day it is done, today when left out."""

    reason: Reason
    on: datetime.date | None = None


class Posting(Value):
    """The day it is done, today when left out."""

    on: datetime.date | None = None


class RunDocuments(Value):
    """The papers of a run, in the order they came."""

    items: tuple[RunDocument, ...]


class PaperQuery(Value):
    """The paper's name, as it is shown and saved under, and what it is: the chair's signature, the council's minutes or
    the assembly's resolution; what a run of its size needs when left out."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    document: Document | None = None


# Whose they are


def _reads(path: str, **declared: Any) -> Callable[[Asked], Asked]:
    """Declare what is read of the runs of a book, and of those of a township."""

    def declare(run: Asked) -> Asked:
        routes.reads(f"{_OF_A_BOOK}{path}", **declared)(run)
        routes.reads(f"{_OF_A_TOWNSHIP}{path}", **declared)(of_a_township(run))
        return run

    return declare


def _acts(path: str, **declared: Any) -> Callable[[Asked], Asked]:
    """Declare an act on the runs of a book, and on those of a township."""

    def declare(run: Asked) -> Asked:
        routes.acts(f"{_OF_A_BOOK}{path}", **declared)(run)
        routes.acts(f"{_OF_A_TOWNSHIP}{path}", **declared)(of_a_township(run))
        return run

    return declare


def of_a_township(run: Asked, *, noun: str = "run") -> Asked:
    """The same under the name it goes by at a township: what the description calls an operation is its own."""

    @wraps(run)
    def of_a_township(db: Connection, call: Call[Any, Any]) -> Any:
        return run(db, call)

    of_a_township.__name__ = run.__name__.replace(f"_{noun}", f"_township_{noun}", 1)
    return of_a_township


# Reading


@_reads("", deed=Deed.SEE_BOOK, query=RunsQuery, answers=RunPage)
def list_runs(db: Connection, call: Call[RunsQuery, Nothing]) -> RunPage:
    """The runs of a book or a township, the newest year first."""
    query = call.query
    found = queries.runs(db, book=call.book, year=query.year, kind=query.kind)
    if query.after:
        seen = place_at(query.after, str)
        places = [place for place, run in enumerate(found) if run.id == seen]
        found = found[places[0] + 1 :] if places else ()
    items = found[: query.limit]
    return RunPage(items=items, next=cursor_of(items[-1].id) if len(found) > query.limit else None)


@_reads(_RUN, deed=Deed.SEE_BOOK, query=RunQuery, answers=RunAnswer, versioned="version")
def read_run(db: Connection, call: Call[RunQuery, Nothing]) -> RunAnswer:
    """A run: its figures, its lines, where it stands, who did what. Its ETag is its version; an act takes that or the
    digest as If-Match."""
    return run_answer(db, _there(db, call), lines=call.query.lines)


@_reads(f"{_RUN}/lines", deed=Deed.SEE_BOOK, query=LinesQuery, answers=LinePage)
def list_run_lines(db: Connection, call: Call[LinesQuery, Nothing]) -> LinePage:
    """The lines of a run in pages, each with how it came about."""
    query, run = call.query, _there(db, call)
    name = name_of_run(run)
    found = queries.lines(
        db,
        name,
        content=run.content,
        payee=query.member or None,
        after=place_at(query.after, tuple[str, int]) if query.after else None,
        limit=query.limit + 1,
    )
    lines = found[: query.limit]
    if run.kind is RunKind.DIVIDEND:
        derived = derivations.of_dividend(queries.parts(db, name, content=run.content), lines)
    else:
        inputs, _ = queries.frozen_inputs(db, name, content=run.content)
        result = rules.figures(inputs).result
        derived = derivations.of_one_piece(inputs, result, lines)
    more = cursor_of((lines[-1].payee, lines[-1].part)) if len(found) > query.limit else None
    withheld = queries.withheld(db, name, content=run.content)
    items = tuple(_item(one, withheld=withheld.get((one.part, one.payee), 0)) for one in derived)
    return LinePage(items=items, next=more)


def _item(one: Derivation, *, withheld: Fen) -> LineItem:
    return LineItem(
        payee=one.payee,
        leg=one.part,
        name=one.name,
        basis=one.basis,
        patronage=one.patronage,
        weight=one.weight,
        total_weight=one.total_weight,
        leg_amount=one.amount_shared,
        quotient=str(one.quotient),
        fen_from_remainder=one.fen_from_remainder,
        amount=one.amount,
        withheld=withheld,
    )


# Making and moving on


@_acts("", deed=Deed.PREPARE_RUN, content=NewRun, answers=RunAnswer, status=201, digested=True, matched=True)
def prepare_run(db: Connection, call: Call[Nothing, NewRun]) -> RunAnswer:
    """Work out a year's dividend or commission, of a township its tiers or the result of a reward scheme, or a payment order
    over what is owed to members already, and keep it as a draft 编制.

    A dry run answers every line; the digest it answers may be demanded as If-Preview-Match, here and when the run is
    submitted. What is kept is answered without its lines, which are read from the run.
    """
    run, made = actions.new(
        db,
        book=call.book,
        kind=call.body.kind,
        year=call.body.year,
        by=call.by,
        on=call.on,
        at=call.at,
        order=call.body.order,
        reward=call.body.reward,
    )
    if call.digest is not None and call.digest != made.digest:
        raise Refusal(preview_must_still_hold.at(digest=call.digest), kind=RefusalKind.STALE)
    return preview(db, made) if call.dry_run else run_answer(db, run, lines=False)


def _step(step: RunStep, content: type, says: str) -> None:
    """Declare the act that takes a step."""

    def act(db: Connection, call: Call[Nothing, Any]) -> RunAnswer:
        return _moved(db, call, step)

    act.__name__, act.__doc__ = f"{step}_run", says
    _acts(
        f"{_RUN}/{step}",
        deed=rules.DEEDS[step],
        content=content,
        answers=RunAnswer,
        matched=True,
        digested=True,
    )(act)


_step(
    RunStep.SUBMIT,
    Submission,
    "Hand a run in 送审: worked out once more and frozen with its digest. Refused without a resolution.",
)
_step(
    RunStep.PUBLISH,
    Signing,
    "Put a submitted run on notice 公示. Refused when anything it follows from has changed.",
)
_step(
    RunStep.APPROVE,
    Signing,
    """Approve a run 审批, after its notice, as another person than its preparer. What is signed is the digest: send the
    one you saw as If-Match.""",
)
_step(
    RunStep.RETURN,
    Undoing,
    "Return a run to its preparer 退回, with a reason; an approval falls with it.",
)
_step(
    RunStep.POST,
    Posting,
    """Post an approved run 记账; a dividend seals its year, what a township awards falls due. Refused when anything it
    follows from has changed.""",
)
_step(
    RunStep.REVERT,
    Undoing,
    "Undo a run 撤销 as one act, while nothing of it is paid; it ends the round.",
)


def _moved(db: Connection, call: Call[Nothing, Any], step: RunStep) -> RunAnswer:
    body = call.body
    more: dict[str, object] = {}
    if isinstance(body, Submission):
        more["resolution"] = body.resolution
    if isinstance(body, Submission | Signing):
        more["papers"] = _papers(db, call, body.documents)
    if isinstance(body, Undoing):
        more["reason"] = body.reason
    on: datetime.date = body.on or call.on
    if on > call.on:
        raise Refusal(day_must_have_come.at("/on", date=on, today=call.on))
    seen = Seen(digest=call.digest, version=call.version)
    run = STEPS[step](db, _name(call), by=call.by, on=on, at=call.at, seen=seen, **more)
    return run_answer(db, run, lines=False)


def _papers(db: Connection, call: Call[Nothing, Any], named: Sequence[PaperNamed]) -> tuple[Paper, ...]:
    known = evidence.files(db, book=call.book, sha256={one.sha256 for one in named})
    unknown = [
        paper_must_be_known.at(f"/documents/{number}/sha256", sha256=one.sha256)
        for number, one in enumerate(named)
        if one.sha256 not in known
    ]
    if unknown:
        raise Refusal(*unknown)
    return tuple(
        Paper(
            file=EvidenceFile(
                sha256=one.sha256,
                media_type=known[one.sha256].media_type,
                size=known[one.sha256].size,
                name=evidence_rules.safe_name(one.name, known[one.sha256].media_type),
            ),
            document=one.document,
        )
        for one in named
    )


# Papers


@_reads(_DOCUMENTS, deed=Deed.SEE_EVIDENCE, answers=RunDocuments)
def list_run_documents(db: Connection, call: Call[Nothing, Nothing]) -> RunDocuments:
    """The papers of a run 附件: what the meeting, the council or the chair signed."""
    return RunDocuments(items=queries.documents(db, name_of_run(_there(db, call))))


def _kept(call: Call[PaperQuery, Upload]) -> EvidenceFile:
    """The file, looked at and laid into the store; bytes that are never attached are swept from it."""
    (kept,) = call.house.evidence.take([(call.query.name, call.body.content)])
    return kept


@_acts(
    _DOCUMENTS,
    deed=Deed.PREPARE_RUN,
    query=PaperQuery,
    content=Upload,
    answers=RunDocuments,
    status=201,
    keyed=False,
    value_moves=False,
    takes=(*(kind.value for kind in SCANS), "application/octet-stream"),
    most=evidence_rules.BIGGEST_FILE + 1,
    receives=_kept,
)
def attach_run_document(db: Connection, call: Call[PaperQuery, EvidenceFile]) -> RunDocuments:
    """Hang a paper on a run that is not posted yet. The same bytes twice are one paper."""
    run = _there(db, call)
    name = name_of_run(run)
    procedure = queries.procedure_of(db, name, queries.acts(db, name))
    document = call.query.document or rules.needed(run.total, procedure)
    actions.attach(db, name, [Paper(file=call.body, document=document)], by=call.by, at=call.at)
    return RunDocuments(items=queries.documents(db, name))


@_reads(f"{_DOCUMENTS}/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_run_document(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of one paper of a run."""
    run, sha256 = _there(db, call), call.path["sha256"]
    paper = next((one for one in queries.documents(db, name_of_run(run)) if one.sha256 == sha256), None)
    if paper is None:
        raise Refusal(paper_must_hang_there.at("/sha256", run=run.id), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=paper.name)


def _name(call: Call[Any, Any]) -> RunName:
    name = rules.name_of(call.path["run"])
    if name is None or name.book != call.book:
        raise Refusal(rules.run_must_exist.at("/run", run=call.path["run"]), kind=RefusalKind.MISSING)
    return name


def _there(db: Connection, call: Call[Any, Any]) -> Run:
    run = queries.run(db, _name(call))
    if run is None:
        raise Refusal(rules.run_must_exist.at("/run", run=call.path["run"]), kind=RefusalKind.MISSING)
    return run
