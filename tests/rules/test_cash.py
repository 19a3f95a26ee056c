"""Cash is counted at the end of a day; a difference is a finding with a voucher ready for it."""

from datetime import date

import pytest

from ledger.cash.rules import FACES, balance_at, check_of_cash, difference_draft, faults_of_count
from ledger.money import fen_from_yuan, yuan
from schemas.cash import CashCount, CashDay, NewCashCount, Pieces
from schemas.journals import JournalDay

DAY = date(2025, 3, 21)


def some(text: str) -> tuple[Pieces, ...]:
    """``12x100.00 2x20.00``: twelve notes of 100 yuan and two of 20."""
    return tuple(
        Pieces(face=fen_from_yuan(face), number=int(number))
        for number, _, face in (word.partition("x") for word in text.split())
    )


def a_day(book: int, counted: int | None, *, moved: bool = True) -> CashDay:
    count = (
        None
        if counted is None
        else CashCount(
            id=1,
            account="101",
            date=DAY,
            counted=counted,
            pieces=(),
            witness=None,
            note="",
            book_then=book,
            counted_by=3,
            at="",
        )
    )
    return CashDay(account="101", date=DAY, book=book, moved=moved, count=count)


@pytest.mark.parametrize(
    ("new", "is_cash", "found"),
    [
        (NewCashCount(date=DAY, counted=124550), True, []),
        (NewCashCount(date=DAY, counted=0), True, []),
        (NewCashCount(date=DAY, counted=124550, pieces=some("12x100.00 2x20.00 1x5.00 1x0.50")), True, []),
        (NewCashCount(date=DAY, counted=124550, witness=1), True, []),
        (NewCashCount(account="102", date=DAY, counted=0), False, ["account_must_be_cash"]),
        (NewCashCount(date=date(2025, 3, 22), counted=0), True, ["count_must_not_lie_ahead"]),
        (NewCashCount(date=DAY, counted=124550, pieces=some("12x100.00")), True, ["pieces_must_add_up"]),
        (NewCashCount(date=DAY, counted=300, pieces=some("1x3.00")), True, ["face_must_exist"]),
        (NewCashCount(date=DAY, counted=0, witness=3), True, ["witness_must_be_another"]),
    ],
)
def test_a_count_is_taken_when_it_can_be_true(new: NewCashCount, is_cash: bool, found: list[str]) -> None:
    problems = faults_of_count(new, is_cash=is_cash, by=3, on=DAY, yuan=yuan)
    assert [problem.code for problem in problems] == found


def test_every_note_and_coin_of_the_renminbi_is_known() -> None:
    assert [yuan(face) for face in FACES] == (
        "100.00 50.00 20.00 10.00 5.00 2.00 1.00 0.50 0.20 0.10 0.05 0.02 0.01".split()
    )


@pytest.mark.parametrize(
    ("book", "counted", "lines"),
    [
        # 4.50 are missing
        (125000, 124550, [("181", "待处理流动资产损溢", 450, 0), ("101", "", 0, 450)]),
        # 20.00 are too much
        (125000, 127000, [("101", "", 2000, 0), ("181", "待处理流动资产损溢", 0, 2000)]),
    ],
)
def test_a_difference_waits_on_181(book: int, counted: int, lines: list[tuple[str, str, int, int]]) -> None:
    draft = difference_draft(a_day(book, counted), dated=DAY)
    assert [(line.account, line.detail, line.debit, line.credit) for line in draft.lines] == lines
    assert {line.summary for line in draft.lines} == {
        "3月21日现金盘点短款" if counted < book else "3月21日现金盘点长款"
    }
    assert (draft.date, draft.originals) == (DAY, 1)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (a_day(125000, 125000), []),
        (a_day(125000, None, moved=False), []),
        (
            a_day(125000, None),
            ["Cash 101 moved on 2025-03-21 (at the day's end 1250.00) and was not counted."],
        ),
        (
            a_day(125000, 124550),
            ["Cash 101 on 2025-03-21: the book shows 1250.00, 1245.50 was counted; 4.50 is missing."],
        ),
        (
            a_day(125000, 127000, moved=False),
            ["Cash 101 on 2025-03-21: the book shows 1250.00, 1270.00 was counted; 20.00 is too much."],
        ),
    ],
)
def test_a_day_not_counted_or_not_agreeing_is_a_warning(day: CashDay, says: list[str]) -> None:
    check = check_of_cash([day], yuan=yuan)
    assert not check.stops
    assert [problem.says.format_map(problem.figures) for problem in check.problems] == says


def test_the_balance_of_a_day_is_that_of_the_last_day_it_moved() -> None:
    days = [
        JournalDay(date=date(2025, 3, day), debit=0, credit=0, balance=balance)
        for day, balance in ((5, 500), (9, 900))
    ]
    found = [balance_at(date(2025, 3, day), before=100, days=days) for day in (4, 5, 8, 9, 30)]
    assert found == [100, 500, 500, 900, 900]
