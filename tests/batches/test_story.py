"""A hundred lines go out; the bank pays 93, sends 4 back for three reasons and never answers 3. After repair and resend
everybody is paid exactly once, and books, batches and dues agree at every step, whatever arrives twice, half or late."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from coop.members import actions as members
from ledger.balances import queries as balances
from payouts.batches import actions, queries
from payouts.proof import queries as proofs
from payouts.runs import queries as runs
from payouts.runs.rules import RunName, name_of
from schemas.batches import Answer, BatchState, Channel, DueState, Outcome, Reason
from schemas.books import Book
from schemas.members import AccountKind
from schemas.problems import Refusal
from schemas.register import PayeeChange
from schemas.runs import RunKind, RunState
from schemas.units import Fen
from tests.builders import ACCOUNTANT, REVIEWER, a_database, rolled_back
from tests.handover import a_vault
from tests.runs.years import at, book_called, from_pack_to_dividend

if TYPE_CHECKING:
    from tests.conftest import Databases

NONGSHI = "弄石合作社"
FROM_BEFORE = 20980
"""What 弄石 owed its members from the year before: 209.80."""
SENT, SAID, LATER = date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 24)
CODES = {"0101": Reason.ACCOUNT, "0102": Reason.NAME, "0103": Reason.CLOSED}


def _a_year(db: Connection) -> None:
    from_pack_to_dividend(db, "longping", NONGSHI)


@pytest.fixture(scope="module")
def engine(databases: "Databases", db_kind: str) -> Iterator[Engine]:
    with a_database(databases, db_kind, _a_year) as engine:
        yield engine


@pytest.fixture
def db(engine: Engine) -> Iterator[Connection]:
    with rolled_back(engine) as connection:
        yield connection


def _book(db: Connection) -> Book:
    return book_called(db, NONGSHI)


def _run(db: Connection) -> RunName:
    run = runs.standing(db, book=_book(db).id, kind=RunKind.DIVIDEND, year=2025)
    assert run is not None
    name = name_of(run.id)
    assert name is not None
    return name


def _states(db: Connection) -> Counter[DueState]:
    run = runs.run(db, _run(db))
    assert run is not None
    return Counter(due.state for due in queries.dues(db, run).values())


def _run_state(db: Connection) -> RunState:
    run = runs.run(db, _run(db))
    assert run is not None
    return run.state


def _owed(db: Connection) -> Fen:
    """What the book says it owes the members of the dividend: 221 and 222."""
    book = _book(db).id
    return -sum(
        balances.balance_of(db, book=book, account=account, detail=None, until=202612)
        for account in ("221", "222")
    )


def _agrees(db: Connection, *, paid: Fen) -> None:
    """Books, dues and batches say the same, and the book proves itself."""
    run = runs.run(db, _run(db))
    assert run is not None
    dues = queries.dues(db, run).values()
    assert sum(due.net for due in dues if due.state is DueState.PAID) == paid
    assert _owed(db) == FROM_BEFORE + run.total - paid
    assert not proofs.prove(db, book=_book(db), load=None, read=None).problems


def _make(db: Connection, payees: Sequence[str] | None = None) -> int:
    return actions.make(
        db,
        _run(db),
        channel=Channel.BANK,
        form="rural",
        account="102",
        payees=payees,
        by=ACCOUNTANT,
        on=SENT,
        at=at(SENT),
    ).number


def _send(db: Connection, number: int) -> None:
    actions.send(db, _book(db).id, number, by=REVIEWER, on=SENT, at=at(SENT))


def _take(db: Connection, number: int, answers: Sequence[Answer]) -> int:
    made = actions.take(db, _book(db).id, number, answers, reasons=CODES, by=REVIEWER, on=LATER, at=at(LATER))
    return len(made.outcomes)


def _answers(db: Connection, number: int, said: dict[int, str]) -> list[Answer]:
    """A row a line of the batch that the bank speaks of: paid, or the code it came back with."""
    found = queries.batch(db, book=_book(db).id, number=number)
    assert found is not None
    return [
        Answer(
            row=line.no,
            reference=line.reference,
            amount=line.amount,
            outcome=Outcome.FAILED if said[line.no] else Outcome.PAID,
            on=SAID,
            code=said[line.no],
            said="",
        )
        for line in queries.lines(db, found)
        if line.no in said
    ]


def test_a_hundred_lines_go_out_and_everybody_is_paid_once(db: Connection) -> None:
    book = _book(db).id
    run = runs.run(db, _run(db))
    assert run is not None
    dues = queries.dues(db, run)
    hundred = sorted(dues)[:100]
    first = _make(db, hundred)
    _send(db, first)
    assert _run_state(db) is RunState.EXPORTED
    assert _states(db) == {DueState.ON_ITS_WAY: 100, DueState.TO_PAY: len(dues) - 100}
    _agrees(db, paid=0)

    failed = {10: "0102", 11: "0102", 20: "0101", 30: "0103"}
    silent = {50, 51, 52}
    said = {no: failed.get(no, "") for no in range(1, 101) if no not in silent}
    half = _answers(db, first, {no: code for no, code in said.items() if no <= 40})
    whole = _answers(db, first, said)
    assert _take(db, first, half[::-1]) == 40
    assert _take(db, first, half) == 0, "the same half again changes nothing"
    assert _take(db, first, whole) == 57
    assert _take(db, first, whole) == 0
    paid = sum(dues[payee].net for no, payee in enumerate(hundred, 1) if said.get(no) == "")
    assert _states(db) == {
        DueState.PAID: 93,
        DueState.RETURNED: 4,
        DueState.ON_ITS_WAY: 3,
        DueState.TO_PAY: len(dues) - 100,
    }
    _agrees(db, paid=paid)

    with pytest.raises(Refusal) as refused:
        _make(db, [hundred[49]])
    assert [one.code for one in refused.value.problems] == ["line_must_be_payable"], (
        "the bank has not answered"
    )

    bank_says_not_paid = _answers(db, first, dict.fromkeys(silent, "9999"))
    assert _take(db, first, bank_says_not_paid) == 3
    found = queries.batch(db, book=book, number=first)
    assert found is not None
    assert found.state is BatchState.SETTLED
    for no in failed:
        members.change_payee(
            db,
            PayeeChange(
                on=SAID,
                member=hundred[no - 1],
                seen=1,
                bank="桂岭县农村商业银行",
                bank_account=f"62220000000000{no:05}",
                account_kind=AccountKind.CARD,
            ),
            book=book,
            vault=a_vault(),
            by=ACCOUNTANT,
            at=at(SAID),
        )
    second = _make(db)
    _send(db, second)
    lines = queries.lines(db, queries.batch(db, book=book, number=second) or found)
    assert Counter(line.attempt for line in lines) == {1: len(dues) - 100, 2: 7}

    with pytest.raises(Refusal) as refused:
        _take(db, first, _late(_answers(db, first, {10: ""})))
    assert [one.code for one in refused.value.problems] == ["line_must_not_be_sent_twice"]

    everything = _answers(db, second, {line.no: "" for line in lines})
    assert _take(db, second, everything) == len(lines)
    assert _take(db, second, everything) == _take(db, first, whole) == 0
    assert _states(db) == {DueState.PAID: len(dues)}
    assert _run_state(db) is RunState.SETTLED
    _agrees(db, paid=run.total)
    with pytest.raises(Refusal) as refused:
        _make(db)
    assert [one.code for one in refused.value.problems] == ["batch_must_have_lines"]


def _late(answers: Sequence[Answer]) -> list[Answer]:
    return [replace(answer, on=LATER) for answer in answers]


@pytest.mark.parametrize("table", ["batch_line", "batch_outcome", "batch_voucher"])
@pytest.mark.parametrize("change", ["UPDATE {} SET batch = batch", "DELETE FROM {}"])
def test_facts_of_a_payment_are_only_added_to(db: Connection, table: str, change: str) -> None:
    number = _make(db)
    _send(db, number)
    _take(db, number, _answers(db, number, {1: ""}))
    with pytest.raises(DBAPIError, match=f"{table} is only added to"), db.begin_nested():
        db.exec_driver_sql(change.format(table))


def test_what_was_paid_and_came_back_is_owed_again(db: Connection) -> None:
    number = _make(db)
    _send(db, number)
    run = runs.run(db, _run(db))
    assert run is not None
    dues = queries.dues(db, run)
    everything = dict.fromkeys(range(1, len(dues) + 1), "")
    _take(db, number, _answers(db, number, everything))
    assert _run_state(db) is RunState.SETTLED
    _agrees(db, paid=run.total)
    first = min(dues)
    assert _take(db, number, _late(_answers(db, number, {1: "0103"}))) == 1
    assert _run_state(db) is RunState.EXPORTED
    _agrees(db, paid=run.total - dues[first].net)
    again = _make(db)
    _send(db, again)
    _take(db, again, _answers(db, again, {1: ""}))
    assert _run_state(db) is RunState.SETTLED
    _agrees(db, paid=run.total)
