"""The facts a pack brings are only added to: the database itself refuses to change or lose one."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

import coop.triggers
import migrations
import payouts.triggers
from tests.builders import a_house
from tests.conftest import Databases
from tests.handover import pack_of, take_in
from web.database import writing_engine

TABLES = (*coop.triggers.APPEND_ONLY, *payouts.triggers.APPEND_ONLY)
NOT_IN_THE_PACK = {
    "award_voucher",
    "leaving",
    "run_withholding",
    "tier_order",
    "tier_order_name",
    "manager_change",
    "policy_approval",
    "threshold_approval",
    "policy_paper",
    "procedure_approval",
    "procedure_paper",
    "procedure_policy",
    "run_act",
    "run_content",
    "run_document",
    "run_line",
    "run_part",
    "run_voucher",
    "appeal",
    "appeal_answer",
    "appeal_paper",
    "household_card",
    "household_login",
    "household_pin",
    "heir",
    "register_movement",
    "register_reversal",
    "register_voucher",
    "policy_leg_member",
    "role_consent",
    "role_end",
    "role_grant",
    "labour_voucher",
    "animal_proof",
    "ballot_scan",
    "rater_roll",
    "rating_days",
    "batch_line",
    "batch_outcome",
    "batch_voucher",
    "bonus_paper",
    "bonus_approval",
    "reward_policy",
    "reward_paper",
    "reward_approval",
    "reward_sheet",
    "reward_order",
    "income_policy",
    "income_policy_paper",
    "income_policy_approval",
    "snapshot",
    "snapshot_village",
    "snapshot_ranking",
    "snapshot_rank",
    "list_appeal",
    "list_appeal_answer",
    "place_change",
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
    "monthly_report",
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
}
"""Tables the pack brings no row of; those of roles, cards, appeals, policies, frozen months, runs, batches, ratings, labour, the herd,
subscriptions, inventory, contracts and project money have their own tests."""


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    """A database made straight from the tables and triggers of every floor, with a pack in it."""
    url = databases.empty(db_kind)
    engine = writing_engine(url)
    with engine.begin() as db:
        migrations.metadata().create_all(db)
        for statement in migrations.triggers(db.dialect.name):
            db.exec_driver_sql(statement)
        a_house(db)
        take_in(db, pack_of("clean-small"))
    yield engine
    engine.dispose()
    databases.drop(url)


@pytest.fixture
def behind(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as db, db.begin() as transaction:
        yield db
        transaction.rollback()


@pytest.mark.parametrize("table", sorted(set(TABLES) - NOT_IN_THE_PACK))
@pytest.mark.parametrize("change", ["UPDATE {table} SET {column} = {column}", "DELETE FROM {table}"])
def test_a_fact_is_never_changed_or_lost(behind: Connection, table: str, change: str) -> None:
    assert behind.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
    column = next(iter(migrations.metadata().tables[table].columns)).name
    with pytest.raises(DBAPIError, match=f"{table} is only added to"):
        behind.execute(text(change.format(table=table, column=column)))
