"""One version of a policy: what it says, what it changes, its scans, its approval; and what would change."""

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from litestar.handlers import HTTPRouteHandler

from coop.members import queries as members
from ledger.evidence.rules import BIGGEST_FILE
from payouts.comparisons import queries as comparisons
from payouts.policies import actions, queries
from payouts.policies.actions import OF_TOWNSHIPS
from payouts.policies.approval import policy_must_exist
from schemas.access import Deed
from schemas.evidence import EvidenceFile
from schemas.policies import (
    BonusVersion,
    CharterVersion,
    PolicyHead,
    PolicyKind,
    Procedure,
    ProcedureVersion,
)
from schemas.problems import Problem, Refusal, RefusalKind
from schemas.rewards import RewardVersion
from schemas.snapshots import IncomePolicyVersion
from schemas.units import Fen
from web import wire
from web.errors import address_must_exist
from web.i18n.words import N_
from web.pages.evidence import served
from web.pages.policies import seen_of, year_at_hand, year_of
from web.pages.rendering import see_other
from web.pages.route import Again, Shown, Visit, does, shows
from web.pages.voucher import kept_files
from web.pages.voucher_form import amount_from
from web.people_names import names_of as names_of_people
from web.policy_words import Said, changes, procedure_said, said

UPLOAD_BYTES = BIGGEST_FILE + 64 * 1024
MOST_SHOWN = 500
"""Members a comparison shows on its page; the API gives all."""
_PLAN, _PROCEDURE = "policies", "procedure"
V = TypeVar("V", CharterVersion, ProcedureVersion, BonusVersion, RewardVersion, IncomePolicyVersion)


# A distribution plan


@shows("/books/{book}/policies/{year}/{version}")
def show_policy(visit: Visit) -> Shown:
    """One version with the difference to the version before, and what deserves a second look."""
    return _show(visit)


