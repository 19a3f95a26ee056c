"""Rows written many at once and questions asked ahead: on a server as few journeys as there are answers to wait for, on
both databases the same rows, the same refusals and the same answers."""

import tempfile
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, Text, bindparam, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from coop.access import queries as access
from coop.places import queries as places
from coop.scoring import queries as scoring
from ledger.bank import queries as bank
from ledger.columns import (
    Day,
    Prepared,
    PreparedAmong,
    adding_rows,
    ahead,
    changing_rows,
    merging_rows,
    pipelined,
)
from ledger.vouchers import actions as vouchers
from ledger.vouchers import queries
from schemas.access import Held, Rights, Role, Scope, ScopeKind
from schemas.journals import MoneyAccount
from schemas.vouchers import NewDraft, Step
from tests.builders import ACCOUNTANT, AT, BOOK, ON, REVIEWER, a_book, a_draft, drafted, review

_kept = Table(
    "kept",
    MetaData(),
    Column("book_id", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("day", Day),
    Column("words", Text, nullable=False),
    Column("amount", BigInteger),
)
ADD, MERGE = adding_rows(_kept), merging_rows(_kept, adding=("amount",))
CHANGE = changing_rows(_kept, ("amount", "day"), to={"words": "changed"})
ONE, AMONG = (
    Prepared(select(_kept.c.words, _kept.c.amount).where(_kept.c.number == bindparam("number"))),
    PreparedAmong(
        lambda numbers: select(_kept.c.number).where(_kept.c.number.in_(numbers)).order_by(_kept.c.number)
    ),
)
COUNTS = (0, 1, 2, 3, 127, 128, 129, 300, 4_095, 4_096, 4_097)


@pytest.fixture
def kept(db: Connection) -> Connection:
    _kept.metadata.create_all(db)
    return db


def a_row(number: int, **other: object) -> dict[str, object]:
    row = {"book_id": BOOK, "number": number, "day": date(2025, 1, 31), "words": f"第{number}号"}
    return {**row, "amount": number, **other}


def rows_of(db: Connection) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in db.execute(select(_kept).order_by(_kept.c.number))]


@pytest.mark.parametrize("count", COUNTS)
def test_as_many_rows_as_are_written_come_back(kept: Connection, count: int) -> None:
    rows = [a_row(number) for number in range(count)]
    ADD.write(kept, rows)
    assert rows_of(kept) == rows


@pytest.mark.parametrize(
    "other",
    [
        {"words": ""},
        {"words": "“引号”, \"quotes\", 'single', \\ back\\slash, {brace}, %s %(words)s :words $1 ?"},
        {"words": "第一行\n第二行\t\r\x01\x7f\u2028"},
        {"words": "𠮷野家 🐂 e\u0301"},
        {"words": "null"},
        {"amount": None},
        {"amount": 2**63 - 1},
        {"amount": -(2**63)},
        {"amount": 2**53 + 1},
        {"day": None},
        {"day": date(1, 1, 1)},
        {"day": date(9999, 12, 31)},
    ],
)
def test_a_value_comes_back_as_it_went_in(kept: Connection, other: dict[str, object]) -> None:
    rows = [a_row(1, **other), a_row(2)]
    ADD.write(kept, rows)
    assert rows_of(kept) == rows


@pytest.mark.parametrize("count", COUNTS[2:])
def test_a_row_whose_key_is_taken_refuses_all_that_come_with_it(kept: Connection, count: int) -> None:
    ADD.write(kept, [a_row(0)])
    savepoint = kept.begin_nested()
    with pytest.raises(IntegrityError):
        ADD.write(kept, [a_row(number) for number in range(count, 0, -1)] + [a_row(0, words="again")])
    savepoint.rollback()
    assert rows_of(kept) == [a_row(0)]


def test_a_row_must_say_what_may_not_be_left_open(kept: Connection) -> None:
    with pytest.raises(IntegrityError):
        ADD.write(kept, [a_row(1), a_row(2, words=None)])


@pytest.mark.parametrize("count", COUNTS)
def test_rows_merge_with_those_already_there(kept: Connection, count: int) -> None:
    ADD.write(kept, [a_row(number, amount=1) for number in range(0, count, 2)])
    MERGE.write(kept, [a_row(number, amount=10, words="new") for number in range(count)])
    found = [(row["amount"], row["words"]) for row in rows_of(kept)]
    assert found == [(10 if number % 2 else 11, "new") for number in range(count)]


