"""A statement is taken once, its rows are matched to the fen, and the reconciliation explains every day."""

from datetime import date

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from ledger.bank import actions, queries
from ledger.books import actions as books
from ledger.log import queries as log
from ledger.money import fen_from_yuan
from schemas.bank import (
    BankLine,
    CarriedItem,
    EntryKey,
    ItemSide,
    MatchRule,
    NewMatch,
    Reconciliation,
    Statement,
    StatementRow,
    TakenStatement,
)
from schemas.journals import MoneyAccount
from schemas.problems import Refusal, RefusalKind
from schemas.vouchers import Voucher
from tests.builders import (
    ACCOUNTANT,
    AT,
    BOOK,
    CASHIER,
    ON,
    a_book,
    post,
    refused,
    reversed_,
)

OF = MoneyAccount(account="102")


def a_row(line: str) -> StatementRow:
    """``2025-03-05 500.00 牛款 | 覃桂英 | FT01``: day, amount, text, party, reference."""
    head, party, reference = ([part.strip() for part in line.split("|")] + ["", ""])[:3]
    when, amount, *words = head.split()
    return StatementRow(
        date=date.fromisoformat(when),
        amount=fen_from_yuan(amount),
        text=" ".join(words),
        party=party,
        reference=reference,
    )


def a_statement(
    days: str, opening: str, *rows: str, of: MoneyAccount = OF, closing: str | None = None
) -> Statement:
    """``2025-03-01 2025-03-31`` are its days; it closes with what its rows come to, unless said otherwise."""
    first, last = days.split()
    read = tuple(map(a_row, rows))
    return Statement(
        of=of,
        first_day=date.fromisoformat(first),
        last_day=date.fromisoformat(last),
        opening=fen_from_yuan(opening),
        closing=(
            fen_from_yuan(opening) + sum(row.amount for row in read)
            if closing is None
            else fen_from_yuan(closing)
        ),
        rows=read,
    )


def take(db: Connection, statement: Statement) -> TakenStatement:
    return actions.take_statement(db, statement, book=BOOK, by=CASHIER, on=ON, at=AT)


def lines(db: Connection) -> list[BankLine]:
    return list(queries.lines(db, book=BOOK, of=OF))


def match(db: Connection, rows: list[int], *vouchers: tuple[int, int]) -> int:
    """Match rows with (voucher, line)."""
    new = NewMatch(
        lines=tuple(rows), entries=tuple(EntryKey(voucher=voucher, line=line) for voucher, line in vouchers)
    )
    (made,) = actions.match_many(db, [new], book=BOOK, of=OF, by=CASHIER, at=AT)
    return made.id


def on(db: Connection, day: str, of: MoneyAccount = OF) -> Reconciliation:
    return queries.reconciliation(db, book=BOOK, of=of, on=date.fromisoformat(day))


def sides(found: Reconciliation) -> tuple[list[int], list[int], list[int], list[int]]:
    """The four lists of the reconciliation as amounts."""
    return (
        [item.amount for item in found.received_in_book_only],
        [item.amount for item in found.paid_in_book_only],
        [item.amount for item in found.received_at_bank_only],
        [item.amount for item in found.paid_at_bank_only],
    )


MARCH = a_statement(
    "2025-03-01 2025-03-31",
    "10000.00",
    "2025-03-05 500.00 牛款 | 覃桂英 | FT01",
    "2025-03-21 12.34 利息",
    "2025-03-25 -20.00 手续费",
)


def a_book_with_10000(db: Connection) -> None:
    a_book(db, parties="M0001 C001 农商行 财政补助", openings="102 10000.00 | cr 311/财政补助 10000.00")


def test_the_same_statement_twice_changes_nothing(db: Connection) -> None:
    a_book_with_10000(db)
    first = take(db, MARCH)
    assert (first.rows, first.added, first.replayed) == (3, 3, False)
    before = log.head(db, book=BOOK)
    again = take(db, MARCH)
    assert (again.id, again.replayed) == (first.id, True)
    assert log.head(db, book=BOOK) == before
    assert [(line.amount, line.party, line.reference) for line in lines(db)] == [
        (50000, "覃桂英", "FT01"),
        (1234, "", ""),
        (-2000, "", ""),
    ]


def test_an_overlapping_statement_adds_only_what_is_new(db: Connection) -> None:
    a_book_with_10000(db)
    take(db, MARCH)
    overlapping = a_statement(
        "2025-03-20 2025-04-10",
        "10500.00",
        "2025-03-21 12.34  利息 ",
        "2025-03-25 -20.00 手续费",
        "2025-04-02 -7.00 短信费",
        "2025-04-02 -7.00 短信费",
    )
    assert take(db, overlapping).added == 2
    assert [line.amount for line in lines(db)] == [50000, 1234, -2000, -700, -700]
    # the first was taken in the middle of 10 April; on a day both cover whole, both have the same rows
    assert take(db, a_statement("2025-04-10 2025-04-30", "10478.34", "2025-04-10 1.00")).added == 1


