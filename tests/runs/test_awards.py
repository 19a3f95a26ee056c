"""A township's tiers as a run: from scores to what falls due month by month, in the books of whoever pays."""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from coop.members import actions as member_actions
from coop.members import queries as members
from coop.scoring import actions as scoring
from coop.scoring import queries as scoring_queries
from coop.vault.rules import Vault, vault_key
from ledger.vouchers import actions as voucher_actions
from ledger.vouchers import queries as vouchers
from payouts.awards import actions, queries
from payouts.awards.rules import months_due
from payouts.proof.queries import prove, prove_township
from payouts.proposals import queries as proposals
from payouts.runs import actions as runs
from payouts.runs.rules import RunName, name_of
from payouts.ties import actions as tie_actions
from schemas.awards import AwardState, LeftOffice, PutInOrder
from schemas.members import MemberKind, NewMember
from schemas.problems import Refusal
from schemas.runs import Run, RunKind, RunState
from schemas.scores import Manager, VillageScore
from schemas.vouchers import State, Step
from tests.builders import ACCOUNTANT, REVIEWER, a_database, behind_the_service, rolled_back
from tests.runs.awards import (
    CLEAR,
    FIRST,
    OVER,
    RIDGE,
    RIVER,
    SCAN,
    TOWNSHIP,
    YEAR,
    a_township,
    drafted,
    paid_by_collectives,
    posted,
    submitted,
)
from tests.runs.years import OFFICER, at, book_called

if TYPE_CHECKING:
    from tests.conftest import Databases


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, a_township) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def states(db: Connection, on: date) -> Counter[AwardState]:
    return Counter(one.state for one in queries.awards(db, township=TOWNSHIP, on=on))


def test_a_township_s_run_goes_from_scores_to_what_is_due(db: Connection) -> None:
    """Nine cadres are paid in twelve months, two managers once."""
    run = posted(db)
    assert (run.id, run.state, run.total) == (f"{TOWNSHIP}.tiers.2025.1", RunState.POSTED, 5_218_461)
    awards = queries.awards(db, township=TOWNSHIP, on=OVER)
    assert sum(one.amount for one in awards) == run.total
    assert Counter(one.state for one in awards) == {AwardState.DUE: 20, AwardState.WAITING: 90}
    mine = [one for one in awards if one.person == "蓝永忠"]
    assert [(one.no, one.month, one.amount) for one in mine if one.no in {1, 11, 12}] == [
        (1, 202601, 38_461),
        (11, 202611, 38_461),
        (12, 202612, 38_468),
    ]
    assert [(one.month, one.amount) for one in awards if one.person == "李日山"] == [(202602, 720_000)]
    assert months_due(awards) == (), "the township pays, so no book owes anything"
    assert prove_township(db, township=TOWNSHIP).problems == ()


