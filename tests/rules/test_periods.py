"""Closing and opening again: every obstacle once, the transfers of a year by hand.

The book of these rows begins in 2025; January and February 2025 are closed.
"""

from collections.abc import Sequence
from datetime import date

import pytest

from ledger.charts import standard
from ledger.money import fen_from_yuan, yuan
from ledger.periods import rules
from schemas.balances import DetailBalance
from schemas.books import BookAccount
from schemas.periods import Check, CloseRequest, CloseStage, PeriodStatus, RequestState, Seal
from schemas.problems import Fault, Problem
from schemas.vouchers import NumberGap, State, Voucher, VoucherDraft, Word
from tests.builders import a_draft, codes

COOPERATIVE, COLLECTIVE = standard("coop-2021"), standard("collective-2023")
CLOSED = frozenset({202501, 202502})
TWELVE = frozenset(range(202501, 202513))


def accounts_of(of: str) -> dict[str, BookAccount]:
    chart = standard(of).accounts
    return {
        code: BookAccount(code=code, name=account.zh, name_en="", statutory=account)
        for code, account in chart.items()
    }


def balances(text: str) -> tuple[DetailBalance, ...]:
    """``102 1000 +20 -5``: opened with 1000.00, debit 20.00, credit 5.00; ``/detail`` behind the account."""
    rows = []
    for line in text.split(" | "):
        kept, *amounts = line.split()
        account, _, detail = kept.partition("/")
        debit = sum(fen_from_yuan(word[1:]) for word in amounts if word.startswith("+"))
        credit = sum(fen_from_yuan(word[1:]) for word in amounts if word.startswith("-"))
        opening = sum(fen_from_yuan(word) for word in amounts if word[0] not in "+-")
        rows.append(
            DetailBalance(account=account, detail=detail, opening=opening, debit=debit, credit=credit)
        )
    return tuple(rows)


def a_seal(period: int, status: PeriodStatus = PeriodStatus.CLOSED) -> Seal:
    return Seal(
        period=period, status=status, by=1, reviewed_by=2, at="2026-01-15T08:30:00Z", seal_seq=9, seal="f0"
    )


def a_request(period: int, stage: CloseStage = CloseStage.MONTH) -> CloseRequest:
    return CloseRequest(
        period=period, stage=stage, state=RequestState.WAITING, asked_by=1, asked_at="2026-01-15T08:30:00Z"
    )


@pytest.mark.parametrize(
    ("year", "closed", "settling", "waiting", "stands"),
    [
        (2025, "", False, None, "next" + " later" * 12),
        (2025, "1 2", False, None, "closed closed next" + " later" * 10),
        (2025, "1 2", False, a_request(202503), "closed closed waiting" + " later" * 10),
        (2025, "1 2 3 4 5 6 7 8 9 10 11 12", False, None, "closed " * 12 + "next"),
        (2025, "1 2 3 4 5 6 7 8 9 10 11 12", True, None, "closed " * 12 + "open"),
        (
            2025,
            "1 2 3 4 5 6 7 8 9 10 11 12",
            True,
            a_request(202513, CloseStage.SEAL),
            "closed " * 12 + "waiting",
        ),
        (2025, "1 2 3 4 5 6 7 8 9 10 11 12 13", False, None, "closed " * 13),
        (2026, "", False, None, "later " * 13),
    ],
)
def test_every_period_of_a_year_stands_somewhere(
    year: int, closed: str, settling: bool, waiting: CloseRequest | None, stands: str
) -> None:
    seals = {202500 + int(month): a_seal(202500 + int(month)) for month in closed.split()}
    if settling:
        seals[202513] = a_seal(202513, PeriodStatus.OPEN)
    days = rules.year_on_calendar(
        year, first_year=2025, seals=seals, requests=[] if waiting is None else [waiting]
    )
    assert [day.state.value for day in days] == stands.split()
    assert [day.seal is not None for day in days] == [state == "closed" for state in stands.split()]


ORDER = (
    ("", 202503),
    ("period_must_not_be_closed_already", 202502),
    ("earlier_month_must_be_closed", 202504),
    ("earlier_month_must_be_closed", 202601),
    ("period_must_be_a_month", 202412),
    ("period_must_be_a_month", 202513),
    ("period_must_be_a_month", 202500),
)


