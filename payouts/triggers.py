"""Policies that the database itself never changes or loses: a new version stands beside the old.

>>> len(statements("sqlite")) == 2 * len(APPEND_ONLY)
True
"""

from ledger.triggers import append_only

APPEND_ONLY = (
    "charter_policy",
    "policy_product",
    "commission_base",
    "policy_leg",
    "policy_leg_share",
    "policy_leg_member",
    "bonus_policy",
    "bonus_scheme",
    "bonus_paper",
    "bonus_approval",
    "reward_policy",
    "reward_paper",
    "reward_approval",
    "reward_sheet",
    "reward_order",
    "procedure_policy",
    "policy_paper",
    "policy_approval",
    "procedure_paper",
    "procedure_approval",
    "run_content",
    "run_part",
    "run_line",
    "run_withholding",
    "run_act",
    "run_document",
    "run_voucher",
    "appeal",
    "appeal_answer",
    "appeal_paper",
    "batch_line",
    "batch_outcome",
    "batch_voucher",
    "tier_order",
    "tier_order_name",
    "leaving",
    "award_voucher",
)
"""Tables of facts: rows are added, never changed, never deleted."""


def statements(dialect: str) -> tuple[str, ...]:
    """The statements that make every trigger of this floor, for ``"sqlite"`` or ``"postgresql"``."""
    return append_only(dialect, *APPEND_ONLY)
