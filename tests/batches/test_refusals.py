"""Every reason for which a payment is refused, with the figures it is refused with; and what stands when it is not."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from coop.members import actions as members
from ledger.balances import queries as balances
from ledger.books import queries as books
from ledger.money import yuan
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries as vouchers_there
from payouts.batches import actions, queries, rules
from payouts.proof import queries as proofs
from payouts.runs import actions as runs
from payouts.runs import queries as run_queries
from payouts.runs.rules import RunName
from schemas.batches import BatchState, Channel, Outcome, Reason, Told
from schemas.books import Book
from schemas.members import AccountKind
from schemas.problems import Refusal, RefusalKind
from schemas.register import HeirNamed, PayeeChange
from schemas.runs import RunKind, RunState
from tests.batches.small import (
    BOOK,
    LATER,
    OUT,
    RUN,
    SAID,
    SENDER,
    all_paid,
    answers,
    furnish,
    make,
    send,
    sent,
    take,
)
from tests.builders import ACCOUNTANT, a_database, post, rolled_back
from tests.handover import a_vault
from tests.runs.years import OFFICER, at, on_notice, posted

if TYPE_CHECKING:
    from tests.conftest import Databases


OVER = date(2026, 2, 12)
COMMISSION = RunName(book=BOOK, kind=RunKind.COMMISSION, year=2025, round=1)


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, furnish) as engine:
        yield engine


@pytest.fixture
def db(furnished: Engine) -> Iterator[Connection]:
    with rolled_back(furnished) as connection:
        yield connection


def refusal(act: Callable[[], object]) -> Refusal:
    with pytest.raises(Refusal) as refused:
        act()
    return refused.value


def said(act: Callable[[], object]) -> list[tuple[str, str]]:
    """Each code and sentence of a refusal."""
    return [(one.code, one.says.format_map(one.figures)) for one in refusal(act).problems]


def codes(act: Callable[[], object]) -> list[str]:
    return [code for code, _ in said(act)]


def appeal(db: Connection, payee: str) -> None:
    """The payee says that the list is wrong; nobody has answered."""
    run = run_queries.run(db, RUN)
    assert run is not None
    db.execute(
        text(
            'INSERT INTO appeal (book_id, number, kind, year, round, content, payee, member_no, household_no, "by", "on", at, text) '
            "VALUES (:book, 1, 'dividend', 2025, 1, :content, :payee, :payee, 'HQ001', 1, '2026-02-12', "
            "'2026-02-12T04:00:00.000000Z', '投工少算了4.5天')"
        ),
        {"book": BOOK, "content": run.content, "payee": payee},
    )


def new_account(db: Connection, payee: str) -> None:
    members.change_payee(
        db,
        PayeeChange(
            on=SAID,
            member=payee,
            seen=1,
            bank="桂岭县农村商业银行",
            bank_account="6222000000000012345",
            account_kind=AccountKind.CARD,
        ),
        book=BOOK,
        vault=a_vault(),
        by=ACCOUNTANT,
        at=at(SAID),
    )


def in_full(db: Connection, number: int) -> object:
    return actions.in_full(db, BOOK, number, vault=a_vault(), with_identities=True, by=ACCOUNTANT, at=at(OUT))


def take_back(db: Connection) -> object:
    return actions.take_back_run(db, RUN, by=OFFICER, on=LATER, at=at(LATER), reason="决议有误")


# What is not paid yet, or not so


def test_a_run_that_is_not_in_the_book_pays_nobody(db: Connection) -> None:
    take_back(db)
    second = on_notice(db, BOOK, RunKind.DIVIDEND, 2025)
    refused = refusal(lambda: make(db, name=second))
    assert ([one.code for one in refused.problems], refused.kind) == (
        ["run_must_be_booked"],
        RefusalKind.STATE,
    )
    runs.approve(db, second, by=OFFICER, on=OVER, at=at(OVER))
    assert codes(lambda: make(db, name=second)) == ["run_must_be_booked"]


def test_no_more_goes_out_than_the_account_holds(db: Connection) -> None:
    """Two figures and the difference; cash is fetched after its sheet is drawn up, so that is not asked of it."""
    held = balances.balance_of(db, book=BOOK, account="102", detail=None, until=202602)
    first = make(db)
    whole = first.total
    actions.void(db, BOOK, first.number, by=ACCOUNTANT, at=at(OUT), reason="重做")
    post(
        db, f"2026-02-10 购买饲料 | 523 {yuan(held - whole + 1)} | cr 102 {yuan(held - whole + 1)}", book=BOOK
    )
    with pytest.raises(Refusal) as refused:
        make(db)
    (problem,) = refused.value.problems
    assert problem.code == "account_must_cover_the_batch"
    assert problem.figures == {
        "account": "102",
        "there": yuan(whole - 1),
        "total": yuan(whole),
        "missing": "0.01",
    }
    assert make(db, "Q0002").lines == 1


def test_a_line_an_appeal_holds_does_not_go_out_and_the_rest_does(db: Connection) -> None:
    appeal(db, "Q0002")
    assert codes(lambda: make(db, "Q0001", "Q0002")) == ["line_must_not_be_held"]
    batch = make(db)
    assert [line.payee for line in queries.lines(db, batch)] == [f"Q{no:04}" for no in (1, *range(3, 13))]
    assert (batch.lines, batch.total) == (11, 2_599_291 - 319_688)


def test_a_batch_is_not_sent_with_a_line_held_meanwhile(db: Connection) -> None:
    batch = make(db)
    appeal(db, "Q0002")
    assert codes(lambda: send(db, batch)) == ["line_must_not_be_held"]
    assert queries.batch(db, book=BOOK, number=batch.number) == batch


def test_a_line_goes_out_once(db: Connection) -> None:
    first = make(db, "Q0001", "Q0002")
    assert said(lambda: make(db, "Q0002", "Q0003")) == [
        ("line_must_be_payable", "Q0002 is due.on_its_way; it is not sent again.")
    ]
    send(db, first)
    take(db, first, {1: ""})
    assert codes(lambda: make(db, "Q0001", "Q0002")) == ["line_must_be_payable", "line_must_be_payable"]
    with pytest.raises(IntegrityError):
        db.execute(
            text(
                "INSERT INTO batch_line SELECT book_id, batch, 9, kind, year, round, payee, attempt, amount, heir, name, "
                "bank, account_shown, account_digest FROM batch_line WHERE line = 1"
            )
        )


def test_nobody_else_is_paid(db: Connection) -> None:
    assert said(lambda: make(db, "Q0001", "Q0099")) == [
        ("payee_must_be_of_the_run", f"Q0099 has no line in {RUN}.")
    ]


def test_who_has_no_account_is_paid_in_cash(db: Connection) -> None:
    db.execute(text("DELETE FROM member_secret WHERE member_no = 'Q0003' AND field = 'bank_account'"))
    assert codes(lambda: make(db, "Q0003")) == ["payee_must_have_an_account"]
    assert make(db, "Q0003", channel=Channel.CASH, form="", account="101").total == 91_011


@pytest.mark.parametrize(
    ("channel", "form", "account", "expected"),
    [
        (Channel.BANK, "rural", "221", "account_must_be_money"),
        (Channel.BANK, "rural", "101", "account_must_be_money"),
        (Channel.BANK, "rural", "999", "account_must_be_money"),
        (Channel.CASH, "", "102", "account_must_be_money"),
        (Channel.CASH, "rural", "101", "cash_must_have_no_format"),
        (Channel.BANK, "", "102", "format_must_be_known"),
        (Channel.BANK, "icbc", "102", "format_must_be_known"),
    ],
)
def test_money_and_format_fit_the_channel(
    db: Connection, channel: Channel, form: str, account: str, expected: str
) -> None:
    assert codes(lambda: make(db, channel=channel, form=form, account=account)) == [expected]


def test_a_closed_account_pays_nothing(db: Connection) -> None:
    db.execute(text("UPDATE account SET open = FALSE WHERE code = '102'"))
    assert codes(lambda: make(db)) == ["account_must_be_open"]


def test_nothing_is_left(db: Connection) -> None:
    make(db)
    assert codes(lambda: make(db)) == ["batch_must_have_lines"]


def test_count_and_total_are_the_run_s(db: Connection) -> None:
    db.execute(text("UPDATE run SET total = total + 1 WHERE kind = 'dividend'"))
    assert said(lambda: make(db, "Q0001")) == [
        (
            "batch_must_tie_out",
            "The run comes to 25992.92 for 12 payees; the batch and everybody else come to 25992.91 for 12.",
        )
    ]


def test_a_line_left_out_is_noticed(db: Connection) -> None:
    run = run_queries.run(db, RUN)
    assert run is not None
    dues = queries.dues(db, run)
    lines = queries.lines(db, make(db))
    less = [replace(lines[0], amount=1), *lines[1:]]
    (problem,) = rules.faults_of_tie(dues, less, run_total=run.total, run_count=12)
    assert problem.says.format_map(problem.figures) == (
        "The run comes to 25992.91 for 12 payees; the batch and everybody else come to 20310.55 for 12."
    )
    assert rules.faults_of_tie(dues, lines[:3], run_total=run.total, run_count=12) == ()


# People


def test_one_person_makes_and_another_sends(db: Connection) -> None:
    batch = make(db)
    assert codes(lambda: send(db, batch, by=ACCOUNTANT)) == ["sender_must_differ"]
    assert codes(lambda: send(db, batch, by=OFFICER)) == ["sender_must_differ"]
    with pytest.raises(IntegrityError):
        db.execute(text("UPDATE batch SET state = 'sent', sent_by = made_by"))


def test_who_approved_the_run_does_not_make_its_batch(db: Connection) -> None:
    assert codes(lambda: make(db, by=OFFICER)) == ["maker_must_differ"]


# The file


def test_an_account_changed_after_the_batch_was_made_is_not_paid(db: Connection) -> None:
    batch = make(db, "Q0002", "Q0003")
    on_its_way = sent(db, "Q0004", "Q0005")
    new_account(db, "Q0003")
    new_account(db, "Q0005")
    refused = refusal(lambda: in_full(db, on_its_way.number))
    assert [(one.code, one.pointer) for one in refused.problems] == [
        ("account_must_be_as_it_was", "/lines/2")
    ]
    assert refused.kind is RefusalKind.STALE
    assert codes(lambda: send(db, batch)) == ["account_must_be_as_it_was"]


def test_an_heir_is_paid_to_an_account_of_its_own(db: Connection) -> None:
    to_the_dead = make(db, "Q0003")
    members.name_heir(
        db,
        HeirNamed(
            on=SAID,
            member="Q0003",
            name="黄小英",
            identity="450000198707250028",
            bank="桂岭县农村商业银行",
            bank_account="6222000000000077777",
            account_kind=AccountKind.CARD,
        ),
        book=BOOK,
        vault=a_vault(),
        by=ACCOUNTANT,
        at=at(SAID),
    )
    assert codes(lambda: send(db, to_the_dead)) == ["account_must_be_as_it_was"]
    actions.void(db, BOOK, to_the_dead.number, by=ACCOUNTANT, at=at(OUT), reason="付给继承人")
    batch = sent(db, "Q0003", on=SAID)
    (line,), identities = actions.in_full(
        db, BOOK, batch.number, vault=a_vault(), with_identities=True, by=ACCOUNTANT, at=at(SAID)
    )
    assert (line.to.name, line.to.account, identities) == (
        "黄小英",
        "6222000000000077777",
        {"Q0003": "450000198707250028"},
    )


def test_no_file_leaves_before_the_batch_is_sent(db: Connection) -> None:
    """With a file of it in hand the lines of a batch that is voided, or held, could be paid all the same."""
    batch = make(db, "Q0001", "Q0002")
    early = refusal(lambda: in_full(db, batch.number))
    assert ([one.code for one in early.problems], early.kind) == (["batch_must_be"], RefusalKind.STATE)
    appeal(db, "Q0002")
    assert codes(lambda: send(db, batch)) == ["line_must_not_be_held"]
    assert codes(lambda: in_full(db, batch.number)) == ["batch_must_be"]
    actions.void(db, BOOK, batch.number, by=ACCOUNTANT, at=at(OUT), reason="有异议")
    assert in_full(db, sent(db, "Q0001").number) != ()


def test_cash_and_what_was_voided_have_no_file(db: Connection) -> None:
    cash = make(db, "Q0001", channel=Channel.CASH, form="", account="101")
    assert codes(lambda: in_full(db, cash.number)) == ["file_must_be_the_banks"]
    bank = make(db, "Q0002")
    actions.void(db, BOOK, bank.number, by=ACCOUNTANT, at=at(OUT), reason="重做")
    assert codes(lambda: in_full(db, bank.number)) == ["batch_must_be"]
    assert codes(lambda: in_full(db, 9)) == ["batch_must_exist"]


# Answers


def test_nothing_of_an_answer_is_taken_that_does_not_fit(db: Connection) -> None:
    batch = sent(db, "Q0001", "Q0002", "Q0003")
    right = answers(db, batch, {1: "", 2: "name", 3: ""})
    wrong = [
        right[0],
        replace(right[1], amount=1),
        replace(right[2], reference="B2026-0001-0099"),
        replace(right[0], outcome=Outcome.FAILED, code="name"),
        replace(right[2], on=date(2026, 2, 12)),
        replace(right[2], on=date(2026, 2, 25)),
    ]
    assert codes(lambda: take(db, batch, wrong)) == [
        "answer_must_be_of_the_amount",
        "answer_must_be_of_the_batch",
        "answers_must_agree",
        "answer_must_be_of_a_day",
        "answer_must_be_of_a_day",
    ]
    assert queries.outcomes(db, book=BOOK, number=batch.number) == {}
    assert queries.vouchers(db, book=BOOK, number=batch.number) == ()


def test_paid_after_all_though_it_was_sent_again(db: Connection) -> None:
    first = sent(db, "Q0001", "Q0002")
    take(db, first, {1: "", 2: "closed"})
    make(db, "Q0002", on=LATER)
    assert codes(lambda: take(db, first, answers(db, first, {2: ""}, on=LATER))) == [
        "line_must_not_be_sent_twice"
    ]


def test_what_is_not_sent_is_not_answered(db: Connection) -> None:
    batch = make(db)
    assert codes(lambda: take(db, batch, all_paid(batch))) == ["batch_must_be"]


def test_what_somebody_was_told(db: Connection) -> None:
    batch = sent(db, "Q0001", "Q0002")

    def told(*rows: Told) -> int:
        made = actions.take_told(db, BOOK, batch.number, rows, by=SENDER, on=LATER, at=at(LATER))
        return len(made.outcomes)

    paid = Told(line=1, outcome=Outcome.PAID, on=SAID)
    back = Told(
        line=2, outcome=Outcome.FAILED, on=SAID, reason=Reason.NAME, said="户名不符，账号6222000000000012345"
    )
    assert codes(lambda: told(replace(paid, reason=Reason.NAME), replace(back, reason=None))) == [
        "reason_must_go_with_failure",
        "reason_must_go_with_failure",
    ]
    assert codes(lambda: told(replace(back, said="户名\n不符"))) == ["text_must_be_one_line"]
    assert codes(lambda: told(replace(paid, line=3))) == ["answer_must_be_of_the_batch"]
    assert codes(lambda: told(replace(paid, amount=1))) == ["answer_must_be_of_the_amount"]
    assert told(paid, back) == 2
    words = queries.outcomes(db, book=BOOK, number=batch.number)
    assert words[2].said == "户名不符，账号6222 **** **** 2345"
    assert told(paid, back) == 0


def test_a_file_is_read_in_the_batch_s_format(db: Connection) -> None:
    batch = sent(db, "Q0001", "Q0002")

    def read(content: bytes | list[list[str]]) -> int:
        made = actions.take_file(db, BOOK, batch.number, content, by=SENDER, on=LATER, at=at(LATER))
        return len(made.outcomes)

    row = "{no}|x|6222|{amount}||{code}|{said}|20260214|\r\n"
    right = row.format(no=1, amount="5682.37", code="0000", said="成功")
    back = row.format(no=2, amount="3196.88", code="0102", said="户名不符")
    assert codes(lambda: read(b"\xff\xff")) == ["file_must_be_readable"]
    assert codes(lambda: read((right + "2|x\r\n").encode("gbk"))) == ["row_must_have_its_columns"]
    assert read((right + back).encode("gbk")) == 2
    words = queries.outcomes(db, book=BOOK, number=batch.number)
    assert [(word.outcome, word.reason) for word in words.values()] == [
        (Outcome.PAID, None),
        (Outcome.FAILED, Reason.NAME),
    ]
    table = send(db, make(db, "Q0003", form="table"))
    assert codes(
        lambda: actions.take_file(db, BOOK, table.number, b"x", by=SENDER, on=LATER, at=at(LATER))
    ) == ["file_must_be_a_workbook"]
    cash = send(db, make(db, "Q0004", channel=Channel.CASH, form="", account="101"))
    assert codes(
        lambda: actions.take_file(db, BOOK, cash.number, b"x", by=SENDER, on=LATER, at=at(LATER))
    ) == ["file_must_be_the_banks"]


def test_a_commission_is_paid_in_cash_from_what_is_owed_to_managers(db: Connection) -> None:
    batch = make(db, name=COMMISSION, channel=Channel.CASH, form="", account="101")
    send(db, batch)
    take(db, batch, all_paid(batch))
    (id,) = queries.vouchers(db, book=BOOK, number=batch.number)
    voucher = vouchers_there.vouchers(db, book=BOOK, ids=[id])[id]
    assert (voucher.date, voucher.prepared_by, voucher.reviewed_by) == (SAID, ACCOUNTANT, OFFICER)
    assert [(line.summary, line.account, line.debit, line.credit) for line in voucher.lines] == [
        ("发放2025年度管理员提成", "212", 133_554, 0),
        ("发放2025年度管理员提成", "212", 86_044, 0),
        ("发放2025年度管理员提成", "212", 81_288, 0),
        ("发放2025年度管理员提成", "101", 0, 300_886),
    ]
    run = run_queries.run(db, COMMISSION)
    assert run is not None
    assert run.state is RunState.SETTLED
    assert not proofs.prove(db, book=_book(db)).problems


# Voided, seen, taken back


def test_what_was_sent_is_not_voided_and_nothing_without_a_reason(db: Connection) -> None:
    batch = make(db)

    def void(reason: str = "重做") -> object:
        return actions.void(db, BOOK, batch.number, by=ACCOUNTANT, at=at(OUT), reason=reason)

    assert codes(lambda: void(" ")) == ["void_needs_a_reason"]
    send(db, batch)
    assert said(void) == [("batch_must_be", "Batch 1 is batch.sent.")]


def test_a_batch_is_as_it_was_seen(db: Connection) -> None:
    batch = make(db)
    stale = refusal(lambda: actions.send(db, BOOK, batch.number, by=SENDER, on=OUT, at=at(OUT), version=2))
    assert ([one.code for one in stale.problems], stale.kind) == (
        ["batch_must_be_as_seen"],
        RefusalKind.STALE,
    )


def state(db: Connection) -> RunState:
    run = run_queries.run(db, RUN)
    assert run is not None
    return run.state


def test_a_run_is_taken_back_with_what_was_made_of_it(db: Connection) -> None:
    batch = make(db)
    assert codes(lambda: runs.revert(db, RUN, by=OFFICER, on=LATER, at=at(LATER), reason="决议有误")) == [
        "run_must_not_be_paid"
    ]
    take_back(db)
    voided = queries.batch(db, book=BOOK, number=batch.number)
    assert voided is not None
    assert (voided.state, state(db)) == (BatchState.VOIDED, RunState.REVERTED)
    assert not proofs.prove(db, book=_book(db)).problems


def test_a_run_on_its_way_is_not_taken_back_and_one_that_came_back_whole_is(db: Connection) -> None:
    batch = sent(db)
    assert said(lambda: take_back(db)) == [
        ("run_must_not_be_paid", f"Of {RUN} 0.00 is paid and 25992.91 is on its way.")
    ]
    take(db, batch, dict.fromkeys(range(2, 13), "frozen"))
    assert said(lambda: take_back(db)) == [
        ("run_must_not_be_paid", f"Of {RUN} 0.00 is paid and 5682.37 is on its way.")
    ]
    take(db, batch, {1: "frozen"})
    take_back(db)
    assert state(db) is RunState.REVERTED
    assert posted(db, BOOK, RunKind.DIVIDEND, 2025).round == 2
    assert not proofs.prove(db, book=_book(db)).problems


def test_a_run_of_which_something_is_paid_is_not_taken_back(db: Connection) -> None:
    batch = sent(db, "Q0001", "Q0002")
    take(db, batch, {1: "", 2: "name"})
    assert said(lambda: take_back(db)) == [
        ("run_must_not_be_paid", f"Of {RUN} 5682.37 is paid and 0.00 is on its way.")
    ]
    rest = sent(db)
    take(db, rest, all_paid(rest))
    assert state(db) is RunState.SETTLED
    assert codes(lambda: take_back(db)) == ["step_must_follow"]


def test_a_voucher_of_a_payment_is_not_cancelled_by_hand(db: Connection) -> None:
    batch = sent(db, "Q0001")
    take(db, batch, {1: ""})
    (id,) = queries.vouchers(db, book=BOOK, number=batch.number)

    def reverse() -> object:
        return vouchers.reverse(db, book=BOOK, voucher=id, dated=LATER, by=ACCOUNTANT, on=LATER, at=at(LATER))

    assert codes(reverse) == ["service_voucher_is_undone_by_its_act"]


def _book(db: Connection) -> Book:
    book = books.book(db, id=BOOK)
    assert book is not None
    return book
