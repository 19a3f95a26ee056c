"""Which policies stand."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, func, select

from ledger.columns import table_of
from payouts.policies.tables import (
    BonusSchemeRow,
    CharterPolicyRow,
    CommissionBaseRow,
    PolicyLegMemberRow,
    PolicyLegRow,
    PolicyLegShareRow,
    PolicyProductRow,
    ProcedureRow,
)
from schemas.policies import (
    Basis,
    BasisKind,
    Below60,
    BonusLevel,
    BonusMode,
    BonusScheme,
    CharterPolicy,
    CommissionBase,
    CommissionMode,
    Leg,
    Procedure,
    Unpaid,
)
from schemas.shares import ShareKind
from schemas.units import BookId

_policy = table_of(CharterPolicyRow)
_product = table_of(PolicyProductRow)
_base = table_of(CommissionBaseRow)
_leg = table_of(PolicyLegRow)
_leg_share = table_of(PolicyLegShareRow)
_leg_member = table_of(PolicyLegMemberRow)
_scheme = table_of(BonusSchemeRow)
_procedure = table_of(ProcedureRow)


def version_of_policy(db: Connection, *, book: BookId, year: int) -> int:
    """The version of a year's distribution plan that stands; 0 when there is none."""
    newest = select(func.coalesce(func.max(_policy.c.version), 0)).where(
        _policy.c.book_id == book, _policy.c.year == year
    )
    return int(db.execute(newest).scalar_one())


def policy(db: Connection, *, book: BookId, year: int, version: int | None = None) -> CharterPolicy | None:
    """A year's distribution plan as it stands, or a version of it."""
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
        resolution=row.resolution,
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


def procedure(db: Connection, *, book: BookId, year: int) -> Procedure:
    """How the runs of a book are agreed on in a year: the newest version recorded for it or the last year before; the
    defaults of RULES §9 where none was."""
    row = db.execute(
        select(_procedure)
        .where(_procedure.c.book_id == book, _procedure.c.year <= year)
        .order_by(_procedure.c.year.desc(), _procedure.c.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return Procedure()
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
