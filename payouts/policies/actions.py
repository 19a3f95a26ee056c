"""Recording policies and approving them. A new version stands beside the old; nothing is changed."""

from datetime import date, datetime

from sqlalchemy import Connection, insert

from coop.places import actions as places
from coop.snapshots.tables import IncomePolicyApprovalRow, IncomePolicyPaperRow
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.evidence import actions as evidence
from ledger.log import actions as log
from ledger.money import yuan
from ledger.seal import rules as seal
from payouts.policies import queries, rules
from payouts.policies.approval import (
    approved_text,
    faults_of_approval,
    policy_must_be_the_last,
    policy_must_exist,
    policy_must_follow_the_one_seen,
    policy_must_wait_for_approval,
    subject_of,
)
from payouts.policies.tables import (
    BonusApprovalRow,
    BonusPaperRow,
    CharterPolicyRow,
    CommissionBaseRow,
    PolicyApprovalRow,
    PolicyLegMemberRow,
    PolicyLegRow,
    PolicyLegShareRow,
    PolicyPaperRow,
    PolicyProductRow,
    ProcedureApprovalRow,
    ProcedurePaperRow,
    ProcedureRow,
    RewardApprovalRow,
    RewardPaperRow,
)
from schemas.books import Book
from schemas.evidence import EvidenceFile
from schemas.log import Act, ChainHead
from schemas.policies import (
    Approval,
    CharterPolicy,
    PolicyHead,
    PolicyKind,
    PolicyPaper,
    Procedure,
)
from schemas.problems import Refusal, RefusalKind
from schemas.units import BookId, PersonId

_DIMENSIONS = ("survival", "prevention", "service", "attitude", "attendance", "benefit")
_PAPERS = {
    PolicyKind.CHARTER: table_of(PolicyPaperRow),
    PolicyKind.PROCEDURE: table_of(ProcedurePaperRow),
    PolicyKind.BONUS: table_of(BonusPaperRow),
    PolicyKind.REWARD: table_of(RewardPaperRow),
    PolicyKind.INCOME: table_of(IncomePolicyPaperRow),
}
_APPROVALS = {
    PolicyKind.CHARTER: table_of(PolicyApprovalRow),
    PolicyKind.PROCEDURE: table_of(ProcedureApprovalRow),
    PolicyKind.BONUS: table_of(BonusApprovalRow),
    PolicyKind.REWARD: table_of(RewardApprovalRow),
    PolicyKind.INCOME: table_of(IncomePolicyApprovalRow),
}


def record_policy(
    db: Connection, new: CharterPolicy, *, book: BookId, by: PersonId, at: datetime, seen: int | None = None
) -> int:
    """Record a year's distribution plan 分配方案 as its next version; returns the version. It is followed once another
    person has approved it. Refused with everything that is wrong with it, and when the last version of the year is
    not the one ``seen``; None: not said."""
    head = log.lock(db, book=book)
    found = _book(db, book)
    refuse_another(db, book=book, kind=PolicyKind.CHARTER, year=new.year, seen=seen)
    problems = rules.faults_of_policy(new, queries.facts_of(db, book=found, policy=new), yuan=yuan)
    if problems:
        raise Refusal(*problems)
    version = _write(db, new, book=book, by=by, at=at, imported=False)
    log.append(db, [_recorded(new, version, by=by)], book=book, head=head, at=at)
    return version


def take_policy(db: Connection, new: CharterPolicy, *, book: BookId, by: PersonId, at: datetime) -> int:
    """Write down a distribution plan that came with a hand-over, as its next version; returns the version. Its
    meeting has resolved it, so that it counts as approved; it is taken as it is, and the run judges it."""
    head = log.lock(db, book=book)
    version = _write(db, new, book=book, by=by, at=at, imported=True)
    log.append(db, [_recorded(new, version, by=by)], book=book, head=head, at=at)
    return version