@pytest.mark.parametrize(
    ("left", "stopped"),
    [
        (date(2025, 12, 31), 12),
        (date(2026, 1, 1), 11),
        (date(2026, 6, 15), 6),
        (date(2026, 6, 30), 6),
        (date(2026, 7, 1), 5),
        (date(2026, 12, 1), 0),
    ],
)
def test_leaving_stops_the_months_that_begin_afterwards(db: Connection, left: date, stopped: int) -> None:
    posted(db)
    leaving = LeftOffice(village=RIVER, person="蓝永忠", on=left, reason="调离")
    actions.say_leaving(db, leaving, township=TOWNSHIP, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert states(db, date(2026, 12, 31))[AwardState.STOPPED] == stopped
    back = LeftOffice(village=RIVER, person="蓝永忠", on=None, reason="登记错误")
    actions.say_leaving(db, back, township=TOWNSHIP, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert states(db, date(2026, 12, 31)) == {AwardState.DUE: 110}
    assert prove_township(db, township=TOWNSHIP).problems == ()


def test_a_manager_s_bonus_is_paid_once_and_nothing_stops_it(db: Connection) -> None:
    posted(db)
    leaving = LeftOffice(village=CLEAR, person="李日山", on=date(2026, 1, 5), reason="辞职")
    actions.say_leaving(db, leaving, township=TOWNSHIP, by=ACCOUNTANT, on=OVER, at=at(OVER))
    (mine,) = (one for one in queries.awards(db, township=TOWNSHIP, on=OVER) if one.person == "李日山")
    assert mine.state is AwardState.DUE


def test_nobody_leaves_who_was_awarded_nothing(db: Connection) -> None:
    posted(db)
    with pytest.raises(Refusal) as refused:
        actions.say_leaving(
            db,
            LeftOffice(village=RIVER, person="某人", on=OVER, reason="调离"),
            township=TOWNSHIP,
            by=ACCOUNTANT,
            on=OVER,
            at=at(OVER),
        )
    assert [one.code for one in refused.value.problems] == ["person_must_be_awarded"]


def test_a_collective_that_pays_owes_month_by_month_and_once(db: Connection) -> None:
    paid_by_collectives(db)
    run = posted(db)
    made = drafted(db, OVER)
    clear = book_called(db, "清水村").id
    assert [(one.book == clear, one.lines[0].debit) for one in made if one.book == clear] == [
        (True, 140_000),
        (True, 860_000),
    ], "January; February with the manager's whole bonus"
    january = next(one for one in made if one.book == clear)
    assert [(line.account, line.detail, line.debit, line.credit) for line in january.lines] == [
        ("513", "", 140_000, 0),
        ("212", "黎美华", 0, 50_000),
        ("212", "黎德", 0, 50_000),
        ("212", "潘玉萍", 0, 40_000),
    ]
    assert {line.summary for line in january.lines} == {"计提2025年度绩效奖金（2026年1月）"}
    assert drafted(db, OVER) == [], "once however often called"
    assert states(db, OVER) == {AwardState.DRAFTED: 20, AwardState.WAITING: 90}
    step = [Step(voucher=january.id)]
    voucher_actions.review_many(db, step, book=clear, by=REVIEWER, on=OVER, at=at(OVER), atomic=True)
    voucher_actions.post_many(db, step, book=clear, by=REVIEWER, on=OVER, at=at(OVER), atomic=True)
    assert states(db, OVER)[AwardState.BOOKED] == 3
    with pytest.raises(Refusal) as refused:
        runs.revert(db, _name(run), by=OFFICER, on=OVER, at=at(OVER), reason="有误")
    assert {one.code for one in refused.value.problems} == {"awards_must_not_be_booked"}
    assert prove(db, book=book_called(db, "清水村")).problems == ()
    assert prove_township(db, township=TOWNSHIP).problems == ()


def test_a_withdrawn_voucher_s_month_is_due_again(db: Connection) -> None:
    paid_by_collectives(db)
    posted(db)
    made = drafted(db, date(2026, 1, 31))
    book = made[0].book
    voucher_actions.withdraw_many(
        db,
        [Step(voucher=made[0].id)],
        book=book,
        by=ACCOUNTANT,
        at=at(OVER),
        reason="摘要有误",
        atomic=True,
    )
    (again,) = (one for one in drafted(db, date(2026, 1, 31)) if one.book == book)
    assert again.lines == made[0].lines
    assert prove_township(db, township=TOWNSHIP).problems == ()
    assert vouchers.vouchers(db, book=book, ids=[again.id])[again.id].lines == made[0].lines


def test_a_run_that_is_reverted_takes_its_drafts_along(db: Connection) -> None:
    """A tick may draft while somebody thinks of it; only what is reviewed or posted stands in the way."""
    paid_by_collectives(db)
    run = posted(db)
    made = drafted(db, OVER)
    runs.revert(db, _name(run), by=OFFICER, on=OVER, at=at(OVER), reason="得分有误")
    states_after = {vouchers.vouchers(db, book=one.book, ids=[one.id])[one.id].state for one in made}
    assert states_after == {State.WITHDRAWN}
    assert drafted(db, OVER) == []
    assert prove(db, book=book_called(db, "清水村")).problems == ()


def test_two_managers_of_one_name_in_a_village_are_not_one_person(db: Connection) -> None:
    """Neither goes unpaid unseen."""
    book = book_called(db, "清水合作社").id
    manager = next(one for one in members.members(db, book=book).values() if one.name == "李日山")
    namesake = NewMember(
        number="Q9999",
        household="",
        name=manager.name,
        kind=MemberKind.HOUSEHOLD,
        identity="",
        phone="",
        bank="",
        bank_account="",
        account_kind=None,
        joined_on=date(2025, 1, 1),
        left_on=None,
        poverty_exit=None,
        note="",
    )
    vault = Vault([vault_key(bytes(32))], draw=bytes)
    member_actions.enter_many(db, [namesake], book=book, vault=vault, by=ACCOUNTANT, at=at(FIRST))
    one_more = Manager(year=YEAR, member="Q9999", village=CLEAR)
    scoring.appoint(db, [one_more], book=book, by=ACCOUNTANT, at=at(FIRST))
    with pytest.raises(Refusal) as refused:
        proposals.proposed(db, book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, on=FIRST)
    assert [one.code for one in refused.value.problems] == ["manager_must_be_one"]


def test_a_run_that_is_reverted_owes_nothing_more(db: Connection) -> None:
    run = posted(db)
    runs.revert(db, _name(run), by=OFFICER, on=OVER, at=at(OVER), reason="得分有误")
    assert queries.awards(db, township=TOWNSHIP, on=OVER) == ()
    again, _ = runs.new(db, book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert again.id == f"{TOWNSHIP}.tiers.2025.2"


def test_what_changed_since_a_tick_looked_is_not_drafted(db: Connection) -> None:
    """Somebody left, then the run was taken back, between looking what is due and drafting it."""
    paid_by_collectives(db)
    run = posted(db)
    may = date(2026, 5, 31)
    due = months_due(queries.awards(db, township=TOWNSHIP, on=may))
    leaving = LeftOffice(village=CLEAR, person="黎德", on=date(2026, 4, 15), reason="调离")
    actions.say_leaving(db, leaving, township=TOWNSHIP, by=ACCOUNTANT, on=may, at=at(may))
    clear = book_called(db, "清水村").id
    (in_may,) = (one for one in due if one.book == clear and one.month == 202605)
    voucher = actions.draft_due(db, in_may, dated=may, by=ACCOUNTANT, on=may, at=at(may))
    assert voucher is not None
    assert [line.detail for line in voucher.lines] == ["", "黎美华", "潘玉萍"]
    step = [Step(voucher=voucher.id)]
    voucher_actions.withdraw_many(db, step, book=clear, by=ACCOUNTANT, at=at(may), reason="重算", atomic=True)
    runs.revert(db, _name(run), by=OFFICER, on=may, at=at(may), reason="得分有误")
    for one in due:
        assert actions.draft_due(db, one, dated=may, by=ACCOUNTANT, on=may, at=at(may)) is None


def test_who_prepared_the_run_does_not_approve_it(db: Connection) -> None:
    name = submitted(db)
    runs.publish(db, name, by=ACCOUNTANT, on=FIRST, at=at(FIRST))
    with pytest.raises(Refusal) as refused:
        runs.approve(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert "approver_must_differ" in {one.code for one in refused.value.problems}


def test_a_score_that_changes_after_submission_is_named(db: Connection) -> None:
    name = submitted(db)
    _score(db, RIVER, 8_900)
    with pytest.raises(Refusal) as refused:
        runs.publish(db, name, by=ACCOUNTANT, on=FIRST, at=at(FIRST))
    (problem,) = refused.value.problems
    assert "Village 河口村: the score was 88.30 when the run was submitted and is 89.00" in str(problem)


@pytest.mark.parametrize(
    ("kind", "book"), [(RunKind.TIERS, "qingshuihezuoshe"), (RunKind.DIVIDEND, TOWNSHIP)]
)
def test_a_kind_is_made_where_it_belongs(db: Connection, kind: RunKind, book: str) -> None:
    with pytest.raises(Refusal) as refused:
        proposals.proposed(db, book=book, kind=kind, year=YEAR, on=FIRST)
    assert [one.code for one in refused.value.problems] == ["kind_must_fit"]


def test_equals_across_a_boundary_stop_the_run_until_a_resolution_orders_them(db: Connection) -> None:
    """河口村 and 岭脚村 with the same score and the same keys: one of them would be in tier two, the other in three."""
    _tied(db)
    with pytest.raises(Refusal) as refused:
        proposals.proposed(db, book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, on=FIRST)
    assert [one.code for one in refused.value.problems] == ["tie_must_be_resolved"]
    for order in ((RIDGE, RIVER), (RIVER, RIDGE)):
        _in_order(db, order)
        made = proposals.proposed(db, book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, on=FIRST)
        assert [part.name for part in made.parts][1:] == [
            {RIVER: "河口村", RIDGE: "岭脚村"}[code] for code in order
        ]
    assert prove_township(db, township=TOWNSHIP).problems == ()


@pytest.mark.parametrize(
    ("place", "order", "code"),
    [
        (TOWNSHIP, (RIVER, "450000101999"), "order_must_be_of_a_tie"),
        (TOWNSHIP, (RIVER, RIVER), "order_must_be_of_a_tie"),
        (TOWNSHIP, (CLEAR, RIVER, RIDGE), "order_must_be_of_a_tie"),
        (RIVER, ("蓝永忠", "欧阳志民"), "order_must_be_of_a_tie"),
        ("450000101999", ("甲", "乙"), "place_must_be_of_the_township"),
    ],
)
def test_an_order_names_just_those_a_boundary_divides(
    db: Connection, place: str, order: tuple[str, ...], code: str
) -> None:
    _tied(db)
    with pytest.raises(Refusal) as refused:
        _in_order(db, order, place=place)
    assert [one.code for one in refused.value.problems] == [code]


def test_an_order_of_two_counts_no_more_when_a_third_comes_level(db: Connection) -> None:
    _tied(db)
    _in_order(db, (RIDGE, RIVER))
    _score(db, CLEAR, 8_830)
    with pytest.raises(Refusal) as refused:
        proposals.proposed(db, book=TOWNSHIP, kind=RunKind.TIERS, year=YEAR, on=FIRST)
    assert "tie_must_be_resolved" in {one.code for one in refused.value.problems}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE leaving SET left_on = '2026-01-01'", "said_must_be_as_sealed"),
        ("DELETE FROM leaving", "said_must_be_there"),
        ("UPDATE tier_order SET resolution = '另一份'", "said_must_be_as_sealed"),
        ("UPDATE tier_order_name SET who = '450000101200' WHERE no = 1", "said_must_be_as_sealed"),
        ("UPDATE run_line SET amount = amount + 1 WHERE kind = 'tiers' AND payee = '450000101201/蓝永忠'", "run_line_must_recompute"),
        ("UPDATE award_voucher SET amount = amount + 1", "said_must_be_as_sealed"),
        ("DELETE FROM award_voucher", "said_must_be_there"),
    ],
)  # fmt: skip
def test_what_is_changed_behind_the_service_is_named(engine: Engine, change: str, code: str) -> None:
    with behind_the_service(engine) as db:
        _tied(db)
        _in_order(db, (RIVER, RIDGE))
        paid_by_collectives(db)
        posted(db)
        actions.say_leaving(
            db,
            LeftOffice(village=RIVER, person="蓝永忠", on=date(2026, 6, 15), reason="调离"),
            township=TOWNSHIP,
            by=ACCOUNTANT,
            on=OVER,
            at=at(OVER),
        )
        (book, *_) = {one.book for one in drafted(db, OVER) if one.book == book_called(db, "清水村").id}
        db.exec_driver_sql(change)
        found = {one.code for one in prove_township(db, township=TOWNSHIP).problems}
        found |= {one.code for one in prove(db, book=book_called(db, "清水村")).problems}
        assert code in found, book


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            "UPDATE posting SET credit = credit + 1 WHERE account = '212' AND detail = '黎美华'",
            "500.01 owed to 黎美华",
        ),
        (
            "UPDATE posting SET detail = '某人' WHERE account = '212' AND detail = '黎美华'",
            "0.00 owed to 黎美华",
        ),
        (
            "UPDATE posting SET detail = '某人' WHERE account = '212' AND detail = '黎美华'",
            "500.00 owed to 某人",
        ),
    ],
)
def test_a_posted_voucher_owes_just_the_bonuses_it_is_for(engine: Engine, change: str, says: str) -> None:
    with behind_the_service(engine) as db:
        paid_by_collectives(db)
        posted(db)
        book = book_called(db, "清水村")
        january = next(one for one in drafted(db, OVER) if one.book == book.id)
        step = [Step(voucher=january.id)]
        voucher_actions.review_many(db, step, book=book.id, by=REVIEWER, on=OVER, at=at(OVER), atomic=True)
        voucher_actions.post_many(db, step, book=book.id, by=REVIEWER, on=OVER, at=at(OVER), atomic=True)
        assert prove(db, book=book).problems == ()
        db.exec_driver_sql(change)
        found = [str(one) for one in prove(db, book=book).problems if one.code == OWES]
        assert any(says in one for one in found), found


