"""Months close in order by two persons, open again only while nothing follows, and a year is settled and sealed."""

from collections.abc import Iterator
from datetime import date

import pytest
from sqlalchemy import Connection, Engine

from ledger.balances import queries as balances
from ledger.balances.rules import trial_balance
from ledger.books import queries as books
from ledger.log import queries as log
from ledger.money import yuan
from ledger.periods import actions as periods
from ledger.periods import queries
from ledger.proof import queries as proof
from ledger.proof.rules import book_must_be_as_opened
from ledger.vouchers import actions as vouchers
from schemas.periods import Check, CloseStage, PeriodStatus, RequestState
from schemas.problems import Refusal
from schemas.vouchers import NumberGap, Origin, Step, Voucher, Word
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    REVIEWER,
    a_book,
    a_database,
    close,
    close_year,
    codes,
    drafted,
    post,
    record,
    refused,
    reversed_,
    reviewed,
    rolled_back,
)
from tests.conftest import Databases
from web.proof import loaded_by_beancount


@pytest.fixture(scope="module")
def furnished(databases: Databases, db_kind: str) -> Iterator[Engine]:
    def furnish(db: Connection) -> None:
        a_book(db, parties="M0001 电费 待处理 饲料 利息", openings="102 1000 | cr 301/M0001 1000")

    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def db(furnished: Engine) -> Iterator[Connection]:
    """A connection to a new book of 2025; what the test does is rolled back."""
    with rolled_back(furnished) as connection:
        yield connection


def closing(
    db: Connection,
    month: int,
    *,
    by: int = ACCOUNTANT,
    reviewed_by: int = REVIEWER,
    also: tuple[Check, ...] = (),
) -> list[str]:
    """The codes that keep a month from closing; empty when it closed."""
    try:
        periods.close_month(
            db, book=BOOK, period=month, by=by, reviewed_by=reviewed_by, on=ON, at=AT, also=also
        )
    except Refusal as refusal:
        return refused(refusal)
    return []


def reopening(db: Connection, month: int, *, by: int = REVIEWER) -> list[str]:
    try:
        periods.reopen_month(db, book=BOOK, period=month, by=by, reason="漏记一笔", on=ON, at=AT)
    except Refusal as refusal:
        return refused(refusal)
    return []


def status(db: Connection) -> dict[int, PeriodStatus]:
    return {period: seal.status for period, seal in queries.seals(db, book=BOOK).items()}


def accounts(db: Connection, until: int) -> dict[str, str]:
    """The closing balance of every account that has one, debit positive."""
    rows = balances.details_between(db, book=BOOK, from_period=202501, to_period=until)
    trial = trial_balance(rows, from_period=202501, to_period=until)
    return {
        row.account: yuan(row.closing_debit - row.closing_credit)
        for row in trial.rows
        if row.closing_debit or row.closing_credit
    }


# Closing a month


def test_a_closed_month_is_sealed_with_the_head_of_the_chain(db: Connection) -> None:
    post(db, "2025-01-21 利息 | 102 49.11 | 524 -49.11")
    assert closing(db, 202501) == []
    seal, head = queries.seals(db, book=BOOK)[202501], log.head(db, book=BOOK)
    assert head is not None
    assert (seal.status, seal.seal_seq, seal.seal) == (PeriodStatus.CLOSED, head.length, head.hash)
    assert (seal.by, seal.reviewed_by) == (ACCOUNTANT, REVIEWER)
    (entry,) = log.latest_entries(db, book=BOOK, limit=1)
    assert (entry.act, entry.subject, entry.after) == (
        "period.close",
        "period:2025-01",
        "closed, reviewed by 2",
    )


def test_every_obstacle_is_said_at_once(db: Connection) -> None:
    close(db, 202501)
    drafted(db, "2025-03-21 付电费 | 523/电费 8 | cr 102 8")
    reviewed(db, "2025-02-21 付电费 | 523/电费 8 | cr 102 8")
    record(db, "2025-02-01 利息 | 102 4 | 524 -4", number=2)
    other = Check(
        name="register",
        says="The register equals 301.",
        problems=(book_must_be_as_opened.at(book=BOOK),),
    )
    assert closing(db, 202503, by=1, reviewed_by=1, also=(other,)) == [
        "closer_must_differ_from_reviewer",
        "earlier_month_must_be_closed",
        "vouchers_must_be_posted",
        "vouchers_must_be_posted",
        "numbers_must_be_continuous",
        "book_must_be_as_opened",
    ]
    assert status(db) == {202501: PeriodStatus.CLOSED}


