"""Distribution plans of cooperatives, bonus and reward policies of townships; a new version stands beside the old."""

import datetime

from sqlalchemy import CheckConstraint, Constraint, ForeignKeyConstraint, UniqueConstraint
from sqlmodel import SQLModel

from ledger import columns
from ledger.columns import TENANT

_VERSION = ("year", "version")


class _OfVersion(SQLModel):
    """The version of a year's paper a row belongs to."""

    book_id: str = columns.text(primary_key=True)
    year: int = columns.number(primary_key=True)
    version: int = columns.number(primary_key=True)


class _ScanRow(_OfVersion):
    """A scan hung on a version."""

    sha256: str = columns.text(primary_key=True)
    name: str = columns.text()
    added_by: int = columns.number(foreign_key="person.person_id")
    at: str = columns.text()


class _ApprovalRow(_OfVersion):
    """The second person's word on a version; who recorded it is named beside, so that the database itself keeps the
    two apart."""

    recorded_by: int = columns.number()
    approved_by: int = columns.number(foreign_key="person.person_id")
    on: datetime.date = columns.day()
    at: str = columns.text()
    resolution: str = columns.text()
    sha256: str = columns.text()


def _scans(table: str, *, of: str, called: str) -> tuple[Constraint | dict[str, object], ...]:
    """What holds of the scans of the paper ``of``."""
    return (
        columns.refers(of, *_VERSION, name=f"{table}_{called}"),
        columns.refers("evidence", "sha256", name=f"{table}_evidence"),
        TENANT,
    )


def _approvals(table: str, *, of: str, scans: str) -> tuple[Constraint | dict[str, object], ...]:
    """What holds of the approvals of the paper ``of``: another person's, with a resolution, of a scan that hangs there."""
    return (
        columns.refers(of, *_VERSION, "recorded_by", name=f"{table}_recorder"),
        columns.refers(scans, *_VERSION, "sha256", name=f"{table}_paper"),
        CheckConstraint("approved_by <> recorded_by", name=f"{table}_two_people"),
        CheckConstraint("resolution <> ''", name=f"{table}_resolution"),
        TENANT,
    )