def _show(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = visit.number_at("year")
    versions = queries.charter_versions(visit.db, book=visit.at_book, year=year)
    names = {number: member.name for number, member in members.members(visit.db, book=visit.id).items()}
    one = version_at(visit, versions)
    return version_page(
        visit,
        one,
        versions,
        lambda other: said(other.policy, visit.locale, names=names),
        problems=problems,
        status=status,
        place=_PLAN,
        instead_of=next((other.head.version for other in versions if other.in_force), None),
        warnings=one.warnings,
    )


def version_at(visit: Visit, versions: Sequence[V]) -> V:
    """The version the address names. Refused where there is none."""
    year, version = visit.number_at("year"), visit.number_at("version")
    one = next((one for one in versions if one.head.version == version), None)
    if one is None:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return one


def version_page(
    visit: Visit,
    one: V,
    versions: Sequence[V],
    says: Callable[[V], tuple[Said, ...]],
    *,
    problems: Sequence[Problem],
    status: int,
    place: str,
    **more: object,
) -> Shown:
    """A version among those of its kind, or name, the newest first: what it says, with the difference to the one before."""
    before = next((other for other in versions if other.head.version < one.head.version), None)
    now = says(one)
    return visit.page(
        "policy.html",
        problems=problems,
        status=status,
        **of_head(visit, one.head, last=versions[0].head.version),
        in_force=one.in_force,
        said=now,
        before=None if before is None else before.head.version,
        changes=() if before is None else changes(says(before), now),
        at=f"{visit.home}/{place}/{one.head.year}/{one.head.version}",
        **({"instead_of": None, "warnings": ()} | more),
    )


def of_head(visit: Visit, head: PolicyHead, *, last: int) -> dict[str, object]:
    """What every kind of policy shows: papers, recorder and approver, and who may do what now."""
    of_township = head.kind in OF_TOWNSHIPS
    waits = not head.is_approved and head.version == last
    persons = [head.recorded_by, *(one.by for one in head.papers)]
    return {
        "head": head,
        "people": names_of_people(
            visit.db,
            [*persons, *([head.approval.by] if head.approval is not None else [])],
            locale=visit.locale,
        ),
        "waits": waits,
        "superseded": not head.is_approved and not waits,
        "may_keep": visit.may(Deed.KEEP_TOWNSHIP_POLICIES if of_township else Deed.KEEP_POLICIES),
        "may_approve": waits
        and visit.may(Deed.APPROVE_TOWNSHIP_POLICIES if of_township else Deed.APPROVE_POLICIES),
        "may_see_scans": visit.may("see_evidence"),
        "own": head.recorded_by == visit.by,
        "given": visit.field,
    }


# What would change


@shows("/books/{book}/policies/{year}/compare", asks=("before", "after"))
def compare_policies(visit: Visit) -> Shown:
    """The year's commission and dividend under two versions, member by member."""
    year = visit.number_at("year")
    versions = queries.charter_versions(visit.db, book=visit.at_book, year=year)
    if not versions:
        raise Refusal(policy_must_exist.at("/year", version=1, year=year), kind=RefusalKind.MISSING)
    numbers = [one.head.version for one in versions]
    in_force = next((one.head.version for one in versions if one.in_force), numbers[-1])
    before = _version(visit, "before", otherwise=in_force)
    after = _version(visit, "after", otherwise=numbers[0])
    found = comparisons.compare(
        visit.db, book=visit.at_book, year=year, before=before, after=after, on=visit.on
    )
    by_version = {one.head.version: one.policy for one in versions}
    known = members.members(visit.db, book=visit.id)
    names = {number: member.name for number, member in known.items()}
    return visit.page(
        "policy_compare.html",
        year=year,
        versions=versions,
        found=found,
        most=MOST_SHOWN,
        members=known,
        changes=changes(
            said(by_version[before], visit.locale, names=names),
            said(by_version[after], visit.locale, names=names),
        ),
    )


def _version(visit: Visit, name: str, *, otherwise: int) -> int:
    text = visit.query.get(name, "")
    if not text:
        return otherwise
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise wire.Unreadable(wire.must_be_whole_number.at(f"/{name}"))
    return int(text)


# The procedure


@shows("/books/{book}/procedure/new", deed=Deed.KEEP_POLICIES, asks=("year",))
def new_procedure(visit: Visit) -> Shown:
    """The form of the procedure: days of notice and appeal, and the amount tiers."""
    return _show_form(visit)


def _show_form(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    year = year_of(visit, otherwise=year_at_hand(visit))
    return visit.page(
        "procedure_form.html",
        problems=problems,
        status=status,
        year=year,
        last=queries.last_version(visit.db, book=visit.id, kind=PolicyKind.PROCEDURE, year=year),
        standing=queries.procedure(visit.db, book=visit.id, year=year),
        given=visit.field,
        wrong={visit.place_of(problem) for problem in problems},
    )


@does("/books/{book}/procedure/new", deed=Deed.KEEP_POLICIES, again=_show_form)
async def record_procedure(visit: Visit) -> Shown:
    """Record the procedure; it holds once another person has approved it."""
    problems: list[Problem] = []
    year = year_of(visit, otherwise=visit.at_book.first_year)
    new = Procedure(
        notice_days=_days(visit, "notice_days", problems),
        appeal_days=_days(visit, "appeal_days", problems),
        chair_up_to=_amount(visit, "chair_up_to", problems),
        council_up_to=_amount(visit, "council_up_to", problems),
    )
    if problems:
        raise Refusal(*problems)
    version = await visit.write(
        lambda db: actions.record_procedure(
            db,
            new,
            book=visit.id,
            year=year,
            resolution=visit.field("resolution")[:80],
            by=visit.by,
            at=visit.at,
            seen=seen_of(visit),
        )
    )
    return see_other(
        f"{visit.home}/procedure/{year}/{version}",
        notice=N_("Recorded. Attach the scan of the resolution; the township officer approves it."),
    )


def _days(visit: Visit, name: str, problems: list[Problem]) -> int:
    text = visit.field(name)
    if not re.fullmatch(r"[0-9]{1,4}", text):
        problems.append(wire.must_be_whole_number.at(f"/{name}"))
        return 1
    return int(text)


def _amount(visit: Visit, name: str, problems: list[Problem]) -> Fen:
    try:
        return amount_from(visit.field(name) or "?", pointer=f"/{name}")
    except Refusal as refusal:
        problems += refusal.problems
        return 0


@shows("/books/{book}/procedure/{year}/{version}")
def show_procedure(visit: Visit) -> Shown:
    """One version of the procedure."""
    return _show_procedure(visit)


def _show_procedure(visit: Visit, problems: Sequence[Problem] = (), status: int = 200) -> Shown:
    versions = queries.procedure_versions(visit.db, book=visit.id, year=visit.number_at("year"))
    return version_page(
        visit,
        version_at(visit, versions),
        versions,
        lambda other: procedure_said(other.procedure, visit.locale),
        problems=problems,
        status=status,
        place=_PROCEDURE,
    )


# What all do


def acts_on_versions(place: str, kind: PolicyKind, *, again: Again) -> list[HTTPRouteHandler]:
    """What is done to a version of a kind of policy: its scans are hung on and read, another person approves it."""
    of_township = kind in OF_TOWNSHIPS
    home = "/townships/{township}" if of_township else "/books/{book}"
    at = f"{home}/{place}/{{year}}/{{version}}"

    async def attach(visit: Visit) -> Shown:
        """Hang the scan of the resolution on the version."""
        return await _attach(visit, kind, place=place)

    async def approve(visit: Visit) -> Shown:
        """Approve the version, naming the resolution and the scan that was looked at."""
        return await _approve(visit, kind, place=place)

    def paper(visit: Visit) -> Shown:
        """The bytes of a scan."""
        return _paper(visit, kind)

    attach.__name__, approve.__name__ = f"attach_{kind}_paper", f"approve_{kind}"
    paper.__name__ = f"show_{kind}_paper"
    keeps = Deed.KEEP_TOWNSHIP_POLICIES if of_township else Deed.KEEP_POLICIES
    approves = Deed.APPROVE_TOWNSHIP_POLICIES if of_township else Deed.APPROVE_POLICIES
    return [
        does(f"{at}/papers", deed=keeps, takes=UPLOAD_BYTES, again=again)(attach),
        does(f"{at}/approve", deed=approves, again=again)(approve),
        shows(f"{at}/papers/{{digest}}", deed=Deed.SEE_EVIDENCE)(paper),
    ]


async def _attach(visit: Visit, kind: PolicyKind, *, place: str) -> Shown:
    """Hang the files of the form on the version the address names."""
    year, version = visit.number_at("year"), visit.number_at("version")
    files: Sequence[EvidenceFile] = await kept_files(visit)
    for file in files:
        await visit.write(
            lambda db, file=file: actions.attach_paper(  # type: ignore[misc]
                db,
                file,
                book=visit.desk,
                kind=kind,
                year=year,
                version=version,
                by=visit.by,
                at=visit.at,
            )
        )
    return see_other(
        f"{visit.home}/{place}/{year}/{version}",
        notice=N_("Files attached: {count}."),
        count=len(files),
    )


async def _approve(visit: Visit, kind: PolicyKind, *, place: str) -> Shown:
    """Approve the version the address names."""
    year, version = visit.number_at("year"), visit.number_at("version")
    await visit.write(
        lambda db: actions.approve(
            db,
            book=visit.desk,
            kind=kind,
            year=year,
            version=version,
            resolution=visit.field("resolution"),
            sha256=visit.field("sha256"),
            by=visit.by,
            on=visit.on,
            at=visit.at,
        )
    )
    return see_other(
        f"{visit.home}/{place}/{year}/{version}",
        notice=N_("Approved. Runs follow this version from now on."),
    )


def _paper(visit: Visit, kind: PolicyKind) -> Shown:
    """The bytes of a scan of the version the address names."""
    year, version, digest = visit.number_at("year"), visit.number_at("version"), visit.text_at("digest")
    heads = queries.heads(visit.db, book=visit.desk, kind=kind, year=year, version=version)
    names = {one.sha256: one.name for head in heads for one in head.papers}
    if digest not in names:
        raise Refusal(address_must_exist.at(), kind=RefusalKind.MISSING)
    return served(visit, digest, name=names[digest])


handlers = [
    show_policy,
    *acts_on_versions(_PLAN, PolicyKind.CHARTER, again=_show),
    compare_policies,
    new_procedure,
    record_procedure,
    show_procedure,
    *acts_on_versions(_PROCEDURE, PolicyKind.PROCEDURE, again=_show_procedure),
]