def test_a_known_gap_is_listed_and_stops_nothing(db: Connection) -> None:
    record(db, "2025-01-01 利息 | 102 4 | 524 -4", number=2)
    assert closing(db, 202501) == ["numbers_must_be_continuous"]
    gap = NumberGap(year=2025, word=Word.GENERAL, number=1, confirmed_by=REVIEWER, reason="空白凭证作废")
    vouchers.confirm_gaps(db, [gap], book=BOOK, at=AT)
    book = books.book(db, id=BOOK)
    assert book is not None
    checks = {check.name: check for check in periods.month_checks(db, book=book, period=202501)}
    assert codes(checks["numbers"].problems) == ["gap_is_known"]
    assert closing(db, 202501) == []


def test_pending_losses_warn_the_month_and_stop_the_year(db: Connection) -> None:
    record(db, "2025-01-05 盘亏 | 181/待处理流动资产损溢 60 | cr 102 60")
    close(db, *range(202501, 202513))
    with pytest.raises(Refusal) as refusal:
        periods.settle_year(db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)
    assert refused(refusal.value) == ["clearing_account_must_be_zero"]


# Opening again


def test_the_last_closed_month_is_opened_by_a_second_person_only(db: Connection) -> None:
    close(db, 202501, 202502)
    assert reopening(db, 202502, by=ACCOUNTANT) == ["opener_must_differ_from_closer"]
    assert reopening(db, 202501) == ["later_period_must_be_untouched"]
    assert reopening(db, 202503) == ["only_a_closed_month_is_opened"]
    assert reopening(db, 202502) == []
    assert status(db) == {202501: PeriodStatus.CLOSED, 202502: PeriodStatus.OPEN}
    post(db, "2025-02-21 利息 | 102 49.11 | 524 -49.11")
    assert closing(db, 202502) == []


@pytest.mark.parametrize("later", ["2025-03-01", "2025-12-31", "2026-01-01"])
def test_a_month_stays_closed_once_anything_later_is_posted(db: Connection, later: str) -> None:
    close(db, 202501, 202502)
    post(db, f"{later} 利息 | 102 49.11 | 524 -49.11")
    assert reopening(db, 202502) == ["later_period_must_be_untouched"]


def test_december_stays_closed_once_the_year_is_being_settled(db: Connection) -> None:
    close_year(db, 2025)
    assert reopening(db, 202512) == ["later_period_must_be_untouched"]
    assert reopening(db, 202513) == ["only_a_closed_month_is_opened"]


# The year


def a_year(db: Connection) -> tuple[Voucher, ...]:
    """Income 900.00 and 49.11, costs 300.00: a surplus of 649.11."""
    post(db, "2025-04-01 出售肉牛 | 102 900 | cr 501 900")
    post(db, "2025-05-01 利息 | 102 49.11 | 524 -49.11")
    post(db, "2025-12-31 付电费 | 523/电费 300 | cr 102 300")
    return close_year(db, 2025)


def test_a_year_is_settled_to_what_may_be_distributed(db: Connection) -> None:
    closings = a_year(db)
    assert [(v.period, v.date, v.origin, v.number) for v in closings] == [
        (202513, date(2025, 12, 31), Origin.CLOSING, 4),
        (202513, date(2025, 12, 31), Origin.CLOSING, 5),
        (202513, date(2025, 12, 31), Origin.CLOSING, 6),
    ]
    assert accounts(db, 202512) == {
        "102": "1649.11", "301": "-1000.00", "501": "-900.00", "523": "300.00", "524": "-49.11",
    }  # fmt: skip
    assert accounts(db, 202513) == {"102": "1649.11", "301": "-1000.00", "332": "-649.11"}


def test_settling_twice_transfers_nothing_twice(db: Connection) -> None:
    a_year(db)
    again = periods.settle_year(db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)
    assert again == ()


def test_what_the_stage_itself_books_is_transferred_too(db: Connection) -> None:
    a_year(db)
    record(db, "2025-12-31 计提管理员提成 | 523/电费 49.11 | cr 212/M0001 49.11", origin=Origin.RUN)
    later = periods.settle_year(db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)
    assert len(later) == 2
    assert accounts(db, 202513)["332"] == "-600.00"


def test_the_stage_takes_only_the_services_own_vouchers(db: Connection) -> None:
    a_year(db)
    with pytest.raises(Refusal) as refusal:
        drafted(db, "2025-12-31 付电费 | 523/电费 8 | cr 102 8")
    assert refused(refusal.value) == ["period_must_be_open"]


def test_the_next_year_goes_on_while_the_last_one_is_settled(db: Connection) -> None:
    post(db, "2026-01-03 利息 | 102 5 | 524 -5")
    a_year(db)
    assert post(db, "2026-01-04 利息 | 102 5 | 524 -5").number == 2
    assert accounts(db, 202513)["332"] == "-649.11"


def seal(db: Connection, year: int = 2025, *, reviewed_by: int = REVIEWER) -> list[str]:
    try:
        periods.seal_year(
            db,
            book=BOOK,
            year=year,
            by=ACCOUNTANT,
            reviewed_by=reviewed_by,
            resolution="2026-3",
            on=ON,
            at=AT,
        )
    except Refusal as refusal:
        return refused(refusal)
    return []