@pytest.mark.parametrize(("expected", "period"), ORDER)
def test_months_close_in_order(expected: str, period: int) -> None:
    check = rules.check_of_order(period=period, first_year=2025, closed=CLOSED)
    assert codes(check.problems) == list(filter(None, [expected]))
    assert check.stops == bool(expected)


def test_the_first_month_needs_none_before_it() -> None:
    assert rules.check_of_order(period=202501, first_year=2025, closed=frozenset()).problems == ()


def test_the_month_named_is_the_one_to_close_first() -> None:
    (problem,) = rules.check_of_order(period=202601, first_year=2025, closed=CLOSED).problems
    assert problem.figures == {"earlier": "2025-12"}


def test_two_people_close() -> None:
    assert rules.check_of_people(by=1, reviewed_by=2).problems == ()
    assert codes(rules.check_of_people(by=1, reviewed_by=1).problems) == ["closer_must_differ_from_reviewer"]


@pytest.mark.parametrize("state", [State.SKETCH, State.DRAFT, State.REVIEWED])
def test_an_unposted_voucher_stops_the_month_and_is_named(state: State) -> None:
    draft = a_draft("2025-03-21 付电费 | 523 860 | cr 102 860")
    waiting = Voucher(
        book="qingshui",
        id=7,
        state=state,
        word=draft.word,
        number=None,
        date=draft.date,
        period=202503,
        lines=draft.lines,
        originals=1,
        origin="hand",  # type: ignore[arg-type]
        corrects=None,
        prepared_by=1,
        reviewed_by=2 if state is State.REVIEWED else None,
        posted_by=None,
        version=1,
    )
    (problem,) = rules.check_of_vouchers([waiting]).problems
    assert problem.code == "vouchers_must_be_posted"
    assert problem.figures == {"voucher": "7", "date": "2025-03-21", "state": state.value}


def gap(number: int, *, year: int = 2025) -> NumberGap:
    return NumberGap(year=year, word=Word.GENERAL, number=number, confirmed_by=1, reason="空白凭证作废")


NUMBERS = (
    ("", (1, 2, 3), ()),
    ("", (), ()),
    ("numbers_must_be_continuous", (1, 3), ()),
    ("numbers_must_be_continuous,numbers_must_be_continuous", (2, 4), ()),
    ("numbers_must_be_continuous", (1, 2, 999_999_999_999), ()),
    ("gap_is_known,numbers_must_be_continuous,numbers_must_be_continuous", (1, 9), (gap(4),)),
    ("", (1, 2), (gap(2), gap(3))),
    ("gap_is_known", (1, 3), (gap(2),)),
    ("numbers_must_be_continuous", (1, 3), (gap(2, year=2024),)),
    ("gap_is_known,numbers_must_be_continuous", (1, 4), (gap(2),)),
)


@pytest.mark.parametrize(("expected", "numbers", "known"), NUMBERS)
def test_numbers_run_without_gaps(
    expected: str, numbers: tuple[int, ...], known: tuple[NumberGap, ...]
) -> None:
    used = {(2025, Word.GENERAL): numbers, (2024, Word.GENERAL): (9,), (2025, Word.PAYMENT): (1,)}
    check = rules.check_of_numbers(used, known, year=2025)
    assert codes(check.problems) == list(filter(None, expected.split(",")))
    assert check.stops == ("numbers_must_be_continuous" in expected)


def test_a_run_of_missing_numbers_is_named_by_its_ends() -> None:
    found = rules.check_of_numbers({(2025, Word.GENERAL): (1, 9)}, [gap(4)], year=2025).problems
    assert [problem.figures["number"] for problem in found] == ["记-0004", "记-0002–0003", "记-0005–0008"]


def test_a_missing_number_is_named_as_it_is_written() -> None:
    (problem,) = rules.check_of_numbers({(2025, Word.GENERAL): (1, 3)}, [], year=2025).problems
    assert str(problem).startswith("/numbers/2025/记/2: Number 记-0002 of 2025 is missing.")


@pytest.mark.parametrize(
    ("expected", "rows"),
    [
        ("", "102 1000 +20 -5 | 301/M0001 -1000 | 523 0 +5 -20"),
        ("trial_balance_must_balance", "102 1000 +20 | 301/M0001 -1000 | 523 0 -19.99"),
        ("trial_balance_must_balance", "102 1000 | 301/M0001 -999.99"),
    ],
)
def test_the_trial_balance_balances(expected: str, rows: str) -> None:
    problems = rules.check_of_balance(balances(rows), yuan=yuan).problems
    assert codes(problems) == list(filter(None, [expected]))


