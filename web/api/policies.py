"""Policies 分配方案 and procedures 办理程序 over HTTP: recorded by one person, approved by another, compared."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from msgspec import Meta, field

from ledger.evidence import rules as evidence_rules
from payouts.comparisons import queries as comparisons
from payouts.policies import actions, queries
from payouts.policies.approval import policy_must_exist
from schemas.access import Deed
from schemas.evidence import SCANS, EvidenceFile, Sha256
from schemas.policies import (
    CharterPolicy,
    CharterVersion,
    PolicyComparison,
    PolicyHead,
    PolicyKind,
    PolicyPaper,
    Procedure,
    ProcedureVersion,
)
from schemas.problems import Fault, Refusal, RefusalKind
from schemas.units import Counted, Value
from web.api.kept_files import handed_out
from web.api.route import Call, File, Nothing, Routes, Upload, Year
from web.database import Connection

routes = Routes("Policies 分配方案")
_POLICIES = "/books/{book}/policies"
_POLICY = f"{_POLICIES}/{{year}}/{{version}}"
_PROCEDURES = "/books/{book}/procedure"
_PROCEDURE = f"{_PROCEDURES}/{{year}}/{{version}}"

policy_paper_must_be_there = Fault(
    code="policy_paper_must_be_there",
    says="Version {version} of {year} carries no such file.",
    remedy="Look at the list of its papers.",
)


class YearQuery(Value):
    """The fiscal year; every year when left out."""

    year: Year | None = None


class Policies(Value):
    """Versions of distribution plans, the newest first."""

    items: tuple[CharterVersion, ...]


class Procedures(Value):
    """Versions of the procedure, the newest first, and how runs of the year asked for are agreed on now (without a
    year: of the newest one recorded)."""

    in_force: Procedure
    items: tuple[ProcedureVersion, ...]


class NewProcedure(Value):
    """How runs are agreed on from a year on, and the resolution that says so."""

    year: Year
    notice_days: Annotated[int, Meta(ge=0, le=366)]
    appeal_days: Annotated[int, Meta(ge=0, le=366)]
    chair_up_to: Annotated[int, Meta(extra={"unit": "fen"})]
    council_up_to: Annotated[int, Meta(extra={"unit": "fen"})]
    resolution: Annotated[str, Meta(max_length=80)] = ""


class PaperNameQuery(Value):
    """The file's name, as it is shown and saved under."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]


class PolicyApproval(Value):
    """The number that stands on the resolution (the recorded one when left out), and the SHA-256 of the scan that was
    looked at."""

    sha256: Sha256
    resolution: Annotated[str, Meta(max_length=80)] = ""


class CompareQuery(Value):
    """Which version is compared with which: ``version``, the one in force when left out, with ``with``."""

    other: Counted = field(name="with")
    version: Counted | None = None


# Distribution plans


@routes.reads(_POLICIES, deed=Deed.SEE_BOOK, query=YearQuery, answers=Policies)
def list_policies(db: Connection, call: Call[YearQuery, Nothing]) -> Policies:
    """The distribution plans 分配方案 of a book: every version with who recorded and who approved it."""
    years = queries.policy_years(db, book=call.book) if call.query.year is None else (call.query.year,)
    return Policies(
        items=tuple(
            one for year in years for one in queries.charter_versions(db, book=call.at_book, year=year)
        )
    )


@routes.reads(
    f"{_POLICIES}/{{year}}/compare", deed=Deed.SEE_BOOK, query=CompareQuery, answers=PolicyComparison
)
def compare_policies(db: Connection, call: Call[CompareQuery, Nothing]) -> PolicyComparison:
    """What would change: the year's commission and dividend under two versions, on the books and registers as they
    are, member by member, the largest difference first."""
    year = call.path["year"]
    before = call.query.version or comparisons.in_force(db, book=call.at_book, year=year)
    return comparisons.compare(
        db, book=call.at_book, year=year, before=before, after=call.query.other, on=call.on
    )


@routes.reads(_POLICY, deed=Deed.SEE_BOOK, answers=CharterVersion)
def read_policy(db: Connection, call: Call[Nothing, Nothing]) -> CharterVersion:
    """One version of a year's distribution plan."""
    return _charter(db, call, version=call.path["version"], year=call.path["year"])


@routes.acts(
    _POLICIES,
    deed=Deed.KEEP_POLICIES,
    content=CharterPolicy,
    answers=CharterVersion,
    status=201,
    matched=True,
)
def record_policy(db: Connection, call: Call[Nothing, CharterPolicy]) -> CharterVersion:
    """Record a year's distribution plan as its next version; it holds once another person has approved it. With
    If-Match, the number of the year's last version that was seen (0 for none), it is refused when there is another."""
    version = actions.record_policy(db, call.body, book=call.book, by=call.by, at=call.at, seen=call.version)
    return _charter(db, call, version=version, year=call.body.year)


# Procedures


@routes.reads(_PROCEDURES, deed=Deed.SEE_BOOK, query=YearQuery, answers=Procedures)
def list_procedures(db: Connection, call: Call[YearQuery, Nothing]) -> Procedures:
    """How the runs of a book are agreed on 办理程序: what holds, and every version recorded."""
    items = queries.procedure_versions(db, book=call.book, year=call.query.year)
    year = call.query.year or max((one.head.year for one in items), default=call.on.year)
    return Procedures(in_force=queries.procedure(db, book=call.book, year=year), items=items)


