"""Payment orders: what the book owes its members already, from the balance to the bank, on both databases."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from coop.members import actions as members
from ledger.books import actions as book_actions
from ledger.books import queries as books
from ledger.vouchers import queries as vouchers
from payouts.batches import actions as batch_actions
from payouts.batches import queries as batches
from payouts.orders import queries as orders
from payouts.proof import queries as proofs
from payouts.runs import actions as runs
from payouts.runs import queries
from payouts.runs.rules import RunName
from schemas.batches import Answer, Channel, DueState, Outcome, Reason
from schemas.books import Book
from schemas.problems import Refusal, RefusalKind
from schemas.runs import OrderChoice, Run, RunKind, RunState
from schemas.vouchers import VoucherDraft
from tests.builders import (
    ACCOUNTANT,
    BOOK,
    REVIEWER,
    a_book,
    a_database,
    behind_the_service,
    post,
    reversed_,
    rolled_back,
)
from tests.registry import VAULT, a_cooperative, a_member, said_by
from tests.runs import orders as given
from tests.runs.orders import MADE, OFFICER, OVER, approved, carried, chosen, made, on_notice, owes, owing
from tests.runs.years import at
from web.exports.runs import notice_sheet, run_sheet

if TYPE_CHECKING:
    from tests.conftest import Databases

LABOUR, RENT, INDEMNITY, BUYBACK, LEAVER = (
    RunKind.LABOUR,
    RunKind.RENT,
    RunKind.INDEMNITY,
    RunKind.BUYBACK,
    RunKind.LEAVER,
)
SAID, LATER, MARCH = date(2026, 2, 14), date(2026, 2, 24), date(2026, 3, 2)
CODES = {reason.value: reason for reason in Reason}


def _furnish(db: Connection) -> None:
    owing(db)
    given.settled_leaver(db)


@pytest.fixture(scope="module")
def furnished(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _furnish) as engine:
        yield engine


@pytest.fixture
def db(furnished: Engine) -> Iterator[Connection]:
    with rolled_back(furnished) as connection:
        yield connection


def _book(db: Connection) -> Book:
    book = books.book(db, id=BOOK)
    assert book is not None
    return book


def _run(db: Connection, name: RunName) -> Run:
    run = queries.run(db, name)
    assert run is not None
    return run


def _lines(db: Connection, name: RunName) -> dict[str, str]:
    """Each line of an order: the account, what is owed, what is paid of it, what of that is withheld."""
    run = _run(db, name)
    parts = {part.no: part.basis for part in queries.parts(db, name, content=run.content)}
    withheld = queries.withheld(db, name, content=run.content)
    return {
        line.payee: f"{parts[line.part]} {line.weight} {line.amount} {withheld.get((line.part, line.payee), 0)}"
        for line in queries.lines(db, name, content=run.content)
    }


def _posted(db: Connection, name: RunName) -> list[str]:
    return [f"{day} {said}" for day, said in _vouchers(db, queries.vouchers(db, name))]


def _paid(db: Connection, number: int) -> list[str]:
    return [said for _, said in _vouchers(db, batches.vouchers(db, book=BOOK, number=number))]


def _vouchers(db: Connection, ids: Sequence[int]) -> list[tuple[date, str]]:
    found = vouchers.vouchers(db, book=BOOK, ids=ids)
    return [(found[id].date, said_by(VoucherDraft(date=found[id].date, lines=found[id].lines))) for id in ids]


def _batch(db: Connection, name: RunName, *, on: date = OVER) -> int:
    number = batch_actions.make(
        db, name, channel=Channel.BANK, form="rural", account="102", by=ACCOUNTANT, on=on, at=at(on)
    ).number
    batch_actions.send(db, BOOK, number, by=REVIEWER, on=on, at=at(on))
    return number


def _answered(db: Connection, number: int, *, failed: str = "", on: date = SAID, today: date = LATER) -> None:
    """Everybody of a batch is paid, but the one named, whose account is closed."""
    batch = batches.batch(db, book=BOOK, number=number)
    assert batch is not None
    answers = [
        Answer(
            row=line.no,
            reference=line.reference,
            amount=line.amount,
            outcome=Outcome.FAILED if line.payee == failed else Outcome.PAID,
            on=on,
            code="closed" if line.payee == failed else "",
            said="",
        )
        for line in batches.lines(db, batch)
    ]
    batch_actions.take(db, BOOK, number, answers, reasons=CODES, by=REVIEWER, on=today, at=at(today))


def _proved(db: Connection) -> None:
    assert proofs.prove(db, book=_book(db)).problems == ()


# What each kind finds


@pytest.mark.parametrize(
    ("kind", "through", "expected"),
    [
        (LABOUR, 202512, "213/M0001 200.00 213/M0002 100.00"),
        (LABOUR, 202601, "213/M0001 330.00 213/M0002 225.00 213/M0003 90.00"),
        (RENT, 202601, "114/M0002 510.00 114/M0003 6500.00 114/M0004 6960.00"),
        (INDEMNITY, 202601, "114/M0002 510.00 114/M0003 6500.00 114/M0004 6960.00"),
        (BUYBACK, 202512, ""),
        (BUYBACK, 202601, "114/M0002 510.00 114/M0003 6500.00 114/M0004 6960.00"),
        (LEAVER, 202601, "114/M0001 8120.00"),
    ],
)
def test_what_is_owed_by_kind_and_month(db: Connection, kind: RunKind, through: int, expected: str) -> None:
    found = orders.owed(db, book=_book(db), kind=kind, through=through)
    assert _said(found) == expected


def _said(found: object) -> str:
    assert isinstance(found, tuple)
    return " ".join(f"{one.account}/{one.member} {one.owed // 100}.{one.owed % 100:02d}" for one in found)


# A month of labour, from 213 to the account


def test_a_month_of_labour_is_ordered_approved_posted_and_paid(db: Connection) -> None:
    name = approved(db, LABOUR, chosen("M0002 200.00; M0001 330.00 9.90"))
    assert str(name) == f"{BOOK}.labour.2026.1"
    assert _lines(db, name) == {"M0001": "213 33000 33000 990", "M0002": "213 22500 20000 0"}
    assert _run(db, name).total == 53000
    assert _posted(db, name) == []
    runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert _posted(db, name) == ["2026-02-12 213/M0001 9.90 | cr 214/个人所得税 9.90"]
    assert owes(db, "213", ("M0001", "M0002", "M0003")) == "320.10 225.00 90.00"
    assert (
        _said(orders.owed(db, book=_book(db), kind=LABOUR, through=202601))
        == "213/M0002 25.00 213/M0003 90.00"
    )
    first = _batch(db, name)
    dues = batches.dues(db, _run(db, name))
    assert [(one.payee, one.gross, one.withheld, one.net, one.state) for one in dues.values()] == [
        ("M0001", 33000, 990, 32010, DueState.ON_ITS_WAY),
        ("M0002", 20000, 0, 20000, DueState.ON_ITS_WAY),
    ]
    _answered(db, first, failed="M0002")
    assert owes(db, "213", ("M0001", "M0002", "M0003")) == "0.00 225.00 90.00"
    assert _run(db, name).state is RunState.EXPORTED
    _answered(db, _batch(db, name, on=LATER), on=LATER)
    assert _run(db, name).state is RunState.SETTLED
    assert owes(db, "213", ("M0001", "M0002", "M0003")) == "0.00 25.00 90.00"
    assert owes(db, "214", ("个人所得税",)) == "9.90"
    assert _paid(db, first) == ["213/M0001 320.10 | cr 102 320.10"]
    (paid,) = vouchers.vouchers(db, book=BOOK, ids=batches.vouchers(db, book=BOOK, number=first)).values()
    assert {line.summary for line in paid.lines} == {"发放2026年第1次劳务费"}
    _proved(db)


def test_without_a_choice_everything_is_paid_and_posting_books_nothing(db: Connection) -> None:
    name = carried(db, LABOUR)
    assert _lines(db, name) == {
        "M0001": "213 33000 33000 0",
        "M0002": "213 22500 22500 0",
        "M0003": "213 9000 9000 0",
    }
    assert _posted(db, name) == []
    _answered(db, _batch(db, name))
    assert owes(db, "213", ("M0001", "M0002", "M0003")) == "0.00 0.00 0.00"
    _proved(db)


def test_a_leaver_is_paid_what_the_register_s_act_made_payable_and_by_no_other_order(db: Connection) -> None:
    post(db, "2026-01-14 饲料 | 121/饲料 40.00 | cr 114/M0001 40.00")
    book = _book(db)
    assert _said(orders.owed(db, book=book, kind=RENT, through=202601)).startswith("114/M0001 40.00 ")
    name = carried(db, LEAVER)
    assert _lines(db, name) == {"M0001": "114 812000 812000 0"}
    assert orders.owed(db, book=book, kind=LEAVER, through=202601) == ()
    assert _said(orders.owed(db, book=book, kind=RENT, through=202601)).startswith("114/M0001 40.00 ")
    _answered(db, _batch(db, name))
    assert owes(db, "114", ("M0001",)) == "40.00"
    _proved(db)


def test_two_orders_over_one_account_pay_nobody_twice(db: Connection) -> None:
    first = carried(db, INDEMNITY, chosen("M0003 6500.00"))
    found = orders.owed(db, book=_book(db), kind=BUYBACK, through=202601)
    assert _said(found) == "114/M0002 510.00 114/M0004 6960.00"
    second = carried(db, BUYBACK, chosen("M0004 6960.00", through=202602), on=OVER, over=MARCH)
    _answered(db, _batch(db, first))
    _answered(db, _batch(db, second, on=MARCH), on=MARCH, today=MARCH)
    assert owes(db, "114", ("M0002", "M0003", "M0004")) == "510.00 0.00 0.00"
    _proved(db)


def test_orders_of_a_kind_follow_each_other_within_a_year(db: Connection) -> None:
    first = carried(db, LABOUR, chosen("M0001 200.00", through=202601))
    second = on_notice(db, LABOUR, chosen("M0001 130.00; M0003 90.00"), on=OVER)
    assert (first.round, second.round) == (1, 2)
    assert _lines(db, second) == {"M0001": "213 13000 13000 0", "M0003": "213 9000 9000 0"}


def test_what_comes_later_does_not_disturb_an_order_of_a_month(db: Connection) -> None:
    name = on_notice(db, LABOUR, chosen())
    post(db, "2026-02-10 2月轮值劳务费 | 141/Q2501 50.00 | cr 213/M0001 50.00")
    runs.approve(db, name, by=OFFICER, on=OVER, at=at(OVER))
    runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert owes(db, "213", ("M0001",)) == "380.00"


def test_what_is_paid_by_hand_is_the_oldest_that_is_owed(db: Connection) -> None:
    """330.00 of January and 50.00 of February, of which 100.00 are paid: of January 230.00 are left, not 280.00."""
    for one in (
        "2026-02-10 2月轮值劳务费 | 141/Q2501 50.00 | cr 213/M0001 50.00",
        "2026-02-11 现金支付劳务费 | 213/M0001 100.00 | cr 102 100.00",
    ):
        post(db, one)
    book = _book(db)
    assert _said(orders.owed(db, book=book, kind=LABOUR, through=202601)).startswith("213/M0001 230.00 ")
    assert _said(orders.owed(db, book=book, kind=LABOUR, through=202602)).startswith("213/M0001 280.00 ")


def test_a_payment_that_was_cancelled_and_the_voucher_that_cancels_it_pay_nothing(db: Connection) -> None:
    paid = post(db, "2026-01-31 现金支付劳务费 | 213/M0001 100.00 | cr 102 100.00")
    post(db, "2026-02-10 2月轮值劳务费 | 141/Q2501 50.00 | cr 213/M0001 50.00")
    reversed_(db, paid, dated=date(2026, 2, 11))
    found = _said(orders.owed(db, book=_book(db), kind=LABOUR, through=202601))
    assert found.startswith("213/M0001 330.00 ")


def test_a_leaver_who_was_paid_by_hand_is_owed_only_what_came_since(db: Connection) -> None:
    for one in (
        "2026-01-20 现金退股 | 114/M0001 8120.00 | cr 102 8120.00",
        "2026-01-25 土地租金 | 521 510.00 | cr 114/M0001 510.00",
    ):
        post(db, one)
    book = _book(db)
    assert orders.owed(db, book=book, kind=LEAVER, through=202601) == ()
    assert _said(orders.owed(db, book=book, kind=RENT, through=202601)).startswith("114/M0001 510.00 ")


def test_an_order_taken_back_is_owed_again_and_its_tax_is_cancelled(db: Connection) -> None:
    name = carried(db, LABOUR, chosen("M0001 330.00 9.90"))
    run = batch_actions.take_back_run(db, name, by=OFFICER, on=OVER, at=at(OVER), reason="名单有误")
    assert run.state is RunState.REVERTED
    assert _posted(db, name) == [
        "2026-02-12 213/M0001 9.90 | cr 214/个人所得税 9.90",
        "2026-02-12 213/M0001 -9.90 | cr 214/个人所得税 -9.90",
    ]
    assert owes(db, "213", ("M0001",)) == "330.00"
    assert _said(orders.owed(db, book=_book(db), kind=LABOUR, through=202601)).startswith("213/M0001 330.00")
    assert made(db, LABOUR, on=OVER).round == 2
    _proved(db)


# Refusals


def _refused(act: Callable[[], object]) -> tuple[str, str, RefusalKind]:
    with pytest.raises(Refusal) as refused:
        act()
    (first, *_) = refused.value.problems
    return first.code, str(first).partition(": ")[2], refused.value.kind


@pytest.mark.parametrize(
    ("kind", "order", "code", "says"),
    [
        (
            LABOUR,
            chosen("M0001 330.01"),
            "paying_must_be_owed",
            "M0001 is owed 330.00 on 213; 330.01 is more.",
        ),
        (LABOUR, chosen("M0004 1.00"), "paying_must_be_owed", "M0004 is owed 0.00 on 213; 1.00 is more."),
        (LABOUR, chosen("M0404 1.00"), "paying_must_be_owed", "M0404 is owed 0.00 on 213; 1.00 is more."),
        (LABOUR, chosen("102:M0001 1.00"), "paying_must_be_owed", "M0001 is owed 0.00 on 102; 1.00 is more."),
        (
            LABOUR,
            chosen("M0001 30.00 30.00"),
            "withheld_must_be_of_the_payment",
            "Of 30.00 to M0001 30.00 cannot be withheld.",
        ),
        (
            LABOUR,
            chosen("M0001 30.00 30.01"),
            "withheld_must_be_of_the_payment",
            "Of 30.00 to M0001 30.01 cannot be withheld.",
        ),
        (
            LABOUR,
            chosen("M0001 30.00; M0001 20.00"),
            "line_must_be_chosen_once",
            "M0001 is named more than once on 213.",
        ),
        (
            BUYBACK,
            chosen(through=202512),
            "order_must_pay_something",
            "Nothing of what stood at the end of 2025-12 is owed any more, or nobody was chosen.",
        ),
        (
            LABOUR,
            chosen(through=202603),
            "month_must_be_of_the_year",
            "2026-03 is not a month of 2026 that has begun.",
        ),
        (
            LABOUR,
            chosen(through=202512),
            "month_must_be_of_the_year",
            "2025-12 is not a month of 2026 that has begun.",
        ),
    ],
)
def test_an_order_is_refused(db: Connection, kind: RunKind, order: OrderChoice, code: str, says: str) -> None:
    year = 2025 if code == "order_must_pay_something" else 2026
    found, said, _ = _refused(lambda: made(db, kind, order, year=year))
    assert found == code
    assert said.startswith(says)


def test_one_order_of_a_kind_is_under_way_and_one_of_another_beside_it(db: Connection) -> None:
    made(db, LABOUR, chosen("M0001 30.00"))
    code, said, kind = _refused(lambda: made(db, LABOUR, chosen("M0002 30.00")))
    assert (code, kind) == ("order_must_be_the_only_open", RefusalKind.STATE)
    assert said.startswith(f"{BOOK}.labour.2026.1 is run.draft; of its kind one at a time is under way.")
    assert made(db, RENT, chosen("M0002 510.00")).round == 1


def test_who_prepared_an_order_does_not_approve_it(db: Connection) -> None:
    name = on_notice(db, LABOUR)
    code, _, _ = _refused(lambda: runs.approve(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER)))
    assert code == "approver_must_differ"


def test_a_balance_that_went_down_lapses_the_approval_and_names_the_member(db: Connection) -> None:
    name = approved(db, LABOUR)
    post(db, "2026-02-05 现金支付劳务费 | 213/M0002 100.00 | cr 102 100.00")
    code, said, kind = _refused(lambda: runs.post(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER)))
    assert (code, kind) == ("owed_must_be_as_submitted", RefusalKind.STALE)
    assert said.startswith("M0002 was owed 225.00 on 213 when the run was submitted and is owed 125.00.")
    runs.give_back(db, name, by=OFFICER, on=OVER, at=at(OVER), reason="余额已变")
    code, said, _ = _refused(lambda: runs.submit(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER)))
    assert code == "paying_must_be_owed"
    assert said.startswith("M0002 is owed 125.00 on 213; 225.00 is more.")


def test_a_part_that_is_still_owed_is_submitted_again_over_the_new_balance(db: Connection) -> None:
    name = on_notice(db, LABOUR, chosen("M0002 100.00"))
    post(db, "2026-02-05 现金支付劳务费 | 213/M0002 100.00 | cr 102 100.00")
    runs.give_back(db, name, by=OFFICER, on=OVER, at=at(OVER), reason="余额已变")
    run = runs.submit(db, name, by=ACCOUNTANT, on=OVER, at=at(OVER))
    assert (run.content, _lines(db, name)) == (2, {"M0002": "213 12500 10000 0"})


def test_a_choice_belongs_to_orders_alone(db: Connection) -> None:
    code, _, _ = _refused(lambda: made(db, RunKind.COMMISSION, chosen("M0001 1.00")))
    assert code == "choice_must_be_of_an_order"


def _divided(db: Connection) -> None:
    """114 has a sub-account for rent and one for everything else, 214 one for each tax."""
    a_cooperative(db)
    for parent, code, name in (
        ("114", "11401", "应付土地租金"),
        ("114", "11402", "其他往来"),
        ("214", "21401", "个人所得税"),
        ("214", "21402", "增值税"),
    ):
        book_actions.add_sub_account(
            db, book=BOOK, parent=parent, code=code, name=name, by=ACCOUNTANT, at=at(MADE)
        )
    post(db, "2026-01-10 代收租金及其他 | 102 610.00 | cr 11401/M0002 510.00 | cr 11402/M0002 100.00")


@pytest.fixture(scope="module")
def divided(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _divided) as engine:
        yield engine


def test_of_several_accounts_one_is_named_and_its_own_is_paid_and_withheld(divided: Engine) -> None:
    with rolled_back(divided) as db:
        code, said, _ = _refused(lambda: made(db, RENT, chosen("M0002 510.00")))
        assert code == "account_must_be_chosen"
        assert said.startswith("M0002 is owed on several accounts: 11401, 11402.")
        code, said, _ = _refused(lambda: made(db, RENT, chosen("11401:M0002 510.00 10.00", tax="契税")))
        assert code == "tax_must_have_an_account"
        assert said.startswith("Account 214 has sub-accounts, and none is called 契税.")
        name = carried(db, RENT, chosen("11401:M0002 510.00 10.20; 11402:M0002 100.00"))
        assert _posted(db, name) == ["2026-02-12 11401/M0002 10.20 | cr 21401/个人所得税 10.20"]
        number = _batch(db, name)
        _answered(db, number)
        assert _paid(db, number) == ["11401/M0002 499.80 | 11402/M0002 100.00 | cr 102 599.80"]
        _proved(db)


def _a_collective(db: Connection) -> None:
    """A village collective that owes a household rent and labour."""
    a_book(db, standard="collective-2023", name="清水村股份经济合作社")
    members.enter_many(
        db, [a_member("M0001"), a_member("M0002")], book=BOOK, vault=VAULT, by=ACCOUNTANT, at=at(MADE)
    )
    post(db, "2026-01-10 代收土地租金 | 102 800.00 | cr 113/M0001 800.00")
    post(db, "2026-01-20 护林劳务费 | 511 150.00 | cr 213/M0002 150.00")
    post(db, "2026-01-21 预借款 | 113/M0002 50.00 | cr 101 50.00")


@pytest.fixture(scope="module")
def collective(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_collective) as engine:
        yield engine


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (LABOUR, "213/M0002 150.00"),
        (RENT, "113/M0001 800.00"),
        (INDEMNITY, "113/M0001 800.00"),
        (BUYBACK, "113/M0001 800.00"),
    ],
)
def test_a_collective_pays_from_the_accounts_of_its_own_chart(
    collective: Engine, kind: RunKind, expected: str
) -> None:
    with rolled_back(collective) as db:
        assert _said(orders.owed(db, book=_book(db), kind=kind, through=202601)) == expected
        name = carried(db, kind)
        _answered(db, _batch(db, name))
        assert orders.owed(db, book=_book(db), kind=kind, through=202601) == ()
        _proved(db)


def test_nobody_is_settled_on_leaving_a_collective(collective: Engine) -> None:
    with rolled_back(collective) as db:
        code, said, _ = _refused(lambda: made(db, LEAVER))
        assert code == "payable_must_be_kept"
        assert said.startswith("A book by 财会〔2023〕14号 owes nobody run.leaver.")


# Papers


def test_the_list_for_the_file_and_the_one_that_hangs_out(db: Connection) -> None:
    name = on_notice(db, LABOUR, chosen("M0001 330.00 9.90; M0002 200.00"))
    book = _book(db)
    kept = run_sheet(db, book=book, run=str(name), locale="en")
    assert [column.title for column in kept.columns] == [
        "Member no.", "Name", "Account", "Owed", "Paid out", "Withheld", "Arrives",
    ]  # fmt: skip
    assert kept.rows == (
        ("M0001", "王0001", "213 应付劳务费", 33000, 33000, 990, 32010),
        ("M0002", "王0002", "213 应付劳务费", 22500, 20000, 0, 20000),
        (None, "Total", None, 55500, 53000, 990, 52010),
    )
    assert kept.under[-1] == "Owed at the end of 2026-01"
    hung = notice_sheet(db, book=book, run=str(name), locale="en")
    assert hung.rows == (
        (1, "王*", 33000, 990, 32010),
        (2, "王*", 20000, 0, 20000),
        (None, "Total", 53000, 990, 52010),
    )


# Who can write to the database can change an order, but not without being found out


def _carried(db: Connection) -> None:
    _furnish(db)
    carried(db, LABOUR, chosen("M0001 330.00 9.90; M0002 200.00"))


@pytest.fixture(scope="module")
def posted(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _carried) as engine:
        yield engine


RUN = f"{BOOK}.labour.2026.1"
LINE, PART, LOG, WITHHELD, VOUCHERS = (
    "run_line_must_recompute",
    "run_part_must_recompute",
    "run_must_match_the_log",
    "run_withholding_must_recompute",
    "run_vouchers_must_be_its_own",
)


@pytest.mark.parametrize(
    ("statement", "code", "says"),
    [
        ("UPDATE run_line SET amount = amount + 1 WHERE payee = 'M0002'", LINE, "200.00 / 22500; stored is 200.01"),
        ("UPDATE run_line SET weight = weight + 1 WHERE payee = 'M0002'", LINE, "200.00 / 22500; stored is 200.00 / 22501"),
        ("DELETE FROM run_line WHERE payee = 'M0002'", LINE, "200.00 / 22500; stored is —"),
        ("UPDATE run_withholding SET amount = amount + 1", WITHHELD, "again 9.90 is withheld; stored is 9.91"),
        ("DELETE FROM run_withholding", WITHHELD, "again 9.90 is withheld; stored is 0.00"),
        (
            "INSERT INTO run_withholding SELECT book_id, kind, year, round, content, part, payee, 100 FROM run_line WHERE payee = 'M0002'",
            WITHHELD,
            "M0002: worked out again 0.00 is withheld; stored is 1.00",
        ),
        ("UPDATE run_part SET basis = '114'", PART, "leg 1"),
        (
            "UPDATE run_content SET inputs = replace(inputs, '\"withheld\":990', '\"withheld\":0')",
            LOG,
            "content 1 does not have the digest the log sealed",
        ),
        ("DELETE FROM run_voucher", VOUCHERS, "the vouchers —"),
    ],
)  # fmt: skip
def test_a_change_behind_the_service_is_found_and_named(
    posted: Engine, statement: str, code: str, says: str
) -> None:
    with behind_the_service(posted) as db:
        assert db.execute(text(statement.replace(":", r"\:"))).rowcount > 0
        found = {problem.code: str(problem) for problem in proofs.prove(db, book=_book(db)).problems}
        assert says in found[code]


@pytest.mark.parametrize(
    "change", ["UPDATE run_withholding SET amount = amount", "DELETE FROM run_withholding"]
)
def test_what_was_withheld_is_never_changed_or_lost(posted: Engine, change: str) -> None:
    with rolled_back(posted) as db:
        assert db.execute(text("SELECT count(*) FROM run_withholding")).scalar_one() > 0
        with pytest.raises(DBAPIError, match="run_withholding is only added to"):
            db.execute(text(change))


def test_a_second_order_beside_one_under_way_is_refused_by_the_database_too(posted: Engine) -> None:
    with rolled_back(posted) as db:
        made(db, RENT, chosen("M0002 510.00"))
        with pytest.raises(IntegrityError):
            db.execute(
                text(
                    "INSERT INTO run SELECT book_id, kind, year, 2, state, content, digest, total, policy_version, "
                    "prepared_by, approved_by, resolution, version FROM run WHERE kind = 'rent'"
                )
            )