@pytest.mark.parametrize(
    ("expected", "whole_year", "rows"),
    [
        ("", False, "181/待处理流动资产损溢 60 -60 | 102 60"),
        ("clearing_account_should_be_zero", False, "181/待处理流动资产损溢 60 | 102 60"),
        ("clearing_account_must_be_zero", True, "181/待处理流动资产损溢 60 | 102 60"),
        ("", True, "181/待处理流动资产损溢 60 -60"),
    ],
)
def test_pending_losses_warn_in_a_month_and_stop_a_year(expected: str, whole_year: bool, rows: str) -> None:
    check = rules.check_of_clearing(
        balances(rows), accounts=accounts_of("coop-2021"), whole_year=whole_year, yuan=yuan
    )
    assert codes(check.problems) == list(filter(None, [expected]))
    assert check.stops == (expected == "clearing_account_must_be_zero")


YEAR: tuple[tuple[str, int, frozenset[int], frozenset[int], frozenset[int]], ...] = (
    ("", 2025, TWELVE, frozenset(), frozenset()),
    ("", 2025, TWELVE, frozenset({2025}), frozenset()),
    ("months_must_be_closed", 2025, TWELVE - {202512}, frozenset(), frozenset()),
    ("months_must_be_closed," * 10 + "earlier_year_must_be_settling", 2026,
     TWELVE | {202601, 202602}, frozenset(), frozenset()),
    ("months_must_be_closed", 2026, TWELVE | frozenset(range(202601, 202612)), frozenset(), frozenset({2025})),
    ("year_must_be_of_the_book", 2024, TWELVE, frozenset(), frozenset()),
    ("year_must_not_be_sealed", 2025, TWELVE, frozenset(), frozenset({2025})),
)  # fmt: skip


@pytest.mark.parametrize(("expected", "year", "closed", "settling", "sealed"), YEAR)
def test_a_year_is_settled_after_its_twelve_months(
    expected: str, year: int, closed: frozenset[int], settling: frozenset[int], sealed: frozenset[int]
) -> None:
    check = rules.check_of_year(year=year, first_year=2025, closed=closed, settling=settling, sealed=sealed)
    assert codes(check.problems) == list(filter(None, expected.split(",")))


def test_a_year_before_the_book_is_told_where_the_book_begins() -> None:
    check = rules.check_of_year(
        year=2019, first_year=2025, closed=TWELVE, settling=frozenset(), sealed=frozenset()
    )
    (problem,) = check.problems
    assert (problem.code, problem.figures) == ("year_must_be_of_the_book", {"year": "2019", "first": "2025"})


REOPENING = (
    ("", 202502, None, 1, 2),
    ("only_a_closed_month_is_opened", 202503, None, 1, 2),
    ("only_a_closed_month_is_opened", 202413, None, 1, 2),
    ("opener_must_differ_from_closer", 202502, None, 1, 1),
    ("later_period_must_be_untouched", 202502, 202503, 1, 2),
    ("later_period_must_be_untouched,opener_must_differ_from_closer", 202502, 202513, 1, 1),
)


@pytest.mark.parametrize(("expected", "period", "touched", "closed_by", "by"), REOPENING)
def test_a_month_is_opened_again_by_a_second_person_while_nothing_follows(
    expected: str, period: int, touched: int | None, closed_by: int, by: int
) -> None:
    problems = rules.faults_of_reopening(
        period=period, closed=CLOSED | {202413}, touched_later=touched, closed_by=closed_by, by=by
    )
    assert codes(problems) == list(filter(None, expected.split(",")))


@pytest.mark.parametrize(
    ("period", "before", "after", "text"),
    [
        (202503, 202502, 202504, "2025-03"),
        (202501, 202412, 202502, "2025-01"),
        (202512, 202511, 202601, "2025-12"),
    ],
)
def test_months_follow_each_other(period: int, before: int, after: int, text: str) -> None:
    assert (rules.month_before(period), rules.month_after(period)) == (before, after)
    assert rules.month_text(period) == text