@routes.acts(
    _PROCEDURES,
    deed=Deed.KEEP_POLICIES,
    content=NewProcedure,
    answers=ProcedureVersion,
    status=201,
    matched=True,
)
def record_procedure(db: Connection, call: Call[Nothing, NewProcedure]) -> ProcedureVersion:
    """Record days of notice and appeal and the amount tiers from a year on; they hold once another person has approved
    them. If-Match as with a distribution plan."""
    new = call.body
    version = actions.record_procedure(
        db,
        Procedure(
            notice_days=new.notice_days,
            appeal_days=new.appeal_days,
            chair_up_to=new.chair_up_to,
            council_up_to=new.council_up_to,
        ),
        book=call.book,
        year=new.year,
        resolution=new.resolution,
        by=call.by,
        at=call.at,
        seen=call.version,
    )
    return queries.procedure_versions(db, book=call.book, year=new.year, version=version)[0]


# Papers and approvals


def kept_scan(call: Call[Any, Upload]) -> EvidenceFile:
    """The scan, looked at and laid into the store; bytes that are never attached are swept from it."""
    (kept,) = call.house.evidence.take([(call.query.name, call.body.content)])
    return kept


A_SCAN: Mapping[str, Any] = {
    "content": Upload,
    "status": 201,
    "keyed": False,
    "value_moves": False,
    "takes": (*(kind.value for kind in SCANS), "application/octet-stream"),
    "most": evidence_rules.BIGGEST_FILE + 1,
    "receives": kept_scan,
}
"""What a route declares whose body is the scan of a paper: the same bytes twice are one paper, so it needs no key."""


def acts_on_versions(
    routes: Routes,
    at: str,
    *,
    kind: PolicyKind,
    noun: str,
    of: str,
    answers: type,
    read: Callable[[Connection, Call[Any, Any]], Any],
) -> None:
    """Declare what is done to a version of a kind of policy at an address: its scans are hung on and read, another person
    approves it. ``noun`` is what the operations call it, ``of`` what their descriptions do, ``read`` answers it."""
    keeps, approves = (
        (Deed.KEEP_TOWNSHIP_POLICIES, Deed.APPROVE_TOWNSHIP_POLICIES)
        if kind in actions.OF_TOWNSHIPS
        else (Deed.KEEP_POLICIES, Deed.APPROVE_POLICIES)
    )

    def attach(db: Connection, call: Call[PaperNameQuery, EvidenceFile]) -> PolicyPaper:
        return _attached(db, call, kind=kind)

    def paper(db: Connection, call: Call[Nothing, Nothing]) -> File:
        return _paper_of(db, call, kind=kind)

    def approve(db: Connection, call: Call[Nothing, PolicyApproval]) -> Any:
        _approved(db, call, kind=kind)
        return read(db, call)

    for act, name, says in (
        (
            attach,
            f"attach_{noun}_paper",
            f"Hang the scan of the resolution on a version of {of} that waits for its approval.",
        ),
        (paper, f"read_{noun}_paper", f"The bytes of a scan that hangs on a version of {of}."),
        (
            approve,
            f"approve_{noun}",
            f"Approve the last version of {of} 批准, as another person than who recorded it.",
        ),
    ):
        act.__name__, act.__doc__ = name, says
    routes.acts(f"{at}/papers", deed=keeps, query=PaperNameQuery, answers=PolicyPaper, **A_SCAN)(attach)
    routes.reads(f"{at}/papers/{{sha256}}", deed=Deed.SEE_EVIDENCE, answers=File)(paper)
    routes.acts(f"{at}/approve", deed=approves, content=PolicyApproval, answers=answers)(approve)


def _charter(db: Connection, call: Call[Any, Any], *, version: int, year: int) -> CharterVersion:
    found = queries.charter_versions(db, book=call.at_book, year=year, version=version)
    if not found:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return found[0]


def _attached(db: Connection, call: Call[PaperNameQuery, EvidenceFile], *, kind: PolicyKind) -> PolicyPaper:
    """Hang a scan on the version the path names, of a book or a township."""
    return actions.attach_paper(
        db,
        call.body,
        book=call.book,
        kind=kind,
        year=call.path["year"],
        version=call.path["version"],
        by=call.by,
        at=call.at,
    )


def _approved(db: Connection, call: Call[Nothing, PolicyApproval], *, kind: PolicyKind) -> PolicyHead:
    """Approve the version the path names, of a book or a township."""
    return actions.approve(
        db,
        book=call.book,
        kind=kind,
        year=call.path["year"],
        version=call.path["version"],
        resolution=call.body.resolution,
        sha256=call.body.sha256,
        by=call.by,
        on=call.on,
        at=call.at,
    )


def _paper_of(db: Connection, call: Call[Nothing, Nothing], *, kind: PolicyKind) -> File:
    """The bytes of a scan that hangs on the version the path names, of a book or a township."""
    year, version, sha256 = call.path["year"], call.path["version"], call.path["sha256"]
    heads = queries.heads(db, book=call.book, kind=kind, year=year, version=version)
    names = {paper.sha256: paper.name for head in heads for paper in head.papers}
    if sha256 not in names:
        raise Refusal(
            policy_paper_must_be_there.at("/sha256", version=version, year=year), kind=RefusalKind.MISSING
        )
    return handed_out(db, call, sha256, name=names[sha256])


def _procedure(db: Connection, call: Call[Any, Any]) -> ProcedureVersion:
    return queries.procedure_versions(
        db, book=call.book, year=call.path["year"], version=call.path["version"]
    )[0]


acts_on_versions(
    routes,
    _POLICY,
    kind=PolicyKind.CHARTER,
    noun="policy",
    of="a year's distribution plan",
    answers=CharterVersion,
    read=lambda db, call: _charter(db, call, version=call.path["version"], year=call.path["year"]),
)
acts_on_versions(
    routes,
    _PROCEDURE,
    kind=PolicyKind.PROCEDURE,
    noun="procedure",
    of="the procedure of a year",
    answers=ProcedureVersion,
    read=_procedure,
)
