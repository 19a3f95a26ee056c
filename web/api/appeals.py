"""Appeals over HTTP as whoever keeps the counter sees them: listed, recorded from paper, answered. What is asked of a book's
is asked of a township's by the same declarations; a household files its own with its card (``household``)."""

import datetime
from collections.abc import Callable
from typing import Annotated, Any

from msgspec import Meta

from payouts.notices import actions, queries
from payouts.notices.rules import appeal_must_be_there
from payouts.runs.rules import name_of, run_must_exist
from schemas.access import Deed
from schemas.appeals import Appeal
from schemas.evidence import EvidenceFile
from schemas.problems import Refusal, RefusalKind
from schemas.units import Value
from web.api.household import Text
from web.api.kept_files import handed_out
from web.api.policies import A_SCAN
from web.api.route import Call, File, Nothing, Routes
from web.api.runs import Asked, of_a_township
from web.database import Connection

routes = Routes("Appeals 异议")
_APPEAL = "/appeals/{appeal}"


class Appeals(Value):
    """Appeals by number."""

    items: tuple[Appeal, ...]


class NewAnswer(Value):
    """An answer: ``upheld`` says that the appeal is right."""

    upheld: bool
    text: Text


class PaperAsked(Value):
    """What stands on the paper, in its own words, the day it came in, and the name of its scan."""

    text: Text
    came: datetime.date
    name: Annotated[str, Meta(min_length=1, max_length=200)]


class PaperAppeal(PaperAsked, kw_only=True):
    """Who it is about: a member by number; of a township's list a person, ``village code/name``."""

    payee: Annotated[str, Meta(min_length=1, max_length=100)]


def _reads(path: str, **declared: Any) -> Callable[[Asked], Asked]:
    """Declare what is read of the appeals of a book, and of those of a township."""

    def declare(run: Asked) -> Asked:
        routes.reads(f"/books/{{book}}{path}", **declared)(run)
        routes.reads(f"/townships/{{township}}{path}", **declared)(of_a_township(run, noun="appeal"))
        return run

    return declare


def _acts(path: str, **declared: Any) -> Callable[[Asked], Asked]:
    """Declare an act on the appeals of a book, and on those of a township."""

    def declare(run: Asked) -> Asked:
        routes.acts(f"/books/{{book}}{path}", **declared)(run)
        routes.acts(f"/townships/{{township}}{path}", **declared)(of_a_township(run, noun="appeal"))
        return run

    return declare


@_reads("/appeals", deed=Deed.SEE_BOOK, answers=Appeals)
def list_appeals(db: Connection, call: Call[Nothing, Nothing]) -> Appeals:
    """The appeals 异议 of a book or a township with what was answered."""
    return Appeals(items=queries.appeals(db, book=call.book))


@_acts("/runs/{run}/appeals", deed=Deed.RECORD_APPEAL, query=PaperAppeal, answers=Appeal, **A_SCAN)
def record_appeal(db: Connection, call: Call[PaperAppeal, EvidenceFile]) -> Appeal:
    """Record an appeal that came on paper 代录异议; the body is its scan. It counts on the day it came in and holds the
    line until another officer answers."""
    name, query = name_of(call.path["run"]), call.query
    if name is None or name.book != call.book:
        raise Refusal(run_must_exist.at("/run", run=call.path["run"]), kind=RefusalKind.MISSING)
    return actions.record(
        db,
        name,
        payee=query.payee,
        text=query.text,
        came=query.came,
        scan=call.body,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@_acts(f"{_APPEAL}/answer", deed=Deed.ANSWER_APPEAL, content=NewAnswer, answers=Appeal)
def answer_appeal(db: Connection, call: Call[Nothing, NewAnswer]) -> Appeal:
    """Answer an appeal 答复. An upheld one returns the run with its words, unless it is booked; its line is held until the
    list is made anew. One that came on paper is answered by neither who recorded it nor who approved the list."""
    return actions.answer(
        db,
        book=call.book,
        number=call.path["appeal"],
        upheld=call.body.upheld,
        text=call.body.text,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@_acts(f"{_APPEAL}/second-look", deed=Deed.RECORD_APPEAL, query=PaperAsked, answers=Appeal, **A_SCAN)
def record_appeal_again(db: Connection, call: Call[PaperAsked, EvidenceFile]) -> Appeal:
    """Record a paper that asks once for another person to look 代录复核申请; the body is its scan."""
    query = call.query
    return actions.record_escalation(
        db,
        book=call.book,
        number=call.path["appeal"],
        text=query.text,
        came=query.came,
        scan=call.body,
        by=call.by,
        on=call.on,
        at=call.at,
    )


@_reads(f"{_APPEAL}/papers/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)
def read_appeal_paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
    """The bytes of the scan of a paper an appeal came on."""
    number, sha256 = call.path["appeal"], call.path["sha256"]
    found = queries.appeal(db, book=call.book, number=number)
    names = {} if found is None else {paper.sha256: paper.name for paper in found.papers}
    if sha256 not in names:
        raise Refusal(appeal_must_be_there.at("/sha256", number=number), kind=RefusalKind.MISSING)
    return handed_out(db, call, sha256, name=names[sha256])