def record_procedure(
    db: Connection,
    new: Procedure,
    *,
    book: BookId,
    year: int,
    resolution: str = "",
    by: PersonId,
    at: datetime,
    seen: int | None = None,
) -> int:
    """Record how runs are agreed on from a year on 办理程序, as its next version; returns the version. It holds once
    another person has approved it."""
    head = log.lock(db, book=book)
    found = _book(db, book)
    refuse_another(db, book=book, kind=PolicyKind.PROCEDURE, year=year, seen=seen)
    problems = rules.faults_of_procedure(new, year=year, first_year=found.first_year, yuan=yuan)
    if problems:
        raise Refusal(*problems)
    version = queries.last_version(db, book=book, kind=PolicyKind.PROCEDURE, year=year) + 1
    db.execute(
        insert(table_of(ProcedureRow)),
        [
            {
                "book_id": book,
                "year": year,
                "version": version,
                "notice_days": new.notice_days,
                "appeal_days": new.appeal_days,
                "chair_up_to": new.chair_up_to,
                "council_up_to": new.council_up_to,
                "resolution": resolution,
                "imported": 0,
                "recorded_by": by,
                "recorded_at": log.instant(at),
            }
        ],
    )
    act = Act(
        by=by,
        act="procedure.record",
        subject=f"procedure:{year}-{version}",
        after=resolution,
        content=seal.digest_of(new),
    )
    log.append(db, [act], book=book, head=head, at=at)
    return version


def attach_paper(
    db: Connection,
    file: EvidenceFile,
    *,
    book: BookId,
    kind: PolicyKind,
    year: int,
    version: int,
    by: PersonId,
    at: datetime,
) -> PolicyPaper:
    """Hang a scan on a version that waits for its approval; its bytes are in the store before. The same bytes twice
    are one paper."""
    head = _locked(db, book=book, kind=kind)
    found = _there(db, book=book, kind=kind, year=year, version=version)
    known = [paper for paper in found.papers if paper.sha256 == file.sha256]
    if known:
        return known[0]
    if found.is_approved:
        raise Refusal(
            policy_must_wait_for_approval.at("/version", version=version, year=year),
            kind=RefusalKind.STATE,
        )
    evidence.know_files(db, [file], book=book)
    paper = PolicyPaper(sha256=file.sha256, name=file.name, by=by, at=log.instant(at))
    db.execute(
        insert(_PAPERS[kind]),
        [
            {
                "book_id": book,
                "year": year,
                "version": version,
                "sha256": paper.sha256,
                "name": paper.name,
                "added_by": by,
                "at": paper.at,
            }
        ],
    )
    act = Act(
        by=by,
        act="policy.attach",
        subject=subject_of(kind, year=year, version=version),
        after=paper.name,
        content=paper.sha256,
    )
    log.append(db, [act], book=book, head=head, at=at)
    return paper


def approve(
    db: Connection,
    *,
    book: BookId,
    kind: PolicyKind,
    year: int,
    version: int,
    resolution: str,
    sha256: str,
    by: PersonId,
    on: date,
    at: datetime,
) -> PolicyHead:
    """Approve the last version of a policy 批准: another person than who recorded it, naming the resolution and the
    scan he saw. Refused with everything that stands in the way."""
    head = _locked(db, book=book, kind=kind)
    found = _there(db, book=book, kind=kind, year=year, version=version)
    named = resolution.strip() or found.resolution
    problems = faults_of_approval(
        found,
        by=by,
        last=queries.last_version(db, book=book, kind=kind, year=year, name=found.name),
        resolution=named,
        sha256=sha256,
    )
    if problems:
        stands = {policy_must_wait_for_approval.code, policy_must_be_the_last.code}
        state = problems[0].code in stands
        raise Refusal(*problems, kind=RefusalKind.STATE if state else RefusalKind.RULE)
    approval = Approval(by=by, on=on, at=log.instant(at), resolution=named, sha256=sha256)
    db.execute(
        insert(_APPROVALS[kind]),
        [
            {
                "book_id": book,
                "year": year,
                "version": version,
                "recorded_by": found.recorded_by,
                "approved_by": by,
                "on": on,
                "at": approval.at,
                "resolution": named,
                "sha256": sha256,
            }
        ],
    )
    act = Act(
        by=by,
        act="policy.approve",
        subject=subject_of(kind, year=year, version=version),
        after=approved_text(approval),
        content=sha256,
    )
    log.append(db, [act], book=book, head=head, at=at)
    return _there(db, book=book, kind=kind, year=year, version=version)