def test_two_rows_of_one_key_are_never_half_merged(kept: Connection, db_kind: str) -> None:
    both = [a_row(1, amount=1), a_row(1, amount=2)]
    if db_kind == "sqlite":
        MERGE.write(kept, both)
        assert [row["amount"] for row in rows_of(kept)] == [3]
        return
    with pytest.raises(DBAPIError):
        MERGE.write(kept, both)


@pytest.mark.parametrize("count", COUNTS)
def test_only_the_rows_and_columns_named_are_changed(kept: Connection, count: int) -> None:
    ADD.write(kept, [a_row(number) for number in range(count + 2)])
    changes: list[dict[str, object]] = [
        {"b_book_id": BOOK, "b_number": number, "b_amount": -number, "b_day": None} for number in range(count)
    ]
    CHANGE.write(kept, [*changes, {"b_book_id": "another", "b_number": count, "b_amount": 0, "b_day": None}])
    assert rows_of(kept) == [
        *(a_row(number, amount=-number, day=None, words="changed") for number in range(count)),
        a_row(count),
        a_row(count + 1),
    ]


# Pipelines


def in_a_pipeline(db: Connection, act: Callable[[], object]) -> None:
    with pipelined(db):
        act()


def test_what_is_written_in_a_pipeline_is_there_for_the_next_question(kept: Connection) -> None:
    with pipelined(kept):
        ADD.write(kept, [a_row(number) for number in range(40)])
        assert ONE.rows(kept, number=3) == [("第3号", 3)]
        CHANGE.write(kept, [{"b_book_id": BOOK, "b_number": 3, "b_amount": 30, "b_day": None}])
        assert ONE.rows(kept, number=3) == [("changed", 30)]
    assert len(rows_of(kept)) == 40


def test_what_is_refused_in_a_pipeline_is_raised_and_undone_to_its_savepoint(kept: Connection) -> None:
    ADD.write(kept, [a_row(0)])
    savepoint = kept.begin_nested()

    def add_one_by_one() -> None:
        for number in (1, 0, 2):
            ADD.write(kept, [a_row(number)])

    with pytest.raises(IntegrityError):
        in_a_pipeline(kept, add_one_by_one)
    savepoint.rollback()
    with pipelined(kept):
        ADD.write(kept, [a_row(3)])
    assert rows_of(kept) == [a_row(0), a_row(3)]


def test_a_question_behind_what_is_refused_raises_the_refusal(kept: Connection) -> None:
    ADD.write(kept, [a_row(0)])

    def ask_behind() -> None:
        ahead(kept, [ONE.asking(number=0)])
        ADD.write(kept, [a_row(0)])
        pytest.fail(f"answered {ONE.rows(kept, number=7)}")

    with pytest.raises(IntegrityError):
        in_a_pipeline(kept, ask_behind)


