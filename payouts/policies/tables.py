"""Distribution plans of cooperatives, bonus and reward policies of townships; a new version stands beside the old."""

import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint

from coop.versions.tables import VERSION, ApprovalRow, OfVersion, ScanRow, approvals, of_township, scans
from ledger import columns
from ledger.columns import TENANT


class CharterPolicyRow(OfVersion, table=True):
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
        UniqueConstraint("book_id", *VERSION, "recorded_by", name="charter_policy_recorded"),
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


class PolicyPaperRow(ScanRow, table=True):
    """A scan hung on a version of a distribution plan."""

    __tablename__ = "policy_paper"
    __table_args__ = scans("policy_paper", of="charter_policy", called="plan")


class PolicyApprovalRow(ApprovalRow, table=True):
    """The second person's word on a version of a distribution plan."""

    __tablename__ = "policy_approval"
    __table_args__ = approvals("policy_approval", of="charter_policy", scans="policy_paper")


class PolicyProductRow(OfVersion, table=True):
    """A product that counts as trade under the plan, in its order."""

    __tablename__ = "policy_product"
    __table_args__ = (columns.refers("charter_policy", *VERSION, name="policy_product_plan"), TENANT)
    no: int = columns.number(primary_key=True)
    product: str = columns.text()


class CommissionBaseRow(OfVersion, table=True):
    """提成基数 of a manager."""

    __tablename__ = "commission_base"
    __table_args__ = (
        columns.refers("charter_policy", *VERSION, name="commission_base_plan"),
        columns.refers("member", "member_no", name="commission_base_member"),
        TENANT,
    )
    member_no: str = columns.text(primary_key=True)
    base: int = columns.number()


class PolicyLegRow(OfVersion, table=True):
    """A leg of the plan: its part in basis points, its basis, and whether the charter calls it patronage."""

    __tablename__ = "policy_leg"
    __table_args__ = (
        columns.refers("charter_policy", *VERSION, name="policy_leg_plan"),
        CheckConstraint("part_bp BETWEEN 0 AND 10000", name="policy_leg_part"),
        CheckConstraint(
            "basis IN ('trade_value','trade_quantity','work_days','share_value','share_days','residual','heads','equal','entitlements')",
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


class PolicyLegShareRow(OfVersion, table=True):
    """A kind of share that counts in a leg by share value or share days."""

    __tablename__ = "policy_leg_share"
    __table_args__ = (
        columns.refers("policy_leg", *VERSION, leg="no", name="policy_leg_share_leg"),
        CheckConstraint("kind IN ('cash','land','calf','labour')", name="policy_leg_share_kind"),
        TENANT,
    )
    leg: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    kind: str = columns.text()


class PolicyLegMemberRow(OfVersion, table=True):
    """A member named by an equal leg."""

    __tablename__ = "policy_leg_member"
    __table_args__ = (
        columns.refers("policy_leg", *VERSION, leg="no", name="policy_leg_member_leg"),
        columns.refers("member", "member_no", name="policy_leg_member_member"),
        TENANT,
    )
    leg: int = columns.number(primary_key=True)
    no: int = columns.number(primary_key=True)
    member_no: str = columns.text()


class ProcedureRow(OfVersion, table=True):
    """How runs are agreed on from a year on: days of notice and appeal, and bounds in fen."""

    __tablename__ = "procedure_policy"
    __table_args__ = (
        CheckConstraint("version >= 1", name="procedure_policy_version"),
        CheckConstraint("notice_days >= 0 AND appeal_days >= 0", name="procedure_policy_days"),
        CheckConstraint("0 <= chair_up_to AND chair_up_to <= council_up_to", name="procedure_policy_bounds"),
        CheckConstraint("imported IN (0, 1)", name="procedure_policy_imported"),
        UniqueConstraint("book_id", *VERSION, "recorded_by", name="procedure_policy_recorded"),
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


class ProcedurePaperRow(ScanRow, table=True):
    """A scan hung on a version of the procedure."""

    __tablename__ = "procedure_paper"
    __table_args__ = scans("procedure_paper", of="procedure_policy", called="procedure")


class ProcedureApprovalRow(ApprovalRow, table=True):
    """The second person's word on a version of the procedure."""

    __tablename__ = "procedure_approval"
    __table_args__ = approvals("procedure_approval", of="procedure_policy", scans="procedure_paper")


class BonusPolicyRow(OfVersion, table=True):
    """绩效奖金办法 of a township and year, ``book_id`` being its code: the pool in fen, ``ties`` the next keys in order. An
    ``imported`` one came with a hand-over and counts as approved."""

    __tablename__ = "bonus_policy"
    __table_args__ = (
        *of_township("bonus_policy"),
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


class BonusSchemeRow(OfVersion, table=True):
    """奖金 of one level: coefficients in hundredths, tariffs in fen. 3:4:3 of heads and money can not be kept."""

    __tablename__ = "bonus_scheme"
    __table_args__ = (
        columns.refers("bonus_policy", *VERSION, name="bonus_scheme_policy"),
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


class BonusPaperRow(ScanRow, table=True):
    """A scan hung on a version of a bonus policy."""

    __tablename__ = "bonus_paper"
    __table_args__ = scans("bonus_paper", of="bonus_policy", called="policy")


class BonusApprovalRow(ApprovalRow, table=True):
    """The second person's word on a version of a bonus policy."""

    __tablename__ = "bonus_approval"
    __table_args__ = approvals("bonus_approval", of="bonus_policy", scans="bonus_paper")


class RewardPolicyRow(OfVersion, table=True):
    """奖励方案 of a township and year, ``book_id`` being its code; ``scheme`` is its text as JSON, whose digest the log
    sealed. The versions of a year are numbered together."""

    __tablename__ = "reward_policy"
    __table_args__ = (
        *of_township("reward_policy"),
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


class RewardPaperRow(ScanRow, table=True):
    """A scan hung on a version of a reward policy."""

    __tablename__ = "reward_paper"
    __table_args__ = scans("reward_paper", of="reward_policy", called="policy")


class RewardApprovalRow(ApprovalRow, table=True):
    """The second person's word on a version of a reward policy."""

    __tablename__ = "reward_approval"
    __table_args__ = approvals("reward_approval", of="reward_policy", scans="reward_paper")
