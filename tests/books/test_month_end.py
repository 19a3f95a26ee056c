"""Before a month closes, what this floor warns of stands in the same list and stops nothing."""

from datetime import date

from sqlalchemy import Connection

from ledger.assets import actions as assets
from ledger.bank import actions as bank
from ledger.bank import queries as bank_queries
from ledger.cash import actions as cash
from ledger.evidence import actions as evidence
from ledger.evidence.rules import described
from ledger.month_end.queries import ledger_checks
from ledger.periods import actions as periods
from ledger.vouchers import actions as vouchers
from schemas.assets import NewCard
from schemas.bank import Statement, StatementRow
from schemas.books import Book
from schemas.cash import NewCashCount
from schemas.evidence import NewAttachment
from schemas.journals import MoneyAccount
from schemas.periods import Check
from schemas.vouchers import NewDraft
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    REVIEWER,
    a_book,
    a_draft,
    post,
    posted,
    review,
)

BANK = MoneyAccount(account="102")


def found(checks: tuple[Check, ...]) -> dict[str, list[str]]:
    """The problems of each check by name."""
    assert not any(check.stops for check in checks)
    return {check.name: [problem.code for problem in check.problems] for check in checks}


def a_month(db: Connection) -> Book:
    """January: a barn of 1 200.00 bought in December before, cash taken from the bank, a fee without a paper."""
    book = a_book(
        db,
        parties="牛舍 财政补助",
        openings="102 1000.00 | 151/牛舍 1200.00 | cr 311/财政补助 2200.00",
    )
    post(db, "2025-01-06 提现 | 101 100.00 | cr 102 100.00")
    fee = a_draft("2025-01-20 手续费 | 524 5.00 | cr 102 5.00", originals=0)
    draft = NewDraft(draft=fee)
    posted(
        db,
        review(db, vouchers.one(vouchers.draft_many(db, [draft], book=BOOK, by=ACCOUNTANT, on=ON, at=AT))),
    )
    return book


def test_a_quiet_month_has_nothing_to_warn_of(db: Connection) -> None:
    book = a_book(db)
    assert found(ledger_checks(db, book=book, period=202501)) == {
        "evidence": [],
        "signatures": [],
        "cash": [],
        "bank": [],
        "assets": [],
    }


def test_what_is_left_to_do_is_listed_until_it_is_done(db: Connection) -> None:
    book = a_month(db)
    assert found(ledger_checks(db, book=book, period=202501)) == {
        "evidence": ["voucher_should_have_evidence"],
        "signatures": ["money_voucher_should_be_signed"] * 2,
        "cash": ["cash_should_be_counted"],
        "bank": ["statements_should_be_taken"],
        "assets": ["asset_should_have_a_card"],
    }
    slip = described(b"%PDF-1.4 fee", name="回单.pdf")
    evidence.attach(db, NewAttachment(voucher=2, file=slip), book=BOOK, by=CASHIER, at=AT)
    vouchers.sign_as_cashier(db, [1, 2], book=BOOK, by=CASHIER, at=AT)
    counted = NewCashCount(date=date(2025, 1, 6), counted=9900)
    cash.count_cash(db, counted, book=BOOK, by=CASHIER, on=ON, at=AT)
    bank.take_statement(
        db,
        Statement(
            of=BANK,
            first_day=date(2025, 1, 1),
            last_day=date(2025, 1, 31),
            opening=100000,
            closing=89500,
            rows=(
                StatementRow(date=date(2025, 1, 6), amount=-10000),
                StatementRow(date=date(2025, 1, 20), amount=-500),
            ),
        ),
        book=BOOK,
        by=CASHIER,
        on=ON,
        at=AT,
    )
    card = NewCard(
        code="牛舍",
        name="牛舍",
        account="151",
        detail="牛舍",
        cost=120000,
        life_months=12,
        in_use_since=date(2024, 12, 10),
        expense_account="523",
    )
    assets.add_cards(db, [card], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    assert found(ledger_checks(db, book=book, period=202501)) == {
        "evidence": [],
        "signatures": [],
        "cash": ["cash_should_not_be_missing"],
        "bank": ["rows_should_be_matched"],
        "assets": ["month_should_be_written_off"],
    }
    right = NewCashCount(date=date(2025, 1, 6), counted=10000)
    cash.count_cash(db, right, book=BOOK, by=CASHIER, on=ON, at=AT)
    proposed = bank_queries.proposed(db, book=BOOK, of=BANK, on=date(2025, 1, 31))
    bank.match_many(db, proposed, book=BOOK, of=BANK, by=CASHIER, at=AT)
    plan = assets.draft_month(db, book=BOOK, period=202501, by=ACCOUNTANT, on=ON, at=AT)
    assert plan is not None
    left = found(ledger_checks(db, book=book, period=202501))
    assert (left["cash"], left["bank"]) == ([], [])
    assert left["assets"] == ["plan_voucher_should_be_posted"]
    posted(db, review(db, plan))
    assert all(codes == [] for codes in found(ledger_checks(db, book=book, period=202501)).values())


def test_the_warnings_close_with_the_month(db: Connection) -> None:
    book = a_month(db)
    checks = ledger_checks(db, book=book, period=202501)
    periods.close_month(
        db,
        book=BOOK,
        period=202501,
        by=ACCOUNTANT,
        reviewed_by=REVIEWER,
        on=ON,
        at=AT,
        also=checks,
    )


def test_cards_that_do_not_come_to_what_the_book_shows_are_named(db: Connection) -> None:
    book = a_month(db)
    card = NewCard(
        code="牛舍",
        name="牛舍",
        account="151",
        detail="牛舍",
        cost=130000,
        life_months=12,
        in_use_since=date(2024, 12, 10),
        expense_account="523",
        taken=20000,
        taken_until=202501,
    )
    assets.add_cards(db, [card], book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    (check,) = (c for c in ledger_checks(db, book=book, period=202501) if c.name == "assets")
    assert [problem.says.format_map(problem.figures) for problem in check.problems] == [
        "151 牛舍: the cards come to 1300.00, the book to 1200.00.",
        "152 牛舍: the cards come to -200.00, the book to 0.00.",
    ]
    assets.dispose(
        db,
        book=BOOK,
        code="牛舍",
        day=date(2025, 1, 31),
        reason="拆除",
        by=ACCOUNTANT,
        on=ON,
        at=AT,
    )
    (check,) = (c for c in ledger_checks(db, book=book, period=202501) if c.name == "assets")
    assert [problem.figures["cards"] for problem in check.problems] == ["0.00"]
