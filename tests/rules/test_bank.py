"""A statement must add up and agree with its neighbours; what is the same money is proposed, the rest explains the
difference."""

from datetime import date

import pytest

from ledger.bank.rules import (
    balance_at_bank,
    check_of_bank,
    faults_of_carried,
    faults_of_match,
    faults_of_statement,
    in_order,
    proposals,
    reconcile,
)
from ledger.money import fen_from_yuan, yuan
from ledger.seal.rules import digest_of
from schemas.bank import (
    BankLine,
    BookEntry,
    CarriedItem,
    EntryKey,
    ItemSide,
    NewMatch,
    Statement,
    StatementRow,
    TakenStatement,
)
from schemas.journals import MoneyAccount
from schemas.vouchers import Word

OF = MoneyAccount(account="102")
ON = date(2025, 12, 31)


def day(text: str) -> date:
    """``3-05`` is 5 March 2025."""
    month, _, of_month = text.partition("-")
    return date(2025, int(month), int(of_month))


def a_row(text: str) -> StatementRow:
    """``3-05 -20.00 手续费 @ 9980.00``: day, amount, text, and the balance after it where one is shown."""
    head, _, balance = text.partition(" @ ")
    when, amount, *words = head.split()
    return StatementRow(
        date=day(when),
        amount=fen_from_yuan(amount),
        text=" ".join(words),
        balance=fen_from_yuan(balance) if balance else None,
    )


def a_statement(days: str, opening: str, closing: str, *rows: str) -> Statement:
    """``3-01…3-31`` are its days."""
    first, _, last = days.partition("…")
    return Statement(
        of=OF,
        first_day=day(first),
        last_day=day(last),
        opening=fen_from_yuan(opening),
        closing=fen_from_yuan(closing),
        rows=tuple(map(a_row, rows)),
    )


def taken(statement: Statement, id: int = 1) -> TakenStatement:
    return TakenStatement(
        id=id,
        of=OF,
        first_day=statement.first_day,
        last_day=statement.last_day,
        opening=statement.opening,
        closing=statement.closing,
        rows=len(statement.rows),
        added=len(statement.rows),
        digest=digest_of(statement),
        added_by=1,
        at="",
    )


def a_line(id: int, text: str, *, party: str = "", reference: str = "", side: str = "bank") -> BankLine:
    row = a_row(text)
    return BankLine(
        id=id,
        of=OF,
        side=ItemSide(side),
        date=row.date,
        amount=row.amount,
        text=row.text,
        party=party,
        reference=reference,
        balance=row.balance,
        statement=1 if side == "bank" else None,
    )


def an_entry(voucher: int, text: str, *names: str, cancels: int | None = None, line: int = 1) -> BookEntry:
    row = a_row(text)
    return BookEntry(
        key=EntryKey(voucher=voucher, line=line),
        date=row.date,
        word=Word.GENERAL,
        number=voucher,
        summary=row.text,
        amount=row.amount,
        names=names,
        cancels=cancels,
    )


MARCH = a_statement(
    "3-01…3-31",
    "1000.00",
    "1480.00",
    "3-05 500.00 牛款 @ 1500.00",
    "3-21 -20.00 手续费 @ 1480.00",
)