def test_a_sealed_year_takes_nothing_more_and_a_third_year_begins(db: Connection) -> None:
    assert seal(db) == ["year_must_be_settling"]
    a_year(db)
    with pytest.raises(Refusal) as refusal:
        post(db, "2027-01-03 利息 | 102 5 | 524 -5")
    assert refused(refusal.value) == ["year_must_be_begun"]
    assert seal(db, reviewed_by=ACCOUNTANT) == ["closer_must_differ_from_reviewer"]
    assert seal(db) == []
    assert seal(db) == ["year_must_not_be_sealed"]
    with pytest.raises(Refusal) as late:
        record(db, "2025-12-31 计提提成 | 523/电费 8 | cr 212/M0001 8", origin=Origin.RUN)
    assert refused(late.value) == ["settlement_must_be_open"]
    with pytest.raises(Refusal) as again:
        periods.settle_year(db, book=BOOK, year=2025, by=ACCOUNTANT, reviewed_by=REVIEWER, on=ON, at=AT)
    assert refused(again.value) == ["year_must_not_be_sealed"]
    assert post(db, "2027-01-03 利息 | 102 5 | 524 -5").number == 1


def test_a_year_with_corrections_closes_and_is_proved_by_beancount(db: Connection) -> None:
    wrong = post(db, "2025-03-06 饲料 | 523/电费 860 | cr 102 860")
    reversed_(db, wrong)
    post(db, "2025-03-07 blue 1 订正3月6日记-0001号凭证 | 121/饲料 860 x4 | cr 102 860")
    a_year(db)
    assert seal(db) == []
    book = books.book(db, id=BOOK)
    assert book is not None
    proved = proof.prove(db, book=book, load=loaded_by_beancount)
    assert proved.problems == ()
    assert (proved.vouchers, proved.postings) == (9, 19)


# One asks, another confirms


def ask(db: Connection, month: int = 202501, *, stage: CloseStage = CloseStage.MONTH) -> list[str]:
    try:
        periods.ask_to_close(db, book=BOOK, period=month, stage=stage, by=ACCOUNTANT, at=AT)
    except Refusal as refusal:
        return refused(refusal)
    return []


def confirm(db: Connection, *, by: int = REVIEWER) -> list[str]:
    try:
        done = periods.confirm_close(
            db, book=BOOK, period=202501, stage=CloseStage.MONTH, by=by, on=ON, at=AT
        )
    except Refusal as refusal:
        return refused(refusal)
    assert done.state is RequestState.DONE
    return []


def decline(db: Connection, reason: str, *, by: int = REVIEWER) -> list[str]:
    try:
        periods.decline_to_close(
            db, book=BOOK, period=202501, stage=CloseStage.MONTH, by=by, at=AT, reason=reason
        )
    except Refusal as refusal:
        return refused(refusal)
    return []


def test_who_asks_does_not_confirm(db: Connection) -> None:
    assert confirm(db) == ["request_must_be_waiting"]
    assert ask(db) == []
    assert ask(db) == ["request_must_be_new"]
    assert confirm(db, by=ACCOUNTANT) == ["request_is_answered_by_another"]
    assert confirm(db) == []
    assert status(db) == {202501: PeriodStatus.CLOSED}
    assert confirm(db) == ["request_must_be_waiting"]


def test_a_close_is_declined_with_a_reason_and_asked_for_again(db: Connection) -> None:
    ask(db)
    assert decline(db, " ") == ["reason_must_be_given"]
    assert decline(db, "少一张收据", by=ACCOUNTANT) == ["request_is_answered_by_another"]
    assert decline(db, "少一张收据") == []
    assert confirm(db) == ["request_must_be_waiting"]
    assert ask(db) == []
    assert confirm(db) == []


def test_what_stands_in_the_way_is_said_when_asking_and_again_when_confirming(db: Connection) -> None:
    waiting = drafted(db, "2025-01-21 付电费 | 523/电费 8 | cr 102 8")
    assert ask(db) == ["vouchers_must_be_posted"]
    vouchers.withdraw_many(db, [Step(voucher=waiting.id)], book=BOOK, by=CASHIER, at=AT, reason="重复")
    assert ask(db) == []
    drafted(db, "2025-01-22 付电费 | 523/电费 8 | cr 102 8")
    assert confirm(db) == ["vouchers_must_be_posted"]
    assert ask(db, 202513, stage=CloseStage.SEAL) == ["year_must_be_settling"]


def test_asking_and_declining_leave_the_proof_whole(db: Connection) -> None:
    ask(db)
    decline(db, "少一张收据")
    ask(db)
    confirm(db)
    reopening(db, 202501)
    book = books.book(db, id=BOOK)
    assert book is not None
    assert proof.prove(db, book=book).problems == ()