class CharterPolicyRow(_OfVersion, table=True):
    """分配方案 of a book and year: money in fen, rates in basis points, points in hundredths. ``amount`` NULL is
    the Article 44 base; an ``imported`` one came with the meeting's resolution and counts as approved."""

    __tablename__ = "charter_policy"
    __table_args__ = (
        CheckConstraint("version >= 1", name="charter_policy_version"),
        CheckConstraint("reserve_bp BETWEEN 0 AND 10000", name="charter_policy_reserve"),
        CheckConstraint("amount >= 0", name="charter_policy_amount"),
        CheckConstraint(
            "commission_mode IN ('own_score','score_share','weighted')", name="charter_policy_commission_mode"
        ),
        CheckConstraint("commission_bp BETWEEN 0 AND 10000", name="charter_policy_commission"),
        CheckConstraint("below_60 IN ('kept','lost')", name="charter_policy_below_60"),
        CheckConstraint("party_weight_bp BETWEEN 0 AND 10000", name="charter_policy_party_weight"),
        CheckConstraint("least_ballots >= 1", name="charter_policy_least_ballots"),
        CheckConstraint("imported IN (0, 1)", name="charter_policy_imported"),
        UniqueConstraint("book_id", *_VERSION, "recorded_by", name="charter_policy_recorded"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    record_date: datetime.date = columns.day()
    reserve_bp: int = columns.number()
    reserve_basis: str = columns.text()
    amount: int | None = columns.number(nullable=True)
    commission_mode: str = columns.text()
    commission_bp: int = columns.number()
    below_60: str = columns.text()
    party_weight_bp: int = columns.number()
    least_ballots: int = columns.number()
    survival: int = columns.number()
    prevention: int = columns.number()
    service: int = columns.number()
    attitude: int = columns.number()
    attendance: int = columns.number()
    benefit: int = columns.number()
    resolution: str = columns.text()
    imported: int = columns.number()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class PolicyPaperRow(_ScanRow, table=True):
    """A scan hung on a version of a distribution plan."""

    __tablename__ = "policy_paper"
    __table_args__ = _scans("policy_paper", of="charter_policy", called="plan")


class PolicyApprovalRow(_ApprovalRow, table=True):
    """The second person's word on a version of a distribution plan."""

    __tablename__ = "policy_approval"
    __table_args__ = _approvals("policy_approval", of="charter_policy", scans="policy_paper")


class PolicyProductRow(_OfVersion, table=True):
    """A product that counts as trade under the plan, in its order."""

    __tablename__ = "policy_product"
    __table_args__ = (columns.refers("charter_policy", *_VERSION, name="policy_product_plan"), TENANT)
    no: int = columns.number(primary_key=True)
    product: str = columns.text()


class CommissionBaseRow(_OfVersion, table=True):
    """提成基数 of a manager."""

    __tablename__ = "commission_base"
    __table_args__ = (
        columns.refers("charter_policy", *_VERSION, name="commission_base_plan"),
        columns.refers("member", "member_no", name="commission_base_member"),
        TENANT,
    )
    member_no: str = columns.text(primary_key=True)
    base: int = columns.number()


class PolicyLegRow(_OfVersion, table=True):
    """A leg of the plan: its part in basis points, its basis, and whether the charter calls it patronage."""

    __tablename__ = "policy_leg"
    __table_args__ = (
        columns.refers("charter_policy", *_VERSION, name="policy_leg_plan"),
        CheckConstraint("part_bp BETWEEN 0 AND 10000", name="policy_leg_part"),
        CheckConstraint(
            "basis IN ('trade_value','trade_quantity','work_days','share_value','share_days','residual','heads','equal')",
            name="policy_leg_basis",
        ),
        CheckConstraint("(basis = 'trade_quantity') = (product <> '')", name="policy_leg_product"),
        CheckConstraint("patronage IN (0, 1)", name="policy_leg_patronage"),
        TENANT,
    )
    no: int = columns.number(primary_key=True)
    name: str = columns.text()
    part_bp: int = columns.number()
    basis: str = columns.text()
    product: str = columns.text()
    patronage: int = columns.number()


class PolicyLegShareRow(_OfVersion, table=True):
    """A kind of share that counts in a leg by share value or share days."""

    __tablename__ = "policy_leg_share"
    __table_args__ = (
        columns.refers("policy_leg", *_VERSION, leg="no", name="policy_leg_share_leg"),
        CheckConstraint("kind IN ('cash','land','calf','labour')", name="policy_leg_share_kind"),
        TENANT,
    )
    leg: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    kind: str = columns.text()


class PolicyLegMemberRow(_OfVersion, table=True):
    """A member named by an equal leg."""

    __tablename__ = "policy_leg_member"
    __table_args__ = (
        columns.refers("policy_leg", *_VERSION, leg="no", name="policy_leg_member_leg"),
        columns.refers("member", "member_no", name="policy_leg_member_member"),
        TENANT,
    )
    leg: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    member_no: str = columns.text()


class ProcedureRow(_OfVersion, table=True):
    """How runs are agreed on from a year on: days of notice and appeal, and bounds in fen."""

    __tablename__ = "procedure_policy"
    __table_args__ = (
        CheckConstraint("version >= 1", name="procedure_policy_version"),
        CheckConstraint("notice_days >= 0 AND appeal_days >= 0", name="procedure_policy_days"),
        CheckConstraint("0 <= chair_up_to AND chair_up_to <= council_up_to", name="procedure_policy_bounds"),
        CheckConstraint("imported IN (0, 1)", name="procedure_policy_imported"),
        UniqueConstraint("book_id", *_VERSION, "recorded_by", name="procedure_policy_recorded"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="book.book_id")
    notice_days: int = columns.number()
    appeal_days: int = columns.number()
    chair_up_to: int = columns.number()
    council_up_to: int = columns.number()
    resolution: str = columns.text()
    imported: int = columns.number()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class ProcedurePaperRow(_ScanRow, table=True):
    """A scan hung on a version of the procedure."""

    __tablename__ = "procedure_paper"
    __table_args__ = _scans("procedure_paper", of="procedure_policy", called="procedure")


class ProcedureApprovalRow(_ApprovalRow, table=True):
    """The second person's word on a version of the procedure."""

    __tablename__ = "procedure_approval"
    __table_args__ = _approvals("procedure_approval", of="procedure_policy", scans="procedure_paper")


def _of_township(table: str) -> tuple[Constraint, ...]:
    """What holds of a township's policy: the nine digits under which its acts are logged are those of a place."""
    return (
        ForeignKeyConstraint(["book_id"], ["place.code"], name=f"{table}_place"),
        CheckConstraint("length(book_id) = 9", name=f"{table}_township"),
        CheckConstraint("version >= 1", name=f"{table}_version"),
        UniqueConstraint("book_id", *_VERSION, "recorded_by", name=f"{table}_recorded"),
    )


class BonusPolicyRow(_OfVersion, table=True):
    """绩效奖金办法 of a township and year, ``book_id`` being its code: the pool in fen, ``ties`` the next keys in order. An
    ``imported`` one came with a hand-over and counts as approved."""

    __tablename__ = "bonus_policy"
    __table_args__ = (
        *_of_township("bonus_policy"),
        CheckConstraint("pool >= 0", name="bonus_policy_pool"),
        CheckConstraint("two_posts IN ('higher','cadre','manager')", name="bonus_policy_two_posts"),
        CheckConstraint(
            "ties IN ('','benefit','attendance','benefit,attendance','attendance,benefit')",
            name="bonus_policy_ties",
        ),
        CheckConstraint("payer IN ('township','collective')", name="bonus_policy_payer"),
        CheckConstraint("leaving_stops IN (0, 1)", name="bonus_policy_leaving"),
        CheckConstraint("imported IN (0, 1)", name="bonus_policy_imported"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    pool: int | None = columns.number(nullable=True)
    two_posts: str = columns.text()
    ties: str = columns.text()
    payer: str = columns.text()
    leaving_stops: int = columns.number()
    resolution: str = columns.text()
    imported: int = columns.number()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class BonusSchemeRow(_OfVersion, table=True):
    """奖金 of one level: coefficients in hundredths, tariffs in fen. 3:4:3 of heads and money can not be kept."""

    __tablename__ = "bonus_scheme"
    __table_args__ = (
        columns.refers("bonus_policy", *_VERSION, name="bonus_scheme_policy"),
        CheckConstraint("level IN ('township', 'village')", name="bonus_scheme_level"),
        CheckConstraint("mode IN ('coefficients', 'tariff')", name="bonus_scheme_mode"),
        CheckConstraint("unpaid IN ('stays', 'reshared')", name="bonus_scheme_unpaid"),
        CheckConstraint("tier_one >= 0 AND tier_two >= 0 AND tier_three >= 0", name="bonus_scheme_tiers"),
        TENANT,
    )
    level: str = columns.text(primary_key=True)
    mode: str = columns.text()
    tier_one: int = columns.number()
    tier_two: int = columns.number()
    tier_three: int = columns.number()
    unpaid: str = columns.text()


class BonusPaperRow(_ScanRow, table=True):
    """A scan hung on a version of a bonus policy."""

    __tablename__ = "bonus_paper"
    __table_args__ = _scans("bonus_paper", of="bonus_policy", called="policy")


class BonusApprovalRow(_ApprovalRow, table=True):
    """The second person's word on a version of a bonus policy."""

    __tablename__ = "bonus_approval"
    __table_args__ = _approvals("bonus_approval", of="bonus_policy", scans="bonus_paper")


class RewardPolicyRow(_OfVersion, table=True):
    """奖励方案 of a township and year, ``book_id`` being its code; ``scheme`` is its text as JSON, whose digest the log
    sealed. The versions of a year are numbered together."""

    __tablename__ = "reward_policy"
    __table_args__ = (
        *_of_township("reward_policy"),
        CheckConstraint("name <> ''", name="reward_policy_name"),
        CheckConstraint("pool >= 0", name="reward_policy_pool"),
        TENANT,
    )
    book_id: str = columns.text(primary_key=True, foreign_key="chain_head.book_id")
    name: str = columns.text()
    scheme: str = columns.text()
    pool: int | None = columns.number(nullable=True)
    resolution: str = columns.text()
    recorded_by: int = columns.number(foreign_key="person.person_id")
    recorded_at: str = columns.text()


class RewardPaperRow(_ScanRow, table=True):
    """A scan hung on a version of a reward policy."""

    __tablename__ = "reward_paper"
    __table_args__ = _scans("reward_paper", of="reward_policy", called="policy")


class RewardApprovalRow(_ApprovalRow, table=True):
    """The second person's word on a version of a reward policy."""

    __tablename__ = "reward_approval"
    __table_args__ = _approvals("reward_approval", of="reward_policy", scans="reward_paper")