def faults(new: Statement, *known: Statement, carried: bool = False, on: date = ON) -> list[tuple[str, str]]:
    """Codes and places of what is wrong with a statement beside those known, which share no day."""
    lines = [
        a_line(10 * id + index, "3-01 1.00")
        for id, statement in enumerate(known, start=1)
        for index, _ in enumerate(statement.rows)
    ]
    rows = [row for statement in known for row in statement.rows]
    lines = [
        BankLine(
            id=line.id,
            of=OF,
            side=ItemSide.BANK,
            date=row.date,
            amount=row.amount,
            text=row.text,
            party="",
            reference="",
            balance=row.balance,
            statement=1,
        )
        for line, row in zip(lines, rows, strict=True)
    ]
    found = faults_of_statement(
        new,
        on=on,
        known=[taken(statement, id) for id, statement in enumerate(known, start=1)],
        lines=lines,
        carried=carried,
        yuan=yuan,
    )
    return [(problem.code, problem.pointer) for problem in found]


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (MARCH, []),
        (a_statement("3-01…3-31", "1000.00", "1000.00"), []),
        # newest first, as most banks list
        (
            a_statement("3-01…3-31", "1000.00", "1480.00", "3-21 -20.00 @ 1480.00", "3-05 500.00 @ 1500.00"),
            [],
        ),
        (
            a_statement("3-31…3-01", "1000.00", "1000.00"),
            [("statement_days_must_run_forwards", "/first_day")],
        ),
        (
            a_statement("12-01…12-31", "1.00", "1.00", "11-30 1.00", "12-02 -1.00"),
            [("statement_row_must_be_in_its_days", "/rows/0/date")],
        ),
        (
            a_statement("3-01…3-31", "1.00", "1.00", "3-02 0.00"),
            [("statement_row_must_have_an_amount", "/rows/0/amount")],
        ),
        (
            a_statement("3-01…3-31", "1000.00", "1480.01", "3-05 500.00", "3-21 -20.00"),
            [("statement_must_add_up", "/closing")],
        ),
        (
            a_statement(
                "3-01…3-31",
                "1000.00",
                "1480.00",
                "3-05 500.00 @ 1500.00",
                "3-20 -10.00 @ 1489.00",
                "3-21 -10.00 @ 1480.00",
            ),
            [("balance_must_follow", "/rows/1/balance")],
        ),
    ],
)
def test_a_statement_must_add_up(statement: Statement, found: list[tuple[str, str]]) -> None:
    assert faults(statement) == found


def test_a_statement_of_days_to_come_is_refused() -> None:
    assert faults(MARCH, on=date(2025, 3, 30)) == [("statement_must_not_lie_ahead", "/last_day")]
    assert faults(MARCH, on=date(2025, 3, 31)) == []


def test_the_figures_of_a_statement_that_does_not_add_up_are_named() -> None:
    (problem,) = faults_of_statement(
        a_statement("3-01…3-31", "1000.00", "1490.00", "3-05 500.00", "3-21 -20.00"),
        on=ON,
        known=(),
        lines=(),
        carried=False,
        yuan=yuan,
    )
    assert str(problem) == (
        "/closing: The statement opens with 1000.00 and its rows come to 480.00, but it closes with 1490.00, "
        "not 1480.00. Rows are missing or doubled; download the statement again."
    )


@pytest.mark.parametrize(
    ("new", "found"),
    [
        # follows March without a gap
        (a_statement("4-01…4-30", "1480.00", "1480.00"), []),
        (a_statement("4-01…4-30", "1500.00", "1500.00"), [("statement_must_continue", "/opening")]),
        # a gap: nothing can be said
        (a_statement("5-01…5-31", "7.00", "7.00"), []),
        # comes before it
        (a_statement("2-01…2-28", "900.00", "1000.00", "2-03 100.00"), []),
        (
            a_statement("2-01…2-28", "900.00", "900.00"),
            [("statement_must_continue", "/closing")],
        ),
        # overlaps it, with the same rows
        (
            a_statement(
                "3-20…4-10", "1500.00", "1580.00", "3-21 -20.00 手续费 @ 1480.00", "4-02 100.00 @ 1580.00"
            ),
            [],
        ),
        # a row of March is missing, or one more has appeared
        (
            a_statement("3-20…4-10", "1500.00", "1500.00"),
            [("row_must_be_in_both_statements", "/rows")],
        ),
        (
            a_statement(
                "3-20…4-10",
                "1500.00",
                "1470.00",
                "3-21 -20.00 手续费 @ 1480.00",
                "3-28 -10.00 @ 1470.00",
            ),
            [("row_must_be_in_both_statements", "/rows/1")],
        ),
        # March was taken at noon of its last day: its afternoon comes with the next
        (
            a_statement("3-31…4-30", "1480.00", "1380.00", "3-31 -100.00 取现 @ 1380.00"),
            [],
        ),
        # the new one was taken at noon of 21 March
        (a_statement("3-10…3-21", "1500.00", "1500.00"), []),
    ],
)
def test_statements_must_agree_with_their_neighbours(new: Statement, found: list[tuple[str, str]]) -> None:
    assert faults(new, MARCH) == found


