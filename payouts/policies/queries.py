"""Which policies stand."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, case, func, literal, or_, select

from coop.daybook import queries as daybook
from coop.member_accounts.rules import is_of_record
from coop.members import queries as members
from coop.scoring import queries as scoring
from coop.snapshots.tables import IncomePolicyApprovalRow, IncomePolicyPaperRow, IncomePolicyRow
from ledger.columns import Prepared, portions, table_of
from ledger.details import queries as details
from ledger.money import yuan
from payouts.policies import rules
from payouts.policies.rules import PolicyFacts
from payouts.policies.tables import (
    BonusApprovalRow,
    BonusPaperRow,
    BonusPolicyRow,
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
    RewardPolicyRow,
)
from schemas.books import Book
from schemas.charts import KeptBy
from schemas.policies import (
    Approval,
    Basis,
    BasisKind,
    Below60,
    CharterPolicy,
    CharterVersion,
    CommissionBase,
    CommissionMode,
    Leg,
    PolicyHead,
    PolicyKind,
    PolicyPaper,
    Procedure,
    ProcedureVersion,
    WaitingPolicy,
)
from schemas.shares import ShareKind
from schemas.trade import Trade
from schemas.units import BookId, Instant

_policy = table_of(CharterPolicyRow)
_product = table_of(PolicyProductRow)
_base = table_of(CommissionBaseRow)
_leg = table_of(PolicyLegRow)
_leg_share = table_of(PolicyLegShareRow)
_leg_member = table_of(PolicyLegMemberRow)
_procedure = table_of(ProcedureRow)


_HEADS: Mapping[PolicyKind, tuple[Table, Table, Table]] = {
    PolicyKind.CHARTER: (_policy, table_of(PolicyPaperRow), table_of(PolicyApprovalRow)),
    PolicyKind.PROCEDURE: (_procedure, table_of(ProcedurePaperRow), table_of(ProcedureApprovalRow)),
    PolicyKind.BONUS: (table_of(BonusPolicyRow), table_of(BonusPaperRow), table_of(BonusApprovalRow)),
    PolicyKind.REWARD: (table_of(RewardPolicyRow), table_of(RewardPaperRow), table_of(RewardApprovalRow)),
    PolicyKind.INCOME: (
        table_of(IncomePolicyRow),
        table_of(IncomePolicyPaperRow),
        table_of(IncomePolicyApprovalRow),
    ),
}
"""Of each kind its versions, the scans hung on them, and the approvals."""


def same_version(one: Table, other: Table) -> Any:
    """Where both rows are of one version of a policy."""
    return and_(*(one.c[name] == other.c[name] for name in ("book_id", "year", "version")))


_approved = _HEADS[PolicyKind.PROCEDURE][2]
_NOW: Instant = "9999"
"""After every instant there is: they are compared as text."""
_STANDING = Prepared(
    select(_procedure)
    .select_from(_procedure.outerjoin(_approved, same_version(_procedure, _approved)))
    .where(
        _procedure.c.book_id == bindparam("book"),
        _procedure.c.year <= bindparam("year"),
        case((_procedure.c.imported == 1, _procedure.c.recorded_at), else_=_approved.c.at)
        <= bindparam("known_at"),
    )
    .order_by(_procedure.c.year.desc(), _procedure.c.version.desc())
    .limit(1)
)


def version_of_policy(
    db: Connection, *, book: BookId, year: int, kind: PolicyKind = PolicyKind.CHARTER, name: str = ""
) -> int:
    """The version of a year's policy, of a reward scheme by its name, that is in force: the last one that is approved,
    or came with an import; 0 when there is none."""
    table, _, approval = _HEADS[kind]
    newest = (
        select(func.coalesce(func.max(table.c.version), 0))
        .select_from(table.outerjoin(approval, same_version(table, approval)))
        .where(
            table.c.book_id == book,
            table.c.year == year,
            *_named(table, name),
            or_(_is_imported(table) == 1, approval.c.version.is_not(None)),
        )
    )
    return int(db.execute(newest).scalar_one())


def last_version(db: Connection, *, book: BookId, kind: PolicyKind, year: int, name: str = "") -> int:
    """The last version recorded for a year, of a reward scheme by its name, approved or not; 0 when there is none."""
    table = _HEADS[kind][0]
    newest = select(func.coalesce(func.max(table.c.version), 0)).where(
        table.c.book_id == book, table.c.year == year, *_named(table, name)
    )
    return int(db.execute(newest).scalar_one())


def _named(table: Table, name: str) -> list[Any]:
    return [table.c.name == name] if name else []


def _is_imported(table: Table) -> Any:
    """Reward schemes never come with a hand-over."""
    return table.c.imported if "imported" in table.c else literal(0)


def record_date(db: Connection, *, book: BookId, year: int) -> date:
    """The day that decides who shares in a year: the plan's in force, the year's last where there is no plan."""
    wanted = version_of_policy(db, book=book, year=year)
    of_plan = (_policy.c.book_id == book, _policy.c.year == year, _policy.c.version == wanted)
    told: date | None = db.execute(select(_policy.c.record_date).where(*of_plan)).scalar()
    return date(year, 12, 31) if told is None else told


def policy_years(db: Connection, *, book: BookId, kind: PolicyKind = PolicyKind.CHARTER) -> tuple[int, ...]:
    """The years a policy of a kind is recorded for, the newest first."""
    table = _HEADS[kind][0]
    years = select(table.c.year).where(table.c.book_id == book).distinct()
    return tuple(sorted(db.execute(years).scalars(), reverse=True))


def heads(
    db: Connection, *, book: BookId, kind: PolicyKind, year: int | None = None, version: int | None = None
) -> tuple[PolicyHead, ...]:
    """The versions of a kind but for what they say, the newest first: of a year, or only this one."""
    table, paper, approval = _HEADS[kind]

    def of(one: Table) -> list[Any]:
        wanted = [one.c.book_id == book]
        wanted += [] if year is None else [one.c.year == year]
        return wanted + ([] if version is None else [one.c.version == version])

    papers: defaultdict[tuple[int, int], list[PolicyPaper]] = defaultdict(list)
    for row in db.execute(select(paper).where(*of(paper)).order_by(paper.c.at, paper.c.sha256)):
        papers[row.year, row.version].append(
            PolicyPaper(sha256=row.sha256, name=row.name, by=row.added_by, at=row.at)
        )
    approvals = {
        (row.year, row.version): Approval(
            by=row.approved_by, on=row.on, at=row.at, resolution=row.resolution, sha256=row.sha256
        )
        for row in db.execute(select(approval).where(*of(approval)))
    }
    rows = db.execute(
        select(
            *(table.c[name] for name in ("year", "version", "resolution", "recorded_by", "recorded_at")),
            _is_imported(table).label("imported"),
            (table.c.name if "name" in table.c else literal("")).label("name"),
        )
        .where(*of(table))
        .order_by(table.c.year.desc(), table.c.version.desc())
    )
    return tuple(
        PolicyHead(
            kind=kind,
            year=row.year,
            version=row.version,
            recorded_by=row.recorded_by,
            recorded_at=row.recorded_at,
            imported=bool(row.imported),
            resolution=row.resolution,
            name=row.name,
            papers=tuple(papers[row.year, row.version]),
            approval=approvals.get((row.year, row.version)),
        )
        for row in rows
    )


def waiting(db: Connection, *, kind: PolicyKind, books: Iterable[BookId]) -> tuple[WaitingPolicy, ...]:
    """The policies of a kind that wait for the second person, of these books or townships."""
    table, _, approval = _HEADS[kind]
    name = (table.c.name if "name" in table.c else literal("")).label("name")
    newest = func.max(table.c.version).over(partition_by=[table.c.book_id, table.c.year, name])
    found: list[WaitingPolicy] = []
    for some in portions(sorted(set(books))):
        rows = db.execute(
            select(
                *(table.c[one] for one in ("book_id", "year", "version", "recorded_by", "recorded_at")),
                name,
                newest.label("newest"),
                or_(_is_imported(table) == 1, approval.c.version.is_not(None)).label("is_approved"),
            )
            .select_from(table.outerjoin(approval, same_version(table, approval)))
            .where(table.c.book_id.in_(some))
            .order_by(table.c.book_id, table.c.year, table.c.version)
        )
        found += (
            WaitingPolicy(
                home=row.book_id,
                kind=kind,
                year=row.year,
                version=row.version,
                name=row.name,
                recorded_by=row.recorded_by,
                recorded_at=row.recorded_at,
            )
            for row in rows
            if row.version == row.newest and not row.is_approved
        )
    return tuple(found)


def charter_versions(
    db: Connection, *, book: Book, year: int, version: int | None = None
) -> tuple[CharterVersion, ...]:
    """The versions of a year's distribution plan, the newest first; or only this one."""
    in_force = version_of_policy(db, book=book.id, year=year)
    found = []
    facts: PolicyFacts | None = None
    for head in heads(db, book=book.id, kind=PolicyKind.CHARTER, year=year, version=version):
        said = policy(db, book=book.id, year=year, version=head.version)
        assert said is not None, "its head was just read"
        if facts is None:
            facts = facts_of(db, book=book, policy=said)
        found.append(
            CharterVersion(
                head=head,
                policy=said,
                in_force=head.version == in_force,
                warnings=rules.warnings_of_policy(said, facts, yuan=yuan),
            )
        )
    return tuple(found)