OWES = "award_voucher_must_owe_its_parts"


def test_only_years_that_may_still_owe_something_are_looked_at(db: Connection) -> None:
    """A tick asks for no year the township pays itself, nor for one that is in vouchers to the last fen."""
    assert queries.years_open(db, township=TOWNSHIP) == ()
    paid_by_collectives(db)
    posted(db)
    drafted(db, OVER)
    assert queries.years_open(db, township=TOWNSHIP) == (YEAR,)
    drafted(db, date(2026, 12, 31))
    assert queries.years_open(db, township=TOWNSHIP) == ()


def test_what_a_township_pays_itself_is_not_looked_at(db: Connection) -> None:
    posted(db)
    assert queries.years_open(db, township=TOWNSHIP) == ()


def test_only_the_books_whose_managers_serve_the_township_are_asked(db: Connection) -> None:
    (serving,) = scoring_queries.books_serving(db, township=TOWNSHIP, year=YEAR)
    assert serving == "qingshuihezuoshe"
    assert scoring_queries.books_serving(db, township="450000102", year=YEAR) == ()
    assert scoring_queries.books_serving(db, township=TOWNSHIP, year=YEAR - 1) == ()


def _tied(db: Connection) -> None:
    """河口村 and 岭脚村 with the same score and the same keys."""
    for village in (RIVER, RIDGE):
        _score(db, village, 8_830)