def test_no_statement_is_taken_from_before_the_items_carried_over() -> None:
    february = a_statement("2-01…2-28", "1000.00", "1000.00")
    assert faults(february, MARCH, carried=True) == [
        ("statement_must_not_precede_carried_items", "/first_day")
    ]
    assert faults(a_statement("4-01…4-30", "1480.00", "1480.00"), MARCH, carried=True) == []


@pytest.mark.parametrize(
    ("rows", "texts"),
    [
        (["3-05 5.00 a", "3-06 1.00 b"], ["a", "b"]),
        (["3-06 1.00 b", "3-05 5.00 a"], ["a", "b"]),
        (["3-05 1.00 b @ 6.00", "3-05 5.00 a @ 5.00"], ["a", "b"]),
        (["3-05 5.00 a @ 5.00", "3-05 1.00 b @ 6.00"], ["a", "b"]),
        ([], []),
    ],
)
def test_rows_are_read_oldest_first(rows: list[str], texts: list[str]) -> None:
    statement = a_statement("3-01…3-31", "0.00", "6.00", *rows)
    assert [row.text for row in in_order(statement)] == texts


@pytest.mark.parametrize(
    ("items", "begun", "found"),
    [
        (["bank 2-27 -5.00 手续费", "book 2-28 800.00 支票"], day("3-01"), []),
        (["bank 2-27 -5.00"], None, ["statements_must_have_begun"]),
        (["book 3-01 5.00"], day("3-01"), ["carried_item_must_precede_statements"]),
        (["book 2-01 0.00"], day("3-01"), ["carried_item_must_have_an_amount"]),
        (["bank 2-01 1.00 x", "bank 2-01 1.00 x"], day("3-01"), ["carried_item_must_be_new"]),
        (["bank 2-01 1.00 x", "book 2-01 1.00 x", "bank 2-01 1.00 y"], day("3-01"), []),
    ],
)
def test_items_are_carried_over_from_before_the_first_statement(
    items: list[str], begun: date | None, found: list[str]
) -> None:
    carried = []
    for item in items:
        side, _, rest = item.partition(" ")
        row = a_row(rest)
        carried.append(CarriedItem(side=ItemSide(side), date=row.date, amount=row.amount, text=row.text))
    problems = faults_of_carried(carried, of=OF, begun=begun, there=frozenset(), yuan=yuan)
    assert [problem.code for problem in problems] == found


LINES = {1: a_line(1, "3-05 500.00"), 2: a_line(2, "3-06 -20.00"), 3: a_line(3, "2-27 480.00", side="book")}
ENTRIES = {
    entry.key: entry
    for entry in (
        an_entry(7, "3-05 300.00"),
        an_entry(8, "3-05 200.00"),
        an_entry(9, "3-07 480.00"),
        an_entry(5, "2-20 500.00"),
    )
}


def keys(*vouchers: int) -> tuple[EntryKey, ...]:
    return tuple(EntryKey(voucher=voucher, line=1) for voucher in vouchers)


@pytest.mark.parametrize(
    ("lines", "entries", "found"),
    [
        ((1,), keys(7, 8), []),
        ((1, 2), keys(9), []),
        ((1, 2, 3), (), []),  # a carried item of the book stands for its posting
        ((1,), (), ["match_must_have_two_members"]),
        ((), (), ["match_must_have_two_members"]),
        ((1,), keys(7), ["match_must_come_out_even"]),
        ((1, 1), keys(7, 8), ["member_must_be_named_once"]),
        ((1,), keys(7, 7, 8), ["member_must_be_named_once"]),
        ((99,), keys(77), ["member_must_exist", "member_must_exist"]),
        ((1,), keys(5), ["posting_must_not_precede_statements"]),
    ],
)
def test_what_is_matched_comes_out_even(
    lines: tuple[int, ...], entries: tuple[EntryKey, ...], found: list[str]
) -> None:
    problems = faults_of_match(
        NewMatch(lines=lines, entries=entries),
        of=OF,
        lines=LINES,
        entries=ENTRIES,
        taken=frozenset(),
        begun=day("3-01"),
        yuan=yuan,
    )
    assert [problem.code for problem in problems] == found


