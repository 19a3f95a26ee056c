"""The month's work days become one voucher: debit the cost, credit 213 by member; corrected later by its difference."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from coop.daybook import actions, queries
from ledger.log import queries as log
from ledger.vouchers import actions as vouchers
from schemas.labour import Cost, LabourMonth, WorkDay
from schemas.problems import Refusal
from schemas.units import VoucherId
from schemas.vouchers import State, Step, Voucher
from tests.books.test_daybook import book_of, keep, take_back
from tests.builders import ACCOUNTANT, AT, BOOK, ON, REVIEWER, a_database, close, post, refused, rolled_back
from tests.conftest import Databases
from tests.registry import a_cooperative
from tests.registry import said_by as said_by_draft

HERD = Cost(account="141", detail="Q2501")
MARCH = ["2025-03-05 M0001 2.0 90 清栏", "2025-03-06 M0002 2.50 90 饲喂", "2025-03-20 M0001 1.5 100 饲喂"]


@pytest.fixture(scope="module")
def engine(databases: Databases, db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, a_cooperative) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as db:
        yield db


def book_labour(
    db: Connection,
    month: int = 202503,
    *,
    cost: Cost = HERD,
    dated: date | None = None,
    apart: tuple[VoucherId, ...] | None = None,
    key: str | None = None,
) -> Voucher:
    return actions.book_labour(
        db, month=month, cost=cost, book=book_of(db), by=ACCOUNTANT, on=ON, at=AT, dated=dated, apart=apart,
        key=key,
    )  # fmt: skip


def said_by(voucher: Voucher) -> str:
    return said_by_draft(vouchers.draft_of(voucher))


def of_month(db: Connection, month: int = 202503) -> LabourMonth:
    return queries.labour_month(db, book=BOOK, month=month)


def withdraw(db: Connection, voucher: Voucher) -> None:
    (outcome,) = vouchers.withdraw_many(
        db, [Step(voucher=voucher.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="重做"
    )
    assert outcome.voucher is not None


def test_a_month_is_drafted_by_member_and_drills_both_ways(db: Connection) -> None:
    keep(db, *MARCH, "2025-04-01 M0001 1.0 90 清栏")
    drafted = book_labour(db)
    assert (drafted.state, drafted.date) == (State.DRAFT, date(2025, 3, 31))
    assert said_by(drafted) == "141/Q2501 555.00 | cr 213/M0001 330.00 | cr 213/M0002 225.00"
    assert drafted.lines[0].summary == "2025年3月工分劳务费"
    assert queries.month_booked_by(db, book=BOOK, voucher=drafted.id) == 202503
    assert [one.voucher for one in of_month(db).vouchers] == [drafted.id]
    assert queries.last_cost(db, book=BOOK) == HERD
    (head,) = log.latest_entries(db, book=BOOK, limit=1)
    assert (head.act, head.after) == ("labour.book", "2025-03 555.00")


@pytest.mark.parametrize(
    "change", ["UPDATE labour_voucher SET book_id = book_id", "DELETE FROM labour_voucher"]
)
def test_which_voucher_booked_a_month_is_never_changed_or_lost(db: Connection, change: str) -> None:
    keep(db, *MARCH)
    book_labour(db)
    with pytest.raises(DBAPIError, match="labour_voucher is only added to"), db.begin_nested():
        db.exec_driver_sql(change)


def test_pay_is_rounded_once_a_member(db: Connection) -> None:
    keep(db, *["2025-03-05 M0001 0.33 1 清栏"] * 3)
    # Three times 0.33 yuan: each is a whole number of fen; 0.99 together.
    assert [(one.member, one.days, one.pay) for one in of_month(db).members] == [("M0001", 99, 99)]
    new = [
        WorkDay(on=date(2025, 5, 5), member="M0001", work="清栏", days=50, day_wage=101),
        WorkDay(on=date(2025, 5, 6), member="M0001", work="清栏", days=50, day_wage=101),
    ]
    actions.record_labour(db, new, book=BOOK, by=ACCOUNTANT, at=AT)
    # Twice half a day at 1.01 is 1.01, not twice 0.505 rounded up.
    assert of_month(db, 202505).pay == 101


def test_the_same_key_drafts_once(db: Connection) -> None:
    keep(db, *MARCH)
    first = book_labour(db, key="m")
    assert book_labour(db, key="m") == first
    with pytest.raises(Refusal) as other:
        book_labour(db, cost=Cost(account="401"), key="m")
    assert refused(other.value) == ["key_must_mean_the_same"]


def test_what_is_corrected_later_is_booked_by_its_difference(db: Connection) -> None:
    keep(db, *MARCH)
    first = book_labour(db)
    take_back(db, 2)
    keep(db, "2025-03-06 M0003 1.0 90 饲喂")
    second = book_labour(db)
    assert said_by(second) == "141/Q2501 -135.00 | cr 213/M0002 -225.00 | cr 213/M0003 90.00"
    assert second.lines[0].summary == "2025年3月工分劳务费（补差）"
    assert of_month(db).is_booked
    withdraw(db, second)
    assert (of_month(db).due, of_month(db).is_booked) == (-135_00, False)
    withdraw(db, first)
    assert said_by(book_labour(db)) == "141/Q2501 420.00 | cr 213/M0001 330.00 | cr 213/M0003 90.00"


def test_days_written_for_another_member_are_booked_without_a_cost(db: Connection) -> None:
    keep(db, *MARCH)
    book_labour(db)
    take_back(db, 2)
    keep(db, "2025-03-06 M0003 2.50 90 饲喂")
    assert said_by(book_labour(db)) == "cr 213/M0002 -225.00 | cr 213/M0003 225.00"


def test_what_another_voucher_booked_is_not_booked_twice(db: Connection) -> None:
    keep(db, *MARCH)
    by_hand = post(db, "2025-03-25 3月轮值劳务费 | 141/Q2501 330 | cr 213/M0001 330")
    assert [(one.voucher, one.amount, one.linked) for one in of_month(db).vouchers] == [
        (by_hand.id, 330_00, False)
    ]
    assert said_by(book_labour(db)) == "141/Q2501 225.00 | cr 213/M0002 225.00"
    # Paying it is no booking of work.
    post(db, "2025-03-28 发放劳务费 | 213/M0001 330 | cr 102 330")
    assert of_month(db).is_booked


def test_a_voucher_of_other_labour_stands_apart_for_good(db: Connection) -> None:
    keep(db, *MARCH)
    barn = post(db, "2025-03-20 牛舍用工 | 153/土地 300 | cr 213/M0001 300")
    assert [(one.voucher, one.counted) for one in of_month(db).vouchers] == [(barn.id, True)]
    drafted = book_labour(db, apart=(barn.id,))
    assert said_by(drafted) == "141/Q2501 555.00 | cr 213/M0001 330.00 | cr 213/M0002 225.00"
    assert [one.voucher for one in of_month(db).vouchers] == [drafted.id]
    keep(db, "2025-03-21 M0001 1.0 90 清栏")
    assert said_by(book_labour(db)) == "141/Q2501 90.00 | cr 213/M0001 90.00"


def test_more_than_the_sheet_has_is_for_something_else(db: Connection) -> None:
    keep(db, *MARCH)
    post(db, "2025-03-20 牛舍用工 | 153/土地 500 | cr 213/M0001 500")
    assert [(one.amount, one.counted) for one in of_month(db).vouchers] == [(500_00, False)]
    assert said_by(book_labour(db)) == "141/Q2501 555.00 | cr 213/M0001 330.00 | cr 213/M0002 225.00"
    # What a voucher books that counted stays booked when the sheet is corrected.
    post(db, "2025-05-25 5月劳务费 | 141/Q2501 90 | cr 213/M0001 90")
    keep(db, "2025-05-05 M0001 1.0 90 清栏")
    take_back(db, 4)
    assert (of_month(db, 202505).due, of_month(db, 202504).vouchers) == (-90_00, ())
    assert said_by(book_labour(db, 202505)) == "141/Q2501 -90.00 | cr 213/M0001 -90.00"


def test_a_cancelled_voucher_books_nothing(db: Connection) -> None:
    keep(db, *MARCH)
    by_hand = post(db, "2025-03-25 劳务费 | 141/Q2501 330 | cr 213/M0001 330")
    vouchers.reverse(db, book=BOOK, voucher=by_hand.id, dated=date(2025, 3, 26), by=ACCOUNTANT, on=ON, at=AT)
    assert of_month(db).due == 555_00


@pytest.mark.parametrize(
    ("sheet", "asked", "codes"),
    [
        ([], {}, ["month_needs_work_days"]),
        (MARCH, {"month": 202504}, ["month_needs_work_days"]),
        (MARCH, {"cost": Cost(account="102")}, ["labour_needs_a_cost_account"]),
        (MARCH, {"cost": Cost(account="213", detail="M0001")}, ["labour_needs_a_cost_account"]),
        (MARCH, {"cost": Cost(account="999")}, ["account_must_exist"]),
        (MARCH, {"cost": Cost(account="141")}, ["detail_must_be_given"]),
        (MARCH, {"dated": date(2024, 12, 31)}, ["year_must_be_begun"]),
        (MARCH, {"apart": (99,)}, ["only_a_voucher_beside_the_sheet_stands_apart"]),
    ],
)
def test_booking_is_refused(
    db: Connection, sheet: list[str], asked: dict[str, object], codes: list[str]
) -> None:
    if sheet:
        keep(db, *sheet)
    with pytest.raises(Refusal) as refusal:
        book_labour(db, **asked)  # type: ignore[arg-type]
    assert refused(refusal.value) == codes


def test_a_month_booked_as_the_sheet_says_is_refused(db: Connection) -> None:
    keep(db, *MARCH)
    book_labour(db)
    with pytest.raises(Refusal) as again:
        book_labour(db)
    assert refused(again.value) == ["month_must_not_be_booked"]


def test_days_without_a_value_are_refused_until_taken_back(db: Connection) -> None:
    free = WorkDay(on=date(2025, 3, 5), member="M0001", work="清栏", days=100, day_wage=0)
    actions.record_labour(db, [free], book=BOOK, by=ACCOUNTANT, at=AT)
    keep(db, "2025-03-06 M0002 1.0 90 饲喂")
    with pytest.raises(Refusal) as refusal:
        book_labour(db)
    assert refused(refusal.value) == ["work_days_need_a_value"]
    take_back(db, 1)
    assert said_by(book_labour(db)) == "141/Q2501 90.00 | cr 213/M0002 90.00"


def test_a_closed_month_takes_its_difference_in_an_open_one(db: Connection) -> None:
    keep(db, *MARCH)
    (reviewed,) = vouchers.review_many(
        db, [Step(voucher=book_labour(db).id)], book=BOOK, by=REVIEWER, on=ON, at=AT
    )
    assert reviewed.voucher is not None
    vouchers.post_many(db, [Step(voucher=reviewed.voucher.id)], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    for month in (202501, 202502, 202503):
        close(db, month)
    keep(db, "2025-03-21 M0001 1.0 90 清栏")
    with pytest.raises(Refusal) as closed:
        book_labour(db)
    assert refused(closed.value) == ["period_must_be_open"]
    later = book_labour(db, dated=date(2025, 4, 30))
    assert (later.period, said_by(later)) == (202504, "141/Q2501 90.00 | cr 213/M0001 90.00")
    assert (of_month(db).is_booked, of_month(db, 202504).vouchers) == (True, ())