def transfers(rows: str, *, of: str = "coop-2021") -> list[list[str]]:
    drafts = rules.closing_transfers(
        balances(rows), accounts=accounts_of(of), standard=standard(of), year=2025
    )
    assert all(draft.date == date(2025, 12, 31) for draft in drafts)
    return [written(draft) for draft in drafts]


def written(draft: VoucherDraft) -> list[str]:
    lines = []
    for line in draft.lines:
        side = f"dr {yuan(line.debit)}" if line.debit else f"cr {yuan(line.credit)}"
        kept = f"{line.account}/{line.detail}" if line.detail else line.account
        lines.append(" ".join(filter(None, (kept, side, line.movement))))
    return lines


def test_a_surplus_year_is_transferred() -> None:
    """清水 2025: income 242 714.40 and 6 860.00, costs 189 095.65 and 1 200.00."""
    assert transfers(
        "102 0 +59278.75 | 501 0 -242714.40 | 502/利息 0 -6860 | 521 0 +189095.65 | 523/电费 0 +1200"
    ) == [
        ["501 dr 242714.40", "502/利息 dr 6860.00", "331 cr 249574.40"],
        ["521 cr 189095.65", "523/电费 cr 1200.00", "331 dr 190295.65"],
        ["331 dr 59278.75", "332/未分配盈余 cr 59278.75 current_year_surplus"],
    ]


def test_a_loss_year_is_transferred() -> None:
    assert transfers("501 0 -100 | 521 0 +150.01") == [
        ["501 dr 100.00", "331 cr 100.00"],
        ["521 cr 150.01", "331 dr 150.01"],
        ["331 cr 50.01", "332/未分配盈余 dr 50.01 current_year_surplus"],
    ]


def test_a_collective_transfers_by_its_own_chart() -> None:
    assert transfers("501 0 -100 | 513 0 +40", of="collective-2023") == [
        ["501 dr 100.00", "321 cr 100.00"],
        ["513 cr 40.00", "321 dr 40.00"],
        ["321 dr 60.00", "322/未分配收益 cr 60.00 current_year_surplus"],
    ]


def test_what_was_transferred_is_not_transferred_again() -> None:
    assert transfers("501 0 +100 -100 | 521 0 +40 -40 | 331 0 +100 -100 | 332/未分配盈余 0 -60") == []


def test_only_what_the_stage_added_is_transferred_later() -> None:
    """A commission of 30.00 accrued in the stage, after 60.00 had gone to 332."""
    assert transfers("501 0 +100 -100 | 523/提成 0 +30 | 331 0 +100 -100 | 332/未分配盈余 0 -60") == [
        ["523/提成 cr 30.00", "331 dr 30.00"],
        ["331 cr 30.00", "332/未分配盈余 dr 30.00 current_year_surplus"],
    ]


def test_income_that_equals_its_costs_leaves_nothing_to_carry() -> None:
    assert transfers("501 0 -100 | 521 0 +100") == [
        ["501 dr 100.00", "331 cr 100.00"],
        ["521 cr 100.00", "331 dr 100.00"],
    ]


def test_two_details_that_cancel_each_other_are_still_brought_to_zero() -> None:
    assert transfers("502/利息 0 -100 | 502/罚款 0 +100") == [["502/利息 dr 100.00", "502/罚款 cr 100.00"]]


def test_every_fault_has_a_row() -> None:
    """What only a book can show is provoked in tests/books/test_periods.py."""
    known = {fault.code for fault in vars(rules).values() if isinstance(fault, Fault)}
    rows: Sequence[tuple[object, ...]] = (*ORDER, *NUMBERS, *YEAR, *REOPENING)
    here = {code for row in rows for code in str(row[0]).split(",")} | {
        "closer_must_differ_from_reviewer",
        "vouchers_must_be_posted",
        "trial_balance_must_balance",
        "clearing_account_should_be_zero",
        "clearing_account_must_be_zero",
    }
    assert known - here == {
        "year_must_be_settling",
        "request_must_be_new",
        "request_must_be_waiting",
        "request_is_answered_by_another",
    }


def test_a_check_stops_only_for_an_error() -> None:
    warning = rules.gap_is_known.at(number="记-0002", year=2025, reason="空白凭证作废")
    problem: Problem = rules.numbers_must_be_continuous.at(number="记-0002", year=2025)
    assert not Check(name="numbers", says="", problems=(warning,)).stops
    assert Check(name="numbers", says="", problems=(warning, problem)).stops
