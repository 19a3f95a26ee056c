"""Policies recorded by one person and approved by another, scores from ballots, and what a run takes of both."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from coop.scoring import actions as scoring
from coop.scoring import queries as scoring_queries
from ledger.books import queries as books
from ledger.columns import table_of
from ledger.log import queries as log_queries
from ledger.money import yuan
from payouts.comparisons import queries as comparisons
from payouts.policies import actions, queries
from payouts.policies.tables import PolicyApprovalRow, PolicyPaperRow
from payouts.proposals import queries as proposals
from payouts.runs import actions as runs
from payouts.runs.rules import RunName, name_of
from payouts.scores import actions as score_actions
from payouts.scores import queries as scores
from schemas.books import Book
from schemas.evidence import EvidenceFile, MediaType
from schemas.policies import (
    Basis,
    BasisKind,
    Below60,
    CharterPolicy,
    CommissionMode,
    PolicyKind,
    Procedure,
)
from schemas.problems import Refusal, RefusalKind
from schemas.runs import RunKind
from schemas.scores import Ballot, Manager, ManagerChange, Points, RaterKind
from tests.builders import ACCOUNTANT, CASHIER, REVIEWER, a_database, a_house, refused, rolled_back
from tests.handover import pack_of, take_in
from tests.runs.years import at, posted, settled

if TYPE_CHECKING:
    from tests.conftest import Databases

OFFICER = CASHIER
ON = date(2026, 1, 20)
SCAN = EvidenceFile(sha256="b" * 64, media_type=MediaType.PDF, size=1, name="决议.pdf")
CHARTER = PolicyKind.CHARTER


def _a_year(db: Connection) -> None:
    a_house(db)
    take_in(db, pack_of("clean-small"))
    settled(db, _book(db).id, 2025)


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _book(db: Connection) -> Book:
    (book,) = (one for one in books.books(db) if one.short_name == "清水合作社")
    return book


def imported(db: Connection) -> CharterPolicy:
    """The plan the pack came with."""
    found = queries.policy(db, book=_book(db).id, year=2025)
    assert found is not None
    return found


def recorded(db: Connection, new: CharterPolicy, *, by: int = ACCOUNTANT, seen: int | None = None) -> int:
    """A plan recorded as the next version."""
    return actions.record_policy(db, new, book=_book(db).id, by=by, at=at(ON), seen=seen)


def attached(db: Connection, version: int, *, kind: PolicyKind = CHARTER) -> None:
    """The scan of the resolution hung on a version."""
    actions.attach_paper(
        db, SCAN, book=_book(db).id, kind=kind, year=2025, version=version, by=ACCOUNTANT, at=at(ON)
    )


def approved(db: Connection, version: int, *, kind: PolicyKind = CHARTER, **changed: Any) -> None:
    """A version approved by the officer."""
    given: dict[str, Any] = {
        "resolution": "2026社员大会第9号",
        "sha256": SCAN.sha256,
        "by": OFFICER,
    } | changed
    actions.approve(db, book=_book(db).id, kind=kind, year=2025, version=version, on=ON, at=at(ON), **given)


def test_an_imported_plan_counts_as_approved_and_a_recorded_one_waits(db: Connection) -> None:
    book, plan = _book(db), imported(db)
    assert recorded(db, replace(plan, reserve_bp=2_000)) == 2
    newest, first = queries.charter_versions(db, book=book, year=2025)
    assert (first.head.is_approved, first.in_force, newest.head.is_approved, newest.in_force) == (
        True,
        True,
        False,
        False,
    )
    assert imported(db) == plan
    attached(db, 2)
    approved(db, 2)
    assert imported(db).reserve_bp == 2_000
    assert [one.in_force for one in queries.charter_versions(db, book=book, year=2025)] == [True, False]
    acts = [entry.act for entry in log_queries.entries(db, book=book.id, act="policy.")]
    assert acts[-3:] == ["policy.record", "policy.attach", "policy.approve"]


def test_a_run_follows_only_what_is_approved(db: Connection) -> None:
    book = _book(db)
    on = date(2026, 2, 2)
    recorded(db, replace(imported(db), below_60=Below60.LOST))
    run, _ = runs.new(db, book=book.id, kind=RunKind.COMMISSION, year=2025, by=ACCOUNTANT, on=on, at=at(on))
    assert (run.policy_version, yuan(run.total)) == (1, "3008.86")
    runs.revert(db, _name(run.id), by=OFFICER, on=on, at=at(on), reason="方案变更")
    attached(db, 2)
    approved(db, 2)
    run, _ = runs.new(db, book=book.id, kind=RunKind.COMMISSION, year=2025, by=ACCOUNTANT, on=on, at=at(on))
    assert (run.policy_version, yuan(run.total)) == (2, "2195.98")


def _name(id: str) -> RunName:
    name = name_of(id)
    assert name is not None
    return name


def test_a_year_whose_only_plan_waits_is_refused(db: Connection) -> None:
    book, plan = _book(db), imported(db)
    new = replace(plan, year=2026, record_date=date(2026, 12, 31))
    with pytest.raises(Refusal) as none:
        proposals.live_figures(db, book=book.id, kind=RunKind.DIVIDEND, year=2026)
    assert refused(none.value) == ["policy_must_be_there"]
    recorded(db, new)
    with pytest.raises(Refusal) as waiting:
        proposals.live_figures(db, book=book.id, kind=RunKind.DIVIDEND, year=2026)
    assert refused(waiting.value) == ["policy_must_be_approved"]


def test_a_wrong_plan_is_refused_with_everything(db: Connection) -> None:
    plan = imported(db)
    with pytest.raises(Refusal) as refusal:
        recorded(db, replace(plan, record_date=date(2024, 1, 1), products=("鱼",), legs=plan.legs[:2]))
    assert refused(refusal.value) == [
        "record_date_must_be_in_the_year",
        "product_must_be_known",
        "legs_must_be_whole",
    ]


def test_whoever_saw_another_last_version_looks_again(db: Connection) -> None:
    plan = imported(db)
    recorded(db, plan, seen=1)
    with pytest.raises(Refusal) as refusal:
        recorded(db, plan, seen=1)
    assert (refused(refusal.value), refusal.value.kind) == (
        ["policy_must_follow_the_one_seen"],
        RefusalKind.STALE,
    )


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"by": ACCOUNTANT}, "policy_approver_must_differ"),
        ({"sha256": "c" * 64}, "approval_needs_the_scan"),
        ({"resolution": "2026-8"}, "approval_must_name_the_same_resolution"),
        ({"version": 1}, "policy_must_wait_for_approval"),
        ({"version": 9}, "policy_must_exist"),
    ],
)
def test_an_approval_is_refused(db: Connection, changed: dict[str, Any], fault: str) -> None:
    recorded(db, imported(db))
    attached(db, 2)
    with pytest.raises(Refusal) as refusal:
        approved(db, **({"version": 2} | changed))
    assert refused(refusal.value)[0] == fault


def test_an_earlier_version_is_not_approved_after_a_later_one(db: Connection) -> None:
    recorded(db, imported(db))
    attached(db, 2)
    recorded(db, imported(db))
    with pytest.raises(Refusal) as refusal:
        approved(db, 2)
    assert refused(refusal.value) == ["policy_must_be_the_last"]


def test_the_number_may_come_with_the_approval(db: Connection) -> None:
    recorded(db, replace(imported(db), resolution=""))
    attached(db, 2)
    with pytest.raises(Refusal) as refusal:
        approved(db, 2, resolution=" ")
    assert refused(refusal.value) == ["approval_needs_a_resolution"]
    approved(db, 2, resolution="2026-10")
    assert imported(db).resolution == "2026-10"


def test_a_paper_hangs_once_and_not_on_what_is_approved(db: Connection) -> None:
    book = _book(db)
    recorded(db, imported(db))
    attached(db, 2)
    attached(db, 2)
    (head,) = queries.heads(db, book=book.id, kind=CHARTER, year=2025, version=2)
    assert [paper.name for paper in head.papers] == ["决议.pdf"]
    with pytest.raises(Refusal) as refusal:
        attached(db, 1)
    assert refused(refusal.value) == ["policy_must_wait_for_approval"]


def test_the_database_keeps_recorder_and_approver_apart(db: Connection) -> None:
    recorded(db, imported(db))
    attached(db, 2)
    row = {
        "book_id": _book(db).id,
        "year": 2025,
        "version": 2,
        "recorded_by": ACCOUNTANT,
        "approved_by": ACCOUNTANT,
        "on": ON,
        "at": "2026-01-20T04:00:00Z",
        "resolution": "x",
        "sha256": SCAN.sha256,
    }
    for lie in ({}, {"recorded_by": REVIEWER, "approved_by": ACCOUNTANT}):
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(insert(table_of(PolicyApprovalRow)), [row | lie])


def test_papers_and_approvals_stay(db: Connection) -> None:
    recorded(db, imported(db))
    attached(db, 2)
    approved(db, 2)
    for table in (PolicyPaperRow, PolicyApprovalRow):
        for change in ("DELETE FROM {}", "UPDATE {} SET at = 'x'"):
            with pytest.raises(DBAPIError), db.begin_nested():
                db.execute(text(change.format(table.__tablename__)))


def test_a_procedure_holds_from_its_approval_and_for_the_years_after(db: Connection) -> None:
    book = _book(db).id
    new = Procedure(notice_days=10, appeal_days=20, chair_up_to=100_000, council_up_to=200_000)
    version = actions.record_procedure(
        db, new, book=book, year=2025, resolution="", by=ACCOUNTANT, at=at(ON), seen=0
    )
    assert queries.procedure(db, book=book, year=2025) == Procedure()
    attached(db, version, kind=PolicyKind.PROCEDURE)
    approved(db, version, kind=PolicyKind.PROCEDURE)
    assert [queries.procedure(db, book=book, year=year) for year in (2024, 2025, 2026)] == [
        Procedure(),
        new,
        new,
    ]
    (kept,) = queries.procedure_versions(db, book=book)
    assert (kept.procedure, kept.in_force) == (new, True)
    with pytest.raises(Refusal) as refusal:
        actions.record_procedure(
            db, replace(new, notice_days=0), book=book, year=2025, by=ACCOUNTANT, at=at(ON)
        )
    assert refused(refusal.value) == ["days_must_be_in_reason"]


# What would change


def test_what_would_change_member_by_member(db: Connection) -> None:
    """Reserve 20 % instead of 10 % of 28 881.01: 5 776.20 drawn, 2 888.10 less to share."""
    book = _book(db)
    posted(db, book.id, RunKind.COMMISSION, 2025)
    recorded(db, replace(imported(db), reserve_bp=2_000))
    changes = comparisons.compare(db, book=book, year=2025, before=1, after=2, on=ON)
    dividend = changes.dividend
    assert (yuan(dividend.before), yuan(dividend.after)) == ("25992.91", "23104.81")
    assert [yuan(one) for one in (dividend.difference, dividend.reserve_before, dividend.reserve_after)] == [
        "-2888.10",
        "2888.10",
        "5776.20",
    ]
    assert [(one.name, yuan(one.difference)) for one in dividend.parts] == [
        ("投工返还", "-866.43"),
        ("交易额返还", "-866.43"),
        ("四类股份分红", "-1155.24"),
    ]
    sizes = [abs(one.difference) for one in dividend.payees]
    assert sizes == sorted(sizes, reverse=True)
    assert sum(one.difference for one in dividend.payees) == dividend.difference
    assert (changes.settled, changes.commission.difference) == (True, 0)


def test_a_plan_below_the_floor_says_so_beside_the_other(db: Connection) -> None:
    book, plan = _book(db), imported(db)
    days, trade, shares = plan.legs
    below = (replace(days, part_bp=2_000), trade, replace(shares, part_bp=5_000))
    recorded(db, replace(plan, legs=below, commission_mode=CommissionMode.SCORE_SHARE))
    changes = comparisons.compare(db, book=book, year=2025, before=1, after=2, on=ON)
    assert [one.code for one in changes.dividend.after_problems] == ["floor_must_be_reached"]
    assert (changes.dividend.after, changes.dividend.before_problems) == (0, ())
    assert yuan(changes.commission.after) == "4289.49"
    with pytest.raises(Refusal) as refusal:
        comparisons.compare(db, book=book, year=2025, before=1, after=7, on=ON)
    assert (refused(refusal.value), refusal.value.kind) == (["policy_must_exist"], RefusalKind.MISSING)


def test_a_posted_year_is_still_compared_with_what_was_there_before_it(db: Connection) -> None:
    book = _book(db)
    posted(db, book.id, RunKind.COMMISSION, 2025)
    recorded(db, replace(imported(db), reserve_bp=2_000))
    before = comparisons.compare(db, book=book, year=2025, before=1, after=2, on=ON)
    posted(db, book.id, RunKind.DIVIDEND, 2025)
    assert comparisons.compare(db, book=book, year=2025, before=1, after=2, on=ON) == before


def test_a_leg_only_one_plan_has_stands_with_nothing_on_the_other_side(db: Connection) -> None:
    book, plan = _book(db), imported(db)
    equal = replace(plan.legs[2], name="人均分配", basis=Basis(kind=BasisKind.EQUAL))
    recorded(db, replace(plan, legs=(*plan.legs[:2], equal)))
    changes = comparisons.compare(db, book=book, year=2025, before=1, after=2, on=ON)
    assert [(one.name, one.before is None, one.after is None) for one in changes.dividend.parts] == [
        ("投工返还", False, False),
        ("交易额返还", False, False),
        ("人均分配", True, False),
        ("四类股份分红", False, True),
    ]


# Scores


def ballot(rater: str, *, manager: str = "Q0006", benefit: int = 2_500) -> Ballot:
    """A ballot of 2025 with every other dimension full."""
    points = Points(
        survival=2_500, prevention=1_500, service=1_000, attitude=1_000, attendance=1_500, benefit=benefit
    )
    return Ballot(year=2025, manager=manager, rater=rater, rater_kind=RaterKind.VILLAGER, points=points)


def entered(db: Connection, *new: Ballot) -> None:
    """Ballots entered from paper."""
    score_actions.enter_ballots(db, new, book=_book(db), year=2025, by=ACCOUNTANT, at=at(ON), salt="salt")


def test_the_page_of_scores_is_what_the_run_pays(db: Connection) -> None:
    sheet = scores.sheet(db, book=_book(db), year=2025, on=ON)
    assert [(one.member, str(one.exact), one.published, one.rank, one.keeps_bonus) for one in sheet.managers] == [
        ("Q0006", "745/8", 9_313, 1, True),
        ("Q0007", "60", 6_000, 2, True),
        ("Q0008", "915/16", 5_719, 3, False),
    ]  # fmt: skip
    assert [yuan(one.paid or 0) for one in sheet.managers] == ["1335.54", "860.44", "812.88"]
    assert (sheet.policy_version, sheet.approved, sheet.problems) == (1, True, ())


def test_a_later_ballot_replaces_the_earlier_and_both_are_kept(db: Connection) -> None:
    book = _book(db)
    before = scoring_queries.cast_ballots(db, book=book.id, year=2025)
    rater = next(
        number
        for number in scoring_queries.scoring_facts(db, book=book.id, year=2025).members
        if number not in {"Q0006", "Q0007", "Q0008"} | {one.ballot.rater for one in before}
        and number[0] == "Q"
    )
    entered(db, ballot(rater, benefit=0), ballot(rater, benefit=100))
    mine = [
        one for one in scoring_queries.cast_ballots(db, book=book.id, year=2025) if one.ballot.rater == rater
    ]
    assert [(one.ballot.points.benefit, one.replaced) for one in mine] == [(0, True), (100, False)]
    (first, *_) = scores.sheet(db, book=book, year=2025, on=ON).managers
    assert (first.replaced, first.party.ballots + first.villagers.ballots) == (1, 7)


def test_ballots_are_all_or_nothing(db: Connection) -> None:
    book = _book(db)
    before = scoring_queries.cast_ballots(db, book=book.id, year=2025)
    with pytest.raises(Refusal) as refusal:
        entered(db, ballot("Q0011"), ballot("Q0006"), ballot("X", benefit=2_501))
    assert refused(refusal.value) == [
        "nobody_rates_his_own",
        "rater_must_be_a_member",
        "points_must_be_within_the_maximum",
    ]
    assert scoring_queries.cast_ballots(db, book=book.id, year=2025) == before


def test_managers_are_named_moved_and_taken_back(db: Connection) -> None:
    book = _book(db).id

    def named() -> dict[str, str]:
        return {one.member: one.village for one in scoring_queries.managers(db, book=book, year=2025)}

    def change(member: str, village: str | None) -> None:
        scoring.change_manager(
            db,
            ManagerChange(member=member, village=village, reason="调整"),
            book=book,
            year=2025,
            by=ACCOUNTANT,
            at=at(ON),
        )

    new = Manager(year=2025, member="Q0011", village="450000101200")
    scoring.appoint(db, [new], book=book, by=ACCOUNTANT, at=at(ON))
    with pytest.raises(Refusal) as twice:
        scoring.appoint(db, [new], book=book, by=ACCOUNTANT, at=at(ON))
    assert refused(twice.value) == ["manager_must_be_named_once"]
    sheet = scores.sheet(db, book=_book(db), year=2025, on=ON)
    assert [one.code for one in sheet.problems] == ["score_needs_ballots"]
    change("Q0011", "450000101201")
    assert named()["Q0011"] == "450000101201"
    change("Q0011", None)
    assert "Q0011" not in named()
    change("Q0011", "450000101202")
    assert named()["Q0011"] == "450000101202"
    with pytest.raises(Refusal) as rated:
        change("Q0006", None)
    assert refused(rated.value) == ["manager_must_not_be_rated"]


def test_without_a_policy_ballots_are_held_against_the_rule_books_defaults(db: Connection) -> None:
    measure = scores.measure(db, book=_book(db), year=2027)
    assert (measure.version, measure.approved) == (0, False)
    assert [one // 100 for one in measure.maxima] == [25, 15, 10, 10, 15, 25]