def procedure_versions(
    db: Connection, *, book: BookId, year: int | None = None, version: int | None = None
) -> tuple[ProcedureVersion, ...]:
    """The versions of the procedure, the newest first: of a year, or only this one."""
    wanted = [_procedure.c.book_id == book]
    wanted += [] if year is None else [_procedure.c.year == year]
    wanted += [] if version is None else [_procedure.c.version == version]
    said = {(row.year, row.version): row for row in db.execute(select(_procedure).where(*wanted))}
    in_force = {
        one: _procedure_row(db, book=book, year=one)
        for one in ({number for number, _ in said} if year is None else {year})
    }
    return tuple(
        ProcedureVersion(
            head=head,
            procedure=_as_procedure(said[head.year, head.version]),
            in_force=(row := in_force[head.year]) is not None
            and (row.year, row.version) == (head.year, head.version),
        )
        for head in heads(db, book=book, kind=PolicyKind.PROCEDURE, year=year, version=version)
    )


def facts_of(db: Connection, *, book: Book, policy: CharterPolicy) -> PolicyFacts:
    """What the book knows that a plan is held against."""
    traded = daybook.entries(db, Trade, book=book.id)
    items = details.details(db, book=book.id).values()
    return PolicyFacts(
        book=book.short_name,
        kind=book.kind,
        first_year=book.first_year,
        members={
            number: is_of_record(member, on=policy.record_date)
            for number, member in members.members(db, book=book.id).items()
        },
        products=frozenset(
            {one.product for one in traded} | {item.name for item in items if item.kind is KeptBy.NAME}
        ),
        traded=frozenset(one.product for one in traded if one.on.year == policy.year),
        managers=frozenset(one.member for one in scoring.managers(db, book=book.id, year=policy.year)),
    )