def test_a_statement_that_contradicts_an_earlier_one_is_refused_and_leaves_no_trace(db: Connection) -> None:
    a_book_with_10000(db)
    take(db, MARCH)
    before = log.head(db, book=BOOK)
    for statement, codes in (
        (a_statement("2025-04-01 2025-04-30", "10492.35"), ["statement_must_continue"]),
        (
            a_statement("2025-03-20 2025-04-10", "10500.00", "2025-03-21 12.43 利息"),
            ["row_must_be_in_both_statements"] * 3,
        ),
        (a_statement("2026-01-01 2026-01-31", "0.00"), ["statement_must_not_lie_ahead"]),
        (a_statement("2025-04-01 2025-04-30", "1.00", closing="2.00"), ["statement_must_add_up"]),
        (
            a_statement("2025-04-01 2025-04-30", "0.00", of=MoneyAccount(account="101")),
            ["account_must_be_a_bank_account"],
        ),
        (
            a_statement("2025-04-01 2025-04-30", "0.00", of=MoneyAccount(account="102", detail="邮储")),
            ["account_must_be_a_bank_account"],
        ),
        (
            a_statement("2025-04-01 2025-04-30", "0.00", of=MoneyAccount(account="999")),
            ["account_must_be_a_bank_account"],
        ),
    ):
        with pytest.raises(Refusal) as refusal:
            take(db, statement)
        assert refused(refusal.value) == codes
    assert log.head(db, book=BOOK) == before
    assert len(lines(db)) == 3


def the_month(db: Connection) -> tuple[Voucher, Voucher, Voucher]:
    """10 000.00 at the start; cattle money of 500.00 and interest booked, feed of 800.00 paid by a cheque the bank
    has not seen."""
    return (
        post(db, "2025-03-04 收牛款 | 102 500.00 | cr 501 500.00"),
        post(db, "2025-03-21 银行存款利息 | 102 12.34 | 524 -12.34"),
        post(db, "2025-03-30 付饲料款 | 523 800.00 | cr 102 800.00"),
    )


def test_nothing_matched_yet_still_adds_up(db: Connection) -> None:
    a_book_with_10000(db)
    the_month(db)
    take(db, MARCH)
    found = on(db, "2025-03-31")
    assert (found.book_balance, found.bank_balance) == (971234, 1049234)
    assert sides(found) == ([50000, 1234], [80000], [50000, 1234], [2000])
    assert (found.adjusted_book, found.adjusted_bank, found.difference) == (1020468, 1020468, 0)


def test_what_is_proposed_is_accepted_and_only_real_differences_are_left(db: Connection) -> None:
    a_book_with_10000(db)
    the_month(db)
    take(db, MARCH)
    proposed = queries.proposed(db, book=BOOK, of=OF, on=date(2025, 3, 31))
    assert [match.rule for match in proposed] == [MatchRule.ONLY_ONE, MatchRule.ONLY_ONE]
    actions.match_many(db, proposed, book=BOOK, of=OF, by=CASHIER, at=AT)
    found = on(db, "2025-03-31")
    assert sides(found) == ([], [80000], [], [2000])
    assert (found.adjusted_book, found.adjusted_bank, found.difference) == (969234, 969234, 0)
    assert queries.proposed(db, book=BOOK, of=OF, on=date(2025, 3, 31)) == ()
    assert [item.text for item in found.paid_in_book_only] == ["付饲料款"]
    assert found.paid_in_book_only[0].voucher == "记-0003"
    # before the bank booked it, the cattle money was a receipt of the book's alone
    assert sides(on(db, "2025-03-04")) == ([50000], [], [], [])
    assert sides(on(db, "2025-03-05")) == ([], [], [], [])
    entries = log.entries(db, book=BOOK, act="bank.match")
    assert [entry.after for entry in entries] == [
        "only_one bank_line:1, 记-0001/1",
        "only_one bank_line:2, 记-0002/1",
    ]