def test_what_is_matched_already_is_not_matched_again() -> None:
    problems = faults_of_match(
        NewMatch(lines=(1,), entries=keys(7, 8)),
        of=OF,
        lines=LINES,
        entries=ENTRIES,
        taken=frozenset({1, EntryKey(voucher=8, line=1)}),
        begun=day("3-01"),
        yuan=yuan,
    )
    assert [(problem.code, problem.pointer, problem.figures["member"]) for problem in problems] == [
        ("member_must_be_free", "/lines/0", "2025-03-05 500.00"),
        ("member_must_be_free", "/entries/1", "记-0008/1"),
    ]


def proposed(lines: list[BankLine], entries: list[BookEntry]) -> list[tuple[str, list[int], list[int]]]:
    """Each proposal as its rule, its rows and its vouchers."""
    return [
        (match.rule.value, list(match.lines), [key.voucher for key in match.entries])
        for match in proposals(lines, entries)
    ]


@pytest.mark.parametrize(
    ("lines", "entries", "found"),
    [
        ([a_line(1, "3-05 500.00")], [an_entry(7, "3-05 500.00")], [("only_one", [1], [7])]),
        # seven days either way, not eight
        ([a_line(1, "3-08 500.00")], [an_entry(7, "3-01 500.00")], [("only_one", [1], [7])]),
        ([a_line(1, "3-01 500.00")], [an_entry(7, "3-08 500.00")], [("only_one", [1], [7])]),
        ([a_line(1, "3-09 500.00")], [an_entry(7, "3-01 500.00")], []),
        # to the fen, and the same way
        ([a_line(1, "3-05 500.01")], [an_entry(7, "3-05 500.00")], []),
        ([a_line(1, "3-05 -500.00")], [an_entry(7, "3-05 500.00")], []),
        # two of one amount: nothing says which
        ([a_line(1, "3-05 500.00")], [an_entry(7, "3-04 500.00"), an_entry(8, "3-06 500.00")], []),
        ([a_line(1, "3-04 5.00"), a_line(2, "3-06 5.00")], [an_entry(7, "3-05 5.00")], []),
        # the same day tells them apart, then the rest is alone
        (
            [a_line(1, "3-04 5.00"), a_line(2, "3-06 5.00")],
            [an_entry(7, "3-05 5.00"), an_entry(8, "3-06 5.00")],
            [("only_one", [1], [7]), ("same_day", [2], [8])],
        ),
        # a reference, a name
        (
            [a_line(1, "3-04 5.00", reference="20250304"), a_line(2, "3-04 5.00")],
            [an_entry(7, "3-04 5.00 转账20250304"), an_entry(8, "3-04 5.00")],
            [("only_one", [2], [8]), ("reference", [1], [7])],
        ),
        (
            [a_line(1, "3-04 5.00", party="覃桂英"), a_line(2, "3-04 5.00", party="韦秀兰")],
            [an_entry(7, "3-05 5.00 付劳务费", "M0003", "韦秀兰"), an_entry(8, "3-05 5.00", "覃桂英")],
            [("name", [1], [8]), ("name", [2], [7])],
        ),
        # too short to say anything
        (
            [a_line(1, "3-04 5.00", reference="12", party="王"), a_line(2, "3-04 5.00")],
            [an_entry(7, "3-05 5.00 第12号 王某"), an_entry(8, "3-05 5.00")],
            [],
        ),
        # a red voucher goes with what it cancels, so the blue one is alone with the bank's row
        (
            [a_line(1, "3-05 -500.00")],
            [
                an_entry(7, "3-05 -500.00"),
                an_entry(8, "3-06 500.00 注销", cancels=7),
                an_entry(9, "3-06 -500.00 订正"),
            ],
            [("cancelled", [], [7, 8]), ("only_one", [1], [9])],
        ),
        # unless the bank really paid and took it back
        (
            [a_line(1, "3-05 -500.00"), a_line(2, "3-06 500.00 退汇")],
            [an_entry(7, "3-05 -500.00"), an_entry(8, "3-06 500.00 注销", cancels=7)],
            [("only_one", [1], [7]), ("only_one", [2], [8])],
        ),
        # an item carried over from the book's paper
        (
            [a_line(1, "3-02 800.00"), a_line(2, "2-28 800.00 支票", side="book")],
            [],
            [("only_one", [1, 2], [])],
        ),
        # and one from the bank's
        ([a_line(1, "2-28 -5.00 手续费")], [an_entry(7, "3-03 -5.00")], [("only_one", [1], [7])]),
    ],
)
def test_what_is_the_same_money_is_proposed_and_nothing_ambiguous(
    lines: list[BankLine], entries: list[BookEntry], found: list[tuple[str, list[int], list[int]]]
) -> None:
    assert proposed(lines, entries) == found


