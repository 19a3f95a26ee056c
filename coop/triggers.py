"""Facts of the cooperative that the database itself never changes or loses: movements of the register and the acts
that wrote them, heirs, trade, work days, animals and how they left, ballots, published scores, thresholds, a township's
income policy, its frozen months, their reports and what was said of their lists, red lines and alerts, figures from outside, packs taken in, roles given and taken back, subscriptions
of other programs, what a collective has and its counts, contracts and what was received for
them, project money.

>>> [statement.split()[2] for statement in statements("sqlite")][:2]
['share_movement_stays_as_it_is', 'share_movement_stays']
"""

from ledger.triggers import append_only

APPEND_ONLY = (
    "share_movement",
    "register_voucher",
    "register_movement",
    "register_reversal",
    "heir",
    "work_day",
    "labour_voucher",
    "trade",
    "animal",
    "animal_leaving",
    "animal_proof",
    "manager_change",
    "ballot",
    "ballot_scan",
    "rater_roll",
    "rating_days",
    "village_score",
    "cadre",
    "threshold",
    "threshold_approval",
    "income_policy",
    "income_policy_paper",
    "income_policy_approval",
    "place_change",
    "snapshot",
    "snapshot_village",
    "snapshot_ranking",
    "snapshot_rank",
    "list_appeal",
    "list_appeal_answer",
    "red_line",
    "red_line_approval",
    "alert",
    "alert_step",
    "alert_watch",
    "figure_parcel",
    "figure_subject",
    "figure",
    "figure_answer",
    "figure_step",
    "handover",
    "handover_book",
    "monthly_report",
    "role_grant",
    "role_consent",
    "role_end",
    "household_login",
    "household_card",
    "household_pin",
    "webhook",
    "webhook_secret",
    "webhook_end",
    "inventory_fact",
    "inventory_count",
    "inventory_confirmation",
    "contract",
    "contract_change",
    "contract_paper",
    "contract_receipt",
    "project_money",
)
"""Tables of facts: rows are added, never changed, never deleted."""


def statements(dialect: str) -> tuple[str, ...]:
    """The statements that make every trigger of this floor, for ``"sqlite"`` or ``"postgresql"``."""
    return append_only(dialect, *APPEND_ONLY)
