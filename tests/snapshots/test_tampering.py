"""Whoever changes what is frozen, a rank, or what was said of a list behind the service's back is found out; and the
database itself refuses it before."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from coop.lists import actions as lists
from coop.proof.queries import prove_house
from coop.snapshots import queries
from ledger.evidence import rules as files
from payouts.policies import actions as policies
from payouts.proof import queries as proofs
from payouts.township_policies import actions as township_policies
from schemas.policies import PolicyKind
from schemas.snapshots import IncomePolicy, Landing
from tests.builders import a_database, behind_the_service, rolled_back
from tests.conftest import Databases
from tests.snapshots import small
from tests.snapshots.small import AUGUST, IN_JULY, LINGJIAO, SANHE, morning
from web.evidence_store import EvidenceStore

OFFICER, SECOND = 2, 3


def furnish(db: Connection) -> None:
    """An income policy in force with its scan, all months frozen, an appeal answered."""
    small.furnish(db)
    an_income_policy(db)


def an_income_policy(db: Connection) -> None:
    """Scans only, seven vouchers, ten days, the day of the resolution; approved on 17 July."""
    policy = IncomePolicy(
        year=2026,
        scans_only=True,
        fall_bp=2_500,
        subsidies_bp=4_000,
        spot_checks=7,
        landing=Landing.DAY_OF_RESOLUTION,
        list_appeal_days=10,
        resolution="三政发〔2026〕7号",
    )
    version = township_policies.record_income(db, policy, township=SANHE, by=OFFICER, at=morning(IN_JULY))
    scan = files.described(b"%PDF-1.7 income policy", name="收入办法.pdf")
    which = {"kind": PolicyKind.INCOME, "year": 2026, "version": version}
    policies.attach_paper(db, scan, book=SANHE, by=OFFICER, at=morning(IN_JULY), **which)  # type: ignore[arg-type]
    policies.approve(
        db,
        book=SANHE,
        kind=PolicyKind.INCOME,
        year=2026,
        version=version,
        resolution="三政发〔2026〕7号",
        sha256=scan.sha256,
        by=SECOND,
        on=IN_JULY,
        at=morning(IN_JULY),
    )


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        small.ticked(engine, EvidenceStore(tmp_path_factory.mktemp("scans")), AUGUST)
        with engine.begin() as db:
            one = lists.appeal(
                db,
                township=SANHE,
                village=LINGJIAO,
                month=202607,
                text="单据已补。",
                by=1,
                on=AUGUST,
                at=morning(AUGUST),
            )
            lists.answer(
                db,
                township=SANHE,
                number=one.number,
                upheld=False,
                text="八月补的，不影响七月。",
                by=OFFICER,
                on=AUGUST,
                at=morning(AUGUST),
            )
        yield engine


def problems(db: Connection) -> set[str]:
    found = (*proofs.prove_township(db, township=SANHE).problems, *prove_house(db).problems)
    return {one.code for one in found}


def test_unchanged_it_holds(engine: Engine) -> None:
    with rolled_back(engine) as db:
        assert problems(db) == set()


SEALED, RANKS, FOLLOWS = (
    "snapshot_must_be_as_sealed",
    "ranks_must_be_as_sealed",
    "rank_must_follow_from_frozen",
)
ALERT = "alert_must_follow_from_the_month"
APPEAL, POLICY = "list_appeal_must_be_as_logged", "policy_must_be_as_logged"
OF = f"book_id = '{SANHE}' AND month = 202607"


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (f"UPDATE snapshot SET as_of = '2026-08-02' WHERE {OF}", {SEALED}),
        (f"UPDATE snapshot SET policy = replace(policy, '7', '8') WHERE {OF}", {SEALED}),
        (f"UPDATE snapshot SET digest = '{'0' * 64}' WHERE {OF}", {SEALED, "report_must_name_what_is_frozen"}),
        (f"UPDATE snapshot SET frozen_at = '2026-07-30T00:00:00.000000Z' WHERE {OF}", {SEALED}),
        (f"UPDATE snapshot_village SET subsidies_unproved = 1 WHERE {OF}", {SEALED, ALERT}),
        (f"UPDATE snapshot_village SET income = income + 2000000 WHERE village = '{LINGJIAO}' AND {OF}", {SEALED, FOLLOWS, ALERT}),
        (f"UPDATE snapshot_village SET band = 100 WHERE {OF}", {SEALED}),
        (f"UPDATE snapshot_rank SET \"rank\" = 1 WHERE level = 'county' AND {OF}", {RANKS, FOLLOWS}),
        (f"UPDATE snapshot_rank SET from_below = 2 WHERE level = 'township' AND {OF}", {FOLLOWS}),
        (f"DELETE FROM snapshot_rank WHERE level = 'province' AND {OF}", {RANKS, FOLLOWS}),
        (f"UPDATE snapshot_ranking SET ranked_on = '2026-08-09' WHERE {OF}", {RANKS}),
        (f"DELETE FROM snapshot_ranking WHERE {OF}", {RANKS}),
        (f"DELETE FROM snapshot WHERE book_id = '{SANHE}' AND month = 202601", {"sealed_snapshot_must_be_there", FOLLOWS}),
        ("UPDATE list_appeal SET text = '没有意见'", {APPEAL}),
        ("UPDATE list_appeal_answer SET upheld = 1", {APPEAL, "logged_list_appeal_must_be_there"}),
        ("DELETE FROM list_appeal_answer", {"logged_list_appeal_must_be_there"}),
        ("UPDATE income_policy SET spot_checks = 6", {POLICY}),
        ("UPDATE income_policy_approval SET approved_by = 1", {POLICY}),
        ("DELETE FROM income_policy_paper", {"logged_policy_must_be_there"}),
    ],
)  # fmt: skip
def test_a_change_behind_the_service_is_found(engine: Engine, change: str, codes: set[str]) -> None:
    with behind_the_service(engine) as db:
        assert db.execute(text(change)).rowcount > 0
        assert problems(db) == codes


@pytest.mark.parametrize(
    "table",
    [
        "income_policy",
        "income_policy_paper",
        "income_policy_approval",
        "snapshot",
        "snapshot_village",
        "snapshot_ranking",
        "snapshot_rank",
        "list_appeal",
        "list_appeal_answer",
    ],
)
@pytest.mark.parametrize("change", ["UPDATE {table} SET book_id = book_id", "DELETE FROM {table}"])
def test_the_database_refuses_it(engine: Engine, table: str, change: str) -> None:
    with rolled_back(engine) as db:
        assert db.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() > 0
        with pytest.raises(DBAPIError, match=f"{table} is only added to"):
            db.execute(text(change.format(table=table)))


def test_the_policy_in_force_is_what_a_month_is_frozen_under(engine: Engine) -> None:
    with rolled_back(engine) as db:
        before = queries.policy_of(db, township=SANHE, on=date(2026, 7, 16))
        frozen = queries.snapshot(db, township=SANHE, month=202607)
        assert frozen is not None
        assert frozen.snapshot.policy == queries.policy_of(db, township=SANHE, on=date(2027, 1, 1))
        assert (before.scans_only, before.list_appeal_days, before.landing) == (
            False,
            15,
            Landing.DAY_OF_PAYMENT,
        )
        assert (frozen.snapshot.policy.scans_only, frozen.snapshot.policy.list_appeal_days) == (True, 10)
        assert {one.village: one.income for one in frozen.snapshot.villages} == {
            LINGJIAO: 0,
            small.QINGSHUI: 0,
        }