def policy(db: Connection, *, book: BookId, year: int, version: int | None = None) -> CharterPolicy | None:
    """A year's distribution plan that is in force, or a version of it. Its resolution is the one it was approved
    with."""
    wanted = version_of_policy(db, book=book, year=year) if version is None else version

    def of_plan(table: Table) -> list[Any]:
        return [table.c.book_id == book, table.c.year == year, table.c.version == wanted]

    row = db.execute(select(_policy).where(*of_plan(_policy))).first()
    if row is None:
        return None
    shares: defaultdict[int, list[ShareKind]] = defaultdict(list)
    for share in db.execute(select(_leg_share).where(*of_plan(_leg_share)).order_by(_leg_share.c.no)):
        shares[share.leg].append(ShareKind(share.kind))
    members: defaultdict[int, list[str]] = defaultdict(list)
    for named in db.execute(select(_leg_member).where(*of_plan(_leg_member)).order_by(_leg_member.c.no)):
        members[named.leg].append(named.member_no)
    products = db.execute(select(_product.c.product).where(*of_plan(_product)).order_by(_product.c.no))
    bases = db.execute(select(_base).where(*of_plan(_base)).order_by(_base.c.member_no))
    legs = db.execute(select(_leg).where(*of_plan(_leg)).order_by(_leg.c.no))
    approval = _HEADS[PolicyKind.CHARTER][2]
    approved_with = db.execute(select(approval.c.resolution).where(*of_plan(approval))).scalar()
    return CharterPolicy(
        year=row.year,
        record_date=row.record_date,
        reserve_bp=row.reserve_bp,
        reserve_basis=row.reserve_basis,
        amount=row.amount,
        products=tuple(products.scalars()),
        commission_mode=CommissionMode(row.commission_mode),
        commission_bp=row.commission_bp,
        bases=tuple(CommissionBase(member=base.member_no, base=base.base) for base in bases),
        below_60=Below60(row.below_60),
        party_weight_bp=row.party_weight_bp,
        least_ballots=row.least_ballots,
        maxima=(row.survival, row.prevention, row.service, row.attitude, row.attendance, row.benefit),
        resolution=approved_with or row.resolution,
        legs=tuple(
            Leg(
                no=leg.no,
                name=leg.name,
                part_bp=leg.part_bp,
                basis=Basis(
                    kind=BasisKind(leg.basis),
                    product=leg.product,
                    kinds=tuple(shares[leg.no]),
                    members=tuple(members[leg.no]),
                ),
                patronage=bool(leg.patronage),
            )
            for leg in legs
        ),
    )


def procedure(db: Connection, *, book: BookId, year: int, known_at: Instant = _NOW) -> Procedure:
    """How the runs of a book are agreed on in a year: the newest version recorded for it or the last year before that
    was approved, or taken in, by the instant ``known_at``; the defaults of RULES §9 where none was."""
    row = _procedure_row(db, book=book, year=year, known_at=known_at)
    return Procedure() if row is None else _as_procedure(row)


def _procedure_row(db: Connection, *, book: BookId, year: int, known_at: Instant = _NOW) -> Any | None:
    return _STANDING.first(db, book=book, year=year, known_at=known_at)


def _as_procedure(row: Any) -> Procedure:
    return Procedure(
        notice_days=row.notice_days,
        appeal_days=row.appeal_days,
        chair_up_to=row.chair_up_to,
        council_up_to=row.council_up_to,
    )