def _in_order(db: Connection, order: tuple[str, ...], *, place: str = TOWNSHIP) -> None:
    tie_actions.put_in_order(
        db,
        PutInOrder(place=place, order=order, resolution="云岭镇会议2026-2"),
        township=TOWNSHIP,
        year=YEAR,
        paper=SCAN,
        by=ACCOUNTANT,
        at=at(FIRST),
    )


@pytest.mark.parametrize("table", ["tier_order", "tier_order_name", "leaving", "award_voucher"])
@pytest.mark.parametrize("change", ["UPDATE {} SET book_id = book_id", "DELETE FROM {}"])
def test_a_fact_is_never_changed_or_lost(db: Connection, table: str, change: str) -> None:
    _tied(db)
    _in_order(db, (RIVER, RIDGE))
    paid_by_collectives(db)
    posted(db)
    drafted(db, OVER)
    leaving = LeftOffice(village=RIVER, person="蓝永忠", on=date(2026, 6, 15), reason="调离")
    actions.say_leaving(db, leaving, township=TOWNSHIP, by=ACCOUNTANT, on=OVER, at=at(OVER))
    with pytest.raises(DBAPIError, match=f"{table} is only added to"):
        db.exec_driver_sql(change.format(table))


def _score(db: Connection, village: str, score: int) -> None:
    new = VillageScore(year=YEAR, village=village, score=score, benefit=9_000, attendance=9_000)
    scoring.score_villages(db, [new], by=ACCOUNTANT, at=at(FIRST))


def _name(run: Run) -> RunName:
    name = name_of(run.id)
    assert name is not None
    return name