def test_one_row_is_matched_with_several_postings(db: Connection) -> None:
    a_book_with_10000(db)
    one = post(db, "2025-03-04 收牛款 | 102 300.00 | 102 150.00 | cr 501 450.00")
    two = post(db, "2025-03-05 收牛款 | 102 50.00 | cr 501 50.00")
    take(db, MARCH)
    with pytest.raises(Refusal) as refusal:
        match(db, [1], (one.id, 1), (two.id, 1))
    assert refused(refusal.value) == ["match_must_come_out_even"]
    assert "The rows of the bank come to 500.00, the postings to 350.00; they differ by 150.00." in str(
        refusal.value
    )
    match(db, [1], (one.id, 1), (one.id, 2), (two.id, 1))
    (made,) = queries.matches(db, book=BOOK, of=OF)
    assert (made.lines, [(key.voucher, key.line) for key in made.entries]) == (
        (1,),
        [(one.id, 1), (one.id, 2), (two.id, 1)],
    )
    assert made.until == date(2025, 3, 5)


def test_a_match_is_undone_with_a_reason_and_made_again(db: Connection) -> None:
    a_book_with_10000(db)
    cattle, *_ = the_month(db)
    take(db, MARCH)
    first = match(db, [1], (cattle.id, 1))
    with pytest.raises(Refusal) as refusal:
        match(db, [1], (cattle.id, 1))
    assert refused(refusal.value) == ["member_must_be_free", "member_must_be_free"]
    for number, reason, code, kind in (
        (99, "错", "match_must_exist", RefusalKind.MISSING),
        (first, " ", "reason_must_be_given", RefusalKind.RULE),
    ):
        with pytest.raises(Refusal) as refusal:
            actions.unmatch(db, book=BOOK, match=number, reason=reason, by=CASHIER, at=AT)
        assert (refused(refusal.value), refusal.value.kind) == ([code], kind)
    actions.unmatch(db, book=BOOK, match=first, reason="配错了", by=ACCOUNTANT, at=AT)
    assert sides(on(db, "2025-03-10")) == ([50000], [], [50000], [])
    with pytest.raises(Refusal) as refusal:
        actions.unmatch(db, book=BOOK, match=first, reason="再来", by=ACCOUNTANT, at=AT)
    assert refused(refusal.value) == ["match_must_not_be_undone_twice"]
    second = match(db, [1], (cattle.id, 1))
    assert second != first
    assert [made.id for made in queries.matches(db, book=BOOK)] == [second]
    entry = log.entries(db, book=BOOK, act="bank.unmatch")[0]
    assert (entry.before, entry.after, entry.by) == ("hand bank_line:1, 记-0001/1", "配错了", ACCOUNTANT)


def test_a_cancelled_voucher_goes_with_its_red_one(db: Connection) -> None:
    a_book_with_10000(db)
    wrong = post(db, "2025-03-10 付饲料款 | 523 80.00 | cr 102 80.00")
    red = reversed_(db, wrong)
    take(db, MARCH)
    proposed = queries.proposed(db, book=BOOK, of=OF, on=date(2025, 3, 31))
    assert [
        [key.voucher for key in match.entries] for match in proposed if match.rule is MatchRule.CANCELLED
    ] == [[wrong.id, red.id]]
    actions.match_many(db, proposed, book=BOOK, of=OF, by=CASHIER, at=AT)
    assert sides(on(db, "2025-03-31")) == ([], [], [50000, 1234], [2000])


def test_a_name_on_the_voucher_tells_equal_amounts_apart(db: Connection) -> None:
    a_book(db, parties="M0001 M0002 财政补助", openings="102 10000.00 | cr 311/财政补助 10000.00")
    one = post(db, "2025-03-04 付劳务费 | 213/M0001 60.00 | cr 102 60.00")
    two = post(db, "2025-03-04 付劳务费 | 213/M0002 60.00 | cr 102 60.00")
    take(
        db,
        a_statement(
            "2025-03-01 2025-03-31",
            "10000.00",
            "2025-03-05 -60.00 转账 | 王0002",
            "2025-03-05 -60.00 转账 | 王0001",
        ),
    )
    proposed = queries.proposed(db, book=BOOK, of=OF, on=date(2025, 3, 31))
    assert {(match.rule, match.lines, match.entries[0].voucher) for match in proposed} == {
        (MatchRule.NAME, (1,), two.id),
        (MatchRule.NAME, (2,), one.id),
    }


def carry(db: Connection, *items: str) -> list[int]:
    """``book 2025-02-28 -800.00 支票``: carried over from the last reconciliation on paper."""
    read = []
    for item in items:
        side, _, rest = item.partition(" ")
        row = a_row(rest)
        read.append(CarriedItem(side=ItemSide(side), date=row.date, amount=row.amount, text=row.text))
    made = actions.carry_over(db, read, book=BOOK, of=OF, by=CASHIER, at=AT)
    return [line.id for line in made]