def test_many_equal_amounts_are_told_apart_by_name() -> None:
    lines = [a_line(i, "3-05 -1200.00", party=f"成员{i:04d}") for i in range(300)]
    entries = [an_entry(1000 + i, "3-04 -1200.00", f"成员{i:04d}") for i in reversed(range(300))]
    found = proposed(lines, entries)
    assert found[:2] == [("name", [0], [1000]), ("name", [1], [1001])]
    # the last pair needs no name any more
    assert len(found) == 300


def test_the_reconciliation_explains_the_difference() -> None:
    found = reconcile(
        of=OF,
        on=day("3-31"),
        book_balance=1000000,
        bank_balance=930000,
        lines=[a_line(1, "3-21 120.00 利息"), a_line(2, "3-30 -20.00 手续费")],
        entries=[an_entry(7, "3-31 800.00 收牛款")],
        statements_until=day("3-31"),
    )
    assert [item.text for item in found.received_at_bank_only] == ["利息"]
    assert [(item.amount, item.text) for item in found.paid_at_bank_only] == [(2000, "手续费")]
    assert [(item.voucher, item.text) for item in found.received_in_book_only] == [("记-0007", "收牛款")]
    assert found.paid_in_book_only == ()
    assert (found.adjusted_book, found.adjusted_bank, found.difference) == (1010000, 1010000, 0)


def test_a_red_posting_counts_by_its_effect() -> None:
    found = reconcile(
        of=OF,
        on=day("3-31"),
        book_balance=-50000,
        bank_balance=0,
        lines=[],
        entries=[an_entry(8, "3-06 -500.00 注销3月5日记-0007号凭证")],
        statements_until=day("3-31"),
    )
    assert [item.amount for item in found.paid_in_book_only] == [50000]
    assert found.difference == 0


def test_the_banks_balance_is_counted_from_the_last_statement_begun() -> None:
    april = a_statement("4-01…4-30", "1480.00", "1480.00")
    known = [taken(MARCH, 1), taken(april, 2)]
    moved = {(day("3-01"), day("3-10")): 50000, (day("4-01"), day("4-02")): 0}

    def at(on: str) -> int:
        return balance_at_bank(on=day(on), statements=known, moved=lambda first, last: moved[first, last])

    assert (at("2-28"), at("3-10"), at("4-02")) == (0, 150000, 148000)


def test_a_month_that_is_not_reconciled_is_a_warning() -> None:
    def problems(**changes: object) -> list[str]:
        given = {
            "of": OF,
            "on": day("3-31"),
            "book_balance": 100,
            "bank_balance": 100,
            "lines": [],
            "entries": [],
            "statements_until": day("3-31"),
        }
        check = check_of_bank(
            [(reconcile(**(given | changes)), 0)],  # type: ignore[arg-type]
            last=day("3-31"),
            yuan=yuan,
        )
        assert not check.stops
        return [problem.code for problem in check.problems]

    assert problems() == []
    assert problems(statements_until=None) == ["statements_should_be_taken"]
    assert problems(statements_until=day("3-30")) == ["statements_should_reach_the_month_end"]
    assert problems(bank_balance=99) == ["bank_should_be_reconciled"]
    open_since = [an_entry(7, "2-27 1.00")]
    assert problems(entries=open_since, bank_balance=0) == ["item_should_not_stay_open"]
    assert problems(entries=[an_entry(7, "2-28 1.00")], bank_balance=0) == []
    assert check_of_bank([], last=day("3-31"), yuan=yuan).problems == ()
    matched = reconcile(
        of=OF,
        on=day("3-31"),
        book_balance=0,
        bank_balance=0,
        lines=[],
        entries=[],
        statements_until=day("3-31"),
    )
    (waiting,) = check_of_bank([(matched, 3)], last=day("3-31"), yuan=yuan).problems
    assert "102: 3 matches are proposed and wait for a person." in str(waiting)
