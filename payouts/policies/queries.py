"""Which policies stand."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, bindparam, case, func, or_, select

from coop.daybook import queries as daybook
from coop.member_accounts.rules import is_of_record
from coop.members import queries as members
from coop.scoring import queries as scoring
from ledger.columns import Prepared, table_of
from ledger.details import queries as details
from ledger.money import yuan
from payouts.policies import rules
from payouts.policies.rules import PolicyFacts
from payouts.policies.tables import (
    BonusSchemeRow,
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
)
from schemas.books import Book
from schemas.charts import KeptBy
from schemas.policies import (
    Approval,
    Basis,
    BasisKind,
    Below60,
    BonusLevel,
    BonusMode,
    BonusScheme,
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
    Unpaid,
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
_scheme = table_of(BonusSchemeRow)
_procedure = table_of(ProcedureRow)


_HEADS: Mapping[PolicyKind, tuple[Table, Table, Table]] = {
    PolicyKind.CHARTER: (_policy, table_of(PolicyPaperRow), table_of(PolicyApprovalRow)),
    PolicyKind.PROCEDURE: (_procedure, table_of(ProcedurePaperRow), table_of(ProcedureApprovalRow)),
}
"""Of each kind its versions, the scans hung on them, and the approvals."""


def _same_version(one: Table, other: Table) -> Any:
    return and_(*(one.c[name] == other.c[name] for name in ("book_id", "year", "version")))


_approved = _HEADS[PolicyKind.PROCEDURE][2]
_NOW: Instant = "9999"
"""After every instant there is: they are compared as text."""
_STANDING = Prepared(
    select(_procedure)
    .select_from(_procedure.outerjoin(_approved, _same_version(_procedure, _approved)))
    .where(
        _procedure.c.book_id == bindparam("book"),
        _procedure.c.year <= bindparam("year"),
        case((_procedure.c.imported == 1, _procedure.c.recorded_at), else_=_approved.c.at)
        <= bindparam("known_at"),
    )
    .order_by(_procedure.c.year.desc(), _procedure.c.version.desc())
    .limit(1)
)


def version_of_policy(db: Connection, *, book: BookId, year: int) -> int:
    """The version of a year's distribution plan that is in force: the last one that is approved, or came with an
    import; 0 when there is none."""
    approval = _HEADS[PolicyKind.CHARTER][2]
    newest = (
        select(func.coalesce(func.max(_policy.c.version), 0))
        .select_from(_policy.outerjoin(approval, _same_version(_policy, approval)))
        .where(
            _policy.c.book_id == book,
            _policy.c.year == year,
            or_(_policy.c.imported == 1, approval.c.version.is_not(None)),
        )
    )
    return int(db.execute(newest).scalar_one())


def last_version(db: Connection, *, book: BookId, kind: PolicyKind, year: int) -> int:
    """The last version recorded for a year, approved or not; 0 when there is none."""
    table = _HEADS[kind][0]
    newest = select(func.coalesce(func.max(table.c.version), 0)).where(
        table.c.book_id == book, table.c.year == year
    )
    return int(db.execute(newest).scalar_one())


def record_date(db: Connection, *, book: BookId, year: int) -> date:
    """The day that decides who shares in a year: the plan's in force, the year's last where there is no plan."""
    wanted = version_of_policy(db, book=book, year=year)
    of_plan = (_policy.c.book_id == book, _policy.c.year == year, _policy.c.version == wanted)
    told: date | None = db.execute(select(_policy.c.record_date).where(*of_plan)).scalar()
    return date(year, 12, 31) if told is None else told


def policy_years(db: Connection, *, book: BookId) -> tuple[int, ...]:
    """The years a distribution plan is recorded for, the newest first."""
    years = select(_policy.c.year).where(_policy.c.book_id == book).distinct()
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
            *(table.c[name] for name in ("year", "version", "resolution", "imported")),
            table.c.recorded_by,
            table.c.recorded_at,
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
            papers=tuple(papers[row.year, row.version]),
            approval=approvals.get((row.year, row.version)),
        )
        for row in rows
    )


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


def bonus_schemes(db: Connection, *, township: str, year: int) -> Mapping[BonusLevel, BonusScheme]:
    """The bonus schemes of a township in a year as they stand, by level."""
    rows = db.execute(
        select(_scheme)
        .where(_scheme.c.township_code == township, _scheme.c.year == year)
        .order_by(_scheme.c.level, _scheme.c.version)
    )
    return {BonusLevel(row.level): _as_scheme(row) for row in rows}


def scheme_versions(db: Connection, *, township: str, year: int) -> Mapping[BonusLevel, int]:
    """The last version of each level's scheme."""
    rows = db.execute(
        select(_scheme.c.level, func.max(_scheme.c.version).label("version"))
        .where(_scheme.c.township_code == township, _scheme.c.year == year)
        .group_by(_scheme.c.level)
    )
    return {BonusLevel(row.level): row.version for row in rows}


def _as_scheme(row: Row[Any]) -> BonusScheme:
    return BonusScheme(
        township=row.township_code,
        year=row.year,
        level=BonusLevel(row.level),
        pool=row.pool,
        mode=BonusMode(row.mode),
        tiers=(row.tier_one, row.tier_two, row.tier_three),
        unpaid=Unpaid(row.unpaid),
    )