OF_TOWNSHIPS = frozenset({PolicyKind.BONUS, PolicyKind.REWARD, PolicyKind.INCOME})
"""The kinds of policies that are a township's, not a book's."""


def _locked(db: Connection, *, book: str, kind: PolicyKind) -> ChainHead:
    """The chain the acts on a policy are logged in: its book's, or its township's."""
    return places.desk(db, township=book) if kind in OF_TOWNSHIPS else log.lock(db, book=book)


def _book(db: Connection, book: BookId) -> Book:
    found = books.book(db, id=book)
    assert found is not None, "the book is locked, so it exists"
    return found


def _there(db: Connection, *, book: BookId, kind: PolicyKind, year: int, version: int) -> PolicyHead:
    found = queries.heads(db, book=book, kind=kind, year=year, version=version)
    if not found:
        raise Refusal(policy_must_exist.at("/version", version=version, year=year), kind=RefusalKind.MISSING)
    return found[0]


def refuse_another(
    db: Connection, *, book: BookId, kind: PolicyKind, year: int, seen: int | None, name: str = ""
) -> None:
    """Refuse a version recorded by somebody who saw another as the last, of a reward scheme by its name."""
    last = queries.last_version(db, book=book, kind=kind, year=year, name=name)
    if seen is not None and seen != last:
        raise Refusal(
            policy_must_follow_the_one_seen.at("/version", seen=seen, version=last, year=year),
            kind=RefusalKind.STALE,
        )


def _recorded(new: CharterPolicy, version: int, *, by: PersonId) -> Act:
    return Act(
        by=by,
        act="policy.record",
        subject=f"policy:{new.year}-{version}",
        after=new.resolution,
        content=seal.digest_of(rules.sealed(new)),
    )


def _write(
    db: Connection, new: CharterPolicy, *, book: BookId, by: PersonId, at: datetime, imported: bool
) -> int:
    version = queries.last_version(db, book=book, kind=PolicyKind.CHARTER, year=new.year) + 1
    plan = {"book_id": book, "year": new.year, "version": version}
    db.execute(
        insert(table_of(CharterPolicyRow)),
        [
            {
                **plan,
                "record_date": new.record_date,
                "reserve_bp": new.reserve_bp,
                "reserve_basis": new.reserve_basis,
                "amount": new.amount,
                "commission_mode": new.commission_mode.value,
                "commission_bp": new.commission_bp,
                "below_60": new.below_60.value,
                "party_weight_bp": new.party_weight_bp,
                "least_ballots": new.least_ballots,
                **dict(zip(_DIMENSIONS, new.maxima, strict=True)),
                "resolution": new.resolution,
                "imported": int(imported),
                "recorded_by": by,
                "recorded_at": log.instant(at),
            }
        ],
    )
    for table, rows in (
        (PolicyProductRow, [{"no": no, "product": product} for no, product in enumerate(new.products, 1)]),
        (CommissionBaseRow, [{"member_no": base.member, "base": base.base} for base in new.bases]),
        (
            PolicyLegRow,
            [
                {
                    "no": leg.no,
                    "name": leg.name,
                    "part_bp": leg.part_bp,
                    "basis": leg.basis.kind.value,
                    "product": leg.basis.product,
                    "patronage": int(leg.patronage),
                }
                for leg in new.legs
            ],
        ),
        (
            PolicyLegShareRow,
            [
                {"leg": leg.no, "no": no, "kind": kind.value}
                for leg in new.legs
                for no, kind in enumerate(leg.basis.kinds, 1)
            ],
        ),
        (
            PolicyLegMemberRow,
            [
                {"leg": leg.no, "no": no, "member_no": member}
                for leg in new.legs
                for no, member in enumerate(leg.basis.members, 1)
            ],
        ),
    ):
        if rows:
            db.execute(insert(table_of(table)), [{**plan, **row} for row in rows])
    return version