def test_what_was_open_at_the_take_over_is_carried_and_closes_later(db: Connection) -> None:
    a_book_with_10000(db)
    # the book had paid a cheque of 800.00 the bank had not seen; the bank had taken a fee of 5.00
    statement = a_statement(
        "2025-01-01 2025-01-31", "10795.00", "2025-01-08 -800.00 支票", "2025-01-20 -1.00 手续费"
    )
    with pytest.raises(Refusal) as refusal:
        carry(db, "book 2024-12-28 -800.00 支票")
    assert refused(refusal.value) == ["statements_must_have_begun"]
    take(db, statement)
    assert on(db, "2025-01-05").difference == -79500
    cheque, fee = carry(db, "book 2024-12-28 -800.00 支票", "bank 2024-12-31 -5.00 手续费")
    assert sides(on(db, "2025-01-05")) == ([], [80000], [], [500])
    assert on(db, "2025-01-05").difference == 0
    booked = post(db, "2025-01-06 补记手续费 | 524 5.00 | cr 102 5.00")
    match(db, [fee], (booked.id, 2))
    match(db, [cheque, 1])
    assert sides(on(db, "2025-01-07")) == ([], [80000], [], [])
    assert sides(on(db, "2025-01-31")) == ([], [], [], [100])
    assert {on(db, f"2025-01-{day:02d}").difference for day in range(1, 32)} == {0}
    with pytest.raises(Refusal) as refusal:
        carry(db, "bank 2024-12-31 -5.00 手续费", "bank 2025-01-02 1.00")
    assert refused(refusal.value) == ["carried_item_must_be_new", "carried_item_must_precede_statements"]
    with pytest.raises(Refusal) as refusal:
        take(db, a_statement("2024-12-01 2024-12-31", "10795.00"))
    assert refused(refusal.value) == ["statement_must_not_precede_carried_items"]


def test_each_bank_account_is_reconciled_apart(db: Connection) -> None:
    a_book(
        db,
        parties="农商行 邮储 财政补助",
        openings="102/农商行 700.00 | 102/邮储 300.00 | cr 311/财政补助 1000.00",
    )
    post(db, "2025-03-04 转账 | 102/邮储 100.00 | cr 102/农商行 100.00")
    rural, postal = (MoneyAccount(account="102", detail=detail) for detail in ("农商行", "邮储"))
    take(db, a_statement("2025-03-01 2025-03-31", "700.00", "2025-03-04 -100.00", of=rural))
    take(db, a_statement("2025-03-01 2025-03-31", "300.00", "2025-03-04 100.00", of=postal))
    for of in (rural, postal):
        proposed = queries.proposed(db, book=BOOK, of=of, on=ON)
        assert [len(match.entries) for match in proposed] == [1]
        actions.match_many(db, proposed, book=BOOK, of=of, by=CASHIER, at=AT)
    assert [on(db, "2025-03-31", of).book_balance for of in (rural, postal)] == [60000, 40000]
    assert [sides(on(db, "2025-03-31", of)) for of in (rural, postal)] == [([], [], [], [])] * 2
    with pytest.raises(Refusal) as refusal:
        match(db, [1, 2])
    assert refused(refusal.value) == ["member_must_exist", "member_must_exist"]


def test_a_sub_account_may_be_the_bank_account(db: Connection) -> None:
    a_book(db)
    books.add_sub_account(db, book=BOOK, parent="102", code="10201", name="农商行", by=ACCOUNTANT, at=AT)
    of = MoneyAccount(account="10201")
    with pytest.raises(Refusal):
        take(db, a_statement("2025-03-01 2025-03-31", "0.00"))
    assert take(db, a_statement("2025-03-01 2025-03-31", "0.00", of=of)).added == 0
    assert on(db, "2025-03-31", of).statements_until == date(2025, 3, 31)


def test_the_database_itself_lets_no_row_be_matched_twice(db: Connection) -> None:
    a_book_with_10000(db)
    cattle, *_ = the_month(db)
    take(db, MARCH)
    match(db, [1], (cattle.id, 1))
    for statement in (
        "INSERT INTO bank_match_line (book_id, line_id, turn, match_id) SELECT book_id, line_id, turn, match_id FROM bank_match_line",
        "INSERT INTO bank_line SELECT book_id, 99, account, detail, side, date, amount, text, party, reference, balance, statement_id, digest FROM bank_line WHERE line_id = 1",
        "INSERT INTO bank_statement SELECT book_id, 9, account, detail, first_day, last_day, opening, closing, lines, added, digest, added_by, at FROM bank_statement",
    ):
        with pytest.raises(IntegrityError), db.begin_nested():
            db.execute(text(statement))
