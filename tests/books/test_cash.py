"""The cash journal day by day, the counts beside it, and the cashier's signature on what moved money."""

from datetime import date

import pytest
from sqlalchemy import Connection

from ledger.books import queries as books
from ledger.cash import actions, queries, rules
from ledger.journals import queries as journals
from ledger.journals.rules import check_of_signatures
from ledger.log import queries as log
from ledger.money import fen_from_yuan
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as voucher_queries
from schemas.books import Book
from schemas.cash import CashCount, NewCashCount, Pieces
from schemas.charts import Money
from schemas.journals import MoneyAccount
from schemas.problems import Refusal
from schemas.vouchers import NewDraft, Step
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    REVIEWER,
    a_book,
    close_year,
    drafted,
    post,
    posted,
    record,
    refused,
    review,
)

CASH = MoneyAccount(account="101")


def some(text: str) -> tuple[Pieces, ...]:
    """``12x100.00 2x20.00``: twelve notes of 100 yuan and two of 20."""
    return tuple(
        Pieces(face=fen_from_yuan(face), number=int(number))
        for number, _, face in (word.partition("x") for word in text.split())
    )


def count(db: Connection, day: str, counted: int, **given: object) -> CashCount:
    new = NewCashCount(date=date.fromisoformat(day), counted=counted, **given)  # type: ignore[arg-type]
    return actions.count_cash(db, new, book=BOOK, by=CASHIER, on=ON, at=AT)


def days(db: Connection, period: int) -> list[tuple[str, int, bool, int | None]]:
    """Day, balance in the book, whether it moved, and what was counted."""
    book = books.book(db, id=BOOK)
    assert book is not None
    return [
        (str(day.date)[5:], day.book, day.moved, None if day.count is None else day.count.counted)
        for day in queries.cash_days(db, book=book, period=period)
    ]


def a_month_of_cash(db: Connection) -> Book:
    """Opens with 1 000.00 in the box; money moves on 3, 3 and 20 March, and on 2 April."""
    book = a_book(db, parties="财政补助", openings="101 1000.00 | cr 311/财政补助 1000.00")
    post(db, "2025-03-03 提现 | 101 500.00 | cr 102 500.00")
    post(db, "2025-03-03 付电费 | 523 120.00 | cr 101 120.00")
    post(db, "2025-03-20 付邮费 | 523 30.00 | cr 101 30.00")
    post(db, "2025-04-02 零售 | 101 80.00 | cr 501 80.00")
    drafted(db, "2025-03-25 未记账 | 101 9.00 | cr 501 9.00")
    return book


def test_the_cash_journal_shows_every_day_that_moved_and_its_balance(db: Connection) -> None:
    a_month_of_cash(db)
    found = journals.journal_days(db, book=BOOK, of=CASH, period=202503)
    assert [(str(day.date), day.debit, day.credit, day.balance) for day in found] == [
        ("2025-03-03", 50000, 12000, 138000),
        ("2025-03-20", 0, 3000, 135000),
    ]
    on = [
        journals.balance_on(db, book=BOOK, of=CASH, on=date.fromisoformat(day))
        for day in ("2025-01-01", "2025-03-02", "2025-03-03", "2025-03-31", "2025-04-01", "2025-04-02")
    ]
    assert on == [100000, 100000, 138000, 135000, 135000, 143000]


def test_counts_stand_beside_the_journal_and_the_last_one_of_a_day_counts(db: Connection) -> None:
    a_month_of_cash(db)
    count(db, "2025-03-03", 137000)
    last = count(db, "2025-03-03", 138000, pieces=some("13x100.00 1x50.00 3x10.00 0x0.01"), witness=REVIEWER)
    count(db, "2025-03-10", 138000)
    assert days(db, 202503) == [
        ("03-03", 138000, True, 138000),
        ("03-10", 138000, False, 138000),
        ("03-20", 135000, True, None),
    ]
    assert days(db, 202504) == [("04-02", 143000, True, None)]
    assert last.pieces == some("13x100.00 1x50.00 3x10.00")
    kept = queries.counts(
        db, book=BOOK, account="101", first_day=date(2025, 3, 1), last_day=date(2025, 3, 31)
    )
    assert [made.counted for made in kept] == [137000, 138000, 138000]
    assert (kept[1], kept[1].witness) == (last, REVIEWER)
    first, *_ = log.entries(db, book=BOOK, act="cash.count")
    assert (first.before, first.after) == ("101 2025-03-03 1380.00", "1370.00")