def test_an_error_of_ours_leaves_a_pipeline_and_a_connection_that_works(kept: Connection) -> None:
    def fail_behind() -> None:
        ahead(kept, AMONG.asking(range(5)))
        ADD.write(kept, [a_row(1)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        in_a_pipeline(kept, fail_behind)
    assert rows_of(kept) == [a_row(1)]
    with pipelined(kept):
        assert AMONG.rows(kept, [1, 2]) == [(1,)]


def test_what_was_asked_ahead_is_answered_once_and_what_was_not_is_asked(kept: Connection) -> None:
    ADD.write(kept, [a_row(number) for number in range(10)])
    with pipelined(kept):
        ahead(
            kept,
            [ONE.asking(number=3), *AMONG.asking([1, 2, 11]), ONE.asking(number=3), ONE.asking(number=5)],
        )
        assert ONE.rows(kept, number=4) == [("第4号", 4)]
        assert ONE.rows(kept, number=3) == [("第3号", 3)]
        assert AMONG.rows(kept, [1, 2, 11]) == [(1,), (2,)]
        CHANGE.write(kept, [{"b_book_id": BOOK, "b_number": 3, "b_amount": 30, "b_day": None}])
        assert ONE.rows(kept, number=3) == [("changed", 30)]
    assert ONE.rows(kept, number=5) == [("第5号", 5)]


def test_a_pipeline_within_a_pipeline_is_the_same(kept: Connection) -> None:
    with pipelined(kept):
        with pipelined(kept):
            ADD.write(kept, [a_row(1)])
        ahead(kept, AMONG.asking([1]))
        assert AMONG.rows(kept, [1]) == [(1,)]


# Verbs


@pytest.fixture
def book(db: Connection) -> Connection:
    a_book(db)
    return db


INTEREST = "2025-03-21 银行存款利息 | 102 49.11 | 524 -49.11"


@pytest.mark.parametrize("verb", ["review", "post", "withdraw"])
def test_a_voucher_named_twice_in_a_batch_is_moved_once(book: Connection, verb: str) -> None:
    made = [drafted(book, INTEREST) for _ in range(2)]
    ids = [voucher.id for voucher in made]
    if verb == "post":
        for voucher in made:
            review(book, voucher)
    steps = [Step(voucher=ids[0]), Step(voucher=ids[0]), Step(voucher=ids[1])]
    outcomes = {
        "review": lambda: vouchers.review_many(book, steps, book=BOOK, by=REVIEWER, on=ON, at=AT),
        "post": lambda: vouchers.post_many(book, steps, book=BOOK, by=ACCOUNTANT, on=ON, at=AT),
        "withdraw": lambda: vouchers.withdraw_many(
            book, steps, book=BOOK, by=ACCOUNTANT, at=AT, reason="重复"
        ),
    }[verb]()
    assert [[problem.code for problem in outcome.problems] for outcome in outcomes] == [
        [],
        ["voucher_must_be_in_state"],
        [],
    ]


def test_a_draft_changed_twice_in_a_batch_is_what_was_said_last(book: Connection) -> None:
    id = drafted(book, INTEREST).id
    texts = ["2025-03-22 一 | 102 1 | 524 -1", "2025-03-23 二 | 102 2 | 524 -2", INTEREST]
    new = [NewDraft(draft=a_draft(text), id=id, version=1 + seen) for seen, text in enumerate(texts)]
    outcomes = vouchers.draft_many(book, new, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)
    assert [outcome.voucher and outcome.voucher.version for outcome in outcomes] == [2, 3, 4]
    assert queries.voucher(book, book=BOOK, id=id) == outcomes[-1].voucher


# Journeys


def journeys(db: Connection, act: Callable[[], object]) -> int:
    """How often the client had to wait for the server: it asked something, and then (by Sync or Flush, or with a plain
    query) for the answer. The driver asks once more for an answer that is not there yet; that is the same journey, and
    whether it does depends on the time of day alone."""
    driver: Any = db.connection.dbapi_connection
    with tempfile.TemporaryFile() as told:
        driver.pgconn.trace(told.fileno())
        act()
        driver.pgconn.untrace()
        told.seek(0)
        lines = [line.split("\t") for line in told.read().decode().splitlines()]
    # A statement's own line breaks make lines of one word.
    sent = [words[3] for words in lines if len(words) > 3 and words[1] == "F"]
    waits = {"Sync", "Flush"}
    return sum(
        1
        for before, this in pairwise(["Sync", *sent])
        if this == "Query" or (this in waits and before not in waits)
    )


@pytest.mark.parametrize("db_kind", ["postgresql"], indirect=True, scope="session")
def test_a_batch_takes_as_many_journeys_as_one_voucher(book: Connection) -> None:
    ids = [review(book, drafted(book, INTEREST)).id for _ in range(31)]

    def posting(*some: int) -> None:
        steps = [Step(voucher=id, key=f"post-{id}") for id in some]
        vouchers.post_many(book, steps, book=BOOK, by=ACCOUNTANT, on=ON, at=AT)

    alone = journeys(book, lambda: posting(ids[0]))
    together = journeys(book, lambda: posting(*ids[1:]))
    assert (alone, together) == (3, 3)


def test_more_keys_are_asked_for_than_a_statement_takes(db: Connection) -> None:
    """SQLite takes 32 766 parameters: longer lists are asked for in portions."""
    many = [f"{number:012d}" for number in range(40_000)]
    house = Held(role=Role.ACCOUNTANT, scope=Scope(kind=ScopeKind.HOUSE))
    assert places.places(db, codes=many) == {}
    assert access.places_of(db, many) == {}
    assert access.books_seen_by(db, Rights(person=1, held=(house,), books=frozenset(many))) == ()
    assert scoring.score_versions(db, villages=many) == {}
    assert scoring.cadre_versions(db, villages=many) == {}
    of = MoneyAccount(account="102", detail="")
    assert bank.lines_of(db, book="x", of=of, ids=range(1, 40_001)) == {}