def test_a_difference_is_booked_and_then_agrees(db: Connection) -> None:
    a_month_of_cash(db)
    made = count(db, "2025-03-20", 134550)
    assert (made.book_then, made.counted) == (135000, 134550)
    day = queries.cash_day(db, book=BOOK, account="101", on=date(2025, 3, 20))
    assert day.difference == -450
    draft = rules.difference_draft(day, dated=day.date)
    voucher = vouchers.one(
        vouchers.draft_many(db, [NewDraft(draft=draft)], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    )
    assert queries.cash_day(db, book=BOOK, account="101", on=date(2025, 3, 20)).difference == -450
    posted(db, review(db, voucher))
    after = queries.cash_day(db, book=BOOK, account="101", on=date(2025, 3, 20))
    assert (after.difference, after.count) == (0, made)


@pytest.mark.parametrize(
    ("account", "day", "code"),
    [
        ("102", "2025-03-03", "account_must_be_cash"),
        ("523", "2025-03-03", "account_must_be_cash"),
        ("999", "2025-03-03", "account_must_be_cash"),
        ("101", "2026-01-16", "count_must_not_lie_ahead"),
    ],
)
def test_a_count_that_cannot_be_true_is_refused(db: Connection, account: str, day: str, code: str) -> None:
    a_book(db)
    with pytest.raises(Refusal) as refusal:
        count(db, day, 0, account=account)
    assert refused(refusal.value) == [code]


def test_the_balance_of_a_new_year_goes_on_from_the_settled_one(db: Connection) -> None:
    a_month_of_cash(db)
    for voucher in voucher_queries.unposted_until(db, book=BOOK, period=202512):
        vouchers.withdraw_many(db, [Step(voucher=voucher.id)], book=BOOK, by=ACCOUNTANT, at=AT, reason="x")
    close_year(db, 2025)
    post(db, "2026-01-05 零售 | 101 7.00 | cr 501 7.00")
    assert journals.balance_on(db, book=BOOK, of=CASH, on=date(2026, 1, 5)) == 143700
    assert days(db, 202601) == [("01-05", 143700, True, None)]


def test_the_money_accounts_are_those_that_ever_moved(db: Connection) -> None:
    book = a_book(
        db,
        parties="农商行 财政补助",
        openings="102/农商行 700.00 | cr 311/财政补助 700.00",
    )
    assert [of.text for of in journals.money_accounts(db, book=book, kind=Money.BANK)] == ["102 农商行"]
    post(db, "2025-03-03 提现 | 101 500.00 | cr 102 500.00")
    assert [of.text for of in journals.money_accounts(db, book=book, kind=Money.BANK)] == [
        "102",
        "102 农商行",
    ]
    assert [of.text for of in journals.money_accounts(db, book=book, kind=Money.CASH)] == ["101"]


def test_vouchers_that_move_money_want_the_cashiers_signature(db: Connection) -> None:
    book = a_book(db, parties="M0001")
    cash = post(db, "2025-03-03 提现 | 101 500.00 | cr 102 500.00")
    bank = post(db, "2025-03-04 利息 | 102 1.00 | 524 -1.00")
    post(db, "2025-03-05 计提 | 523 1.00 | cr 213/M0001 1.00")
    post(db, "2025-04-05 利息 | 102 1.00 | 524 -1.00")
    drafted(db, "2025-03-06 利息 | 102 1.00 | 524 -1.00")
    record(db, "2025-03-06 利息 | 102 1.00 | 524 -1.00", number=9)

    def unsigned() -> list[str]:
        found = journals.unsigned_money_vouchers(db, book=book, period=202503)
        return [label.text for label in found]

    assert unsigned() == ["记-0001", "记-0002"]
    vouchers.sign_as_cashier(db, [bank.id], book=BOOK, by=CASHIER, at=AT)
    assert unsigned() == ["记-0001"]
    (problem,) = check_of_signatures(journals.unsigned_money_vouchers(db, book=book, period=202503)).problems
    assert str(problem) == (
        f"/vouchers/{cash.id}: Voucher 记-0001 of 2025-03-03 moves money and the cashier has not signed it. "
        "Have the cashier sign it."
    )
    vouchers.sign_as_cashier(db, [cash.id], book=BOOK, by=CASHIER, at=AT)
    assert unsigned() == []
